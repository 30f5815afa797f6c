//! Captures made by nginx and OpenSSL, captures made by hand, and bytes of any kind.

use std::{fs, path::Path};

use etherparse::PacketBuilder;
use proptest::prelude::*;

use super::{Connection, Content, Message, Reading, Trouble, is_capture, read};

fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/captures").join(name)).unwrap()
}

fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/captures");
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".pcap"))
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), sample(&name))).collect()
}

fn word(message: &Message) -> String {
    let what = match &message.content {
        Content::ClientHello(_) => "ClientHello".to_owned(),
        Content::HelloRetryRequest => "HelloRetryRequest".to_owned(),
        Content::ServerHello(_) => "ServerHello".to_owned(),
        Content::Certificate(chain) => format!("Certificate {}", chain.len()),
        Content::CertificateRequest(it) => format!("CertificateRequest {}", it.authorities.len()),
        Content::ServerHelloDone => "ServerHelloDone".to_owned(),
        Content::CertificateVerify => "CertificateVerify".to_owned(),
        Content::ChangeCipherSpec => "ChangeCipherSpec".to_owned(),
        Content::Alert(level, description) => format!("Alert {level} {description}"),
        Content::EncryptedAlert => "EncryptedAlert".to_owned(),
        Content::Broken(what) => format!("Broken {what}"),
        Content::Fin => "FIN".to_owned(),
        Content::Reset => "RST".to_owned(),
    };
    format!("{} {} {what}", message.packet, if message.from_client { "→" } else { "←" })
}

/// The messages without the end of the connection, which races.
fn handshake(connection: &Connection) -> Vec<String> {
    let ends = |message: &&Message| {
        matches!(message.content, Content::Fin | Content::Reset | Content::EncryptedAlert)
    };
    connection.messages.iter().filter(|message| !ends(message)).map(word).collect()
}

fn one(reading: &Reading) -> &Connection {
    assert_eq!((reading.connections.len(), &*reading.troubles), (1, &[][..]));
    &reading.connections[0]
}

#[test]
fn packets_are_those_of_wireshark() {
    let reading = read(&sample("mutual-ok.pcap"));
    let wanted = [
        "4 → ClientHello",
        "6 ← ServerHello",
        "6 ← Certificate 2",
        "7 ← CertificateRequest 2",
        "7 ← ServerHelloDone",
        "10 → Certificate 2",
        "10 → CertificateVerify",
        "10 → ChangeCipherSpec",
        "11 ← ChangeCipherSpec",
    ];
    let connection = one(&reading);
    assert_eq!(handshake(connection), wanted);
    assert_eq!((connection.server.to_string().as_str(), reading.packets >= 15), ("10.9.8.1:9443", true));
    let Content::ClientHello(hello) = &connection.messages[0].content else { panic!() };
    assert_eq!(hello.server_name.as_deref(), Some(&b"api.acme.test"[..]));
    assert_eq!((&*hello.versions, hello.ticket), (&[0x0303][..], false));
    assert!(hello.cipher_suites.contains(&0xc02b) && hello.signature_algorithms.contains(&0x0403));
    let Content::CertificateRequest(request) = &connection.messages[3].content else { panic!() };
    assert_eq!(request.certificate_types, [1, 2, 64]);
    assert!(request.signature_algorithms.contains(&0x0403));
    assert!(connection.from_server.application_records == 1 && !connection.from_client.mid_stream);
}

#[test]
fn links_and_formats_make_no_difference() {
    for (name, certificates) in [
        ("wrong-client.pcap", "Certificate 1"),
        ("no-client.pcapng", "Certificate 0"),
        ("no-name.pcap", "Certificate 2"),
    ] {
        let reading = read(&sample(name));
        assert!(handshake(one(&reading)).contains(&format!("10 → {certificates}")), "{name}");
    }
}

