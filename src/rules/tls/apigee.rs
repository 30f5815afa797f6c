//! Protocols and cipher suites as Apigee has them: OpenSSL's words on a Router, Java's on a Message Processor.

use strsim::osa_distance;

use crate::{
    finding::{Finding, Findings},
    model::{
        Location, Model, Said,
        apigee::{Component, Platform},
        ciphers::{Expansion, WordKind, java, nearest},
        nginx::Protocol,
    },
    rules::{
        apigee::{ROUTER_PROTOCOLS, Side, SideKind, hosts, is_openssl_name, java_words, property, sides},
        words,
    },
};

use super::protocols::meant;

/// A line that names protocols for a Router, separated by blanks.
struct RouterLine<'m> {
    said: &'m Said,
    /// What it is called there.
    setting: &'static str,
    /// Whose line it is, to follow the setting: `` of virtual host `a` ``.
    of: String,
}

/// Lines that name protocols for a Router: properties of virtual hosts, and `router.properties`.
fn router_lines(model: &Model) -> Vec<RouterLine<'_>> {
    let mut lines = Vec::new();
    for (environment, host) in hosts(model) {
        if let Some(said) = property(host, "ssl_protocols") {
            let of = format!(" of {}", crate::rules::apigee::host_title(environment, host));
            lines.push(RouterLine { said, setting: "ssl_protocols", of });
        }
    }
    for properties in model.apigee.properties.iter().filter(|it| it.component == Component::Router) {
        for (_, said) in properties.entries.iter().filter(|(key, _)| key.trimmed() == ROUTER_PROTOCOLS) {
            lines.push(RouterLine { said, setting: "router.properties", of: String::new() });
        }
    }
    lines.retain(|it| !it.said.is_blank() && !it.said.is_placeholder());
    lines
}

/// Targets whose `Protocols` and `Ciphers` hold. On virtual hosts they do not, which is another finding.
fn targets(model: &Model) -> impl Iterator<Item = Side<'_>> {
    sides(model).into_iter().filter(|it| !matches!(it.kind, SideKind::Host(_)) && it.is_live())
}

/// Words of a list for a Router; commas stand where blanks should be.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', ':', ';', '\t', '\n', '\r']).filter(|it| !it.is_empty())
}

/// Obsolete protocols of Apigee.
pub(super) fn weak_protocols(model: &Model, out: &mut Findings) {
    for line in router_lines(model) {
        let named: Vec<Protocol> = split(&line.said.text).filter_map(Protocol::of).collect();
        let weak: Vec<String> =
            named.iter().filter(|it| it.is_obsolete()).map(|it| format!("`{it}`")).collect();
        if weak.is_empty() {
            continue;
        }
        let kept: Vec<String> =
            named.iter().filter(|it| !it.is_obsolete()).map(ToString::to_string).collect();
        let kept = if kept.is_empty() { "TLSv1.2".to_owned() } else { kept.join(" ") };
        out.report(
            format!(
                "`{}`{} offers {}: whoever sits between can force the old version and attack it",
                line.setting,
                line.of,
                words::list(&weak, 4)
            ),
            line.said.at,
            "obsolete",
        )
        .help(format!("write `{kept}`"));
    }
    for side in targets(model) {
        let weak: Vec<&Said> = side
            .ssl
            .protocols
            .iter()
            .filter(|it| {
                it.trimmed() == "SSLv2Hello" || Protocol::of(it.trimmed()).is_some_and(Protocol::is_obsolete)
            })
            .collect();
        let Some((first, more)) = weak.split_first() else { continue };
        let names: Vec<String> = weak.iter().map(|it| format!("`{}`", it.trimmed())).collect();
        let consequence = if side.platform == Platform::X {
            "Apigee X and hybrid refuse TLS 1.0 and 1.1, and a backend that has nothing newer is not reached (`503`, \
             `SslHandshakeFailed`)"
        } else {
            "whoever sits between can force the old version and attack it"
        };
        let finding = out.report(
            format!("{} lets its backend choose {}: {consequence}", side.title, words::list(&names, 4)),
            first.at,
            "obsolete",
        );
        also(finding, more.iter().map(|it| it.at), "obsolete, too");
        finding.help("keep `TLSv1.2`");
    }
}

