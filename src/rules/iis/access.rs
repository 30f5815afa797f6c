//! `access@sslFlags`: what a site demands of its clients, and whether they can meet it.

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        iis::{Access, Configuration, ConfigurationKind, Site},
    },
};

use super::look;

/// The place that the flags count for: "`Web/secure`", or "all sites".
fn place(it: &Access) -> String {
    match &it.path {
        Some(path) if !path.is_blank() => format!("`{}`", path.trimmed()),
        _ => "all sites".to_owned(),
    }
}

/// See the card.
pub(crate) fn require_without_negotiate(model: &Model, out: &mut Findings) {
    for (_, configuration) in look::configurations(model) {
        for it in &configuration.access {
            let Some(flags) = it.flags.as_ref().filter(|it| !it.is_placeholder()) else { continue };
            let [ssl, negotiate, require] =
                ["Ssl", "SslNegotiateCert", "SslRequireCert"].map(|word| look::has(&it.words, word));
            if require && !negotiate {
                let message = format!(
                    "`sslFlags` for {} has `SslRequireCert` without `SslNegotiateCert`: IIS asks nobody for a certificate and answers every request 403.7",
                    place(it)
                );
                out.report(message, flags.at, "`SslNegotiateCert` is missing")
                    .help("write `Ssl, SslNegotiateCert, SslRequireCert`, as IIS Manager does");
            } else if (negotiate || require) && !ssl {
                let message = format!(
                    "`sslFlags` for {} asks for client certificates without `Ssl`: requests over plain HTTP are answered too, and no certificate can be asked for there",
                    place(it)
                );
                out.report(message, flags.at, "`Ssl` is missing")
                    .level(Level::Warning)
                    .help("put `Ssl` in front");
            }
        }
    }
}

/// The site that a path belongs to, where its bindings are all known.
fn site_of<'c>(configuration: &'c Configuration, it: &Access) -> Option<&'c Site> {
    let path = it.path.as_ref().filter(|it| !it.is_placeholder())?;
    let name = look::site_part(path);
    let site = configuration.sites.iter().find(|it| {
        !it.is_default && it.name.as_ref().is_some_and(|it| it.trimmed().eq_ignore_ascii_case(name))
    })?;
    (!site.bindings.is_empty() && site.bindings.iter().all(|it| !it.opaque)).then_some(site)
}

/// See the card.
pub(crate) fn require_on_http_only_site(model: &Model, out: &mut Findings) {
    for (_, configuration) in look::configurations(model) {
        if configuration.kind != ConfigurationKind::ApplicationHost {
            continue;
        }
        for it in configuration.access.iter().filter(|it| look::has(&it.words, "Ssl")) {
            let (Some(site), Some(flags)) = (site_of(configuration, it), &it.flags) else { continue };
            let plain = site.bindings.iter().find(|it| it.protocol.trimmed().eq_ignore_ascii_case("http"));
            let (None, Some(plain)) = (site.bindings.iter().find(|it| it.is_https()), plain) else {
                continue;
            };
            let message = format!(
                "{} is to be reached over HTTPS only, and {} has no https binding: every request is answered 403.4",
                place(it),
                look::title(site)
            );
            let finding = out.report(message, flags.at, "HTTPS is demanded here");
            finding.level(look::level_for(site, Level::Error));
            finding.label(plain.at, "the site speaks plain HTTP");
            finding.help("add an https binding to the site; where a load balancer ends TLS in front of it, take `Ssl` out and let the load balancer refuse plain HTTP");
        }
    }
}
