//! Settings put together to those whom they are for: listeners of a broker, a server of Spring Boot and its management
//! port, bundles, clients.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Secret,
    java::{ClientAuth, NamedFile, NamedStore, Password, PemFiles, Program, User},
    said::Said,
};

use super::{
    Setting,
    fields::{BUNDLE, Field, field, letters},
};

/// The settings of one owner.
type Group<'s> = BTreeMap<Field, &'s Setting>;

/// Owners by the order of their first setting.
fn groups(settings: &[Setting]) -> Vec<(String, Group<'_>)> {
    let mut found: Vec<(String, Group<'_>)> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for setting in settings {
        let Some((owner, field)) = field(&setting.key) else { continue };
        let at = *index.entry(owner.clone()).or_insert_with(|| {
            found.push((owner, Group::new()));
            found.len() - 1
        });
        // Of doubles the last counts.
        found[at].1.insert(field, setting);
    }
    found
}

/// Those who open stores in a file of settings.
pub(super) fn of(settings: &[Setting], name: &str) -> Vec<User> {
    let kafka = Kafka::of(settings, name);
    let told = Told::of(settings);
    let zookeeper = name.starts_with("zoo")
        || settings.iter().any(|it| matches!(it.key.as_str(), "secureClientPort" | "dataDir" | "tickTime"));
    let found = groups(settings).into_iter();
    found
        .filter(|(_, group)| names_files(group))
        .filter_map(|(owner, group)| {
            let whose = whose(&owner, &kafka, &told, zookeeper, settings)?;
            Some(user(&group, whose))
        })
        .collect()
}

/// Those whom options of virtual machines tell. An option that comes again is for another one.
pub(super) fn of_options(settings: &[Setting]) -> Vec<User> {
    let mut users = Vec::new();
    let mut start = 0;
    let mut seen = BTreeSet::new();
    for (at, setting) in settings.iter().enumerate() {
        if seen.contains(&setting.key) {
            users.extend(of_jvm(&settings[start..at]));
            (start, seen) = (at, BTreeSet::new());
        }
        seen.insert(&setting.key);
    }
    users.extend(of_jvm(&settings[start..]));
    users
}

fn of_jvm(settings: &[Setting]) -> Vec<User> {
    let found = groups(settings).into_iter().filter(|(_, group)| names_files(group));
    found.map(|(_, group)| user(&group, Whose::jvm())).collect()
}

fn names_files(group: &Group<'_>) -> bool {
    [Field::KeyStore, Field::TrustStore, Field::Certificate, Field::Authorities]
        .iter()
        .any(|it| group.contains_key(it))
}

/// Whom settings are for.
struct Whose {
    program: Program,
    title: String,
    server: bool,
    on: bool,
    /// Clients are asked for a certificate unless something else is said.
    asks: bool,
    /// What is said elsewhere about certificates of clients.
    asked: Option<Said>,
    /// Connects to its like by TLS: where that is said.
    peers: Option<crate::source::Location>,
}

impl Whose {
    fn new(program: Program, title: impl Into<String>, server: bool) -> Self {
        let title = title.into();
        Self { program, title, server, on: true, asks: false, asked: None, peers: None }
    }

    fn jvm() -> Self {
        Self::new(Program::Jvm, "what this JVM connects to", false)
    }
}

/// What a file says about Kafka beside stores.
struct Kafka<'s> {
    broker: bool,
    http: bool,
    listeners: Option<&'s Setting>,
    map: Option<&'s Setting>,
    between: Option<&'s Setting>,
}

impl<'s> Kafka<'s> {
    fn of(settings: &'s [Setting], name: &str) -> Self {
        let said = |key: &str| {
            let folded = letters(key);
            settings.iter().rev().find(|it| {
                let it = letters(&it.key);
                it == folded || it.strip_prefix("kafka").is_some_and(|it| it == folded)
            })
        };
        let marks = ["broker.id", "node.id", "process.roles", "log.dirs", "zookeeper.connect"];
        let listeners = said("listeners").or_else(|| said("advertised.listeners"));
        // Schema Registry, REST Proxy and ksqlDB listen with the same words, and to HTTP.
        let http = listeners.is_some_and(|it| it.value.text.to_ascii_lowercase().contains("http"));
        let listens = listeners.is_some() || marks.iter().any(|it| said(it).is_some());
        let broker = listens && !http && !name.starts_with("connect");
        let map = said("listener.security.protocol.map");
        Self {
            broker,
            listeners,
            http,
            map,
            between: said("security.inter.broker.protocol")
                .filter(|it| it.value.text.trim().ends_with("SSL"))
                .or_else(|| said("inter.broker.listener.name").filter(|it| is_mapped_to_tls(map, it))),
        }
    }

