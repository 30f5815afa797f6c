//! Client certificates that a site asks for and the record of a machine does not, and how they are checked there.

use std::collections::BTreeSet;

use crate::{
    finding::Findings,
    model::{
        Location, Model,
        iis::{Access, Binding, Generation, Record, RecordOption, Seen, Site},
        said::Said,
    },
    rules::words,
};

use super::{flags, look};

/// A record of a site that asks for client certificates.
struct Asked<'m> {
    seen: Seen<'m>,
    site: &'m Site,
    binding: &'m Binding,
    record: &'m Record,
    /// The flags that ask, where a location does.
    access: Option<&'m Access>,
}

/// Every record of a site that asks for client certificates, each once a configuration.
fn asked(model: &Model) -> Vec<Vec<Asked<'_>>> {
    look::configurations(model)
        .map(|(id, configuration)| {
            let mut seen_records: BTreeSet<Location> = BTreeSet::new();
            let mut found = Vec::new();
            for seen in look::machines_of(model, id) {
                for (site, binding) in look::https(configuration).filter(|(_, it)| !it.flags_unknown) {
                    let Some(record) = look::record_of(seen, binding) else { continue };
                    let access = look::asks(configuration, site);
                    let negotiates = record.option(RecordOption::NegotiateClientCertificate) == Some(true);
                    if (access.is_some() || negotiates) && seen_records.insert(record.at) {
                        found.push(Asked { seen, site, binding, record, access });
                    }
                }
            }
            found
        })
        .collect()
}

fn option_at(record: &Record, option: RecordOption) -> Location {
    record.options.iter().find(|(it, ..)| *it == option).map_or(record.at, |(.., at)| *at)
}

/// "`node1`, `node2` and 3 more".
fn names(all: &[&Asked<'_>]) -> String {
    let mut names: Vec<String> = all.iter().map(|it| look::quoted(it.seen)).collect();
    names.sort();
    names.dedup();
    words::list(&names, 3)
}

/// The path of the flags that ask, or the site.
fn who(it: &Asked<'_>) -> String {
    match it.access.and_then(|it| it.path.as_ref()).filter(|it| !Said::is_blank(it)) {
        Some(path) => format!("`{}`", path.trimmed()),
        None => look::title(it.site),
    }
}

/// Reports one finding for all records of a configuration that have an option in a state.
fn each_option(
    model: &Model,
    out: &mut Findings,
    option: RecordOption,
    state: bool,
    say: impl Fn(&Asked<'_>, &str) -> (String, &'static str, String),
) {
    for all in asked(model) {
        let found: Vec<&Asked<'_>> =
            all.iter().filter(|it| it.record.option(option) == Some(state)).collect();
        let Some(first) = found.first() else { continue };
        let (message, label, help) = say(first, &names(&found));
        let finding = out.report(message, option_at(first.record, option), label);
        if let Some(flags) = first.access.and_then(|it| it.flags.as_ref()) {
            finding.label(flags.at, "client certificates are asked for here");
        }
        for it in found.iter().skip(1).take(words::SHOWN) {
            finding.label(
                option_at(it.record, option),
                format!("{}, {}", look::quoted(it.seen), look::shown(&it.record.key)),
            );
        }
        finding.help(help);
    }
}

/// See the card.
pub(crate) fn clientcert_tls13(model: &Model, out: &mut Findings) {
    late(model, out, true);
}

/// See the card.
pub(crate) fn clientcert_http2(model: &Model, out: &mut Findings) {
    late(model, out, false);
}

/// Certificates that are asked for after the handshake: TLS 1.3 as Windows speaks it has no such thing, HTTP/2 forbids it.
fn late(model: &Model, out: &mut Findings, tls13: bool) {
    for all in asked(model) {
        let found: Vec<&Asked<'_>> = all
            .iter()
            .filter(|it| {
                let old = flags::generation(it.seen).map(|it| it < Generation::Ws2022);
                let (bit, option) =
                    if tls13 { (32, RecordOption::DisableTls13) } else { (4, RecordOption::DisableHttp2) };
                it.access.is_some()
                    && it.record.option(RecordOption::NegotiateClientCertificate) == Some(false)
                    && it.binding.bits() & (128 | bit) == 0
                    && it.record.option(option) != Some(true)
                    && if tls13 {
                        old == Some(false)
                    } else {
                        old == Some(true) && it.record.option(option) == Some(false)
                    }
            })
            .collect();
        let Some(first) = found.first() else { continue };
        let (key, on) = (look::shown(&first.record.key), names(&found));
        let message = if tls13 {
            let answer = match flags::generation(first.seen) {
                Some(Generation::Ws2025) => "the request is answered 500 with 0x80070032",
                _ => "the connection is reset",
            };
            format!(
                "{} asks for client certificates after the handshake, and the record `{key}` on {on} leaves TLS 1.3 on, where that cannot be done: {answer}",
                who(first)
            )
        } else {
            format!(
                "{} asks for client certificates after the handshake, and the record `{key}` on {on} leaves HTTP/2 on, where that is forbidden: http.sys resets the stream, and clients have to come again with HTTP/1.1",
                who(first)
            )
        };
        let at = option_at(first.record, RecordOption::NegotiateClientCertificate);
        let finding = out.report(message, at, "not asked for in the handshake");
        if let Some(flags) = first.access.and_then(|it| it.flags.as_ref()) {
            finding.label(flags.at, "client certificates are asked for here");
        }
        for it in found.iter().skip(1).take(words::SHOWN) {
            finding.label(
                option_at(it.record, RecordOption::NegotiateClientCertificate),
                format!("{}, {}", look::quoted(it.seen), look::shown(&it.record.key)),
            );
        }
        finding.help(format!(
            "ask for the certificate in the handshake: run `{}` on {on} (without the quotes around the braces in `cmd`); all clients of this record are asked then",
            look::update(first.record, &[RecordOption::NegotiateClientCertificate])
        ));
    }
}

/// See the card.
pub(crate) fn revocation_off(model: &Model, out: &mut Findings) {
    each_option(model, out, RecordOption::VerifyRevocation, false, |it, on| {
        (
            format!(
                "client certificates of {} are not checked for revocation by the record `{}` on {on}: who holds a revoked certificate is let in",
                who(it),
                look::shown(&it.record.key)
            ),
            "revocation is not checked",
            format!(
                "run `{} verifyclientcertrevocation=enable` on {on}, and see that these machines reach the revocation lists",
                look::update(it.record, &[])
            ),
        )
    });
}

/// See the card.
pub(crate) fn revocation_cached_only(model: &Model, out: &mut Findings) {
    each_option(model, out, RecordOption::CachedOnly, true, |it, on| {
        (
            format!(
                "client certificates of {} are checked only against revocation lists that are in the cache already, by the record `{}` on {on}: a revoked certificate may be let in until something else fetches the list",
                who(it),
                look::shown(&it.record.key)
            ),
            "only what is in the cache",
            "leave it if something fetches the lists regularly; else make the record again without `verifyrevocationwithcachedclientcertonly`".to_owned(),
        )
    });
}

/// See the card.
pub(crate) fn usage_check_off(model: &Model, out: &mut Findings) {
    each_option(model, out, RecordOption::UsageCheck, false, |it, on| {
        (
            format!(
                "the record `{}` on {on} does not look at what the client certificates of {} are for: a certificate that was issued to a server lets its holder in as a client",
                look::shown(&it.record.key),
                who(it)
            ),
            "the usage is not checked",
            format!("run `{} usagecheck=enable` on {on}", look::update(it.record, &[])),
        )
    });
}
