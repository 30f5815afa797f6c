//! Cmdlets, methods and resources of PowerShell that make bindings.

use crate::{
    model::{
        Said,
        iis::{Command, CommandKind},
    },
    syntax::commands::{CommandLine, Ending, Word},
};

use super::Script;

/// Parameters of a cmdlet with the names that arguments have here; a parameter may be cut short.
struct Cmdlet {
    name: &'static str,
    kind: CommandKind,
    parameters: &'static [(&'static str, &'static str)],
    /// What stands without a name.
    positions: &'static [&'static str],
}

const CMDLETS: &[Cmdlet] = &[
    Cmdlet {
        name: "New-WebBinding",
        kind: CommandKind::NewWebBinding,
        parameters: &[
            ("name", "name"),
            ("protocol", "protocol"),
            ("port", "port"),
            ("ipaddress", "ipaddress"),
            ("hostheader", "hostheader"),
            ("sslflags", "sslflags"),
            ("force", "force"),
        ],
        positions: &["name"],
    },
    Cmdlet {
        name: "New-IISSiteBinding",
        kind: CommandKind::NewIisSiteBinding,
        parameters: &[
            ("name", "name"),
            ("bindinginformation", "bindinginformation"),
            ("protocol", "protocol"),
            ("certificatethumbprint", "certhash"),
            ("certstorelocation", "certstorename"),
            ("sslflag", "sslflags"),
            ("force", "force"),
            ("passthru", "passthru"),
        ],
        positions: &["name", "bindinginformation"],
    },
    Cmdlet {
        name: "New-Item",
        kind: CommandKind::SslBindingItem,
        parameters: &[
            ("path", "path"),
            ("name", "itemname"),
            ("value", "value"),
            ("thumbprint", "certhash"),
            ("sslflags", "sslflags"),
            ("force", "force"),
            ("itemtype", "itemtype"),
            ("store", "certstorename"),
        ],
        positions: &["path"],
    },
];

/// Parameters without a value.
const SWITCHES: &[&str] = &["force", "passthru"];

const METHOD: &str = ".AddSslCertificate(";

/// What a command does about bindings.
pub(super) fn read(line: &CommandLine, script: Script<'_>) -> Vec<Command> {
    let mut found: Vec<Command> = line.words.iter().filter_map(|it| method(it, script)).collect();
    let known = line.words.iter().enumerate().find_map(|(at, word)| {
        let cmdlet = CMDLETS.iter().find(|it| !word.quoted && word.text.eq_ignore_ascii_case(it.name))?;
        Some((at, cmdlet))
    });
    if let Some((at, cmdlet)) = known {
        let mut command = cmdlet_arguments(cmdlet, &line.words[at + 1..], script);
        let last = line.words.last().map_or(line.span, |it| it.span);
        command.at = (script.place)(line.words[at].span.to(last));
        if cmdlet.kind != CommandKind::SslBindingItem || name_endpoint(&mut command) {
            found.push(command);
        }
    }
    found
}

fn cmdlet_arguments(cmdlet: &Cmdlet, words: &[Word], script: Script<'_>) -> Command {
    let mut arguments: Vec<(String, Said)> = Vec::new();
    let mut positions = cmdlet.positions.iter();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let parameter = word
            .text
            .strip_prefix('-')
            .filter(|it| !word.quoted && it.starts_with(|c: char| c.is_ascii_alphabetic()));
        let Some(parameter) = parameter else {
            if !word.quoted && word.text.starts_with('@') && !word.text.starts_with("@(") {
                // Splatting: what else is passed stands elsewhere.
                arguments.push(("splat".to_owned(), script.whole(word)));
            } else if let Some(name) = positions.next() {
                arguments.push(((*name).to_owned(), script.whole(word)));
            }
            continue;
        };
        let (written, value) =
            parameter.split_once(':').map_or((parameter, None), |(name, value)| (name, Some(value)));
        let written = written.to_ascii_lowercase();
        let exact = cmdlet.parameters.iter().find(|(it, _)| *it == written);
        let known = exact.or_else(|| cmdlet.parameters.iter().find(|(it, _)| it.starts_with(&*written)));
        let name = known.map_or(written.as_str(), |(_, name)| *name);
        let said = match value {
            Some(value) if !value.is_empty() => {
                script.said(word, word.text.len() - value.len()..word.text.len())
            }
            _ if SWITCHES.contains(&name) => script.said(word, word.text.len()..word.text.len()),
            _ => match words.next_if(|it| it.quoted || !is_parameter(&it.text)) {
                Some(next) => script.whole(next),
                None => script.said(word, word.text.len()..word.text.len()),
            },
        };
        arguments.push((name.to_owned(), said));
    }
    let at = (script.place)(crate::source::Span::default());
    Command { kind: cmdlet.kind, at, powershell: true, arguments, bare_braces: None }
}

