//! `netsh http show sslcert` in any language: a record is an endpoint with a thumbprint and an application id below it,
//! and its other lines follow in an order that no build changed. Labels and layout are not needed.

use crate::model::iis::{Dump, DumpKind, Generation, Key, Record, RecordOption, Thumbprint, Unit};

use super::{
    labels::{self, FIXED, Field},
    lines::{Line, Stretch},
    shapes::{self, Guid},
};

/// A record that ends earlier was cut.
const WHOLE: usize = FIXED.len();

/// Reads a dump that begins with the first line; says how many lines it has.
pub(super) fn read(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let lines = stretch.lines;
    let first = lines.first()?;
    let asked = stretch.commanded(&["show", "sslcert"]);
    let ruled = lines.get(1).is_some_and(Line::is_rule);
    let header = first.command.is_none()
        && (labels::is_header(first.text())
            || (ruled && first.text().contains("SSL") && asked)
            || (ruled && lines.get(2..).is_some_and(|rest| start(rest, false).is_some())));
    let mut at = match (header, ruled) {
        (true, true) => 2,
        (true, false) => 1,
        // A header without its dashes stands in many a sentence.
        (false, _) => 0,
    };
    let begins = lines.get(at..).and_then(|rest| start(rest, header));
    if (!header && begins.is_none()) || (header && !ruled && begins.is_none() && !asked) {
        return None;
    }
    let mut dump = Dump {
        kind: DumpKind::Netsh,
        at: if header { first.whole.at(stretch.file) } else { begins.as_ref()?.value.at(stretch.file) },
        records: Vec::new(),
        partial: !header || stretch.command.is_some_and(is_query) || stretch.is_filtered(),
        generation: None,
    };
    if begins.is_none() {
        // An answer in words: what was asked for is not there.
        dump.partial |= lines.get(at).is_some_and(|line| is_sentence(line.text()));
    }
    let mut optional = Vec::new();
    while let Some(begin) = lines.get(at..).and_then(|rest| start(rest, true)) {
        let end = at + extent(&lines[at..]);
        let lines = &lines[at..end];
        at = end;
        let Some(key) = begin.key.clone() else {
            dump.partial = true;
            continue;
        };
        let (record, counted) = record(stretch, key, &begin, lines);
        dump.partial |= counted.is_cut();
        optional.push(record.options.len());
        if counted.fixed == WHOLE {
            dump.generation = dump.generation.max(counted.generation(lines, &record.key));
        }
        dump.records.push(record);
    }
    // A record whose lines end before those of its neighbours was cut at the end of the paste.
    dump.partial |= optional.last() < optional.iter().max();
    unit.dumps.push(dump);
    Some(at)
}

/// A transcript of several answers with one record each, all of them different: each was asked for by its key.
pub(super) fn note_single_answers(unit: &mut Unit) {
    let of_netsh = |it: &&mut Dump| it.kind == DumpKind::Netsh;
    let dumps: Vec<&mut Dump> = unit.dumps.iter_mut().filter(of_netsh).collect();
    let keys: Vec<&Key> = dumps.iter().filter_map(|it| it.records.first()).map(|it| &it.key).collect();
    let differ = keys.iter().any(|key| *key != keys[0]);
    if dumps.len() > 1 && differ && dumps.iter().all(|it| it.records.len() == 1) {
        for dump in dumps {
            dump.partial = true;
        }
    }
}

/// `show sslcert ipport=…`: what follows the word is more than the form of the print and where it goes.
fn is_query(command: &str) -> bool {
    let lower = command.to_ascii_lowercase();
    let Some((_, rest)) = lower.split_once("sslcert") else { return false };
    let rest = rest.split(['|', '>']).next().unwrap_or_default();
    rest.split_whitespace().any(|word| {
        let word = word.trim_matches(['"', '\'', '=', '#', '-', ')', ';', '`']);
        !word.is_empty() && word != "json=enable" && word != "json=disable" && word != "2"
    })
}

fn is_sentence(text: &str) -> bool {
    text.ends_with(['.', '。', '．', '!'])
}

/// How a record begins.
#[derive(Clone, Debug)]
struct Start<'t> {
    /// `None`: masked.
    key: Option<Key>,
    value: super::lines::Piece<'t>,
    hash: Option<Thumbprint>,
}

