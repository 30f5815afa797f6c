//! Protocol versions that nobody should speak any more, and words that are no protocol.

use std::collections::BTreeMap;

use strsim::osa_distance;

use crate::{
    finding::{Change, Findings, Fix, Level},
    model::{
        Location, Model, Version,
        nginx::{Line, Protocol, ServerId, Speaker, Toward, default_protocols},
    },
    rules::{
        mending,
        nginx::{Unusable, label_speakers, speakers},
        words,
    },
};

/// See the card.
pub(crate) fn weak_protocol(model: &Model, out: &mut Findings) {
    let mut unusable = Unusable::new(model);
    for line in model.nginx.lines_of("protocols").iter().filter(|line| line.is_live()) {
        let weak: Vec<Protocol> = named(line).into_iter().filter(|it| it.is_obsolete()).collect();
        // Where nothing newer is on, every handshake fails, and `nginx/protocols-unusable` says so.
        if weak.is_empty() || unusable.is(line) {
            continue;
        }
        let names: Vec<String> = weak.iter().map(|it| format!("`{it}`")).collect();
        let kept: Vec<String> =
            named(line).iter().filter(|it| !it.is_obsolete()).map(ToString::to_string).collect();
        let kept = if kept.is_empty() { "TLSv1.2 TLSv1.3".to_owned() } else { kept.join(" ") };
        let what = match line.toward {
            Toward::Clients => "offers",
            Toward::Upstreams => "lets an upstream choose",
        };
        let first = line.directive.args.iter().position(|word| Protocol::of(&word.text) == Some(weak[0]));
        let finding = out.report(
            format!(
                "`{}`{} {what} {}: whoever sits between can force the old version and attack it (OpenSSL 3 \
                 refuses these versions unless the ciphers say `@SECLEVEL=0`, so they only help old builds)",
                line.directive.name.text,
                speakers(model, &line.speakers, " of "),
                words::list(&names, 4),
            ),
            model.nginx.arg_at(line.id, first.unwrap_or(0)),
            "obsolete",
        );
        finding.help(format!("write `{} {kept};`", line.directive.name.text));
        if let Some(change) = mending::new_arguments(model, line.id, &kept) {
            finding.fix(Fix::unsafe_to_trust(format!("write `{kept}`"), vec![change]));
        }
        label_speakers(finding, model, line, "speaks TLS with these versions");
    }
    old_default(model, out);
    super::apigee::weak_protocols(model, out);
    super::java::weak_protocols(model, out);
}

/// Servers of an aimed-at version of nginx that enables old versions where nothing is set: once a configuration.
fn old_default(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let Some(version) = model.settings.nginx_version.filter(|it| *it < Version(1, 27, 3)) else { return };
    let mut by_root: BTreeMap<u32, Vec<Speaker>> = BTreeMap::new();
    for (index, server) in nginx.servers.iter().enumerate() {
        let id = ServerId(index as u32);
        let unset = nginx.effective(server.scope, "ssl_protocols").is_none();
        if unset && nginx.speaks_tls(id) && nginx.is_complete(server.scope) {
            by_root.entry(server.root).or_default().push(Speaker::Server(id));
        }
    }
    for all in by_root.values() {
        let names: Vec<String> =
            default_protocols(Some(version)).iter().map(|it| format!("`{it}`")).collect();
        let finding = out.report(
            format!(
                "no `ssl_protocols` is set for {}, and nginx {version} then enables {}",
                words::list(&all.iter().map(|it| nginx.speaker_title(*it)).collect::<Vec<_>>(), 3),
                words::list(&names, 4),
            ),
            nginx.speaker_at(all[0]),
            "the default of this version holds here",
        );
        finding
            .level(Level::Note)
            .help("write `ssl_protocols TLSv1.2 TLSv1.3;` in the block around the servers");
        for speaker in all.iter().skip(1).take(words::SHOWN - 1) {
            finding.label(nginx.speaker_at(*speaker), "and here");
        }
    }
}

/// The protocols a line names, oldest first.
fn named(line: &Line<'_>) -> Vec<Protocol> {
    let words = &line.directive.args;
    Protocol::ALL
        .into_iter()
        .filter(|it| words.iter().any(|word| Protocol::of(&word.text) == Some(*it)))
        .collect()
}

/// See the card.
pub(crate) fn unknown_protocol(model: &Model, out: &mut Findings) {
    for line in model.nginx.lines_of("protocols") {
        let unknown: Vec<(Location, &str)> = line
            .directive
            .args
            .iter()
            .enumerate()
            .filter(|(_, word)| word.is_plain() && Protocol::of(&word.text).is_none())
            .map(|(index, word)| (model.nginx.arg_at(line.id, index), &*word.text))
            .collect();
        let Some((at, first)) = unknown.first() else { continue };
        let name = &line.directive.name.text;
        let finding = out.report(
            format!(
                "`{first}` is no protocol that `{name}` knows: nginx does not start or reload (`invalid value \
                 \"{first}\"`)"
            ),
            *at,
            "unknown",
        );
        let meant = meant(first);
        match meant {
            Some(protocol) => finding.help(format!("write `{protocol}`")),
            None => finding.help(format!("write `{name} TLSv1.2 TLSv1.3;`")),
        };
        if let (Some(protocol), true) = (meant, mending::is_kept_text(model, line.id)) {
            let (from, to) = ((*first).to_owned(), protocol.to_string());
            let what = format!("write `{protocol}`");
            finding.fix(Fix::unsafe_to_trust(what, vec![Change::Put { at: *at, from, to }]));
        }
        for (at, word) in &unknown[1..] {
            finding
                .label(*at, self::meant(word).map_or("unknown too".to_owned(), |it| format!("means `{it}`")));
        }
    }
    super::apigee::unknown_protocols(model, out);
}

/// The protocol a wrong word was meant to be.
pub(super) fn meant(word: &str) -> Option<Protocol> {
    // What is left when the ways to write a version are put aside: `TLS 1.2`, `tls_v1_2,` and `TLSv12` are `TLS12`.
    let bare: String =
        word.to_ascii_uppercase().chars().filter(|c| c.is_ascii_alphanumeric() && *c != 'V').collect();
    let exact = match bare.as_str() {
        "SSL2" | "SSL20" => Some(Protocol::Ssl2),
        "SSL3" | "SSL30" => Some(Protocol::Ssl3),
        "TLS1" | "TLS10" => Some(Protocol::Tls10),
        "TLS11" => Some(Protocol::Tls11),
        "TLS12" | "12" => Some(Protocol::Tls12),
        "TLS13" | "13" => Some(Protocol::Tls13),
        _ => None,
    };
    exact.or_else(|| {
        Protocol::ALL
            .into_iter()
            .rev()
            .map(|it| (osa_distance(&word.to_ascii_uppercase(), &it.word().to_ascii_uppercase()), it))
            .filter(|(distance, _)| *distance <= 2)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, it)| it)
    })
}
