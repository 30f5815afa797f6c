//! What the machines of a farm have different, though a user cannot choose among them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        iis::{Address, Farm, Generation, Key, Record, RecordOption, Seen},
        said::Said,
        x509::Time,
    },
    rules::words,
};

use super::{
    flags,
    look::{self, Named},
};

/// The ports that HTTPS sites of a farm bind, with the host names there.
fn ports(model: &Model, farm: &Farm) -> BTreeMap<u16, BTreeSet<String>> {
    let mut found: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    for at in &farm.machines {
        for (_, binding) in model.iis.seen(*at).https() {
            let Some(port) = binding.port else { continue };
            let hosts = found.entry(port).or_default();
            if !binding.host.is_empty() {
                hosts.insert(binding.host.clone());
            }
        }
        // Machines of a farm share their configuration: one is enough.
        if farm.configuration.is_some() && !found.is_empty() {
            break;
        }
    }
    found
}

/// The keys that bindings of a farm want records for.
fn wanted(model: &Model, farm: &Farm) -> BTreeSet<Key> {
    farm.machines
        .iter()
        .take(1)
        .flat_map(|at| model.iis.seen(*at).https())
        .filter_map(|(_, it)| it.key())
        .collect()
}

/// The records of a farm by key, each with its machine, for ports that its sites bind.
fn records<'m>(
    model: &'m Model,
    farm: &Farm,
    ports: &BTreeMap<u16, BTreeSet<String>>,
) -> BTreeMap<Key, Vec<(Seen<'m>, &'m Record)>> {
    let mut found: BTreeMap<Key, Vec<(Seen<'m>, &'m Record)>> = BTreeMap::new();
    for seen in look::machines(model, farm) {
        let mut own = BTreeSet::new();
        for record in seen.dump().map_or(&[][..], |it| &it.records) {
            // Of two records with one key the first counts, as for `Seen::record`.
            if ports.contains_key(&record.key.port()) && own.insert(&record.key) {
                found.entry(record.key.clone()).or_default().push((seen, record));
            }
        }
    }
    found
}

/// Which machines agree with each other, and whether one of the certificates is at fault: what tells causes apart.
type Cause<'m> = (Vec<Vec<&'m str>>, bool);

/// The records of one key on the machines of a farm.
type Found<'m> = Vec<(Seen<'m>, &'m Record)>;

/// See the card.
pub(crate) fn farm_record_missing(model: &Model, out: &mut Findings) {
    for farm in model.iis.farms.iter().filter(|it| it.machines.len() > 1) {
        let ports = ports(model, farm);
        let wanted = wanted(model, farm);
        let all = records(model, farm, &ports);
        for port in ports.keys() {
            // What a binding wants, the rules about bindings miss; who sends no name falls back to this one.
            let key = Key::Endpoint(Address::Any, *port);
            let Some(found) = all.get(&key).filter(|_| !wanted.contains(&key)) else { continue };
            let lacking: Vec<Seen<'_>> = look::machines(model, farm)
                .into_iter()
                .filter(|it| it.records_are_known() && it.record(&key).is_none())
                // Where what a binding needs is missing too, that is what has to be told.
                .filter(|it| wanted.iter().all(|key| key.port() != *port || it.record(key).is_some()))
                .collect();
            let (Some(first), Some((_, record))) = (lacking.first(), found.first()) else { continue };
            let Some(at) = first.records_at() else { continue };
            let names = |all: &[Seen<'_>]| {
                words::list(&all.iter().map(|it| look::quoted(*it)).collect::<Vec<_>>(), 4)
            };
            let having: Vec<Seen<'_>> = found.iter().map(|(it, _)| *it).collect();
            let message = format!(
                "record `{}` is on {} and missing on {}: clients that send no name, health probes among them, are answered by some machines of the farm and dropped by the others",
                look::shown(&key),
                names(&having),
                names(&lacking)
            );
            let finding = out.report(message, at, format!("no such record on {}", look::quoted(*first)));
            for seen in lacking.iter().skip(1).take(words::SHOWN) {
                if let Some(at) = seen.records_at() {
                    finding.label(at, format!("nor on {}", look::quoted(*seen)));
                }
            }
            for (seen, record) in found.iter().take(words::SHOWN) {
                finding.label(record.at, format!("{} has it", look::quoted(*seen)));
            }
            finding.help(match record.hash.known() {
                Some(hash) => format!(
                    "import the certificate {} on {} and run there `netsh http add sslcert {} certhash={hash} appid='{}' certstorename={}`, or delete the record everywhere if nobody needs it",
                    look::short(hash),
                    names(&lacking),
                    key.argument(),
                    record.app_id.as_ref().map_or(crate::model::iis::IIS_APP_ID, |it| it.trimmed()),
                    record.store.as_ref().map_or("MY", |it| it.trimmed()),
                ),
                None => format!("make the record on {} as it is on the others", names(&lacking)),
            });
        }
    }
}