    /// A listener speaks TLS, as far as the file says it.
    fn speaks_tls(&self) -> bool {
        let Some(listeners) = self.listeners else { return true };
        let map = self.map.map_or("", |it| it.value.text.as_str());
        let text = listeners.value.text.as_str();
        map.contains("SSL")
            || text.contains("SSL")
            || text.contains('$')
            || map.contains('$')
            || self.between.is_some()
    }
}

/// A listener speaks TLS by the map of listeners.
fn is_mapped_to_tls(map: Option<&Setting>, listener: &Setting) -> bool {
    let pairs = map.map_or("", |it| it.value.text.as_str()).split(',').filter_map(|it| it.split_once(':'));
    let name = listener.value.trimmed();
    pairs.into_iter().any(|(it, protocol)| it.trim() == name && protocol.trim().ends_with("SSL"))
}

/// What is looked up for each of many owners.
struct Told<'s> {
    /// Names of listeners as they are written, by their letters.
    listeners: BTreeMap<String, &'s str>,
    /// Bundles that a server serves with, by their letters.
    served: BTreeSet<String>,
    /// What the server of Spring Boot says about certificates of clients.
    asked: Option<&'s Said>,
}

impl<'s> Told<'s> {
    fn of(settings: &'s [Setting]) -> Self {
        let mut told = Self { listeners: BTreeMap::new(), served: BTreeSet::new(), asked: None };
        for it in settings {
            if let Some((name, _)) = it.key.strip_prefix("listener.name.").and_then(|it| it.split_once('.')) {
                told.listeners.entry(letters(name)).or_insert(name);
            }
            match letters(&it.key).as_str() {
                "serversslbundle" | "managementserversslbundle" => {
                    told.served.insert(letters(it.value.trimmed()));
                }
                "serversslclientauth" => told.asked = Some(&it.value),
                _ => {}
            }
        }
        told
    }
}

fn whose(
    owner: &str,
    kafka: &Kafka<'_>,
    told: &Told<'_>,
    zookeeper: bool,
    settings: &[Setting],
) -> Option<Whose> {
    let broker = |title: String| Whose {
        on: kafka.speaks_tls(),
        peers: kafka.between.map(|it| it.value.at),
        ..Whose::new(Program::Kafka, title, true)
    };
    let client = |title: &str| Whose::new(Program::Kafka, title, false);
    let asking = |title: &str| Whose { asks: true, ..Whose::new(Program::ZooKeeper, title, true) };
    Some(match owner {
        "" if zookeeper => asking("ZooKeeper"),
        "quorum" => Whose { on: quorum_is_on(settings), ..asking("the ZooKeeper quorum") },
        "" | "listenershttps" if kafka.http || owner == "listenershttps" => {
            Whose::new(Program::Kafka, "the HTTPS listener", true)
        }
        "" if kafka.broker => broker("the Kafka broker".to_owned()),
        "" | "kafka" if !settings.iter().any(|it| it.key.starts_with("xpack")) => {
            if owner == "kafka" && kafka.broker {
                broker("the Kafka broker".to_owned())
            } else {
                client("a Kafka client")
            }
        }
        "connect" => client("Kafka Connect"),
        "zookeeper" | "kafkazookeeper" => {
            Whose::new(Program::ZooKeeper, "the connection to ZooKeeper", false)
        }
        "javaxnet" => Whose::jvm(),
        "server" => {
            Whose { on: enabled(settings), ..Whose::new(Program::Spring, "the Spring Boot server", true) }
        }
        "managementserver" => Whose::new(Program::Spring, "the management port of Spring Boot", true),
        it if it.starts_with(BUNDLE) => {
            let name = &it[BUNDLE.len()..];
            let serves = told.served.contains(&letters(name));
            let asked = told.asked.filter(|_| serves).cloned();
            Whose { asked, ..Whose::new(Program::Spring, format!("SSL bundle `{name}`"), serves) }
        }
        it if it.starts_with("springkafka") => client("the Kafka client of Spring Boot"),
        it if it.starts_with("spring") => Whose::new(Program::Spring, "a client of Spring Boot", false),
        it if it.starts_with("listenername") => {
            let folded = &it["listenername".len()..];
            broker(format!("Kafka listener `{}`", told.listeners.get(folded).copied().unwrap_or(folded)))
        }
        it if it.ends_with("transport") && it.contains("security") => Whose {
            asks: true,
            ..Whose::new(Program::Elasticsearch, "the transport layer of Elasticsearch", true)
        },
        it if it.ends_with("http") && it.contains("security") => {
            Whose::new(Program::Elasticsearch, "the HTTP layer of Elasticsearch", true)
        }
        "producer" | "consumer" | "admin" | "kafkastore" | "client" | "sourceconsumer" | "database" => {
            client("a Kafka client")
        }
        it if it.ends_with("producer") || it.ends_with("consumer") || it.ends_with("admin") => {
            client("a Kafka client")
        }
        // Who else has settings of this form is not known, and neither is what they do.
        _ => return None,
    })
}

