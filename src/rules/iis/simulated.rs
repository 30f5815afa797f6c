//! What a client gets depends on the machine of the farm it comes to, where no record is missing and no certificate was
//! forgotten: other records win.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        iis::{Address, Binding, Connection, Farm, IIS_APP_ID, Key, Seen, Served},
    },
    rules::words,
};

use super::look;

/// What a machine answers with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    /// The certificate of a record.
    Hash(String),
    /// A file of the Central Certificate Store.
    File(String),
    /// Nothing.
    Dropped,
}

impl Answer {
    fn words(&self) -> String {
        match self {
            Self::Hash(hash) => format!("certificate {}…", look::short(hash)),
            Self::File(name) => format!("file `{name}`"),
            Self::Dropped => "connection dropped".to_owned(),
        }
    }
}

/// A machine with what it answers, and through which record.
struct Outcome<'m> {
    seen: Seen<'m>,
    answer: Answer,
    key: Option<Key>,
    at: Location,
}

/// What the bindings of a machine want, by host, port and address. Machines with one configuration have it together.
struct Wishes<'m> {
    by_binding: BTreeMap<(u16, &'m str, Address), Key>,
    keys: BTreeSet<Key>,
}

impl<'m> Wishes<'m> {
    fn of(seen: Seen<'m>) -> Self {
        let mut by_binding = BTreeMap::new();
        for (_, it) in seen.https() {
            if let (Some(port), Some(key)) = (it.port, it.key()) {
                by_binding.entry((port, it.host.as_str(), it.address)).or_insert(key);
            }
        }
        let keys = by_binding.values().cloned().collect();
        Self { by_binding, keys }
    }
}

/// What machines answer for a binding, where that can be told and no other rule tells it.
fn outcome<'m>(seen: Seen<'m>, binding: &Binding, wishes: &Wishes<'_>) -> Option<Outcome<'m>> {
    let port = binding.port?;
    let wanted = wishes.by_binding.get(&(port, binding.host.as_str(), binding.address));
    // A record that a binding wants and does not have is another rule's.
    if wanted.is_some_and(|it| seen.record(it).is_none()) || !seen.records_are_known() {
        return None;
    }
    // A record of the machine's own address beats names, which another rule tells; for sites without a name it decides.
    let by_address = matches!(wanted, Some(Key::Endpoint(Address::Any, _)));
    let singles = seen.single_addresses(port);
    let address = singles.first().filter(|_| by_address && singles.len() == 1).map(|(it, _)| *it);
    let name = Some(binding.host.as_str()).filter(|it| !it.is_empty() && !it.contains('*'));
    let served = seen.serve(Connection { address, port, name })?;
    let answer = match served {
        Served::Record(record) => Answer::Hash(record.hash.known()?.to_owned()),
        Served::Central(_, Some(file)) => Answer::File(file.name.to_lowercase()),
        Served::Central(_, None) => return None,
        Served::Dropped => Answer::Dropped,
    };
    let record = served.record();
    // What IIS left behind, the rule about leftovers tells.
    let is_leftover = record.is_some_and(|it| {
        it.app_id.as_ref().is_some_and(|it| it.trimmed().eq_ignore_ascii_case(IIS_APP_ID))
            && !matches!(it.key, Key::Endpoint(Address::Any | Address::AnyV6, _) | Key::Central(_))
            && !wishes.keys.contains(&it.key)
    });
    if is_leftover {
        return None;
    }
    Some(Outcome {
        seen,
        answer,
        key: record.map(|it| it.key.clone()),
        at: record.map(|it| it.at).or(seen.records_at())?,
    })
}

