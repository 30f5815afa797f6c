//! Thumbprints and names of stores as scripts write them.

use crate::{
    finding::Findings,
    model::{Model, iis::CommandKind},
};

use super::scripts::is_open;

/// Marks that the certificate console puts in front of a thumbprint, where nobody sees them.
const MARKS: &[char] = &['\u{200e}', '\u{200f}', '\u{202a}', '\u{feff}'];

/// What is wrong with a thumbprint, and what it would be without that.
fn complaint(text: &str) -> Option<(&'static str, String)> {
    let plain: String =
        text.chars().filter(|it| !MARKS.contains(it) && !it.is_whitespace() && *it != ':').collect();
    // A word that is no number stands for one.
    if is_open(text) || plain.len() < 20 || !plain.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    let what = if text.contains(MARKS) {
        "begins with a mark that nobody sees (it is copied along from the certificate console)"
    } else if text.trim().contains(char::is_whitespace) {
        "has blanks in it"
    } else if text.contains(':') {
        "has colons in it"
    } else if !matches!(plain.len(), 40 | 64) {
        "has another length than 40 digits"
    } else {
        return None;
    };
    Some((what, plain))
}

/// See the card.
pub(crate) fn script_thumbprint_form(model: &Model, out: &mut Findings) {
    for (_, it) in model.iis.commands() {
        // DSC takes the mark off by itself.
        let Some(said) = it.argument("certhash").filter(|_| it.kind != CommandKind::Dsc) else { continue };
        let Some((what, plain)) = complaint(&said.text) else { continue };
        let finding = out.report(
            format!(
                "this thumbprint {what}: no certificate is found by it, and the binding is left without one"
            ),
            said.at,
            "the thumbprint",
        );
        finding.help(if matches!(plain.len(), 40 | 64) {
            format!("write `{plain}`")
        } else {
            "copy the thumbprint again: `Get-ChildItem Cert:\\LocalMachine\\My` prints it".to_owned()
        });
    }
}

/// Names that people see of a store, with the name that programs use.
const STORES: &[(&str, &str)] = &[
    ("personal", "MY"),
    ("web hosting", "WebHosting"),
    ("cert:\\localmachine\\my", "MY"),
    ("cert:\\localmachine\\webhosting", "WebHosting"),
    ("localmachine\\my", "MY"),
    ("localmachine\\webhosting", "WebHosting"),
];

/// See the card.
pub(crate) fn script_store_name(model: &Model, out: &mut Findings) {
    for (_, it) in model.iis.commands() {
        // This cmdlet wants the path.
        let Some(said) = it.argument("certstorename").filter(|_| it.kind != CommandKind::NewIisSiteBinding)
        else {
            continue;
        };
        let written = said.trimmed().to_lowercase();
        let Some((_, name)) = STORES.iter().find(|(it, _)| *it == written) else { continue };
        out.report(
            format!(
                "`{}` is what a window or a path calls the store, whose name is `{name}`: the certificate is not found there, and the binding is left without one",
                said.trimmed()
            ),
            said.at,
            "no name of a store",
        )
        .help(format!("write `{name}`"));
    }
}
