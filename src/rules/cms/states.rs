//! What a server printed: failures, states that contradict the script, passwords.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        FileId, Location, Model,
        cms::{Command, Entry, EventKind, StateOf},
    },
    rules::words,
};

/// See the card.
pub(crate) fn status_vs_script(model: &Model, out: &mut Findings) {
    for node in &model.cms.nodes {
        for (id, session) in model.cms.sessions_of(node) {
            for (at, state) in session.states() {
                for slot in node.slots.iter().filter(|it| !it.from_state) {
                    // A command that was typed later has not taken effect in what was printed before.
                    if slot.session.0 == id && slot.session.1 > at {
                        continue;
                    }
                    let differences = slot.differences(session, at, state);
                    let Some((service, label, given, seen)) = differences.first() else { continue };
                    let finding = out.report(
                        format!(
                            "the {} uses `{}` and not `{}`, which the command gives it: the command was refused, or was not run on this server",
                            node.title_of(*service),
                            seen.trimmed(),
                            given.trimmed()
                        ),
                        given.at,
                        format!("`{}` shows another one", label.trim()),
                    );
                    finding.label(seen.at, "in use");
                    for (_, _, given, seen) in differences.iter().skip(1) {
                        finding.label(given.at, "another one here too").label(seen.at, "in use");
                    }
                    finding.help("find out which of them is meant; run the command again and read what it answers, or correct the script");
                }
                for it in node.believed.iter().filter(|it| !it.from_state) {
                    if it.session.0 == id && it.session.1 > at {
                        continue;
                    }
                    let Some((label, seen)) = it.difference(state) else { continue };
                    out.report(
                        format!(
                            "`{label}` is `{}` and not `{}`, which `{}` gives it: the command was refused, or was not run on this server",
                            seen.trimmed(),
                            it.file.trimmed(),
                            it.kind.setting()
                        ),
                        it.file.at,
                        "the state shows another one",
                    )
                    .label(seen.at, "in use")
                    .help("find out which of them is meant; run the command again and read what it answers, or correct the script");
                }
            }
        }
    }
}

/// The command before an entry.
fn command(entries: &[Entry], at: usize) -> Option<&Command> {
    entries[..at].iter().rev().find_map(|it| match it {
        Entry::Command(command) => Some(command),
        _ => None,
    })
}

/// What to do about a failure whose text is known.
fn advice(text: &str) -> &'static str {
    let text = text.to_ascii_lowercase();
    if text.contains("no certificates configured") {
        "give it a pair first: `streamer sip certs KEY CERTIFICATE BUNDLE` (or `recorder sip certs …`), then enable it"
    } else if text.contains("match") {
        "find the key that the certificate was requested with: `pki match KEY CERTIFICATE` answers for each"
    } else if text.contains("verif") || text.contains("bundle") {
        "put every issuer up to the root into the bundle: `pki verify CERTIFICATE BUNDLE` answers whether they fit"
    } else {
        "put right what the lines say, and enable the service again"
    }
}

/// See the card.
pub(crate) fn status_failure(model: &Model, out: &mut Findings) {
    for (node, _, session) in model.cms.sessions() {
        let mut last: Option<usize> = None;
        for (at, entry) in session.entries.iter().enumerate() {
            match entry {
                Entry::Answer(answer) if answer.failure => {
                    // Lines that follow each other answer one command.
                    if last.is_some_and(|it| it + 1 == at) {
                        if let Some(finding) = out.last() {
                            finding.label(answer.at, "and this");
                        }
                        last = Some(at);
                        continue;
                    }
                    last = Some(at);
                    let typed = command(&session.entries, at);
                    let finding = out.report(
                        format!(
                            "{} failed: {}",
                            typed.map_or_else(
                                || "a command".to_owned(),
                                |it| format!("`{}`", it.head(it.words.len()))
                            ),
                            one_line(&answer.text)
                        ),
                        answer.at,
                        "the server says so",
                    );
                    if let Some(typed) = typed {
                        finding.label(typed.at, "the command");
                    }
                    finding.help(advice(&answer.text));
                }
                Entry::State(state) if state.of == StateOf::Database => {
                    let status = state.field("Status").filter(|it| it.trimmed() == "Error");
                    let error = state.field("ERROR");
                    let command = state.field("Last command").filter(|it| it.text.contains("(Failed)"));
                    let Some(first) = status.or(error).or(command) else { continue };
                    let why = error.map_or_else(String::new, |it| format!(" ({})", one_line(&it.text)));
                    let finding = out.report(
                        format!("the {} is in error{why}: meetings cannot be changed or set up, and nodes go on with what they have", node.title("database cluster")),
                        first.at,
                        "the cluster says so",
                    );
                    for (it, what) in [(error, "why"), (command, "the last command failed")] {
                        if let Some(it) = it {
                            finding.label(it.at, what);
                        }
                    }
                    finding.help("look whether server, client and CA certificate of every node come from one authority and are valid, and whether the nodes reach each other on port 5432; then `database cluster clear_error`, or remove and build the cluster again");
                }
                _ => {}
            }
        }
    }
    for (_, unit) in &model.cms.units {
        for event in &unit.events {
            let EventKind::Unreachable(address) = &event.kind else { continue };
            let finding = out.report(
                format!(
                    "the log of `{}` says that the database node `{address}` could not be reached ({} {})",
                    event.host,
                    event.count,
                    if event.count == 1 { "time" } else { "times" }
                ),
                event.at,
                "the last time",
            );
            finding.level(Level::Warning).help("look on that node with `database cluster status`; it must listen on port 5432, and its certificates must be valid");
            for at in errors(model, address) {
                finding.label(at, "the cluster lists this node");
            }
        }
    }
}

/// Lines of blocks of the database that list an address.
fn errors(model: &Model, address: &str) -> Vec<Location> {
    let states = model.cms.sessions().flat_map(|(_, _, it)| it.states());
    let of = states.filter(|(_, it)| it.of == StateOf::Database);
    of.flat_map(|(_, it)| &it.fields)
        .filter(|it| it.label.split_whitespace().next() == Some(address))
        .map(|it| it.value.at)
        .take(words::SHOWN)
        .collect()
}

/// A text of somebody else in a message: not too long.
fn one_line(text: &str) -> String {
    let short: String = text.chars().take(120).collect();
    short.replace('`', "'")
}

/// See the card.
pub(crate) fn secret_in_transcript(model: &Model, out: &mut Findings) {
    let mut by_file: BTreeMap<FileId, Vec<(Location, &str)>> = BTreeMap::new();
    for (file, unit) in &model.cms.units {
        by_file.entry(*file).or_default().extend(unit.secrets.iter().map(|(at, what)| (*at, what.as_str())));
    }
    for (file, secrets) in by_file {
        let Some((first, what)) = secrets.first() else { continue };
        let finding = out.report(
            format!("`{}` holds {what} in the open: whoever reads the file can use it", model.path(file)),
            *first,
            "a password stands here",
        );
        for (at, _) in secrets.iter().skip(1).take(words::SHOWN) {
            finding.label(*at, "and here");
        }
        finding.help("change the password on the server, and mask it in what you keep and send");
    }
}
