//! Further settings of virtual hosts.

use crate::{
    finding::Findings,
    model::{
        Location, Model, Said,
        apigee::{Component, Platform, VirtualHost},
        nginx::Protocol,
    },
    rules::words,
};

use super::{
    aliases::hosts,
    clients::asks_clients,
    ports::speaks_tls,
    sides::{Switch, host_title, label_some},
};

/// The line of `router.properties` that sets protocols for all virtual hosts.
pub(in crate::rules) const ROUTER_PROTOCOLS: &str =
    "conf_load_balancing_load.balancing.driver.server.ssl.protocols";

/// A property of a virtual host by its name.
pub(in crate::rules) fn property<'m>(host: &'m VirtualHost, name: &str) -> Option<&'m Said> {
    host.properties.iter().rev().find(|(key, _)| key.trimmed() == name).map(|(_, value)| value)
}

/// See the card.
pub(crate) fn ocsp_without_tls(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let Some(stapling) = host.ocsp_stapling.as_ref().filter(|it| !it.is_blank() && !it.is_placeholder())
        else {
            continue;
        };
        let word = stapling.trimmed().to_ascii_lowercase();
        let title = host_title(environment, host);
        match word.as_str() {
            "on" if speaks_tls(host).is_off() => {
                let finding = out.report(
                    format!("{title} staples OCSP responses and speaks no TLS: Edge demands TLS for that"),
                    stapling.at,
                    "turned on",
                );
                if let Some(enabled) = host.ssl.as_ref().and_then(|it| it.enabled.as_ref()) {
                    finding.label(enabled.at, "TLS is off");
                }
                finding.help("enable TLS, or write `off`");
            }
            "on" | "off" => {}
            _ => {
                let meant = if word == "true" { "on" } else { "off" };
                out.report(
                    format!(
                        "`OCSPStapling` of {title} is `{}`, which is neither `on` nor `off`: the virtual host is refused",
                        stapling.trimmed()
                    ),
                    stapling.at,
                    "neither `on` nor `off`",
                )
                .help(format!("write `{meant}`"));
            }
        }
    }
}

/// See the card.
pub(crate) fn retry_option_unknown(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        for option in host.retry_options.iter().filter(|it| !it.is_blank() && !it.is_placeholder()) {
            let word = option.trimmed();
            let code = word.strip_prefix("http_").and_then(|it| it.parse::<u16>().ok());
            if matches!(word, "off" | "error" | "timeout" | "invalid_header")
                || code.is_some_and(|it| (100..600).contains(&it))
            {
                continue;
            }
            let finding = out.report(
                format!(
                    "`{word}` of {} is no retry option: it is refused, or the Router does not try another Message Processor \
                     when it should",
                    host_title(environment, host)
                ),
                option.at,
                "unknown",
            );
            let nearest = ["off", "error", "timeout", "invalid_header", "http_599"]
                .into_iter()
                .map(|it| (strsim::osa_distance(it, &word.to_ascii_lowercase()), it))
                .min()
                .filter(|(distance, _)| *distance <= 3);
            match nearest {
                Some((_, meant)) => finding.help(format!("write `{meant}`")),
                None => finding.help(
                    "write `off`, `http_599`, `error`, `timeout`, `invalid_header` or `http_` and a status",
                ),
            };
        }
    }
}

/// See the card.
pub(crate) fn vhost_protocols_element(model: &Model, out: &mut Findings) {
    for (environment, host) in hosts(model) {
        let Some(ssl) = &host.ssl else { continue };
        let words: Vec<&Said> =
            ssl.protocols.iter().chain(&ssl.ciphers).filter(|it| !it.is_blank()).collect();
        let Some((first, more)) = words.split_first() else { continue };
        let what = match (ssl.protocols.is_empty(), ssl.ciphers.is_empty()) {
            (false, false) => "protocols and ciphers",
            (false, true) => "protocols",
            (true, _) => "ciphers",
        };
        let finding = out.report(
            format!(
                "{} sets {what} in `SSLInfo`: since Private Cloud 4.16.01 that has no effect on a virtual host, which goes on \
                 offering what the Router offers",
                host_title(environment, host)
            ),
            first.at,
            "no effect here",
        );
        label_some(finding, &more.iter().map(|it| (it.at, "nor has this".to_owned())).collect::<Vec<_>>());
        finding.help(match environment.platform {
            Platform::Cloud => "ask Apigee's support to set the properties `ssl_protocols` and `ssl_ciphers`",
            _ => "set the properties `ssl_protocols` and `ssl_ciphers` of the virtual host, in the words of OpenSSL",
        });
    }
}

/// See the card.
pub(crate) fn two_way_without_ssl_protocols(model: &Model, out: &mut Findings) {
    // The key counts where it says less than the Router allows by itself.
    let restricting: Option<&Said> = model
        .apigee
        .properties
        .iter()
        .filter(|it| it.component == Component::Router)
        .flat_map(|it| &it.entries)
        .filter(|(key, value)| key.trimmed() == ROUTER_PROTOCOLS && !value.is_placeholder())
        .map(|(_, value)| value)
        .find(|value| {
            let known: Vec<Protocol> = value.text.split_whitespace().filter_map(Protocol::of).collect();
            !known.is_empty() && known.iter().all(|it| !it.is_obsolete())
        });
    let Some(value) = restricting else { return };
    for environment in model.apigee.environments.iter().filter(|it| it.platform == Platform::PrivateCloud) {
        let open: Vec<(Location, String)> = environment
            .virtual_hosts
            .iter()
            .filter(|it| property(it, "ssl_protocols").is_none())
            .filter_map(|it| {
                let ssl = it.ssl.as_ref().filter(|ssl| asks_clients(ssl) == Switch::On)?;
                Some((ssl.client_auth.as_ref().map_or(it.at, |it| it.at), host_title(environment, it)))
            })
            .collect();
        let Some(((at, _), more)) = open.split_first() else { continue };
        let titles: Vec<&str> = open.iter().map(|(_, title)| title.as_str()).collect();
        let finding = out.report(
            format!(
                "{} {}: what `router.properties` allows (`{}`) must be set again on a virtual host with two-way TLS, else it \
                 goes on offering TLS 1.0 and 1.1",
                words::list(&titles, 3),
                if open.len() == 1 {
                    "asks for client certificates and sets no `ssl_protocols`"
                } else {
                    "ask for client certificates and set no `ssl_protocols`"
                },
                value.trimmed(),
            ),
            *at,
            "two-way TLS",
        );
        finding.label(value.at, "the Router's protocols");
        label_some(finding, &more.iter().map(|(at, _)| (*at, "two-way TLS".to_owned())).collect::<Vec<_>>());
        finding.help(format!(
            "set the property `ssl_protocols` of the virtual host to `{}`, too",
            value.trimmed()
        ));
    }
}
