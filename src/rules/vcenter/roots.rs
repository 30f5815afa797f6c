//! Authorities that a machine trusts: `TRUSTED_ROOTS`, its revocation lists, and what the directory says about both.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        vcenter::{Listed, Node, StoreKind, VecsEntry, VecsStore},
    },
    rules::words,
};

/// The certificates of `TRUSTED_ROOTS`.
fn roots<'m>(model: &'m Model, node: &'m Node) -> impl Iterator<Item = (&'m VecsEntry, &'m Listed)> {
    let entries = model.vcenter.entries(node).into_iter();
    entries
        .filter(|(store, _)| store.kind() == StoreKind::TrustedRoots)
        .filter_map(|(_, entry)| Some((entry, entry.certificates.first()?)))
}

/// See the card.
pub(crate) fn trusted_root_not_ca(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        for (entry, listed) in roots(model, node).filter(|(_, it)| it.has_extensions()) {
            // A root of version 1 says nothing and is believed all the same.
            let what =
                if listed.is_ca() == Some(false) || (listed.is_ca().is_none() && !listed.is_self_issued()) {
                    "is no authority"
                } else if !listed.may_sign_certificates() {
                    "may not sign certificates by its key usage"
                } else {
                    continue;
                };
            out.report(
                format!(
                    "`{}` in `TRUSTED_ROOTS` of {} {what}; certificates of storage providers stand there rightly, anything else was published by mistake",
                    listed.title().unwrap_or(entry.alias.trimmed()),
                    node.name
                ),
                entry.alias.at,
                what,
            )
            .help("where no storage provider (VASA) uses it, take it out: `dir-cli trustedcert unpublish --cert FILE`");
        }
    }
}

/// See the card.
pub(crate) fn trusted_root_no_ski(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        for (entry, listed) in roots(model, node) {
            if listed.has_extensions() && listed.subject_key_id().is_none() {
                out.report(
                    format!(
                        "the root `{}` of {} has no subject key identifier, by which the directory names authorities: tools of vCenter do not find it as an issuer",
                        listed.title().unwrap_or(entry.alias.trimmed()),
                        node.name
                    ),
                    entry.alias.at,
                    "no subject key identifier",
                )
                .help("ask its authority for a root with the extension before vCenter is upgraded");
            }
        }
    }
}

/// See the card.
pub(crate) fn trusted_root_bad_alias(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        for (entry, listed) in roots(model, node) {
            let whole = listed.certificate.as_ref().map(|it| it.thumbprint.to_string());
            let Some(print) = whole else { continue };
            if !entry.alias.trimmed().eq_ignore_ascii_case(&print) {
                out.report(
                    format!(
                        "`{}` in `TRUSTED_ROOTS` of {} is not called by its thumbprint: it was put into the store by hand, and the copy from the directory comes \
                         beside it",
                        entry.alias.trimmed(),
                        node.name
                    ),
                    entry.alias.at,
                    format!("its thumbprint is {print}"),
                )
                .help("delete the entry with `vecs-cli entry delete`, publish the certificate with `dir-cli trustedcert publish`, then `vecs-cli force-refresh`");
            }
        }
    }
}

/// See the card.
pub(crate) fn trusted_root_duplicate(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        let mut by_key: BTreeMap<(String, String), Vec<(&VecsEntry, &Listed)>> = BTreeMap::new();
        for (entry, listed) in roots(model, node) {
            let key = match &listed.certificate {
                Some(it) => it.public_key.id.to_string(),
                None => match listed.subject_key_id() {
                    Some(id) => id,
                    None => continue,
                },
            };
            if let Some(subject) = listed.subject() {
                by_key.entry((subject, key)).or_default().push((entry, listed));
            }
        }
        for mut copies in by_key.into_values() {
            copies.sort_by_key(|(_, it)| (it.not_before(), it.not_after()));
            copies.dedup_by_key(|(_, it)| it.thumbprint());
            let [(older, listed), .., (newer, newest)] = &copies[..] else { continue };
            let sha1 = listed.weak_signature().is_some() && newest.weak_signature().is_none();
            let upgrade = if sha1 {
                "; its weak signature stops an upgrade to vSphere 8 though the newer one is there"
            } else {
                ""
            };
            let date = |it: &Listed| it.not_after().map_or_else(String::new, |it| format!(", ends on {it}"));
            out.report(
                format!(
                    "`{}` stands in `TRUSTED_ROOTS` of {} {} with one name and key: software that finds the older copy first stops at it{upgrade}",
                    listed.title().unwrap_or(older.alias.trimmed()),
                    node.name,
                    if copies.len() == 2 { "twice".to_owned() } else { format!("{} times", copies.len()) }
                ),
                older.alias.at,
                format!("the older one{}", date(listed)),
            )
            .label(newer.alias.at, format!("the newest{}", date(newest)))
            .help("after a snapshot, take the older copy out of the directory with vCert or `dir-cli trustedcert unpublish`");
        }
    }
}

