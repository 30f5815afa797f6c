//! Chains that are sent: order, gaps, strangers, signatures, depth.

mod bundle;
mod constraints;
mod depth;
mod described;
mod sent;

pub(in crate::rules) use bundle::{Ending, endings};
pub(crate) use constraints::*;
pub(crate) use depth::*;
pub(crate) use sent::*;
