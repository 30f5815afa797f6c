//! Kubernetes resources beside overrides: secrets with certificates, and routes for clients without SNI.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model, Said,
        hybrid::{ApigeeRoute, NamedSecret},
    },
    rules::words,
};

use super::{hosts, plain};

/// Keys of a certificate and its private key that the gateway reads.
const PAIRS: &[(&str, &str)] = &[("cert", "key"), ("tls.crt", "tls.key")];

/// A line that names a secret.
struct Use<'m> {
    /// The secret.
    name: String,
    at: Location,
    /// What names it, to follow "of".
    title: String,
    /// Certificates of clients are asked for.
    mutual: Option<&'m str>,
}

/// Every line that names a secret.
fn uses(model: &Model) -> Vec<Use<'_>> {
    let mut uses = Vec::new();
    for (installation, host) in hosts(model) {
        let Some(secret) = plain(host.own_secret()) else { continue };
        let mutual = plain(host.mode.as_ref()).filter(|it| it.text() == "MUTUAL").map(|_| "tlsMode");
        let title = host.title(&installation.overrides);
        uses.push(Use { name: secret.text().to_owned(), at: secret.at(), title, mutual });
    }
    for config in &model.hybrid.route_configs {
        let Some(secret) = config.secret.as_ref().filter(|it| !it.is_placeholder()) else { continue };
        let mutual = plain(config.mode.as_ref()).filter(|it| it.text() == "MUTUAL").map(|_| "mode");
        uses.push(Use { name: secret.trimmed().to_owned(), at: secret.at, title: config.title(), mutual });
    }
    for route in &model.hybrid.routes {
        for secret in route.credentials.iter().filter(|it| !it.is_placeholder()) {
            uses.push(Use {
                name: secret.trimmed().to_owned(),
                at: secret.at,
                title: route.title(),
                mutual: None,
            });
        }
    }
    uses
}

/// See the card.
pub(crate) fn secret_keys(model: &Model, out: &mut Findings) {
    let hybrid = &model.hybrid;
    let mut by_name: BTreeMap<String, Vec<Use<'_>>> = BTreeMap::new();
    for it in uses(model) {
        by_name.entry(it.name.clone()).or_default().push(it);
    }
    for (name, users) in by_name {
        let complete = |it: &NamedSecret| PAIRS.iter().any(|(cert, key)| it.has(cert) && it.has(key));
        let all: Vec<&NamedSecret> = hybrid.secrets_named(&name).collect();
        // One secret of a name may stand in the tree for each of several clusters.
        let Some(secret) = all.iter().find(|it| !complete(it)).filter(|_| !all.iter().any(|it| complete(it)))
        else {
            authorities(model, out, &all, &users);
            continue;
        };
        let keys: Vec<String> = secret.keys.iter().map(|it| format!("`{}`", it.name.text)).collect();
        let has = if keys.is_empty() { "nothing".to_owned() } else { words::list(&keys, 4) };
        let blank = secret.keys.iter().any(|it| it.blank);
        let finding = out.report(
            format!(
                "the secret `{name}` of {} holds {has}{}, and the ingress gateway reads `cert` and `key`, or \
                 `tls.crt` and `tls.key`: it gets no certificate and refuses every handshake",
                users[0].title,
                if blank { ", some of it empty" } else { "" }
            ),
            secret.at,
            "no certificate with its key under names that are read",
        );
        finding.labels_from(users.iter().map(|it| (it.at, "named here".to_owned())));
        finding.help(
            "make it with `kubectl create secret generic NAME --from-file=cert=FILE --from-file=key=FILE`, or as a \
             secret of type `kubernetes.io/tls`",
        );
    }
}

/// A secret for mutual TLS without authorities. They may be in a secret beside it, which need not be in the tree.
fn authorities(model: &Model, out: &mut Findings, all: &[&NamedSecret], users: &[Use<'_>]) {
    let Some(user) = users.iter().find(|it| it.mutual.is_some()) else { return };
    let known = |it: &NamedSecret| it.has("cacert") || it.has("ca.crt");
    let beside = format!("{}-cacert", user.name);
    let Some(secret) = all.first().filter(|_| !all.iter().any(|it| known(it))) else { return };
    if model.hybrid.secrets_named(&beside).next().is_some() {
        return;
    }
    out.report(
        format!(
            "{} asks clients for certificates, and the secret `{}` holds neither `cacert` nor `ca.crt`: unless a \
             secret `{beside}` is in the cluster, the ingress gateway has no authority to check them by",
            user.title, user.name
        ),
        secret.at,
        "no authorities",
    )
    .level(Level::Warning)
    .label(user.at, "named here")
    .help("add the authorities of the clients as `cacert`");
}

/// See the card.
pub(crate) fn non_sni(model: &Model, out: &mut Findings) {
    let routes = &model.hybrid.routes;
    let on = |it: &ApigeeRoute| it.non_sni.as_ref().is_some_and(|it| it.said.truth() == Some(true));
    for route in routes.iter().filter(|it| on(it)) {
        let Some(host) = route.hostnames.iter().find(|it| it.trimmed() != "*" && !it.is_placeholder()) else {
            continue;
        };
        let finding = out.report(
            format!(
                "{} is for clients without SNI and has the host name `{}`: such clients name no host, so only `*` \
                 takes them, and their connections are reset",
                route.title(),
                host.trimmed()
            ),
            host.at,
            "must be `*`",
        );
        if let Some(setting) = &route.non_sni {
            finding.label(setting.at(), "for clients without SNI");
        }
        finding.help("write `hostnames: [\"*\"]`");
    }
    let mut first: BTreeMap<(Option<&str>, Option<&str>), &ApigeeRoute> = BTreeMap::new();
    for route in routes.iter().filter(|it| it.hostnames.iter().any(|host| host.trimmed() == "*")) {
        let namespace = route.namespace.as_ref().map(Said::trimmed);
        let app = route.app.as_ref().map(Said::trimmed);
        let Some(known) = first.get(&(namespace, app)) else {
            first.insert((namespace, app), route);
            continue;
        };
        // The same route for another cluster.
        if known.name.as_ref().map(Said::trimmed) == route.name.as_ref().map(Said::trimmed) {
            continue;
        }
        out.report(
            format!(
                "{} and {} both take the host name `*`: the gateway can serve clients without SNI by one of them \
                 alone, and which it is is luck",
                known.title(),
                route.title()
            ),
            route.at,
            "a second route for `*`",
        )
        .label(known.at, "the first")
        .help("keep one ApigeeRoute with `*`");
    }
}
