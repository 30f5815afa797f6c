//! Rules about Apigee: virtual hosts, what connects to backends, and hybrid. One file a family.

mod aliases;
mod backend;
mod bundles;
mod clients;
mod hybrid;
mod identity;
mod monitor;
mod names;
mod options;
mod ports;
mod servers;
mod sides;
mod spelling;
mod suites;
mod targets;
mod validation;

pub(crate) use aliases::*;
pub(crate) use backend::*;
pub(crate) use bundles::*;
pub(crate) use clients::*;
pub(crate) use hybrid::*;
pub(crate) use identity::*;
pub(crate) use monitor::*;
pub(crate) use names::*;
pub(crate) use options::*;
pub(crate) use ports::*;
pub(crate) use servers::*;
pub(crate) use spelling::*;
pub(crate) use suites::*;
pub(crate) use targets::*;
pub(crate) use validation::*;

pub(super) use aliases::hosts;
pub(super) use options::{ROUTER_PROTOCOLS, property};
pub(super) use sides::{Side, SideKind, host_title, sides};
pub(super) use suites::{is_openssl_name, java_words};
