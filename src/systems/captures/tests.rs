//! The samples of `testdata/captures` as facts, and what is damaged.

use std::{fs, path::Path};

use crate::{
    model::{
        Capture, Facts, Role,
        capture::{AlertContent, Handshake},
    },
    source::{FileId, Place, Source},
    systems::{self, Input},
};

fn bytes(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)).unwrap()
}

fn read(bytes: &[u8]) -> (Source, Facts) {
    let system = systems::of("a.cap", &bytes[..bytes.len().min(1024)]).unwrap();
    assert_eq!(system.name, "captures");
    system.read_bytes(&Input { file: FileId(0), path: "a.cap", bytes })
}

fn capture(name: &str) -> (Source, Capture) {
    let (source, facts) = read(&bytes(&format!("captures/{name}")));
    assert!(facts.problems.is_empty() && facts.holding.is_none(), "{name}");
    (source, facts.capture.unwrap())
}

#[test]
fn each_message_is_an_entry_of_its_packet() {
    let (source, capture) = capture("mutual-ok.pcap");
    let talk = &capture.conversations[0];
    let request = talk.certificate_request.as_ref().unwrap();
    let Place::Entry(entry) = request.seen.at.place else { panic!() };
    assert_eq!(source.entries[entry as usize].name, "packet 7");
    let line = source.slice(source.span(request.seen.at.place));
    assert_eq!(line, format!("packet 7  CertificateRequest {} → {}, 2 names", talk.server, talk.client));
    let names: Vec<&str> =
        request.authorities.iter().map(|it| it.name.as_ref().unwrap().text.as_str()).collect();
    assert_eq!(names, ["O=Example, CN=Example Intermediate CA", "O=Example, CN=Example Root CA"]);
    assert!(source.text.starts_with("packet 4  ClientHello 10.9.8.2:"));
    assert!(source.text.lines().next().unwrap().ends_with(", api.acme.test"));
}

#[test]
fn chains_are_those_of_the_files() {
    let (_, capture) = capture("mutual-ok.pcap");
    let talk = &capture.conversations[0];
    assert_eq!(talk.handshake, Handshake::Full);
    let leaf = talk.client_chain.as_ref().unwrap().leaf().unwrap();
    assert_eq!(leaf.subject.text, "O=Example, CN=client");
    assert_eq!(talk.client_chain.as_ref().unwrap().readable().len(), 2);
    assert_eq!(
        talk.server_chain.as_ref().unwrap().leaf().unwrap().subject.common_name.as_deref(),
        Some("api.acme.test")
    );
    assert!(talk.certificate_verify.is_some() && talk.from_client.change_cipher_spec.is_some());
    assert_eq!(talk.server_hello.as_ref().unwrap().version.to_string(), "TLS 1.2");
    assert!(capture.flaws.is_empty() && capture.cut == 0 && capture.fragments == 0);
}

#[test]
fn an_empty_chain_is_not_an_absent_one() {
    let none = &capture("no-client.pcapng").1.conversations[0];
    assert!(none.client_chain.as_ref().unwrap().certificates.is_empty());
    assert!(none.certificate_request.is_some() && none.certificate_verify.is_none());
    let not_asked = &capture("not-asked.pcap").1.conversations[0];
    assert!(not_asked.client_chain.is_none() && not_asked.certificate_request.is_none());
    assert_eq!(not_asked.handshake, Handshake::Full);
    let nameless = &capture("no-name.pcap").1.conversations[0];
    assert!(nameless.client_hello.as_ref().unwrap().server_name.is_none() && nameless.server.is_ipv6());
}

#[test]
fn handshakes_without_certificates_say_why() {
    let resumed = capture("resumed.pcap").1.conversations;
    let ways: Vec<Handshake> = resumed.iter().map(|talk| talk.handshake).collect();
    assert_eq!(ways, [Handshake::Full, Handshake::Resumed]);
    assert!(resumed[1].server_hello.as_ref().unwrap().echoes_session);
    let hidden = &capture("tls13.pcap").1.conversations[0];
    assert_eq!(hidden.handshake, Handshake::Hidden);
    assert_eq!(hidden.server_hello.as_ref().unwrap().version.to_string(), "TLS 1.3");
    assert!(hidden.from_server.application_records > 0);
    let retry = &capture("retry.pcapng").1.conversations[0];
    assert!(retry.retry.is_some() && retry.handshake == Handshake::Hidden);
}

#[test]
fn alerts_and_ends_say_who() {
    let (source, capture) = capture("refused.pcap");
    let talk = &capture.conversations[0];
    let alert = &talk.alerts[0];
    assert_eq!((alert.by, alert.says), (Role::Server, AlertContent::Clear { fatal: true, description: 48 }));
    assert!(
        source.slice(source.span(alert.seen.at.place)).contains("  Alert 48 (unknown_ca) 10.9.8.1:9443 → ")
    );
    assert_eq!((talk.closes[0].by, talk.closes[0].reset), (Role::Server, false));
}

#[test]
fn what_is_damaged_is_told_and_the_rest_is_kept() {
    let whole = bytes("captures/mutual-ok.pcap");
    let (_, facts) = read(&whole[..whole.len() - 1]);
    let capture = facts.capture.unwrap();
    assert!(capture.flaws[0].what.starts_with("ends inside packet "), "{}", capture.flaws[0].what);
    assert!(capture.conversations[0].client_chain.is_some());
    let (_, facts) = read(&whole[..20]);
    assert_eq!(facts.problems.len(), 1);
    let leaf = bytes("pki/client-by-root.pem");
    let mut damaged = bytes("captures/mutual-ok.pcap");
    // The tag of the issuer's name, in the chain of the client.
    let subject = b"\x0c\x06client";
    let at = damaged.windows(subject.len()).position(|it| it == subject).unwrap();
    damaged[at - 5] = 0x31;
    let (_, facts) = read(&damaged);
    let capture = facts.capture.unwrap();
    assert_eq!(capture.flaws.len(), 1, "{:?}", capture.flaws);
    let chain = capture.conversations[0].client_chain.as_ref().unwrap();
    assert_eq!((chain.certificates.len(), chain.readable().len(), chain.leaf().is_none()), (2, 1, true));
    assert!(systems::of("leaf.pem", &leaf).is_some_and(|system| system.name == "certificates"));
}

#[test]
fn names_that_nobody_should_print_are_escaped() {
    assert_eq!(super::text(b"a\x1b[2J.b \xff"), "a\\u{1b}[2J.b\\u{20}\\u{fffd}");
}
