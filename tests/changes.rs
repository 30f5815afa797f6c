//! What has changed, what was known before, and what is not saved: `--staged`, `--changed-since`, baselines and
//! `--stdin-filename`, in real repositories.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A repository with two sites, of which the second names its certificate twice.
struct Repository {
    folder: TempDir,
}

const SITE: &str = "events {}\nhttp {\n  server {\n    listen 443 ssl;\n    server_name NAME;\n    \
                    ssl_certificate certs/NAME.pem;\n    ssl_certificate_key certs/NAME.key;\n  }\n}\n";

impl Repository {
    fn new() -> Self {
        let this = Self { folder: TempDir::new().unwrap() };
        this.git(&["init", "-q", "-b", "main"]);
        this.git(&["config", "user.email", "a@example.test"]);
        this.git(&["config", "user.name", "A"]);
        for name in ["one.test", "two.test"] {
            this.write(&format!("{name}/nginx.conf"), &SITE.replace("NAME", name));
            let key = rcgen::KeyPair::generate().unwrap();
            let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
            params.not_before = rcgen::date_time_ymd(2026, 1, 1);
            params.not_after = rcgen::date_time_ymd(2030, 1, 1);
            let certificate = params.self_signed(&key).unwrap();
            this.write(&format!("{name}/certs/{name}.pem"), &certificate.pem());
            this.write(&format!("{name}/certs/{name}.key"), &key.serialize_pem());
        }
        this.git(&["add", "."]);
        this.git(&["commit", "-q", "-m", "sites"]);
        this
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
            command.env_remove(name);
        }
        let output = command.output().expect("these tests need Git");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Exit status, the contract's document, standard error.
    fn check(&self, arguments: &[&str]) -> (i32, Value, String) {
        let (status, out, error) = self.run(".", &[&["--format", "json"], arguments].concat());
        (status, serde_json::from_str(&out).unwrap_or(Value::Null), error)
    }

    fn run(&self, folder: &str, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_tlslint"))
            .current_dir(self.path(folder))
            .args(["--as-of", "2026-11-22", "--ignore", "key/exposed,cert/lifetime"])
            .args(arguments)
            .stdin(Stdio::null())
            .env_remove("TLSLINT_PASSWORDS")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }
}

fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_commit_that_only_deletes_a_certificate_is_stopped() {
    let repository = Repository::new();
    assert_eq!(repository.check(&["--staged"]).0, 0);
    repository.git(&["rm", "-q", "one.test/certs/one.test.pem"]);
    let (status, report, _) = repository.check(&["--staged"]);
    assert_eq!((status, rules(&report)), (1, vec!["ref/missing-file"]));
    assert_eq!(report["findings"][0]["labels"][0]["path"], "one.test/nginx.conf");
}

#[test]
fn what_did_not_change_is_read_and_not_reported() {
    let repository = Repository::new();
    repository.write("one.test/certs/one.test.key", "no key\n");
    repository.git(&["commit", "-q", "-a", "-m", "broken"]);
    let (status, all, _) = repository.check(&[]);
    assert_eq!(status, 1);
    assert!(!rules(&all).is_empty());
    repository.write("two.test/nginx.conf", &SITE.replace("NAME", "two.test").replace("443", "8443"));
    repository.git(&["add", "."]);
    let (status, report, _) = repository.check(&["--staged"]);
    assert_eq!((status, rules(&report)), (0, vec![]));
    let (status, report, _) = repository.check(&["--changed-since", "HEAD"]);
    assert_eq!((status, rules(&report)), (0, vec![]));
    // Since the commit before, the key has changed; its finding starts in a file that has not.
    let (status, report, _) = repository.check(&["--changed-since", "HEAD~1"]);
    assert_eq!((status, rules(&report)), (1, rules(&all)));
    assert_eq!(report["findings"][0]["labels"][0]["path"], "one.test/nginx.conf");
}

#[test]
fn new_files_count_as_changed_before_anybody_added_them() {
    let repository = Repository::new();
    repository.write(
        "three/nginx.conf",
        &SITE.replace("NAME", "one.test").replace("certs/", "../one.test/certs/gone-"),
    );
    repository.write("three/certs/other.pem", "x");
    assert_eq!(repository.check(&["--staged"]).0, 0, "nothing is staged");
    let (status, report, _) = repository.check(&["--changed-since", "HEAD"]);
    assert!(status == 1 && !rules(&report).is_empty(), "{report}");
}

