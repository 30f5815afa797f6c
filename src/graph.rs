//! The estate as a plain value of nodes and edges: what speaks TLS, what it names on which way, and which key and
//! which authority stands at the end. Made from the model, marked with what was found, cut to what is asked for.

use crate::{
    finding::Level,
    source::Location,
    x509::{KeyId, Time},
};

mod absent;
mod build;
mod certificates;
mod mark;
mod select;
mod ways;

pub use select::NothingMatches;

/// Nodes and edges, in an order that depends on the tree alone.
#[derive(Clone, Debug)]
pub struct Graph {
    /// "Today".
    pub as_of: Time,
    /// What there is.
    pub nodes: Vec<Node>,
    /// How it hangs together, by index in [`Graph::nodes`].
    pub edges: Vec<Edge>,
    /// What was found and counts, in the order of the report.
    pub remarks: Vec<Remark>,
    /// Where a finding must have a label to be shown at a node, sorted.
    marks: Vec<(Location, usize)>,
}

/// One thing of the estate.
#[derive(Clone, Debug)]
pub struct Node {
    /// The same for the same thing tomorrow: `certificate:<SHA-256>`, `file:<path>`, …
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// What a person calls it, fit to be printed.
    pub title: String,
    /// The one thing to know beside its name, fit to be printed.
    pub detail: String,
    /// How it fares today.
    pub state: State,
    /// What it is drawn together with: the software of an endpoint, the folder of a file; empty for none.
    pub group: String,
    /// What else is known, as label and value, fit to be printed.
    pub facts: Vec<(&'static str, String)>,
    /// From when until when it is valid.
    pub validity: Option<(Time, Time)>,
    /// Every place it stands.
    pub places: Vec<At>,
    /// An endpoint leads to it.
    pub used: bool,
    /// The highest level of [`Node::remarks`].
    pub level: Option<Level>,
    /// What was found about it, by index in [`Graph::remarks`].
    pub remarks: Vec<usize>,
}

/// What a node is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Clients connect to it.
    Server,
    /// It connects to somebody.
    Client,
    /// A reference, a store, an alias, a record on the way.
    Step,
    /// A file with certificates or keys.
    File,
    /// A keystore.
    Store,
    /// An entry of a keystore.
    Entry,
    /// A private key.
    Key,
    /// A certificate request.
    Request,
    /// A certificate that issues no others.
    Leaf,
    /// An authority that another one vouches for.
    Intermediate,
    /// A certificate that its own key signed.
    Root,
    /// A certificate that a dump describes without its bytes.
    Described,
    /// Many certificates of one file that nothing else of the estate relates to.
    Bundle,
}

impl Kind {
    /// All of them, from endpoints to roots.
    pub const ALL: [Self; 13] = [
        Self::Server,
        Self::Client,
        Self::Step,
        Self::File,
        Self::Store,
        Self::Entry,
        Self::Key,
        Self::Request,
        Self::Leaf,
        Self::Described,
        Self::Bundle,
        Self::Intermediate,
        Self::Root,
    ];

    /// Its word in the formats for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Step => "step",
            Self::File => "file",
            Self::Store => "store",
            Self::Entry => "entry",
            Self::Key => "key",
            Self::Request => "request",
            Self::Leaf => "leaf",
            Self::Intermediate => "intermediate",
            Self::Root => "root",
            Self::Described => "described",
            Self::Bundle => "bundle",
        }
    }

    /// What a person calls it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Step => "on the way",
            Self::Store => "keystore",
            Self::Entry => "alias",
            Self::Key => "private key",
            Self::Described => "described certificate",
            Self::Bundle => "more certificates",
            _ => self.word(),
        }
    }

    /// It speaks TLS.
    pub fn is_endpoint(self) -> bool {
        matches!(self, Self::Server | Self::Client)
    }

    /// It is one certificate, with bytes or without.
    pub fn is_certificate(self) -> bool {
        matches!(self, Self::Leaf | Self::Intermediate | Self::Root | Self::Described)
    }
}