/// `sslQuorum` says so; members of the quorum talk in the clear by default.
fn quorum_is_on(settings: &[Setting]) -> bool {
    settings.iter().any(|it| letters(&it.key) == "sslquorum" && it.value.truth() != Some(false))
}

/// `server.ssl.enabled` is not `false`.
fn enabled(settings: &[Setting]) -> bool {
    let off = |it: &Setting| letters(&it.key) == "serversslenabled" && it.value.truth() == Some(false);
    !settings.iter().any(off)
}

fn user(group: &Group<'_>, whose: Whose) -> User {
    let value = |field| group.get(&field).map(|it: &&Setting| it.value.clone()).filter(|it| !it.is_blank());
    let file = |field| {
        let it = group.get(&field)?;
        let path = it.value.clone();
        (!path.is_blank()).then(|| NamedFile { setting: it.key.clone(), path })
    };
    let store = |path, kind, secret, secret_file| {
        let it = file(path)?;
        Some(NamedStore {
            setting: it.setting,
            path: it.path,
            kind: value(kind),
            password: value(secret).map(password),
            password_file: value(secret_file),
        })
    };
    let key_store =
        store(Field::KeyStore, Field::KeyStoreType, Field::KeyStorePassword, Field::KeyStorePasswordFile);
    let trust_store = store(
        Field::TrustStore,
        Field::TrustStoreType,
        Field::TrustStorePassword,
        Field::TrustStorePasswordFile,
    );
    let first = group.values().map(|it| it.key_at).min();
    let named = key_store.as_ref().or(trust_store.as_ref()).map(|it| it.path.at);
    let protocols = value(Field::Protocols).map_or_else(Vec::new, |it| words(&it));
    User {
        program: whose.program,
        title: whose.title,
        at: first.or(named).unwrap_or(crate::source::Location::whole(crate::source::FileId(0))),
        server: whose.server,
        on: whose.on,
        alias: value(Field::Alias),
        key_password: value(Field::KeyPassword).map(password),
        pem: PemFiles {
            certificate: file(Field::Certificate),
            key: file(Field::PrivateKey),
            chain: None,
            authorities: file(Field::Authorities),
        },
        client_auth: match value(Field::ClientAuth).or(whose.asked) {
            Some(it) => client_auth(&it),
            None if whose.asks => {
                trust_store.as_ref().map_or(ClientAuth::Unsaid, |it| ClientAuth::On(it.path.at))
            }
            None => ClientAuth::Unsaid,
        },
        key_store,
        trust_store,
        peers: whose.peers,
        protocols,
        hosts: Vec::new(),
    }
}

/// A password, unless a variable stands for it.
pub(super) fn password(said: Said) -> Password {
    let opaque = said.is_placeholder() || said.text.starts_with("OBF:") || said.text.starts_with("ENC(");
    Password { secret: (!opaque).then(|| Secret::new(said.text.into_bytes())), at: said.at }
}

/// `required`, `need`, `want`, `none` and what else says whether clients show certificates.
pub(super) fn client_auth(said: &Said) -> ClientAuth {
    match said.trimmed().to_ascii_lowercase().as_str() {
        "required" | "requested" | "need" | "want" | "true" | "optional" => ClientAuth::On(said.at),
        "none" | "false" => ClientAuth::Off,
        _ => ClientAuth::Opaque,
    }
}

/// Words between commas, each with its place.
pub(super) fn words(said: &Said) -> Vec<Said> {
    let crate::source::Place::Text(span) = said.at.place else { return Vec::new() };
    let plain = (span.end - span.start) as usize == said.text.len();
    let mut found = Vec::new();
    let mut at = span.start as usize;
    for piece in said.text.split_inclusive([',', '+', ' ']) {
        let word = piece.trim_end_matches([',', '+', ' ']);
        if !word.is_empty() {
            let place = crate::source::Span::new(at, at + word.len());
            let at = if plain { crate::source::Location::text(said.at.file, place) } else { said.at };
            found.push(Said { text: word.to_owned(), at });
        }
        at += piece.len();
    }
    found
}
