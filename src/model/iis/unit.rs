//! What one file says about IIS, http.sys and the Central Certificate Store, as it is written there.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{
    source::Location,
    x509::{Time, WrittenName},
};

use super::super::{
    said::Said,
    seal,
    term::{self, Term},
};

/// Everything one file says about IIS.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unit {
    /// `applicationHost.config`, whole or a fragment, and what `appcmd` prints of it.
    pub configurations: Vec<Configuration>,
    /// `redirection.config`.
    pub redirections: Vec<Redirection>,
    /// `administration.config`.
    pub administrations: Vec<Administration>,
    /// What a node told about its http.sys records.
    pub dumps: Vec<Dump>,
    /// Settings of the Central Certificate Store on a node.
    pub central_stores: Vec<CentralStore>,
    /// `netsh http show iplisten`, `ListenOnlyList`.
    pub listen_lists: Vec<ListenList>,
    /// `netsh http show urlacl`.
    pub reservations: Vec<Reservation>,
    /// `certutil -store`, `dir cert:\LocalMachine\My`.
    pub listings: Vec<StoreListing>,
    /// A listing of the folder of the Central Certificate Store (`dir`), where the folder itself is not there.
    pub share_listings: Vec<ShareListing>,
    /// Commands and resources that change bindings or records.
    pub commands: Vec<Command>,
}

impl Unit {
    /// Nothing was said about IIS.
    pub fn is_empty(&self) -> bool {
        self.configurations.is_empty()
            && self.redirections.is_empty()
            && self.administrations.is_empty()
            && self.dumps.is_empty()
            && self.central_stores.is_empty()
            && self.listen_lists.is_empty()
            && self.reservations.is_empty()
            && self.listings.is_empty()
            && self.share_listings.is_empty()
            && self.commands.is_empty()
    }
}

/// What a list of bindings was read from.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConfigurationKind {
    /// `applicationHost.config` of a server, whole.
    ApplicationHost,
    /// A part of one (a `<site>` or `<sites>` without the rest): other parts are unknown.
    Fragment,
    /// Of IIS Express, which a developer's machine runs.
    Express,
    /// Printed by `appcmd` or PowerShell: names and bindings, flags only where they are printed.
    Printed,
    /// A `web.config`: access settings, no sites.
    Web,
}

/// `applicationHost.config` and what stands for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Configuration {
    /// What it was read from.
    pub kind: ConfigurationKind,
    /// The file as such, or the first line.
    pub at: Location,
    /// Sites in their order.
    pub sites: Vec<Site>,
    /// `access`, client certificate mappings and `hsts` below `location` elements or sites.
    pub access: Vec<Access>,
    /// Key providers in `configProtectedData`: name and key container or session key, to tell machines apart.
    pub providers: Vec<(Said, ProviderKey)>,
    /// Values `[enc:…]` are there: the first of them.
    pub encrypted: Option<Location>,
    /// Client certificate mappings.
    pub mappings: Vec<Mapping>,
    /// `customMetadata` of sites: leftovers of IIS 6.
    pub metadata: Vec<Metadata>,
    /// Upper-case or otherwise misspelt elements that IIS does not take: written, meant.
    #[serde(deserialize_with = "term::beside")]
    pub misspelt: Vec<(Said, Term)>,
}

/// A site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Site {
    /// The start tag, or the line.
    pub at: Location,
    /// Its name.
    pub name: Option<Said>,
    /// Its number.
    pub id: Option<Said>,
    /// `serverAutoStart="false"`, or `state:Stopped`.
    pub stopped: Option<Location>,
    /// Its bindings in their order.
    pub bindings: Vec<Binding>,
    /// `ftpServer/security/ssl`.
    pub ftp: Option<FtpTls>,
    /// Stands in `siteDefaults`, not among the sites.
    pub is_default: bool,
}

/// A binding.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Binding {
    /// `bindingInformation` as written, or what stands for it.
    pub at: Location,
    /// `http`, `https`, `ftp`, … as written.
    pub protocol: Said,
    /// The address; `*`, empty and `0.0.0.0` are [`Address::Any`].
    pub address: Address,
    /// As written; `None` where it is no number of a port.
    pub port: Option<u16>,
    /// Lower case; empty where none is named.
    pub host: String,
    /// As written.
    pub written: String,
    /// A placeholder stands in it: nothing is known.
    pub opaque: bool,
    /// The value of `sslFlags`, `None` where it is not there (then it is 0) or no number.
    pub flags: Option<u32>,
    /// The place of `sslFlags`, or of its name in a table.
    pub flags_at: Option<Location>,
    /// `sslFlags` as written, where it is no number.
    pub odd_flags: Option<Said>,
    /// What was read here says nothing about flags (a list of `appcmd`).
    pub flags_unknown: bool,
    /// `certificateHash`.
    pub hash: Option<Said>,
    /// `certificateStoreName`.
    pub store: Option<Said>,
}

