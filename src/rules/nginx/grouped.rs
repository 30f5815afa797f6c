//! One cause, one finding: what shares a cause is labelled, up to ten places, and the rest is counted.

use std::collections::BTreeMap;

use crate::{finding::Finding, model::Location};

/// More places than this say nothing more to a reader.
const SHOWN: usize = 10;

/// Places by what they share, in the order in which causes were seen.
pub(super) struct Grouped<K, V> {
    order: BTreeMap<K, usize>,
    groups: Vec<(K, Vec<V>)>,
}

impl<K: Ord + Clone, V: PartialEq> Grouped<K, V> {
    pub(super) fn new() -> Self {
        Self { order: BTreeMap::new(), groups: Vec::new() }
    }

    /// Adds one thing to its cause. A snippet that is included twice counts once.
    pub(super) fn add(&mut self, cause: K, it: V) {
        let next = self.groups.len();
        let index = *self.order.entry(cause.clone()).or_insert(next);
        if index == next {
            self.groups.push((cause, Vec::new()));
        }
        let group = &mut self.groups[index].1;
        if !group.contains(&it) {
            group.push(it);
        }
    }
}

impl<K, V> IntoIterator for Grouped<K, V> {
    type Item = (K, Vec<V>);
    type IntoIter = std::vec::IntoIter<(K, Vec<V>)>;

    fn into_iter(self) -> Self::IntoIter {
        self.groups.into_iter()
    }
}

/// Labels the first ten of many places and says how many more there are.
pub(super) fn label_many(finding: &mut Finding, places: impl IntoIterator<Item = (Location, String)>) {
    let places: Vec<_> = places.into_iter().collect();
    let more = places.len().saturating_sub(SHOWN);
    finding.labels_from(places.into_iter().take(SHOWN));
    if more > 0 {
        finding.message = format!("{} (and {more} more)", finding.message);
    }
}
