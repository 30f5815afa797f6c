//! What all systems have in common: endpoints, the identities they prove themselves with, the trust they
//! verify peers against, and every file they name. General rules look here and know no system.

use std::collections::BTreeMap;

use crate::{
    source::{FileId, Location},
    x509::{Time, WrittenName},
};

use super::{facts::ItemKind, material::CertId, resolve::Resolved, settings::Secret, usage::Part};

/// A place on the way from an endpoint to what it uses: a reference, a store, an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The place.
    pub at: Location,
    /// What stands there, as the text of a label.
    pub what: String,
}

/// A certificate that a dump describes without its bytes: names, serial number and dates can be compared, signatures
/// cannot be checked.
#[derive(Debug)]
pub struct Described {
    /// The line that describes it.
    pub at: Location,
    /// The line that says when it ends, where that is another one.
    pub ends_at: Option<Location>,
    /// The line a person will edit about it: the alias, the entry of the store.
    pub entry: Location,
    /// What the entry is called, to follow "in": ``alias `partner` of store `partners` ``.
    pub entry_title: String,
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
    /// DNS names it covers, where the dump lists them.
    pub alt_names: Vec<String>,
    /// The algorithm of its signature, as the dump writes it.
    pub signature: Option<String>,
    /// Its key, as the dump writes it.
    pub public_key: Option<String>,
    /// The same certificate with all its bytes elsewhere in the tree.
    pub same: Option<CertId>,
    /// Where it is used.
    pub uses: Vec<DescribedUse>,
}

impl Described {
    /// What a person would call it.
    pub fn title(&self) -> &str {
        self.subject.as_ref().map_or("(no name)", WrittenName::title)
    }

    /// Subject and issuer are the same.
    pub fn is_self_issued(&self) -> bool {
        match (&self.subject, &self.issuer) {
            (Some(subject), Some(issuer)) => subject.unordered() == issuer.unordered(),
            _ => false,
        }
    }
}

/// One use of a described certificate.
#[derive(Clone, Debug)]
pub struct DescribedUse {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// What it is there.
    pub part: Part,
    /// What reads it.
    pub software: Software,
    /// The way from the endpoint to it.
    pub via: Vec<Step>,
    /// Everything that is trusted or sent with it, by index in [`Estate::described`], itself included; empty where that
    /// is not known whole.
    pub together: Vec<usize>,
}

/// Something that speaks TLS, by index in [`Estate::endpoints`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub u32);

/// A named file, by index in [`Estate::pointers`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PointerId(pub u32);

/// Which side of a handshake an endpoint is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Clients connect to it.
    Server,
    /// It connects to somebody.
    Client,
}

/// Something that speaks TLS.
#[derive(Debug)]
pub struct Endpoint {
    /// What a person calls it, to follow "of": ``server `www.example.com` ``.
    pub title: String,
    /// The line that makes it.
    pub at: Location,
    /// Its side of the handshake.
    pub side: Side,
    /// Host names it answers to (server), or that it expects of its peer (client), where they are known.
    pub hosts: Vec<Host>,
    /// Answers only with redirects or closes: a wrong name harms less.
    pub turns_away: bool,
    /// TLS is spoken here for certain.
    pub speaks_tls: bool,
    /// The line that lowers the security level of its library, so that weak keys and signatures pass.
    pub lowered: Option<Lowered>,
    /// Certificates may come from code at run time.
    pub dynamic: bool,
}

/// A security level of OpenSSL below the usual one. Level 1 takes short keys; only level 0 takes SHA-1 and MD5.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Lowered {
    /// 0 or 1.
    pub level: u8,
    /// The words that say so.
    pub at: Location,
}

/// A host name with the place that says it.
#[derive(Clone, Debug)]
pub struct Host {
    /// Lower case; may be a wildcard `*.example.com`.
    pub name: String,
    /// The place.
    pub at: Location,
}

/// What a file is named for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expects {
    /// A leaf with the chain that is sent.
    Chain,
    /// A private key.
    PrivateKey,
    /// Certificates to verify peers with.
    Anchors,
    /// Revocation lists.
    RevocationLists,
    /// Diffie-Hellman parameters.
    DhParameters,
    /// Session ticket keys, raw bytes.
    TicketKey,
    /// A DER response of an OCSP responder.
    OcspResponse,
    /// Passwords, one a line.
    Passwords,
    /// A keystore with key and certificates: PKCS#12, JKS.
    Keystore,
}

