//! Thumbprints that files declare: exports, typed ones, leftovers of IIS 6 and FTP, against what nodes have.

use std::collections::BTreeSet;

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        iis::{CommandKind, ConfigurationKind, Key, Record, Seen},
    },
};

use super::nodes::{bindings_of, configurations, is_by_address, lower, machines_of, names, shown};

/// The digits of a thumbprint somebody wrote.
fn digits(written: &str) -> Option<String> {
    let plain: String =
        written.chars().filter(|it| !it.is_whitespace() && *it != ':' && *it != '\u{200e}').collect();
    let known = matches!(plain.len(), 40 | 64) && plain.bytes().all(|it| it.is_ascii_hexdigit());
    known.then(|| plain.to_ascii_lowercase())
}

/// See the card.
pub(crate) fn hash_in_config(model: &Model, out: &mut Findings) {
    for (_, configuration) in configurations(model) {
        for (site, binding) in bindings_of(configuration) {
            let Some(hash) = binding.hash.as_ref().filter(|it| !it.is_blank()) else { continue };
            let finding = out.report(
                format!(
                    "a binding of {} has a `certificateHash` in the file: IIS reads it from http.sys and not from here, so the \
                     certificate does not follow what is written",
                    site.title()
                ),
                hash.at,
                "not read",
            );
            finding.label(binding.at, "this binding");
            if let Some(key) = binding.key() {
                finding.help(format!(
                    "take it out, and give the node its record with `netsh http add sslcert {} …`",
                    key.argument()
                ));
            }
        }
    }
}

/// A thumbprint that a file declares for a record.
struct Declared<'m> {
    key: Key,
    hash: String,
    at: Location,
    what: &'static str,
    /// The folder of the machine it tells about; empty for all.
    machines: Vec<Seen<'m>>,
}

fn declared(model: &Model) -> Vec<Declared<'_>> {
    let mut found = Vec::new();
    for (id, configuration) in
        model.iis.configurations().filter(|(_, it)| it.kind == ConfigurationKind::Printed)
    {
        let path = &model.iis.units[id.unit as usize].1;
        let below = |it: &Seen<'_>| {
            it.machine.folder.is_empty()
                || path.strip_prefix(&it.machine.folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let machines: Vec<Seen<'_>> = model.iis.all_seen().filter(below).collect();
        for (_, binding) in bindings_of(configuration) {
            let (Some(said), Some(key)) = (&binding.hash, binding.key()) else { continue };
            let Some(hash) = digits(said.trimmed()).filter(|_| !binding.flags_unknown && machines.len() == 1)
            else {
                continue;
            };
            found.push(Declared {
                key,
                hash,
                at: said.at,
                what: "this export says",
                machines: machines.clone(),
            });
        }
    }
    for (_, command) in model.iis.commands() {
        if !matches!(command.kind, CommandKind::NetshAdd | CommandKind::NetshUpdate) {
            continue;
        }
        let endpoint = command.argument("ipport").or_else(|| command.argument("hostnameport"));
        let (Some(said), Some(endpoint)) = (command.argument("certhash"), endpoint) else { continue };
        let Some(hash) = digits(said.trimmed()) else { continue };
        let wanted = endpoint.trimmed().to_ascii_lowercase();
        let argument =
            |record: &Record| record.key.argument().split_once('=').is_some_and(|(_, it)| it == wanted);
        let machines: Vec<Seen<'_>> = model
            .iis
            .all_seen()
            .filter(|it| it.dump().is_some_and(|it| it.records.iter().any(argument)))
            .collect();
        let Some(key) = machines
            .first()
            .and_then(|it| it.dump()?.records.iter().find(|it| argument(it)))
            .map(|it| it.key.clone())
        else {
            continue;
        };
        found.push(Declared { key, hash, at: said.at, what: "this command says", machines });
    }
    found
}

