//! The folder of the Central Certificate Store: http.sys looks for a file by the host name and for nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{
        Form, Location, Model,
        iis::{Binding, Connection, Seen, Served, Share, ShareFile, Site},
    },
    rules::words,
};

use super::nodes::{
    Bindings, by_place, groups, is_disabled, label_bindings, label_record, mild, names, pfx_stem, shown,
};

/// Bindings of a share without a file, with the machines that look for it.
struct Missing<'m> {
    share: &'m Share,
    /// By host.
    hosts: BTreeMap<String, Bindings<'m>>,
    machines: Vec<Seen<'m>>,
}

/// What every share lacks, of hosts that `wanted` holds of.
fn missing(model: &Model, wanted: impl Fn(&str) -> bool) -> Vec<Missing<'_>> {
    let mut found: BTreeMap<usize, Missing<'_>> = BTreeMap::new();
    for group in groups(model) {
        for seen in group.machines.iter().copied().filter(|it| !is_disabled(*it)) {
            let (Some(at), Some(share)) = (seen.machine.share, seen.share().filter(|it| it.whole)) else {
                continue;
            };
            let central =
                seen.https().filter(|(_, it)| it.is_central() && !it.host.is_empty() && wanted(&it.host));
            for (site, binding) in central.filter(|(_, it)| share.file_for(&it.host).is_none()) {
                let entry = found.entry(at).or_insert_with(|| Missing {
                    share,
                    hosts: BTreeMap::new(),
                    machines: Vec::new(),
                });
                entry.hosts.entry(binding.host.clone()).or_default().insert(binding.at, (site, binding));
                if entry.machines.iter().all(|it| it.machine.name != seen.machine.name) {
                    entry.machines.push(seen);
                }
            }
        }
    }
    found.into_values().collect()
}

/// A name in another script may have its file under the other form.
fn is_plain(host: &str) -> bool {
    host.is_ascii() && !host.contains("xn--")
}

/// A file of another name that a person may have meant for the host.
fn meant<'s>(share: &'s Share, host: &str) -> Option<&'s ShareFile> {
    let bare = host.strip_prefix("*.").unwrap_or(host);
    let parent = bare.split_once('.').map_or(bare, |(_, parent)| parent);
    let near = |name: &str| {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim().trim_end_matches(".pfx");
        let stem = stem
            .trim_start_matches("wildcard.")
            .trim_start_matches("star.")
            .trim_start_matches("*.")
            .trim_start_matches("_.");
        [bare, parent].iter().any(|it| {
            stem == *it
                || stem == it.replace('.', "_")
                || stem == format!("{it}-all")
                || stem == format!("{it}_443")
        })
    };
    share.files.iter().find(|(name, _)| near(name)).map(|(_, file)| file)
}

fn tell(it: &Missing<'_>, model: &Model, out: &mut Findings) {
    for (host, bindings) in &it.hosts {
        let Some((at, (site, binding))) = bindings.iter().next() else { continue };
        let connection = Connection {
            address: None,
            port: binding.port.unwrap_or(443),
            name: Some(host.trim_start_matches("*.")),
        };
        let falls_back = it.machines.iter().find_map(|seen| match seen.serve(connection) {
            Some(Served::Record(record)) => Some((*seen, record)),
            _ => None,
        });
        let wanted: Vec<String> = Share::names_for(host).into_iter().map(|it| format!("`{it}`")).collect();
        let effect = match falls_back {
            Some((_, record)) => format!(
                "clients get {} (record `{}`) instead, and their browsers warn",
                shown(model, record),
                record.key
            ),
            None => {
                "connections are dropped before IIS sees them, so no log has a line about them".to_owned()
            }
        };
        let finding = out.report(
            format!(
                "the folder of the Central Certificate Store has no file for `{host}` of {} (http.sys looks for {}, and for \
                 nothing else): {effect}",
                site.title(),
                wanted.join(" or ")
            ),
            *at,
            "no file of this name is there",
        );
        label_bindings(finding, bindings, "has the same name");
        finding.label(it.share.at, "the folder");
        let near = meant(it.share, host);
        if let Some(file) = near {
            finding.label(file.at, "not found under this name");
        }
        if let Some((seen, record)) = falls_back {
            label_record(finding, model, record, format!("answers instead on `{}`", seen.machine.name));
        }
        let names = Share::names_for(host);
        let put = match near {
            Some(file) => format!("copy `{}` to `{}` if it covers that name", file.name, names[0]),
            None => format!("put the certificate with its key there as `{}`", names[0]),
        };
        finding.level(mild(Level::Error, bindings)).help(format!(
            "{put}, with the password that all files have; a certificate of several names needs a copy under each"
        ));
    }
}

