//! Captures meet the estate: which server of the tree answered in a conversation, whether it asked for what its
//! truststore holds, and what it has against the certificates that the client sent. Worked out once for all rules.

mod client;
mod server;
mod truststore;

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    Capture, Conversation, EndpointId, FileId, Model,
    apigee::{Environment, VirtualHost},
    capture::{CertificateRequest, Handshake},
};

pub use client::{Broken, ClientFault, ClientFaultKind};
pub use server::{Met, Sign};
pub use truststore::{Demand, RouterFile, TrustedName, Truststore};

use client::Judge;
use server::Servers;

/// Every conversation of every capture, with what the tree says about it.
#[derive(Debug, Default)]
pub struct Encounters {
    /// In order of captures and conversations.
    pub all: Vec<Encounter>,
    truststores: BTreeMap<EndpointId, Truststore>,
}

impl Encounters {
    /// What the server of an encounter trusts clients by; `None` where it asks none, or where nobody knows.
    pub fn truststore(&self, encounter: &Encounter) -> Option<&Truststore> {
        self.truststores.get(&encounter.server.as_ref()?.endpoint)
    }

    /// Whether a capture shows that a virtual host asks for something else than its truststore holds.
    pub fn show_stale(&self, model: &Model, environment: &Environment, host: &VirtualHost) -> bool {
        let name = |it: &VirtualHost| it.name.as_ref().map(|name| name.trimmed().to_owned());
        let stale = self.all.iter().filter(|it| matches!(it.asked, Asked::Other { .. }));
        stale
            .filter_map(|it| self.truststore(it)?.host(model))
            .any(|(met, asked)| met.scope == environment.scope && name(asked) == name(host))
    }
}

/// A conversation with what the tree says about it.
#[derive(Debug)]
pub struct Encounter {
    /// By index in [`Model::captures`].
    pub capture: usize,
    /// By index in [`Capture::conversations`].
    pub conversation: usize,
    /// Who answered, where that is sure.
    pub server: Option<Met>,
    /// A server of the tree that has this name and port and shows another certificate.
    pub other_certificate: Option<EndpointId>,
    /// Whether the server asked for what it should.
    pub asked: Asked,
    /// What the server has against the client.
    pub client: Option<ClientFault>,
}

/// Whether a server asked clients for what its truststore holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing can be compared.
    Unknown,
    /// For exactly that.
    Right,
    /// It asked for nothing, and its configuration says that it does.
    Nothing,
    /// For something else.
    Other {
        /// By index in [`Truststore::names`]: what it does not ask for.
        lacking: Vec<usize>,
        /// What it asks for and does not hold, by title.
        surplus: Vec<String>,
        /// What the files of the routers say about it.
        files: Vec<(FileId, RouterFile)>,
    },
}

/// A name in a certificate request: what it is compared by, and what a person calls it.
pub(super) type AskedName = (String, String);

/// The names of a request, each once; `None` where one of them cannot be read.
fn asked_names(request: &CertificateRequest) -> Option<Vec<AskedName>> {
    let mut names: Vec<AskedName> = Vec::new();
    for authority in &request.authorities {
        let name = authority.name.as_ref().ok()?;
        let key = name.unordered();
        if !names.iter().any(|(known, _)| *known == key) {
            names.push((key, name.title().to_owned()));
        }
    }
    Some(names)
}

impl Encounter {
    /// The capture.
    pub fn capture<'m>(&self, model: &'m Model) -> &'m Capture {
        &model.captures[self.capture]
    }

    /// The conversation.
    pub fn conversation<'m>(&self, model: &'m Model) -> &'m Conversation {
        &self.capture(model).conversations[self.conversation]
    }
}

impl Model {
    /// Every conversation of every capture, with what the tree says about it.
    pub fn encounters(&self) -> &Encounters {
        self.meetings.get_or_init(|| meet(self))
    }
}

fn meet(model: &Model) -> Encounters {
    if model.captures.is_empty() {
        return Encounters::default();
    }
    let servers = Servers::of(model);
    let truststores: BTreeMap<EndpointId, Truststore> = servers
        .endpoints()
        .filter_map(|(endpoint, host)| Some((endpoint, truststore::of(model, endpoint, host)?)))
        .collect();
    let judge = Judge::new(model);
    let talks: Vec<(usize, usize)> = model
        .captures
        .iter()
        .enumerate()
        .flat_map(|(capture, it)| (0..it.conversations.len()).map(move |talk| (capture, talk)))
        .collect();
    let all = talks
        .into_par_iter()
        .map(|(capture, conversation)| {
            let talk = &model.captures[capture].conversations[conversation];
            let (server, other_certificate) = servers.find(talk, &truststores);
            let trust = server.as_ref().and_then(|met| truststores.get(&met.endpoint));
            let asked = trust.map_or(Asked::Unknown, |trust| compare(model, talk, trust));
            let client = judge.client(talk, trust, &asked);
            Encounter { capture, conversation, server, other_certificate, asked, client }
        })
        .collect();
    Encounters { all, truststores }
}

/// Whether a server asks for what it should.
fn compare(model: &Model, talk: &Conversation, trust: &Truststore) -> Asked {
    if talk.handshake != Handshake::Full {
        return Asked::Unknown;
    }
    let Some(request) = &talk.certificate_request else { return Asked::Nothing };
    let Some(names) = asked_names(request).filter(|names| !names.is_empty()) else { return Asked::Unknown };
    if !trust.names_known || trust.names.is_empty() {
        return Asked::Unknown;
    }
    let lacking: Vec<usize> = (0..trust.names.len())
        .filter(|at| !names.iter().any(|(key, _)| *key == trust.names[*at].key))
        .collect();
    let surplus: Vec<String> = names
        .iter()
        .filter(|(key, _)| !trust.names.iter().any(|it| it.key == *key))
        .map(|(_, title)| title.clone())
        .collect();
    if lacking.is_empty() && surplus.is_empty() {
        return Asked::Right;
    }
    Asked::Other { lacking, surplus, files: trust.router_files(model, &names) }
}
