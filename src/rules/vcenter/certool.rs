//! `certool.cfg`: what certool refuses, and what it takes and nobody wants.

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        said::Said,
        vcenter::{CERTOOL_KEYS, Certool, CertoolFault, node::Pnid},
    },
};

/// Bytes that certool has for all alternative names together.
const SAN_ROOM: usize = 2048;

fn all(model: &Model) -> impl Iterator<Item = (&str, &Certool)> {
    model.vcenter.units.iter().filter_map(|(_, path, unit)| Some((path.as_str(), unit.certool.as_ref()?)))
}

/// See the card.
pub(crate) fn certool_country(model: &Model, out: &mut Findings) {
    for (_, certool) in all(model) {
        let Some(country) = certool.value("Country") else { continue };
        let written = country.trimmed();
        if written.chars().count() != 2 && !country.is_placeholder() && !written.contains(',') {
            out.report(
                format!(
                    "`Country = {written}` has {} characters: certool wants two and stops with error 70012",
                    written.chars().count()
                ),
                country.at,
                "two letters are needed",
            )
            .help("write the code of ISO 3166 with two letters, such as `US`");
        }
    }
}

/// See the card.
pub(crate) fn certool_syntax(model: &Model, out: &mut Findings) {
    for (_, certool) in all(model) {
        for fault in &certool.faults {
            if let CertoolFault::NoEquals(at) = fault {
                out.report("certool refuses the file because of a line without `=`", *at, "no `=`")
                    .help("write `Key = value`, or put `#` in front");
            }
        }
    }
}

/// See the card.
pub(crate) fn certool_unknown_key(model: &Model, out: &mut Findings) {
    for (_, certool) in all(model) {
        for fault in &certool.faults {
            let CertoolFault::UnknownKey(key) = fault else { continue };
            let near = CERTOOL_KEYS.iter().find(|it| it.eq_ignore_ascii_case(key.trimmed()));
            let help = match near {
                Some(near) => format!("write `{near}`: the case of keys counts"),
                None => format!("the keys are `{}`", CERTOOL_KEYS.join("`, `")),
            };
            out.report(
                format!("certool knows no key `{}` and refuses the file", key.trimmed()),
                key.at,
                "no such key",
            )
            .help(help);
        }
    }
}

/// See the card.
pub(crate) fn certool_dup_key(model: &Model, out: &mut Findings) {
    for (_, certool) in all(model) {
        for fault in &certool.faults {
            let CertoolFault::Duplicate(key, first) = fault else { continue };
            out.report(
                format!("`{}` stands twice: certool refuses the file", key.trimmed()),
                key.at,
                "again",
            )
            .label(*first, "first here")
            .help(format!("keep one line; several values of `{}` are separated by commas", key.trimmed()));
        }
    }
}

/// See the card.
pub(crate) fn certool_encoding(model: &Model, out: &mut Findings) {
    for (path, certool) in all(model) {
        for fault in &certool.faults {
            if let CertoolFault::Utf16(at) = fault {
                out.report(format!("`{path}` is UTF-16, which certool refuses"), *at, "UTF-16")
                    .help("save it as UTF-8 without a mark, or as ASCII");
            }
        }
    }
}

/// See the card.
pub(crate) fn certool_san_overflow(model: &Model, out: &mut Findings) {
    for (_, certool) in all(model) {
        let room =
            |key: &str, kind: usize| certool.parts(key).iter().map(|it| it.len() + kind).sum::<usize>();
        // `DNS:`, `IP:`, `email:` and a comma each.
        let length = room("Hostname", 5) + room("IPAddress", 4) + room("Email", 7);
        let Some(at) = certool.value("Hostname").or_else(|| certool.value("IPAddress")).map(|it| it.at)
        else {
            continue;
        };
        if length > SAN_ROOM {
            out.report(
                format!("the alternative names need {length} characters and certool has room for {SAN_ROOM}: the rest is left out without a word"),
                at,
                "too many names",
            )
            .help("issue several certificates, or leave names out");
        }
    }
}

