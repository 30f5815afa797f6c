//! What is wrong on purpose, so that there is something to find: each fault is found by one rule at one file.

/// A planted fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Expired,
    Expiring,
    NoIntermediate,
    OtherKey,
    OtherName,
    PlainListen,
    OldProtocol,
    /// A virtual host of Apigee names a reference that is not there.
    NoReference,
    /// A node of a farm of IIS lacks the record of the Central Certificate Store.
    NoRecord,
    /// A bundle was put together by `cat` from a file without a last line end.
    Glued,
}

impl Fault {
    pub(crate) const ALL: [Self; 10] = [
        Self::Expired,
        Self::Expiring,
        Self::NoIntermediate,
        Self::OtherKey,
        Self::OtherName,
        Self::PlainListen,
        Self::OldProtocol,
        Self::NoReference,
        Self::NoRecord,
        Self::Glued,
    ];

    /// The rule that finds it at the file of a site, where it is a fault of a site.
    pub(crate) fn rule_of_site(self) -> Option<&'static str> {
        match self {
            Self::Expired => Some("cert/expired"),
            Self::Expiring => Some("cert/expiring"),
            Self::NoIntermediate => Some("chain/missing-issuer"),
            Self::OtherKey => Some("key/mismatch"),
            Self::OtherName => Some("cert/name-mismatch"),
            Self::PlainListen => Some("nginx/cert-without-ssl-listen"),
            Self::OldProtocol => Some("tls/weak-protocol"),
            Self::NoReference | Self::NoRecord | Self::Glued => None,
        }
    }
}
