//! Files of PEM text: what readers refuse.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{CertId, Expects, FileId, Form, Holding, ItemKind, Location, Model, Oddity, OddityKind, Pointer},
    rules::words,
};

/// Lines that name a file and are opened, by file.
fn named(model: &Model) -> BTreeMap<FileId, Vec<&Pointer>> {
    let mut named: BTreeMap<FileId, Vec<&Pointer>> = BTreeMap::new();
    for pointer in model.estate.pointers.iter().filter(|it| it.opened) {
        if let Some(file) = pointer.to.file() {
            let list = named.entry(file).or_default();
            if list.iter().all(|it| it.at != pointer.at) {
                list.push(pointer);
            }
        }
    }
    named
}

/// Whether a setting reads PEM.
fn reads_pem(expects: Expects) -> bool {
    !matches!(expects, Expects::TicketKey | Expects::OcspResponse | Expects::Passwords)
}

/// See the card.
pub(crate) fn not_pem(model: &Model, out: &mut Findings) {
    for (file, pointers) in named(model) {
        let Some(pointer) = pointers.iter().find(|it| reads_pem(it.expects)) else { continue };
        let Some(holding) = model.materials.holding(file) else { continue };
        let (what, help) = match holding.form {
            Form::Pem => continue,
            // A file of authorities without one is told by a rule of its own.
            Form::Empty | Form::Text if pointer.expects == Expects::Anchors => continue,
            Form::Empty => ("is empty", "put the PEM text into it".to_owned()),
            Form::Text => ("holds text without a PEM block (`-----BEGIN …`)", "put the PEM text into it".to_owned()),
            Form::Utf16Pem => ("holds PEM in UTF-16, which no TLS software reads", "save it as UTF-8 or ASCII; PowerShell writes UTF-16 with `>`: use `Set-Content -Encoding ascii`".to_owned()),
            Form::Der => ("holds DER and not PEM", "convert it: `openssl x509 -inform DER -in OLD -out NEW` (or `openssl pkey`, `openssl crl`)".to_owned()),
            Form::Pkcs7 => ("holds PKCS#7 and not PEM", "take the certificates out: `openssl pkcs7 -inform DER -print_certs -in OLD -out NEW`".to_owned()),
            Form::Pkcs12 => ("holds PKCS#12 and not PEM", "take certificate and key out: `openssl pkcs12 -in OLD -out NEW -noenc`".to_owned()),
            Form::Keystore(kind) => (if kind == "JKS" { "holds a Java keystore and not PEM" } else { "holds a keystore and not PEM" }, "take the certificate out: `keytool -exportcert -rfc`".to_owned()),
            Form::OcspResponse => ("holds an OCSP response and not PEM", "name the file of the certificate".to_owned()),
            Form::Binary => ("holds bytes that are no PEM", "name a file of PEM text".to_owned()),
        };
        let finding = out.report(
            format!("`{}` {what}: {}", model.path(file), pointer.software.on_failure()),
            pointer.at,
            format!("read as {}", pointer.expects.noun()),
        );
        for other in pointers.iter().filter(|it| it.at != pointer.at).take(words::SHOWN) {
            finding.label(other.at, "named here too");
        }
        finding.label(Location::whole(file), what).help(help);
    }
}

/// Oddities of one kind in every file, with who reads the file.
fn odd<'m>(model: &'m Model, kind: OddityKind) -> Vec<(FileId, Vec<&'m Oddity>, Vec<&'m Pointer>)> {
    let named = named(model);
    let with = |(file, holding): (FileId, &'m Holding)| {
        let list: Vec<&Oddity> = holding.oddities.iter().filter(|it| it.kind == kind).collect();
        (!list.is_empty()).then(|| (file, list, named.get(&file).cloned().unwrap_or_default()))
    };
    model.materials.holdings().filter_map(with).collect()
}

