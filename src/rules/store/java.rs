//! Keystores that software in Java opens: whether the alias is there that it asks for, whether Java sees anything.

use crate::{
    finding::{Finding, Findings},
    model::{
        FileId, Location, Model, Pointer, PointerId,
        java::Placed,
        store::{Entry, EntryKind, Store, StoreKind},
    },
    rules::words,
};

/// The store that a line names, where all its entries show themselves.
fn store_of(model: &Model, pointer: Option<PointerId>) -> Option<(FileId, &Store, &Pointer)> {
    let pointer = model.estate.pointer(pointer?);
    let file = pointer.to.file().filter(|_| pointer.within.is_store() && pointer.opened)?;
    let store = model.materials.store(file)?;
    store.shows_certificates().then_some((file, store, pointer))
}

/// Every user of a keystore that asks for an alias, with the store where it can be read.
fn asking(model: &Model) -> impl Iterator<Item = (&Placed, &str, Location, FileId, &Store, &Pointer)> {
    model.java.users.iter().filter_map(|placed| {
        let alias = placed.alias()?;
        let (file, store, pointer) = store_of(model, placed.key_store)?;
        Some((placed, alias.trimmed(), alias.at, file, store, pointer))
    })
}

/// Case does not count in what Java calls entries.
fn is_called(entry: &Entry, alias: &str) -> bool {
    entry.alias.to_lowercase() == alias.to_lowercase()
}

fn label_pointer(finding: &mut Finding, pointer: &Pointer) {
    finding.label(pointer.at, "the keystore");
}

pub(super) fn alias_missing(model: &Model, out: &mut Findings) {
    for (placed, alias, at, file, store, pointer) in asking(model) {
        if store.entries.iter().any(|it| is_called(it, alias)) {
            continue;
        }
        let finding = out.report(
            format!(
                "{} shows alias `{alias}`, which keystore `{}` does not have: {}",
                placed.user.title,
                model.path(file),
                pointer.software.on_failure()
            ),
            at,
            format!("no alias `{alias}`"),
        );
        label_pointer(finding, pointer);
        let keys: Vec<&Entry> = store.entries.iter().filter(|it| it.kind == EntryKind::PrivateKey).collect();
        for entry in keys.iter().take(words::SHOWN) {
            finding.label(entry.at, "an entry with a key");
        }
        match keys.as_slice() {
            [] => finding.help(
                "put the key with its certificate into the store under this alias, or correct the path",
            ),
            [only] => finding.help(format!("write `{}` if that is meant", only.alias)),
            _ => finding.help("name the alias of one of the entries with a key"),
        };
    }
}

pub(super) fn alias_without_key(model: &Model, out: &mut Findings) {
    for (placed, alias, at, file, store, pointer) in asking(model) {
        let mut called = store.entries.iter().filter(|it| is_called(it, alias));
        let Some(entry) = called.next().filter(|it| it.kind != EntryKind::PrivateKey) else { continue };
        if called.any(|it| it.kind == EntryKind::PrivateKey) {
            continue;
        }
        let finding = out.report(
            format!(
                "alias `{alias}` of keystore `{}` is a {} without a private key, and {} shows it: {}",
                model.path(file),
                entry.kind.noun(),
                placed.user.title,
                pointer.software.on_failure()
            ),
            at,
            "needs a private key",
        );
        finding.label(entry.at, format!("a {}", entry.kind.noun()));
        label_pointer(finding, pointer);
        finding.help("import the key with its chain under this alias, or name an alias that has a key");
    }
    keyless(model, out);
}

/// Keystores that are opened for a key and hold none, where no alias is asked for.
fn keyless(model: &Model, out: &mut Findings) {
    for placed in model.java.users.iter().filter(|it| it.user.alias.is_none()) {
        let Some((file, store, pointer)) = store_of(model, placed.key_store) else { continue };
        if store.entries.iter().any(|it| matches!(it.kind, EntryKind::PrivateKey | EntryKind::Secret)) {
            continue;
        }
        let what = if store.entries.is_empty() { "is empty" } else { "holds certificates alone" };
        let finding = out.report(
            format!(
                "keystore `{}` of {} {what}, so there is no private key to show anybody: {}",
                model.path(file),
                placed.user.title,
                pointer.software.on_failure()
            ),
            pointer.at,
            "needs a private key",
        );
        for entry in store.entries.iter().take(words::SHOWN) {
            finding.label(entry.at, format!("a {}", entry.kind.noun()));
        }
        finding.help("name the keystore that the key was made in, or import the key with its chain");
    }
}

pub(super) fn empty_to_java(model: &Model, out: &mut Findings) {
    let mut told = std::collections::BTreeSet::new();
    for placed in &model.java.users {
        let Some((file, store, pointer)) = store_of(model, placed.trust_store) else { continue };
        let trusted = |it: &Entry| matches!(it.kind, EntryKind::TrustedCertificate | EntryKind::PrivateKey);
        let unseen: Vec<&Entry> =
            store.entries.iter().filter(|it| it.kind == EntryKind::Certificate).collect();
        if store.kind != StoreKind::Pkcs12 || unseen.is_empty() || store.entries.iter().any(trusted) {
            continue;
        }
        // Several programs may open one store: one cause, and each line that names it is a label.
        if !told.insert(file) {
            continue;
        }
        let count = unseen.len();
        let certificates =
            if count == 1 { "the certificate".to_owned() } else { format!("the {count} certificates") };
        let finding = out.report(
            format!(
                "Java sees nothing in truststore `{}` of {}: {certificates} lack the mark that Java asks for, so it trusts nobody and every handshake fails",
                model.path(file),
                placed.user.title,
            )
            .replace("the certificate lack ", "the certificate lacks "),
            pointer.at,
            "Java opens this as a truststore",
        );
        for entry in unseen.iter().take(words::SHOWN) {
            finding.label(entry.at, "Java does not list it");
        }
        for other in model.java.users.iter().filter_map(|it| it.trust_store) {
            let other = model.estate.pointer(other);
            if other.to.file() == Some(file) && other.at != pointer.at {
                finding.label(other.at, "named here too");
            }
        }
        finding.help("OpenSSL writes PKCS#12 without that mark: make the store with `keytool -importcert -trustcacerts -noprompt -alias NAME -file CA.pem -keystore NEW.p12 -storetype PKCS12`, once for each authority, or with `openssl pkcs12 -export -nokeys -jdktrust anyExtendedKeyUsage` of OpenSSL 3.2");
    }
}
