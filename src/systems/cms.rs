//! Cisco Meeting Server: scripts and notes of MMP commands, consoles with what was printed, states, lists of files, and
//! configurations of `openssl req` for its certificates. Its log is [`super::cms_log`].

mod commands;
mod inspected;
mod lines;
mod request_file;
mod secrets;
mod states;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::{
    model::{
        Facts,
        cms::{Command, CommandKind, Entry, Service, Session, Unit},
    },
    source::{FileId, Source, Span, decode::decode},
};

use self::lines::{Line, lines};
use super::{Input, Probe, ReadBy, System, comments};

/// See the module.
pub(super) const SYSTEM: System = System { name: "cms", recognise, read: ReadBy::Whole(read) };

/// Endings of what people keep commands and consoles in.
#[rustfmt::skip]
const ENDINGS: &[&str] = &[
    "txt", "text", "mmp", "cms", "log", "out", "cfg", "conf", "cnf", "console", "session", "yml", "yaml", "sh", "commands",
];

/// Different prompts of one file.
const PROMPTS: usize = 256;

/// Entries of one file; no console is longer.
const MOST: usize = 20_000;

fn recognise(probe: &Probe<'_>) -> bool {
    let Some(text) = probe.text else { return false };
    let name = probe.file_name();
    if name.rsplit_once('.').is_some_and(|(_, ending)| !ENDINGS.contains(&ending)) {
        return false;
    }
    if text.starts_with("-----BEGIN") || text.starts_with('<') || text.starts_with('{') {
        return false;
    }
    request_file::concerns(text) || speaks_mmp(text)
}

/// Two commands, or one that names a file; or what commands print.
fn speaks_mmp(text: &str) -> bool {
    let (mut hits, mut named) = (0, false);
    let (mut fields, mut telling) = (0, 0);
    for line in lines(text) {
        let certain = |it: &Command| line.prompt.is_some() || commands::is_certain(it);
        if let Some(command) = commands::command(FileId(0), &line).filter(certain) {
            hits += 1;
            named |= command.words.iter().skip(2).any(|it| commands::is_file(&it.text))
                || matches!(&command.kind, CommandKind::Request(request) if !request.attributes.is_empty());
        } else if line.text.starts_with("User supplied certificates and keys") {
            return true;
        } else if let Some(field) = states::field(FileId(0), &line) {
            fields += 1;
            telling += usize::from(states::telling(&field.label).is_some());
        }
        if hits >= 2 || named || (fields >= 3 && telling >= 2) || (hits > 0 && telling > 0) {
            return true;
        }
    }
    false
}

fn read(input: &Input<'_>) -> (Source, Facts) {
    let Some((text, encoding)) = decode(input.bytes) else {
        return (Source::unread(input.path), Facts::default());
    };
    let mut source = Source::text(input.path, text, encoding);
    let mut unit = Unit::default();
    let mut masked: Vec<Span> = Vec::new();
    if request_file::concerns(&source.text) {
        unit.request = request_file::read(input.file, &source.text);
    } else {
        walk(input.file, &source.text, &mut unit);
        inspected::read(input.file, &source.text, &mut unit);
        masked = secrets::find(input.file, &source.text, &mut unit);
    }
    let comments_at: Vec<Span> = lines(&source.text)
        .filter(|it| it.text.contains("tlslint: ignore["))
        .map(|it| Span::new(it.start, it.start + it.text.len()))
        .collect();
    let mut facts =
        Facts { ignores: comments::ignores(input.file, &source, comments_at), ..Facts::default() };
    for span in masked {
        source.mask(span);
    }
    if !unit.is_empty() {
        facts.cms = Some(Arc::new(unit));
    }
    (source, facts)
}

