//! What a server did in a capture: whom it asked for certificates, which name it was called by, and what it showed.

use std::collections::BTreeSet;

use crate::{
    finding::{Findings, Level},
    model::{
        Encounter, Location, Model, Role, Software,
        meets::{Asked, Met, RouterFile, Sign},
        x509::{Certificate, Coverage},
    },
    rules::words,
};

use super::told::{Groups, asked_for, fatal, label_truststore, packet, server};

const RESTART: &str = "run `apigee-service edge-router restart` on each Router, one after the other (on Public Cloud ask the support of Apigee), and take the capture again";

/// `capture/router-stale`: the server asks for other authorities than its truststore holds.
pub(crate) fn router_stale(model: &Model, out: &mut Findings) {
    let groups = Groups::of(model, |it| match &it.asked {
        Asked::Other { lacking, surplus, .. } => {
            Some((it.server.as_ref()?.endpoint, lacking.clone(), surplus.clone()))
        }
        _ => None,
    });
    for ((_, lacking, surplus), group) in groups.into_iter() {
        let it = group.first();
        let talk = it.conversation(model);
        let (Asked::Other { files, .. }, Some(request), Some(trust)) =
            (&it.asked, &talk.certificate_request, model.encounters().truststore(it))
        else {
            continue;
        };
        let router = trust.virtual_host.is_some();
        let (who, store, reload) = if router {
            ("the Router", "its truststore", "it has not loaded the truststore")
        } else {
            (trust.software.name(), "its file of authorities", "it has not read that file since it changed")
        };
        let lacking_names: Vec<String> =
            lacking.iter().map(|at| format!("`{}`", trust.names[*at].title)).collect();
        let surplus_names: Vec<String> = surplus.iter().map(|it| format!("`{it}`")).collect();
        let (asks, differs) = match (lacking.is_empty(), surplus.is_empty()) {
            (false, true) => {
                ("does not ask", format!("for {}, which {store} holds", words::list(&lacking_names, 3)))
            }
            (true, _) => {
                ("still asks", format!("for {}, which {store} does not hold", words::list(&surplus_names, 3)))
            }
            (false, false) => (
                "asks",
                format!(
                    "for {}, and {store} holds {}",
                    words::list(&surplus_names, 3),
                    words::list(&lacking_names, 3)
                ),
            ),
        };
        let page = if trust.software == Software::EdgeRouter || trust.software == Software::Nginx {
            "`400 The SSL certificate error` or `400 No required SSL certificate was sent`"
        } else {
            "no connection"
        };
        let effect = if lacking.is_empty() {
            "clients that were taken out of it are still let in".to_owned()
        } else {
            format!("clients with certificates of the missing authorities get {page}")
        };
        let finding = out.report(
            format!(
                "in {} {who} {asks} clients of {} {differs}: {reload}, and {effect}{}",
                packet(&request.seen),
                server(model, it),
                group.more()
            ),
            request.seen.at,
            format!("asked on {} for {}", request.seen.time, asked_for(request)),
        );
        // What the Maven plugin shall upload may not have been uploaded yet.
        if trust.planned {
            finding.level(Level::Warning);
        }
        for at in lacking.iter().take(words::SHOWN) {
            finding.label(trust.names[*at].at, format!("`{}` is not asked for", trust.names[*at].title));
        }
        label_truststore(finding, model, it, trust);
        let mut advice =
            if router { RESTART.to_owned() } else { format!("reload {who}, and take the capture again") };
        for (file, says) in files.iter().take(words::SHOWN) {
            let says = match says {
                RouterFile::AsAsked => "this file holds what was asked for",
                RouterFile::AsTrusted => "this file holds the truststore",
                RouterFile::Neither => "this file holds neither what was asked for nor the truststore",
            };
            finding.label(Location::whole(*file), says);
        }
        let has = |wanted| files.iter().any(|(_, says)| *says == wanted);
        if has(RouterFile::AsTrusted) && !has(RouterFile::AsAsked) {
            advice = format!(
                "the file of the Router is right, so its nginx has not read it since, or another Router or virtual host answered: {RESTART}"
            );
        } else if has(RouterFile::Neither) && !has(RouterFile::AsAsked) {
            advice = format!("{RESTART}; if it stays so, another Router or virtual host answered");
        }
        if trust.planned {
            advice = format!(
                "see with the management API whether the aliases were uploaded; where they were, {advice}"
            );
        }
        group.label_others(model, finding, |talk| talk.certificate_request.as_ref().map(|it| it.seen.at));
        finding.help(advice);
    }
}

