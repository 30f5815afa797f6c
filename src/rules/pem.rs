//! Files of PEM text: what readers of PEM stumble over, and what does not belong into a file of certificates.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Change, Finding, Findings, Fix, Level},
    model::{
        CertId, Expects, FileId, Form, Holding, ItemKind, Location, Model, Oddity, OddityKind, Place,
        Pointer, Reading, Span, Within,
    },
    rules::{mending, words},
};

/// Lines that name a file as such and are opened, by file. A keystore and a value of YAML are no files of PEM.
fn named(model: &Model) -> BTreeMap<FileId, Vec<&Pointer>> {
    let mut named: BTreeMap<FileId, Vec<&Pointer>> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for pointer in model.estate.pointers.iter().filter(|it| it.opened && it.within == Within::Whole) {
        if let Some(file) = pointer.to.file()
            && told.insert((file, pointer.at))
        {
            named.entry(file).or_default().push(pointer);
        }
    }
    named
}

/// Whether a setting reads PEM.
fn reads_pem(expects: Expects) -> bool {
    !matches!(expects, Expects::TicketKey | Expects::OcspResponse | Expects::Passwords | Expects::Keystore)
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
            // The documentation of Apigee names PEM in one place, and PEM or DER in another.
            Form::Der if pointer.setting == "certFilePath" => continue,
            Form::Der => ("holds DER and not PEM", "convert it: `openssl x509 -inform DER -in OLD -out NEW` (or `openssl pkey`, `openssl crl`)".to_owned()),
            Form::Pkcs7 if holding.items.iter().any(|it| matches!(it.at.place, Place::Text(_))) => ("holds a block of PKCS#7, in which OpenSSL finds no certificate", "take the certificates out: `openssl pkcs7 -print_certs -in OLD -out NEW`".to_owned()),
            Form::Pkcs7 => ("holds PKCS#7 and not PEM", "take the certificates out: `openssl pkcs7 -inform DER -print_certs -in OLD -out NEW`".to_owned()),
            Form::Pkcs12 => ("holds PKCS#12 and not PEM", "take certificate and key out: `openssl pkcs12 -in OLD -out NEW -noenc`".to_owned()),
            Form::Keystore(kind) => (if kind == "JKS" { "holds a Java keystore and not PEM" } else { "holds a keystore and not PEM" }, "take the certificate out: `keytool -exportcert -rfc`".to_owned()),
            Form::OcspResponse => ("holds an OCSP response and not PEM", "name the file of the certificate".to_owned()),
            Form::Binary => ("holds bytes and no PEM text", "name a file of PEM text".to_owned()),
        };
        let finding = out.report(
            format!("`{}` {what}: {}", model.path(file), pointer.on_failure()),
            pointer.at,
            format!("{} needed here, as PEM", pointer.expects.is()),
        );
        for other in pointers.iter().filter(|it| it.at != pointer.at).take(words::SHOWN) {
            finding.label(other.at, "named here too");
        }
        finding.label(Location::whole(file), what).help(help);
    }
}

/// A stretch of text that OpenSSL stumbles over.
struct Stumble {
    at: Location,
    what: String,
    /// It passes over the block and reads on.
    skipped: bool,
    /// The block gives bytes, and some readers may make something of them.
    inside: bool,
}

impl Stumble {
    fn of(oddity: &Oddity) -> Self {
        Self {
            at: oddity.at,
            what: oddity.what.clone(),
            skipped: oddity.openssl == Reading::Skips,
            inside: false,
        }
    }
}

/// Where OpenSSL stumbles over oddities of these kinds, by file. UTF-16 is told as such.
fn stumbles(model: &Model, kinds: &[OddityKind]) -> Vec<(FileId, Vec<Stumble>)> {
    let with = |(file, holding): (FileId, &Holding)| {
        let odd = holding.oddities.iter().filter(|it| kinds.contains(&it.kind) && it.openssl_refuses());
        let list: Vec<Stumble> = odd.map(Stumble::of).collect();
        (!list.is_empty() && holding.form != Form::Utf16Pem).then_some((file, list))
    };
    model.materials.holdings().filter_map(with).collect()
}

