//! Arguments of `certs` and of the steps of the database cluster: how many, which, in which order.

use crate::{
    finding::{Findings, Level},
    model::{
        Model, Said,
        cms::{Certs, CommandKind, DatabaseStep, Node, Service, Slot},
    },
};

use super::look::commands;

/// See the card.
pub(crate) fn arity(model: &Model, out: &mut Findings) {
    for typed in commands(model) {
        let command = typed.command;
        match &command.kind {
            CommandKind::Certs(certs) if !certs.clears() => {
                let (allowed, files) = certs.service.files();
                let count = certs.arguments.len();
                if allowed.contains(&count) || count == 0 {
                    continue;
                }
                let name = certs.service.certs_command();
                let finding = if certs.service.takes_full_chain() && count == 3 {
                    out.report(
                        format!("`{name}` takes no CA bundle: the MMP refuses the third file, and the service keeps what it had"),
                        certs.arguments[2].at,
                        "one file too many",
                    )
                } else {
                    out.report(
                        format!(
                            "`{name}` takes {files}; here {} {count}: the MMP refuses the command",
                            if count == 1 { "stands" } else { "stand" }
                        ),
                        command.at,
                        format!("{count} {}", if count == 1 { "file" } else { "files" }),
                    )
                };
                finding.help(if certs.service.takes_full_chain() {
                    format!("put the certificate, its intermediates and the root into one file, in this order, and name it: `{name} KEY FULLCHAIN`")
                } else {
                    format!("`{name}` takes {files}")
                });
            }
            CommandKind::CertsForgotten(what) => {
                let (with, help) = if *what == "webbridge3" {
                    ("`https` or `c2w`", "write `webbridge3 https certs KEY FULLCHAIN` and `webbridge3 c2w certs KEY FULLCHAIN`".to_owned())
                } else {
                    ("`certs`", format!("write `{what} certs …`"))
                };
                out.report(
                    format!(
                        "{with} is missing from `{}`: the MMP refuses the command, and no certificate is set",
                        command.head(3)
                    ),
                    command.at,
                    format!("without {with}"),
                )
                .help(help);
            }
            CommandKind::Database(step, argument) => {
                let (name, wants) = match step {
                    DatabaseStep::LocalNode => ("localnode", Some("the interface, such as `a`")),
                    DatabaseStep::Join => ("join", Some("the name or address of the primary")),
                    DatabaseStep::Connect => ("connect", Some("the name or address of the primary")),
                    DatabaseStep::Initialize => ("initialize", None),
                    DatabaseStep::Remove => ("remove", None),
                };
                match (wants, argument) {
                    (Some(wants), None) => {
                        out.report(
                            format!("`database cluster {name}` needs {wants}: the MMP refuses the command"),
                            command.at,
                            "something is missing behind this",
                        )
                        .help(format!("add {wants}"));
                    }
                    (None, Some(extra)) if !extra.is_placeholder() => {
                        out.report(
                            format!("`database cluster {name}` takes nothing behind it, and `{}` stands there: the MMP refuses the line", extra.text),
                            extra.at,
                            "does not belong here",
                        )
                        .help("one command a line; `initialize` is for the primary alone, `join` for every other member");
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// What a file must be in its place.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Wants {
    Key,
    Certificate,
}

/// The files of a command with what each must be.
fn wanted(certs: &Certs) -> impl Iterator<Item = (Wants, &Said)> {
    let count = certs.arguments.len();
    certs.arguments.iter().enumerate().filter(|(_, it)| !it.is_placeholder() && it.text != "none").map(
        move |(at, it)| {
            let key = at == 0 || (certs.service == Service::Database && count == 5 && at == 2);
            (if key { Wants::Key } else { Wants::Certificate }, it)
        },
    )
}

fn ending(name: &str) -> Option<String> {
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase())
}

/// Endings that can never stand in a place.
fn is_wrong(wants: Wants, name: &str) -> Option<&'static str> {
    let Some(ending) = ending(name) else { return Some("has no ending") };
    Some(match (wants, ending.as_str()) {
        (_, "csr") => "is a request",
        (_, "p12" | "pfx") => "is a PKCS#12",
        (_, "p7b" | "p7c") => "is a PKCS#7",
        (Wants::Key, "crt" | "cer" | "pem") => "has the ending of a certificate",
        (Wants::Certificate, "key") => "has the ending of a key",
        _ => return None,
    })
}

/// See the card.
pub(crate) fn wrong_extension(model: &Model, out: &mut Findings) {
    for typed in commands(model) {
        let CommandKind::Certs(certs) = &typed.command.kind else { continue };
        let (allowed, _) = certs.service.files();
        // Another number of files, or another order, is told as that.
        if certs.is_swapped() || !(allowed.contains(&certs.arguments.len())) {
            continue;
        }
        for (wants, said) in wanted(certs) {
            let Some(why) = is_wrong(wants, said.trimmed()) else { continue };
            let (place, endings) = match wants {
                Wants::Key => ("a private key", "`.key`"),
                Wants::Certificate => ("a certificate", "`.crt`, `.cer` or `.pem`"),
            };
            out.report(
                format!(
                    "`{}` needs {place} in this place, and `{}` {why}: the MMP refuses the command",
                    certs.service.certs_command(),
                    said.trimmed()
                ),
                said.at,
                format!("{place} belongs here"),
            )
            .help(match why {
                "is a request" => "name the certificate that the authority sent back for this request".to_owned(),
                "is a PKCS#12" => "take key and certificates out with `pki pkcs12-to-ssl`, and name those".to_owned(),
                "is a PKCS#7" => "take the certificates out (`openssl pkcs7 -print_certs`), put them into one file of PEM, and name that".to_owned(),
                _ => format!("name the file with the ending {endings}"),
            });
        }
    }
}

/// See the card.
pub(crate) fn swapped_args(model: &Model, out: &mut Findings) {
    for typed in commands(model) {
        let CommandKind::Certs(certs) = &typed.command.kind else { continue };
        if !certs.is_swapped() {
            continue;
        }
        let name = certs.service.certs_command();
        let first = certs.arguments.windows(2).find(|pair| {
            ending(&pair[0].text).is_none_or(|it| it != "key")
                && ending(&pair[1].text).is_some_and(|it| it == "key")
        });
        let Some([certificate, key]) = first else { continue };
        out.report(
            format!("`{name}` takes the key first, and here the certificate stands before it: the MMP refuses the command"),
            certificate.at,
            "the key belongs here",
        )
        .label(key.at, "the key")
        .help(format!("write `{} {}`", key.text, certificate.text));
    }
}

/// See the card.
pub(crate) fn pair_names(model: &Model, out: &mut Findings) {
    for (node, id, _) in model.cms.sessions() {
        let mut told: Vec<String> = Vec::new();
        let pairs: Vec<_> = node
            .slots
            .iter()
            .enumerate()
            .filter(|(_, it)| it.session.0 == id && !it.from_state)
            .filter_map(|(at, it)| Some((at, it.key.as_ref()?, &it.certificate, it.service)))
            .collect();
        let stem = |name: &'_ Said| {
            name.trimmed().rsplit_once('.').map_or(name.trimmed().to_owned(), |(it, _)| it.to_owned())
        };
        for (at, (_, key, certificate, _)) in pairs.iter().enumerate() {
            let same = |it: &&(usize, &Said, &Said, Service)| {
                stem(it.2) == stem(certificate) && (it.1.text != key.text || it.2.text != certificate.text)
            };
            let Some((_, other_key, other_certificate, _)) = pairs[at + 1..].iter().find(same) else {
                continue;
            };
            let there = |said: &Said| {
                model.estate.pointers.iter().any(|it| it.at == said.at && it.to.file().is_some())
            };
            let differing: Vec<(&Said, &Said)> = [(*key, *other_key), (*certificate, *other_certificate)]
                .into_iter()
                .filter(|(one, other)| one.text != other.text)
                .collect();
            if differing.iter().all(|(one, other)| there(one) && there(other))
                || told.contains(&stem(certificate))
            {
                continue;
            }
            told.push(stem(certificate));
            if node
                .slots
                .iter()
                .any(|it| stem(&it.certificate) == stem(certificate) && is_contradicted(model, node, it))
            {
                continue;
            }
            let Some((one, other)) = differing.first() else { continue };
            let names: Vec<String> =
                differing.iter().map(|(one, other)| format!("`{}` and `{}`", one.text, other.text)).collect();
            let finding = out.report(
                format!(
                    "one pair of key and certificate has two names here: {}; a certificate has one key, so one of the commands is refused",
                    names.join(", ")
                ),
                other.at,
                "this name",
            );
            finding.label(one.at, "and this one for the same");
            for (one, other) in differing.iter().skip(1) {
                finding.label(other.at, "this name").label(one.at, "and this one for the same");
            }
            finding
                .level(Level::Warning)
                .help("look with `pki list` which of them is on the server, and use that everywhere");
        }
    }
}

/// A state of the same node shows other files: that says which name is the right one.
fn is_contradicted(model: &Model, node: &Node, slot: &Slot) -> bool {
    model.cms.sessions_of(node).any(|(_, session)| {
        session.states().any(|(at, state)| !slot.differences(session, at, state).is_empty())
    })
}
