//! Settings of the Central Certificate Store, which every node keeps in its own registry.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model, Said,
        iis::{CentralStore, ConfigurationId, Key, Live, Seen},
        said::is_placeholder,
    },
    rules::words,
};

use super::nodes::{
    Bindings, Group, by_place, enabled, groups, hosts, is_disabled, label_bindings, mild, names, pfx_stem,
};

/// See the card.
pub(crate) fn ccs_disabled(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        let asks = |it: &Seen<'_>| it.https().any(|(_, it)| it.is_central());
        let off: Vec<Seen<'_>> =
            group.machines.iter().copied().filter(|it| is_disabled(*it) && asks(it)).collect();
        let Some((first, more)) = off.split_first() else { continue };
        let bindings: Bindings<'_> =
            by_place(off.iter().flat_map(|it| it.https()).filter(|(_, it)| it.is_central()));
        let place = |it: &Seen<'_>| it.central().map(|it| it.enabled.map_or(it.at, |(_, at)| at));
        let Some(at) = place(first) else { continue };
        let finding = out.report(
            format!(
                "the Central Certificate Store is disabled on {}, and the certificate of {} comes from there: connections are \
                 dropped before IIS sees them, or get a certificate that is meant for others",
                names(&off),
                hosts(&bindings)
            ),
            at,
            format!("off on `{}`", first.machine.name),
        );
        for seen in more {
            if let Some(at) = place(seen) {
                finding.label(at, format!("off on `{}`, too", seen.machine.name));
            }
        }
        for seen in group.machines.iter().filter_map(|it| Some((it, enabled(*it)?.1))).take(words::SHOWN) {
            finding.label(seen.1, format!("on `{}` it is enabled", seen.0.machine.name));
        }
        label_bindings(finding, &bindings, "takes its certificate from there");
        for seen in &off {
            let records = seen.dump().map_or(&[][..], |it| &it.records);
            for record in records.iter().filter(|it| matches!(it.key, Key::Central(_))) {
                finding.label(
                    record.at,
                    format!("its record is there on `{}`, and alone it is of no use", seen.machine.name),
                );
            }
        }
        finding.level(mild(Level::Error, &bindings)).help(
            "on that node: `Enable-WebCentralCertProvider -CertStoreLocation PATH -UserName USER -Password PASSWORD \
             -PrivateKeyPassword PASSWORD`, then see with `netsh http show sslcert` that its record `Central Certificate \
             Store` is there",
        );
    }
}

/// The settings of every machine on which the Central Certificate Store is on.
fn settings(model: &Model) -> impl Iterator<Item = (Seen<'_>, &CentralStore)> {
    model.iis.all_seen().filter_map(|seen| Some((seen, enabled(seen)?.0)))
}

/// A path of Windows from the root of a drive or a share.
fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && path.get(1..2) == Some(":");
    let rooted = path.get(2..3).is_some_and(|it| it == "\\" || it == "/");
    path.starts_with("\\\\") || path.starts_with("//") || path.starts_with('%') || (drive && rooted)
}

/// See the card.
pub(crate) fn ccs_no_location(model: &Model, out: &mut Findings) {
    for (seen, central) in settings(model) {
        let said = central.location.as_ref();
        let (at, what) = match said {
            Some(it) if it.is_placeholder() => continue,
            Some(it) if it.is_blank() => (it.at, "is empty"),
            Some(it) if !is_absolute(it.trimmed()) => (it.at, "is no path from a drive or a share"),
            None if central.complete => (central.at, "is not there"),
            _ => continue,
        };
        out.report(
            format!(
                "the Central Certificate Store is enabled on `{}`, and its `CertStoreLocation` {what}: no certificate is \
                 found, and connections to every site that takes its certificate from there are dropped",
                seen.machine.name
            ),
            at,
            what,
        )
        .help("set it to the folder of the `.pfx` files with `Set-WebCentralCertProvider -CertStoreLocation \\\\server\\share`");
    }
}

