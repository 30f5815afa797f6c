//! Stores of Apigee environments, which virtual hosts, target servers and proxies use by the names of aliases.

use std::collections::BTreeMap;

use crate::{
    finding::{Finding, Findings, Level},
    model::{
        Location, Model,
        apigee::{Alias, Environment, Kind, Near, Store, StoreUse, near},
    },
    rules::words,
};

/// An alias that some use names, with the store that it should be in.
struct Named<'m> {
    environment: &'m Environment,
    store: &'m Store,
    alias: &'m str,
    uses: Vec<(StoreUse<'m>, Location)>,
}

impl<'m> Named<'m> {
    fn first(&self) -> &(StoreUse<'m>, Location) {
        self.uses.iter().find(|(it, _)| !it.is_off()).unwrap_or(&self.uses[0])
    }

    fn is_off(&self) -> bool {
        self.uses.iter().all(|(it, _)| it.is_off())
    }

    /// Labels the way from the use to the store, and the other uses.
    fn label_way(&self, finding: &mut Finding) {
        let (used, _) = self.first();
        finding.labels_from(self.environment.way(used.name));
        for (it, at) in self.uses.iter().take(words::SHOWN) {
            finding.label(*at, format!("{} names it too", it.user.title()));
        }
    }
}

/// Every alias that is named for a store which the tree has, once an environment.
fn named(model: &Model) -> Vec<Named<'_>> {
    let mut all = Vec::new();
    for (index, environment) in model.apigee.environments.iter().enumerate() {
        let mut by_name: BTreeMap<(&str, &str), Named<'_>> = BTreeMap::new();
        for it in model.apigee.store_uses(index) {
            let (Some(said), Some(store)) = (it.alias(), environment.look_up(Some(it.name)).store()) else {
                continue;
            };
            // A reference in the place of an alias is another mistake.
            if said.is_placeholder() || said.trimmed().to_ascii_lowercase().starts_with("ref:") {
                continue;
            }
            let alias = said.trimmed();
            let entry = by_name.entry((&store.name, alias));
            entry.or_insert(Named { environment, store, alias, uses: Vec::new() }).uses.push((it, said.at));
        }
        all.extend(by_name.into_values());
    }
    all
}

pub(super) fn alias_missing(model: &Model, out: &mut Findings) {
    for it in named(model) {
        let Named { environment, store, alias, .. } = it;
        // Details whose store nobody knows may be of this one.
        let stray = environment.stray_details.iter().filter_map(|it| it.alias.as_ref());
        if store.alias(alias).is_some() || stray.into_iter().any(|it| it.trimmed() == alias) {
            continue;
        }
        let close = near(alias, store.aliases.iter().map(|it| it.name.as_str()));
        let mut level =
            if store.complete || (environment.has_list(Kind::Aliases) && !store.aliases.is_empty()) {
                Level::Error
            } else if matches!(close, Some(Near::Case(_))) {
                Level::Warning
            } else {
                continue;
            };
        let excuse = match model.apigee.token_in(environment, alias) {
            Some(token) => {
                level = Level::Note;
                format!(", unless the build puts something else for `{token}`")
            }
            None => String::new(),
        };
        if it.is_off() {
            level = Level::Note;
        }
        let (used, at) = it.first();
        let finding = out.report(
            format!(
                "{} shows alias `{alias}`, which store `{}` does not have: {}{excuse}",
                used.user.title(),
                store.name,
                used.effect()
            ),
            *at,
            format!("no alias `{alias}`"),
        );
        finding.level(level);
        it.label_way(finding);
        advise(finding, environment, store, alias, close);
    }
}

/// Shows what was probably meant: an alias of nearly that name, or the store that the reference was moved away from.
fn advise(
    finding: &mut Finding,
    environment: &Environment,
    store: &Store,
    alias: &str,
    close: Option<Near<'_>>,
) {
    let moved = environment.stores.iter().find(|it| it.name != store.name && it.alias(alias).is_some());
    if let Some(found) = close.and_then(|it| store.alias(it.name())) {
        let case = if matches!(close, Some(Near::Case(_))) { ", and case counts" } else { "" };
        finding
            .label(found.at, "an alias of nearly this name")
            .help(format!("write `{}` if that is meant{case}", found.name));
    } else if let Some((other, found)) = moved.and_then(|it| Some((it, it.alias(alias)?))) {
        finding.label(found.at, format!("store `{}` has it", other.name)).help(format!(
            "give the certificate in store `{}` the alias `{alias}`: when a reference moves, the alias keeps its name",
            store.name
        ));
    } else if let [only] = store.aliases.as_slice() {
        finding.label(only.at, "the only alias of the store").help(format!(
            "write `{}` if that is meant, or upload the certificate with its key as `{alias}`",
            only.name
        ));
    } else {
        finding.help(format!(
            "upload the certificate with its key to store `{}` as `{alias}`, or correct the name",
            store.name
        ));
    }
}

pub(super) fn alias_without_key(model: &Model, out: &mut Findings) {
    for it in named(model) {
        let Some(alias) = it.store.alias(it.alias).filter(|alias| alias.has_key == Some(false)) else {
            continue;
        };
        let (used, named_at) = it.first();
        let definition = alias.definitions.iter().find_map(|at| it.environment.definitions.get(*at));
        let said = definition.and_then(|it| it.certificate.as_ref()).filter(|it| !it.is_blank());
        let (at, label) = match said {
            Some(said) => (said.at, "a certificate without `keyFilePath`"),
            None => (*named_at, "needs a private key"),
        };
        let finding = out.report(
            format!(
                "alias `{}` of store `{}` has no private key, and {} shows it: {}",
                it.alias,
                it.store.name,
                used.user.title(),
                used.effect()
            ),
            at,
            label,
        );
        if it.is_off() {
            finding.level(Level::Note);
        }
        finding.label(*named_at, format!("{} shows this alias", used.user.title()));
        it.label_way(finding);
        finding.label(alias.at, "certificate only");
        let other = with_key(it.store);
        finding.help(match (said, other) {
            (Some(_), _) => {
                "add `keyFilePath` with the key of the certificate, delete the alias and upload it again"
                    .to_owned()
            }
            (None, Some(other)) => format!(
                "name alias `{}`, which has a key, or upload this certificate again with its key",
                other.name
            ),
            (None, None) => {
                "upload the certificate again with its key; Apigee cannot add a key to an alias".to_owned()
            }
        });
    }
}

fn with_key(store: &Store) -> Option<&Alias> {
    store.aliases.iter().find(|it| it.has_key == Some(true))
}
