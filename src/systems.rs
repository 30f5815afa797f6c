//! Who wrote a file, and what it says. One file (or folder) a system: `recognise` looks at the first bytes,
//! `read` turns the whole into facts and never fails as a whole.

mod apigee;
mod captures;
mod certificates;
mod cms;
mod cms_log;
mod comments;
mod hybrid;
mod iis_config;
mod iis_dumps;
mod java;
mod kubernetes;
mod log;
mod nginx;
mod openmanage;
mod openmanage_logs;
mod scripts;
mod secrets;
mod source_code;
mod vcenter;
mod vcenter_logs;

use std::borrow::Cow;

pub use log::{Log, LogLine};

use crate::{
    model::{Facts, Location, Problem, ProblemKind, Secret, Wanted},
    source::{FileId, Source, decode::decode},
    syntax::{value::Broken, xml::XmlBroken},
};

/// What recognition may look at.
#[derive(Copy, Clone, Debug)]
pub struct Probe<'a> {
    /// The shown path.
    pub path: &'a str,
    /// The first bytes, at most [`crate::check::HEAD`].
    pub head: &'a [u8],
    /// The same as text, where it is text. A character cut in two at its end is no reason to give up.
    pub text: Option<&'a str>,
}

/// The last part of a path, lower case. Every system asks, and few names have other letters.
fn lower_name(path: &str) -> Cow<'_, str> {
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

impl<'a> Probe<'a> {
    /// The last part of the path, lower case.
    fn file_name(&self) -> Cow<'a, str> {
        lower_name(self.path)
    }

    /// Source of a program or a page for people, of which nothing but the first line of a script is of interest.
    fn is_source_code(&self) -> bool {
        self.text.is_some() && source_code::is_named(&self.file_name())
    }
}

/// A file to read.
#[derive(Copy, Clone, Debug)]
pub struct Input<'a> {
    /// Its id.
    pub file: FileId,
    /// The shown path.
    pub path: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
}

/// A system: something that writes files of its own kind.
#[derive(Debug)]
pub struct System {
    /// Its name.
    pub name: &'static str,
    /// Whether a file is of this system, by its path and first bytes.
    pub recognise: fn(&Probe<'_>) -> bool,
    /// What a file says.
    pub read: ReadBy,
}

/// How a file is read.
#[derive(Copy, Clone, Debug)]
pub enum ReadBy {
    /// All of it at once.
    Whole(fn(&Input<'_>) -> (Source, Facts)),
    /// Line by line, for files of any size: what is kept has a limit.
    Lines(fn(&mut Log<'_>) -> (Source, Facts)),
}

impl System {
    /// What a file says whose bytes are all there.
    pub fn read_bytes(&self, input: &Input<'_>) -> (Source, Facts) {
        match self.read {
            ReadBy::Whole(read) => read(input),
            ReadBy::Lines(read) => {
                let mut from = input.bytes;
                read(&mut Log { file: input.file, path: input.path, from: &mut from })
            }
        }
    }
}

/// All systems; the first that recognises a file reads it.
pub static ALL: &[&System] = &[
    &captures::SYSTEM,
    &openmanage::SYSTEM,
    &openmanage_logs::SYSTEM,
    &scripts::SYSTEM,
    &vcenter::SYSTEM,
    &vcenter_logs::SYSTEM,
    &certificates::SYSTEM,
    &cms::SYSTEM,
    &cms_log::SYSTEM,
    &apigee::SYSTEM,
    &hybrid::SYSTEM,
    &iis_config::SYSTEM,
    &iis_dumps::SYSTEM,
    &java::SYSTEM,
    &nginx::SYSTEM,
    &kubernetes::SYSTEM,
];

/// Whether the path of a file says that no system wants to see its first bytes.
pub fn is_foreign(path: &str) -> bool {
    source_code::is_compiled(&lower_name(path))
}

/// The system that recognises a file by its path and first bytes.
pub fn of(path: &str, head: &[u8]) -> Option<&'static System> {
    let text = decode(head).map(|(text, _)| text);
    let probe = Probe { path, head, text: text.as_deref() };
    if probe.is_source_code() {
        return (scripts::SYSTEM.recognise)(&probe).then_some(&scripts::SYSTEM);
    }
    ALL.iter().copied().find(|system| (system.recognise)(&probe))
}

/// What is told of a text of JSON or YAML that passes a limit of its format.
fn beyond(file: FileId, broken: Option<&Broken>) -> Option<Problem> {
    broken.filter(|it| it.over_limit).map(|it| not_read_on(file, &it.what))
}

/// The same of XML.
fn beyond_xml(file: FileId, broken: Option<&XmlBroken>) -> Option<Problem> {
    broken.filter(|it| it.over_limit).map(|it| not_read_on(file, &it.what))
}

fn not_read_on(file: FileId, what: &str) -> Problem {
    let message = format!("is not read beyond a limit: {what}");
    Problem { kind: ProblemKind::OverLimit, at: Location::whole(file), message }
}

/// Reads a file because another one names it, whatever its first bytes look like.
pub fn read_as(wanted: Wanted, input: &Input<'_>) -> (Source, Facts) {
    match wanted {
        Wanted::NginxConfiguration => nginx::read(input),
        Wanted::Material => certificates::read(input),
        Wanted::Passwords => (Source::unread(input.path), passwords(input.bytes)),
    }
}

/// One password a line, the line end left out as nginx does it.
fn passwords(bytes: &[u8]) -> Facts {
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let lines = lines.filter(|line| !line.is_empty()).map(|line| Secret::new(line.to_vec())).collect();
    Facts { passwords: Some(lines), ..Facts::default() }
}
