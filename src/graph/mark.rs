//! What was found, at the nodes it is about: a finding marks every node at which one of its labels stands.

use std::collections::BTreeSet;

use crate::{
    finding::{Outcome, one_line},
    source::{FileId, Location, Place},
};

use super::{Graph, Remark, build::shown};

/// How many places before a label are looked at for one that holds it.
const LOOK_BACK: usize = 64;

impl Graph {
    /// Puts the findings that count to their nodes.
    pub fn mark(&mut self, outcome: &Outcome) {
        for judged in outcome.counting() {
            let finding = &judged.finding;
            let at = finding.primary.at;
            let index = self.remarks.len();
            self.remarks.push(Remark {
                rule: finding.rule,
                level: finding.level,
                message: one_line(&finding.message),
                help: one_line(outcome.help(finding)),
                at: shown(outcome.source(at), at),
            });
            let mut nodes = BTreeSet::new();
            for label in finding.labels() {
                let before = nodes.len();
                nodes.extend(self.nodes_at(label.at));
                if nodes.len() == before && label.at == at {
                    nodes.extend(self.endpoint_around(at));
                }
            }
            for node in nodes {
                let node = &mut self.nodes[node];
                node.remarks.push(index);
                node.level = node.level.max(Some(finding.level));
            }
        }
    }

    /// The nodes that stand at a place, or around it, or in it; else the file as such.
    fn nodes_at(&self, at: Location) -> BTreeSet<usize> {
        let exact = self.marks.partition_point(|(place, _)| *place < at);
        let mut found: BTreeSet<usize> =
            self.marks[exact..].iter().take_while(|(place, _)| *place == at).map(|(_, node)| *node).collect();
        if let Place::Text(span) = at.place
            && found.is_empty()
        {
            let near = exact.saturating_sub(LOOK_BACK)..(exact + LOOK_BACK).min(self.marks.len());
            let overlaps = |(place, _): &&(Location, usize)| match place.place {
                Place::Text(other) => {
                    place.file == at.file
                        && ((other.start <= span.start && span.end <= other.end)
                            || (span.start <= other.start && other.end <= span.end && span.start < span.end))
                }
                _ => false,
            };
            found.extend(self.marks[near].iter().filter(overlaps).map(|(_, node)| *node));
        }
        if found.is_empty() || at.place == Place::Whole {
            found.extend(self.file_node(at.file));
        }
        found
    }

    fn file_node(&self, file: FileId) -> Option<usize> {
        let whole = Location::whole(file);
        let start = self.marks.partition_point(|(place, _)| *place < whole);
        self.marks[start..].first().filter(|(place, _)| *place == whole).map(|(_, node)| *node)
    }

    /// The endpoint that begins last before a line of its file: a block begins with the line that makes it.
    fn endpoint_around(&self, at: Location) -> Option<usize> {
        let end = self.marks.partition_point(|(place, _)| *place <= at);
        let before = self.marks[..end].iter().rev().take_while(|(place, _)| place.file == at.file);
        before.map(|(_, node)| *node).find(|node| self.nodes[*node].kind.is_endpoint())
    }
}
