//! Certificates of VECS by their dates, each with what happens in its store when it ends.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        vcenter::{Form, Listed, Node, StoreKind, VecsEntry, VecsStore},
        x509::Time,
    },
    rules::words,
};

/// An entry with the certificate that counts.
type Dated<'m> = (&'m VecsStore, &'m VecsEntry, &'m Listed, Time);

/// What the end of a certificate in a store means; `None` where it means nothing.
fn level(kind: StoreKind, listed: bool) -> Option<Level> {
    Some(match kind {
        StoreKind::MachineSsl | StoreKind::SolutionUser => Level::Error,
        // Where stores were listed, the old one may be out of use.
        StoreKind::StsInternal => {
            if listed {
                Level::Error
            } else {
                Level::Warning
            }
        }
        StoreKind::TrustedRoots | StoreKind::Sms | StoreKind::DataEncipherment | StoreKind::Kms => {
            Level::Warning
        }
        StoreKind::Backup => Level::Note,
        StoreKind::Crls | StoreKind::Other => return None,
    })
}

/// What happens, to follow a colon.
fn effect(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::MachineSsl => "clients refuse the connection, and services do not come up after a restart",
        StoreKind::SolutionUser => "the services do not start again after a restart",
        StoreKind::StsInternal => "the old Lookup Service does not answer, where it is still in use",
        StoreKind::TrustedRoots => "nothing that it issued is trusted any more",
        StoreKind::Sms => "storage providers (VASA) go offline",
        StoreKind::DataEncipherment => "guest customisation with encrypted passwords fails",
        StoreKind::Kms => "the key server is not reached, and encrypted machines do not start",
        StoreKind::Backup | StoreKind::Crls | StoreKind::Other => {
            "nothing uses it, and the certificate alarm of vCenter goes on"
        }
    }
}

/// Entries of a node with the day on which their first certificate ends.
fn dated<'m>(model: &'m Model, node: &'m Node) -> Vec<Dated<'m>> {
    let entries = model.vcenter.entries(node).into_iter();
    entries
        .filter_map(|(store, entry)| {
            let listed = entry.certificates.first()?;
            Some((store, entry, listed, listed.not_after()?))
        })
        .collect()
}

/// See the card.
pub(crate) fn vecs_expired(model: &Model, out: &mut Findings) {
    let today = model.today();
    for node in &model.vcenter.nodes {
        let told = model.vcenter.told_with_outage(node, today);
        let mut groups: BTreeMap<(Level, bool), Vec<Dated<'_>>> = BTreeMap::new();
        for it in dated(model, node) {
            let (store, entry, listed, end) = it;
            if end >= today || told.contains(&entry.alias.at) {
                continue;
            }
            let Some(level) = level(store.kind(), store.form != Form::OneLiner) else { continue };
            // An expired root beside a valid one of its key is a leftover that harms nobody.
            if store.kind() == StoreKind::TrustedRoots && has_valid_twin(model, listed) {
                continue;
            }
            groups.entry((level, store.kind() == StoreKind::TrustedRoots)).or_default().push(it);
        }
        for ((level, _), mut found) in groups.into_iter().rev() {
            found.sort_by_key(|(_, entry, _, end)| (*end, entry.alias.at));
            report(node, &found, level, today, out);
        }
    }
}

fn has_valid_twin(model: &Model, listed: &Listed) -> bool {
    super::chains::id(model, listed).is_some_and(|id| model.valid_twin(id).is_some())
}

