//! Names of references and stores that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Finding, Findings, Level},
    model::{
        Location, Model,
        apigee::{
            Environment, Kind, Lookup, Near, StoreName, StoreUse, StoreUser, near, paths::is_kind_folder,
            resolve::BUILT_IN_STORE,
        },
        said::Said,
        tree::{file_name, parent},
    },
    rules::words,
};

/// Names of the vendor's sample that nobody put other names for.
const SAMPLE: &[&str] = &["keystore_name", "truststore_name"];

/// Uses of one name that leads nowhere, in the environments where it does.
struct Missing<'m> {
    environments: Vec<usize>,
    uses: Vec<StoreUse<'m>>,
    /// A proxy finds the name in one of the environments that it may run in, or it is not clear which these are.
    unsure: bool,
}

impl<'m> Missing<'m> {
    /// A use that takes part in handshakes comes first.
    fn first(&self) -> &StoreUse<'m> {
        let live = self.uses.iter().find(|it| !it.is_off());
        live.unwrap_or(&self.uses[0])
    }

    fn is_off(&self) -> bool {
        self.uses.iter().all(StoreUse::is_off)
    }

    fn label_uses(&self, finding: &mut Finding) {
        for it in self.uses.iter().take(words::SHOWN) {
            finding.label(it.at(), format!("{} names it too", it.user.title()));
        }
    }
}

/// The names of an environment that lead nowhere, each with its uses. A connection of a proxy that may run in several
/// environments is told once for all of them.
fn missing<'m>(
    model: &'m Model,
    name_of: fn(&'m Environment, &'m Said) -> Option<&'m str>,
) -> BTreeMap<&'m str, Vec<Missing<'m>>> {
    let mut all: BTreeMap<&str, Vec<Missing<'_>>> = BTreeMap::new();
    let mut found: BTreeSet<Location> = BTreeSet::new();
    for (index, environment) in model.apigee.environments.iter().enumerate() {
        let mut here: BTreeMap<&str, Vec<StoreUse<'_>>> = BTreeMap::new();
        for it in model.apigee.store_uses(index) {
            match name_of(environment, it.name) {
                Some(name) => here.entry(name).or_default().push(it),
                None => {
                    found.insert(it.at());
                }
            }
        }
        for (name, uses) in here {
            let groups = all.entry(name).or_default();
            let shared =
                |it: &StoreUse<'_>, group: &Missing<'_>| group.uses.iter().any(|known| known.at() == it.at());
            match groups.iter_mut().find(|group| uses.iter().any(|it| shared(it, group))) {
                Some(group) => {
                    group.environments.push(index);
                    let fresh: Vec<_> = uses.into_iter().filter(|it| !shared(it, group)).collect();
                    group.uses.extend(fresh);
                }
                None => groups.push(Missing { environments: vec![index], uses, unsure: false }),
            }
        }
    }
    for group in all.values_mut().flatten() {
        group.unsure = group.uses.iter().all(|it| found.contains(&it.at()) || may_run_anywhere(model, it));
    }
    all
}

/// The proxy lies beside environments of several projects, and nothing says which of them are its own.
fn may_run_anywhere(model: &Model, it: &StoreUse<'_>) -> bool {
    let StoreUser::Connection(bundle, _) = it.user else { return false };
    let mut projects = model
        .apigee
        .environments_of(bundle)
        .map(|it| (it.scope.root.as_str(), it.scope.organisation.as_deref()));
    let first = projects.next();
    projects.any(|it| Some(it) != first)
}

/// "which environment `test` and environment `prod` do not have"; less where the tree keeps no list of them.
fn absent(model: &Model, group: &Missing<'_>, kind: Kind) -> String {
    let environments = group.environments.iter().map(|at| &model.apigee.environments[*at]);
    let titles: Vec<String> = environments.clone().map(Environment::title).collect();
    let (titles, does) = (words::list(&titles, 3), if titles.len() == 1 { "does" } else { "do" });
    if environments.clone().any(|it| it.has_list(kind) && !is_single_dump(model, it, kind)) {
        format!("which {titles} {does} not have: ")
    } else {
        format!("which nothing in this tree makes in {titles}: unless it was made by hand, ")
    }
}

