//! Bindings that share an address and a port: what one of them says about certificates holds for the others, too.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        iis::{Address, Binding, ConfigurationId, Key, Record, Seen, Site},
    },
};

use super::nodes::{
    Bindings, bindings_of, by_place, configurations, covers, groups, hosts, https_of, is_by_address,
    is_of_iis, label_bindings, label_record, lower, machines_of, mild, names,
};

/// Bindings of a configuration by the address and port that they share without a name.
fn unnamed<'m>(
    bindings: impl Iterator<Item = (&'m Site, &'m Binding)>,
) -> BTreeMap<(u16, Address), Bindings<'m>> {
    let mut found: BTreeMap<(u16, Address), Bindings<'m>> = BTreeMap::new();
    for (site, it) in
        bindings.filter(|(_, it)| is_by_address(it) && !it.flags_unknown && it.odd_flags.is_none())
    {
        let Some(port) = it.port else { continue };
        found.entry((port, it.address)).or_default().insert(it.at, (site, it));
    }
    found
}

/// The records of an endpoint on the machines that run a configuration.
fn records<'m>(model: &'m Model, id: ConfigurationId, key: &Key) -> Vec<(Seen<'m>, &'m Record)> {
    machines_of(model, id).filter_map(|seen| Some((seen, seen.record(key)?))).collect()
}

/// See the card.
pub(crate) fn shared_ip_port_without_sni(model: &Model, out: &mut Findings) {
    for (id, configuration) in configurations(model) {
        for ((port, address), bindings) in unnamed(https_of(configuration)) {
            let different: BTreeSet<&str> = bindings.values().map(|(_, it)| it.host.as_str()).collect();
            // The same name twice is told as a duplicate.
            if different.len() < 2 {
                continue;
            }
            let key = Key::Endpoint(address, port);
            let records = records(model, id, &key);
            let asked = || bindings.values().filter(|(_, it)| !it.host.is_empty());
            let known: Vec<Option<bool>> = records
                .iter()
                .flat_map(|(_, record)| asked().map(move |(_, it)| covers(model, record, &it.host)))
                .collect();
            let one_site =
                bindings.values().map(|(site, _)| site.at).collect::<BTreeSet<Location>>().len() == 1;
            let wrong = records.iter().find_map(|(_, record)| {
                let host = asked().find(|(_, it)| covers(model, record, &it.host) == Some(false));
                host.map(|(_, it)| (*record, it.host.as_str()))
            });
            let (level, effect) = if let Some((record, host)) = wrong {
                (
                    Level::Error,
                    format!(
                        "clients of `{host}` get {}, which does not cover it",
                        super::nodes::shown(model, record)
                    ),
                )
            } else if !known.is_empty() && known.iter().all(|it| *it == Some(true)) {
                (
                    Level::Note,
                    "the one they have covers every name today, and a name that is added may not be covered"
                        .to_owned(),
                )
            } else {
                let level = if one_site { Level::Note } else { Level::Warning };
                (level, "whichever site was edited last decides for all of them, and the others show a wrong one unless it covers every name".to_owned())
            };
            let Some((at, (site, _))) = bindings.iter().nth(1) else { continue };
            let finding = out.report(
                format!("{} share `{address}:{port}` without Server Name Indication, so there is one certificate for all of them: {effect}", hosts(&bindings)),
                *at,
                format!("{} has no certificate of its own", site.title()),
            );
            label_bindings(finding, &bindings, "shares it");
            for (seen, record) in &records {
                label_record(finding, model, record, format!("the one record on `{}`", seen.machine.name));
            }
            let central = https_of(configuration).any(|(_, it)| it.is_central() && it.port == Some(port));
            finding.level(mild(level, &bindings)).help(format!(
                "give every binding with a host name `sslFlags=\"{}\"`, and each its certificate; one without a host name may \
                 stay as it is, for clients that send no name",
                if central { 3 } else { 1 }
            ));
        }
    }
}