fn report(node: &Node, found: &[Dated<'_>], level: Level, today: Time, out: &mut Findings) {
    let Some(((store, entry, listed, end), rest)) = found.split_first() else { return };
    let title = |store: &VecsStore, entry: &VecsEntry| match entry.alias.trimmed() {
        alias if alias == store.name || alias == "__MACHINE_CERT" => format!("`{}`", store.name),
        alias => format!("`{alias}` of `{}`", store.name),
    };
    let titles: Vec<String> = found.iter().map(|(store, entry, ..)| title(store, entry)).collect();
    let when = match end.days_until(today) {
        0 => format!("expired on {end}"),
        days => format!("expired on {end}, {} ago", words::days(days)),
    };
    let message = if rest.is_empty() {
        format!("the certificate {} on {} {when}: {}", titles[0], node.name, effect(store.kind()))
    } else {
        let first = if found.iter().all(|it| it.3 == *end) {
            when
        } else {
            format!("have expired, the first on {end}")
        };
        let worst = found.iter().map(|it| it.0.kind()).min().unwrap_or(store.kind());
        format!("the certificates {} on {} {first}: {}", words::list(&titles, 6), node.name, effect(worst))
    };
    let finding = out.report(message, entry.alias.at, format!("expired on {end}"));
    if listed.end_at() != entry.alias.at && rest.is_empty() {
        finding.label(listed.end_at(), "it ends here");
    }
    for (_, entry, _, end) in rest.iter().take(words::SHOWN) {
        finding.label(entry.alias.at, format!("expired on {end}"));
    }
    finding.level(level).help(match store.kind() {
        StoreKind::TrustedRoots => "where nothing was issued by it, take it out of the directory with vCert or `dir-cli trustedcert unpublish`; else renew what it issued first",
        StoreKind::Backup => "delete the entry with `vecs-cli entry delete`, or silence the alarm",
        StoreKind::Sms => "renew it with vCert (`sms_self_signed`), then register the storage providers again",
        StoreKind::DataEncipherment => "renew it with vCert",
        _ => "shut down all nodes of the SSO domain and take a snapshot of each, replace the certificates with `certificate-manager` or vCert, restart \
              all services; after a new machine certificate register NSX, Site Recovery Manager, vSphere Replication and Horizon again",
    });
}

/// See the card.
pub(crate) fn vecs_expiring(model: &Model, out: &mut Findings) {
    let today = model.today();
    let days = model.settings.option("vcenter/vecs-expiring", "days", 30);
    for node in &model.vcenter.nodes {
        let mut soon: Vec<Dated<'_>> = dated(model, node);
        soon.retain(|(store, _, listed, end)| {
            let kind = store.kind();
            let counts = level(kind, true).is_some_and(|it| it > Level::Note);
            let twin = kind == StoreKind::TrustedRoots && has_valid_twin(model, listed);
            counts && !twin && *end >= today && today.days_until(*end) < days
        });
        soon.sort_by_key(|(_, entry, _, end)| (*end, entry.alias.at));
        let Some(((store, entry, _, end), rest)) = soon.split_first() else { continue };
        let names: Vec<String> = soon.iter().map(|(store, ..)| format!("`{}`", store.name)).collect();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.dedup();
        let left = match today.days_until(*end) {
            0 => "within a day".to_owned(),
            days => format!("in {}", words::days(days)),
        };
        let (what, verb) =
            if rest.is_empty() { ("certificate", "expires") } else { ("certificates", "expire") };
        let worst = soon.iter().map(|it| it.0.kind()).min().unwrap_or(store.kind());
        let finding = out.report(
            format!(
                "the {what} of {} on {} {verb} on {end}, {left}; after that {}",
                words::list(&names, 6),
                node.name,
                effect(worst)
            ),
            entry.alias.at,
            format!("expires on {end}"),
        );
        for (_, entry, _, end) in rest.iter().take(words::SHOWN) {
            finding.label(entry.alias.at, format!("expires on {end}"));
        }
        finding.help("replace it with `certificate-manager` or vCert while services still run; snapshots of all nodes of the SSO domain come first");
    }
}

/// See the card.
pub(crate) fn embedded_ca_expired(model: &Model, out: &mut Findings) {
    let today = model.today();
    for node in &model.vcenter.nodes {
        for (store, entry) in model.vcenter.entries(node) {
            if matches!(store.kind(), StoreKind::Backup | StoreKind::TrustedRoots) {
                continue;
            }
            let Some(((first, end), number)) =
                entry.certificates.iter().skip(1).zip(2..).find_map(|(it, number)| {
                    Some(((it, it.not_after().filter(|end| *end < today)?), number))
                })
            else {
                continue;
            };
            // Where the leaf has ended as well, that is what is told.
            if entry.certificates[0].not_after().is_some_and(|leaf| leaf < today) {
                continue;
            }
            out.report(
                format!(
                    "certificate {number} of `{}` on {} (`{}`) expired on {end}: it is sent with the leaf, and clients that build the chain through it refuse \
                     the connection; `--text` and the certificate alarm show the leaf only",
                    store.name,
                    node.name,
                    first.title().unwrap_or("an authority")
                ),
                first.at,
                format!("expired on {end}"),
            )
            .label(entry.alias.at, "it stands in this entry")
            .help("import the leaf again with the current certificates of its issuers");
        }
    }
}
