//! How findings of all families say the same things.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::Finding,
    model::{CertId, EndpointId, Location, Model, PointerId, Role, Step, Use},
};

/// Labels of one kind that are shown; the rest is counted.
pub(super) const SHOWN: usize = 10;

/// `CN=… expired on …` of a certificate, by its title.
pub(super) fn title(model: &Model, id: CertId) -> String {
    format!("`{}`", model.cert(id).subject.title())
}

/// The endpoints of uses, each once, named for a sentence: "server `a`, server `b` and 3 more".
pub(super) fn endpoints(model: &Model, uses: impl IntoIterator<Item = EndpointId>) -> String {
    let mut titles: Vec<&str> = Vec::new();
    let mut seen = BTreeSet::new();
    for endpoint in uses {
        let title = model.estate.endpoint(endpoint).title.as_str();
        if seen.insert(title) {
            titles.push(title);
        }
    }
    list(&titles, 3)
}

/// "a", "a and b", "a, b and 2 more".
pub(super) fn list(items: &[impl AsRef<str>], most: usize) -> String {
    let shown: Vec<&str> = items.iter().take(most).map(AsRef::as_ref).collect();
    let more = items.len().saturating_sub(most);
    match (shown.split_last(), more) {
        (None, _) => String::new(),
        (Some((last, [])), 0) => (*last).to_owned(),
        (Some((last, first)), 0) => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Who is verified by an endpoint that keeps its authorities in a store, or as one: a target server is the backend.
pub(super) fn verified(whom: &str, role: Role) -> String {
    match role {
        Role::Client => format!("clients of {whom} are verified"),
        Role::Server => format!("{whom} is verified"),
    }
}

/// "1 day", "3 days".
pub(super) fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

/// The lines that name the files of uses, each once, in order of places.
pub(super) fn pointers(model: &Model, uses: &[Use]) -> Vec<(Location, PointerId)> {
    let by_place: BTreeMap<Location, PointerId> =
        uses.iter().map(|it| (model.estate.pointer(it.pointer).at, it.pointer)).collect();
    by_place.into_iter().collect()
}

/// Labels the copies of a certificate that are used, then further lines that name them.
pub(super) fn label_uses(finding: &mut Finding, model: &Model, uses: &[Use], what: &str) {
    let places: BTreeSet<Location> = uses.iter().map(|it| it.place).collect();
    for place in places.iter().take(SHOWN) {
        finding.label(*place, what);
    }
    for (at, _) in pointers(model, uses).into_iter().take(SHOWN) {
        finding.label(at, "and used here");
    }
    label_ways(finding, model, uses.iter().map(|it| (it.endpoint, it.pointer)));
}

/// Labels the ways from endpoints to the lines that name their files: references, stores, aliases.
pub(super) fn label_ways(
    finding: &mut Finding,
    model: &Model,
    uses: impl IntoIterator<Item = (EndpointId, PointerId)>,
) {
    let ways = uses.into_iter().map(|(endpoint, pointer)| (endpoint, model.estate.way(endpoint, pointer)));
    label_steps(finding, model, ways);
}

/// Labels the steps of ways, each place once, the line of the endpoint with its name.
pub(super) fn label_steps<'m>(
    finding: &mut Finding,
    model: &Model,
    ways: impl IntoIterator<Item = (EndpointId, &'m [Step])>,
) {
    let mut seen = BTreeSet::new();
    for (endpoint, way) in ways {
        for (index, step) in way.iter().enumerate() {
            if seen.len() >= SHOWN || !seen.insert(step.at) {
                continue;
            }
            let what = match index {
                // What names nothing itself is on the way all the same: a binding, whose record another tool shows.
                0 if step.what.starts_with("the ") => step.what.clone(),
                0 => format!("{} names {}", model.estate.endpoint(endpoint).title, step.what),
                _ => step.what.clone(),
            };
            finding.label(step.at, what);
        }
    }
}
