//! Proxies and shared flows, and the environments they may run in.

use super::{
    Apigee,
    environment::Environment,
    unit::{Connection, ProxyEndpoint},
};

/// A proxy or shared flow: the folder that holds `apiproxy/` or `sharedflowbundle/`, or a folder of loose files.
#[derive(Debug)]
pub struct Bundle {
    /// Its folder.
    pub folder: String,
    /// Entry points.
    pub endpoints: Vec<ProxyEndpoint>,
    /// What connects to backends.
    pub connections: Vec<Connection>,
    /// The environments whose files lie nearest to it, by index in [`Apigee::environments`]: where it may run.
    pub environments: Vec<usize>,
}

impl Apigee {
    /// The environments a bundle may run in.
    pub fn environments_of<'a>(&'a self, bundle: &'a Bundle) -> impl Iterator<Item = &'a Environment> {
        bundle.environments.iter().map(|at| &self.environments[*at])
    }
}
