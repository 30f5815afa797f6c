//! What reading a keystore itself brings to light: damage, passwords that do not fit, passwords that everybody knows.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{
        Expects, FileId, Form, Location, Model, Place, Pointer,
        store::{Opened, PasswordFrom, State, Store, StoreKind},
    },
    rules::{folders, words},
};

/// Endings by which people and software know a keystore.
const ENDINGS: &[&str] = &[".p12", ".pfx", ".jks", ".jceks", ".bks", ".bcfks", ".keystore", ".truststore"];

/// Endings of archives, which are no keystores and are not meant to be.
const ARCHIVES: &[&str] = &[".jar", ".zip"];

/// Every keystore of the tree with the lines that name it.
fn stores(model: &Model) -> impl Iterator<Item = (FileId, &Store, Vec<&Pointer>)> {
    let named = named(model);
    model.materials.holdings().filter_map(move |(file, holding)| {
        let pointers = named.get(&file).cloned().unwrap_or_default();
        Some((file, holding.store.as_deref()?, pointers))
    })
}

/// The lines that name each file, one of each place.
fn named(model: &Model) -> BTreeMap<FileId, Vec<&Pointer>> {
    let mut named: BTreeMap<FileId, Vec<&Pointer>> = BTreeMap::new();
    for pointer in model.estate.pointers.iter().filter(|it| it.opened) {
        let Some(file) = pointer.to.file() else { continue };
        let list = named.entry(file).or_default();
        if !list.iter().any(|it| it.at == pointer.at) {
            list.push(pointer);
        }
    }
    named
}

/// A keystore is needed where this line names a file.
fn is_wanted(pointer: &Pointer) -> bool {
    pointer.expects == Expects::Keystore || pointer.within.is_store()
}

/// What follows for those who read the store, where the tree names somebody.
fn effect(pointers: &[&Pointer]) -> String {
    match pointers.iter().find(|it| is_wanted(it)) {
        Some(pointer) => pointer.on_failure().to_owned(),
        None => "whatever reads it gets nothing from it".to_owned(),
    }
}

/// See the card.
pub(super) fn malformed(model: &Model, out: &mut Findings) {
    let named = named(model);
    for (file, holding) in model.materials.holdings() {
        let path = model.path(file);
        let pointers = named.get(&file).map_or(&[][..], Vec::as_slice);
        let wanted = pointers.iter().any(|it| is_wanted(it));
        // Software in Java may take PEM if it is told so: `ref/wrong-kind` speaks of that.
        let of_java = pointers.iter().any(|it| it.within.is_store());
        let lower = path.to_ascii_lowercase();
        let called = ENDINGS.iter().any(|ending| lower.ends_with(ending));
        let (what, help) = match (&holding.store, holding.form) {
            (Some(store), _) => match &store.state {
                State::Broken { what, byte } => (
                    format!("is damaged {}, at byte {byte}: {what}", store.kind),
                    "fetch or export it again, in binary mode, and replace it as a whole",
                ),
                _ if store.base64 && wanted => (
                    format!("is base64 text of {}, which no software reads as it is", store.kind),
                    "decode it: `base64 -d OLD > NEW`",
                ),
                _ => continue,
            },
            // Some uploads take certificate and key in a JAR.
            (None, Form::Binary) if ARCHIVES.iter().any(|ending| lower.ends_with(ending)) => continue,
            (None, Form::Binary | Form::Pkcs12) if called || wanted => (
                "is no keystore of any kind that is known".to_owned(),
                "fetch or export it again, in binary mode, and replace it as a whole",
            ),
            (None, Form::Pem | Form::Utf16Pem) if wanted && !of_java => (
                "is PEM text and no keystore".to_owned(),
                "make one: `openssl pkcs12 -export -in CHAIN.pem -inkey KEY.pem -out NEW`",
            ),
            (None, Form::Empty) if wanted => {
                ("is empty".to_owned(), "fetch or export it again and replace it as a whole")
            }
            _ => continue,
        };
        if pointers.is_empty() && model.is_throwaway(path) {
            continue;
        }
        let short = what.split(':').next().unwrap_or_default().to_owned();
        let finding = out.report(
            format!("the keystore `{path}` {what}: {}", effect(pointers)),
            Location::whole(file),
            short,
        );
        for pointer in pointers.iter().take(words::SHOWN) {
            finding.label(pointer.at, "the file is named here");
        }
        finding.help(help);
    }
}

