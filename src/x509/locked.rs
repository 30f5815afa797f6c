//! Encrypted private keys: how they are locked, told without any password, and opened with one.

use std::fmt;

use super::ParseError;
use super::ber::{self, Element, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE};
use super::key::PublicKey;
use super::private::{self, KeyMaterial};
use super::unlock::{self, Cipher};

/// More rounds of a key derivation than anyone configures; a file that asks for more only wants our time.
const MAX_ITERATIONS: u64 = 1_000_000;
/// Memory that one scrypt may take.
const MAX_SCRYPT_BYTES: u64 = 64 << 20;
/// Times that one scrypt may go over that memory.
const MAX_SCRYPT_PASSES: u64 = 16;

/// An encrypted private key. `Debug` shows how it is locked and nothing of the content.
#[derive(Clone, PartialEq, Eq)]
pub struct LockedKey {
    /// What it is locked with: `PBES2/PBKDF2/AES-256-CBC`, `PBE-SHA1-3DES`, `DEK-Info AES-256-CBC`.
    pub scheme: String,
    /// Rounds of the key derivation (N for scrypt); `None` where there is no derivation worth the name.
    pub iterations: Option<u64>,
    /// Locked by something long out of date: `DEK-Info` (one round of MD5), PKCS#5 v1 and PKCS#12 schemes, or
    /// DES, 3DES and RC2 of PBES2.
    pub weak: bool,
    method: Method,
    content: Box<[u8]>,
}

#[derive(Clone, PartialEq, Eq)]
enum Method {
    /// `content` is the whole `EncryptedPrivateKeyInfo`.
    Pbes2,
    /// `content` is the cipher text, as in all that follow.
    DekInfo {
        cipher: Cipher,
        iv: Box<[u8]>,
    },
    Pkcs12TripleDes {
        salt: Box<[u8]>,
    },
    Pkcs5Des {
        sha1: bool,
        salt: Box<[u8]>,
    },
    TooExpensive,
    Unknown,
}

/// Why a key did not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnlockError {
    /// The password is not that of this key.
    #[error("wrong password")]
    WrongPassword,
    /// The scheme is not known here: its name.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// The key derivation asks for more than 1,000,000 rounds or 64 MiB.
    #[error("the key derivation asks for too much work")]
    TooExpensive,
}

impl fmt::Debug for LockedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockedKey")
            .field("scheme", &self.scheme)
            .field("iterations", &self.iterations)
            .field("weak", &self.weak)
            .finish_non_exhaustive()
    }
}

impl LockedKey {
    /// Opens the key with a password (bytes as they stand in a configuration, without a line end) and gives its
    /// public half. The secret is dropped before this returns.
    pub fn unlock(&self, password: &[u8]) -> Result<PublicKey, UnlockError> {
        let rounds = self.iterations.unwrap_or(1);
        let secret = match &self.method {
            Method::Unknown => return Err(UnlockError::Unsupported(self.scheme.clone())),
            Method::TooExpensive => return Err(UnlockError::TooExpensive),
            Method::Pbes2 => {
                let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(&*self.content)
                    .map_err(|_| UnlockError::Unsupported(self.scheme.clone()))?;
                let secret = info.decrypt(password).map_err(|_| UnlockError::WrongPassword)?;
                return public_half(secret.as_bytes());
            }
            Method::DekInfo { cipher, iv } => unlock::dek_info(*cipher, iv, password, &self.content),
            Method::Pkcs12TripleDes { salt } => {
                unlock::pkcs12_triple_des(salt, rounds, password, &self.content)
            }
            Method::Pkcs5Des { sha1, salt } => {
                unlock::pkcs5_des(*sha1, salt, rounds, password, &self.content)
            }
        };
        public_half(&secret.ok_or(UnlockError::WrongPassword)?)
    }