/// Whether the first line begins a record. Inside a dump less is asked for.
fn start<'t>(lines: &[Line<'t>], inside: bool) -> Option<Start<'t>> {
    let (label, value) = lines.first()?.labelled()?;
    let known = labels::field(label).filter(|it| it.is_key());
    let key = key(value.text, label, known);
    if key.is_none() && known.is_none() {
        return None;
    }
    let below = |at: usize| lines.get(at).and_then(Line::labelled);
    let field_below = |at: usize| below(at).and_then(|(label, _)| labels::field(label));
    let hash_known = field_below(1) == Some(Field::Hash);
    let hash = below(1).and_then(|(_, value)| shapes::thumbprint(value.text));
    let guid_at = |at: usize| below(at).is_some_and(|(_, value)| shapes::guid(value.text).is_some());
    let guid = guid_at(2) || guid_at(3);
    let sure = match (&key, &hash) {
        (None, _) => (1..4).any(|at| field_below(at).is_some_and(|it| !it.is_key())),
        (Some(Key::Central(_)), Some(Thumbprint::Null)) => guid || known.is_some(),
        (Some(Key::Central(_)), _) => known == Some(Field::Central) && (guid || hash_known),
        (Some(_), Some(Thumbprint::Known(_) | Thumbprint::Unknown)) => {
            guid || hash_known || known.is_some() || inside
        }
        (Some(_), Some(Thumbprint::Null)) => guid || (known.is_some() && hash_known),
        (Some(_), None) => {
            (known.is_some() && (1..4).any(|at| field_below(at).is_some_and(|it| !it.is_key())))
                || hash_known
                || (inside && (guid_at(1) || guid))
        }
    };
    sure.then_some(Start { key, value, hash })
}

fn key(value: &str, label: &str, known: Option<Field>) -> Option<Key> {
    if let Some(port) = shapes::port_number(value) {
        return Some(Key::Central(port));
    }
    match shapes::endpoint(value)? {
        // No build was seen that prints one; a label that speaks of the store leaves no doubt.
        Key::Name(host, port)
            if label.contains("Central") || label.to_ascii_lowercase().contains("scoped") =>
        {
            Some(Key::ScopedCentral(host, port))
        }
        // `IP:port : your-server:443`
        Key::Name(..) if known == Some(Field::Ip) => None,
        key => Some(key),
    }
}