impl Expects {
    /// Whether a part of a file is what is needed.
    pub fn takes(self, kind: &ItemKind) -> bool {
        match self {
            Self::Chain | Self::Anchors => matches!(kind, ItemKind::Certificate(_)),
            Self::PrivateKey => kind.is_private_key(),
            Self::RevocationLists => matches!(kind, ItemKind::RevocationList(_)),
            Self::DhParameters => matches!(kind, ItemKind::DhParameters(_)),
            Self::TicketKey | Self::OcspResponse | Self::Passwords | Self::Keystore => true,
        }
    }

    /// What a person calls it, with the verb that goes with it: "a certificate is".
    pub fn is(self) -> String {
        let plural = matches!(
            self,
            Self::Anchors | Self::RevocationLists | Self::DhParameters | Self::TicketKey | Self::Passwords
        );
        format!("{} {}", self.noun(), if plural { "are" } else { "is" })
    }

    /// What a person calls it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Chain => "a certificate",
            Self::PrivateKey => "a private key",
            Self::Anchors => "CA certificates",
            Self::RevocationLists => "revocation lists",
            Self::DhParameters => "Diffie-Hellman parameters",
            Self::TicketKey => "session ticket keys",
            Self::OcspResponse => "an OCSP response",
            Self::Passwords => "passwords",
            Self::Keystore => "a keystore",
        }
    }
}

/// A line that names a file.
#[derive(Debug)]
pub struct Pointer {
    /// The path as it is written there.
    pub at: Location,
    /// The path.
    pub written: String,
    /// The setting that names it, in the words of its system: `ssl_certificate`.
    pub setting: String,
    /// What it should hold.
    pub expects: Expects,
    /// Where it leads.
    pub to: Resolved,
    /// Which part of the file is meant.
    pub within: Within,
    /// The software opens it; else its absence goes unnoticed until somebody turns on what needs it.
    pub opened: bool,
    /// What does not happen when the file is missing or unreadable, in words that follow "so".
    pub software: Software,
}

/// Which part of a file is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Within {
    /// All of it.
    #[default]
    Whole,
    /// A value of a file that holds several: its place.
    Value(Location),
    /// The entry of a keystore that Java shows: that of an alias, or any with a key.
    KeyEntry(Option<String>),
    /// The entries of a keystore that Java trusts.
    Trusted,
    /// A part that only a deployment knows.
    Unknown,
}

impl Within {
    /// A keystore as Java reads it.
    pub fn is_store(&self) -> bool {
        matches!(self, Self::KeyEntry(_) | Self::Trusted | Self::Unknown)
    }
}

/// What a pointer to the trust bundle on a Router is called.
pub const ROUTER_COPY: &str = "TrustStore";

impl Pointer {
    /// What holds the certificate, as the text of a label.
    pub fn holds(&self) -> &'static str {
        if self.software == Software::HttpSys && self.to.file().is_some() {
            "the file of this name in the Central Certificate Store holds it"
        } else if self.software == Software::HttpSys {
            "this thumbprint stands for it"
        } else if matches!(self.within, Within::Value(_)) {
            "this value holds it"
        } else if self.is_router_copy() {
            "what the Router has loaded for this truststore holds it"
        } else if self.within.is_store() {
            "this store holds it"
        } else if self.setting.starts_with("alias ") {
            "this alias holds it"
        } else {
            "this file holds it"
        }
    }

    /// What a person changes to change what stands there.
    pub fn carrier(&self) -> &'static str {
        match self.within {
            Within::Whole | Within::Unknown => "file",
            Within::Value(_) => "value",
            Within::KeyEntry(_) => "keystore",
            Within::Trusted => "truststore",
        }
    }

    /// It leads to what a Router of Apigee Edge has loaded, which nobody edits: the truststore is what is changed.
    pub fn is_router_copy(&self) -> bool {
        self.software == Software::EdgeRouter && self.setting == ROUTER_COPY
    }

    /// What happens when the file cannot be used.
    pub fn on_failure(&self) -> &'static str {
        if self.is_router_copy() {
            "nginx on the Router refuses to load it"
        } else {
            self.software.on_failure()
        }
    }

    /// Who reads the file, as the text of a label.
    pub fn reads(&self) -> String {
        if self.is_router_copy() {
            "the Router loads the file for this truststore".to_owned()
        } else {
            format!("the file is read here, for {}", self.expects.noun())
        }
    }
}

