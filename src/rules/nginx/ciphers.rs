//! Cipher lists: what remains of them, and whom they leave out.

use std::collections::BTreeMap;

use crate::{
    finding::{Finding, Findings, Level},
    model::{
        EndpointId, Location, Model, Pairing, Role,
        ciphers::{Authentication, Exchange, Expansion, Suite, WordKind, tls13_names},
        nginx::{Line, Protocol, ServerId, Speaker},
        x509::KeyFamily,
    },
    rules::words,
};

/// A line with a cipher expression that can be read.
pub(crate) struct CipherLine<'m> {
    /// The line, with those who speak TLS by it.
    pub(crate) line: Line<'m>,
    /// The expression.
    pub(crate) at: Location,
    /// What OpenSSL makes of it.
    pub(crate) expansion: Expansion<'m>,
    /// As it is written.
    pub(crate) text: &'m str,
}

/// Every line with a cipher expression, towards clients and upstreams.
pub(crate) fn cipher_lines(model: &Model) -> Vec<CipherLine<'_>> {
    let nginx = &model.nginx;
    let plain = nginx.lines_of("ciphers").into_iter().map(|line| (line, 0));
    let is_list = |line: &Line<'_>| line.directive.arg(0).is_some_and(|it| it.eq_ignore_ascii_case("CipherString"));
    let commands = nginx.lines_of("conf_command").into_iter().filter(is_list).map(|line| (line, 1));
    plain
        .chain(commands)
        .filter_map(|(line, index)| {
            let word = line.directive.args.get(index).filter(|word| word.is_plain())?;
            let at = nginx.arg_at(line.id, index);
            Some(CipherLine { at, expansion: Expansion::of(&word.text), text: &word.text, line })
        })
        .collect()
}

