//! Private keys: whether they fit, how they are kept.

mod stores;

use std::collections::BTreeMap;

use crate::{
    finding::{Finding, Findings, Fix, Level},
    model::{
        CertId, EndpointId, FileId, Identity, ItemKind, KeyState, Location, Model, Pairing, Pointer,
        PointerId, Within,
        store::{EntryKind, Opened, PasswordFrom, State},
        tree::file_name,
        x509::KeyKind,
    },
    rules::{mending, words},
};

/// By the lines of certificate and key: what the two are, and the endpoints that share the lines.
type Pairs<'m> = BTreeMap<(Location, Option<Location>), (&'m Identity, Vec<EndpointId>)>;

/// Identities of a certificate and key, once for all endpoints that share the two lines.
fn pairs(model: &Model) -> Pairs<'_> {
    let at = |pointer: PointerId| model.estate.pointer(pointer).at;
    let mut pairs = Pairs::new();
    for identity in &model.estate.identities {
        let place = (at(identity.certificate), identity.key.map(at));
        pairs.entry(place).or_insert((identity, Vec::new())).1.push(identity.endpoint);
    }
    pairs
}

/// See the card.
pub(crate) fn mismatch(model: &Model, out: &mut Findings) {
    let mut all = pairs(model);
    let repeated = named_again(model, &mut all);
    for ((certificate, line), (identity, endpoints)) in all {
        let (Pairing::OtherKey(key), Some((leaf, place))) = (&identity.pairing, identity.sent.first()) else {
            continue;
        };
        let pointer = model.estate.pointer(identity.certificate);
        let finding = out.report(
            format!(
                "the private key does not belong to the certificate {} of {}: {}",
                words::title(model, *leaf),
                words::endpoints(model, endpoints.iter().copied()),
                pointer.software.on_other_key()
            ),
            line.unwrap_or(certificate),
            "this key is of another certificate",
        );
        finding
            .label(*key, "the key")
            .label(certificate, "is used with this certificate")
            .label(*place, "the certificate, whose public key is another one");
        for at in repeated.get(&(*leaf, *key)).into_iter().flatten().take(words::SHOWN) {
            finding.label(*at, "named here too");
        }
        words::label_ways(finding, model, endpoints.iter().map(|it| (*it, identity.certificate)));
        advise(model, finding, *leaf, identity.key);
    }
}

/// The lines of certificate and key.
type Lines = (Location, Option<Location>);

/// Every command of a Meeting Server names key and certificate by itself: of those that name one wrong pair the first is
/// kept, with the endpoints of all. Gives the lines of the others.
fn named_again(model: &Model, pairs: &mut Pairs<'_>) -> BTreeMap<(CertId, Location), Vec<Location>> {
    let mut first: BTreeMap<(CertId, Location), Lines> = BTreeMap::new();
    let mut again: BTreeMap<(CertId, Location), Vec<Location>> = BTreeMap::new();
    let mut moved: Vec<(Lines, Vec<EndpointId>)> = Vec::new();
    pairs.retain(|line, (identity, endpoints)| {
        let (Pairing::OtherKey(key), Some((leaf, _))) = (&identity.pairing, identity.sent.first()) else {
            return true;
        };
        if !model.estate.pointer(identity.certificate).software.is_meeting_server() {
            return true;
        }
        let known = *first.entry((*leaf, *key)).or_insert(*line);
        if known != *line {
            again.entry((*leaf, *key)).or_default().push(line.1.unwrap_or(line.0));
            moved.push((known, std::mem::take(endpoints)));
        }
        known == *line
    });
    for (line, endpoints) in moved {
        if let Some((_, all)) = pairs.get_mut(&line) {
            all.extend(endpoints);
        }
    }
    again
}

/// Shows the key that belongs to a certificate where the tree has it, and says what to do.
fn advise(model: &Model, finding: &mut Finding, leaf: CertId, key: Option<PointerId>) {
    let named = key.map(|it| model.estate.pointer(it));
    if let Some(value) = named.filter(|it| matches!(it.within, Within::Value(_))) {
        match model.materials.keys_like(model.cert(leaf).public_key.id).next() {
            Some(fitting) => finding.label(fitting, "the key of this certificate stands here").help(format!(
                "put the key from `{}` into `{}`",
                model.path(fitting.file),
                value.setting
            )),
            None => finding.help(format!(
                "put the key that this certificate was requested with into `{}`, or have a certificate issued for this key",
                value.setting
            )),
        };
        return;
    }
    finding.fix = named.and_then(|it| right_key(model, it, leaf));
    match model.materials.keys_like(model.cert(leaf).public_key.id).next() {
        Some(fitting) => finding.label(fitting, "the key of this certificate stands here").help(format!("name `{}`, the key of this certificate", model.path(fitting.file))),
        None => finding.help("name the key that this certificate was requested with, or have a certificate issued for this key"),
    };
}