fn is_parameter(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|it| it.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Takes `IIS:\SslBindings\0.0.0.0!443!host` apart. Whether the command is about such an item at all.
fn name_endpoint(command: &mut Command) -> bool {
    let Some(path) = command.argument("path").cloned() else { return false };
    let text = path.trimmed();
    let provider = text.to_ascii_lowercase().contains("sslbindings");
    let mut item = text.rsplit(['\\', '/']).next().unwrap_or(text);
    if let Some(name) = command.argument("itemname").filter(|_| provider) {
        item = name.trimmed();
    }
    let parts: Vec<String> = item.split('!').map(str::to_owned).collect();
    let port = parts.get(1).is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()));
    if !provider && (!port || parts.len() > 3) {
        return false;
    }
    for (name, part) in ["ipaddress", "port", "hostheader"].into_iter().zip(&parts) {
        if parts.len() > 1 && !part.is_empty() {
            command.arguments.push((name.to_owned(), Said { text: part.clone(), at: path.at }));
        }
    }
    true
}

/// `$binding.AddSslCertificate($hash, "My")`
fn method(word: &Word, script: Script<'_>) -> Option<Command> {
    let lower = word.text.to_ascii_lowercase();
    if word.quoted {
        return None;
    }
    let start = lower.rfind(&METHOD.to_ascii_lowercase())? + METHOD.len();
    let inside = word.text.get(start..)?;
    let inside = inside.strip_suffix(')').unwrap_or(inside);
    let mut arguments = Vec::new();
    let mut from = start;
    for (name, part) in ["certhash", "certstorename"].into_iter().zip(top_level(inside)) {
        let value = part.trim().trim_matches(['"', '\'']);
        let at = from + part.find(value).unwrap_or_default();
        arguments.push((name.to_owned(), script.said(word, at..at + value.len())));
        from += part.len() + 1;
    }
    let at = (script.place)(word.span);
    Some(Command { kind: CommandKind::SslBindingItem, at, powershell: true, arguments, bare_braces: None })
}

/// Parts between commas that stand in no group.
fn top_level(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Properties of `xWebBindingInformation` with the names that arguments have here.
const PROPERTIES: &[(&str, &str)] = &[
    ("ipaddress", "ipaddress"),
    ("hostname", "hostheader"),
    ("certificatethumbprint", "certhash"),
    ("certificatestorename", "certstorename"),
];

/// The name that an argument has here by the name of a property of DSC.
pub(in crate::systems::iis_config) fn property(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    PROPERTIES.iter().find(|(it, _)| *it == name).map_or(name, |(_, known)| (*known).to_owned())
}

/// Whether a name is that of the resource that describes a binding.
fn is_resource(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "msft_xwebbindinginformation"
            | "dsc_webbindinginformation"
            | "xwebbindinginformation"
            | "webbindinginformation"
            | "msft_webbindinginformation"
    )
}

/// A block `DSC_WebBindingInformation { Protocol = 'https'; … }`; `rest` is what stands in it and behind it.
pub(super) fn resource(line: &CommandLine, rest: &[CommandLine], script: Script<'_>) -> Option<Command> {
    let name = line.words.iter().find(|it| is_resource(&it.text))?;
    let mut arguments = Vec::new();
    let mut depth = 0_usize;
    for inner in rest {
        // What stands in a group was seen as a part of the value.
        if depth == 0 && inner.end != Ending::Group {
            arguments.extend(assignment(inner, script));
        }
        match inner.end {
            Ending::BlockOpens => depth += 1,
            Ending::BlockCloses if depth == 0 => break,
            Ending::BlockCloses => depth -= 1,
            _ => {}
        }
    }
    let at = (script.place)(name.span);
    Some(Command { kind: CommandKind::Dsc, at, powershell: true, arguments, bare_braces: None })
}

/// `Name = value`, in whatever way blanks stand around the sign.
fn assignment(line: &CommandLine, script: Script<'_>) -> Option<(String, Said)> {
    let (first, rest) = line.words.split_first()?;
    if let Some((name, value)) = first.text.split_once('=') {
        let from = name.len() + 1;
        let said = match rest.first() {
            Some(next) if value.is_empty() => script.whole(next),
            _ => script.said(first, from..first.text.len()),
        };
        return Some((property(name), said));
    }
    let second = rest.first()?;
    let value = second.text.strip_prefix('=')?;
    let said =
        if value.is_empty() { script.whole(rest.get(1)?) } else { script.said(second, 1..second.text.len()) };
    Some((property(&first.text), said))
}
