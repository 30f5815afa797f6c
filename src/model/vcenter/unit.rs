//! What one file says about vCenter, as it is written there.

use serde::{Deserialize, Serialize};

use crate::{
    source::Location,
    x509::{PublicKey, Time},
};

use super::super::said::Said;
use super::{Listed, LogReport};

/// Everything one file says about vCenter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unit {
    /// Stores of VECS with their entries.
    pub stores: Vec<VecsStore>,
    /// `vecs-cli store list`.
    pub store_list: Option<StoreList>,
    /// `dir-cli trustedcert list`.
    pub authorities: Option<CaList>,
    /// Signing chains of the token service, from LDIF or a report.
    pub sts: Vec<StsEntry>,
    /// Certificates of service principals in the directory.
    pub principals: Vec<Principal>,
    /// What `checksts.py` told about certificates it names by thumbprint.
    pub checks: Vec<StsCheck>,
    /// Status words of vCert.
    pub statuses: Vec<Status>,
    /// Runs of `fixsts.sh`.
    pub fixes: Vec<FixSts>,
    /// `certool.cfg`.
    pub certool: Option<Certool>,
    /// What a log proves.
    pub log: Option<LogReport>,
    /// What the file says the machine is called.
    pub names: Vec<(super::Origin, Said)>,
    /// The first line of a script that ends in a carriage return.
    pub scripts: Vec<Script>,
}

impl Unit {
    /// Nothing was said about vCenter.
    pub fn is_empty(&self) -> bool {
        self.stores.is_empty()
            && self.store_list.is_none()
            && self.authorities.is_none()
            && self.sts.is_empty()
            && self.principals.is_empty()
            && self.checks.is_empty()
            && self.statuses.is_empty()
            && self.fixes.is_empty()
            && self.certool.is_none()
            && self.log.is_none()
            && self.names.is_empty()
            && self.scripts.is_empty()
    }

    /// It tells about a machine, not only about a script.
    pub fn is_evidence(&self) -> bool {
        self.scripts.is_empty() && !self.is_empty()
    }

    /// Every certificate of the file.
    pub fn listed(&self) -> impl Iterator<Item = &Listed> {
        let stores = self.stores.iter().flat_map(|it| &it.entries).flat_map(|it| &it.certificates);
        let sts = self.sts.iter().flat_map(|it| &it.certificates);
        stores.chain(sts).chain(self.principals.iter().flat_map(|it| &it.certificates))
    }
}

/// How a store was listed, which says what is known about it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Form {
    /// The one-liner of the knowledge base: aliases and dates.
    OneLiner,
    /// `vecs-cli entry list --text`: the first certificate of each entry, printed.
    Text,
    /// `vecs-cli entry list`: every certificate of each entry, whole.
    Listing,
    /// A report of vCert.
    Report,
}

/// What a store is for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StoreKind {
    /// `MACHINE_SSL_CERT`: what clients of the machine see.
    MachineSsl,
    /// `machine`, `vpxd`, …: what services prove themselves with to the token service.
    SolutionUser,
    /// `TRUSTED_ROOTS`.
    TrustedRoots,
    /// `TRUSTED_ROOT_CRLS`.
    Crls,
    /// `SMS`: storage monitoring, certificates of its own kind.
    Sms,
    /// `data-encipherment`: guest customisation.
    DataEncipherment,
    /// `STS_INTERNAL_SSL_CERT`: the Lookup Service of vSphere 5 and 6.0.
    StsInternal,
    /// `BACKUP_STORE`: what certificate replacement left behind.
    Backup,
    /// `KMS_ENCRYPTION`.
    Kms,
    /// Any other, such as one that holds a password.
    Other,
}

impl StoreKind {
    /// Of a name.
    pub fn of(name: &str) -> Self {
        match name {
            "MACHINE_SSL_CERT" => Self::MachineSsl,
            "machine" | "vsphere-webclient" | "vpxd" | "vpxd-extension" | "hvc" | "wcp" => Self::SolutionUser,
            "TRUSTED_ROOTS" => Self::TrustedRoots,
            "TRUSTED_ROOT_CRLS" => Self::Crls,
            "SMS" => Self::Sms,
            "data-encipherment" => Self::DataEncipherment,
            "STS_INTERNAL_SSL_CERT" => Self::StsInternal,
            "KMS_ENCRYPTION" => Self::Kms,
            _ if name.starts_with("BACKUP_STORE") => Self::Backup,
            _ => Self::Other,
        }
    }