/// How a node fares on the day of the run.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It ended.
    Expired,
    /// It ends soon: within the days of the rule `cert/expiring`.
    Expiring,
    /// It has not begun.
    Early,
    /// It is named and should lie in the tree, and does not.
    Missing,
    /// It is named and lies where nobody can look, or stands behind a variable.
    Outside,
    /// It is behind a password that nobody gave.
    Locked,
    /// Nothing special.
    Sound,
}

impl State {
    /// Its word in the formats for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Expiring => "expiring",
            Self::Early => "not-yet-valid",
            Self::Missing => "missing",
            Self::Outside => "outside",
            Self::Locked => "locked",
            Self::Sound => "sound",
        }
    }
}

/// A place, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// As the file is called, byte for byte.
    pub path: String,
    /// 1-based, where the place is a stretch of text.
    pub line: Option<usize>,
    /// 1-based, in Unicode scalar values, where the place is a stretch of text.
    pub column: Option<usize>,
    /// The entry of a store without text, fit to be printed.
    pub entry: Option<String>,
}

impl At {
    /// `path:line`, or `path (entry)`, not yet fit to be printed.
    pub fn short(&self) -> String {
        match (self.line, &self.entry) {
            (Some(line), _) => format!("{}:{line}", self.path),
            (None, Some(entry)) => format!("{} ({entry})", self.path),
            (None, None) => self.path.clone(),
        }
    }
}

/// Two nodes that belong together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// By index.
    pub from: usize,
    /// By index.
    pub to: usize,
    /// How.
    pub kind: EdgeKind,
    /// The setting that says so, fit to be printed; may be empty.
    pub label: String,
}

/// How two nodes belong together.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// An endpoint or a step names what it shows to peers, or the next step.
    Names,
    /// An endpoint or a step names what it verifies peers against.
    Trusts,
    /// A file is named that is not there.
    Missing,
    /// A file holds a certificate, a key, an entry.
    Holds,
    /// A key is the one of a certificate or a request.
    Matches,
    /// A key is used with a certificate and is not its own.
    Differs,
    /// A certificate made the signature of another.
    Issued,
    /// A described certificate bears the name of the issuer of another; no signature could be checked.
    NamedIssuer,
    /// A described certificate is one whose bytes are known.
    Same,
}

impl EdgeKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Names,
        Self::Trusts,
        Self::Missing,
        Self::Holds,
        Self::Matches,
        Self::Differs,
        Self::Issued,
        Self::NamedIssuer,
        Self::Same,
    ];

    /// Its word in the formats for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Trusts => "trusts",
            Self::Missing => "missing",
            Self::Holds => "holds",
            Self::Matches => "matches",
            Self::Differs => "differs",
            Self::Issued => "issued",
            Self::NamedIssuer => "named-issuer",
            Self::Same => "same",
        }
    }
}

impl Edge {
    /// The ends from what depends to what is depended on: an issuer comes after what it issued.
    pub fn flow(&self) -> (usize, usize) {
        match self.kind {
            EdgeKind::Issued | EdgeKind::NamedIssuer => (self.to, self.from),
            _ => (self.from, self.to),
        }
    }
}

/// A finding, as far as a picture tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Its rule.
    pub rule: &'static str,
    /// How serious it is.
    pub level: Level,
    /// What is wrong, fit to be printed.
    pub message: String,
    /// What to do, fit to be printed.
    pub help: String,
    /// The place to edit.
    pub at: At,
}

/// What a node stands for, to find it again while building.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Endpoint(u32),
    Step(Location),
    File(crate::source::FileId),
    Absent(String),
    Unseen(String),
    Certificate(u32),
    Key(KeyId),
    ClosedKey(Location),
    Request([u8; 32]),
    Entry(Location),
    Described(String),
}
