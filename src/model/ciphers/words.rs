//! The words of cipher expressions: groups of suites, names of suites, and names that OpenSSL once had.

use strsim::osa_distance;

use super::suite::{
    Authentication as A, Encryption as E, Exchange as X, Mac as M, Oldest as O, Suite, suites,
};

/// Why a word selects nothing.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum WordKind {
    /// Suites that OpenSSL 3 no longer has (RC4, 3DES, export) or that only other builds have.
    Historic,
    /// A TLS 1.3 suite: those are set elsewhere.
    Tls13,
    /// A group that OpenSSL knows; joined as it is here nothing is in it.
    EmptyGroup,
    /// No name that any OpenSSL ever had.
    Unknown,
}

/// What a word selects.
pub(super) struct Selector<'w> {
    word: &'w str,
    group: Option<fn(&Suite) -> bool>,
}

impl Selector<'_> {
    pub(super) fn takes(&self, suite: &Suite) -> bool {
        match self.group {
            Some(group) => group(suite),
            None => suite.name == self.word || suite.standard == self.word,
        }
    }
}

/// The selector of a word; `None` where it is neither a group nor a suite.
pub(super) fn selector(word: &str) -> Option<Selector<'_>> {
    let group = group(word);
    let known = group.is_some() || suites().iter().any(|it| it.name == word || it.standard == word);
    known.then_some(Selector { word, group })
}

/// The groups of OpenSSL 3 that hold suites of the table, and those that hold none any more.
fn group(word: &str) -> Option<fn(&Suite) -> bool> {
    let group: fn(&Suite) -> bool = match word {
        "ALL" => |it| it.encryption != E::Nothing,
        "COMPLEMENTOFALL" | "eNULL" | "NULL" => |it| it.encryption == E::Nothing,
        "COMPLEMENTOFDEFAULT" => |it| !it.default && it.encryption != E::Nothing,
        "HIGH" => |it| it.encryption != E::Nothing,
        "kRSA" => |it| it.exchange == X::Rsa,
        "RSA" => |it| it.exchange == X::Rsa && it.authentication == A::Rsa,
        "kEDH" | "kDHE" | "DH" => |it| it.exchange == X::Dhe,
        "EDH" | "DHE" => |it| it.exchange == X::Dhe && it.authentication != A::Nobody,
        "kEECDH" | "kECDHE" | "ECDH" => |it| it.exchange == X::Ecdhe,
        "EECDH" | "ECDHE" => |it| it.exchange == X::Ecdhe && it.authentication != A::Nobody,
        "ADH" => |it| it.exchange == X::Dhe && it.authentication == A::Nobody,
        "AECDH" => |it| it.exchange == X::Ecdhe && it.authentication == A::Nobody,
        "kPSK" => |it| it.exchange == X::Psk,
        "kRSAPSK" => |it| it.exchange == X::RsaPsk,
        "kDHEPSK" => |it| it.exchange == X::DhePsk,
        "kECDHEPSK" => |it| it.exchange == X::EcdhePsk,
        "PSK" => |it| matches!(it.exchange, X::Psk | X::RsaPsk | X::DhePsk | X::EcdhePsk),
        "kSRP" | "SRP" => |it| it.exchange == X::Srp,
        "aRSA" => |it| it.authentication == A::Rsa,
        "aDSS" | "DSS" => |it| it.authentication == A::Dss,
        "aECDSA" | "ECDSA" => |it| it.authentication == A::Ecdsa,
        "aNULL" => |it| it.authentication == A::Nobody,
        "aPSK" => |it| it.authentication == A::Psk,
        "aSRP" => |it| it.authentication == A::Srp,
        "AES" => |it| matches!(it.encryption, E::Aes | E::AesGcm | E::AesCcm | E::AesCcm8),
        "AES128" => {
            |it| it.bits == 128 && matches!(it.encryption, E::Aes | E::AesGcm | E::AesCcm | E::AesCcm8)
        }
        "AES256" => {
            |it| it.bits == 256 && matches!(it.encryption, E::Aes | E::AesGcm | E::AesCcm | E::AesCcm8)
        }
        "AESGCM" => |it| it.encryption == E::AesGcm,
        "AESCCM" => |it| matches!(it.encryption, E::AesCcm | E::AesCcm8),
        "AESCCM8" => |it| it.encryption == E::AesCcm8,
        "CHACHA20" => |it| it.encryption == E::ChaCha20,
        "CAMELLIA" => |it| it.encryption == E::Camellia,
        "CAMELLIA128" => |it| it.encryption == E::Camellia && it.bits == 128,
        "CAMELLIA256" => |it| it.encryption == E::Camellia && it.bits == 256,
        "ARIA" | "ARIAGCM" => |it| it.encryption == E::AriaGcm,
        "ARIA128" => |it| it.encryption == E::AriaGcm && it.bits == 128,
        "ARIA256" => |it| it.encryption == E::AriaGcm && it.bits == 256,
        "MD5" => |it| it.mac == M::Md5,
        "SHA" | "SHA1" => |it| it.mac == M::Sha1,
        "SHA256" => |it| it.mac == M::Sha256,
        "SHA384" => |it| it.mac == M::Sha384,
        "SSLv3" => |it| it.oldest == O::Ssl3,
        "TLSv1" | "TLSv1.0" => |it| it.oldest == O::Tls10,
        "TLSv1.2" => |it| it.oldest == O::Tls12,
        "MEDIUM" | "LOW" => |_| false,
        _ if GONE.contains(&word) => |_| false,
        _ => return None,
    };
    Some(group)
}

