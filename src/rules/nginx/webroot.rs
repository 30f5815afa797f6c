//! Private keys in folders that a server hands out.

use crate::{
    finding::Findings,
    model::{
        Location, Model, NodeKind, Resolver,
        nginx::{Context, Effective, Mapping, Module, ScopeId, Server},
        tree::{file_name, join, parent},
    },
};

use super::{clients::is_seen_whole, grouped::Grouped, labels::label_some};

/// A private key of the tree: its path, and the place to show.
struct Secret<'m> {
    path: &'m str,
    at: Location,
}

fn secrets(model: &Model) -> Vec<Secret<'_>> {
    let keys = model.materials.holdings().filter_map(|(file, holding)| {
        let item = model.materials.keys_in(file).next()?;
        // A store is a secret as a whole.
        let at = if holding.store.is_some() { Location::whole(file) } else { item.at };
        Some(Secret { path: model.path(file), at })
    });
    let stores = model.paths.iter().filter_map(|(file, node)| {
        let ending = node.path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let store = matches!(ending.as_deref(), Some("p12" | "pfx"));
        (store && node.kind == NodeKind::File && model.materials.keys_in(file).next().is_none())
            .then_some(Secret { path: &node.path, at: Location::whole(file) })
    });
    keys.chain(stores).collect()
}

/// `nginx/key-in-webroot`: whoever guesses the name downloads the key.
pub(crate) fn key_in_webroot(model: &Model, out: &mut Findings) {
    let secrets = secrets(model);
    if secrets.is_empty() {
        return;
    }
    let mut by_key: Grouped<(Location, String), Location> = Grouped::new();
    for server in model.nginx.servers.iter().filter(|it| it.module == Module::Http) {
        if !is_seen_whole(model, server.scope) || model.nginx.own(server.scope, "return").next().is_some() {
            continue;
        }
        for mapping in mappings(model, server) {
            let Some(folder) = folder(model, server, mapping) else { continue };
            for secret in &secrets {
                let inside = secret.path.strip_prefix(folder.as_str()).and_then(|it| it.strip_prefix('/'));
                let Some(path) = inside.and_then(|it| request(model, mapping, it)) else { continue };
                if is_handed_out(model, server, mapping, &path) {
                    by_key.add((secret.at, path), model.nginx.at(mapping.line));
                }
            }
        }
    }
    let mut by_lines = Grouped::new();
    for (key, lines) in by_key {
        by_lines.add(lines, key);
    }
    for (lines, keys) in by_lines {
        let (_, path) = &keys[0];
        let line = lines[0];
        let finding = out.report(
            format!(
                "anybody can download a private key from `{path}`: it lies in a folder that this server hands out, \
                 and no location denies it"
            ),
            line,
            "hands out everything below",
        );
        label_some(
            finding,
            keys.iter().map(|(at, path)| (*at, format!("a private key, served as `{path}`"))),
        );
        label_some(finding, lines.iter().skip(1).map(|at| (*at, "served from here too".to_owned())));
        finding.help("move the key out of this folder, then replace it and its certificate: it may have been read already");
    }
}

/// Every `root` and `alias` that holds somewhere in a server.
fn mappings(model: &Model, server: &Server) -> Vec<Mapping> {
    let nginx = &model.nginx;
    let outer = nginx.mapping(server.scope);
    let inner = nginx.below(server.scope).into_iter().skip(1).filter_map(|scope| nginx.own_mapping(scope));
    outer.into_iter().chain(inner).collect()
}

/// The folder of the tree that a line means; none where that is not certain.
fn folder(model: &Model, server: &Server, mapping: Mapping) -> Option<String> {
    let base = &model.nginx.roots[server.root as usize].base;
    let word = model.nginx.directive(mapping.line).args.first().filter(|word| word.is_plain())?;
    let places = if word.text.starts_with('/') {
        let resolver = Resolver { paths: &model.paths, settings: &model.settings, ignored: &|_| false };
        resolver.places(base, &word.text)
    } else {
        // Relative to the prefix nginx was built with, not to its configuration: known only for `PREFIX/conf`.
        if file_name(&base.folder) != "conf" {
            return None;
        }
        vec![join(parent(&base.folder), &word.text)]
    };
    let place =
        places.into_iter().find(|place| !place.is_empty() && place != "/" && model.paths.is_folder(place))?;
    // A folder of the tree that is a link is known by its target.
    Some(model.paths.find(&place).map_or(place, |id| model.path(id).to_owned()))
}

/// The path of a request for a file below the folder of a mapping.
fn request(model: &Model, mapping: Mapping, inside: &str) -> Option<String> {
    if !mapping.alias {
        return Some(format!("/{inside}"));
    }
    let prefix = model.nginx.prefix_of(mapping.scope)?;
    Some(if prefix.ends_with('/') { format!("{prefix}{inside}") } else { format!("{prefix}/{inside}") })
}

/// Whether a request for a path is answered with the file itself.
fn is_handed_out(model: &Model, server: &Server, mapping: Mapping, path: &str) -> bool {
    let nginx = &model.nginx;
    let Some(scope) = nginx.answers(server.scope, path) else { return false };
    if nginx.mapping(scope) != Some(mapping) || is_guarded(model, scope) {
        return false;
    }
    let mut inside =
        nginx.around(scope).take_while(|around| nginx.scope(*around).context == Context::Location);
    !inside.any(|around| answers_otherwise(model, around)) && !answers_otherwise(model, server.scope)
}

/// Lines that answer a request with something else than the file of its path, or may.
fn answers_otherwise(model: &Model, scope: ScopeId) -> bool {
    let nginx = &model.nginx;
    let own = nginx.scope(scope).own.iter().map(|id| nginx.directive(*id));
    let handled = own.into_iter().any(|line| match &*line.name.text {
        "return" | "rewrite" | "internal" | "empty_gif" | "stub_status" | "proxy_pass" | "fastcgi_pass"
        | "uwsgi_pass" | "scgi_pass" | "grpc_pass" | "memcached_pass" => true,
        "try_files" => {
            let tried = &line.args[..line.args.len().saturating_sub(1)];
            !tried.iter().any(|word| matches!(&*word.text, "$uri" | "$document_uri" | "${uri}"))
        }
        name => name.contains("_by_lua") || name.starts_with("js_") || name.starts_with("perl"),
    });
    // A condition on the path may single the key out.
    handled
        || nginx.scope(scope).children.iter().any(|child| {
            let child = nginx.scope(*child);
            let opening = child.opened_by.map(|id| nginx.directive(id));
            opening.is_some_and(|it| {
                it.name.text.contains("_by_lua")
                    || (child.context == Context::If
                        && it
                            .args
                            .iter()
                            .any(|word| word.text.contains("uri") || word.text.contains("filename")))
            })
        })
}

/// Whether something asks who is there before a file is handed out.
fn is_guarded(model: &Model, scope: ScopeId) -> bool {
    let nginx = &model.nginx;
    let on = |name: &'static str| {
        let set: Option<Effective<'_>> = nginx.effective(scope, name);
        set.and_then(Effective::value).is_some_and(|word| &*word.text != "off")
    };
    // `allow` and `deny` are inherited together.
    let listed = nginx.around(scope).find_map(|around| {
        let mut lines = nginx.own(around, "allow").chain(nginx.own(around, "deny")).peekable();
        lines.peek()?;
        Some(lines.any(|(_, line)| &*line.name.text == "deny"))
    });
    listed == Some(true)
        || on("auth_basic")
        || on("auth_request")
        || on("auth_jwt")
        || on("secure_link")
        || on("ssl_reject_handshake")
}
