//! OpenManage Enterprise: tasks of Ansible and calls of its interface that upload certificates or ask for a request,
//! and what it answers to them. Told by the names of the module and of the calls.

pub(super) mod answers;
mod payload;
mod request;
mod scripts;
mod tasks;

use crate::{
    model::{
        Facts,
        openmanage::{Mode, Unit},
    },
    source::{Source, Span, decode::decode},
    syntax::{json, value::Value, yaml},
};

use super::{Input, Probe, ReadBy, System, beyond, comments, secrets};

/// See the module.
pub(super) const SYSTEM: System = System { name: "openmanage", recognise, read: ReadBy::Whole(read) };

/// The module of Ansible.
const MODULE: &str = "ome_application_certificate";

/// Calls of the interface by the end of their names.
const CALLS: &[&str] = &[
    "ApplicationService.GenerateCSR",
    "ApplicationService.UploadCertificate",
    "ApplicationService.UploadCertChain",
];

/// Languages by the endings of names.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Language {
    Yaml,
    Json,
    Shell,
    /// A request that an appliance gave, on one line.
    Request,
}

fn language(name: &str, text: &str) -> Option<Language> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "yml" | "yaml" => Some(Language::Yaml),
        "sh" | "bash" => Some(Language::Shell),
        "ps1" => None,
        _ if start.starts_with('{') => Some(Language::Json),
        _ if request::is_one_line(start) => Some(Language::Request),
        "" | "txt" | "http" if start.starts_with("#!") || start.starts_with("curl ") => Some(Language::Shell),
        _ => None,
    }
}

fn recognise(probe: &Probe<'_>) -> bool {
    let Some(text) = probe.text else { return false };
    match language(&probe.file_name(), text) {
        Some(Language::Yaml) => is_named(text),
        Some(Language::Shell) => CALLS.iter().any(|it| text.contains(it)),
        Some(Language::Json) => payload::is_one(text) || answers::is_one(text) || request::is_answer(text),
        Some(Language::Request) => true,
        None => false,
    }
}

/// Whether a playbook names what is read here.
pub(super) fn is_named(text: &str) -> bool {
    text.contains(MODULE) || CALLS.iter().any(|it| text.contains(it))
}

/// Reads a file to facts.
pub(super) fn read(input: &Input<'_>) -> (Source, Facts) {
    let Some((text, encoding)) = decode(input.bytes) else {
        return (Source::unread(input.path), Facts::default());
    };
    let name = input.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let mut unit = Unit::default();
    let mut hidden = Vec::new();
    let mut remarks = Vec::new();
    let mut problems = Vec::new();
    match language(&name, &text) {
        Some(Language::Yaml) => {
            let parsed = yaml::parse(&text);
            problems.extend(beyond(input.file, parsed.broken.as_ref()));
            for document in &parsed.documents {
                secret_values(document, &mut hidden);
            }
            tasks::read(input.file, &parsed, &mut unit);
            remarks = yaml::comments(&text);
            // Where reading stopped, nobody knows which of the rest is secret.
            if parsed.broken.is_some() {
                hidden.extend(parsed.broken.map(|it| Span { start: it.at.start, end: text.len() as u32 }));
            }
        }
        Some(Language::Json) => {
            let parsed = json::parse(&text);
            problems.extend(beyond(input.file, parsed.broken.as_ref()));
            for document in &parsed.documents {
                secret_values(document, &mut hidden);
                payload::body(input.file, document, &mut unit);
                request::in_answer(input.file, document, &mut unit);
                answers::collect(input.file, document, 0, &answers::Context::default(), &mut unit.answers);
            }
        }
        Some(Language::Shell) => {
            scripts::read(input.file, &text, &mut unit);
            hidden = scripts::secrets(&text);
        }
        Some(Language::Request) => request::one_line(input.file, &text, &mut unit),
        None => {}
    }
    if unit.is_empty() {
        // Nothing will point into it, and it may hold what nobody has to see.
        return (Source::unread(input.path), Facts { problems, ..Facts::default() });
    }
    let mut source = Source::text(input.path, text, encoding);
    let ignores = comments::ignores(input.file, &source, remarks);
    for span in hidden {
        source.mask(span);
    }
    (source, Facts { openmanage: Some(Box::new(unit)), ignores, problems, ..Facts::default() })
}

/// What the end of a call's name says about the file that goes with it.
fn mode_of(call: &str) -> Option<Mode> {
    if call.contains(CALLS[2]) {
        Some(Mode::Chain)
    } else if call.contains(CALLS[1]) {
        Some(Mode::Server)
    } else {
        None
    }
}

/// Values of passwords and the like, wherever they stand.
fn secret_values(value: &Value, spans: &mut Vec<Span>) {
    for item in value.items() {
        secret_values(item, spans);
    }
    for member in value.members() {
        match member.value.text_like() {
            Some(text) if secrets::is_secret_name(&member.key) || text.contains("PRIVATE KEY-----") => {
                spans.push(member.value.inner);
            }
            Some(_) => {}
            None => secret_values(&member.value, spans),
        }
    }
}

#[cfg(test)]
mod tests;
