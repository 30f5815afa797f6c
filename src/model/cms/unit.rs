//! What one file says about Cisco Meeting Server: commands of the MMP in their order, what was printed between them,
//! lines of the system log, and the configuration of a request made with OpenSSL.

use serde::{Deserialize, Serialize};

use crate::{
    source::Location,
    x509::{Time, WrittenName},
};

use super::{
    super::{
        said::Said,
        term::{self, Term},
    },
    service::Service,
};

/// What one file says.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Unit {
    /// What was typed and printed, one stretch for each prompt.
    pub sessions: Vec<Session>,
    /// A configuration for `openssl req`.
    pub request: Option<RequestFile>,
    /// Certificates that `pki inspect` printed.
    pub inspected: Vec<Inspected>,
    /// What the system log tells, each thing once.
    pub events: Vec<Event>,
    /// Passwords that stand in the open: the place, and what it is the password of.
    pub secrets: Vec<(Location, String)>,
}

impl Unit {
    /// Nothing was found.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.request.is_none() && self.events.is_empty()
    }
}

/// What was typed at one prompt, or stands in one script.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Session {
    /// The name in front of `>`.
    pub prompt: Option<String>,
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// A line of prose, a heading or an empty line with a comment stands between commands: by index of the entry that
    /// follows.
    pub breaks: Vec<usize>,
}

impl Session {
    /// Nothing but commands: nobody has run it yet.
    pub fn is_script(&self) -> bool {
        self.prompt.is_none() && self.entries.iter().all(|it| matches!(it, Entry::Command(_)))
    }

    /// Its commands with their positions.
    pub fn commands(&self) -> impl Iterator<Item = (usize, &Command)> {
        self.entries.iter().enumerate().filter_map(|(at, it)| match it {
            Entry::Command(command) => Some((at, command)),
            _ => None,
        })
    }

    /// Its blocks of states with their positions.
    pub fn states(&self) -> impl Iterator<Item = (usize, &State)> {
        self.entries.iter().enumerate().filter_map(|(at, it)| match it {
            Entry::State(state) => Some((at, state)),
            _ => None,
        })
    }

    /// Prose, a heading or a comment stands between two entries: what follows may be meant for another node.
    pub fn is_parted(&self, from: usize, to: usize) -> bool {
        self.breaks.iter().any(|at| from < *at && *at <= to)
    }
}

/// A command, or what one printed.
#[derive(Debug, Serialize, Deserialize)]
pub enum Entry {
    /// A command.
    Command(Command),
    /// What `pki list` printed.
    Listing(Listing),
    /// A block of `label : value`.
    State(State),
    /// A line `SUCCESS: …` or `FAILURE: …`.
    Answer(Answer),
    /// The version that `version` printed.
    Version(Said),
}

/// A command.
#[derive(Debug, Serialize, Deserialize)]
pub struct Command {
    /// All of it.
    pub at: Location,
    /// Its words without quotes.
    pub words: Vec<Said>,
    /// What it does.
    pub kind: CommandKind,
}

impl Command {
    /// Some word stands for another: nothing is known about files.
    pub fn is_template(&self) -> bool {
        self.words.iter().any(Said::is_placeholder)
    }

    /// The first `count` words.
    pub fn head(&self, count: usize) -> String {
        let words: Vec<&str> = self.words.iter().take(count).map(|it| it.text.as_str()).collect();
        words.join(" ")
    }
}

/// What a command does.
#[derive(Debug, Serialize, Deserialize)]
pub enum CommandKind {
    /// `pki csr` or `pki selfsigned`.
    Request(Request),
    /// `pki sign REQUEST AUTHORITY`.
    Sign,
    /// `… certs …`: what follows are its arguments.
    Certs(Certs),
    /// `database cluster` or `webbridge3` with files and without `certs`.
    CertsForgotten(#[serde(deserialize_with = "term::one")] Term),
    /// `… trust BUNDLE`.
    Trust(TrustKind, Option<Said>),
    /// `enable`, `disable` or `restart` of a service.
    Switch(Service, Switch),
    /// A step of the database cluster, with its argument.
    Database(DatabaseStep, Option<Said>),
    /// `tls SERVICE min-tls-version VERSION`, or `min-dtls-version`.
    Minimum(Said),
    /// `tls SERVICE verify WORD`.
    Verify(Said),
    /// `xmpp domain NAME`.
    Domain(Said),
    /// Something else about a service, by the name of that.
    Other(Option<Service>),
}

/// `enable`, `disable` or `restart`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Switch {
    /// On.
    Enable,
    /// Off.
    Disable,
    /// Off and on.
    Restart,
}

/// Steps of `database cluster`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DatabaseStep {
    /// `localnode INTERFACE`
    LocalNode,
    /// `initialize`
    Initialize,
    /// `join PRIMARY`
    Join,
    /// `connect PRIMARY`
    Connect,
    /// `remove`
    Remove,
}

/// `pki csr` or `pki selfsigned`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// Signed by its own key.
    pub selfsigned: bool,
    /// What key and request are called.
    pub base: Option<Said>,
    /// `CN:…` and so on, as far as words have a colon.
    pub attributes: Vec<Attribute>,
    /// Words without one.
    pub stray: Vec<Said>,
}

impl Request {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|it| it.name.text == name)
    }
}

/// `CN:cms1.example.com`
#[derive(Debug, Serialize, Deserialize)]
pub struct Attribute {
    /// Before the colon.
    pub name: Said,
    /// Behind it, without quotes.
    pub value: Said,
    /// The value stands in quotes.
    pub quoted: bool,
    /// Words that follow without a colon: the value had a blank.
    pub torn: Vec<Said>,
}

