//! `application.log` of OpenManage Enterprise, however long, and what people paste of it: refusals are found by the
//! part of the appliance that writes them, also where their lines were broken on the way.

use std::collections::BTreeMap;

use crate::{
    model::{
        Facts, Problem, ProblemKind,
        openmanage::{Answer, Mode, Reason, Unit},
    },
    source::{FileId, KeptLine, Location, Source, Span},
    syntax::json,
};

use super::{
    Log, LogLine, Probe, ReadBy, System,
    openmanage::answers::{self, CODES, CONNECTION, Context},
};

/// See the module.
pub(super) const SYSTEM: System = System { name: "openmanage-logs", recognise, read: ReadBy::Lines(read) };

/// The part of the appliance that takes certificates.
const WRITER: &str = "SSLController";

/// Refusals of one kind that are kept; the rest is counted.
const KEPT: usize = 20;

/// Kinds of refusals that are told apart.
const KINDS: usize = 40;

/// An entry that goes on over more lines than this, or over more bytes, is none.
const LINES: usize = 40;
const BYTES: usize = 64 << 10;

/// Formats that quote logs.
const QUOTING: &[&str] = &[".json", ".xml", ".yml", ".yaml", ".toml", ".ps1", ".sh", ".csv"];

fn recognise(probe: &Probe<'_>) -> bool {
    let Some(text) = probe.text else { return false };
    let name = probe.file_name();
    if QUOTING.iter().any(|it| name.ends_with(it)) || text.starts_with(['{', '<']) {
        return false;
    }
    let says = text.contains(WRITER)
        || squeezed_contains(text, CONNECTION)
        || (text.contains("ExtendedInfo") && CODES.iter().any(|it| text.contains(it)));
    // The log of the appliance starts with whatever happened first.
    says || (name.starts_with("application") && name.contains(".log") && text.lines().any(is_start))
}

/// `[ERROR] 2024-01-25 11:10:34.735 [thread] Part - `
fn is_start(line: &str) -> bool {
    moment(line).is_some()
}

/// The time of a line of the log, where it is one.
fn moment(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('[')?;
    let (level, rest) = rest.split_once("] ")?;
    if level.len() > 5 || !level.bytes().all(|it| it.is_ascii_uppercase()) {
        return None;
    }
    let moment = rest.get(..19)?;
    let shape: String = moment.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect();
    (shape == "0000-00-00 00:00:00").then_some(moment)
}

fn squeezed_contains(text: &str, wanted: &str) -> bool {
    text.split_whitespace().collect::<Vec<_>>().join(" ").contains(wanted)
}

fn read(log: &mut Log<'_>) -> (Source, Facts) {
    let mut reader = Reader { file: log.file, ..Reader::default() };
    let result = log.each_line(&mut |line| reader.line(line));
    reader.give_up();
    let mut facts = Facts::default();
    if let Err(error) = result {
        let message = format!("cannot be read to its end: {error}");
        facts.problems.push(Problem {
            kind: ProblemKind::Unreadable,
            at: Location::whole(log.file),
            message,
        });
    }
    let source = Source::excerpt(log.path, &reader.kept);
    if !reader.answers.is_empty() {
        let more = reader.counts.into_iter().filter_map(|(reason, count)| {
            let beyond = count.saturating_sub(KEPT);
            (beyond > 0).then_some((reason, beyond))
        });
        let unit = Unit { answers: reader.answers, more: more.collect(), ..Unit::default() };
        facts.openmanage = Some(Box::new(unit));
    }
    (source, facts)
}

/// An entry whose end has not come.
#[derive(Debug, Default)]
struct Open {
    lines: Vec<KeptLine>,
    bytes: usize,
    braces: Braces,
}

/// How deep in braces a text ends, strings left out.
#[derive(Debug, Default)]
struct Braces {
    depth: usize,
    in_string: bool,
    escaped: bool,
    seen: bool,
}

