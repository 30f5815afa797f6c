//! The ways from endpoints to what they show and what they trust.

use crate::{
    finding::visible,
    model::{CertId, EndpointId, Pairing, Part, Pointer, PointerId, Resolved, Step},
    source::Location,
};

use super::{
    EdgeKind, Kind, State, Thing,
    build::{Builder, Draft},
};

impl Builder<'_> {
    /// Everything endpoints name.
    pub(super) fn ways(&mut self) {
        let estate = &self.model.estate;
        for it in &estate.identities {
            let leaf = it.sent.first().map(|(id, _)| *id);
            self.name(it.endpoint, &it.via, it.certificate, EdgeKind::Names, leaf);
            if let Some(key) = it.key {
                self.name(it.endpoint, &it.via, key, EdgeKind::Names, None);
            }
        }
        for it in &estate.offers {
            for pointer in it.certificates.iter().chain(&it.keys) {
                self.name(it.endpoint, &it.via, *pointer, EdgeKind::Names, None);
            }
        }
        for it in &estate.trusts {
            for pointer in &it.anchors {
                self.name(it.endpoint, &it.via, *pointer, EdgeKind::Trusts, None);
            }
        }
    }

    /// One named file with the way to it. `stands_for` is the certificate that a name without a file means.
    fn name(
        &mut self,
        endpoint: EndpointId,
        via: &[Step],
        pointer: PointerId,
        kind: EdgeKind,
        stands_for: Option<CertId>,
    ) {
        let pointer = self.model.estate.pointer(pointer);
        let (from, _) = self.walk(endpoint, via, kind, pointer.at);
        self.mark(from, pointer.at);
        let (to, kind) = match (&pointer.to, stands_for) {
            (Resolved::File(file), _) => (self.file(*file), kind),
            (Resolved::Directory(folder), _) => (self.folder(*folder), kind),
            (Resolved::Missing { expected, beside }, _) => {
                (self.missing(expected, *beside, pointer.at), EdgeKind::Missing)
            }
            (Resolved::Outside | Resolved::Opaque, Some(id)) => (self.certificate(id), kind),
            (Resolved::Outside | Resolved::Opaque, None) => {
                // The same line is told by an identity, with the certificate it means.
                if self.model.estate.identities_of(endpoint).iter().any(|it| {
                    !it.sent.is_empty() && std::ptr::eq(self.model.estate.pointer(it.certificate), pointer)
                }) {
                    return;
                }
                (self.outside(pointer), kind)
            }
        };
        self.edge(from, to, kind, &pointer.setting);
    }

    /// The nodes of a way; what stands in the endpoint's own file is a word on the edge. Gives the last node and the
    /// word that leads on from it.
    fn walk(&mut self, endpoint: EndpointId, via: &[Step], kind: EdgeKind, end: Location) -> (usize, String) {
        let own = self.model.estate.endpoint(endpoint).at.file;
        let mut from = self.known(&Thing::Endpoint(endpoint.0)).unwrap_or_default();
        let start = from;
        let mut label = String::new();
        for step in via {
            let last_word = step.at == end;
            if step.at.file == own || last_word {
                self.mark(start, step.at);
                if label.is_empty() {
                    label.clone_from(&step.what);
                }
                continue;
            }
            let named = |this: &Self| Draft {
                id: format!("step:{}#{}", this.at(step.at).path, step.what),
                kind: Kind::Step,
                title: step.what.replace('`', "").trim_start_matches("its ").to_owned(),
                detail: this.at(step.at).short(),
                state: State::Sound,
                group: this.system(step.at.file).to_owned(),
            };
            let node = self.node(Thing::Step(step.at), named);
            self.place(node, step.at);
            self.edge(from, node, kind, &label);
            label.clear();
            from = node;
        }
        (from, label)
    }

    /// Certificates that dumps describe, with the ways to them.
    pub(super) fn described(&mut self) {
        let model = self.model;
        for it in &model.estate.described {
            let node = self.described_node(it);
            for used in &it.uses {
                let kind = match used.part {
                    Part::Anchor(_) => EdgeKind::Trusts,
                    Part::Leaf(_) | Part::Intermediate(_) => EdgeKind::Names,
                };
                let (from, label) = self.walk(used.endpoint, &used.via, kind, it.at);
                self.edge(from, node, kind, &label);
            }
            if it.uses.is_empty() {
                let file = self.file(it.entry.file);
                self.edge(file, node, EdgeKind::Holds, "");
            }
            if let Some(same) = it.same {
                let certificate = self.certificate(same);
                self.edge(node, certificate, EdgeKind::Same, "");
            }
        }
    }

    /// Keys that are used with certificates of other keys.
    pub(super) fn strangers(&mut self) {
        for it in &self.model.estate.identities {
            let (Pairing::OtherKey(at) | Pairing::OtherType(at)) = &it.pairing else { continue };
            let Some((leaf, _)) = it.sent.first() else { continue };
            if let Some(key) = self.key_at(*at) {
                let leaf = self.certificate(*leaf);
                self.edge(key, leaf, EdgeKind::Differs, "");
            }
        }
    }

    fn outside(&mut self, pointer: &Pointer) -> usize {
        let written = self.text(pointer.at).trim_matches(['"', '\'']).to_owned();
        // A template stands for another file in every place.
        let key = match pointer.to {
            Resolved::Opaque => format!("{}\u{1}{written}", self.model.path(pointer.at.file)),
            _ => written.clone(),
        };
        let opaque = pointer.to == Resolved::Opaque;
        let named = |_: &Self| Draft {
            id: format!("outside:{}", visible(&key)),
            kind: Kind::File,
            title: written.clone(),
            detail: if opaque { "known at run time only" } else { "outside the tree" }.to_owned(),
            state: State::Outside,
            group: String::new(),
        };
        let node = self.node(Thing::Unseen(key.clone()), named);
        self.fact(node, "should hold", pointer.expects.noun());
        node
    }
}
