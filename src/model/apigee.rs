//! Apigee as it is configured: environments with their virtual hosts, references, stores and target servers, proxies
//! that use them, and what the routers of a Private Cloud hold. Names resolve inside one environment, never across.

pub mod bundle;
mod describe;
mod draft;
pub mod environment;
mod link;
pub mod loaded;
pub mod near;
pub mod paths;
pub mod resolve;
pub mod rotation;
pub mod router;
pub mod trusted;
pub mod unit;
pub mod uses;

pub use bundle::Bundle;
pub(super) use describe::find_same;
pub use draft::Wiring;
pub(super) use draft::draft;
pub use environment::{Alias, Environment, Platform, Store};
pub use loaded::Loaded;
pub(super) use loaded::trust_what_is_loaded;
pub use near::{Near, near};
pub use resolve::{Lookup, StoreName};
pub use rotation::{HalfRotated, HalfRotation, Kept};
pub use router::{ClientPem, Router};
pub use trusted::Trusted;
pub use unit::{
    AliasDefinition, AliasDetail, Comma, CommonName, Component, ComponentProperties, Connection,
    ConnectionKind, DumpedCertificate, EnvironmentGroup, HealthMonitor, JsonSlip, Kind, Layout, LayoutKind,
    Listed, Maven, OddKey, Origin, ProxyEndpoint, Reference, Repeated, Scope, SslInfo, StoreAlias,
    TargetServer, Unit, VirtualHost,
};
pub use uses::{StoreRole, StoreUse, StoreUser};

/// Apigee as it is configured in a tree.
#[derive(Debug, Default)]
pub struct Apigee {
    /// Environments, in order of their scopes.
    pub environments: Vec<Environment>,
    /// Proxies and shared flows, in order of their folders.
    pub bundles: Vec<Bundle>,
    /// Machines of a Private Cloud, in order of their folders.
    pub routers: Vec<Router>,
    /// Departures from strict JSON.
    pub slips: Vec<JsonSlip>,
    /// Files whose name or content loaders treat in an unexpected way.
    pub layouts: Vec<Layout>,
    /// Environment groups of X and hybrid.
    pub groups: Vec<EnvironmentGroup>,
    /// Properties of Private Cloud components.
    pub properties: Vec<ComponentProperties>,
    /// What `pom.xml` files say, in order of files.
    pub maven: Vec<(String, Maven)>,
}
