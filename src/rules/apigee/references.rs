//! References by themselves: their types and names, and where they cannot be used.

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        apigee::{Lookup, Platform, Reference, StoreName, StoreRole, StoreUse},
        said::Said,
    },
    rules::words,
};

/// See the card.
pub(crate) fn ref_resource_type(model: &Model, out: &mut Findings) {
    for (index, environment) in model.apigee.environments.iter().enumerate() {
        let uses = model.apigee.store_uses(index);
        for reference in &environment.references {
            wrong_type(out, reference);
            let is_trust = reference.resource_type.as_ref().is_some_and(|it| it.trimmed() == "TrustStore");
            let as_key = |it: &&StoreUse<'_>| {
                let found = environment.look_up(Some(it.name));
                it.role == StoreRole::Key
                    && found.reference().is_some_and(|found| std::ptr::eq(found, reference))
            };
            let keystores: Vec<_> = uses.iter().filter(|_| is_trust).filter(as_key).collect();
            if let (Some(first), Some(kind)) = (keystores.first(), &reference.resource_type) {
                let finding = out.report(
                    format!(
                        "reference `{}` says it is for a truststore, and {} uses it as keystore: it works, and misleads whoever replaces the certificate",
                        reference.name.trimmed(),
                        first.user.title()
                    ),
                    kind.at,
                    "says `TrustStore`",
                );
                finding.level(Level::Note);
                for it in keystores.iter().take(words::SHOWN) {
                    finding.label(it.at(), "used as keystore here");
                }
                finding.help("write `KeyStore`");
            }
        }
    }
}

/// Tells of a type that Apigee does not know, or of none.
fn wrong_type(out: &mut Findings, reference: &Reference) {
    let name = reference.name.trimmed();
    let Some(kind) = reference.resource_type.as_ref().filter(|it| !it.is_blank()) else {
        out.report(
            format!("reference `{name}` has no `resourceType`: Apigee refuses it, and nothing that uses it gets a certificate"),
            reference.resource_type.as_ref().map_or(reference.name.at, |it| it.at),
            "a type is needed",
        )
        .help("add `resourceType` with `KeyStore`, or with `TrustStore` for certificates to check peers against");
        return;
    };
    let written = kind.trimmed();
    let known = ["KeyStore", "TrustStore"];
    if kind.is_placeholder() || known.contains(&written) {
        return;
    }
    let meant = known.iter().find(|it| it.eq_ignore_ascii_case(written));
    let finding = out.report(
        format!("reference `{name}` has the `resourceType` `{written}`, and Apigee knows only `KeyStore` and `TrustStore`: the reference is refused"),
        kind.at,
        "unknown type",
    );
    match meant {
        // Whether the interface reads it in another case is not documented.
        Some(meant) => finding.level(Level::Warning).help(format!("write `{meant}`")),
        None => finding.help("write `KeyStore`, or `TrustStore` for certificates to check peers against"),
    };
}

/// See the card.
pub(crate) fn ref_name_collides(model: &Model, out: &mut Findings) {
    for environment in &model.apigee.environments {
        let mut told: Vec<&str> = Vec::new();
        for reference in &environment.references {
            let name = reference.name.trimmed();
            let Some(store) = environment.store(name).filter(|_| !told.contains(&name)) else { continue };
            told.push(name);
            let target = reference.refers.trimmed();
            let trap = if target == name {
                "and it stands for that store, so the next one cannot have this name".to_owned()
            } else {
                format!(
                    "and it stands for store `{target}`: `{name}` and `ref://{name}` are different certificates"
                )
            };
            out.report(
                format!(
                    "a reference and a store of {} are both called `{name}`, {trap}",
                    environment.title()
                ),
                reference.name.at,
                "the reference",
            )
            .label(store.at, "the store")
            .help("give stores a name with a date (`partners-2026`) and references one without (`partners`)");
        }
    }
}

/// See the card.
pub(crate) fn refs_behind_lb(model: &Model, out: &mut Findings) {
    for environment in &model.apigee.environments {
        for host in &environment.virtual_hosts {
            let Some(ssl) = host.ssl.as_ref() else { continue };
            let off = ssl.enabled.as_ref().filter(|it| it.truth() == Some(false));
            // On the ports of TLS, and on Edge Cloud at all, TLS that is off is a mistake of its own.
            let told = environment.platform == Platform::Cloud
                || host.port.as_ref().is_some_and(|it| ["443", "8443", "9443"].contains(&it.trimmed()));
            let stores = [&ssl.key_store, &ssl.trust_store];
            let named: Vec<&Said> = stores
                .into_iter()
                .flatten()
                .filter(|it| matches!(StoreName::of(Some(it)), StoreName::Reference(_)))
                .filter(|it| !matches!(environment.look_up(Some(it)), Lookup::NoReference(_)))
                .collect();
            let (Some(off), Some(first), false) = (off, named.first(), told) else { continue };
            let name = host.name.as_ref().map_or("", Said::trimmed);
            let finding = out.report(
                format!("virtual host `{name}` names a reference and its TLS is off, so the certificate behind it is shown to nobody: a load balancer in front that ends TLS has its own"),
                first.at,
                "has no effect here",
            );
            finding.label(off.at, "TLS is off");
            if let Some(url) = host.base_url.as_ref().filter(|it| it.trimmed().starts_with("https://")) {
                finding.label(url.at, "clients are told to use TLS, which something in front must end");
            }
            for it in named.iter().skip(1) {
                finding.label(it.at, "nor has this");
            }
            finding.help("let the load balancer pass TLS through and set `Enabled` to `true`, or take the stores out and renew the certificate at the load balancer");
        }
    }
}
