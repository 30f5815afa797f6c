//! `Get-WebCentralCertProvider` and `Get-IISCentralCertProvider`: the settings of the Central Certificate Store.

use crate::{
    model::iis::{CentralStore, Unit},
    source::Source,
};

use super::lines::{Line, Piece, Stretch, lines};

/// Reads settings that begin with the first line: `Enabled=True`, or `Enabled : True`.
pub(super) fn read(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let file = stretch.file;
    let (first, _) = setting(stretch.line(0)?)?;
    if !is_name(first) {
        return None;
    }
    let mut store = CentralStore {
        at: stretch.line(0)?.whole.at(file),
        enabled: None,
        location: None,
        user: None,
        password: None,
        password_digest: None,
        key_password: None,
        polling: None,
        // A cmdlet prints all there is; what a person cut out is not seen.
        complete: false,
    };
    let mut end = 0;
    let mut seen = 0;
    let mut located = false;
    while let Some((name, value)) = stretch.line(end).and_then(setting).filter(|(name, _)| is_name(name)) {
        let filled = (!value.text.is_empty()).then(|| value.said(file));
        match &*name.to_ascii_lowercase() {
            "enabled" if store.enabled.is_some() => break,
            "enabled" => {
                let on = filled
                    .as_ref()
                    .and_then(|it| it.truth().or(it.text.parse::<u8>().ok().map(|it| it != 0)));
                store.enabled = on.map(|on| (on, value.at(file)));
            }
            "certstorelocation" => {
                store.location = filled;
                located = true;
            }
            "username" => store.user = filled,
            "password" => store.password = filled.map(|it| it.at),
            "privatekeypassword" => store.key_password = Some((filled.is_some(), value.at(file))),
            _ => store.polling = value.text.parse().ok().map(|seconds| (seconds, value.at(file))),
        }
        seen += 1;
        end += 1;
    }
    let sure = located || stretch.commanded(&["centralcertprovider"]);
    if !sure || store.enabled.is_none() {
        return None;
    }
    store.complete = seen > 3;
    unit.central_stores.push(store);
    Some(end)
}

/// Names of the settings in the words of the cmdlets and of the registry.
fn is_name(name: &str) -> bool {
    ["enabled", "certstorelocation", "username", "password", "privatekeypassword", "pollinginterval"]
        .iter()
        .any(|it| it.eq_ignore_ascii_case(name))
}

fn setting<'t>(line: &Line<'t>) -> Option<(&'t str, Piece<'t>)> {
    let text = line.text();
    let at = text.find(['=', ':'])?;
    let name = text[..at].trim();
    (line.command.is_none() && name.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .then(|| (name, line.whole.part(at + 1, text.len())))
}

/// Masks what stands behind names of passwords, in prints and in commands.
pub(super) fn mask(source: &mut Source) {
    let lower = source.text.to_ascii_lowercase();
    let mut spans = Vec::new();
    for line in lines(&source.text) {
        let whole = line.whole;
        let text = &lower[whole.span().range()];
        for (at, _) in text.match_indices("password") {
            let behind = at + "password".len();
            let sign = text[behind..].trim_start_matches([' ', '\t', '"', '\'']);
            let argument =
                text[..at].rsplit(char::is_whitespace).next().is_some_and(|it| it.starts_with('-'));
            let from = text.len() - sign.len();
            let (from, to) = match (sign.starts_with(['=', ':']), argument) {
                (true, _) => (from + 1, text.len()),
                // An argument of a command: `-Password x`.
                (false, true) if sign.starts_with('(') => (from, text.len()),
                (false, true) => (from, sign.find(" -").map_or(text.len(), |end| from + end)),
                (false, false) => continue,
            };
            spans.push(whole.part(from, to).span());
        }
    }
    for span in spans {
        source.mask(span);
    }
}