    /// A restart of the services fails while it has expired.
    pub fn stops_restart(self) -> bool {
        matches!(self, Self::MachineSsl | Self::SolutionUser | Self::StsInternal)
    }
}

/// A store of VECS.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VecsStore {
    /// Its name.
    pub name: String,
    /// The line that names it, or the first line of the listing.
    pub at: Location,
    /// How it was listed.
    pub form: Form,
    /// `Number of entries in store`.
    pub count: Option<(u32, Location)>,
    /// In their order.
    pub entries: Vec<VecsEntry>,
    /// Revocation lists, in a report.
    pub revocation_lists: u32,
}

impl VecsStore {
    /// What it is for.
    pub fn kind(&self) -> StoreKind {
        StoreKind::of(&self.name)
    }

    /// Every entry that it says it has is there with a certificate.
    pub fn is_complete(&self) -> bool {
        let read = self.entries.iter().filter(|it| !it.certificates.is_empty()).count();
        match self.count {
            Some((count, _)) => count as usize == self.entries.len() && read == self.entries.len(),
            None => !self.entries.is_empty() && read == self.entries.len(),
        }
    }
}

/// An entry of a store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VecsEntry {
    /// Its alias.
    pub alias: Said,
    /// `Private Key`, `Trusted Cert`, … as printed.
    pub kind: Option<Said>,
    /// The certificates it shows, the leaf first. None for secret keys and revocation lists.
    pub certificates: Vec<Listed>,
}

/// `vecs-cli store list`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreList {
    /// In their order.
    pub names: Vec<Said>,
}

/// `dir-cli trustedcert list`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaList {
    /// `Number of certificates`.
    pub count: Option<u32>,
    /// The first line.
    pub at: Location,
    /// In their order.
    pub entries: Vec<ListedCa>,
}

impl CaList {
    /// Every authority that it says it has is there.
    pub fn is_complete(&self) -> bool {
        self.count.is_some_and(|count| count as usize == self.entries.len())
    }
}

/// An authority of `dir-cli trustedcert list`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListedCa {
    /// `CN(id)`: the subject key id, lower-case hexadecimal.
    pub id: Said,
    /// Its subject as printed.
    pub subject: Option<Said>,
    /// `CRL present`, with its place.
    pub revocation: Option<(bool, Location)>,
}

/// Which of the two kinds of entries holds a chain.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChainKind {
    /// `TenantCredential-N`: what tokens are signed with.
    Tenant,
    /// `TrustedCertChain-N`: what tokens are checked by.
    Trusted,
}

impl ChainKind {
    /// As the entries are called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tenant => "TenantCredential",
            Self::Trusted => "TrustedCertChain",
        }
    }
}

/// A signing chain of the token service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StsEntry {
    /// Which kind.
    pub kind: ChainKind,
    /// The number in its name; reports count by themselves, so theirs is no number of the directory.
    pub number: Option<u32>,
    /// The name of the entry.
    pub at: Location,
    /// The SSO domain, from the name.
    pub domain: Option<String>,
    /// In their order; the leaf should be the first.
    pub certificates: Vec<Listed>,
    /// Values that were not there to read: references, broken base64.
    pub unread: u32,
    /// Files that values lead to, with the place of the reference.
    pub references: Vec<Said>,
    /// Where a private key stands, and its public half where that could be read.
    pub key: Option<(Location, Option<PublicKey>)>,
    /// The line that names a file with the private key, and its public half where that could be read.
    pub key_by_reference: Option<(Location, Option<PublicKey>)>,
    /// It comes from a report, which says which certificate is the leaf.
    pub from_report: bool,
}

impl StsEntry {
    /// `TenantCredential-1`.
    pub fn title(&self) -> String {
        match self.number {
            Some(number) => format!("{}-{number}", self.kind.word()),
            None => self.kind.word().to_owned(),
        }
    }
}

/// A service principal of the directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Principal {
    /// Its name: `vpxd-0a1b…`.
    pub name: Said,
    /// `userCertificate`.
    pub certificates: Vec<Listed>,
}

