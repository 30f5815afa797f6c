//! Rules about IIS, http.sys and the Central Certificate Store: one file a family.

mod access;
mod appids;
mod clients;
mod copies;
mod drift;
mod farm;
mod flags;
mod hosts;
mod look;
mod mapping;
mod scripts;
mod shared;
mod simulated;
mod thumbprints;

pub(crate) use access::*;
pub(crate) use appids::*;
pub(crate) use clients::*;
pub(crate) use copies::*;
pub(crate) use drift::*;
pub(crate) use farm::*;
pub(crate) use flags::*;
pub(crate) use hosts::*;
pub(crate) use mapping::*;
pub(crate) use scripts::*;
pub(crate) use shared::*;
pub(crate) use simulated::*;
pub(crate) use thumbprints::*;
