//! Rules about nginx as it would run: one file a family, in the order of a configuration.

mod addresses;
mod blocks;
mod ciphers;
mod clients;
mod files;
mod handshake;
mod include;
mod labels;
mod listen;
mod names;
mod plain;
mod preread;
mod protocols;
mod shared;
mod stapling;
mod suites;
mod syntax;
mod upstream;

pub(crate) use addresses::*;
pub(crate) use blocks::*;
pub(crate) use ciphers::*;
pub(crate) use clients::*;
pub(crate) use files::*;
pub(crate) use handshake::*;
pub(crate) use include::*;
pub(crate) use listen::*;
pub(crate) use names::*;
pub(crate) use plain::*;
pub(crate) use preread::*;
pub(crate) use protocols::*;
pub(crate) use shared::*;
pub(crate) use stapling::*;
pub(crate) use suites::*;
pub(crate) use syntax::*;
pub(crate) use upstream::*;
