//! Stores by themselves: nobody uses them, everybody does, or another environment spells them otherwise.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        apigee::{
            Environment, Kind, Lookup, Platform, Store, StoreName, StoreRole, StoreUse,
            resolve::BUILT_IN_STORE,
        },
    },
    rules::words,
};

/// Whether everything that may use a store of the environment lies in the tree, as far as that can be seen.
fn users_are_known(model: &Model, index: usize, environment: &Environment) -> bool {
    let clients = environment.has_list(Kind::VirtualHosts) || environment.platform == Platform::X;
    let has_proxy = model.apigee.bundles.iter().any(|it| it.environments.contains(&index));
    clients && (environment.has_list(Kind::TargetServers) || has_proxy)
}

/// See the card.
pub(crate) fn store_or_ref_unused(model: &Model, out: &mut Findings) {
    // A store that waits for its reference is told as that.
    let rotations = model.half_rotations();
    for (index, environment) in model.apigee.environments.iter().enumerate() {
        let uses = model.apigee.store_uses(index);
        // A name that is only known at run time may lead anywhere.
        let opaque = uses.iter().any(|it| {
            let opaque_reference = matches!(environment.look_up(Some(it.name)), Lookup::OpaqueReference(_));
            opaque_reference || StoreName::of(Some(it.name)) == StoreName::Opaque
        });
        if opaque || uses.is_empty() || !users_are_known(model, index, environment) {
            continue;
        }
        let mut references: BTreeSet<&str> = BTreeSet::new();
        let mut stores: BTreeSet<&str> = BTreeSet::new();
        for it in &uses {
            let found = environment.look_up(Some(it.name));
            references.extend(found.reference().map(|it| it.name.trimmed()));
            stores.extend(found.store().map(|it| it.name.as_str()));
        }
        for reference in environment.references.iter().filter(|it| !references.contains(it.name.trimmed())) {
            let target =
                environment.store(reference.refers.trimmed()).filter(|it| !stores.contains(it.name.as_str()));
            let (also, and) = match target {
                Some(store) => (Some(store), format!(", nor store `{}` behind it", store.name)),
                None => (None, String::new()),
            };
            let finding = out.report(
                format!(
                    "nothing in this tree uses reference `{}` of {}{and}",
                    reference.name.trimmed(),
                    environment.title()
                ),
                reference.name.at,
                "nobody uses it",
            );
            if let Some(store) = also {
                stores.insert(&store.name);
                finding.label(store.at, "nor the store that it stands for");
            }
            finding.help("name it where it belongs, or remove it: what nobody uses, nobody renews");
        }
        let waits = |it: &Store| rotations.iter().any(|rotation| std::ptr::eq(rotation.new, it));
        let left =
            |it: &&Store| it.name != BUILT_IN_STORE && !stores.contains(it.name.as_str()) && !waits(it);
        for store in environment.stores.iter().filter(left) {
            out.report(
                format!("nothing in this tree uses store `{}` of {}, not even a reference", store.name, environment.title()),
                store.at,
                "nobody uses it",
            )
            .help("a store that a rotation left behind can be removed; one that was made for it needs the reference to be moved");
        }
    }
}

/// See the card.
pub(crate) fn same_store_both_roles(model: &Model, out: &mut Findings) {
    for (index, environment) in model.apigee.environments.iter().enumerate() {
        let uses = model.apigee.store_uses(index);
        let mut by_store: BTreeMap<&str, (&Store, Vec<&StoreUse<'_>>)> = BTreeMap::new();
        for it in uses.iter().filter(|it| !it.is_off()) {
            if let Some(store) = environment.look_up(Some(it.name)).store() {
                by_store.entry(&store.name).or_insert((store, Vec::new())).1.push(it);
            }
        }
        for (name, (store, users)) in by_store {
            let of = |role| users.iter().find(|it| it.role == role);
            let (Some(key), Some(trust)) = (of(StoreRole::Key), of(StoreRole::Trust)) else { continue };
            let finding = out.report(
                format!(
                    "store `{name}` is the keystore of {} and the truststore of {}: its own certificate is trusted as an authority, and renewing one side touches the other",
                    key.user.title(),
                    trust.user.title()
                ),
                store.at,
                "used for both",
            );
            for it in users.iter().take(words::SHOWN) {
                finding.label(it.at(), format!("as `{}` of {}", it.role.element(), it.user.title()));
            }
            finding.help("keep keys and trusted certificates in two stores");
        }
    }
}

/// The names of one kind in an environment, each with its place.
fn names(environment: &Environment, kind: Kind) -> BTreeMap<&str, Location> {
    let mut names = BTreeMap::new();
    match kind {
        Kind::References => {
            names.extend(environment.references.iter().map(|it| (it.name.trimmed(), it.name.at)));
        }
        Kind::Stores => names.extend(environment.stores.iter().map(|it| (it.name.as_str(), it.at))),
        Kind::VirtualHosts => {
            let hosts = environment.virtual_hosts.iter().filter_map(|it| it.name.as_ref());
            names.extend(hosts.map(|it| (it.trimmed(), it.at)));
        }
        Kind::Aliases | Kind::TargetServers => {}
    }
    names
}

/// "reference", "store", "virtual host"
fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::References => "reference",
        Kind::Stores => "store",
        Kind::VirtualHosts => "virtual host",
        Kind::Aliases => "alias",
        Kind::TargetServers => "target server",
    }
}