/// What is known of a certificate for the hosts of a port.
fn fitness(named: Option<&Named<'_>>, key: &Key, hosts: &BTreeSet<String>, today: Time) -> Fitness {
    let Some(named) = named else { return Fitness::Unknown };
    if named.not_after.is_some_and(|it| it < today) {
        return Fitness::Expired;
    }
    let Some(certificate) = named.certificate else { return Fitness::Unknown };
    let covers = |host: &str| certificate.host_coverage(host) == crate::model::x509::Coverage::Covered;
    let all = match key {
        Key::Name(host, _) => host.starts_with('*') || covers(host),
        _ => hosts.iter().all(|it| it.starts_with('*') || covers(it)),
    };
    if all { Fitness::Fits } else { Fitness::OtherName }
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Fitness {
    Fits,
    Expired,
    OtherName,
    Unknown,
}

/// The machines that have each certificate.
fn by_hash<'m>(found: &[(Seen<'m>, &'m Record)]) -> BTreeMap<&'m str, Vec<&'m str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (seen, record) in found {
        if let Some(hash) = record.hash.known() {
            all.entry(hash).or_default().push(&seen.machine.name);
        }
    }
    all
}

/// See the card.
pub(crate) fn farm_hash_differs(model: &Model, out: &mut Findings) {
    let farms: Vec<&Farm> = model.iis.farms.iter().filter(|it| it.machines.len() > 1).collect();
    if farms.is_empty() {
        return;
    }
    let certificates = look::certificates(model);
    for farm in farms {
        let ports = ports(model, farm);
        // A machine that was left out when certificates were renewed is one cause, however many names it has.
        let mut causes: BTreeMap<Cause<'_>, Vec<(Key, Found<'_>)>> = BTreeMap::new();
        let empty = BTreeSet::new();
        for (key, found) in records(model, farm, &ports) {
            // An address belongs to one machine.
            if matches!(key, Key::Endpoint(Address::One(_), _)) {
                continue;
            }
            let by_hash = by_hash(&found);
            if by_hash.len() < 2 {
                continue;
            }
            let hosts = ports.get(&key.port()).unwrap_or(&empty);
            let judged: Vec<Fitness> = by_hash
                .keys()
                .map(|hash| fitness(certificates.get(*hash), &key, hosts, model.settings.as_of))
                .collect();
            // What has ended or has another name, the rules about certificates tell.
            if judged.iter().any(|it| matches!(it, Fitness::Expired | Fitness::OtherName)) {
                continue;
            }
            let mut groups: Vec<Vec<&str>> = by_hash.into_values().collect();
            groups.sort();
            let all_fit = judged.iter().all(|it| *it == Fitness::Fits);
            causes.entry((groups, all_fit)).or_default().push((key, found));
        }
        for ((_, all_fit), keys) in causes {
            let Some((key, found)) = keys.first() else { continue };
            let counts: BTreeMap<&str, usize> =
                by_hash(found).into_iter().map(|(hash, machines)| (hash, machines.len())).collect();
            let hashes: Vec<(&str, &str)> = found
                .iter()
                .filter_map(|(seen, it)| Some((seen.machine.name.as_str(), it.hash.known()?)))
                .collect();
            // The one to edit is what the fewest machines have.
            let Some(odd) = counts.iter().min_by_key(|(_, count)| **count).map(|(it, _)| *it) else {
                continue;
            };
            let with = |wanted: bool| {
                let own = hashes.iter().filter(|(_, hash)| (*hash == odd) == wanted);
                words::list(&own.map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>(), 4)
            };
            let call = |hash: &str| {
                let title = certificates.get(hash).map_or_else(String::new, |it| format!("`{}` ", it.title));
                format!("{title}{}…", look::short(hash))
            };
            let (level, effect) = if all_fit {
                (Level::Note, "both cover the name, and each has to be renewed by itself")
            } else {
                (
                    Level::Warning,
                    "clients get one or the other as the load balancer sends them, and on the day when the older one ends, some of them are refused",
                )
            };
            let more = match keys.len() {
                1 => String::new(),
                count => format!(" (and {} more in the same way)", count - 1),
            };
            let other = hashes.iter().map(|(_, hash)| *hash).find(|it| *it != odd).unwrap_or_default();
            let message = format!(
                "record `{}`{more} has certificate {} on {} and {} on {}: {effect}",
                look::shown(key),
                call(odd),
                with(true),
                call(other),
                with(false)
            );
            let Some((_, record)) = found.iter().find(|(_, it)| it.hash.known() == Some(odd)) else {
                continue;
            };
            let finding = out.report(message, record.hash_at, format!("certificate {}…", look::short(odd)));
            finding.level(level);
            for (seen, it) in found.iter().take(words::SHOWN) {
                if let Some(hash) = it.hash.known() {
                    finding.label(
                        it.hash_at,
                        format!("{}: certificate {}…", look::quoted(*seen), look::short(hash)),
                    );
                }
            }
            for hash in [odd, other] {
                if let Some(named) = certificates.get(hash).filter(|it| it.not_after.is_some()) {
                    let until = named.not_after.map_or_else(String::new, |it| it.to_string());
                    finding.label(named.at, format!("{}… is valid until {until}", look::short(hash)));
                }
            }
            let new_record = found.iter().find(|(_, it)| it.hash.known() == Some(other));
            finding.help(format!(
                "import the certificate {}… on {} and run there `{}`, if that is the new one",
                look::short(other),
                with(true),
                new_record.map_or_else(String::new, |(_, it)| look::update(it, &[]))
            ));
        }
    }
}