/// See the card.
pub(crate) fn mixed_sni_ip_port(model: &Model, out: &mut Findings) {
    for (id, configuration) in configurations(model) {
        for ((port, address), bindings) in unnamed(https_of(configuration)) {
            let reaches = |it: &Binding| {
                it.port == Some(port)
                    && it.bits() & 3 != 0
                    && (it.address == address || it.address == Address::Any)
            };
            let named = by_place(https_of(configuration).filter(|(_, it)| reaches(it)));
            let (Some((at, (site, binding))), 1, false) =
                (bindings.iter().next(), bindings.len(), named.is_empty())
            else {
                continue;
            };
            let single = matches!(address, Address::One(_));
            // Where a node shows the record of that address, the shadow itself is told.
            if single && !records(model, id, &Key::Endpoint(address, port)).is_empty() {
                continue;
            }
            // One without a name on all addresses is the answer for clients that send none: that is how it is done.
            if !single && binding.host.is_empty() {
                continue;
            }
            let effect = if single {
                format!("clients that connect to {address} get its certificate, whatever name they ask for")
            } else {
                "it is shown to every client whose name has no certificate".to_owned()
            };
            let finding = out.report(
                format!(
                    "{} has no Server Name Indication on `{address}:{port}`, and {} beside it has: {effect}",
                    site.title(),
                    hosts(&named)
                ),
                binding.flags_at.unwrap_or(*at),
                "not found by its name",
            );
            finding.label(*at, "this binding");
            label_bindings(finding, &named, "is found by its name");
            finding.level(mild(Level::Warning, &bindings));
            finding.help(
                "give this binding a host name and `sslFlags=\"1\"`, too, or `3` where the others have that",
            );
        }
    }
}

/// See the card.
pub(crate) fn sni_key_collision(model: &Model, out: &mut Findings) {
    for (_, configuration) in configurations(model) {
        let mut by_name: BTreeMap<(u16, &str), Bindings<'_>> = BTreeMap::new();
        for (site, it) in
            https_of(configuration).filter(|(_, it)| it.is_sni() && !it.is_central() && !it.host.is_empty())
        {
            let Some(port) = it.port else { continue };
            by_name.entry((port, &it.host)).or_default().insert(it.at, (site, it));
        }
        for ((port, host), bindings) in by_name {
            let addresses: BTreeSet<Address> = bindings.values().map(|(_, it)| it.address).collect();
            let sites: BTreeSet<Location> = bindings.values().map(|(site, _)| site.at).collect();
            let (Some((at, (site, _))), true) =
                (bindings.iter().nth(1), addresses.len() > 1 && sites.len() > 1)
            else {
                continue;
            };
            let finding = out.report(
                format!(
                    "sites on different addresses share the one record `{host}:{port}`: a record of a name has no address, so \
                     whoever is edited last decides for both, and removing one takes the certificate from the other"
                ),
                *at,
                format!("{} on another address", site.title()),
            );
            label_bindings(finding, &bindings, "has the same name and port");
            finding
                .level(mild(Level::Warning, &bindings))
                .help("give both the same certificate, or different names or ports");
        }
    }
}

/// Protocol, address, port and host: what only one site may have.
type Listens<'m> = (String, Address, u16, &'m str);

/// See the card.
pub(crate) fn duplicate_binding(model: &Model, out: &mut Findings) {
    for (_, configuration) in configurations(model) {
        let mut same: BTreeMap<Listens<'_>, Vec<(&Site, &Binding)>> = BTreeMap::new();
        for (site, it) in bindings_of(configuration) {
            let protocol = it.protocol.trimmed().to_ascii_lowercase();
            let (Some(port), true) = (it.port, protocol == "http" || protocol == "https") else { continue };
            same.entry((protocol, it.address, port, it.host.as_str())).or_default().push((site, it));
        }
        for ((protocol, address, port, host), bindings) in same {
            let [(first_site, first), .., (site, last)] = bindings[..] else { continue };
            let what = format!("`{protocol}` on `{address}:{port}:{host}`");
            let (message, level) = if first_site.at == site.at {
                (
                    format!(
                        "{} has {what} twice: IIS refuses the collection with the duplicate entry, and the site does not start",
                        site.title()
                    ),
                    Level::Error,
                )
            } else {
                let running = bindings.iter().filter(|(site, _)| site.stopped.is_none()).count();
                (
                    format!(
                        "{} and {} both have {what}: only the first that starts gets it, and the other stays stopped (`0x800700B7`)",
                        first_site.title(),
                        site.title()
                    ),
                    if running > 1 { Level::Error } else { lower(Level::Error) },
                )
            };
            let finding = out.report(message, last.at, format!("once more, in {}", site.title()));
            finding.label(first.at, format!("first in {}", first_site.title()));
            for (site, it) in &bindings[1..bindings.len() - 1] {
                finding.label(it.at, format!("also in {}", site.title()));
            }
            for stopped in bindings.iter().filter_map(|(site, _)| site.stopped) {
                finding.label(stopped, "does not start by itself");
            }
            finding.level(level).help("give each its own host name, address or port, or remove one of them; `*` and no address are the same, and so are names in another case");
        }
    }
}

