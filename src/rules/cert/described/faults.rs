//! Faults of described certificates beside their dates: names that they lack, and keys and signatures that are weak.

use std::collections::BTreeSet;

use crate::{
    finding::{Findings, Level},
    model::x509::{Coverage, dns_coverage},
    model::{Described, Model, Part, Role, Software, estate::Host},
    rules::{
        cert::{
            names::{ALIASES, is_public_form},
            validity::rotation,
        },
        words,
    },
};

use super::{Speakers, told};

/// The part of [`super::super::name_mismatch`] about described certificates.
pub(in crate::rules::cert) fn name_mismatch(model: &Model, out: &mut Findings) {
    let speakers = Speakers::new(model);
    for it in model.estate.described.iter().filter(|it| !speakers.is_file(it)) {
        let uses: Vec<_> = it.uses.iter().filter(|at| at.part == Part::Leaf(Role::Server)).collect();
        let mut missed: Vec<&Host> = Vec::new();
        let mut served = false;
        for host in uses.iter().flat_map(|at| &model.estate.endpoint(at.endpoint).hosts) {
            // A dump lists DNS names and no addresses.
            let is_name = is_public_form(&host.name) && host.name.parse::<std::net::IpAddr>().is_err();
            if is_name && covers(model, it, &host.name) == Coverage::NotCovered {
                missed.push(host);
                served |= !host.name.starts_with("*.");
            }
        }
        if missed.is_empty() {
            continue;
        }
        let names: BTreeSet<String> = missed.iter().map(|host| format!("`{}`", host.name)).collect();
        let names: Vec<String> = names.into_iter().collect();
        let listed: Vec<String> = it.alt_names.iter().map(|name| format!("`{name}`")).collect();
        let listed = words::list(&listed, 4);
        let effect = if served {
            "clients that ask for it refuse the connection"
        } else {
            "clients that ask for it see a certificate warning"
        };
        let finding = out.report(
            format!(
                "the certificate `{}` in {} covers {listed} and not {}: {effect}",
                it.title(),
                it.entry_title,
                words::list(&names, 5)
            ),
            it.entry,
            "this certificate is shown",
        );
        if !served {
            finding.level(Level::Note);
        }
        for host in missed.iter().take(words::SHOWN) {
            finding.label(host.at, "for this name");
        }
        finding.label(it.at, format!("it covers {listed}"));
        words::label_steps(finding, model, uses.iter().map(|at| (at.endpoint, at.via.as_slice())));
        finding.help(ALIASES);
    }
}

fn covers(model: &Model, it: &Described, host: &str) -> Coverage {
    match it.same {
        Some(id) if !it.alt_names.is_empty() => model.cert(id).host_coverage(host),
        _ => dns_coverage(&it.alt_names, host),
    }
}

/// The part of [`super::super::weak_key`] about described certificates.
pub(in crate::rules::cert) fn weak_key(model: &Model, out: &mut Findings) {
    report(model, out, weak_key_of, "has", "current TLS libraries refuse such keys, and they can be broken");
}

/// The part of [`super::super::weak_signature`] about described certificates.
pub(in crate::rules::cert) fn weak_signature(model: &Model, out: &mut Findings) {
    report(
        model,
        out,
        weak_signature_of,
        "is signed with",
        "current TLS libraries refuse such signatures, and they can be forged",
    );
}

fn report(
    model: &Model,
    out: &mut Findings,
    weak: impl Fn(&Described) -> Option<String>,
    verb: &str,
    effect: &str,
) {
    // A root is believed for itself, and of a certificate that nobody uses only its dates are told.
    for told in told(model, |it| !it.is_self_issued() && !it.uses.is_empty() && weak(it).is_some()) {
        let (Some(part), Some(what)) = (told.part, weak(told.it)) else { continue };
        let issuer = told.it.issuer.as_ref().map_or("its issuer", |it| it.title());
        let help = rotation(told.software().unwrap_or(Software::EdgeRouter), told.it.title(), issuer, part);
        let message = format!("{} {verb} {what}: {effect}", told.whose());
        let finding = out.report(message, told.it.entry, format!("{} holds it", told.it.entry_title));
        finding.level(Level::Warning).label(told.it.at, what);
        words::label_steps(finding, model, told.uses.iter().map(|it| (it.endpoint, it.via.as_slice())));
        finding
            .help(format!("have it issued again with a key of 2048 bits or more (RSA) and SHA-256; {help}"));
    }
}

/// "an RSA key of 1024 bits", from `RSA Public Key, 1024 bits`.
fn weak_key_of(it: &Described) -> Option<String> {
    let text = it.public_key.as_deref()?;
    let family = text.split_whitespace().next()?.to_ascii_uppercase();
    let before = text.trim().strip_suffix("bits").or_else(|| text.trim().strip_suffix("bit"))?;
    let bits: u32 = before.split_whitespace().next_back()?.parse().ok()?;
    match family.as_str() {
        "RSA" if (1..2048).contains(&bits) => Some(format!("an RSA key of {bits} bits")),
        "EC" | "ECDSA" if (1..256).contains(&bits) => Some(format!("an EC key of {bits} bits")),
        "DSA" => Some("a DSA key".to_owned()),
        _ => None,
    }
}

/// "SHA-1", from `SHA1withRSA` as Edge writes it or `SHA1-RSA` as X does.
fn weak_signature_of(it: &Described) -> Option<String> {
    let text = it.signature.as_deref()?.trim().to_ascii_uppercase();
    let starts = |word: &str| text.strip_prefix(word).is_some_and(|rest| rest.starts_with(['W', '-', '_']));
    if starts("MD5") || starts("MD2") {
        Some(text[..3].to_owned())
    } else if starts("SHA1") || starts("SHA-1") {
        Some("SHA-1".to_owned())
    } else {
        None
    }
}