fn knows(environment: &Environment, kind: Kind, name: &str) -> bool {
    environment.known_names.get(&kind).is_some_and(|names| names.iter().any(|it| it.trimmed() == name))
}

/// The name of a reference that the environment does not have.
fn no_reference<'m>(environment: &'m Environment, said: &'m Said) -> Option<&'m str> {
    match environment.look_up(Some(said)) {
        Lookup::NoReference(name) if !knows(environment, Kind::References, name) => Some(name),
        _ => None,
    }
}

/// The name of a store that the environment does not have.
fn no_store<'m>(environment: &'m Environment, said: &'m Said) -> Option<&'m str> {
    match environment.look_up(Some(said)) {
        Lookup::NoStore(name) if !knows(environment, Kind::Stores, name) => Some(name),
        _ => None,
    }
}

/// A folder with one file for each thing claims to hold all of them; a single file in it was perhaps fetched alone.
fn is_single_dump(model: &Model, environment: &Environment, kind: Kind) -> bool {
    match environment.lists.get(&kind).map(Vec::as_slice) {
        Some([only]) => is_kind_folder(file_name(parent(model.path(only.file)))),
        _ => false,
    }
}

/// How sure it is that something is missing: the level, or nothing where the tree may simply not hold it.
pub(super) fn level_of(
    model: &Model,
    environment: &Environment,
    kind: Kind,
    near: Option<Near<'_>>,
) -> Option<Level> {
    if environment.has_list(kind) {
        Some(if is_single_dump(model, environment, kind) { Level::Note } else { Level::Error })
    } else if matches!(near, Some(Near::Case(_))) {
        Some(Level::Warning)
    } else {
        None
    }
}

/// "environment `test` does not have", or what can be said where one dump was perhaps fetched alone.
fn lacks(model: &Model, environment: &Environment, kind: Kind) -> String {
    if environment.has_list(kind) && !is_single_dump(model, environment, kind) {
        format!("{} does not have", environment.title())
    } else {
        "nothing in this tree makes".to_owned()
    }
}

/// Lowers what is said about a name that a build may still replace; gives the words for it.
fn excuse(model: &Model, environment: &Environment, name: &str, level: &mut Level) -> String {
    match model.apigee.token_in(environment, name) {
        Some(token) => {
            *level = Level::Note;
            format!(", unless the build puts something else for `{token}`")
        }
        None => String::new(),
    }
}

/// Labels the lists that do not have the name.
fn label_list(finding: &mut Finding, environment: &Environment, kind: Kind, what: &str) {
    for at in environment.lists.get(&kind).into_iter().flatten().take(1) {
        finding.label(*at, format!("the {what} of {} are listed here", environment.title()));
    }
}

/// See the card.
pub(crate) fn ref_undefined(model: &Model, out: &mut Findings) {
    for (name, groups) in missing(model, no_reference) {
        for group in groups {
            let environment = &model.apigee.environments[group.environments[0]];
            let close = near(name, environment.references.iter().map(|it| it.name.trimmed()));
            let a_store = environment.store(name);
            let level = level_of(model, environment, Kind::References, close);
            let level = level.or_else(|| {
                // Where the stores are kept and no reference is, the references were made by hand, or forgotten.
                let stores = environment.has_list(Kind::Stores);
                match a_store {
                    Some(_) if stores => Some(Level::Warning),
                    _ => stores.then_some(Level::Note),
                }
            });
            let Some(level) = level else { continue };
            let finding = tell(model, out, &group, Kind::References, name, level);
            advise_reference(model, finding, environment, name, close);
        }
    }
}

