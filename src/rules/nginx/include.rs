//! Includes that lead nowhere, in circles, or to files nobody meant.

use std::collections::BTreeSet;

use crate::{
    finding::Findings,
    model::{
        FileId, Location, Model, Resolved,
        nginx::{DirectiveId, IncludeOutcome, NameKind, Nginx, Server, Unreadable},
        tree::{file_name, join, parent},
    },
};

/// Every include line once, with what it leads to and the configuration it is read in.
fn includes(nginx: &Nginx) -> impl Iterator<Item = (u32, DirectiveId, &IncludeOutcome)> {
    let mut seen = BTreeSet::new();
    nginx
        .includes
        .iter()
        .filter(move |((_, id), _)| seen.insert(*id))
        .map(|((root, id), include)| (*root, *id, &include.outcome))
}

fn written(nginx: &Nginx, id: DirectiveId) -> &str {
    nginx.directive(id).arg(0).unwrap_or_default()
}

/// A pattern that matches nothing.
pub(crate) fn include_empty(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for (_, id, outcome) in includes(nginx) {
        let IncludeOutcome::Nothing(folder) = outcome else { continue };
        let pattern = written(nginx, id);
        // A dump shows no folders; and packages bring folders that are empty until something is put there.
        let stock = ["modules-enabled", "conf.d", "default.d", "modules", "http.d", "stream.d"];
        let inside: Vec<FileId> = model.paths.children(folder).to_vec();
        let names: Vec<&str> = inside.iter().map(|file| file_name(model.path(*file))).collect();
        let visible: Vec<(FileId, &str)> = inside
            .iter()
            .copied()
            .zip(names.iter().copied())
            .filter(|(_, name)| !name.starts_with('.'))
            .collect();
        let kept = inside.len() > visible.len();
        if nginx.unit(id).name.is_some()
            || (visible.is_empty() && (kept || stock.contains(&file_name(folder))))
        {
            continue;
        }
        let finding = out.report(
            format!("`include {pattern}` matches no file, and nginx does not say so"),
            nginx.arg_at(id, 0),
            "matches nothing",
        );
        for (file, _) in visible.iter().take(3) {
            finding.label(Location::whole(*file), "in that folder, and not matched");
        }
        finding.help(if visible.is_empty() {
            "put the files into the folder, or remove the line".to_owned()
        } else {
            "compare the pattern with the names of the files in the folder".to_owned()
        });
    }
}

/// An include of a folder.
pub(crate) fn include_dir(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for (_, id, outcome) in includes(nginx) {
        let IncludeOutcome::Directory(folder) = outcome else { continue };
        let pattern = written(nginx, id);
        let path = model.path(*folder);
        let is_pattern = pattern.contains(['*', '?', '[']);
        let message = if is_pattern {
            format!(
                "nginx does not start or reload: `include {pattern}` matches the folder `{path}`, \
                 `pread() failed (21: Is a directory)`"
            )
        } else {
            format!(
                "nginx does not start or reload: `{path}` is a folder, `pread() failed (21: Is a directory)`"
            )
        };
        let text = if is_pattern { "matches a folder too" } else { "names a folder" };
        out.report(message, nginx.arg_at(id, 0), text).help(if is_pattern {
            "let the pattern end in `.conf`, or move the folder elsewhere".to_owned()
        } else {
            format!("write `include {}/*.conf;`", pattern.trim_end_matches('/'))
        });
    }
}

/// Whether a name is one that editors and packages give to what they put aside.
pub(super) fn is_backup(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "~",
        ".bak",
        ".old",
        ".orig",
        ".save",
        ".swp",
        ".rej",
        ".backup",
        ".rpmsave",
        ".rpmnew",
        ".rpmorig",
        ".ucf-old",
        ".ucf-dist",
        ".disabled",
        ".off",
    ];
    let name = name.to_ascii_lowercase();
    ENDS.iter().any(|end| name.ends_with(end))
        || name.contains(".dpkg-")
        || name.contains(".bak.")
        || (name.starts_with('#') && name.ends_with('#'))
}

/// Files that a pattern reads and that look put aside, with the pattern's line.
pub(super) fn included_backups(nginx: &Nginx, model: &Model) -> Vec<(DirectiveId, u32, FileId)> {
    let mut found = Vec::new();
    for (root, id, outcome) in includes(nginx) {
        let IncludeOutcome::Files { units, .. } = outcome else { continue };
        if !written(nginx, id).contains(['*', '?', '[']) || nginx.unit(id).name.is_some() {
            continue;
        }
        for unit in units {
            let file = nginx.units[*unit as usize].file;
            if is_backup(file_name(model.path(file))) {
                found.push((id, root, file));
            }
        }
    }
    found
}

/// A pattern that reads backups.
pub(crate) fn include_backup(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for (id, root, file) in included_backups(nginx, model) {
        let path = model.path(file);
        let pattern = written(nginx, id);
        let stale: Vec<&Server> =
            nginx.servers.iter().filter(|it| it.root == root && it.at.file == file).collect();
        let (effect, live) = effect(nginx, &stale, file);
        let finding = out.report(
            format!("`include {pattern}` reads `{path}` too{effect}"),
            nginx.arg_at(id, 0),
            "matches a backup too",
        );
        match stale.first() {
            Some(server) => finding.label(server.at, "the stale server"),
            None => finding.label(Location::whole(file), "the backup"),
        };
        if let Some(live) = live {
            finding.label(live.at, "the server that was meant");
        }
        finding.help("let the pattern end in `.conf`, or move the file out of the folder");
    }
}

