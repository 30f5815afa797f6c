//! OpenManage Enterprise of Dell: what is uploaded to its appliances, what they would answer, and what they did.
//! Nothing here without evidence: a profile of the user, a task or call that uploads, or a log.

mod levels;
mod link;
mod unit;
mod verdict;

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    source::{FileId, Location},
    x509::{Request, Time},
};

pub(super) use link::Named;

pub use levels::{Level, levels};
pub use unit::{ARGUMENTS, Answer, FIELDS, Field, Mode, Payload, Profile, Reason, Unit, Upload};
pub use verdict::{End, Shape, Verdict};

/// Everything a tree says about OpenManage Enterprise.
#[derive(Debug, Default)]
pub struct OpenManage {
    /// Files that say something, in order of their paths.
    pub units: Vec<(FileId, Unit)>,
    /// Files that are uploaded, by file.
    pub deployments: Vec<Deployment>,
    /// Files near a log that nobody says are uploaded: what the log speaks of may be one of them. By
    /// log.
    pub near_logs: BTreeMap<FileId, Vec<Deployment>>,
    /// Both ends of migrations, by index in [`OpenManage::deployments`]: source, target.
    pub pairs: Vec<(usize, usize)>,
    /// Files that are named and are not there.
    pub missing: Vec<Missing>,
}

/// A file that is uploaded to an appliance.
#[derive(Debug)]
pub struct Deployment {
    /// What the profile calls the appliance.
    pub name: Option<String>,
    /// The file.
    pub file: FileId,
    /// What it is uploaded as, where that is said.
    pub mode: Option<Mode>,
    /// The lines that upload it, with what they upload it as: the command, then the name of the file.
    pub uploads: Vec<(Location, Location, Mode)>,
    /// The requests that the appliance gave, in the order in which they are named.
    pub requests: Vec<Asked>,
    /// The clock of the appliance, where it is said.
    pub now: Option<Time>,
    /// A migration needs it.
    pub migrates: bool,
    /// What the appliance would say.
    pub verdict: Verdict,
}

/// A certificate request with its place.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where it stands.
    pub at: Location,
    /// The request.
    pub request: Arc<Request>,
}

/// A file that is named and is not there.
#[derive(Debug)]
pub struct Missing {
    /// The line that names it, or the folder it should lie in where only the profile does.
    pub at: Location,
    /// As it is written.
    pub written: String,
    /// Where it should be.
    pub expected: String,
    /// Who names it: ``profile `x` ``, `upload_file`.
    pub by: String,
}

impl OpenManage {
    /// Whether a file is uploaded, or belongs to the other end of a migration.
    pub fn uploads(&self, file: FileId) -> bool {
        self.deployments.binary_search_by_key(&file, |it| it.file).is_ok()
    }
}

impl Deployment {
    /// It is uploaded as a chain; where nobody says so, a file with several certificates is meant as one.
    pub fn is_chain(&self) -> bool {
        match self.mode {
            Some(mode) => mode == Mode::Chain,
            None => self.verdict.certificates.len() > 1,
        }
    }
}