/// " of server `a` and server `b`"; nothing where nobody is known.
pub(crate) fn speakers(model: &Model, speakers: &[Speaker], before: &str) -> String {
    let mut titles: Vec<String> = Vec::new();
    for speaker in speakers {
        let title = model.nginx.speaker_title(*speaker);
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    if titles.is_empty() { String::new() } else { format!("{before}{}", words::list(&titles, 3)) }
}

/// Labels those who use a line from elsewhere; a server around the line needs no label.
pub(crate) fn label_speakers(finding: &mut Finding, model: &Model, line: &Line<'_>, what: &str) {
    let nginx = &model.nginx;
    let elsewhere = |speaker: &&Speaker| {
        let scope = nginx.scope_of(**speaker);
        let around = nginx.scope(scope).opened_by.is_some_and(|by| by.unit == line.id.unit);
        !(around && nginx.scope(scope).own.contains(&line.id))
    };
    for speaker in line.speakers.iter().filter(elsewhere).take(words::SHOWN) {
        finding.label(nginx.speaker_at(*speaker), what);
    }
}

/// See the card.
pub(crate) fn ciphers_no_match(model: &Model, out: &mut Findings) {
    for CipherLine { line, at, expansion, text } in &cipher_lines(model) {
        if expansion.unknown || !line.is_live() {
            continue;
        }
        let name = &line.directive.name.text;
        if let Some(word) = expansion.refused {
            out.report(
                format!("OpenSSL refuses the whole list of `{name}` for `{word}` in it: nginx does not start or reload (`invalid command`)"),
                *at,
                "cannot be read",
            )
            .help("separate the names by `:` alone");
            continue;
        }
        if expansion.suites.is_empty() {
            // A TLS 1.3 name is a reason of its own.
            if expansion.idle.iter().all(|it| it.kind != WordKind::Tls13) {
                out.report(
                    format!("no cipher suite remains of `{text}`: nginx does not start or reload (`no cipher match`)"),
                    *at,
                    "expands to nothing",
                )
                .help(format!("remove the line, or write `{name} HIGH:!aNULL:!MD5;`"));
            }
            continue;
        }
        if expansion.usable().next().is_none() && !line.speakers.is_empty() {
            let version = model.settings.nginx_version;
            let no_way = line.speakers.iter().any(|it| model.nginx.protocols(*it, version).lacks_tls13());
            let who = if no_way { "every handshake fails" } else { "clients without TLS 1.3 cannot connect" };
            let level = if no_way { Level::Error } else { Level::Warning };
            let finding = out.report(
                format!("no suite of the list{} can be used with a certificate: {who} (`no shared cipher`), and `nginx -t` accepts it", speakers(model, &line.speakers, " of ")),
                *at,
                "only suites without certificates, or below the security level",
            );
            finding.level(level).help(format!("write `{name} HIGH:!aNULL:!MD5;`"));
            label_speakers(finding, model, line, "speaks TLS with this list");
        }
    }
}

/// See the card.
pub(crate) fn tls13_name_in_ciphers(model: &Model, out: &mut Findings) {
    for CipherLine { line, at, expansion, .. } in &cipher_lines(model) {
        let names: Vec<&str> =
            expansion.idle.iter().filter(|it| it.kind == WordKind::Tls13).map(|it| it.text).collect();
        if names.is_empty() || expansion.unknown || expansion.refused.is_some() || !line.is_live() {
            continue;
        }
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let quoted = words::list(&quoted, 3);
        let setting = &line.directive.name.text;
        let prefix = setting.trim_end_matches("ciphers").trim_end_matches("conf_command");
        let chosen: Vec<&str> = names.iter().copied().filter(|name| tls13_names().contains(name)).collect();
        if expansion.suites.is_empty() {
            out.report(
                format!("{quoted} in `{setting}` selects nothing, because TLS 1.3 suites are set elsewhere, and no other suite is named: nginx does not start or reload (`no cipher match`)"),
                *at,
                "expands to nothing",
            )
            .level(Level::Error)
            .help(format!("name suites of TLS 1.2 here, and those of TLS 1.3 with `{prefix}conf_command Ciphersuites {};`", chosen.join(":")));
            continue;
        }
        // All that OpenSSL offers by itself are named: nothing was to be left out.
        let restricts = !chosen.is_empty() && tls13_names()[..3].iter().any(|name| !chosen.contains(name));
        let finding = out.report(
            format!("{quoted} in `{setting}` does nothing: TLS 1.3 suites are set elsewhere, and {}", if restricts {
                "those that this list leaves out are offered all the same"
            } else {
                "OpenSSL offers them without being asked"
            }),
            *at,
            "dropped silently",
        );
        if restricts {
            finding.level(Level::Warning).help(format!("write `{prefix}conf_command Ciphersuites {};`", chosen.join(":")));
        } else {
            finding.level(Level::Note).help("remove the names");
        }
    }
}

/// See the card.
pub(crate) fn ciphers_no_effect(model: &Model, out: &mut Findings) {
    let version = model.settings.nginx_version;
    for CipherLine { line, at, .. } in &cipher_lines(model) {
        let mut protocols = Vec::new();
        for speaker in &line.speakers {
            protocols.push(model.nginx.protocols(*speaker, version));
        }
        if line.open || protocols.is_empty() || !protocols.iter().all(crate::model::nginx::Protocols::is_tls13_only) {
            continue;
        }
        let setting = &line.directive.name.text;
        let prefix = setting.trim_end_matches("ciphers").trim_end_matches("conf_command");
        let finding = out.report(
            format!("`{setting}` has no effect: only TLS 1.3 is on{}, whose suites it does not touch", speakers(model, &line.speakers, " for ")),
            *at,
            "for TLS 1.2 and older alone",
        );
        finding.help(format!("remove it, or write `{prefix}conf_command Ciphersuites TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256;`"));
        for at in protocols.iter().filter_map(|it| it.set_by).take(words::SHOWN) {
            finding.label(at, "enables TLS 1.3 alone");
        }
    }
}

/// See the card.
pub(crate) fn seclevel_lowered(model: &Model, out: &mut Findings) {
    for CipherLine { line, at, expansion, .. } in &cipher_lines(model) {
        let Some(level @ 0..=1) = expansion.level else { continue };
        // Where weak suites remain by it, `tls/weak-cipher` says the more.
        if !line.is_live() || expansion.usable().any(|suite| suite.weakness().is_some()) {
            continue;
        }
        let (what, how_bad) = if level == 0 {
            ("lets TLS 1.0, TLS 1.1, SHA-1 signatures and keys of any size pass", Level::Warning)
        } else {
            ("lets keys of 1024 bits pass, where Debian and Ubuntu ask for 2048", Level::Note)
        };
        let finding = out.report(
            format!("`@SECLEVEL={level}`{} {what}, for the certificates nginx loads as well", speakers(model, &line.speakers, " of ")),
            *at,
            "lowers the security level of OpenSSL",
        );
        finding.level(how_bad).help("remove `@SECLEVEL`, and replace what then fails to load");
        label_speakers(finding, model, line, "speaks TLS with this list");
    }
}

/// Whether a certificate with a key of a family serves a suite.
fn serves(suite: &Suite, family: KeyFamily) -> bool {
    match suite.authentication {
        Authentication::Nobody => true,
        Authentication::Rsa => {
            family == KeyFamily::Rsa || (family == KeyFamily::RsaPss && suite.exchange != Exchange::Rsa)
        }
        Authentication::Ecdsa => {
            matches!(family, KeyFamily::Ecdsa | KeyFamily::Ed25519 | KeyFamily::Ed448)
        }
        Authentication::Dss => family == KeyFamily::Dsa,
        Authentication::Psk | Authentication::Srp => false,
    }
}

/// The key types a server shows, each with the line that names its certificate and the leaf; `None` where one of
/// its certificates is not known.
fn key_types(model: &Model, endpoint: EndpointId) -> Option<Vec<(KeyFamily, Location, Location)>> {
    if model.estate.endpoint(endpoint).dynamic {
        return None;
    }
    let mine = model.estate.identities.iter().filter(|it| it.endpoint == endpoint && it.role == Role::Server);
    let types: Option<Vec<_>> = mine
        .map(|it| {
            let (leaf, place) = it.sent.first()?;
            let family = model.cert(*leaf).public_key.kind.family();
            let known = family != KeyFamily::Other
                && family != KeyFamily::MlDsa
                && matches!(it.pairing, Pairing::Match | Pairing::Locked(_) | Pairing::Unknown);
            known.then_some((family, model.estate.pointer(it.certificate).at, *place))
        })
        .collect();
    types.filter(|it| !it.is_empty())
}

/// See the card.
pub(crate) fn key_type_vs_ciphers(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut causes: BTreeMap<(Location, Location), (Vec<(KeyFamily, Location, Location)>, Vec<Speaker>, bool)> =
        BTreeMap::new();
    for index in 0..nginx.servers.len() {
        let id = ServerId(index as u32);
        let speaker = Speaker::Server(id);
        if !nginx.speaks_tls(id) {
            continue;
        }
        let Some(types) = key_types(model, model.nginx_endpoints.servers[index]) else { continue };
        let Some(ciphers) = nginx.ciphers(speaker) else { continue };
        let Some(at) = ciphers.set_by else { continue };
        let expansion = ciphers.expand();
        let protocols = nginx.protocols(speaker, model.settings.nginx_version);
        let usable: Vec<_> = expansion.usable().collect();
        if expansion.unknown
            || expansion.refused.is_some()
            || usable.is_empty()
            || !protocols.certain
            || protocols.is_tls13_only()
            || types.iter().any(|(family, ..)| usable.iter().any(|suite| serves(suite, *family)))
        {
            continue;
        }
        let cause = causes.entry((at, types[0].1)).or_insert_with(|| (types, Vec::new(), false));
        cause.1.push(speaker);
        cause.2 |= protocols.lacks_tls13();
    }
    for ((at, _), (types, users, no_way)) in causes {
        let kinds: Vec<String> = types.iter().map(|(family, ..)| family.to_string()).collect();
        let kinds = words::list(&kinds, 3);
        let what = if no_way {
            "every handshake fails (`no shared cipher`), and `nginx -t` accepts it"
        } else {
            "only clients with TLS 1.3 can connect, all older ones see a failed handshake"
        };
        let finding = out.report(
            format!("no suite of this list works with the {kinds} certificate{}: {what}", speakers(model, &users, " of ")),
            at,
            format!("no suite for {kinds} keys"),
        );
        let ecdsa = types.iter().any(|(family, ..)| matches!(family, KeyFamily::Ecdsa | KeyFamily::Ed25519));
        let add = if ecdsa { "ECDHE-ECDSA-AES128-GCM-SHA256" } else { "ECDHE-RSA-AES128-GCM-SHA256" };
        finding.level(if no_way { Level::Error } else { Level::Note }).help(format!("add `{add}` to the list"));
        for (family, line, leaf) in &types {
            finding.label(*line, "is shown with this list").label(*leaf, format!("has an {family} key"));
        }
    }
}

/// What browsers offer with TLS 1.2.
const OF_BROWSERS: &[&str] = &[
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "AES256-SHA",
];

/// See the card.
pub(crate) fn http2_blacklisted_ciphers(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut causes: BTreeMap<Location, (Vec<Speaker>, &'static str, Vec<Location>, bool)> = BTreeMap::new();
    for (index, server) in nginx.servers.iter().enumerate() {
        let id = ServerId(index as u32);
        let speaker = Speaker::Server(id);
        let Some(http2) = http2_line(model, id) else { continue };
        let Some(ciphers) = nginx.ciphers(speaker) else { continue };
        let Some(at) = ciphers.set_by else { continue };
        let expansion = ciphers.expand();
        let protocols = nginx.protocols(speaker, model.settings.nginx_version);
        if expansion.unknown || expansion.refused.is_some() || !protocols.certain || !protocols.has(Protocol::Tls12) {
            continue;
        }
        let families = match key_types(model, model.nginx_endpoints.servers[index]) {
            Some(types) => types.into_iter().map(|(family, ..)| family).collect(),
            None => vec![KeyFamily::Rsa, KeyFamily::Ecdsa],
        };
        let prefer = nginx.effective(server.scope, "ssl_prefer_server_ciphers");
        // The suite a browser ends up with: the server's first, or the best it can find.
        let chosen = |family: KeyFamily| {
            let mut offered =
                expansion.usable().filter(|it| OF_BROWSERS.contains(&it.name) && serves(it, family));
            let first = offered.next()?;
            let decides = prefer.is_some_and(crate::model::nginx::Effective::is_on);
            let better = !decides && offered.any(|it| !it.is_refused_by_http2());
            Some((first.name, first.is_refused_by_http2() && !better))
        };
        let chosen: Vec<_> = families.into_iter().filter_map(chosen).collect();
        let Some((name, _)) = chosen.first() else { continue };
        if chosen.iter().all(|(_, refused)| *refused) {
            let cause = causes.entry(at).or_insert((Vec::new(), *name, Vec::new(), false));
            cause.0.push(speaker);
            cause.2.push(http2);
            cause.3 |= protocols.lacks_tls13();
        }
    }
    for (at, (users, name, http2, no_way)) in causes {
        let whom = if no_way { "browsers" } else { "browsers that speak TLS 1.2" };
        let finding = out.report(
            format!("HTTP/2 is on{}, and this list leads {whom} to `{name}`, which HTTP/2 forbids: they close the connection (`ERR_HTTP2_INADEQUATE_TRANSPORT_SECURITY`)", speakers(model, &users, " for ")),
            at,
            "suites that HTTP/2 forbids come first",
        );
        finding
            .level(if no_way { Level::Warning } else { Level::Note })
            .help("put `ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256` first");
        for at in http2.into_iter().take(words::SHOWN) {
            finding.label(at, "turns HTTP/2 on");
        }
    }
}

/// The line that turns HTTP/2 on for a server.
fn http2_line(model: &Model, id: ServerId) -> Option<Location> {
    let nginx = &model.nginx;
    if let Some(line) = nginx.effective(nginx.server(id).scope, "http2") {
        return (line.is_on() && nginx.speaks_tls(id)).then(|| line.at());
    }
    nginx.tls_listeners(id).find_map(|listener| {
        let listens = listener.members.iter().map(|(server, at)| &nginx.server(*server).listens[*at]);
        listens.into_iter().find(|it| it.http2).map(|it| it.at)
    })
}
