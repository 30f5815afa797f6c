//! Parameters of the handshake beside versions and suites: groups, Diffie-Hellman parameters, ticket keys, early data.

use std::collections::{BTreeMap, BTreeSet};

use strsim::osa_distance;

use crate::{
    finding::{Findings, Level},
    model::{
        Expects, FileId, ItemKind, Location, Model, PointerId,
        ciphers::{Authentication, Exchange, Suite},
        nginx::{Effective, ScopeId, ServerId, Speaker, Word},
    },
    rules::{
        nginx::{label_speakers, speakers},
        words,
    },
};

/// Named files of a kind that are in the tree: each line once.
fn named(model: &Model, expects: Expects) -> BTreeMap<Location, (PointerId, FileId)> {
    let pointers = model.estate.pointers.iter().enumerate();
    pointers
        .filter(|(_, it)| it.expects == expects && it.opened)
        .filter_map(|(index, it)| Some((it.at, (PointerId(index as u32), it.to.file()?))))
        .collect()
}

/// Diffie-Hellman parameters below this are refused at the level that Debian and Ubuntu build OpenSSL with.
const LEAST_DH: u32 = 2048;

/// See the card.
pub(crate) fn dhparam_weak(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let lines = nginx.lines_of("dhparam");
    for (at, (pointer, file)) in named(model, Expects::DhParameters) {
        let Some(holding) = model.materials.holding(file) else { continue };
        let found = holding.items.iter().find_map(|item| match item.kind {
            ItemKind::DhParameters(bits) => Some((bits, item.at)),
            _ => None,
        });
        let Some((bits, place)) = found.filter(|(bits, _)| *bits > 0 && *bits < LEAST_DH) else { continue };
        let line = lines.iter().find(|it| nginx.arg_at(it.id, 0) == at);
        let users: &[Speaker] = line.map_or(&[], |it| &it.speakers);
        let lowered = !users.is_empty()
            && users.iter().all(|it| {
                nginx.ciphers(*it).is_some_and(|it| it.expand().level.is_some_and(|level| level < 2))
            });
        let what = if lowered {
            "`@SECLEVEL` lets them pass, and recorded connections can be broken by whoever can afford it"
                .to_owned()
        } else {
            format!(
                "OpenSSL refuses them, and {} (`dh key too small`)",
                model.estate.pointer(pointer).software.on_failure()
            )
        };
        out.report(
            format!("the Diffie-Hellman parameters{} have {bits} bits: {what}", speakers(model, users, " of ")),
            at,
            format!("{bits} bits"),
        )
        .level(if lowered { Level::Warning } else { Level::Error })
        .label(place, "these parameters")
        .help("remove `ssl_dhparam` if clients need no DHE, or take the 2048 bit group of RFC 7919 (`openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048`)");
    }
}

/// See the card.
pub(crate) fn dhparam_unused(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for line in nginx.lines_of("dhparam").iter().filter(|it| !it.open && !it.speakers.is_empty()) {
        // Thousands of servers share a few lists.
        let mut known: BTreeMap<&str, bool> = BTreeMap::new();
        let mut unused = |speaker: &Speaker| {
            let protocols = nginx.protocols(*speaker, model.settings.nginx_version);
            if protocols.is_tls13_only() {
                return true;
            }
            nginx.ciphers(*speaker).is_some_and(|ciphers| {
                *known.entry(ciphers.text).or_insert_with(|| {
                    let expansion = ciphers.expand();
                    let is_dhe =
                        |it: &Suite| it.exchange == Exchange::Dhe && it.authentication != Authentication::Dss;
                    !expansion.unknown && expansion.refused.is_none() && !expansion.usable().any(is_dhe)
                })
            })
        };
        if line.speakers.iter().all(&mut unused) {
            let finding = out.report(
                format!(
                    "`ssl_dhparam` is not used{}: no suite with DHE is on",
                    speakers(model, &line.speakers, " by ")
                ),
                nginx.at(line.id),
                "never read by a handshake",
            );
            finding.help("remove the line and its file");
            let lists: BTreeSet<Location> =
                line.speakers.iter().filter_map(|it| nginx.ciphers(*it)?.set_by).collect();
            for at in lists.into_iter().take(words::SHOWN) {
                finding.label(at, "names no suite with DHE");
            }
        }
    }
}

/// Groups of which only newer libraries know, with the first OpenSSL that does.
const NEW_GROUPS: &[(&str, &str)] = &[
    ("X25519MLKEM768", "3.5"),
    ("SecP256r1MLKEM768", "3.5"),
    ("SecP384r1MLKEM1024", "3.5"),
    ("MLKEM512", "3.5"),
    ("MLKEM768", "3.5"),
    ("MLKEM1024", "3.5"),
];

