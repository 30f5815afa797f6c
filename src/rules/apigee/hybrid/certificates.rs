//! What a virtual host shows to clients, and whether it asks for theirs.

use crate::{
    finding::{Finding, Findings},
    model::{
        Model,
        hybrid::{Shape, VirtualHost},
    },
    rules::words,
};

use super::{hosts, plain, set};

/// The mode in which a gateway asks for certificates of clients.
const MUTUAL: &str = "MUTUAL";

/// Modes that the resource knows.
const MODES: &[&str] = &["SIMPLE", "MUTUAL", "PASSTHROUGH", "AUTO_PASSTHROUGH"];

/// A mode of newer gateways, which no source that we could read describes for Apigee.
const NEWER_MODE: &str = "OPTIONAL_MUTUAL";

/// Certificate and key are named, both.
fn has_files(host: &VirtualHost) -> bool {
    set(host.certificate.as_ref()).is_some() && set(host.key.as_ref()).is_some()
}

/// Labels keys that look like those that are missed.
fn label_unread(finding: &mut Finding, host: &VirtualHost) {
    finding.labels_from(host.unknown.iter().map(|it| (it.at, format!("no version reads `{}`", it.text))));
}

/// See the card.
pub(crate) fn vh_no_cert(model: &Model, out: &mut Findings) {
    for (installation, host) in hosts(model).filter(|(_, it)| !it.partial && it.own_secret().is_none()) {
        // The gateway hands such connections on, and shows nothing.
        if set(host.mode.as_ref()).is_some_and(|it| it.text().contains("PASSTHROUGH")) {
            continue;
        }
        let title = host.title(&installation.overrides);
        let finding = match (set(host.certificate.as_ref()), set(host.key.as_ref())) {
            (Some(_), Some(_)) => continue,
            (Some(certificate), None) => out
                .report(
                    format!(
                        "{title} has `sslCertPath` and no `sslKeyPath`: the ingress gateway gets no key, and clients \
                         cannot connect"
                    ),
                    certificate.at(),
                    "no key beside it",
                )
                .help("name the private key with `sslKeyPath`"),
            (None, Some(key)) => out
                .report(
                    format!(
                        "{title} has `sslKeyPath` and no `sslCertPath`: the ingress gateway gets no certificate, and \
                         clients cannot connect"
                    ),
                    key.at(),
                    "no certificate beside it",
                )
                .help("name the certificate with its chain in `sslCertPath`"),
            // A part that something else merges into overrides need not say all.
            (None, None) if installation.overrides.organisation.is_none() => continue,
            (None, None) => out
                .report(
                    format!(
                        "{title} names no certificate, neither by `sslCertPath` and `sslKeyPath` nor by `sslSecret`: \
                         the ingress gateway has nothing to show, and clients of this environment group cannot connect"
                    ),
                    host.at,
                    "no certificate here",
                )
                .help("name `sslCertPath` and `sslKeyPath`, or a Kubernetes secret with `sslSecret`"),
        };
        label_unread(finding, host);
        if let Some(authorities) = set(host.authorities.as_ref()) {
            finding.label(authorities.at(), "read only beside `sslCertPath` and `sslKeyPath`");
        }
    }
}

/// See the card.
pub(crate) fn vh_both(model: &Model, out: &mut Findings) {
    for (installation, host) in hosts(model) {
        let Some(secret) = plain(host.secret.as_ref()) else { continue };
        let ignored: Vec<_> = host.paths().collect();
        let Some((_, first)) = ignored.first() else { continue };
        let names: Vec<String> = ignored.iter().map(|(setting, _)| format!("`{setting}`")).collect();
        let finding = out.report(
            format!(
                "{} names the secret `{}` and files besides: the chart takes the secret and ignores {}, so what is \
                 renewed there never reaches clients",
                host.title(&installation.overrides),
                secret.text(),
                words::list(&names, 3)
            ),
            first.at(),
            "ignored",
        );
        finding.label(secret.at(), "this one is used");
        finding.labels_from(ignored.iter().skip(1).map(|(_, it)| (it.at(), "ignored too".to_owned())));
        finding.help("keep one of them: take `sslSecret` out, or the paths");
    }
}

