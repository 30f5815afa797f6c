//! Which rules run, at what level, and from which level on a run fails.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::finding::{Card, Level};

use super::{
    config::{Config, Setting},
    pattern::Pattern,
};

/// From which level on a run fails.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// At this level or above.
    At(Level),
    /// Whatever was found.
    Never,
}

impl Threshold {
    /// The words for it.
    pub const WORDS: [&'static str; 4] = ["error", "warning", "note", "never"];

    /// The threshold of a word, `None` where it is none.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "never" => Some(Self::Never),
            word => Level::of(word).map(Self::At),
        }
    }
}

/// A pattern of the command line means no rule.
#[derive(Debug, Error)]
#[error("there is no rule, group or glob `{written}`")]
pub struct UnknownRule {
    /// As it was written.
    pub written: String,
    /// What it may have meant.
    pub nearest: Option<&'static str>,
}

/// Which rules run, and at what level where the configuration says one.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    runs: BTreeMap<&'static str, Option<Level>>,
}

impl Levels {
    /// Works out every rule once. `select` and `ignore` are of the command line and stand above the configuration.
    pub fn new(
        cards: &[&'static Card],
        config: Option<&Config>,
        select: &[String],
        ignore: &[String],
    ) -> Result<Self, UnknownRule> {
        let select = patterns(select, cards)?;
        let ignore = patterns(ignore, cards)?;
        let mut settings: Vec<_> = config.map_or(&[][..], |config| &config.rules).iter().collect();
        settings.sort_by_key(|setting| setting.pattern.weight());

        let mut runs = BTreeMap::new();
        for card in cards {
            let mut on = card.enabled;
            let mut level = None;
            for setting in settings.iter().filter(|it| it.pattern.matches(card)) {
                match setting.level {
                    Some(Setting::At(set)) => {
                        // A glob may sweep over rules that are off; only a name turns one on.
                        on |= setting.pattern.names(card);
                        level = Some(set);
                    }
                    Some(Setting::Off) => on = false,
                    None => {}
                }
            }
            if !select.is_empty() {
                on = select.iter().any(|it| it.names(card) && !card.enabled || it.is_id_of(card))
                    || on && select.iter().any(|it| it.matches(card));
            }
            if on && !ignore.iter().any(|it| it.matches(card)) {
                runs.insert(card.id, level);
            }
        }
        Ok(Self { runs })
    }

    /// Whether a rule runs.
    pub fn runs(&self, rule: &str) -> bool {
        self.runs.contains_key(rule)
    }

    /// The level that the configuration sets for a rule.
    pub fn level(&self, rule: &str) -> Option<Level> {
        self.runs.get(rule).copied().flatten()
    }
}

fn patterns(list: &[String], cards: &[&'static Card]) -> Result<Vec<Pattern>, UnknownRule> {
    list.iter()
        .map(|text| {
            let unknown = |nearest| UnknownRule { written: text.clone(), nearest };
            let pattern = Pattern::new(text).map_err(|_| unknown(None))?;
            pattern.known(cards).map_err(unknown)?;
            Ok(pattern)
        })
        .collect()
}
