//! Network captures (`.pcap`, `.pcapng`), as `tcpdump` and Wireshark write them: the TLS handshakes that they show.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use crate::{
    model::{
        Capture, Conversation, Facts, Problem, ProblemKind, Role,
        capture::{
            Alert, AlertContent, Authority, CertificateRequest, ClientHello, Close, Flaw, Flow, Handshake,
            Seen, SentCertificate, SentChain, ServerHello, TlsVersion,
        },
    },
    source::{FileId, Location, Place, Source},
    syntax::capture::{self, Connection, Content, Message, Reading, Trouble},
    x509::{Name, Time},
};

use super::{Input, Probe, ReadBy, System, certificates::known};

/// See the module.
pub(super) const SYSTEM: System = System { name: "captures", recognise, read: ReadBy::Whole(read) };

/// So many alerts of a connection are told; who sends more wants to hurt us.
const MAX_ALERTS: usize = 16;

fn recognise(probe: &Probe<'_>) -> bool {
    capture::is_capture(probe.head)
}

fn read(input: &Input<'_>) -> (Source, Facts) {
    let reading = capture::read(input.bytes);
    // A packet stands where it stands in the file, whatever connection it belongs to.
    let mut order: Vec<(usize, usize)> = Vec::new();
    for (index, connection) in reading.connections.iter().enumerate() {
        let told = (0..connection.messages.len()).filter(|at| is_told(&connection.messages[*at].content));
        order.extend(told.map(|at| (index, at)));
    }
    let message = |(index, at): (usize, usize)| &reading.connections[index].messages[at];
    order.sort_by_key(|entry| message(*entry).packet);
    let lines: Vec<(String, String)> = order
        .iter()
        .map(|entry| {
            let it = message(*entry);
            (format!("packet {}", it.packet), describe(&reading.connections[entry.0], it))
        })
        .collect();
    let mut entries: Vec<Vec<Option<u32>>> =
        reading.connections.iter().map(|connection| vec![None; connection.messages.len()]).collect();
    for (entry, (index, at)) in order.iter().enumerate() {
        entries[*index][*at] = Some(entry as u32);
    }
    let mut flaws = Vec::new();
    let conversations = reading
        .connections
        .iter()
        .zip(&entries)
        .map(|(connection, entries)| conversation(input.file, connection, entries, &mut flaws))
        .collect();
    let mut facts = Facts::default();
    for trouble in &reading.troubles {
        match trouble {
            Trouble::Streams | Trouble::Bytes => facts.problems.push(Problem {
                kind: ProblemKind::OverLimit,
                at: Location::whole(input.file),
                message: words(trouble),
            }),
            Trouble::Header => facts.problems.push(Problem {
                kind: ProblemKind::Unreadable,
                at: Location::whole(input.file),
                message: words(trouble),
            }),
            _ => flaws.push(Flaw { at: Location::whole(input.file), what: words(trouble) }),
        }
    }
    let Reading { packets, fragments, cut, holds_keys, .. } = reading;
    facts.capture =
        Some(Capture { file: input.file, packets, conversations, fragments, cut, holds_keys, flaws });
    (Source::listing(input.path, &lines), facts)
}

/// What could not be read, in words that follow the path.
fn words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Header => "starts like a network capture, and its header cannot be read".into(),
        Trouble::EndsInside(packet) => format!("ends inside packet {packet}; what stands before it was read"),
        Trouble::DamagedBehind(0) => "is damaged before its first packet".into(),
        Trouble::DamagedBehind(packet) => format!("is damaged behind packet {packet}"),
        Trouble::LinkType { number, packets: 1 } => {
            format!("holds 1 packet of link type {number}, which was not read")
        }
        Trouble::LinkType { number, packets } => {
            format!("holds {packets} packets of link type {number}, which were not read")
        }
        Trouble::Streams => "holds more connections than are read; the first ones were".into(),
        Trouble::Bytes => {
            "holds more traffic than is read; handshakes of its later connections may be missing".into()
        }
    }
}

/// Whether a message has a line in the listing.
fn is_told(content: &Content) -> bool {
    !matches!(content, Content::ChangeCipherSpec | Content::ServerHelloDone)
}

