//! Text files as such, whatever they are for.

use crate::{
    finding::{Change, Findings, Fix},
    model::Model,
};

/// See the card.
pub(crate) fn crlf_shebang(model: &Model, out: &mut Findings) {
    for (path, script) in model.vcenter.scripts().filter(|(_, it)| !it.is_about_vcenter) {
        out.report(
            format!("the first line of `{path}` ends in a carriage return: Linux does not start it and answers `{}`",
                script.answer()),
            script.at,
            "a carriage return stands at the end",
        )
        .help(format!("`sed -i -e 's/\\r$//' {path}`, and `*.sh text eol=lf` in `.gitattributes`, so that it does not come back"))
        .fix(Fix::safe("end the lines with a line feed alone", vec![Change::LineFeeds(script.at)]));
    }
}
