//! What several rules about listeners and names share: long lists of labels, and what stands for a server.

use std::collections::BTreeSet;

use crate::{
    finding::Finding,
    model::Location,
    rules::words::{self, SHOWN},
};

/// Labels the first places of a list, and counts the others on the last one that is shown.
pub(super) fn label_some(finding: &mut Finding, labels: impl IntoIterator<Item = (Location, String)>) {
    let mut known: BTreeSet<Location> = finding.labels().map(|label| label.at).collect();
    let mut fresh: Vec<(Location, String)> = labels.into_iter().filter(|(at, _)| known.insert(*at)).collect();
    let hidden = fresh.len().saturating_sub(SHOWN);
    fresh.truncate(SHOWN);
    if hidden > 0
        && let Some((_, text)) = fresh.last_mut()
    {
        *text = format!("{text}, and {hidden} more");
    }
    finding.labels_from(fresh);
}

/// Names in backticks, as a phrase.
pub(super) fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    phrase(&quoted)
}

/// `a`, `a and b`, `a, b and c`, `a, b, c and 3 more`.
pub(super) fn phrase(names: &[String]) -> String {
    words::list(names, 3)
}
