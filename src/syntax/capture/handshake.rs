//! What the handshake messages of a connection say.

use std::net::SocketAddr;

use tls_parser::{
    SNIType, TlsExtension, parse_tls_client_hello_extensions, parse_tls_handshake_client_hello,
    parse_tls_handshake_server_hello, parse_tls_server_hello_extensions,
};

use super::{
    CertificateRequest, ClientHello, Connection, Content, Direction, Message, ServerHello,
    record::{self, Part, Records, What},
    stream::Stream,
};

/// Message types, RFC 5246 7.4.
mod kind {
    pub(super) const CLIENT_HELLO: u8 = 1;
    pub(super) const SERVER_HELLO: u8 = 2;
    pub(super) const CERTIFICATE: u8 = 11;
    pub(super) const SERVER_KEY_EXCHANGE: u8 = 12;
    pub(super) const CERTIFICATE_REQUEST: u8 = 13;
    pub(super) const SERVER_HELLO_DONE: u8 = 14;
    pub(super) const CERTIFICATE_VERIFY: u8 = 15;
    pub(super) const CLIENT_KEY_EXCHANGE: u8 = 16;
    pub(super) const CERTIFICATE_STATUS: u8 = 22;
}

/// The random of a server hello that is no hello but asks for another one, RFC 8446 4.1.3.
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// The messages of a connection; `None` where it is no TLS.
pub(super) fn connection(
    ends: [SocketAddr; 2],
    opener: Option<usize>,
    closes: &[(usize, bool, u32, i64)],
    streams: &[Stream; 2],
) -> Option<Connection> {
    if !streams.iter().any(|stream| record::starts_tls(&stream.bytes)) {
        return None;
    }
    let old = [record::read(&streams[0], false), record::read(&streams[1], false)];
    let client = client_of(&old, opener);
    let server = 1 - client;
    let chosen = old[server].parts.iter().find_map(|part| match &part.what {
        What::Handshake { kind: kind::SERVER_HELLO, body } => server_hello(body),
        _ => None,
    });
    let (modern, version) = match &chosen {
        Some(Content::ServerHello(hello)) => (is_modern(hello.version), hello.version),
        Some(Content::HelloRetryRequest) => (true, 0x0304),
        _ => (false, 0x0303),
    };
    let read = if modern { [record::read(&streams[0], true), record::read(&streams[1], true)] } else { old };
    let mut messages: Vec<Message> = Vec::new();
    for (side, records) in read.iter().enumerate() {
        let found = records.parts.iter().filter_map(|part| {
            let content = content(part, version)?;
            let first = streams[side].mark(part.start);
            let last = streams[side].mark(part.end.saturating_sub(1));
            Some(Message {
                packet: last.complete,
                first: first.packet,
                seconds: first.seconds,
                from_client: side == client,
                content,
            })
        });
        messages.extend(found);
    }
    messages.extend(closes.iter().map(|(side, reset, packet, seconds)| Message {
        packet: *packet,
        first: *packet,
        seconds: *seconds,
        from_client: *side == client,
        content: if *reset { Content::Reset } else { Content::Fin },
    }));
    // The sort is stable, so what one packet carries stays in order, and its FIN comes last.
    messages.sort_by_key(|message| message.packet);
    let direction = |side: usize| Direction {
        mid_stream: streams[side].late,
        gap: streams[side].gap,
        application_records: read[side].application,
        first_application: read[side].first_application.map(|end| streams[side].mark(end - 1).complete),
    };
    Some(Connection {
        client: ends[client],
        server: ends[server],
        messages,
        from_client: direction(client),
        from_server: direction(server),
    })
}

