//! vCenter as its dumps, directory exports, reports and logs show it. The certificate that signs every token stands in
//! none of its certificate stores, so that what is seen in one place has to be held against the others, node by node.

mod link;
pub mod listed;
pub mod log;
pub mod node;
pub mod sts;
pub mod unit;

use std::collections::BTreeSet;

use super::material::{CertId, Materials};
use crate::source::FileId;

pub use listed::Listed;
pub use log::{LogReport, Rejection, Verdict, Window};
pub use node::{Node, Origin, Pnid};
pub use sts::{Chain, Signing};
pub use unit::{
    CERTOOL_KEYS, CaList, Certool, CertoolFault, ChainKind, FixSts, Form, ListedCa, Principal, Script,
    Setting, Status, StoreKind, StoreList, StsCheck, StsEntry, Unit, VecsEntry, VecsStore,
};

/// vCenter as a tree shows it.
#[derive(Debug, Default)]
pub struct Vcenter {
    /// What one file says, in order of files, with its shown path.
    pub units: Vec<(FileId, String, Unit)>,
    /// Machines, in order of their folders.
    pub nodes: Vec<Node>,
    /// Certificates that stand in these dumps: the rules about them speak here, not those about files.
    told: BTreeSet<CertId>,
}

impl Vcenter {
    /// Whether a certificate stands in a dump of vCenter, so that its rules speak about it.
    pub fn tells(&self, id: CertId) -> bool {
        self.told.contains(&id)
    }

    /// The units of a node.
    pub fn of<'v>(&'v self, node: &'v Node) -> impl Iterator<Item = &'v Unit> {
        node.units.iter().map(|at| &self.units[*at].2)
    }

    /// Every script whose first line was read, with the shown path of its file.
    pub fn scripts(&self) -> impl Iterator<Item = (&str, &Script)> {
        self.units.iter().flat_map(|(_, path, unit)| unit.scripts.iter().map(move |it| (path.as_str(), it)))
    }

    pub(super) fn find_told(&mut self, materials: &Materials) {
        let listed = self.units.iter().flat_map(|(_, _, unit)| unit.listed());
        self.told = listed.filter_map(|it| materials.id_of(it.certificate.as_deref()?)).collect();
    }
}
