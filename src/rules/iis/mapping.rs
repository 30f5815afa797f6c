//! Client certificates mapped to accounts.

use data_encoding::BASE64;

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        iis::{Access, Configuration, ConfigurationId, ConfigurationKind, Mapping, Record, RecordOption},
        said::Said,
        x509::Certificate,
    },
    rules::words,
};

use super::look;

fn is_on(it: &Mapping) -> bool {
    it.enabled.as_ref().and_then(Said::truth) == Some(true)
}

fn place(it: &Mapping) -> String {
    match &it.path {
        Some(path) if !path.is_blank() => format!("`{}`", path.trimmed()),
        _ => "all sites".to_owned(),
    }
}

/// Whether flags of one path hold for another one below it.
fn covers(access: &Access, path: Option<&Said>) -> bool {
    match (&access.path, path) {
        (None, _) => true,
        (Some(above), Some(path)) => {
            let (above, path) = (above.trimmed().to_lowercase(), path.trimmed().to_lowercase());
            path == above || path.strip_prefix(&above).is_some_and(|rest| rest.starts_with('/'))
        }
        (Some(_), None) => false,
    }
}

/// Some machine asks for certificates in the handshake already, or some `web.config` asks for them.
fn asked_elsewhere(model: &Model, id: ConfigurationId) -> bool {
    let in_record = look::machines_of(model, id).into_iter().any(|seen| {
        seen.https()
            .filter_map(|(_, it)| look::record_of(seen, it))
            .any(|it| it.option(RecordOption::NegotiateClientCertificate) == Some(true))
    });
    let bit = |it: &Configuration| look::https(it).any(|(_, it)| it.bits() & 128 != 0);
    let others = model.iis.configurations().filter(|(_, it)| it.kind == ConfigurationKind::Web);
    in_record
        || bit(model.iis.configuration(id))
        || others.flat_map(|(_, it)| &it.access).any(|it| look::has(&it.words, "SslNegotiateCert"))
}

/// See the card.
pub(crate) fn mapping_never_asked(model: &Model, out: &mut Findings) {
    for (id, configuration) in look::configurations(model) {
        if configuration.kind != ConfigurationKind::ApplicationHost {
            continue;
        }
        for it in configuration.mappings.iter().filter(|it| is_on(it)) {
            if it.path.as_ref().is_some_and(Said::is_placeholder) {
                continue;
            }
            let asks = |access: &&Access| {
                look::has(&access.words, "SslNegotiateCert")
                    || access.flags.as_ref().is_some_and(Said::is_placeholder)
            };
            // A mapping for all sites serves those below it that ask.
            let below = |access: &&Access| {
                it.path.is_none()
                    || covers(access, it.path.as_ref())
                    || access.path.as_ref().is_some_and(|own| {
                        own.trimmed().to_lowercase().starts_with(
                            &it.path.as_ref().map_or_else(String::new, |it| it.trimmed().to_lowercase()),
                        )
                    })
            };
            if configuration.access.iter().filter(below).any(|it| asks(&it)) || asked_elsewhere(model, id) {
                continue;
            }
            let message = format!(
                "client certificates are mapped to accounts for {}, and no `access` there has `SslNegotiateCert`: IIS asks nobody for a certificate, and nobody is logged in by one",
                place(it)
            );
            let finding = out.report(message, it.at, "turned on here");
            let near = configuration.access.iter().rfind(|access| covers(access, it.path.as_ref()));
            if let Some(flags) = near.and_then(|it| it.flags.as_ref()) {
                finding.label(flags.at, "`SslNegotiateCert` is missing");
            }
            finding.help("set `sslFlags` of `system.webServer/security/access` for the same path to `Ssl, SslNegotiateCert`, with `SslRequireCert` where nobody may do without");
        }
    }
}

/// Shorter than any certificate: a word that stands for one.
const SHORT: usize = 200;

/// What is wrong with the text of a mapped certificate; nothing where it cannot be meant as one.
fn complaint(text: &str) -> Result<Option<Certificate>, &'static str> {
    if text.contains("-----") {
        return Err("has the lines of PEM around it");
    }
    if text.contains(char::is_whitespace) {
        return Err("has blanks or line breaks in it");
    }
    let der = match BASE64.decode(text.as_bytes()) {
        Ok(der) => der,
        Err(_) if text.len() < SHORT => return Ok(None),
        Err(_) => return Err("is no base64"),
    };
    Certificate::parse(&der).map(Some).map_err(|_| "is base64 of something that is no certificate")
}

