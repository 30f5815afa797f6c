//! Copies of one configuration that say different things.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model, Said,
        iis::{Configuration, ConfigurationId, Live, Seen},
    },
    rules::words,
};

use super::look;

/// What two configurations of one farm must agree about: sites with their bindings and flags.
pub(super) fn bindings(it: &Configuration) -> BTreeMap<String, Location> {
    let mut found = BTreeMap::new();
    for site in it.sites.iter().filter(|it| !it.is_default) {
        let name = site.name.as_ref().map_or("", |it| it.trimmed());
        for binding in &site.bindings {
            let what = format!(
                "{name}|{}|{}|{}",
                binding.protocol.trimmed().to_lowercase(),
                binding.written.trim().to_lowercase(),
                binding.bits()
            );
            found.insert(what, binding.at);
        }
    }
    found
}

/// The first binding that only one of two configurations has: its words, where it stands, whether the first has it.
pub(super) fn difference(a: &Configuration, b: &Configuration) -> Option<(String, Location, bool)> {
    let (a, b) = (bindings(a), bindings(b));
    let only = |of: &BTreeMap<String, Location>, other: &BTreeMap<String, Location>| {
        of.iter().find(|(what, _)| !other.contains_key(*what)).map(|(what, at)| (what.clone(), *at))
    };
    only(&a, &b)
        .map(|(what, at)| (what, at, true))
        .or_else(|| only(&b, &a).map(|(what, at)| (what, at, false)))
}

/// "binding `*:443:host` with `sslFlags` 3 of site `Web`".
fn words_of(what: &str) -> String {
    let mut parts = what.splitn(4, '|');
    let mut next = || parts.next().unwrap_or_default();
    let (site, _, binding, bits) = (next(), next(), next(), next());
    format!("binding `{binding}` with `sslFlags` {bits} of site `{site}`")
}

/// See the card.
pub(crate) fn shared_copies_differ(model: &Model, out: &mut Findings) {
    for farm in &model.iis.farms {
        let mut by_configuration: BTreeMap<ConfigurationId, Vec<Seen<'_>>> = BTreeMap::new();
        for seen in look::machines(model, farm) {
            let redirected =
                seen.redirection().is_some_and(|it| it.enabled.as_ref().and_then(Said::truth) == Some(true));
            if let (Live::Known(id), true) = (seen.machine.live, redirected) {
                by_configuration.entry(id).or_default().push(seen);
            }
        }
        let mut all = by_configuration.iter();
        let Some((first, _)) = all.next() else { continue };
        let one = model.iis.configuration(*first);
        let differing: Vec<_> = all
            .filter_map(|(id, seen)| Some((difference(one, model.iis.configuration(*id))?, *id, seen)))
            .collect();
        let Some(((what, at, in_first), id, _)) = differing.first() else { continue };
        let names = |id: ConfigurationId| {
            let machines = by_configuration.get(&id).map_or(&[][..], Vec::as_slice);
            words::list(&machines.iter().map(|it| look::quoted(*it)).collect::<Vec<_>>(), 4)
        };
        let (having, lacking) = if *in_first { (*first, *id) } else { (*id, *first) };
        let lacking_at = model.iis.configuration(lacking).at;
        let message = format!(
            "{} is in the copy of the shared configuration that {} runs and not in that of {}: the machines of one farm serve different sites until replication brings the copies together",
            words_of(what),
            names(having),
            names(lacking)
        );
        let finding = out.report(message, *at, format!("only in the copy of {}", names(having)));
        finding.label(lacking_at, format!("the copy of {}", names(lacking)));
        for (_, id, _) in differing.iter().skip(1).take(words::SHOWN) {
            finding.label(model.iis.configuration(*id).at, format!("the copy of {} differs too", names(*id)));
        }
        finding.help("find the copy that is right, let DFS replicate it (`dfsrdiag ReplicationState`), and look for a conflict in the event log");
    }
}

/// See the card.
pub(crate) fn shared_stale_local(model: &Model, out: &mut Findings) {
    let mut told = BTreeSet::new();
    for seen in model.iis.all_seen() {
        let (Some(stale), Some(live)) = (seen.machine.stale, seen.configuration()) else { continue };
        let local = model.iis.configuration(stale);
        let Some((what, at, in_local)) = difference(local, live) else { continue };
        if !told.insert(stale) {
            continue;
        }
        let message = format!(
            "`applicationHost.config` of {} is not in use, since redirection is on, and differs from the shared one in {}: what is edited here changes nothing",
            look::quoted(seen),
            words_of(&what)
        );
        let finding = out.report(message, local.at, "not in use");
        finding.label(at, if in_local { "only here" } else { "only in the shared one" });
        if let Some(redirection) = seen.redirection() {
            finding.label(redirection.at, "redirection is turned on here");
        }
        finding.level(Level::Note);
        finding.help(
            "edit the shared configuration; this file counts again on the day that redirection is turned off",
        );
    }
}
