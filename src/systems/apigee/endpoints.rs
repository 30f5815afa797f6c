//! Proxies and shared flows: which virtual hosts they answer on, and what they connect to.

use crate::model::{
    Said,
    apigee::{Connection, ConnectionKind, HealthMonitor, ProxyEndpoint, Repeated, Unit},
};

use super::{Context, entities::ssl_info, node::Node};

/// The folder that holds `apiproxy/` or `sharedflowbundle/`; the folder of the file where there is none.
fn bundle(context: &Context<'_>) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let scope = &context.placed.scope;
    let above = scope.root.split('/').filter(|it| !it.is_empty());
    for part in above.chain(context.placed.below.iter().copied()) {
        if matches!(part, "apiproxy" | "sharedflowbundle") {
            break;
        }
        parts.push(part);
    }
    parts.join("/")
}

pub(super) fn proxy(context: &Context<'_>, node: &Node, unit: &mut Unit) {
    let connections: Vec<&Node> =
        node.children.iter().filter(|it| it.key.text == "HTTPProxyConnection").collect();
    let first = connections.first();
    let repeated = connections.iter().skip(1).map(|it| Repeated {
        name: "HTTPProxyConnection".to_owned(),
        first: connections[0].at,
        second: it.at,
    });
    let hosts = first.into_iter().flat_map(|it| &it.children).filter(|it| it.key.text == "VirtualHost");
    unit.proxy_endpoints.push(ProxyEndpoint {
        bundle: bundle(context),
        at: node.at,
        name: node.attribute("name"),
        connection: first.map(|it| it.at),
        virtual_hosts: hosts.filter_map(|it| it.value.clone()).collect(),
        repeated: repeated.collect(),
    });
}

pub(super) fn target(context: &Context<'_>, node: &Node, unit: &mut Unit) {
    for child in &node.children {
        let kind = match child.key.text.as_str() {
            "HTTPTargetConnection" => ConnectionKind::Target,
            "WebSocketTargetConnection" => ConnectionKind::WebSocket,
            _ => continue,
        };
        unit.connections.push(connection(context, kind, child, node.attribute("name")));
    }
}

pub(super) fn policy(context: &Context<'_>, node: &Node, unit: &mut Unit) {
    for child in &node.children {
        let kind = match child.key.text.as_str() {
            "HTTPTargetConnection" => ConnectionKind::ServiceCallout,
            "Syslog" => ConnectionKind::MessageLogging,
            _ => continue,
        };
        unit.connections.push(connection(context, kind, child, node.attribute("name")));
    }
}

fn connection(context: &Context<'_>, kind: ConnectionKind, node: &Node, name: Option<Said>) -> Connection {
    let balancer = node.child("LoadBalancer");
    let servers = balancer.into_iter().flat_map(|it| &it.children).filter(|it| it.key.text == "Server");
    let url =
        node.text("URL").or_else(|| (kind == ConnectionKind::MessageLogging).then(|| node.text("Host"))?);
    Connection {
        bundle: bundle(context),
        kind,
        at: node.at,
        name,
        url: url.filter(|it| !it.is_blank()),
        load_balancer: balancer.map(|it| it.at),
        servers: servers.filter_map(|it| it.attribute("name")).collect(),
        ssl: node.children.iter().filter(|it| it.key.text == "SSLInfo").map(ssl_info).collect(),
        health: node.child("HealthMonitor").map(health),
        authentication: node.child("Authentication").map(|it| it.at),
    }
}

fn health(node: &Node) -> HealthMonitor {
    let monitor = node.child("HTTPMonitor").or_else(|| node.child("TCPMonitor"));
    let Some(monitor) = monitor else { return HealthMonitor::default() };
    let request = monitor.child("Request").unwrap_or(monitor);
    HealthMonitor {
        trust_all: request.text("TrustAllSSL"),
        is_ssl: request.text("IsSSL"),
        port: request.text("Port"),
        use_target: request.text("UseTargetServerSSLInfo"),
    }
}
