//! Network captures (`.pcap`, `.pcapng`): files to packets, packets to TCP streams, streams to the TLS messages that
//! travel in the clear. Certificates and names are given as the bytes they are.

mod frame;
mod handshake;
mod packet;
mod record;
mod stream;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, net::SocketAddr};

use packet::Packet;
use stream::Streams;

/// What a capture shows.
#[derive(Debug, Default)]
pub struct Reading {
    /// How many packets there are, whatever is in them.
    pub packets: u32,
    /// Connections with TLS on them, in order of their first packets.
    pub connections: Vec<Connection>,
    /// IP fragments, which are passed over.
    pub fragments: u32,
    /// Packets whose end was not captured.
    pub cut: u32,
    /// The file carries session keys.
    pub holds_keys: bool,
    /// What could not be read.
    pub troubles: Vec<Trouble>,
}

/// What could not be read; the rest was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The file header cannot be read, so nothing was.
    Header,
    /// The file ends inside this packet.
    EndsInside(u32),
    /// What stands behind this packet is damaged.
    DamagedBehind(u32),
    /// So many packets come from a kind of network that is not known here.
    LinkType {
        /// Its number in the registry of tcpdump.
        number: u16,
        /// How many packets.
        packets: u32,
    },
    /// There are more connections than are read.
    Streams,
    /// All connections together are longer than what is read, so that handshakes may be missing.
    Bytes,
}

/// A TCP connection with TLS on it.
#[derive(Debug)]
pub struct Connection {
    /// Who sent, or would have sent, the client hello.
    pub client: SocketAddr,
    /// The other end.
    pub server: SocketAddr,
    /// In order of packets.
    pub messages: Vec<Message>,
    /// What came from the client.
    pub from_client: Direction,
    /// What came from the server.
    pub from_server: Direction,
}

/// One direction of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    /// Its start was not captured.
    pub mid_stream: bool,
    /// Bytes are missing, and what follows them was not read: the first packet behind the gap.
    pub gap: Option<u32>,
    /// Records of application data.
    pub application_records: u32,
    /// The packet of the first of them.
    pub first_application: Option<u32>,
}

/// A message, or an event of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The packet that completes it, where Wireshark shows it; counted from 1.
    pub packet: u32,
    /// The packet with its first byte.
    pub first: u32,
    /// When that one was captured, in seconds since 1970.
    pub seconds: i64,
    /// The client sent it.
    pub from_client: bool,
    /// What it is.
    pub content: Content,
}

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// What a client offers.
    ClientHello(ClientHello),
    /// The server asks for another client hello.
    HelloRetryRequest,
    /// What a server chooses.
    ServerHello(ServerHello),
    /// A chain, each certificate as sent.
    Certificate(Vec<Vec<u8>>),
    /// The server asks for a client certificate.
    CertificateRequest(CertificateRequest),
    /// The server has said all.
    ServerHelloDone,
    /// The client proves that it has its key.
    CertificateVerify,
    /// What follows is encrypted.
    ChangeCipherSpec,
    /// An alert in the clear: level and description.
    Alert(u8, u8),
    /// An alert that is encrypted.
    EncryptedAlert,
    /// A message that cannot be read, by what it should be.
    Broken(&'static str),
    /// The sender ends its direction.
    Fin,
    /// The sender gives up the connection.
    Reset,
}

/// What a client offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientHello {
    /// The first host name of the server name extension.
    pub server_name: Option<Vec<u8>>,
    /// Versions, best first.
    pub versions: Vec<u16>,
    /// There is a session id.
    pub session_id: Vec<u8>,
    /// There is a session ticket or a pre-shared key.
    pub ticket: bool,
    /// By their numbers.
    pub cipher_suites: Vec<u16>,
    /// By their numbers.
    pub signature_algorithms: Vec<u16>,
}

/// What a server chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerHello {
    /// The version that counts.
    pub version: u16,
    /// The cipher suite.
    pub cipher_suite: u16,
    /// The session id.
    pub session_id: Vec<u8>,
}

/// A server asks for a client certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateRequest {
    /// Names as sent.
    pub authorities: Vec<Vec<u8>>,
    /// By their numbers.
    pub certificate_types: Vec<u8>,
    /// By their numbers; none before TLS 1.2.
    pub signature_algorithms: Vec<u16>,
}

/// Whether a file starts as a capture does.
pub fn is_capture(head: &[u8]) -> bool {
    frame::is_pcap(head) || frame::is_pcapng(head)
}

/// Reads a capture. Never fails: what cannot be read is among the troubles.
pub fn read(bytes: &[u8]) -> Reading {
    let mut reading = Reading::default();
    let mut streams = Streams::default();
    // In order of first packets: which one, and how many.
    let mut unknown: BTreeMap<u16, (u32, u32)> = BTreeMap::new();
    let end = frame::each(bytes, &mut |frame| {
        reading.packets = frame.number;
        reading.cut += u32::from(frame.cut);
        match packet::read(&frame) {
            Packet::Tcp(segment) => streams.add(&frame, &segment),
            Packet::Fragment => reading.fragments += 1,
            Packet::UnknownLink => unknown.entry(frame.link).or_insert((frame.number, 0)).1 += 1,
            Packet::Other => {}
        }
    });
    reading.packets = end.packets;
    reading.holds_keys = end.holds_keys;
    reading.troubles.extend(end.trouble);
    let mut unknown: Vec<(u16, (u32, u32))> = unknown.into_iter().collect();
    unknown.sort_by_key(|(_, (first, _))| *first);
    let kinds = unknown.into_iter().map(|(number, (_, packets))| Trouble::LinkType { number, packets });
    reading.troubles.extend(kinds);
    let (connections, troubles) = streams.connections();
    reading.connections = connections;
    reading.troubles.extend(troubles);
    reading
}