/// See the card.
pub(crate) fn ccs_pfx_missing(model: &Model, out: &mut Findings) {
    for it in missing(model, |host| !host.starts_with("*.") && is_plain(host)) {
        tell(&it, model, out);
    }
}

/// See the card.
pub(crate) fn ccs_wildcard_binding(model: &Model, out: &mut Findings) {
    for it in missing(model, |host| host.starts_with("*.") && is_plain(host)) {
        tell(&it, model, out);
    }
}

/// The hosts that take certificates from a share, by every configuration that is known to read it.
fn asked(model: &Model, share: usize) -> Option<Vec<(&Site, &Binding)>> {
    let mut all = Vec::new();
    let mut any = false;
    for seen in model.iis.all_seen().filter(|it| it.machine.share == Some(share)) {
        // Where one node's sites are not known, the file may be theirs.
        let configuration = seen.configuration()?;
        if configuration.sites.iter().any(|site| site.bindings.iter().any(|it| it.opaque)) {
            return None;
        }
        any = true;
        all.extend(seen.https().filter(|(_, it)| it.is_central()));
    }
    any.then_some(all)
}

/// See the card.
pub(crate) fn ccs_pfx_orphan(model: &Model, out: &mut Findings) {
    for (index, share) in model.iis.shares.iter().enumerate() {
        let Some(asked) = asked(model, index) else { continue };
        let served: BTreeSet<Location> =
            asked.iter().filter_map(|(_, it)| share.file_for(&it.host)).map(|it| it.at).collect();
        let orphans: Vec<&ShareFile> = share
            .files
            .iter()
            .filter(|(name, file)| {
                pfx_stem(name).is_some()
                    && bad_name(name).is_none()
                    && !served.contains(&file.at)
                    && is_plain(name)
            })
            .map(|(_, file)| file)
            .collect();
        let Some((first, more)) = orphans.split_first() else { continue };
        let titles: Vec<String> = orphans.iter().map(|it| format!("`{}`", it.name)).collect();
        let finding = out.report(
            format!(
                "no binding has a host name for {} in the folder of the Central Certificate Store",
                words::list(&titles, 4)
            ),
            first.at,
            "no binding takes it",
        );
        for file in more.iter().take(words::SHOWN) {
            finding.label(file.at, "nor this");
        }
    }
}

/// Why http.sys never takes a file of this lower-case name, and the name that it would take.
pub(super) fn bad_name(name: &str) -> Option<(&'static str, Option<String>)> {
    let trimmed = name.trim();
    let Some(stem) = pfx_stem(trimmed) else {
        let (stem, ending) =
            trimmed.rsplit_once('.').filter(|(_, end)| matches!(*end, "p12" | "cer" | "crt" | "pem"))?;
        let only = (ending == "p12").then(|| format!("{stem}.pfx"));
        return Some(("only files that end in `.pfx` are taken", only));
    };
    if trimmed != name {
        return Some(("there is white space around its name", Some(trimmed.to_owned())));
    }
    if let Some(inner) = stem.strip_suffix(".pfx") {
        return Some(("it ends in `.pfx` twice", Some(format!("{inner}.pfx"))));
    }
    if stem.parse::<std::net::IpAddr>().is_ok() {
        return Some(("clients send no address as a name", None));
    }
    for (start, what) in [
        ("wildcard.", "a wildcard starts with `_.`"),
        ("star.", "a wildcard starts with `_.`"),
        ("*.", "a wildcard starts with `_.`"),
    ] {
        if let Some(rest) = stem.strip_prefix(start).filter(|it| it.contains('.')) {
            return Some((what, Some(format!("_.{rest}.pfx"))));
        }
    }
    for end in ["-all", "-cache", "_443"] {
        if let Some(rest) = stem.strip_suffix(end).filter(|it| it.contains('.')) {
            return Some(("the name is more than the host name", Some(format!("{rest}.pfx"))));
        }
    }
    None
}