/// What becomes of the software because of it.
fn effect(model: &Model, file: FileId, stumbles: &[Stumble], reader: Option<&Pointer>) -> String {
    let inside = stumbles.iter().all(|it| it.inside);
    let Some(pointer) = reader else {
        if inside {
            return "TLS software refuses it".to_owned();
        }
        return "software that reads through OpenSSL (nginx, Apache, HAProxy, curl) cannot use the file"
            .to_owned();
    };
    if inside {
        return format!("{} or its peers refuse it", pointer.software.name());
    }
    let items = model.materials.holding(file).map_or(&[][..], |holding| &holding.items);
    let mut wanted = items.iter().filter(|it| pointer.expects.takes(&it.kind));
    // Without its leaf a chain is another chain, and the key no longer fits.
    let rest = match pointer.expects {
        Expects::Chain => wanted.next().is_some_and(|leaf| !leaf.refused_by_openssl),
        _ => wanted.any(|it| !it.refused_by_openssl),
    };
    if !rest || stumbles.iter().any(|it| !it.skipped) {
        return pointer.on_failure().to_owned();
    }
    let name = pointer.software.name();
    match pointer.expects {
        Expects::Chain => {
            format!("{name} takes the block for prose and leaves it out: clients get an incomplete chain")
        }
        Expects::Anchors => format!("{name} takes the block for prose and does not believe this authority"),
        _ => format!("{name} takes the block for prose and leaves it out"),
    }
}

/// Puts a finding about text that OpenSSL stumbles over: at the text, with the lines that name the file.
fn refused<'f>(
    model: &Model,
    out: &'f mut Findings,
    file: FileId,
    stumbles: &[Stumble],
    pointers: &[&Pointer],
    help: &str,
) -> Option<&'f mut Finding> {
    let first = stumbles.first()?;
    let readers: Vec<&&Pointer> = pointers.iter().filter(|it| reads_pem(it.expects)).collect();
    // Tests hold broken files on purpose.
    if readers.is_empty() && model.is_throwaway(model.path(file)) {
        return None;
    }
    let effect = effect(model, file, stumbles, readers.first().map(|it| **it));
    let finding = out.report(
        format!("`{}`: {}, so {effect}", model.path(file), first.what),
        first.at,
        "OpenSSL stumbles here",
    );
    if readers.is_empty() {
        finding.level(Level::Warning);
    }
    for it in stumbles.iter().skip(1).take(words::SHOWN) {
        finding.label(it.at, format!("and here: {}", it.what));
    }
    for pointer in readers.iter().take(words::SHOWN) {
        finding.label(pointer.at, pointer.reads());
    }
    if readers.iter().any(|it| it.is_router_copy()) {
        finding.help("find the alias whose certificate stands there, upload it again in order to a new store, and change the reference to that store; then look whether the Router has loaded it");
    } else {
        finding.help(help);
    }
    Some(finding)
}

/// Where the second of two boundaries on one line begins.
fn second_boundary(at: Location) -> Option<Location> {
    let Place::Text(span) = at.place else { return None };
    let start = span.end.checked_sub("-----BEGIN".len() as u32)?;
    Some(Location::text(at.file, Span { start, end: span.end }))
}

/// See the card.
pub(crate) fn glued_blocks(model: &Model, out: &mut Findings) {
    let named = named(model);
    for (file, list) in stumbles(model, &[OddityKind::GluedBlocks]) {
        let help = "put a line break between the two; `awk 1 FILE…` joins files and ends every line";
        let pointers = named.get(&file).map_or(&[][..], Vec::as_slice);
        let Some(finding) = refused(model, out, file, &list, pointers, help) else { continue };
        let places: Option<Vec<Location>> = list.iter().map(|it| second_boundary(it.at)).collect();
        if let Some(places) = places.filter(|_| mending::has_plain_blocks(model, file)) {
            let breaks = places.into_iter().map(Change::Break).collect();
            finding.fix(mending::makes_readable("put a line break between the blocks", breaks, pointers));
        }
    }
}