impl Braces {
    fn take(&mut self, text: &str) {
        for c in text.chars() {
            if self.escaped {
                self.escaped = false;
                continue;
            }
            match c {
                '\\' if self.in_string => self.escaped = true,
                '"' if self.depth > 0 => self.in_string = !self.in_string,
                '{' if !self.in_string => {
                    self.depth += 1;
                    self.seen = true;
                }
                '}' if !self.in_string => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    fn are_closed(&self) -> bool {
        self.seen && self.depth == 0
    }
}

#[derive(Debug)]
struct Reader {
    file: FileId,
    open: Option<Open>,
    kept: Vec<KeptLine>,
    /// Bytes of the kept lines, ends included.
    length: usize,
    answers: Vec<Answer>,
    counts: BTreeMap<Reason, usize>,
    /// The line before, where it ends in a part of the sentence about the connection.
    before: Option<KeptLine>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            file: FileId(0),
            open: None,
            kept: Vec::new(),
            length: 0,
            answers: Vec::new(),
            counts: BTreeMap::new(),
            before: None,
        }
    }
}

impl Reader {
    fn line(&mut self, line: LogLine<'_>) {
        let starts = is_start(line.text);
        if starts {
            self.give_up();
        }
        if self.open.is_none() {
            let json = line.text.contains("@Message.ExtendedInfo") && line.text.contains('{');
            if line.text.contains(WRITER) || json {
                self.open = Some(Open::default());
            } else {
                self.connection(line);
                return;
            }
        }
        let Some(open) = &mut self.open else { return };
        let text = line.text;
        open.bytes += text.len();
        open.braces.take(text);
        open.lines.push(KeptLine { number: line.number, byte: line.byte, text: text.to_owned() });
        if open.braces.are_closed() {
            self.close();
        } else if open.lines.len() > LINES
            || open.bytes > BYTES
            || (open.lines.len() > 3 && !open.braces.seen)
        {
            self.give_up();
        }
    }

    /// Whatever was open is no refusal.
    fn give_up(&mut self) {
        self.open = None;
    }

    /// Reads an entry that is whole.
    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let text: Vec<&str> = open.lines.iter().map(|it| it.text.as_str()).collect();
        let text = text.join("\n");
        let Some(brace) = text.find('{') else { return };
        let head = &text[..brace];
        let of_certificates = head.contains(WRITER);
        let context = Context {
            moment: moment(&text).map(str::to_owned),
            mode: if head.contains("uploadNewCertificateChain") {
                Some(Mode::Chain)
            } else if of_certificates {
                Some(Mode::Server)
            } else {
                None
            },
            of_certificates,
        };
        let base = (self.length + brace) as u32;
        let mut found = Vec::new();
        for document in &json::parse(&text[brace..]).documents {
            answers::collect(self.file, document, base, &context, &mut found);
        }
        let wanted: Vec<Answer> = found.into_iter().filter(|it| self.count(&it.reason)).collect();
        if !wanted.is_empty() {
            self.keep(open.lines);
            self.answers.extend(wanted);
        }
    }

    /// Counts a refusal; whether it is kept.
    fn count(&mut self, reason: &Reason) -> bool {
        if !self.counts.contains_key(reason) && self.counts.len() >= KINDS {
            return false;
        }
        let count = self.counts.entry(reason.clone()).or_default();
        *count += 1;
        *count <= KEPT
    }

    fn keep(&mut self, lines: Vec<KeptLine>) {
        self.length += lines.iter().map(|it| it.text.len() + 1).sum::<usize>();
        self.kept.extend(lines);
    }

    /// The sentence about a connection that failed, also over two lines.
    fn connection(&mut self, line: LogLine<'_>) {
        let own = KeptLine { number: line.number, byte: line.byte, text: line.text.to_owned() };
        let before = self.before.take();
        let (lines, at) = if let Some(at) = own.text.find(CONNECTION) {
            (vec![own], Span::new(at, at + CONNECTION.len()))
        } else if let Some(before) = before.filter(|it| {
            it.number + 1 == own.number && squeezed_contains(&format!("{} {}", it.text, own.text), CONNECTION)
        }) {
            let start = before.text.find("Unable").unwrap_or_default();
            let end = before.text.len();
            (vec![before, own], Span::new(start, end))
        } else {
            if own.text.contains("Unable to") && own.text.len() < BYTES {
                self.before = Some(own);
            }
            return;
        };
        if self.count(&Reason::Connection) {
            let base = self.length as u32;
            let at = Location::text(self.file, Span { start: at.start + base, end: at.end + base });
            let moment = lines.first().and_then(|it| moment(&it.text)).map(str::to_owned);
            self.keep(lines);
            self.answers.push(Answer {
                at,
                reason: Reason::Connection,
                moment,
                mode: Some(Mode::Chain),
                mild: false,
            });
        }
    }
}