/// `CertificateRequest 10.0.0.1:9443 → 10.0.0.2:53211, 3 names`
fn describe(connection: &Connection, message: &Message) -> String {
    let count = |number: usize, one: &str, many: &str| match number {
        0 => format!("no {one}"),
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    };
    let (what, more) = match &message.content {
        Content::ClientHello(hello) => {
            let name = hello.server_name.as_deref().map_or_else(|| "no server name".to_owned(), text);
            ("ClientHello".to_owned(), name)
        }
        Content::HelloRetryRequest => ("HelloRetryRequest".to_owned(), String::new()),
        Content::ServerHello(hello) => ("ServerHello".to_owned(), TlsVersion(hello.version).to_string()),
        Content::Certificate(chain) => {
            ("Certificate".to_owned(), count(chain.len(), "certificate", "certificates"))
        }
        Content::CertificateRequest(request) => {
            ("CertificateRequest".to_owned(), count(request.authorities.len(), "name", "names"))
        }
        Content::CertificateVerify => ("CertificateVerify".to_owned(), String::new()),
        Content::Alert(..) | Content::EncryptedAlert => {
            let says = alert(&message.content).map(|says| says.to_string()).unwrap_or_default();
            let mut letters = says.chars();
            (
                letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default(),
                String::new(),
            )
        }
        Content::Broken(what) => ((*what).to_owned(), "cannot be read".to_owned()),
        Content::Fin => ("FIN".to_owned(), String::new()),
        Content::Reset => ("RST".to_owned(), String::new()),
        Content::ChangeCipherSpec => ("ChangeCipherSpec".to_owned(), String::new()),
        Content::ServerHelloDone => ("ServerHelloDone".to_owned(), String::new()),
    };
    let (from, to): (SocketAddr, SocketAddr) = if message.from_client {
        (connection.client, connection.server)
    } else {
        (connection.server, connection.client)
    };
    let comma = if more.is_empty() { "" } else { ", " };
    format!("{what} {from} → {to}{comma}{more}")
}

