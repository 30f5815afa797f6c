//! Keys inside keystores: those that nobody could open, and those that are sealed badly.

use std::collections::BTreeMap;

use crate::{
    finding::Findings,
    model::{
        FileId, Location, Model,
        store::{Opened, SealedPart, State, Store, StoreKind},
        tree::parent,
    },
    rules::{folders, iis, words},
};

/// One note a store that was not opened, or a folder of them: what was not checked, and why.
pub(super) fn locked(model: &Model, out: &mut Findings) {
    let mut named: BTreeMap<FileId, Vec<Location>> = BTreeMap::new();
    for pointer in &model.estate.pointers {
        if let Some(file) = pointer.to.file() {
            named.entry(file).or_default().push(pointer.at);
        }
    }
    let mut whole = Vec::new();
    let mut keys = Vec::new();
    let mut others = Vec::new();
    for (file, holding) in model.materials.holdings() {
        let Some(store) = holding.store.as_deref() else { continue };
        if !named.contains_key(&file) && model.is_throwaway(model.path(file)) {
            continue;
        }
        match &store.state {
            State::Locked => whole.push(file),
            State::CertificatesOnly | State::Open(Opened { keys_locked: true, .. })
                if store.first_key().is_some() =>
            {
                keys.push(file);
            }
            State::Unsupported(_) => others.push(file),
            _ => {}
        }
    }
    for folder in folders::take_together(model, &mut whole) {
        let message = format!(
            "{} are encrypted and their password is not known here, so neither their certificates nor their keys were checked",
            folder.title()
        );
        folder.report(out, message, "encrypted").help(folders::ask_for_password(model, folder.path));
    }
    for folder in folders::take_together(model, &mut keys) {
        let message = format!(
            "the private keys of {} are encrypted and their passwords are not known here, so it was not checked whether they \
             belong to the certificates",
            folder.title()
        );
        folder
            .report(out, message, "its key was not checked")
            .help(folders::ask_for_password(model, folder.path));
    }
    for file in whole.into_iter().chain(keys).chain(others) {
        let Some(store) = model.materials.store(file) else { continue };
        one_locked(model, file, store, named.get(&file).map_or(&[][..], Vec::as_slice), out);
    }
}

fn one_locked(model: &Model, file: FileId, store: &Store, pointers: &[Location], out: &mut Findings) {
    let path = model.path(file);
    let key = store.first_key();
    let (message, at, label, can_be_given) = match &store.state {
        State::Locked => (
            format!(
                "the keystore `{path}` is encrypted and its password is not known here, so neither its certificates nor its keys were checked"
            ),
            Location::whole(file),
            "encrypted",
            true,
        ),
        State::CertificatesOnly if let Some(key) = key => (
            format!(
                "the private key in the keystore `{path}` is encrypted and its password is not known here, so it was not checked whether it belongs to the certificate"
            ),
            key.at,
            "this key was not checked",
            true,
        ),
        State::Open(Opened { keys_locked: true, .. }) if let Some(key) = key => (
            format!(
                "the keystore `{path}` opens and its private key has a password of its own, which is not known here, so it was not checked whether it belongs to the certificate"
            ),
            key.at,
            "this key was not checked",
            true,
        ),
        State::Unsupported(why) => (
            format!("the keystore `{path}` was not opened: it {why}"),
            Location::whole(file),
            "nothing in it was checked",
            false,
        ),
        _ => return,
    };
    let finding = out.report(message, at, label);
    for pointer in pointers.iter().take(words::SHOWN) {
        finding.label(*pointer, "the keystore is named here");
    }
    if can_be_given {
        finding.help(folders::ask_for_password(model, parent(path)));
    } else {
        finding.help("check it with the software that it is for");
    }
}

/// One finding a store whose keys are sealed with something that gives way.
pub(super) fn weak_protection(model: &Model, out: &mut Findings) {
    for (file, holding) in model.materials.holdings() {
        let Some(store) = holding.store.as_deref() else { continue };
        let path = model.path(file);
        // A password that everybody knows makes the algorithm a side matter, and is told by itself.
        let open_to_all =
            matches!(store.state, State::Open(Opened { well_known: Some(_), keys_locked: false, .. }));
        let weak = store.seals.iter().find(|seal| seal.part == SealedPart::Keys && seal.weak);
        let (Some(seal), Some(key)) = (weak.filter(|_| !open_to_all), store.first_key()) else { continue };
        // A node that reads nothing better needs it: what it would not read is told instead.
        if model.is_throwaway(path) || iis::needs_old_seals(model, path) {
            continue;
        }
        let rounds = match seal.iterations {
            0 => String::new(),
            rounds => format!(" ({rounds} rounds)"),
        };
        out.report(
            format!(
                "the private key in the keystore `{path}` is encrypted with {}{rounds}, which is weak: whoever gets the file finds \
                 a short password by trying",
                seal.algorithm
            ),
            key.at,
            "weakly encrypted",
        )
        .help(match store.kind {
            StoreKind::Pkcs12 => "export it again with OpenSSL 3 or a JDK of 17 or later, which use AES-256: `openssl pkcs12 -in OLD -legacy -noenc | openssl pkcs12 -export -out NEW`",
            _ => "convert it to PKCS#12: `keytool -importkeystore -srckeystore OLD -destkeystore NEW -deststoretype PKCS12`",
        });
    }
}
