//! What one file says about Apigee, as it is written there.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    source::{FileId, Location},
    x509::{Time, WrittenName},
};

use super::super::{
    said::Said,
    term::{self, Term},
};

/// Where names mean something: an environment of an organisation, as far as path and content say it. Files whose
/// scopes are equal belong together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The folder under which the environments lie: what the path says about neither organisation nor environment.
    pub root: String,
    /// The organisation, where path or content name it.
    pub organisation: Option<String>,
    /// The environment; `None` for a folder that names none and so is one of its own.
    pub environment: Option<String>,
}

/// What wrote a list or an entity.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Origin {
    /// An XML document of the management API.
    Xml,
    /// One JSON object, as the management API gives it.
    Json,
    /// An item of a list in a JSON file, as the Maven plugin and exporters keep them.
    JsonList,
    /// An item below `envConfig.<environment>` of one large JSON file.
    EdgeJson,
}

/// The kinds of things that have names in an environment.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Virtual hosts.
    VirtualHosts,
    /// References.
    References,
    /// Keystores and truststores.
    Stores,
    /// Aliases of stores: definitions or details.
    Aliases,
    /// Target servers.
    TargetServers,
}

/// Everything one file says about Apigee.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unit {
    /// Virtual hosts.
    pub virtual_hosts: Vec<VirtualHost>,
    /// References.
    pub references: Vec<Reference>,
    /// Keystores and truststores.
    pub stores: Vec<Store>,
    /// What the Maven plugin shall upload.
    pub definitions: Vec<AliasDefinition>,
    /// What the management API says about an alias.
    pub details: Vec<AliasDetail>,
    /// Target servers.
    pub target_servers: Vec<TargetServer>,
    /// Entry points of proxies.
    pub proxy_endpoints: Vec<ProxyEndpoint>,
    /// Everything in a proxy or shared flow that connects to a backend.
    pub connections: Vec<Connection>,
    /// Lists that claim to name all things of a kind in an environment, empty ones included.
    pub lists: Vec<Listed>,
    /// Departures from strict JSON that tools tolerate.
    pub slips: Vec<JsonSlip>,
    /// Files whose name or content loaders treat in an unexpected way.
    pub layouts: Vec<Layout>,
    /// Environment groups of X and hybrid: name and host names.
    pub groups: Vec<EnvironmentGroup>,
    /// Properties of Private Cloud components.
    pub properties: Vec<ComponentProperties>,
    /// The Maven profiles of a `pom.xml` that name an environment, and the tokens it replaces.
    pub maven: Option<Maven>,
}

impl Unit {
    /// Nothing was said about Apigee.
    pub fn is_empty(&self) -> bool {
        self.virtual_hosts.is_empty()
            && self.references.is_empty()
            && self.stores.is_empty()
            && self.definitions.is_empty()
            && self.details.is_empty()
            && self.target_servers.is_empty()
            && self.proxy_endpoints.is_empty()
            && self.connections.is_empty()
            && self.lists.is_empty()
            && self.groups.is_empty()
            && self.properties.is_empty()
            && self.maven.is_none()
    }
}

/// A list that claims to name all things of a kind in an environment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listed {
    /// The environment.
    pub scope: Arc<Scope>,
    /// What it lists.
    pub kind: Kind,
    /// The list.
    pub at: Location,
    /// Bare names, where the list holds nothing else.
    pub names: Vec<Said>,
}

/// A key that is none of those the API knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OddKey {
    /// As written.
    pub written: Said,
    /// The key that was meant, by its exact spelling, where one is near.
    #[serde(default, deserialize_with = "term::maybe")]
    pub meant: Option<Term>,
    /// Only the case differs from the meant one.
    pub case_only: bool,
    /// What it stands in, in words: `virtual host`, `sSLInfo`.
    #[serde(deserialize_with = "term::one")]
    pub inside: Term,
}

/// Two elements of which one can count.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Repeated {
    /// The name of the element or key.
    pub name: String,
    /// The earlier place.
    pub first: Location,
    /// The later place.
    pub second: Location,
}

