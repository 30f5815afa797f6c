//! Keys, elements and switches that are not spelt as Apigee has them.

use crate::{
    finding::{Change, Findings, Fix, Level},
    model::{
        Model, Said,
        apigee::{OddKey, Origin, Repeated},
    },
    rules::words,
};

use super::{
    aliases::hosts,
    servers::servers,
    sides::{connection_title, host_title, of_bundle, server_title, sides},
};

/// Keys that are none, with what has them, whether it is XML, and what does not count because of them.
fn odd_keys(model: &Model) -> Vec<(String, bool, &[OddKey])> {
    let mut all: Vec<(String, bool, &[OddKey])> = Vec::new();
    for (environment, host) in hosts(model) {
        all.push((host_title(environment, host), host.origin == Origin::Xml, &host.odd_keys));
    }
    for (environment, server) in servers(model) {
        all.push((server_title(environment, server), server.origin == Origin::Xml, &server.odd_keys));
    }
    for side in sides(model) {
        let xml = side.is_xml();
        all.push((side.title, xml, &side.ssl.odd_keys));
    }
    all
}

/// See the card.
pub(crate) fn sslinfo_key_case(model: &Model, out: &mut Findings) {
    for (title, xml, keys) in odd_keys(model) {
        let wrong: Vec<(&OddKey, &str)> = keys
            .iter()
            .filter(|it| it.case_only)
            .filter_map(|it| Some((it, it.meant?)))
            // The management API takes `SSLInfo` of XML in any case.
            .filter(|(_, meant)| !(xml && meant.eq_ignore_ascii_case("SSLInfo")))
            .collect();
        let Some(((first, meant), more)) = wrong.split_first() else { continue };
        let written = first.written.trimmed();
        let message = if meant.eq_ignore_ascii_case("sSLInfo") {
            format!(
                "`{written}` of {title} is not `{meant}`: the management API answers with an error, and what passes over the \
                 key leaves TLS off"
            )
        } else {
            format!(
                "`{written}` of {title} is not `{meant}`: the case counts, so the setting is refused or has no effect"
            )
        };
        let finding = out.report(message, first.written.at, "another case");
        if xml {
            finding.level(Level::Warning);
        }
        for (key, meant) in more.iter().take(words::SHOWN) {
            finding.label(key.written.at, format!("means `{meant}`"));
        }
        finding.help(format!("write `{meant}`"));
        // An element has its name at its end too.
        if !xml {
            let put = |(key, meant): &(&OddKey, &str)| Change::Put {
                at: key.written.at,
                from: key.written.text.clone(),
                to: (*meant).to_owned(),
            };
            finding.fix(Fix::unsafe_to_trust(format!("write `{meant}`"), wrong.iter().map(put).collect()));
        }
    }
}

/// See the card.
pub(crate) fn unknown_sslinfo_child(model: &Model, out: &mut Findings) {
    for side in sides(model) {
        for key in side.ssl.odd_keys.iter().filter(|it| !it.case_only && !it.written.is_placeholder()) {
            let written = key.written.trimmed();
            let finding = out.report(
                format!(
                    "`{written}` in the TLS settings of {} is nothing that Apigee knows: it is refused or has no effect",
                    side.title
                ),
                key.written.at,
                "unknown",
            );
            match key.meant {
                Some(meant) => finding.help(format!("write `{meant}`")),
                None => finding.level(Level::Warning).help("remove it"),
            };
        }
    }
}

