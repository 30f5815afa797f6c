//! Configuration of IIS: `applicationHost.config` and its neighbours, `web.config`, what `appcmd` and cmdlets print of
//! it, and scripts and playbooks that change it. Told by content, because people rename these files; by name where a
//! long comment stands in front of everything.

mod binding;
mod document;
mod host;
mod playbook;
mod printed;
mod scripts;
mod secrets;
mod sites;
#[cfg(test)]
mod tests;

use crate::{
    model::{
        Facts, Problem, ProblemKind,
        iis::{ConfigurationKind, Unit},
    },
    source::{Location, Source, Span, decode::decode},
    syntax::{
        commands::Dialect,
        xml::{self, Xml},
    },
};

use self::{document::Reader, scripts::Script};
use super::{Input, Probe, ReadBy, System, beyond_xml, comments, openmanage};

/// See the module.
pub(super) const SYSTEM: System = System { name: "iis_config", recognise, read: ReadBy::Whole(read) };

/// What stands in XML of IIS and hardly anywhere else, lower case.
const MARKS: &[&str] = &[
    "<system.applicationhost",
    "\\config\\schema\\iis_schema.xml",
    "configurationredirection",
    "\"moduleproviders\"",
    "<moduleproviders",
    "bindinginformation=",
    "site.name=\"",
    "config.section=\"system.",
    "<custommetadata",
    "iisclientcertificatemappingauthentication",
    "<access sslflags=",
    "servercerthash=",
];

/// What stands in configuration of IIS Express alone.
const EXPRESS: &[&str] = &["%IIS_BIN%", "%IIS_SITES_HOME%", "%IIS_USER_HOME%"];

fn recognise(probe: &Probe<'_>) -> bool {
    let Some(text) = probe.text else { return false };
    let name = probe.file_name();
    let start = text.trim_start_matches('\u{feff}').trim_start();
    match language(&name) {
        Some(Language::Yaml) => playbook::recognise(probe.path, text),
        // Where in a script a command stands says nothing about it; most scripts are read for nothing.
        Some(Language::Batch | Language::PowerShell) => !start.starts_with('<') || start.starts_with("<#"),
        Some(Language::Shell) => {
            scripts::may_hold(text) || ["netsh", "pwsh"].iter().any(|it| text.contains(it))
        }
        None if start.starts_with('<') => is_xml(&name, start),
        None => !is_no_print(&name) && printed::recognise(text),
    }
}

/// Languages of scripts, by the endings of names.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Language {
    Batch,
    PowerShell,
    Shell,
    Yaml,
}

fn language(name: &str) -> Option<Language> {
    let (_, ending) = strip_template(name).rsplit_once('.')?;
    Some(match ending {
        "cmd" | "bat" => Language::Batch,
        "ps1" | "psm1" => Language::PowerShell,
        "sh" | "bash" => Language::Shell,
        "yml" | "yaml" => Language::Yaml,
        _ => return None,
    })
}

