//! What network captures show of TLS: who spoke to whom, what was offered, asked for and sent. Only what travels in
//! the clear is here, so of TLS 1.3 there are the hellos alone. Certificates of captures are no material of the tree.

use std::{fmt, net::SocketAddr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    source::{FileId, Location},
    x509::{Certificate, Name, ParseError, Time, table},
};

use super::estate::Role;

/// What one capture file shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Capture {
    /// The file.
    #[serde(skip, default = "FileId::of_this_line")]
    pub file: FileId,
    /// How many packets it holds, whatever is in them.
    pub packets: u32,
    /// TLS connections, in order of their first packets.
    pub conversations: Vec<Conversation>,
    /// IP fragments, which are passed over.
    pub fragments: u32,
    /// Packets whose end was not captured, as with `tcpdump -s`.
    pub cut: u32,
    /// The file carries session keys, so that who has it can decrypt what it shows.
    pub holds_keys: bool,
    /// What could not be read of it.
    pub flaws: Vec<Flaw>,
}

/// Something in a capture that could not be read; the rest was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flaw {
    /// The entry, or the whole file.
    pub at: Location,
    /// What, in words that follow the path.
    pub what: String,
}

/// Where a message stands in a capture.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The packet that completes the message, where Wireshark shows it; counted from 1.
    pub packet: u32,
    /// The packet with its first byte.
    pub first: u32,
    /// When that first packet was captured.
    pub time: Time,
    /// Its entry in the listing of the file.
    pub at: Location,
}

/// One TCP connection with TLS on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conversation {
    /// Who sent, or would have sent, the client hello.
    pub client: SocketAddr,
    /// The other end.
    pub server: SocketAddr,
    /// Which way the handshake went.
    pub handshake: Handshake,
    /// The first client hello; what a second one after a retry repeats is not kept.
    pub client_hello: Option<ClientHello>,
    /// The server asked for another client hello (TLS 1.3).
    pub retry: Option<Seen>,
    /// What the server chose.
    pub server_hello: Option<ServerHello>,
    /// The chain of the server.
    pub server_chain: Option<SentChain>,
    /// The server asks for a client certificate.
    pub certificate_request: Option<CertificateRequest>,
    /// The chain of the client. `None`: no such message, as where nobody asked; an empty chain: asked, and none sent.
    pub client_chain: Option<SentChain>,
    /// The client proves that it has the key of its certificate.
    pub certificate_verify: Option<Seen>,
    /// In order of packets.
    pub alerts: Vec<Alert>,
    /// Who ended the connection first, and who after that.
    pub closes: Vec<Close>,
    /// What came from the client.
    pub from_client: Flow,
    /// What came from the server.
    pub from_server: Flow,
}

/// Which way a handshake went.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Handshake {
    /// TLS 1.2 or older with certificates to be seen.
    Full,
    /// TLS 1.2 or older, resumed: certificates were sent and judged in an earlier connection.
    Resumed,
    /// TLS 1.3: all behind the hellos is encrypted.
    Hidden,
    /// The server hello is not there, or what follows it is not.
    Unknown,
}

/// One direction of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// The capture does not hold the start of it.
    pub mid_stream: bool,
    /// Bytes are missing, and what follows them was not read: the first packet behind the gap.
    pub gap: Option<u32>,
    /// The packet of the first `ChangeCipherSpec`; in TLS 1.2 everything after it is encrypted.
    pub change_cipher_spec: Option<u32>,
    /// Records of application data. TLS 1.3 hides the rest of the handshake in such records.
    pub application_records: u32,
    /// The packet of the first of them.
    pub first_application: Option<u32>,
}

/// What a client offers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClientHello {
    /// Where.
    pub seen: Seen,
    /// The host it asks for (server name indication), as sent; control characters escaped.
    pub server_name: Option<String>,
    /// Versions it offers, best first; of an old client the newest alone.
    pub versions: Vec<TlsVersion>,
    /// It sends a session id. Clients of TLS 1.3, and those with tickets, send one that means nothing.
    pub session_id: bool,
    /// It sends a session ticket or a pre-shared key to resume with.
    pub ticket: bool,
    /// By their numbers in the registry, in its order.
    pub cipher_suites: Vec<u16>,
    /// Signature schemes by their numbers in the registry, in its order. Empty where it does not say.
    pub signature_algorithms: Vec<u16>,
}