/// The name of the only key that fits, where it lies beside the wrong one.
fn right_key(model: &Model, named: &Pointer, leaf: CertId) -> Option<Fix> {
    let mut fitting = model.materials.keys_like(model.cert(leaf).public_key.id).map(|at| at.file);
    let right = fitting.next()?;
    // A file with a certificate too may be there for another server, and what was copied may go again.
    if fitting.next().is_some() || !model.materials.in_file(right).is_empty() {
        return None;
    }
    let change = mending::other_name(model, named, model.path(named.to.file()?), right)?;
    let what = format!("name `{}`", file_name(model.path(right)));
    Some(Fix::unsafe_to_trust(what, vec![change]))
}

/// The type of the key at a place, where it is known.
fn kind_of(model: &Model, key: Location) -> Option<&KeyKind> {
    let item = model.materials.keys_in(key.file).find(|item| item.at == key)?;
    match model.materials.key_state(item) {
        KeyState::Known(public) => Some(&public.kind),
        KeyState::Locked | KeyState::Opaque => None,
    }
}

/// "an RSA key", "a DSA key"; an elliptic curve is named by itself.
fn a_key(kind: &KeyKind) -> String {
    match kind {
        KeyKind::Dsa => format!("a {kind} key"),
        KeyKind::Other(_) => {
            format!("a key of the type {}", kind.to_string().trim_start_matches("key type "))
        }
        _ => format!("an {kind} key"),
    }
}

/// See the card.
pub(crate) fn type_mismatch(model: &Model, out: &mut Findings) {
    for ((certificate, line), (identity, endpoints)) in pairs(model) {
        let (Pairing::OtherType(key), Some((leaf, place))) = (&identity.pairing, identity.sent.first())
        else {
            continue;
        };
        let Some(kind) = kind_of(model, *key) else { continue };
        let (its, other) = (a_key(&model.cert(*leaf).public_key.kind), a_key(kind));
        // Another pair of the same endpoints may still work.
        let rescued = |endpoint: &EndpointId| {
            model.estate.identities_of(*endpoint).iter().any(|it| it.pairing == Pairing::Match)
        };
        let software = model.estate.pointer(identity.certificate).software;
        let half_works = endpoints.iter().all(rescued);
        let effect = if half_works {
            format!("{} never shows this certificate, and clients that need its type fail", software.name())
        } else {
            software.on_other_key_type().to_owned()
        };
        let finding = out.report(
            format!(
                "the certificate {} of {} is for {its} and is used with {other}: {effect}",
                words::title(model, *leaf),
                words::endpoints(model, endpoints.iter().copied()),
            ),
            line.unwrap_or(certificate),
            format!("names {other}"),
        );
        if half_works {
            finding.level(Level::Warning);
        }
        finding
            .label(*key, other)
            .label(certificate, "is used with this certificate")
            .label(*place, format!("the certificate, for {its}"));
        words::label_ways(finding, model, endpoints.iter().map(|it| (*it, identity.certificate)));
        advise(model, finding, *leaf, identity.key);
    }
}

/// See the card.
pub(crate) fn locked(model: &Model, out: &mut Findings) {
    let mut by_key: BTreeMap<(Location, Location, bool), Vec<EndpointId>> = BTreeMap::new();
    for ((certificate, line), (identity, endpoints)) in pairs(model) {
        let Pairing::Locked(key) = &identity.pairing else { continue };
        let Some(item) = model.materials.keys_in(key.file).find(|item| item.at == *key) else { continue };
        // Where no password is named, or the file with passwords is there and none fits, the software has the same
        // trouble and other rules say so.
        let mut offers = model.estate.offers_of(identity.endpoint).iter();
        let passwords =
            offers.find(|it| it.certificates.contains(&identity.certificate)).map(|it| &it.passwords);
        let seen = |pointer: &PointerId| {
            let file = model.estate.pointer(*pointer).to.file();
            file.is_some_and(|file| model.password_files.contains_key(&file))
        };
        if passwords.is_some_and(|it| !it.is_empty() && !it.iter().any(seen)) {
            let tried = model.materials.refusal(item).is_some();
            by_key.entry((line.unwrap_or(certificate), *key, tried)).or_default().extend(endpoints);
        }
    }
    for ((line, key, tried), endpoints) in by_key {
        let why =
            if tried { "no password that was given opens it" } else { "its password is not known here" };
        out.report(
            format!(
                "the private key of {} is encrypted and {why}, so it was not checked whether it belongs to the certificate",
                words::endpoints(model, endpoints)
            ),
            line,
            "this key was not checked",
        )
        .label(key, "encrypted")
        .help("give the password with `--passwords FILE` or in `TLSLINT_PASSWORDS` to have the key checked");
    }
    stores::locked(model, out);
}

