//! The record of the Central Certificate Store: the entry `(null)` that every node needs for every port, and that no
//! shared configuration carries.

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model,
        iis::{Binding, Connection, IIS_APP_ID, Key, Live, Record, Seen, Served, Thumbprint},
    },
    rules::words,
};

use super::nodes::{
    Bindings, Group, add_central, by_place, enabled, groups, hosts, is_disabled, label_bindings, mild, names,
    on_port, too_old,
};

/// A port of a farm whose bindings take certificates from the Central Certificate Store.
struct Needed<'m> {
    port: u16,
    bindings: Bindings<'m>,
    missing: Vec<Seen<'m>>,
    present: Vec<(Seen<'m>, &'m Record)>,
}

impl<'m> Needed<'m> {
    fn all(group: &Group<'m>) -> Vec<Self> {
        let ports = group.ports(Binding::is_central);
        ports.into_iter().map(|port| Self::of(group, port)).collect()
    }

    fn of(group: &Group<'m>, port: u16) -> Self {
        let mut this = Self { port, bindings: Bindings::new(), missing: Vec::new(), present: Vec::new() };
        for seen in group.machines.iter().copied() {
            // A record for one name alone serves that name.
            let scoped = |host: &str| seen.record(&Key::ScopedCentral(host.to_owned(), port)).is_some();
            let own = by_place(on_port(seen, port).filter(|(_, it)| it.is_central() && !scoped(&it.host)));
            if own.is_empty() || too_old(seen).is_some() {
                continue;
            }
            if let Some(record) = seen.record(&Key::Central(port)) {
                this.present.push((seen, record));
            } else if seen.records_are_known() && !is_disabled(seen) {
                this.missing.push(seen);
            } else {
                continue;
            }
            this.bindings.extend(own);
        }
        this
    }

    /// The records for other ports, where every machine has one and none has that of this port.
    fn elsewhere(&self) -> Vec<(Seen<'m>, &'m Record)> {
        if !self.present.is_empty() {
            return Vec::new();
        }
        let found: Vec<_> =
            self.missing.iter().filter_map(|it| Some((*it, other_central(*it, self.port)?))).collect();
        if found.len() == self.missing.len() { found } else { Vec::new() }
    }
}

/// A record of the Central Certificate Store for another port.
fn other_central(seen: Seen<'_>, port: u16) -> Option<&Record> {
    seen.dump()?.records.iter().find(|it| matches!(it.key, Key::Central(other) if other != port))
}

/// What clients get on machines that lack the record.
fn effect(missing: &[Seen<'_>], port: u16, bindings: &Bindings<'_>) -> String {
    let host = bindings.values().map(|(_, it)| it.host.as_str()).find(|it| !it.is_empty());
    let connection = Connection { address: None, port, name: host };
    let falls_back = |it: &&Seen<'_>| matches!(it.serve(connection), Some(Served::Record(_)));
    let wrong = missing.iter().filter(falls_back).count();
    let there = if missing.len() == 1 { "there" } else { "on these nodes" };
    if wrong == 0 {
        format!(
            "connections to {} are dropped {there} before IIS sees them, so no log has a line about them",
            hosts(bindings)
        )
    } else if wrong == missing.len() {
        format!(
            "clients of {} get the certificate of a fall-back record {there}, which is meant for others",
            hosts(bindings)
        )
    } else {
        format!(
            "connections to {} are dropped {there} before IIS sees them, so no log has a line about them, or get the \
             certificate of a fall-back record",
            hosts(bindings)
        )
    }
}

/// See the card.
pub(crate) fn ccs_entry_missing(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        for it in Needed::all(&group) {
            let Some(first) = it.missing.first().and_then(|it| it.records_at()) else { continue };
            if !it.elsewhere().is_empty() {
                continue;
            }
            let (port, missing) = (it.port, names(&it.missing));
            let present: Vec<Seen<'_>> = it.present.iter().map(|(seen, _)| *seen).collect();
            let where_it_is = match (present.is_empty(), group.machines.len()) {
                (true, 1) => format!("missing on {missing}"),
                (true, _) => format!("missing on {missing}, and no node of the farm has it"),
                (false, _) => format!("present on {}; missing on {missing}", names(&present)),
            };
            let finding = out.report(
                format!(
                    "the record `Central Certificate Store : {port}` of http.sys is {where_it_is}: {}",
                    effect(&it.missing, port, &it.bindings)
                ),
                first,
                format!("no record `Central Certificate Store : {port}` on `{}`", it.missing[0].machine.name),
            );
            for seen in &it.missing[1..] {
                let Some(at) = seen.records_at() else { continue };
                finding.label(at, format!("nor on `{}`", seen.machine.name));
            }
            for (seen, record) in it.present.iter().take(words::SHOWN) {
                finding.label(record.at, format!("present on `{}`", seen.machine.name));
            }
            label_bindings(finding, &it.bindings, "takes its certificate from the Central Certificate Store");
            for (seen, (_, at)) in it.missing.iter().filter_map(|seen| Some((seen, enabled(*seen)?))) {
                finding.label(
                    at,
                    format!("the Central Certificate Store is enabled on `{}`", seen.machine.name),
                );
            }
            finding.labels_from(proof(&it));
            finding.level(mild(Level::Error, &it.bindings)).help(format!(
                "in an elevated prompt on {missing}; neither `iisreset` nor a restart puts it back: {}",
                add_central(port)
            ));
        }
    }
}

