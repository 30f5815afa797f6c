//! Protocol versions, and directives that the aimed-at nginx does not know.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Change, Findings, Fix, Level},
    model::{
        FileId, Location, Model, Version,
        nginx::{Context, DirectiveId, Line, Protocol, ScopeId, Speaker, Toward, Transport, directives},
    },
    rules::{
        mending,
        nginx::{label_speakers, speakers},
        words,
    },
};

/// Who can agree with nobody: OpenSSL 3 has TLS 1.1 and older at security level 0 alone. Each speaker is asked once,
/// however many lines it has.
pub(crate) struct Unusable<'m> {
    model: &'m Model,
    known: BTreeMap<Speaker, bool>,
}

impl<'m> Unusable<'m> {
    pub(crate) fn new(model: &'m Model) -> Self {
        Self { model, known: BTreeMap::new() }
    }

    /// Whether nobody who speaks TLS by a line can agree with anybody.
    pub(crate) fn is(&mut self, line: &Line<'_>) -> bool {
        // Versions from before OpenSSL 3 mostly run on libraries that still speak them.
        let old = self.model.settings.nginx_version.is_some_and(|it| it < Version(1, 21, 2));
        !old && line.toward == Toward::Clients
            && !line.speakers.is_empty()
            && line.speakers.iter().all(|speaker| {
                *self.known.entry(*speaker).or_insert_with(|| agrees_with_nobody(self.model, *speaker))
            })
    }
}

fn agrees_with_nobody(model: &Model, speaker: Speaker) -> bool {
    let protocols = model.nginx.protocols(speaker, model.settings.nginx_version);
    let level = || model.nginx.ciphers(speaker).map(|it| it.expand().level);
    protocols.certain
        && !protocols.enabled.is_empty()
        && protocols.enabled.iter().all(|it| it.is_obsolete())
        && level().is_some_and(|it| it != Some(0))
}

/// See the card.
pub(crate) fn protocols_unusable(model: &Model, out: &mut Findings) {
    let mut unusable = Unusable::new(model);
    for line in model.nginx.lines_of("protocols").iter().filter(|line| unusable.is(line)) {
        let finding = out.report(
            format!(
                "only versions that OpenSSL 3 refuses are on{}: every handshake fails (`no protocols available`), \
                 and `nginx -t` accepts it",
                speakers(model, &line.speakers, " for "),
            ),
            model.nginx.at(line.id),
            "nothing newer than TLS 1.1",
        );
        finding.help("write `ssl_protocols TLSv1.2 TLSv1.3;`");
        if let Some(change) = mending::new_arguments(model, line.id, "TLSv1.2 TLSv1.3") {
            finding.fix(Fix::unsafe_to_trust("write `TLSv1.2 TLSv1.3`", vec![change]));
        }
        label_speakers(finding, model, line, "cannot be reached over TLS");
    }
}

/// A line that the default server of an address makes void.
struct Unused {
    users: Vec<Speaker>,
    /// What holds instead.
    rules: String,
    proof: Vec<(Location, String)>,
}