/// See the card.
pub(crate) fn weak_protection(model: &Model, out: &mut Findings) {
    stores::weak_protection(model, out);
    for (file, holding) in model.materials.holdings().filter(|(_, it)| it.store.is_none()) {
        for item in &holding.items {
            let ItemKind::LockedKey(locked) = &item.kind else { continue };
            if locked.weak && !model.is_throwaway(model.path(file)) {
                out.report(
                    format!("the private key in `{}` is encrypted with {}, which is weak: whoever gets the file finds a short password by trying", model.path(file), locked.scheme),
                    item.at,
                    "weakly encrypted",
                )
                .help("encrypt it again with PBES2: `openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 -in OLD -out NEW`");
            }
        }
    }
}

/// Files with a private key that lies open.
fn open_keys(model: &Model) -> impl Iterator<Item = (FileId, Location)> {
    let holdings = model.materials.holdings();
    // What a store seals lies open to those who know its password, and to nobody else.
    let readable = holdings.filter(|(_, it)| it.store.as_ref().is_none_or(|store| !store.is_sealed()));
    readable.filter_map(|(file, holding)| {
        let open = holding
            .items
            .iter()
            .find(|it| matches!(it.kind, ItemKind::PrivateKey(_) | ItemKind::OpaqueKey { .. }))?;
        Some((file, open.at))
    })
}

/// See the card.
pub(crate) fn exposed(model: &Model, out: &mut Findings) {
    sealed_in_vain(model, out);
    for (file, at) in open_keys(model) {
        let node = model.paths.node(file);
        if node.tracked && !model.is_throwaway(&node.path) {
            out.report(
                format!("the private key in `{}` is not encrypted and Git does not ignore it: whoever can read the repository, now or later, can pose as the key's owner", node.path),
                at,
                "an unencrypted private key",
            )
            .help("replace the key and its certificate, keep the new one in a secret store, and take this file out of the repository and its history");
        }
    }
}

/// Keystores with a private key whose password the repository holds as well: the seal keeps nobody out.
fn sealed_in_vain(model: &Model, out: &mut Findings) {
    for (file, holding) in model.materials.holdings() {
        let node = model.paths.node(file);
        let Some(store) = holding.store.as_deref().filter(|it| it.has_key()) else { continue };
        let State::Open(Opened { by: Some(PasswordFrom::Tree(password)), well_known: None, .. }) =
            store.state
        else {
            continue;
        };
        let told = model.paths.node(password.file);
        if !node.tracked || !told.tracked || model.is_throwaway(&node.path) {
            continue;
        }
        let Some(entry) = store.entries.iter().find(|it| it.kind == EntryKind::PrivateKey) else { continue };
        out.report(
            format!("the keystore `{}` holds a private key, and Git keeps its password too, in `{}`: whoever can read the repository, now or later, can pose as the key's owner", node.path, told.path),
            entry.at,
            "a private key",
        )
        .label(password, "its password")
        .help("replace the key and its certificate, keep the new store or its password in a secret store, and take it out of the repository and its history");
    }
}

/// See the card.
pub(crate) fn world_readable(model: &Model, out: &mut Findings) {
    for (file, at) in open_keys(model) {
        let node = model.paths.node(file);
        let Some(mode) = node.mode.filter(|mode| mode & 0o004 != 0) else { continue };
        if !model.is_throwaway(&node.path) {
            out.report(
                format!(
                    "every user of the machine may read the private key in `{}` (mode {:04o})",
                    node.path,
                    mode & 0o7777
                ),
                at,
                "an unencrypted private key",
            )
            .help(format!("`chmod o-rwx {}`; 0600 is enough where the software starts as root", node.path));
        }
    }
}