/// `capture/no-certificate-request`: a server that should ask clients for certificates does not.
pub(crate) fn no_certificate_request(model: &Model, out: &mut Findings) {
    let groups = Groups::of(model, |it| {
        let met = it.server.as_ref()?;
        (it.asked == Asked::Nothing).then_some(met.endpoint)
    });
    for (_, group) in groups.into_iter() {
        let it = group.first();
        let talk = it.conversation(model);
        let (Some(hello), Some(trust)) = (&talk.server_hello, model.encounters().truststore(it)) else {
            continue;
        };
        let seen = talk.server_chain.as_ref().map_or(hello.seen, |it| it.seen);
        let finding = out.report(
            format!(
                "{} is set to ask clients for certificates, and no request follows its own certificate in {}: everybody is let in without one{}",
                server(model, it),
                packet(&seen),
                group.more()
            ),
            seen.at,
            "no request for a certificate follows this",
        );
        label_truststore(finding, model, it, trust);
        if let Some((_, host)) = trust.host(model)
            && let Some(active) = host.ssl.as_ref().and_then(|ssl| ssl.client_auth.as_ref())
        {
            finding.label(active.at, "clients are asked for certificates");
        }
        group.label_others(model, finding, |talk| talk.server_hello.as_ref().map(|it| it.seen.at));
        let first =
            if trust.virtual_host.is_some() { RESTART } else { "reload it, and take the capture again" };
        finding.help(format!("{first}; if it stays so, a load balancer or another server with the same certificate answers here"));
    }
}

/// `capture/sni-absent-or-other`: the client names another host, or none where the name decides.
pub(crate) fn sni_absent_or_other(model: &Model, out: &mut Findings) {
    let groups = Groups::of(model, |it| {
        let hello = it.conversation(model).client_hello.as_ref()?;
        match &hello.server_name {
            Some(name) => {
                let met = it.server.as_ref().filter(|met| met.other_name)?;
                Some((Some(met.endpoint), Some(name.clone())))
            }
            None => {
                (virtual_hosts_at(model, it) > 1).then(|| (it.server.as_ref().map(|met| met.endpoint), None))
            }
        }
    });
    for ((_, name), group) in groups.into_iter() {
        let it = group.first();
        let Some(hello) = &it.conversation(model).client_hello else { continue };
        let finding = match &name {
            Some(name) => out.report(
                format!(
                    "{} asks for `{name}` in {}, which is no host alias of {}, whose certificate answers: the client may be judged by the truststore of another virtual host{}",
                    group.clients(model),
                    packet(&hello.seen),
                    server(model, it),
                    group.more()
                ),
                hello.seen.at,
                format!("asks for `{name}`"),
            ),
            None => out.report(
                format!(
                    "{} names no host in {}, and {} virtual hosts share port {}: the Router answers with the certificate and the truststore of its default one{}",
                    group.clients(model),
                    packet(&hello.seen),
                    virtual_hosts_at(model, it),
                    it.conversation(model).server.port(),
                    group.more()
                ),
                hello.seen.at,
                "no server name",
            ),
        };
        if let Some(met) = &it.server {
            let endpoint = model.estate.endpoint(met.endpoint);
            for host in endpoint.hosts.iter().take(words::SHOWN) {
                finding.label(host.at, format!("`{}` is a name of the one that answered", host.name));
            }
        }
        group.label_others(model, finding, |talk| talk.client_hello.as_ref().map(|it| it.seen.at));
        finding.help(match &name {
            Some(name) => format!("call the API by one of these names, or add `{name}` to the host aliases of the virtual host that is meant"),
            None => "call the API by its host name and not by an address, and have the client send it in the handshake (`openssl s_client` needs `-servername HOST`, old Java clients need an update)".to_owned(),
        });
    }
}

/// Virtual hosts with TLS at the port of a conversation, those of one name and port counted once.
fn virtual_hosts_at(model: &Model, it: &Encounter) -> usize {
    let port = it.conversation(model).server.port().to_string();
    let mut found = BTreeSet::new();
    for environment in &model.apigee.environments {
        for host in &environment.virtual_hosts {
            let speaks = host.ssl.as_ref().is_some_and(crate::model::apigee::SslInfo::is_on);
            if speaks && host.port.as_ref().is_some_and(|it| it.trimmed() == port) {
                found.insert((&environment.scope, host.name.as_ref().map(crate::model::Said::trimmed)));
            }
        }
    }
    found.len()
}

