//! The conversation: what the editor says, and when its folders are looked at again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, Response};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProviderCapability, Diagnostic,
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWatchedFilesRegistrationOptions,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, FileChangeType, FileSystemWatcher, GlobPattern, InitializeParams,
    InitializeResult, OneOf, PublishDiagnosticsParams, Registration, RegistrationParams, SaveOptions,
    ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, WorkspaceFoldersServerCapabilities,
    WorkspaceServerCapabilities,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::finding::Outcome;

use super::{
    Estate, Opener,
    actions::Scene,
    documents::{Documents, path_of},
    positions::Units,
    publish::{self, ByFile},
};

/// How long a text must rest before it is looked at.
const REST: Duration = Duration::from_millis(120);

/// How long somebody who types on and on waits at most.
const PATIENCE: Duration = Duration::from_millis(600);

/// A folder with what is known of it.
struct Folder<'a> {
    path: PathBuf,
    estate: Box<dyn Estate + 'a>,
    outcome: Option<Outcome>,
    /// Something in it changed since.
    stale: bool,
    /// What the editor was told, by file.
    told: BTreeMap<String, Vec<Diagnostic>>,
    /// It was made for a file outside of all folders, and goes with the last of them.
    made_for_file: bool,
}

struct Server<'c, 'a> {
    connection: &'c Connection,
    open: &'a Opener<'a>,
    units: Units,
    documents: Documents,
    folders: Vec<Folder<'a>>,
    /// The editor says what changes on disk.
    watches: bool,
    /// When to look, and when somebody first changed something.
    due: Option<(Instant, Instant)>,
}

/// Greets the editor and serves it.
pub(super) fn run<'a>(connection: &Connection, open: &'a Opener<'a>) -> Result<(), ProtocolError> {
    let (id, params) = connection.initialize_start()?;
    // An editor that greets in unknown words still has texts to be looked at.
    let params: InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let general = params.capabilities.general.as_ref();
    let units = Units::chosen(general.and_then(|it| it.position_encodings.as_deref()));
    let on_disk = params.capabilities.workspace.as_ref().and_then(|it| it.did_change_watched_files.as_ref());
    let watches = on_disk.and_then(|it| it.dynamic_registration).unwrap_or_default();
    let result = InitializeResult {
        capabilities: capabilities(units),
        server_info: Some(ServerInfo {
            name: "tlslint".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    connection.initialize_finish(id, serde_json::to_value(result).unwrap_or_default())?;
    let mut server = Server {
        connection,
        open,
        units,
        documents: Documents::default(),
        folders: Vec::new(),
        watches,
        due: None,
    };
    for path in roots(&params) {
        server.add_folder(path, false);
    }
    if watches {
        server.watch();
    }
    server.look_soon(Duration::ZERO);
    server.serve()
}

fn capabilities(units: Units) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(units.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        })),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            ..WorkspaceServerCapabilities::default()
        }),
        ..ServerCapabilities::default()
    }
}

/// The folders that the editor has open.
#[allow(deprecated, reason = "editors without workspace folders still name one root")]
fn roots(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.iter().flatten().filter_map(|folder| path_of(&folder.uri));
    let folders: Vec<PathBuf> = folders.collect();
    if !folders.is_empty() {
        return folders;
    }
    let root = params.root_uri.as_ref().and_then(path_of);
    root.or_else(|| params.root_path.as_ref().map(PathBuf::from)).into_iter().collect()
}

impl Server<'_, '_> {
    fn serve(&mut self) -> Result<(), ProtocolError> {
        loop {
            let message = match self.due {
                None => self.connection.receiver.recv().ok(),
                Some((at, _)) => {
                    let now = Instant::now();
                    if at <= now {
                        self.look();
                        continue;
                    }
                    match self.connection.receiver.recv_timeout(at - now) {
                        Ok(message) => Some(message),
                        Err(error) if error.is_timeout() => continue,
                        Err(_) => None,
                    }
                }
            };
            match message {
                Some(Message::Request(request)) => {
                    if self.connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    self.answer(request);
                }
                Some(Message::Notification(notification)) => self.hear(notification),
                Some(Message::Response(_)) => {}
                None => return Ok(()),
            }
        }
    }

    fn send(&self, message: impl Into<Message>) {
        // Nobody is left to hear that nobody hears; the loop ends by itself.
        let _ = self.connection.sender.send(message.into());
    }