/// Bytes that should be text, as one line that is safe to print.
fn text(bytes: &[u8]) -> String {
    let mut out = String::new();
    for character in String::from_utf8_lossy(bytes).chars() {
        if character.is_ascii_graphic() || !character.is_ascii() && character.is_alphanumeric() {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    out
}

fn alert(content: &Content) -> Option<AlertContent> {
    match content {
        Content::Alert(level, description) => {
            Some(AlertContent::Clear { fatal: *level == 2, description: *description })
        }
        Content::EncryptedAlert => Some(AlertContent::Encrypted),
        _ => None,
    }
}

/// The facts of a connection; `entries` says which line of the listing each message has.
fn conversation(
    file: FileId,
    connection: &Connection,
    entries: &[Option<u32>],
    flaws: &mut Vec<Flaw>,
) -> Conversation {
    let mut out = Conversation {
        client: connection.client,
        server: connection.server,
        handshake: handshake(connection),
        client_hello: None,
        retry: None,
        server_hello: None,
        server_chain: None,
        certificate_request: None,
        client_chain: None,
        certificate_verify: None,
        alerts: Vec::new(),
        closes: Vec::new(),
        from_client: flow(connection, true),
        from_server: flow(connection, false),
    };
    let session = connection.messages.iter().find_map(|message| match &message.content {
        Content::ClientHello(hello) => Some(hello.session_id.as_slice()),
        _ => None,
    });
    for (message, entry) in connection.messages.iter().zip(entries) {
        let place = entry.map_or(Place::Whole, Place::Entry);
        let at = Location { file, place };
        let seen = Seen { packet: message.packet, first: message.first, time: Time(message.seconds), at };
        let by = if message.from_client { Role::Client } else { Role::Server };
        match &message.content {
            Content::ClientHello(hello) => {
                out.client_hello.get_or_insert_with(|| client_hello(seen, hello));
            }
            Content::HelloRetryRequest => {
                out.retry.get_or_insert(seen);
            }
            Content::ServerHello(hello) => {
                out.server_hello.get_or_insert_with(|| ServerHello {
                    seen,
                    version: TlsVersion(hello.version),
                    cipher_suite: hello.cipher_suite,
                    echoes_session: !hello.session_id.is_empty() && session == Some(&hello.session_id),
                });
            }
            Content::Certificate(chain) => {
                let sent = sent_chain(seen, chain, flaws);
                if message.from_client { &mut out.client_chain } else { &mut out.server_chain }
                    .get_or_insert(sent);
            }
            Content::CertificateRequest(request) => {
                let authorities = request.authorities.iter().map(|der| authority(der)).collect();
                out.certificate_request.get_or_insert_with(|| CertificateRequest {
                    seen,
                    authorities,
                    certificate_types: request.certificate_types.clone(),
                    signature_algorithms: request.signature_algorithms.clone(),
                });
            }
            Content::CertificateVerify => {
                out.certificate_verify.get_or_insert(seen);
            }
            Content::Alert(..) | Content::EncryptedAlert => {
                let alert = alert(&message.content).map(|says| Alert { seen, by, says });
                out.alerts.extend(alert.filter(|_| out.alerts.len() < MAX_ALERTS));
            }
            Content::Broken(what) => {
                flaws.push(Flaw { at, what: format!("holds a {what} that cannot be read") });
            }
            Content::Fin | Content::Reset => {
                out.closes.push(Close { seen, by, reset: message.content == Content::Reset });
            }
            Content::ChangeCipherSpec | Content::ServerHelloDone => {}
        }
    }
    out
}

/// Which way a handshake went, by what the server sent.
fn handshake(connection: &Connection) -> Handshake {
    let from_server = |wanted: &dyn Fn(&Content) -> bool| {
        connection.messages.iter().any(|message| !message.from_client && wanted(&message.content))
    };
    let hello = connection.messages.iter().find_map(|message| match &message.content {
        Content::ServerHello(hello) => Some(TlsVersion(hello.version)),
        Content::HelloRetryRequest => Some(TlsVersion(0x0304)),
        _ => None,
    });
    match hello {
        Some(version) if version.hides_certificates() => Handshake::Hidden,
        // The server has said all that it says in the clear.
        _ if from_server(&|content| *content == Content::ServerHelloDone) => Handshake::Full,
        Some(_)
            if from_server(&|content| *content == Content::ChangeCipherSpec)
                && !from_server(&|content| matches!(content, Content::Certificate(_))) =>
        {
            Handshake::Resumed
        }
        _ => Handshake::Unknown,
    }
}

fn flow(connection: &Connection, of_client: bool) -> Flow {
    let direction = if of_client { &connection.from_client } else { &connection.from_server };
    let change = connection
        .messages
        .iter()
        .find(|it| it.from_client == of_client && it.content == Content::ChangeCipherSpec);
    Flow {
        mid_stream: direction.mid_stream,
        gap: direction.gap,
        change_cipher_spec: change.map(|message| message.packet),
        application_records: direction.application_records,
        first_application: direction.first_application,
    }
}

fn client_hello(seen: Seen, hello: &capture::ClientHello) -> ClientHello {
    ClientHello {
        seen,
        server_name: hello.server_name.as_deref().map(text),
        versions: hello.versions.iter().copied().map(TlsVersion).collect(),
        session_id: !hello.session_id.is_empty(),
        ticket: hello.ticket,
        cipher_suites: hello.cipher_suites.clone(),
        signature_algorithms: hello.signature_algorithms.clone(),
    }
}

fn authority(der: &[u8]) -> Authority {
    Authority { der: der.into(), name: Name::parse(der) }
}

fn sent_chain(seen: Seen, chain: &[Vec<u8>], flaws: &mut Vec<Flaw>) -> SentChain {
    let certificates = chain
        .iter()
        .enumerate()
        .map(|(index, der)| match known::certificate(der) {
            Ok(certificate) => SentCertificate::Read(certificate),
            Err(error) => {
                let what = format!("holds a certificate that cannot be read: number {}, {error}", index + 1);
                flaws.push(Flaw { at: seen.at, what });
                SentCertificate::Broken { der: der.as_slice().into(), error }
            }
        })
        .collect();
    SentChain { seen, certificates }
}