/// See the card.
pub(crate) fn protocols_only_default_server(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let Some(version) = model.settings.nginx_version.filter(|it| *it < Version(1, 29, 2)) else { return };
    let mut causes: BTreeMap<Location, Unused> = BTreeMap::new();
    for listener in nginx.listeners.iter().filter(|it| it.tls.is_some()) {
        let default = listener.default_server();
        let rules = nginx.protocols(Speaker::Server(default), Some(version));
        for (server, _) in &listener.members {
            let speaker = Speaker::Server(*server);
            let wanted = nginx.protocols(speaker, Some(version));
            let Some(at) = wanted.set_by.filter(|_| *server != default && wanted.certain && rules.certain)
            else {
                continue;
            };
            if wanted.enabled != rules.enabled {
                let cause = causes.entry(at).or_insert_with(|| Unused {
                    users: Vec::new(),
                    rules: rules.words(),
                    proof: Vec::new(),
                });
                if !cause.users.contains(&speaker) {
                    cause.users.push(speaker);
                }
                let text = format!("`{}` of the default server on {} hold", rules.words(), listener.title());
                cause.proof.push((rules.set_by.unwrap_or(nginx.server(default).at), text));
            }
        }
    }
    for (at, Unused { users, rules, proof }) in causes {
        let finding = out.report(
            format!(
                "`ssl_protocols` is not used{}: before nginx 1.29.2 the protocols of the default server of an \
                 address hold for all its names, here `{rules}` ({version} is aimed at)",
                speakers(model, &users, " for "),
            ),
            at,
            "has no effect",
        );
        finding
            .labels_from(proof.into_iter().take(words::SHOWN))
            .help("set the protocols in the default server, or listen on an address of its own");
    }
}

/// See the card.
pub(crate) fn quic_without_tls13(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut causes: BTreeMap<Location, Vec<(Location, Speaker)>> = BTreeMap::new();
    for listener in nginx.listeners.iter().filter(|it| it.transport == Transport::Udp) {
        let quic = listener.members.iter().find_map(|(server, at)| {
            let listen = &nginx.server(*server).listens[*at];
            listen.quic.then_some(listen.at)
        });
        let speaker = Speaker::Server(listener.default_server());
        let protocols = nginx.protocols(speaker, model.settings.nginx_version);
        if let (Some(quic), Some(at), true) = (quic, protocols.set_by, protocols.lacks_tls13()) {
            causes.entry(at).or_default().push((quic, speaker));
        }
    }
    for (at, users) in causes {
        let titles: Vec<Speaker> = users.iter().map(|(_, speaker)| *speaker).collect();
        let finding = out.report(
            format!(
                "QUIC needs TLS 1.3, which is off{}: nginx does not start or reload (`\"ssl_protocols\" must \
                 enable TLSv1.3 for the \"listen ... quic\" directive`)",
                speakers(model, &titles, " for "),
            ),
            at,
            "without `TLSv1.3`",
        );
        finding.help("add `TLSv1.3` to the line");
        for (quic, _) in users.into_iter().take(words::SHOWN) {
            finding.label(quic, "speaks QUIC");
        }
    }
}

/// See the card.
pub(crate) fn ssl_on_removed(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut told = BTreeSet::new();
    for (index, scope) in nginx.scopes.iter().enumerate() {
        for (id, line) in nginx.own(ScopeId(index as u32), "ssl") {
            let flag =
                line.arg(0).filter(|it| it.eq_ignore_ascii_case("on") || it.eq_ignore_ascii_case("off"));
            let free = matches!(scope.context, Context::Free | Context::Upstream(_));
            let Some(flag) = flag.filter(|_| !free && line.args.len() == 1 && told.insert(id)) else {
                continue;
            };
            let still = model.settings.nginx_version.filter(|it| *it < Version(1, 25, 1));
            let finding = match still {
                Some(version) => out.report(
                    format!("`ssl {flag};` is gone from nginx 1.25.1 on: the update from {version} will not start"),
                    nginx.at(id),
                    "deprecated since 1.15.0",
                ),
                None => out.report(
                    format!("`ssl {flag};` is gone since nginx 1.25.1: nginx does not start or reload (`unknown directive \"ssl\"`)"),
                    nginx.at(id),
                    "no longer a directive",
                ),
            };
            finding.level(if still.is_some() { Level::Warning } else { Level::Error });
            finding.help(if flag.eq_ignore_ascii_case("on") {
                "remove the line, and write `ssl` on each `listen` that speaks TLS: `listen 443 ssl;`"
            } else {
                "remove the line"
            });
            finding.fix = without_switch(model, ScopeId(index as u32), id, flag.eq_ignore_ascii_case("on"));
        }
    }
}