/// Options of records that a user notices, and that no bit of `sslFlags` decides about.
const COMPARED: &[(RecordOption, &str, Level)] = &[
    (
        RecordOption::NegotiateClientCertificate,
        "asks clients for a certificate in the handshake",
        Level::Warning,
    ),
    (RecordOption::DsMapper, "maps client certificates by Active Directory", Level::Warning),
    (RecordOption::Reject, "rejects connections", Level::Warning),
    (RecordOption::DisableTls12, "turns TLS 1.2 off", Level::Warning),
    (RecordOption::VerifyRevocation, "checks client certificates for revocation", Level::Note),
    (RecordOption::CachedOnly, "checks client certificates against the cache only", Level::Note),
    (RecordOption::UsageCheck, "looks at what client certificates are for", Level::Note),
    (RecordOption::DisableHttp2, "turns HTTP/2 off", Level::Warning),
    (RecordOption::DisableTls13, "turns TLS 1.3 off", Level::Warning),
    (RecordOption::DisableLegacyTls, "turns legacy TLS off", Level::Warning),
    (RecordOption::DisableQuic, "turns QUIC off", Level::Note),
    (RecordOption::DisableOcspStapling, "turns OCSP stapling off", Level::Note),
];

fn option_at(record: &Record, option: RecordOption) -> Location {
    record.options.iter().find(|(it, ..)| *it == option).map_or(record.at, |(.., at)| *at)
}

/// What the configuration of a farm says about client certificates.
struct AskedByFarm {
    /// The keys of sites that ask for them.
    by_site: BTreeSet<Key>,
    /// They are mapped by Active Directory.
    mapped: bool,
}

fn asked(model: &Model, farm: &Farm) -> AskedByFarm {
    let first = farm.machines.first().map(|at| model.iis.seen(*at));
    let configuration = first.and_then(Seen::configuration);
    let by_site = configuration.into_iter().flat_map(|configuration| {
        let own = look::https(configuration).filter(|(site, _)| look::asks(configuration, site).is_some());
        own.filter_map(|(_, it)| it.key())
    });
    let mapped = configuration.is_some_and(|it| {
        it.mappings.iter().any(|it| !it.is_iis && it.enabled.as_ref().and_then(Said::truth) == Some(true))
    });
    AskedByFarm { by_site: by_site.collect(), mapped }
}

