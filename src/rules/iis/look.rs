//! How the rules about IIS look at a tree: configurations in use, the machines that run them, certificates by thumbprint.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use crate::{
    finding::Level,
    model::{
        Location, Model,
        iis::{
            Access, Binding, Configuration, ConfigurationId, ConfigurationKind, Farm, IIS_APP_ID, Key, Live,
            Record, RecordOption, Seen, Site,
        },
        said::Said,
        x509::{Certificate, Time},
    },
};

/// Configurations of servers that some machine may run: not those of IIS Express, nor what redirection put out of use.
pub(super) fn configurations(model: &Model) -> impl Iterator<Item = (ConfigurationId, &Configuration)> {
    let machines = &model.iis.machines;
    let live: BTreeSet<ConfigurationId> = machines.iter().filter_map(|it| known(it.live)).collect();
    let stale: BTreeSet<ConfigurationId> = machines.iter().filter_map(|it| it.stale).collect();
    model.iis.configurations().filter(move |(id, it)| {
        it.kind != ConfigurationKind::Express && (live.contains(id) || !stale.contains(id))
    })
}

fn known(live: Live) -> Option<ConfigurationId> {
    if let Live::Known(id) = live { Some(id) } else { None }
}

/// The machines that run a configuration.
pub(super) fn machines_of(model: &Model, id: ConfigurationId) -> Vec<Seen<'_>> {
    model.iis.running(id).collect()
}

/// The machines of a farm.
pub(super) fn machines<'m>(model: &'m Model, farm: &Farm) -> Vec<Seen<'m>> {
    farm.machines.iter().map(|at| model.iis.seen(*at)).collect()
}

/// The sites of a configuration with their bindings that can be read and say HTTPS.
pub(super) fn https(it: &Configuration) -> impl Iterator<Item = (&Site, &Binding)> {
    it.sites.iter().filter(|it| !it.is_default).flat_map(|site| {
        let own = site.bindings.iter().filter(|it| it.is_https() && !it.opaque && it.port.is_some());
        own.map(move |binding| (site, binding))
    })
}

/// "site `shop`", or "a site" where it has no name.
pub(super) fn title(site: &Site) -> String {
    match &site.name {
        Some(name) if !name.is_blank() => format!("site `{}`", name.trimmed()),
        _ => "a site".to_owned(),
    }
}

/// A site that is not started harms nobody until it is.
pub(super) fn level_for(site: &Site, level: Level) -> Level {
    match (site.stopped.is_some(), level) {
        (false, level) => level,
        (true, Level::Error) => Level::Warning,
        (true, _) => Level::Note,
    }
}

/// The place of the flags of a binding, or of the binding where it has none.
pub(super) fn flags_at(binding: &Binding) -> Location {
    binding.flags_at.unwrap_or(binding.at)
}

/// "`node1`".
pub(super) fn quoted(seen: Seen<'_>) -> String {
    format!("`{}`", seen.machine.name)
}

/// The form of a verb for one or several.
pub(super) fn verb<'w>(count: usize, one: &'w str, several: &'w str) -> &'w str {
    if count == 1 { one } else { several }
}

/// The flags of a configuration that ask clients of a site for certificates.
pub(super) fn asks<'c>(configuration: &'c Configuration, site: &Site) -> Option<&'c Access> {
    configuration.access.iter().find(|it| {
        (has(&it.words, "SslNegotiateCert") || has(&it.words, "SslRequireCert"))
            && it.path.as_ref().is_none_or(|it| !it.is_placeholder())
            && is_about(it.path.as_ref(), site)
    })
}

/// The record that a machine has for a binding.
pub(super) fn record_of<'m>(seen: Seen<'m>, binding: &Binding) -> Option<&'m Record> {
    seen.record(&binding.key()?)
}

/// What `netsh http show sslcert` prints for a key: `10.0.0.1:443`, `host:443`, `Central Certificate Store : 443`.
pub(super) fn shown(key: &Key) -> String {
    match key {
        Key::Endpoint(address, port) => format!("{address}:{port}"),
        Key::Name(host, port) => format!("{host}:{port}"),
        Key::Central(port) => format!("Central Certificate Store : {port}"),
        Key::ScopedCentral(host, port) => format!("Central Certificate Store : {host}:{port}"),
    }
}

/// The first digits of a thumbprint, enough for a sentence.
pub(super) fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

