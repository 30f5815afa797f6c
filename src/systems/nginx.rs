//! nginx configuration: main files, included files, fragments, and `nginx -T` dumps.

use crate::{
    model::{
        Facts, Problem, ProblemKind,
        nginx::{Directive, SyntaxError, SyntaxErrorKind, Unit, Word},
    },
    source::{Encoding, Location, Source, Span, decode::decode},
    syntax::directives::{self, ErrorKind, Options, Tree},
};

use super::{Input, Probe, ReadBy, System, comments};

/// See the module.
pub(super) const SYSTEM: System = System { name: "nginx", recognise, read: ReadBy::Whole(read) };

/// Blocks inside blocks of one file; with files inside files, the model follows as many.
const DEPTH: usize = 200;

/// Blocks and directives that stand in nginx configuration and in little else, in the form they have there.
const BLOCKS: &[&str] = &[
    "server",
    "http",
    "stream",
    "mail",
    "events",
    "upstream",
    "location",
    "map",
    "geo",
    "types",
    "split_clients",
    "match",
    "if",
];
const DIRECTIVES: &[&str] = &[
    "listen",
    "server_name",
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_protocols",
    "ssl_ciphers",
    "ssl_session_cache",
    "ssl_dhparam",
    "ssl_session_timeout",
    "ssl_prefer_server_ciphers",
    "ssl_session_tickets",
    "ssl_stapling",
    "ssl_client_certificate",
    "ssl_verify_client",
    "ssl_trusted_certificate",
    "ssl_ecdh_curve",
    "ssl_conf_command",
    "ssl_crl",
    "proxy_pass",
    "proxy_set_header",
    "proxy_http_version",
    "proxy_ssl_verify",
    "proxy_ssl_trusted_certificate",
    "proxy_ssl_certificate",
    "proxy_ssl_name",
    "proxy_ssl_server_name",
    "grpc_pass",
    "uwsgi_pass",
    "fastcgi_pass",
    "fastcgi_param",
    "worker_processes",
    "worker_connections",
    "load_module",
    "access_log",
    "error_log",
    "add_header",
    "include",
    "gzip",
    "sendfile",
    "keepalive_timeout",
    "client_max_body_size",
    "try_files",
    "limit_req_zone",
    "log_format",
    "proxy_buffering",
    "resolver",
    "default_type",
    "error_page",
    "http2",
    "http3",
    "ssl_preread",
    "rewrite",
];
/// Blocks that nginx has too, and that alone prove nothing.
const RARE_BLOCKS: &[&str] =
    &["limit_except", "charset_map", "rtmp", "application", "otel_exporter", "mgmt", "state", "}"];
/// A file that holds one of these and no block is nginx configuration all the same.
const TELLING: &[&str] = &[
    "ssl_",
    "proxy_",
    "grpc_",
    "uwsgi_",
    "fastcgi_",
    "server_name",
    "worker_processes",
    "worker_connections",
    "load_module",
];

fn recognise(probe: &Probe<'_>) -> bool {
    let name = probe.file_name();
    let Some(text) = probe.text else { return false };
    if text.contains("# configuration file /") && text.contains(':') && !is_script(text) {
        return true;
    }
    if is_script(text) || text.starts_with("-----BEGIN ") || NEVER.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    match evidence(text) {
        Evidence::Sure => true,
        Evidence::Against => false,
        // A head of comments says nothing; a name and a place that nginx uses do.
        Evidence::Open => {
            let ending =
                [".conf", ".ngx", ".nginx", ".vhost", ".inc"].iter().any(|ending| name.ends_with(ending));
            ending && (name.starts_with("nginx") || nginx_folder(probe.path))
        }
    }
}

/// Formats in which blocks with braces look alike.
const NEVER: &[&str] =
    &[".sh", ".json", ".xml", ".toml", ".yaml", ".yml", ".ini", ".csv", ".tsv", ".ps1", ".lock", ".service"];

fn nginx_folder(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|part| {
        let part = part.to_ascii_lowercase();
        part.contains("nginx")
            || matches!(
                &*part,
                "conf.d" | "sites-enabled" | "sites-available" | "snippets" | "openresty" | "angie"
            )
    })
}

/// `#!/bin/sh`; a comment may start with an exclamation mark too.
fn is_script(text: &str) -> bool {
    text.strip_prefix("#!").is_some_and(|rest| rest.trim_start().starts_with('/'))
}

enum Evidence {
    Sure,
    Against,
    Open,
}

