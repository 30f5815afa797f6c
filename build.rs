//! Turns the cards of `rules/` into constants and lists the rules. A card that
//! cannot be read, or that no function stands behind, stops the build.

use std::{
    collections::BTreeSet,
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use format::{By, Card, Example};

#[path = "rules/format.rs"]
#[allow(dead_code, reason = "the tests read what the build does not")]
mod format;

/// Words that are no identifiers unless marked as raw.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "continue", "do", "dyn", "else", "enum", "extern",
    "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=rules");
    let mut cards = Vec::new();
    let mut complaints = Vec::new();
    for path in card_files(Path::new("rules")).expect("`rules/` can be read") {
        match read(&path) {
            Ok(card) => cards.push(card),
            Err(reasons) => {
                let path = path.display().to_string().replace('\\', "/");
                complaints.extend(reasons.iter().map(|reason| format!("{path}: {reason}")));
            }
        }
    }
    cards.sort_by(|a, b| a.id.cmp(&b.id));
    if complaints.is_empty() {
        complaints = between(&cards);
    }
    if !complaints.is_empty() {
        for complaint in complaints {
            println!("cargo::error={complaint}");
        }
        return ExitCode::FAILURE;
    }
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets `OUT_DIR`"));
    fs::write(folder.join("cards.rs"), constants(&cards)).expect("`OUT_DIR` can be written");
    ExitCode::SUCCESS
}

