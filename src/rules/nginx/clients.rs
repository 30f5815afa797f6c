//! Client certificates: who is asked for one, against what it is verified, and whether anybody looks at the answer.

use crate::{
    finding::Findings,
    model::{
        Model, Resolved, Version,
        nginx::{Context, Directive, DirectiveId, Effective, Module, ScopeId, Server, ServerId},
    },
};

use super::{grouped::Grouped, labels::label_some};

/// From here on `ssl_trusted_certificate` alone is enough to verify clients.
const TRUSTED_SUFFICES: Version = Version(1, 27, 2);

/// What `ssl_verify_client` says in a server, and the line.
pub(super) fn verify_mode<'m>(model: &'m Model, server: &Server) -> Option<(&'m str, Effective<'m>)> {
    let set = model.nginx.effective(server.scope, "ssl_verify_client")?;
    let word = set.value().filter(|word| word.is_plain())?;
    Some((&*word.text, set))
}

fn servers(model: &Model) -> impl Iterator<Item = (ServerId, &Server)> {
    model.nginx.servers.iter().enumerate().map(|(index, server)| (ServerId(index as u32), server))
}

/// `nginx/client-verify-no-ca`: clients are to be verified, and nothing says against what.
pub(crate) fn client_verify_no_ca(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let old = model.settings.nginx_version.filter(|version| *version < TRUSTED_SUFFICES);
    let mut found = Grouped::new();
    for (_, server) in servers(model) {
        let Some(("on" | "optional", set)) = verify_mode(model, server) else { continue };
        // Without a certificate nginx does not look any further.
        let has_certificate = nginx.effective(server.scope, "ssl_certificate").is_some();
        let has_ca = nginx.effective(server.scope, "ssl_client_certificate").is_some();
        let trusted = nginx.effective(server.scope, "ssl_trusted_certificate");
        if !has_certificate
            || has_ca
            || (trusted.is_some() && old.is_none())
            || !nginx.is_complete(server.scope)
        {
            continue;
        }
        found.add((set.last().0, trusted.map(|it| it.last().0)), (server.at, server.title()));
    }
    for ((line, trusted), users) in found {
        let says = match old {
            Some(_) => "no ssl_client_certificate for ssl_verify_client",
            None => "no ssl_client_certificate or ssl_trusted_certificate for ssl_verify_client",
        };
        let but = match (trusted, old) {
            (Some(_), Some(version)) => {
                format!(
                    " (`ssl_trusted_certificate` alone is enough from nginx {TRUSTED_SUFFICES} on, and this is \
                     judged for {version})"
                )
            }
            _ => String::new(),
        };
        let finding = out.report(
            format!(
                "clients are to show a certificate, and no `ssl_client_certificate` says who may issue it{but}: \
                 nginx does not start or reload (`nginx -t`: {says})"
            ),
            nginx.at(line),
            "verifies against nothing",
        );
        if let Some(trusted) = trusted {
            finding.label(nginx.at(trusted), "not enough before 1.27.2");
        }
        label_some(
            finding,
            users.into_iter().map(|(at, title)| (at, format!("{title} asks clients for a certificate"))),
        );
        finding.help("write `ssl_client_certificate FILE;` with the authority that issues the client certificates, and its root");
    }
}

