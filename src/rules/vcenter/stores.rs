//! What stands in the stores of VECS, held against names, the directory and each other.

use std::collections::BTreeMap;

use crate::{
    finding::Findings,
    model::{
        Location, Model,
        vcenter::{Listed, Node, StoreKind, VecsEntry, VecsStore, node::Pnid},
    },
    rules::words,
};

use super::chains::Trusted;

/// The certificate that clients of a machine see.
fn machine_ssl<'m>(
    model: &'m Model,
    node: &'m Node,
) -> impl Iterator<Item = (&'m VecsStore, &'m VecsEntry, &'m Listed)> {
    let entries = model.vcenter.entries(node).into_iter();
    entries.filter_map(|(store, entry)| {
        let own = store.kind() == StoreKind::MachineSsl && entry.alias.trimmed() != "__MACHINE_CSR";
        own.then(|| Some((store, entry, entry.certificates.first()?)))?
    })
}

fn covers(listed: &Listed, pnid: &Pnid) -> Option<bool> {
    if let Ok(address) = pnid.name.parse() {
        return listed.has_extensions().then(|| listed.addresses().contains(&address));
    }
    let names = listed.dns_names()?;
    Some(names.iter().any(|it| it.eq_ignore_ascii_case(&pnid.name)))
}

/// See the card.
pub(crate) fn machine_ssl_no_pnid(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        let Some(pnid) = node.certain_pnid() else { continue };
        for (_, entry, listed) in machine_ssl(model, node) {
            if covers(listed, pnid) != Some(false) {
                continue;
            }
            let names: Vec<String> =
                listed.dns_names().unwrap_or_default().iter().map(|it| format!("`{it}`")).collect();
            let names = if names.is_empty() { "no name".to_owned() } else { words::list(&names, 4) };
            let finding = out.report(
                format!(
                    "the machine certificate covers {names} and not `{}`, the name under which the machine was installed: services and other nodes that \
                     connect by it refuse the connection",
                    pnid.name
                ),
                entry.alias.at,
                format!("covers {names}"),
            );
            if let Some(at) = pnid.at {
                finding.label(at, "the name of the machine (PNID)");
            }
            if listed.at != entry.alias.at {
                finding.label(listed.at, "the certificate");
            }
            finding.help(format!(
                "replace it with one whose subject alternative names include DNS:{}",
                pnid.name
            ));
        }
    }
}

/// See the card.
pub(crate) fn solution_user_mismatch(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        let principals: Vec<_> = model.vcenter.of(node).flat_map(|it| &it.principals).collect();
        for (store, entry) in model.vcenter.entries(node) {
            if store.kind() != StoreKind::SolutionUser {
                continue;
            }
            let Some(own) = entry.certificates.first() else { continue };
            let Some(print) = own.thumbprint() else { continue };
            let mine: Vec<_> = principals.iter().filter(|it| it.store() == store.name).collect();
            // Each machine of the domain has its own; with several, one must fit.
            let prints: Vec<String> =
                mine.iter().flat_map(|it| &it.certificates).filter_map(Listed::thumbprint).collect();
            let Some(first) = mine.first().filter(|_| !prints.is_empty() && !prints.contains(&print)) else {
                continue;
            };
            out.report(
                format!(
                    "the certificate of the solution user `{}` in VECS of {} is not the one that the directory has for it: the service gets no token and does \
                     not start",
                    store.name, node.name
                ),
                entry.alias.at,
                "this certificate",
            )
            .label(first.name.at, format!("`{}` has another one", first.name.trimmed()))
            .help(format!(
                "update the directory: `dir-cli service update --name {} --cert FILE` with the certificate from VECS, or replace the solution users with \
                 `certificate-manager`",
                first.name.trimmed()
            ));
        }
    }
}

/// See the card.
pub(crate) fn solution_user_dup(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        let mut by_print: BTreeMap<String, Vec<(&VecsStore, Location)>> = BTreeMap::new();
        let mut by_subject: BTreeMap<String, Vec<(&VecsStore, Location, String)>> = BTreeMap::new();
        for (store, entry) in model.vcenter.entries(node) {
            let Some(listed) = entry.certificates.first().filter(|_| store.kind() == StoreKind::SolutionUser)
            else {
                continue;
            };
            let print = listed.thumbprint();
            if let Some(subject) = listed.subject() {
                by_subject.entry(subject).or_default().push((
                    store,
                    entry.alias.at,
                    print.clone().unwrap_or_default(),
                ));
            }
            if let Some(print) = print {
                by_print.entry(print).or_default().push((store, entry.alias.at));
            }
        }
        let mut told: Vec<Location> = Vec::new();
        for users in by_print.into_values().filter(|it| it.len() > 1) {
            told.extend(users.iter().map(|it| it.1));
            share(node, &users, "one certificate", out);
        }
        for users in by_subject.into_values() {
            let users: Vec<(&VecsStore, Location)> = users
                .into_iter()
                .map(|(store, at, _)| (store, at))
                .filter(|it| !told.contains(&it.1))
                .collect();
            if users.len() > 1 {
                share(node, &users, "one subject", out);
            }
        }
    }
}