#[test]
fn a_resumed_session_shows_no_certificates() {
    let reading = read(&sample("resumed.pcap"));
    assert_eq!(reading.connections.len(), 2);
    let second: Vec<String> = handshake(&reading.connections[1])
        .iter()
        .map(|it| it.split_once(' ').unwrap().1.to_owned())
        .collect();
    assert_eq!(second, ["→ ClientHello", "← ServerHello", "← ChangeCipherSpec", "→ ChangeCipherSpec"]);
    let Content::ClientHello(hello) = &reading.connections[1].messages[0].content else { panic!() };
    let Content::ServerHello(answer) = &reading.connections[1].messages[1].content else { panic!() };
    assert!(hello.ticket && hello.session_id == answer.session_id);
    assert!(reading.connections[1].messages[0].seconds > 1_790_000_000);
}

#[test]
fn of_tls_13_there_are_hellos() {
    let reading = read(&sample("tls13.pcap"));
    let found = handshake(one(&reading));
    assert_eq!(&found[..3], ["4 → ClientHello", "6 ← ServerHello", "6 ← ChangeCipherSpec"]);
    let Content::ServerHello(hello) = &one(&reading).messages[1].content else { panic!() };
    assert_eq!(hello.version, 0x0304);
    let found = handshake(one(&read(&sample("retry.pcapng"))));
    let kinds: Vec<&str> = found.iter().filter_map(|it| it.split(' ').next_back()).collect();
    let wanted = [
        "ClientHello",
        "HelloRetryRequest",
        "ChangeCipherSpec",
        "ChangeCipherSpec",
        "ClientHello",
        "ServerHello",
    ];
    assert_eq!(kinds, wanted);
}

#[test]
fn alerts_in_the_clear_and_encrypted_ones_are_told_apart() {
    let reading = read(&sample("refused.pcap"));
    let found: Vec<String> = one(&reading).messages.iter().map(word).collect();
    assert!(found.iter().any(|it| it.ends_with("← Alert 2 48")), "{found:?}");
    assert!(!found.iter().any(|it| it.ends_with("EncryptedAlert")));
    let reading = read(&sample("wrong-client.pcap"));
    assert!(one(&reading).messages.iter().any(|it| it.content == Content::EncryptedAlert && !it.from_client));
    let ends: Vec<&Message> = one(&reading).messages.iter().filter(|it| it.content == Content::Fin).collect();
    assert!(!ends.is_empty());
}

#[test]
fn a_file_that_ends_early_keeps_what_it_holds() {
    // One of them has lost its end already.
    for (name, bytes) in samples().into_iter().filter(|(name, _)| name != "cut.pcap") {
        let whole = read(&bytes);
        assert_eq!(whole.troubles, [], "{name}");
        for length in 0..bytes.len() {
            let part = read(&bytes[..length]);
            assert!(part.packets <= whole.packets);
            let clean = part.troubles.is_empty();
            assert!(clean || part.troubles.len() == 1, "{name} {length}: {:?}", part.troubles);
        }
        let cut = read(&bytes[..bytes.len() - 3]);
        assert_eq!(cut.troubles, [Trouble::EndsInside(whole.packets)], "{name}");
        assert!(is_capture(&bytes));
    }
}

/// A packet of a stream: the side (0: client), its sequence number, flags and content.
type Sent<'a> = (usize, u32, &'a str, &'a [u8]);

fn ends(side: usize) -> ([u8; 4], [u8; 4], u16, u16) {
    if side == 0 {
        ([10, 0, 0, 2], [10, 0, 0, 1], 50_000, 443)
    } else {
        ([10, 0, 0, 1], [10, 0, 0, 2], 443, 50_000)
    }
}

fn packet(&(side, sequence, flags, content): &Sent<'_>) -> Vec<u8> {
    let (from, to, source, target) = ends(side);
    let mut builder = PacketBuilder::ipv4(from, to, 64).tcp(source, target, sequence, 1024);
    for flag in flags.chars() {
        builder = match flag {
            'S' => builder.syn(),
            'A' => builder.ack(0),
            'F' => builder.fin(),
            _ => builder.rst(),
        };
    }
    let mut out = Vec::new();
    builder.write(&mut out, content).unwrap();
    out
}

