//! What commands print: blocks of `label : value`, lists of files, answers, versions.

use crate::{
    model::{
        Said,
        cms::{Answer, Field, Listing, Service, State, StateOf},
    },
    source::{FileId, Location, Span},
};

use super::lines::Line;

/// Lines of a block; the longest one is that of a large database cluster.
pub(super) const LONGEST: usize = 96;

/// Labels that nothing else has, and what their block is of.
const TELLING: &[(&str, StateOf)] = &[
    ("https key file", StateOf::WebBridge3),
    ("https full chain certificate file", StateOf::WebBridge3),
    ("c2w trust bundle", StateOf::WebBridge3),
    ("c2w trusted certs", StateOf::CallBridge),
    ("callbridge cluster trusted certs", StateOf::CallBridge),
    ("ucm verification mode", StateOf::CallBridge),
    ("preferred interface", StateOf::CallBridge),
    ("tls listening interface", StateOf::WebAdmin),
    ("interface whitelist", StateOf::WebBridge2),
    ("clickonce url", StateOf::WebBridge2),
    ("tls cert", StateOf::Turn),
    ("tls key", StateOf::Turn),
    ("short term credentials", StateOf::Turn),
    ("sip key file", StateOf::Recorder),
    ("sip certificate file", StateOf::Recorder),
    ("sip ca bundle file", StateOf::Recorder),
    ("cms trust bundle", StateOf::Uploader),
    ("vbrick rev trust bundle", StateOf::Uploader),
    ("node in use", StateOf::Database),
    ("server certificate", StateOf::Database),
    ("client certificate", StateOf::Database),
    ("xmpp domain", StateOf::Xmpp),
];

/// A line `label : value`.
pub(super) fn field(file: FileId, line: &Line<'_>) -> Option<Field> {
    let text = line.text;
    let colon = text
        .find(" :")
        .map(|at| at + 1)
        .or_else(|| text.find(": "))
        .or_else(|| text.strip_suffix(':').map(str::len))?;
    let label = text[..colon].trim();
    let fits =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/' | '(' | ')' | '\'');
    if label.is_empty() || label.len() > 44 || !label.chars().all(fits) {
        return None;
    }
    let behind = text.get(colon + 1..).unwrap_or_default();
    let value = behind.trim();
    let from = line.start + colon + 1 + (behind.len() - behind.trim_start().len());
    let at = if value.is_empty() {
        line.at(file)
    } else {
        Location::text(file, Span::new(from, from + value.len()))
    };
    Some(Field { label: label.to_owned(), value: Said { text: value.to_owned(), at } })
}

/// Whether a label is one of the blocks that are read here.
pub(super) fn telling(label: &str) -> Option<StateOf> {
    let label = label.to_ascii_lowercase();
    TELLING.iter().find(|(it, _)| *it == label).map(|(_, of)| *of)
}

/// What a block is of, by the command above it.
fn of_command(service: Option<Service>) -> Option<StateOf> {
    Some(match service? {
        Service::WebAdmin => StateOf::WebAdmin,
        Service::CallBridge => StateOf::CallBridge,
        Service::WebBridge2 => StateOf::WebBridge2,
        Service::WebBridge3Https | Service::WebBridge3C2w => StateOf::WebBridge3,
        Service::Xmpp => StateOf::Xmpp,
        Service::Turn => StateOf::Turn,
        Service::Recorder | Service::Streamer => StateOf::Recorder,
        Service::SchedulerC2w | Service::SchedulerHttps => StateOf::Scheduler,
        Service::Database => StateOf::Database,
        _ => return None,
    })
}

/// A block of states at the beginning of `lines`: the block, and how many lines it takes.
pub(super) fn block(file: FileId, lines: &[Line<'_>], command: Option<Service>) -> Option<(State, usize)> {
    let mut fields: Vec<Field> = Vec::new();
    let mut taken = 0;
    let mut at = 0;
    while let Some(line) = lines.get(at).filter(|it| at < LONGEST && it.prompt.is_none()) {
        if let Some(found) = field(file, line) {
            fields.push(found);
            taken = at + 1;
        } else if !(line.text.is_empty()
            || matches!(line.text, "Nodes:" | "Certificates")
            || line.text.starts_with("Listen interface"))
        {
            break;
        }
        at += 1;
        // A heading or an empty line belongs to the block where the next line does.
        if at > taken + 2 {
            break;
        }
    }
    let first = fields.first()?;
    let by_labels = || fields.iter().find_map(|it| telling(&it.label));
    let has = |label: &str| fields.iter().any(|it| it.label.eq_ignore_ascii_case(label));
    let of = of_command(command).filter(|_| fields.len() >= 2).or_else(by_labels)?;
    // Two lines that look alike are no block, unless they are known ones.
    if fields.len() < 2 || (fields.len() < 3 && !has("Status") && by_labels().is_none()) {
        return None;
    }
    let crate::source::Place::Text(span) = first.value.at.place else { return None };
    let start = lines.first().map_or(span.start as usize, |it| it.start);
    let end = lines.first().map_or(span.end as usize, |it| it.start + it.text.len());
    Some((State { at: Location::text(file, Span::new(start, end)), of, fields }, taken))
}

/// What `pki list` printed, from its heading on.
pub(super) fn listing(file: FileId, lines: &[Line<'_>]) -> Option<(Listing, usize)> {
    let head = lines.first()?;
    if !head.text.starts_with("User supplied certificates and keys") {
        return None;
    }
    let mut files = Vec::new();
    for line in &lines[1..] {
        if line.prompt.is_some() || line.text.is_empty() || line.text.contains(char::is_whitespace) {
            break;
        }
        files.push(Said { text: line.text.to_owned(), at: line.at(file) });
    }
    let taken = files.len() + 1;
    Some((Listing { at: head.at(file), files }, taken))
}

/// `SUCCESS: …`, `FAILURE: …`.
pub(super) fn answer(file: FileId, line: &Line<'_>) -> Option<Answer> {
    let (word, text) = line.text.split_once(':')?;
    let failure = match word {
        "FAILURE" => true,
        "SUCCESS" => false,
        _ => return None,
    };
    Some(Answer { at: line.at(file), failure, text: text.trim().to_owned() })
}

/// `3.8.1`, alone or behind a label.
pub(super) fn version(file: FileId, line: &Line<'_>) -> Option<Said> {
    let word = line.text.split_whitespace().find(|it| {
        let mut parts = it.split('.');
        parts
            .next()
            .is_some_and(|it| !it.is_empty() && it.len() <= 2 && it.bytes().all(|b| b.is_ascii_digit()))
            && parts.next().is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()))
    })?;
    let from = line.start + (word.as_ptr() as usize - line.text.as_ptr() as usize);
    Some(Said { text: word.to_owned(), at: Location::text(file, Span::new(from, from + word.len())) })
}