/// Puts a finding about text that OpenSSL refuses: at the text, with the lines that name the file.
fn refused(
    model: &Model,
    out: &mut Findings,
    file: FileId,
    places: &[(Location, String)],
    pointers: &[&Pointer],
    help: &str,
) {
    let Some((first, what)) = places.first() else { return };
    let readers: Vec<&&Pointer> = pointers.iter().filter(|it| reads_pem(it.expects)).collect();
    let effect = match readers.first() {
        Some(pointer) => {
            format!("{} cannot read it, so {}", pointer.software.name(), pointer.software.on_failure())
        }
        None => "software that reads through OpenSSL (nginx, Apache, HAProxy, curl) refuses it".to_owned(),
    };
    let finding = out.report(format!("`{}`: {what}: {effect}", model.path(file)), *first, "here");
    if readers.is_empty() {
        finding.level(Level::Warning);
    }
    for (at, what) in places.iter().skip(1).take(words::SHOWN) {
        finding.label(*at, format!("here too: {what}"));
    }
    for pointer in readers.iter().take(words::SHOWN) {
        finding.label(pointer.at, format!("read as {} here", pointer.expects.noun()));
    }
    finding.help(help);
}

/// See the card.
pub(crate) fn glued_blocks(model: &Model, out: &mut Findings) {
    for (file, list, pointers) in odd(model, OddityKind::GluedBlocks) {
        let places: Vec<_> = list.iter().map(|it| (it.at, it.what.clone())).collect();
        refused(
            model,
            out,
            file,
            &places,
            &pointers,
            "put a line end between the two; files that are joined with `cat` need one at their end",
        );
    }
}

/// See the card.
pub(crate) fn indented(model: &Model, out: &mut Findings) {
    for (file, list, pointers) in odd(model, OddityKind::Indented) {
        let places: Vec<_> =
            list.iter().filter(|it| it.openssl_refuses).map(|it| (it.at, it.what.clone())).collect();
        // Text that nobody reads as PEM may be indented as it likes.
        if !pointers.is_empty() {
            refused(
                model,
                out,
                file,
                &places,
                &pointers,
                "remove the white space at the beginning of the lines",
            );
        }
    }
}

/// See the card.
pub(crate) fn malformed(model: &Model, out: &mut Findings) {
    let mut by_file: BTreeMap<FileId, Vec<(Location, String)>> = BTreeMap::new();
    let mut harmless: BTreeSet<FileId> = BTreeSet::new();
    for (file, holding) in model.materials.holdings() {
        let glued = holding.oddities.iter().any(|it| it.kind == OddityKind::GluedBlocks);
        for item in &holding.items {
            if let ItemKind::Broken { what, at, label } = &item.kind
                && !glued
            {
                by_file
                    .entry(file)
                    .or_default()
                    .push((*at, format!("the `{label}` block is broken: {what}")));
            }
        }
        for it in holding.oddities.iter().filter(|it| it.kind == OddityKind::Malformed) {
            let told = by_file.entry(file).or_default();
            if told.is_empty() && !it.openssl_refuses {
                harmless.insert(file);
            }
            told.push((it.at, it.what.clone()));
        }
    }
    let named = named(model);
    for (file, mut places) in by_file {
        places.sort();
        let pointers = named.get(&file).cloned().unwrap_or_default();
        if pointers.is_empty() && model.is_throwaway(model.path(file)) {
            continue;
        }
        if harmless.contains(&file) {
            let (at, what) = &places[0];
            out.report(format!("`{}`: {what}: strict software refuses it", model.path(file)), *at, "here")
                .level(Level::Warning)
                .help("fetch the certificate again from its authority");
            continue;
        }
        refused(model, out, file, &places, &pointers, "fetch or export the block again and replace it whole");
    }
}

