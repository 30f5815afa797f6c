//! The steps of `action.yml`, run as a runner would: inputs become the environment of scripts, outputs go from step to
//! step, and the run fails in its last step alone. What is fetched from the network is put into the tool cache here.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;
use tempfile::TempDir;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

#[derive(Deserialize)]
struct Action {
    inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, OutputValue>,
    runs: Runs,
}

#[derive(Deserialize)]
struct Input {
    default: String,
}

#[derive(Deserialize)]
struct OutputValue {
    value: String,
}

#[derive(Deserialize)]
struct Runs {
    using: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    id: Option<String>,
    shell: Option<String>,
    run: Option<String>,
    uses: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

type Values = BTreeMap<String, String>;

/// What a run of the action came to.
struct Ran {
    /// The step that failed with its status.
    failed: Option<(String, i32)>,
    outputs: Values,
    log: String,
    summary: String,
}

/// Runs the action in a folder with some inputs and variables of the runner.
fn run(folder: &Path, given: &[(&str, &str)], runner: &[(&str, &str)]) -> Ran {
    let action: Action =
        serde_yaml::from_str(&fs::read_to_string(format!("{HERE}/action.yml")).unwrap()).unwrap();
    assert_eq!(action.runs.using, "composite");
    let mut inputs: Values =
        action.inputs.iter().map(|(name, it)| (name.clone(), it.default.clone())).collect();
    for (name, value) in given {
        assert!(inputs.insert((*name).to_owned(), (*value).to_owned()).is_some(), "`{name}` is no input");
    }
    let temp = TempDir::new().unwrap();
    let cache = temp.path().join("cache");
    let place = cache.join(format!("tlslint/{}/x86_64-unknown-linux-musl", inputs["version"]));
    if inputs["version"] == env!("CARGO_PKG_VERSION") {
        fs::create_dir_all(&place).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tlslint"), place.join("tlslint")).unwrap();
    }
    let mut steps: BTreeMap<String, Values> = BTreeMap::new();
    let mut ran = Ran { failed: None, outputs: Values::new(), log: String::new(), summary: String::new() };
    for (index, step) in action.runs.steps.iter().enumerate() {
        let Some(script) = &step.run else {
            assert!(step.uses.as_ref().is_some_and(|uses| uses.contains("upload-sarif@")));
            continue;
        };
        assert_eq!(step.shell.as_deref(), Some("bash"));
        assert!(!script.contains("${{"), "an input in a script");
        let file = |name: &str| -> PathBuf {
            let path = temp.path().join(format!("{name}-{index}"));
            fs::write(&path, "").unwrap();
            path
        };
        let (output, summary) = (file("output"), file("summary"));
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(folder);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT")) {
            command.env_remove(name);
        }
        command
            .env_remove("TLSLINT_PASSWORDS")
            .envs([("CI", "true"), ("RUNNER_OS", "Linux"), ("RUNNER_ARCH", "X64")])
            .env("GITHUB_ACTION_PATH", HERE)
            .env("RUNNER_TEMP", temp.path())
            .env("RUNNER_TOOL_CACHE", &cache)
            .env("GITHUB_OUTPUT", &output)
            .env("GITHUB_STEP_SUMMARY", &summary)
            .envs(runner.iter().copied());
        for (name, value) in &step.env {
            command.env(name, filled(value, &inputs, &steps));
        }
        let done = command.output().unwrap();
        ran.log.push_str(&String::from_utf8_lossy(&done.stdout));
        ran.log.push_str(&String::from_utf8_lossy(&done.stderr));
        ran.summary.push_str(&fs::read_to_string(summary).unwrap());
        let name = step.id.clone().unwrap_or_else(|| index.to_string());
        let text = fs::read_to_string(output).unwrap();
        let values = text.lines().map(|line| {
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        });
        steps.insert(name.clone(), values.collect());
        if !done.status.success() {
            ran.failed = Some((name, done.status.code().unwrap()));
            break;
        }
    }
    ran.outputs =
        action.outputs.iter().map(|(name, it)| (name.clone(), filled(&it.value, &inputs, &steps))).collect();
    if let Some(json) = ran.outputs.get("json-file").filter(|path| !path.is_empty()) {
        let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
        for (output, count) in [("errors", "error"), ("warnings", "warning")] {
            assert_eq!(ran.outputs[output], report["counts"][count].to_string());
        }
        assert_eq!(ran.outputs["findings"], report["findings"].as_array().unwrap().len().to_string());
    }
    if let Some(sarif) = ran.outputs.get("sarif-file").filter(|path| !path.is_empty()) {
        let path = folder.join(sarif);
        serde_json::from_str::<serde_json::Value>(&fs::read_to_string(path).unwrap()).unwrap();
    }
    ran
}

