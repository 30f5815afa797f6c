//! Machines by farm, bindings by port, and what is known about the certificate behind a thumbprint.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Finding, Level},
    model::{
        CertId, Location, Model,
        iis::{
            Address, Binding, CentralStore, Configuration, ConfigurationId, ConfigurationKind, Generation,
            IIS_APP_ID, Key, Record, Seen, Site, StoreEntry,
        },
        x509::Coverage,
    },
    rules::words,
};

/// Bindings that are labelled in one finding.
pub(super) const BINDINGS: usize = 5;

/// Machines that share a configuration, or one machine.
pub(super) struct Group<'m> {
    pub(super) machines: Vec<Seen<'m>>,
}

/// Every farm, then every machine that is in none.
pub(super) fn groups(model: &Model) -> Vec<Group<'_>> {
    let iis = &model.iis;
    let farms = iis.farms.iter().map(|farm| farm.machines.clone());
    let alone = (0..iis.machines.len()).filter(|at| iis.farm_of(*at).is_none()).map(|at| vec![at]);
    farms
        .chain(alone)
        .map(|machines| Group { machines: machines.into_iter().map(|at| iis.seen(at)).collect() })
        .collect()
}

impl Group<'_> {
    /// Ports of HTTPS bindings that `wanted` holds of.
    pub(super) fn ports(&self, wanted: impl Fn(&Binding) -> bool) -> BTreeSet<u16> {
        let all = self.machines.iter().flat_map(|it| it.https());
        all.filter(|(_, it)| wanted(it)).filter_map(|(_, it)| it.port).collect()
    }
}

/// The HTTPS bindings of a machine on a port.
pub(super) fn on_port(seen: Seen<'_>, port: u16) -> impl Iterator<Item = (&Site, &Binding)> {
    seen.https().filter(move |(_, it)| it.port == Some(port))
}

/// Bindings by place, each once, whatever number of machines run them.
pub(super) type Bindings<'m> = BTreeMap<Location, (&'m Site, &'m Binding)>;

pub(super) fn by_place<'m>(bindings: impl IntoIterator<Item = (&'m Site, &'m Binding)>) -> Bindings<'m> {
    bindings.into_iter().map(|(site, it)| (it.at, (site, it))).collect()
}

/// Labels bindings, the first ones of many.
pub(super) fn label_bindings(finding: &mut Finding, bindings: &Bindings<'_>, what: &str) {
    for (at, (site, _)) in bindings.iter().take(BINDINGS) {
        finding.label(*at, format!("{} {what}", site.title()));
    }
}

/// The level, lower by one step where no site of these starts by itself.
pub(super) fn mild(level: Level, bindings: &Bindings<'_>) -> Level {
    let stopped = !bindings.is_empty() && bindings.values().all(|(site, _)| site.stopped.is_some());
    if stopped { lower(level) } else { level }
}

pub(super) fn lower(level: Level) -> Level {
    match level {
        Level::Error => Level::Warning,
        Level::Warning | Level::Note => Level::Note,
    }
}