/// See the card.
pub(crate) fn farm_simulated_differs(model: &Model, out: &mut Findings) {
    for farm in model.iis.farms.iter().filter(|it| it.machines.len() > 1) {
        let mut told: BTreeSet<Vec<(String, Option<Key>)>> = BTreeSet::new();
        let machines = look::machines(model, farm);
        let one = one_configuration(model, farm);
        let wishes: Vec<Wishes<'_>> =
            machines.iter().take(if one { 1 } else { machines.len() }).map(|it| Wishes::of(*it)).collect();
        for binding in bindings(model, farm) {
            let all = machines.iter().enumerate();
            let outcomes: Vec<Outcome<'_>> = all
                .filter_map(|(at, it)| outcome(*it, binding, wishes.get(at).or(wishes.first())?))
                .collect();
            let answers: BTreeSet<&Answer> = outcomes.iter().map(|it| &it.answer).collect();
            let keys: BTreeSet<Option<&Key>> = outcomes.iter().map(|it| it.key.as_ref()).collect();
            // One record with other certificates, one store with other files: told by the rules about these.
            if answers.len() < 2 || keys.len() < 2 {
                continue;
            }
            let cause = outcomes.iter().map(|it| (it.seen.machine.name.clone(), it.key.clone())).collect();
            if told.insert(cause) {
                report(binding, &outcomes, out);
            }
        }
    }
}

/// The bindings of a farm, each host and port once.
fn bindings<'m>(model: &'m Model, farm: &Farm) -> Vec<&'m Binding> {
    let mut found: BTreeMap<(u16, &str, Address), &Binding> = BTreeMap::new();
    let shared =
        if farm.configuration.is_some() && one_configuration(model, farm) { 1 } else { farm.machines.len() };
    for at in farm.machines.iter().take(shared) {
        for (_, binding) in model.iis.seen(*at).https().filter(|(_, it)| !it.flags_unknown) {
            let Some(port) = binding.port else { continue };
            found.entry((port, &binding.host, binding.address)).or_insert(binding);
        }
    }
    found.into_values().collect()
}

fn one_configuration(model: &Model, farm: &Farm) -> bool {
    let mut live = farm.machines.iter().map(|at| model.iis.machines[*at].live);
    let first = live.next();
    live.all(|it| Some(it) == first)
}

fn report(binding: &Binding, outcomes: &[Outcome<'_>], out: &mut Findings) {
    let mut groups: BTreeMap<(&Answer, Option<&Key>), Vec<&Outcome<'_>>> = BTreeMap::new();
    for it in outcomes {
        groups.entry((&it.answer, it.key.as_ref())).or_default().push(it);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    // What the fewest machines do stands first: there the mistake is.
    groups.sort_by_key(|(_, all)| all.len());
    let mut table = String::new();
    for ((answer, key), all) in &groups {
        let names: Vec<String> = all.iter().map(|it| look::quoted(it.seen)).collect();
        let record = key.map_or_else(|| "no record".to_owned(), |it| format!("`{}`", look::shown(it)));
        let _ = write!(
            table,
            "{}{} → {record} → {}",
            if table.is_empty() { "" } else { "; " },
            words::list(&names, 4),
            answer.words()
        );
    }
    let host = if binding.host.is_empty() {
        format!("port {}", binding.port.unwrap_or_default())
    } else {
        format!("`{}`", binding.host)
    };
    let dropped = groups.iter().any(|((answer, _), _)| **answer == Answer::Dropped);
    let effect = if dropped {
        "so some clients are dropped before IIS sees them"
    } else {
        "so the certificate depends on the machine that the load balancer picks"
    };
    let Some(first) = groups.first().and_then(|(_, all)| all.first()) else { return };
    let line =
        |it: &Outcome<'_>| format!("{}: this record wins, {}", look::quoted(it.seen), it.answer.words());
    let finding = out.report(
        format!("the machines of the farm answer {host} in different ways, {effect}: {table}"),
        first.at,
        line(first),
    );
    finding.level(if dropped { Level::Error } else { Level::Warning });
    for it in groups.iter().flat_map(|(_, all)| all).skip(1).take(words::SHOWN) {
        finding.label(it.at, line(it));
    }
    finding.label(binding.at, "the binding that they answer for");
    finding.help(match &first.key {
        Some(key @ (Key::Endpoint(Address::One(_), _) | Key::Name(..))) => format!(
            "if the others are right, run `netsh http delete sslcert {}` on {}, and leave the record with `(null)` alone: it is the Central Certificate Store's",
            key.argument(),
            look::quoted(first.seen)
        ),
        _ => "give all machines the same records".to_owned(),
    });
}
