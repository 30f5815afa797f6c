//! Rules about Cisco Meeting Server: one file a family.

mod arguments;
mod bundles;
mod database;
mod look;
mod order;
mod requests;
mod states;
mod trusts;
mod versions;

pub(crate) use arguments::*;
pub(crate) use bundles::*;
pub(crate) use database::*;
pub(crate) use order::*;
pub(crate) use requests::*;
pub(crate) use states::*;
pub(crate) use trusts::*;
pub(crate) use versions::*;