fn share(node: &Node, users: &[(&VecsStore, Location)], what: &str, out: &mut Findings) {
    let names: Vec<String> = users.iter().map(|(store, _)| format!("`{}`", store.name)).collect();
    let finding = out.report(
        format!(
            "the solution users {} of {} have {what}: the directory tells them apart by it, and all but one cannot log in",
            words::list(&names, 4),
            node.name
        ),
        users[1].1,
        format!("the same as {}", names[0]),
    );
    finding.label(users[0].1, "used here first");
    for (_, at) in users.iter().skip(2) {
        finding.label(*at, "and here");
    }
    finding.help("give each solution user a certificate with a subject of its own (the name of the service in OU or CN)");
}

/// See the card.
pub(crate) fn issuer_not_in_trusted_roots(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        let Some(trusted) = Trusted::of(model, node) else { continue };
        let mut found: BTreeMap<String, Vec<(&VecsStore, &VecsEntry, &Listed)>> = BTreeMap::new();
        for (store, entry) in model.vcenter.entries(node) {
            let relevant = matches!(store.kind(), StoreKind::MachineSsl | StoreKind::SolutionUser);
            if !relevant || entry.alias.trimmed() == "__MACHINE_CSR" {
                continue;
            }
            let Some(leaf) = entry.certificates.first() else { continue };
            let verdicts: Vec<Option<bool>> =
                entry.certificates.iter().map(|it| trusted.issued(model, it)).collect();
            let reached = verdicts.contains(&Some(true))
                || entry.certificates.iter().any(|it| trusted.holds(model, it));
            if !reached && verdicts.last() == Some(&Some(false)) {
                found.entry(leaf.issuer().unwrap_or_default()).or_default().push((store, entry, leaf));
            }
        }
        for entries in found.into_values() {
            let Some(((_, entry, leaf), rest)) = entries.split_first() else { continue };
            let names: Vec<String> = entries.iter().map(|(store, ..)| format!("`{}`", store.name)).collect();
            let issuer = leaf.certificate.as_ref().map(|it| it.issuer.title().to_owned());
            let issuer = issuer.or_else(|| leaf.printed.issuer.as_ref().map(|it| it.title().to_owned()));
            let issuer = issuer.map_or_else(|| "its issuer".to_owned(), |it| format!("`{it}`"));
            let other =
                if trusted.namesake(leaf).is_some() { ", where another authority has its name" } else { "" };
            let finding = out.report(
                format!(
                    "{issuer}, which issued {} of {}, is not in `TRUSTED_ROOTS`{other}: services on this and other nodes refuse the certificate",
                    words::list(&names, 6),
                    node.name
                ),
                entry.alias.at,
                format!("issued by {issuer}"),
            );
            for (_, entry, _) in rest.iter().take(words::SHOWN) {
                finding.label(entry.alias.at, "and this one");
            }
            if let Some(at) = trusted.namesake(leaf) {
                finding.label(at, "the same name with another key");
            }
            finding.label(trusted.at, "all that is trusted");
            finding.help("publish the issuers to the directory: `dir-cli trustedcert publish --chain --cert FILE`, then `vecs-cli force-refresh`");
        }
    }
}

/// See the card.
pub(crate) fn key_usage(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        for (store, entry) in model.vcenter.entries(node) {
            if !matches!(store.kind(), StoreKind::MachineSsl | StoreKind::SolutionUser) {
                continue;
            }
            let Some(listed) = entry.certificates.first() else { continue };
            let what = if listed.may_not_authenticate() {
                "does not allow digital signatures"
            } else if listed.is_meant_to_sign() && listed.is_ca() != Some(true) {
                "is for signing certificates"
            } else {
                continue;
            };
            out.report(
                format!(
                    "the key usage of `{}` on {} {what}: clients and the token service may refuse it, and vCert reports it as `KEY USAGE`",
                    store.name, node.name
                ),
                entry.alias.at,
                format!("its key usage {what}"),
            )
            .help("issue it again with digitalSignature and keyEncipherment, and no usage of an authority");
        }
    }
}

/// See the card.
pub(crate) fn sts_internal_store(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        let listed = model.vcenter.of(node).filter_map(|it| it.store_list.as_ref()).flat_map(|it| &it.names);
        let stores = model.vcenter.of(node).flat_map(|it| &it.stores);
        let place = listed
            .filter(|it| StoreKind::of(it.trimmed()) == StoreKind::StsInternal)
            .map(|it| it.at)
            .chain(stores.filter(|it| it.kind() == StoreKind::StsInternal).map(|it| it.at))
            .next();
        let Some(at) = place else { continue };
        out.report(
            format!(
                "{} still has the store `STS_INTERNAL_SSL_CERT` of vSphere 5 and 6.0: where the token service is set to it, its certificate is not the one that \
                 certificate replacement renews",
                node.name
            ),
            at,
            "left from an upgrade",
        )
        .help("look at `server.xml` of the token service: its connectors should use `MACHINE_SSL_CERT`; then delete the store with `vecs-cli store delete`");
    }
}
