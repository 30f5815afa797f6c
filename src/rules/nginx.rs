//! Rules about nginx as it would run: one file a family, in the order of a configuration.

mod ciphers;
mod clients;
mod files;
mod handshake;
mod include;
mod listen;
mod names;
mod protocols;
mod stapling;
mod suites;
mod syntax;
mod upstream;

pub(crate) use ciphers::*;
pub(crate) use clients::*;
pub(crate) use files::*;
pub(crate) use handshake::*;
pub(crate) use include::*;
pub(crate) use listen::*;
pub(crate) use names::*;
pub(crate) use protocols::*;
pub(crate) use stapling::*;
pub(crate) use suites::*;
pub(crate) use syntax::*;
pub(crate) use upstream::*;
