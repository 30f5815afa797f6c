//! The commands that check nothing: what rules there are, what they mean, and
//! how to begin.

use std::{env, fmt::Write as _, fs::OpenOptions, io::Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;
use miette::{IntoDiagnostic as _, Result};
use serde::Serialize;

use crate::{
    finding::Card,
    policy::{Pattern, suggest},
    rules::CARDS,
};

use super::{
    Exit,
    args::{Arguments, ListFormat},
    output::{failure, print},
};

/// The configuration that `init` writes.
const TEMPLATE: &str = include_str!("about/tlslint.toml");

/// `tlslint explain RULE`.
pub(super) fn explain(rule: &str) -> Result<Exit> {
    let pattern = Pattern::new(rule).ok();
    let Some(card) = CARDS.iter().find(|card| pattern.as_ref().is_some_and(|it| it.is_id_of(card))) else {
        let near = suggest::nearest(rule, CARDS.iter().map(|card| card.id));
        let help = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
        return Err(failure(
            format!("there is no rule `{rule}`"),
            Some(format!("{help}`tlslint rules` lists all")),
        ));
    };
    print(explained(card).as_bytes())?;
    Ok(Exit::Clean)
}

fn explained(card: &Card) -> String {
    let off = if card.enabled { "" } else { ", off unless it is selected or given a level" };
    let mut text = format!("{}: {}\n\n", card.id, card.summary);
    let _ = writeln!(text, "level: {}{off}\nsince: {}", card.level.word(), card.since);
    if !card.aliases.is_empty() {
        let _ = writeln!(text, "formerly: {}", card.aliases.join(", "));
    }
    let _ = write!(text, "\nWhy\n\n{}\n\nFix\n\n{}\n", card.why.trim(), card.fix.trim());
    if !card.options.is_empty() {
        text.push_str("\nOptions\n\n");
        for option in card.options {
            let _ = writeln!(text, "{} = {}: {}", option.name, option.default, option.what);
        }
    }
    if !card.references.is_empty() {
        text.push_str("\nReferences\n\n");
        for reference in card.references {
            let _ = writeln!(text, "{reference}");
        }
    }
    let _ = write!(
        text,
        "\nTo live with it\n\nin a comment on the line or the line above it: tlslint: ignore[{0}] reason\n\
         in tlslint.toml, for a while or for some files: [[ignore]] with rule = \"{0}\" and a reason\n\
         in tlslint.toml, everywhere: [rules] with \"{0}\" = \"off\"\n",
        card.id
    );
    text
}

#[derive(Serialize)]
struct WireRule<'a> {
    id: &'a str,
    level: &'a str,
    enabled: bool,
    since: &'a str,
    summary: &'a str,
    url: String,
    options: Vec<WireOption<'a>>,
}

#[derive(Serialize)]
struct WireOption<'a> {
    name: &'a str,
    default: i64,
    what: &'a str,
}

/// `tlslint rules`.
pub(super) fn rules(format: ListFormat) -> Result<Exit> {
    let text = match format {
        ListFormat::Full => {
            let width = CARDS.iter().map(|card| card.id.len()).max().unwrap_or_default();
            let mut text = String::new();
            for card in CARDS {
                let state = if card.enabled { "on" } else { "off" };
                let _ = writeln!(
                    text,
                    "{:<width$}  {:<7}  {state:<3}  {}",
                    card.id,
                    card.level.word(),
                    card.summary
                );
            }
            text
        }
        ListFormat::Json => {
            let list: Vec<WireRule<'_>> = CARDS.iter().map(|card| wire(card)).collect();
            serde_json::to_string_pretty(&list).into_diagnostic()? + "\n"
        }
    };
    print(text.as_bytes())?;
    Ok(Exit::Clean)
}

fn wire(card: &Card) -> WireRule<'_> {
    WireRule {
        id: card.id,
        level: card.level.word(),
        enabled: card.enabled,
        since: card.since,
        summary: card.summary,
        url: card.url(),
        options: card
            .options
            .iter()
            .map(|option| WireOption { name: option.name, default: option.default, what: option.what })
            .collect(),
    }
}

/// `tlslint init`.
pub(super) fn init() -> Result<Exit> {
    let folder = env::current_dir().into_diagnostic()?;
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(folder.join("tlslint.toml"))
        .and_then(|mut file| file.write_all(TEMPLATE.as_bytes()));
    match written {
        Ok(()) => {
            print(b"wrote `tlslint.toml`\n")?;
            Ok(Exit::Clean)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(failure("`tlslint.toml` is there already", Some("move it away to begin anew".to_owned())))
        }
        Err(error) => Err(failure(format!("`tlslint.toml` cannot be written: {error}"), None)),
    }
}

/// `tlslint completions SHELL`.
pub(super) fn completions(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "tlslint", &mut script);
    print(&script)?;
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Config;

    #[test]
    fn the_template_is_a_configuration_with_and_without_its_examples() {
        Config::parse("tlslint.toml", TEMPLATE, CARDS).expect("the template is right");
        let examples: String =
            TEMPLATE.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n").collect();
        let config = Config::parse("tlslint.toml", &examples, CARDS).expect("its examples are right");
        assert_eq!((config.ignores.len(), config.paths.len(), config.rules.len()), (1, 1, 2));
    }

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