/// Groups of a draft: `BoringSSL` had it, and OpenSSL with an extra provider.
const DRAFT_GROUPS: &[&str] = &["X25519Kyber768Draft00", "X25519Kyber768", "P256Kyber768Draft00"];

/// Groups that OpenSSL 3 knows and people write.
const GROUPS: &[&str] = &[
    "auto",
    "X25519",
    "X448",
    "prime256v1",
    "secp256r1",
    "secp384r1",
    "secp521r1",
    "secp256k1",
    "secp224r1",
    "P-256",
    "P-384",
    "P-521",
    "brainpoolP256r1",
    "brainpoolP384r1",
    "brainpoolP512r1",
    "ffdhe2048",
    "ffdhe3072",
    "ffdhe4096",
    "ffdhe6144",
    "ffdhe8192",
];

/// See the card.
pub(crate) fn curve_unknown_for_target(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for line in nginx.lines_of("ecdh_curve").iter().filter(|it| it.is_live()) {
        let Some(word) = line.directive.args.first().filter(|it| it.is_plain()) else { continue };
        let at = nginx.arg_at(line.id, 0);
        for name in word.text.split([':', '/']) {
            let name = name.trim_start_matches('*');
            // With `?` a library that knows the sign leaves out what it does not know.
            if name.starts_with(['?', '-']) {
                continue;
            }
            let draft = DRAFT_GROUPS.iter().any(|it| it.eq_ignore_ascii_case(name));
            let new = NEW_GROUPS.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
            let known = GROUPS.iter().any(|it| it.eq_ignore_ascii_case(name));
            let slip = GROUPS.iter().find(|it| {
                let differ = osa_distance(&name.to_ascii_lowercase(), &it.to_ascii_lowercase());
                name.len() > 4 && (1..=2).contains(&differ)
            });
            let finding = match (new, slip) {
                (Some((group, since)), _) => out.report(
                    format!("OpenSSL before {since} does not know the group `{group}`: an nginx that is built with it does not start or reload (`group '{name}' cannot be set`)"),
                    at,
                    format!("OpenSSL {since} or newer"),
                ),
                (None, _) if draft => out.report(
                    format!("`{name}` is a group of a draft that no release of OpenSSL knows: nginx does not start or reload with it (`group '{name}' cannot be set`)"),
                    at,
                    "withdrawn draft",
                ),
                (None, Some(_)) if !known && !is_another_curve(name) => out.report(
                    format!("OpenSSL knows no group `{name}`: nginx does not start or reload (`group '{name}' cannot be set`)"),
                    at,
                    "unknown",
                ),
                _ => continue,
            };
            match (new, slip) {
                (Some((group, _)), _) => finding.help(format!("write `?{group}`, which OpenSSL from 3.3 on leaves out where it does not know it; for older ones remove it")),
                _ if draft => finding.help("write `?X25519MLKEM768` instead, which OpenSSL 3.5 knows"),
                (None, Some(meant)) => finding.level(Level::Error).help(format!("write `{meant}`")),
                (None, None) => finding,
            };
            label_speakers(finding, model, line, "uses it");
            break;
        }
    }
}

/// Curves whose names are one letter away from others: `secp192r1`, `prime239v1`, `brainpoolP256t1`, `secp224k1`.
fn is_another_curve(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    ["sect", "c2", "wap", "sm2"].iter().any(|start| name.starts_with(start))
        || matches!(
            name.as_str(),
            "secp112r1"
                | "secp112r2"
                | "secp128r1"
                | "secp128r2"
                | "secp160k1"
                | "secp160r1"
                | "secp160r2"
                | "secp192k1"
                | "secp192r1"
                | "secp224k1"
                | "prime192v1"
                | "prime192v2"
                | "prime192v3"
                | "prime239v1"
                | "prime239v2"
                | "prime239v3"
                | "p-224"
                | "p-192"
        )
        || (name.starts_with("brainpoolp") && digits(&name) == 4)
}

/// See the card.
pub(crate) fn ticket_key_size(model: &Model, out: &mut Findings) {
    for (at, (_, file)) in named(model, Expects::TicketKey) {
        let node = model.paths.node(file);
        if !matches!(node.size, 48 | 80) {
            out.report(
                format!("the session ticket key `{}` has {} bytes, and only 48 or 80 are right: nginx does not start or reload (`must be 48 or 80 bytes`)", node.path, node.size),
                at,
                format!("{} bytes", node.size),
            )
            .help("make it with `openssl rand -out FILE 80`, without a line break at its end");
        }
    }
}