/// What the servers of a backup do to those that were meant.
fn effect<'n>(nginx: &'n Nginx, stale: &[&Server], file: FileId) -> (String, Option<&'n Server>) {
    for old in stale {
        for name in old.names.iter().filter(|it| !matches!(it.kind, NameKind::Nothing | NameKind::Opaque)) {
            let live = nginx.servers.iter().find(|it| {
                it.root == old.root
                    && it.at.file != file
                    && it.names.iter().any(|other| other.text == name.text)
                    && it.listeners.iter().any(|listener| old.listeners.contains(listener))
            });
            let Some(live) = live else { continue };
            // Scopes are numbered as nginx reads them.
            let first = old.scope < live.scope;
            let text = if first {
                format!(
                    ", and its stale server for `{}` is read first, so it answers instead of the one \
                     that was meant",
                    name.text
                )
            } else {
                format!(
                    "; its stale server for `{}` is ignored as long as the other one is read first",
                    name.text
                )
            };
            return (text, Some(live));
        }
    }
    match stale.first() {
        Some(server) => (format!(", and its stale {} is live", bare(&server.title())), None),
        None => (", and what it says is live".to_owned(), None),
    }
}

fn bare(title: &str) -> &str {
    title.strip_prefix("the ").unwrap_or(title)
}

/// Files that include each other.
pub(crate) fn include_cycle(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for (root, id, outcome) in includes(nginx) {
        let IncludeOutcome::Cycle(around) = outcome else { continue };
        let first = around.first().map_or(id.unit, |unit| *unit);
        let path = model.path(nginx.units[first as usize].file);
        // A main file brings `http` and `events` along, which stop nginx at the second reading.
        let is_main = nginx.roots.iter().any(|it| it.main && it.unit == first);
        let effect = if is_main {
            "nginx reads its main file inside of itself and does not start or reload"
        } else {
            "nginx crashes when it reads this, `nginx -t` with a segmentation fault and no message"
        };
        let finding = out.report(
            format!("`include {}` leads back to `{path}`: {effect}", written(nginx, id)),
            nginx.at(id),
            "leads back to a file that is being read",
        );
        for pair in around.windows(2) {
            let step = nginx.includes.iter().find(|((of, line), include)| {
                *of == root
                    && line.unit == pair[0]
                    && matches!(&include.outcome, IncludeOutcome::Files { units, .. } if units.contains(&pair[1]))
            });
            if let Some(((_, line), _)) = step {
                finding.label(
                    nginx.at(*line),
                    format!("reads `{}`", model.path(nginx.units[pair[1] as usize].file)),
                );
            }
        }
        finding
            .help("include every file from one place only; a pattern must not match the file it stands in");
    }
}

/// A relative path that is right from the file it stands in, and not from where nginx starts.
pub(crate) fn relative_path_base(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for (root, id, outcome) in includes(nginx) {
        let text = written(nginx, id);
        let open = matches!(
            outcome,
            IncludeOutcome::Missing { .. }
                | IncludeOutcome::Unknown(Unreadable::Outside)
                | IncludeOutcome::Nothing(_)
        );
        if open && nginx.directive(id).args.first().is_some_and(crate::model::nginx::Word::is_plain) {
            misplaced(model, root, id, text, out);
        }
    }
    let mut seen = BTreeSet::new();
    for ((root, id), pointer) in &model.nginx_endpoints.pointers {
        let pointer = model.estate.pointer(*pointer);
        let open = matches!(pointer.to, Resolved::Missing { .. } | Resolved::Outside);
        if open && pointer.opened && seen.insert(*id) {
            misplaced(model, *root, *id, &pointer.written, out);
        }
    }
}

fn misplaced(model: &Model, root: u32, id: DirectiveId, written: &str, out: &mut Findings) {
    let nginx = &model.nginx;
    let (unit, root) = (nginx.unit(id), &nginx.roots[root as usize]);
    if written.starts_with('/') || written.is_empty() || unit.name.is_some() || !root.main {
        return;
    }
    let here = parent(model.path(unit.file));
    let Some(beside) = model.paths.find(&join(here, written)).filter(|_| here != root.base.folder) else {
        return;
    };
    let expected = join(&root.base.folder, written);
    if model.paths.find(&expected).is_some() {
        return;
    }
    let name = &*nginx.directive(id).name.text;
    let main = model.path(nginx.units[root.unit as usize].file);
    let relative = model
        .path(beside)
        .strip_prefix(&format!("{}/", root.base.folder))
        .filter(|_| !root.base.folder.is_empty());
    let right = relative.unwrap_or_else(|| model.path(beside)).to_owned();
    let as_path = if expected == written { String::new() } else { format!(", as `{expected}`") };
    out.report(
        format!(
            "nginx does not start or reload: it looks for `{written}` from the folder of the main \
            file{as_path}, and the file stands beside this one"
        ),
        nginx.arg_at(id, 0),
        format!("read as `{expected}`"),
    )
    .label(Location::whole(beside), "the file that was meant")
    .label(
        nginx.at(first_line(nginx, root.unit, id)),
        format!(
            "relative paths start at the folder of \
        `{main}`"
        ),
    )
    .help(format!("write `{name} {right};`, or the full path on the server"));
}

/// The line by which the main file comes to a line; the line itself where it cannot be told.
fn first_line(nginx: &Nginx, main: u32, id: DirectiveId) -> DirectiveId {
    let reads = |unit: u32| {
        nginx.includes.iter().find(move |(_, include)| {
            matches!(&include.outcome, IncludeOutcome::Files { units, .. } if units.contains(&unit))
        })
    };
    let mut line = id;
    for _ in 0..100 {
        match reads(line.unit) {
            Some(((_, up), _)) if line.unit != main => line = *up,
            _ => break,
        }
    }
    line
}