/// See the card.
pub(crate) fn ccs_pfx_bad_name(model: &Model, out: &mut Findings) {
    for (index, share) in model.iis.shares.iter().enumerate() {
        let hosts: Vec<&str> =
            asked(model, index).into_iter().flatten().map(|(_, it)| it.host.as_str()).collect();
        for (name, file) in &share.files {
            let Some((why, better)) = bad_name(name) else { continue };
            let beside = better.as_ref().is_some_and(|it| share.files.contains_key(it));
            // A host may be called `star.example.com`, and certificates without keys lie beside their stores.
            let is_host = name.strip_suffix(".pfx").is_some_and(|stem| hosts.contains(&stem));
            let ending = name.trim().rsplit_once('.').map(|(_, ending)| ending);
            let sidecar = !matches!(ending, Some("pfx" | "p12"));
            // Where a host lacks its file, that is what is told, with this file as a label.
            let told = hosts.iter().any(|host| {
                share.file_for(host).is_none() && meant(share, host).is_some_and(|it| it.at == file.at)
            });
            if beside || is_host || sidecar || told {
                continue;
            }
            let finding = out.report(
                format!(
                    "`{}` in the folder of the Central Certificate Store serves no host: {why}",
                    file.name
                ),
                file.at,
                why,
            );
            if let Some(better) = better {
                finding.help(format!("name it `{better}`"));
            }
        }
    }
}

/// See the card.
pub(crate) fn ccs_pfx_not_pfx(model: &Model, out: &mut Findings) {
    for (index, share) in model.iis.shares.iter().enumerate() {
        for (name, file) in share.files.iter().filter(|(name, _)| pfx_stem(name).is_some()) {
            let Some(id) = file.file else { continue };
            let size = model.paths.node(id).size;
            let what = match model.materials.holding(id).map(|it| it.form) {
                Some(Form::Pem | Form::Utf16Pem) => "is PEM text",
                Some(Form::Der) => "is a certificate or key alone in DER",
                Some(Form::Pkcs7) => "is PKCS#7, which holds no key",
                Some(Form::Keystore(_)) => "is a Java keystore",
                Some(Form::Text) => "is text",
                Some(Form::Empty) => "is empty",
                None if size == 0 => "is empty",
                _ => continue,
            };
            let central = asked(model, index).into_iter().flatten();
            let bindings = by_place(
                central.filter(|(_, it)| share.file_for(&it.host).is_some_and(|it| it.at == file.at)),
            );
            let machines: Vec<Seen<'_>> =
                model.iis.all_seen().filter(|it| it.machine.share == Some(index)).collect();
            let whom = if machines.is_empty() {
                "http.sys cannot read it".to_owned()
            } else {
                format!("http.sys on {} cannot read it", names(&machines))
            };
            let finding = out.report(
                format!("`{name}` {what} and no PKCS#12: {whom}, and connections to the host are dropped"),
                file.at,
                what,
            );
            label_bindings(finding, &bindings, "takes its certificate from this file");
            finding.help(
                "make it from certificate, chain and key: `openssl pkcs12 -export -in CHAIN.pem -inkey KEY.pem -out HOST.pfx`, \
                 with the password that all files have",
            );
        }
    }
}
