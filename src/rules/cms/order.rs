//! What must stand before and behind `certs`.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        cms::{CommandKind, Node, Service, Session, StateOf, Switch},
    },
    rules::words,
};

/// A service that is given certificates while it may run.
struct Hot {
    service: Service,
    certs: Location,
    enable: Location,
    /// It runs for certain: the place that says so.
    running: Option<Location>,
}

/// Whether two words of the MMP mean one service.
fn same(one: Service, other: Service) -> bool {
    one.word() == other.word()
}

/// A block of states that shows the service enabled before an entry.
fn shown_enabled(session: &Session, service: Service, before: usize) -> Option<Location> {
    let of = match service {
        Service::WebAdmin => StateOf::WebAdmin,
        Service::WebBridge2 => StateOf::WebBridge2,
        Service::WebBridge3Https | Service::WebBridge3C2w => StateOf::WebBridge3,
        Service::Xmpp => StateOf::Xmpp,
        Service::Turn => StateOf::Turn,
        _ => return None,
    };
    let state = session.states().take_while(|(at, _)| *at < before).filter(|(_, it)| it.of == of).last();
    state.and_then(|(_, it)| it.field("Enabled")).filter(|it| it.trimmed() == "true").map(|it| it.at)
}

fn hot(session: &Session) -> Vec<Hot> {
    let mut found: Vec<Hot> = Vec::new();
    // What switches each service, in order of the session.
    let mut switches: BTreeMap<&str, Vec<(usize, Location, Switch)>> = BTreeMap::new();
    for (at, command) in session.commands() {
        if let CommandKind::Switch(of, switch) = &command.kind {
            switches.entry(of.word()).or_default().push((at, command.at, *switch));
        }
    }
    for (at, command) in session.commands() {
        let CommandKind::Certs(certs) = &command.kind else { continue };
        let service = certs.service;
        if !service.is_switched() || certs.clears() || found.iter().any(|it| same(it.service, service)) {
            continue;
        }
        let of_service = switches.get(service.word()).map_or(&[][..], Vec::as_slice);
        let (before, behind) = of_service.split_at(of_service.partition_point(|(it, ..)| *it < at));
        let last = before.last().copied();
        if last.is_some_and(|(_, _, it)| it == Switch::Disable) {
            continue;
        }
        let then = behind.iter().find(|(_, _, it)| *it != Switch::Disable);
        let Some((_, enable, switch)) = then.copied() else { continue };
        // A restart takes up what was set.
        if switch == Switch::Restart {
            continue;
        }
        let running = last.map(|(_, at, _)| at).or_else(|| shown_enabled(session, service, at));
        found.push(Hot { service, certs: command.at, enable, running });
    }
    found
}

/// See the card.
pub(crate) fn not_disabled(model: &Model, out: &mut Findings) {
    for (_, _, session) in model.cms.sessions() {
        let hot = hot(session);
        for it in hot.iter().filter(|it| it.running.is_some()) {
            let word = it.service.word();
            let finding = out.report(
                format!("`{word}` is given certificates while it runs, and enabled without having been disabled: it goes on with the old certificate"),
                it.certs,
                format!("`{word} disable` is missing before this"),
            );
            if let Some(at) = it.running {
                finding.label(at, "it runs");
            }
            finding
                .label(it.enable, "this changes nothing on a service that runs")
                .help(format!("`{word} disable`, then `certs`, then `{word} enable`"));
        }
        let perhaps: Vec<&Hot> = hot.iter().filter(|it| it.running.is_none()).collect();
        let (Some(first), true) = (perhaps.first(), session.is_script()) else { continue };
        let services: Vec<String> = perhaps.iter().map(|it| format!("`{}`", it.service.word())).collect();
        let finding = out.report(
            format!(
                "this script gives certificates to {} without disabling {} first: on a server where {} already, the old certificate stays in use",
                words::list(&services, 4),
                if services.len() == 1 { "it" } else { "them" },
                if services.len() == 1 { "it runs" } else { "they run" }
            ),
            first.certs,
            "not disabled before",
        );
        finding.level(Level::Note);
        for it in perhaps.iter().skip(1).take(words::SHOWN) {
            finding.label(it.certs, "nor is this one");
        }
        finding.help("put `disable` in front; on a service that was never enabled it does nothing");
    }
}

/// See the card.
pub(crate) fn no_restart(model: &Model, out: &mut Findings) {
    for (node, _, session) in model.cms.sessions() {
        if !session.is_script() {
            continue;
        }
        let given = session.commands().filter(|(_, it)| {
            matches!(&it.kind, CommandKind::Certs(certs) if certs.service == Service::CallBridge && !certs.clears())
        });
        let Some((at, command)) = given.last() else { continue };
        let taken_up = session.commands().skip_while(|(it, _)| *it <= at).any(|(_, it)| {
            matches!(it.kind, CommandKind::Switch(Service::CallBridge, Switch::Restart | Switch::Enable))
        });
        // Another script of the node may do it.
        if taken_up || restarted_elsewhere(model, node, session) {
            continue;
        }
        out.report(
            "the Call Bridge is given certificates and not restarted: it goes on with the old ones until somebody restarts it".to_owned(),
            command.at,
            "`callbridge restart` is missing behind this",
        )
        .help("add `callbridge restart` behind all settings of the Call Bridge; calls in progress end with it");
    }
}

fn restarted_elsewhere(model: &Model, node: &Node, session: &Session) -> bool {
    model.cms.sessions_of(node).filter(|(_, it)| !std::ptr::eq(*it, session)).any(|(_, it)| {
        it.commands()
            .any(|(_, it)| matches!(it.kind, CommandKind::Switch(Service::CallBridge, Switch::Restart)))
    })
}