    /// From the headers of an old PEM block, RFC 1421 4.6.1; `None` where they speak of no encryption.
    pub(super) fn legacy(headers: &[(String, String)], der: &[u8]) -> Option<LockedKey> {
        let header = |name: &str| {
            headers.iter().find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let encrypted =
            header("Proc-Type").is_some_and(|value| value.to_ascii_uppercase().contains("ENCRYPTED"));
        let info = header("DEK-Info");
        if !encrypted && info.is_none() {
            return None;
        }
        let (name, iv) = info.and_then(|value| value.split_once(',')).unwrap_or(("without an algorithm", ""));
        let name = name.trim();
        let iv = data_encoding::HEXLOWER_PERMISSIVE.decode(iv.trim().as_bytes()).unwrap_or_default();
        let cipher = [
            ("AES-128-CBC", Cipher::Aes128),
            ("AES-192-CBC", Cipher::Aes192),
            ("AES-256-CBC", Cipher::Aes256),
            ("DES-EDE3-CBC", Cipher::TripleDes),
            ("DES-CBC", Cipher::Des),
        ]
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
        let method = match cipher {
            Some((_, cipher)) if iv.len() == cipher.block() => Method::DekInfo { cipher, iv: iv.into() },
            _ => Method::Unknown,
        };
        // The name comes from the file: nothing of any length or shape is passed on.
        let name: String =
            name.chars().filter(|c| c.is_ascii_alphanumeric() || " -".contains(*c)).take(32).collect();
        Some(LockedKey {
            scheme: format!("DEK-Info {name}"),
            iterations: None,
            weak: true,
            method,
            content: der.into(),
        })
    }
}

/// A wrong password that leaves good padding, by chance, is told by what it decrypts to: a key has a structure
/// and ends where it says.
fn public_half(secret: &[u8]) -> Result<PublicKey, UnlockError> {
    let outer = Reader::new(secret).expect(SEQUENCE, "").map_err(|_| UnlockError::WrongPassword)?;
    if outer.raw.len() != secret.len() {
        return Err(UnlockError::WrongPassword);
    }
    match private::plain(&outer) {
        Ok(KeyMaterial::Plain(key)) => Ok(key),
        Ok(KeyMaterial::Unsupported { what, .. }) => Err(UnlockError::Unsupported(what)),
        Ok(KeyMaterial::Locked(_)) | Err(_) => Err(UnlockError::WrongPassword),
    }
}

/// `EncryptedPrivateKeyInfo`, RFC 5958 3.
pub(super) fn pkcs8(outer: &Element<'_>) -> Result<LockedKey, ParseError> {
    let mut fields = outer.inside();
    let mut algorithm = fields.expect(SEQUENCE, "encryptionAlgorithm")?.inside();
    let content = fields.expect(OCTET_STRING, "encryptedData")?;
    let oid = algorithm.expect(OID, "encryption algorithm")?;
    let parameters = algorithm.take(SEQUENCE);
    match oid.content {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13] => {
            let mut out = pbes2(parameters.map_or(Reader::new(&[]), |found| found.inside()));
            out.content = outer.raw.into();
            Ok(out)
        }
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, family, rest @ ..] => {
            let (salt, rounds) = parameters
                .and_then(|found| {
                    let mut found = found.inside();
                    Some((found.take(OCTET_STRING)?.content, number(found.take(INTEGER)?.unsigned())))
                })
                .unwrap_or_default();
            let (name, method) = match (family, rest) {
                (5, [1]) => ("PBE-MD2-DES", Method::Unknown),
                (5, [3]) => ("PBE-MD5-DES", Method::Pkcs5Des { sha1: false, salt: salt.into() }),
                (5, [4]) => ("PBE-MD2-RC2-64", Method::Unknown),
                (5, [6]) => ("PBE-MD5-RC2-64", Method::Unknown),
                (5, [10]) => ("PBE-SHA1-DES", Method::Pkcs5Des { sha1: true, salt: salt.into() }),
                (5, [11]) => ("PBE-SHA1-RC2-64", Method::Unknown),
                (12, [1, 1]) => ("PBE-SHA1-RC4-128", Method::Unknown),
                (12, [1, 2]) => ("PBE-SHA1-RC4-40", Method::Unknown),
                (12, [1, 3]) => ("PBE-SHA1-3DES", Method::Pkcs12TripleDes { salt: salt.into() }),
                (12, [1, 4]) => ("PBE-SHA1-2DES", Method::Unknown),
                (12, [1, 5]) => ("PBE-SHA1-RC2-128", Method::Unknown),
                (12, [1, 6]) => ("PBE-SHA1-RC2-40", Method::Unknown),
                _ => return Ok(unknown(&oid)),
            };
            let method = if rounds > MAX_ITERATIONS { Method::TooExpensive } else { method };
            Ok(LockedKey {
                scheme: name.into(),
                iterations: Some(rounds),
                weak: true,
                method,
                content: content.content.into(),
            })
        }
        _ => Ok(unknown(&oid)),
    }
}

