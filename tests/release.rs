//! What a release would get wrong: versions that differ, twin files that have grown apart, programs that cannot be
//! started, dependencies that nobody wants.

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

/// The names that `deny.toml` gives for a key, one a line.
fn denied(key: &str) -> Vec<String> {
    let text = read("deny.toml");
    let table: toml::Table = text.parse().unwrap();
    let group = if key == "deny" { "bans" } else { "licenses" };
    let names = table[group][key].as_array().unwrap();
    names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn no_dependency_is_banned_or_from_elsewhere() {
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    let banned = denied("deny");
    assert!(banned.len() > 10);
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.iter().any(|it| it == name), "`{name}` is banned by deny.toml");
        // Our own package has no source; everything else comes from one place, and is what it was.
        if name != env!("CARGO_PKG_NAME") {
            let source = package["source"].as_str().unwrap();
            assert_eq!(source, "registry+https://github.com/rust-lang/crates.io-index", "{name}");
            assert!(package.get("checksum").is_some(), "{name}");
        }
    }
}

#[test]
fn every_licence_is_allowed() {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    if !output.status.success() {
        println!(
            "skipped: `cargo metadata` needs more than is here: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    }
    let allowed = denied("allow");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(fits(licence, &allowed), "{} is licensed as `{licence}`", package["name"]);
    }
}

/// Whether an expression of SPDX can be met with what is allowed; `/` is how `OR` was once written.
fn fits(expression: &str, allowed: &[String]) -> bool {
    let plain = expression.replace('/', " OR ");
    let inside = plain.trim();
    // Parentheses stand around whole sides of an `AND` here.
    let sides: Vec<&str> = inside.split(" AND ").collect();
    let side = |text: &str| {
        let text = text.trim().trim_matches(['(', ')']);
        text.split(" OR ").any(|it| allowed.iter().any(|name| name == it.trim()))
    };
    !inside.is_empty() && sides.into_iter().all(side)
}

#[test]
fn expressions_of_licences_are_understood() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned()];
    for (expression, fine) in [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0-only", false),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR GPL-2.0-only) AND ISC", true),
        ("", false),
    ] {
        assert_eq!(fits(expression, &allowed), fine, "{expression}");
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
        .replace("\r\n", "\n")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