/// Words that are no protocol.
pub(super) fn unknown_protocols(model: &Model, out: &mut Findings) {
    for line in router_lines(model) {
        let text = line.said.trimmed();
        let words: Vec<&str> = split(text).collect();
        let known: Vec<String> = words
            .iter()
            .filter_map(|it| Protocol::of(it).or_else(|| meant(it)))
            .map(|it| it.to_string())
            .collect();
        let slip = words.iter().find(|it| Protocol::of(it).is_none());
        let joined = text.contains([',', ':', ';']);
        let what = match slip {
            Some(word) => format!("`{word}` is no protocol"),
            None if joined => format!("`{text}` is one word where blanks should part the protocols"),
            None => continue,
        };
        let finding = out.report(
            format!(
                "{what} that `{}`{} can have: the Router's nginx takes no such word, so the setting is refused or the Router \
                 does not load it",
                line.setting, line.of
            ),
            line.said.at,
            if joined { "separate by blanks" } else { "unknown" },
        );
        if known.is_empty() {
            finding.help("write `TLSv1.2`");
        } else {
            finding.help(format!("write `{}`", known.join(" ")));
        }
    }
    for side in targets(model) {
        for said in side.ssl.protocols.iter().filter(|it| !it.is_blank() && !it.is_placeholder()) {
            let word = said.trimmed();
            if word == "SSLv2Hello" || Protocol::ALL.into_iter().any(|it| it.word() == word) {
                continue;
            }
            let several = split(word).count() > 1;
            let finding = out.report(
                format!(
                    "`{word}` is no protocol that Java has, and {} names it: the Message Processor cannot offer it, and calls \
                     to the backend fail (`503`) where nothing else is left",
                    side.title
                ),
                said.at,
                "unknown",
            );
            match Protocol::of(word).or_else(|| meant(word)) {
                _ if several => finding.help("write one element a protocol: `TLSv1.2`"),
                Some(protocol) => finding.help(format!("write `{protocol}`")),
                None => finding.help("write `TLSv1.2`"),
            };
        }
    }
}

/// Lists of suites of virtual hosts, with the title of each.
fn router_suites(model: &Model) -> impl Iterator<Item = (String, &Said)> {
    hosts(model).filter_map(|(environment, host)| {
        let list = property(host, "ssl_ciphers").filter(|it| !it.is_blank() && !it.is_placeholder())?;
        Some((crate::rules::apigee::host_title(environment, host), list))
    })
}