/// How many lines the record has that begins with the first.
fn extent(lines: &[Line<'_>]) -> usize {
    let mut at = 1;
    let mut counted = 0;
    let mut properties = false;
    while at < lines.len() {
        let line = &lines[at];
        if line.command.is_some() || line.is_rule() || labels::is_header(line.text()) {
            break;
        }
        if start(&lines[at..], true).is_some() || is_unknown_header(&lines[at..]) {
            break;
        }
        let Some((label, value)) = line.labelled() else {
            // A narrow console breaks long lines.
            let goes_on = lines.get(at + 1).is_some_and(|next| !next.after_gap && next.labelled().is_some());
            if !line.after_gap && goes_on && counted <= WHOLE {
                at += 1;
                continue;
            }
            break;
        };
        counted += 1;
        properties |= shapes::skeleton(label).contains("propertyid");
        let digits = value.text.bytes().all(|byte| byte.is_ascii_digit());
        // Behind the fixed lines come states and properties, and nothing else.
        if counted > WHOLE + 1 {
            let heading = value.text.is_empty() && is_heading(&lines[at..]);
            let optional =
                shapes::state(value.text).is_some() || (!line.after_gap && labels::option(label).is_some());
            let property = properties && digits && !value.text.is_empty();
            let property = property || shapes::skeleton(label).contains("propertyid");
            if !heading && !optional && !property {
                break;
            }
        }
        at += 1;
    }
    at
}

/// ` Extended Properties:`, which a property follows.
fn is_heading(lines: &[Line<'_>]) -> bool {
    lines
        .get(1)
        .and_then(Line::labelled)
        .is_some_and(|(label, _)| shapes::skeleton(label).contains("propertyid"))
}

/// A header of another print: something above dashes.
fn is_unknown_header(lines: &[Line<'_>]) -> bool {
    lines.get(1).is_some_and(Line::is_rule)
}

/// What the lines of a record are, to tell the build by.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each says that a line was there")]
struct Counted {
    fixed: usize,
    reject: bool,
    http2: bool,
    tls12: bool,
    ocsp: bool,
    /// Lines between OCSP and the first property.
    behind_ocsp: usize,
}

impl Counted {
    /// No build is known to stop between the versions of TLS and OCSP.
    fn is_cut(&self) -> bool {
        self.fixed < WHOLE || (self.tls12 && !self.ocsp)
    }

    fn generation(&self, lines: &[Line<'_>], key: &Key) -> Option<Generation> {
        if self.ocsp {
            return Some(match self.behind_ocsp {
                0 | 1 => Generation::Ws2019,
                2..=4 => Generation::Ws2022,
                _ => Generation::Ws2025,
            });
        }
        match (self.tls12, self.http2, self.reject) {
            (true, ..) => None,
            (_, true, _) => Some(Generation::Ws2019),
            (.., true) => Some(Generation::Ws2016),
            _ => by_layout(lines, key),
        }
    }
}

/// The oldest builds print the same lines and pad them differently.
fn by_layout(lines: &[Line<'_>], key: &Key) -> Option<Generation> {
    let padding = |line: &Line<'_>| {
        let (label, value) = line.labelled()?;
        let between = line.text().len() - label.len() - value.text.len();
        Some((label.len(), between))
    };
    let (_, first) = padding(lines.first()?)?;
    let (label, fifth) = padding(lines.get(4)?)?;
    // Blanks, a colon and a blank.
    match (first, fifth) {
        (4.., _) if !matches!(key, Key::Endpoint(..)) => Some(Generation::Ws2012),
        (4.., 6) if label > 30 => Some(Generation::Ws2008),
        (4.., 3) if label > 30 => Some(Generation::Ws2012),
        _ => None,
    }
}

fn record(stretch: &Stretch<'_, '_>, key: Key, begin: &Start<'_>, lines: &[Line<'_>]) -> (Record, Counted) {
    let file = stretch.file;
    let mut record = Record {
        at: begin.value.at(file),
        key,
        hash: Thumbprint::Unknown,
        hash_at: begin.value.at(file),
        app_id: None,
        store: None,
        store_is_null: None,
        options: Vec::new(),
        ctl_store: None,
        times: (None, None),
    };
    let mut counted = Counted::default();
    let mut body = 1;
    // A record of which lines were left out may have none for the thumbprint.
    let second = lines.get(1).and_then(|line| Some((line, line.labelled()?)));
    if let Some((line, (label, value))) = second
        && (begin.hash.is_some() || labels::field(label).is_none_or(|it| it == Field::Hash))
    {
        record.hash = begin.hash.clone().unwrap_or(Thumbprint::Unknown);
        record.hash_at = if value.text.is_empty() { line.whole.at(file) } else { value.at(file) };
        body = 2;
    }
    let mut cursor = 0;
    // Of an English print every line is known by its label, also where lines were left out.
    let mut aligned = !lines.iter().filter_map(Line::labelled).any(|(label, _)| labels::is_english(label));
    let mut properties = false;
    for line in lines.get(body..).unwrap_or_default() {
        let Some((label, value)) = line.labelled() else { continue };
        let fixed = labels::field(label).filter(|it| FIXED.contains(it));
        let fixed = fixed.or_else(|| aligned.then(|| by_order(&mut cursor, label, value.text)).flatten());
        if let Some(field) = fixed {
            cursor = FIXED.iter().position(|it| *it == field).map_or(cursor, |at| at + 1);
            counted.fixed += 1;
            take(&mut record, field, value, file);
            continue;
        }
        properties |= shapes::skeleton(label).contains("propertyid") || value.text.is_empty();
        if properties {
            continue;
        }
        let on = shapes::state(value.text);
        let option = labels::option(label).or_else(|| {
            let first =
                (cursor >= WHOLE || label == "Reject Connections") && !counted.http2 && !counted.reject;
            (first && !shapes::skeleton(value.text).ends_with("set")).then_some(RecordOption::Reject)
        });
        let Some(option) = option.or(Some(RecordOption::Other).filter(|_| cursor >= WHOLE || on.is_some()))
        else {
            aligned = false;
            continue;
        };
        counted.behind_ocsp += usize::from(counted.ocsp);
        counted.reject |= option == RecordOption::Reject;
        counted.http2 |= option == RecordOption::DisableHttp2;
        counted.tls12 |= matches!(option, RecordOption::DisableTls12 | RecordOption::DisableTls13);
        counted.ocsp |= option == RecordOption::DisableOcspStapling;
        record.options.push((option, on, value.at(file)));
    }
    (record, counted)
}

/// The fixed line that comes next, where the value fits it.
fn by_order(cursor: &mut usize, label: &str, value: &str) -> Option<Field> {
    // Some prints lack the application id.
    if FIXED.get(*cursor) == Some(&Field::App) && shapes::guid(value).is_none() {
        *cursor += 1;
    }
    let field = *FIXED.get(*cursor)?;
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let fits = match field {
        Field::App => true,
        Field::Store | Field::CtlId | Field::CtlStore => shapes::state(value).is_none() && !digits,
        Field::Freshness | Field::Timeout => digits,
        _ => !digits && !value.is_empty() && value != "(null)" && labels::option(label).is_none(),
    };
    fits.then_some(field)
}

fn take(record: &mut Record, field: Field, value: super::lines::Piece<'_>, file: crate::source::FileId) {
    let is_null = value.text.eq_ignore_ascii_case("(null)");
    let text = || (!is_null && !value.text.is_empty()).then(|| value.said(file));
    match field {
        Field::App => {
            record.app_id = text().filter(|it| shapes::guid(&it.text) == Some(Guid::Whole)).map(|mut it| {
                it.text.make_ascii_lowercase();
                it
            });
        }
        Field::Store => {
            record.store = text();
            record.store_is_null = is_null.then(|| value.at(file));
        }
        Field::Freshness => record.times.0 = value.text.parse().ok(),
        Field::Timeout => record.times.1 = value.text.parse().ok(),
        Field::CtlStore => record.ctl_store = text(),
        _ => {
            if let Some(option) = field.option() {
                record.options.push((option, shapes::state(value.text), value.at(file)));
            }
        }
    }
}