impl Binding {
    /// HTTPS in any case.
    pub fn is_https(&self) -> bool {
        self.protocol.text == "https" || self.protocol.trimmed().eq_ignore_ascii_case("https")
    }

    /// The bits of `sslFlags`.
    pub fn bits(&self) -> u32 {
        self.flags.unwrap_or_default()
    }

    /// Bit 1: the record is found by the name in the handshake.
    pub fn is_sni(&self) -> bool {
        self.bits() & 1 != 0
    }

    /// Bit 2: the certificate comes from the Central Certificate Store.
    pub fn is_central(&self) -> bool {
        self.bits() & 2 != 0
    }
}

/// The address of a binding or record.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Address {
    /// `*`, empty, `0.0.0.0`.
    Any,
    /// `[::]`.
    AnyV6,
    /// One address.
    One(IpAddr),
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => f.write_str("0.0.0.0"),
            Self::AnyV6 => f.write_str("[::]"),
            Self::One(IpAddr::V4(it)) => write!(f, "{it}"),
            Self::One(IpAddr::V6(it)) => write!(f, "[{it}]"),
        }
    }
}

/// `ftpServer/security/ssl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FtpTls {
    /// The element.
    pub at: Location,
    /// `serverCertHash`.
    pub hash: Option<Said>,
    /// `serverCertStoreName`.
    pub store: Option<Said>,
    /// `controlChannelPolicy`.
    pub control: Option<Said>,
    /// `dataChannelPolicy`.
    pub data: Option<Said>,
}

/// `system.webServer/security/access`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Access {
    /// The element.
    pub at: Location,
    /// `path` of the `location` it stands in, or of the `web.config`; empty for all sites.
    pub path: Option<Said>,
    /// `sslFlags` as written.
    pub flags: Option<Said>,
    /// The words of it, or the bits as words: `Ssl`, `SslNegotiateCert`, `SslRequireCert`, `SslMapCert`, `Ssl128`, `None`.
    pub words: Vec<String>,
}

/// Client certificates mapped to accounts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mapping {
    /// The element.
    pub at: Location,
    /// `path` of the `location` it stands in; empty for all sites.
    pub path: Option<Said>,
    /// `iisClientCertificateMappingAuthentication` (else that of Active Directory).
    pub is_iis: bool,
    /// `enabled`.
    pub enabled: Option<Said>,
    /// `oneToOneMappings/add@certificate`.
    pub certificates: Vec<Said>,
    /// Places of passwords that are not encrypted.
    pub plain_passwords: Vec<Location>,
}

/// A property 5506 of `customMetadata`: the thumbprint that IIS 6 tools left for a site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Metadata {
    /// The element.
    pub at: Location,
    /// The number of the site in `LM/W3SVC/1`.
    pub site: Option<String>,
    /// Lower-case hexadecimal thumbprint.
    pub hash: Option<String>,
}

/// `redirection.config`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Redirection {
    /// The element `configurationRedirection`.
    pub at: Location,
    /// `enabled`, `None` where it is not there (then it is off).
    pub enabled: Option<Said>,
    /// `path`.
    pub path: Option<Said>,
    /// `userName`.
    pub user: Option<Said>,
    /// The password is there and not encrypted.
    pub plain_password: Option<Location>,
    /// `enableUncPolling`.
    pub polling: Option<Said>,
    /// Elements that are written in capitals, which IIS does not take.
    #[serde(deserialize_with = "term::beside")]
    pub misspelt: Vec<(Said, Term)>,
}

/// `administration.config`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Administration {
    /// The first module that tells the version.
    pub at: Location,
    /// `7.9.0.0`, `8.5.0.0`, `10.0.0.0`.
    pub version: Said,
}

/// What a dump of http.sys records was read from.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DumpKind {
    /// Text of `netsh http show sslcert`.
    Netsh,
    /// Its JSON.
    NetshJson,
    /// A registry export: no language, no layout.
    Registry,
    /// `dir IIS:\SslBindings`: addresses and stores, no thumbprints.
    Provider,
    /// `httpcfg query ssl` of Server 2003.
    Httpcfg,
}

