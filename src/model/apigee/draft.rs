//! What Apigee becomes in the estate: virtual hosts as servers, target servers and connections as clients, aliases with
//! files as pointers.

use super::{
    super::estate::{Estate, EndpointId, Expects},
    super::resolve::Resolver,
    Apigee,
};

/// Which endpoint of the estate something of Apigee became.
#[derive(Debug, Default)]
pub struct Wiring {
    /// By environment and virtual host, in their orders; `None` where it speaks no TLS.
    pub virtual_hosts: Vec<Vec<Option<EndpointId>>>,
    /// By environment and target server, in their orders; `None` where it speaks no TLS.
    pub target_servers: Vec<Vec<Option<EndpointId>>>,
}

pub(in crate::model) fn draft(
    _apigee: &Apigee,
    _resolver: &Resolver<'_>,
    _belongs: &dyn Fn(&str, Expects, bool) -> bool,
    _estate: &mut Estate,
) -> Wiring {
    Wiring::default()
}
