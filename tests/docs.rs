//! Keeps the pages true: `docs/rules.md` is written from the cards, the output
//! shown in the README is real, and what the pages name exists.
//! `UPDATE=1 cargo test --test docs` writes what is stale.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeSet,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use format::{Body, Card, Disk, EditKind, Example};
use tlslint::rules;

#[path = "common/cards.rs"]
mod cards;
#[path = "../rules/format.rs"]
#[allow(dead_code, reason = "what a run of an example needs is read by `tests/cards.rs`")]
mod format;

/// Pages that people read, beside `docs/*.md`.
const PAGES: &[&str] = &["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];

#[test]
fn page_of_rules_is_fresh() {
    fresh("docs/rules.md", &page_of_rules(&cards::all()));
}

#[test]
fn page_of_edits_lists_the_rules_that_offer_some() {
    const START: &str = "from the cards in rules/ -->\n";
    let page = read(&root().join("docs/fixes.md"));
    let (before, rest) = page.split_once(START).expect("the list begins");
    let (_, after) = rest.split_once("<!-- end of rules -->").expect("the list ends");
    let mut list = String::from("| rule | edits |\n|---|---|\n");
    for card in cards::all() {
        let Some(edit) = card.edit else { continue };
        let class = match edit {
            EditKind::Safe => "safe",
            EditKind::Unsafe => "unsafe",
            EditKind::Either => "safe or unsafe, by what it changes",
        };
        let _ = writeln!(list, "| [`{}`](rules.md#{}) | {class} |", card.id, anchor(&card.id));
    }
    fresh("docs/fixes.md", &format!("{before}{START}{list}<!-- end of rules -->{after}"));
}

#[test]
fn links_to_rules_lead_somewhere() {
    let page = page_of_rules(&cards::all());
    let anchors: BTreeSet<String> =
        page.lines().filter_map(|line| line.strip_prefix("### ")).map(anchor).collect();
    for card in rules::CARDS {
        let url = card.url();
        let target = url.rsplit_once("docs/rules.md#").map_or("", |(_, target)| target);
        assert!(anchors.contains(target), "{url} leads nowhere");
    }
}

#[test]
fn pages_name_rules_that_exist() {
    let groups: BTreeSet<&str> = rules::CARDS.iter().map(|card| card.group()).collect();
    let mut wrong = Vec::new();
    for page in pages() {
        let text = read(&page);
        let mut words = code_words(&text);
        for line in fenced(&text, &["sh"]) {
            words.extend(
                line.split_once("tlslint explain ")
                    .and_then(|(_, it)| it.split(' ').next())
                    .map(str::to_owned),
            );
        }
        for word in words {
            let names_a_rule = word.split_once('/').is_some_and(|(group, name)| {
                groups.contains(group)
                    && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            });
            if names_a_rule && rules::card(&word).is_none() {
                wrong.push(format!("{}: there is no rule `{word}`", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_name_options_that_exist() {
    let mut help = tlslint(&["--help"]);
    for command in subcommands(&help) {
        help.push_str(&tlslint(&[&command, "--help"]));
    }
    let mut wrong = Vec::new();
    for page in pages() {
        let text = read(&page);
        let lines = fenced(&text, &["sh", "console", "yaml"]).into_iter();
        let mut lines: Vec<String> = lines.filter_map(|line| arguments(&line).map(str::to_owned)).collect();
        lines.extend(
            code_words(&text).into_iter().filter(|word| word.starts_with("--") && !word.starts_with("---")),
        );
        for line in lines {
            for flag in line
                .split_whitespace()
                .filter(|word| word.starts_with("--") && !word.starts_with("---") && word.len() > 2)
            {
                let flag = flag.split(['=', ',']).next().unwrap_or_default();
                if !help.contains(flag) {
                    wrong.push(format!("{}: `tlslint` knows no `{flag}`: {line}", page.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_show_real_output() {
    for path in pages() {
        let page = read(&path);
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
        let mut out = String::new();
        let mut rest = page.as_str();
        while let Some((before, after)) = rest.split_once("<!-- output of: ") {
            let (command, after) = after.split_once(" -->").expect("the marker is closed");
            let (_, after) = after.split_once("<!-- end of output -->").expect("the output is closed");
            let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
            // The front page shows a taste, a page about a system shows the whole diagnosis.
            let output = tlslint(&arguments);
            let shown = if name == "README.md" { cut(&output) } else { output };
            let _ = write!(
                out,
                "{before}<!-- output of: {command} -->\n```text\n{}\n```\n<!-- end of output -->",
                shown.trim_end()
            );
            rest = after;
        }
        out.push_str(rest);
        fresh(name, &out);
    }
}

#[test]
fn readme_test_command_is_what_ci_runs() {
    let page = read(&root().join("README.md"));
    let commands = fenced(&page, &["sh"]);
    let test = commands.iter().find(|line| line.starts_with("cargo test")).expect("README says how to test");
    let ci = read(&root().join(".ci/run"));
    assert!(ci.lines().any(|line| line.trim() == test), ".ci/run does not call `{test}`");
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = read(&page);
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', '#']).next().unwrap_or_default();
            let folder = page.parent().unwrap_or(root());
            if !target.is_empty() && !target.contains("://") && !folder.join(target).exists() {
                wrong.push(format!("{}: `{target}` is not there", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The text of `docs/rules.md`.
fn page_of_rules(cards: &[Card]) -> String {
    let mut out = String::from(
        "# Rules\n\n\
         <!-- Written by `UPDATE=1 cargo test --test docs` from the cards in rules/. -->\n\n\
         What a rule is called is for ever; a renamed rule keeps its old name as an alias. **error**: clients fail, or a \
         door is open. **warning**: works today and breaks on a known day, or works by luck. **note**: worth knowing. \
         Where a rule sees how much depends on its finding, the level of the finding differs from the one shown here. \
         Every example is run as a test; the lines under it are the places that the finding must show, the one to edit \
         first.\n",
    );
    let mut group = "";
    for (index, card) in cards.iter().enumerate() {
        let of = group_of(card);
        if of != group {
            group = of;
            let _ = writeln!(out, "\n## {group}\n\n| rule | level | fires on |\n|---|---|---|");
            for card in cards[index..].iter().take_while(|card| group_of(card) == of) {
                let summary = card.summary.replace('|', "\\|");
                let _ =
                    writeln!(out, "| [`{}`](#{}) | {} | {summary} |", card.id, anchor(&card.id), card.level);
            }
        }
        rule(&mut out, card);
    }
    out
}

fn rule(out: &mut String, card: &Card) {
    let asked = if card.enabled { "" } else { ", only where it is asked for" };
    let _ = write!(
        out,
        "\n### {}\n\n**{}**{asked}, since {}: {}\n",
        card.id, card.level, card.since, card.summary
    );
    let _ = write!(out, "\n{}\n\n**What to do.** {}\n", card.why.trim(), card.fix.trim());
    if let Some(edit) = card.edit {
        let by = match edit {
            EditKind::Safe => "`--fix`",
            EditKind::Unsafe => "`--fix=unsafe`",
            EditKind::Either => "`--fix` or, where trust may change, by `--fix=unsafe`",
        };
        let _ = write!(out, "\nWhere the text shows one way to mend it, that is done by {by}.\n");
    }
    if !card.options.is_empty() {
        let _ = write!(out, "\n| option | default | meaning |\n|---|---|---|\n");
        for option in &card.options {
            let _ = writeln!(out, "| `{}` | {} | {} |", option.name, option.default, option.what.trim());
        }
    }
    if !card.references.is_empty() {
        out.push_str("\nSources:\n");
        for reference in &card.references {
            let is_link = reference.starts_with("https://") && !reference.contains(' ');
            let _ = if is_link { writeln!(out, "- <{reference}>") } else { writeln!(out, "- {reference}") };
        }
    }
    if !card.aliases.is_empty() {
        let names: Vec<String> = card.aliases.iter().map(|alias| format!("`{alias}`")).collect();
        let _ = writeln!(out, "\nFormerly {}.", names.join(", "));
    }
    out.push_str("\n<details><summary>Examples</summary>\n");
    // One of each kind is read; the others guard the rule and stand in its card.
    let first = |bad: bool| card.examples.iter().find(move |it| it.bad.is_some() == bad);
    for example in first(true).into_iter().chain(first(false)) {
        show(out, example);
    }
    out.push_str("\n</details>\n");
}

/// An example as a person would see it on a disk.
fn show(out: &mut String, example: &Example) {
    let kind = if example.bad.is_some() { "Found" } else { "Not found" };
    let shows = example.shows.as_ref().map(|shows| format!(", {}", shows.trim())).unwrap_or_default();
    let as_of = example.as_of.as_ref().map(|day| format!(", as of {day}")).unwrap_or_default();
    let git = if example.git { ", tracked by Git" } else { "" };
    let _ = write!(out, "\n{kind}{shows}{as_of}{git}:\n\n````text\n");
    for (path, body) in example.files() {
        let disk = example.disk.get(path).map(|disk| match disk {
            Disk::Denied => "  (cannot be opened)".to_owned(),
            Disk::TooLarge => "  (more than 32 MiB)".to_owned(),
        });
        let mode = example.mode.get(path).map(|mode| format!("  (mode {mode})"));
        let mode = disk.or(mode).unwrap_or_default();
        match body {
            Body::Text(text) => {
                let _ = writeln!(out, "── {path}{mode}\n{}", text.trim_end());
            }
            Body::From(from) => {
                let _ =
                    writeln!(out, "── {path}{mode}  = testdata/{}", from.from.paths().join(" + testdata/"));
            }
        }
    }
    if let Some(config) = &example.config {
        let _ = writeln!(out, "── tlslint.toml\n{}", config.trim_end());
    }
    out.push_str("````\n");
    for labels in example.bad.iter().map(|_| &example.finds).chain(&example.finds_more) {
        let places: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        let _ = writeln!(out, "\n→ {}", places.join(", "));
    }
}

fn group_of(card: &Card) -> &str {
    card.id.split_once('/').map_or("", |(group, _)| group)
}

/// What GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The first two findings and the end of a long output; all of a short one.
fn cut(output: &str) -> String {
    let paragraphs: Vec<&str> =
        output.split("\n\n").map(|it| it.trim_matches('\n')).filter(|it| !it.is_empty()).collect();
    match paragraphs.as_slice() {
        [first, second, left_out @ .., last] if !left_out.is_empty() => {
            format!("{first}\n\n{second}\n\n[… {} more …]\n\n{last}", left_out.len())
        }
        _ => output.to_owned(),
    }
}

/// What the program prints on standard output, in the root of the package.
fn tlslint(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tlslint"))
        .args(arguments)
        .current_dir(root())
        .env("NO_COLOR", "1")
        .env("CI", "true")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    assert_ne!(
        output.status.code(),
        Some(2),
        "tlslint {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What a line of a page hands to the program, where it starts it.
fn arguments(line: &str) -> Option<&str> {
    ["tlslint ", "cargo run --release -- "].iter().find_map(|start| line.strip_prefix(start))
}

/// The names in the `Commands:` part of the help.
fn subcommands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let listed = listed.take_while(|line| !line.trim().is_empty()).filter(|line| line.starts_with("  "));
    let names = listed.filter_map(|line| line[2..].split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

/// Compares a page with what it should be, or writes it.
fn fresh(path: &str, expected: &str) {
    let at = root().join(path);
    if env::var_os("UPDATE").is_some() {
        fs::write(at, expected).unwrap();
        return;
    }
    let found = fs::read_to_string(at).unwrap_or_default().replace("\r\n", "\n");
    let stale = found.lines().zip(expected.lines()).position(|(a, b)| a != b);
    assert!(
        found == expected,
        "{path} is stale from line {} on; write it with `UPDATE=1 cargo test --test docs`",
        stale.unwrap_or_else(|| found.lines().count().min(expected.lines().count())) + 1
    );
}

fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = PAGES.iter().map(|page| root().join(page)).collect();
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    pages.sort();
    pages
}

/// What stands between single backticks, and between quotes at the start of a line (keys of `[rules]`).
fn code_words(page: &str) -> Vec<String> {
    let quoted = page.lines().filter_map(|line| line.strip_prefix('"')?.split('"').next());
    page.split('`').skip(1).step_by(2).chain(quoted).map(str::to_owned).collect()
}

/// The lines of fenced blocks in these languages.
fn fenced(page: &str, languages: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut language = None;
    for line in page.lines() {
        match (line.trim_start().strip_prefix("```"), language) {
            (Some(_), Some(_)) => language = None,
            (Some(opened), None) => language = Some(opened),
            (None, Some(opened)) if languages.contains(&opened) => lines.push(line.trim().to_owned()),
            (None, _) => (),
        }
    }
    lines
}

fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .replace("\r\n", "\n")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