/// The http.sys records of one node, as it told them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dump {
    /// What it was read from.
    pub kind: DumpKind,
    /// The header, or the first record: where a missing record would stand.
    pub at: Location,
    /// Records in their order.
    pub records: Vec<Record>,
    /// Asked for one record only, cut off, or a paste without a header: what is not there may be on the machine.
    pub partial: bool,
    /// Build of Windows by the lines a record has.
    pub generation: Option<Generation>,
}

/// Builds of Windows that print different lines.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Generation {
    /// Server 2008 and 2008 R2.
    Ws2008,
    /// Server 2012 and 2012 R2.
    Ws2012,
    /// Server 2016, Windows 10.
    Ws2016,
    /// Server 2019, Windows 10 1809.
    Ws2019,
    /// Server 2022, Windows 11.
    Ws2022,
    /// Server 2025, Windows 11 24H2.
    Ws2025,
}

/// What a record is found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Key {
    /// `IP:port`.
    Endpoint(Address, u16),
    /// `Hostname:port`, lower case; may be `*.example.com`.
    Name(String, u16),
    /// `Central Certificate Store`.
    Central(u16),
    /// Central Certificate Store for one name (`scopedccs`).
    ScopedCentral(String, u16),
}

impl Key {
    /// The port.
    pub fn port(&self) -> u16 {
        match self {
            Self::Endpoint(_, port)
            | Self::Name(_, port)
            | Self::Central(port)
            | Self::ScopedCentral(_, port) => *port,
        }
    }

    /// The argument of `netsh http … sslcert` that names it.
    pub fn argument(&self) -> String {
        match self {
            Self::Endpoint(address, port) => format!("ipport={address}:{port}"),
            Self::Name(host, port) => format!("hostnameport={host}:{port}"),
            Self::Central(port) => format!("ccs={port}"),
            Self::ScopedCentral(host, port) => format!("scopedccs={host}:{port}"),
        }
    }
}

/// A thumbprint as a record or listing has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Thumbprint {
    /// Lower-case hexadecimal, 40 digits (SHA-1) or 64.
    Known(String),
    /// `(null)` or nothing.
    Null,
    /// Masked, cut or unreadable.
    Unknown,
}

impl Thumbprint {
    /// The digits, where they are known.
    pub fn known(&self) -> Option<&str> {
        if let Self::Known(digits) = self { Some(digits) } else { None }
    }
}

/// An http.sys record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Its first line, the value.
    pub at: Location,
    /// What it is found by.
    pub key: Key,
    /// The certificate.
    pub hash: Thumbprint,
    /// The line of the certificate.
    pub hash_at: Location,
    /// The program that made it, lower case with braces; `None` where it is masked or missing.
    pub app_id: Option<Said>,
    /// The certificate store as printed; `None` for `(null)`.
    pub store: Option<Said>,
    /// The store line says `(null)`.
    pub store_is_null: Option<Location>,
    /// What is on or off, by the English label in lower case: `negotiate client certificate`, `disable http2`, … `None`
    /// stands for a word nobody knows.
    pub options: Vec<(RecordOption, Option<bool>, Location)>,
    /// `Ctl Store Name`.
    pub ctl_store: Option<Said>,
    /// `Revocation Freshness Time` in seconds and `URL Retrieval Timeout` in milliseconds.
    pub times: (Option<u64>, Option<u64>),
}

impl Record {
    /// The state of an option, where the dump prints it.
    pub fn option(&self, option: RecordOption) -> Option<bool> {
        self.options.iter().find(|(it, ..)| *it == option).and_then(|(_, on, _)| *on)
    }
}

/// Options of a record, by the labels of netsh.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RecordOption {
    /// Verify Client Certificate Revocation.
    VerifyRevocation,
    /// Verify Revocation Using Cached Client Certificate Only.
    CachedOnly,
    /// Usage Check.
    UsageCheck,
    /// DS Mapper Usage.
    DsMapper,
    /// Negotiate Client Certificate.
    NegotiateClientCertificate,
    /// Reject Connections.
    Reject,
    /// Disable HTTP2.
    DisableHttp2,
    /// Disable QUIC.
    DisableQuic,
    /// Disable TLS1.2.
    DisableTls12,
    /// Disable TLS1.3.
    DisableTls13,
    /// Disable OCSP Stapling.
    DisableOcspStapling,
    /// Disable Legacy TLS Versions.
    DisableLegacyTls,
    /// Any other, which no rule looks at.
    Other,
}

/// What tells the key of a provider from another one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProviderKey {
    /// The name of its container; of a session key, which is never kept, a digest.
    pub name: String,
    /// Where.
    pub at: Location,
}

