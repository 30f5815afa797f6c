//! Logs of vCenter, line by line, whatever their size: requests for tokens that were rejected because of the signing
//! certificate, and lines that show the same outage to users. A stated number of lines is kept, the others are counted.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    model::{
        Facts, Problem, ProblemKind, Said,
        vcenter::{
            LogReport, Origin, Rejection, Unit, Window,
            log::{Clock, MAX_REJECTIONS},
        },
    },
    source::{FileId, KeptLine, Location, Source, Span},
    syntax::dates,
};

use super::{Log, LogLine, Probe, ReadBy, System, vcenter::QUOTING};

/// See the module.
pub(super) const SYSTEM: System = System { name: "vcenter logs", recognise, read: ReadBy::Lines(read) };

/// Logs by their names, which rotation makes longer.
const NAMES: &[&str] = &[
    "vpxd-svcs",
    "vpxd",
    "vmware-identity-sts",
    "vmware-sts-idmd",
    "ssoadminserver",
    "websso",
    "tokenservice",
];

/// What stands in these logs and in little else.
const MARKS: &[&str] = &[
    NOT_VALID,
    "InvalidTimeRange",
    "rejected the provided time range",
    UNREAD,
    WEAK,
    "Verifying vCenter Server VECS store",
    "[Originator@6876 sub=vpx",
];

const NOT_VALID: &str = "Signing certificate is not valid";
const UNREAD: &str = "Failed to read X509 cert; err:";
const WEAK: &str = "has weak signature algorithm ";
const SSO: &str = "Cannot connect to vCenter Single Sign-On server";

/// Lines that show an outage of the token service to users: what to look for, and what it is.
const SYMPTOMS: &[(&str, &str)] = &[
    ("vpxd-webserver-pipe", "`503 Service Unavailable`: vpxd does not answer"),
    ("User name and password are required", "the login page asks again"),
    (SSO, "logins do not reach the token service"),
    ("[400] An error occurred while sending an authentication request", "logins are answered with 400"),
    ("No healthy upstream", "the proxy finds no service behind it"),
    ("no healthy upstream", "the proxy finds no service behind it"),
];

/// Characters of a line that are kept.
const MAX_LINE: usize = 2048;
/// Numbers of errors, and weak certificates, that are kept.
const MAX_OTHERS: usize = 32;

fn recognise(probe: &Probe<'_>) -> bool {
    let name = probe.file_name();
    let Some(text) = probe.text else { return false };
    if name.rsplit_once('.').is_some_and(|(_, ending)| QUOTING.contains(&ending)) {
        return false;
    }
    let is_log = name.contains(".log") && NAMES.iter().any(|it| name.contains(it));
    is_log || MARKS.iter().any(|it| text.contains(it))
}

fn read(log: &mut Log<'_>) -> (Source, Facts) {
    let mut keeper = Keeper { file: log.file, ..Keeper::default() };
    let ended = log.each_line(&mut |line| keeper.take(line));
    let mut facts = Facts::default();
    if let Err(error) = ended {
        let message = format!("cannot be read to its end: {error}");
        let at = Location::whole(log.file);
        facts.problems.push(Problem { kind: ProblemKind::Unreadable, at, message });
    }
    let source = Source::excerpt(log.path, &keeper.kept);
    if !keeper.report.is_empty() {
        let unit = Unit { log: Some(keeper.report), names: keeper.names, ..Unit::default() };
        facts.vcenter = Some(Box::new(unit));
    }
    (source, facts)
}

/// What is kept of a log while it goes by.
#[derive(Default)]
struct Keeper {
    file: FileId,
    kept: Vec<KeptLine>,
    /// Bytes of the lines that are kept, with a line feed each.
    length: usize,
    /// Rejections by their windows as written.
    by_window: BTreeMap<Option<(String, String)>, usize>,
    report: LogReport,
    names: Vec<(Origin, Said)>,
}

impl Keeper {
    fn take(&mut self, line: LogLine<'_>) {
        self.report.lines += 1;
        let text = line.text;
        if text.contains(NOT_VALID) || text.contains("rejected the provided time range") {
            self.rejection(line);
        } else if let Some(at) = text.find(UNREAD) {
            self.unread(line, at);
        } else if let Some(at) = text.find(WEAK) {
            self.weak(line, at);
        } else if let Some((mark, what)) = SYMPTOMS.iter().find(|(mark, _)| text.contains(mark)) {
            if let Some((_, count)) = self.report.symptoms.get_mut(what) {
                *count += 1;
                return;
            }
            let at = self.keep(line, text.find(mark).unwrap_or_default(), mark.len());
            self.report.symptoms.insert(what, (at, 1));
            self.host(line, at);
        }
    }