/// See the card.
pub(crate) fn hash_differs_declared(model: &Model, out: &mut Findings) {
    for it in declared(model) {
        let own = || it.machines.iter().filter_map(|seen| Some((*seen, seen.record(&it.key)?)));
        let other: Vec<(Seen<'_>, &Record)> =
            own().filter(|(_, record)| record.hash.known().is_some_and(|hash| hash != it.hash)).collect();
        // A command may be meant for one node of several.
        let Some((_, record)) = other.first().filter(|_| other.len() == own().count()) else { continue };
        let nodes: Vec<Seen<'_>> = other.iter().map(|(seen, _)| *seen).collect();
        let finding = out.report(
            format!(
                "`{}` should show the certificate `{}…` by this file, and on {} it shows {}: one of the two was forgotten at a \
                 renewal",
                it.key,
                &it.hash[..8],
                names(&nodes),
                shown(model, record)
            ),
            it.at,
            it.what,
        );
        for (seen, record) in other.iter().take(8) {
            finding.label(record.hash_at, format!("and `{}` has this one", seen.machine.name));
        }
        finding.help("see which of the two is valid for longer, and put it in both places");
    }
}

/// See the card.
pub(crate) fn metadata_5506_differs(model: &Model, out: &mut Findings) {
    for (id, configuration) in configurations(model) {
        for metadata in &configuration.metadata {
            let (Some(number), Some(hash)) = (&metadata.site, &metadata.hash) else { continue };
            let mine = bindings_of(configuration).filter(|(site, it)| {
                site.id.as_ref().is_some_and(|it| it.trimmed() == number)
                    && it.is_https()
                    && is_by_address(it)
            });
            let keys: BTreeSet<Key> = mine.filter_map(|(_, it)| it.key()).collect();
            let other = machines_of(model, id).find_map(|seen| {
                let records = keys.iter().filter_map(|key| seen.record(key));
                records
                    .filter(|it| it.hash.known().is_some_and(|own| own != hash))
                    .map(|it| (seen, it))
                    .next()
            });
            let Some((seen, record)) = other else { continue };
            let ended = model.materials.by_thumbprint(hash).map(|id| model.cert(id).not_after);
            let ended = ended
                .or_else(|| model.iis.store_entry(hash).and_then(|it| it.not_after))
                .filter(|it| *it < model.today());
            let finding = out.report(
                format!(
                    "a leftover of IIS 6 keeps another thumbprint for site {number} than the record `{}` on `{}` has: as soon as \
                     an old tool asks, IIS writes the record again with {}",
                    record.key,
                    seen.machine.name,
                    if ended.is_some() { "this certificate, which has ended" } else { "this certificate" }
                ),
                metadata.at,
                "property 5506",
            );
            finding.label(record.hash_at, format!("what `{}` has", seen.machine.name));
            if ended.is_some() {
                finding.level(Level::Error);
            }
            finding.help("remove the property 5506 of this site from `customMetadata`, or the feature IIS 6 Metabase Compatibility");
        }
    }
}

/// See the card.
pub(crate) fn metadata_orphan(model: &Model, out: &mut Findings) {
    for (_, configuration) in
        configurations(model).filter(|(_, it)| it.kind == ConfigurationKind::ApplicationHost)
    {
        for metadata in &configuration.metadata {
            let Some(number) = &metadata.site else { continue };
            let exists =
                configuration.sites.iter().any(|it| it.id.as_ref().is_some_and(|it| it.trimmed() == number));
            let unknown = configuration.sites.iter().any(|it| !it.is_default && it.id.is_none());
            if exists || unknown {
                continue;
            }
            out.report(
                format!(
                    "`customMetadata` keeps a certificate of IIS 6 for site {number}, which does not exist"
                ),
                metadata.at,
                "of a site that was deleted",
            )
            .help("remove this key from `customMetadata`, before a new site gets the number");
        }
    }
}

/// See the card.
pub(crate) fn ftp_cert_missing(model: &Model, out: &mut Findings) {
    for (id, configuration) in configurations(model) {
        for site in configuration.sites.iter().filter(|it| !it.is_default) {
            let Some(ftp) = &site.ftp else { continue };
            let lacks =
                |it: &Option<crate::model::Said>| it.as_ref().is_none_or(crate::model::Said::is_blank);
            let requires = |it: &Option<crate::model::Said>| {
                it.as_ref().is_some_and(|it| it.trimmed().eq_ignore_ascii_case("SslRequire"))
            };
            if lacks(&ftp.hash) {
                let Some(policy) =
                    [&ftp.control, &ftp.data].into_iter().find(|it| requires(it)).and_then(Option::as_ref)
                else {
                    continue;
                };
                let finding = out.report(
                    format!(
                        "FTP of {} demands TLS and has no certificate: every client that obeys is refused",
                        site.title()
                    ),
                    policy.at,
                    "TLS is demanded",
                );
                finding.label(ftp.at, "no `serverCertHash`");
                if site.stopped.is_some() {
                    finding.level(lower(Level::Error));
                }
                finding.help("choose a certificate under FTP SSL Settings; with a shared configuration every node needs it in its store");
                continue;
            }
            let Some((said, hash)) = ftp.hash.as_ref().and_then(|it| Some((it, digits(it.trimmed())?)))
            else {
                continue;
            };
            let store = ftp.store.as_ref().map_or("MY", |it| it.trimmed());
            let without: Vec<(Seen<'_>, Location)> = machines_of(model, id)
                .filter_map(|seen| {
                    let is_it = |name: &Option<String>| {
                        name.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(store))
                    };
                    let listing = seen.listings().find(|it| is_it(&it.store) && !it.partial)?;
                    let unclear =
                        listing.entries.iter().any(|it| it.hash.known().is_none_or(|own| own == hash));
                    (!unclear).then_some((seen, listing.at))
                })
                .collect();
            if without.is_empty() {
                continue;
            }
            let nodes: Vec<Seen<'_>> = without.iter().map(|(seen, _)| *seen).collect();
            let finding = out.report(
                format!(
                    "the FTP certificate of {} is not in the store `{store}` of {}: clients that speak TLS are refused there",
                    site.title(),
                    names(&nodes)
                ),
                said.at,
                "this certificate",
            );
            for (seen, at) in &without {
                finding.label(*at, format!("not in the store of `{}`", seen.machine.name));
            }
            finding.help(format!(
                "import it with its private key into `LocalMachine\\{store}` of each of these nodes"
            ));
        }
    }
}
