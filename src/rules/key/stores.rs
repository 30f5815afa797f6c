//! Keys inside keystores: those that nobody could open, and those that are sealed badly.

use crate::{
    finding::Findings,
    model::{
        Location, Model,
        store::{Opened, SealedPart, State, StoreKind},
    },
    rules::words,
};

/// One note a store that was not opened: what was not checked, and why.
pub(super) fn locked(model: &Model, out: &mut Findings) {
    for (file, holding) in model.materials.holdings() {
        let Some(store) = holding.store.as_deref() else { continue };
        let path = model.path(file);
        let pointers: Vec<Location> =
            model.estate.pointers.iter().filter(|it| it.to.file() == Some(file)).map(|it| it.at).collect();
        if pointers.is_empty() && model.is_throwaway(path) {
            continue;
        }
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
            _ => continue,
        };
        let finding = out.report(message, at, label);
        for pointer in pointers.iter().take(words::SHOWN) {
            finding.label(*pointer, "the keystore is named here");
        }
        if can_be_given {
            finding.help(
                "give the password with `--passwords FILE` or in `TLSLINT_PASSWORDS` to have it checked",
            );
        } else {
            finding.help("check it with the software that it is for");
        }
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
        if model.is_throwaway(path) {
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
