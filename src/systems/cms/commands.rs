//! Commands of the MMP: what the words of a line ask for.

use crate::model::{
    Said,
    cms::{Attribute, Certs, Command, CommandKind, DatabaseStep, Request, Service, Switch, TrustKind},
};
use crate::source::{FileId, Location, Place, Span};

use super::lines::{Line, Word, words};

/// Endings of files that commands name.
pub(super) const FILE_ENDINGS: &[&str] = &[".key", ".crt", ".cer", ".pem", ".csr", ".der"];

/// Whether a word names a file of certificates or keys.
pub(super) fn is_file(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    FILE_ENDINGS.iter().any(|it| word.len() > it.len() && word.ends_with(it))
}

/// The command of a line; `None` where it is none of the MMP.
pub(super) fn command(file: FileId, line: &Line<'_>) -> Option<Command> {
    if !may_begin(line.text) {
        return None;
    }
    let words = words(file, line);
    let plain: Vec<&str> = words.iter().map(|it| it.said.text.as_str()).collect();
    let lower = plain.first()?.to_ascii_lowercase();
    let kind = kind(&lower, &plain, &words)?;
    let at = line.at(file);
    Some(Command { at, words: words.into_iter().map(|it| it.said).collect(), kind })
}

/// Most lines of most files begin with no word that a command begins with, and are not taken apart.
fn may_begin(text: &str) -> bool {
    let text = text.trim_start_matches(['"', '\u{201c}', '\u{201d}']);
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let first = text[..end].to_ascii_lowercase();
    matches!(&*first, "pki" | "database" | "tls" | "uploader" | "version")
        || Service::of_word(&first).is_some()
}

fn kind(first: &str, plain: &[&str], words: &[Word]) -> Option<CommandKind> {
    let word = |at: usize| plain.get(at).copied().unwrap_or_default();
    let said = |at: usize| words.get(at).map(|it| it.said.clone());
    let rest = |at: usize| words.iter().skip(at).map(|it| it.said.clone()).collect::<Vec<_>>();
    let certs = |service, at| CommandKind::Certs(Certs { service, arguments: rest(at) });
    let trust = |kind, at| CommandKind::Trust(kind, said(at).filter(|it| it.text != "none"));
    Some(match first {
        "pki" => match word(1) {
            "csr" | "selfsigned" => CommandKind::Request(request(&words[2..], word(1) == "selfsigned")),
            "sign" => CommandKind::Sign,
            "inspect" | "match" | "verify" | "list" | "remove" | "unlock" | "pkcs12-to-ssl" => {
                CommandKind::Other(None)
            }
            _ => return None,
        },
        "database" => {
            if word(1) != "cluster" {
                return None;
            }
            match word(2) {
                "certs" => certs(Service::Database, 3),
                "localnode" => CommandKind::Database(DatabaseStep::LocalNode, said(3)),
                "initialize" => CommandKind::Database(DatabaseStep::Initialize, said(3)),
                "join" => CommandKind::Database(DatabaseStep::Join, said(3)),
                "connect" => CommandKind::Database(DatabaseStep::Connect, said(3)),
                "remove" => CommandKind::Database(DatabaseStep::Remove, said(3)),
                "status" | "upgrade_schema" | "clear_error" => CommandKind::Other(Some(Service::Database)),
                other if is_file(other) => CommandKind::CertsForgotten("database cluster"),
                _ => return None,
            }
        }
        "tls" => match word(2) {
            "trust" => trust(TrustKind::Tls, 3),
            "min-tls-version" | "min-dtls-version" => CommandKind::Minimum(said(3)?),
            "verify" => CommandKind::Verify(said(3)?),
            "ciphers" => CommandKind::Other(None),
            _ => return None,
        },
        "uploader" => match (word(1), word(2)) {
            ("cms", "trust") => trust(TrustKind::UploaderCms, 3),
            ("rev", "trust") => trust(TrustKind::UploaderRev, 3),
            ("cms" | "rev" | "nfs" | "enable" | "disable", _) | ("", "") => CommandKind::Other(None),
            _ => return None,
        },
        "version" if plain.len() == 1 => CommandKind::Other(None),
        _ => {
            let service = Service::of_word(first)?;
            return of_service(service, plain, words);
        }
    })
}

