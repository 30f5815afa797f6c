//! Playbooks and task files of Ansible: the module for application certificates, calls of the interface by `uri`, and
//! the file that a request is saved to.

use crate::{
    model::{
        Said,
        openmanage::{Mode, Unit, Upload},
    },
    source::{FileId, Location},
    syntax::value::{Member, Parsed, Value},
};

use super::{CALLS, MODULE, mode_of, payload};

/// Deeper lists of tasks are not followed.
const DEPTH: usize = 64;

/// Reads a playbook or a file of tasks.
pub(super) fn read(file: FileId, parsed: &Parsed, unit: &mut Unit) {
    let mut tasks = Tasks { file, unit };
    for document in &parsed.documents {
        tasks.value(document, &[], 0);
    }
    // What an alias repeats stands in one place only.
    unit.uploads.dedup_by(|next, it| next.file.at == it.file.at);
    unit.payloads.dedup_by(|next, it| next.at == it.at);
}

struct Tasks<'u> {
    file: FileId,
    unit: &'u mut Unit,
}

/// The name of a module without its collection.
fn last_part(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// Options that `module_defaults` of a play or block gives to the module.
fn defaults(map: &Value) -> impl Iterator<Item = String> + '_ {
    let given = map.get("module_defaults").map(|it| it.value.members()).unwrap_or_default();
    let ours = given.iter().filter(|it| last_part(&it.key) == MODULE || it.key.starts_with("group/dellemc."));
    ours.flat_map(|it| it.value.members()).map(|it| it.key.clone())
}

impl Tasks<'_> {
    fn value(&mut self, value: &Value, given: &[String], depth: usize) {
        if depth > DEPTH {
            return;
        }
        for item in value.items() {
            self.value(item, given, depth + 1);
        }
        let own: Vec<String> = given.iter().cloned().chain(defaults(value)).collect();
        for member in value.members() {
            match last_part(&member.key) {
                "module_defaults" => {}
                MODULE => self.module(member, &own),
                "uri" => self.call(member),
                "copy" => self.copy(&member.value),
                _ => self.value(&member.value, &own, depth + 1),
            }
        }
    }

    fn said(&self, map: &Value, key: &str) -> Option<Said> {
        let value = &map.get(key)?.value;
        Some(Said { text: value.text_like()?.to_owned(), at: Location::text(self.file, value.inner) })
    }

    /// The module for application certificates.
    fn module(&mut self, member: &Member, given: &[String]) {
        let options = &member.value;
        // `{{ options }}` in place of them, or `key=value` in one line.
        if options.as_map().is_none() || options.members().iter().any(|it| it.key.contains("{{")) {
            return;
        }
        let at = Location::text(self.file, member.key_span);
        let command = self.said(options, "command");
        let word = command.as_ref().map_or("generate_csr", |it| it.trimmed());
        let mode = match word {
            "upload" => Some(Mode::Server),
            "upload_cert_chain" => Some(Mode::Chain),
            _ => None,
        };
        match (mode, command) {
            (Some(mode), Some(command)) => {
                let file = self.said(options, "upload_file");
                self.unit.uploads.extend(file.map(|file| Upload { command, mode, file }));
            }
            (None, Some(command)) if command.trimmed() != "generate_csr" => {
                if !command.is_placeholder() {
                    self.unit.unknown_commands.push(command);
                }
            }
            _ if given.iter().any(|it| it == "command") => {}
            _ => self.unit.payloads.push(payload::fields(self.file, options, at, true, given)),
        }
    }

    /// A call by `uri`.
    fn call(&mut self, member: &Member) {
        let options = &member.value;
        let Some(url) = self.said(options, "url") else { return };
        if let Some(mode) = mode_of(&url.text) {
            let file = self.said(options, "src");
            self.unit.uploads.extend(file.map(|file| Upload { command: url, mode, file }));
        } else if url.text.contains(CALLS[0])
            && let Some(body) = options.get("body")
        {
            payload::body(self.file, &body.value, self.unit);
        }
    }

    /// The file that a request is saved to: its content is the answer to `generate_csr`.
    fn copy(&mut self, options: &Value) {
        let content = self.said(options, "content").filter(|it| it.text.contains("CertificateData"));
        if content.is_some() {
            self.unit.written_requests.extend(self.said(options, "dest"));
        }
    }
}
