//! Labels of `netsh http show sslcert` in the languages that were seen. They only help: records are told by the shape and
//! order of their values, which every language has in common.

use crate::model::iis::RecordOption;

use super::shapes::skeleton;

/// A line of a record, in the order of the print.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Ip,
    Host,
    Central,
    Hash,
    App,
    Store,
    Revocation,
    CachedOnly,
    UsageCheck,
    Freshness,
    Timeout,
    CtlId,
    CtlStore,
    DsMapper,
    Negotiate,
}

impl Field {
    pub(super) fn is_key(self) -> bool {
        matches!(self, Self::Ip | Self::Host | Self::Central)
    }

    /// The option whose state the line shows.
    pub(super) fn option(self) -> Option<RecordOption> {
        Some(match self {
            Self::Revocation => RecordOption::VerifyRevocation,
            Self::CachedOnly => RecordOption::CachedOnly,
            Self::UsageCheck => RecordOption::UsageCheck,
            Self::DsMapper => RecordOption::DsMapper,
            Self::Negotiate => RecordOption::NegotiateClientCertificate,
            _ => return None,
        })
    }
}

/// What every record has below its thumbprint, in order.
pub(super) const FIXED: &[Field] = &[
    Field::App,
    Field::Store,
    Field::Revocation,
    Field::CachedOnly,
    Field::UsageCheck,
    Field::Freshness,
    Field::Timeout,
    Field::CtlId,
    Field::CtlStore,
    Field::DsMapper,
    Field::Negotiate,
];

/// Headers, as skeletons or, where they have none, as written.
const HEADERS: &[&str] = &[
    "sslcertificatebindings",
    "liaisonsdecertificatssl",
    "sslzertifikatbindungen",
    "ligaesdocertificadossl",
    "ligacoesdocertificadossl",
    "ssl 证书绑定",
    "ssl证书绑定",
];

const LABELS: &[(&str, Field)] = &[
    ("ipport", Field::Ip),
    ("hostnameport", Field::Host),
    ("centralcertificatestore", Field::Central),
    ("certificatehash", Field::Hash),
    ("applicationid", Field::App),
    ("certificatestorename", Field::Store),
    ("verifyclientcertificaterevocation", Field::Revocation),
    ("verifyrevocationusingcachedclientcertificateonly", Field::CachedOnly),
    ("usagecheck", Field::UsageCheck),
    ("revocationfreshnesstime", Field::Freshness),
    ("urlretrievaltimeout", Field::Timeout),
    ("ctlidentifier", Field::CtlId),
    ("ctlstorename", Field::CtlStore),
    ("dsmapperusage", Field::DsMapper),
    ("negotiateclientcertificate", Field::Negotiate),
    // French, as a server prints it.
    ("adresseipport", Field::Ip),
    ("hachageducertificat", Field::Hash),
    ("iddelapplication", Field::App),
    ("nomdumagasindecertificats", Field::Store),
    // German.
    ("zertifikathash", Field::Hash),
    ("anwendungsid", Field::App),
    ("zertifikatspeichername", Field::Store),
    // Portuguese.
    ("ipporta", Field::Ip),
    ("nomedohostporta", Field::Host),
    ("hashdocertificado", Field::Hash),
    ("iddoaplicativo", Field::App),
    ("nomedorepositriodecertificados", Field::Store),
    ("nomedorepositoriodecertificados", Field::Store),
    // Chinese.
    ("ip:端口", Field::Ip),
    ("主机名:端口", Field::Host),
    ("证书哈希", Field::Hash),
    ("应用程序 id", Field::App),
    ("证书存储名称", Field::Store),
];

/// The line that a label stands for, where the label is known.
pub(super) fn field(label: &str) -> Option<Field> {
    let lower = label.to_lowercase();
    if !lower.is_ascii()
        && let Some((_, field)) = LABELS.iter().find(|(it, _)| *it == lower)
    {
        return Some(*field);
    }
    let skeleton = skeleton(label);
    LABELS.iter().find(|(it, _)| *it == skeleton).map(|(_, field)| *field)
}

/// Whether a label is one of the English print and of no other. All labels of that print are known here.
pub(super) fn is_english(label: &str) -> bool {
    let skeleton = skeleton(label);
    LABELS[2..FIXED.len() + 4].iter().any(|(it, _)| *it == skeleton)
}

/// Whether a line is the header above all records.
pub(super) fn is_header(text: &str) -> bool {
    let text = text.trim_end_matches([':', '：', ' ', '\u{a0}']);
    if text.len() > 60 || text.len() < 8 {
        return false;
    }
    let lower = text.to_lowercase();
    HEADERS.contains(&&*lower) || HEADERS.contains(&&*skeleton(text))
}

/// The option of a line below the fixed ones, by the parts of its label that stay untranslated.
pub(super) fn option(label: &str) -> Option<RecordOption> {
    let label: String =
        label.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    Some(if label.contains("HTTP2") || label.contains("HTTP/2") {
        RecordOption::DisableHttp2
    } else if label.contains("QUIC") {
        RecordOption::DisableQuic
    } else if label.contains("TLS1.2") {
        RecordOption::DisableTls12
    } else if label.contains("TLS1.3") {
        RecordOption::DisableTls13
    } else if label.contains("OCSP") {
        RecordOption::DisableOcspStapling
    } else if label.contains("TLS") {
        RecordOption::DisableLegacyTls
    } else {
        return None;
    })
}