/// Commands that begin with the name of a service.
fn of_service(service: Service, plain: &[&str], words: &[Word]) -> Option<CommandKind> {
    let word = |at: usize| plain.get(at).copied().unwrap_or_default();
    let said = |at: usize| words.get(at).map(|it| it.said.clone());
    let rest = |at: usize| words.iter().skip(at).map(|it| it.said.clone()).collect::<Vec<_>>();
    let certs = |service, at| CommandKind::Certs(Certs { service, arguments: rest(at) });
    let trust = |kind, at| CommandKind::Trust(kind, said(at).filter(|it| it.text != "none"));
    let deeper = match (service, word(1)) {
        (Service::WebBridge3Https, "https") => Some(Service::WebBridge3Https),
        (Service::WebBridge3Https, "c2w") => Some(Service::WebBridge3C2w),
        (Service::SchedulerHttps, "c2w") => Some(Service::SchedulerC2w),
        (Service::SchedulerHttps, "https") => Some(Service::SchedulerHttps),
        (Service::Recorder | Service::Streamer, "sip") => Some(service),
        _ => None,
    };
    if let Some(service) = deeper {
        return Some(match word(2) {
            "certs" => certs(service, 3),
            "trust" if service == Service::WebBridge3C2w => trust(TrustKind::WebBridgeC2w, 3),
            "trust" if service == Service::SchedulerC2w => trust(TrustKind::SchedulerC2w, 3),
            _ => CommandKind::Other(Some(service)),
        });
    }
    Some(match (service, word(1)) {
        (Service::WebBridge3Https, "certs") => CommandKind::CertsForgotten("webbridge3"),
        (_, "certs") => certs(service, 2),
        (_, "enable") => CommandKind::Switch(service, Switch::Enable),
        (_, "disable") => CommandKind::Switch(service, Switch::Disable),
        (_, "restart") => CommandKind::Switch(service, Switch::Restart),
        (Service::CallBridge, "trust") => match word(2) {
            "c2w" => trust(TrustKind::CallBridgeC2w, 3),
            "cluster" => trust(TrustKind::CallBridgeCluster, 3),
            _ => CommandKind::Other(Some(service)),
        },
        (Service::WebBridge2, "trust") => trust(TrustKind::WebBridge2, 2),
        (Service::Recorder | Service::Streamer, "trust") => trust(TrustKind::Recorder, 2),
        (Service::Xmpp, "cluster") if word(2) == "trust" => trust(TrustKind::XmppCluster, 3),
        (Service::Xmpp, "domain") => CommandKind::Domain(said(2)?),
        (Service::SchedulerHttps, "email") if word(2) == "trust" => trust(TrustKind::Other, 3),
        (_, "") => CommandKind::Other(Some(service)),
        (_, other) if is_known(other) => CommandKind::Other(Some(service)),
        _ => return None,
    })
}

/// Words that follow the name of a service; anything else is prose.
fn is_known(word: &str) -> bool {
    const KNOWN: &[&str] = &[
        "listen",
        "prefer",
        "address",
        "ucm",
        "imps",
        "wc3jwt",
        "add",
        "del",
        "auth",
        "create",
        "tls",
        "public-ip",
        "credentials",
        "relay",
        "high-capacity-mode",
        "short_term_credentials_mode",
        "short_term_credentials",
        "http-redirect",
        "clickonce",
        "msi",
        "dmg",
        "ios",
        "status",
        "multi_domain",
        "callbridge",
        "cluster",
        "reset",
        "nfs",
        "resolution",
        "limit",
        "frame-ancestors",
        "options",
        "debug",
        "audio",
        "email",
        "timedLogging",
        "gw",
        "sip",
        "none",
        "trunk",
        "branding",
    ];
    KNOWN.contains(&word)
}

/// The words behind `pki csr`.
fn request(words: &[Word], selfsigned: bool) -> Request {
    let mut request = Request { selfsigned, base: None, attributes: Vec::new(), stray: Vec::new() };
    for word in words {
        let text = word.said.text.as_str();
        let colon = text.find(':').filter(|at| {
            let name = &text[..*at];
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphabetic())
        });
        match colon {
            Some(at) if request.base.is_some() => {
                request.attributes.push(attribute(word, at));
            }
            None if request.base.is_none() && request.attributes.is_empty() => {
                request.base = Some(word.said.clone());
            }
            Some(at) => request.attributes.push(attribute(word, at)),
            None => match request.attributes.last_mut() {
                Some(last) => last.torn.push(word.said.clone()),
                None => request.stray.push(word.said.clone()),
            },
        }
    }
    request
}

fn attribute(word: &Word, colon: usize) -> Attribute {
    let text = &word.said.text;
    let Place::Text(span) = word.said.at.place else {
        return Attribute {
            name: word.said.clone(),
            value: word.said.clone(),
            quoted: word.quoted,
            torn: Vec::new(),
        };
    };
    let cut = span.start + colon as u32;
    let file = word.said.at.file;
    let named = Location::text(file, Span { start: span.start, end: cut });
    let from = (cut + 1).min(span.end);
    // An empty value is shown by its name.
    let valued =
        if from < span.end { Location::text(file, Span { start: from, end: span.end }) } else { named };
    let name = Said { text: text[..colon].to_owned(), at: named };
    let value = Said { text: text[colon + 1..].trim_matches('"').to_owned(), at: valued };
    Attribute { name, value, quoted: word.quoted, torn: Vec::new() }
}

/// Whether a line is a command beyond doubt: words that nothing else has.
pub(super) fn is_certain(command: &Command) -> bool {
    match &command.kind {
        CommandKind::Request(_)
        | CommandKind::Sign
        | CommandKind::Certs(_)
        | CommandKind::CertsForgotten(_)
        | CommandKind::Database(..)
        | CommandKind::Minimum(_)
        | CommandKind::Domain(_) => true,
        CommandKind::Trust(kind, _) => !matches!(kind, TrustKind::Other),
        CommandKind::Verify(word) => matches!(&*word.text, "enable" | "disable" | "ocsp"),
        CommandKind::Switch(service, _) => matches!(
            service,
            Service::WebAdmin
                | Service::CallBridge
                | Service::WebBridge2
                | Service::WebBridge3Https
                | Service::Xmpp
                | Service::H323
        ),
        CommandKind::Other(service) => {
            let second = command.words.get(1).map_or("", |it: &Said| it.text.as_str());
            match service {
                Some(Service::Database) => true,
                Some(_) => !second.is_empty() && command.words.len() > 2,
                None => command.words.first().is_some_and(|it| it.text == "pki"),
            }
        }
    }
}