/// What a server chooses.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServerHello {
    /// Where.
    pub seen: Seen,
    /// The version.
    pub version: TlsVersion,
    /// The cipher suite by its number in the registry.
    pub cipher_suite: u16,
    /// It repeats the session id of the client.
    pub echoes_session: bool,
}

/// A server asks for a client certificate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CertificateRequest {
    /// Where.
    pub seen: Seen,
    /// Authorities whose certificates it takes, in its order; none: it does not say.
    pub authorities: Vec<Authority>,
    /// Kinds of certificates (1: RSA, 2: DSA, 64: ECDSA).
    pub certificate_types: Vec<u8>,
    /// Signature schemes by their numbers in the registry; empty before TLS 1.2.
    pub signature_algorithms: Vec<u16>,
}

/// A name in a certificate request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Authority {
    /// As sent.
    pub der: Box<[u8]>,
    /// The name, or why it is none.
    pub name: Result<Name, ParseError>,
}

/// A chain as sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SentChain {
    /// Where.
    pub seen: Seen,
    /// The leaf first, in the order they were sent.
    pub certificates: Vec<SentCertificate>,
}

impl SentChain {
    /// The leaf.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.certificates.first()?.read()
    }

    /// Those that can be read, in the order they were sent.
    pub fn readable(&self) -> Vec<&Certificate> {
        self.certificates.iter().filter_map(SentCertificate::read).collect()
    }
}

/// A certificate in a handshake.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum SentCertificate {
    /// It can be read.
    Read(#[serde(deserialize_with = "table::certificate")] Arc<Certificate>),
    /// It cannot.
    Broken {
        /// As sent.
        der: Box<[u8]>,
        /// What is wrong with it.
        error: ParseError,
    },
}

impl SentCertificate {
    /// The certificate where it can be read.
    pub fn read(&self) -> Option<&Certificate> {
        match self {
            Self::Read(certificate) => Some(certificate),
            Self::Broken { .. } => None,
        }
    }
}

/// One side tells the other that something is wrong, or that it ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Alert {
    /// Where.
    pub seen: Seen,
    /// Who sent it.
    pub by: Role,
    /// What it says.
    pub says: AlertContent,
}

/// What an alert says.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlertContent {
    /// Sent in the clear.
    Clear {
        /// The connection ends with it.
        fatal: bool,
        /// By its number in the registry.
        description: u8,
    },
    /// Only that there was one. At the end of a connection it is `close_notify` as a rule, and no complaint.
    Encrypted,
}

impl fmt::Display for AlertContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encrypted => f.write_str("encrypted alert"),
            Self::Clear { description, .. } => match alert_name(*description) {
                Some(name) => write!(f, "alert {description} ({name})"),
                None => write!(f, "alert {description}"),
            },
        }
    }
}

/// The name of an alert in RFC 8446 6 and its forerunners.
pub fn alert_name(description: u8) -> Option<&'static str> {
    Some(match description {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        21 => "decryption_failed",
        22 => "record_overflow",
        30 => "decompression_failure",
        40 => "handshake_failure",
        41 => "no_certificate",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        60 => "export_restriction",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        111 => "certificate_unobtainable",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        114 => "bad_certificate_hash_value",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        _ => return None,
    })
}

/// One side ends the connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Close {
    /// Where.
    pub seen: Seen,
    /// Who.
    pub by: Role,
    /// With a reset, not with FIN.
    pub reset: bool,
}

/// A version of TLS as it is written in handshakes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TlsVersion(pub u16);

impl TlsVersion {
    /// TLS 1.3, or a draft of it.
    pub fn hides_certificates(self) -> bool {
        self.0 == 0x0304 || self.0 >> 8 == 0x7f
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0x0002 => f.write_str("SSL 2.0"),
            0x0300 => f.write_str("SSL 3.0"),
            0x0301 => f.write_str("TLS 1.0"),
            0x0302 => f.write_str("TLS 1.1"),
            0x0303 => f.write_str("TLS 1.2"),
            0x0304 => f.write_str("TLS 1.3"),
            draft if draft >> 8 == 0x7f => write!(f, "TLS 1.3 (draft {})", draft & 0xff),
            other => write!(f, "version {other:#06x}"),
        }
    }
}
