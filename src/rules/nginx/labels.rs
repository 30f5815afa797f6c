//! What several rules about listeners and names share: long lists of labels, and what stands for a server.

use crate::{finding::Finding, model::Location};

/// So many places are shown; the rest is counted.
const SHOWN: usize = 10;

/// Labels the first places of a list, and counts the others on the last one that is shown.
pub(super) fn label_some(finding: &mut Finding, labels: impl IntoIterator<Item = (Location, String)>) {
    let mut fresh: Vec<(Location, String)> = Vec::new();
    for (at, text) in labels {
        if finding.labels().all(|label| label.at != at) && fresh.iter().all(|(known, _)| *known != at) {
            fresh.push((at, text));
        }
    }
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
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [some @ .., last] if some.len() < 3 => format!("{} and {last}", some.join(", ")),
        [a, b, c, rest @ ..] => format!("{a}, {b}, {c} and {} more", rest.len()),
        [..] => names.join(", "),
    }
}
