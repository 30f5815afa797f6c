//! Rules about Apigee: virtual hosts, references, stores, targets, routers.

mod dumps;
mod router;

pub(crate) use dumps::*;
pub(crate) use router::*;
