//! `pki csr` and `pki selfsigned`: their words, their names, and what they overwrite.

use std::collections::BTreeMap;

use crate::{
    finding::{Findings, Level},
    model::{
        Location, Model, Said,
        apigee::near,
        cms::{CommandKind, Request, Service, Session, Side},
    },
    rules::words,
};

use super::look::{commands, is_answered, is_for, requests, used_by};

/// Attributes that `pki csr` knows.
const ATTRIBUTES: &[&str] = &["CN", "OU", "O", "L", "ST", "C", "emailAddress", "subjectAltName"];

/// What an attribute was meant to be, where that can be told.
fn meant(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    if lower.contains("alt") || lower == "san" {
        return Some("subjectAltName");
    }
    match lower.as_str() {
        "email" | "mail" | "e" => return Some("emailAddress"),
        "s" | "state" => return Some("ST"),
        "locality" | "city" => return Some("L"),
        "country" => return Some("C"),
        _ => {}
    }
    let same = ATTRIBUTES.iter().copied().find(|it| it.eq_ignore_ascii_case(name));
    same.or_else(|| {
        near(name, ATTRIBUTES.iter().copied()).map(|it| {
            ATTRIBUTES.iter().copied().find(|known| *known == it.name()).unwrap_or("subjectAltName")
        })
    })
}

/// A word in front of a colon that the MMP does not know.
fn unknown(request: &Request) -> impl Iterator<Item = &Said> {
    request.attributes.iter().map(|it| &it.name).filter(|it| !ATTRIBUTES.contains(&it.text.as_str()))
}

/// See the card.
pub(crate) fn unknown_attr(model: &Model, out: &mut Findings) {
    for (typed, request) in requests(model) {
        for name in unknown(request) {
            let meant = meant(&name.text);
            let finding = out.report(
                format!(
                    "`{}` knows no attribute `{}`{}: {}",
                    typed.command.head(2),
                    name.text,
                    meant.map_or_else(String::new, |it| format!(", `{it}` was probably meant")),
                    match meant {
                        Some("subjectAltName") => "the names behind it do not get into the request, and the certificate comes back without them",
                        _ => "what stands behind it does not get into the request",
                    }
                ),
                name.at,
                "no such attribute",
            );
            finding.help(match meant {
                Some(it) => format!("write `{it}:`, in these letters"),
                None => {
                    "the attributes are `CN`, `OU`, `O`, `L`, `ST`, `C`, `emailAddress` and `subjectAltName`"
                        .to_owned()
                }
            });
        }
    }
}

/// See the card.
pub(crate) fn basename(model: &Model, out: &mut Findings) {
    for (typed, request) in requests(model) {
        let (at, what, label) = match &request.base {
            None => (
                typed.command.at,
                "names no key: the first word behind it must be the name of key and request".to_owned(),
                "a name is missing behind this",
            ),
            Some(base) => {
                let wrong =
                    base.text.chars().find(|it| !(it.is_ascii_alphanumeric() || matches!(it, '-' | '_')));
                let Some(wrong) = wrong else { continue };
                (
                    base.at,
                    format!("names the key `{}`, and `{wrong}` may not stand in that name", base.text),
                    "letters, digits, hyphens and underscores",
                )
            }
        };
        out.report(format!("`{}` {what}: the MMP refuses the command", typed.command.head(2)), at, label)
            .help("give a name of letters, digits, hyphens and underscores without an ending: the MMP appends `.key` and `.csr` itself");
    }
}

/// See the card.
pub(crate) fn cn_missing(model: &Model, out: &mut Findings) {
    for (typed, request) in requests(model) {
        let (at, label) = match request.attribute("CN") {
            Some(it) if it.value.is_blank() => (it.name.at, "nothing stands behind it"),
            Some(_) => continue,
            // A certificate that signs itself may do without, and a misspelt name is told as that.
            None if request.selfsigned || unknown(request).any(|it| meant(&it.text) == Some("CN")) => {
                continue;
            }
            None => (typed.command.at, "without `CN:`"),
        };
        out.report(
            format!("`{}` has no common name: the MMP makes no request", typed.command.head(3)),
            at,
            label,
        )
        .help("write `CN:` with the fully qualified name under which the server stands in DNS; pages that show such commands often lose what stood in angle brackets");
    }
}

