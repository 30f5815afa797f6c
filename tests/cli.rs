//! The program from outside. No test here depends on what rules find: the one
//! finding that needs no rule is an entry of `tlslint.toml` that ignores nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

const UNUSED: &str =
    "[[ignore]]\nrule = \"tlslint/unreadable\"\npath = \"nowhere/**\"\nreason = \"a test\"\n";

struct Place {
    folder: TempDir,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tlslint"));
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "TLSLINT_PASSWORDS"] {
            command.env_remove(name);
        }
        command
    }

    /// Exit status, standard output, standard error.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        parts(&self.command(arguments).output().unwrap())
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }
}

fn parts(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_clean_tree() {
    let place = Place::new(&[]);
    let clean = "no findings in 0 files, 0 certificates, 0 keys\n";
    for arguments in
        [&[][..], &["check"], &["."], &["check", "."], &["--color", "never", "check"], &["--threads", "2"]]
    {
        assert_eq!(place.run(arguments), (0, clean.into(), String::new()), "{arguments:?}");
    }
    assert_eq!(place.run(&["-q"]), (0, String::new(), String::new()));
}

#[test]
fn findings_and_exit_status() {
    let place = Place::new(&[("tlslint.toml", UNUSED)]);
    let (status, out, error) = place.run(&["--format", "short"]);
    assert_eq!((status, error.as_str()), (0, ""), "a warning does not fail a run");
    assert!(out.starts_with("tlslint.toml:2:8: warning: the ignore for `tlslint/unreadable` ignores nothing [tlslint/unused-ignore]\n1 warning in "), "{out}");
    assert_eq!(place.run(&["--fail-on", "warning"]).0, 1);
    assert_eq!(place.run(&["--fail-on", "note"]).0, 1);
    assert_eq!(place.run(&["--fail-on", "never"]).0, 0);
    assert_eq!(place.run(&["--fail-on", "warning", "--exit-zero"]).0, 0);
    assert_eq!(place.run(&["--fail-on", "warning", "--isolated"]).0, 0);
    assert_eq!(place.run(&["--fail-on", "warning", "--ignore", "tlslint"]).0, 0);
    assert_eq!(place.run(&["--fail-on", "warning", "--select", "tlslint/*"]).0, 1);
    assert_eq!(
        place.run(&["--fail-on", "warning", "--select", "tlslint/unused-ignore"]).0,
        0,
        "the rule did not run"
    );
    assert_eq!(place.run(&["-q"]).1, "", "only errors");

    let (_, out, _) = place.run(&[]);
    assert!(out.contains("┌─ tlslint.toml:2:8\n") && out.contains("= help: "), "{out}");
    let (_, out, _) = place.run(&["--statistics"]);
    assert!(out.starts_with("1  warning  tlslint/unused-ignore  "), "{out}");
    let (_, out, _) = place.run(&["--color", "always"]);
    assert!(out.contains("\u{1b}["), "{out}");
    let out = parts(&place.command(&[]).env("CLICOLOR_FORCE", "1").output().unwrap()).1;
    assert!(out.contains("\u{1b}["), "{out}");
    let out = parts(&place.command(&[]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap()).1;
    assert!(!out.contains("\u{1b}["), "{out}");
}

#[test]
fn levels_and_thresholds_of_the_configuration() {
    let level = format!("fail-on = \"note\"\n[rules]\ntlslint = \"note\"\n{UNUSED}");
    let place = Place::new(&[("tlslint.toml", &level), ("sub/x", "")]);
    let (status, out, _) = place.run(&["--format=short"]);
    assert_eq!(status, 1);
    assert!(out.contains(": note: the ignore"), "{out}");
    assert_eq!(place.run(&["--fail-on", "error"]).0, 0, "arguments stand above the configuration");
    let (status, out, _) = place.run(&["--format=short", "sub"]);
    assert_eq!(status, 1, "the configuration of the working folder holds below it: {out}");
    let (status, _, _) = place.run(&["--config", "sub/../tlslint.toml", "--format=short"]);
    assert_eq!(status, 1);
}

#[test]
fn an_ignore_holds_until_its_day() {
    let late = UNUSED.replace("reason", "until = 2027-03-31\nreason");
    let place = Place::new(&[("tlslint.toml", &late)]);
    let (_, out, _) = place.run(&["--format=short", "--as-of", "2027-04-01T00:00:00+02:00"]);
    assert!(out.contains("ignores nothing"), "in UTC it is still March: {out}");
    let (_, out, _) = place.run(&["--format=short", "--as-of", "2027-04-01"]);
    assert!(out.contains("expired on 2027-03-31"), "{out}");
}

#[test]
fn several_formats_at_once() {
    let place = Place::new(&[("tlslint.toml", UNUSED)]);
    let (status, out, error) = place.run(&[
        "--format",
        "short",
        "--format",
        "json=out.json",
        "--format",
        "full=out.txt",
        "--color=always",
    ]);
    assert_eq!((status, error.as_str()), (0, ""));
    assert!(out.starts_with("tlslint.toml:2:8: "), "{out}");
    assert!(place.read("out.txt").contains("┌─"));
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 3, "nothing else is left behind");
    let (status, _, error) = place.run(&["--format", "short", "--format", "json=-"]);
    assert_eq!(status, 2);
    assert!(error.contains("two formats cannot both go to standard output"), "{error}");
    let (status, _, error) = place.run(&["--format", "json=no/such/folder.json"]);
    assert_eq!(status, 2);
    assert!(error.contains("cannot be written"), "{error}");
    let (status, _, error) = place.run(&["--format", "sarrif"]);
    assert_eq!(status, 2);
    assert!(error.contains("there is no format `sarrif`"), "{error}");
}

#[test]
fn json_keeps_its_contract() {
    let place = Place::new(&[("tlslint.toml", UNUSED)]);
    let (_, out, _) = place.run(&["--format", "json", "--as-of", "2026-11-22", "-q", "--statistics"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["as_of"], "2026-11-22T00:00:00Z");
    assert_eq!(json["findings"][0]["rule"], "tlslint/unused-ignore");
    assert_eq!(json["findings"][0]["fingerprint"].as_str().unwrap().len(), 32);
    assert_eq!(
        json["findings"][0]["labels"][0]["start"],
        serde_json::json!({"line": 2, "column": 8, "byte": 18})
    );
    let schema = place.run(&["schema"]).1;
    let schema: Value = serde_json::from_str(&schema).unwrap();
    fits(&json, &schema, &schema, "$");
    let mut broken = json.clone();
    broken["findings"][0]["level"] = Value::from("fatal");
    assert!(std::panic::catch_unwind(|| fits(&broken, &schema, &schema, "$")).is_err(), "the check can fail");
}

/// Holds a value against the part of JSON Schema that ours uses.
fn fits(value: &Value, schema: &Value, root: &Value, at: &str) {
    for (key, rule) in schema.as_object().unwrap() {
        match key.as_str() {
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
                fits(value, target, root, at);
            }
            "type" => {
                let names: Vec<&str> = rule
                    .as_array()
                    .map_or_else(|| vec![rule], |list| list.iter().collect())
                    .into_iter()
                    .filter_map(Value::as_str)
                    .collect();
                let name = match value {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::Number(_) => "integer",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) => "object",
                };
                assert!(names.contains(&name), "{at} is {name}, not one of {names:?}");
            }
            "const" => assert_eq!(value, rule, "{at}"),
            "enum" => assert!(rule.as_array().unwrap().contains(value), "{at}: {value}"),
            "minimum" => assert!(value.as_i64() >= rule.as_i64(), "{at}: {value}"),
            "required" => {
                for name in rule.as_array().unwrap().iter().filter_map(Value::as_str) {
                    assert!(value.is_null() || value.get(name).is_some(), "{at} lacks {name}");
                }
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        fits(value, schema, root, &format!("{at}.{name}"));
                    }
                }
                // Ours describes all that it writes.
                for name in value.as_object().into_iter().flatten().map(|(name, _)| name) {
                    assert!(rule.get(name).is_some(), "{at}.{name} is not described");
                }
            }
            "items" => {
                for (index, value) in value.as_array().unwrap().iter().enumerate() {
                    fits(value, rule, root, &format!("{at}[{index}]"));
                }
            }
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            key => panic!("the schema uses `{key}`, which this test does not know"),
        }
    }
}

