//! Files that are named and are not there, or hold another kind of thing.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Fix, Level},
    model::{
        Expects, FileId, Form, Holding, ItemKind, Location, Model, Pointer, Resolved,
        nginx::{DirectiveId, IncludeOutcome},
        tree::{file_name, parent},
    },
    rules::{mending, words},
};

/// Lines that name the same place, by that line.
fn by_line(model: &Model) -> BTreeMap<Location, &Pointer> {
    model.estate.pointers.iter().filter(|it| it.opened).map(|it| (it.at, it)).collect()
}

/// A name by which an author tells the reader to put in another.
fn is_hint(written: &str) -> bool {
    let written = written.to_ascii_lowercase();
    ["your", "changeme", "change_me", "change-me", "placeholder", "path/to", "path_to", "xxx"]
        .iter()
        .any(|word| written.contains(word))
}

/// A file of the folder with nearly the name that is asked for: another ending, another case.
fn similar(model: &Model, expected: &str) -> Option<FileId> {
    let stem = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let ending = |name: &str| name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let wanted = file_name(expected);
    let children = model.paths.children(parent(expected)).iter().copied();
    let mut close: Vec<FileId> =
        children.filter(|id| stem(file_name(model.path(*id))) == stem(wanted)).collect();
    close.sort_by_key(|id| (ending(file_name(model.path(*id))) != ending(wanted), *id));
    close.first().copied()
}

/// The path with the name of the similar file, where that holds what is needed.
fn renamed(model: &Model, pointer: &Pointer, expected: &str, similar: FileId) -> Option<Fix> {
    let holding = model.materials.holding(similar)?;
    let change = mending::other_name(model, pointer, expected, similar)?;
    let what = format!("name `{}`", file_name(model.path(similar)));
    let is_it = holding.items.iter().any(|it| pointer.expects.takes(&it.kind));
    is_it.then(|| Fix::unsafe_to_trust(what, vec![change]))
}

/// Whether a file was read and holds nothing of what is needed: nobody means a key where a certificate belongs.
fn of_other_kind(model: &Model, pointer: &Pointer, file: FileId) -> bool {
    let holding = model.materials.holding(file);
    holding.is_some_and(|it| {
        !it.items.is_empty() && !it.items.iter().any(|item| pointer.expects.takes(&item.kind))
    })
}

/// Whether a folder of included files looks complete: more files of it are there than are asked for and are not. A tree
/// that holds a part of the configuration says nothing about the rest.
fn is_kept_whole(model: &Model, root: u32, folder: &str) -> bool {
    let there = model.nginx.units.iter().filter(|unit| parent(model.path(unit.file)) == folder).count();
    let missing = model.nginx.includes.iter().filter(|((of, _), include)| {
        *of == root && matches!(&include.outcome, IncludeOutcome::Missing { expected, .. } if parent(expected) == folder)
    });
    there >= missing.count()
}

/// See the card.
pub(crate) fn missing_file(model: &Model, out: &mut Findings) {
    // Every command of a Meeting Server names its files by itself, so one file is often named by many.
    let mut again: BTreeMap<&str, Vec<Location>> = BTreeMap::new();
    for (at, pointer) in by_line(model) {
        if let Resolved::Missing { expected, .. } = &pointer.to
            && pointer.software.is_meeting_server()
        {
            again.entry(expected).or_default().push(at);
        }
    }
    for (at, pointer) in by_line(model) {
        let Resolved::Missing { expected, beside: None } = &pointer.to else { continue };
        if is_hint(&pointer.written) {
            continue;
        }
        let meeting_server = pointer.software.is_meeting_server();
        let lines = again.get(expected.as_str()).filter(|_| meeting_server).map_or(&[][..], Vec::as_slice);
        if lines.first().is_some_and(|first| *first != at) {
            continue;
        }
        let finding = out.report(
            format!(
                "`{}` names `{}`, which is not there: {}",
                pointer.setting,
                pointer.written,
                pointer.software.on_missing()
            ),
            at,
            format!("no file at `{expected}`"),
        );
        finding.absent(expected);
        // What lies beside a script is a copy of what the server holds, not the server.
        if meeting_server {
            finding.level(Level::Warning);
        }
        for line in lines.iter().skip(1).take(words::SHOWN) {
            finding.label(*line, "named here too");
        }
        match similar(model, expected) {
            Some(id) => {
                finding.fix = renamed(model, pointer, expected, id);
                let help = if of_other_kind(model, pointer, id) {
                    format!("put the file with {} at `{expected}`", pointer.expects.noun())
                } else {
                    format!("put the file in place, or name `{}` if that is meant", file_name(model.path(id)))
                };
                finding.label(Location::whole(id), "a file of a similar name").help(help)
            }
            None => finding.help(format!(
                "put the file with {} at `{expected}`, or correct the path",
                pointer.expects.noun()
            )),
        };
    }
    not_listed(model, out);
    for (root, missing) in missing_includes(model) {
        tell_missing_includes(model, out, root, &missing);
    }
}

