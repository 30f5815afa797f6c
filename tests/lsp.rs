//! The language server from outside, as an editor would drive it: greetings, texts that are not saved, findings in files
//! that are not open, edits that make them go, and rubbish.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

const SITE: &str = "events {}\nhttp {\n  server {\n    # \u{1f512}\n    listen 443 ssl; server_name a.test;\n    \
                    ssl_certificate certs/a.pem;\n    ssl_certificate_key certs/a.key;\n  }\n}\n";

struct Editor {
    folder: TempDir,
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// What the server said last about each file, by path from the folder.
    shown: BTreeMap<String, Vec<Value>>,
    next: i64,
}

impl Editor {
    /// A folder with a site whose key is not the one of its certificate.
    fn new(capabilities: &Value) -> Self {
        let folder = TempDir::new().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir(root.join(".git")).unwrap();
        write(&root, "nginx.conf", SITE);
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["a.test".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
        let pem = params.self_signed(&key).unwrap().pem();
        write(&root, "certs/a.pem", &pem);
        // A folder that keeps a certificate keeps certificates.
        write(&root, "certs/b.pem", &pem);
        write(&root, "certs/right.key", &key.serialize_pem());
        write(&root, "certs/a.key", &rcgen::KeyPair::generate().unwrap().serialize_pem());
        let mut child = Command::new(env!("CARGO_BIN_EXE_tlslint"))
            .args(["lsp", "--as-of", "2026-11-22"])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            loop {
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if output.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    if let Some(number) = line.trim().strip_prefix("Content-Length: ") {
                        length = number.parse().unwrap();
                    }
                    if line.trim().is_empty() {
                        break;
                    }
                }
                let mut body = vec![0; length];
                output.read_exact(&mut body).unwrap();
                if sender.send(serde_json::from_slice(&body).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut editor = Self { folder, child, input, messages, shown: BTreeMap::new(), next: 0 };
        let root = editor.uri(".");
        let folders = json!([{ "uri": root.trim_end_matches("/."), "name": "a" }]);
        let params = json!({ "processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folders });
        let greeting = editor.ask("initialize", &params);
        assert_eq!(greeting["serverInfo"]["name"], "tlslint");
        editor.tell("initialized", &json!({}));
        editor
    }

    fn root(&self) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap()
    }

    fn uri(&self, path: &str) -> String {
        format!("file://{}/{path}", self.root().display())
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.input.as_mut().unwrap().write_all(bytes).unwrap();
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.messages.recv_timeout(Duration::from_secs(30)).expect("an answer");
            if message["id"] == id && message.get("method").is_none() {
                return message.get("result").cloned().unwrap_or_else(|| message["error"].clone());
            }
            self.note(&message);
        }
    }

    fn note(&mut self, message: &Value) {
        if message["method"] != "textDocument/publishDiagnostics" {
            return;
        }
        let uri = message["params"]["uri"].as_str().unwrap();
        let root = self.uri("");
        let path = uri.strip_prefix(&root).unwrap_or(uri).to_owned();
        self.shown.insert(path, message["params"]["diagnostics"].as_array().unwrap().clone());
    }

    /// Listens until something holds of what is shown.
    fn until(&mut self, what: &str, holds: impl Fn(&BTreeMap<String, Vec<Value>>) -> bool) {
        while !holds(&self.shown) {
            match self.messages.recv_timeout(Duration::from_secs(30)) {
                Ok(message) => self.note(&message),
                Err(error) => panic!("{what} did not come: {error}; shown is {:#?}", self.shown),
            }
        }
    }

    fn open(&mut self, path: &str, text: &str) {
        let document = json!({ "uri": self.uri(path), "languageId": "x", "version": 1, "text": text });
        self.tell("textDocument/didOpen", &json!({ "textDocument": document }));
    }

    fn change(&mut self, path: &str, version: i32, changes: &Value) {
        let document = json!({ "uri": self.uri(path), "version": version });
        self.tell("textDocument/didChange", &json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// Says goodbye; the server must end with 0.
    fn goodbye(mut self) {
        assert!(self.ask("shutdown", &Value::Null).is_null());
        self.tell("exit", &Value::Null);
        drop(self.input.take());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn has(shown: &BTreeMap<String, Vec<Value>>, path: &str, rule: &str) -> bool {
    shown.get(path).is_some_and(|list| list.iter().any(|it| it["code"] == rule))
}

#[test]
fn findings_of_the_whole_folder_come_without_a_file_being_open() {
    let mut editor = Editor::new(&json!({}));
    editor.until("the mismatch", |shown| has(shown, "nginx.conf", "key/mismatch"));
    let it = editor.shown["nginx.conf"].iter().find(|it| it["code"] == "key/mismatch").unwrap().clone();
    assert_eq!((&it["severity"], &it["source"]), (&json!(1), &json!("tlslint")));
    assert!(it["codeDescription"]["href"].as_str().unwrap().contains("keymismatch"));
    let related = it["relatedInformation"].as_array().unwrap();
    assert!(related.iter().any(|it| it["location"]["uri"].as_str().unwrap().ends_with("certs/a.key")));
    assert!(related.iter().all(|it| !it["message"].as_str().unwrap().is_empty()));
    assert_eq!(it["range"]["start"], json!({ "line": 6, "character": 24 }));
    editor.goodbye();
}

#[test]
fn an_unsaved_edit_makes_a_finding_in_another_file_go_and_come_back() {
    let mut editor = Editor::new(&json!({}));
    editor.until("the mismatch", |shown| has(shown, "nginx.conf", "key/mismatch"));
    let wrong = fs::read_to_string(editor.root().join("certs/a.key")).unwrap();
    let right = fs::read_to_string(editor.root().join("certs/right.key")).unwrap();
    editor.open("certs/a.key", &wrong);
    editor.change("certs/a.key", 2, &json!([{ "text": right }]));
    editor.until("its end", |shown| !has(shown, "nginx.conf", "key/mismatch"));
    assert!(editor.shown["nginx.conf"].is_empty(), "{:#?}", editor.shown["nginx.conf"]);
    // Closing without saving brings back what lies on disk.
    let uri = editor.uri("certs/a.key");
    editor.tell("textDocument/didClose", &json!({ "textDocument": { "uri": uri } }));
    editor.until("its return", |shown| has(shown, "nginx.conf", "key/mismatch"));
    editor.goodbye();
}

#[test]
fn columns_are_those_that_were_agreed_on() {
    // The line before the `;` holds a character that UTF-16 writes in two units and UTF-8 in four bytes.
    let line = "  \"\u{1f512}\" ssl_protocols SSLv3;";
    let text = SITE.replace(
        "    # \u{1f512}\n",
        &format!("{}\n", line.replacen("  \"\u{1f512}\" ", "    add_header x \"\u{1f512}\"; ", 1)),
    );
    for (offer, column) in [(json!(["utf-8", "utf-16"]), 25), (json!(["utf-16"]), 23), (Value::Null, 23)] {
        let capabilities =
            if offer.is_null() { json!({}) } else { json!({ "general": { "positionEncodings": offer } }) };
        let mut editor = Editor::new(&capabilities);
        editor.open("nginx.conf", &text);
        editor.until("the protocol", |shown| has(shown, "nginx.conf", "nginx/protocols-unusable"));
        let it =
            editor.shown["nginx.conf"].iter().find(|it| it["code"] == "nginx/protocols-unusable").unwrap();
        assert_eq!(it["range"]["start"]["line"], 3);
        let start = it["range"]["start"]["character"].as_u64().unwrap();
        assert!(start == column || start == column + 14, "{offer}: {it:#}");
        // An edit given in the same units lands where it should.
        let from = json!({ "line": 3, "character": column });
        let to = json!({ "line": 3, "character": column + 20 });
        editor.change("nginx.conf", 2, &json!([{ "range": { "start": from, "end": to }, "text": "" }]));
        editor.until("its end", |shown| !has(shown, "nginx.conf", "nginx/protocols-unusable"));
        assert!(!has(&editor.shown, "nginx.conf", "nginx/syntax"), "{:#?}", editor.shown["nginx.conf"]);
        editor.goodbye();
    }
}

#[test]
fn what_happens_on_disk_is_seen_when_the_editor_says_so() {
    let mut editor =
        Editor::new(&json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } }));
    editor.until("the mismatch", |shown| has(shown, "nginx.conf", "key/mismatch"));
    fs::rename(editor.root().join("certs/right.key"), editor.root().join("certs/a.key")).unwrap();
    let changes = json!([{ "uri": editor.uri("certs/a.key"), "type": 2 }, { "uri": editor.uri("certs/right.key"), "type": 3 }]);
    editor.tell("workspace/didChangeWatchedFiles", &json!({ "changes": changes }));
    editor.until("its end", |shown| !has(shown, "nginx.conf", "key/mismatch"));
    fs::remove_file(editor.root().join("certs/a.pem")).unwrap();
    let changes = json!([{ "uri": editor.uri("certs/a.pem"), "type": 3 }]);
    editor.tell("workspace/didChangeWatchedFiles", &json!({ "changes": changes }));
    editor.until("the missing file", |shown| has(shown, "nginx.conf", "ref/missing-file"));
    editor.goodbye();
}

#[test]
fn a_finding_can_be_ignored_with_a_reason() {
    let mut editor = Editor::new(&json!({}));
    editor.open("nginx.conf", SITE);
    editor.until("the mismatch", |shown| has(shown, "nginx.conf", "key/mismatch"));
    let shown = editor.shown["nginx.conf"].clone();
    let uri = editor.uri("nginx.conf");
    let range = json!({ "start": { "line": 6, "character": 30 }, "end": { "line": 6, "character": 30 } });
    let params =
        json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": shown } });
    let actions = editor.ask("textDocument/codeAction", &params);
    let ignore = actions
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["title"] == "Ignore `key/mismatch` here, with a reason")
        .unwrap();
    let edit = &ignore["edit"]["documentChanges"][0]["edits"][0];
    assert_eq!(edit["range"]["start"], json!({ "line": 6, "character": 0 }));
    let text = edit["newText"].as_str().unwrap();
    assert_eq!(text, "    # tlslint: ignore[key/mismatch] say here why\n");
    assert_eq!(ignore["diagnostics"].as_array().unwrap().len(), 1);
    let change = json!([{ "range": edit["range"], "text": text }]);
    editor.change("nginx.conf", 2, &change);
    editor.until("its end", |shown| !has(shown, "nginx.conf", "key/mismatch"));
    assert!(!has(&editor.shown, "nginx.conf", "tlslint/unused-ignore"));
    // Elsewhere there is nothing to do.
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } });
    let params = json!({ "textDocument": { "uri": editor.uri("nginx.conf") }, "range": range, "context": { "diagnostics": [] } });
    assert_eq!(editor.ask("textDocument/codeAction", &params), json!([]));
    editor.goodbye();
}

