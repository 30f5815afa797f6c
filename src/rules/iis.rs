//! Rules about IIS, http.sys and the Central Certificate Store: one file a family.

mod ccs_flags;
mod central;
mod declared;
mod endpoints;
mod entries;
mod nodes;
mod owners;
mod records;
mod shadows;
mod share;
mod stores;

pub(crate) use ccs_flags::*;
pub(crate) use central::*;
pub(crate) use declared::*;
pub(crate) use endpoints::*;
pub(crate) use entries::*;
pub(crate) use owners::*;
pub(crate) use records::*;
pub(crate) use shadows::*;
pub(crate) use share::*;
pub(crate) use stores::*;