/// `nginx/client-ca-unused`: an authority for clients where no client is asked.
pub(crate) fn client_ca_unused(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found: Grouped<DirectiveId, Option<DirectiveId>> = Grouped::new();
    let mut used = Vec::new();
    for (_, server) in servers(model) {
        let Some(ca) = nginx.effective(server.scope, "ssl_client_certificate") else { continue };
        let line = ca.last().0;
        match verify_mode(model, server) {
            // `off` beside the authority says it all, whatever stands around.
            Some(("off", set)) if nginx.is_complete(server.scope) || (!set.inherited && !ca.inherited) => {
                found.add(line, Some(set.last().0));
            }
            None if nginx.effective(server.scope, "ssl_verify_client").is_none()
                && nginx.is_complete(server.scope) =>
            {
                found.add(line, None);
            }
            _ => used.push(line),
        }
    }
    for (line, off) in found {
        let pointers = model.estate.pointers.iter();
        let missing = pointers
            .filter(|it| matches!(it.to, Resolved::Missing { .. }))
            .any(|it| it.at == nginx.arg_at(line, 0));
        // `nginx/missing-file-unused` says the same and more of a file that is not there.
        if used.contains(&line) || missing {
            continue;
        }
        let finding = out.report(
            "`ssl_client_certificate` has no effect while `ssl_verify_client` is off: no client is asked for a \
             certificate, and everybody is let in",
            nginx.at(line),
            "never read",
        );
        finding.labels_from(off.into_iter().flatten().map(|id| (nginx.at(id), "turned off here".to_owned())));
        finding
            .help("write `ssl_verify_client on;` if clients must show a certificate, else remove the line");
    }
}

/// `nginx/ocsp-without-verify`: asking whether client certificates are revoked, without asking for them.
pub(crate) fn ocsp_without_verify(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found = Grouped::new();
    let mut used = Vec::new();
    for (_, server) in servers(model) {
        let Some(ocsp) = nginx.effective(server.scope, "ssl_ocsp") else { continue };
        if !ocsp.value().is_some_and(|word| matches!(&*word.text, "on" | "leaf")) {
            continue;
        }
        let verify = nginx.effective(server.scope, "ssl_verify_client");
        let off = verify.is_none_or(|it| it.value().is_some_and(|word| &*word.text == "off"));
        if off && nginx.is_complete(server.scope) {
            found.add(ocsp.last().0, verify.map(|it| it.last().0));
        } else {
            used.push(ocsp.last().0);
        }
    }
    for (line, off) in found {
        if used.contains(&line) {
            continue;
        }
        let finding = out.report(
            "`ssl_ocsp` has no effect while `ssl_verify_client` is off: no client shows a certificate whose \
             revocation could be asked about",
            nginx.at(line),
            "never asks",
        );
        finding.labels_from(off.into_iter().flatten().map(|id| (nginx.at(id), "turned off here".to_owned())));
        finding.help(
            "write `ssl_verify_client on;` if clients must show a certificate; to send OCSP answers about the \
             server's own certificate the directive is `ssl_stapling`",
        );
    }
}

/// `nginx/optional-unchecked`: a certificate is asked for, and whatever comes of it, everybody is served.
pub(crate) fn optional_unchecked(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found = Grouped::new();
    for (id, server) in servers(model) {
        let Some((mode @ ("optional" | "optional_no_ca"), set)) = verify_mode(model, server) else {
            continue;
        };
        // Mail hands the answer to the authentication server by itself.
        if server.module == Module::Mail || !nginx.speaks_tls(id) {
            continue;
        }
        let endpoint = model.estate.endpoint(model.nginx_endpoints.servers[id.0 as usize]);
        if endpoint.turns_away || !is_seen_whole(model, server.scope) || looks_at_clients(model, server.scope)
        {
            continue;
        }
        found.add((set.last().0, mode), (server.at, server.title()));
    }
    for ((line, mode), users) in found {
        let passes = if mode == "optional" {
            "clients without a certificate are served like those with one"
        } else {
            "any certificate passes, also one that its owner made for the purpose, and none at all"
        };
        let finding = out.report(
            format!(
                "`ssl_verify_client {mode}` leaves the decision to whoever reads `$ssl_client_verify`, and nothing \
                 here does: {passes}; accepted by `nginx -t`"
            ),
            nginx.at(line),
            "asks, and nobody looks at the answer",
        );
        label_some(finding, users.into_iter().map(|(at, title)| (at, format!("{title} serves everybody"))));
        finding.help(
            "write `ssl_verify_client on;`, or test it where it matters: \
             `if ($ssl_client_verify != SUCCESS) { return 403; }`, or hand it to the application: \
             `proxy_set_header X-Client-Verify $ssl_client_verify;`",
        );
    }
}