/// Files that the listing of their machine does not show.
fn not_listed(model: &Model, out: &mut Findings) {
    let mut told = BTreeSet::new();
    for (id, listing) in &model.estate.unlisted {
        let pointer = model.estate.pointer(*id);
        if matches!(pointer.to, Resolved::Missing { .. }) || !told.insert(pointer.at) {
            continue;
        }
        out.report(
            format!(
                "`{}` names `{}`, and the list of the files on this server does not show it: {}",
                pointer.setting,
                pointer.written,
                pointer.software.on_missing()
            ),
            pointer.at,
            "not on the server",
        )
        .level(Level::Warning)
        .label(*listing, "the list of what is there")
        .help("upload the file by SFTP, or correct the name");
    }
}

/// Include lines whose file should be there, by configuration; each line once.
fn missing_includes(model: &Model) -> BTreeMap<u32, Vec<(DirectiveId, &str)>> {
    let mut told = BTreeSet::new();
    let mut missing: BTreeMap<u32, Vec<(DirectiveId, &str)>> = BTreeMap::new();
    for ((root, id), include) in &model.nginx.includes {
        let IncludeOutcome::Missing { expected, beside: None } = &include.outcome else { continue };
        let hint = model.nginx.directive(*id).arg(0).is_some_and(is_hint);
        if !hint && is_kept_whole(model, *root, parent(expected)) && told.insert(*id) {
            missing.entry(*root).or_default().push((*id, expected));
        }
    }
    missing
}

/// A tree that holds the folder of a server is what the server has. Elsewhere, one file that is not there is a mistake,
/// and many are a tree that never held them.
fn tell_missing_includes(model: &Model, out: &mut Findings, root: u32, missing: &[(DirectiveId, &str)]) {
    const FEW: usize = 2;
    let server = model.nginx.roots[root as usize].base.server_folder.is_some();
    if !server && missing.len() > FEW {
        let at = |(id, _): &(DirectiveId, &str)| model.nginx.arg_at(*id, 0);
        let finding = out.report(
            format!("{} files that this configuration includes are not in this tree, so it was judged by what is there", missing.len()),
            at(&missing[0]),
            "not in this tree",
        );
        finding.level(Level::Note);
        for other in missing.iter().skip(1).take(words::SHOWN) {
            finding.label(at(other), "nor is this one");
        }
        finding.help("check the tree as the server has it, or say with `[paths]` where its folders lie");
        return;
    }
    for (id, expected) in missing {
        let written = model.nginx.directive(*id).arg(0).unwrap_or_default();
        let finding = out.report(
            format!("`include` names `{written}`, which is not there: nginx does not start or reload"),
            model.nginx.arg_at(*id, 0),
            format!("no file at `{expected}`"),
        );
        finding.absent(*expected);
        // Where an absolute path lies in a tree that is no server's is a guess.
        if !server && written.starts_with('/') {
            finding.level(Level::Warning);
        }
        finding.help("put the file in place, correct the path, or write a pattern (`snippets/*.conf`), which may match nothing");
    }
}