#[test]
fn an_edit_that_mends_a_finding_is_offered_and_makes_it_go() {
    let mut editor = Editor::new(&json!({}));
    let text = SITE.replace("server_name", "ssl_protocols TLSv1.1 TLSv1.2; server_name");
    editor.open("nginx.conf", &text);
    editor.until("the old protocol", |shown| has(shown, "nginx.conf", "tls/weak-protocol"));
    let (uri, shown) = (editor.uri("nginx.conf"), editor.shown["nginx.conf"].clone());
    let weak = shown.iter().find(|it| it["code"] == "tls/weak-protocol").unwrap();
    let context = json!({ "diagnostics": shown });
    let params = json!({ "textDocument": { "uri": uri }, "range": weak["range"], "context": context });
    let actions = editor.ask("textDocument/codeAction", &params);
    let mend = actions.as_array().unwrap().iter().find(|it| it["title"] == "Write `TLSv1.2`").unwrap();
    // Somebody should look at it, so it is not the one that an editor does by itself.
    assert_eq!((&mend["kind"], &mend["isPreferred"]), (&json!("quickfix"), &json!(false)));
    assert_eq!(mend["diagnostics"][0]["code"], "tls/weak-protocol");
    let edit = &mend["edit"]["changes"][&uri][0];
    editor.change("nginx.conf", 2, &json!([{ "range": edit["range"], "text": edit["newText"] }]));
    editor.until("its end", |shown| !has(shown, "nginx.conf", "tls/weak-protocol"));
    assert!(has(&editor.shown, "nginx.conf", "key/mismatch"));
    editor.goodbye();
}

