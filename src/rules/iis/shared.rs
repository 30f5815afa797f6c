//! Shared configuration: machines of one farm that read it from different places, or cannot read it whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        iis::{Address, Configuration, ConfigurationId, Key, Live, Redirection, Seen},
        said::Said,
        tree::parent,
    },
    rules::words,
};

use super::{copies, look};

fn is_on(it: &Redirection) -> bool {
    it.enabled.as_ref().and_then(Said::truth) == Some(true)
}

/// A path of Windows to compare.
fn plain(path: &Said) -> String {
    path.trimmed().trim_end_matches(['\\', '/']).to_lowercase()
}

/// The path that a machine is redirected to, where it is known.
fn path_of(seen: Seen<'_>) -> Option<&Said> {
    let redirection = seen.redirection().filter(|it| is_on(it))?;
    redirection.path.as_ref().filter(|it| !it.is_placeholder() && !it.is_blank())
}

fn names(all: &[Seen<'_>]) -> String {
    words::list(&all.iter().map(|it| look::quoted(*it)).collect::<Vec<_>>(), 4)
}

/// See the card.
pub(crate) fn shared_path_differs(model: &Model, out: &mut Findings) {
    for farm in &model.iis.farms {
        let mut by_path: BTreeMap<String, Vec<(Seen<'_>, &Said)>> = BTreeMap::new();
        for seen in look::machines(model, farm) {
            if let Some(path) = path_of(seen) {
                by_path.entry(plain(path)).or_default().push((seen, path));
            }
        }
        if by_path.len() < 2 {
            continue;
        }
        let mut all: Vec<Vec<(Seen<'_>, &Said)>> = by_path.into_values().collect();
        all.sort_by_key(Vec::len);
        let seen = |group: &[(Seen<'_>, &Said)]| names(&group.iter().map(|(it, _)| *it).collect::<Vec<_>>());
        let (Some(odd), Some(most)) = (all.first(), all.last()) else { continue };
        let (Some((_, own)), Some((_, usual))) = (odd.first(), most.first()) else { continue };
        let message = format!(
            "{} {} redirected to `{}` and {} to `{}`: a change of bindings may reach one and not the other",
            seen(odd),
            look::verb(odd.len(), "is", "are"),
            own.trimmed(),
            seen(most),
            usual.trimmed()
        );
        let finding = out.report(message, own.at, "another path");
        for (seen, path) in all.iter().skip(1).flatten().take(words::SHOWN) {
            finding.label(path.at, format!("{} is redirected here", look::quoted(*seen)));
        }
        finding.help(
            "redirect all machines of the farm to one path, unless both are known to be the same folder",
        );
    }
}

/// See the card.
pub(crate) fn shared_off_on_node(model: &Model, out: &mut Findings) {
    // Machines beside each other, or those that somebody says are a farm.
    let said: Vec<Vec<Seen<'_>>> = model.iis.farms.iter().map(|it| look::machines(model, it)).collect();
    let mut beside: BTreeMap<&str, Vec<Seen<'_>>> = BTreeMap::new();
    for seen in model.iis.all_seen().filter(|it| !it.machine.folder.is_empty()) {
        beside.entry(parent(&seen.machine.folder)).or_default().push(seen);
    }
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for group in said.into_iter().chain(beside.into_values()) {
        let on: Vec<Seen<'_>> = group.iter().copied().filter(|it| path_of(*it).is_some()).collect();
        let one_path = on.iter().filter_map(|it| path_of(*it)).map(plain).collect::<BTreeSet<_>>().len() == 1;
        if on.len() < 2 || !one_path {
            continue;
        }
        for seen in group {
            let off = seen.redirection().filter(|it| match &it.enabled {
                None => true,
                Some(word) => word.truth() == Some(false),
            });
            let Some(off) = off.filter(|_| told.insert(&seen.machine.folder)) else { continue };
            let local = seen.configuration();
            let shared = on.first().and_then(|it| it.configuration());
            let differing = local.zip(shared).and_then(|(local, shared)| copies::difference(local, shared));
            let same = local.is_some() && shared.is_some() && differing.is_none();
            let message = format!(
                "{} are redirected to the shared configuration, and {} is not: {}",
                names(&on),
                look::quoted(seen),
                if differing.is_some() {
                    "it serves other sites than the farm, from a file of its own"
                } else if same {
                    "its own file says the same today, and the next change of a binding does not reach it"
                } else {
                    "changes of bindings do not reach it"
                }
            );
            let finding = out.report(message, off.at, format!("off on {}", look::quoted(seen)));
            finding.level(if differing.is_some() { Level::Error } else { Level::Warning });
            if let Some((_, at, in_local)) = differing {
                finding.label(at, if in_local { "only in the local file" } else { "only in the shared one" });
            }
            for it in on.iter().take(words::SHOWN) {
                if let Some(redirection) = it.redirection() {
                    finding.label(redirection.at, format!("on for {}", look::quoted(*it)));
                }
            }
            finding.help("turn shared configuration on again in IIS Manager on this machine, or take it out of the load balancer");
        }
    }
}

/// The configurations that machines are redirected to, each with one of these machines.
fn redirected(model: &Model) -> BTreeMap<ConfigurationId, Vec<Seen<'_>>> {
    let mut found: BTreeMap<ConfigurationId, Vec<Seen<'_>>> = BTreeMap::new();
    for seen in model.iis.all_seen().filter(|it| it.redirection().is_some_and(is_on)) {
        if let Live::Known(id) = seen.machine.live {
            found.entry(id).or_default().push(seen);
        }
    }
    found
}

/// See the card.
pub(crate) fn shared_no_keys(model: &Model, out: &mut Findings) {
    for (id, machines) in redirected(model) {
        let configuration = model.iis.configuration(id);
        let Some(encrypted) = configuration.encrypted else { continue };
        let folder = parent(&model.iis.units[id.unit as usize].1);
        let files: Vec<String> = model
            .paths
            .children(folder)
            .iter()
            .map(|it| crate::model::tree::file_name(&model.paths.node(*it).path).to_lowercase())
            .collect();
        let there = |name: &str| files.iter().any(|it| it == name);
        // An export writes three files; a repository that keeps only one of them says nothing about the others.
        if !there("administration.config") || there("configenckey.key") {
            continue;
        }
        let message = format!(
            "the shared configuration of {} holds encrypted values, and `configEncKey.key` is not beside it: a machine that has not got the keys yet cannot read it, and no site starts there",
            names(&machines)
        );
        let finding = out.report(message, configuration.at, "no `configEncKey.key` in this folder");
        finding.label(encrypted, "encrypted");
        finding.help("export the configuration again from a machine that can read it (`Export-IISConfiguration`), which writes the keys too");
    }
}

/// See the card.
pub(crate) fn shared_version_mix(model: &Model, out: &mut Findings) {
    for farm in &model.iis.farms {
        let mut by_version: BTreeMap<&str, Vec<(Seen<'_>, Location)>> = BTreeMap::new();
        for seen in look::machines(model, farm) {
            if let Some(it) = seen.administration() {
                by_version.entry(it.version.trimmed()).or_default().push((seen, it.version.at));
            }
        }
        if by_version.len() < 2 {
            continue;
        }
        let mut all: Vec<(&str, Vec<(Seen<'_>, Location)>)> = by_version.into_iter().collect();
        all.sort_by_key(|(_, it)| it.len());
        let list =
            |group: &[(Seen<'_>, Location)]| names(&group.iter().map(|(it, _)| *it).collect::<Vec<_>>());
        let (Some((odd, group)), Some((usual, rest))) = (all.first(), all.last()) else { continue };
        let Some((_, at)) = group.first() else { continue };
        let message = format!(
            "{} {} IIS {odd} and {} {} IIS {usual}: a configuration that is shared among versions may not load on one of them, and Microsoft does not support it",
            list(group),
            look::verb(group.len(), "has", "have"),
            list(rest),
            look::verb(rest.len(), "has", "have")
        );
        let finding = out.report(message, *at, format!("version {odd}"));
        for (version, group) in all.iter().skip(1) {
            for (seen, at) in group.iter().take(words::SHOWN) {
                finding.label(*at, format!("{} has {version}", look::quoted(*seen)));
            }
        }
        finding.help("bring all machines of the farm to one version of Windows, or give the odd one a configuration of its own");
    }
}

/// See the card.
pub(crate) fn shared_plain_password(model: &Model, out: &mut Findings) {
    for it in model.iis.units.iter().flat_map(|(_, _, unit)| &unit.redirections) {
        let Some(at) = it.plain_password else { continue };
        let user = it.user.as_ref().map_or("the account", |it| it.trimmed());
        let message = format!(
            "the password of `{user}`, which reads the shared configuration, stands in `redirection.config` in the clear: whoever reads this file can read and perhaps change the sites of the whole farm"
        );
        out.report(message, at, "not encrypted").help(
            "change the password, and enter it with IIS Manager or `Enable-IISSharedConfig`, which encrypt it (`[enc:…]`)",
        );
    }
}

/// Whether what is known about a machine shows addresses of its own, and this is none of them.
fn has_other_address(seen: Seen<'_>, address: std::net::IpAddr) -> bool {
    let records = seen.dump().filter(|_| seen.records_are_known()).map_or(&[][..], |it| &it.records);
    let own: BTreeSet<std::net::IpAddr> = records
        .iter()
        .filter_map(|it| match it.key {
            Key::Endpoint(Address::One(own), _) => Some(own),
            _ => None,
        })
        .chain(seen.listen().into_iter().flat_map(|it| it.addresses.iter().map(|(it, _)| *it)))
        .filter(|it| !it.is_loopback() && !it.is_unspecified())
        .collect();
    !own.is_empty() && !own.contains(&address)
}

/// See the card.
pub(crate) fn shared_ip_binding(model: &Model, out: &mut Findings) {
    for farm in model.iis.farms.iter().filter(|it| it.machines.len() > 1) {
        let Some(id) = farm.configuration else { continue };
        let configuration: &Configuration = model.iis.configuration(id);
        let machines: Vec<Seen<'_>> =
            look::machines(model, farm).into_iter().filter(|it| it.machine.live == Live::Known(id)).collect();
        let mut by_address: BTreeMap<std::net::IpAddr, Vec<Location>> = BTreeMap::new();
        for (_, binding) in look::https(configuration) {
            let Address::One(address) = binding.address else { continue };
            // A record that is missing for an address is told by the rule about missing records.
            let wants_own = matches!(binding.key(), Some(Key::Endpoint(..)));
            if !address.is_loopback() && !wants_own {
                by_address.entry(address).or_default().push(binding.at);
            }
        }
        for (address, places) in by_address {
            let others: Vec<Seen<'_>> =
                machines.iter().copied().filter(|it| has_other_address(*it, address)).collect();
            if others.is_empty() {
                continue;
            }
            let Some(at) = places.first() else { continue };
            let message = format!(
                "the shared configuration binds the address `{address}`, and {} {} other addresses: the site answers nobody there",
                names(&others),
                if others.len() == 1 { "has" } else { "have" }
            );
            let finding = out.report(message, *at, "an address of one machine");
            for at in places.iter().skip(1).take(words::SHOWN) {
                finding.label(*at, "and here");
            }
            for seen in others.iter().take(words::SHOWN) {
                let single = seen.dump().and_then(|it| {
                    it.records
                        .iter()
                        .find(|it| matches!(it.key, Key::Endpoint(Address::One(_), _)))
                        .map(|it| it.at)
                });
                let listens = seen.listen().and_then(|it| it.addresses.first().map(|(_, at)| *at));
                if let Some(at) = single.or(listens) {
                    finding.label(at, format!("an address of {}", look::quoted(*seen)));
                }
            }
            finding.help("write `*` in place of the address: each machine of a farm has its own");
        }
    }
}