/// Says of a name that is used in an environment that nothing there bears it. What to do is for the caller to say.
fn tell<'o>(
    model: &Model,
    out: &'o mut Findings,
    group: &Missing<'_>,
    kind: Kind,
    name: &str,
    mut level: Level,
) -> &'o mut Finding {
    let noun = match kind {
        Kind::References => "reference",
        _ => "store",
    };
    if group.unsure {
        level = level.min(Level::Warning);
    }
    if group.is_off() {
        level = Level::Note;
    }
    let environment = &model.apigee.environments[group.environments[0]];
    let excuse = excuse(model, environment, name, &mut level);
    let first = group.first();
    let finding = out.report(
        format!(
            "{} uses {noun} `{name}`, {}{}{excuse}",
            first.user.title(),
            absent(model, group, kind),
            first.effect()
        ),
        first.at(),
        format!("no {noun} `{name}`"),
    );
    finding.level(level);
    group.label_uses(finding);
    finding
}

fn advise_reference(
    model: &Model,
    finding: &mut Finding,
    environment: &Environment,
    name: &str,
    close: Option<Near<'_>>,
) {
    if let Some(reference) = close.and_then(|it| environment.reference(it.name())) {
        let meant = reference.name.trimmed();
        let case = if matches!(close, Some(Near::Case(_))) { ", and case counts" } else { "" };
        finding
            .label(reference.name.at, "a reference of nearly this name")
            .help(format!("write `ref://{meant}` if that is meant{case}"));
    } else if let Some(store) = environment.store(name) {
        finding.label(store.at, "a store of this name").help(format!(
            "`{name}` is a store: make a reference that stands for it and name that, so that the next certificate needs no restart"
        ));
    } else if let Some(other) = elsewhere(model, environment, name) {
        finding.label(other.0, format!("{} has one", other.1)).help(format!(
            "make reference `{name}` in {} too, and let it stand for the store with the certificate",
            environment.title()
        ));
    } else {
        label_list(finding, environment, Kind::References, "references");
        finding.help(format!(
            "make reference `{name}` in {} and let it stand for the store with the certificate, or correct the name",
            environment.title()
        ));
    }
}

/// The same reference in another environment of the same organisation.
fn elsewhere(model: &Model, environment: &Environment, name: &str) -> Option<(Location, String)> {
    let mut others =
        model.apigee.environments.iter().filter(|it| it.scope.organisation == environment.scope.organisation);
    others.find_map(|it| Some((it.reference(name)?.name.at, it.title())))
}

/// See the card.
pub(crate) fn ref_dangling(model: &Model, out: &mut Findings) {
    for (index, environment) in model.apigee.environments.iter().enumerate() {
        let uses = model.apigee.store_uses(index);
        let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
        // Uses of references that lead nowhere, by the names of these.
        let mut dangling: BTreeMap<&str, Vec<&StoreUse<'_>>> = BTreeMap::new();
        for it in &uses {
            if let Lookup::Dangling(found) = environment.look_up(Some(it.name)) {
                dangling.entry(found.name.trimmed()).or_default().push(it);
            }
        }
        for reference in &environment.references {
            let (name, target) = (reference.name.trimmed(), reference.refers.trimmed());
            let dangles = !reference.refers.is_placeholder()
                && target != BUILT_IN_STORE
                && environment.store(target).is_none()
                && !knows(environment, Kind::Stores, target);
            if !dangles || !told.insert((name, target)) {
                continue;
            }
            let close = near(target, environment.stores.iter().map(|it| it.name.as_str()));
            let Some(mut level) = level_of(model, environment, Kind::Stores, close) else { continue };
            let excuse = excuse(model, environment, target, &mut level);
            let through = dangling.get(name).map_or(&[][..], Vec::as_slice);
            let what =
                if reference.refers.is_blank() { "no store".to_owned() } else { format!("store `{target}`") };
            let consequence = match through.iter().find(|it| !it.is_off()) {
                Some(it) => format!("{} uses it, so {}", it.user.title(), it.effect()),
                None => "Apigee takes no reference to a store that it does not have".to_owned(),
            };
            let absent = if reference.refers.is_blank() {
                String::new()
            } else {
                format!(", which {}", lacks(model, environment, Kind::Stores))
            };
            let finding = out.report(
                format!("reference `{name}` stands for {what}{absent}: {consequence}{excuse}"),
                reference.refers.at,
                format!("no store `{target}`"),
            );
            finding.level(level);
            for it in through.iter().take(words::SHOWN) {
                finding.label(it.at(), format!("{} uses the reference", it.user.title()));
            }
            advise_store(finding, environment, target, close);
        }
    }
}