/// Nothing in a server or around it is hidden by a template or an include that leads out of the tree.
pub(super) fn is_seen_whole(model: &Model, server: ScopeId) -> bool {
    let nginx = &model.nginx;
    nginx.is_complete(server)
        && nginx
            .below(server)
            .iter()
            .all(|id| nginx.scope(*id).holes.is_empty() && !nginx.scope(*id).template)
}

/// Whether anything that holds in a server may look at what a client has shown: a variable that is passed on or
/// tested, code, or another service that is asked.
fn looks_at_clients(model: &Model, server: ScopeId) -> bool {
    let nginx = &model.nginx;
    let mut scopes = nginx.below(server);
    for around in nginx.around(server).skip(1) {
        scopes.push(around);
        // Maps stand beside the servers that use them.
        let maps =
            nginx.scope(around).children.iter().filter(|it| nginx.scope(**it).context == Context::Free);
        scopes.extend(maps);
    }
    let opened = scopes.iter().filter_map(|id| nginx.scope(*id).opened_by);
    let own = scopes.iter().flat_map(|id| nginx.scope(*id).own.iter().copied());
    opened.chain(own).any(|id| may_look(nginx.directive(id)))
}

/// Whether a line reads what a client has shown, or is code that might.
pub(super) fn may_look(line: &Directive) -> bool {
    let name = &*line.name.text;
    if matches!(name, "log_format" | "access_log" | "error_log") {
        return false;
    }
    name.contains("_by_lua")
        || name.starts_with("js_")
        || name.starts_with("perl")
        || name.starts_with("mruby_")
        || name == "auth_request"
        || std::iter::once(&line.name).chain(&line.args).any(|word| names_client(&word.text))
}

/// `$ssl_client_verify`, `${ssl_client_s_dn}`, …
fn names_client(text: &str) -> bool {
    text.contains("$ssl_client_") || text.contains("${ssl_client_")
}

/// `nginx/mtls-error-page-bypass`: the answer to a refused client certificate is the content it protects.
pub(crate) fn mtls_error_page_bypass(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut found = Grouped::new();
    for (_, server) in servers(model) {
        let Some(("on" | "optional", set)) = verify_mode(model, server) else { continue };
        for scope in nginx.below(server.scope) {
            for (line, directive) in nginx.own(scope, "error_page") {
                note_bypass(model, server, line, directive, set.last().0, &mut found);
            }
        }
        if let Some(outer) = nginx.effective(server.scope, "error_page").filter(|it| it.inherited) {
            for (line, directive) in outer.lines() {
                note_bypass(model, server, line, directive, set.last().0, &mut found);
            }
        }
    }
    for ((line, verify, handler), codes) in found {
        let codes: Vec<String> = codes;
        let what = match &*nginx.directive(handler).name.text {
            "return" => {
                "are answered with status 200 instead of 400: whoever goes by the status, a program or a monitor, \
                 takes them for admitted"
            }
            _ => {
                "are passed on to the application instead of the 400 page: the certificate protects nothing there"
            }
        };
        let finding = out.report(
            format!(
                "requests without a good client certificate (error {}) {what}; accepted by `nginx -t`",
                codes.join(", ")
            ),
            nginx.at(line),
            "leads refused requests on",
        );
        finding.label(nginx.at(handler), "what they get");
        finding.label(nginx.at(verify), "what should have stopped them");
        finding.help(
            "lead these errors to a static page, or end the location with `return 403;`; where the application \
             decides, pass it `$ssl_client_verify`",
        );
    }
}

type Bypasses = Grouped<(DirectiveId, DirectiveId, DirectiveId), String>;

