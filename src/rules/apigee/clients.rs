//! Client certificates at a virtual host.

use crate::{
    finding::{Findings, Level},
    model::{Model, apigee::SslInfo},
};

use super::{
    aliases::hosts,
    sides::{Switch, host_title, misspells, present},
};

/// Whether a virtual host asks for client certificates; unclear where TLS is not on, or keys are misspelt.
pub(super) fn asks_clients(ssl: &SslInfo) -> Switch {
    if Switch::of(ssl.enabled.as_ref()).is_off() || misspells(&ssl.odd_keys, "clientAuthEnabled") {
        return Switch::Unclear;
    }
    Switch::of(ssl.client_auth.as_ref())
}

/// See the card.
pub(crate) fn clientauth_without_truststore(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let Some(ssl) = &host.ssl else { continue };
        let Some(asked) = ssl.client_auth.as_ref().filter(|_| asks_clients(ssl) == Switch::On) else {
            continue;
        };
        if present(ssl.trust_store.as_ref()).is_some() || misspells(&ssl.odd_keys, "trustStore") {
            continue;
        }
        let empty = ssl.trust_store.as_ref();
        let finding = out.report(
            format!(
                "{} asks for client certificates and has no truststore to hold them against: Edge demands one, and \
                 without it no client can be let in (`400 The SSL certificate error`)",
                host_title(environment, host)
            ),
            empty.map_or(asked.at, |it| it.at),
            if empty.is_some() { "empty" } else { "asked for here, and no `TrustStore` beside it" },
        );
        if empty.is_some() {
            finding.label(asked.at, "asked for here");
        }
        finding.help("name a truststore with the authorities of the clients by a reference (`ref://name`)");
    }
}

/// See the card.
pub(crate) fn truststore_without_clientauth(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let Some(ssl) = &host.ssl else { continue };
        let Some(store) = present(ssl.trust_store.as_ref()) else { continue };
        if !asks_clients(ssl).is_off() {
            continue;
        }
        let said = ssl.client_auth.as_ref();
        let finding = out.report(
            format!(
                "{} has a truststore and does not ask for client certificates: the store has no effect, and everybody is \
                 let in",
                host_title(environment, host)
            ),
            said.map_or(store.at, |it| it.at),
            if said.is_some() { "clients are not asked" } else { "no `ClientAuthEnabled` beside it" },
        );
        finding.label(store.at, "the truststore");
        finding.help("set `ClientAuthEnabled` to `true` if clients shall prove who they are, else remove the truststore");
    }
}

/// See the card.
pub(crate) fn vhost_ignore_validation_errors(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let Some(ssl) = &host.ssl else { continue };
        let Some(ignore) = ssl.ignore_validation_errors.as_ref() else { continue };
        if Switch::of(Some(ignore)) != Switch::On {
            continue;
        }
        let title = host_title(environment, host);
        match asks_clients(ssl) {
            Switch::On => {
                let finding = out.report(
                    format!(
                        "{title} asks for client certificates and ignores what is wrong with them: an expired or foreign \
                         certificate is as good as a valid one"
                    ),
                    ignore.at,
                    "errors are ignored",
                );
                if let Some(asked) = &ssl.client_auth {
                    finding.label(asked.at, "clients are asked here");
                }
            }
            Switch::Off | Switch::Unset => {
                out.report(
                    format!("{title} ignores errors of client certificates, and asks for none: the setting has no meaning"),
                    ignore.at,
                    "no meaning",
                )
                .level(Level::Note)
                .help("remove it, so that it does not open the door when client certificates are asked for one day");
            }
            Switch::Unclear => {}
        }
    }
}
