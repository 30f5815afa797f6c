//! Rules about vCenter: one file a family.

mod certool;
mod chains;
mod fixsts;
mod roots;
mod stores;
mod sts;
mod vecs;

pub(crate) use certool::*;
pub(crate) use chains::*;
pub(crate) use fixsts::*;
pub(crate) use roots::*;
pub(crate) use stores::*;
pub(crate) use sts::*;
pub(crate) use vecs::*;