#[test]
fn what_cannot_be_done_exits_with_two() {
    let place = Place::new(&[
        ("bad/tlslint.toml", "[rules]\n\"tlslint/unreadabel\" = \"off\"\nx = 1\n"),
        ("p.toml", "\"*\" = hunter2\n"),
    ]);
    for (arguments, message) in [
        (&["nope"][..], "there is no file or folder `nope`"),
        (&["chekc"], "did you mean the command `check`?"),
        (&["-v", "rules"], "the command `rules` must come before all flags"),
        (&["--select", "tlslint/unreadabel"], "did you mean `tlslint/unreadable`?"),
        (&["--ignore", "tlslint/unreadabel"], "did you mean `tlslint/unreadable`?"),
        (&["explain", "unreadabel"], "did you mean `tlslint/unreadable`?"),
        (&["bad"], "did you mean `tlslint/unreadable`?"),
        (&["--config", "bad/tlslint.toml"], "there is no rule `x`"),
        (&["--config", "none.toml"], "the configuration `none.toml` cannot be read"),
        (&["--config", "x", "--isolated"], "cannot be used with"),
        (&["--as-of", "tomorrow"], "use a day such as"),
        (&["--fail-on", "fatal"], "use `error`"),
        (&["--passwords", "none.toml"], "the passwords in `none.toml` cannot be read"),
        (&["--passwords", "p.toml"], "line 1 of `p.toml` is not TOML"),
        (&["--no-such-flag"], "unexpected argument"),
    ] {
        let (status, out, error) = place.run(arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}: {error}");
        let folded = error.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(folded.contains(message), "{arguments:?}: {error}");
        assert!(!error.contains("hunter2") && !error.contains('\u{1b}'), "{error}");
    }
    let output = place.command(&[]).env("TLSLINT_PASSWORDS", "\"[\" = \"hunter2\"").output().unwrap();
    let (status, _, error) = parts(&output);
    assert_eq!(status, 2);
    assert!(error.contains("line 1 of `TLSLINT_PASSWORDS` does not begin with a glob"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn the_nearest_configuration_holds_and_none_beyond_the_repository() {
    let place = Place::new(&[
        ("tlslint.toml", "broken = 1\n"),
        ("repository/.git/HEAD", ""),
        ("repository/conf/x", ""),
        ("other/conf/x", ""),
    ]);
    assert_eq!(place.run(&["repository/conf"]).0, 0);
    let mut command = place.command(&["."]);
    command.current_dir(place.path("other/conf"));
    assert_eq!(
        parts(&command.output().unwrap()).0,
        0,
        "outside Git nothing above the working folder is read"
    );
    assert_eq!(place.run(&["other/conf"]).0, 2);
    fs::write(place.path("repository/tlslint.toml"), "fail-on = 'eror'\n").unwrap();
    let (status, _, error) = place.run(&["repository/conf"]);
    assert_eq!(status, 2);
    assert!(error.contains("repository/tlslint.toml:1:11"), "{error}");
}

#[test]
fn verbose_says_what_is_read() {
    let place = Place::new(&[("tlslint.toml", ""), ("repository/.git/HEAD", "")]);
    let (_, out, error) = place.run(&["-v", ".", "repository"]);
    assert!(out.starts_with("no findings in "), "{out}");
    assert!(error.contains("checking `.`, outside Git\n"), "{error}");
    assert!(error.contains("checking `repository`, in the Git repository `repository`\n"), "{error}");
    assert!(error.contains("configured by `tlslint.toml`\n"), "{error}");
}

#[test]
fn the_commands_beside_check() {
    let place = Place::new(&[("rules/x", "")]);
    let (status, out, _) = place.run(&["rules"]);
    assert_eq!(status, 0);
    assert!(
        out.lines().any(|line| line.starts_with("tlslint/unused-ignore ") && line.contains(" warning  on ")),
        "{out}"
    );
    let list: Value = serde_json::from_str(&place.run(&["rules", "--format", "json"]).1).unwrap();
    assert_eq!(list.as_array().unwrap().len(), out.lines().count());
    assert!(place.run(&["./rules"]).1.starts_with("no findings in "));
    let (status, out, _) = place.run(&["explain", "tlslint/unreadable"]);
    assert_eq!(status, 0);
    assert!(
        out.starts_with("tlslint/unreadable: ")
            && out.contains("\nFix\n")
            && out.contains("ignore[tlslint/unreadable]"),
        "{out}"
    );
    assert!(place.run(&["completions", "bash"]).1.contains("_tlslint"));
    assert!(place.run(&["--help"]).1.contains("--as-of"));
    assert!(place.run(&["--version"]).1.starts_with("tlslint "));

    assert_eq!(place.run(&["init"]).0, 0);
    let written = place.read("tlslint.toml");
    assert_eq!(place.run(&[]).0, 0, "what it writes is right");
    let (status, _, error) = place.run(&["init"]);
    assert_eq!(status, 2);
    assert!(error.contains("is there already"), "{error}");
    assert_eq!(place.read("tlslint.toml"), written);
}

#[test]
fn the_schema_is_the_documented_one() {
    let documented =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/json-schema.json")).unwrap();
    assert_eq!(Place::new(&[]).run(&["schema"]).1, documented);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new(&[("tlslint.toml", UNUSED)]);
    let mut child =
        place.command(&["completions", "zsh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let (status, _, error) = parts(&child.wait_with_output().unwrap());
    assert_eq!((status, error.as_str()), (0, ""));
}
