//! What Routers have loaded, as the trust of their virtual hosts: where the certificates of a truststore are not in the
//! tree themselves, those that a Router holds for it are judged.

use std::collections::BTreeSet;

use crate::source::FileId;

use super::{
    super::{
        CertId,
        estate::{
            EndpointId, Estate, Expects, Pointer, PointerId, ROUTER_COPY, Role, Software, Step, Trust, Within,
        },
        material::Materials,
        resolve::Resolved,
        resolve::Resolver,
    },
    Apigee, ClientPem, Environment, VirtualHost, Wiring,
};

/// The trust bundle of a virtual host on one Router.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The line of the truststore, with the file.
    pub pointer: PointerId,
    /// The file.
    pub file: FileId,
}

/// Names the trust bundles of a two-way virtual host, so that they are read.
pub(super) fn name_bundles(
    apigee: &Apigee,
    environment: &Environment,
    host: &VirtualHost,
    endpoint: EndpointId,
    resolver: &Resolver<'_>,
    estate: &mut Estate,
    wiring: &mut Wiring,
) {
    let Some(ssl) = &host.ssl else { return };
    let Some(at) = ssl.trust_store.as_ref().or(ssl.client_auth.as_ref()).map(|it| it.at) else { return };
    for pem in apigee.client_pems(environment, host) {
        let ClientPem::File(_, file) = pem else { continue };
        let pointer = PointerId(estate.pointers.len() as u32);
        estate.pointers.push(Pointer {
            within: Within::Whole,
            at,
            written: resolver.paths.node(file).path.to_string(),
            setting: ROUTER_COPY.to_owned(),
            expects: Expects::Anchors,
            to: Resolved::File(file),
            opened: true,
            software: Software::EdgeRouter,
        });
        wiring.loaded.entry(endpoint).or_default().push(Loaded { pointer, file });
    }
}

/// Makes the trust bundle of a Router the trust of its virtual host, where nothing else in the tree has the certificates.
/// What nginx on the Router is configured to verify with is the same, so it is the virtual host that is spoken of.
pub(in crate::model) fn trust_what_is_loaded(
    apigee: &Apigee,
    wiring: &Wiring,
    estate: &mut Estate,
    materials: &Materials,
) {
    for (environment, endpoints) in apigee.environments.iter().zip(&wiring.virtual_hosts) {
        for (host, endpoint) in environment.virtual_hosts.iter().zip(endpoints) {
            let Some(endpoint) = *endpoint else { continue };
            let Some(loaded) = wiring.loaded.get(&endpoint) else { continue };
            let known = |it: &Trust| it.endpoint == endpoint && it.of == Role::Client && it.active.is_some();
            let verifies = host.ssl.as_ref().is_some_and(super::SslInfo::verifies_clients);
            if verifies && !estate.trusts.iter().any(known) {
                let via = way(environment, host);
                if let Some(trust) = trust(estate, materials, endpoint, loaded, host, via) {
                    estate.trusts.push(trust);
                }
            }
            speak_for_nginx(estate, endpoint, loaded);
        }
    }
}

fn way(environment: &Environment, host: &VirtualHost) -> Vec<Step> {
    let Some(said) = host.ssl.as_ref().and_then(|ssl| ssl.trust_store.as_ref()) else { return Vec::new() };
    let way = environment.way(said).into_iter().map(|(at, what)| Step { at, what });
    std::iter::once(Step { at: said.at, what: "its truststore".to_owned() }).chain(way).collect()
}

fn trust(
    estate: &Estate,
    materials: &Materials,
    endpoint: EndpointId,
    loaded: &[Loaded],
    host: &VirtualHost,
    via: Vec<Step>,
) -> Option<Trust> {
    let content = |it: &Loaded| -> BTreeSet<CertId> {
        materials.in_file(it.file).into_iter().map(|(id, _)| id).collect()
    };
    // Routers that differ are told as such; the fullest is judged, the first of equals.
    let sound = loaded.iter().filter(|it| materials.is_sound(it.file));
    let fullest = sound.rev().max_by_key(|it| content(it).len())?;
    if let Some(described) = described(estate, endpoint)
        && described != content(fullest)
    {
        // The Router lags behind: that is told, and what is in its file is on its way out.
        return None;
    }
    Some(Trust {
        endpoint,
        of: Role::Client,
        anchors: vec![fullest.pointer],
        announced: vec![fullest.pointer],
        revocation: Vec::new(),
        depth: (1, None),
        active: host.ssl.as_ref()?.client_auth.as_ref().map(|it| it.at),
        whole: true,
        via,
    })
}

/// The certificates that dumps describe for a truststore that is known whole. What is nowhere in the tree stands for a
/// certificate that no file holds.
fn described(estate: &Estate, endpoint: EndpointId) -> Option<BTreeSet<CertId>> {
    let uses = estate.described.iter().flat_map(|it| &it.uses);
    let together =
        uses.filter(|it| it.endpoint == endpoint).map(|it| &it.together).find(|it| !it.is_empty())?;
    let nowhere = CertId(u32::MAX);
    Some(together.iter().map(|index| estate.described[*index].same.unwrap_or(nowhere)).collect())
}

/// Takes what nginx on the Router verifies with out of the estate: the virtual host has it, and gets its depth.
fn speak_for_nginx(estate: &mut Estate, endpoint: EndpointId, loaded: &[Loaded]) {
    let Estate { pointers, trusts, .. } = estate;
    let is_copy = |it: &Trust| {
        it.endpoint != endpoint
            && !it.anchors.is_empty()
            && it.anchors.iter().all(|anchor| {
                let pointer = &pointers[anchor.0 as usize];
                pointer.software == Software::Nginx
                    && pointer.to.file().is_some_and(|file| loaded.iter().any(|it| it.file == file))
            })
    };
    if !trusts.iter().any(|it| it.endpoint == endpoint && it.of == Role::Client && it.active.is_some()) {
        return;
    }
    let depth = trusts.iter().filter(|it| is_copy(it)).map(|it| it.depth).max_by_key(|(depth, _)| *depth);
    trusts.retain(|it| !is_copy(it));
    if let Some(depth) = depth {
        for it in trusts.iter_mut().filter(|it| it.endpoint == endpoint && it.of == Role::Client) {
            it.depth = depth;
        }
    }
}
