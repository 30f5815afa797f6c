//! Playbooks and pipelines in YAML: tasks of Ansible that make bindings, and scripts that stand in values.

use crate::{
    model::{
        Problem, Said,
        iis::{Command, CommandKind},
    },
    source::{FileId, Location, Span},
    syntax::{
        commands::{self, Dialect, Word},
        value::{Member, Value},
        yaml,
    },
};

use super::{
    super::beyond,
    scripts::{self, Script},
};

/// Options of modules with the names that arguments have here.
const OPTIONS: &[(&str, &str)] = &[
    ("website", "name"),
    ("ip", "ipaddress"),
    ("host_header", "hostheader"),
    ("hostname", "hostheader"),
    ("certificate_hash", "certhash"),
    ("certificate_store_name", "certstorename"),
    ("ssl_flags", "sslflags"),
];

/// What stands in playbooks and pipelines, at the start of a line behind blanks and dashes.
const MARKS: &[&str] =
    &["hosts:", "tasks:", "steps:", "stages:", "jobs:", "name:", "stage:", "block:", "script:", "when:"];

/// Whether the beginning of a YAML file looks like a playbook, tasks, or a pipeline.
pub(super) fn recognise(path: &str, head: &str) -> bool {
    if scripts::may_hold(head) {
        return true;
    }
    // Manifests of Kubernetes have names and jobs too, and no bindings.
    if head.lines().any(|line| line.starts_with("apiVersion:")) {
        return false;
    }
    let folders = ["/tasks/", "/handlers/", "/playbooks/", "/roles/", "/.github/workflows/"];
    let path = format!("/{}", path.to_ascii_lowercase());
    let named =
        folders.iter().any(|it| path.contains(it)) || path.contains("pipeline") || path.contains("gitlab-ci");
    named
        || head.lines().any(|line| {
            let line = line.trim_start_matches(['-', ' ']);
            MARKS.iter().any(|mark| line.starts_with(mark))
        })
}

pub(super) fn read(file: FileId, text: &str, problems: &mut Vec<Problem>) -> Vec<Command> {
    if !scripts::may_hold(text) && !text.contains("website_binding") {
        return Vec::new();
    }
    let parsed = yaml::parse(text);
    problems.extend(beyond(file, parsed.broken.as_ref()));
    let mut playbook = Playbook { file, text, found: Vec::new() };
    for document in &parsed.documents {
        playbook.value(document, Shell { key: "", named: "" });
    }
    playbook.found.sort_by_key(|it| it.at);
    // What an alias repeats stands in one place only.
    playbook.found.dedup_by(|next, it| next.at == it.at && next.kind == it.kind);
    playbook.found
}

struct Playbook<'t> {
    file: FileId,
    text: &'t str,
    found: Vec<Command>,
}

/// What says which shell reads a value: its key, and `shell:` beside it.
#[derive(Copy, Clone)]
struct Shell<'v> {
    key: &'v str,
    named: &'v str,
}

impl Shell<'_> {
    /// PowerShell reads it, for certain.
    fn is_powershell(self) -> bool {
        let of_key = matches!(last_part(self.key), "win_shell" | "win_powershell" | "powershell" | "pwsh");
        let of_name = self.named.contains("pwsh") || self.named.contains("powershell");
        of_key || of_name || self.key.eq_ignore_ascii_case("inline")
    }

    fn is_cmd(self) -> bool {
        matches!(last_part(self.key), "win_command" | "cmd" | "batch") || self.named.starts_with("cmd")
    }
}

