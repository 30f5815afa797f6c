//! What the tool itself noticed while reading.

use std::collections::BTreeMap;

use crate::{
    finding::{Change, Findings, Fix, Level},
    model::{
        FileId, Model,
        apigee::{Comma, JsonSlip},
        tree::file_name,
    },
    rules::words,
};

/// See the card.
pub(crate) fn lax_json(model: &Model, out: &mut Findings) {
    let mut by_file: BTreeMap<FileId, Vec<&JsonSlip>> = BTreeMap::new();
    // A key that stands twice is legal JSON and has a rule of its own.
    for slip in model.apigee.slips.iter().filter(|it| it.duplicate_of.is_none()) {
        by_file.entry(slip.at.file).or_default().push(slip);
    }
    for (file, mut slips) in by_file {
        slips.sort_by_key(|it| (it.tolerated, it.at));
        let Some((first, rest)) = slips.split_first() else { continue };
        let effect = if first.tolerated {
            "the Maven plugin reads it all the same, and `jq`, `apigeecli` and most other tools refuse the file"
        } else {
            "the Maven plugin refuses the file, so nothing of it reaches Apigee"
        };
        let finding = out.report(
            format!("`{}` is not strict JSON ({}): {effect}", file_name(model.path(file)), first.what),
            first.at,
            first.what.clone(),
        );
        if !first.tolerated {
            finding.level(Level::Warning);
        }
        for slip in rest.iter().take(words::SHOWN) {
            finding.label(slip.at, slip.what.clone());
        }
        let more = rest.len().saturating_sub(words::SHOWN);
        let more = if more == 0 { String::new() } else { format!("; there are {more} more") };
        finding.help(format!("`jq . {}` shows where strict readers stop{more}", model.path(file)));
        finding.fix = commas(&slips);
    }
}

/// All commas of a file at once, where nothing else is wrong with it: behind a comment, a comma would be a part of it.
fn commas(slips: &[&JsonSlip]) -> Option<Fix> {
    let change = |slip: &&JsonSlip| match slip.comma? {
        Comma::Spare => Some(Change::Put { at: slip.at, from: ",".to_owned(), to: String::new() }),
        Comma::Missing => Some(Change::AfterWordBefore(slip.at, ",".to_owned())),
    };
    let changes: Vec<Change> = slips.iter().map(change).collect::<Option<_>>()?;
    Some(Fix::safe("put the commas right", changes))
}