    /// Keeps a line, and gives the place of a part of it.
    fn keep(&mut self, line: LogLine<'_>, from: usize, length: usize) -> Location {
        let text = upto(line.text, MAX_LINE);
        let start = self.length + from.min(text.len());
        let end = self.length + (from + length).min(text.len());
        self.kept.push(KeptLine { number: line.number, byte: line.byte, text: text.to_owned() });
        self.length += text.len() + 1;
        Location::text(self.file, Span::new(start, end.max(start)))
    }

    fn rejection(&mut self, line: LogLine<'_>) {
        let words = Words::of(line.text);
        let key = words.window.map(|(start, end)| (start.to_owned(), end.to_owned()));
        if let Some(at) = self.by_window.get(&key) {
            self.report.rejections[*at].count += 1;
            return;
        }
        if self.report.rejections.len() >= MAX_REJECTIONS {
            self.report.more += 1;
            return;
        }
        let window =
            words.window.and_then(|(start, end)| Some(Window { start: clock(start)?, end: clock(end)? }));
        let from = line.text.find(NOT_VALID).unwrap_or_default();
        let at = self.keep(line, from, upto(&line.text[from..], 240).len());
        let rejection = Rejection { at, first: words.moment.and_then(clock), window, count: 1 };
        self.by_window.insert(key, self.report.rejections.len());
        self.report.rejections.push(rejection);
    }

    fn unread(&mut self, line: LogLine<'_>, at: usize) {
        let rest = line.text[at + UNREAD.len()..].trim_start();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let Ok(code) = rest[..digits].parse::<u64>() else { return };
        if let Some((_, count)) = self.report.unread.get_mut(&code) {
            *count += 1;
        } else if self.report.unread.len() < MAX_OTHERS {
            let length = line.text.len() - rest.len() + digits - at;
            let at = self.keep(line, at, length);
            self.report.unread.insert(code, (at, 1));
        }
    }

    /// `… in VECS store X has weak signature algorithm Y. …`
    fn weak(&mut self, line: LogLine<'_>, at: usize) {
        if self.report.weak.len() >= MAX_OTHERS {
            return;
        }
        let word = |text: &str| {
            text.trim_start().split([' ', ',']).next().unwrap_or_default().trim_end_matches('.').to_owned()
        };
        let algorithm = word(&line.text[at + WEAK.len()..]);
        let store = line.text.split_once("VECS store ").map(|(_, rest)| word(rest)).unwrap_or_default();
        let from = line.text.find("The certificate with subject").unwrap_or(at);
        let place = self.keep(line, from, at + WEAK.len() + algorithm.len() - from.min(at));
        self.report.weak.push((store, algorithm, place));
    }

    /// The host of a URL of the token service.
    fn host(&mut self, line: LogLine<'_>, at: Location) {
        let Some((_, rest)) = line.text.split_once(SSO) else { return };
        let Some((_, url)) = rest.split_once("https://") else { return };
        let host = url.split(['/', ':', ' ']).next().unwrap_or_default();
        if host.contains('.') {
            self.names.push((Origin::Url, Said { text: host.to_owned(), at }));
        }
    }
}

/// The first bytes of a text, no character cut in two.
fn upto(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    &text[..end]
}

/// Dates of a rejection as written.
struct Words<'t> {
    /// When the certificate was asked about.
    moment: Option<&'t str>,
    /// From when and until when it is valid.
    window: Option<(&'t str, &'t str)>,
}

impl<'t> Words<'t> {
    fn of(text: &'t str) -> Self {
        let (before, behind) = text.split_once(NOT_VALID).unwrap_or((text, ""));
        let (at, window) = behind.split_once("cert validity").unwrap_or((behind, ""));
        let at = at.trim().strip_prefix("at ").map(|it| it.trim_end_matches([',', ' ']));
        Self { moment: at.or_else(|| period(before).map(|it| it.0)), window: period(window) }
    }
}

/// `[startTime=…, endTime=…]`
fn period(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("[startTime=")?;
    let (start, rest) = rest.split_once(", endTime=")?;
    let (end, _) = rest.split_once(']')?;
    Some((start.trim(), end.trim()))
}

fn clock(text: &str) -> Option<Clock> {
    let written = dates::java(text)?;
    Some(Clock { seconds: written.seconds, zone: written.zone? })
}
