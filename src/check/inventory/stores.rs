//! Keystores as such, opened or not, and the secret keys in them. Their certificates and private keys are listed like
//! those of other files.

use crate::{
    finding::inventory::{Asset, Keystore, Kind},
    model::{
        Form, Holding, Location,
        store::{EntryKind, SealedPart, State, Store},
    },
};

use super::{blank, clerk::Clerk};

/// Every keystore, then every secret key.
pub(super) fn list(clerk: &Clerk<'_>) -> Vec<Asset> {
    let mut stores = Vec::new();
    let mut secrets = Vec::new();
    for (file, holding) in clerk.model().materials.holdings() {
        let Some(keystore) = keystore(holding) else { continue };
        let spot = clerk.spot(Location::whole(file));
        let title = spot.path.rsplit('/').next().unwrap_or_default().to_owned();
        stores.push(Asset { store: Some(keystore), ..blank(Kind::Store, title, vec![spot]) });
        let entries = holding.store.iter().flat_map(|it| &it.entries);
        for entry in entries.filter(|it| it.kind == EntryKind::Secret) {
            let alias = if entry.alias.is_empty() { "(no alias)".to_owned() } else { entry.alias.clone() };
            secrets.push(blank(Kind::Secret, alias, vec![clerk.spot(entry.at)]));
        }
    }
    stores.append(&mut secrets);
    stores
}

fn keystore(holding: &Holding) -> Option<Keystore> {
    if let Some(store) = &holding.store {
        let (state, detail) = state(&store.state);
        return Some(Keystore {
            kind: store.kind.to_string(),
            state,
            detail,
            entries: store.entries.len(),
            seals: seals(store),
        });
    }
    let kind = match holding.form {
        Form::Pkcs12 => "PKCS#12",
        Form::Keystore(name) => name,
        _ => return None,
    };
    Some(Keystore { kind: kind.to_owned(), state: "not read", detail: None, entries: 0, seals: Vec::new() })
}

fn state(state: &State) -> (&'static str, Option<String>) {
    match state {
        State::Open(opened) => {
            let mut said = Vec::new();
            if opened.by.is_none() {
                said.push("it has no password");
            } else if opened.well_known.is_some() {
                said.push("its password is one that everybody knows");
            }
            if opened.keys_locked {
                said.push("its keys have another password, which nobody gave");
            }
            ("open", (!said.is_empty()).then(|| said.join("; ")))
        }
        State::CertificatesOnly => ("certificates only", None),
        State::Locked => ("locked", None),
        State::Refused(_) => ("refused", Some("none of the passwords fits".to_owned())),
        State::Unsupported(why) => ("unsupported", Some(why.clone())),
        State::Broken { what, .. } => ("broken", Some(what.clone())),
    }
}

fn seals(store: &Store) -> Vec<String> {
    let part = |part: SealedPart| match part {
        SealedPart::Integrity => "integrity",
        SealedPart::Certificates => "certificates",
        SealedPart::Keys => "keys",
    };
    let text = |seal: &crate::model::store::Seal| {
        let rounds =
            if seal.iterations == 0 { String::new() } else { format!(", {} rounds", seal.iterations) };
        format!("{}: {}{rounds}", part(seal.part), seal.algorithm)
    };
    store.seals.iter().map(text).collect()
}