/// See the card.
pub(crate) fn cacert_without_mutual(model: &Model, out: &mut Findings) {
    for (installation, host) in hosts(model).filter(|(_, it)| it.own_secret().is_none() && !it.partial) {
        let Some(authorities) = set(host.authorities.as_ref()) else { continue };
        let mode = set(host.mode.as_ref());
        // Without a certificate of its own, that is the cause. Words that no gateway knows are reported as such.
        if !has_files(host) {
            continue;
        }
        if mode.is_some_and(|it| it.text() == MUTUAL || !MODES.contains(&it.text())) {
            continue;
        }
        let because = match mode {
            Some(mode) => format!("`tlsMode` is `{}`", mode.text()),
            None => "`tlsMode` is not set, which means `SIMPLE`".to_owned(),
        };
        let finding = out.report(
            format!(
                "{} names authorities of clients with `caCertPath`, and {because}: certificates of clients are never \
                 asked for, and everybody gets in without one",
                host.title(&installation.overrides)
            ),
            mode.unwrap_or(authorities).at(),
            if mode.is_some() { "asks for no certificate" } else { "never used" },
        );
        finding.label(authorities.at(), "never used");
        label_unread(finding, host);
        finding.help("write `tlsMode: MUTUAL`, or take `caCertPath` out");
    }
}

/// See the card.
pub(crate) fn mutual_without_ca(model: &Model, out: &mut Findings) {
    for (installation, host) in hosts(model).filter(|(_, it)| it.own_secret().is_none() && !it.partial) {
        let Some(mode) = set(host.mode.as_ref()).filter(|it| it.text() == MUTUAL) else { continue };
        // Without a certificate of its own, that is the cause.
        if !has_files(host) || set(host.authorities.as_ref()).is_some() {
            continue;
        }
        let finding = out.report(
            format!(
                "{} asks clients for certificates and names no `caCertPath`: the ingress gateway has no authority to \
                 check them by, so mutual TLS cannot work",
                host.title(&installation.overrides)
            ),
            mode.at(),
            "needs `caCertPath`",
        );
        label_unread(finding, host);
        finding.help("name a file with the authorities of the clients, root included, in `caCertPath`");
    }
}

/// See the card.
pub(crate) fn tlsmode_enum(model: &Model, out: &mut Findings) {
    let of_hosts = hosts(model).filter_map(|(installation, host)| {
        Some((
            plain(host.mode.as_ref())?,
            "tlsMode",
            host.title(&installation.overrides),
            "`helm upgrade` fails",
        ))
    });
    let of_configs = model
        .hybrid
        .route_configs
        .iter()
        .filter_map(|it| Some((plain(it.mode.as_ref())?, "mode", it.title(), "`kubectl apply` fails")));
    for (mode, setting, title, effect) in of_hosts.chain(of_configs) {
        let word = mode.text();
        if MODES.contains(&word) || word == NEWER_MODE {
            continue;
        }
        let what =
            if mode.shape == Shape::Several { "no single word".to_owned() } else { format!("`{word}`") };
        let finding = out.report(
            format!(
                "`{setting}` of {title} is {what}, and the resource ApigeeRouteConfig knows `SIMPLE`, `MUTUAL`, \
                 `PASSTHROUGH` and `AUTO_PASSTHROUGH` alone: Kubernetes refuses it, and {effect}"
            ),
            mode.at(),
            "no such mode",
        );
        finding.help(match meant(word) {
            Some(right) => format!("write `{right}`"),
            None => "write `SIMPLE`, or `MUTUAL` to ask clients for certificates".to_owned(),
        });
    }
}

/// The mode that a person meant by another spelling.
fn meant(word: &str) -> Option<&'static str> {
    let folded = word.to_ascii_uppercase().replace(['-', ' '], "_");
    let right = MODES.iter().copied().find(|it| *it == folded);
    right.or(match &*folded {
        "MTLS" | "TWO_WAY" | "2WAY" | "TWOWAY" => Some(MUTUAL),
        "TLS" | "ONE_WAY" | "1WAY" | "ONEWAY" => Some("SIMPLE"),
        _ => None,
    })
}