/// Groups that hold nothing in a stock build of OpenSSL 3: removed, or left to extra modules.
const GONE: &[&str] = &[
    "3DES",
    "RC4",
    "RC2",
    "IDEA",
    "SEED",
    "DES",
    "EXP",
    "EXPORT",
    "EXPORT40",
    "EXPORT56",
    "SSLv2",
    "kDHr",
    "kDHd",
    "kECDHr",
    "kECDHe",
    "kECDH",
    "aECDH",
    "aDH",
    "KRB5",
    "kKRB5",
    "aKRB5",
    "FZA",
    "kFZA",
    "aFZA",
    "eFZA",
    "kGOST",
    "kGOST18",
    "aGOST",
    "aGOST01",
    "aGOST12",
    "aGOST94",
    "GOST",
    "GOST12",
    "GOST2001",
    "GOST2012",
    "GOST89",
    "GOST94",
    "GOST89MAC",
    "GOST89MAC12",
    "ECCdraft",
];

/// Parts that only names of suites from before OpenSSL 1.1.0 have, or of builds with extra modules.
const GONE_PARTS: &[&str] = &[
    "RC4", "RC2", "DES", "3DES", "CBC3", "IDEA", "SEED", "EXP", "EXP1024", "KRB5", "GOST94", "GOST89",
    "GOST2001", "GOST2012", "FZA",
];

/// The TLS 1.3 suites that OpenSSL offers unless `Ciphersuites` says otherwise, then the two that it knows.
pub fn tls13_names() -> &'static [&'static str] {
    &[
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_128_CCM_SHA256",
        "TLS_AES_128_CCM_8_SHA256",
    ]
}

/// Why a word that selects nothing does so.
pub(super) fn kind_of(word: &str) -> WordKind {
    // Drafts of TLS 1.3 had names such as `TLS13-AES-256-GCM-SHA384`.
    if word.starts_with("TLS13-") || word.starts_with("TLS13_") || tls13_names().contains(&word) {
        return WordKind::Tls13;
    }
    let mut kind = WordKind::EmptyGroup;
    for name in word.split('+') {
        if GONE.contains(&name) || is_gone_suite(name) {
            return WordKind::Historic;
        }
        // DEFAULT only counts at the start.
        if selector(name).is_none() && name != "DEFAULT" {
            kind = WordKind::Unknown;
        }
    }
    kind
}

/// A suite that OpenSSL once had.
fn is_gone_suite(name: &str) -> bool {
    // Static (EC)DH, and the names that drafts gave to ChaCha20.
    let fixed = ["ECDH-RSA-", "ECDH-ECDSA-", "DH-RSA-", "DH-DSS-", "SSL_", "SSL3_", "SSL2_"];
    name.split(['-', '_']).any(|part| GONE_PARTS.contains(&part))
        || fixed.iter().any(|start| name.starts_with(start))
        || (name.contains("CHACHA20-POLY1305") && name.ends_with("-SHA256"))
        || name.ends_with("-D") && name.contains("CHACHA20")
        || name.ends_with("-OLD") && name.contains("CHACHA20")
}

/// Whether `!exclusion` shows that suites which are gone from OpenSSL are not wanted: `DES-CBC3-SHA` beside `!3DES`.
pub(super) fn is_put_aside(word: &str, exclusion: &str) -> bool {
    let parts: Vec<&str> = word.split(['-', '_', '+']).collect();
    let has = |part: &str| parts.contains(&part);
    match exclusion {
        "3DES" => has("3DES") || has("CBC3"),
        "DES" | "LOW" => has("DES") && !has("CBC3"),
        "EXP" | "EXPORT" | "EXPORT40" | "EXPORT56" => {
            has("EXP") || has("EXP1024") || word.starts_with("EXPORT")
        }
        "MEDIUM" => ["RC4", "IDEA", "SEED", "CBC3", "3DES"].into_iter().any(has),
        _ => word == exclusion || has(exclusion),
    }
}

/// The name or group that a word with a slip of the pen was meant to be.
pub fn nearest(word: &str) -> Option<&'static str> {
    const GROUPS: &[&str] = &[
        "HIGH", "MEDIUM", "DEFAULT", "ALL", "kRSA", "aRSA", "kDHE", "kEDH", "EDH", "DHE", "kECDHE", "kEECDH",
        "EECDH", "ECDHE", "aECDSA", "ECDSA", "AESGCM", "AESCCM", "CHACHA20", "AES128", "AES256", "CAMELLIA",
        "SHA256", "SHA384", "aNULL", "eNULL",
    ];
    let names = suites().iter().filter(|it| it.is_servable()).map(|it| it.name);
    // The standard's name is no slip; OpenSSL before 3.2 only has its own.
    if let Some(suite) = suites().iter().find(|it| it.standard == word) {
        return Some(suite.name);
    }
    let limit = match word.len() {
        0..=3 => 0,
        4..=7 => 1,
        8..=15 => 2,
        _ => 4,
    };
    let upper = word.to_ascii_uppercase();
    names
        .chain(GROUPS.iter().copied())
        .map(|name| (osa_distance(&upper, &name.to_ascii_uppercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
