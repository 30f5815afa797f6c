//! Application ids as scripts write them.

use crate::{
    finding::Findings,
    model::{
        Model,
        iis::{CommandKind, IIS_APP_ID},
    },
};

use super::scripts::is_open;

/// What is wrong with an application id; nothing where only a run of the script knows it.
fn complaint(text: &str) -> Option<&'static str> {
    let inner = text.trim_start_matches('{').trim_end_matches('}');
    // A name in braces, or in angle brackets, is a template's.
    if is_open(text) || inner.is_empty() || !inner.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-') {
        return None;
    }
    let shape: Vec<usize> = inner.split('-').map(str::len).collect();
    if shape != [8, 4, 4, 4, 12] {
        Some("does not have the form 8-4-4-4-12")
    } else if !(text.starts_with('{') && text.ends_with('}')) {
        Some("has no braces around it")
    } else {
        None
    }
}

/// See the card.
pub(crate) fn script_appid_form(model: &Model, out: &mut Findings) {
    for (_, it) in model.iis.commands() {
        if !matches!(it.kind, CommandKind::NetshAdd | CommandKind::NetshUpdate) {
            continue;
        }
        if let Some(at) = it.bare_braces {
            let id = it.argument("appid").map_or(IIS_APP_ID, |it| it.trimmed());
            out.report(
                "PowerShell takes braces without quotes for a block of script, so `netsh` never sees the application id: the record is not made, and connections are dropped before IIS sees them",
                at,
                "no quotes",
            )
            .help(format!("write `appid='{{{}}}'`", id.trim_matches(['{', '}'])));
            continue;
        }
        let Some(said) = it.argument("appid") else { continue };
        let Some(what) = complaint(said.trimmed()) else { continue };
        out.report(
            format!("application id `{}` {what}, and `netsh` refuses it: the record is not made, and connections are dropped before IIS sees them", said.trimmed()),
            said.at,
            "the application id",
        )
        .help(format!("write `appid={IIS_APP_ID}`, in quotes in PowerShell; it is the id of IIS"));
    }
}
