//! Parts of a graph: what surrounds a name, what is used, what is wrong; and many certificates as one.

use std::collections::BTreeMap;

use super::{Edge, EdgeKind, Graph, Kind, Node, State};

/// From how many certificates on that nothing else relates to a file shows them as one.
const BUNDLE: usize = 6;

/// No node bears the name, and no path the words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing in the estate is called `{0}`")]
pub struct NothingMatches(pub String);

impl Graph {
    /// The nodes that `wanted` wants, with the edges between them.
    #[must_use]
    pub(super) fn keep(self, wanted: impl Fn(usize) -> bool) -> Self {
        let mut next: Vec<Option<usize>> = Vec::with_capacity(self.nodes.len());
        let mut nodes = Vec::new();
        for (index, node) in self.nodes.into_iter().enumerate() {
            next.push(wanted(index).then_some(nodes.len()));
            if wanted(index) {
                nodes.push(node);
            }
        }
        let edges = self.edges.into_iter();
        let edges =
            edges.filter_map(|it| Some(Edge { from: next[it.from]?, to: next[it.to]?, ..it })).collect();
        let marks = self.marks.into_iter().filter_map(|(at, node)| Some((at, next[node]?))).collect();
        Self { nodes, edges, marks, ..self }
    }

    /// The remarks that a node of this graph still shows; the others belong to what was left out.
    #[must_use]
    fn with_own_remarks(mut self) -> Self {
        let mut shown = vec![false; self.remarks.len()];
        for index in self.nodes.iter().flat_map(|node| &node.remarks) {
            shown[*index] = true;
        }
        let mut next = Vec::with_capacity(shown.len());
        let mut count = 0;
        for it in &shown {
            next.push(count);
            count += usize::from(*it);
        }
        let mut position = shown.iter();
        self.remarks.retain(|_| position.next().is_some_and(|it| *it));
        for node in &mut self.nodes {
            node.remarks.iter_mut().for_each(|index| *index = next[*index]);
        }
        self
    }

    /// Says of every node whether an endpoint leads to it.
    pub(super) fn find_used(&mut self) {
        let seeds: Vec<usize> =
            (0..self.nodes.len()).filter(|index| self.nodes[*index].kind.is_endpoint()).collect();
        let reached = self.reach(&seeds, true, false);
        for (node, reached) in self.nodes.iter_mut().zip(reached) {
            node.used = reached;
        }
    }

    /// What depends on seeds, or (`onwards`) what they depend on. That a key fits a certificate makes nobody depend on
    /// the certificate; `with_keys`, what uses the key counts as near all the same.
    fn reach(&self, seeds: &[usize], onwards: bool, with_keys: bool) -> Vec<bool> {
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for edge in &self.edges {
            let (from, to) = edge.flow();
            match (edge.kind, onwards) {
                (EdgeKind::Matches | EdgeKind::Differs, _) if !with_keys => {}
                (_, true) => next[from].push(to),
                (_, false) => next[to].push(from),
            }
        }
        let mut reached = vec![false; self.nodes.len()];
        let mut open: Vec<usize> = seeds.to_vec();
        while let Some(index) = open.pop() {
            if !std::mem::replace(&mut reached[index], true) {
                open.extend(&next[index]);
            }
        }
        reached
    }

    /// The endpoints that lead to a node.
    pub fn dependents(&self, node: usize) -> Vec<usize> {
        let back = self.reach(&[node], false, false);
        (0..self.nodes.len()).filter(|it| back[*it] && self.nodes[*it].kind.is_endpoint()).collect()
    }

    /// What leads to one of some nodes, these included.
    pub fn leading_to(&self, seeds: &[usize]) -> Vec<bool> {
        self.reach(seeds, false, false)
    }

    /// Seeds with what depends on them and what they depend on.
    fn surroundings(self, seeds: &[usize]) -> Self {
        let back = self.reach(seeds, false, true);
        let on = self.reach(seeds, true, false);
        self.keep(|index| back[index] || on[index]).with_own_remarks()
    }

