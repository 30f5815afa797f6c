//! Truststores of Apigee environments.

use std::collections::BTreeMap;

use crate::{
    finding::Findings,
    model::{
        Model,
        apigee::{Alias, AliasDefinition, Environment, Store, StoreRole, StoreUse},
    },
    rules::words,
};

/// The aliases of a store that have a key. One that `apigee/selfsigned-with-file` speaks of has a key that nobody
/// wanted.
fn with_key<'m>(environment: &'m Environment, store: &'m Store) -> Vec<&'m Alias> {
    let made = |it: &Alias| {
        let mut definitions = it.definitions.iter().filter_map(|at| environment.definitions.get(*at));
        definitions.any(AliasDefinition::is_selfsigned_with_file)
    };
    store.aliases.iter().filter(|it| it.has_key == Some(true) && !made(it)).collect()
}

pub(super) fn private_key(model: &Model, out: &mut Findings) {
    for (index, environment) in model.apigee.environments.iter().enumerate() {
        let all = model.apigee.store_uses(index);
        let mut by_store: BTreeMap<&str, (&Store, Vec<&StoreUse<'_>>)> = BTreeMap::new();
        for it in &all {
            if let Some(store) = environment.look_up(Some(it.name)).store() {
                by_store.entry(&store.name).or_insert((store, Vec::new())).1.push(it);
            }
        }
        for (name, (store, users)) in by_store {
            let keys = with_key(environment, store);
            // A store that is a keystore too needs its key: `apigee/same-store-both-roles` speaks of it.
            let both = users.iter().any(|it| it.role == StoreRole::Key && !it.is_off());
            let trusting: Vec<_> =
                users.iter().filter(|it| it.role == StoreRole::Trust && !it.is_off()).collect();
            let (Some(first), Some(used), false) = (keys.first(), trusting.first(), both) else { continue };
            let finding = out.report(
                format!(
                    "alias `{}` of store `{name}` has a private key, and {} uses the store as truststore, where only certificates belong: whoever gave you the key can no longer prove to be its only owner",
                    first.name,
                    used.user.title()
                ),
                first.at,
                "has a private key",
            );
            for it in keys.iter().skip(1).take(words::SHOWN) {
                finding.label(it.at, "has one too");
            }
            for it in trusting.iter().take(words::SHOWN) {
                finding.label(it.at(), format!("`TrustStore` of {}", it.user.title()));
            }
            finding.labels_from(environment.way(used.name));
            finding.help("upload the certificate alone and delete the alias with the key; where the key is a partner's, tell them to replace it");
        }
    }
}
