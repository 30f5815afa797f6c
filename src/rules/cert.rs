//! Certificates: validity, names, purpose, strength, by the role they are used in.

mod case;
mod described;
mod form;
mod names;
mod purpose;
mod strength;
mod validity;

pub(crate) use form::*;
pub(crate) use names::*;
pub(crate) use purpose::*;
pub(crate) use strength::*;
pub(crate) use validity::*;
