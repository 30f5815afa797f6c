//! Alerts in the clear that end a handshake.

use crate::{
    finding::Findings,
    model::{
        Encounter, Model, Role,
        capture::{AlertContent, Conversation, alert_name},
        meets::Asked,
    },
    rules::words,
};

use super::{
    server::fault_of_server,
    told::{Groups, fatal, packet, server},
};

/// `capture/alert`: a side ends the handshake with an alert in the clear that no other finding explains.
pub(crate) fn alert(model: &Model, out: &mut Findings) {
    let explained = |it: &Encounter, talk: &Conversation, by: Role| match by {
        Role::Server => it.client.is_some() || matches!(it.asked, Asked::Other { .. }),
        Role::Client => talk
            .server_chain
            .as_ref()
            .and_then(|chain| chain.leaf())
            .is_some_and(|leaf| fault_of_server(model, it, leaf).is_some()),
    };
    for by in [Role::Server, Role::Client] {
        let groups = Groups::of(model, |it| {
            let talk = it.conversation(model);
            let alert = fatal(talk, by)?;
            let AlertContent::Clear { description, .. } = alert.says else { return None };
            // What an end says while it goes in peace is no complaint.
            let peaceful = matches!(alert_name(description), Some("close_notify" | "user_canceled"));
            (!peaceful && !explained(it, talk, by)).then_some((talk.server, description))
        });
        for ((_, description), group) in groups.into_iter() {
            let it = group.first();
            let talk = it.conversation(model);
            let Some(alert) = fatal(talk, by) else { continue };
            let client = group.clients(model);
            let ends = match by {
                Role::Server => format!("{} ends the handshake of {client}", server(model, it)),
                Role::Client => format!(
                    "{client} {} the handshake with {}",
                    if client.starts_with("clients") { "end" } else { "ends" },
                    server(model, it)
                ),
            };
            let (means, advice) = meaning(by, description);
            let finding = out.report(
                format!("{ends} with {} in {}: {means}{}", alert.says, packet(&alert.seen), group.more()),
                alert.seen.at,
                format!("the {} gives up", by.word()),
            );
            if let Some(hello) = &talk.client_hello {
                let versions: Vec<String> = hello.versions.iter().map(ToString::to_string).collect();
                let name =
                    hello.server_name.as_ref().map_or_else(|| "no name".to_owned(), |it| format!("`{it}`"));
                finding
                    .label(hello.seen.at, format!("asks for {name}, offers {}", words::list(&versions, 4)));
            }
            if let Some(chain) = &talk.server_chain {
                let leaf = chain.leaf().map_or_else(
                    || "nothing that can be read".to_owned(),
                    |it| format!("`{}`", it.subject.title()),
                );
                finding.label(chain.seen.at, format!("the server shows {leaf}"));
            }
            if let (Role::Server, Some(chain)) = (by, &talk.client_chain) {
                finding.label(chain.seen.at, "the client sends its certificates");
            }
            group.label_others(model, finding, |talk| fatal(talk, by).map(|it| it.seen.at));
            finding.help(advice);
        }
    }
}

/// What an alert means, and what to look at.
fn meaning(by: Role, description: u8) -> (&'static str, &'static str) {
    match (by, alert_name(description).unwrap_or_default()) {
        (_, "protocol_version") => (
            "client and server have no version of TLS in common",
            "compare the versions that the client offers with the protocols that the server allows",
        ),
        (Role::Server, "handshake_failure" | "insufficient_security") => (
            "client and server have no cipher suite or no kind of key in common, or the server misses a client certificate",
            "compare the cipher suites that the client offers with those of the server, and look into the log of the server",
        ),
        (Role::Server, "unrecognized_name") => (
            "the server knows no host of the name that the client asks for",
            "call the server by a name that it has",
        ),
        (Role::Server, "unknown_ca" | "certificate_unknown" | "bad_certificate") => (
            "the server does not take the certificate of the client",
            "look whether the authority of that certificate, up to its root, is among those of the server",
        ),
        (Role::Server, "certificate_required" | "no_certificate") => (
            "the server insists on a client certificate, and none came",
            "check that the client is given a certificate and its key",
        ),
        (Role::Client, "unknown_ca" | "bad_certificate" | "certificate_unknown") => (
            "the client does not take the certificate of the server",
            "look whether the server sends its intermediates, and whether its root is in the truststore of the client",
        ),
        (_, "certificate_expired") => (
            "a certificate of the other side is expired for its clock",
            "look at the dates of the certificates, and at the clocks of both sides",
        ),
        _ => ("the connection fails", "look into the log of that side for the reason"),
    }
}
