//! Chains that are sent: order, gaps, strangers, signatures, depth.

mod bundle;
mod depth;
mod described;
mod sent;

pub(crate) use depth::*;
pub(crate) use sent::*;
