//! Encrypted private keys: how they are locked, told without any password, and opened with one.

use std::fmt;

use super::ber::{Reader, SEQUENCE};
use super::key::PublicKey;
use super::private::{self, KeyMaterial};
use super::scheme;
use super::unlock::{self, Cipher};

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
    pub(super) method: Method,
    pub(super) content: Box<[u8]>,
}

/// How to open a [`LockedKey`].
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Method {
    /// `content` is the whole `EncryptedPrivateKeyInfo`.
    Pbes2,
    /// `content` is the cipher text, as in all that follow.
    DekInfo {
        cipher: Cipher,
        iv: Box<[u8]>,
    },
    Pkcs12 {
        cipher: Cipher,
        salt: Box<[u8]>,
    },
    JavaKeyStore,
    JavaTripleDes {
        salt: Box<[u8]>,
    },
    /// As [`Method::Pkcs12`] with 3DES, around a frame of Bouncy Castle's own.
    Bouncy {
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
        let secret = self.decrypt(password)?;
        match self.method {
            Method::Bouncy { .. } => public_half(bouncy_frame(&secret).ok_or(UnlockError::WrongPassword)?),
            _ => public_half(&secret),
        }
    }

    /// What is inside. For keys, and for the parts of stores that are sealed the same way.
    pub(super) fn decrypt(&self, password: &[u8]) -> Result<Vec<u8>, UnlockError> {
        let rounds = self.iterations.unwrap_or(1);
        let secret = match &self.method {
            Method::Unknown => return Err(UnlockError::Unsupported(self.scheme.clone())),
            Method::TooExpensive => return Err(UnlockError::TooExpensive),
            Method::Pbes2 => {
                let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(&*self.content)
                    .map_err(|_| UnlockError::Unsupported(self.scheme.clone()))?;
                info.encryption_algorithm.decrypt(password, info.encrypted_data.as_bytes()).ok()
            }
            Method::DekInfo { cipher, iv } => unlock::dek_info(*cipher, iv, password, &self.content),
            Method::JavaKeyStore => unlock::java_key_store(password, &self.content),
            Method::JavaTripleDes { salt } => unlock::java_triple_des(salt, rounds, password, &self.content),
            Method::Pkcs12 { cipher, salt } => unlock::pkcs12(*cipher, salt, rounds, password, &self.content),
            Method::Bouncy { salt } => {
                unlock::pkcs12(Cipher::TripleDes, salt, rounds, password, &self.content)
            }
            Method::Pkcs5Des { sha1, salt } => {
                unlock::pkcs5_des(*sha1, salt, rounds, password, &self.content)
            }
        };
        secret.ok_or(UnlockError::WrongPassword)
    }

    /// Whether a password could open it here: the scheme is known and asks for bearable work.
    pub(super) fn can_be_tried(&self) -> Result<(), UnlockError> {
        match self.method {
            Method::Unknown => Err(UnlockError::Unsupported(self.scheme.clone())),
            Method::TooExpensive => Err(UnlockError::TooExpensive),
            _ => Ok(()),
        }
    }

    /// A key of which only the lock is known: its bytes stayed where they were read.
    pub(super) fn elsewhere(scheme: String, iterations: Option<u64>, weak: bool) -> LockedKey {
        LockedKey { scheme, iterations, weak, method: Method::Unknown, content: Box::default() }
    }

    /// A sealed entry of a store of Bouncy Castle.
    pub(super) fn bouncy(salt: &[u8], rounds: u64, content: &[u8]) -> LockedKey {
        let salt: Box<[u8]> = salt.into();
        LockedKey {
            scheme: "PBE-SHA1-3DES".into(),
            iterations: Some(rounds),
            weak: true,
            method: if rounds > scheme::MAX_ITERATIONS {
                Method::TooExpensive
            } else {
                Method::Bouncy { salt }
            },
            content: content.into(),
        }
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

/// Key, format, algorithm, and then the key itself, as Bouncy Castle writes an entry.
fn bouncy_frame(secret: &[u8]) -> Option<&[u8]> {
    let (kind, mut rest) = secret.split_first()?;
    for _ in 0..2 {
        let (length, after) = rest.split_first_chunk::<2>()?;
        rest = after.get(usize::from(u16::from_be_bytes(*length))..)?;
    }
    let (length, rest) = rest.split_first_chunk::<4>()?;
    (*kind == 0 && u32::from_be_bytes(*length) as usize == rest.len()).then_some(rest)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::{private_key, public_key};

    fn bytes(base64: &str) -> Vec<u8> {
        data_encoding::BASE64.decode(base64.as_bytes()).unwrap()
    }

    fn locked(headers: &[(String, String)], base64: &str) -> LockedKey {
        match private_key("ENCRYPTED PRIVATE KEY", headers, &bytes(base64)) {
            Ok(KeyMaterial::Locked(locked)) => locked,
            other => panic!("{other:?}"),
        }
    }

    fn headers(info: &str) -> Vec<(String, String)> {
        vec![("Proc-Type".into(), "4,ENCRYPTED".into()), ("DEK-Info".into(), info.into())]
    }

    /// The public half of every key below.
    const PUBLIC: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfaTzzwJxohxzgWb6KeaZOA37p+ASLmD/vXnPFyphb45Uoi8XdAE1fiUevrF9\
        x5hhLE0s1w51vDd8EEg1pevU9Q==";

    #[test]
    fn old_pem_headers() {
        let keys = [
            (
                "DES-CBC,044E9D989581C180",
                "ZQDkaRv9dMHi9+Iy12G15N0PZLEcS4DGvu/f3OTdJROYpLkuuOCdfWRxavhb4qESOJiEOlzMWV9gMWhTSGOP5LHoWo9JzW57\
                2Tk7B475rq3XkYg22uSiA1CnceFQxG4EI8Ka6yYte+Uqmm7Bov1GfbAzk1kKqBl8Y19QgPtov0k=",
            ),
            (
                "AES-192-CBC,263C0B1BBD9F12C0172368EEA18848A7",
                "vob29EdxLnqhF4HTBuigN3LbsFPjI7fORMFYzZipnDLVX3EqJFRw4zI2fVzxISQdTQXipm741I+8+d+70wRIf3IHNcdaSUf6\
                K8Hbv+fUu4WsTXWZjRAja/HmUKeoc/sHrglcEduVgATq44f76SwCEIrkDPEBoY2acT/JwoKFMZY=",
            ),
            (
                "DES-EDE3-CBC,827DA158337DCBB7",
                "x9S+SVY1djbcWB7eQTuggYux3Vu0oUkpbUtYHbnMePhQdrHBcqSP+mIf6nnwt4cHW4YKrH+ILynw8nzeaXZ2ZvnVZ1yTH6Bz\
                q+prK+8aRPqoYAmvHEWxFVXbUBFPbcy6sHUj9E7SIXFyrTpFiPSDhswb1/edPfLmRAgcAyYGJx4=",
            ),
        ];
        let public = public_key(&bytes(PUBLIC)).unwrap();
        for (info, base64) in keys {
            let key = locked(&headers(info), base64);
            assert_eq!(key.scheme, format!("DEK-Info {}", info.split(',').next().unwrap()));
            assert!(key.weak);
            assert_eq!(key.unlock(b"secret").unwrap().id, public.id);
            for number in 0..2000 {
                let wrong = format!("wrong {number}");
                assert_eq!(key.unlock(wrong.as_bytes()), Err(UnlockError::WrongPassword), "{wrong}");
            }
        }
    }

    #[test]
    fn schemes_of_pkcs5_and_pkcs12() {
        let keys = [
            (
                "PBE-SHA1-DES",
                "secret",
                "MIGwMBsGCSqGSIb3DQEFCjAOBAjSiGo7TaZnvAICCAAEgZD6buieFpesl8g4uF/cU/FGkFzXIb4X4knydobxyfcr6bmKYbRE\
                sQiUj46VJcQWdbPXfoJ6AE6PEhp0Smq4GhPhnaug0f1Ypv+0WLgsL1AQdpq8rbF6d1ilZdxZ/N7wvZ8sYMKeAZCxiZY0EULu\
                NFD39fzKWLCj6sETmhGjQGnIFdtlsbYgM55l/1d3hjtbsoc=",
            ),
            (
                "PBE-MD5-DES",
                "secret",
                "MIGwMBsGCSqGSIb3DQEFAzAOBAjjnC7FuS1/swICCAAEgZC8myQYf5KrjJiwx+ObjeHFvL78GWESjF4jbPGDuTFIRqFLnOpL\
                hnuu+M58AwxGbP/gffsDZrhWaECPSl742kg2+fxWtkAF3W9vu7hgogTvMlpfmBrLmOklMsO6x8q7HV+U6xa6pSkSR3+bLcBa\
                RdoMoPSSB7xZG7D15Fb2ar5GxlVSYjo8vDAks/zqDVHFC8s=",
            ),
            (
                "PBE-SHA1-3DES",
                "secret",
                "MIGxMBwGCiqGSIb3DQEMAQMwDgQIdSJvKCZbe/QCAggABIGQBwJz0dA5WCxCDjnTtC5fvhVbb2V7wm65eO5ouaaNkcyHii5B\
                rJTBgWkcjbqbO/2s6ToKDhLQiNJronAR1MEyPB0dMe/5SUILeflBhYiQTUZXlS2QnQdDYx4Yi3zWl7i7qWnPSIFVFUZXslDo\
                0tFj1Yij0eHQSGdJsrkx/g1tiq6v5y5vH1zgaEx8F15a3naQ",
            ),
            (
                "PBE-SHA1-3DES",
                "grüße",
                "MIGxMBwGCiqGSIb3DQEMAQMwDgQI66jqMe0hZLcCAggABIGQThXSF2i9tKJN/XOxMSTwND7we/AuKC+IBL2XjSPw4SrrnmMt\
                fd2on3+FHBwVEICsmm5VtreEn1yjeDSKoRYUJnz1oooQ8HtRYCL/ybuNHUvW5Qbs+aWLPlNV0vsm7vwn5hWClR9SrZZU/RJz\
                NorvbHklSpf75BXTm4QtpOfMWUkvfiNi7Ke5qpHDQJchIZt+",
            ),
        ];
        let public = public_key(&bytes(PUBLIC)).unwrap();
        for (scheme, password, base64) in keys {
            let key = locked(&[], base64);
            assert_eq!((&*key.scheme, key.iterations, key.weak), (scheme, Some(2048), true));
            assert_eq!(key.unlock(password.as_bytes()).unwrap().id, public.id, "{scheme} {password}");
            assert_eq!(key.unlock(b"wrong"), Err(UnlockError::WrongPassword));
            assert_eq!(key.unlock(b""), Err(UnlockError::WrongPassword));
        }
    }

    #[test]
    fn too_much_work_is_refused_and_unknown_schemes_are_named() {
        let slow = locked(
            &[],
            "MIHtMFgGCSqGSIb3DQEFDTBLMCoGCSqGSIb3DQEFDDAdBAi8dMVdI9ExdgIDHoSAMAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUD\
            BAECBBCsbcsXC2gWMxsHdkuBflTVBIGQeG0DiaUT66V062MjuF/Ath+q5zbkJChpO/aSVKqZHr9UaX6E5SJDsXrGXYDJIWay\
            8I3N4JeGu8nXSEyYhxbv59kO/oBm/VpaAg9oXZ0JOWKIikT9DF0C807ABn+OgSLHkXXg4U99f+aY9JdMx9p59GMho04etDqD\
            VDWlpS2/ly1egIQSoXCP8KqDB2AmY47W",
        );
        assert_eq!(slow.iterations, Some(2_000_000));
        assert_eq!(slow.unlock(b"secret"), Err(UnlockError::TooExpensive));
        let rc2 = locked(
            &[],
            "MIGxMBwGCiqGSIb3DQEMAQYwDgQIBlcTQ3l7nqACAggABIGQxSrBX5xCcqG3W7Fj+1m8CaKWM12FeJ/7kQut+KuMvPeUaB1Q\
            1nVPCbhdmXCXDnG1dB6IaKdmRTYpa+49NTJkLZORY3P9XC7aEFYD+bZCweI9GB3XWQxMjTK+Pr9KRzModLbHtzZc+bMybqNF\
            YifGDVg8iDT52ASzt6ZDRMPX78C3zJ/HgLT3f3Rso37TEMLo",
        );
        assert_eq!((&*rc2.scheme, rc2.weak), ("PBE-SHA1-RC2-40", true));
        assert_eq!(rc2.unlock(b"secret").unwrap().id, public_key(&bytes(PUBLIC)).unwrap().id);
        assert_eq!(rc2.unlock(b"wrong"), Err(UnlockError::WrongPassword));
        let idea = locked(&headers("IDEA-CBC,0011223344556677"), "AAAA");
        assert_eq!(idea.unlock(b"secret"), Err(UnlockError::Unsupported("DEK-Info IDEA-CBC".into())));
        // scrypt with N = 2^30, r = 8: a terabyte.
        let scrypt = [
            0x30, 0x45, 0x30, 0x3f, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13, 0x30, 0x32, 0x30,
            0x1d, 6, 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11, 0x30, 0x10, 4, 2, 1, 2, 2, 4, 0x40, 0, 0, 0, 2,
            1, 8, 2, 1, 1, 0x30, 0x11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42, 4, 4, 1, 2, 3, 4, 4, 2,
            9, 9,
        ];
        let scrypt = locked(&[], &data_encoding::BASE64.encode(&scrypt));
        assert_eq!(scrypt.scheme, "PBES2/scrypt/AES-256-CBC");
        assert_eq!(scrypt.unlock(b"secret"), Err(UnlockError::TooExpensive));
    }

    #[test]
    fn debug_shows_the_lock_and_nothing_else() {
        let key = locked(&headers("AES-256-CBC,00112233445566778899AABBCCDDEEFF"), "c2VjcmV0");
        assert_eq!(
            format!("{key:?}"),
            r#"LockedKey { scheme: "DEK-Info AES-256-CBC", iterations: None, weak: true, .. }"#
        );
    }
}