/// What reads the files.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Software {
    /// nginx, through OpenSSL.
    Nginx,
    /// The Router of Apigee Edge: nginx, configured by the management server.
    EdgeRouter,
    /// The Message Processor of Apigee, which connects to backends from Java.
    MessageProcessor,
    /// The ingress gateway of Apigee hybrid: Envoy.
    Ingress,
    /// http.sys of Windows, which finds certificates by their thumbprints; IIS beside it, for FTP.
    HttpSys,
    /// Software in Java that opens a keystore or files of PEM: Kafka, Tomcat, Spring Boot.
    Java,
    /// What takes a secret or a config map of Kubernetes: an ingress controller, a gateway, an application.
    Kubernetes,
    /// A service of Cisco Meeting Server, given its files on the command line of the MMP.
    MeetingServer,
    /// The database cluster of Cisco Meeting Server, whose certificates cannot be exchanged in place.
    MeetingServerDatabase,
}

/// What Cisco Meeting Server makes of a key and a certificate that are no pair.
const PAIR_REFUSED: &str =
    "`pki match` and the check when the service is enabled refuse the pair, and the service does not come up";

impl Software {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::EdgeRouter => "the Router",
            Self::MessageProcessor => "the Message Processor",
            Self::Ingress => "the ingress gateway",
            Self::HttpSys => "http.sys",
            Self::Java => "Java",
            Self::Kubernetes => "what takes the secret",
            Self::MeetingServer => "the Meeting Server",
            Self::MeetingServerDatabase => "the database cluster",
        }
    }

    /// Wants a root at the end of a chain. Java believes whatever stands in its truststore, leaf or intermediate.
    pub fn needs_root(self) -> bool {
        match self {
            Self::Nginx | Self::EdgeRouter => true,
            Self::MessageProcessor
            | Self::Ingress
            | Self::HttpSys
            | Self::Java
            | Self::Kubernetes
            | Self::MeetingServer
            | Self::MeetingServerDatabase => false,
        }
    }

    /// A service of Cisco Meeting Server: it sends the chain up to its root.
    pub fn is_meeting_server(self) -> bool {
        matches!(self, Self::MeetingServer | Self::MeetingServerDatabase)
    }

    /// What a client sees whose certificate is refused, to follow "clients get"; empty where that is only a failed
    /// handshake.
    pub fn refusal(self) -> &'static str {
        match self {
            Self::EdgeRouter => "`400 The SSL certificate error`",
            Self::Nginx
            | Self::MessageProcessor
            | Self::Ingress
            | Self::HttpSys
            | Self::Java
            | Self::Kubernetes
            | Self::MeetingServer
            | Self::MeetingServerDatabase => "",
        }
    }

    /// What happens where key and certificate are of different types.
    pub fn on_other_key_type(self) -> &'static str {
        match self {
            Self::Nginx => "`nginx -t` accepts that, and every handshake fails (`no shared cipher`)",
            Self::EdgeRouter | Self::MessageProcessor => {
                "the upload is refused, or every handshake with this alias fails"
            }
            Self::Ingress => "the gateway refuses the secret, and every handshake fails",
            Self::HttpSys => "every handshake fails",
            Self::Java => "what opens it does not start, or every handshake fails",
            Self::Kubernetes => REFUSED,
            Self::MeetingServer | Self::MeetingServerDatabase => PAIR_REFUSED,
        }
    }

    /// What happens when a file it opens at start cannot be used.
    pub fn on_failure(self) -> &'static str {
        match self {
            Self::Nginx => "nginx does not start or reload",
            Self::EdgeRouter => "the upload fails, or the Router can read nothing from the alias",
            Self::MessageProcessor => {
                "the upload fails, or the Message Processor can read nothing from the alias"
            }
            Self::Ingress => "the gateway cannot load the secret, and every handshake fails",
            Self::HttpSys => "connections are dropped",
            Self::Java => "what opens it does not start, or every handshake fails",
            Self::Kubernetes => REFUSED,
            Self::MeetingServer => "the service does not come up with it when it is enabled or restarted",
            Self::MeetingServerDatabase => "the database cluster cannot be initialized or joined with it",
        }
    }

    /// What happens when a file that is named is not there.
    pub fn on_missing(self) -> &'static str {
        match self {
            Self::Nginx | Self::HttpSys | Self::Java | Self::Kubernetes => self.on_failure(),
            Self::MeetingServer | Self::MeetingServerDatabase => {
                "the MMP refuses the command, and the service goes on with what it had or does not come up"
            }
            Self::EdgeRouter | Self::MessageProcessor => "the alias cannot be uploaded",
            Self::Ingress => {
                "`helm upgrade` stops, or, with an older chart, makes an empty secret without a word, and the ingress \
                 gateway refuses every handshake"
            }
        }
    }

    /// What happens where the key is not the one of the certificate.
    pub fn on_other_key(self) -> String {
        match self {
            Self::Nginx => format!("{} (`key values mismatch`)", self.on_failure()),
            Self::EdgeRouter | Self::MessageProcessor => {
                "the upload is refused, or every handshake with this alias fails".to_owned()
            }
            Self::Ingress => "the gateway refuses the secret, and every handshake fails".to_owned(),
            Self::HttpSys => "every handshake fails".to_owned(),
            Self::Java => "what opens it does not start, or every handshake fails".to_owned(),
            Self::Kubernetes => REFUSED.to_owned(),
            Self::MeetingServer | Self::MeetingServerDatabase => PAIR_REFUSED.to_owned(),
        }
    }

    /// Certificates stand in stores of Apigee, not in files that a person edits on a machine.
    pub fn keeps_stores(self) -> bool {
        matches!(self, Self::EdgeRouter | Self::MessageProcessor)
    }
}