/// See the card.
pub(crate) fn mapping_bad_cert(model: &Model, out: &mut Findings) {
    for (_, configuration) in look::configurations(model) {
        for it in &configuration.mappings {
            for said in it.certificates.iter().filter(|it| !it.is_placeholder() && !it.is_blank()) {
                match complaint(said.trimmed()) {
                    Err(what) => {
                        let message = format!(
                            "a certificate that is mapped to an account for {} {what}: IIS compares it with the client's byte by byte, so the mapping fits nobody",
                            place(it)
                        );
                        out.report(message, said.at, "the certificate").help(
                            "write the base64 of the DER certificate in one line, without `-----BEGIN CERTIFICATE-----`",
                        );
                    }
                    Ok(Some(certificate)) if certificate.not_after < model.settings.as_of => {
                        let message = format!(
                            "the certificate `{}`, which is mapped to an account for {}, expired on {}: its owner has a new one, and the mapping does not fit that",
                            certificate.subject.title(),
                            place(it),
                            certificate.not_after
                        );
                        out.report(message, said.at, "expired")
                            .level(Level::Warning)
                            .help("put the owner's new certificate in its place, or map by issuer and subject (`manyToOneMappings`)");
                    }
                    Ok(_) => {}
                }
            }
        }
    }
}

/// See the card.
pub(crate) fn mapping_plain_password(model: &Model, out: &mut Findings) {
    for (_, configuration) in look::configurations(model) {
        let all: Vec<_> = configuration
            .mappings
            .iter()
            .flat_map(|it| it.plain_passwords.iter().map(move |at| (*at, it)))
            .collect();
        let Some((at, it)) = all.first() else { continue };
        let count = if all.len() == 1 {
            "the password of an account".to_owned()
        } else {
            format!("{} passwords of accounts", all.len())
        };
        let message = format!(
            "{count} that client certificates are mapped to for {} {} in the clear: whoever reads this file can log in without a certificate",
            place(it),
            if all.len() == 1 { "stands" } else { "stand" }
        );
        let finding = out.report(message, *at, "not encrypted");
        for (at, _) in all.iter().skip(1).take(words::SHOWN) {
            finding.label(*at, "not encrypted either");
        }
        finding.help("change the password, and enter the mapping with IIS Manager or `appcmd`, which encrypt it (`[enc:…]`)");
    }
}

/// See the card.
pub(crate) fn dsmapper_mismatch(model: &Model, out: &mut Findings) {
    for (id, configuration) in look::configurations(model) {
        let mapping = configuration.mappings.iter().find(|it| !it.is_iis && is_on(it));
        let Some(mapping) = mapping else { continue };
        let mut off = Vec::new();
        for seen in look::machines_of(model, id) {
            for (site, binding) in look::https(configuration) {
                if !look::is_about(mapping.path.as_ref(), site) {
                    continue;
                }
                let record = look::record_of(seen, binding);
                if let Some(record) = record.filter(|it| it.option(RecordOption::DsMapper) == Some(false))
                    && off.iter().all(|(_, it): &(_, &Record)| it.at != record.at)
                {
                    off.push((seen, record));
                }
            }
        }
        let Some((_, record)) = off.first() else { continue };
        let mut names: Vec<String> = off.iter().map(|(it, _)| look::quoted(*it)).collect();
        names.dedup();
        let message = format!(
            "client certificates are mapped by Active Directory for {}, and the record `{}` on {} has the mapper turned off: clients with a certificate are not logged in there",
            place(mapping),
            look::shown(&record.key),
            words::list(&names, 3)
        );
        let at = |it: &Record| {
            it.options.iter().find(|(it, ..)| *it == RecordOption::DsMapper).map_or(it.at, |(.., at)| *at)
        };
        let finding = out.report(message, at(record), "DS Mapper Usage is off");
        finding.label(mapping.at, "the mapping is turned on here");
        for (seen, record) in off.iter().skip(1).take(words::SHOWN) {
            finding.label(at(record), format!("{} has it off too", look::quoted(*seen)));
        }
        finding.help(format!(
            "run `{}` on {}",
            look::update(record, &[RecordOption::DsMapper]),
            words::list(&names, 3)
        ));
    }
}