fn unknown(oid: &Element<'_>) -> LockedKey {
    let scheme = format!("encryption scheme {}", ber::dotted(oid.content));
    LockedKey { scheme, iterations: None, weak: false, method: Method::Unknown, content: Box::default() }
}

/// Key derivation and cipher of PBES2, RFC 8018 6.2.
fn pbes2(mut fields: Reader<'_>) -> LockedKey {
    let mut part = || {
        let mut part = fields.take(SEQUENCE)?.inside();
        Some((part.take(OID)?, part))
    };
    let (derivation, cipher) = (part(), part());
    let mut method = Method::Pbes2;
    let mut iterations = None;
    let derivation = match &derivation {
        Some((oid, parameters)) => match oid.content {
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12] => {
                iterations = rounds(*parameters, 0);
                if iterations.is_none_or(|rounds| rounds > MAX_ITERATIONS) {
                    method = Method::TooExpensive;
                }
                "PBKDF2".to_owned()
            }
            [0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11] => {
                iterations = rounds(*parameters, 0);
                let (n, r, p) =
                    (iterations.unwrap_or(u64::MAX), rounds(*parameters, 1), rounds(*parameters, 2));
                let bytes = n.saturating_mul(r.unwrap_or(u64::MAX)).saturating_mul(128);
                if bytes > MAX_SCRYPT_BYTES || p.is_none_or(|passes| passes > MAX_SCRYPT_PASSES) {
                    method = Method::TooExpensive;
                }
                "scrypt".to_owned()
            }
            other => {
                method = Method::Unknown;
                ber::dotted(other)
            }
        },
        None => "no key derivation".to_owned(),
    };
    let (cipher, weak) = match &cipher {
        Some((oid, _)) => match oid.content {
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 2] => ("AES-128-CBC".to_owned(), false),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 22] => ("AES-192-CBC".to_owned(), false),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42] => ("AES-256-CBC".to_owned(), false),
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 7] => ("3DES-CBC".to_owned(), true),
            [0x2b, 0x0e, 3, 2, 7] => ("DES-CBC".to_owned(), true),
            other => {
                if method == Method::Pbes2 {
                    method = Method::Unknown;
                }
                let name = match other {
                    [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 6] => "AES-128-GCM".to_owned(),
                    [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 46] => "AES-256-GCM".to_owned(),
                    [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 2] => "RC2-CBC".to_owned(),
                    _ => ber::dotted(other),
                };
                let weak = name.starts_with("RC2");
                (name, weak)
            }
        },
        None => ("no cipher".to_owned(), false),
    };
    LockedKey {
        scheme: format!("PBES2/{derivation}/{cipher}"),
        iterations,
        weak,
        method,
        content: Box::default(),
    }
}

/// The n-th number after the salt in the parameters of PBKDF2 or scrypt.
fn rounds(mut parameters: Reader<'_>, index: usize) -> Option<u64> {
    let mut fields = parameters.take(SEQUENCE)?.inside();
    fields.take(OCTET_STRING)?;
    for _ in 0..index {
        fields.take(INTEGER)?;
    }
    fields.take(INTEGER).map(|found| number(found.unsigned()))
}

fn number(digits: &[u8]) -> u64 {
    if digits.len() > 8 {
        u64::MAX
    } else {
        digits.iter().fold(0, |sum, &digit| (sum << 8) | u64::from(digit))
    }
}