/// What becomes of a secret that cannot be used.
const REFUSED: &str = "an ingress controller passes over the secret and shows a certificate of its own, other software does not start";

/// What a certificate and key are shown for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Role {
    /// A server shows it to clients.
    Server,
    /// A client shows it to a server.
    Client,
}

impl Role {
    /// Follows "the … certificate".
    pub fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// A certificate with its key as an endpoint shows them.
#[derive(Debug)]
pub struct Identity {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// What for.
    pub role: Role,
    /// The file with the leaf and what is sent with it.
    pub certificate: PointerId,
    /// A file with the chain, where the system keeps it beside the leaf; it is sent behind the leaf's file.
    pub bundle: Option<PointerId>,
    /// The file with the key.
    pub key: Option<PointerId>,
    /// What is sent, in order: the first is the leaf. Empty where the file cannot be read.
    pub sent: Vec<(CertId, Location)>,
    /// What the software makes of the pair.
    pub pairing: Pairing,
    /// The way from the endpoint to the line that names the files, where they are not the same.
    pub via: Vec<Step>,
}

/// Certificates and keys as a configuration pairs them, before anybody opened them. Several serve several key types.
#[derive(Debug)]
pub struct Offer {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// What for.
    pub role: Role,
    /// Files with leaf and chain, in order.
    pub certificates: Vec<PointerId>,
    /// A file with the chain of the first certificate, where the system keeps it beside the leaf.
    pub bundle: Option<PointerId>,
    /// Files with keys, in order.
    pub keys: Vec<PointerId>,
    /// Files with passwords for the keys.
    pub passwords: Vec<PointerId>,
    /// The way from the endpoint to the lines that name the files, where they are not the same.
    pub via: Vec<Step>,
}

/// What the software makes of a certificate and a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// They belong together.
    Match,
    /// Same type of key, another key: the place of the key.
    OtherKey(Location),
    /// Another type of key: the place of the key.
    OtherType(Location),
    /// The key belongs to a later certificate of the file: the place of the key, and of that certificate.
    LaterCertificate(Location, Location),
    /// The key is behind a password nobody gave: its place.
    Locked(Location),
    /// Nothing can be said.
    Unknown,
}

