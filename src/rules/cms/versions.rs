//! Commands against the version they are meant for, and settings of TLS.

use std::collections::BTreeMap;

use crate::{
    finding::Findings,
    model::{
        Location, Model,
        cms::{Command, CommandKind, Node, Service, StateOf, TrustKind},
    },
    rules::words,
};

use super::look::commands;

/// The service that a command is about.
fn service(command: &Command) -> Option<Service> {
    match &command.kind {
        CommandKind::Certs(certs) => Some(certs.service),
        CommandKind::Switch(service, _) => Some(*service),
        CommandKind::Other(service) => *service,
        CommandKind::CertsForgotten("webbridge3") => Some(Service::WebBridge3Https),
        CommandKind::Trust(TrustKind::WebBridge2, _) => Some(Service::WebBridge2),
        CommandKind::Trust(TrustKind::XmppCluster, _) | CommandKind::Domain(_) => Some(Service::Xmpp),
        CommandKind::Trust(TrustKind::WebBridgeC2w, _) => Some(Service::WebBridge3C2w),
        CommandKind::Trust(TrustKind::SchedulerC2w, _) => Some(Service::SchedulerC2w),
        _ => None,
    }
}

/// Commands of services that `wrong` names, by node and word of the service.
fn gather<'m>(
    model: &'m Model,
    wrong: &dyn Fn(&Node, Service) -> bool,
) -> BTreeMap<(Location, &'static str), (&'m Node, Service, Vec<Location>)> {
    let mut by_service: BTreeMap<(usize, &'static str), (&Node, Service, Vec<Location>)> = BTreeMap::new();
    for typed in commands(model) {
        let Some(service) = service(typed.command).filter(|it| wrong(typed.node, *it)) else { continue };
        let key = (std::ptr::from_ref(typed.node) as usize, service.word());
        by_service.entry(key).or_insert((typed.node, service, Vec::new())).2.push(typed.command.at);
    }
    by_service.into_iter().map(|((_, word), it)| ((it.2[0], word), it)).collect()
}

/// See the card.
pub(crate) fn removed_in_3(model: &Model, out: &mut Findings) {
    let wrong = |node: &Node, service: Service| service.ends_with_3() && node.is_from((3, 0));
    for ((first, word), (node, service, all)) in gather(model, &wrong) {
        let Some((version, said)) = node.version else { continue };
        let instead = match service {
            Service::WebBridge2 => {
                "use `webbridge3 https` and `webbridge3 c2w`, whose certificates are full chains"
            }
            Service::Xmpp => {
                "leave them out: clients join through Web Bridge 3, and version 3 has no XMPP server"
            }
            Service::H323 => "leave them out: calls of H.323 go through a gateway such as Expressway",
            _ => "leave them out: Web Bridge 3 and the TURN server need no load balancer and no trunk",
        };
        let finding = out.report(
            format!("version {version} has no `{word}`, which was taken out in 3.0: the MMP refuses these commands, and what they should set up is not there"),
            first,
            "not in version 3",
        );
        if let Some(at) = said {
            finding.label(at, "the version of this server");
        }
        for at in all.iter().skip(1).take(words::SHOWN) {
            finding.label(*at, "nor is this");
        }
        finding.help(instead);
    }
}

/// See the card.
pub(crate) fn missing_in_2(model: &Model, out: &mut Findings) {
    let wrong = |node: &Node, service: Service| service.since().is_some_and(|since| node.is_below(since));
    for ((first, word), (node, service, all)) in gather(model, &wrong) {
        let (Some((version, said)), Some((major, minor))) = (node.version, service.since()) else { continue };
        let finding = out.report(
            format!("version {version} has no `{word}`, which came with {major}.{minor}: the MMP refuses these commands"),
            first,
            format!("from {major}.{minor} on"),
        );
        if let Some(at) = said {
            finding.label(at, "the version of this server");
        }
        for at in all.iter().skip(1).take(words::SHOWN) {
            finding.label(*at, "this too");
        }
        finding.help(if word == "webbridge3" {
            "use `webbridge`, or upgrade the server first".to_owned()
        } else {
            format!("upgrade the server to {major}.{minor} or later first")
        });
    }
}

/// See the card.
pub(crate) fn min_tls(model: &Model, out: &mut Findings) {
    for typed in commands(model) {
        let CommandKind::Minimum(version) = &typed.command.kind else { continue };
        if !matches!(version.trimmed(), "1.0" | "1.1" | "1") {
            continue;
        }
        out.report(
            format!("`{}` lets peers talk TLS {}, which can be broken and which the server itself has turned off since 2.3", typed.command.head(3), version.trimmed()),
            version.at,
            "1.2 is the lowest that holds",
        )
        .help("write `1.2`, update the peers that cannot, and restart the Call Bridge");
    }
}

/// See the card.
pub(crate) fn verify_disabled(model: &Model, out: &mut Findings) {
    for typed in commands(model) {
        let CommandKind::Verify(word) = &typed.command.kind else { continue };
        if word.trimmed() != "disable" {
            continue;
        }
        let undone = typed.session.commands().any(|(at, it)| {
            at > typed.at
                && matches!(&it.kind, CommandKind::Verify(word) if word.trimmed() != "disable")
                && it.words.get(1).map(|it| &it.text) == typed.command.words.get(1).map(|it| &it.text)
        });
        if undone {
            continue;
        }
        let what = typed.command.words.get(1).map_or("", |it| it.text.as_str());
        out.report(
            format!("`tls {what} verify disable`: whoever answers is believed, so anybody on the way can read and change what is sent"),
            word.at,
            "certificates of peers are not verified",
        )
        .help(format!("`tls {what} trust BUNDLE` with the authority of the peers, then `tls {what} verify enable`"));
    }
    for (node, _, session) in model.cms.sessions() {
        for (_, state) in session.states().filter(|(_, it)| it.of == StateOf::CallBridge) {
            let (Some(mode), Some(trusted)) =
                (state.field("UCM verification mode"), state.field("UCM trusted certs"))
            else {
                continue;
            };
            if mode.trimmed() != "disabled" || trusted.trimmed() == "none" {
                continue;
            }
            out.report(
                format!(
                    "the {} has a bundle for Unified CM and does not verify against it",
                    node.title("Call Bridge")
                ),
                mode.at,
                "not verified",
            )
            .level(crate::finding::Level::Note)
            .label(trusted.at, "the bundle")
            .help("`callbridge ucm verify enable`");
        }
    }
}