/// See the card.
pub(crate) fn farm_options_differ(model: &Model, out: &mut Findings) {
    for farm in model.iis.farms.iter().filter(|it| it.machines.len() > 1) {
        let ports = ports(model, farm);
        let wanted = wanted(model, farm);
        let asked = asked(model, farm);
        let mut told: BTreeSet<(RecordOption, Vec<&str>)> = BTreeSet::new();
        for (key, found) in records(model, farm, &ports) {
            for (option, what, level) in COMPARED {
                // Where a binding has a bit for it, the rule about that bit speaks.
                let by_bit = flags::BITS.iter().any(|(.., it, _)| it == option)
                    && *option != RecordOption::NegotiateClientCertificate;
                if by_bit && wanted.contains(&key) && !matches!(key, Key::Central(_)) {
                    continue;
                }
                // So do the rules about client certificates, where somebody asks for them.
                let for_clients = matches!(
                    option,
                    RecordOption::VerifyRevocation | RecordOption::CachedOnly | RecordOption::UsageCheck
                );
                let negotiates =
                    |it: &Record| it.option(RecordOption::NegotiateClientCertificate) == Some(true);
                if match option {
                    RecordOption::NegotiateClientCertificate => asked.by_site.contains(&key),
                    RecordOption::DsMapper => asked.mapped,
                    _ => {
                        for_clients
                            && (asked.by_site.contains(&key) || found.iter().any(|(_, it)| negotiates(it)))
                    }
                } {
                    continue;
                }
                let by_state = |state: bool| -> Vec<(Seen<'_>, &Record)> {
                    found.iter().copied().filter(|(_, it)| it.option(*option) == Some(state)).collect()
                };
                let (on, off) = (by_state(true), by_state(false));
                let (odd, rest) = if on.len() <= off.len() { (&on, &off) } else { (&off, &on) };
                let (Some((first, record)), Some(_)) = (odd.first(), rest.first()) else { continue };
                // The same machines differ in the same way on every record: told once.
                if !told.insert((*option, on.iter().map(|(it, _)| it.machine.name.as_str()).collect())) {
                    continue;
                }
                let names = |all: &[(Seen<'_>, &Record)]| {
                    words::list(&all.iter().map(|(it, _)| look::quoted(*it)).collect::<Vec<_>>(), 4)
                };
                let message = format!(
                    "record `{}` {what} on {} and not on {}: what a client gets depends on the machine that the load balancer picks",
                    look::shown(&key),
                    names(&on),
                    names(&off)
                );
                let state = |is_on: bool| if is_on { "on" } else { "off" };
                let finding = out.report(
                    message,
                    option_at(record, *option),
                    format!("{} on {}", state(record.option(*option) == Some(true)), look::quoted(*first)),
                );
                finding.level(*level);
                for (seen, it) in odd.iter().skip(1).chain(rest).take(words::SHOWN) {
                    finding.label(
                        option_at(it, *option),
                        format!("{} on {}", state(it.option(*option) == Some(true)), look::quoted(*seen)),
                    );
                }
                finding.help(format!(
                    "make the records of {} as those of {}, or the other way round",
                    names(odd),
                    names(rest)
                ));
            }
        }
    }
}

/// See the card.
pub(crate) fn farm_netsh_generation_differs(model: &Model, out: &mut Findings) {
    for farm in &model.iis.farms {
        let mut by_generation: BTreeMap<Generation, Vec<(Seen<'_>, Location)>> = BTreeMap::new();
        for seen in look::machines(model, farm) {
            if let (Some(generation), Some(at)) = (seen.generation(), seen.records_at()) {
                by_generation.entry(generation).or_default().push((seen, at));
            }
        }
        let (Some((old, first)), Some((new, last))) =
            (by_generation.first_key_value(), by_generation.last_key_value())
        else {
            continue;
        };
        if old == new {
            continue;
        }
        let names = |all: &[(Seen<'_>, Location)]| {
            words::list(&all.iter().map(|(it, _)| look::quoted(*it)).collect::<Vec<_>>(), 4)
        };
        let Some((seen, at)) = first.first() else { continue };
        let message = format!(
            "{} {} {} and {} {}, by the lines of their records: bits of `sslFlags` above 2 mean less on the older ones, and Microsoft supports a shared configuration among equal versions of IIS only",
            names(first),
            look::verb(first.len(), "runs", "run"),
            flags::windows(*old),
            names(last),
            flags::windows(*new)
        );
        let finding =
            out.report(message, *at, format!("{} runs {}", look::quoted(*seen), flags::windows(*old)));
        for (seen, at) in first.iter().skip(1).chain(last).take(words::SHOWN) {
            let generation = seen.generation().map_or("another Windows", flags::windows);
            finding.label(*at, format!("{} runs {generation}", look::quoted(*seen)));
        }
        finding.help(
            "bring the machines to one version of Windows, and use only what the oldest one knows until then",
        );
    }
}
