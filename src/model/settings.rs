//! What is said to a run beside the tree: today, options, path maps, passwords.

use crate::x509::Time;

use super::{apigee::Platform, openmanage::Profile};

/// What is said to a run beside the tree.
#[derive(Clone, Debug)]
pub struct Settings {
    /// "Today".
    pub as_of: Time,
    /// How absolute paths of a server map into the tree: server prefix, shown tree path. Longest prefix first.
    pub paths: Vec<(String, String)>,
    /// Options of rules: rule id, option, value.
    pub options: Vec<(String, String, i64)>,
    /// nginx version that is aimed at.
    pub nginx_version: Option<Version>,
    /// What the tree cannot say about Apigee.
    pub apigee: ApigeeSettings,
    /// What the tree cannot say about IIS.
    pub iis: IisSettings,
    /// What the tree cannot say about appliances of OpenManage Enterprise.
    pub openmanage: Vec<Profile>,
    /// Names of machines of vCenter.
    pub vcenters: Vec<VcenterSetting>,
    /// What the tree cannot say about Cisco Meeting Server.
    pub cms: Vec<CmsSetting>,
    /// Globs of shown paths and the password that opens what they match.
    pub passwords: Vec<(String, Secret)>,
}

impl Settings {
    /// Nothing said but the day.
    pub fn at(as_of: Time) -> Self {
        Self {
            as_of,
            paths: Vec::new(),
            options: Vec::new(),
            nginx_version: None,
            apigee: ApigeeSettings::default(),
            iis: IisSettings::default(),
            openmanage: Vec::new(),
            vcenters: Vec::new(),
            cms: Vec::new(),
            passwords: Vec::new(),
        }
    }

    /// The value of an option of a rule, or what its card says.
    pub fn option(&self, rule: &str, name: &str, default: i64) -> i64 {
        let set = self.options.iter().find(|(r, n, _)| r == rule && n == name);
        set.map_or(default, |(_, _, value)| *value)
    }
}

/// What a tree cannot say about Apigee by itself.
#[derive(Clone, Debug, Default)]
pub struct ApigeeSettings {
    /// The organisation of files whose path names none.
    pub organisation: Option<String>,
    /// Which Apigee it is.
    pub platform: Option<Platform>,
    /// Its version, where that matters: that of Edge for Private Cloud.
    pub version: Option<Version>,
}

/// What a tree cannot say about IIS by itself.
#[derive(Clone, Debug, Default)]
pub struct IisSettings {
    /// Farms: machines that share a configuration.
    pub farms: Vec<FarmSetting>,
    /// Folders of the Central Certificate Store, as shown paths of the tree.
    pub shares: Vec<String>,
}

/// A farm as somebody says it.
#[derive(Clone, Debug)]
pub struct FarmSetting {
    /// What it is called.
    pub name: String,
    /// Names of machines, or globs of them.
    pub nodes: Vec<String>,
    /// The shared configuration, or its folder, as a path of the tree.
    pub shared: Option<String>,
}

/// The name of a machine of vCenter, as somebody says it.
#[derive(Clone, Debug)]
pub struct VcenterSetting {
    /// Its primary network identifier.
    pub pnid: String,
    /// The folder with its files, as a path of the tree.
    pub folder: Option<String>,
}

/// What somebody says about servers of Cisco Meeting Server.
#[derive(Clone, Debug, Default)]
pub struct CmsSetting {
    /// Their version.
    pub version: Option<Version>,
    /// Their files: a folder, a file or a glob, as a shown path of the tree.
    pub path: Option<String>,
    /// What the server of these files is called.
    pub node: Option<String>,
}

/// A version of three numbers, as nginx has.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16, pub u16, pub u16);

impl Version {
    /// From `1.27.3`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(str::parse);
        let version = Self(parts.next()?.ok()?, parts.next()?.ok()?, parts.next().unwrap_or(Ok(0)).ok()?);
        parts.next().is_none().then_some(version)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A password: never shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(Kept);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Kept {
    Bytes(Vec<u8>),
    /// It stayed where a snapshot was made: a number that is equal for equal ones of that snapshot.
    Sealed(u64),
}

impl Secret {
    /// A password by its bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Kept::Bytes(bytes))
    }

    /// One that nobody here knows.
    pub(super) fn sealed(number: u64) -> Self {
        Self(Kept::Sealed(number))
    }

    /// Its bytes, where they are known here.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match &self.0 {
            Kept::Bytes(bytes) => Some(bytes),
            Kept::Sealed(_) => None,
        }
    }

    /// No password at all.
    pub fn is_empty(&self) -> bool {
        self.bytes().is_some_and(<[u8]>::is_empty)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