/// Reads the head line by line: nginx's lines start with a word it knows and end in `;`, `{` or `}`.
fn evidence(text: &str) -> Evidence {
    let (mut blocks, mut known, mut telling, mut foreign, mut words) = (0, 0, 0, 0, 0);
    let mut inside_value = false;
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if line.is_empty() || line.starts_with('#') || line == "}" {
            continue;
        }
        if inside_value {
            inside_value = !line.ends_with(';');
            continue;
        }
        // What follows is another language.
        if line.contains("_by_lua_block") {
            known += 1;
            telling += 1;
            break;
        }
        if ["{{", "{%", "{*", "!{", "%}"].iter().any(|mark| line.contains(mark)) {
            continue;
        }
        words += 1;
        let name = line.split([' ', '\t', '{', ';']).next().unwrap_or_default();
        let opens = line.ends_with('{') || line.contains('{');
        let ends = line.ends_with(';') || line.ends_with('}') || line.contains("; ");
        if BLOCKS.contains(&name) && opens && !line.contains("=>") && !line.contains(":=") {
            // `if (…) {`, `map = {`: only nginx's own forms count.
            let rest = line[name.len()..].trim_start();
            let form = match name {
                "server" | "http" | "stream" | "mail" | "events" | "types" => rest.starts_with('{'),
                "upstream" | "location" => !rest.starts_with(['{', '=']) || rest.starts_with("= /"),
                "map" | "geo" | "split_clients" => rest.starts_with(['$', '"']),
                _ => rest.starts_with("($"),
            };
            if form {
                blocks += 1;
            } else {
                foreign += 1;
            }
        } else if DIRECTIVES.contains(&name) && ends {
            known += 1;
            telling += usize::from(TELLING.iter().any(|start| name.starts_with(start)));
        } else if DIRECTIVES.contains(&name) || BLOCKS.contains(&name) {
            // The value goes on in the next lines, or the block opens there.
            inside_value = DIRECTIVES.contains(&name) && name != "include";
            // An include never goes on: other languages include without a semicolon.
            if name == "include" { foreign += 1 } else { known += 1 }
        } else if opens && !RARE_BLOCKS.contains(&name) && !name.ends_with("_block") {
            // Many languages open blocks; one that nginx does not know speaks against it.
            foreign += 1;
        } else if !ends && !opens {
            foreign += 1;
        }
    }
    let sure = (blocks > 0 && foreign <= 2 * (blocks + known) + 1)
        || telling > 0 && foreign <= 1 + known
        || known >= 2 && foreign <= known;
    if sure {
        Evidence::Sure
    } else if words == 0 || (known + blocks > 0 && foreign == 0) {
        Evidence::Open
    } else {
        Evidence::Against
    }
}

/// Reads a file as nginx configuration.
pub(super) fn read(input: &Input<'_>) -> (Source, Facts) {
    let Some((text, encoding)) = decode(input.bytes) else {
        let problem = Problem {
            kind: ProblemKind::Unreadable,
            at: Location::whole(input.file),
            message: "is used as nginx configuration and holds no text".to_owned(),
        };
        return (Source::unread(input.path), Facts { problems: vec![problem], ..Facts::default() });
    };
    let mut source = Source::text(input.path, text, encoding);
    // A key may be written into the configuration itself, and then it is a word of a directive.
    source.mask_private_keys();
    let mut facts = Facts::default();
    let parts = directives::split_dump(&source.text);
    let parts: Vec<(Option<String>, Span)> = match parts {
        Some(parts) => parts.into_iter().map(|part| (Some(part.name.to_owned()), part.span)).collect(),
        None => vec![(None, Span::new(0, source.text.len()))],
    };
    for (name, span) in parts {
        let tree = Tree::parse_span(&source.text, span, Options { depth: DEPTH, ..Options::default() });
        facts.ignores.extend(comments::ignores(input.file, &source, tree.comments.iter().copied()));
        for error in tree.errors.iter().filter(|error| error.kind == ErrorKind::TooDeep) {
            facts.problems.push(Problem {
                kind: ProblemKind::OverLimit,
                at: Location::text(input.file, error.at),
                message: format!("nests blocks too deep to follow: {}", error.message),
            });
        }
        let bom = encoding == Encoding::Utf8 { bom: true };
        facts.nginx.push(unit(input, &source, tree, name, bom));
    }
    (source, facts)
}

fn unit(input: &Input<'_>, source: &Source, tree: Tree, name: Option<String>, bom: bool) -> Unit {
    let word = |word: directives::Word| Word {
        placeholder: directives::placeholder(source.slice(word.span)),
        text: word.text,
        span: word.span,
    };
    let directives = tree
        .directives
        .into_iter()
        .map(|it| Directive {
            name: word(it.name),
            args: it.args.into_iter().map(word).collect(),
            span: it.span,
            block: it.block,
            end: it.end,
            parent: it.parent,
        })
        .collect();
    let errors = tree
        .errors
        .into_iter()
        .filter_map(|error| {
            let kind = match error.kind {
                ErrorKind::TooDeep => return None,
                ErrorKind::TokenTooLong => SyntaxErrorKind::TokenTooLong,
                ErrorKind::CommentTooLong => SyntaxErrorKind::CommentTooLong,
                _ => SyntaxErrorKind::Syntax,
            };
            Some(SyntaxError { at: error.at, message: error.message, kind, origin: error.origin })
        })
        .collect();
    Unit { file: input.file, name, directives, errors, template: tree.opaque, bom }
}