/// See the card.
pub(crate) fn country(model: &Model, out: &mut Findings) {
    for (_, request) in requests(model) {
        let Some(it) = request.attribute("C") else { continue };
        let code = it.value.trimmed();
        if code.len() == 2 && code.bytes().all(|it| it.is_ascii_alphabetic()) {
            continue;
        }
        out.report(
            format!("`C:{code}` is no country code: a country has two letters in a certificate, and the request is refused"),
            it.value.at,
            "two letters are needed",
        )
        .help("write the code of ISO 3166, such as `US`, `GB` or `JP`");
    }
}

/// See the card.
pub(crate) fn unquoted_value(model: &Model, out: &mut Findings) {
    for (_, request) in requests(model) {
        for it in
            request.attributes.iter().filter(|it| it.name.text != "subjectAltName" && !it.torn.is_empty())
        {
            let rest: Vec<&str> = it.torn.iter().map(|word| word.text.as_str()).collect();
            let rest = rest.join(" ");
            let Some(first) = it.torn.first() else { continue };
            out.report(
                format!(
                    "the value of `{}` has a blank and no quotes: it ends at `{}`, and `{rest}` is taken for something else",
                    it.name.text, it.value.text
                ),
                it.value.at,
                "the value ends here",
            )
            .label(first.at, "this no longer belongs to it")
            .help(format!("put it in quotes: `{}:\"{} {rest}\"`", it.name.text, it.value.text));
        }
    }
}

/// See the card.
pub(crate) fn san_blank(model: &Model, out: &mut Findings) {
    for (_, request) in requests(model) {
        let Some(it) = request.attribute("subjectAltName") else { continue };
        let Some(first) = it.torn.first() else { continue };
        let lost: Vec<&str> =
            it.torn.iter().flat_map(|word| word.text.split(',')).filter(|it| !it.is_empty()).collect();
        let lost: Vec<String> = lost.iter().map(|it| format!("`{it}`")).collect();
        out.report(
            format!(
                "a blank stands in the list of `subjectAltName`: the list ends there, and {} {} not get into the request",
                words::list(&lost, 4),
                if lost.len() == 1 { "does" } else { "do" }
            ),
            first.at,
            "behind the blank",
        )
        .label(it.value.at, "the list ends here")
        .help("write the names with commas and without blanks between them");
    }
}

/// See the card.
pub(crate) fn san_lacks_cn(model: &Model, out: &mut Findings) {
    for (typed, request) in requests(model) {
        let (Some(cn), Some(san)) = (request.attribute("CN"), request.attribute("subjectAltName")) else {
            continue;
        };
        let name = cn.value.trimmed();
        if name.is_empty()
            || broken_name(name).is_some()
            || !san.torn.is_empty()
            || san.list().next().is_none()
            || san.list().any(|it| it.eq_ignore_ascii_case(name))
            || is_answered(model, typed.node, request)
        {
            continue;
        }
        let database = is_for(typed.node, request, Side::DatabaseServer);
        let finding = out.report(
            if database {
                format!(
                    "the names of this request leave out its common name `{name}`; the database checks the chain alone and minds no name, other software does"
                )
            } else {
                format!(
                    "the names of this request leave out its common name `{name}`: unless the MMP adds it by itself, clients refuse the server under that name"
                )
            },
            san.value.at,
            "the common name is not among these",
        );
        // Whether the MMP adds the name differs between its versions, and no page says since when.
        finding.level(Level::Note);
        finding
            .label(cn.value.at, "the common name")
            .help(format!("repeat it: `subjectAltName:{name},{}`; some versions of the MMP add it by themselves, so look at the request before you send it", san.value.text));
    }
    for file in model.cms.units.iter().filter_map(|(_, unit)| unit.request.as_ref()) {
        let Some(cn) = file.common_name.as_ref().filter(|it| !it.is_placeholder() && it.text.contains('.'))
        else {
            continue;
        };
        let Some(first) = file.names.first() else { continue };
        if file.names.iter().any(|it| it.trimmed().eq_ignore_ascii_case(cn.trimmed()) || it.is_placeholder())
        {
            continue;
        }
        let finding = out.report(
            format!(
                "the names of this request leave out its common name `{}`: clients look at the list alone where there is one, and refuse the server under that name",
                cn.trimmed()
            ),
            first.at,
            "the common name is not among the names that begin here",
        );
        finding.label(cn.at, "the common name").help("add it to the names as one more `DNS.n`");
    }
}