/// See the card.
pub(crate) fn weak_signature(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        let logs = model.vcenter.of(node).filter_map(|it| it.log.as_ref());
        for (store, algorithm, at) in logs.flat_map(|it| &it.weak) {
            let store = if store.is_empty() {
                "a certificate".to_owned()
            } else {
                format!("a certificate in `{store}`")
            };
            out.report(
                format!("the check before an upgrade of {} refuses {store}, signed with {algorithm}: vSphere 8 does not start with it", node.name),
                *at,
                "refused here",
            )
            .level(Level::Error)
            .help("replace or remove it before the upgrade; a self-signed root counts too");
        }
        let mut weak: BTreeMap<String, Vec<(&VecsStore, &VecsEntry, &Listed)>> = BTreeMap::new();
        for (store, entry) in model.vcenter.entries(node) {
            if matches!(store.kind(), StoreKind::Crls | StoreKind::Backup | StoreKind::Other) {
                continue;
            }
            for listed in entry.certificates.iter().take(1) {
                if let Some(algorithm) = listed.weak_signature() {
                    weak.entry(algorithm).or_default().push((store, entry, listed));
                }
            }
        }
        for (algorithm, entries) in weak {
            let Some(((store, entry, listed), rest)) = entries.split_first() else { continue };
            let others = match rest.len() {
                0 => String::new(),
                1 => " and another one".to_owned(),
                more => format!(" and {more} others"),
            };
            let finding = out.report(
                format!(
                    "`{}` in `{}` of {}{others} {} signed with {algorithm}: vSphere 8 refuses such certificates, and the check before the upgrade stops",
                    listed.title().unwrap_or(entry.alias.trimmed()),
                    store.name,
                    node.name,
                    if rest.is_empty() { "is" } else { "are" }
                ),
                entry.alias.at,
                algorithm.clone(),
            );
            for (_, entry, _) in rest.iter().take(words::SHOWN) {
                finding.label(entry.alias.at, algorithm.clone());
            }
            finding.help("replace it with one signed with SHA-256; where a newer root of the same name is there, remove the old one");
        }
    }
}

/// See the card.
pub(crate) fn too_many_crls(model: &Model, out: &mut Findings) {
    let many = model.settings.option("vcenter/too-many-crls", "many", 30);
    let most = model.settings.option("vcenter/too-many-crls", "most", 100);
    for node in &model.vcenter.nodes {
        let mut found: Option<(i64, Location)> = None;
        for store in
            model.vcenter.of(node).flat_map(|it| &it.stores).filter(|it| it.kind() == StoreKind::Crls)
        {
            let (count, at) = match store.count {
                Some((count, at)) => (i64::from(count), at),
                None => (i64::try_from(store.entries.len()).unwrap_or(i64::MAX), store.at),
            };
            if found.is_none_or(|(known, _)| known < count) {
                found = Some((count, at));
            }
        }
        let Some((count, at)) = found.filter(|it| it.0 > many) else { continue };
        let finding = out.report(
            format!(
                "`TRUSTED_ROOT_CRLS` of {} holds {count} revocation lists: `vecs-cli` and services that read it take minutes up to an hour, and the database does not \
                 start in time (`pg_refresh_certs`)",
                node.name
            ),
            at,
            format!("{count} entries"),
        );
        if count > most {
            finding.level(Level::Error);
        }
        finding.help("after a snapshot of every node, remove the lists of authorities that are not in use any more, with vCert or `vecs-cli entry delete`");
    }
}

/// See the card.
pub(crate) fn crl_missing(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        for list in model.vcenter.of(node).filter_map(|it| it.authorities.as_ref()) {
            // Roots from elsewhere have none rightly; that of VMCA is written with its list.
            let own = list.entries.iter().filter(|it| {
                it.subject.as_ref().is_some_and(|subject| {
                    subject.text.contains("VMware Engineering")
                        || subject.text.contains("DC=vsphere")
                        || subject.text.contains("DC = vsphere")
                })
            });
            for it in own {
                let Some((false, at)) = it.revocation else { continue };
                out.report(
                    format!("the root of VMCA on {} has no revocation list in the directory: certificates that it revoked are taken as good", node.name),
                    at,
                    "no list",
                )
                .label(it.id.at, "this root")
                .help("VMCA publishes it again when the root is renewed; an authority from elsewhere needs none here");
            }
        }
    }
}