/// Replaces the expressions that the action uses; others fail the test.
fn filled(text: &str, inputs: &Values, steps: &BTreeMap<String, Values>) -> String {
    let mut rest = text;
    let mut filled = String::new();
    while let Some(start) = rest.find("${{") {
        let end = rest.find("}}").unwrap();
        filled.push_str(&rest[..start]);
        let expression = rest[start + 3..end].trim();
        let parts: Vec<&str> = expression.split('.').collect();
        match parts[..] {
            ["inputs", name] => filled.push_str(&inputs[name]),
            ["steps", step, "outputs", name] => {
                filled.push_str(steps.get(step).and_then(|it| it.get(name)).map_or("", String::as_str));
            }
            ["github", "token"] => {}
            _ => panic!("`{expression}` is not known"),
        }
        rest = &rest[end + 2..];
    }
    filled + rest
}

fn demo() -> TempDir {
    let folder = TempDir::new().unwrap();
    let copy = Command::new("cp")
        .args(["-r", &format!("{HERE}/testdata/demo"), &format!("{HERE}/testdata/healthy")])
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(copy.success());
    folder
}

const AS_OF: (&str, &str) = ("args", "--as-of=2026-11-22\n");

#[test]
fn findings_fail_the_run_in_its_last_step_alone() {
    let folder = demo();
    let ran = run(folder.path(), &[("paths", "demo"), AS_OF, ("upload-sarif", "true")], &[]);
    assert_eq!(ran.failed.as_ref().map(|(_, status)| *status), Some(1), "{}", ran.log);
    assert!(!["install", "check"].contains(&&*ran.failed.unwrap().0), "it fails after the upload");
    assert_eq!(ran.outputs["exit-code"], "1");
    assert!(ran.outputs["sarif-file"].ends_with("tlslint.sarif"));
    assert!(ran.log.contains("::error file=demo/etc/nginx/"), "{}", ran.log);
    assert!(ran.summary.starts_with("## tlslint\n") && ran.summary.contains("| "), "{}", ran.summary);
}

#[test]
fn a_clean_tree_passes_and_outputs_are_there() {
    let folder = demo();
    let ran = run(folder.path(), &[("paths", "healthy"), AS_OF, ("sarif-file", "out.sarif")], &[]);
    assert!(ran.failed.is_none(), "{}", ran.log);
    assert_eq!((&*ran.outputs["exit-code"], &*ran.outputs["errors"]), ("0", "0"));
    assert_eq!(ran.outputs["sarif-file"], "out.sarif");
    let ran = run(
        folder.path(),
        &[("paths", "demo"), AS_OF, ("fail-on", "never"), ("annotations", "false"), ("summary", "false")],
        &[],
    );
    assert!(ran.failed.is_none(), "{}", ran.log);
    assert!(ran.outputs["errors"].parse::<u32>().unwrap() > 0);
    assert!(!ran.log.contains("::error"), "{}", ran.log);
    assert_eq!(ran.summary, "");
}

#[test]
fn inputs_are_words_and_never_commands() {
    let folder = demo();
    let evil = "$(touch pwned) `touch pwned` ; touch pwned";
    for input in ["paths", "config", "baseline", "args", "sarif-file", "fail-on", "changed-only", "version"] {
        let ran = run(folder.path(), &[(input, evil)], &[]);
        assert!(!folder.path().join("pwned").exists(), "{input}: {}", ran.log);
        assert!(ran.failed.is_some() || input == "sarif-file", "{input}: {}", ran.log);
    }
    // A pattern of the shell is a name like any other.
    fs::create_dir(folder.path().join("*")).unwrap();
    let ran = run(folder.path(), &[("paths", "*"), AS_OF], &[]);
    assert!(ran.failed.is_none(), "{}", ran.log);
}

#[test]
fn pull_requests_report_what_they_change() {
    let folder = demo();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT")) {
            command.env_remove(name);
        }
        let done = command
            .current_dir(folder.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@example.test"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "base"]);
    let event = [("GITHUB_EVENT_NAME", "pull_request")];
    let arguments = [("paths", "."), AS_OF];
    let ran = run(folder.path(), &arguments, &event);
    assert!(ran.log.contains("::notice") && ran.log.contains("fetch-depth: 2"), "{}", ran.log);
    assert!(ran.failed.is_some(), "without a base everything is reported");
    fs::write(folder.path().join("README"), "changed").unwrap();
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "nothing about TLS"]);
    let ran = run(folder.path(), &arguments, &event);
    assert!(ran.failed.is_none(), "{}", ran.log);
    assert_eq!(ran.outputs["findings"], "0");
    let ran = run(folder.path(), &[("changed-only", "false"), arguments[0], arguments[1]], &event);
    assert!(ran.failed.is_some(), "{}", ran.log);
}

#[test]
fn a_version_that_nobody_knows_is_an_error() {
    let folder = demo();
    // Nothing listens there: no release can be fetched, as in a run without network.
    let offline = [("https_proxy", "http://127.0.0.1:9"), ("HTTPS_PROXY", "http://127.0.0.1:9")];
    let ran = run(folder.path(), &[("version", "9.9.9")], &offline);
    assert_eq!(ran.failed, Some(("install".to_owned(), 2)), "{}", ran.log);
    assert!(ran.log.contains("knows no release 9.9.9"), "{}", ran.log);
}