/// Suites that protect nothing, or hardly anything.
pub(super) fn weak_ciphers(model: &Model, out: &mut Findings) {
    for (title, list) in router_suites(model) {
        let expansion = Expansion::of(&list.text);
        if expansion.unknown || expansion.refused.is_some() {
            continue;
        }
        let mut weak: Vec<(&str, &'static str)> =
            expansion.usable().filter_map(|suite| Some((suite.name, suite.weakness()?))).collect();
        // A Router may have an OpenSSL that still knows them, or that has no security levels: what is named is meant.
        let by_name = expansion.suites.iter().filter(|it| split(&list.text).any(|word| word == it.name));
        weak.extend(by_name.filter_map(|it| Some((it.name, it.weakness()?))));
        let gone = expansion.idle.iter().filter(|it| it.kind == WordKind::Historic);
        weak.extend(gone.filter_map(|it| Some((it.text, java::weakness(it.text)?))));
        weak.sort_unstable();
        weak.dedup();
        report_weak(out, &format!("`ssl_ciphers` of {title} leaves"), "on", &weak, &[list.at]);
    }
    for side in targets(model) {
        let weak: Vec<(&Said, &'static str)> = side
            .ssl
            .ciphers
            .iter()
            .filter(|it| java::is_known(it.trimmed()))
            .filter_map(|it| Some((it, java::weakness(it.trimmed())?)))
            .collect();
        let places: Vec<Location> = weak.iter().map(|(said, _)| said.at).collect();
        let weak: Vec<(&str, &'static str)> =
            weak.iter().map(|(said, reason)| (said.trimmed(), *reason)).collect();
        report_weak(out, &format!("{} lets its backend choose", side.title), "", &weak, &places);
    }
}

fn report_weak(
    out: &mut Findings,
    start: &str,
    end: &str,
    weak: &[(&str, &'static str)],
    places: &[Location],
) {
    let Some((first, more)) = places.split_first().filter(|_| !weak.is_empty()) else { return };
    let names: Vec<String> = weak.iter().map(|(name, _)| format!("`{name}`")).collect();
    let mut reasons: Vec<&str> = weak.iter().map(|(_, reason)| *reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let finding = out.report(
        format!(
            "{start} {}{}{end} ({}): what is sent with such a suite can be read or changed on the way",
            words::list(&names, 3),
            if end.is_empty() { "" } else { " " },
            reasons.join(", "),
        ),
        *first,
        "protects nothing, or hardly anything",
    );
    also(finding, more.iter().copied(), "nor does this");
    finding.help("remove it, and name suites with `ECDHE` and `GCM`");
}

/// Names that are no suite.
pub(super) fn unknown_ciphers(model: &Model, out: &mut Findings) {
    for (title, list) in router_suites(model) {
        let expansion = Expansion::of(&list.text);
        // Names of Java are `apigee/cipher-name-format`.
        let java: Vec<&str> = java_words(&list.text).collect();
        let slips: Vec<&str> = expansion
            .idle
            .iter()
            .filter(|it| it.kind == WordKind::Unknown && !java.contains(&it.text))
            .map(|it| it.text)
            .collect();
        if expansion.unknown || expansion.refused.is_some() || slips.is_empty() {
            continue;
        }
        let names: Vec<String> = slips.iter().map(|it| format!("`{it}`")).collect();
        let finding = out.report(
            format!(
                "{} in `ssl_ciphers` of {title} {} that OpenSSL knows: it drops such words without a message, so the suite that \
                 was meant is not offered",
                words::list(&names, 4),
                if slips.len() == 1 { "is no name" } else { "are no names" },
            ),
            list.at,
            "dropped silently",
        );
        advise(finding, &slips, nearest);
    }
    for side in targets(model) {
        let slips: Vec<&Said> = side
            .ssl
            .ciphers
            .iter()
            .filter(|it| !it.is_blank() && !it.is_placeholder())
            .filter(|it| !java::is_known(it.trimmed()) && !is_openssl_name(it.trimmed()))
            .filter(|it| !is_newer(it.trimmed()))
            .collect();
        let Some((first, more)) = slips.split_first() else { continue };
        let names: Vec<String> = slips.iter().map(|it| format!("`{}`", it.trimmed())).collect();
        let finding = out.report(
            format!(
                "{} names {}, which Java does not know: the Message Processor cannot offer {}, and calls to the backend fail \
                 (`503`) where nothing else is left",
                side.title,
                words::list(&names, 4),
                if slips.len() == 1 { "it" } else { "them" },
            ),
            first.at,
            "unknown",
        );
        also(finding, more.iter().map(|it| it.at), "unknown, too");
        let words: Vec<&str> = slips.iter().map(|it| it.trimmed()).collect();
        advise(finding, &words, java::nearest);
    }
}

/// A name that is built as names of suites are and is near none that is known: some Java may have it.
fn is_newer(word: &str) -> bool {
    (word.starts_with("TLS_") || word.starts_with("SSL_"))
        && word.contains("_WITH_")
        && java::nearest(word).is_none_or(|it| osa_distance(it, word) > 2)
}

fn advise(finding: &mut Finding, slips: &[&str], nearest: fn(&str) -> Option<&'static str>) {
    let advice: Vec<String> =
        slips.iter().filter_map(|slip| Some(format!("`{}` for `{slip}`", nearest(slip)?))).collect();
    if advice.is_empty() {
        finding.help("remove it, or write the name that was meant");
    } else {
        finding.help(format!("write {}", words::list(&advice, 4)));
    }
}

fn also(finding: &mut Finding, places: impl Iterator<Item = Location>, text: &str) {
    for at in places.take(words::SHOWN) {
        finding.label(at, text);
    }
}
