//! Cipher suites that protect nothing, and names that OpenSSL drops without a word.

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        ciphers::{IdleWord, WordKind, nearest},
    },
    rules::{
        nginx::{CipherLine, cipher_lines, label_speakers, speakers},
        words,
    },
};

/// See the card.
pub(crate) fn weak_cipher(model: &Model, out: &mut Findings) {
    for CipherLine { line, at, expansion, .. } in &cipher_lines(model) {
        let weak: Vec<_> =
            expansion.usable().filter_map(|suite| Some((suite.name, suite.weakness()?))).collect();
        if weak.is_empty() || !line.is_live() || expansion.unknown || expansion.refused.is_some() {
            continue;
        }
        let mut reasons: Vec<&str> = weak.iter().map(|(_, reason)| *reason).collect();
        reasons.sort_unstable();
        reasons.dedup();
        let names: Vec<String> = weak.iter().map(|(name, _)| format!("`{name}`")).collect();
        let finding = out.report(
            format!(
                "the cipher list{} leaves {} on, {}: a client that asks for such a suite gets it, and the \
                 connection can be read or taken over on the way",
                speakers(model, &line.speakers, " of "),
                words::list(&names, 3),
                reasons.join(" and "),
            ),
            *at,
            "expands to these suites",
        );
        finding.help("remove `@SECLEVEL=0`, which alone keeps them on, or add `!aNULL:!eNULL:!MD5`");
        label_speakers(finding, model, line, "speaks TLS with this list");
    }
    super::apigee::weak_ciphers(model, out);
}

/// See the card.
pub(crate) fn unknown_cipher(model: &Model, out: &mut Findings) {
    for CipherLine { line, at, expansion, text } in &cipher_lines(model) {
        if expansion.unknown || expansion.refused.is_some() {
            continue;
        }
        let of = |kind: WordKind| {
            expansion.idle.iter().filter(move |it| it.kind == kind).map(|it| it.text).collect::<Vec<_>>()
        };
        let slips = of(WordKind::Unknown);
        // Where nothing remains, `nginx/ciphers-no-match` and `nginx/tls13-name-in-ciphers` speak.
        if expansion.suites.is_empty() {
            continue;
        }
        let quote = |names: &[&str]| {
            words::list(&names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>(), 4)
        };
        if !slips.is_empty() {
            let verb = if slips.len() == 1 { "is no name" } else { "are no names" };
            let finding = out.report(
                format!(
                    "{} in `{}` {verb} that OpenSSL knows: it drops such words without a message, so the suite that was meant is not offered",
                    quote(&slips),
                    line.directive.name.text,
                ),
                *at,
                "dropped silently",
            );
            let advice: Vec<String> = slips
                .iter()
                .filter_map(|slip| Some(format!("write `{}` for `{slip}`", nearest(slip)?)))
                .collect();
            finding.help(if advice.is_empty() {
                "compare the words with `openssl ciphers -v`, and remove those it does not print".to_owned()
            } else {
                words::list(&advice, 4)
            });
        }
        let standard = standard_names(&expansion.suites, text);
        if !standard.is_empty() {
            let advice: Vec<String> =
                standard.iter().filter_map(|it| nearest(it)).map(str::to_owned).collect();
            out.report(
                format!(
                    "{} in `{}` {} of the standards: OpenSSL before 3.2 only knows its own names and drops these without a message",
                    quote(&standard),
                    line.directive.name.text,
                    if standard.len() == 1 { "is a name" } else { "are names" },
                ),
                *at,
                "dropped silently by OpenSSL before 3.2",
            )
            .help(format!("write {}", quote(&advice.iter().map(String::as_str).collect::<Vec<_>>())));
        }
        let gone: Vec<&str> = distinct(expansion.idle.iter().filter(|it| it.kind == WordKind::Historic));
        if !gone.is_empty() && line.is_live() {
            out.report(
                format!(
                    "`{}` asks for {}, which OpenSSL 3 no longer has: there the words do nothing, and an nginx with an older OpenSSL offers these suites",
                    line.directive.name.text,
                    quote(&gone),
                ),
                *at,
                "removed from OpenSSL",
            )
            .level(Level::Note)
            .help("remove the words");
        }
    }
    super::apigee::unknown_ciphers(model, out);
}

/// Each word once, in order.
fn distinct<'e>(all: impl Iterator<Item = &'e IdleWord<'e>>) -> Vec<&'e str> {
    let mut texts = Vec::new();
    for word in all {
        if !texts.contains(&word.text) {
            texts.push(word.text);
        }
    }
    texts
}

/// Words of an expression that are names of the standards.
fn standard_names<'e>(suites: &[&crate::model::ciphers::Suite], text: &'e str) -> Vec<&'e str> {
    text.split([':', ',', ' ', ';']).filter(|word| suites.iter().any(|it| it.standard == *word)).collect()
}