/// See the card.
pub(crate) fn certool_hostname_placeholder(model: &Model, out: &mut Findings) {
    for (path, certool) in all(model) {
        // The template itself, where it is installed, is made to be copied.
        if path.contains("vmware-vmca/share/config/") || is_untouched(certool) {
            continue;
        }
        let Some(value) = certool.value("Hostname") else { continue };
        if certool.parts("Hostname").iter().any(|it| it.eq_ignore_ascii_case("server.acme.com")) {
            out.report(
                "`Hostname` is still that of the template: the certificate is made for `server.acme.com`, and no client of this machine accepts it",
                value.at,
                "from the template",
            )
            .help("write the name under which the machine was installed (PNID), which `vmafd-cli get-pnid --server-name localhost` prints");
        }
    }
}

/// Everything that a person would fill in is still that of the template, so it is one that nobody used.
fn is_untouched(certool: &Certool) -> bool {
    let template =
        [("Name", "CA"), ("Organization", "VMware"), ("IPAddress", "127.0.0.1"), ("Email", "email@acme.com")];
    template.iter().all(|(key, value)| certool.value(key).is_some_and(|it| it.trimmed() == *value))
}

/// The name of the machine that a file is about.
fn pnid(model: &Model, file: Location) -> Option<&Pnid> {
    let unit = model.vcenter.units.iter().position(|(it, ..)| *it == file.file)?;
    model.vcenter.nodes.iter().find(|it| it.units.contains(&unit))?.certain_pnid()
}

/// See the card.
pub(crate) fn certool_hostname_not_pnid(model: &Model, out: &mut Findings) {
    for (_, certool) in all(model) {
        let Some(value) = certool.value("Hostname").filter(|it| !it.is_placeholder()) else { continue };
        let names = certool.parts("Hostname");
        let Some(pnid) = pnid(model, value.at) else { continue };
        let template = names.iter().any(|it| it.eq_ignore_ascii_case("server.acme.com"));
        let address = pnid.name.parse::<std::net::IpAddr>().is_ok();
        // Names of another domain altogether are those of another machine whose files lie here too.
        let near = names.iter().any(|it| is_near(it, &pnid.name));
        if template || address || !near || names.iter().any(|it| it.eq_ignore_ascii_case(&pnid.name)) {
            continue;
        }
        let finding = out.report(
            format!("`Hostname = {}` lacks `{}`, the name under which the machine was installed: clients refuse the certificate that is made with it", value.trimmed(), pnid.name),
            value.at,
            "without the name of the machine",
        );
        if let Some(at) = pnid.at {
            finding.label(at, "the name of the machine (PNID)");
        }
        finding.help(format!("write `Hostname = {}`, further names behind commas", pnid.name));
    }
}

/// Two names of one machine, or of one domain.
fn is_near(one: &str, other: &str) -> bool {
    let split = |name: &str| {
        let lower = name.to_lowercase();
        let (host, domain) = lower.split_once('.').unwrap_or((&lower, ""));
        (host.to_owned(), domain.to_owned())
    };
    let ((host, domain), (own, owned)) = (split(one), split(other));
    host == own || domain == owned || domain.is_empty()
}

/// See the card.
pub(crate) fn certool_wildcard(model: &Model, out: &mut Findings) {
    for (_, certool) in all(model) {
        for key in ["Name", "Hostname"] {
            let Some(value) = certool.value(key).filter(|it: &&Said| it.text.contains('*')) else { continue };
            let code = if key == "Name" { "70060" } else { "70061" };
            out.report(
                format!("`{key} = {}` has a wildcard, which VMCA refuses with error {code}", value.trimmed()),
                value.at,
                "a wildcard",
            )
            .help("name the machine");
        }
    }
}

/// See the card.
pub(crate) fn certool_two_dns(model: &Model, out: &mut Findings) {
    for (_, certool) in all(model) {
        let names = certool.parts("Hostname");
        let Some(value) = certool.value("Hostname") else { continue };
        if names.len() > 1 {
            out.report(
                format!("`Hostname` has {} names: builds of VMCA without the switch for it refuse more than one with error 70061", names.len()),
                value.at,
                "several names",
            )
            .level(Level::Note)
            .help("if certool refuses it, leave the name of the machine alone in the list");
        }
    }
}