    fn answer(&self, request: Request) {
        let response = match request.method.as_str() {
            "textDocument/codeAction" => match serde_json::from_value::<CodeActionParams>(request.params) {
                Ok(params) => Response::new_ok(request.id, self.actions(&params)),
                Err(error) => {
                    Response::new_err(request.id, ErrorCode::InvalidParams as i32, error.to_string())
                }
            },
            method => {
                let message = format!("`{method}` is not among what this server does");
                Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message)
            }
        };
        self.send(response);
    }

    fn actions(&self, params: &CodeActionParams) -> Value {
        let uri = &params.text_document.uri;
        let Some(path) = path_of(uri) else { return json!([]) };
        let mut actions = Vec::new();
        for folder in self.folders.iter().filter(|folder| path.starts_with(&folder.path)) {
            let Some(outcome) = &folder.outcome else { continue };
            let config = folder.path.join("tlslint.toml");
            let open = self.documents.get(&config).map(|document| document.text.to_string());
            let text = open.or_else(|| fs::read_to_string(&config).ok());
            let scene = Scene {
                outcome,
                estate: &*folder.estate,
                documents: &self.documents,
                units: self.units,
                config: (config, text),
            };
            actions.extend(scene.actions(uri, params.range, &params.context.diagnostics));
        }
        serde_json::to_value(actions).unwrap_or_else(|_| json!([]))
    }

    /// What an editor tells and nobody answers. What cannot be read changes nothing.
    fn hear(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => {
                if let Some(params) = read::<DidOpenTextDocumentParams>(params) {
                    self.opened(params);
                }
            }
            "textDocument/didChange" => {
                if let Some(params) = read::<DidChangeTextDocumentParams>(params) {
                    let Some(path) = path_of(&params.text_document.uri) else { return };
                    let version = params.text_document.version;
                    if self.documents.change(&path, version, params.content_changes, self.units) {
                        self.changed(&path);
                    }
                }
            }
            "textDocument/didClose" => {
                if let Some(params) = read::<DidCloseTextDocumentParams>(params)
                    && let Some(path) = path_of(&params.text_document.uri)
                {
                    self.documents.close(&path);
                    self.changed(&path);
                }
            }
            "textDocument/didSave" => {
                if let Some(params) = read::<DidSaveTextDocumentParams>(params)
                    && let Some(path) = path_of(&params.text_document.uri)
                {
                    self.saved(&path);
                }
            }
            "workspace/didChangeWatchedFiles" => {
                if let Some(params) = read::<DidChangeWatchedFilesParams>(params) {
                    self.written(&params);
                }
            }
            "workspace/didChangeWorkspaceFolders" => {
                if let Some(params) = read::<DidChangeWorkspaceFoldersParams>(params) {
                    for path in params.event.removed.iter().filter_map(|it| path_of(&it.uri)) {
                        self.remove_folder(&path);
                    }
                    for path in params.event.added.iter().filter_map(|it| path_of(&it.uri)) {
                        self.add_folder(path, false);
                    }
                    self.look_soon(Duration::ZERO);
                }
            }
            _ => {}
        }
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let Some(path) = path_of(&document.uri) else { return };
        if !self.folders.iter().any(|folder| path.starts_with(&folder.path))
            && let Some(around) = path.parent()
        {
            self.add_folder(around.to_owned(), true);
        }
        self.documents.open(path.clone(), document.version, document.text);
        self.changed(&path);
    }

    fn saved(&mut self, path: &Path) {
        for folder in self.folders.iter_mut().filter(|folder| path.starts_with(&folder.path)) {
            if self.watches {
                folder.estate.written(&BTreeSet::from([path.to_owned()]));
            } else {
                // What else was written meanwhile nobody says.
                folder.estate.moved();
            }
            folder.stale = true;
        }
        self.look_soon(Duration::ZERO);
    }

    fn written(&mut self, params: &DidChangeWatchedFilesParams) {
        for folder in &mut self.folders {
            let mut written = BTreeSet::new();
            for event in &params.changes {
                let Some(path) = path_of(&event.uri).filter(|path| path.starts_with(&folder.path)) else {
                    continue;
                };
                // What Git keeps for itself changes with every command of it.
                if path.components().any(|part| part.as_os_str() == ".git") {
                    continue;
                }
                folder.stale = true;
                if event.typ == FileChangeType::CHANGED {
                    written.insert(path);
                } else {
                    folder.estate.moved();
                }
            }
            if !written.is_empty() {
                folder.estate.written(&written);
            }
        }
        if self.folders.iter().any(|folder| folder.stale) {
            self.look_soon(REST);
        }
    }

    fn changed(&mut self, path: &Path) {
        for folder in self.folders.iter_mut().filter(|folder| path.starts_with(&folder.path)) {
            folder.stale = true;
        }
        self.look_soon(REST);
    }

    fn add_folder(&mut self, path: PathBuf, made_for_file: bool) {
        // A folder inside of another one is checked with it.
        if self.folders.iter().any(|folder| path.starts_with(&folder.path)) {
            return;
        }
        let estate = (self.open)(&path);
        let (outcome, told) = (None, BTreeMap::new());
        self.folders.push(Folder { path, estate, outcome, stale: true, told, made_for_file });
    }

    fn remove_folder(&mut self, path: &Path) {
        let Some(index) = self.folders.iter().position(|folder| folder.path == path) else { return };
        let mut folder = self.folders.remove(index);
        for message in news(&mut folder.told, &ByFile::new(), &self.documents) {
            self.send(message);
        }
    }

    /// Plans the next look; it is put off while things change, but not for ever.
    fn look_soon(&mut self, rest: Duration) {
        let now = Instant::now();
        let first = self.due.map_or(now, |(_, first)| first);
        self.due = Some(((now + rest).min(first + PATIENCE), first));
    }

    /// Looks at every folder in which something changed, and tells the editor what is new.
    fn look(&mut self) {
        self.due = None;
        self.drop_unused();
        let mut messages = Vec::new();
        for folder in self.folders.iter_mut().filter(|folder| folder.stale) {
            folder.stale = false;
            let texts = self.documents.below(&folder.path);
            let found = match folder.estate.check(&texts) {
                Ok(outcome) => {
                    let found = publish::diagnostics(&outcome, &*folder.estate, self.units);
                    folder.outcome = Some(outcome);
                    found
                }
                Err(troubles) => {
                    folder.outcome = None;
                    publish::troubles(&troubles, self.units)
                }
            };
            messages.extend(news(&mut folder.told, &found, &self.documents));
        }
        for message in messages {
            self.send(message);
        }
    }

    /// Folders that were made for a file go when no file of theirs is open.
    fn drop_unused(&mut self) {
        let unused: Vec<PathBuf> = self
            .folders
            .iter()
            .filter(|it| it.made_for_file && !self.documents.paths().any(|path| path.starts_with(&it.path)))
            .map(|it| it.path.clone())
            .collect();
        for path in unused {
            self.remove_folder(&path);
        }
    }

    /// Asks to be told what changes on disk.
    fn watch(&self) {
        let options = DidChangeWatchedFilesRegistrationOptions {
            watchers: vec![FileSystemWatcher {
                glob_pattern: GlobPattern::String("**/*".to_owned()),
                kind: None,
            }],
        };
        let params = RegistrationParams {
            registrations: vec![Registration {
                id: "files".to_owned(),
                method: "workspace/didChangeWatchedFiles".to_owned(),
                register_options: serde_json::to_value(options).ok(),
            }],
        };
        let method = "client/registerCapability".to_owned();
        self.send(Request::new("watch".to_owned().into(), method, params));
    }
}

/// What differs from what the editor was told: files whose findings changed, and files that have none any more.
fn news(
    told: &mut BTreeMap<String, Vec<Diagnostic>>,
    found: &ByFile,
    documents: &Documents,
) -> Vec<Notification> {
    let mut list = Vec::new();
    let mut tell = |uri: &lsp_types::Uri, diagnostics: Vec<Diagnostic>| {
        let version = path_of(uri).and_then(|path| documents.get(&path).map(|document| document.version));
        let params = PublishDiagnosticsParams { uri: uri.clone(), diagnostics, version };
        list.push(Notification::new("textDocument/publishDiagnostics".to_owned(), params));
    };
    for uri in told.keys().filter(|uri| !found.contains_key(*uri)) {
        if let Ok(uri) = uri.parse() {
            tell(&uri, Vec::new());
        }
    }
    for (name, (uri, diagnostics)) in found {
        if told.get(name) != Some(diagnostics) {
            tell(uri, diagnostics.clone());
        }
    }
    *told = found.iter().map(|(name, (_, diagnostics))| (name.clone(), diagnostics.clone())).collect();
    list
}

fn read<P: DeserializeOwned>(params: Value) -> Option<P> {
    serde_json::from_value(params).ok()
}
