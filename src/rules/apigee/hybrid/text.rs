//! Overrides as YAML.

use crate::{finding::Findings, model::Model};

/// See the card.
pub(crate) fn yaml_duplicate_key(model: &Model, out: &mut Findings) {
    for repeated in &model.hybrid.repeated {
        out.report(
            format!(
                "`{}` stands twice in one map: the second takes the place of the first without a word, and what the \
                 first alone says is lost",
                repeated.again.text
            ),
            repeated.again.at,
            "this one counts",
        )
        .label(repeated.first, "this one is thrown away")
        .help("put both together under one key");
    }
}

/// See the card.
pub(crate) fn yaml_malformed(model: &Model, out: &mut Findings) {
    for fault in &model.hybrid.faults {
        // The parser says first what it was about, and then what it misses.
        let what = fault.what.rsplit(", ").next().unwrap_or(&fault.what);
        out.report(
            format!(
                "this file is no YAML ({what}): `helm upgrade` and `apigeectl` refuse all of it, and nothing in it \
                 was checked"
            ),
            fault.at,
            "YAML ends here",
        )
        .help("give the items of a list one indent, and the keys of a map one");
    }
}