/// See the card.
pub(crate) fn duplicate_element(model: &Model, out: &mut Findings) {
    let mut all: Vec<(String, &[Repeated])> = Vec::new();
    for (environment, host) in hosts(model).filter(|(_, it)| it.origin == Origin::Xml) {
        all.push((host_title(environment, host), &host.repeated));
    }
    for (environment, server) in servers(model).filter(|(_, it)| it.origin == Origin::Xml) {
        all.push((server_title(environment, server), &server.repeated));
    }
    for side in sides(model) {
        // In JSON it is `apigee/json-duplicate-key`.
        if side.is_xml() {
            all.push((side.title, &side.ssl.repeated));
        }
    }
    for bundle in &model.apigee.bundles {
        for endpoint in &bundle.endpoints {
            let name = endpoint.name.as_ref().map_or("default", |it| it.trimmed());
            all.push((format!("proxy endpoint `{name}`{}", of_bundle(bundle)), &endpoint.repeated));
        }
    }
    for (title, repeated) in all {
        for it in repeated {
            out.report(
                format!("{title} has `{}` twice: one of the two counts, and which one is luck", it.name),
                it.second,
                "again",
            )
            .label(it.first, "there already")
            .help("keep one of them");
        }
    }
    for bundle in &model.apigee.bundles {
        for connection in &bundle.connections {
            let [first, more @ ..] = connection.ssl.as_slice() else { continue };
            for second in more {
                out.report(
                    format!(
                        "{} has `SSLInfo` twice: one of the two counts, and which one is luck",
                        connection_title(bundle, connection)
                    ),
                    second.at,
                    "again",
                )
                .label(first.at, "there already")
                .help("keep one of them");
            }
        }
    }
}

/// Everything that is true or false, with what has it and its name.
fn switches(model: &Model) -> Vec<(String, &'static str, &Said)> {
    let mut all: Vec<(String, &'static str, Option<&Said>)> = Vec::new();
    for (environment, host) in hosts(model) {
        all.push((host_title(environment, host), "UseBuiltInFreeTrialCert", host.free_trial.as_ref()));
    }
    for (environment, server) in servers(model) {
        all.push((server_title(environment, server), "IsEnabled", server.enabled.as_ref()));
    }
    for side in sides(model) {
        let ssl = side.ssl;
        let wildcard = ssl.common_name.as_ref().and_then(|it| it.wildcard.as_ref());
        for (key, said) in [
            ("Enabled", ssl.enabled.as_ref()),
            ("Enforce", ssl.enforce.as_ref()),
            ("ClientAuthEnabled", ssl.client_auth.as_ref()),
            ("IgnoreValidationErrors", ssl.ignore_validation_errors.as_ref()),
            ("wildcardMatch", wildcard),
        ] {
            all.push((side.title.clone(), key, said));
        }
    }
    all.into_iter().filter_map(|(title, key, said)| Some((title, key, said?))).collect()
}

/// See the card.
pub(crate) fn bool_value(model: &Model, out: &mut Findings) {
    for (title, key, said) in switches(model) {
        if matches!(said.text.as_str(), "true" | "false" | "") || said.is_placeholder() {
            continue;
        }
        let word = said.trimmed();
        match said.truth() {
            Some(value) => {
                let how = if word == said.text {
                    format!("is written `{word}`")
                } else {
                    format!("has white space around `{word}`")
                };
                out.report(
                    format!("`{key}` of {title} {how}: nothing says that Apigee takes that for `{value}`"),
                    said.at,
                    "not the plain word",
                )
                .level(Level::Note)
                .help(format!("write `{value}`"))
                .fix(Fix::unsafe_to_trust(
                    format!("write `{value}`"),
                    vec![Change::Put { at: said.at, from: said.text.clone(), to: value.to_string() }],
                ));
            }
            None if word.is_empty() => {
                out.report(
                    format!("`{key}` of {title} is blank: nothing says what Apigee takes that for"),
                    said.at,
                    "blank",
                )
                .level(Level::Note)
                .help("write `true` or `false`");
            }
            None => {
                let meant = match word.to_ascii_lowercase().as_str() {
                    "yes" | "on" | "1" | "enabled" | "y" => Some("true"),
                    "no" | "off" | "0" | "disabled" | "n" => Some("false"),
                    _ => None,
                };
                let finding = out.report(
                    format!(
                        "`{key}` of {title} is `{word}`, which is neither `true` nor `false`: the setting is refused, or is \
                         off without a word"
                    ),
                    said.at,
                    "neither `true` nor `false`",
                );
                match meant {
                    Some(meant) => finding.help(format!("write `{meant}`")),
                    None => finding.help("write `true` or `false`"),
                };
            }
        }
    }
}