/// Environments of one organisation that are kept side by side, as those that a proxy is promoted through.
fn families(model: &Model) -> Vec<Vec<&Environment>> {
    let mut families: BTreeMap<(&str, Option<&str>), Vec<&Environment>> = BTreeMap::new();
    for it in model.apigee.environments.iter().filter(|it| it.scope.environment.is_some()) {
        let key = (it.scope.root.as_str(), it.scope.organisation.as_deref());
        families.entry(key).or_default().push(it);
    }
    families.into_values().filter(|it| it.len() > 1).collect()
}

/// See the card.
pub(crate) fn env_drift(model: &Model, out: &mut Findings) {
    for family in families(model) {
        for kind in [Kind::VirtualHosts, Kind::References, Kind::Stores] {
            other_case(out, &family, kind);
        }
        for kind in [Kind::VirtualHosts, Kind::References] {
            left_out(model, out, &family, kind);
        }
    }
}

/// Names that differ only in case between environments.
fn other_case(out: &mut Findings, family: &[&Environment], kind: Kind) {
    let mut spelled: BTreeMap<String, BTreeMap<&str, (Location, String)>> = BTreeMap::new();
    for environment in family {
        for (name, at) in names(environment, kind) {
            let spellings = spelled.entry(name.to_lowercase()).or_default();
            spellings.entry(name).or_insert_with(|| (at, environment.title()));
        }
    }
    for spellings in spelled.into_values().filter(|it| it.len() > 1) {
        let mut each = spellings.into_iter();
        let (Some((first, (place, title))), Some((second, (other, other_title)))) =
            (each.next(), each.next())
        else {
            continue;
        };
        // Both in one environment are two things on purpose, or for another rule.
        if title == other_title {
            continue;
        }
        let what = noun(kind);
        out.report(
            format!("the {what} `{second}` of {other_title} is called `{first}` in {title}: case counts, so what is copied from one to the other does not resolve"),
            other,
            format!("`{second}` here"),
        )
        .label(place, format!("`{first}` here"))
        .help("give it one spelling in all environments");
    }
}

/// Names that all other environments have.
fn left_out(model: &Model, out: &mut Findings, family: &[&Environment], kind: Kind) {
    let listed: Vec<(&Environment, BTreeMap<&str, Location>)> =
        family.iter().filter(|it| it.has_list(kind)).map(|it| (*it, names(it, kind))).collect();
    let mut having: BTreeMap<&str, (usize, Location)> = BTreeMap::new();
    for (name, at) in listed.iter().flat_map(|(_, names)| names) {
        having.entry(name).or_insert((0, *at)).0 += 1;
    }
    for (environment, here) in listed.iter().filter(|_| listed.len() > 1) {
        let others = listed.len() - 1;
        let common: Vec<(&str, Location)> = having
            .iter()
            .filter(|(name, (count, _))| count - usize::from(here.contains_key(*name)) == others)
            .map(|(name, (_, at))| (*name, *at))
            .collect();
        let spelled = |name: &str| here.keys().any(|it| it.eq_ignore_ascii_case(name));
        let absent: Vec<&(&str, Location)> = common.iter().filter(|(name, _)| !spelled(name)).collect();
        // Environments that have little in common are no copies of each other.
        if absent.is_empty() || absent.len() * 2 >= common.len() {
            continue;
        }
        let used = |name: &str| {
            model.apigee.bundles.iter().any(|it| {
                it.endpoints.iter().flat_map(|it| &it.virtual_hosts).any(|said| said.trimmed() == name)
            })
        };
        let titles: Vec<String> = absent.iter().map(|(name, _)| format!("`{name}`")).collect();
        let plural = if titles.len() == 1 { "" } else { "s" };
        let Some(at) = environment.lists.get(&kind).and_then(|it| it.first()) else { continue };
        let deployed = if kind == Kind::VirtualHosts && absent.iter().any(|(name, _)| used(name)) {
            ", which a proxy names"
        } else {
            ""
        };
        let finding = out.report(
            format!(
                "{} has no {}{plural} {}{deployed}, which every other environment has: what is promoted to it may not find {}",
                environment.title(),
                noun(kind),
                words::list(&titles, 3),
                if titles.len() == 1 { "it" } else { "them" }
            ),
            *at,
            "not among these",
        );
        finding.level(Level::Note);
        for (name, place) in absent.iter().take(words::SHOWN) {
            finding.label(*place, format!("`{name}` of another environment"));
        }
        finding.help("make it here too, or leave it out where only some environments need it");
    }
}
