//! What one file says about software in Java that opens keystores and truststores.

use serde::{Deserialize, Serialize};

use super::super::{said::Said, settings::Secret};
use crate::source::Location;

/// Everything one file says about software in Java.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unit {
    /// Who opens stores, in order of the file.
    pub users: Vec<User>,
}

/// The software that opens stores.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Program {
    /// Kafka: a broker, a client, or what is made of its parts.
    Kafka,
    /// ZooKeeper.
    ZooKeeper,
    /// Tomcat.
    Tomcat,
    /// Spring Boot.
    Spring,
    /// Elasticsearch and its kin.
    Elasticsearch,
    /// A virtual machine by its own options.
    Jvm,
}

/// Something that speaks TLS from Java, with the stores and files it is told to use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// What it is.
    pub program: Program,
    /// What a person calls it, to follow "of".
    pub title: String,
    /// The line that makes it.
    pub at: Location,
    /// It waits for clients; else it connects to servers.
    pub server: bool,
    /// Speaks TLS for certain, not only once somebody turns it on.
    pub on: bool,
    /// Where its key stands.
    pub key_store: Option<NamedStore>,
    /// Where those it trusts stand.
    pub trust_store: Option<NamedStore>,
    /// The alias that is asked for.
    pub alias: Option<Said>,
    /// What opens the key in the store, where that is another password.
    pub key_password: Option<Password>,
    /// Files of PEM instead of stores.
    pub pem: PemFiles,
    /// Clients must or may show a certificate: the words that say so.
    pub client_auth: ClientAuth,
    /// It also connects to its like, and verifies them by the truststore: the words that say so.
    pub peers: Option<Location>,
    /// Protocols that are turned on, each with its place.
    pub protocols: Vec<Said>,
    /// Host names it answers to.
    pub hosts: Vec<Said>,
}

/// Whether clients show certificates.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientAuth {
    /// Nothing is said, and by default nobody is asked.
    #[default]
    Unsaid,
    /// Nobody is asked.
    Off,
    /// They are asked, by these words.
    On(Location),
    /// A variable or a word that we do not know.
    Opaque,
}

/// A store as a setting names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NamedStore {
    /// The setting that names the path, as it is written.
    pub setting: String,
    /// The path.
    pub path: Said,
    /// The type, where it is said.
    pub kind: Option<Said>,
    /// What opens the store.
    pub password: Option<Password>,
    /// The file that holds the password, where that is said instead.
    pub password_file: Option<Said>,
}

impl NamedStore {
    /// It is said to be PEM.
    pub fn is_pem(&self) -> bool {
        self.kind.as_ref().is_some_and(|it| it.trimmed().eq_ignore_ascii_case("PEM"))
    }

    /// A type that is not a file, or one that only a device knows.
    pub fn is_no_file(&self) -> bool {
        let kind = self.kind.as_ref().map_or("", Said::trimmed).to_ascii_uppercase();
        let path = self.path.trimmed();
        kind.starts_with("PKCS11")
            || kind.starts_with("WINDOWS-")
            || kind == "KEYCHAINSTORE"
            || path.is_empty()
            || path.eq_ignore_ascii_case("NONE")
            || path.contains("-----BEGIN")
            || path.starts_with("base64:")
            || path.starts_with("http:")
            || path.starts_with("https:")
    }
}

/// A password as a setting gives it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Password {
    /// The password; `None` where a variable stands for it.
    pub secret: Option<Secret>,
    /// Where.
    pub at: Location,
}

/// Files of PEM with the settings that name them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PemFiles {
    /// Leaf, perhaps with its chain.
    pub certificate: Option<NamedFile>,
    /// The key.
    pub key: Option<NamedFile>,
    /// Intermediates in a file of their own.
    pub chain: Option<NamedFile>,
    /// Authorities.
    pub authorities: Option<NamedFile>,
}

/// A file as a setting names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NamedFile {
    /// The setting.
    pub setting: String,
    /// The path.
    pub path: Said,
}