/// What is known of a certificate that a record names by its thumbprint.
#[derive(Copy, Clone)]
pub(super) struct Named<'m> {
    /// The certificate, where its bytes are in the tree.
    pub(super) certificate: Option<&'m Certificate>,
    /// What a person would call it.
    pub(super) title: &'m str,
    /// Until when it is valid.
    pub(super) not_after: Option<Time>,
    /// Where it says so.
    pub(super) at: Location,
}

/// Certificates by thumbprint: whole ones of the tree, else what a listing of a store says.
pub(super) fn certificates(model: &Model) -> BTreeMap<String, Named<'_>> {
    let mut found = BTreeMap::new();
    for (_, _, unit) in &model.iis.units {
        for entry in unit.listings.iter().flat_map(|it| &it.entries) {
            let Some(hash) = entry.hash.known() else { continue };
            let title = entry.subject.as_ref().map_or("(no name)", |it| it.title());
            let at = entry.not_after_at.unwrap_or(entry.at);
            let new = Named { certificate: None, title, not_after: entry.not_after, at };
            let old = found.entry(hash.to_owned()).or_insert(new);
            if old.not_after.is_none() {
                *old = new;
            }
        }
    }
    for (_, known) in model.materials.certificates() {
        let certificate = &*known.certificate;
        let Some(at) = known.places.first() else { continue };
        let named = Named {
            certificate: Some(certificate),
            title: certificate.subject.title(),
            not_after: Some(certificate.not_after),
            at: *at,
        };
        found.insert(certificate.thumbprint.to_string(), named);
    }
    found
}

/// A word of `access@sslFlags` is there.
pub(super) fn has(words: &[String], word: &str) -> bool {
    words.iter().any(|it| it == word)
}

/// The name of the site that a `path` of a `location` begins with.
pub(super) fn site_part(path: &Said) -> &str {
    path.trimmed().split('/').next().unwrap_or_default()
}

/// The path of an element fits a site: it names the site or a folder of it, or stands for all sites.
pub(super) fn is_about(path: Option<&Said>, site: &Site) -> bool {
    let Some(path) = path else { return true };
    site.name.as_ref().is_some_and(|it| it.trimmed().eq_ignore_ascii_case(site_part(path)))
}

/// The argument of `netsh http … sslcert` that turns an option on.
fn argument(option: RecordOption) -> &'static str {
    match option {
        RecordOption::VerifyRevocation => "verifyclientcertrevocation=enable",
        RecordOption::CachedOnly => "verifyrevocationwithcachedclientcertonly=enable",
        RecordOption::UsageCheck => "usagecheck=enable",
        RecordOption::DsMapper => "dsmapperusage=enable",
        RecordOption::NegotiateClientCertificate => "clientcertnegotiation=enable",
        RecordOption::Reject => "reject=enable",
        RecordOption::DisableHttp2 => "disablehttp2=enable",
        RecordOption::DisableQuic => "disablequic=enable",
        RecordOption::DisableTls12 => "disabletls12=enable",
        RecordOption::DisableTls13 => "disabletls13=enable",
        RecordOption::DisableOcspStapling => "disableocspstapling=enable",
        RecordOption::DisableLegacyTls => "disablelegacytls=enable",
        RecordOption::Other => "",
    }
}

/// The command that keeps a record as it is and turns options on; whoever types it in PowerShell needs the quotes.
/// `update` leaves nothing of the old record, so everything the record has on is said again.
pub(super) fn update(record: &Record, wanted: &[RecordOption]) -> String {
    let app_id = record.app_id.as_ref().map_or(IIS_APP_ID, |it| it.trimmed());
    let mut command = format!("netsh http update sslcert {}", record.key.argument());
    if let Some(hash) = record.hash.known() {
        let _ = write!(command, " certhash={hash}");
    }
    let _ = write!(command, " appid='{app_id}'");
    if let Some(store) = &record.store {
        let _ = write!(command, " certstorename={}", store.trimmed());
    }
    let on = record.options.iter().filter(|(_, state, _)| *state == Some(true)).map(|(it, ..)| *it);
    // Revocation and usage are checked unless somebody says otherwise.
    let on = on.filter(|it| {
        !matches!(it, RecordOption::VerifyRevocation | RecordOption::UsageCheck | RecordOption::Other)
    });
    let options: BTreeSet<RecordOption> = on.chain(wanted.iter().copied()).collect();
    for option in options {
        let _ = write!(command, " {}", argument(option));
    }
    command
}
