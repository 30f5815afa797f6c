//! What people write where rules are meant: an id, a group, or a glob.

use globset::{Glob, GlobMatcher};

use crate::finding::Card;

use super::suggest;

/// `cert/expired`, `cert`, `*/weak-*`.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As it was written.
    pub text: String,
    glob: Option<GlobMatcher>,
}

impl Pattern {
    /// Reads a pattern; a glob that makes no sense is an error in words.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim().to_owned();
        let glob = if text.contains(['*', '?', '[', '{']) {
            let glob = Glob::new(&text).map_err(|error| format!("`{text}` is no glob: {}", error.kind()))?;
            Some(glob.compile_matcher())
        } else {
            None
        };
        Ok(Self { text, glob })
    }

    /// Whether a rule is meant. Former ids of a rule mean it too.
    pub fn matches(&self, card: &Card) -> bool {
        match &self.glob {
            Some(glob) => glob.is_match(card.id),
            None => self.names(card),
        }
    }

    /// Whether a rule is meant by its id or its group, not by a glob.
    pub fn names(&self, card: &Card) -> bool {
        self.glob.is_none() && (self.is_id_of(card) || card.group() == self.text)
    }

    /// Whether exactly this rule is meant.
    pub fn is_id_of(&self, card: &Card) -> bool {
        card.id == self.text || card.aliases.contains(&self.text.as_str())
    }

    /// The more a pattern says, the later it is applied: ids after groups and globs,
    /// longer globs after shorter ones.
    pub(super) fn weight(&self) -> (bool, usize) {
        let literal = self.text.chars().filter(|c| !matches!(c, '*' | '?' | '[' | ']' | '{' | '}')).count();
        (self.glob.is_none() && self.text.contains('/'), literal)
    }

    /// Whether any rule is meant, and what to write instead where none is.
    pub fn known(&self, cards: &[&'static Card]) -> Result<(), Option<&'static str>> {
        if cards.iter().any(|card| self.matches(card)) {
            return Ok(());
        }
        let ids = cards.iter().map(|card| card.id);
        let groups = cards.iter().map(|card| card.group());
        // A group comes first among equals only where no id is as near.
        Err(suggest::nearest(&self.text, ids).or_else(|| suggest::nearest(&self.text, groups)))
    }
}