/// See the card.
pub(crate) fn wrong_kind(model: &Model, out: &mut Findings) {
    for (at, pointer) in by_line(model) {
        if let Resolved::Directory(folder) = pointer.to {
            out.report(
                format!(
                    "`{}` names `{}`, which is a folder: {}",
                    pointer.setting,
                    pointer.written,
                    pointer.on_failure()
                ),
                at,
                "a file is needed here",
            )
            .label(Location::whole(folder), "a folder")
            .help(format!("name the file with {}", pointer.expects.noun()));
            continue;
        }
        let Some(file) = pointer.to.file() else { continue };
        let Some(holding) = model.materials.holding(file) else { continue };
        if pointer.within.is_store() {
            no_store(out, pointer, file, holding);
            continue;
        }
        let Some(found) = other_kind(holding, pointer.expects) else { continue };
        let place = holding.items.first().map_or(Location::whole(file), |it| it.at);
        out.report(
            format!(
                "`{}` needs {} and names `{}`, which holds {found}: {}",
                pointer.setting,
                pointer.expects.noun(),
                pointer.written,
                pointer.on_failure()
            ),
            at,
            format!("{} needed here", pointer.expects.is()),
        )
        .label(place, format!("this is {found}"))
        .help(advice(holding, pointer.expects));
    }
}

/// Software in Java opens a file as a keystore that is none. What is empty or of unknown bytes may be a stand-in.
fn no_store(out: &mut Findings, pointer: &Pointer, file: FileId, holding: &Holding) {
    let (what, import) = match holding.form {
        Form::Pem if holding.items.is_empty() => return,
        Form::Pem => {
            ("PEM", "`keytool -importcert -file OLD -keystore NEW -storetype PKCS12` for certificates")
        }
        Form::Der => ("DER", "`keytool -importcert -file OLD -keystore NEW -storetype PKCS12`"),
        Form::Pkcs7 => ("PKCS#7", "`keytool -importcert -file OLD -keystore NEW -storetype PKCS12`"),
        _ => return,
    };
    let place = holding.items.first().map_or(Location::whole(file), |it| it.at);
    out.report(
        format!(
            "`{}` names `{}` as a keystore, and the file holds {what}: {}",
            pointer.setting,
            pointer.written,
            pointer.on_failure()
        ),
        pointer.at,
        "a keystore is needed here",
    )
    .label(place, format!("this is {what}"))
    .help(format!(
        "make a keystore of it: `openssl pkcs12 -export -in CERT -inkey KEY -name ALIAS -out NEW` for a key with its certificate, {import}; some software also takes PEM where its type is set to `PEM`"
    ));
}

/// What a file holds instead of what is expected; `None` where it holds that, or nothing that can be named.
fn other_kind(holding: &Holding, expects: Expects) -> Option<String> {
    if holding.form != Form::Pem || holding.items.is_empty() {
        return None;
    }
    // A broken block is told as what it is.
    let broken = holding.items.iter().any(|it| matches!(it.kind, ItemKind::Broken { .. }));
    if broken || holding.items.iter().any(|it| expects.takes(&it.kind)) {
        return None;
    }
    let mut kinds: Vec<String> = Vec::new();
    for kind in holding.items.iter().map(|it| it.kind.noun()) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Some(words::list(&kinds, 3))
}

/// What to do about a file of another kind.
fn advice(holding: &Holding, expects: Expects) -> String {
    let ssh = holding
        .items
        .iter()
        .any(|it| matches!(&it.kind, ItemKind::Other(label) if label.contains("OPENSSH")));
    let request = holding.items.iter().any(|it| matches!(it.kind, ItemKind::Request(_)));
    match expects {
        Expects::PrivateKey if ssh => "no TLS software reads keys of OpenSSH: convert it with `ssh-keygen -p -m PEM -f FILE`, or name the key of the certificate".to_owned(),
        Expects::Chain if request => "this is the request: name the certificate that the authority sent back".to_owned(),
        other => format!("name the file with {}", other.noun()),
    }
}
