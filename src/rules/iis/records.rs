//! Bindings against http.sys records: those that have none, records that nobody uses, and records that are broken.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        iis::{Address, Binding, Connection, DumpKind, IIS_APP_ID, Key, Record, Seen, Served, Thumbprint},
    },
    rules::words,
};

use super::nodes::{
    Behind, Bindings, behind, by_place, groups, hosts, is_of_iis, label_bindings, lower, mild, names,
    on_port, too_old, users,
};

/// What a binding gets on a machine for a client that comes to it as it should.
fn served<'m>(seen: Seen<'m>, binding: &Binding) -> Option<Served<'m>> {
    let address = match binding.address {
        Address::One(it) => Some(it),
        Address::Any | Address::AnyV6 => None,
    };
    let name = (!binding.host.is_empty()).then_some(binding.host.as_str());
    seen.serve(Connection { address, port: binding.port?, name })
}

/// See the card.
pub(crate) fn binding_no_record(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        for port in group.ports(|it| !it.is_central()) {
            let mut missing: BTreeMap<Key, Vec<Seen<'_>>> = BTreeMap::new();
            let mut bindings = Bindings::new();
            for seen in
                group.machines.iter().copied().filter(|it| it.records_are_known() && too_old(*it).is_none())
            {
                for (site, it) in on_port(seen, port)
                    .filter(|(_, it)| !it.is_central() && it.odd_flags.is_none() && !it.flags_unknown)
                {
                    let Some(key) = it.key() else { continue };
                    // A name that nobody wrote has no record: the missing host is what is wrong.
                    let nameless = it.is_sni() && it.host.is_empty();
                    let elsewhere =
                        !it.is_sni() && it.address == Address::Any && reached_otherwise(seen, port);
                    if nameless
                        || elsewhere
                        || seen.record(&key).is_some()
                        || !matches!(served(seen, it), Some(Served::Dropped))
                    {
                        continue;
                    }
                    let nodes = missing.entry(key).or_default();
                    if nodes.iter().all(|it| it.machine.name != seen.machine.name) {
                        nodes.push(seen);
                    }
                    bindings.insert(it.at, (site, it));
                }
            }
            let Some((key, nodes)) = missing.iter().next() else { continue };
            let mut machines: Vec<Seen<'_>> = Vec::new();
            for it in missing.values().flatten() {
                if machines.iter().all(|other| other.machine.name != it.machine.name) {
                    machines.push(*it);
                }
            }
            let Some(at) = nodes.first().and_then(|it| it.records_at()) else { continue };
            let keys: Vec<String> = missing.keys().map(|it| format!("`{it}`")).collect();
            let finding = out.report(
                format!(
                    "{} has no record {} in http.sys: connections to {} are dropped there before IIS sees them, so no log has a \
                     line about them",
                    names(&machines),
                    words::list(&keys, 4),
                    hosts(&bindings)
                ),
                at,
                format!("no record `{key}` on `{}`", nodes[0].machine.name),
            );
            for it in &machines {
                if let Some(at) = it.records_at() {
                    finding.label(at, format!("not on `{}`", it.machine.name));
                }
            }
            label_bindings(finding, &bindings, "is bound to it");
            let mut hash = None;
            for (seen, record) in group.machines.iter().filter_map(|it| Some((it, it.record(key)?))) {
                finding.label(record.at, format!("present on `{}`", seen.machine.name));
                hash = hash.or(record.hash.known());
            }
            finding.level(mild(Level::Error, &bindings)).help(format!(
                "choose the certificate in the binding again on each of these nodes, or run `netsh http add sslcert {} \
                 certhash={} certstorename=MY appid=\"{IIS_APP_ID}\"`",
                key.argument(),
                hash.unwrap_or("THUMBPRINT")
            ));
        }
    }
}

/// Records of single addresses or of IPv6 answer on the port: clients may all come by these.
fn reached_otherwise(seen: Seen<'_>, port: u16) -> bool {
    !seen.single_addresses(port).is_empty() || seen.record(&Key::Endpoint(Address::AnyV6, port)).is_some()
}

