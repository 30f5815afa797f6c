//! Names of virtual hosts and gateways, certificates that several share, and keys of versions gone by.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model, Resolved,
        hybrid::{Installation, LegacyPlace, VirtualHost},
    },
    rules::words,
};

use super::{hosts, plain};

/// See the card.
pub(crate) fn duplicate_virtualhost_name(model: &Model, out: &mut Findings) {
    for installation in &model.hybrid.installations {
        let mut first: BTreeMap<&str, &VirtualHost> = BTreeMap::new();
        for host in &installation.overrides.virtual_hosts {
            let Some(name) = plain(host.name.as_ref()) else { continue };
            let Some(known) = first.get(name.text()) else {
                first.insert(name.text(), host);
                continue;
            };
            let organisation = plain(installation.overrides.organisation.as_ref());
            let made = match organisation {
                Some(it) => format!("`{}-{}`", it.text(), name.text()),
                None => "of one name".to_owned(),
            };
            out.report(
                format!(
                    "two virtual hosts are called `{}`: each makes an ApigeeRouteConfig and a secret {made}, and one \
                     replaces the other, so clients may see the certificate of either",
                    name.text()
                ),
                name.at(),
                "the same name again",
            )
            .label(known.at, "first here")
            .help("keep one virtual host for each environment group");
        }
    }
}

/// See the card.
pub(crate) fn unknown_ingress_name(model: &Model, out: &mut Findings) {
    for (installation, host) in hosts(model) {
        let Some(gateways) = installation.overrides.gateways.as_ref().filter(|it| !it.is_empty()) else {
            continue;
        };
        let Some(ingress) = plain(host.ingress.as_ref()) else { continue };
        if gateways.iter().any(|it| it.trimmed() == ingress.text() || it.is_placeholder()) {
            continue;
        }
        let names: Vec<String> = gateways.iter().map(|it| format!("`{}`", it.trimmed())).collect();
        let finding = out.report(
            format!(
                "{} selects the ingress gateway `{}`, and `ingressGateways` has {}: no gateway takes this virtual \
                 host up, and clients of its environment group are not answered",
                host.title(&installation.overrides),
                ingress.text(),
                words::list(&names, 3)
            ),
            ingress.at(),
            "no gateway has this name",
        );
        finding.labels_from(gateways.iter().take(words::SHOWN).map(|it| (it.at, "a gateway".to_owned())));
        finding.help(match gateways.as_slice() {
            [one] => format!("write `ingress_name: {}`", one.trimmed()),
            _ => "write the name of one of the gateways".to_owned(),
        });
    }
}

/// See the card.
pub(crate) fn shared_cert(model: &Model, out: &mut Findings) {
    for installation in &model.hybrid.installations {
        let mut by_path: BTreeMap<&str, Vec<(&VirtualHost, Location)>> = BTreeMap::new();
        for host in installation.overrides.virtual_hosts.iter().filter(|it| it.own_secret().is_none()) {
            if let Some(path) = plain(host.certificate.as_ref()) {
                let written = path.text();
                let users = by_path.entry(written.strip_prefix("./").unwrap_or(written)).or_default();
                users.push((host, path.at()));
            }
        }
        for (path, users) in by_path.into_iter().filter(|(_, users)| users.len() > 1) {
            shared(model, out, installation, path, &users);
        }
    }
}

fn shared(
    model: &Model,
    out: &mut Findings,
    installation: &Installation,
    path: &str,
    users: &[(&VirtualHost, Location)],
) {
    let mut names: Vec<String> = users
        .iter()
        .map(|(host, _)| plain(host.name.as_ref()).map_or("?".to_owned(), |it| format!("`{}`", it.text())))
        .collect();
    names.dedup();
    // One name in two virtual hosts is a mistake of its own.
    if names.len() < 2 {
        return;
    }
    let pointer = model.estate.pointers.iter().find(|it| it.at == users[0].1);
    let file = pointer.and_then(|it| if let Resolved::File(file) = it.to { Some(file) } else { None });
    let leaf = file.and_then(|it| model.materials.in_file(it).first().copied());
    let covered: Option<Vec<String>> = leaf.map(|(id, _)| model.cert(id).names().collect());
    // A certificate of several names, or of a wildcard, may be made for all of them.
    if covered.as_ref().is_some_and(|it| it.len() > 1 || it.iter().any(|name| name.starts_with("*."))) {
        return;
    }
    let what = match covered.as_deref() {
        Some([name]) => format!(
            "which is made for `{name}` alone: clients of the other environment group refuse it, since no host name \
             is in two groups"
        ),
        _ => "which must name the hosts of each environment group, or clients of one of them refuse it"
            .to_owned(),
    };
    let (Some((_, first)), Some((_, last))) = (users.first(), users.last()) else { return };
    let of = plain(installation.overrides.organisation.as_ref())
        .map_or(String::new(), |it| format!(" of `{}`", it.text()));
    let finding = out.report(
        format!("virtual hosts {}{of} show one certificate, `{path}`, {what}", words::list(&names, 3)),
        *last,
        "named here",
    );
    if !matches!(covered.as_deref(), Some([_])) {
        finding.level(Level::Note);
    }
    finding.label(*first, "and here");
    finding.labels_from(users.iter().map(|(_, at)| (*at, "and here".to_owned())));
    if let (Some((_, at)), Some([_])) = (leaf, covered.as_deref()) {
        finding.label(at, "the certificate");
    }
    finding.help(
        "give each virtual host a certificate and key of its own, or one certificate with all their names",
    );
}

/// See the card.
pub(crate) fn legacy_vintage(model: &Model, out: &mut Findings) {
    for installation in &model.hybrid.installations {
        let overrides = &installation.overrides;
        let mut places: Vec<(Location, String)> = Vec::new();
        for host in &overrides.legacy {
            let key = if host.place == LegacyPlace::Mart { "mart.sslCertPath" } else { "envs[].sslCertPath" };
            places.push((host.at, key.to_owned()));
        }
        for key in overrides.virtual_hosts.iter().flat_map(|it| &it.outdated) {
            places.push((key.at, format!("virtualhosts[].{}", key.text)));
        }
        places.sort();
        let Some((first, _)) = places.first() else { continue };
        let mut names: Vec<String> = places.iter().map(|(_, name)| format!("`{name}`")).collect();
        names.sort();
        names.dedup();
        let verb = if names.len() == 1 { "is" } else { "are" };
        let finding = out.report(
            format!(
                "{} {verb} of hybrid 1.1 and 1.2: since 1.3 the environment group holds the host names, \
                 `virtualhosts` names the certificates, and these keys do nothing",
                words::list(&names, 4)
            ),
            *first,
            "of hybrid before 1.3",
        );
        finding.labels_from(
            places.iter().skip(1).take(words::SHOWN).map(|(at, _)| (*at, "this too".to_owned())),
        );
    }
}
