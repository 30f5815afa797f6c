//! What a release would get wrong: versions that differ, twin files that have
//! grown apart, programs that cannot be started.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path};

use tlslint::rules;

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[test]
fn hook_files_are_twins() {
    // `pre-commit` reads the name with the dot; the other is for those who look for a file they can see.
    // A symbolic link would not survive a checkout on Windows.
    assert_eq!(read(".pre-commit-hooks.yaml"), read("pre-commit-hooks.yaml"));
}

#[test]
fn one_version_everywhere() {
    let action = read("action.yml");
    assert!(action.contains(&format!("default: \"{VERSION}\"")), "action.yml does not build {VERSION}");
    assert!(read("setup.py").contains(&format!("\"tlslint=={VERSION}\"")), "setup.py");
    assert!(
        read("pypi/pyproject.toml").contains(&format!("\nversion = \"{VERSION}\"")),
        "pypi/pyproject.toml"
    );
    let newest = read("CHANGELOG.md").lines().find(|line| line.starts_with("## [")).map(str::to_owned);
    let newest = newest.expect("CHANGELOG.md has a version");
    assert!(
        newest.starts_with(&format!("## [{VERSION}]")),
        "CHANGELOG.md starts with `{newest}`, not {VERSION}"
    );
    for (page, word) in [("README.md", "rev: v"), ("README.md", "tlslint/tlslint@v")] {
        let text = read(page);
        for (at, _) in text.match_indices(word) {
            let said = &text[at + word.len()..];
            assert!(said.starts_with(VERSION), "{page}: `{word}…` is not {VERSION}");
        }
    }
}

#[test]
fn no_rule_is_newer_than_the_release() {
    let number =
        |version: &str| -> Vec<u32> { version.split('.').map(|part| part.parse().unwrap()).collect() };
    for card in rules::CARDS {
        assert!(number(card.since) <= number(VERSION), "{} is since {}", card.id, card.since);
    }
}

#[test]
fn action_pastes_no_input_into_a_script() {
    // An expression inside `run` is replaced before the shell reads it: whoever chooses the input writes the script.
    let action = read("action.yml");
    let mut in_script = None;
    for line in action.lines() {
        let indent = line.len() - line.trim_start().len();
        if in_script.is_some_and(|start| indent <= start && !line.trim().is_empty()) {
            in_script = None;
        }
        assert!(in_script.is_none() || !line.contains("${{"), "action.yml: {line}");
        if line.trim_start().trim_start_matches("- ").starts_with("run:") {
            assert!(!line.contains("${{"), "action.yml: {line}");
            in_script = Some(indent);
        }
    }
}

#[cfg(unix)]
#[test]
fn scripts_can_be_started() {
    use std::os::unix::fs::PermissionsExt;
    for script in [".ci/run", ".ci/lint", ".ci/hooks", "action/install.sh", "action/check.sh"] {
        let mode = fs::metadata(root().join(script)).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{script} is not executable");
    }
}

#[test]
fn licences_are_there() {
    assert!(read("LICENSE-MIT").contains("tlslint contributors"));
    assert!(read("LICENSE-APACHE").contains("Version 2.0, January 2004"));
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
        .replace("\r\n", "\n")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