/// See the card.
pub(crate) fn http_https_same_port(model: &Model, out: &mut Findings) {
    for (_, configuration) in configurations(model) {
        let secure = by_place(https_of(configuration));
        let plain =
            bindings_of(configuration).filter(|(_, it)| it.protocol.trimmed().eq_ignore_ascii_case("http"));
        let mut told: BTreeSet<(Option<u16>, Address)> = BTreeSet::new();
        for (site, it) in plain {
            let Some((at, (other, _))) =
                secure.iter().find(|(_, (_, own))| own.port == it.port && own.address == it.address)
            else {
                continue;
            };
            if !told.insert((it.port, it.address)) {
                continue;
            }
            let port = it.port.unwrap_or_default();
            let finding = out.report(
                format!(
                    "{} speaks plain HTTP on `{}:{port}`, and {} speaks TLS there: a port does one or the other, so one of the \
                     sites does not start or does not answer",
                    site.title(),
                    it.address,
                    other.title()
                ),
                it.at,
                "plain HTTP",
            );
            finding.label(*at, "TLS on the same address and port");
            let both = by_place([(site, it)]);
            finding
                .level(mild(Level::Error, &both))
                .help("set `protocol=\"https\"` here, or take another port");
        }
    }
}

/// See the card.
pub(crate) fn same_host_two_modes(model: &Model, out: &mut Findings) {
    const MODES: [&str; 3] =
        ["the record of its address", "the record of its name", "the Central Certificate Store"];
    let source = |it: &Binding| if it.is_central() { 2 } else { usize::from(it.is_sni()) };
    for (_, configuration) in configurations(model) {
        let mut by_name: BTreeMap<(u16, &str), Bindings<'_>> = BTreeMap::new();
        for (site, it) in https_of(configuration)
            .filter(|(_, it)| !it.host.is_empty() && !it.flags_unknown && it.odd_flags.is_none())
        {
            let Some(port) = it.port else { continue };
            by_name.entry((port, &it.host)).or_default().insert(it.at, (site, it));
        }
        for ((port, host), bindings) in by_name {
            let places: BTreeSet<usize> = bindings.values().map(|(_, it)| source(it)).collect();
            let addresses: BTreeSet<Address> = bindings.values().map(|(_, it)| it.address).collect();
            // On one address they are duplicates.
            let (Some((at, (_, last))), true) =
                (bindings.iter().next_back(), places.len() > 1 && addresses.len() == bindings.len())
            else {
                continue;
            };
            let finding = out.report(
                format!("`{host}` on port {port} takes its certificate from different places by address: which one a client sees depends on the way it comes"),
                last.flags_at.unwrap_or(*at),
                format!("from {}", MODES[source(last)]),
            );
            finding.label(*at, format!("from {}", MODES[source(last)]));
            for (at, (site, it)) in &bindings {
                finding.label(*at, format!("{}: from {}", site.title(), MODES[source(it)]));
            }
            finding
                .level(mild(Level::Warning, &bindings))
                .help("give all bindings of one name the same `sslFlags`");
        }
    }
}

