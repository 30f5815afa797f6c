//! Endpoints that another program than IIS owns: who made a record, and what AD FS and reserved URLs have to do with it.

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        iis::{Address, Key, Record},
    },
};

use super::nodes::{by_place, groups, https_of, label_bindings, on_port, users};

/// Application ids of programs by what people call them, and whether a vendor page or a real dump shows the id.
const OWNERS: &[(&str, &str, bool)] = &[
    ("{214124cd-d05b-4309-9af9-9caa44b2b74a}", "IIS Express", true),
    (ADFS, "AD FS", true),
    ("{ba195980-cd49-458b-9e23-c84ee0adcd75}", "Routing and Remote Access (SSTP)", true),
    ("{afebb9ad-9b97-4a91-9ab5-daf4d59122f6}", "WinRM", true),
    ("{f955c070-e044-456c-ac00-e9e4275b3f04}", "Web Application Proxy", false),
    ("{1d40ebc7-1983-4ac5-82aa-1e17a7ae9a0e}", "SQL Server Reporting Services", false),
    ("{5d8e2743-ef20-4d38-8751-7e400f200e65}", "IP-HTTPS", false),
    ("{d673f5ee-a714-454d-8de2-492e4c1bd8f8}", "BranchCache", false),
    ("{ce66697b-3aa0-49d1-bdbd-a25c8359fd5d}", "Work Folders", false),
];

/// The application id of AD FS.
const ADFS: &str = "{5d89a20c-beab-4389-9447-324788eb944a}";

/// The other program that made a record, where its id is known.
pub(super) fn owner(record: &Record) -> Option<(&'static str, Location)> {
    known(record).map(|(name, _, at)| (name, at))
}

fn known(record: &Record) -> Option<(&'static str, bool, Location)> {
    let app = record.app_id.as_ref()?;
    let (_, name, certain) = OWNERS.iter().find(|(id, ..)| app.trimmed().eq_ignore_ascii_case(id))?;
    Some((name, *certain, app.at))
}

/// See the card.
pub(crate) fn record_foreign_owner(model: &Model, out: &mut Findings) {
    for seen in model.iis.all_seen() {
        for record in seen.dump().map_or(&[][..], |it| &it.records) {
            let Some((name, certain, at)) = known(record) else { continue };
            let bindings = by_place(users(seen, &record.key));
            // With different certificates for IPv4 and IPv6 the difference is what has to be told.
            let Key::Endpoint(address, port) = &record.key else { continue };
            let beside = seen.record(&Key::Endpoint(Address::Any, *port));
            let store = |it: &Record| it.store.as_ref().map(|it| it.trimmed().to_ascii_lowercase());
            let gap = *address == Address::AnyV6
                && beside.is_some_and(|it| it.hash != record.hash || store(it) != store(record));
            if bindings.is_empty() || gap {
                continue;
            }
            let finding = out.report(
                format!(
                    "the record `{}` on `{}` was made by {name}, and a site of IIS is bound to the same address and port: they \
                     share one certificate, and each of them writes its own over the other's",
                    record.key, seen.machine.name
                ),
                at,
                format!("made by {name}"),
            );
            finding.label(record.at, "this record");
            label_bindings(finding, &bindings, "is bound to it");
            finding
                .level(if certain { Level::Warning } else { Level::Note })
                .help("give the site an address, a port or a name (`sslFlags=\"1\"`) of its own");
        }
    }
}

/// See the card.
pub(crate) fn adfs_ip_shadow(model: &Model, out: &mut Findings) {
    for seen in model.iis.all_seen() {
        let records = seen.dump().map_or(&[][..], |it| &it.records);
        let is_adfs =
            |it: &&Record| it.app_id.as_ref().is_some_and(|it| it.trimmed().eq_ignore_ascii_case(ADFS));
        for record in records.iter().filter(is_adfs) {
            let Key::Name(host, port) = &record.key else { continue };
            // One finding a port: the first name stands for all.
            let first =
                records.iter().filter(is_adfs).find(|it| matches!(&it.key, Key::Name(_, own) if own == port));
            if host == "localhost" || first.is_none_or(|it| it.at != record.at) {
                continue;
            }
            let shadow = seen.single_addresses(*port).into_iter().find(|(_, it)| {
                matches!((it.hash.known(), record.hash.known()), (Some(a), Some(b)) if a != b) && !is_adfs(it)
            });
            let Some((address, shadow)) = shadow else { continue };
            // Bindings of IIS that are found by names are told by rules of their own.
            if on_port(seen, *port).any(|(_, it)| it.bits() & 3 != 0) {
                continue;
            }
            out.report(
                format!(
                    "the record `{}` on `{}` answers before the record `{host}:{port}` of AD FS: who connects to {address} gets \
                     another certificate than the one of AD FS, and signing in fails there",
                    shadow.key, seen.machine.name
                ),
                shadow.at,
                "comes first",
            )
            .label(record.at, "the record of AD FS")
            .help(format!("where nothing needs it: `netsh http delete sslcert {}`", shadow.key.argument()));
        }
    }
}

/// See the card.
pub(crate) fn adfs_ctl(model: &Model, out: &mut Findings) {
    const LIST: &str = "AdfsTrustedDevices";
    for seen in model.iis.all_seen() {
        let records = seen.dump().map_or(&[][..], |it| &it.records);
        let own: Vec<&Record> = records
            .iter()
            .filter(|it| it.app_id.as_ref().is_some_and(|it| it.trimmed().eq_ignore_ascii_case(ADFS)))
            .filter(|it| matches!(&it.key, Key::Name(_, 443)))
            .collect();
        let has =
            |it: &&Record| it.ctl_store.as_ref().is_some_and(|it| it.trimmed().eq_ignore_ascii_case(LIST));
        let (Some(with), Some(without)) =
            (own.iter().copied().find(has), own.iter().copied().find(|it| !has(it)))
        else {
            continue;
        };
        out.report(
            format!(
                "the record `{}` of AD FS on `{}` lacks the list of trusted devices that its other record has: device \
                 certificates are not asked for by this name, and signing in with them fails",
                without.key, seen.machine.name
            ),
            without.ctl_store.as_ref().map_or(without.at, |it| it.at),
            format!("no `{LIST}`"),
        )
        .label(without.at, "this record")
        .label(with.at, "the record that has it")
        .help("set it again with `Set-AdfsSslCertificate -Thumbprint THUMBPRINT`, which writes all records of AD FS");
    }
}

/// See the card.
pub(crate) fn urlacl_conflict(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        for seen in &group.machines {
            let Some(configuration) = seen.configuration() else { continue };
            for reserved in seen.reservations() {
                let url = reserved.url.trimmed().to_ascii_lowercase();
                let Some(rest) = url.strip_prefix("https://+:").or_else(|| url.strip_prefix("https://*:"))
                else {
                    continue;
                };
                let Some((port, "")) = rest.split_once('/') else { continue };
                let bound = by_place(
                    https_of(configuration)
                        .filter(|(_, it)| it.port.is_some_and(|own| own.to_string() == port)),
                );
                if bound.is_empty() {
                    continue;
                }
                let finding = out.report(
                    format!(
                        "`{}` is reserved on `{}` for another program than IIS, and sites are bound to port {port}: while that \
                         program runs, requests may reach it and not the sites",
                        reserved.url.trimmed(),
                        seen.machine.name
                    ),
                    reserved.url.at,
                    "reserved",
                );
                if let Some(user) = &reserved.user {
                    finding.label(user.at, "for this account");
                }
                label_bindings(finding, &bound, "is bound to that port");
            }
        }
    }
}
