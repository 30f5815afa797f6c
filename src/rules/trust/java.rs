//! Truststores that software in Java opens.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::Findings,
    model::{
        FileId, Location, Model, Within,
        java::Placed,
        store::{Entry, EntryKind, Store},
    },
    rules::words,
};

/// A truststore with those who open it.
struct Opened<'m> {
    store: &'m Store,
    users: Vec<&'m Placed>,
    lines: BTreeSet<Location>,
}

/// Truststores by their files, those left out that are a keystore as well.
fn opened(model: &Model) -> BTreeMap<FileId, Opened<'_>> {
    let mut found: BTreeMap<FileId, Opened<'_>> = BTreeMap::new();
    for placed in &model.java.users {
        let Some(pointer) = placed.trust_store.map(|it| model.estate.pointer(it)) else { continue };
        let file = pointer.to.file().filter(|_| pointer.within == Within::Trusted && pointer.opened);
        let Some((file, store)) = file.and_then(|file| Some((file, model.materials.store(file)?))) else {
            continue;
        };
        let opened =
            found.entry(file).or_insert_with(|| Opened { store, users: Vec::new(), lines: BTreeSet::new() });
        opened.users.push(placed);
        opened.lines.insert(pointer.at);
    }
    found
}

pub(super) fn empty(model: &Model, out: &mut Findings) {
    for (file, it) in opened(model) {
        let read = it.store.shows_certificates();
        let Some(line) = it.lines.first().filter(|_| read && it.store.entries.is_empty()) else { continue };
        let whom = words::endpoints(model, it.users.iter().map(|it| it.endpoint));
        let finding = out.report(
            format!(
                "truststore `{}` of {whom} is empty, so there is no authority to verify anybody against: every handshake fails (`the trustAnchors parameter must be non-empty`)",
                model.path(file)
            ),
            *line,
            "authorities are needed here",
        );
        finding.label(Location::whole(file), "is empty");
        for at in it.lines.iter().take(words::SHOWN) {
            finding.label(*at, "named here too");
        }
        finding.help("import the authority that issues your peers' certificates: `keytool -importcert -trustcacerts -alias NAME -file CA.pem -keystore STORE`");
    }
}

pub(super) fn private_key(model: &Model, out: &mut Findings) {
    let keystores: BTreeSet<FileId> =
        model.java.users.iter().filter_map(|it| model.estate.pointer(it.key_store?).to.file()).collect();
    for (file, it) in opened(model) {
        if keystores.contains(&file) {
            continue;
        }
        let keys: Vec<&Entry> =
            it.store.entries.iter().filter(|it| it.kind == EntryKind::PrivateKey).collect();
        let (Some(first), Some(line)) = (keys.first(), it.lines.first()) else { continue };
        let finding = out.report(
            format!(
                "truststore `{}` of {} holds a private key, `{}`, where only certificates belong: whoever gets the list of authorities gets the key with it",
                model.path(file),
                words::endpoints(model, it.users.iter().map(|it| it.endpoint)),
                first.alias
            ),
            first.at,
            "a private key",
        );
        for entry in keys.iter().skip(1).take(words::SHOWN) {
            finding.label(entry.at, "another one");
        }
        finding.label(*line, "opened as a truststore");
        for at in it.lines.iter().skip(1).take(words::SHOWN) {
            finding.label(*at, "opened here too");
        }
        finding.help("take the key out (`keytool -delete -alias ALIAS -keystore STORE`) and import the certificate alone; replace the key if the store was ever handed out");
    }
}