/// See the card.
pub(crate) fn no_default_binding(model: &Model, out: &mut Findings) {
    for (id, configuration) in configurations(model) {
        let mut by_port: BTreeMap<u16, Bindings<'_>> = BTreeMap::new();
        for (site, it) in https_of(configuration) {
            by_port.entry(it.port.unwrap_or_default()).or_default().insert(it.at, (site, it));
        }
        for (port, bindings) in by_port {
            let named = bindings.values().all(|(_, it)| it.bits() & 3 != 0);
            let falls_back = |it: &Record| matches!(it.key, Key::Endpoint(_, own) if own == port);
            let answered = machines_of(model, id)
                .any(|seen| seen.dump().is_some_and(|it| it.records.iter().any(falls_back)));
            let (Some((at, _)), true, false) = (bindings.iter().next(), named, answered) else { continue };
            let finding = out.report(
                format!(
                    "every HTTPS binding of port {port} is found by the name in the handshake: clients that send none (old \
                     ones, health probes, connections by address) are dropped, and no log has a line about them"
                ),
                *at,
                "found by its name",
            );
            label_bindings(finding, &bindings, "is found by its name");
            finding.help("where such clients matter, add a binding without host name and flags, with the certificate that they should see");
        }
    }
}

/// See the card.
pub(crate) fn ipv6_gap(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        for seen in &group.machines {
            let records = seen.dump().map_or(&[][..], |it| &it.records);
            for record in records {
                let Key::Endpoint(Address::AnyV6, port) = record.key else { continue };
                let Some(other) = seen.record(&Key::Endpoint(Address::Any, port)) else { continue };
                // Where thumbprints are masked, two owners that keep their certificates in two stores have two of them.
                let apart = || {
                    let name = |it: &Record| it.store.as_ref().map(|it| it.trimmed().to_ascii_lowercase());
                    super::owners::owner(record).is_some()
                        && name(record).is_some()
                        && name(record) != name(other)
                };
                let differ = match (record.hash.known(), other.hash.known()) {
                    (Some(one), Some(two)) => one != two,
                    _ => apart(),
                };
                let used = match seen.configuration() {
                    Some(it) => {
                        https_of(it).any(|(_, it)| it.key() == Some(Key::Endpoint(Address::Any, port)))
                    }
                    None => is_of_iis(other),
                };
                if !differ || !used {
                    continue;
                }
                let effect = if record.hash.known().is_some() && other.hash.known().is_some() {
                    let (own, others) =
                        (super::nodes::shown(model, record), super::nodes::shown(model, other));
                    format!("clients that come by IPv6 get {own}, the others get {others}")
                } else {
                    "clients that come by IPv6 get another one than the others".to_owned()
                };
                let finding = out.report(
                    format!(
                        "`[::]:{port}` and `0.0.0.0:{port}` on `{}` have different certificates: {effect}",
                        seen.machine.name
                    ),
                    record.at,
                    "for IPv6",
                );
                finding
                    .label(record.hash_at, "this certificate")
                    .label(other.at, "for all others")
                    .label(other.hash_at, "another certificate");
                if let Some((owner, at)) = super::owners::owner(record) {
                    finding.label(at, format!("made by {owner}"));
                }
                finding.help("give both the same certificate; where another service owns the record of IPv6, bind the site to its addresses of IPv4");
            }
        }
    }
}

/// See the card.
pub(crate) fn iplisten_excludes(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        for seen in &group.machines {
            let Some(list) = seen.listen().filter(|it| !it.addresses.is_empty()) else { continue };
            if list.addresses.iter().any(|(it, _)| it.is_unspecified()) {
                continue;
            }
            let loopback = list.addresses.iter().all(|(it, _)| it.is_loopback());
            let missed = by_place(seen.https().filter(|(_, it)| match it.address {
                // A shared configuration has addresses of other nodes.
                Address::One(own) => {
                    group.machines.len() == 1 && list.addresses.iter().all(|(it, _)| *it != own)
                }
                Address::Any => loopback,
                Address::AnyV6 => false,
            }));
            let Some((at, (site, binding))) = missed.iter().next() else { continue };
            let finding = out.report(
                format!(
                    "http.sys on {} listens only on the addresses of a list, and `{}` of {} is not among them: nobody can \
                     connect",
                    names(&[*seen]),
                    binding.address,
                    site.title()
                ),
                *at,
                "this address is not opened",
            );
            for (address, at) in list.addresses.iter().take(8) {
                finding.label(*at, format!("only `{address}`"));
            }
            label_bindings(finding, &missed, "is not reached");
            finding.level(mild(Level::Error, &missed)).help(match binding.address {
                Address::One(it) => format!("`netsh http add iplisten ipaddress={it}`, then restart the service `http`"),
                _ => "remove the list with `netsh http delete iplisten ipaddress=…`, so that all addresses are opened".to_owned(),
            });
        }
    }
}