/// The files that prove that the share is not to blame.
fn proof(it: &Needed<'_>) -> Vec<(Location, String)> {
    let shares = it.missing.iter().filter_map(|seen| seen.share());
    let files = shares.flat_map(|share| {
        let own = it.bindings.values().filter(|(_, it)| !it.host.is_empty());
        own.filter_map(move |(_, binding)| Some((share.file_for(&binding.host)?.at, binding.host.as_str())))
    });
    let mut labels: Vec<(Location, String)> = Vec::new();
    for (at, host) in files {
        if labels.len() < 5 && labels.iter().all(|(other, _)| *other != at) {
            labels.push((at, format!("the file for `{host}` is on the share")));
        }
    }
    labels
}

/// See the card.
pub(crate) fn ccs_entry_wrong_port(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        for it in Needed::all(&group) {
            let elsewhere = it.elsewhere();
            let Some(((seen, record), more)) = elsewhere.split_first() else { continue };
            let finding = out.report(
                format!(
                    "{} has a record of the Central Certificate Store for port {} and none for port {}: {}",
                    names(&it.missing),
                    record.key.port(),
                    it.port,
                    effect(&it.missing, it.port, &it.bindings)
                ),
                record.at,
                format!("port {}, not {}, on `{}`", record.key.port(), it.port, seen.machine.name),
            );
            for (seen, record) in more {
                finding.label(record.at, format!("nor on `{}`", seen.machine.name));
            }
            label_bindings(
                finding,
                &it.bindings,
                &format!("takes its certificate from there on port {}", it.port),
            );
            finding.level(mild(Level::Error, &it.bindings)).help(format!(
                "in an elevated prompt on {}, and leave the record of the other port: {}",
                names(&it.missing),
                add_central(it.port)
            ));
        }
    }
}

/// Records of the Central Certificate Store with their machines.
fn central_records(model: &Model) -> impl Iterator<Item = (Seen<'_>, &Record)> {
    model.iis.all_seen().flat_map(|seen| {
        let records = seen.dump().map_or(&[][..], |it| &it.records);
        records.iter().filter(|it| matches!(it.key, Key::Central(_))).map(move |it| (seen, it))
    })
}

/// See the card.
pub(crate) fn ccs_entry_has_hash(model: &Model, out: &mut Findings) {
    for (seen, record) in central_records(model) {
        if !matches!(record.hash, Thumbprint::Known(_)) {
            continue;
        }
        out.report(
            format!(
                "the record `{}` on `{}` names a certificate of its own, where `(null)` belongs: http.sys does not ask the \
                 Central Certificate Store by it, and clients get a wrong certificate or none",
                record.key, seen.machine.name
            ),
            record.hash_at,
            "`(null)` belongs here",
        )
        .label(record.at, "the record")
        .help(format!(
            "on `{}`, remove it with `netsh http delete sslcert ccs={port}` and put it back at once: {}",
            seen.machine.name,
            add_central(record.key.port()),
            port = record.key.port()
        ));
    }
}

/// See the card.
pub(crate) fn ccs_entry_foreign_appid(model: &Model, out: &mut Findings) {
    for (seen, record) in central_records(model) {
        let Some(app) = record.app_id.as_ref().filter(|it| !it.trimmed().eq_ignore_ascii_case(IIS_APP_ID))
        else {
            continue;
        };
        out.report(
            format!(
                "the record `{}` on `{}` has the application id `{}`, which is not the one of IIS: it works, and IIS may put \
                 none of its own beside it",
                record.key,
                seen.machine.name,
                app.trimmed()
            ),
            app.at,
            "not the id of IIS",
        )
        .help(format!("records that IIS makes have `{IIS_APP_ID}`; nothing has to be done where it serves"));
    }
}

/// Whether the configuration of a machine is known and none of its bindings asks the Central Certificate Store.
fn nobody_asks(seen: Seen<'_>) -> bool {
    seen.configuration().is_some_and(|it| {
        it.sites.iter().all(|site| site.bindings.iter().all(|it| !it.is_central() && !it.opaque))
    })
}

/// See the card.
pub(crate) fn ccs_entry_but_disabled(model: &Model, out: &mut Findings) {
    for (seen, record) in central_records(model) {
        let unasked = nobody_asks(seen) || seen.machine.live == Live::Elsewhere;
        if !is_disabled(seen) || !(unasked || seen.configuration().is_none()) {
            continue;
        }
        let machine = &seen.machine.name;
        let finding = out.report(
            format!(
                "`{machine}` has the record `{}`, and the Central Certificate Store is disabled there: disabling takes the \
                 record away, so it was made by hand, or the two dumps are not of one day",
                record.key
            ),
            record.at,
            "a record of a feature that is off",
        );
        if let Some(it) = seen.central() {
            finding.label(it.enabled.map_or(it.at, |(_, at)| at), "disabled");
        }
        finding.help("enable the Central Certificate Store on this node if its sites need it, and take both dumps again");
    }
}

/// See the card.
pub(crate) fn ccs_entry_unused(model: &Model, out: &mut Findings) {
    for (seen, record) in central_records(model) {
        if is_disabled(seen) || !nobody_asks(seen) {
            continue;
        }
        out.report(
            format!(
                "no binding takes a certificate from the Central Certificate Store, and `{}` has its record `{}`: it harms \
                 nobody",
                seen.machine.name, record.key
            ),
            record.at,
            "no binding has `sslFlags` 2 or 3",
        )
        .help("leave it: it costs nothing, and the first binding with `sslFlags=\"3\"` needs it");
    }
}