/// `rules/<group>/<name>.yaml`. Anything else in a group is returned too, so that it is refused by its name
/// and not overlooked.
fn card_files(rules: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for group in fs::read_dir(rules)? {
        let group = group?.path();
        if !group.is_dir() {
            continue;
        }
        for card in fs::read_dir(group)? {
            let card = card?;
            if !card.file_name().to_string_lossy().starts_with('.') {
                files.push(card.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<Card, Vec<String>> {
    if path.extension().is_none_or(|ending| ending != "yaml") {
        return Err(vec!["is no card; cards are called `rules/<group>/<name>.yaml`".into()]);
    }
    let text = fs::read_to_string(path).map_err(|error| vec![error.to_string()])?;
    // The reader's message goes on with a picture of the place; its first line says it all.
    let first =
        |text: String| text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let card: Card = serde_yaml::from_str(&text).map_err(|error| vec![first(error.to_string())])?;
    let reasons = within(&card, path);
    if reasons.is_empty() { Ok(card) } else { Err(reasons) }
}

/// What is wrong with a card by itself.
fn within(card: &Card, path: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut refuse = |is_wrong: bool, reason: String| {
        if is_wrong {
            wrong.push(reason);
        }
    };
    let words =
        |path: Option<&Path>| path.and_then(Path::file_name).map(|word| word.to_string_lossy().into_owned());
    let stem = path.with_extension("");
    let expected =
        format!("{}/{}", words(stem.parent()).unwrap_or_default(), words(Some(&stem)).unwrap_or_default());
    refuse(card.id != expected, format!("the id is `{}` and the path says `{expected}`", card.id));
    refuse(
        !is_id(&card.id),
        format!("the id `{}` is not `group/name` in small letters, digits and `-`", card.id),
    );
    refuse(!is_level(&card.level), unknown_level(&card.level));
    let version = card.since.split('.').collect::<Vec<_>>();
    refuse(
        version.len() != 3 || version.iter().any(|part| part.parse::<u32>().is_err()),
        format!("`since` is `{}` and should be a version such as `0.1.0`", card.since),
    );
    if let Some(reason) = bad_summary(&card.summary) {
        refuse(true, format!("the summary {reason}"));
    }
    for (name, text) in [("why", &card.why), ("fix", &card.fix)] {
        refuse(text.trim().is_empty(), format!("`{name}` is empty"));
    }
    for alias in &card.aliases {
        refuse(!is_id(alias), format!("the alias `{alias}` is not `group/name`"));
    }
    let mut names = BTreeSet::new();
    for option in &card.options {
        refuse(
            !is_word(&option.name),
            format!("the option `{}` is not small letters, digits and `-`", option.name),
        );
        refuse(!names.insert(&option.name), format!("the option `{}` is there twice", option.name));
        refuse(
            option.what.trim().is_empty(),
            format!("the option `{}` does not say what it means", option.name),
        );
    }
    refuse(card.examples.iter().all(|it| it.bad.is_none()), "there is no `bad` example".into());
    refuse(card.examples.iter().all(|it| it.good.is_none()), "there is no `good` example".into());
    let fixed = card.examples.iter().any(|it| !it.fixed.is_empty());
    refuse(
        card.by == By::Rule && fixed != card.edit.is_some(),
        "`edit` says which edits there are, and `fixed` of an example shows one: both or neither".into(),
    );
    for (index, example) in card.examples.iter().enumerate() {
        for reason in within_example(example) {
            refuse(true, format!("example {}: {reason}", index + 1));
        }
    }
    wrong
}

fn within_example(example: &Example) -> Vec<String> {
    let mut wrong = Vec::new();
    match (&example.bad, &example.good) {
        (Some(_), None) if example.finds.is_empty() => wrong.push("`bad` without `finds`".into()),
        (Some(files), None) | (None, Some(files)) if files.is_empty() => wrong.push("no files".into()),
        (Some(_), None) => (),
        (None, Some(_)) => {
            let expects = !example.finds.is_empty()
                || !example.finds_more.is_empty()
                || !example.fixed.is_empty()
                || example.says.is_some()
                || example.level.is_some();
            if expects {
                wrong.push(
                    "`finds`, `finds-more`, `fixed`, `says` and `level` belong to a `bad` example".into(),
                );
            }
        }
        _ => wrong.push("either `bad` or `good`".into()),
    }
    for path in example.files().keys() {
        if path.is_empty() || path.contains('\\') || path.split('/').any(|part| matches!(part, "." | "..")) {
            wrong.push(format!("the path `{path}` is not a plain path with `/`"));
        }
    }
    for path in example.mode.keys().chain(example.disk.keys()).chain(example.fixed.keys()) {
        if !example.files().contains_key(path) {
            wrong.push(format!("`mode`, `disk` or `fixed` names `{path}`, which is not in the tree"));
        }
    }
    for mode in example.mode.values().filter(|mode| u32::from_str_radix(mode, 8).is_err()) {
        wrong.push(format!("the mode `{mode}` is not octal"));
    }
    if let Some(level) = example.level.as_ref().filter(|level| !is_level(level)) {
        wrong.push(unknown_level(level));
    }
    wrong
}

/// What is wrong with the cards together.
fn between(cards: &[Card]) -> Vec<String> {
    let mut wrong = Vec::new();
    let ids: BTreeSet<&str> = cards.iter().map(|card| card.id.as_str()).collect();
    let mut aliases = BTreeSet::new();
    for card in cards {
        for alias in &card.aliases {
            if ids.contains(alias.as_str()) || !aliases.insert(alias.as_str()) {
                wrong.push(format!("rules/{}.yaml: the alias `{alias}` already means another rule", card.id));
            }
        }
        for other in card.examples.iter().flat_map(|example| &example.also) {
            if !ids.contains(other.as_str()) {
                wrong.push(format!("rules/{}.yaml: `also` names `{other}`, which has no card", card.id));
            }
        }
    }
    wrong
}

fn is_level(word: &str) -> bool {
    matches!(word, "error" | "warning" | "note")
}

fn unknown_level(word: &str) -> String {
    format!("unknown level `{word}`; levels are `error`, `warning` and `note`")
}

fn is_id(id: &str) -> bool {
    id.split_once('/').is_some_and(|(group, name)| is_word(group) && is_word(name))
}

fn is_word(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_lowercase())
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn bad_summary(summary: &str) -> Option<&'static str> {
    let mut letters = summary.chars();
    match (letters.next(), letters.next()) {
        (None, _) => Some("is empty"),
        // `PEM` and `DNS` are words of their own; `The` is a sentence.
        (Some(first), second) if first.is_uppercase() && second.is_none_or(char::is_lowercase) => {
            Some("starts with a capital letter")
        }
        _ if summary.ends_with('.') => Some("ends in a full stop"),
        _ if summary.trim() != summary || summary.contains('\n') => Some("is not one plain line"),
        _ => None,
    }
}

/// The text of `cards.rs`, which `src/rules.rs` includes.
fn constants(cards: &[Card]) -> String {
    let mut out = String::new();
    for card in cards {
        let Card { id, enabled, since, summary, why, fix, references, aliases, .. } = card;
        let level = match card.level.as_str() {
            "error" => "Error",
            "warning" => "Warning",
            _ => "Note",
        };
        let mut options = String::new();
        for option in &card.options {
            let _ = write!(
                options,
                "crate::finding::CardOption {{ name: {:?}, default: {}, what: {:?} }}, ",
                option.name,
                option.default,
                option.what.trim_end()
            );
        }
        let (why, fix) = (why.trim_end(), fix.trim_end());
        let _ = writeln!(
            out,
            "pub(crate) static {}: Card = Card {{ id: {id:?}, level: Level::{level}, enabled: {enabled}, \
             since: {since:?}, summary: {summary:?}, why: {why:?}, fix: {fix:?}, references: &{references:?}, \
             aliases: &{aliases:?}, options: &[{options}] }};",
            constant(id)
        );
    }
    out.push_str("\npub(crate) static CARDS: &[&Card] = &[");
    for card in cards {
        let _ = write!(out, "&{}, ", constant(&card.id));
    }
    out.push_str("];\n\npub(crate) static RULES: &[Rule] = &[\n");
    for card in cards.iter().filter(|card| card.by == By::Rule) {
        let _ = writeln!(out, "    Rule {{ card: &{}, check: {} }},", constant(&card.id), function(&card.id));
    }
    out.push_str("];\n");
    out
}

/// `nginx/listen-ssl-no-cert` → `NGINX_LISTEN_SSL_NO_CERT`
fn constant(id: &str) -> String {
    id.replace(['/', '-'], "_").to_uppercase()
}

/// `nginx/listen-ssl-no-cert` → `crate::rules::nginx::listen_ssl_no_cert`
fn function(id: &str) -> String {
    let words = id.split('/').map(|word| {
        let word = word.replace('-', "_");
        if KEYWORDS.contains(&word.as_str()) { format!("r#{word}") } else { word }
    });
    format!("crate::rules::{}", words.collect::<Vec<_>>().join("::"))
}