/// The switch goes; where it was on, the addresses of its server say `ssl` themselves.
fn without_switch(model: &Model, scope: ScopeId, id: DirectiveId, on: bool) -> Option<Fix> {
    let nginx = &model.nginx;
    if !mending::is_kept_text(model, id) {
        return None;
    }
    let line = Location::text(nginx.unit(id).file, nginx.directive(id).span);
    let mut changes = vec![Change::Drop(line)];
    if on {
        let server = nginx.servers.iter().find(|it| it.scope == scope && !it.hidden_listen)?;
        for listen in server.listens.iter().filter(|it| !it.ssl && !it.quic) {
            changes.push(mending::one_argument_more(model, listen.id?, "ssl")?);
        }
    } else {
        // nginx does not start with the line, and without it does what the line says. Where an older one may run, the
        // line may take back what a block around it says.
        let taken_back = || {
            let mut lines = nginx.around(scope).flat_map(|it| nginx.own(it, "ssl"));
            lines.any(|(_, line)| line.arg(0).is_some_and(|it| it.eq_ignore_ascii_case("on")))
        };
        if model.settings.nginx_version.map_or_else(|| !taken_back(), |it| it >= Version(1, 25, 1)) {
            return Some(Fix::safe("remove the line", changes));
        }
    }
    let what = if on { "write `ssl` on each `listen` instead" } else { "remove the line" };
    Some(Fix::unsafe_to_trust(what, changes))
}

/// See the card.
pub(crate) fn listen_http2_deprecated(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let version = model.settings.nginx_version;
    if version.is_some_and(|it| it < Version(1, 25, 1)) {
        return;
    }
    let mut by_file: BTreeMap<FileId, BTreeSet<(Location, DirectiveId)>> = BTreeMap::new();
    for listen in nginx.servers.iter().flat_map(|it| &it.listens).filter(|it| it.http2) {
        if let Some(id) = listen.id {
            let word = nginx.directive(id).args.iter().position(|word| &*word.text == "http2");
            let at = nginx.arg_at(id, word.unwrap_or(0));
            by_file.entry(at.file).or_default().insert((at, id));
        }
    }
    for lines in by_file.into_values() {
        let mut lines = lines.into_iter();
        let Some((first, _)) = lines.next() else { continue };
        let more = lines.len();
        let finding = out.report(
            format!(
                "`http2` on `listen` is deprecated since nginx 1.25.1, which warns about it at each start{}",
                if more == 0 { String::new() } else { format!("; {more} more lines of this file have it") },
            ),
            first,
            "deprecated",
        );
        finding
            .level(if version.is_some() { Level::Warning } else { Level::Note })
            .help("remove the word, and write `http2 on;` in the server");
        for (at, _) in lines.take(words::SHOWN) {
            finding.label(at, "and here");
        }
    }
}

/// See the card.
pub(crate) fn directive_too_new(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let Some(version) = model.settings.nginx_version else { return };
    let mut told = BTreeSet::new();
    let mut report = |id: DirectiveId, at: Location, what: String, since: Version| {
        if version < since && told.insert(id) {
            out.report(
                format!(
                    "{what} came with nginx {since}, and {version} is aimed at: it does not start or reload"
                ),
                at,
                format!("since {since}"),
            )
            .help(format!("update nginx to {since} or newer, or remove it"));
        }
    };
    for (index, scope) in nginx.scopes.iter().enumerate() {
        let module = nginx.around(ScopeId(index as u32)).find_map(|it| match nginx.scope(it).context {
            Context::Module(module) | Context::Server(module) => Some(module),
            _ => None,
        });
        for id in scope.own.iter().filter(|_| scope.context != Context::Free) {
            let name = &*nginx.directive(*id).name.text;
            // Where the part of nginx is not known, the first one that had it counts.
            let here = directives::of(name).filter(|it| module.is_none() || it.module == module);
            let since: Option<Vec<Version>> = here.map(|it| it.since).collect();
            if let Some(since) = since.and_then(|it| it.into_iter().min()) {
                let place = module.map_or(String::new(), |it| format!(" in `{}`", it.word()));
                report(*id, nginx.name_at(*id), format!("`{name}`{place}"), since);
            }
        }
    }
    for listen in nginx.servers.iter().flat_map(|it| &it.listens).filter(|it| it.quic) {
        if let Some(id) = listen.id {
            report(id, listen.at, "`quic` on `listen`".to_owned(), Version(1, 25, 0));
        }
    }
}

