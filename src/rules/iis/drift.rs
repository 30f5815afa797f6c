//! Options that a site asks for and the record of a machine does not have, or the other way round.

use std::collections::BTreeMap;

use crate::{
    finding::Findings,
    model::{
        Location, Model,
        iis::{Binding, Configuration, Generation, Key, Record, RecordOption, Seen, Site},
    },
    rules::words,
};

use super::{flags, look};

/// A record that does not say what its binding says.
struct Drift<'m> {
    seen: Seen<'m>,
    site: &'m Site,
    binding: &'m Binding,
    record: &'m Record,
}

/// Whether a bit of `sslFlags` and an option of a record say different things: `Some(true)` where the binding wants it.
fn differs(
    bit: u32,
    option: RecordOption,
    binding: &Binding,
    record: &Record,
    generation: Option<Generation>,
) -> Option<bool> {
    let wants = binding.bits() & bit != 0;
    let has = record.option(option)?;
    if wants == has {
        return None;
    }
    // Where the bit did not exist yet, `netsh` is the way to turn the option on; what the machine is too old for, the
    // rule about that says.
    let since = flags::BITS.iter().find(|(own, ..)| *own == bit).map(|(.., since)| *since)?;
    (bit != 128 || wants).then_some(())?;
    generation.is_some_and(|it| it >= since).then_some(wants)
}

/// Keys of a configuration that one binding alone has, or several with the same options.
fn agreed(it: &Configuration) -> BTreeMap<Key, (&Site, &Binding)> {
    let mut found: BTreeMap<Key, Option<(&Site, &Binding)>> = BTreeMap::new();
    for (site, binding) in look::https(it) {
        if binding.flags_unknown || binding.odd_flags.is_some() || binding.is_central() {
            continue;
        }
        let Some(key) = binding.key() else { continue };
        found
            .entry(key)
            .and_modify(|first| {
                if first.is_some_and(|(_, it)| it.bits() >> 2 != binding.bits() >> 2) {
                    *first = None;
                }
            })
            .or_insert(Some((site, binding)));
    }
    found.into_iter().filter_map(|(key, it)| it.map(|it| (key, it))).collect()
}

/// See the card.
pub(crate) fn flags_drift(model: &Model, out: &mut Findings) {
    for (id, it) in look::configurations(model) {
        let machines = look::machines_of(model, id);
        if machines.is_empty() {
            continue;
        }
        let mut all: BTreeMap<Vec<(u32, bool)>, Vec<Drift<'_>>> = BTreeMap::new();
        for (key, (site, binding)) in agreed(it) {
            for seen in &machines {
                let Some(record) = seen.record(&key) else { continue };
                let generation = flags::generation(*seen);
                let bits: Vec<(u32, bool)> = flags::BITS
                    .iter()
                    .filter_map(|(bit, _, option, _)| {
                        differs(*bit, *option, binding, record, generation).map(|wants| (*bit, wants))
                    })
                    .collect();
                if !bits.is_empty() {
                    all.entry(bits).or_default().push(Drift { seen: *seen, site, binding, record });
                }
            }
        }
        for (bits, drifts) in all {
            report(&bits, &drifts, out);
        }
    }
}

fn report(bits: &[(u32, bool)], drifts: &[Drift<'_>], out: &mut Findings) {
    let (Some(first), Some((bit, wants))) = (drifts.first(), bits.first()) else { return };
    let Some((_, name, option, _)) = flags::BITS.iter().find(|(own, ..)| own == bit) else { return };
    let mut names: Vec<String> = drifts.iter().map(|it| look::quoted(it.seen)).collect();
    names.sort();
    names.dedup();
    let on = words::list(&names, 3);
    let more = if bits.len() > 1 { ", and other options differ too" } else { "" };
    let key = look::shown(&first.record.key);
    let title = look::title(first.site);
    let message = if *wants {
        format!(
            "{title} asks for \"{name}\" (bit {bit} of `sslFlags`), and the record `{key}` on {on} does not have it{more}: clients get what the site means to forbid"
        )
    } else {
        format!(
            "the record `{key}` on {on} has \"{name}\" set, and `sslFlags` {} of {title} does not ask for it{more}: the option is lost as soon as IIS writes the record again, at the next renewal at the latest",
            first.binding.bits()
        )
    };
    let at = option_at(first.record, *option);
    let finding = out.report(message, at, if *wants { "not set" } else { "set by hand" });
    finding.label(look::flags_at(first.binding), format!("`sslFlags` is {}", first.binding.bits()));
    for it in drifts.iter().skip(1).take(words::SHOWN) {
        finding.label(
            option_at(it.record, *option),
            format!("{}, {}", look::quoted(it.seen), look::shown(&it.record.key)),
        );
    }
    let sum =
        bits.iter().fold(first.binding.bits(), |all, (bit, wants)| if *wants { all } else { all | bit });
    let wanted: Vec<RecordOption> = flags::BITS
        .iter()
        .filter(|(own, ..)| bits.iter().any(|(bit, wants)| bit == own && *wants))
        .map(|(_, _, option, _)| *option)
        .collect();
    finding.help(if *wants {
        format!(
            "run `{}` on each of these machines, and see that the tool which renews the certificate keeps `sslFlags`",
            look::update(first.record, &wanted)
        )
    } else {
        format!("write `sslFlags=\"{sum}\"` if the option is wanted; else save the binding once, and the record loses it")
    });
}

/// The line of an option, or the record where it has none.
fn option_at(record: &Record, option: RecordOption) -> Location {
    record.options.iter().find(|(it, ..)| *it == option).map_or(record.at, |(.., at)| *at)
}