/// A virtual host, sections 2.1 and 2.2 of the vendor's schema: XML and JSON say the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VirtualHost {
    /// Its environment.
    pub scope: Arc<Scope>,
    /// Who wrote it.
    pub origin: Origin,
    /// The start tag, or the value of `name`, else the first line of the object: what a label points at.
    pub at: Location,
    /// Its name; the file name where a create body has none.
    pub name: Option<Said>,
    /// `HostAliases`; `None` where the key is not there.
    pub host_aliases: Option<Vec<Said>>,
    /// The key or element of the host aliases.
    pub host_aliases_at: Option<Location>,
    /// `Port`.
    pub port: Option<Said>,
    /// `BaseUrl`.
    pub base_url: Option<Said>,
    /// `OCSPStapling`.
    pub ocsp_stapling: Option<Said>,
    /// `RetryOptions`.
    pub retry_options: Vec<Said>,
    /// `ListenOptions`.
    pub listen_options: Vec<Said>,
    /// `Interfaces`: Private Cloud only; `None` where the key is not there or the list is empty.
    pub interfaces: Option<Location>,
    /// `UseBuiltInFreeTrialCert`: Cloud only.
    pub free_trial: Option<Said>,
    /// `SSLInfo`.
    pub ssl: Option<SslInfo>,
    /// `Properties`: name and value.
    pub properties: Vec<(Said, Said)>,
    /// Keys the schema does not know.
    pub odd_keys: Vec<OddKey>,
    /// Elements that stand there twice.
    pub repeated: Vec<Repeated>,
}

/// `SSLInfo` of a virtual host, a target server or a connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SslInfo {
    /// The start tag or the key.
    pub at: Location,
    /// `Enabled`.
    pub enabled: Option<Said>,
    /// `Enforce`: X and hybrid only.
    pub enforce: Option<Said>,
    /// `ClientAuthEnabled`.
    pub client_auth: Option<Said>,
    /// `IgnoreValidationErrors`.
    pub ignore_validation_errors: Option<Said>,
    /// `KeyStore`; an empty one is kept, because "" means absent and is worth a place.
    pub key_store: Option<Said>,
    /// `KeyAlias`.
    pub key_alias: Option<Said>,
    /// `TrustStore`.
    pub trust_store: Option<Said>,
    /// `Protocols`.
    pub protocols: Vec<Said>,
    /// `Ciphers`.
    pub ciphers: Vec<Said>,
    /// `CommonName`.
    pub common_name: Option<CommonName>,
    /// Keys the schema does not know.
    pub odd_keys: Vec<OddKey>,
    /// Elements that stand there twice.
    pub repeated: Vec<Repeated>,
}

/// `CommonName` with its attribute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CommonName {
    /// The element or key.
    pub at: Location,
    /// The name; `None` where the shape has no place for one.
    pub value: Option<Said>,
    /// `wildcardMatch`.
    pub wildcard: Option<Said>,
    /// JSON that is no object with `value`, where the API wants one.
    pub wrong_shape: bool,
}

/// `ref://name` and what it stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reference {
    /// Its environment.
    pub scope: Arc<Scope>,
    /// Who wrote it.
    pub origin: Origin,
    /// The value of `name`, or the start tag.
    pub at: Location,
    /// Its name.
    pub name: Said,
    /// The store it stands for.
    pub refers: Said,
    /// `KeyStore` or `TrustStore`, as written.
    pub resource_type: Option<Said>,
}

/// A keystore or truststore: the same kind of entity; what uses it makes the role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Store {
    /// Its environment.
    pub scope: Arc<Scope>,
    /// Who wrote it.
    pub origin: Origin,
    /// The value of `name`, or the start tag.
    pub at: Location,
    /// Its name.
    pub name: Said,
    /// Its aliases; `None` where the text does not list them.
    pub aliases: Option<Vec<StoreAlias>>,
}

/// An alias as a store lists it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreAlias {
    /// Its name: case counts.
    pub name: Said,
    /// Whether it has a private key, where the list says so (Edge does, X does not).
    pub has_key: Option<bool>,
}

/// An alias that the Maven plugin shall make (`aliases.json`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AliasDefinition {
    /// Its environment.
    pub scope: Arc<Scope>,
    /// Who wrote it.
    pub origin: Origin,
    /// The value of `alias`, else the object.
    pub at: Location,
    /// `alias`.
    pub alias: Option<Said>,
    /// `keystorename`.
    pub store: Option<Said>,
    /// `format`.
    pub format: Option<Said>,
    /// `certFilePath`.
    pub certificate: Option<Said>,
    /// `keyFilePath`.
    pub key: Option<Said>,
    /// `filePath`.
    pub bundle: Option<Said>,
    /// Where a password stands; what it is was masked when the file was read.
    pub password: Option<Location>,
    /// That password, to open what it is for.
    pub secret: Option<crate::model::Secret>,
    /// `ignoreExpiryValidation`.
    pub ignore_expiry: Option<Said>,
    /// `subject` is there.
    pub has_subject: bool,
}