/// A wildcard or a name that no certificate can bear.
fn broken_name(name: &str) -> Option<&'static str> {
    let labels: Vec<&str> = name.split('.').collect();
    if labels.len() > 1 && labels.iter().any(|it| it.is_empty()) {
        return Some("has an empty label");
    }
    let star = labels.iter().position(|it| it.contains('*'))?;
    if star > 0 {
        return Some("has its `*` behind the first label");
    }
    if labels[0] != "*" {
        return Some("has other letters beside its `*`");
    }
    (labels.len() < 3).then_some("stands for a whole top-level domain")
}

/// See the card.
pub(crate) fn cn_bad_wildcard(model: &Model, out: &mut Findings) {
    for (_, request) in requests(model) {
        let Some(cn) = request.attribute("CN") else { continue };
        let name = cn.value.trimmed();
        let Some(why) = broken_name(name) else { continue };
        out.report(
            format!("the common name `{name}` {why}: no client finds its server in it"),
            cn.value.at,
            why,
        )
        .help(
            "write the name of the server, or a wildcard that stands for exactly one label: `*.example.com`",
        );
    }
}

/// See the card.
pub(crate) fn db_client_cn(model: &Model, out: &mut Findings) {
    for (typed, request) in requests(model) {
        if request.selfsigned || !is_for(typed.node, request, Side::DatabaseClient) {
            continue;
        }
        let Some(cn) = request.attribute("CN").filter(|it| it.value.trimmed() != "postgres") else {
            continue;
        };
        if cn.value.is_blank() || is_answered(model, typed.node, request) {
            continue;
        }
        let finding = out.report(
            format!(
                "the certificate of the database client is requested for `{}`, and the database lets in `postgres` alone: no node can connect",
                cn.value.trimmed()
            ),
            cn.value.at,
            "must be `postgres`",
        );
        let base = request.base.as_ref().map_or("", |it| it.text.as_str());
        for slot in used_by(typed.node, base).filter(|it| it.side == Side::DatabaseClient) {
            finding.label(slot.certificate.at, "used by the database client here");
        }
        finding.help("write `CN:postgres`, in lower case");
    }
    let clients = super::look::slots(model).filter(|it| it.slot.side == Side::DatabaseClient);
    let mut told = std::collections::BTreeSet::new();
    for used in clients {
        let Some(held) = model.certificates_of(used.ids.certificate) else { continue };
        let (leaf, place) = held[0];
        let it = model.cert(leaf);
        if it.subject.common_name.as_deref() == Some("postgres")
            || it.is_ca()
            || !told.insert(used.slot.certificate.at)
        {
            continue;
        }
        let finding = out.report(
            format!(
                "the certificate of the database client is issued to `{}`, and the database lets in `postgres` alone: no node can connect",
                it.subject.title()
            ),
            used.slot.certificate.at,
            "used by the database client",
        )
        .label(place, "its common name is not `postgres`");
        let asked = requests(model).filter(|(typed, request)| {
            std::ptr::eq(typed.node, used.node) && is_for(typed.node, request, Side::DatabaseClient)
        });
        for (_, request) in asked.take(words::SHOWN) {
            if let Some(cn) = request.attribute("CN").filter(|it| it.value.trimmed() != "postgres") {
                finding.label(cn.value.at, "requested like this");
            }
        }
        finding.help("request it again with `pki csr dbclient CN:postgres`");
    }
}

