//! Cisco Meeting Server as a tree shows it: nodes with the commands they were given, the files each service uses, whom it
//! trusts. Order is judged inside of one session and never across nodes.

mod draft;
mod link;
mod resolve;
pub mod service;
mod slots;
pub mod unit;
mod verified;

use std::{collections::BTreeMap, sync::Arc};

use crate::source::{FileId, Location};

use super::{estate::PointerId, said::Said, settings::Version};

pub(in crate::model) use draft::draft;

pub use draft::Wiring;
pub use service::Service;
pub use unit::{
    Answer, Attribute, Certs, Command, CommandKind, DatabaseStep, Entry, Event, EventKind, Field, Inspected,
    Listing, Request, RequestFile, Session, State, StateOf, Switch, TrustKind, Unit,
};
pub use verified::Belief;

/// Cisco Meeting Server as a tree shows it.
#[derive(Debug, Default)]
pub struct Cms {
    /// What one file says, in order of files.
    pub units: Vec<(FileId, Arc<Unit>)>,
    /// Nodes in order of their folders and names.
    pub nodes: Vec<Node>,
}

/// A session by where it stands: index in [`Cms::units`], index in [`Unit::sessions`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(pub u32, pub u32);

/// A server.
#[derive(Debug)]
pub struct Node {
    /// Its name: that of its prompt, its files or its folder; empty where none is known.
    pub name: String,
    /// The folder of its files.
    pub folder: String,
    /// Its sessions, in order of files.
    pub sessions: Vec<SessionId>,
    /// Its version, with the place that says it where that is in the tree.
    pub version: Option<(Version, Option<Location>)>,
    /// Certificates that services are given, the latest for each.
    pub slots: Vec<Slot>,
    /// What services verify their peers against.
    pub believed: Vec<Believed>,
}

/// Which of the two certificates of the database, or the only one of another service.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The only one.
    Own,
    /// That of the database server.
    DatabaseServer,
    /// That of its client.
    DatabaseClient,
}

/// The files of a service.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The service.
    pub service: Service,
    /// Which of its certificates.
    pub side: Side,
    /// The command or block that says it.
    pub at: Location,
    /// The session that says it, and the index of the entry.
    pub session: (SessionId, usize),
    /// A block of states says it, not a command.
    pub from_state: bool,
    /// The key.
    pub key: Option<Said>,
    /// The certificate.
    pub certificate: Said,
    /// The CA bundle; for the database the CA certificate.
    pub bundle: Option<Said>,
}

/// A bundle that a service verifies peers against.
#[derive(Clone, Debug)]
pub struct Believed {
    /// Whose certificates.
    pub kind: TrustKind,
    /// The file.
    pub file: Said,
    /// The session that says it, and the index of the entry.
    pub session: (SessionId, usize),
    /// A block of states says it, not a command.
    pub from_state: bool,
    /// It is verified for certain.
    pub active: bool,
}

impl Cms {
    /// A session by id.
    pub fn session(&self, id: SessionId) -> &Session {
        &self.units[id.0 as usize].1.sessions[id.1 as usize]
    }

    /// The sessions of a node.
    pub fn sessions_of<'c>(&'c self, node: &'c Node) -> impl Iterator<Item = (SessionId, &'c Session)> {
        node.sessions.iter().map(|id| (*id, self.session(*id)))
    }

    /// Every session with its node.
    pub fn sessions(&self) -> impl Iterator<Item = (&Node, SessionId, &Session)> {
        self.nodes.iter().flat_map(|node| self.sessions_of(node).map(move |(id, it)| (node, id, it)))
    }

    /// Nodes that belong to one deployment: their folders are the same or stand side by side.
    pub fn together(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.nodes[one].folder, &self.nodes[other].folder);
        let above = super::tree::parent;
        one == other || (!one.is_empty() && !other.is_empty() && above(one) == above(other))
    }
}

impl Node {
    /// What a person calls a service of it.
    pub fn title_of(&self, service: Service) -> String {
        self.title(service.title())
    }

    /// What a person calls a part of it: ``Call Bridge on `cms1` ``.
    pub fn title(&self, what: &str) -> String {
        if self.name.is_empty() { what.to_owned() } else { format!("{what} on `{}`", self.name) }
    }

    /// The files of a service.
    pub fn slot(&self, service: Service, side: Side) -> Option<&Slot> {
        self.slots.iter().find(|it| it.service == service && it.side == side)
    }

    /// Its version is known and below this one.
    pub fn is_below(&self, version: (u16, u16)) -> bool {
        self.version.is_some_and(|(it, _)| (it.0, it.1) < version)
    }

    /// Its version is known and not below this one.
    pub fn is_from(&self, version: (u16, u16)) -> bool {
        self.version.is_some_and(|(it, _)| (it.0, it.1) >= version)
    }
}

/// What became of a slot in the estate.
#[derive(Copy, Clone, Debug)]
pub struct SlotIds {
    /// The key.
    pub key: Option<PointerId>,
    /// The certificate.
    pub certificate: PointerId,
    /// The bundle.
    pub bundle: Option<PointerId>,
}

/// By node and slot.
pub(in crate::model) type SlotMap = BTreeMap<(usize, usize), SlotIds>;
