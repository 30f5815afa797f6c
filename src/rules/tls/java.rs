//! Protocol versions as settings of software in Java name them.

use crate::{
    finding::Findings,
    model::{
        Model,
        java::{Placed, Program},
        said::Said,
    },
    rules::words,
};

/// A version that nobody should speak any more. A word that takes one away (`-TLSv1`) turns nothing on.
fn is_obsolete(word: &str) -> bool {
    ["SSLv2", "SSLv2Hello", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"]
        .iter()
        .any(|it| word.trim_start_matches('+').eq_ignore_ascii_case(it))
}

/// The words in which the software separates versions.
fn separated(placed: &Placed, kept: &[&str]) -> String {
    kept.join(if placed.user.program == Program::Tomcat { "+" } else { "," })
}

pub(super) fn weak_protocols(model: &Model, out: &mut Findings) {
    let mut told = std::collections::BTreeSet::new();
    for placed in model.java.users.iter().filter(|it| it.user.on) {
        let words: &[Said] = &placed.user.protocols;
        let weak: Vec<&Said> =
            words.iter().filter(|it| !it.is_placeholder() && is_obsolete(it.trimmed())).collect();
        let Some(first) = weak.first().filter(|it| told.insert(it.at)) else { continue };
        let names: Vec<String> = weak.iter().map(|it| format!("`{}`", it.trimmed())).collect();
        let rest = words.iter().map(Said::trimmed).filter(|it| !is_obsolete(it));
        let kept: Vec<&str> = rest.filter(|it| it.starts_with("TLS")).collect();
        let kept = if kept.is_empty() { vec!["TLSv1.2", "TLSv1.3"] } else { kept };
        out.report(
            format!(
                "{} speaks {}: whoever sits between can force the old version and attack it (Java of today refuses these versions unless `jdk.tls.disabledAlgorithms` was changed, so they only help old builds)",
                placed.user.title,
                words::list(&names, 4)
            ),
            first.at,
            "obsolete",
        )
        .help(format!("write `{}`", separated(placed, &kept)));
    }
}