fn advise_store(finding: &mut Finding, environment: &Environment, name: &str, close: Option<Near<'_>>) {
    if let Some(store) = close.and_then(|it| environment.store(it.name())) {
        let case = if matches!(close, Some(Near::Case(_))) { ", and case counts" } else { "" };
        finding
            .label(store.at, "a store of nearly this name")
            .help(format!("write `{}` if that is meant{case}", store.name));
        return;
    }
    label_list(finding, environment, Kind::Stores, "stores");
    finding.help(format!(
        "make store `{name}` in {} and upload the certificate, or name the store that has it",
        environment.title()
    ));
}

/// See the card.
pub(crate) fn store_undefined(model: &Model, out: &mut Findings) {
    let all = missing(model, no_store);
    sample_names(model, out, &all);
    for (name, groups) in all.into_iter().filter(|(name, _)| !SAMPLE.contains(name)) {
        for group in groups {
            let environment = &model.apigee.environments[group.environments[0]];
            let close = near(name, environment.stores.iter().map(|it| it.name.as_str()));
            let reference = environment.reference(name);
            let level = level_of(model, environment, Kind::Stores, close);
            let Some(level) = level.or(reference.map(|_| Level::Warning)) else { continue };
            let finding = tell(model, out, &group, Kind::Stores, name, level);
            match reference {
                Some(reference) => {
                    finding
                        .label(reference.name.at, "a reference of this name")
                        .help(format!("write `ref://{name}`: without `ref://` it is the name of a store"));
                }
                None => advise_store(finding, environment, name, close),
            }
        }
    }
}

/// Names of the vendor's sample: one finding an environment, for they were copied together.
fn sample_names(model: &Model, out: &mut Findings, all: &BTreeMap<&str, Vec<Missing<'_>>>) {
    let mut by_environment: BTreeMap<usize, Vec<StoreUse<'_>>> = BTreeMap::new();
    for (_, groups) in all.iter().filter(|(name, _)| SAMPLE.contains(name)) {
        for group in groups {
            by_environment.entry(group.environments[0]).or_default().extend(&group.uses);
        }
    }
    for (index, mut uses) in by_environment {
        uses.sort_by_key(|it| (it.is_off(), it.at()));
        let environment = &model.apigee.environments[index];
        let first = uses[0];
        let StoreName::Literal(name) = StoreName::of(Some(first.name)) else { continue };
        let listed = environment.has_list(Kind::Stores);
        let unless = if listed { "" } else { "unless somebody made a store of this name, " };
        let finding = out.report(
            format!(
                "{} uses store `{name}`, a name that was copied from the sample of the Maven plugin and never replaced: {unless}{}",
                first.user.title(),
                first.effect()
            ),
            first.at(),
            "a name from the vendor's sample",
        );
        if first.is_off() {
            finding.level(Level::Note);
        } else if !listed {
            finding.level(Level::Warning);
        }
        for it in uses.iter().skip(1).take(words::SHOWN) {
            finding.label(it.at(), format!("{} has it too", it.user.title()));
        }
        finding.help("name the stores of your own certificates, or take the `sSLInfo` out where the backend needs none");
    }
}
