//! Protocol versions and cipher suites, in the names of the software that reads them.

mod apigee;
mod ciphers;
mod java;
mod protocols;

pub(crate) use ciphers::*;
pub(crate) use protocols::*;
