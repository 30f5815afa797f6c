//! The number in `sslFlags`: whether IIS takes it, and whether the machines know all of its bits.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        iis::{Binding, Configuration, ConfigurationKind, Generation, Key, RecordOption, Seen, Site},
    },
    rules::words,
};

use super::look;

/// The bits that are options of a record: the number, the name, what `netsh` prints for it, and the oldest Windows that
/// anybody says knows it.
pub(super) const BITS: &[(u32, &str, RecordOption, Generation)] = &[
    (4, "disable HTTP/2", RecordOption::DisableHttp2, Generation::Ws2016),
    (8, "disable OCSP stapling", RecordOption::DisableOcspStapling, Generation::Ws2016),
    (16, "disable QUIC", RecordOption::DisableQuic, Generation::Ws2019),
    (32, "disable TLS 1.3", RecordOption::DisableTls13, Generation::Ws2019),
    (64, "disable legacy TLS", RecordOption::DisableLegacyTls, Generation::Ws2019),
    (128, "negotiate client certificate", RecordOption::NegotiateClientCertificate, Generation::Ws2025),
];

/// The options among the bits of a binding, in words.
fn options(bits: u32) -> Vec<String> {
    BITS.iter().filter(|(bit, ..)| bits & bit != 0).map(|(bit, name, ..)| format!("{bit} ({name})")).collect()
}

/// See the card.
pub(crate) fn sslflags_invalid(model: &Model, out: &mut Findings) {
    for (_, it) in look::configurations(model) {
        let is_file = matches!(it.kind, ConfigurationKind::ApplicationHost | ConfigurationKind::Fragment);
        for site in &it.sites {
            for binding in site.bindings.iter().filter(|it| !it.opaque) {
                if let Some(odd) = binding.odd_flags.as_ref().filter(|it| is_file && !it.is_placeholder()) {
                    let message = format!(
                        "`sslFlags` of binding `{}` of {} is `{}`, which is no number: IIS cannot read its configuration, and no site starts",
                        binding.written,
                        look::title(site),
                        odd.trimmed()
                    );
                    let help = match binding.flags {
                        Some(number) => format!("write `sslFlags=\"{number}\"`"),
                        None => "add up the bits: 1 asks for the name in the handshake (SNI), 2 takes the certificate from the Central Certificate Store".to_owned(),
                    };
                    out.report(message, odd.at, "a number is needed").help(help);
                } else if binding.bits() > 255 {
                    let message = format!(
                        "`sslFlags` of binding `{}` of {} is {}, and no version of IIS has a bit above 128: what it should turn on stays off",
                        binding.written,
                        look::title(site),
                        binding.bits()
                    );
                    out.report(message, look::flags_at(binding), "unknown bits")
                        .level(Level::Warning)
                        .help(format!("the bits that are known come to {}", binding.bits() & 255));
                }
            }
        }
    }
}

/// How old a machine is at most, by its dump and by the modules of its IIS.
pub(super) fn generation(seen: Seen<'_>) -> Option<Generation> {
    seen.generation().or_else(|| {
        let version = seen.administration()?.version.trimmed().to_owned();
        if version.starts_with("7.") {
            Some(Generation::Ws2008)
        } else if version.starts_with("8.") {
            Some(Generation::Ws2012)
        } else {
            None
        }
    })
}

/// What a person calls the generation.
pub(super) fn windows(it: Generation) -> &'static str {
    match it {
        Generation::Ws2008 => "Windows Server 2008",
        Generation::Ws2012 => "Windows Server 2012",
        Generation::Ws2016 => "Windows Server 2016",
        Generation::Ws2019 => "Windows Server 2019",
        Generation::Ws2022 => "Windows Server 2022",
        Generation::Ws2025 => "Windows Server 2025",
    }
}

/// See the card.
pub(crate) fn sslflags_too_new(model: &Model, out: &mut Findings) {
    for (id, it) in look::configurations(model) {
        let mut by_generation: BTreeMap<Generation, Vec<Seen<'_>>> = BTreeMap::new();
        for seen in look::machines_of(model, id) {
            if let Some(generation) = generation(seen) {
                by_generation.entry(generation).or_default().push(seen);
            }
        }
        let too_new = |generation: Generation, binding: &Binding| {
            let bits = BITS.iter().filter(|(.., since)| *since > generation).map(|(bit, ..)| bit);
            bits.fold(0, |all, bit| all | (binding.bits() & bit))
        };
        // The oldest machine knows the fewest bits; younger ones of the farm are labels.
        let Some((oldest, _)) = by_generation.first_key_value() else { continue };
        let found: Vec<(&Site, &Binding)> =
            look::https(it).filter(|(_, binding)| too_new(*oldest, binding) != 0).collect();
        let Some((site, binding)) = found.first() else { continue };
        let bits = found.iter().fold(0, |all, (_, it)| all | too_new(*oldest, it));
        let old: Vec<Seen<'_>> = by_generation
            .iter()
            .filter(|(generation, _)| found.iter().any(|(_, it)| too_new(**generation, it) != 0))
            .flat_map(|(_, all)| all.iter().copied())
            .collect();
        let names: Vec<String> = old.iter().map(|it| look::quoted(*it)).collect();
        let message = format!(
            "`sslFlags` {} of {} sets {}, which {} on {} does not know: the option stays off there, and clients get what it should forbid",
            binding.bits(),
            look::title(site),
            words::list(&options(bits), 3),
            windows(*oldest),
            words::list(&names, 3)
        );
        let finding = out.report(message, look::flags_at(binding), "newer than the machine");
        for (site, binding) in found.iter().skip(1).take(words::SHOWN) {
            finding.label(look::flags_at(binding), format!("{} too", look::title(site)));
        }
        for seen in old.iter().take(words::SHOWN) {
            if let Some(at) = seen.records_at().or_else(|| seen.administration().map(|it| it.at)) {
                finding.label(at, format!("{} runs {}", look::quoted(*seen), windows(*oldest)));
            }
        }
        finding.help("set the option through SCHANNEL on these machines, or take the bit out until all of them run a Windows that knows it");
    }
}

