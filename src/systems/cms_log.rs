//! The system log of Cisco Meeting Server, line by line and of any length: what it says about the database cluster and
//! about connections to Web Bridges. Of lines that say the same the last one is kept, with their number.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    model::{
        Facts, Problem, ProblemKind,
        cms::{Event, EventKind, Unit},
    },
    source::{KeptLine, Location, Source, Span},
};

use super::{Log, Probe, ReadBy, System};

/// See the module.
pub(super) const SYSTEM: System = System { name: "cms log", recognise, read: ReadBy::Lines(read) };

/// Different things that are kept of one log.
const MOST: usize = 512;

/// Programs that write to the log.
const PROGRAMS: &[&str] =
    &["schema_builder", "sfpool", "scheduler_backend", "host:server", "webbridge3", "callbridge"];

fn recognise(probe: &Probe<'_>) -> bool {
    let Some(text) = probe.text else { return false };
    let name = probe.file_name();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    if !(matches!(ending, None | Some("log" | "txt")) || name.contains("syslog")) {
        return false;
    }
    let known = |line: &str| parse(line).is_some_and(|(_, program, _)| PROGRAMS.contains(&program));
    text.lines().take(40).any(known)
}

/// `Mar 31 10:16:59 user.info acanosrv02 sfpool:  text`: the machine, the program, the text.
fn parse(line: &str) -> Option<(&str, &str, &str)> {
    let mut words = line.split_ascii_whitespace();
    let month = words.next()?;
    let day = words.next()?;
    let time = words.next()?;
    let level = words.next()?;
    let host = words.next()?;
    let program = words.next()?;
    let plausible = month.len() == 3
        && day.parse::<u8>().is_ok()
        && time.len() >= 8
        && time.as_bytes().get(2) == Some(&b':')
        && level.contains('.');
    let bare = program.trim_end_matches(':').split('[').next().unwrap_or_default();
    let from = program.as_ptr() as usize - line.as_ptr() as usize + program.len();
    (plausible && (program.ends_with(':') || program.contains('[')))
        .then(|| (host, bare.trim_end_matches(':'), line.get(from..).unwrap_or_default().trim()))
}

/// What a line tells.
fn event(line: &str) -> Option<(&str, EventKind)> {
    let (host, program, text) = parse(line)?;
    match program {
        "sfpool" => {
            let (address, rest) = text.strip_prefix("Health check ")?.split_once(':')?;
            rest.trim_start().starts_with("error").then(|| (host, EventKind::Unreachable(address.to_owned())))
        }
        "scheduler_backend" => {
            let peer = text.split("C2W connection for webbridge ").nth(1)?;
            let (address, state) = peer.split_once(' ')?;
            (state.trim() == "UP").then(|| (host, EventKind::Connected(address.to_owned())))
        }
        _ => None,
    }
}

/// The last line of an event, and how many there are.
struct Last {
    line: KeptLine,
    count: u64,
}

fn read(log: &mut Log<'_>) -> (Source, Facts) {
    let mut last: BTreeMap<(String, EventKind), Last> = BTreeMap::new();
    let mut over = false;
    let read = log.each_line(&mut |line| {
        let Some((host, kind)) = event(line.text) else { return };
        let key = (host.to_owned(), kind);
        if let Some(known) = last.get_mut(&key) {
            known.count += 1;
            known.line = KeptLine { number: line.number, byte: line.byte, text: line.text.to_owned() };
        } else if last.len() < MOST {
            let line = KeptLine { number: line.number, byte: line.byte, text: line.text.to_owned() };
            last.insert(key, Last { line, count: 1 });
        } else {
            over = true;
        }
    });
    let mut kept: Vec<((String, EventKind), Last)> = last.into_iter().collect();
    kept.sort_by_key(|(_, it)| it.line.number);
    let lines: Vec<KeptLine> = kept.iter().map(|(_, it)| it.line.clone()).collect();
    let mut unit = Unit::default();
    let mut at = 0;
    for ((host, kind), it) in kept {
        let end = at + it.line.text.len();
        let place = Location::text(log.file, Span::new(at, end));
        unit.events.push(Event { at: place, host, kind, count: it.count });
        at = end + 1;
    }
    let mut facts = Facts::default();
    if over {
        facts.problems.push(Problem {
            kind: ProblemKind::OverLimit,
            at: Location::whole(log.file),
            message: format!("tells more than {MOST} different things; the later ones were not kept"),
        });
    }
    if let Err(error) = read {
        facts.problems.push(Problem {
            kind: ProblemKind::Unreadable,
            at: Location::whole(log.file),
            message: format!("cannot be read to its end: {error}"),
        });
    }
    if !unit.is_empty() {
        facts.cms = Some(Arc::new(unit));
    }
    (Source::excerpt(log.path, &lines), facts)
}