/// The name of a module without its collection.
fn last_part(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

impl Playbook<'_> {
    fn at(&self, span: Span) -> Location {
        Location::text(self.file, span)
    }

    fn value(&mut self, value: &Value, shell: Shell<'_>) {
        if let Some(text) = value.as_text() {
            if scripts::may_hold(text) {
                self.script(value, text, shell);
            }
            return;
        }
        for item in value.items() {
            self.value(item, shell);
        }
        let named = value.get("shell").or_else(|| value.get("executable")).and_then(|it| it.value.as_text());
        let named = named.unwrap_or(shell.named).to_ascii_lowercase();
        for member in value.members() {
            match last_part(&member.key) {
                "win_iis_webbinding" | "website_binding" => self.task(member),
                "win_dsc" => self.resource(member),
                // The free form and its options: `win_shell: { cmd: … }`.
                "cmd" | "_raw_params" | "argv" if !shell.key.is_empty() => {
                    self.value(&member.value, Shell { key: shell.key, named: &named });
                }
                _ => self.value(&member.value, Shell { key: &member.key, named: &named }),
            }
        }
    }

    /// A module that makes a binding, with its options as a map or in one line.
    fn task(&mut self, member: &Member) {
        let known = |name: &str| {
            OPTIONS.iter().find(|(it, _)| *it == name).map_or(name, |(_, known)| *known).to_owned()
        };
        let mut arguments: Vec<(String, Said)> = Vec::new();
        for option in member.value.members() {
            if let Some(said) = self.said(&option.value) {
                arguments.push((known(&option.key), said));
            }
        }
        if let Some(line) = member.value.as_text() {
            let base = member.value.inner.start;
            let raw = self.text.get(member.value.inner.range()).unwrap_or_default();
            if raw.len() != line.len() && raw.trim() != line.trim() {
                return;
            }
            for word in commands::split(raw, Dialect::Posix).iter().flat_map(|it| &it.words) {
                let Some((name, value)) = word.text.split_once('=') else { continue };
                let at = shifted(word.place(word.text.len() - value.len()..word.text.len()), base);
                arguments.push((known(name), Said { text: value.to_owned(), at: self.at(at) }));
            }
        }
        if !arguments.is_empty() {
            self.push(CommandKind::Ansible, member.key_span, arguments);
        }
    }

    /// `win_dsc` with the bindings of a resource.
    fn resource(&mut self, member: &Member) {
        for option in member.value.members().iter().filter(|it| it.key.eq_ignore_ascii_case("BindingInfo")) {
            let one = std::slice::from_ref(&option.value);
            let bindings = option.value.as_list().unwrap_or(one);
            for binding in bindings.iter().filter(|it| !it.members().is_empty()) {
                let mut arguments = Vec::new();
                for property in binding.members() {
                    let said = self.said(&property.value);
                    arguments.extend(said.map(|it| (scripts::property(&property.key), it)));
                }
                self.push(CommandKind::Dsc, binding.members()[0].key_span, arguments);
            }
        }
    }

    fn said(&self, value: &Value) -> Option<Said> {
        let text = value.text_like()?.to_owned();
        Some(Said { text, at: self.at(value.inner) })
    }

    fn push(&mut self, kind: CommandKind, span: Span, arguments: Vec<(String, Said)>) {
        let at = self.at(span);
        self.found.push(Command { kind, at, powershell: false, arguments, bare_braces: None });
    }

    /// A script in a value.
    fn script(&mut self, value: &Value, text: &str, shell: Shell<'_>) {
        let Some(raw) = self.text.get(value.inner.range()) else { return };
        let base = value.inner.start;
        let file = self.file;
        let before = self.text[..value.span.start as usize].trim_end();
        let header = before.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'));
        let literal = value.quoted && header.ends_with('|');
        let escaped = raw != text && self.text[value.span.range()].starts_with('"');
        let powershell = shell.is_powershell();
        let looks = text.contains("New-") || text.contains("$_") || text.contains("AddSslCertificate");
        let dialect =
            if powershell || (looks && !shell.is_cmd()) { Dialect::PowerShell } else { Dialect::Cmd };
        let word = if escaped {
            Word::unescaped(raw)
        } else if literal {
            Word::plain(raw)
        } else {
            // Folded lines are one line; the places stay.
            Word::plain(&raw.replace(['\n', '\r'], " "))
        };
        let place = |span: Span| Location::text(file, shifted(word.place(span.range()), base));
        let script = Script { dialect, powershell, place: &place };
        scripts::read(&word.text, script, &mut self.found);
    }
}

fn shifted(span: Span, by: u32) -> Span {
    Span { start: span.start + by, end: span.end + by }
}
