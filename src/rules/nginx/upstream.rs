//! Connections that nginx makes over TLS: whether the upstream is verified, against what, and by which name.

use std::collections::BTreeSet;

use crate::{
    finding::Findings,
    model::{
        Location, Model,
        nginx::{Connection, DirectiveId, Effective, Family, Nginx, Peer, ScopeId, Word},
        x509::Coverage,
    },
};

use super::{grouped::Grouped, labels::label_some};

/// What a person calls a connection: the line that makes it, and where it leads.
pub(super) fn place_of(nginx: &Nginx, it: &Connection) -> (Location, String) {
    (nginx.at(it.pass), nginx.directive(it.pass).arg(0).unwrap_or_default().to_owned())
}

/// Verification is off for certain: a line says so, or nothing that could be hidden says otherwise.
fn is_unverified(nginx: &Nginx, it: &Connection) -> bool {
    if !it.certain || it.verifies(nginx) {
        return false;
    }
    match nginx.for_connection(it, "verify") {
        Some(set) => {
            set.value().is_some_and(Word::is_plain) && (!set.inherited || nginx.is_complete(it.scope))
        }
        None => nginx.is_complete(it.scope),
    }
}

/// `nginx/proxy-verify-off`: encrypted, to whoever answers.
pub(crate) fn proxy_verify_off(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let trusting = trusting_lines(nginx);
    let mut found = Grouped::new();
    for it in nginx.connections.iter().filter(|it| is_unverified(nginx, it)) {
        // `nginx/proxy-trusted-ignored` says more of those that mean to verify.
        if it.is_local(nginx) || it.peer == Peer::Variable || ignored_trust(nginx, it, &trusting).is_some() {
            continue;
        }
        let off = nginx.for_connection(it, "verify").map(|set| set.last().0);
        found.add((nginx.scope(it.scope).root, it.family, off), place_of(nginx, it));
    }
    for ((_, family, off), places) in found {
        let verify = family.directive("verify");
        let (first_at, first) = places[0].clone();
        let what = match places.len() {
            1 => format!("the connection to `{first}` is encrypted"),
            many => format!("{many} connections to upstreams are encrypted"),
        };
        let finding = out.report(
            format!(
                "{what} and not verified, since {}: whoever gets between nginx and the upstream reads and changes \
                 the traffic",
                match off {
                    Some(_) => format!("`{verify}` is off"),
                    None => format!("nothing turns `{verify}` on"),
                }
            ),
            off.map_or(first_at, |line| nginx.at(line)),
            if off.is_some() { "turned off" } else { "not verified" },
        );
        label_some(
            finding,
            places.into_iter().map(|(at, to)| (at, format!("nobody checks who answers as `{to}`"))),
        );
        finding.help(format!(
            "write `{verify} on;`, `{} FILE;` with the authority of the upstreams, and `{} on;`",
            family.directive("trusted_certificate"),
            family.directive("server_name"),
        ));
    }
}

/// Lines of trust that some connection verifies with: those are not ignored.
fn trusting_lines(nginx: &Nginx) -> BTreeSet<DirectiveId> {
    let verifying = nginx.connections.iter().filter(|it| it.verifies(nginx));
    verifying.filter_map(|it| trust_line(nginx, it)).map(|set| set.last().0).collect()
}

/// The line that says what to verify with, where one says it.
fn trust_line<'n>(nginx: &'n Nginx, it: &Connection) -> Option<Effective<'n>> {
    ["trusted_certificate", "crl", "verify_depth"]
        .iter()
        .find_map(|setting| nginx.for_connection(it, setting))
}

/// A line of trust that is given for a connection and has no effect on it.
fn ignored_trust<'n>(
    nginx: &'n Nginx,
    it: &Connection,
    trusting: &BTreeSet<DirectiveId>,
) -> Option<Effective<'n>> {
    let trust = trust_line(nginx, it).filter(|set| !trusting.contains(&set.last().0))?;
    // `off` further inside is a decision about one place.
    let decided = nginx.for_connection(it, "verify").is_some_and(|off| {
        off.scope != trust.scope && nginx.around(off.scope).any(|around| around == trust.scope)
    });
    (!decided && is_unverified(nginx, it)).then_some(trust)
}

/// `nginx/proxy-trusted-ignored`: the authority is named, and nobody compares.
pub(crate) fn proxy_trusted_ignored(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let trusting = trusting_lines(nginx);
    let mut found = Grouped::new();
    for it in &nginx.connections {
        let Some(trust) = ignored_trust(nginx, it, &trusting) else { continue };
        let off = nginx.for_connection(it, "verify").map(|set| set.last().0);
        found.add((trust.last().0, it.family, off), place_of(nginx, it));
    }
    for ((line, family, off), places) in found {
        let verify = family.directive("verify");
        let finding = out.report(
            format!(
                "`{}` has no effect while `{verify}` is off: nginx accepts any certificate from the upstream and does \
                 not even open the file; accepted by `nginx -t`",
                nginx.directive(line).name.text
            ),
            nginx.at(line),
            "ignored",
        );
        finding.labels_from(off.map(|off| (nginx.at(off), "turned off here".to_owned())));
        label_some(finding, places.into_iter().map(|(at, to)| (at, format!("`{to}` is not verified"))));
        finding.help(format!("write `{verify} on;` beside it"));
    }
}