/// Reads commands and prints in their order, by prompt.
fn walk(file: FileId, text: &str, unit: &mut Unit) {
    let lines: Vec<Line<'_>> = lines(text).collect();
    let telling: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, it)| states::field(file, it).is_some_and(|it| states::telling(&it.label).is_some()))
        .map(|(at, _)| at)
        .collect();
    let mut current: Option<&str> = None;
    let mut command: Option<Option<Service>> = None;
    let mut after_version = false;
    let mut at = 0;
    let mut entries = 0;
    while let Some(line) = lines.get(at) {
        if entries >= MOST {
            break;
        }
        if line.prompt.is_some() {
            current = line.prompt;
        }
        if line.text.is_empty() {
            at += 1;
            continue;
        }
        let asked = line.prompt.is_some() || line.bare;
        if let Some(found) = asked
            .then(|| commands::command(file, line))
            .flatten()
            .filter(|it| line.prompt.is_some() || is_typed(it, &lines[at + 1..]))
        {
            let first = found.words.first().map_or("", |it| it.text.as_str());
            after_version = first == "version";
            command = Some(match &found.kind {
                CommandKind::Other(service) if found.words.len() <= 3 => *service,
                _ => None,
            });
            push(unit, current, Entry::Command(found));
            entries += 1;
            at += 1;
            continue;
        }
        let rest = &lines[at..];
        if line.prompt.is_none() {
            if let Some((listing, taken)) = states::listing(file, rest) {
                push(unit, current, Entry::Listing(listing));
                at += taken;
                entries += 1;
                continue;
            }
            if let Some(answer) = states::answer(file, line) {
                push(unit, current, Entry::Answer(answer));
                at += 1;
                entries += 1;
                continue;
            }
            if after_version && let Some(version) = states::version(file, line) {
                push(unit, current, Entry::Version(version));
                after_version = false;
                at += 1;
                continue;
            }
            // A long list of other labels is not looked through again for each of its lines.
            let next = telling.partition_point(|it| *it < at);
            let near = telling.get(next).is_some_and(|it| *it < at + states::LONGEST);
            let known = near || command.flatten().is_some();
            if let Some((state, taken)) =
                known.then(|| states::block(file, rest, command.flatten())).flatten()
            {
                push(unit, current, Entry::State(state));
                command = None;
                at += taken.max(1);
                entries += 1;
                continue;
            }
            // What `pki csr` prints while it works is no prose.
            if !line.text.bytes().all(|it| matches!(it, b'.' | b'+' | b'*' | b'-'))
                && let Some(session) = session(unit, current)
            {
                let next = session.entries.len();
                if session.breaks.last() != Some(&next) {
                    session.breaks.push(next);
                }
            }
        }
        at += 1;
    }
    unit.sessions.retain(|it| !it.entries.is_empty());
    if unit.sessions.iter().all(|it| !is_telling(it)) {
        unit.sessions.clear();
    }
}

/// A command without a prompt: beyond doubt, or the bare name of a service with a block below it.
fn is_typed(command: &Command, below: &[Line<'_>]) -> bool {
    commands::is_certain(command)
        || match &command.kind {
            CommandKind::Other(_) if command.words.len() == 1 => below
                .iter()
                .take(8)
                .find(|it| !it.text.is_empty())
                .is_some_and(|it| states::field(FileId(0), it).is_some() || it.text.len() < 12),
            CommandKind::Other(Some(_)) => command.words.len() > 1,
            CommandKind::Switch(..) => command.words.len() == 2,
            CommandKind::Trust(..) => true,
            _ => false,
        }
}

/// Something in it is worth knowing.
fn is_telling(session: &Session) -> bool {
    session.entries.iter().any(|it| match it {
        Entry::Command(command) => !matches!(command.kind, CommandKind::Other(_) | CommandKind::Switch(..)),
        Entry::Answer(answer) => answer.failure,
        _ => true,
    })
}

/// The stretch of a prompt, made where it is new.
fn session<'u>(unit: &'u mut Unit, prompt: Option<&str>) -> Option<&'u mut Session> {
    let known = unit.sessions.iter().position(|it| it.prompt.as_deref() == prompt);
    if known.is_none() && unit.sessions.len() >= PROMPTS {
        return None;
    }
    let at = known.unwrap_or_else(|| {
        unit.sessions.push(Session { prompt: prompt.map(str::to_owned), ..Session::default() });
        unit.sessions.len() - 1
    });
    unit.sessions.get_mut(at)
}

fn push(unit: &mut Unit, prompt: Option<&str>, entry: Entry) {
    if let Some(session) = session(unit, prompt) {
        session.entries.push(entry);
    }
}
