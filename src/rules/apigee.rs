//! Rules about Apigee: one file a family.

mod hybrid;

pub(crate) use hybrid::*;
