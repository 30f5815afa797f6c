//! Rules about Apigee: one file a family.

mod hybrid;
mod maven;
mod references;
mod rotation;
mod stores;
mod undefined;
mod uploads;

pub(crate) use hybrid::*;
pub(crate) use maven::*;
pub(crate) use references::*;
pub(crate) use rotation::*;
pub(crate) use stores::*;
pub(crate) use undefined::*;
pub(crate) use uploads::*;