/// Formats that a console does not print.
fn is_no_print(name: &str) -> bool {
    const ENDINGS: &[&str] = &[".json", ".conf", ".toml"];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn is_xml(name: &str, head: &str) -> bool {
    let head = head.to_ascii_lowercase();
    if head.contains("<!doctype html") || head.starts_with("<html") || head.contains("xmlns:xdt=") {
        // A transformation says what changes, not what is.
        return false;
    }
    let plain = strip_template(name);
    let named = matches!(plain, "web.config" | "redirection.config" | "administration.config")
        || (plain.contains("applicationhost") && plain.ends_with(".config"));
    named || MARKS.iter().any(|mark| head.contains(mark))
}

/// A name without the ending that a template engine takes away.
fn strip_template(name: &str) -> &str {
    const ENDINGS: &[&str] = &[".j2", ".erb", ".tmpl", ".tpl", ".template", ".bak", ".orig", ".old"];
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

fn read(input: &Input<'_>) -> (Source, Facts) {
    let Some((text, encoding)) = decode(input.bytes) else {
        return (Source::unread(input.path), Facts::default());
    };
    let mut source = Source::text(input.path, text, encoding);
    let mut facts = Facts::default();
    let mut unit = Unit::default();
    let name = input.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    match language(&name) {
        Some(language) => read_script(input, language, &mut source, &mut unit, &mut facts),
        None if source.text.trim_start_matches('\u{feff}').trim_start().starts_with('<') => {
            read_xml(input, &mut source, &mut unit, &mut facts);
        }
        None => {
            unit.configurations.extend(printed::read(input.file, &source.text));
            secrets::mask_text(&mut source);
        }
    }
    if unit.is_empty() && language(&name) == Some(Language::Yaml) && openmanage::is_named(&source.text) {
        return openmanage::read(input);
    }
    if unit.is_empty() {
        // Nothing will point into it, and it may hold what nobody has to see.
        return (Source::unread(input.path), Facts { problems: facts.problems, ..Facts::default() });
    }
    facts.iis = Some(Box::new(unit));
    (source, facts)
}

fn read_script(
    input: &Input<'_>,
    language: Language,
    source: &mut Source,
    unit: &mut Unit,
    facts: &mut Facts,
) {
    let place = |span: Span| Location::text(input.file, span);
    let (dialect, powershell) = match language {
        Language::Batch => (Dialect::Cmd, false),
        Language::PowerShell => (Dialect::PowerShell, true),
        Language::Shell => (Dialect::Posix, false),
        Language::Yaml => {
            unit.commands = playbook::read(input.file, &source.text, &mut facts.problems);
            return end_script(input, source, unit, facts);
        }
    };
    scripts::read(&source.text, Script { dialect, powershell, place: &place }, &mut unit.commands);
    end_script(input, source, unit, facts);
}

fn end_script(input: &Input<'_>, source: &mut Source, unit: &Unit, facts: &mut Facts) {
    if unit.is_empty() {
        return;
    }
    secrets::mask_text(source);
    let mut start = 0;
    let mut comments = Vec::new();
    for line in source.text.split_inclusive('\n') {
        let trimmed = line.trim_end();
        let comment = trimmed.find(['#', ':']).filter(|_| trimmed.contains("tlslint: ignore["));
        let remark =
            trimmed.to_ascii_lowercase().find("rem ").filter(|_| trimmed.contains("tlslint: ignore["));
        if let Some(at) = comment.into_iter().chain(remark).min() {
            comments.push(Span::new(start + at, start + trimmed.len()));
        }
        start += line.len();
    }
    facts.ignores = comments::ignores(input.file, source, comments);
}

fn read_xml(input: &Input<'_>, source: &mut Source, unit: &mut Unit, facts: &mut Facts) {
    let xml = xml::parse(&source.text);
    let mut reader = Reader::new(input.file);
    host::read(&mut reader, &xml, kind(input.path, &source.text, &xml), unit);
    secrets::mask_xml(source, &xml);
    facts.ignores = comments::ignores(input.file, source, xml.comments.iter().map(|it| it.span));
    facts.problems.extend(beyond_xml(input.file, xml.broken.as_ref()));
    if let Some(broken) = xml.broken.filter(|it| !it.over_limit && !unit.is_empty()) {
        let message = format!("is no complete XML: {}", broken.what);
        let at = Location::text(input.file, broken.at);
        facts.problems.push(Problem { kind: ProblemKind::Unreadable, at, message });
    }
}

/// What a document is as a whole.
fn kind(path: &str, text: &str, xml: &Xml) -> ConfigurationKind {
    let path = path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let named = |wanted: &str| xml.elements().take(ENOUGH).any(|it| it.name.eq_ignore_ascii_case(wanted));
    let Some(root) = xml.root() else { return ConfigurationKind::Fragment };
    if root.name.eq_ignore_ascii_case("appcmd") || root.name.eq_ignore_ascii_case("system.applicationHost") {
        return ConfigurationKind::Printed;
    }
    if !root.name.eq_ignore_ascii_case("configuration") {
        return ConfigurationKind::Fragment;
    }
    let host = named("system.applicationHost");
    if !host && !strip_template(name).contains("applicationhost") {
        return if named("sites") { ConfigurationKind::Fragment } else { ConfigurationKind::Web };
    }
    if EXPRESS.iter().any(|mark| text.contains(mark))
        || path.contains(".vs/config/")
        || path.contains("iisexpress")
    {
        return ConfigurationKind::Express;
    }
    // Parts that a template engine repeats or leaves out are parts that nobody knows, and so is what was cut off.
    let loops = ["{%", "<%", "{{#"].iter().any(|it| text.contains(it));
    let whole = text.get(..root.span.end as usize).is_some_and(|it| it.ends_with('>'))
        && root.span.end > root.open_span.end
        && xml.roots.len() == 1
        && text[root.span.range()].rfind("</").is_some_and(|at| {
            let end = root.span.start as usize + at + 2;
            text[end..root.span.end as usize].starts_with(root.name.as_str())
        });
    if loops || !whole || xml.broken.is_some() {
        ConfigurationKind::Fragment
    } else {
        ConfigurationKind::ApplicationHost
    }
}

/// Elements that are looked at to tell what a document is.
const ENOUGH: usize = 100_000;