/// See the card.
pub(crate) fn ticket_key_tracked(model: &Model, out: &mut Findings) {
    let mut by_file: BTreeMap<FileId, Vec<Location>> = BTreeMap::new();
    for (at, (_, file)) in named(model, Expects::TicketKey) {
        by_file.entry(file).or_default().push(at);
    }
    for (file, lines) in by_file {
        let node = model.paths.node(file);
        if node.tracked && !model.is_throwaway(&node.path) {
            let finding = out.report(
                format!("the session ticket key `{}` is kept in Git: who reads the repository can decrypt recorded TLS 1.2 connections that were resumed with tickets", node.path),
                Location::whole(file),
                "",
            );
            finding.help("take it out of the repository, make a new one, and replace it every day or so");
            for at in lines.into_iter().take(words::SHOWN) {
                finding.label(at, "used here");
            }
        }
    }
}

/// Directives that hand a request on.
const PASSES: &[&str] = &["proxy_pass", "grpc_pass", "uwsgi_pass", "fastcgi_pass", "scgi_pass"];

/// See the card.
pub(crate) fn early_data_on(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let lines = nginx.lines_of("early_data");
    if lines.is_empty() {
        return;
    }
    let guarded = guarded_roots(model);
    for line in lines {
        if !line.directive.arg(0).is_some_and(|it| it.eq_ignore_ascii_case("on")) {
            continue;
        }
        let unguarded = |speaker: &&Speaker| {
            let Speaker::Server(id) = **speaker else { return false };
            let scope = nginx.server(id).scope;
            let on = nginx.effective(scope, "ssl_early_data").is_some_and(Effective::is_on);
            on && !nginx.protocols(**speaker, model.settings.nginx_version).lacks_tls13()
                && !guarded.contains(&nginx.server(id).root)
                && replays(model, id)
        };
        let users: Vec<Speaker> = line.speakers.iter().filter(unguarded).copied().collect();
        if users.is_empty() {
            continue;
        }
        let finding = out.report(
            format!("`ssl_early_data` is on and the application behind{} is not told which requests came early: an attacker can send such a request again, and it is carried out again", speakers(model, &users, " ")),
            nginx.at(line.id),
            "requests may be replayed",
        );
        finding.help("add `proxy_set_header Early-Data $ssl_early_data;` and answer 425 in the application where a repeat would harm, or turn it off");
        for speaker in users.iter().take(words::SHOWN) {
            if let Some(at) = first_pass(model, *speaker) {
                finding.label(at, "passed on without `$ssl_early_data`");
            }
        }
    }
}

/// Whether a server hands requests on, and nothing in it looks at `$ssl_early_data`.
fn replays(model: &Model, id: ServerId) -> bool {
    let nginx = &model.nginx;
    let scope = nginx.server(id).scope;
    nginx.is_complete_below(scope)
        && first_pass(model, Speaker::Server(id)).is_some()
        && !nginx.below(scope).into_iter().any(|it| looks(model, it))
}

/// Configurations that look at `$ssl_early_data` outside of servers: in maps, or in what servers inherit.
fn guarded_roots(model: &Model) -> BTreeSet<u32> {
    let nginx = &model.nginx;
    let in_servers: BTreeSet<ScopeId> = nginx.servers.iter().flat_map(|it| nginx.below(it.scope)).collect();
    let scopes = (0..nginx.scopes.len()).map(|index| ScopeId(index as u32));
    let looking = scopes.filter(|it| !in_servers.contains(it) && looks(model, *it));
    looking.map(|it| nginx.scope(it).root).collect()
}

/// Whether a line of a block reads `$ssl_early_data`, or may: code has it under its bare name.
fn looks(model: &Model, scope: ScopeId) -> bool {
    let scope = model.nginx.scope(scope);
    scope.own.iter().chain(&scope.opened_by).any(|id| {
        let line = model.nginx.directive(*id);
        let name = &*line.name.text;
        let code = name.contains("_by_lua") || name.starts_with("js_") || name.starts_with("perl");
        let reads = |word: &Word| word.text.contains("ssl_early_data") && word.has_variable();
        !matches!(name, "log_format" | "access_log") && (code || line.args.iter().any(reads))
    })
}

/// The first line of a server that hands requests on.
fn first_pass(model: &Model, speaker: Speaker) -> Option<Location> {
    let nginx = &model.nginx;
    let scopes = nginx.below(nginx.scope_of(speaker));
    scopes.into_iter().find_map(|scope| {
        let own = &nginx.scope(scope).own;
        own.iter().find(|id| PASSES.contains(&&*nginx.directive(**id).name.text)).map(|id| nginx.at(*id))
    })
}
