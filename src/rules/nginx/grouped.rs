//! One cause, one finding: things are gathered by what they share.

use std::collections::{BTreeMap, BTreeSet};

/// Places by what they share, in the order in which causes were seen.
pub(super) struct Grouped<K, V> {
    order: BTreeMap<K, usize>,
    groups: Vec<(K, Vec<V>)>,
    /// What is in a group, by its index.
    known: BTreeSet<(usize, V)>,
}

impl<K: Ord + Clone, V: Ord + Clone> Grouped<K, V> {
    pub(super) fn new() -> Self {
        Self { order: BTreeMap::new(), groups: Vec::new(), known: BTreeSet::new() }
    }

    /// Adds one thing to its cause. A snippet that is included twice counts once.
    pub(super) fn add(&mut self, cause: K, it: V) {
        let next = self.groups.len();
        let index = *self.order.entry(cause.clone()).or_insert(next);
        if index == next {
            self.groups.push((cause, Vec::new()));
        }
        if self.known.insert((index, it.clone())) {
            self.groups[index].1.push(it);
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