/// See the card.
pub(crate) fn xmpp_san(model: &Model, out: &mut Findings) {
    for (typed, request) in requests(model) {
        let Some(base) = &request.base else { continue };
        let used = used_by(typed.node, &base.text).any(|it| it.service == Service::Xmpp);
        let named = base.text.to_ascii_lowercase().contains("xmpp");
        if !(used || named) || request.selfsigned || is_answered(model, typed.node, request) {
            continue;
        }
        // What was misspelt or torn is told as that.
        if unknown(request).next().is_some() || request.attributes.iter().any(|it| !it.torn.is_empty()) {
            continue;
        }
        let domain = commands(model).filter(|it| std::ptr::eq(it.node, typed.node)).find_map(|it| match &it
            .command
            .kind
        {
            CommandKind::Domain(name) if !name.is_placeholder() => Some(name),
            _ => None,
        });
        let (at, what): (Location, String) = match (request.attribute("subjectAltName"), domain) {
            (None, _) => (typed.command.at, "names no subject alternative names".to_owned()),
            (Some(san), Some(domain)) if !san.list().any(|it| it.eq_ignore_ascii_case(domain.trimmed())) => {
                (san.value.at, format!("does not name the XMPP domain `{}`", domain.trimmed()))
            }
            _ => continue,
        };
        let finding = out.report(
            format!(
                "the request for the XMPP server {what}: clients show a certificate error when they log in"
            ),
            at,
            "the XMPP domain and the names of the servers belong here",
        );
        if let Some(domain) = domain {
            finding.label(domain.at, "the XMPP domain");
        }
        finding.help("list the XMPP domain and the fully qualified name of every XMPP server, the common name among them, in `subjectAltName`");
    }
}

/// See the card.
pub(crate) fn csr_overwrites_live(model: &Model, out: &mut Findings) {
    // Requests come session by session.
    let mut of: Option<(&Session, Keys<'_>)> = None;
    for (typed, request) in requests(model) {
        let Some(base) = &request.base else { continue };
        let key = format!("{}.key", base.text);
        if !of.as_ref().is_some_and(|(session, _)| std::ptr::eq(*session, typed.session)) {
            of = Some((typed.session, Keys::of(typed.session)));
        }
        let Some((at, whose)) = of.as_ref().and_then(|(_, keys)| keys.in_use(&key, typed.at)) else {
            continue;
        };
        out.report(
            format!(
                "`{}` makes a new `{key}`, and {whose} uses the one that is there: the pair no longer fits, and the service is down until a new certificate is there",
                typed.command.head(3)
            ),
            base.at,
            "this name is in use",
        )
        .label(at, "used here")
        .help(format!("choose a new name, such as `{}-new`; when the certificate is there, give the service the new pair", base.text));
    }
}

/// Where a session first names each key as in use, and by what: entry, place, title.
#[derive(Default)]
struct Keys<'m> {
    by_commands: BTreeMap<&'m str, (usize, Location, &'static str)>,
    by_states: BTreeMap<&'m str, (usize, Location)>,
}

impl<'m> Keys<'m> {
    fn of(session: &'m Session) -> Self {
        let mut keys = Self::default();
        for (at, command) in session.commands() {
            if let CommandKind::Certs(certs) = &command.kind {
                for said in &certs.arguments {
                    keys.by_commands.entry(&said.text).or_insert((at, said.at, certs.service.title()));
                }
            }
        }
        for (at, state) in session.states() {
            for field in &state.fields {
                keys.by_states.entry(&field.value.text).or_insert((at, field.value.at));
            }
        }
        keys
    }

    /// The earlier entry that shows a key in use, and by what.
    fn in_use(&self, key: &str, before: usize) -> Option<(Location, String)> {
        let command = self.by_commands.get(key).filter(|(at, ..)| *at < before);
        let state = self.by_states.get(key).filter(|(at, _)| *at < before);
        let of_state = || state.map(|(_, at)| (*at, "a service".to_owned()));
        command.map(|(_, at, title)| (*at, format!("the {title}"))).or_else(of_state)
    }
}