impl Attribute {
    /// The names of a list.
    pub fn list(&self) -> impl Iterator<Item = &str> {
        let plain = |it: &'_ str| -> bool { !it.is_empty() };
        self.value
            .text
            .split(',')
            .map(|it| {
                let it = it.trim();
                it.strip_prefix("DNS:").or_else(|| it.strip_prefix("IP:")).unwrap_or(it)
            })
            .filter(move |it| plain(it))
    }
}

/// The arguments of `certs`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Certs {
    /// Whose.
    pub service: Service,
    /// Everything behind `certs`.
    pub arguments: Vec<Said>,
}

impl Certs {
    /// `certs none`.
    pub fn clears(&self) -> bool {
        self.arguments.iter().all(|it| it.text == "none")
    }
}

/// Whose certificates a bundle is there to verify.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TrustKind {
    /// `callbridge trust c2w`: those of Web Bridges.
    CallBridgeC2w,
    /// `callbridge trust cluster`: those of the other Call Bridges.
    CallBridgeCluster,
    /// `webbridge3 c2w trust`: those of Call Bridges and schedulers.
    WebBridgeC2w,
    /// `scheduler c2w trust`: those of Web Bridges.
    SchedulerC2w,
    /// `webbridge trust` of version 2: those of Call Bridges.
    WebBridge2,
    /// `xmpp cluster trust`: those of the other XMPP servers.
    XmppCluster,
    /// `recorder trust` or `streamer trust` of version 2.
    Recorder,
    /// `tls SERVICE trust`: those of SIP peers, LDAP servers, …
    Tls,
    /// `uploader cms trust`: that of the web admin of a Call Bridge.
    UploaderCms,
    /// `uploader rev trust`.
    UploaderRev,
    /// `scheduler email trust`, `callbridge ucm certs` and others.
    Other,
}

impl TrustKind {
    /// The command that sets it.
    pub fn setting(self) -> &'static str {
        match self {
            Self::CallBridgeC2w => "callbridge trust c2w",
            Self::CallBridgeCluster => "callbridge trust cluster",
            Self::WebBridgeC2w => "webbridge3 c2w trust",
            Self::SchedulerC2w => "scheduler c2w trust",
            Self::WebBridge2 => "webbridge trust",
            Self::XmppCluster => "xmpp cluster trust",
            Self::Recorder => "recorder trust",
            Self::Tls => "tls trust",
            Self::UploaderCms => "uploader cms trust",
            Self::UploaderRev => "uploader rev trust",
            Self::Other => "trust",
        }
    }
}

/// What `pki list` printed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Listing {
    /// Its heading.
    pub at: Location,
    /// The files of the server.
    pub files: Vec<Said>,
}

/// A block of `label : value`.
#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    /// Its first line.
    pub at: Location,
    /// What it is of.
    pub of: StateOf,
    /// In order.
    pub fields: Vec<Field>,
}

impl State {
    /// The value of a label.
    pub fn field(&self, label: &str) -> Option<&Said> {
        self.fields.iter().find(|it| it.label.eq_ignore_ascii_case(label)).map(|it| &it.value)
    }
}

/// What a block of states is of.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateOf {
    /// `webadmin`
    WebAdmin,
    /// `callbridge`
    CallBridge,
    /// `webbridge3`
    WebBridge3,
    /// `webbridge`
    WebBridge2,
    /// `xmpp`
    Xmpp,
    /// `turn`
    Turn,
    /// `recorder` or `streamer`
    Recorder,
    /// `scheduler`
    Scheduler,
    /// `uploader`
    Uploader,
    /// `database cluster status`
    Database,
}

/// A line of a block of states.
#[derive(Debug, Serialize, Deserialize)]
pub struct Field {
    /// The label, as printed.
    pub label: String,
    /// The value.
    pub value: Said,
}

/// `SUCCESS: …` or `FAILURE: …`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The line.
    pub at: Location,
    /// It went wrong.
    pub failure: bool,
    /// What it says.
    pub text: String,
}

/// A certificate that `pki inspect` printed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Inspected {
    /// The name of the prompt.
    pub prompt: Option<String>,
    /// The file that was asked about.
    pub file: Said,
    /// Where it is described.
    pub at: Location,
    /// The line that says when it ends.
    pub ends_at: Option<Location>,
    /// Subject.
    pub subject: Option<WrittenName>,
    /// Issuer.
    pub issuer: Option<WrittenName>,
    /// Serial number without leading zeros.
    pub serial: Option<Vec<u8>>,
    /// From when it is valid.
    pub not_before: Option<Time>,
    /// Until when it is valid.
    pub not_after: Option<Time>,
    /// Says CA:TRUE or CA:FALSE.
    pub is_ca: Option<bool>,
    /// DNS names it covers.
    pub alt_names: Vec<String>,
    /// The algorithm of its signature.
    pub signature: Option<String>,
}

/// A configuration for `openssl req`.
#[derive(Debug, Serialize, Deserialize)]
pub struct RequestFile {
    /// `CN = …`
    pub common_name: Option<Said>,
    /// The DNS names.
    pub names: Vec<Said>,
    /// `extendedKeyUsage = …`
    pub purposes: Option<Said>,
}

/// Something that the system log tells.
#[derive(Debug, Serialize, Deserialize)]
pub struct Event {
    /// The last line that tells it.
    pub at: Location,
    /// The machine that logged it.
    pub host: String,
    /// What.
    pub kind: EventKind,
    /// How many lines tell it.
    pub count: u64,
}

/// What a log tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EventKind {
    /// A node of the database cluster could not be reached.
    Unreachable(String),
    /// The connection to a Web Bridge came up.
    Connected(String),
}
