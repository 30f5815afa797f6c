//! The cipher suites of OpenSSL 3 before TLS 1.3.

use std::sync::LazyLock;

/// How the parties agree on a key.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// Ephemeral elliptic curve Diffie-Hellman.
    Ecdhe,
    /// Ephemeral Diffie-Hellman.
    Dhe,
    /// The client encrypts to the server's RSA key.
    Rsa,
    /// A pre-shared key alone.
    Psk,
    /// A pre-shared key with RSA.
    RsaPsk,
    /// A pre-shared key with Diffie-Hellman.
    DhePsk,
    /// A pre-shared key with elliptic curve Diffie-Hellman.
    EcdhePsk,
    /// Secure remote password.
    Srp,
}

/// How the server proves who it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// With an ECDSA or `EdDSA` certificate.
    Ecdsa,
    /// With an RSA certificate.
    Rsa,
    /// With a DSA certificate.
    Dss,
    /// Not at all.
    Nobody,
    /// With a pre-shared key.
    Psk,
    /// With a password.
    Srp,
}

/// How records are encrypted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// AES in Galois counter mode.
    AesGcm,
    /// AES in CCM mode.
    AesCcm,
    /// AES in CCM mode with tags of 8 bytes.
    AesCcm8,
    /// AES in CBC mode.
    Aes,
    /// `ChaCha20` with Poly1305.
    ChaCha20,
    /// ARIA in Galois counter mode.
    AriaGcm,
    /// Camellia in CBC mode.
    Camellia,
    /// Not at all.
    Nothing,
}

/// How records are protected against changes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Mac {
    /// By the encryption itself.
    Aead,
    /// HMAC with SHA-1.
    Sha1,
    /// HMAC with SHA-256.
    Sha256,
    /// HMAC with SHA-384.
    Sha384,
    /// HMAC with MD5.
    Md5,
}

/// The oldest protocol a suite works with, as OpenSSL counts.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Oldest {
    /// SSL 3.0
    Ssl3,
    /// TLS 1.0
    Tls10,
    /// TLS 1.2
    Tls12,
}

/// One cipher suite.
#[derive(Debug, PartialEq, Eq)]
pub struct Suite {
    /// OpenSSL's name.
    pub name: &'static str,
    /// The name in the standards.
    pub standard: &'static str,
    /// Key exchange.
    pub exchange: Exchange,
    /// Authentication.
    pub authentication: Authentication,
    /// Encryption.
    pub encryption: Encryption,
    /// Bits of the encryption's key.
    pub bits: u16,
    /// Integrity.
    pub mac: Mac,
    /// Oldest protocol.
    pub oldest: Oldest,
    /// DEFAULT holds it.
    pub default: bool,
}

impl Suite {
    /// Keys are ephemeral and come from the certificate alone, as HTTP/2 and level 3 want them.
    pub fn is_forward_secret(&self) -> bool {
        matches!(self.exchange, Exchange::Ecdhe | Exchange::Dhe)
    }

    /// A server that has certificates only can agree on it.
    pub fn is_servable(&self) -> bool {
        matches!(self.exchange, Exchange::Ecdhe | Exchange::Dhe | Exchange::Rsa)
    }

    /// Whether OpenSSL negotiates it at a security level.
    pub fn is_allowed_at(&self, level: u8) -> bool {
        const LEAST_BITS: [u16; 6] = [0, 80, 112, 128, 192, 256];
        level == 0
            || (self.bits >= LEAST_BITS[usize::from(level.min(5))]
                && self.authentication != Authentication::Nobody
                && self.mac != Mac::Md5
                && (level < 4 || self.mac != Mac::Sha1)
                && (level < 3 || self.is_forward_secret()))
    }

    /// What makes it no protection at all; `None` where it protects.
    pub fn weakness(&self) -> Option<&'static str> {
        if self.encryption == Encryption::Nothing {
            Some("no encryption")
        } else if self.authentication == Authentication::Nobody {
            Some("no authentication of the server")
        } else if self.mac == Mac::Md5 {
            Some("MD5")
        } else {
            None
        }
    }

    /// On the list of suites that HTTP/2 clients may refuse (RFC 9113, appendix A).
    pub fn is_refused_by_http2(&self) -> bool {
        !(self.is_forward_secret() && self.mac == Mac::Aead && self.authentication != Authentication::Nobody)
    }

    fn parse(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ');
        let name = words.next()?;
        let standard = words.next()?;
        let exchange = match words.next()? {
            "ECDH" => Exchange::Ecdhe,
            "DH" => Exchange::Dhe,
            "RSA" => Exchange::Rsa,
            "PSK" => Exchange::Psk,
            "RSAPSK" => Exchange::RsaPsk,
            "DHEPSK" => Exchange::DhePsk,
            "ECDHEPSK" => Exchange::EcdhePsk,
            "SRP" => Exchange::Srp,
            _ => return None,
        };
        let authentication = match words.next()? {
            "ECDSA" => Authentication::Ecdsa,
            "RSA" => Authentication::Rsa,
            "DSS" => Authentication::Dss,
            "None" => Authentication::Nobody,
            "PSK" => Authentication::Psk,
            "SRP" => Authentication::Srp,
            _ => return None,
        };
        let encryption = match words.next()? {
            "AESGCM" => Encryption::AesGcm,
            "AESCCM" => Encryption::AesCcm,
            "AESCCM8" => Encryption::AesCcm8,
            "AES" => Encryption::Aes,
            "CHACHA20/POLY1305" => Encryption::ChaCha20,
            "ARIAGCM" => Encryption::AriaGcm,
            "Camellia" => Encryption::Camellia,
            "None" => Encryption::Nothing,
            _ => return None,
        };
        let bits = words.next()?.parse().ok()?;
        let mac = match words.next()? {
            "AEAD" => Mac::Aead,
            "SHA1" => Mac::Sha1,
            "SHA256" => Mac::Sha256,
            "SHA384" => Mac::Sha384,
            "MD5" => Mac::Md5,
            _ => return None,
        };
        let oldest = match words.next()? {
            "SSLv3" => Oldest::Ssl3,
            "TLSv1" => Oldest::Tls10,
            "TLSv1.2" => Oldest::Tls12,
            _ => return None,
        };
        let default = words.next()? == "default";
        Some(Self { name, standard, exchange, authentication, encryption, bits, mac, oldest, default })
    }
}

/// All suites, in the order in which OpenSSL finds them.
pub fn suites() -> &'static [Suite] {
    static SUITES: LazyLock<Vec<Suite>> = LazyLock::new(|| {
        let lines = include_str!("suites.txt").lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(Suite::parse).collect()
    });
    &SUITES
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = include_str!("suites.txt").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(super::suites().len(), lines.count());
    }
}
