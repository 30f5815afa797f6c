//! Records of single addresses: they answer before names and the Central Certificate Store, whatever a site wants.

use std::{collections::BTreeMap, net::IpAddr};

use crate::{
    finding::{Finding, Findings, Level},
    model::{
        Model,
        iis::{Address, Binding, Connection, Key, Record, Seen, Served, Site, Thumbprint},
    },
    rules::words,
};

use super::nodes::{
    Bindings, Group, by_place, covers, groups, hosts, is_of_iis, label_bindings, label_record, mild, names,
    on_port, shown, too_old, uses,
};

/// A record of one address with the bindings whose connections it takes.
struct Shadow<'m> {
    seen: Seen<'m>,
    address: IpAddr,
    record: &'m Record,
    /// Bindings of the Central Certificate Store that it stands before.
    central: Bindings<'m>,
    /// Bindings of Server Name Indication alone that it stands before.
    named: Bindings<'m>,
    /// Bindings that it is made for.
    users: Bindings<'m>,
    /// Every HTTPS binding of the port takes its certificate from the Central Certificate Store.
    all_central: bool,
}

impl<'m> Shadow<'m> {
    fn all(group: &Group<'m>, port: u16) -> Vec<Self> {
        let mut found = Vec::new();
        for seen in group.machines.iter().copied() {
            let bindings: Vec<(&Site, &Binding)> = on_port(seen, port).collect();
            for (address, record) in seen.single_addresses(port) {
                // A record without a certificate is told as broken.
                if matches!(record.hash, Thumbprint::Null) {
                    continue;
                }
                let reached = |it: &Binding| match it.address {
                    Address::Any => true,
                    Address::AnyV6 => address.is_ipv6(),
                    Address::One(own) => own == address,
                };
                let of = |wanted: &dyn Fn(&Binding) -> bool| {
                    by_place(bindings.iter().copied().filter(|(_, it)| wanted(it)))
                };
                found.push(Self {
                    seen,
                    address,
                    record,
                    central: of(&|it| it.is_central() && reached(it)),
                    named: of(&|it| it.is_sni() && !it.is_central() && reached(it)),
                    users: of(&|it| uses(it, &record.key)),
                    all_central: bindings.iter().all(|(_, it)| it.is_central()),
                });
            }
        }
        found
    }

    /// No binding is made for the record, and IIS made it: it was left behind.
    fn is_left_over(&self) -> bool {
        !self.central.is_empty() && self.all_central && is_of_iis(self.record)
    }

    /// Clients of the other names cannot come in by another address, as far as is known.
    fn is_certain(&self) -> bool {
        let listens = self.seen.listen().map_or(&[][..], |it| &it.addresses);
        let bound = self
            .central
            .values()
            .chain(self.named.values())
            .any(|(_, it)| it.address == Address::One(self.address));
        bound || self.users.is_empty() || matches!(listens, [(only, _)] if *only == self.address)
    }

    /// The certificate covers every name that it is shown for; `None` where that is not known.
    fn covers_all(&self, model: &Model, bindings: &Bindings<'_>) -> Option<bool> {
        let mut all = Some(true);
        for (_, it) in bindings.values().filter(|(_, it)| !it.host.is_empty()) {
            match covers(model, self.record, &it.host) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => all = None,
            }
        }
        all
    }

    fn delete(&self) -> String {
        format!("`netsh http delete sslcert {}` on `{}`", self.record.key.argument(), self.seen.machine.name)
    }

    fn label_wmsvc(&self, finding: &mut Finding) {
        if let Some(service) = self.seen.record(&Key::Endpoint(Address::Any, 8172))
            && service.hash.known().is_some()
            && service.hash == self.record.hash
        {
            finding.label(service.hash_at, "the certificate of the Web Management Service (WMSVC), the same");
        }
    }
}

