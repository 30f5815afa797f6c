//! The certificate that a virtual host shows: keystore and alias.

use crate::{
    finding::Findings,
    model::{Model, Said, apigee::StoreName},
};

use super::{
    aliases::hosts,
    sides::{SideKind, Switch, host_title, misspells, present, sides},
};

/// See the card.
pub(crate) fn tls_enabled_no_keystore(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let Some(ssl) = &host.ssl else { continue };
        let free = Switch::of(host.free_trial.as_ref());
        let on = Switch::of(ssl.enabled.as_ref()) == Switch::On;
        if !on
            || !free.is_off()
            || present(ssl.key_store.as_ref()).is_some()
            || misspells(&ssl.odd_keys, "keyStore")
        {
            continue;
        }
        let empty = ssl.key_store.as_ref();
        let finding = out.report(
            format!(
                "{} speaks TLS and names no keystore: there is no certificate to show, so the virtual host is refused or \
                 every handshake fails",
                host_title(environment, host)
            ),
            empty.map_or(ssl.at, |it| it.at),
            if empty.is_some() { "empty" } else { "no `KeyStore` in here" },
        );
        if let Some(enabled) = &ssl.enabled {
            finding.label(enabled.at, "TLS is on");
        }
        finding.help("name a keystore by a reference (`ref://name`), and the alias in it");
    }
}

/// See the card.
pub(crate) fn keystore_without_keyalias(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let Some(ssl) = &host.ssl else { continue };
        let Some(store) = present(ssl.key_store.as_ref()) else { continue };
        let absent = present(ssl.key_alias.as_ref()).is_none() && !misspells(&ssl.odd_keys, "keyAlias");
        if !absent || Switch::of(ssl.enabled.as_ref()).is_off() {
            continue;
        }
        let finding = out.report(
            format!(
                "{} names a keystore and no alias in it: which certificate it shows is not said, so the virtual host is \
                 refused or every handshake fails",
                host_title(environment, host)
            ),
            ssl.key_alias.as_ref().map_or(store.at, |it| it.at),
            if ssl.key_alias.is_some() { "empty" } else { "a keystore, and no `KeyAlias` beside it" },
        );
        if ssl.key_alias.is_some() {
            finding.label(store.at, "the keystore");
        }
        finding.help("write `KeyAlias` with the name of the alias, letter by letter as the keystore has it");
    }
}

/// See the card.
pub(crate) fn keyalias_is_ref(model: &Model, out: &mut Findings) {
    for side in sides(model) {
        let Some(alias) = present(side.ssl.key_alias.as_ref()) else { continue };
        let word = alias.trimmed();
        let Some(rest) = word.get(..4).filter(|it| it.eq_ignore_ascii_case("ref:")).map(|_| &word[4..])
        else {
            continue;
        };
        let finding = out.report(
            format!(
                "{} names its alias as a reference: references stand for stores alone, so an alias of the name `{word}` is \
                 looked for, and none has it",
                side.title
            ),
            alias.at,
            "not a reference but a name",
        );
        if let Some(store) = present(side.ssl.key_store.as_ref()) {
            finding.label(store.at, "the store that it is looked for in");
        }
        let name = rest.trim_start_matches('/');
        match store_alias(model, side.ssl.key_store.as_ref(), &side.kind) {
            Some(only) => finding.help(format!("write `{only}`, the one alias of that store")),
            None if name.is_empty() => finding.help("write the name of the alias"),
            None => finding.help(format!("write the name of the alias, which may be `{name}`")),
        };
    }
}

/// The only alias of a store.
fn store_alias<'m>(model: &'m Model, store: Option<&Said>, kind: &SideKind<'_>) -> Option<&'m str> {
    let said =
        store.filter(|it| !matches!(StoreName::of(Some(it)), StoreName::Absent | StoreName::Opaque))?;
    let scope = match kind {
        SideKind::Host(it) => &it.scope,
        SideKind::Server(it) => &it.scope,
        SideKind::Connection(_) => return None,
    };
    let environment = model.apigee.environments.iter().find(|it| it.scope == **scope)?;
    let name = match StoreName::of(Some(said)) {
        StoreName::Reference(name) => environment.reference(name)?.refers.trimmed().to_owned(),
        StoreName::Literal(name) => name.to_owned(),
        _ => return None,
    };
    match environment.store(&name)?.aliases.as_slice() {
        [only] => Some(&only.name),
        _ => None,
    }
}
