//! How the files that TLS settings name hang together: those nobody opens yet, those that are the wrong one of
//! a set, and those that no client can trust.

use std::collections::BTreeSet;

use crate::{
    finding::Findings,
    model::{Identity, Location, Model, Pointer, Resolved, Resolver, Role, Software},
};

use super::{grouped::Grouped, labels::label_some};

/// `nginx/missing-file-unused`: a file that is not there goes unnoticed until somebody turns on what reads it.
pub(crate) fn missing_file_unused(model: &Model, out: &mut Findings) {
    // A snippet may stand in two configurations, and one of them may open what it names.
    let opened: BTreeSet<Location> =
        model.estate.pointers.iter().filter(|it| it.opened).map(|it| it.at).collect();
    for pointer in model.estate.pointers.iter().filter(|it| !opened.contains(&it.at)) {
        let Resolved::Missing { beside, .. } = &pointer.to else { continue };
        let (cause, switch) = reason_unopened(pointer);
        let finding = out.report(
            format!(
                "`{}` does not exist: nothing happens today, because {cause}, but nginx does not start \
                 any more once {switch}",
                pointer.written
            ),
            pointer.at,
            "not there, and not opened yet",
        );
        finding.help(match beside {
            Some(_) => format!(
                "paths are relative to the folder of the main file, and a file of this name stands beside this \
                 one: correct the path of `{}`",
                pointer.setting
            ),
            None => format!("put the file there, or remove `{}`", pointer.setting),
        });
        if let Some(file) = beside {
            finding.label(Location::whole(*file), "perhaps this file is meant");
        }
    }
}

/// Why nginx does not open a file, and what would make it.
fn reason_unopened(pointer: &Pointer) -> (String, String) {
    let setting = pointer.setting.as_str();
    let needs = |switch: &str| (format!("`{switch}` is off here"), format!("`{switch}` is turned on"));
    match setting.split_once("ssl_") {
        Some(("", "client_certificate")) => needs("ssl_verify_client"),
        Some(("", "stapling_file")) => needs("ssl_stapling"),
        Some((family @ ("proxy_" | "grpc_" | "uwsgi_"), "trusted_certificate" | "crl")) => {
            needs(&format!("{family}ssl_verify"))
        }
        _ => ("nothing here uses it".to_owned(), "something does".to_owned()),
    }
}

/// `nginx/cert-pem-instead-of-fullchain`: certbot writes both, and only one of them is for servers.
pub(crate) fn cert_pem_instead_of_fullchain(model: &Model, out: &mut Findings) {
    let resolver = Resolver { paths: &model.paths, settings: &model.settings, ignored: &|_| false };
    for ((root, _), id) in &model.nginx_endpoints.pointers {
        let pointer = model.estate.pointer(*id);
        let Some(folder) = pointer.written.strip_suffix("cert.pem").filter(|it| it.ends_with('/')) else {
            continue;
        };
        if pointer.setting != "ssl_certificate" || pointer.to == Resolved::Opaque {
            continue;
        }
        // A file that holds the chain, or a certificate that needs none, only bears the name.
        let held = pointer.to.file().map_or_else(Vec::new, |file| model.materials.in_file(file));
        let alone = held.first().is_some_and(|(leaf, _)| model.cert(*leaf).is_self_issued());
        if held.len() > 1 || alone {
            continue;
        }
        let chain = format!("{folder}fullchain.pem");
        let sibling = model.nginx.finds(&resolver, *root, &chain);
        if sibling.is_none() && !is_certbot_folder(folder) {
            continue;
        }
        let finding = out.report(
            format!(
                "`{}` holds the server's certificate without its intermediate: browsers that have met the \
                 issuer elsewhere connect, and curl, Java and most programs refuse; accepted by `nginx -t`",
                pointer.written
            ),
            pointer.at,
            "the leaf alone",
        );
        finding.help(format!("write `ssl_certificate {chain};`"));
        if let Some(file) = sibling {
            finding.label(Location::whole(file), "leaf and intermediate, made for servers");
        }
    }
}

/// `…/letsencrypt/live/NAME/`: what certbot keeps there is known without seeing it.
fn is_certbot_folder(folder: &str) -> bool {
    let parts: Vec<&str> = folder.trim_end_matches('/').rsplit('/').take(3).collect();
    matches!(parts[..], [name, "live", "letsencrypt"] if !name.is_empty())
}

/// `nginx/self-signed-public-name`: a name of the public DNS behind a certificate nobody else trusts.
pub(crate) fn self_signed_public_name(model: &Model, out: &mut Findings) {
    let mut found = Grouped::new();
    for identity in &model.estate.identities {
        let endpoint = model.estate.endpoint(identity.endpoint);
        let nginx = model.estate.pointer(identity.certificate).software == Software::Nginx;
        if !nginx || identity.role != Role::Server || !endpoint.speaks_tls || endpoint.turns_away {
            continue;
        }
        let Some(leaf) = self_signed_leaf(model, identity) else { continue };
        for host in endpoint.hosts.iter().filter(|host| is_public_name(&host.name)) {
            let line = model.estate.pointer(identity.certificate).at;
            found.add((line, leaf), (host.at, host.name.clone()));
        }
    }
    for ((line, leaf), hosts) in found {
        let (_, first) = &hosts[0];
        let message = format!(
            "`{first}` is served with a self-signed certificate: every browser shows a warning page, and \
             programs that verify refuse to connect"
        );
        let finding = out.report(message, line, "a self-signed certificate");
        finding.label(leaf, "issued by itself");
        label_some(finding, hosts.into_iter().map(|(at, name)| (at, format!("clients ask for `{name}`"))));
        finding.help(
            "get a certificate from an authority that the clients trust, for example with an ACME client",
        );
    }
}

/// The place of a leaf that its own key has signed.
fn self_signed_leaf(model: &Model, identity: &Identity) -> Option<Location> {
    let (leaf, at) = identity.sent.first()?;
    model.chains.is_root(&model.materials, *leaf).then_some(*at)
}

/// Whether a name may stand in the public DNS: it has a top-level domain, and none that is reserved for use at home.
fn is_public_name(name: &str) -> bool {
    const LOCAL: &[&str] = &[
        "local",
        "localhost",
        "localdomain",
        "test",
        "invalid",
        "internal",
        "intranet",
        "private",
        "lan",
        "home",
        "corp",
        "arpa",
        "onion",
    ];
    let Some((rest, top)) = name.rsplit_once('.') else { return false };
    !rest.is_empty()
        && !LOCAL.contains(&top)
        && top.len() > 1
        && (top.starts_with("xn--") || top.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'*'))
}