/// See the card.
pub(crate) fn indented(model: &Model, out: &mut Findings) {
    let named = named(model);
    for (file, list) in stumbles(model, &[OddityKind::Indented]) {
        // Text that nobody reads as PEM may be indented as it likes.
        if let Some(pointers) = named.get(&file) {
            let help = "remove the white space at the beginning of the lines";
            let Some(finding) = refused(model, out, file, &list, pointers, help) else { continue };
            if mending::has_plain_blocks(model, file) {
                let blocks = model.materials.in_file(file).into_iter();
                let tidy = blocks.map(|(_, at)| Change::Tidy(at)).collect();
                finding.fix(mending::makes_readable("remove the white space", tidy, pointers));
            }
        }
    }
}

/// See the card.
pub(crate) fn malformed(model: &Model, out: &mut Findings) {
    let named = named(model);
    let mut by_file: BTreeMap<FileId, Vec<Stumble>> =
        stumbles(model, &[OddityKind::Malformed, OddityKind::Unusual]).into_iter().collect();
    for (file, holding) in model.materials.holdings() {
        let read = named.contains_key(&file);
        // One block that runs into the next is told as that, and another form than PEM as such.
        let glued = holding.oddities.iter().any(|it| it.kind == OddityKind::GluedBlocks);
        if glued || holding.form == Form::Utf16Pem || (read && holding.form != Form::Pem) {
            continue;
        }
        let noun = if holding.form == Form::Pem { "block" } else { "in DER" };
        for item in &holding.items {
            if let ItemKind::Broken { what, at, label, inside } = &item.kind {
                let what = format!("the `{label}` {noun} {what}");
                by_file.entry(file).or_default().push(Stumble {
                    at: *at,
                    what,
                    skipped: false,
                    inside: *inside,
                });
            }
        }
    }
    for (file, mut list) in by_file {
        list.sort_by_key(|it| it.at);
        let pointers = named.get(&file).map_or(&[][..], Vec::as_slice);
        refused(
            model,
            out,
            file,
            &list,
            pointers,
            "fetch or export the block again and replace it as a whole",
        );
    }
    trailing_bytes(model, &named, out);
}

/// Bytes behind a certificate inside its block. OpenSSL takes those of the first for the settings of a `TRUSTED
/// CERTIFICATE` where it reads a chain, and passes over them everywhere else.
fn trailing_bytes(model: &Model, named: &BTreeMap<FileId, Vec<&Pointer>>, out: &mut Findings) {
    for (file, holding) in model.materials.holdings() {
        let harmless = |it: &&Oddity| it.kind == OddityKind::Malformed && !it.openssl_refuses();
        let Some(odd) = holding.oddities.iter().find(harmless) else { continue };
        let pointers = named.get(&file).map_or(&[][..], Vec::as_slice);
        if !model.materials.is_sound(file) || (pointers.is_empty() && model.is_throwaway(model.path(file))) {
            continue;
        }
        let first = holding.items.iter().find(|it| Expects::Chain.takes(&it.kind));
        let chain = pointers.iter().find(|it| it.expects == Expects::Chain);
        match chain.filter(|_| first.is_some_and(|it| it.at == odd.at)) {
            Some(_) => {
                let list = [Stumble { at: odd.at, what: odd.what.clone(), skipped: false, inside: false }];
                refused(model, out, file, &list, pointers, TRAILING);
            }
            None => {
                out.report(
                    format!(
                        "`{}`: {}, so strict software, such as that in Go, refuses it",
                        model.path(file),
                        odd.what
                    ),
                    odd.at,
                    "longer than its certificate",
                )
                .level(Level::Warning)
                .help(TRAILING);
            }
        }
    }
}

const TRAILING: &str =
    "fetch the certificate again from its authority, or write it again with `openssl x509`";

