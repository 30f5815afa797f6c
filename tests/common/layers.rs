//! Captures with one client hello in them, in as many wrappings as captures have: tags of networks, IP in IP, headers of
//! IPv6, blocks of pcapng, hellos cut into records and segments.

/// A client hello that names a host, in one record.
fn hello() -> Vec<u8> {
    let name = b"layers.example.com";
    let long = |number: usize| (number as u16).to_be_bytes();
    let list = [&[0][..], &long(name.len()), name].concat();
    let extension = [&[0, 0][..], &long(list.len() + 2), &long(list.len()), &list].concat();
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0xc0, 0x2b, 1, 0]);
    body.extend(long(extension.len()));
    body.extend(extension);
    [&[1, 0][..], &long(body.len()), &body].concat()
}

fn record(content: &[u8]) -> Vec<u8> {
    [&[0x16, 3, 1][..], &(content.len() as u16).to_be_bytes(), content].concat()
}

fn tcp(sequence: u32, flags: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![0xc3, 0x50, 0x01, 0xbb];
    out.extend(sequence.to_be_bytes());
    out.extend([0, 0, 0, 0, 0x50, flags, 4, 0, 0, 0, 0, 0]);
    out.extend(content);
    out
}

fn ipv4(protocol: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x45, 0];
    out.extend((20 + content.len() as u16).to_be_bytes());
    out.extend([0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1]);
    out.extend(content);
    out
}

fn ipv6(next: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x60, 0, 0, 0];
    out.extend((content.len() as u16).to_be_bytes());
    out.extend([next, 64]);
    out.extend([0x20; 16]);
    out.extend([0x21; 16]);
    out.extend(content);
    out
}

/// Headers of IPv6 that say what follows: hop by hop, routing, destination options.
fn extended(count: usize, content: &[u8]) -> Vec<u8> {
    let kinds = [0, 43, 60];
    let mut rest = content.to_vec();
    let mut next = 6;
    for index in (0..count).rev() {
        rest = [&[next, 0, 1, 4, 0, 0, 0, 0][..], &rest].concat();
        next = kinds[index % kinds.len()];
    }
    ipv6(next, &rest)
}

/// Ethernet with so many tags of networks.
fn ethernet(tags: usize, kind: u16, content: &[u8]) -> Vec<u8> {
    let mut out = vec![2; 12];
    for tag in 0..tags {
        out.extend(if tag % 2 == 0 { [0x88, 0xa8] } else { [0x81, 0] });
        out.extend([0, tag as u8]);
    }
    out.extend(kind.to_be_bytes());
    out.extend(content);
    out
}

/// The packets of the client: the start, and the hello in these pieces.
fn packets(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut all = vec![tcp(99, 2, b"")];
    let mut at = 100;
    for piece in pieces {
        all.push(tcp(at, 0x10, piece));
        at += piece.len() as u32;
    }
    all
}

fn pcap(link: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut out = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0].to_vec();
    out.extend(link.to_le_bytes());
    for packet in packets {
        out.extend([0; 8]);
        out.extend((packet.len() as u32).to_le_bytes().repeat(2));
        out.extend(packet);
    }
    out
}

/// A block of pcapng, in the order of bytes that is asked for.
fn block(big: bool, kind: u32, content: &[u8]) -> Vec<u8> {
    let number = |it: u32| if big { it.to_be_bytes() } else { it.to_le_bytes() };
    let mut body = content.to_vec();
    body.resize(content.len().next_multiple_of(4), 0);
    let length = number(body.len() as u32 + 12);
    [&number(kind)[..], &length, &body, &length].concat()
}

