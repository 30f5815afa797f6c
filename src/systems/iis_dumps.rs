//! What machines told about http.sys, the Central Certificate Store and their certificates: prints of netsh, certutil and
//! PowerShell in any language and encoding, pasted or redirected, one or several in a file, and registry exports.

mod central;
mod cert_drive;
mod certutil;
mod dates;
mod folders;
mod labels;
mod lines;
mod netsh;
mod netsh_json;
mod netsh_lists;
mod older;
mod registry;
mod shapes;
mod table;
#[cfg(test)]
mod tests;

use crate::{
    model::{Facts, iis::Unit},
    source::{FileId, Source, Span, decode::decode},
};

use self::lines::{Stretch, lines};
use super::{Input, Probe, ReadBy, System, comments};

/// See the module.
pub(super) const SYSTEM: System = System { name: "iis dumps", recognise, read: ReadBy::Whole(read) };

/// Endings of scripts and formats that quote dumps and are none.
const QUOTING: &[&str] =
    &["xml", "config", "yaml", "yml", "toml", "ps1", "psm1", "psd1", "bat", "cmd", "sh", "resx"];

type Reader = fn(&Stretch<'_, '_>, &mut Unit) -> Option<usize>;

/// What a transcript may hold, the stricter first.
const READERS: &[Reader] = &[
    older::httpcfg,
    netsh::read,
    netsh_lists::listen_list,
    netsh_lists::reservation,
    certutil::read,
    cert_drive::table,
    older::provider,
    folders::console,
    folders::power,
    folders::names,
    cert_drive::list,
    central::read,
];

fn recognise(probe: &Probe<'_>) -> bool {
    let Some(text) = probe.text else { return false };
    let name = probe.file_name();
    if name.rsplit_once('.').is_some_and(|(_, ending)| QUOTING.contains(&ending)) {
        return false;
    }
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        return netsh_json::is_dump(text);
    }
    if registry::concerns(text) {
        return true;
    }
    let mut unit = Unit::default();
    walk(FileId(0), text, &mut unit);
    !unit.is_empty() || lines::lines(text).iter().any(|it| it.command.is_some_and(prints_facts))
}

/// A command of those whose prints are read here. What it printed may stand below the head of the file.
fn prints_facts(command: &str) -> bool {
    let command = command.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().all(|word| command.contains(word));
    has(&["netsh", "http", "show"])
        || has(&["certutil", "-store"])
        || has(&["get-", "centralcertprovider"])
        || has(&["cert:", "localmachine"])
        || has(&["iis:", "sslbindings"])
}

fn read(input: &Input<'_>) -> (Source, Facts) {
    let Some((text, encoding)) = decode(input.bytes) else {
        return (Source::unread(input.path), Facts::default());
    };
    let mut source = Source::text(input.path, text, encoding);
    let mut facts = Facts::default();
    let mut unit = Unit::default();
    if crate::syntax::reg::is_export(&source.text) {
        let spans = registry::read(input.file, &mut source, &mut unit);
        facts.ignores = comments::ignores(input.file, &source, spans);
    } else if netsh_json::is_dump(&source.text) {
        facts.problems.extend(netsh_json::read(input.file, &source.text, &mut unit));
    } else {
        walk(input.file, &source.text, &mut unit);
        central::mask(&mut source);
        // Nothing in a print is a comment; a line that a person wrote between may be one.
        let marked: Vec<Span> = lines(&source.text)
            .iter()
            .filter(|it| it.text().contains("tlslint: ignore["))
            .map(|it| it.whole.span())
            .collect();
        facts.ignores = comments::ignores(input.file, &source, marked);
    }
    if !unit.is_empty() {
        facts.iis = Some(Box::new(unit));
    }
    (source, facts)
}

/// Hands the lines of a transcript to whoever knows what begins there.
fn walk(file: FileId, text: &str, unit: &mut Unit) {
    let lines = lines(text);
    let mut command = None;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if line.command.is_some() {
            command = line.command;
            at += 1;
            continue;
        }
        let below_command = at > 0 && lines[at - 1].command.is_some();
        let stretch = Stretch { file, lines: &lines[at..], command, below_command };
        match READERS.iter().find_map(|read| read(&stretch, unit)) {
            Some(length) => {
                at += length.max(1);
                command = None;
            }
            None => at += 1,
        }
    }
    netsh::note_single_answers(unit);
}
