//! What the routers of a Private Cloud hold in `/opt/nginx/conf.d`: the trust bundles of two-way virtual hosts.

use std::collections::BTreeMap;

use crate::source::FileId;

/// A folder `opt/nginx/conf.d` of a machine.
#[derive(Clone, Debug)]
pub struct Router {
    /// The folder `conf.d`.
    pub folder: String,
    /// The folder that stands for `/` of the machine: tells routers apart. Empty where the tree is one machine.
    pub host: String,
    /// Files `…-client.pem` in it, by their names.
    pub client_pems: BTreeMap<String, FileId>,
}

impl super::Apigee {
    /// The trust bundle of a virtual host on every router whose folder is in the tree. The file is named
    /// `ORG_ENV_VHOST-client.pem`, or with hyphens; names may hold both, so names are made and compared, never split.
    /// Where organisation or environment are not known and several files fit, none of them is known to be the one.
    pub fn client_pems<'r>(
        &'r self,
        environment: &super::Environment,
        host: &super::VirtualHost,
    ) -> Vec<ClientPem<'r>> {
        let Some(name) = host.name.as_ref().filter(|it| !it.is_blank() && !it.is_placeholder()) else {
            return Vec::new();
        };
        let wanted = Wanted { environment, name: name.trimmed() };
        let named = environment.scope.environment.is_some();
        let certain = wanted.names();
        let mut found = Vec::new();
        for router in &self.routers {
            if let Some(names) = &certain {
                let file = names.iter().find_map(|it| router.client_pems.get(it));
                found.push(file.map_or(ClientPem::Missing(router), |file| ClientPem::File(router, *file)));
                continue;
            }
            let mut fitting = router.client_pems.iter().filter(|(file, _)| wanted.fits(file));
            match (fitting.next(), fitting.next()) {
                (Some((_, file)), None) => found.push(ClientPem::File(router, *file)),
                (None, _) if named => found.push(ClientPem::Missing(router)),
                _ => {}
            }
        }
        found
    }
}

/// The virtual host whose trust bundle is looked for.
struct Wanted<'e> {
    environment: &'e super::Environment,
    name: &'e str,
}

impl Wanted<'_> {
    /// Both spellings, where organisation and environment are known.
    fn names(&self) -> Option<[String; 2]> {
        let scope = &self.environment.scope;
        let (organisation, env, name) =
            (scope.organisation.as_ref()?, scope.environment.as_ref()?, self.name);
        Some([
            format!("{organisation}_{env}_{name}-client.pem"),
            format!("{organisation}-{env}-{name}-client.pem"),
        ])
    }

    /// A file name that can be meant, where they are not.
    fn fits(&self, file: &str) -> bool {
        let Some(stem) = file.strip_suffix("-client.pem") else { return false };
        let scope = &self.environment.scope;
        ['_', '-'].into_iter().any(|mark| {
            if let Some(env) = &scope.environment {
                return ends_with(stem, &format!("{env}{mark}{}", self.name), mark);
            }
            let longer = |other: &str| other.len() > self.name.len() && ends_with(stem, other, mark);
            let others = self.environment.virtual_hosts.iter().filter_map(|it| it.name.as_ref());
            // Organisation and environment stand before it, so one more mark does.
            stem.strip_suffix(self.name)
                .and_then(|rest| rest.strip_suffix(mark))
                .is_some_and(|rest| rest.contains(mark))
                && !others.into_iter().any(|it| longer(it.trimmed()))
        })
    }
}

/// `stem` ends in `tail`, and before it stand a mark and something more.
fn ends_with(stem: &str, tail: &str, mark: char) -> bool {
    stem.strip_suffix(tail).is_some_and(|rest| rest.ends_with(mark) && rest.len() > 1)
}

/// The trust bundle of a virtual host on one router.
#[derive(Copy, Clone, Debug)]
pub enum ClientPem<'r> {
    /// The file is there.
    File(&'r Router, FileId),
    /// The folder is there and the file is not.
    Missing(&'r Router),
}