/// See the card.
pub(crate) fn conf_command_override(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    for line in nginx.lines_of("conf_command") {
        let [name, value] = &*line.directive.args else { continue };
        if !name.is_plain() || !value.is_plain() {
            continue;
        }
        let setting = match name.text.to_ascii_lowercase().as_str() {
            "protocol" | "minprotocol" | "maxprotocol" => "ssl_protocols",
            "cipherstring" => "ssl_ciphers",
            "groups" | "curves" => "ssl_ecdh_curve",
            _ => continue,
        };
        let mut overridden: BTreeMap<Location, Vec<Speaker>> = BTreeMap::new();
        for speaker in &line.speakers {
            let Speaker::Server(_) = speaker else { continue };
            let Some(other) = nginx.effective(nginx.scope_of(*speaker), setting) else { continue };
            let words: Vec<&str> =
                other.lines().flat_map(|(_, it)| &it.args).map(|word| &*word.text).collect();
            let differs = if setting == "ssl_protocols" {
                let set: Vec<Protocol> = words.iter().filter_map(|word| Protocol::of(word)).collect();
                set.len() == words.len()
                    && commanded(&set, &name.text, &value.text).is_some_and(|it| it != sorted(&set))
            } else {
                words.iter().all(|word| *word != &*value.text && !word.contains('$'))
            };
            if differs {
                overridden.entry(other.at()).or_default().push(*speaker);
            }
        }
        if overridden.is_empty() {
            continue;
        }
        let users: Vec<Speaker> = overridden.values().flatten().copied().collect();
        let finding = out.report(
            format!(
                "`{} {}` overrides `{setting}`{}: what clients get is not what that line says",
                line.directive.name.text,
                name.text,
                speakers(model, &users, " of "),
            ),
            nginx.at(line.id),
            "this holds",
        );
        finding.help(format!("say it once: remove this line and change `{setting}`, or the other way round"));
        for at in overridden.keys().take(words::SHOWN) {
            finding.label(*at, "this does not hold");
        }
    }
}

fn sorted(set: &[Protocol]) -> Vec<Protocol> {
    set.iter().copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// What a command of OpenSSL makes of the versions that are on; `None` where its value cannot be read.
fn commanded(set: &[Protocol], name: &str, value: &str) -> Option<Vec<Protocol>> {
    let mut on: BTreeSet<Protocol> = set.iter().copied().collect();
    if !name.eq_ignore_ascii_case("protocol") {
        if value.eq_ignore_ascii_case("none") {
            return Some(sorted(set));
        }
        let limit = Protocol::of(value)?;
        let lower = name.eq_ignore_ascii_case("minprotocol");
        on.retain(|it| if lower { *it >= limit } else { *it <= limit });
        return Some(on.into_iter().collect());
    }
    for part in value.split(',').map(str::trim) {
        let (off, word) = match part.strip_prefix('-') {
            Some(word) => (true, word),
            None => (false, part.strip_prefix('+').unwrap_or(part)),
        };
        let all = word.eq_ignore_ascii_case("all");
        let these: Vec<Protocol> = if all { Protocol::ALL[1..].to_vec() } else { vec![Protocol::of(word)?] };
        for protocol in these {
            if off {
                on.remove(&protocol);
            } else {
                on.insert(protocol);
            }
        }
    }
    Some(on.into_iter().collect())
}