/// `nginx/proxy-verify-no-ca`: upstreams are to be verified, and nothing says against what.
pub(crate) fn proxy_verify_no_ca(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found = Grouped::new();
    for it in nginx.connections.iter().filter(|it| it.verifies(nginx) && nginx.is_complete(it.scope)) {
        let Some(verify) = nginx.for_connection(it, "verify") else { continue };
        if nginx.for_connection(it, "trusted_certificate").is_none() {
            found.add((verify.last().0, it.family), place_of(nginx, it));
        }
    }
    for ((line, family), places) in found {
        let (verify, trusted) = (family.directive("verify"), family.directive("trusted_certificate"));
        let finding = out.report(
            format!(
                "`{verify}` is on and no `{trusted}` says whom to trust (nginx does not use the authorities of the \
                 system): nginx does not start or reload (`nginx -t`: no {trusted} for {verify})"
            ),
            nginx.at(line),
            "verifies against nothing",
        );
        label_some(finding, places.into_iter().map(|(at, to)| (at, format!("connects to `{to}`"))));
        finding.help(format!(
            "write `{trusted} FILE;` with the authority that issued the upstream's certificate, and its root; for \
             public upstreams the bundle of the system, such as `/etc/ssl/certs/ca-certificates.crt`"
        ));
    }
}

/// What the certificates that a connection meets in this tree say about a name: covered by all of them or not,
/// and the place of one that does not; `None` where none is known.
fn met(model: &Model, it: &Connection, name: &str) -> Option<Result<(), Location>> {
    let servers = model.nginx.reached(it);
    let mut answer = None;
    for server in servers {
        let endpoint = model.nginx_endpoints.servers[server.0 as usize];
        let identities = model.estate.identities_of(endpoint).iter();
        for (leaf, at) in identities.filter_map(|identity| identity.sent.first()) {
            if model.cert(*leaf).host_coverage(name) != Coverage::Covered {
                return Some(Err(*at));
            }
            answer = Some(Ok(()));
        }
    }
    answer
}

/// `nginx/proxy-name-mismatch`: the name that is compared is the name of the `upstream` block.
pub(crate) fn proxy_name_mismatch(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found: Grouped<(ScopeId, Family, Option<Location>), (Location, String)> = Grouped::new();
    for it in nginx.connections.iter().filter(|it| it.certain && it.verifies(nginx)) {
        let Peer::Upstream { name, scope } = &it.peer else { continue };
        if nginx.for_connection(it, "name").is_some() || !nginx.is_complete(it.scope) {
            continue;
        }
        let seen = match met(model, it, name) {
            Some(Ok(())) => continue,
            Some(Err(at)) => Some(at),
            // A name with a dot may well be the name in the certificate; so may the name of the only host.
            None if name.contains('.') || it.hosts(nginx).iter().any(|(host, _)| host == name) => continue,
            None => None,
        };
        found.add((*scope, it.family, seen), place_of(nginx, it));
    }
    for ((scope, family, seen), places) in found {
        let Some(block) = nginx.scope(scope).opened_by else { continue };
        let name = nginx.directive(block).arg(0).unwrap_or_default();
        let setting = family.directive("name");
        let finding = out.report(
            format!(
                "without `{setting}` the upstream's certificate is compared with `{name}`, the name of the \
                 `upstream` block, {}: every request ends in `502 Bad Gateway`; accepted by `nginx -t`",
                match seen {
                    Some(_) => "and it has other names",
                    None => "which is no name of a host",
                }
            ),
            places[0].0,
            format!("verified as `{name}`"),
        );
        finding.label(nginx.at(block), "the name that is compared");
        finding
            .labels_from(seen.map(|at| (at, "the certificate of the upstream has other names".to_owned())));
        label_some(finding, places.into_iter().map(|(at, _)| (at, format!("verified as `{name}` too"))));
        finding.help(format!(
            "write `{setting} HOST;` with a name of the upstream's certificate, and `{} on;`",
            family.directive("server_name")
        ));
    }
}

/// `nginx/proxy-sni-off`: the upstream is not told which certificate is wanted.
pub(crate) fn proxy_sni_off(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found = Grouped::new();
    for it in nginx.connections.iter().filter(|it| it.certain && it.verifies(nginx)) {
        let sni = nginx.for_connection(it, "server_name");
        let Some(verify) = nginx.for_connection(it, "verify") else { continue };
        if sni.is_some_and(|set| set.is_on() || !set.value().is_some_and(Word::is_plain))
            || !nginx.is_complete(it.scope)
        {
            continue;
        }
        let Some(name) = nginx.peer_name(it) else { continue };
        // Addresses are never sent. The bare name of a block has a rule of its own.
        let unnamed = matches!(it.peer, Peer::Upstream { .. }) && nginx.for_connection(it, "name").is_none();
        if !name.contains('.') || name.parse::<std::net::IpAddr>().is_ok() || unnamed {
            continue;
        }
        let seen = match met(model, it, name) {
            Some(Ok(())) => continue,
            Some(Err(at)) => Some(at),
            None if it.is_local(nginx) => continue,
            None => None,
        };
        let line = sni.unwrap_or(verify).last().0;
        found.add((line, it.family, seen, sni.is_some()), (nginx.at(it.pass), name.to_owned()));
    }
    for ((line, family, seen, explicit), places) in found {
        let setting = family.directive("server_name");
        let finding = out.report(
            format!(
                "the upstream's certificate is verified and `{setting}` is off: an upstream with several names shows \
                 the certificate of its default server, and then every request ends in `502 Bad Gateway`; accepted \
                 by `nginx -t`"
            ),
            nginx.at(line),
            if explicit { "turned off" } else { "verifies a name that nginx does not ask for" },
        );
        finding.labels_from(seen.map(|at| (at, "the default server shows this one".to_owned())));
        label_some(
            finding,
            places.into_iter().map(|(at, name)| (at, format!("expects `{name}` and does not say so"))),
        );
        finding.help(format!("write `{setting} on;`"));
    }
}
