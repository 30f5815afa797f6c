//! From the model to nodes and edges: first what files hold, then who names it, then who issued it.

use std::collections::BTreeMap;

use crate::{
    finding::{one_line, visible},
    model::{ItemKind, KeyState, Model, Side, Software},
    source::{FileId, Location, Place, Source},
    x509::KeyId,
};

use super::{At, Edge, EdgeKind, Graph, Kind, Node, State, Thing};

/// A graph on its way.
pub(super) struct Builder<'m> {
    pub(super) model: &'m Model,
    sources: &'m [Source],
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    marks: Vec<(Location, usize)>,
    things: BTreeMap<Thing, usize>,
    /// Which software is configured in a file.
    systems: BTreeMap<FileId, Software>,
}

impl Graph {
    /// The estate of a model; `sources` are the files it was read from.
    pub fn of(model: &Model, sources: &[Source]) -> Self {
        let mut systems = BTreeMap::new();
        for pointer in &model.estate.pointers {
            systems.entry(pointer.at.file).or_insert(pointer.software);
        }
        let mut builder = Builder {
            model,
            sources,
            nodes: Vec::new(),
            edges: Vec::new(),
            marks: Vec::new(),
            things: BTreeMap::new(),
            systems,
        };
        builder.endpoints();
        builder.ways();
        builder.described();
        builder.holdings();
        builder.pairs();
        builder.issuers();
        builder.finish()
    }
}

/// What a new node is told by.
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) state: State,
    pub(super) group: String,
}