impl AliasDefinition {
    /// A file is named that the format `selfsignedcert` does not upload.
    pub fn is_selfsigned_with_file(&self) -> bool {
        let made = self.format.as_ref().is_some_and(|it| it.trimmed().eq_ignore_ascii_case("selfsignedcert"));
        made && self.first_file().is_some()
    }

    /// The first file that it names.
    pub fn first_file(&self) -> Option<&Said> {
        [&self.certificate, &self.bundle, &self.key].into_iter().flatten().find(|it| !it.is_blank())
    }
}

/// What the management API says about an alias, without the bytes of its certificates.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AliasDetail {
    /// Its environment.
    pub scope: Arc<Scope>,
    /// The store, where path or file say it: the body does not.
    pub store: Option<String>,
    /// `alias`, or what the path says where a legacy body names only the certificate.
    pub alias: Option<Said>,
    /// The value of `alias`, else the object.
    pub at: Location,
    /// The stem of the file where the file holds this one alias.
    pub stem: Option<String>,
    /// Whether it has a private key, where the body says so.
    pub has_key: Option<bool>,
    /// Certificates in the order of the chain.
    pub certificates: Vec<DumpedCertificate>,
    /// The body is of X or hybrid (dates as strings, `type`).
    pub of_x: bool,
}

/// A certificate as a dump describes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DumpedCertificate {
    /// The value of `subject`, else the object.
    pub at: Location,
    /// `subject`.
    pub subject: Option<WrittenName>,
    /// `issuer`.
    pub issuer: Option<WrittenName>,
    /// `serialNumber` as bytes without leading zeros.
    pub serial: Option<Vec<u8>>,
    /// `validFrom`, given in milliseconds since 1970.
    pub not_before: Option<Time>,
    /// `expiryDate`, given in milliseconds since 1970.
    pub not_after: Option<Time>,
    /// The place of `expiryDate`.
    pub not_after_at: Option<Location>,
    /// `isValid`: `Yes`, `No`, `Not yet`, at the time of the dump.
    pub is_valid: Option<Said>,
    /// `sigAlgName`.
    pub signature: Option<Said>,
    /// `publicKey`, as `RSA Public Key, 2048 bits`.
    pub public_key: Option<Said>,
    /// `basicConstraints` says `CA:TRUE`.
    pub is_ca: Option<bool>,
    /// `subjectAlternativeNames`.
    pub alt_names: Vec<Said>,
    /// `version`.
    pub version: Option<i64>,
}

/// A target server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TargetServer {
    /// Its environment.
    pub scope: Arc<Scope>,
    /// Who wrote it.
    pub origin: Origin,
    /// The value of `name`, or the start tag.
    pub at: Location,
    /// Its name.
    pub name: Option<Said>,
    /// `Host`.
    pub host: Option<Said>,
    /// `Port`.
    pub port: Option<Said>,
    /// `IsEnabled`.
    pub enabled: Option<Said>,
    /// `SSLInfo`.
    pub ssl: Option<SslInfo>,
    /// Keys the schema does not know.
    pub odd_keys: Vec<OddKey>,
    /// Elements that stand there twice.
    pub repeated: Vec<Repeated>,
}

/// A `ProxyEndpoint`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProxyEndpoint {
    /// Folder of the bundle, the one that holds `apiproxy/`; empty where the file lies in none.
    pub bundle: String,
    /// The start tag.
    pub at: Location,
    /// Its name.
    pub name: Option<Said>,
    /// `HTTPProxyConnection`; `None` where there is none.
    pub connection: Option<Location>,
    /// `VirtualHost` elements.
    pub virtual_hosts: Vec<Said>,
    /// A second `HTTPProxyConnection`.
    pub repeated: Vec<Repeated>,
}

/// What connects to a backend.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConnectionKind {
    /// `HTTPTargetConnection` of a target endpoint.
    Target,
    /// `WebSocketTargetConnection` of a target endpoint.
    WebSocket,
    /// `HTTPTargetConnection` of a `ServiceCallout` policy.
    ServiceCallout,
    /// `Syslog` of a `MessageLogging` policy.
    MessageLogging,
}