/// A big-endian pcap of raw IP, each packet behind `header`.
fn pcap(link: u32, header: &[u8], packets: &[Sent<'_>]) -> Vec<u8> {
    let mut out = [0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0].to_vec();
    out.extend(link.to_be_bytes());
    for (second, sent) in packets.iter().enumerate() {
        let bytes = [header, &packet(sent)].concat();
        out.extend((second as u32).to_be_bytes());
        out.extend([0; 4]);
        out.extend((bytes.len() as u32).to_be_bytes().repeat(2));
        out.extend(bytes);
    }
    out
}

/// The bytes of the client and of the server in a sample, without the end of the connection.
fn client_hello() -> Vec<u8> {
    let mut hello = [3, 3].to_vec();
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x2b, 1, 0]);
    let mut message = vec![1, 0, 0, hello.len() as u8];
    message.extend(hello);
    message
}

/// A handshake record.
fn record(content: &[u8]) -> Vec<u8> {
    [&[0x16, 3, 1, 0, content.len() as u8][..], content].concat()
}

fn client_chain(certificates: &[&[u8]]) -> Vec<u8> {
    let list: Vec<u8> =
        certificates.iter().flat_map(|it| [&[0, 0, it.len() as u8][..], it].concat()).collect();
    let length = list.len() as u8;
    [&[11, 0, 0, length + 3, 0, 0, length][..], &list].concat()
}

#[test]
fn segments_come_in_any_order_twice_and_overlapping() {
    let hello = record(&client_hello());
    let packets: &[Sent<'_>] = &[
        (0, u32::MAX - 10, "S", b""),
        (1, 500, "SA", b""),
        (0, 20, "A", &hello[30..]),
        (0, u32::MAX - 9, "A", &hello[..25]),
        (0, u32::MAX - 9, "A", &hello[..25]),
        (0, 10, "A", &hello[20..40]),
        (0, (hello.len() as u32).wrapping_sub(10), "F", b""),
    ];
    let reading = read(&pcap(101, &[], packets));
    let connection = one(&reading);
    // The numbers pass zero, and the hello is whole with the sixth packet.
    assert_eq!(connection.messages.iter().map(word).collect::<Vec<_>>(), ["6 → ClientHello", "7 → FIN"]);
    assert_eq!((connection.messages[0].first, connection.messages[0].seconds), (4, 3));
    assert_eq!((connection.client.port(), connection.from_client.mid_stream), (50_000, false));
}

#[test]
fn traffic_behind_a_handshake_may_be_as_long_as_it_likes() {
    let hello = record(&client_hello());
    let body = vec![0x17; 60_000];
    let mut packets: Vec<Sent<'_>> = vec![(0, 0, "S", b""), (0, 1, "A", &hello)];
    let mut next = 1 + hello.len() as u32;
    // More than is read of one connection.
    for _ in 0..super::stream::MAX_STREAM / body.len() + 2 {
        packets.push((0, next, "A", &body));
        next += body.len() as u32;
    }
    assert_eq!(handshake(one(&read(&pcap(101, &[], &packets)))), ["2 → ClientHello"]);
}

