//! Rules about Apigee hybrid: virtual hosts of overrides, and the Kubernetes resources beside them.

mod certificates;
mod names;
mod paths;
mod resources;
mod text;
mod versions;

pub(crate) use certificates::*;
pub(crate) use names::*;
pub(crate) use paths::*;
pub(crate) use resources::*;
pub(crate) use text::*;
pub(crate) use versions::*;

use crate::model::{
    Model,
    hybrid::{Installation, Scalar, VirtualHost},
};

/// Every virtual host with the file that it stands in.
fn hosts(model: &Model) -> impl Iterator<Item = (&Installation, &VirtualHost)> {
    model
        .hybrid
        .installations
        .iter()
        .flat_map(|it| it.overrides.virtual_hosts.iter().map(move |host| (it, host)))
}

/// A value, where something is said.
fn set(scalar: Option<&Scalar>) -> Option<&Scalar> {
    scalar.filter(|it| it.is_set())
}

/// A value, where something is said that is no placeholder.
fn plain(scalar: Option<&Scalar>) -> Option<&Scalar> {
    set(scalar).filter(|it| !it.said.is_placeholder())
}