#[test]
fn a_broken_configuration_is_shown_where_it_is_broken_and_mended() {
    let mut editor = Editor::new(&json!({}));
    editor.until("the mismatch", |shown| has(shown, "nginx.conf", "key/mismatch"));
    editor.open("tlslint.toml", "# ours\nfail-onn = \"error\"\n");
    write(&editor.root(), "tlslint.toml", "# ours\nfail-onn = \"error\"\n");
    let uri = editor.uri("tlslint.toml");
    editor.tell("textDocument/didSave", &json!({ "textDocument": { "uri": uri } }));
    editor.until("the complaint", |shown| shown.get("tlslint.toml").is_some_and(|list| !list.is_empty()));
    let it = editor.shown["tlslint.toml"][0].clone();
    assert_eq!(it["range"]["start"]["line"], 1, "{it:#}");
    assert!(it["message"].as_str().unwrap().contains("fail-on"), "{it:#}");
    editor.change("tlslint.toml", 2, &json!([{ "text": "[rules]\n\"key/mismatch\" = \"warning\"\n" }]));
    editor.until("the warning", |shown| {
        shown
            .get("nginx.conf")
            .is_some_and(|list| list.iter().any(|it| it["code"] == "key/mismatch" && it["severity"] == 2))
    });
    assert!(editor.shown["tlslint.toml"].is_empty());
    editor.goodbye();
}

