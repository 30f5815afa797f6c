//! What the routers of a Private Cloud hold in `/opt/nginx/conf.d`: the trust bundles of two-way virtual hosts.

use std::collections::BTreeMap;

use crate::source::FileId;

/// A folder `opt/nginx/conf.d` of a machine.
#[derive(Debug)]
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
    pub fn client_pems<'r>(
        &'r self,
        environment: &super::Environment,
        host: &super::VirtualHost,
    ) -> Vec<ClientPem<'r>> {
        let (Some(name), Some(env)) = (&host.name, &environment.scope.environment) else { return Vec::new() };
        let tails =
            [format!("{env}_{}-client.pem", name.trimmed()), format!("{env}-{}-client.pem", name.trimmed())];
        let organisation = environment.scope.organisation.as_deref();
        let mut found = Vec::new();
        for router in &self.routers {
            let fits = |file: &str| {
                tails.iter().zip(['_', '-']).any(|(tail, mark)| match organisation {
                    Some(organisation) => file == format!("{organisation}{mark}{tail}"),
                    None => file
                        .strip_suffix(tail.as_str())
                        .is_some_and(|rest| rest.ends_with(mark) && rest.len() > 1),
                })
            };
            match router.client_pems.iter().find(|(file, _)| fits(file)) {
                Some((_, file)) => found.push(ClientPem::File(router, *file)),
                None => found.push(ClientPem::Missing(router)),
            }
        }
        found
    }
}

/// The trust bundle of a virtual host on one router.
#[derive(Copy, Clone, Debug)]
pub enum ClientPem<'r> {
    /// The file is there.
    File(&'r Router, FileId),
    /// The folder is there and the file is not.
    Missing(&'r Router),
}