/// See the card.
pub(crate) fn duplicate(model: &Model, out: &mut Findings) {
    for (file, pointers) in named(model) {
        let Some(pointer) =
            pointers.iter().find(|it| matches!(it.expects, Expects::Chain | Expects::Anchors))
        else {
            continue;
        };
        if !model.materials.is_sound(file) {
            continue;
        }
        let certificates = model.materials.in_file(file);
        let mut first: BTreeMap<CertId, Location> = BTreeMap::new();
        let mut twice = Vec::new();
        for (id, at) in &certificates {
            match first.get(id) {
                Some(earlier) => twice.push((*id, *earlier, *at)),
                None => {
                    first.insert(*id, *at);
                }
            }
        }
        let Some((id, earlier, again)) = twice.first() else { continue };
        let effect = if pointer.expects == Expects::Chain {
            "it is sent twice in every handshake, and strict peers refuse the chain"
        } else {
            "one of them can go, and nobody knows which one is kept up to date"
        };
        let finding = out.report(
            format!(
                "`{}` holds the certificate {} twice: {effect}",
                model.path(file),
                words::title(model, *id)
            ),
            *again,
            "the same certificate again",
        );
        finding.label(*earlier, "first here").label(pointer.at, "the file is read here");
        for (_, _, at) in twice.iter().skip(1).take(words::SHOWN) {
            finding.label(*at, "another one that stands earlier too");
        }
        finding.help("remove the second copy");
    }
}

/// See the card.
pub(crate) fn private_key_in_certificate_file(model: &Model, out: &mut Findings) {
    for (file, pointers) in named(model) {
        let Some(key) = model.materials.keys_in(file).next() else { continue };
        if pointers.iter().any(|it| it.expects == Expects::PrivateKey)
            || model.materials.in_file(file).is_empty()
        {
            continue;
        }
        let Some(pointer) =
            pointers.iter().find(|it| matches!(it.expects, Expects::Chain | Expects::Anchors))
        else {
            continue;
        };
        let trust = pointer.expects == Expects::Anchors;
        let finding = out.report(
            if trust {
                format!("`{}` says whom to believe and holds a private key: everybody who gets this list of authorities gets the key with it", model.path(file))
            } else {
                format!("`{}` holds a private key beside the certificate, and the key is named from elsewhere: a file people take for public is secret", model.path(file))
            },
            key.at,
            "a private key",
        );
        if !trust {
            finding.level(Level::Note);
        }
        finding
            .label(pointer.at, format!("the file is read as {} here", pointer.expects.noun()))
            .help("move the key to a file of its own, and make a new one if the file was ever handed out");
    }
}

/// See the card.
pub(crate) fn refused_by(model: &Model, out: &mut Findings) {
    for (file, list, pointers) in odd(model, OddityKind::Unusual) {
        let Some(pointer) = pointers.iter().find(|it| reads_pem(it.expects)) else { continue };
        let accepted: Vec<&&Oddity> =
            list.iter().filter(|it| !it.openssl_refuses && (it.go_refuses || it.java_refuses)).collect();
        let refused_here: Vec<_> =
            list.iter().filter(|it| it.openssl_refuses).map(|it| (it.at, it.what.clone())).collect();
        if !refused_here.is_empty() {
            refused(
                model,
                out,
                file,
                &refused_here,
                &pointers,
                "write the block again in the usual form: `openssl x509 -in OLD -out NEW`",
            );
            if let Some(last) = out.last() {
                last.level(Level::Error);
            }
            continue;
        }
        let Some(first) = accepted.first() else { continue };
        let others = match (first.go_refuses, first.java_refuses) {
            (true, true) => "software in Go (Traefik, Caddy, Kubernetes) and in Java",
            (true, false) => "software in Go (Traefik, Caddy, Kubernetes)",
            _ => "software in Java",
        };
        let finding = out.report(
            format!(
                "`{}`: {}: {} reads that, and {others} refuses or skips it",
                model.path(file),
                first.what,
                pointer.software.name()
            ),
            first.at,
            "here",
        );
        finding.label(pointer.at, format!("read as {} here", pointer.expects.noun()));
        finding.help("write the block again in the usual form before the file moves elsewhere: `openssl x509 -in OLD -out NEW`");
    }
}
