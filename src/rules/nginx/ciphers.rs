//! Cipher lists: what remains of them.

use crate::{
    finding::{Finding, Findings, Level},
    model::{
        Location, Model,
        ciphers::{Expansion, WordKind, tls13_names},
        nginx::{Line, Protocols, Speaker},
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
    let is_list =
        |line: &Line<'_>| line.directive.arg(0).is_some_and(|it| it.eq_ignore_ascii_case("CipherString"));
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
    for speaker in speakers.iter().filter(|it| !is_fragment(model, **it)) {
        let title = model.nginx.speaker_title(*speaker);
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    if titles.is_empty() { String::new() } else { format!("{before}{}", words::list(&titles, 3)) }
}

/// A file for the inside of a server block stands for no server of its own.
fn is_fragment(model: &Model, speaker: Speaker) -> bool {
    matches!(speaker, Speaker::Server(id) if model.nginx.server(id).fragment)
}

/// Labels those who use a line from elsewhere; a server around the line needs no label.
pub(crate) fn label_speakers(finding: &mut Finding, model: &Model, line: &Line<'_>, what: &str) {
    let nginx = &model.nginx;
    let elsewhere = |speaker: &&Speaker| {
        let scope = nginx.scope_of(**speaker);
        let around = nginx.scope(scope).opened_by.is_some_and(|by| by.unit == line.id.unit);
        let around = around && nginx.scope(scope).own.contains(&line.id);
        !around && !is_fragment(model, **speaker)
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
            format!(
                "{quoted} in `{setting}` does nothing: TLS 1.3 suites are set elsewhere, and {}",
                if restricts {
                    "those that this list leaves out are offered all the same"
                } else {
                    "OpenSSL offers them without being asked"
                }
            ),
            *at,
            "dropped silently",
        );
        if restricts {
            finding
                .level(Level::Warning)
                .help(format!("write `{prefix}conf_command Ciphersuites {};`", chosen.join(":")));
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
        if line.open || protocols.is_empty() || !protocols.iter().all(Protocols::is_tls13_only) {
            continue;
        }
        let setting = &line.directive.name.text;
        let prefix = setting.trim_end_matches("ciphers").trim_end_matches("conf_command");
        let finding = out.report(
            format!(
                "`{setting}` has no effect: only TLS 1.3 is on{}, whose suites it does not touch",
                speakers(model, &line.speakers, " for ")
            ),
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
            format!(
                "`@SECLEVEL={level}`{} {what}, for the certificates nginx loads as well",
                speakers(model, &line.speakers, " of ")
            ),
            *at,
            "lowers the security level of OpenSSL",
        );
        finding.level(how_bad).help("remove `@SECLEVEL`, and replace what then fails to load");
        label_speakers(finding, model, line, "speaks TLS with this list");
    }
}