    /// What bears a name, host or path (or a part of it, in any case), with what depends on it and what it depends on.
    pub fn around(self, name: &str) -> Result<Self, NothingMatches> {
        let wanted = name.to_lowercase();
        let fits = |text: &str| text.to_lowercase().contains(&wanted);
        let seeds = |exact: bool| -> Vec<usize> {
            let matches = |node: &Node| {
                if exact {
                    node.title.to_lowercase() == wanted || node.places.iter().any(|at| at.path == name)
                } else {
                    fits(&node.title)
                        || node.places.iter().any(|at| fits(&at.path))
                        || node.facts.iter().any(|(_, value)| fits(value))
                }
            };
            (0..self.nodes.len()).filter(|index| matches(&self.nodes[*index])).collect()
        };
        let exact = seeds(true);
        let seeds = if exact.is_empty() { seeds(false) } else { exact };
        if seeds.is_empty() { Err(NothingMatches(name.to_owned())) } else { Ok(self.surroundings(&seeds)) }
    }

    /// What an endpoint leads to.
    #[must_use]
    pub fn only_used(self) -> Self {
        let used: Vec<bool> = self.nodes.iter().map(|node| node.used).collect();
        self.keep(|index| used[index]).with_own_remarks()
    }

    /// What a finding is about, with what depends on it and what it depends on.
    #[must_use]
    pub fn problems(self) -> Self {
        let seeds: Vec<usize> =
            (0..self.nodes.len()).filter(|index| self.nodes[*index].level.is_some()).collect();
        self.surroundings(&seeds)
    }

    /// The first nodes, for pictures that must end somewhere.
    #[must_use]
    pub fn first(self, count: usize) -> Self {
        self.keep(|index| index < count)
    }

    /// For pictures: certificates of a large bundle that nothing else relates to become one node.
    #[must_use]
    pub fn folded(mut self) -> Self {
        let mut edges: Vec<usize> = vec![0; self.nodes.len()];
        for edge in &self.edges {
            edges[edge.from] += 1;
            edges[edge.to] += 1;
        }
        let mut alone: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for edge in self.edges.iter().filter(|it| it.kind == EdgeKind::Holds) {
            let held = &self.nodes[edge.to];
            if edges[edge.to] == 1 && held.kind.is_certificate() && held.level.is_none() {
                alone.entry(edge.from).or_default().push(edge.to);
            }
        }
        alone.retain(|_, list| list.len() >= BUNDLE);
        let mut dropped = vec![false; self.nodes.len()];
        for (file, list) in alone {
            for index in &list {
                dropped[*index] = true;
            }
            let bundle = self.bundle(file, &list);
            self.nodes.push(bundle);
            dropped.push(false);
            let to = self.nodes.len() - 1;
            self.edges.push(Edge { from: file, to, kind: EdgeKind::Holds, label: String::new() });
        }
        self.keep(|index| !dropped[index])
    }

    fn bundle(&self, file: usize, list: &[usize]) -> Node {
        let state = |wanted: State| list.iter().filter(|it| self.nodes[**it].state == wanted).count();
        let (expired, expiring) = (state(State::Expired), state(State::Expiring));
        let mut detail = Vec::new();
        if expired > 0 {
            detail.push(format!("{expired} expired"));
        }
        if expiring > 0 {
            detail.push(format!("{expiring} expiring"));
        }
        let shown = list.iter().take(40).map(|it| ("holds", self.nodes[*it].title.clone()));
        Node {
            id: format!("bundle:{}", self.nodes[file].id),
            kind: Kind::Bundle,
            title: format!("{} more certificates", list.len()),
            detail: if detail.is_empty() { "none expired".to_owned() } else { detail.join(", ") },
            state: State::Sound,
            group: String::new(),
            facts: shown.collect(),
            validity: None,
            places: self.nodes[file].places.clone(),
            used: self.nodes[file].used,
            level: None,
            remarks: Vec::new(),
        }
    }
}