/// Something in a proxy or shared flow that connects to a backend.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Connection {
    /// Folder of the bundle, the one that holds `apiproxy/` or `sharedflowbundle/`; empty where the file lies in none.
    pub bundle: String,
    /// What it is.
    pub kind: ConnectionKind,
    /// The start tag of the connection.
    pub at: Location,
    /// The name of the endpoint or policy.
    pub name: Option<Said>,
    /// `URL`, or `Host` of a syslog.
    pub url: Option<Said>,
    /// `LoadBalancer`.
    pub load_balancer: Option<Location>,
    /// `Server` elements of the load balancer: their names.
    pub servers: Vec<Said>,
    /// `SSLInfo` elements, in order.
    pub ssl: Vec<SslInfo>,
    /// `HealthMonitor` settings that concern TLS.
    pub health: Option<HealthMonitor>,
    /// `Authentication` is there: X and hybrid only.
    pub authentication: Option<Location>,
}

/// `HealthMonitor/HTTPMonitor/Request` or `TCPMonitor`, as far as TLS is concerned.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct HealthMonitor {
    /// `TrustAllSSL` (or `UseTargetServerSSLInfo`'s opposite).
    pub trust_all: Option<Said>,
    /// `IsSSL`.
    pub is_ssl: Option<Said>,
    /// `Port`.
    pub port: Option<Said>,
    /// `UseTargetServerSSLInfo`.
    pub use_target: Option<Said>,
}

/// A departure from strict JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JsonSlip {
    /// Where.
    pub at: Location,
    /// In words.
    pub what: String,
    /// Every reader that matters here takes it.
    pub tolerated: bool,
    /// An earlier member of the same name.
    pub duplicate_of: Option<Location>,
    /// The key, where one stands twice.
    pub key: Option<String>,
    /// A comma that is too many or too few.
    pub comma: Option<Comma>,
}

/// What is wrong with a comma of JSON.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comma {
    /// The place is a comma that nothing needs.
    Spare,
    /// One is missing before the place.
    Missing,
}

/// A file that a loader skips or takes unexpectedly.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Layout {
    /// The file.
    #[serde(skip, default = "FileId::of_this_line")]
    pub file: FileId,
    /// What happens.
    pub kind: LayoutKind,
}

/// What a loader does with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LayoutKind {
    /// The Maven plugin passes over it: the name it would load.
    Ignored(#[serde(deserialize_with = "term::one")] Term),
    /// The Maven plugin loads this backup as well: the prefix that makes it.
    PickedUp(#[serde(deserialize_with = "term::one")] Term),
    /// Details of the management API stand where the plugin expects definitions.
    DumpAsDefinition(Location),
}

/// An environment group of X and hybrid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnvironmentGroup {
    /// Folder of the file.
    pub root: String,
    /// Its name.
    pub name: Said,
    /// Its host names.
    pub hosts: Vec<Said>,
}

/// A component of Private Cloud.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Component {
    /// `router.properties`.
    Router,
    /// `message-processor.properties`.
    MessageProcessor,
    /// `management-server.properties`.
    ManagementServer,
    /// `edge-ui.properties`.
    EdgeUi,
}

/// A `*.properties` of a component.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ComponentProperties {
    /// Which component.
    pub component: Component,
    /// The file.
    #[serde(skip, default = "FileId::of_this_line")]
    pub file: FileId,
    /// The folder that stands for `/` of the machine: what comes before `opt/apigee`, else the folder of the file.
    pub host: String,
    /// Keys and values; secrets are masked.
    pub entries: Vec<(Said, Said)>,
}

/// What a `pom.xml` says that matters here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Maven {
    /// The file.
    #[serde(skip, default = "FileId::of_this_line")]
    pub file: FileId,
    /// `apigee.env` and ids of profiles.
    pub environments: Vec<Said>,
    /// Tokens that a replacer plugin puts values for.
    pub tokens: Vec<String>,
    /// The major version of the config plugin, where it says one.
    pub plugin: Option<u32>,
    /// That version as it is written.
    pub version: Option<Said>,
    /// `apigee.config.options`, where the file sets it: what the plugin does with things that are there already.
    pub options: Option<Said>,
}
