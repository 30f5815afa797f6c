//! The cards as they stand in `rules/`, sorted by id.

use std::{fs, path::Path};

use super::format::Card;

/// Reads all cards. The build has refused what cannot be read.
pub(crate) fn all() -> Vec<Card> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut cards = Vec::new();
    for group in fs::read_dir(rules).unwrap() {
        let group = group.unwrap().path();
        if !group.is_dir() {
            continue;
        }
        for file in fs::read_dir(group).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                let text = fs::read_to_string(&path).unwrap();
                let card: Card =
                    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                cards.push(card);
            }
        }
    }
    cards.sort_by(|a, b| a.id.cmp(&b.id));
    cards
}
