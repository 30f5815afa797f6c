//! What a capture cannot show, and what it should not carry.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use crate::{
    finding::Findings,
    model::{Location, Model, capture::Handshake},
    rules::words,
};

use super::told::{Groups, packet};

/// Captures with the ends of their conversations whose handshakes went this way, with and without the client.
fn by_handshake(model: &Model, way: Handshake) -> BTreeSet<(usize, Option<IpAddr>, SocketAddr)> {
    let all = model.encounters().all.iter().map(|it| (it.capture, it.conversation(model)));
    all.filter(|(_, talk)| talk.handshake == way)
        .flat_map(|(capture, talk)| {
            [(capture, Some(talk.client.ip()), talk.server), (capture, None, talk.server)]
        })
        .collect()
}

/// `capture/certificates-hidden`: TLS 1.3 encrypts what would be looked at.
pub(crate) fn certificates_hidden(model: &Model, out: &mut Findings) {
    // Who was heard with an older version too can be judged by that.
    let heard = by_handshake(model, Handshake::Full);
    let groups = Groups::of(model, |it| {
        let talk = it.conversation(model);
        (talk.handshake == Handshake::Hidden && !heard.contains(&(it.capture, None, talk.server)))
            .then_some(())
    });
    for ((), group) in groups.into_iter() {
        let talk = group.first().conversation(model);
        let seen = match (&talk.server_hello, &talk.retry) {
            (Some(hello), _) => hello.seen,
            (None, Some(retry)) => *retry,
            (None, None) => continue,
        };
        let finding = out.report(
            format!(
                "{} and {} agree on TLS 1.3 in {}, which encrypts who is asked for a certificate and what is sent: client certificates cannot be judged by this capture{}",
                group.clients(model),
                talk.server,
                packet(&seen),
                group.more()
            ),
            seen.at,
            "all behind this is encrypted",
        );
        group.label_others(model, finding, |talk| talk.server_hello.as_ref().map(|it| it.seen.at));
        finding.help("have the client offer TLS 1.2 at most for one call (`curl --tls-max 1.2`, `openssl s_client -tls1_2`) and capture that");
    }
}

/// `capture/resumed`: certificates were sent and judged in an earlier connection.
pub(crate) fn resumed(model: &Model, out: &mut Findings) {
    // The handshake that is resumed may be here too.
    let heard = by_handshake(model, Handshake::Full);
    let groups = Groups::of(model, |it| {
        let talk = it.conversation(model);
        let earlier = (it.capture, Some(talk.client.ip()), talk.server);
        (talk.handshake == Handshake::Resumed && !heard.contains(&earlier)).then_some(())
    });
    for ((), group) in groups.into_iter() {
        let talk = group.first().conversation(model);
        let Some(hello) = &talk.server_hello else { continue };
        let finding = out.report(
            format!(
                "{} resumes a session with {} in {}: certificates were sent and judged in an earlier connection, which this capture does not hold{}",
                group.clients(model),
                talk.server,
                packet(&hello.seen),
                group.more()
            ),
            hello.seen.at,
            "no certificates follow",
        );
        group.label_others(model, finding, |talk| talk.server_hello.as_ref().map(|it| it.seen.at));
        finding.help("start the capture, then restart the client so that it makes a new session");
    }
}

/// `capture/partial`: packets are missing or could not be read.
pub(crate) fn partial(model: &Model, out: &mut Findings) {
    for capture in &model.captures {
        let mut says: Vec<String> = Vec::new();
        let mut labels: Vec<(Location, String)> = Vec::new();
        for flaw in &capture.flaws {
            if flaw.at == Location::whole(capture.file) {
                says.push(flaw.what.clone());
            } else {
                labels.push((flaw.at, flaw.what.clone()));
            }
        }
        let unread = labels.len();
        match unread {
            0 => {}
            1 => says.push(labels[0].1.clone()),
            _ => says.push(format!("holds {unread} messages that cannot be read")),
        }
        // Only where a handshake cannot be judged for it does it matter that something is missing.
        let lame = capture.conversations.iter().filter(|it| it.handshake == Handshake::Unknown);
        let heard = capture.conversations.iter().any(|it| it.handshake != Handshake::Unknown);
        let (mut begun, mut holed) = (0, 0);
        for talk in lame {
            let gap = talk.from_client.gap.or(talk.from_server.gap);
            if talk.from_client.mid_stream || talk.from_server.mid_stream {
                // Connections that were open before are no loss where another one shows what was looked for.
                if heard {
                    continue;
                }
                begun += 1;
            } else if gap.is_some() {
                holed += 1;
            } else {
                continue;
            }
            let seen =
                talk.client_hello.as_ref().map(|it| it.seen).or(talk.server_hello.as_ref().map(|it| it.seen));
            if let Some(seen) = seen {
                let client = talk.client;
                let what = match gap {
                    Some(packet) => format!("bytes are missing in front of packet {packet}"),
                    None => format!("the start of the connection of {client} is missing"),
                };
                labels.push((seen.at, what));
            }
        }
        let connections = |count: usize| match count {
            1 => "1 connection".to_owned(),
            _ => format!("{count} connections"),
        };
        if holed > 0 {
            says.push(format!("lacks packets inside the handshake of {}", connections(holed)));
        }
        if begun > 0 {
            says.push(format!("starts in the middle of {}", connections(begun)));
        }
        if capture.cut > 0 && !says.is_empty() {
            let packets = if capture.cut == 1 { "1 packet" } else { "packets" };
            says.push(format!("has {packets} whose end was not captured"));
        }
        if capture.fragments > 0 && !says.is_empty() {
            says.push("holds IP fragments, which are not put together".to_owned());
        }
        if says.is_empty() {
            continue;
        }
        let rest = if heard { "" } else { "; no handshake could be judged" };
        let finding = out.report(
            format!("`{}` {}{rest}", model.path(capture.file), words::list(&says, 6)),
            Location::whole(capture.file),
            "not all of it could be read",
        );
        for (at, what) in labels.into_iter().take(words::SHOWN) {
            finding.label(at, what);
        }
        finding.help("take the capture again with `tcpdump -i any -s 0 host ADDRESS -w FILE`: start it before the client connects, and end it with Ctrl+C before the file is copied");
    }
}

/// `capture/holds-keys`: session keys lie in the file.
pub(crate) fn holds_keys(model: &Model, out: &mut Findings) {
    for capture in model.captures.iter().filter(|it| it.holds_keys) {
        out.report(
            format!(
                "`{}` carries the keys of its sessions: whoever has the file reads all of its traffic, passwords and tokens included",
                model.path(capture.file)
            ),
            Location::whole(capture.file),
            "decryption secrets are embedded",
        )
        .help("keep it out of repositories and tickets; take the keys out with `editcap --discard-all-secrets IN OUT` before it is passed on");
    }
}
