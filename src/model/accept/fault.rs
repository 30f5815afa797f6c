//! What OpenSSL finds wrong with a chain, by its numbers and words.

use std::fmt;

use crate::x509::Certificate;

/// Something that OpenSSL has against a chain.
#[derive(Copy, Clone, Debug)]
pub struct Fault<'c> {
    /// What.
    pub error: VerifyError,
    /// Which certificate of the path, counted from the leaf.
    pub depth: usize,
    /// That certificate.
    pub certificate: &'c Certificate,
    /// It comes from the truststore, not from the client.
    pub trusted: bool,
}

/// What OpenSSL has against a certificate. `Display` gives the words of OpenSSL 3.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VerifyError {
    /// The path comes into the truststore, and the truststore lacks the next issuer.
    NoIssuer,
    /// The key of the issuer did not make the signature.
    SignatureFailure,
    /// It is not valid yet.
    NotYetValid,
    /// It has expired.
    Expired,
    /// The leaf is self-signed and not in the truststore.
    SelfSignedLeaf,
    /// The client sends its root, and it is not in the truststore.
    SelfSignedInChain,
    /// Neither the truststore nor the client has the issuer.
    NoLocalIssuer,
    /// The leaf is all there is, so that nothing can check it.
    FirstUnverified,
    /// The limit of depth is reached before a root.
    ChainTooLong,
    /// There are more authorities below one than it allows.
    PathLengthExceeded,
    /// Not meant for clients, or not for issuing certificates of clients.
    UnsuitablePurpose,
    /// Its key usage does not let it sign certificates.
    MayNotSign,
    /// It has a critical extension that OpenSSL does not know.
    UnhandledCriticalExtension,
    /// It is no authority.
    InvalidAuthority,
}

impl VerifyError {
    /// The number in logs (OpenSSL 3; an invalid authority was 24 before).
    pub fn number(self) -> u8 {
        match self {
            Self::NoIssuer => 2,
            Self::SignatureFailure => 7,
            Self::NotYetValid => 9,
            Self::Expired => 10,
            Self::SelfSignedLeaf => 18,
            Self::SelfSignedInChain => 19,
            Self::NoLocalIssuer => 20,
            Self::FirstUnverified => 21,
            Self::ChainTooLong => 22,
            Self::PathLengthExceeded => 25,
            Self::UnsuitablePurpose => 26,
            Self::MayNotSign => 32,
            Self::UnhandledCriticalExtension => 34,
            Self::InvalidAuthority => 79,
        }
    }

    /// The path does not lead to a root of the truststore.
    pub fn breaks_path(self) -> bool {
        matches!(
            self,
            Self::NoIssuer
                | Self::SelfSignedLeaf
                | Self::SelfSignedInChain
                | Self::NoLocalIssuer
                | Self::ChainTooLong
        )
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoIssuer => "unable to get issuer certificate",
            Self::SignatureFailure => "certificate signature failure",
            Self::NotYetValid => "certificate is not yet valid",
            Self::Expired => "certificate has expired",
            Self::SelfSignedLeaf => "self-signed certificate",
            Self::SelfSignedInChain => "self-signed certificate in certificate chain",
            Self::NoLocalIssuer => "unable to get local issuer certificate",
            Self::FirstUnverified => "unable to verify the first certificate",
            Self::ChainTooLong => "certificate chain too long",
            Self::PathLengthExceeded => "path length constraint exceeded",
            Self::UnsuitablePurpose => "unsuitable certificate purpose",
            Self::MayNotSign => "key usage does not include certificate signing",
            Self::UnhandledCriticalExtension => "unhandled critical extension",
            Self::InvalidAuthority => "invalid CA certificate",
        })
    }
}