/// `CentralCertProvider` of the registry, or what a cmdlet prints of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CentralStore {
    /// The key, or the first line.
    pub at: Location,
    /// `Enabled`: the value and its place.
    pub enabled: Option<(bool, Location)>,
    /// `CertStoreLocation`, escapes of `.reg` resolved.
    pub location: Option<Said>,
    /// `UserName`.
    pub user: Option<Said>,
    /// Whether `Password` is there, with its place; what it is was masked.
    pub password: Option<Location>,
    /// Something that is equal for equal passwords and says nothing else about them.
    #[serde(default, with = "seal::digest")]
    pub password_digest: Option<String>,
    /// Whether `PrivateKeyPassword` is there and not empty, with its place.
    pub key_password: Option<(bool, Location)>,
    /// `PollingInterval` in seconds.
    pub polling: Option<(u64, Location)>,
    /// A whole export, so that what is missing is not set.
    pub complete: bool,
}

/// The addresses http.sys listens on; empty for all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListenList {
    /// The header or key.
    pub at: Location,
    /// Addresses.
    pub addresses: Vec<(IpAddr, Location)>,
}

/// A reserved URL.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reservation {
    /// The URL.
    pub url: Said,
    /// The account.
    pub user: Option<Said>,
}

/// A listing of a certificate store of a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreListing {
    /// The header or first entry.
    pub at: Location,
    /// `My`, `WebHosting`, `Root`, `CA`, as printed.
    pub store: Option<String>,
    /// Certificates in their order.
    pub entries: Vec<StoreEntry>,
    /// Cut off, or an excerpt.
    pub partial: bool,
}

/// A certificate as a store listing has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreEntry {
    /// The line of the thumbprint.
    pub at: Location,
    /// The thumbprint.
    pub hash: Thumbprint,
    /// Subject.
    pub subject: Option<WrittenName>,
    /// Issuer.
    pub issuer: Option<WrittenName>,
    /// Serial number without leading zeros.
    pub serial: Option<Vec<u8>>,
    /// From when; `None` where the form of the date is ambiguous.
    pub not_before: Option<Time>,
    /// Until when; `None` where the form of the date is ambiguous.
    pub not_after: Option<Time>,
    /// The line of the end.
    pub not_after_at: Option<Location>,
    /// `Some(false)`: the listing says that there is no private key (missing keyset, no key provider).
    pub has_key: Option<bool>,
}

/// Names of the files in the folder of the Central Certificate Store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShareListing {
    /// The header or first file.
    pub at: Location,
    /// The folder, as printed.
    pub folder: Option<Said>,
    /// File names.
    pub files: Vec<Said>,
    /// Cut off, or asked for some files only: what is not there may be in the folder.
    pub partial: bool,
}

/// What a command does.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CommandKind {
    /// `netsh http add sslcert`.
    NetshAdd,
    /// `netsh http update sslcert`.
    NetshUpdate,
    /// `netsh http delete sslcert`.
    NetshDelete,
    /// `New-WebBinding`.
    NewWebBinding,
    /// `New-IISSiteBinding`.
    NewIisSiteBinding,
    /// `New-Item IIS:\SslBindings\…`, `AddSslCertificate`.
    SslBindingItem,
    /// `appcmd set site … sslFlags`.
    Appcmd,
    /// A DSC resource.
    Dsc,
    /// A task of Ansible.
    Ansible,
}

/// A command or resource that changes bindings or records.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Command {
    /// What it does.
    pub kind: CommandKind,
    /// The command.
    pub at: Location,
    /// The file is PowerShell, where braces need quotes.
    pub powershell: bool,
    /// Arguments by lower-case name (`ipport`, `hostnameport`, `ccs`, `certhash`, `appid`, `certstorename`, `sslflags`,
    /// `hostheader`, `port`, `protocol`, …), as written, quotes removed. Cmdlets, DSC and Ansible have other words for
    /// some of these; they come under the names of this list too, and the rest under their own (`name`, `ipaddress`,
    /// `bindinginformation`, `path`, `value`, `state`, `use_sni`, `use_ccs`). `splat` says that more is passed than stands
    /// here. The item `IIS:\SslBindings\0.0.0.0!443!host` comes as `path` and taken apart as well.
    pub arguments: Vec<(String, Said)>,
    /// `appid={…}` stands without quotes.
    pub bare_braces: Option<Location>,
}

impl Command {
    /// An argument by its lower-case name.
    pub fn argument(&self, name: &str) -> Option<&Said> {
        self.arguments.iter().find(|(it, _)| it == name).map(|(_, said)| said)
    }
}
