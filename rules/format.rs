//! What a card may say. Read by `build.rs`, which turns cards into constants,
//! and by the tests, which run their examples and write `docs/rules.md`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One `rules/<group>/<name>.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Card {
    /// `group/name`: the path below `rules/` without its ending.
    pub(crate) id: String,
    /// `error`, `warning` or `note`.
    pub(crate) level: String,
    /// `false` for what runs only where it is asked for.
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
    /// Who reports it: a function of `src/rules`, or the pipeline itself.
    #[serde(default)]
    pub(crate) by: By,
    /// First version that has it, `1.2.3`.
    pub(crate) since: String,
    /// One line, lower case, no full stop.
    pub(crate) summary: String,
    /// What happens to users, and why. Markdown.
    pub(crate) why: String,
    /// What to do. Markdown.
    pub(crate) fix: String,
    /// Standards and vendor pages.
    #[serde(default)]
    pub(crate) references: Vec<String>,
    /// What kind of edit it offers, where it offers one.
    pub(crate) edit: Option<EditKind>,
    /// Former ids.
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    /// What `[rules]` may set.
    #[serde(default)]
    pub(crate) options: Vec<RuleOption>,
    /// At least one `bad` and one `good`.
    pub(crate) examples: Vec<Example>,
}

/// Whether `--fix` does the edits of a rule by itself.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EditKind {
    /// It does: nothing about trust can change.
    Safe,
    /// With `--fix=unsafe` only.
    Unsafe,
    /// Some are safe, some are not.
    Either,
}

/// Who reports the findings of a card.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum By {
    /// A function of `src/rules`, found by its name.
    #[default]
    Rule,
    /// `check` or `policy`: it is about the run, not about the model.
    Pipeline,
}

/// One key of `[rules] "group/name" = { … }`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleOption {
    /// Its key.
    pub(crate) name: String,
    /// What holds where nothing is set.
    pub(crate) default: i64,
    /// What it means, with its unit.
    pub(crate) what: String,
}

/// A small tree and what the rule must say about it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Example {
    /// A line that says what this example shows.
    pub(crate) shows: Option<String>,
    /// A tree with the mistake.
    pub(crate) bad: Option<Files>,
    /// A tree without it.
    pub(crate) good: Option<Files>,
    /// All labels of the finding, the primary one first: `path:line`, `path#entry`, or `path` for a file as such.
    #[serde(default)]
    pub(crate) finds: Vec<String>,
    /// Labels of further findings of the same rule.
    #[serde(default)]
    pub(crate) finds_more: Vec<Vec<String>>,
    /// Files after the edits that the findings of the rule offer; the others stay as they are.
    #[serde(default)]
    pub(crate) fixed: Files,
    /// A part of the message of the first finding.
    pub(crate) says: Option<String>,
    /// Its level, where that is not the card's.
    pub(crate) level: Option<String>,
    /// Other rules that may speak here.
    #[serde(default)]
    pub(crate) also: Vec<String>,
    /// "Today", `2026-11-22` where nothing is said.
    pub(crate) as_of: Option<String>,
    /// Passwords as `--passwords` gives them: globs and what opens the files they match.
    #[serde(default)]
    pub(crate) passwords: BTreeMap<String, String>,
    /// Text of a `tlslint.toml`.
    pub(crate) config: Option<String>,
    /// Permission bits of files in octal, where the tree keeps real ones.
    #[serde(default)]
    pub(crate) mode: BTreeMap<String, String>,
    /// Files that are not what they seem when they are opened.
    #[serde(default)]
    pub(crate) disk: BTreeMap<String, Disk>,
    /// The files are tracked by Git.
    #[serde(default)]
    pub(crate) git: bool,
}

impl Example {
    /// The tree, whatever it shows.
    pub(crate) fn files(&self) -> &Files {
        static NONE: Files = BTreeMap::new();
        self.bad.as_ref().or(self.good.as_ref()).unwrap_or(&NONE)
    }
}

/// What reading a file meets.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Disk {
    /// The system does not let us open it.
    Denied,
    /// It is larger than what is read.
    TooLarge,
}

/// Path and body.
pub(crate) type Files = BTreeMap<String, Body>;

/// What a file of an example holds.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Body {
    /// This text.
    Text(String),
    /// The bytes of files of `testdata/`.
    From(From),
}

/// `{ from: path }` or `{ from: [path, path] }`, below `testdata/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct From {
    /// One file, or several that are joined in this order.
    pub(crate) from: OneOrMore,
}

/// A path or a list of paths.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMore {
    /// One path.
    One(String),
    /// Several.
    More(Vec<String>),
}

impl OneOrMore {
    /// The paths in their order.
    pub(crate) fn paths(&self) -> &[String] {
        match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::More(paths) => paths,
        }
    }
}

fn yes() -> bool {
    true
}