/// What peers are verified against.
#[derive(Debug)]
pub struct Trust {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Whose certificates: those of clients, or those of servers.
    pub of: Role,
    /// Files of authorities.
    pub anchors: Vec<PointerId>,
    /// Those among them whose names are sent to clients as acceptable.
    pub announced: Vec<PointerId>,
    /// Revocation lists.
    pub revocation: Vec<PointerId>,
    /// Intermediates allowed between leaf and root, and the line that says so.
    pub depth: (u32, Option<Location>),
    /// Verification is on: the line that says so.
    pub active: Option<Location>,
    /// All there is to trust is known; otherwise nothing is missing from it.
    pub whole: bool,
    /// The way from the endpoint to the lines that name the files, where they are not the same.
    pub via: Vec<Step>,
}

/// Endpoints of all systems with what they name.
#[derive(Debug, Default)]
pub struct Estate {
    /// Everything that speaks TLS.
    pub endpoints: Vec<Endpoint>,
    /// Every named file.
    pub pointers: Vec<Pointer>,
    /// What configurations pair, in order of endpoints.
    pub offers: Vec<Offer>,
    /// Every certificate and key that is shown to a peer, in order of endpoints.
    pub identities: Vec<Identity>,
    /// Everything peers are verified against, in order of endpoints.
    pub trusts: Vec<Trust>,
    /// Certificates that dumps describe.
    pub described: Vec<Described>,
    /// Passwords that configurations give, by the file that they open, each with its place.
    pub passwords: BTreeMap<FileId, Vec<(Secret, Location)>>,
    /// Which entry of a keystore a pointer means, where its configuration says an alias.
    pub aliases: BTreeMap<PointerId, String>,
    /// Named files that a complete listing of their machine does not show, with the place of that listing.
    pub unlisted: BTreeMap<PointerId, Location>,
}

impl Estate {
    /// Adds a password that a configuration gives for a file.
    pub fn add_password(&mut self, file: FileId, secret: &Secret, at: Location) {
        let known = self.passwords.entry(file).or_default();
        if !known.iter().any(|(it, place)| it == secret && *place == at) {
            known.push((secret.clone(), at));
        }
    }

    /// Adds something that speaks TLS for certain, with nothing special about it.
    pub fn add_endpoint(&mut self, title: String, at: Location, side: Side, hosts: Vec<Host>) -> EndpointId {
        let endpoint = EndpointId(self.endpoints.len() as u32);
        self.endpoints.push(Endpoint {
            title,
            at,
            side,
            hosts,
            turns_away: false,
            speaks_tls: true,
            lowered: None,
            dynamic: false,
        });
        endpoint
    }

    /// An endpoint by id.
    pub fn endpoint(&self, id: EndpointId) -> &Endpoint {
        &self.endpoints[id.0 as usize]
    }

    /// What an endpoint shows to its peers.
    pub fn identities_of(&self, endpoint: EndpointId) -> &[Identity] {
        let start = self.identities.partition_point(|it| it.endpoint < endpoint);
        let end = self.identities.partition_point(|it| it.endpoint <= endpoint);
        &self.identities[start..end]
    }

    /// What an endpoint verifies its peers against.
    pub fn trusts_of(&self, endpoint: EndpointId) -> &[Trust] {
        let start = self.trusts.partition_point(|it| it.endpoint < endpoint);
        let end = self.trusts.partition_point(|it| it.endpoint <= endpoint);
        &self.trusts[start..end]
    }

    /// What a configuration pairs for an endpoint.
    pub fn offers_of(&self, endpoint: EndpointId) -> &[Offer] {
        let start = self.offers.partition_point(|it| it.endpoint < endpoint);
        let end = self.offers.partition_point(|it| it.endpoint <= endpoint);
        &self.offers[start..end]
    }

    /// The way from an endpoint to a line that names a file for it; empty where the line is its own.
    pub fn way(&self, endpoint: EndpointId, pointer: PointerId) -> &[Step] {
        let shown =
            self.identities_of(endpoint).iter().find(|it| it.certificate == pointer).map(|it| &it.via);
        let trusted =
            || self.trusts_of(endpoint).iter().find(|it| it.anchors.contains(&pointer)).map(|it| &it.via);
        shown.or_else(trusted).map_or(&[], Vec::as_slice)
    }

    /// A named file by id.
    pub fn pointer(&self, id: PointerId) -> &Pointer {
        &self.pointers[id.0 as usize]
    }
}