/// See the card.
pub(super) fn wrong_password(model: &Model, out: &mut Findings) {
    // Where other files of the Central Certificate Store open, a rule about its one password speaks.
    let strays: BTreeSet<FileId> =
        model.stray_pfx().into_iter().flat_map(|it| it.strays).filter_map(|it| it.file).collect();
    let mut shut = Vec::new();
    for (file, store, pointers) in stores(model) {
        let path = model.path(file);
        let (refused, opener) = match &store.state {
            State::Refused(all) => (all, None),
            State::Open(opened) => (&store.refused, Some(opened)),
            _ => continue,
        };
        // A file of passwords holds some for other files too.
        let said = |from: &PasswordFrom| match from {
            PasswordFrom::Tree(at) if at.place != Place::Whole => Some(*at),
            _ => None,
        };
        for at in refused.iter().filter_map(said) {
            let finding = out.report(
                format!(
                    "the password that stands here does not open the keystore `{path}`: {}",
                    effect(&pointers)
                ),
                at,
                "another password",
            );
            finding.label(Location::whole(file), "the keystore, which has another password");
            for pointer in pointers.iter().filter(|it| it.at != at).take(words::SHOWN) {
                finding.label(pointer.at, "the keystore is named here");
            }
            match opener {
                Some(Opened { by: Some(PasswordFrom::Tree(right)), .. }) => {
                    finding
                        .label(*right, "this password opens it")
                        .help("give the same password in both places");
                }
                Some(Opened { by: Some(PasswordFrom::User), .. }) => {
                    finding.help("the password given by `--passwords` opens it: write that one here");
                }
                Some(Opened { well_known: Some(word), .. }) if !word.is_empty() => {
                    finding
                        .help(format!("the store is sealed with `{word}`, as Java's documentation has it"));
                }
                _ => {
                    finding.help("write the password that the store was made with, or make the store again with this one");
                }
            }
        }
        let only_user = refused.iter().all(|from| *from == PasswordFrom::User) && !refused.is_empty();
        // Certificates that lie open were read all the same.
        let lost = store.has_key() || !store.shows_certificates();
        if opener.is_none() && only_user && lost && !strays.contains(&file) && !model.is_throwaway(path) {
            shut.push(file);
        }
    }
    told_to_user(model, shut, out);
}

/// Stores that no password of the user opens, once for a folder of them.
fn told_to_user(model: &Model, mut shut: Vec<FileId>, out: &mut Findings) {
    const HELP: &str = "correct the password in the file of `--passwords` or in `TLSLINT_PASSWORDS`";
    for folder in folders::take_together(model, &mut shut) {
        let message =
            format!("no password that was given opens {}, so their content was not checked", folder.title());
        folder.report(out, message, "has another password").level(Level::Warning).help(HELP);
    }
    for file in shut {
        let path = model.path(file);
        if let Some(State::Refused(refused)) = model.materials.store(file).map(|it| &it.state) {
            let how_many = match refused.len() {
                1 => "the password that was given for it does not open".to_owned(),
                count => format!("none of the {count} passwords that were given for it opens"),
            };
            out.report(
                format!("{how_many} the keystore `{path}`, so its content was not checked"),
                Location::whole(file),
                "has another password",
            )
            .level(Level::Warning)
            .help(HELP);
        }
    }
}

/// See the card.
pub(super) fn default_password(model: &Model, out: &mut Findings) {
    for (file, store, pointers) in stores(model) {
        let path = model.path(file);
        let State::Open(Opened { by: Some(by), well_known: Some(word), keys_locked: false }) = store.state
        else {
            continue;
        };
        let Some(entry) = store.first_key() else { continue };
        if model.is_throwaway(path) {
            continue;
        }
        let with =
            if word.is_empty() { "an empty password".to_owned() } else { format!("the password `{word}`") };
        let finding = out.report(
            format!(
                "the keystore `{path}` holds a private key and is sealed with {with}, which everybody tries first: whoever \
                 gets the file has the key"
            ),
            entry.at,
            "a private key behind a password that everybody knows",
        );
        if let PasswordFrom::Tree(at) = by {
            finding.label(at, "the password stands here");
        }
        for pointer in pointers.iter().take(words::SHOWN) {
            finding.label(pointer.at, "the keystore is named here");
        }
        finding.help(if store.kind == StoreKind::Pkcs12 {
            "give it a long random password: `keytool -storepasswd -keystore FILE`, or export it again with `openssl pkcs12 -export`"
        } else {
            "give store and key a long random password: `keytool -storepasswd -keystore FILE` and `keytool -keypasswd -alias ALIAS -keystore FILE`"
        });
    }
}