/// See the card.
pub(crate) fn record_orphan(model: &Model, out: &mut Findings) {
    for seen in model.iis.all_seen() {
        if seen
            .configuration()
            .is_none_or(|it| it.sites.iter().any(|site| site.bindings.iter().any(|it| it.opaque)))
        {
            continue;
        }
        for record in seen.dump().map_or(&[][..], |it| &it.records) {
            let port = record.key.port();
            let used = users(seen, &record.key).next().is_some();
            // The wildcards of a port are what clients without a name get, whoever is bound there.
            let falls_back = matches!(record.key, Key::Endpoint(Address::Any | Address::AnyV6, _))
                && on_port(seen, port).next().is_some();
            // What stands before names or the Central Certificate Store is told as that.
            let shadows = matches!(record.key, Key::Endpoint(Address::One(_), _))
                && on_port(seen, port).any(|(_, it)| it.bits() & 3 != 0);
            let central = matches!(record.key, Key::Central(_) | Key::ScopedCentral(..));
            let broken = matches!(record.hash, Thumbprint::Null);
            if !is_of_iis(record) || used || falls_back || shadows || central || broken {
                continue;
            }
            // Scripts of other programs copy the id of IIS: on a port without a site it may be theirs.
            let bound = on_port(seen, port).next().is_some();
            let finding = out.report(
                format!(
                    "no binding needs the record `{}` on `{}`: it was left behind, and it answers whoever asks for that {}",
                    record.key,
                    seen.machine.name,
                    if matches!(record.key, Key::Name(..)) { "name" } else { "address" }
                ),
                record.at,
                "no binding is made for it",
            );
            finding.level(if bound { Level::Warning } else { Level::Note }).help(format!(
                "where no other program needs it: `netsh http delete sslcert {}`",
                record.key.argument()
            ));
        }
    }
}

/// See the card.
pub(crate) fn record_broken(model: &Model, out: &mut Findings) {
    const ZERO: &str = "{00000000-0000-0000-0000-000000000000}";
    for seen in model.iis.all_seen() {
        for record in seen.dump().map_or(&[][..], |it| &it.records) {
            if matches!(record.key, Key::Central(_) | Key::ScopedCentral(..)) {
                continue;
            }
            let bindings = by_place(users(seen, &record.key));
            let zero = record.app_id.as_ref().filter(|it| it.trimmed() == ZERO);
            let (at, what) = match (&record.hash, zero) {
                _ if bindings.is_empty() => continue,
                (Thumbprint::Null, _) => (record.hash_at, "has no certificate"),
                (_, Some(app)) => (app.at, "has an application id of zeros"),
                _ => continue,
            };
            let finding = out.report(
                format!(
                    "the record `{}` on `{}` {what}: it is broken, and connections to {} are dropped",
                    record.key,
                    seen.machine.name,
                    hosts(&bindings)
                ),
                at,
                what,
            );
            finding.label(record.at, "this record");
            label_bindings(finding, &bindings, "is bound to it");
            let argument = record.key.argument();
            finding.level(mild(Level::Error, &bindings)).help(format!(
                "remove it and make it again: `netsh http delete sslcert {argument}`, then `netsh http add sslcert {argument} \
                 certhash={} certstorename=MY appid=\"{IIS_APP_ID}\"`",
                record.hash.known().unwrap_or("THUMBPRINT")
            ));
        }
    }
}

/// See the card.
pub(crate) fn wmsvc_cert_on_site(model: &Model, out: &mut Findings) {
    for seen in model.iis.all_seen() {
        let service = seen.record(&Key::Endpoint(Address::Any, 8172));
        let mut told: BTreeSet<Location> = BTreeSet::new();
        for record in seen.dump().map_or(&[][..], |it| &it.records) {
            let bindings = by_place(users(seen, &record.key));
            let same = service.filter(|it| it.hash.known().is_some() && it.hash == record.hash);
            let named = match behind(model, record) {
                Some(Behind::Entry(it)) => {
                    it.subject.as_ref().and_then(|it| it.common_name()).is_some_and(is_wmsvc)
                }
                Some(Behind::Certificate(id)) => is_wmsvc(model.cert(id).subject.title()),
                None => false,
            };
            if record.key.port() == 8172
                || bindings.is_empty()
                || (same.is_none() && !named)
                || !told.insert(record.at)
            {
                continue;
            }
            let finding = out.report(
                format!(
                    "the record `{}` on `{}` shows the certificate of the Web Management Service: it is signed by itself and \
                     names the computer, so every browser warns visitors of {}",
                    record.key,
                    seen.machine.name,
                    hosts(&bindings)
                ),
                record.hash_at,
                "the certificate of WMSVC",
            );
            finding.label(record.at, "this record");
            if let Some(service) = same {
                finding.label(service.hash_at, "the same at port 8172 of the service");
            }
            if let Some(it) = behind(model, record) {
                finding.label(it.at(model), it.title(model));
            }
            label_bindings(finding, &bindings, "is bound to it");
            let level = mild(Level::Warning, &bindings);
            finding.level(level).help("choose a certificate of the site in the binding");
        }
    }
}