/// See the card.
pub(crate) fn ccs_no_user(model: &Model, out: &mut Findings) {
    for (seen, central) in settings(model) {
        let Some(location) = central.location.as_ref().filter(|it| it.trimmed().starts_with("\\\\")) else {
            continue;
        };
        let at = match &central.user {
            Some(it) if it.is_blank() => it.at,
            None if central.complete => location.at,
            _ => continue,
        };
        out.report(
            format!(
                "the Central Certificate Store on `{}` reads from a share and has no account for it: unless the share lets \
                 everybody in, no certificate is found, and connections are dropped",
                seen.machine.name
            ),
            at,
            if at == location.at { "no `UserName` beside it" } else { "empty" },
        )
        .label(location.at, "a share")
        .help("give an account that may read the share: `Set-WebCentralCertProvider -UserName DOMAIN\\user -Password PASSWORD`");
    }
}

/// A value of the settings with what it counts as.
type Value<'m> = (Seen<'m>, String, Location);

/// The values of a setting in a group, where the enabled machines differ: the value of most of them first.
fn differing<'m>(
    group: &Group<'m>,
    value: impl Fn(&'m CentralStore) -> Option<(String, Location)>,
) -> Option<Vec<Value<'m>>> {
    let mut all: Vec<Value<'m>> = Vec::new();
    for seen in &group.machines {
        let Some((central, _)) = enabled(*seen) else { continue };
        if let Some((text, at)) = value(central) {
            all.push((*seen, text, at));
        }
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, text, _) in &all {
        *counts.entry(text).or_default() += 1;
    }
    if counts.len() < 2 {
        return None;
    }
    // The odd one out is the line to look at.
    let order: BTreeMap<String, usize> =
        counts.into_iter().map(|(text, count)| (text.to_owned(), count)).collect();
    all.sort_by_key(|(_, text, _)| order.get(text).copied().unwrap_or_default());
    Some(all)
}

fn said(it: Option<&Said>) -> Option<(String, Location)> {
    let it = it.filter(|it| !it.is_blank() && !it.is_placeholder())?;
    Some((it.trimmed().trim_end_matches(['\\', '/']).replace('/', "\\").to_lowercase(), it.at))
}

fn label_values(finding: &mut crate::finding::Finding, values: &[Value<'_>]) {
    for (seen, text, at) in values.iter().take(words::SHOWN) {
        finding.label(*at, format!("`{text}` on `{}`", seen.machine.name));
    }
}

/// See the card.
pub(crate) fn ccs_location_differs(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        let Some(values) = differing(&group, |it| said(it.location.as_ref())) else { continue };
        let (seen, text, at) = &values[0];
        let files = |it: &Seen<'_>| {
            let share = it.share().filter(|it| it.whole)?;
            Some(share.files.keys().filter(|it| pfx_stem(it).is_some()).cloned().collect::<Vec<_>>())
        };
        let other = values.iter().filter(|(_, other, _)| other != text).find_map(|(it, _, _)| files(it));
        let differ = matches!((files(seen), other), (Some(own), Some(other)) if own != other);
        let effect = if differ {
            "their files differ, so what clients get depends on the node that answers"
        } else {
            "a certificate that is renewed in one folder stays old in the other unless something copies it"
        };
        let finding = out.report(
            format!("nodes of one farm read their central certificates from different folders: {effect}"),
            *at,
            format!("`{text}` on `{}`", seen.machine.name),
        );
        label_values(finding, &values[1..]);
        finding
            .level(if differ { Level::Error } else { Level::Warning })
            .help("give every node the same share, or make sure that replication keeps the folders equal");
    }
}

/// See the card.
pub(crate) fn ccs_user_differs(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        let Some(values) = differing(&group, |it| said(it.user.as_ref())) else { continue };
        let (seen, text, at) = &values[0];
        let finding = out.report(
            "nodes of one farm read the share of central certificates as different accounts: where one of them loses its \
             right or its password, that node alone drops connections",
            *at,
            format!("`{text}` on `{}`", seen.machine.name),
        );
        label_values(finding, &values[1..]);
    }
}

