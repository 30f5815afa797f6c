//! How stores are named: by a reference, literally, by a flow variable, or in a way that means nothing.

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model, Said,
        apigee::{Kind, Lookup, Platform, StoreName, resolve::BUILT_IN_STORE},
    },
    rules::words,
};

use super::sides::{Side, SideKind, grouped, label_some, sides};

/// `KeyStore` and `TrustStore` of an `SSLInfo`, by their names.
fn stores<'m>(side: &Side<'m>) -> impl Iterator<Item = (&'static str, &'m Said)> {
    let ssl = side.ssl;
    [("KeyStore", ssl.key_store.as_ref()), ("TrustStore", ssl.trust_store.as_ref())]
        .into_iter()
        .filter_map(|(key, said)| Some((key, said?)))
}

/// See the card.
pub(crate) fn direct_store_name(model: &Model, out: &mut Findings) {
    let mut uses = Vec::new();
    for side in sides(model).into_iter().filter(Side::is_live) {
        let literal: Vec<(&str, &Said)> = stores(&side)
            .filter(|(_, said)| matches!(StoreName::of(Some(said)), StoreName::Literal(name) if name != BUILT_IN_STORE))
            .filter(|(_, said)| !is_undefined(&side, said))
            .collect();
        if !literal.is_empty() {
            let names: Vec<&str> = literal.iter().map(|(_, said)| said.trimmed()).collect();
            uses.push(((side.group, side.is_host(), names), (side, literal)));
        }
    }
    // Whoever names the same stores has one rotation to fear.
    for ((_, is_host, mut names), users) in grouped(uses) {
        names.dedup();
        let quoted: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
        let (side, literal) = &users[0];
        let who = match users.len() {
            1 => side.title.clone(),
            count => format!("{} and {} more", side.title, count - 1),
        };
        let needs = match (is_host, side.platform) {
            (_, Platform::Cloud) => "a ticket to Apigee's support",
            (_, Platform::X) => "a new version of everything that names it",
            (true, Platform::PrivateCloud) => "a restart of every Router",
            (false, Platform::PrivateCloud) => "a restart of every Message Processor",
            (true, _) => "a restart of every Router, or on Edge Cloud a ticket to Apigee's support",
            (false, _) => {
                "a restart of every Message Processor, or on Edge Cloud a ticket to Apigee's support"
            }
        };
        let what = if names.len() == 1 { "store" } else { "stores" };
        let finding = out.report(
            format!(
                "{who} {} {what} {} literally: when a certificate is renewed in a new store, the change takes {needs}",
                if users.len() == 1 { "names" } else { "name" },
                words::list(&quoted, 3),
            ),
            literal[0].1.at,
            "named literally",
        );
        if side.platform == Platform::X {
            finding.level(Level::Note);
        }
        let more: Vec<(Location, String)> = users
            .iter()
            .flat_map(|(_, literal)| literal)
            .skip(1)
            .map(|(_, said)| (said.at, "named literally".to_owned()))
            .collect();
        label_some(finding, &more);
        finding.help("make a reference that stands for the store, and name it as `ref://` and the reference");
    }
}

/// Names that the plugin's own sample has, and that are copied with it.
pub(super) const SAMPLES: &[&str] = &["keystore_name", "truststore_name"];

/// The store is not there, which is worse, and told by `apigee/store-undefined`.
pub(super) fn is_undefined(side: &Side<'_>, said: &Said) -> bool {
    if SAMPLES.contains(&said.trimmed()) {
        return true;
    }
    side.environment
        .is_some_and(|it| it.has_list(Kind::Stores) && matches!(it.look_up(Some(said)), Lookup::NoStore(_)))
}

/// See the card.
pub(crate) fn empty_or_odd_ref(model: &Model, out: &mut Findings) {
    for side in sides(model) {
        for (key, said) in stores(&side) {
            let StoreName::Odd(what) = StoreName::of(Some(said)) else { continue };
            let word = said.trimmed();
            let name = word.rsplit([':', '/']).find(|it| !it.trim().is_empty()).unwrap_or_default().trim();
            let finding = out.report(
                format!("`{key}` of {} is `{word}`, which {what}: no store is found by it", side.title),
                said.at,
                what,
            );
            if name.is_empty() || name.eq_ignore_ascii_case("ref") {
                finding.help("write `ref://` and the name of a reference");
            } else {
                finding.help(format!("write `ref://{name}`"));
            }
        }
    }
}

/// See the card.
pub(crate) fn flow_variable_store(model: &Model, out: &mut Findings) {
    for side in sides(model).iter().filter(|it| matches!(it.kind, SideKind::Connection(_)) && it.is_live()) {
        let alias = side.ssl.key_alias.as_ref().map(|it| ("KeyAlias", it));
        let variables: Vec<(&str, &Said)> =
            stores(side).chain(alias).filter(|(_, it)| is_flow_variable(it)).collect();
        let Some(((key, first), more)) = variables.split_first() else { continue };
        let finding = out.report(
            format!(
                "`{key}` of {} is taken from the flow variable `{}` when a call is made: whether the store is there was not \
                 looked at",
                side.title,
                first.trimmed()
            ),
            first.at,
            "known at run time alone",
        );
        label_some(finding, &more.iter().map(|(_, it)| (it.at, "so is this".to_owned())).collect::<Vec<_>>());
    }
}

/// `{name}` in single braces, whole.
fn is_flow_variable(said: &Said) -> bool {
    let inner = said.trimmed().strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    inner.is_some_and(|it| {
        !it.is_empty() && it.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    })
}