fn note_bypass(
    model: &Model,
    server: &Server,
    line: DirectiveId,
    directive: &Directive,
    verify: DirectiveId,
    found: &mut Bypasses,
) {
    let Some((target, codes)) = directive.args.split_last() else { return };
    // 497 is a plain request on the TLS port, and no certificate was asked for: it is led on like the others.
    let refused = codes.iter().filter(|word| matches!(&*word.text, "495" | "496" | "497"));
    let refused: Vec<String> = refused.map(|word| word.text.to_string()).collect();
    // A code alone (`=403`) or another address ends the request.
    if refused.is_empty() || !target.is_plain() || !target.text.starts_with(['/', '@']) {
        return;
    }
    let Some(location) = location_named(model, server.scope, &target.text) else { return };
    let Some(handler) = serves_content(model, location) else { return };
    let returns = &*model.nginx.directive(handler).name.text == "return";
    // Without `=` the answer keeps its status 400, whatever the page says.
    let succeeds = codes.iter().any(|word| matches!(&*word.text, "=" | "=200"));
    // `location = /page` is a page of its own, not what the certificate protects.
    let opening = model.nginx.scope(location).opened_by.map(|id| model.nginx.directive(id));
    let page = opening.is_some_and(|it| it.arg(0) == Some("="));
    let harmless = if returns { !succeeds } else { page };
    if harmless {
        return;
    }
    for code in refused {
        found.add((line, verify, handler), code);
    }
}

/// The location that answers an internal redirect, as far as it can be said without trying expressions.
fn location_named(model: &Model, server: ScopeId, target: &str) -> Option<ScopeId> {
    let nginx = &model.nginx;
    let opening = |id: ScopeId| nginx.scope(id).opened_by.map(|it| nginx.directive(it));
    let locations = || {
        let children = nginx.scope(server).children.iter().copied();
        children.filter(|id| nginx.scope(*id).context == Context::Location)
    };
    let exact = locations().find(|id| {
        opening(*id).is_some_and(|it| match it.args.len() {
            1 => target.starts_with('@') && it.arg(0) == Some(target),
            _ => it.arg(0) == Some("=") && it.arg(1) == Some(target),
        })
    });
    if exact.is_some() || target.starts_with('@') {
        return exact;
    }
    let prefix = |id: &ScopeId| {
        let it = opening(*id)?;
        let text = match (it.args.len(), it.arg(0)?) {
            (1, text) if !text.starts_with(['~', '@', '=']) => text,
            (2, "^~") => it.arg(1)?,
            _ => return None,
        };
        target.starts_with(text).then_some(text.len())
    };
    let best = locations().filter(|id| prefix(id).is_some()).max_by_key(|id| prefix(id).unwrap_or(0))?;
    // An expression may take the request from a prefix; then it is not certain who answers.
    let expressions = locations()
        .any(|id| opening(id).is_some_and(|it| it.arg(0).is_some_and(|word| word.starts_with('~'))));
    let is_final = opening(best).is_some_and(|it| it.arg(0) == Some("^~"));
    (is_final || !expressions).then_some(best)
}

/// The line by which a location answers with content of the application, where nothing in it looks at the client.
fn serves_content(model: &Model, location: ScopeId) -> Option<DirectiveId> {
    let nginx = &model.nginx;
    let scopes = nginx.below(location);
    let hidden = scopes.iter().any(|id| !nginx.scope(*id).holes.is_empty() || nginx.scope(*id).template);
    let lines = || scopes.iter().flat_map(|id| nginx.scope(*id).own.iter().copied());
    let opened = scopes.iter().filter_map(|id| nginx.scope(*id).opened_by);
    if hidden || lines().chain(opened).any(|id| may_look(nginx.directive(id))) {
        return None;
    }
    nginx.scope(location).own.iter().copied().find(|id| {
        let line = nginx.directive(*id);
        match &*line.name.text {
            "proxy_pass" | "fastcgi_pass" | "uwsgi_pass" | "scgi_pass" | "grpc_pass" | "memcached_pass" => {
                true
            }
            "return" => line.arg(0) == Some("200"),
            _ => false,
        }
    })
}
