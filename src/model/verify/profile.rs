//! What kinds of peers take, where they differ. Each switch is what that software documents or does in its source.

/// What a peer takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own, set in the tables below")]
pub struct Profile {
    /// What a person calls it.
    pub name: &'static str,
    /// Intermediates it allows between leaf and anchor; `None`: any number.
    pub depth: Option<usize>,
    /// A chain may end at any certificate that is believed, not only at a self-signed one.
    pub partial_chain: bool,
    /// SHA-1 and MD5 below the anchor.
    pub weak_hashes: bool,
    /// The shortest RSA key, in bits.
    pub rsa_bits: u32,
    /// Keys and signatures of DSA.
    pub dsa: bool,
    /// The common name counts where there is no alternative name.
    pub common_name: bool,
    /// `anyExtendedKeyUsage` stands for the purpose that is asked.
    pub any_purpose: bool,
    /// An authority may be used as a leaf.
    pub authority_as_leaf: bool,
    /// Names above the leaf must be readable too, and its form right: `-x509_strict` of OpenSSL.
    pub strict: bool,
    /// Versions before 3 are refused below the anchor.
    pub version_3: bool,
}

impl Profile {
    /// OpenSSL at its settings, security level 2 as distributions build it (`openssl-verification-options`,
    /// `SSL_CTX_set_security_level`).
    pub const OPENSSL: Profile = Profile {
        name: "OpenSSL",
        depth: Some(100),
        partial_chain: false,
        weak_hashes: false,
        rsa_bits: 2048,
        dsa: true,
        common_name: true,
        any_purpose: false,
        authority_as_leaf: true,
        strict: false,
        version_3: false,
    };

    /// `ssl.create_default_context()` of Python since 3.13: `VERIFY_X509_STRICT` and `VERIFY_X509_PARTIAL_CHAIN`.
    pub const PYTHON: Profile =
        Profile { name: "Python", partial_chain: true, strict: true, ..Profile::OPENSSL };

    /// `crypto/x509` of Go: any certificate of the pool is an anchor, SHA-1 went in 1.18, common names in 1.15.
    pub const GO: Profile = Profile {
        name: "Go",
        depth: None,
        partial_chain: true,
        rsa_bits: 1024,
        dsa: false,
        common_name: false,
        any_purpose: true,
        ..Profile::OPENSSL
    };

    /// The PKIX trust manager of Java: any entry is an anchor; SHA-1 is refused below public roots alone
    /// (`jdk.certpath.disabledAlgorithms`).
    pub const JAVA: Profile = Profile {
        name: "Java",
        depth: None,
        partial_chain: true,
        weak_hashes: true,
        rsa_bits: 1024,
        dsa: true,
        any_purpose: true,
        ..Profile::OPENSSL
    };

    /// webpki, under rustls: version 3 only, no authority as a leaf, six intermediates.
    pub const RUSTLS: Profile = Profile {
        name: "rustls",
        depth: Some(6),
        partial_chain: true,
        dsa: false,
        common_name: false,
        authority_as_leaf: false,
        version_3: true,
        ..Profile::OPENSSL
    };

    /// Takes everything that anybody takes: what it refuses, all refuse.
    pub const LENIENT: Profile = Profile {
        name: "every peer",
        depth: None,
        partial_chain: true,
        weak_hashes: true,
        rsa_bits: 0,
        any_purpose: true,
        ..Profile::OPENSSL
    };
}
