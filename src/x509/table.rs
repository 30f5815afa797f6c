//! Certificates of a snapshot: a table holds each once, and facts name it by its SHA-256. While a snapshot is written or
//! read, this room keeps that table.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    Certificate, Fingerprint, LockedKey, Name, ParseError, PublicKey, Request, RevocationList, WrittenName,
    known,
};

/// The certificates of a snapshot that is read.
pub type Table = HashMap<Fingerprint, Arc<Certificate>>;

/// A certificate as the table holds it: its bytes, and what people search by, which nobody reads back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    issuer: String,
    #[serde(default)]
    serial: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    not_before: String,
    #[serde(default)]
    not_after: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    spki_sha256: String,
    der: String,
}

impl Row {
    fn of(certificate: &Certificate) -> Self {
        Self {
            sha256: certificate.fingerprint.to_string(),
            subject: certificate.subject.text.clone(),
            issuer: certificate.issuer.text.clone(),
            serial: certificate.serial.clone(),
            names: certificate.names().collect(),
            not_before: certificate.not_before.rfc3339(),
            not_after: certificate.not_after.rfc3339(),
            key: size(&certificate.public_key),
            spki_sha256: Fingerprint::of(&certificate.public_key.spki).to_string(),
            der: BASE64.encode(&certificate.der),
        }
    }

    /// The certificate again, or what is wrong with the row.
    pub fn certificate(&self) -> Result<Arc<Certificate>, String> {
        let der =
            BASE64.decode(self.der.as_bytes()).map_err(|error| format!("`der` is no base64: {error}"))?;
        let certificate = known::certificate(&der).map_err(|error| error.to_string())?;
        if certificate.trailing > 0 || certificate.fingerprint.to_string() != self.sha256 {
            return Err("the certificate has another SHA-256 than its line says".to_owned());
        }
        Ok(certificate)
    }
}

fn size(key: &PublicKey) -> String {
    format!("{} {}", key.kind, key.bits)
}

thread_local! {
    static WRITTEN: RefCell<Option<BTreeMap<Fingerprint, Row>>> = const { RefCell::new(None) };
    static READ: RefCell<Option<Arc<Table>>> = const { RefCell::new(None) };
}

/// Ends with the work, also where that panics.
struct Scope;

impl Drop for Scope {
    fn drop(&mut self) {
        WRITTEN.take();
        READ.take();
    }
}

/// Does work that writes a snapshot, and gives the table of what was named meanwhile, by fingerprint.
pub fn writing<T>(work: impl FnOnce() -> T) -> (T, Vec<Row>) {
    WRITTEN.set(Some(BTreeMap::new()));
    let _scope = Scope;
    let done = work();
    (done, WRITTEN.take().unwrap_or_default().into_values().collect())
}

/// Does work that reads a snapshot with this table.
pub fn reading<T>(table: &Arc<Table>, work: impl FnOnce() -> T) -> T {
    READ.set(Some(Arc::clone(table)));
    let _scope = Scope;
    work()
}

/// A certificate by its fingerprint, and how many bytes followed it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Reference {
    Alone(String),
    Followed(String, usize),
}

impl Serialize for Certificate {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        WRITTEN.with_borrow_mut(|table| {
            if let Some(table) = table {
                table.entry(self.fingerprint).or_insert_with(|| Row::of(self));
            }
        });
        let fingerprint = self.fingerprint.to_string();
        match self.trailing {
            0 => Reference::Alone(fingerprint).serialize(to),
            trailing => Reference::Followed(fingerprint, trailing).serialize(to),
        }
    }
}

fn find(reference: Reference) -> Result<Arc<Certificate>, String> {
    let (fingerprint, trailing) = match reference {
        Reference::Alone(fingerprint) => (fingerprint, 0),
        Reference::Followed(fingerprint, trailing) => (fingerprint, trailing),
    };
    let bytes = HEXLOWER.decode(fingerprint.as_bytes()).ok().and_then(|it| <[u8; 32]>::try_from(it).ok());
    let bytes = bytes.ok_or_else(|| "a certificate is named by no SHA-256".to_owned())?;
    let found = READ.with_borrow(|table| table.as_ref()?.get(&Fingerprint(bytes)).cloned());
    let found = found.ok_or_else(|| format!("the snapshot has no certificate {fingerprint}"))?;
    if trailing == 0 {
        return Ok(found);
    }
    Certificate::followed(&found.der, trailing).map(Arc::new).map_err(|error| error.to_string())
}

/// Reads one that the table holds.
pub fn certificate<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Certificate>, D::Error> {
    find(Reference::deserialize(from)?).map_err(de::Error::custom)
}

/// Reads one that may be missing.
pub fn maybe<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Arc<Certificate>>, D::Error> {
    Option::<Reference>::deserialize(from)?.map(find).transpose().map_err(de::Error::custom)
}

/// Bytes as base64, and how many followed them.
#[derive(Serialize, Deserialize)]
struct Bytes {
    der: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    trailing: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks this way")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Bytes {
    fn of(der: &[u8], trailing: usize) -> Self {
        Self { der: BASE64.encode(der), trailing }
    }

    fn read<T, E: de::Error>(&self, parse: impl FnOnce(&[u8]) -> Result<T, ParseError>) -> Result<T, E> {
        let der =
            BASE64.decode(self.der.as_bytes()).map_err(|error| E::custom(format!("no base64: {error}")))?;
        parse(&der).map_err(E::custom)
    }
}

impl Serialize for Request {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Bytes::of(&self.der, self.trailing).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let bytes = Bytes::deserialize(from)?;
        Ok(Self { trailing: bytes.trailing, ..bytes.read(Self::parse)? })
    }
}

impl Serialize for RevocationList {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Bytes::of(&self.der, self.trailing).serialize(to)
    }
}

impl<'de> Deserialize<'de> for RevocationList {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let bytes = Bytes::deserialize(from)?;
        Ok(Self { trailing: bytes.trailing, ..bytes.read(Self::parse)? })
    }
}

/// A public key: its bytes, and what people search by.
#[derive(Serialize, Deserialize)]
struct PublicHalf {
    #[serde(default)]
    key: String,
    #[serde(default)]
    spki_sha256: String,
    der: String,
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let spki_sha256 = Fingerprint::of(&self.spki).to_string();
        PublicHalf { key: size(self), spki_sha256, der: BASE64.encode(&self.spki) }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Bytes { der: PublicHalf::deserialize(from)?.der, trailing: 0 }.read(Self::parse)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Bytes::of(&self.raw, 0).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Bytes::deserialize(from)?.read(Self::parse)
    }
}

impl Serialize for WrittenName {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(to)
    }
}

impl<'de> Deserialize<'de> for WrittenName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?)
            .ok_or_else(|| de::Error::custom("a name has a part without `=`"))
    }
}

/// How a key is locked; never the key.
#[derive(Serialize, Deserialize)]
struct Lock {
    scheme: String,
    iterations: Option<u64>,
    weak: bool,
}

impl Serialize for LockedKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Lock { scheme: self.scheme.clone(), iterations: self.iterations, weak: self.weak }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for LockedKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Lock { scheme, iterations, weak } = Lock::deserialize(from)?;
        Ok(Self::elsewhere(scheme, iterations, weak))
    }
}