/// A section with an interface, its packets, and blocks that say other things.
fn section(big: bool, link: u16, packets: &[Vec<u8>]) -> Vec<u8> {
    let number = |it: u32| if big { it.to_be_bytes() } else { it.to_le_bytes() };
    let short = |it: u16| if big { it.to_be_bytes() } else { it.to_le_bytes() };
    let header = [&number(0x1a2b_3c4d)[..], &short(1), &short(0), &[0xff; 8]].concat();
    let interface = [&short(link)[..], &short(0), &number(0xffff)].concat();
    let mut out = block(big, 0x0a0d_0d0a, &header);
    out.extend(block(big, 1, &interface));
    out.extend(block(big, 5, &[0; 12]));
    for (index, packet) in packets.iter().enumerate() {
        let length = number(packet.len() as u32);
        if index % 2 == 0 {
            let head = [&number(0)[..], &[0; 8], &length, &length].concat();
            out.extend(block(big, 6, &[&head[..], packet].concat()));
        } else {
            out.extend(block(big, 3, &[&length[..], packet].concat()));
        }
    }
    out.extend(block(big, 4, &[0; 4]));
    out.extend(block(big, 10, &[&number(0x544c_534b)[..], &number(4), b"key\n"].concat()));
    out
}

/// All of them, by a name of a file.
pub(crate) fn captures() -> Vec<(String, Vec<u8>)> {
    let hello = hello();
    let whole = record(&hello);
    let (one, other) = hello.split_at(hello.len() - 9);
    let records = [record(one), record(other)].concat();
    let bytes: Vec<&[u8]> = whole.chunks(1).collect();
    let cuts: [(&str, Vec<&[u8]>); 4] = [
        ("whole", vec![&whole]),
        ("records", vec![&records]),
        ("segments", whole.chunks(40).collect()),
        ("bytes", bytes),
    ];
    let mut all = Vec::new();
    for (name, pieces) in &cuts {
        let sent = packets(pieces);
        let wrapped = |wrap: &dyn Fn(&[u8]) -> Vec<u8>| sent.iter().map(|it| wrap(it)).collect::<Vec<_>>();
        all.push((format!("{name}-raw.pcap"), pcap(101, &wrapped(&|it| ipv4(6, it)))));
        all.push((
            format!("{name}.pcapng"),
            [
                section(false, 101, &wrapped(&|it| ipv4(6, it))),
                section(true, 1, &wrapped(&|it| ethernet(0, 0x86dd, &ipv6(6, it)))),
            ]
            .concat(),
        ));
    }
    let sent = packets(&cuts[0].1);
    let wrapped = |wrap: &dyn Fn(&[u8]) -> Vec<u8>| sent.iter().map(|it| wrap(it)).collect::<Vec<_>>();
    for depth in [1, 2, 3, 4, 60] {
        let tagged = wrapped(&|it| ethernet(depth, 0x0800, &ipv4(6, it)));
        all.push((format!("tags-{depth}.pcap"), pcap(1, &tagged)));
        let within = wrapped(&|it| (0..depth).fold(ipv4(6, it), |inner, _| ipv4(4, &inner)));
        all.push((format!("ip-in-ip-{depth}.pcap"), pcap(101, &within)));
        let within = wrapped(&|it| (0..depth).fold(ipv6(6, it), |inner, _| ipv6(41, &inner)));
        all.push((format!("ipv6-in-ipv6-{depth}.pcap"), pcap(229, &within)));
        all.push((format!("headers-{depth}.pcap"), pcap(229, &wrapped(&|it| extended(depth, it)))));
    }
    let cooked = wrapped(&|it| [&[0; 14][..], &[8, 0], &ipv4(6, it)].concat());
    all.push(("cooked.pcap".to_owned(), pcap(113, &cooked)));
    let cooked = wrapped(&|it| [&[8, 0][..], &[0; 18], &ipv4(6, it)].concat());
    all.push(("cooked-2.pcap".to_owned(), pcap(276, &cooked)));
    let family = wrapped(&|it| [&[2, 0, 0, 0][..], &ipv4(6, it)].concat());
    all.push(("null.pcap".to_owned(), pcap(0, &family)));
    all.push(("unknown.pcap".to_owned(), pcap(147, &sent)));
    all
}