impl Principal {
    /// The store of VECS that holds the same: the name without the id of the machine.
    pub fn store(&self) -> &str {
        let name = self.name.trimmed();
        let cut = name.len().checked_sub(37).filter(|cut| name.is_char_boundary(*cut));
        match cut.map(|cut| name.split_at(cut)) {
            Some((store, id)) if id.starts_with('-') && id.matches('-').count() == 5 => store,
            _ => name,
        }
    }
}

/// A line of `checksts.py`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StsCheck {
    /// The line.
    pub at: Location,
    /// SHA-1 of the certificate, lower-case hexadecimal.
    pub thumbprint: String,
    /// Stands below `LEAF CERTS`.
    pub is_leaf: bool,
    /// Stands below `EXPIRED CERTS`.
    pub expired: bool,
    /// The day on which it ended, where that is printed.
    pub ended: Option<Time>,
    /// Days that were left when the script ran.
    pub days: Option<i64>,
}

/// A line of vCert: what was looked at, and the word about it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// The task as printed, trimmed.
    pub task: String,
    /// `VALID`, `EXPIRED`, `NO PNID`, …
    pub word: Said,
    /// The heading it stands below.
    pub heading: String,
}

/// A run of `fixsts.sh`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FixSts {
    /// `Resetting STS certificate for …`, with its host.
    pub host: Option<Said>,
    /// `Detected PNID`.
    pub pnid: Option<Said>,
    /// The host in `Detected DN`.
    pub dn_host: Option<Said>,
    /// `Detected SSO domain name`.
    pub domain: Option<Said>,
    /// `Detected Root's certificate expiration date`, as printed, and the day.
    pub root_ends: Option<(Said, Time)>,
    /// `Detected today's date`, as printed, and the day.
    pub today: Option<(Said, Time)>,
    /// The script says that it replaces the root.
    pub replaces_root: Option<Location>,
    /// `Amount of tenant credentials`.
    pub credentials: Option<(u32, Location)>,
    /// Chains were being deleted.
    pub deleting: Option<Location>,
    /// New entries were being added.
    pub adding: Option<Location>,
    /// `Replacement finished`.
    pub finished: Option<Location>,
    /// The last line that was read.
    pub last: Option<Location>,
    /// `Status : Failed` of certool, or an error.
    pub failed: Option<Location>,
    /// The shell refused the script because of a carriage return.
    pub bad_interpreter: Option<Location>,
}

/// The keys that certool knows, by their case.
pub const CERTOOL_KEYS: &[&str] = &[
    "Country",
    "Name",
    "DomainComponent",
    "Organization",
    "OrgUnit",
    "State",
    "Locality",
    "IPAddress",
    "Email",
    "Hostname",
];

/// `certool.cfg`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Certool {
    /// Keys and values in their order.
    pub settings: Vec<Setting>,
    /// What certool refuses about the text.
    pub faults: Vec<CertoolFault>,
}

impl Certool {
    /// The value of a key.
    pub fn value(&self, key: &str) -> Option<&Said> {
        self.settings.iter().find(|it| it.key.text == key).map(|it| &it.value)
    }

    /// The parts of a value that certool splits at commas.
    pub fn parts(&self, key: &str) -> Vec<&str> {
        let value = self.value(key).map_or("", Said::trimmed);
        value.split(',').map(str::trim).filter(|it| !it.is_empty()).collect()
    }
}

/// A line `Key = value`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setting {
    /// The key.
    pub key: Said,
    /// The value.
    pub value: Said,
}

/// What certool refuses about the text of its configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum CertoolFault {
    /// A line without `=`.
    NoEquals(Location),
    /// A key that it does not know.
    UnknownKey(Said),
    /// A key that stood before: again, first.
    Duplicate(Said, Location),
    /// UTF-16.
    Utf16(Location),
}

impl Script {
    /// What Linux answers to whoever starts it: the return belongs to the last word of the line.
    pub fn answer(&self) -> String {
        match self.interpreter.split_once(' ') {
            Some((program, argument)) => {
                let name = program.rsplit('/').next().unwrap_or(program);
                format!("{name}: '{}\\r': No such file or directory", argument.trim())
            }
            None => format!("{}^M: bad interpreter: No such file or directory", self.interpreter),
        }
    }
}

/// A script whose first line ends in a carriage return.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Script {
    /// The first line, its end left out.
    pub at: Location,
    /// The interpreter as written, with its argument.
    pub interpreter: String,
    /// It names tools or folders of vCenter.
    pub is_about_vcenter: bool,
}