/// "`node1`, `node2` and 3 more".
pub(super) fn names(machines: &[Seen<'_>]) -> String {
    let names: Vec<String> = machines.iter().map(|it| format!("`{}`", it.machine.name)).collect();
    words::list(&names, 8)
}

/// "`a.example.com`, `b.example.com` and 3 more".
pub(super) fn hosts(bindings: &Bindings<'_>) -> String {
    let mut names: Vec<String> = Vec::new();
    for (site, it) in bindings.values() {
        let name = if it.host.is_empty() { site.title() } else { format!("`{}`", it.host) };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    words::list(&names, 4)
}

/// The command that puts the record of the Central Certificate Store; quoted so that PowerShell takes it, too.
pub(super) fn add_central(port: u16) -> String {
    format!("`netsh http add sslcert ccs={port} appid=\"{IIS_APP_ID}\"`")
}

/// The Central Certificate Store is off on a machine, as far as its settings are known.
pub(super) fn is_disabled(seen: Seen<'_>) -> bool {
    seen.central().is_some_and(|it| match it.enabled {
        Some((on, _)) => !on,
        None => it.complete,
    })
}

/// The Central Certificate Store is on for certain.
pub(super) fn enabled(seen: Seen<'_>) -> Option<(&CentralStore, Location)> {
    let central = seen.central()?;
    let (on, at) = central.enabled?;
    on.then_some((central, at))
}

/// What shows that a machine runs IIS 7, which knows neither names nor the Central Certificate Store.
pub(super) fn too_old(seen: Seen<'_>) -> Option<Location> {
    let version = seen.administration().filter(|it| it.version.trimmed().starts_with("7."));
    let dump = seen.dump().filter(|_| seen.generation() == Some(Generation::Ws2008));
    // What one of the two says is believed only where the other does not say otherwise.
    let newer = seen.generation().is_some_and(|it| it > Generation::Ws2008);
    version.map(|it| it.version.at).or(dump.map(|it| it.at)).filter(|_| !newer)
}

/// Neither the name in the handshake nor the Central Certificate Store decides: the address does.
pub(super) fn is_by_address(binding: &Binding) -> bool {
    !binding.is_sni() && !binding.is_central()
}

/// The name of a file without its ending, where that is the one of PKCS#12 on Windows; names are lower case.
pub(super) fn pfx_stem(name: &str) -> Option<&str> {
    name.rsplit_once('.').filter(|(_, ending)| *ending == "pfx").map(|(stem, _)| stem)
}

/// IIS says that it made a record.
pub(super) fn is_of_iis(record: &Record) -> bool {
    record.app_id.as_ref().is_some_and(|it| it.trimmed().eq_ignore_ascii_case(IIS_APP_ID))
}

/// The bindings of a machine that need a record. IPv6 clients of `*` are served by `[::]`, too.
pub(super) fn users<'m>(seen: Seen<'m>, key: &Key) -> impl Iterator<Item = (&'m Site, &'m Binding)> {
    let v4 = match key {
        Key::Endpoint(Address::AnyV6, port) => Some(Key::Endpoint(Address::Any, *port)),
        _ => None,
    };
    let v4: Vec<_> = v4.iter().flat_map(|it| seen.wanting(it)).collect();
    seen.wanting(key).chain(v4)
}

/// Whether a binding needs a record: IPv6 clients of `*` are served by `[::]`, too.
pub(super) fn uses(binding: &Binding, key: &Key) -> bool {
    let v6 =
        |port: u16| is_by_address(binding) && binding.address == Address::Any && binding.port == Some(port);
    binding.needs(key) || matches!(key, Key::Endpoint(Address::AnyV6, port) if v6(*port))
}

/// Configurations of servers that are in use, whole or in part.
pub(super) fn configurations(model: &Model) -> impl Iterator<Item = (ConfigurationId, &Configuration)> {
    let stale: BTreeSet<ConfigurationId> = model.iis.machines.iter().filter_map(|it| it.stale).collect();
    model.iis.configurations().filter(move |(id, it)| {
        matches!(it.kind, ConfigurationKind::ApplicationHost | ConfigurationKind::Fragment)
            && !stale.contains(id)
    })
}

/// The machines that run a configuration.
pub(super) fn machines_of(model: &Model, id: ConfigurationId) -> impl Iterator<Item = Seen<'_>> {
    model.iis.running(id)
}

/// HTTPS bindings of a configuration that can be read.
pub(super) fn https_of(configuration: &Configuration) -> impl Iterator<Item = (&Site, &Binding)> {
    bindings_of(configuration).filter(|(_, it)| it.is_https())
}

/// Bindings of a configuration that can be read.
pub(super) fn bindings_of(configuration: &Configuration) -> impl Iterator<Item = (&Site, &Binding)> {
    configuration.sites.iter().filter(|it| !it.is_default).flat_map(|site| {
        site.bindings.iter().filter(|it| !it.opaque && it.port.is_some()).map(move |it| (site, it))
    })
}

/// What the tree knows about a thumbprint.
#[derive(Clone, Copy)]
pub(super) enum Behind<'m> {
    /// The certificate itself.
    Certificate(CertId),
    /// What a listing of a store says of it.
    Entry(&'m StoreEntry),
}

pub(super) fn behind<'m>(model: &'m Model, record: &Record) -> Option<Behind<'m>> {
    let hash = record.hash.known()?;
    let certificate = model.materials.by_thumbprint(hash).map(Behind::Certificate);
    certificate.or_else(|| model.iis.store_entry(hash).map(Behind::Entry))
}

impl Behind<'_> {
    /// "the certificate `x`".
    pub(super) fn title(self, model: &Model) -> String {
        let subject = match self {
            Self::Certificate(id) => model.cert(id).subject.title().to_owned(),
            Self::Entry(entry) => {
                entry.subject.as_ref().map_or_else(|| "(no name)".to_owned(), |it| it.title().to_owned())
            }
        };
        format!("the certificate `{subject}`")
    }

    /// Where it stands.
    pub(super) fn at(self, model: &Model) -> Location {
        match self {
            Self::Certificate(id) => model.materials.known(id).places[0],
            Self::Entry(entry) => entry.at,
        }
    }
}

/// Whether the certificate of a record covers a host; `None` where nobody knows.
pub(super) fn covers(model: &Model, record: &Record, host: &str) -> Option<bool> {
    let id = model.materials.by_thumbprint(record.hash.known()?)?;
    (!host.is_empty()).then(|| model.cert(id).host_coverage(host) == Coverage::Covered)
}

/// "the certificate `x`" of a record, or its first digits.
pub(super) fn shown(model: &Model, record: &Record) -> String {
    match (behind(model, record), record.hash.known()) {
        (Some(it), _) => it.title(model),
        (None, Some(hash)) => format!("the certificate `{}…`", hash.get(..8).unwrap_or(hash)),
        (None, None) => "an unknown certificate".to_owned(),
    }
}

/// Labels a record and the certificate behind it, where the tree has it.
pub(super) fn label_record(finding: &mut Finding, model: &Model, record: &Record, what: impl Into<String>) {
    finding.label(record.at, what);
    if let Some(it) = behind(model, record) {
        finding.label(it.at(model), format!("{} stands behind its thumbprint", it.title(model)));
    }
}
