//! What an editor offers at a finding: the edits that mend it, and to live with it for a reason.

use std::{collections::HashMap, fmt::Write as _};

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CreateFile, CreateFileOptions, Diagnostic,
    DocumentChangeOperation, DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, Position,
    Range, ResourceOp, TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};

use crate::{
    finding::{Finding, Fix, Outcome},
    source::{Place, Source},
};

use super::{
    Estate,
    documents::{Documents, uri_of},
    positions::Units,
};

/// What is known when an editor asks.
pub(super) struct Scene<'a> {
    pub(super) outcome: &'a Outcome,
    pub(super) estate: &'a dyn Estate,
    pub(super) documents: &'a Documents,
    pub(super) units: Units,
    /// `tlslint.toml` of the folder and its text, where it has one.
    pub(super) config: (std::path::PathBuf, Option<String>),
}

impl Scene<'_> {
    /// The actions for the findings that start in a range of a file.
    pub(super) fn actions(&self, uri: &Uri, range: Range, shown: &[Diagnostic]) -> Vec<CodeActionOrCommand> {
        let mut actions = Vec::new();
        for judged in self.outcome.counting() {
            let finding = &judged.finding;
            let Some(source) = self.outcome.source(finding.primary.at) else { continue };
            if uri_of(&self.estate.disk(&source.path)).is_none_or(|it| it.as_str() != uri.as_str()) {
                continue;
            }
            let at = match finding.primary.at.place {
                Place::Text(span) if !source.is_binary() => self.units.range(source, span),
                _ => Range::default(),
            };
            if at.end < range.start || range.end < at.start {
                continue;
            }
            let diagnostics: Vec<Diagnostic> =
                shown.iter().filter(|it| fingerprint(it) == Some(&judged.fingerprint)).cloned().collect();
            let diagnostics = (!diagnostics.is_empty()).then_some(diagnostics);
            if let Some(fix) = &finding.fix {
                actions.extend(self.mend(fix, diagnostics.clone()));
            }
            actions.extend(self.ignore(finding, source, uri, at, diagnostics));
        }
        actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
    }

    /// The edits that mend a finding.
    #[allow(clippy::mutable_key_type, reason = "the protocol's own map of edits is keyed by URI")]
    fn mend(&self, fix: &Fix, diagnostics: Option<Vec<Diagnostic>>) -> Option<CodeAction> {
        let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
        for edit in &fix.edits {
            let source = self.outcome.sources.get(edit.file.0 as usize)?;
            let uri = uri_of(&self.estate.disk(&source.path))?;
            let range = self.units.range(source, edit.span);
            changes.entry(uri).or_default().push(TextEdit { range, new_text: edit.text.clone() });
        }
        Some(CodeAction {
            title: capital(&fix.what),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics,
            edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
            is_preferred: Some(fix.safe),
            ..CodeAction::default()
        })
    }

    /// A comment above the line where the format has comments, else an entry of `tlslint.toml`.
    fn ignore(
        &self,
        finding: &Finding,
        source: &Source,
        uri: &Uri,
        at: Range,
        diagnostics: Option<Vec<Diagnostic>>,
    ) -> Option<CodeAction> {
        let edit = match (finding.primary.at.place, comment(&source.path)) {
            (Place::Text(span), Some((open, close))) if !source.is_binary() => {
                let line = source.line_range(source.line_index(span.start))?;
                let text = source.text.get(line)?;
                let indent = &text[..text.len() - text.trim_start_matches([' ', '\t']).len()];
                let new_text =
                    format!("{indent}{open} tlslint: ignore[{}] say here why{close}\n", finding.rule);
                let start = Position::new(at.start.line, 0);
                self.text_edit(uri.clone(), Range::new(start, start), new_text)
            }
            _ => self.config_entry(finding, source)?,
        };
        Some(CodeAction {
            title: format!("Ignore `{}` here, with a reason", finding.rule),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics,
            edit: Some(edit),
            is_preferred: Some(false),
            ..CodeAction::default()
        })
    }

    fn text_edit(&self, uri: Uri, range: Range, new_text: String) -> WorkspaceEdit {
        let version = super::documents::path_of(&uri)
            .and_then(|path| self.documents.get(&path).map(|document| document.version));
        let edit = TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: vec![OneOf::Left(TextEdit { range, new_text })],
        };
        WorkspaceEdit {
            document_changes: Some(DocumentChanges::Edits(vec![edit])),
            ..WorkspaceEdit::default()
        }
    }

    /// An entry at the end of `tlslint.toml`, which is made where it is not there.
    fn config_entry(&self, finding: &Finding, source: &Source) -> Option<WorkspaceEdit> {
        let (path, text) = &self.config;
        let uri = uri_of(path)?;
        let below = self.estate.disk(&source.path);
        let below = below.strip_prefix(path.parent()?).ok()?.to_string_lossy().replace('\\', "/");
        // A string of JSON is one of TOML as well.
        let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let mut entry = format!("[[ignore]]\nrule = {}\npath = {}\n", quoted(finding.rule), quoted(&below));
        if let Place::Entry(index) = finding.primary.at.place {
            let name = &source.entries.get(index as usize)?.name;
            let _ = writeln!(entry, "entry = {}", quoted(name));
        }
        entry.push_str("reason = \"say here why\"\n");
        let Some(text) = text else {
            let create = CreateFile {
                uri: uri.clone(),
                options: Some(CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(true) }),
                annotation_id: None,
            };
            let edit = TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier { uri, version: None },
                edits: vec![OneOf::Left(TextEdit { range: Range::default(), new_text: entry })],
            };
            return Some(WorkspaceEdit {
                document_changes: Some(DocumentChanges::Operations(vec![
                    DocumentChangeOperation::Op(ResourceOp::Create(create)),
                    DocumentChangeOperation::Edit(edit),
                ])),
                ..WorkspaceEdit::default()
            });
        };
        let end = self.units.position(text, text.len());
        let gap = if text.is_empty() {
            ""
        } else if text.ends_with('\n') {
            "\n"
        } else {
            "\n\n"
        };
        Some(self.text_edit(uri, Range::new(end, end), format!("{gap}{entry}")))
    }
}

fn fingerprint(diagnostic: &Diagnostic) -> Option<&str> {
    diagnostic.data.as_ref()?.get("fingerprint")?.as_str()
}

/// How a comment begins and ends in a file of this name; `None` where its format has none.
fn comment(path: &str) -> Option<(&'static str, &'static str)> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "json" | "pcap" | "pcapng" | "txt" | "log" | "reg" | "ldif" => None,
        "xml" | "xsd" | "config" => Some(("<!--", " -->")),
        _ => Some(("#", "")),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
