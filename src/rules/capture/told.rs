//! How the rules about captures name the ends of a conversation, its packets and what the client saw.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    finding::Finding,
    model::{
        Encounter, Location, Model, Role, Software,
        accept::VerifyError,
        capture::{Alert, AlertContent, CertificateRequest, Conversation, Seen},
        meets::Truststore,
    },
    rules::words,
};

/// Encounters of one capture with one cause, in order of packets; never empty.
pub(super) struct Group<'m>(Vec<&'m Encounter>);

impl<'m> Group<'m> {
    pub(super) fn first(&self) -> &'m Encounter {
        self.0[0]
    }

    /// "client 10.0.0.1", "clients 10.0.0.1 and 10.0.0.2".
    pub(super) fn clients(&self, model: &Model) -> String {
        let mut all: Vec<String> = Vec::new();
        for it in &self.0 {
            let address = it.conversation(model).client.ip().to_string();
            if !all.contains(&address) {
                all.push(address);
            }
        }
        let word = if all.len() == 1 { "client" } else { "clients" };
        format!("{word} {}", words::list(&all, 3))
    }

    /// " (and so in 3 more connections)"; empty for one.
    pub(super) fn more(&self) -> String {
        match self.0.len() {
            1 => String::new(),
            2 => "; so in 1 more connection".to_owned(),
            count => format!("; so in {} more connections", count - 1),
        }
    }

    /// Labels the other conversations at a place that each of them has.
    pub(super) fn label_others(
        &self,
        model: &Model,
        finding: &mut Finding,
        place: impl Fn(&Conversation) -> Option<Location>,
    ) {
        for it in self.0.iter().skip(1).take(words::SHOWN) {
            let talk = it.conversation(model);
            if let Some(at) = place(talk) {
                finding.label(at, format!("the same with client {}", talk.client));
            }
        }
    }
}

/// Encounters by capture and cause.
pub(super) struct Groups<'m, K>(BTreeMap<(usize, K), Group<'m>>);

impl<'m, K: Ord> Groups<'m, K> {
    /// Groups those that have a key.
    pub(super) fn of(model: &'m Model, key: impl Fn(&Encounter) -> Option<K>) -> Self {
        let mut all: BTreeMap<(usize, K), Group<'m>> = BTreeMap::new();
        for it in &model.encounters().all {
            if let Some(key) = key(it) {
                all.entry((it.capture, key)).or_insert_with(|| Group(Vec::new())).0.push(it);
            }
        }
        Self(all)
    }

    /// The groups, in order of captures and keys.
    pub(super) fn into_iter(self) -> impl Iterator<Item = (K, Group<'m>)> {
        self.0.into_iter().map(|((_, key), group)| (key, group))
    }
}

/// "virtual host `partner` (10.0.0.1:9443)", or the address alone where the tree does not have it.
pub(super) fn server(model: &Model, it: &Encounter) -> String {
    let address = it.conversation(model).server;
    match &it.server {
        Some(met) => format!("{} ({address})", model.estate.endpoint(met.endpoint).title),
        None => address.to_string(),
    }
}

/// "packet 38".
pub(super) fn packet(seen: &Seen) -> String {
    format!("packet {}", seen.packet)
}

/// The alert by which a side ends the conversation, in the clear.
pub(super) fn fatal(talk: &Conversation, by: Role) -> Option<&Alert> {
    talk.alerts.iter().find(|it| it.by == by && matches!(it.says, AlertContent::Clear { fatal: true, .. }))
}

/// What a client sees whose certificate is refused, to follow "and" or "so".
pub(super) fn refused(
    model: &Model,
    it: &Encounter,
    group: &Group<'_>,
    page: &str,
    answer: Option<VerifyError>,
) -> String {
    let talk = it.conversation(model);
    let trust = model.encounters().truststore(it);
    let many = group.clients(model).starts_with("clients");
    let mut out = match (fatal(talk, Role::Server), trust.map(|trust| trust.software)) {
        (Some(alert), _) => format!("the server answers {} in {}", alert.says, packet(&alert.seen)),
        (None, Some(Software::EdgeRouter | Software::Nginx)) => {
            format!("the {} `{page}`", if many { "clients get" } else { "client gets" })
        }
        (None, _) => format!("an nginx, as in the Router of Apigee Edge, answers `{page}`"),
    };
    if let Some(error) = answer {
        let _ = write!(out, " (`{}:{error}`)", error.number());
    }
    out
}

/// What a request asks for, by title: "`a`, `b` and 2 more".
pub(super) fn asked_for(request: &CertificateRequest) -> String {
    let mut names: Vec<String> = Vec::new();
    for it in &request.authorities {
        let name = match &it.name {
            Ok(name) => format!("`{}`", name.title()),
            Err(_) => "a name that cannot be read".to_owned(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { "any certificate".to_owned() } else { words::list(&names, 4) }
}

/// Labels the request, what the client saw, and the way to the truststore.
pub(super) fn label_context(finding: &mut Finding, model: &Model, it: &Encounter) {
    let talk = it.conversation(model);
    if let Some(request) = &talk.certificate_request {
        finding.label(request.seen.at, format!("the server asks for {}", asked_for(request)));
    }
    for alert in talk.alerts.iter().filter(|it| matches!(it.says, AlertContent::Clear { fatal: true, .. })) {
        finding.label(alert.seen.at, format!("the {} gives up", alert.by.word()));
    }
    if let Some(trust) = model.encounters().truststore(it) {
        label_truststore(finding, model, it, trust);
    }
}

/// Labels the way from the server to its truststore.
pub(super) fn label_truststore(finding: &mut Finding, model: &Model, it: &Encounter, trust: &Truststore) {
    let title = it.server.as_ref().map_or("", |met| model.estate.endpoint(met.endpoint).title.as_str());
    finding.label(trust.line, format!("{title}: {}", trust.line_says));
    for step in &trust.way {
        finding.label(step.at, step.what.clone());
    }
}