#[test]
fn rubbish_is_answered_or_ignored() {
    let mut editor = Editor::new(&json!({}));
    let answer = editor.ask("textDocument/hover", &json!({}));
    assert_eq!(answer["code"], -32601);
    let answer = editor.ask("textDocument/codeAction", &json!({ "textDocument": 7 }));
    assert_eq!(answer["code"], -32602);
    for params in [
        json!(null),
        json!([]),
        json!({ "textDocument": { "uri": 9 } }),
        json!({ "textDocument": { "uri": "::" } }),
    ] {
        for method in [
            "textDocument/didOpen",
            "textDocument/didChange",
            "textDocument/didClose",
            "textDocument/didSave",
            "workspace/didChangeWatchedFiles",
            "no/such",
        ] {
            editor.tell(method, &params);
        }
    }
    // A change of a text that was never opened, and one far outside of its text.
    editor.change("nowhere.conf", 3, &json!([{ "text": "x" }]));
    editor.open("untitled", "x");
    let far = json!({ "start": { "line": 4_000_000_000_u32, "character": 7 }, "end": { "line": 0, "character": 0 } });
    editor.change("untitled", 2, &json!([{ "range": far, "text": "y" }]));
    editor.until("the mismatch", |shown| has(shown, "nginx.conf", "key/mismatch"));
    editor.goodbye();
}

#[test]
fn words_that_are_no_protocol_end_the_server_with_an_error() {
    let mut editor = Editor::new(&json!({}));
    editor.raw(b"Content-Length: 12\r\n\r\n{\"broken\": {");
    drop(editor.input.take());
    assert_eq!(editor.child.wait().unwrap().code(), Some(2));
    let mut said = String::new();
    editor.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("cannot be read"), "{said}");
}
