//! What overrides become in the estate: virtual hosts as servers, their paths as named files.

use crate::source::Location;

use super::{
    super::{
        apigee::EnvironmentGroup,
        estate::{
            EndpointId, Estate, Expects, Host, Offer, Pointer, PointerId, Role, Side, Software, Trust, Within,
        },
        resolve::{Base, Resolved, Resolver},
        said::Said,
        tree::{join, parent},
    },
    CHART, Hybrid, Installation, LegacyHost, Scalar, VirtualHost,
};

/// Adds virtual hosts to the estate. Environment groups tell their host names.
pub(in crate::model) fn draft(
    hybrid: &Hybrid,
    groups: &[EnvironmentGroup],
    resolver: &Resolver<'_>,
    belongs: &dyn Fn(&str, Expects, bool) -> bool,
    estate: &mut Estate,
) {
    for installation in &hybrid.installations {
        let folder = hybrid.chart_of(installation).map(|it| it.folder.as_str());
        let mut this = Draft { installation, folder, resolver, belongs, estate };
        for host in &installation.overrides.virtual_hosts {
            this.virtual_host(host, groups);
        }
        for host in &installation.overrides.legacy {
            this.legacy(host);
        }
    }
}

struct Draft<'a> {
    installation: &'a Installation,
    /// The folder of the chart.
    folder: Option<&'a str>,
    resolver: &'a Resolver<'a>,
    belongs: &'a dyn Fn(&str, Expects, bool) -> bool,
    estate: &'a mut Estate,
}

impl Draft<'_> {
    fn virtual_host(&mut self, host: &VirtualHost, groups: &[EnvironmentGroup]) {
        // With a secret named, the chart looks at no path.
        if host.own_secret().is_some() || host.paths().next().is_none() {
            return;
        }
        let mut hosts = hosts(&host.hosts);
        if hosts.is_empty() {
            hosts = of_group(host, groups);
        }
        let endpoint = self.endpoint(host.title(&self.installation.overrides), host.at, hosts);
        self.offer(endpoint, host.certificate.as_ref(), host.key.as_ref());
        let Some(authorities) = host.authorities.as_ref().filter(|it| it.is_set()) else { return };
        let mode = host.mode.as_ref().filter(|it| it.text() == "MUTUAL");
        let anchors = vec![self.pointer("caCertPath", authorities, Expects::Anchors, mode.is_some())];
        self.estate.trusts.push(Trust {
            endpoint,
            of: Role::Client,
            announced: anchors.clone(),
            anchors,
            revocation: Vec::new(),
            // Envoy allows as many intermediates as its library does.
            depth: (100, None),
            active: mode.map(Scalar::at),
            // Envoy may take an intermediate for an anchor, so nothing is missing from what is trusted.
            whole: false,
            via: Vec::new(),
        });
    }

    fn legacy(&mut self, host: &LegacyHost) {
        let organisation = self.installation.overrides.organisation.as_ref().filter(|it| it.is_set());
        let title = match organisation {
            Some(it) => format!("{} of `{}`", host.title(), it.text()),
            None => host.title(),
        };
        let endpoint = self.endpoint(title, host.at, hosts(host.host.as_slice()));
        self.offer(endpoint, host.certificate.as_ref(), host.key.as_ref());
    }

    fn endpoint(&mut self, title: String, at: Location, hosts: Vec<Host>) -> EndpointId {
        self.estate.add_endpoint(title, at, Side::Server, hosts)
    }

    fn offer(&mut self, endpoint: EndpointId, certificate: Option<&Scalar>, key: Option<&Scalar>) {
        let certificate = certificate.filter(|it| it.is_set());
        let key = key.filter(|it| it.is_set());
        let certificates: Vec<PointerId> =
            certificate.map(|it| self.pointer("sslCertPath", it, Expects::Chain, true)).into_iter().collect();
        let keys: Vec<PointerId> =
            key.map(|it| self.pointer("sslKeyPath", it, Expects::PrivateKey, true)).into_iter().collect();
        if !certificates.is_empty() {
            self.estate.offers.push(Offer {
                endpoint,
                role: Role::Server,
                certificates,
                bundle: None,
                keys,
                passwords: Vec::new(),
                via: Vec::new(),
            });
        }
    }

    fn pointer(&mut self, setting: &str, path: &Scalar, expects: Expects, opened: bool) -> PointerId {
        let id = PointerId(self.estate.pointers.len() as u32);
        let to = self.resolve(&path.said, expects);
        self.estate.pointers.push(Pointer {
            within: Within::Whole,
            at: path.at(),
            written: path.text().to_owned(),
            setting: setting.to_owned(),
            expects,
            to,
            opened,
            software: Software::Ingress,
        });
        id
    }

    fn resolve(&self, path: &Said, expects: Expects) -> Resolved {
        let written = path.trimmed();
        if path.is_placeholder() {
            return Resolved::Opaque;
        }
        if written.starts_with('/') {
            return Resolved::Outside;
        }
        let node = self.resolver.paths.node(self.installation.file);
        let here = parent(&node.path);
        let find = |folder: &str| self.resolver.resolve(&guess(folder), written, &|_| false);
        // Where no chart is in the tree, a path is found where people keep such files, and is missing nowhere.
        let Some(chart) = self.folder else {
            let near = [join(here, CHART), here.to_owned(), parent(here).to_owned()];
            let found = near.iter().map(|folder| find(folder)).find(|it| it.file().is_some());
            return found.unwrap_or(Resolved::Outside);
        };
        let inside = !written.split('/').any(|part| part == "..");
        let base = Base { certain: inside, ..guess(chart) };
        let to =
            self.resolver.resolve(&base, written, &|folder| (self.belongs)(folder, expects, node.tracked));
        if matches!(to, Resolved::File(_) | Resolved::Directory(_)) {
            return to;
        }
        let expected = join(chart, written);
        match find(here).file() {
            // What Git leaves out may be put there before Helm runs.
            Some(file) if !inside || (self.resolver.ignored)(&expected) => Resolved::File(file),
            Some(file) => Resolved::Missing { expected, beside: Some(file) },
            None => to,
        }
    }
}

/// A folder where relative paths start, and that proves nothing missing.
fn guess(folder: &str) -> Base {
    Base { folder: folder.to_owned(), server_folder: None, roots: Vec::new(), dump: false, certain: false }
}

/// Host names that clients ask for.
fn hosts(said: &[Said]) -> Vec<Host> {
    said.iter()
        .filter(|it| !it.is_placeholder() && !it.is_blank() && it.trimmed() != "*")
        .map(|it| Host { name: it.trimmed().to_ascii_lowercase(), at: it.at })
        .collect()
}

/// The host names of the environment group that a virtual host is called after, where one alone has that name.
fn of_group(host: &VirtualHost, groups: &[EnvironmentGroup]) -> Vec<Host> {
    let Some(name) = host.name.as_ref().filter(|it| it.is_set()) else { return Vec::new() };
    let mut named = groups.iter().filter(|it| it.name.trimmed() == name.text());
    match (named.next(), named.next()) {
        (Some(group), None) => hosts(&group.hosts),
        _ => Vec::new(),
    }
}