/// See the card.
pub(crate) fn ccs_polling_differs(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        // Where nothing is set, five minutes hold.
        let value = |it: &CentralStore| it.polling.map(|(seconds, at)| (format!("{seconds} s"), at));
        let Some(values) = differing(&group, value) else { continue };
        let (seen, text, at) = &values[0];
        let finding = out.report(
            "nodes of one farm look for new central certificates at different intervals: after a renewal some of them show \
             the old certificate for longer",
            *at,
            format!("`{text}` on `{}`", seen.machine.name),
        );
        label_values(finding, &values[1..]);
    }
}

/// See the card.
pub(crate) fn ccs_pfxpassword_missing_on_node(model: &Model, out: &mut Findings) {
    for group in groups(model) {
        let own = group.machines.iter().filter_map(|seen| Some((*seen, enabled(*seen)?.0)));
        let mut with: Vec<(Seen<'_>, Location)> = Vec::new();
        let mut without: Vec<(Seen<'_>, Location)> = Vec::new();
        for (seen, it) in own {
            match it.key_password {
                Some((true, at)) => with.push((seen, at)),
                Some((false, at)) => without.push((seen, at)),
                None if it.complete => without.push((seen, it.at)),
                None => {}
            }
        }
        let (Some((_, at)), false) = (without.first(), with.is_empty()) else { continue };
        let nodes: Vec<Seen<'_>> = without.iter().map(|(seen, _)| *seen).collect();
        let finding = out.report(
            format!(
                "the password of the `.pfx` files is missing on {} and set on other nodes of the farm: http.sys cannot open \
                 the files there, and connections are dropped",
                names(&nodes)
            ),
            *at,
            format!("no `PrivateKeyPassword` on `{}`", nodes[0].machine.name),
        );
        for (seen, at) in &without[1..] {
            finding.label(*at, format!("nor on `{}`", seen.machine.name));
        }
        for (seen, at) in with.iter().take(words::SHOWN) {
            finding.label(*at, format!("set on `{}`", seen.machine.name));
        }
        finding.help("on each of them: `Set-WebCentralCertProvider -PrivateKeyPassword PASSWORD`, the same for all files");
    }
}

/// The session keys of the providers of a machine's own configuration.
fn key_of(model: &Model, seen: Seen<'_>) -> Option<(String, Location)> {
    let live = match seen.machine.live {
        Live::Known(id) => Some(id),
        _ => None,
    };
    let id: ConfigurationId = seen.machine.stale.or(live)?;
    let (_, key) = model.iis.configuration(id).providers.first()?;
    let name = key.name.trim();
    (!name.is_empty() && !is_placeholder(name)).then(|| (name.to_owned(), key.at))
}

/// See the card.
pub(crate) fn ccs_secret_copied(model: &Model, out: &mut Findings) {
    let mut told: Vec<&str> = Vec::new();
    let all: Vec<(Seen<'_>, &CentralStore)> = settings(model).collect();
    for (index, (seen, it)) in all.iter().enumerate() {
        let (Some(digest), Some(at)) = (it.password_digest.as_deref(), it.password) else { continue };
        let Some((key, key_at)) = key_of(model, *seen).filter(|_| !told.contains(&digest)) else { continue };
        for (other, copy) in &all[index + 1..] {
            let same = copy.password_digest.as_deref() == Some(digest);
            let (Some(copied), Some((other_key, other_at))) = (copy.password, key_of(model, *other)) else {
                continue;
            };
            if !same || other_key == key {
                continue;
            }
            told.push(digest);
            out.report(
                format!(
                    "`{}` and `{}` have the same encrypted password of the Central Certificate Store and different keys: only \
                     the machine that encrypted it can read it, and the other one finds no certificate",
                    seen.machine.name, other.machine.name
                ),
                copied,
                "letter by letter the same",
            )
            .label(at, format!("as on `{}`", seen.machine.name))
            .label(key_at, format!("the key of `{}`", seen.machine.name))
            .label(other_at, format!("another key on `{}`", other.machine.name))
            .help("set the password on each node itself with `Set-WebCentralCertProvider`, and import no registry key of another");
            break;
        }
    }
}
