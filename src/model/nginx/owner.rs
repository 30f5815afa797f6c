//! The way back: from an endpoint of the estate to the block it came from, and from a named file to its line.

use crate::{
    model::{
        Resolver,
        estate::{EndpointId, PointerId},
    },
    source::FileId,
};

use super::{Connection, DirectiveId, Endpoints, Nginx, ScopeId, ServerId};

impl Endpoints {
    /// The server an endpoint came from.
    pub fn server_of(&self, endpoint: EndpointId) -> Option<ServerId> {
        // Endpoints are made in the order of servers, so their ids rise.
        self.servers.binary_search(&endpoint).ok().map(|index| ServerId(index as u32))
    }

    /// The connection an endpoint came from.
    pub fn connection_of<'n>(&self, nginx: &'n Nginx, endpoint: EndpointId) -> Option<&'n Connection> {
        self.connections.binary_search(&endpoint).ok().and_then(|index| nginx.connections.get(index))
    }

    /// The block in which the settings of an endpoint hold.
    pub fn scope_of(&self, nginx: &Nginx, endpoint: EndpointId) -> Option<ScopeId> {
        let server = self.server_of(endpoint).map(|id| nginx.server(id).scope);
        server.or_else(|| self.connection_of(nginx, endpoint).map(|it| it.scope))
    }

    /// The file that a line of a configuration names.
    pub fn pointer_of(&self, nginx: &Nginx, scope: ScopeId, line: DirectiveId) -> Option<PointerId> {
        self.pointers.get(&(nginx.scope(scope).root, line)).copied()
    }
}

impl Nginx {
    /// The file that a configuration would find at `path`, by the same way as the files it names.
    pub fn finds(&self, resolver: &Resolver<'_>, root: u32, path: &str) -> Option<FileId> {
        resolver.resolve(&self.roots[root as usize].base, path, &|_| false).file()
    }
}