#[test]
fn what_lies_behind_a_gap_is_not_read() {
    let (hello, chain) = (record(&client_hello()), record(&client_chain(&[b"one", b"two"])));
    let end = 1 + hello.len() as u32;
    let packets: &[Sent<'_>] = &[(0, 0, "S", b""), (0, 1, "A", &hello), (0, end + 5, "A", &chain)];
    let reading = read(&pcap(101, &[], packets));
    assert_eq!(one(&reading).from_client.gap, Some(3));
    assert_eq!(handshake(one(&reading)), ["2 → ClientHello"]);
}

#[test]
fn messages_cross_records_and_share_them() {
    let mut messages = client_hello();
    messages.extend(client_chain(&[b"one", b"two"]));
    messages.extend(client_chain(&[]));
    let middle = messages.len() - 9;
    let stream =
        [record(&messages[..20]), record(&messages[20..middle]), record(&messages[middle..])].concat();
    let packets: &[Sent<'_>] =
        &[(0, 9, "A", &stream[..30]), (0, 39, "A", &stream[30..70]), (0, 79, "A", &stream[70..])];
    for (link, header) in [(101, &[][..]), (0, &[2, 0, 0, 0]), (108, &[0, 0, 0, 2]), (228, &[]), (12, &[])] {
        let reading = read(&pcap(link, header, packets));
        let connection = one(&reading);
        assert!(connection.from_client.mid_stream);
        let found: Vec<(u32, u32)> = connection.messages.iter().map(|it| (it.first, it.packet)).collect();
        assert_eq!(handshake(connection).len(), 3, "{link}");
        assert_eq!((found[0].0, found[2].1), (1, 3));
        assert_eq!(
            connection.messages[1].content,
            Content::Certificate(vec![b"one".to_vec(), b"two".to_vec()])
        );
        assert_eq!(connection.messages[2].content, Content::Certificate(Vec::new()));
    }
}

#[test]
fn ports_are_used_again() {
    let hello = record(&client_hello());
    let packets: &[Sent<'_>] = &[
        (0, 0, "S", b""),
        (0, 0, "S", b""),
        (0, 1, "A", &hello),
        (1, 0, "RA", b""),
        (0, 900, "S", b""),
        (0, 901, "A", &hello),
    ];
    let reading = read(&pcap(101, &[], packets));
    let found: Vec<Vec<String>> =
        reading.connections.iter().map(|it| it.messages.iter().map(word).collect()).collect();
    assert_eq!(found, [vec!["3 → ClientHello", "4 ← RST"], vec!["6 → ClientHello"]]);
}

#[test]
fn a_vlan_is_looked_through_and_other_networks_are_counted() {
    let hello = record(&client_hello());
    let packets: &[Sent<'_>] = &[(0, 1, "A", &hello)];
    let vlan = [&[0; 12][..], &[0x81, 0, 0, 7, 8, 0]].concat();
    assert_eq!(handshake(one(&read(&pcap(1, &vlan, packets)))), ["1 → ClientHello"]);
    let reading = read(&pcap(105, &[], packets));
    assert_eq!(reading.troubles, [Trouble::LinkType { number: 105, packets: 1 }]);
    assert_eq!(read(b"\xd4\xc3\xb2\xa1").troubles, [Trouble::Header]);
}

#[test]
fn streams_that_are_no_tls_are_left_alone() {
    let packets: &[Sent<'_>] = &[
        (0, 0, "S", b""),
        (0, 1, "A", b"GET / HTTP/1.1\r\n\r\n"),
        (1, 1, "A", b"\x80\x2e\x01\x00\x02 an old hello"),
    ];
    assert_eq!(read(&pcap(101, &[], packets)).connections.len(), 0);
    let broken = record(&[1, 0, 0, 4, 3, 3, 0, 0]);
    let reading = read(&pcap(101, &[], &[(0, 1, "A", &broken)]));
    assert_eq!(one(&reading).messages[0].content, Content::Broken("ClientHello"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400), start in 0..6_usize) {
        let starts: [&[u8]; 6] = [
            b"", b"\xd4\xc3\xb2\xa1\x02\0\x04\0", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a",
            b"\x0a\x0d\x0d\x0a\0\0\0\x1c\x1a\x2b\x3c\x4d", b"\x0a\x0d\x0d\x0a",
        ];
        read(&[starts[start], &bytes].concat());
    }

    #[test]
    fn a_damaged_sample_is_read(which in 0..64_usize, changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..12)) {
        let samples = samples();
        let mut bytes = samples[which % samples.len()].1.clone();
        for (at, byte) in changes {
            let at = usize::from(at) % bytes.len();
            bytes[at] = byte;
        }
        read(&bytes);
    }

    #[test]
    fn any_stream_is_read(stream in proptest::collection::vec(any::<u8>(), 0..600), from in 0..2_usize) {
        let hello = record(&client_hello());
        let start = 1 + hello.len() as u32;
        let sequence = if from == 0 { start } else { 1 };
        read(&pcap(101, &[], &[(0, 1, "A", &hello), (from, sequence, "A", &[&[0x16, 3, 3][..], &stream].concat())]));
    }
}