/// See the card.
pub(crate) fn duplicate(model: &Model, out: &mut Findings) {
    for (file, pointers) in named(model) {
        let Some(pointer) =
            pointers.iter().find(|it| matches!(it.expects, Expects::Chain | Expects::Anchors))
        else {
            continue;
        };
        // A Router puts all aliases into one file, and their chains share roots.
        if !model.materials.is_sound(file) || pointers.iter().any(|it| it.is_router_copy()) {
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
            "it is sent twice in every handshake, and strict clients refuse such a chain"
        } else {
            "the second copy does nothing until somebody replaces only one of the two"
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
        finding.label(*earlier, "the first copy").label(pointer.at, "the file is read here");
        for (_, _, at) in twice.iter().skip(1).take(words::SHOWN) {
            finding.label(*at, "another one that stands earlier in the file");
        }
        finding.help("remove the second copy");
        if mending::has_plain_blocks(model, file) {
            let copies = mending::drops(twice.iter().map(|(_, _, again)| *again));
            finding.fix(Fix::safe("remove what stands there again", copies));
        }
    }
}

/// See the card.
pub(crate) fn private_key_in_certificate_file(model: &Model, out: &mut Findings) {
    for (file, pointers) in named(model) {
        // A keystore is told as what it is.
        if model.materials.store(file).is_some() {
            continue;
        }
        let Some(key) = model.materials.keys_in(file).next() else { continue };
        let uploaded = pointers.iter().any(|it| it.setting == "certFilePath");
        if (pointers.iter().any(|it| it.expects == Expects::PrivateKey) && !uploaded)
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
        let locked = matches!(key.kind, ItemKind::LockedKey(_));
        let path = model.path(file);
        let finding = out.report(
            if uploaded {
                format!("`{path}` is uploaded as a certificate and holds a private key too, and Apigee takes the two as separate files: the upload fails (`failed to parse x509 certificate`)")
            } else if trust {
                format!("`{path}` is a list of authorities and holds a private key: whoever gets the list gets the key with it")
            } else {
                format!("`{path}` holds a private key beside the certificate, and the key is read from elsewhere: a file that people take for public is secret")
            },
            key.at,
            if locked { "an encrypted private key" } else { "a private key" },
        );
        finding
            .level(match (trust || uploaded, locked) {
                _ if uploaded => Level::Error,
                (true, false) => Level::Error,
                (true, true) => Level::Warning,
                (false, _) => Level::Note,
            })
            .label(pointer.at, pointer.reads())
            .help(if uploaded {
                "leave only certificates in this file, and name the key in a file of its own as `keyFilePath` where the alias needs one"
            } else {
                "take the key out of this file, and replace it if the file was ever handed out"
            });
    }
}

/// See the card.
pub(crate) fn refused_by(model: &Model, out: &mut Findings) {
    for (file, pointers) in named(model) {
        let Some(pointer) = pointers.iter().find(|it| reads_pem(it.expects)) else { continue };
        // What cannot be read here either has other rules.
        let Some(holding) = model.materials.holding(file).filter(|_| model.materials.is_sound(file)) else {
            continue;
        };
        let minded = |it: &&Oddity| it.kind != OddityKind::Malformed && (it.go_refuses || it.java_refuses);
        let mut odd = holding.oddities.iter().filter(minded);
        let Some(first) = odd.next() else { continue };
        let others = match (first.go_refuses, first.java_refuses) {
            (true, true) => "software in Go (Traefik, Caddy, Kubernetes) and in Java cannot",
            (true, false) => "software in Go (Traefik, Caddy, Kubernetes) cannot",
            _ => "software in Java cannot",
        };
        let finding = out.report(
            format!(
                "`{}`: {}: {} reads that, and {others}",
                model.path(file),
                first.what,
                pointer.software.name()
            ),
            first.at,
            "not every program reads this",
        );
        for it in odd.take(words::SHOWN) {
            finding.label(it.at, format!("and here: {}", it.what));
        }
        finding.label(pointer.at, pointer.reads()).help(
            if first.what.contains("byte order mark") {
                "save the file as UTF-8 without a byte order mark before it moves elsewhere"
            } else {
                "before the file moves elsewhere, write its certificates again: `openssl x509 -in OLD -out NEW`, one at a time"
            },
        );
    }
}