/// See the card.
pub(crate) fn sni_no_host(model: &Model, out: &mut Findings) {
    for (_, it) in look::configurations(model) {
        let wrong = |binding: &&(&Site, &Binding)| {
            binding.1.is_sni() && !binding.1.is_central() && binding.1.host.is_empty()
        };
        let all: Vec<_> = look::https(it).collect();
        for (site, binding) in all.iter().filter(wrong) {
            let message = format!(
                "binding `{}` of {} asks for a name in the handshake (`sslFlags` {}) and has no host name: no record of http.sys can be made for it, and its clients get another site's certificate or a dropped connection",
                binding.written,
                look::title(site),
                binding.bits()
            );
            let finding = out.report(message, binding.at, "no host name behind the last colon");
            finding.level(look::level_for(site, Level::Error));
            if let Some(at) = binding.flags_at {
                finding.label(at, "bit 1 is SNI");
            }
            finding.help(format!(
                "put the host name behind the last colon, or set `sslFlags` to {} if this is the site for clients that send no name",
                binding.bits() & !1
            ));
        }
    }
}

/// The bindings of a configuration that share a record.
fn same_record<'c>(it: &'c Configuration, key: &Key) -> Vec<(&'c Site, &'c Binding)> {
    look::https(it).filter(|(_, other)| !other.flags_unknown && other.key().as_ref() == Some(key)).collect()
}

/// See the card.
pub(crate) fn host_without_sni(model: &Model, out: &mut Findings) {
    for (_, it) in look::configurations(model) {
        let mut users: BTreeMap<Key, usize> = BTreeMap::new();
        for key in look::https(it).filter_map(|(_, it)| it.key()) {
            *users.entry(key).or_default() += 1;
        }
        let alone = |(_, binding): &(&Site, &Binding)| {
            !binding.flags_unknown
                && binding.odd_flags.is_none()
                && !binding.is_sni()
                && !binding.is_central()
                && !binding.host.is_empty()
                && binding.host != "*"
                && binding.key().is_some_and(|it| users.get(&it) == Some(&1))
        };
        let all: Vec<_> = look::https(it).filter(alone).collect();
        let Some((site, binding)) = all.first() else { continue };
        let Some(key) = binding.key() else { continue };
        let message = format!(
            "binding `{}` of {} names a host without `sslFlags` 1: its certificate stands in the record `{}` and is shown to every client of this port, whatever name it asks for",
            binding.written,
            look::title(site),
            look::shown(&key)
        );
        let finding = out.report(message, binding.at, "the host name changes nothing for TLS");
        for (site, binding) in all.iter().skip(1).take(words::SHOWN) {
            finding.label(binding.at, format!("nor for {}", look::title(site)));
        }
        finding.help(
            "nothing has to be done while this is the only site of the port; set `sslFlags` to 1 before another one comes",
        );
    }
}

/// See the card.
pub(crate) fn flags_differ_same_endpoint(model: &Model, out: &mut Findings) {
    for (_, it) in look::configurations(model) {
        let mut keys: Vec<Key> = look::https(it)
            .filter_map(|(_, it)| it.key())
            .filter(|it| matches!(it, Key::Endpoint(..)))
            .collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let all = same_record(it, &key);
            let options_of = |it: &Binding| it.bits() & !3 & 255;
            let Some((first_site, first)) = all.first() else { continue };
            let Some((site, binding)) = all.iter().find(|(_, it)| options_of(it) != options_of(first)) else {
                continue;
            };
            let differing: Vec<String> = options(options_of(first) ^ options_of(binding));
            let message = format!(
                "{} and {} share the record `{}` and differ in {}: a record holds one set of options, that of the site which was saved last, and it counts for both",
                look::title(first_site),
                look::title(site),
                look::shown(&key),
                words::list(&differing, 3)
            );
            let finding = out.report(message, look::flags_at(binding), format!("{} here", binding.bits()));
            for (_, other) in all.iter().filter(|(_, it)| !std::ptr::eq(*it, *binding)).take(words::SHOWN) {
                finding.label(look::flags_at(other), format!("{} here", other.bits()));
            }
            finding.help("give both the same options, or set bit 1 (SNI) on both, so that each has a record of its own");
        }
    }
}
