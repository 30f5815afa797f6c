//! Rules about OpenManage Enterprise: one file a family. Each message names what the appliance would answer, as far as
//! that is published.

mod chain;
mod files;
mod leaf;
mod logs;
mod names;
mod peers;
mod requests;
mod told;
mod uploads;

pub(crate) use chain::*;
pub(crate) use files::*;
pub(crate) use leaf::*;
pub(crate) use logs::*;
pub(crate) use names::*;
pub(crate) use peers::*;
pub(crate) use requests::*;
pub(crate) use uploads::*;

use crate::{
    finding::Finding,
    model::{
        Location, Model,
        openmanage::{Deployment, Mode},
    },
    rules::words,
};

/// The last way out, for whoever gets no chain from an authority.
const LAST_WAY: &str = "where no authority issues such a chain, backup and restore in place of a migration keeps the self-signed certificate";

/// What the appliance answers to a chain, or would if the file were uploaded as one.
fn refusal(it: &Deployment, argument: &str) -> String {
    match it.mode {
        Some(_) => format!("the appliance refuses the upload with `CGEN1008` (`{argument}`)"),
        None => format!("an upload as a chain is refused with `CGEN1008` (`{argument}`)"),
    }
}

/// Puts "as a chain", "as a server certificate" behind what is uploaded.
fn as_what(it: &Deployment) -> &'static str {
    match it.mode {
        Some(Mode::Chain) => " as a chain",
        Some(Mode::Server) => " as a single certificate",
        None => "",
    }
}

/// Labels the lines that upload the file.
fn label_uploads(finding: &mut Finding, it: &Deployment) {
    for (_, at, mode) in it.uploads.iter().take(words::SHOWN) {
        let what = match mode {
            Mode::Chain => "uploaded here as a chain",
            Mode::Server => "uploaded here as a single certificate",
        };
        finding.label(*at, what);
    }
}

/// The path of a file in back-ticks.
fn path(model: &Model, at: Location) -> String {
    format!("`{}`", model.path(at.file))
}