#[test]
fn a_revision_that_is_not_there_is_an_error_and_no_option_of_git() {
    let repository = Repository::new();
    for revision in ["nowhere", "--output=pwned", "HEAD~99"] {
        let (status, _, error) = repository.check(&[&format!("--changed-since={revision}")]);
        assert_eq!(status, 2, "{revision}");
        assert!(error.contains("what has changed is not known"), "{error}");
    }
    assert!(!repository.path("pwned").exists());
    let outside = TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tlslint"))
        .current_dir(outside.path())
        .arg("--staged")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_baseline_is_written_used_and_pruned() {
    let repository = Repository::new();
    repository.write("one.test/certs/one.test.key", "no key\n");
    let (status, before, _) = repository.check(&[]);
    assert_eq!(status, 1);
    let (status, out, error) = repository.run(".", &["--write-baseline", "known.json"]);
    assert_eq!((status, out.as_str()), (0, ""));
    assert!(error.contains("`known.json` knows "), "{error}");

    let (status, after, _) = repository.check(&["--baseline", "known.json"]);
    assert_eq!((status, rules(&after)), (0, vec![]));
    assert_eq!(after["counts"]["known"].as_u64().unwrap() as usize, rules(&before).len());
    // Lines that moved and another working folder make no new findings of old ones.
    let moved = format!("# a\n# b\n\n{}", SITE.replace("NAME", "one.test"));
    repository.write("one.test/nginx.conf", &moved);
    assert_eq!(repository.check(&["--baseline", "known.json"]).0, 0);
    let (status, out, _) =
        repository.run("two.test", &["--baseline", "../known.json", "..", "--format", "short"]);
    assert_eq!(status, 0, "{out}");
    assert!(out.contains(" known)"), "{out}");

    // Something new is reported beside what is known.
    repository.write("two.test/certs/two.test.key", "no key\n");
    let (status, new, _) = repository.check(&["--baseline", "known.json"]);
    assert_eq!((status, rules(&new)), (1, rules(&before)));

    // What was mended leaves the baseline; nothing enters it.
    repository.git(&["checkout", "-q", "one.test"]);
    let (_, _, error) = repository.run(".", &["--baseline", "known.json", "--prune-baseline"]);
    assert!(error.contains("knows 0 findings"), "{error}");
    let (status, last, _) = repository.check(&["--baseline", "known.json"]);
    assert_eq!((status, last["counts"]["known"].as_u64()), (1, Some(0)));
}

#[test]
fn a_baseline_that_cannot_be_read_is_an_error() {
    let repository = Repository::new();
    repository.write("bad.json", "{}");
    for file in ["none.json", "bad.json"] {
        let (status, _, error) = repository.check(&["--baseline", file]);
        assert_eq!(status, 2, "{error}");
        assert!(error.contains(file), "{error}");
    }
    let (status, _, error) = repository.check(&["--staged", "--write-baseline", "x.json"]);
    assert_eq!(status, 2, "{error}");
    assert!(!repository.path("x.json").exists());
}

#[test]
fn what_an_editor_holds_stands_in_for_a_file() {
    let repository = Repository::new();
    let piped = |text: &str, arguments: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tlslint"))
            .current_dir(repository.folder.path())
            .args(["--as-of", "2026-11-22", "--format", "short", "--ignore", "key/exposed"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    let good = SITE.replace("NAME", "one.test");
    let bad = good.replace("certs/one.test.key", "../two.test/certs/two.test.key");
    let as_file = ["--stdin-filename", "one.test/nginx.conf", "-"];
    assert_eq!(piped(&good, &as_file).0, 0);
    let (status, out, _) = piped(&bad, &as_file);
    assert_eq!(status, 1);
    assert!(out.starts_with("one.test/nginx.conf:7:"), "{out}");
    assert!(out.contains("[key/mismatch]"), "{out}");
    // Findings of other files are not reported, though they are read.
    repository.write("two.test/certs/two.test.key", "no key\n");
    assert_eq!(piped(&good, &as_file).0, 0);
    // A file that is not there yet.
    let new = bad.replace("../two.test/certs/two", "certs/two").replace("certs/", "../one.test/certs/");
    let (status, out, _) = piped(&new, &["--stdin-filename", "three.test/nginx.conf", "-"]);
    assert_eq!(status, 2, "its folder is not there: {out}");
    repository.write("three.test/README", "");
    let (status, out, error) = piped(&new, &["--stdin-filename", "three.test/nginx.conf", "-"]);
    assert_eq!(status, 1, "{out}{error}");
    assert!(out.contains("three.test/nginx.conf:"), "{out}");
    for wrong in [&["-"][..], &["--stdin-filename", "a"], &["--stdin-filename", "a", "-", "b"]] {
        assert_eq!(piped("", wrong).0, 2, "{wrong:?}");
    }
}