impl Builder<'_> {
    /// The node of a thing, made where it is new.
    pub(super) fn node(&mut self, thing: Thing, draft: impl FnOnce(&Self) -> Draft) -> usize {
        if let Some(known) = self.things.get(&thing) {
            return *known;
        }
        let Draft { id, kind, title, detail, state, group } = draft(self);
        let index = self.nodes.len();
        self.nodes.push(Node {
            id,
            kind,
            title: one_line(&title),
            detail: one_line(&detail),
            state,
            group: one_line(&group),
            facts: Vec::new(),
            validity: None,
            places: Vec::new(),
            used: false,
            level: None,
            remarks: Vec::new(),
        });
        self.things.insert(thing, index);
        index
    }

    pub(super) fn known(&self, thing: &Thing) -> Option<usize> {
        self.things.get(thing).copied()
    }

    pub(super) fn is_bare(&self, node: usize) -> bool {
        self.nodes[node].facts.is_empty()
    }

    pub(super) fn fact(&mut self, node: usize, label: &'static str, value: impl AsRef<str>) {
        let value = one_line(value.as_ref());
        let known = self.nodes[node].facts.iter().any(|(l, v)| *l == label && *v == value);
        if !value.is_empty() && !known {
            self.nodes[node].facts.push((label, value));
        }
    }

    pub(super) fn valid(&mut self, node: usize, validity: (crate::x509::Time, crate::x509::Time)) {
        self.nodes[node].validity = Some(validity);
    }

    pub(super) fn edge(&mut self, from: usize, to: usize, kind: EdgeKind, label: &str) {
        if from != to {
            self.edges.push(Edge { from, to, kind, label: one_line(&label.replace('`', "")) });
        }
    }

    /// A place where a node stands; findings with a label there are shown at the node.
    pub(super) fn place(&mut self, node: usize, at: Location) {
        let shown = self.at(at);
        if !self.nodes[node].places.contains(&shown) {
            self.nodes[node].places.push(shown);
        }
        self.mark(node, at);
    }

    /// A place that speaks of a node without being one of its own.
    pub(super) fn mark(&mut self, node: usize, at: Location) {
        self.marks.push((at, node));
    }

    pub(super) fn at(&self, at: Location) -> At {
        shown(self.sources.get(at.file.0 as usize), at)
    }

    /// What stands at a place, as it may be shown: secrets are masked in sources, not in facts.
    pub(super) fn text(&self, at: Location) -> &str {
        let source = self.sources.get(at.file.0 as usize);
        source.map_or("", |source| source.slice(source.span(at.place)))
    }

    pub(super) fn system(&self, file: FileId) -> &'static str {
        let only = || {
            let mut all = self.systems.values();
            let first = all.next()?;
            all.all(|it| it == first).then_some(first)
        };
        // A file that names nothing is of the one system there is.
        self.systems.get(&file).or_else(only).map_or("", |it| it.name().trim_start_matches("the "))
    }

    fn endpoints(&mut self) {
        for (index, endpoint) in self.model.estate.endpoints.iter().enumerate() {
            let named = |this: &Self| {
                let at = this.at(endpoint.at);
                let title = endpoint.title.replace('`', "");
                let title = title.strip_prefix("server ").or(title.strip_prefix("the ")).unwrap_or(&title);
                Draft {
                    id: format!("endpoint:{}#{title}", at.path),
                    kind: if endpoint.side == Side::Server { Kind::Server } else { Kind::Client },
                    title: title.to_owned(),
                    detail: at.short(),
                    state: State::Sound,
                    group: this.system(endpoint.at.file).to_owned(),
                }
            };
            let node = self.node(Thing::Endpoint(index as u32), named);
            self.place(node, endpoint.at);
            for host in &endpoint.hosts {
                self.mark(node, host.at);
                self.fact(node, "host", &host.name);
            }
            if endpoint.dynamic {
                self.fact(node, "certificates", "may come from code at run time");
            }
            if !endpoint.speaks_tls {
                self.fact(node, "TLS", "not spoken for certain");
            }
        }
    }

    /// Files with what they hold.
    fn holdings(&mut self) {
        for (file, holding) in self.model.materials.holdings() {
            let wanted = |kind: &ItemKind| {
                kind.is_private_key() || matches!(kind, ItemKind::Certificate(_) | ItemKind::Request(_))
            };
            let holds = holding.items.iter().any(|item| wanted(&item.kind)) || holding.store.is_some();
            if !holds && self.known(&Thing::File(file)).is_none() {
                continue;
            }
            let node = self.file(file);
            let mut parents = vec![node; holding.items.len()];
            for entry in holding.store.iter().flat_map(|store| &store.entries) {
                let named = |this: &Self| {
                    let path = this.model.path(file);
                    let alias = if entry.alias.is_empty() { "(no alias)" } else { &entry.alias };
                    Draft {
                        id: format!("entry:{path}#{}", entry.alias),
                        kind: Kind::Entry,
                        title: alias.to_owned(),
                        detail: entry.kind.noun().to_owned(),
                        state: State::Sound,
                        group: path.to_owned(),
                    }
                };
                let alias = self.node(Thing::Entry(entry.at), named);
                self.place(alias, entry.at);
                if let Some(created) = entry.created {
                    self.fact(alias, "made on", created.to_string());
                }
                self.edge(node, alias, EdgeKind::Holds, "");
                for parent in parents.get_mut(entry.items.clone()).into_iter().flatten() {
                    *parent = alias;
                }
            }
            for (item, parent) in holding.items.iter().zip(parents) {
                let held = match &item.kind {
                    ItemKind::Certificate(certificate) => {
                        let id = self.model.materials.id_of(certificate);
                        id.map(|id| self.certificate(id))
                    }
                    ItemKind::Request(request) => Some(self.request(request, item.at)),
                    kind if kind.is_private_key() => Some(self.private_key(item)),
                    _ => None,
                };
                if let Some(held) = held {
                    self.place(held, item.at);
                    self.edge(parent, held, EdgeKind::Holds, "");
                }
            }
        }
    }

    /// Keys with the certificates and requests they belong to, and those they are wrongly used with.
    fn pairs(&mut self) {
        let mut owners: BTreeMap<KeyId, Vec<usize>> = BTreeMap::new();
        for (id, known) in self.model.materials.certificates() {
            let node = self.certificate(id);
            owners.entry(known.certificate.public_key.id).or_default().push(node);
        }
        for (_, holding) in self.model.materials.holdings() {
            for item in &holding.items {
                if let ItemKind::Request(request) = &item.kind {
                    let node = self.request(request, item.at);
                    owners.entry(request.public_key.id).or_default().push(node);
                }
            }
        }
        for (key, certificates) in owners {
            let Some(node) = self.known(&Thing::Key(key)) else { continue };
            for certificate in certificates {
                self.edge(node, certificate, EdgeKind::Matches, "");
            }
        }
        self.strangers();
    }

    /// The node of a private key that stands somewhere.
    pub(super) fn key_at(&self, at: Location) -> Option<usize> {
        let mut items = self.model.materials.keys_in(at.file);
        let item = items.find(|item| item.at == at)?;
        match self.model.materials.key_state(item) {
            KeyState::Known(key) => self.known(&Thing::Key(key.id)),
            _ => self.known(&Thing::ClosedKey(at)),
        }
    }

    fn finish(self) -> Graph {
        let Self { model, mut nodes, mut edges, mut marks, .. } = self;
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for node in &mut nodes {
            let count = seen.entry(node.id.clone()).or_default();
            *count += 1;
            if *count > 1 {
                node.id = format!("{}#{count}", node.id);
            }
            node.places.sort();
        }
        edges.sort();
        edges.dedup();
        marks.sort_unstable();
        marks.dedup();
        let mut graph = Graph { as_of: model.today(), nodes, edges, remarks: Vec::new(), marks };
        // A server that speaks plain text and names nothing has no part in this.
        let mut tied = vec![false; graph.nodes.len()];
        for edge in &graph.edges {
            tied[edge.from] = true;
            tied[edge.to] = true;
        }
        for (index, endpoint) in model.estate.endpoints.iter().enumerate() {
            tied[index] |= endpoint.speaks_tls;
        }
        let endpoints = model.estate.endpoints.len();
        graph = graph.keep(|index| index >= endpoints || tied[index]);
        graph.find_used();
        graph
    }
}

/// A place as it is shown.
pub(super) fn shown(source: Option<&Source>, at: Location) -> At {
    let Some(source) = source else {
        return At { path: String::new(), line: None, column: None, entry: None };
    };
    let path = source.path.to_string();
    match at.place {
        Place::Whole => At { path, line: None, column: None, entry: None },
        Place::Text(span) => {
            let position = source.position(span.start);
            At { path, line: Some(position.line), column: Some(position.column), entry: None }
        }
        Place::Entry(index) => {
            let entry = source.entries.get(index as usize).map(|entry| visible(&entry.name).into_owned());
            At { path, line: None, column: None, entry }
        }
    }
}