/// The side of the client: by what the sides say, else who opened the connection, else side 0.
fn client_of(sides: &[Records<'_>; 2], opener: Option<usize>) -> usize {
    let says = |side: usize, kinds: &[u8]| {
        sides[side]
            .parts
            .iter()
            .any(|part| matches!(&part.what, What::Handshake { kind, .. } if kinds.contains(kind)))
    };
    let of_client = [kind::CLIENT_HELLO, kind::CERTIFICATE_VERIFY, kind::CLIENT_KEY_EXCHANGE];
    let of_server = [
        kind::SERVER_HELLO,
        kind::SERVER_KEY_EXCHANGE,
        kind::CERTIFICATE_REQUEST,
        kind::SERVER_HELLO_DONE,
        kind::CERTIFICATE_STATUS,
    ];
    (0..2)
        .find(|side| says(*side, &of_client))
        .or_else(|| (0..2).find(|side| says(1 - *side, &of_server)))
        .or(opener)
        .unwrap_or(0)
}

fn is_modern(version: u16) -> bool {
    version == 0x0304 || version >> 8 == 0x7f
}

/// What a part of a stream says; `None` where that is of no interest.
fn content(part: &Part<'_>, version: u16) -> Option<Content> {
    match &part.what {
        What::ChangeCipherSpec => Some(Content::ChangeCipherSpec),
        What::Alert { encrypted: true, .. } => Some(Content::EncryptedAlert),
        What::Alert { content, .. } => match content {
            [level, description] => Some(Content::Alert(*level, *description)),
            _ => None,
        },
        What::Handshake { kind, body } => Some(match *kind {
            kind::CLIENT_HELLO => {
                client_hello(body).map_or(Content::Broken("ClientHello"), Content::ClientHello)
            }
            kind::SERVER_HELLO => server_hello(body).unwrap_or(Content::Broken("ServerHello")),
            kind::CERTIFICATE => {
                certificates(body).map_or(Content::Broken("Certificate"), Content::Certificate)
            }
            kind::CERTIFICATE_REQUEST => certificate_request(body, version)
                .map_or(Content::Broken("CertificateRequest"), Content::CertificateRequest),
            kind::SERVER_HELLO_DONE => Content::ServerHelloDone,
            kind::CERTIFICATE_VERIFY => Content::CertificateVerify,
            _ => return None,
        }),
    }
}

/// Values that clients mix in to keep servers tolerant, RFC 8701.
fn is_grease(value: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
}

fn client_hello(body: &[u8]) -> Option<ClientHello> {
    let (_, hello) = parse_tls_handshake_client_hello(body).ok()?;
    let mut out = ClientHello {
        session_id: hello.session_id.unwrap_or_default().to_vec(),
        cipher_suites: hello.ciphers.iter().map(|id| id.0).filter(|id| !is_grease(*id)).collect(),
        ..ClientHello::default()
    };
    let (_, extensions) = parse_tls_client_hello_extensions(hello.ext.unwrap_or_default()).ok()?;
    for extension in &extensions {
        match extension {
            TlsExtension::SNI(names) => {
                let host = names.iter().find(|(kind, _)| *kind == SNIType::HostName);
                out.server_name = host.map(|(_, name)| name.to_vec());
            }
            TlsExtension::SupportedVersions(versions) => {
                out.versions = versions.iter().map(|it| it.0).filter(|it| !is_grease(*it)).collect();
            }
            TlsExtension::SignatureAlgorithms(all) => {
                out.signature_algorithms = all.iter().copied().filter(|it| !is_grease(*it)).collect();
            }
            // An empty ticket only says that the client could take one.
            TlsExtension::SessionTicket(ticket) => out.ticket |= !ticket.is_empty(),
            TlsExtension::PreSharedKey(_) => out.ticket = true,
            _ => {}
        }
    }
    if out.versions.is_empty() {
        out.versions = vec![hello.version.0];
    }
    Some(out)
}

fn server_hello(body: &[u8]) -> Option<Content> {
    let (_, hello) = parse_tls_handshake_server_hello(body).ok()?;
    if hello.random == RETRY {
        return Some(Content::HelloRetryRequest);
    }
    let (_, extensions) = parse_tls_server_hello_extensions(hello.ext.unwrap_or_default()).ok()?;
    let chosen = extensions.iter().find_map(|extension| match extension {
        TlsExtension::SupportedVersions(versions) => versions.first(),
        _ => None,
    });
    Some(Content::ServerHello(ServerHello {
        version: chosen.map_or(hello.version.0, |version| version.0),
        cipher_suite: hello.cipher.0,
        session_id: hello.session_id.unwrap_or_default().to_vec(),
    }))
}

/// Bytes that are taken from the front.
struct Front<'a>(&'a [u8]);

impl<'a> Front<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A list behind its length, which has so many bytes.
    fn list(&mut self, width: usize) -> Option<Front<'a>> {
        let length = self.take(width)?.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        self.take(length).map(Front)
    }

    /// The lists up to the end.
    fn lists(mut self, width: usize) -> Option<Vec<Vec<u8>>> {
        let mut all = Vec::new();
        while !self.0.is_empty() {
            all.push(self.list(width)?.0.to_vec());
        }
        Some(all)
    }
}

/// RFC 5246 7.4.2: a list of certificates, each behind its length.
fn certificates(body: &[u8]) -> Option<Vec<Vec<u8>>> {
    Front(body).list(3)?.lists(3)
}

/// RFC 5246 7.4.4; before TLS 1.2 there are no signature algorithms in it.
fn certificate_request(body: &[u8], version: u16) -> Option<CertificateRequest> {
    let mut rest = Front(body);
    let certificate_types = rest.list(1)?.0.to_vec();
    let signature_algorithms = if version >= 0x0303 {
        let pairs = rest.list(2)?.0.chunks_exact(2);
        pairs.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
    } else {
        Vec::new()
    };
    Some(CertificateRequest { authorities: rest.list(2)?.lists(2)?, certificate_types, signature_algorithms })
}
