//! What the tool tells its user, before anybody decided how it looks: a card
//! says what a rule is, a finding says where it fired, in as many files as take part.

use std::collections::BTreeSet;

use crate::source::{Location, Source, Span};

mod fix;
pub mod inventory;
pub mod mend;
pub mod outcome;
pub mod visible;

pub use fix::{Change, Edit, Fix};
pub use inventory::Inventory;
pub use outcome::{Judged, Outcome, Tally, Verdict, fingerprints};
pub use visible::{one_line, visible};

/// How serious a finding is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Works today and breaks on a known day, or works by luck.
    Warning,
    /// Clients fail, or a door is open.
    Error,
}

impl Level {
    /// The word people and configuration use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level of a word, `None` where it is no level.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Note, Self::Warning, Self::Error].into_iter().find(|level| level.word() == word)
    }
}

/// A number or a word that `[rules] "group/name" = { … }` may set.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct CardOption {
    /// Its key in `tlslint.toml`.
    pub name: &'static str,
    /// What holds where nothing is set.
    pub default: i64,
    /// What it means, with its unit.
    pub what: &'static str,
}

/// The card of a rule: everything about it that is not code. Made from
/// `rules/<group>/<name>.yaml` when the crate is built.
#[derive(Copy, Clone, Debug)]
pub struct Card {
    /// `group/name`, for ever.
    pub id: &'static str,
    /// The level where the rule does not say another by what it saw.
    pub level: Level,
    /// Whether it runs when nobody asked for it.
    pub enabled: bool,
    /// The first version that has it.
    pub since: &'static str,
    /// One line, lower case, no full stop.
    pub summary: &'static str,
    /// What happens to users, and why. Markdown.
    pub why: &'static str,
    /// What to do. Markdown.
    pub fix: &'static str,
    /// Standards, vendor pages.
    pub references: &'static [&'static str],
    /// Former ids.
    pub aliases: &'static [&'static str],
    /// What can be set.
    pub options: &'static [CardOption],
}

impl Card {
    /// The part of the id before the slash.
    pub fn group(&self) -> &'static str {
        self.id.split_once('/').map_or("", |(group, _)| group)
    }

    /// Where its documentation stands.
    pub fn url(&self) -> String {
        format!("https://github.com/tlslint/tlslint/blob/main/docs/rules.md#{}", self.id.replace('/', ""))
    }
}

/// A place that takes part in a finding, and what it contributes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The place.
    pub at: Location,
    /// What a reader should see there; may be empty.
    pub text: String,
}

/// One thing wrong, with every place that takes part in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The line a person will edit. Sorting by it keeps a report in file order.
    pub primary: Label,
    /// The id of its card.
    pub rule: &'static str,
    /// How serious it is here.
    pub level: Level,
    /// What is wrong, and what happens because of it.
    pub message: String,
    /// Proof, in the order a reader should follow it.
    pub related: Vec<Label>,
    /// What to do now; empty where the card's own advice says it.
    pub help: String,
    /// Paths that take part and are not there, as they would be shown: a file that is named and missing.
    pub absent: Vec<String>,
    /// Edits of text that mend it, where there is one way to do so.
    pub fix: Option<Fix>,
}

impl Finding {
    /// The primary label, then the related ones.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        std::iter::once(&self.primary).chain(&self.related)
    }

    /// Adds proof. Of several labels at one place the first stays; [`Findings::into_list`] sees to that.
    pub fn label(&mut self, at: Location, text: impl Into<String>) -> &mut Self {
        self.related.push(Label { at, text: text.into() });
        self
    }

    /// Adds proof from a list.
    pub fn labels_from(&mut self, labels: impl IntoIterator<Item = (Location, String)>) -> &mut Self {
        for (at, text) in labels {
            self.label(at, text);
        }
        self
    }

    /// Says what to do now.
    pub fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help = text.into();
        self
    }

    /// Names a path that should be there and is not.
    pub fn absent(&mut self, path: impl Into<String>) -> &mut Self {
        self.absent.push(path.into());
        self
    }

    /// Says which edits mend it.
    pub fn fix(&mut self, fix: Fix) -> &mut Self {
        self.fix = Some(fix);
        self
    }

    /// Holds the fix against the texts, by file id: it becomes edits, or goes where it does not fit them.
    pub fn settle(&mut self, sources: &[Source]) {
        self.fix = self.fix.take().and_then(|fix| fix.settled(sources));
    }

    /// Cuts texts that nobody would read to their end, as names of a megabyte make them.
    pub fn shorten(&mut self) {
        for text in [&mut self.message, &mut self.help] {
            cut(text);
        }
        for label in std::iter::once(&mut self.primary).chain(&mut self.related) {
            cut(&mut label.text);
        }
    }

    /// Another level than the card's.
    pub fn level(&mut self, level: Level) -> &mut Self {
        self.level = level;
        self
    }

    /// Cannot be mistaken for another finding, survives moved lines, rewording and other levels:
    /// the rule, and for each label its path and its text with blanks folded (or its entry's name).
    /// Equal findings are told apart by `ordinal`, their number among equals. `rooted` gives a path as it is called
    /// from the root of the estate, whatever the working folder.
    pub fn fingerprint_text(
        &self,
        sources: &[Source],
        ordinal: usize,
        rooted: &dyn Fn(&str) -> String,
    ) -> String {
        let mut text = String::from(self.rule);
        for label in self.labels() {
            let Some(source) = sources.get(label.at.file.0 as usize) else { continue };
            let span: Span = source.span(label.at.place);
            text.push('\u{1f}');
            text.push_str(&rooted(&source.path));
            text.push('\u{1e}');
            for word in source.slice(span).split_whitespace() {
                text.push_str(word);
                text.push(' ');
            }
        }
        if ordinal > 0 {
            text.push('\u{1f}');
            text.push_str(&ordinal.to_string());
        }
        text
    }
}

/// The longest text of a finding, in bytes.
const LONGEST: usize = 8_000;

fn cut(text: &mut String) {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
}

/// Where a rule puts what it finds. Knows the card, so the rule need not say
/// its own name and level each time.
#[derive(Debug)]
pub struct Findings {
    card: &'static Card,
    list: Vec<Finding>,
}

impl Findings {
    /// An empty list for the rule of `card`.
    pub fn of(card: &'static Card) -> Self {
        Self { card, list: Vec::new() }
    }

    /// Puts a finding: what is wrong, the place to edit, and what to see there.
    pub fn report(
        &mut self,
        message: impl Into<String>,
        at: Location,
        text: impl Into<String>,
    ) -> &mut Finding {
        self.list.push(Finding {
            primary: Label { at, text: text.into() },
            rule: self.card.id,
            level: self.card.level,
            message: message.into(),
            related: Vec::new(),
            help: String::new(),
            absent: Vec::new(),
            fix: None,
        });
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// The finding that was put last.
    pub fn last(&mut self) -> Option<&mut Finding> {
        self.list.last_mut()
    }

    /// What was found, each place labelled once.
    pub fn into_list(mut self) -> Vec<Finding> {
        for finding in &mut self.list {
            let mut labelled = BTreeSet::from([finding.primary.at]);
            finding.related.retain(|label| labelled.insert(label.at));
        }
        self.list
    }
}
