//! Rules about nginx as it would run: one file a family, in the order of a configuration.

mod ciphers;
mod clients;
mod files;
mod grouped;
mod include;
mod listen;
mod names;
mod pairs;
mod peers;
mod protocols;
mod revocation;
mod stapling;
mod syntax;
mod upstream;
mod webroot;

pub(crate) use ciphers::*;
pub(crate) use clients::*;
pub(crate) use files::*;
pub(crate) use include::*;
pub(crate) use listen::*;
pub(crate) use names::*;
pub(crate) use pairs::*;
pub(crate) use peers::*;
pub(crate) use protocols::*;
pub(crate) use revocation::*;
pub(crate) use stapling::*;
pub(crate) use syntax::*;
pub(crate) use upstream::*;
pub(crate) use webroot::*;