/// "the record `10.0.0.5:443` on `node1` was", or of several "the records … were", with the verb that follows.
fn records(shadows: &[&Shadow<'_>], one: &str, many: &str) -> String {
    let all: Vec<String> =
        shadows.iter().map(|it| format!("`{}` on `{}`", it.record.key, it.seen.machine.name)).collect();
    match all.len() {
        1 => format!("the record {} {one}", all[0]),
        _ => format!("the records {} {many}", words::list(&all, 5)),
    }
}

/// "10.0.0.5", or "these addresses".
fn addresses(shadows: &[&Shadow<'_>]) -> String {
    let first = shadows[0].address;
    if shadows.iter().all(|it| it.address == first) {
        first.to_string()
    } else {
        "these addresses".to_owned()
    }
}

/// What clients get of records, which may differ.
fn gets(model: &Model, shadows: &[&Shadow<'_>]) -> String {
    let first = shadows[0].record;
    if shadows.iter().all(|it| it.record.hash == first.hash) {
        shown(model, first)
    } else {
        "the certificates of these".to_owned()
    }
}

/// One finding of records: at the first, with the others of its kind.
fn tell<'o>(
    out: &'o mut Findings,
    message: String,
    shadows: &[&Shadow<'_>],
    here: &str,
    there: &str,
) -> &'o mut Finding {
    let shown = |it: &Shadow<'_>, what| format!("{what} on `{}`", it.seen.machine.name);
    let finding = out.report(message, shadows[0].record.at, shown(shadows[0], here));
    for it in &shadows[1..] {
        finding.label(it.record.at, shown(it, there));
    }
    finding
}

/// What to run on each node, each command once.
fn commands(shadows: &[&Shadow<'_>]) -> String {
    let all: Vec<String> = shadows.iter().map(|it| it.delete()).collect();
    words::list(&all, 8)
}

const KEEP: &str = "keep the record `Central Certificate Store`, whose hash is `(null)`";

/// See the card.
pub(crate) fn toggle_leftover(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        for port in group.ports(Binding::is_central) {
            let all = Shadow::all(&group, port);
            let left: Vec<&Shadow<'_>> = all.iter().filter(|it| it.is_left_over()).collect();
            if left.is_empty() {
                continue;
            }
            let bindings: Bindings<'_> = left.iter().flat_map(|it| it.central.clone()).collect();
            let machines: Vec<Seen<'_>> = left.iter().map(|it| it.seen).collect();
            let missing: Vec<Seen<'_>> = machines
                .iter()
                .copied()
                .filter(|it| it.records_are_known() && it.record(&Key::Central(port)).is_none())
                .collect();
            let finding = tell(
                out,
                format!(
                    "{} before the Central Certificate Store, from which every HTTPS site of port {port} takes its certificate: \
                     clients that connect to {} get {}, whatever name they ask for",
                    records(&left, "was left behind and answers", "were left behind and answer"),
                    addresses(&left),
                    gets(model, &left)
                ),
                &left,
                "left behind",
                "and",
            );
            for it in &left {
                finding.label(it.record.hash_at, "what clients get");
                label_record(finding, model, it.record, "");
                it.label_wmsvc(finding);
                if let Some(record) = it.seen.record(&Key::Central(port)) {
                    finding.label(
                        record.at,
                        format!("not asked on `{}` while that one is there", it.seen.machine.name),
                    );
                }
            }
            label_bindings(finding, &bindings, "takes its certificate from the Central Certificate Store");
            let level = if left.iter().all(|it| it.covers_all(model, &it.central) == Some(true)) {
                Level::Warning
            } else {
                mild(Level::Error, &bindings)
            };
            let end = if missing.is_empty() {
                format!("{KEEP}: {}, then `iisreset`", commands(&left))
            } else {
                format!(
                    "the binding was given a certificate of its own and back again, as a way to make the record of the \
                     Central Certificate Store, and nobody went that way to its end: remove \
                     this one, and make that record: {}, then {}",
                    commands(&left),
                    super::nodes::add_central(port)
                )
            };
            finding.level(level).help(end);
        }
    }
}

/// See the card.
pub(crate) fn ccs_shadowed_by_ip(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        for port in group.ports(Binding::is_central) {
            let all = Shadow::all(&group, port);
            let told: Vec<&Shadow<'_>> =
                all.iter().filter(|it| !it.central.is_empty() && !it.is_left_over()).collect();
            if told.is_empty() {
                continue;
            }
            let bindings: Bindings<'_> = told.iter().flat_map(|it| it.central.clone()).collect();
            let finding = tell(
                out,
                format!(
                    "{} before the Central Certificate Store: clients that connect to {} get {} and not the one of {}",
                    records(&told, "answers", "answer"),
                    addresses(&told),
                    gets(model, &told),
                    hosts(&bindings)
                ),
                &told,
                "comes first",
                "comes first",
            );
            for it in &told {
                label_record(finding, model, it.record, "");
                it.label_wmsvc(finding);
                if let Some(record) = it.seen.record(&Key::Central(port)) {
                    finding.label(
                        record.at,
                        format!("not asked on `{}` for that address", it.seen.machine.name),
                    );
                }
                label_bindings(finding, &it.users, "has a binding that made this record");
            }
            label_bindings(finding, &bindings, "takes its certificate from the Central Certificate Store");
            let covered = told.iter().all(|it| it.covers_all(model, &it.central) == Some(true));
            let certain = told.iter().any(|it| it.is_certain());
            let level = if certain && !covered { Level::Error } else { Level::Warning };
            let users: Bindings<'_> = told.iter().flat_map(|it| it.users.clone()).collect();
            let end = if users.is_empty() {
                format!("{KEEP}: {}, then `iisreset`", commands(&told))
            } else {
                format!(
                    "where these names lead to that address, give {} `sslFlags=\"3\"`, too, {KEEP}, and remove the other: {}",
                    hosts(&users),
                    commands(&told)
                )
            };
            finding.level(mild(level, &bindings)).help(end);
        }
    }
}

/// See the card.
pub(crate) fn sni_shadowed_by_ip(model: &Model, out: &mut Findings) {
    let named = |it: &Binding| it.is_sni() && !it.is_central();
    for group in groups(model) {
        for port in group.ports(named) {
            let all = Shadow::all(&group, port);
            // One that stands before the Central Certificate Store as well is told there.
            let told: Vec<&Shadow<'_>> =
                all.iter().filter(|it| !it.named.is_empty() && it.central.is_empty()).collect();
            if told.is_empty() {
                continue;
            }
            let bindings: Bindings<'_> = told.iter().flat_map(|it| it.named.clone()).collect();
            let same = told.iter().all(|it| {
                let own = |binding: &Binding| it.seen.record(&Key::Name(binding.host.clone(), port));
                it.record.hash.known().is_some()
                    && it
                        .named
                        .values()
                        .all(|(_, binding)| own(binding).is_some_and(|own| own.hash == it.record.hash))
            });
            let covered: Vec<Option<bool>> = told.iter().map(|it| it.covers_all(model, &it.named)).collect();
            let effect = if same {
                "which is the same today, and will not be after the next renewal of one of them"
            } else {
                "and not their own"
            };
            let finding = tell(
                out,
                format!(
                    "{} before the records of names: clients of {} that connect to {} get {}, {effect}",
                    records(&told, "answers", "answer"),
                    hosts(&bindings),
                    addresses(&told),
                    gets(model, &told)
                ),
                &told,
                "comes first",
                "comes first",
            );
            for it in &told {
                label_record(finding, model, it.record, "");
                it.label_wmsvc(finding);
                for (_, binding) in it.named.values().take(super::nodes::BINDINGS) {
                    if let Some(own) = it.seen.record(&Key::Name(binding.host.clone(), port)) {
                        finding.label(
                            own.at,
                            format!("not looked at on `{}` for that address", it.seen.machine.name),
                        );
                    }
                }
                label_bindings(finding, &it.users, "has a binding that made this record");
            }
            label_bindings(finding, &bindings, "is found by its name");
            let level = if same || covered.iter().all(|it| *it == Some(true)) {
                Level::Note
            } else if covered.contains(&Some(false)) && told.iter().any(|it| it.is_certain()) {
                Level::Error
            } else {
                Level::Warning
            };
            finding.level(mild(level, &bindings)).help(format!(
                "where no site needs this record, remove it: {}; else let the site that needs it be found by its name, too \
                 (`sslFlags=\"1\"`)",
                commands(&told)
            ));
        }
    }
}

/// See the card.
pub(crate) fn default_cert_wins_for_missing_sni(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        for port in group.ports(|it| it.is_sni() && !it.is_central()) {
            let mut found: BTreeMap<(usize, String), (&Record, &Site, &Binding)> = BTreeMap::new();
            for (index, seen) in group
                .machines
                .iter()
                .enumerate()
                .filter(|(_, it)| it.records_are_known() && too_old(**it).is_none())
            {
                for (site, binding) in on_port(*seen, port)
                    .filter(|(_, it)| it.is_sni() && !it.is_central() && !it.host.is_empty())
                {
                    let connection = Connection { address: None, port, name: Some(&binding.host) };
                    let Some(Served::Record(record)) = seen.serve(connection) else { continue };
                    if matches!(record.key, Key::Endpoint(..)) {
                        found.insert((index, binding.host.clone()), (record, site, binding));
                    }
                }
            }
            let Some(((index, _), (record, ..))) = found.iter().next() else { continue };
            let seen = group.machines[*index];
            let bindings = by_place(found.values().map(|(_, site, it)| (*site, *it)));
            let mut nodes: Vec<usize> = found.keys().map(|(index, _)| *index).collect();
            nodes.dedup();
            let machines: Vec<Seen<'_>> = nodes.iter().map(|it| group.machines[*it]).collect();
            let known: Vec<Option<bool>> =
                found.values().map(|(record, _, it)| covers(model, record, &it.host)).collect();
            let finding = out.report(
                format!(
                    "{} on {} has no record of its name: its clients get {} of the record `{}`, which is for clients that name \
                     no host",
                    hosts(&bindings),
                    names(&machines),
                    shown(model, record),
                    record.key
                ),
                seen.records_at().unwrap_or(record.at),
                format!("no record `{}` on `{}`", Key::Name(found.keys().next().map_or_else(String::new, |(_, host)| host.clone()), port), seen.machine.name),
            );
            for it in &machines[1..] {
                if let Some(at) = it.records_at() {
                    finding.label(at, format!("nor on `{}`", it.machine.name));
                }
            }
            label_bindings(finding, &bindings, "is found by its name");
            label_record(finding, model, record, format!("answers instead on `{}`", seen.machine.name));
            let level = if known.iter().all(|it| *it == Some(true)) {
                Level::Note
            } else if known.contains(&Some(false)) {
                Level::Error
            } else {
                Level::Warning
            };
            let host = found.keys().next().map_or("", |(_, host)| host.as_str());
            finding.level(mild(level, &bindings)).help(format!(
                "choose the certificate in the binding again on each of these nodes, or run `netsh http add sslcert \
                 hostnameport={host}:{port} certhash=THUMBPRINT certstorename=MY appid=\"{}\"`",
                crate::model::iis::IIS_APP_ID
            ));
        }
    }
}