/// `capture/server-certificate`: what a client has against the certificate of the server.
pub(crate) fn server_certificate(model: &Model, out: &mut Findings) {
    let groups = Groups::of(model, |it| {
        let chain = it.conversation(model).server_chain.as_ref()?;
        let leaf = chain.leaf()?;
        let fault = fault_of_server(model, it, leaf)?;
        Some((it.conversation(model).server, leaf.fingerprint, fault))
    });
    for ((address, _, fault), group) in groups.into_iter() {
        let it = group.first();
        let talk = it.conversation(model);
        let Some(chain) = &talk.server_chain else { continue };
        let Some(leaf) = chain.leaf() else { continue };
        let (title, at) = (leaf.subject.title(), packet(&chain.seen));
        let ended = match fatal(talk, Role::Client) {
            Some(alert) => format!("the client ends with {} in {}", alert.says, packet(&alert.seen)),
            None => "clients that check it refuse the connection".to_owned(),
        };
        let finding = match fault {
            ServerFault::Expired => out
                .report(
                    format!(
                        "{address} shows `{title}` in {at}, which had expired on {} when this was captured on {}: {ended}{}",
                        leaf.not_after,
                        chain.seen.time,
                        group.more()
                    ),
                    chain.seen.at,
                    format!("expired on {}", leaf.not_after),
                )
                .help("renew the certificate of the server, and see that the server has loaded it"),
            ServerFault::OtherName(name) => {
                let names: Vec<String> = leaf.names().map(|it| format!("`{it}`")).collect();
                let finding = out.report(
                    format!(
                        "{} asks for `{name}`, and {address} shows `{title}` in {at}, which covers {} and not that name: {ended}{}",
                        group.clients(model),
                        words::list(&names, 4),
                        group.more()
                    ),
                    chain.seen.at,
                    format!("does not cover `{name}`"),
                );
                // Who goes on does not care, or asks for a name that nobody else uses.
                if fatal(talk, Role::Client).is_none() {
                    finding.level(Level::Warning);
                }
                finding.help("have the certificate issued with that name, or find out why another server answers for it")
            }
            ServerFault::Replaced => {
                let Some(endpoint) = it.other_certificate else { continue };
                let shown = model.estate.endpoint(endpoint);
                let finding = out.report(
                    format!(
                        "{address} answers for {} with `{title}` (until {}) in {at}, and its keystore holds another certificate: the server has not loaded that one, or a load balancer ends TLS in front of it{}",
                        shown.title,
                        leaf.not_after,
                        group.more()
                    ),
                    chain.seen.at,
                    format!("serial number {}", leaf.serial),
                );
                finding.level(Level::Warning);
                for identity in model.estate.identities_of(endpoint) {
                    if let Some((id, place)) = identity.sent.first() {
                        finding.label(*place, format!("serial number {}", model.cert(*id).serial));
                    }
                }
                finding.label(shown.at, "configured here");
                finding.help("find out who ends TLS at this address; where it is the Router and its keystore is named without `ref://`, restart the Router")
            }
        };
        if let Some(hello) = &talk.client_hello {
            let name = hello.server_name.as_deref().unwrap_or("no name");
            finding.label(hello.seen.at, format!("asked for `{name}`"));
        }
        group.label_others(model, finding, |talk| talk.server_chain.as_ref().map(|it| it.seen.at));
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ServerFault {
    Expired,
    OtherName(String),
    Replaced,
}

/// What is known of a server of the tree is told by the rules about its certificate.
pub(super) fn fault_of_server(model: &Model, it: &Encounter, leaf: &Certificate) -> Option<ServerFault> {
    let talk = it.conversation(model);
    let chain = talk.server_chain.as_ref()?;
    if matches!(it.server, Some(Met { by: Sign::Certificate, .. })) {
        return None;
    }
    if leaf.not_after < chain.seen.time {
        return Some(ServerFault::Expired);
    }
    let name = talk.client_hello.as_ref().and_then(|it| it.server_name.as_ref());
    if let Some(name) = name.filter(|name| leaf.host_coverage(name) == Coverage::NotCovered) {
        return Some(ServerFault::OtherName(name.clone()));
    }
    let endpoint = it.other_certificate?;
    // A certificate that is younger than the capture could not be shown in it.
    let identities = model.estate.identities_of(endpoint);
    let was_there = identities
        .iter()
        .filter_map(|it| it.sent.first())
        .any(|(id, _)| model.cert(*id).not_before <= chain.seen.time);
    was_there.then_some(ServerFault::Replaced)
}