fn is_wmsvc(name: &str) -> bool {
    name.to_ascii_uppercase().starts_with("WMSVC-")
}

/// See the card.
pub(crate) fn store_null(model: &Model, out: &mut Findings) {
    for seen in model.iis.all_seen() {
        // Server 2003 has no PowerShell that could stop.
        let Some(dump) = seen.dump().filter(|it| it.kind != DumpKind::Httpcfg) else { continue };
        let own = dump.records.iter();
        let found: Vec<(&Record, Location)> = own
            .filter(|it| matches!(it.key, Key::Endpoint(..) | Key::Name(..)) && it.hash.known().is_some())
            .filter_map(|it| Some((it, it.store_is_null?)))
            .collect();
        let Some(((record, at), more)) = found.split_first() else { continue };
        let finding = out.report(
            format!(
                "the record `{}` on `{}` names no certificate store: http.sys takes `MY` and serves, but `dir \
                 IIS:\\SslBindings` and what is built on it stop with error 234",
                record.key, seen.machine.name
            ),
            *at,
            "`MY` belongs here",
        );
        finding.label(record.at, "this record");
        for (record, at) in more.iter().take(words::SHOWN) {
            finding.label(*at, format!("nor does `{}`", record.key));
        }
        if seen.configuration().is_none() && !dump.records.iter().any(is_of_iis) {
            finding.level(Level::Note);
        }
        finding.help(format!(
            "make it again with a store: `netsh http delete sslcert {argument}`, then `netsh http add sslcert {argument} \
             certhash={} appid=\"{}\" certstorename=MY`",
            record.hash.known().unwrap_or("THUMBPRINT"),
            record.app_id.as_ref().map_or(IIS_APP_ID, |it| it.trimmed()),
            argument = record.key.argument()
        ));
    }
}

/// Names that IIS Manager shows for stores, and stores that hold no certificates of servers.
const NO_STORES: &[(&str, bool)] = &[
    ("personal", true),
    ("web hosting", true),
    ("cert:\\localmachine\\my", true),
    ("localmachine\\my", true),
    ("root", false),
    ("ca", false),
    ("trustedpublisher", false),
    ("trustedpeople", false),
];

/// See the card.
pub(crate) fn store_name(model: &Model, out: &mut Findings) {
    for seen in model.iis.all_seen() {
        for record in seen.dump().map_or(&[][..], |it| &it.records) {
            let Some(store) = record.store.as_ref() else { continue };
            let name = store.trimmed().trim_end_matches('\\').to_ascii_lowercase();
            let Some((_, is_title)) = NO_STORES.iter().find(|(it, _)| *it == name) else { continue };
            let effect = if *is_title {
                "there is no store of that name, so no certificate is found, and connections are dropped"
            } else {
                "certificates of servers belong into `MY` or `WebHosting`, and renewal programs look only there"
            };
            let finding = out.report(
                format!(
                    "the record `{}` on `{}` names the store `{}`: {effect}",
                    record.key,
                    seen.machine.name,
                    store.trimmed()
                ),
                store.at,
                if *is_title { "a title, not a name" } else { "a store of authorities" },
            );
            finding.label(record.at, "this record");
            finding.level(if *is_title { Level::Error } else { lower(Level::Error) }).help(format!(
                "import the certificate with its key into `LocalMachine\\My` and write `certstorename=MY`: `netsh http update \
                 sslcert {} certhash={} appid=\"{}\" certstorename=MY`",
                record.key.argument(),
                record.hash.known().unwrap_or("THUMBPRINT"),
                record.app_id.as_ref().map_or(IIS_APP_ID, |it| it.trimmed())
            ));
        }
    }
}
