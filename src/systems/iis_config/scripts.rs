//! Commands in scripts that change bindings of sites or records of http.sys: `netsh`, cmdlets, `appcmd`, DSC.

use crate::{
    model::{
        Said,
        iis::{Command, CommandKind},
    },
    source::{Location, Span},
    syntax::commands::{self, CommandLine, Dialect, Ending, Word},
};

mod appcmd;
mod cmdlets;

pub(super) use cmdlets::property;

/// Scripts inside of scripts that are looked into.
const DEPTH: usize = 3;

/// Arguments of `netsh http add sslcert` in the order in which they may stand without their names.
const POSITIONS: &[&str] = &[
    "ipport",
    "certhash",
    "appid",
    "certstorename",
    "verifyclientcertrevocation",
    "verifyrevocationwithcachedclientcertonly",
    "usagecheck",
    "revocationfreshnesstime",
    "urlretrievaltimeout",
    "sslctlidentifier",
    "sslctlstorename",
    "dsmapperusage",
    "clientcertnegotiation",
    "reject",
];

/// Arguments that say which record is meant; they take the first place.
const KEYS: &[&str] = &["ipport", "hostnameport", "ccs", "scopedccs"];

/// Words that every script has that is worth splitting.
const MARKS: &[&str] =
    &["sslcert", "webbinding", "sitebinding", "sslbindings", "addsslcertificate", "appcmd"];

/// Whether a text may hold one of the commands.
pub(super) fn may_hold(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    MARKS.iter().any(|mark| text.contains(mark))
}

/// How a script is read.
#[derive(Copy, Clone)]
pub(super) struct Script<'p> {
    pub(super) dialect: Dialect,
    /// PowerShell reads it, for certain.
    pub(super) powershell: bool,
    /// Where a stretch of the text stands in the file.
    pub(super) place: &'p dyn Fn(Span) -> Location,
}

impl Script<'_> {
    fn said(&self, word: &Word, range: std::ops::Range<usize>) -> Said {
        Said { text: word.text[range.clone()].to_owned(), at: (self.place)(word.place(range)) }
    }

    fn whole(&self, word: &Word) -> Said {
        self.said(word, 0..word.text.len())
    }
}

/// The commands of a script, in their order.
pub(super) fn read(text: &str, script: Script<'_>, found: &mut Vec<Command>) {
    read_nested(text, script, 0, found);
}

fn read_nested(text: &str, script: Script<'_>, depth: usize, found: &mut Vec<Command>) {
    if depth > DEPTH || !may_hold(text) {
        return;
    }
    let lines = commands::split(text, script.dialect);
    // Groups come before what holds them; a reader expects the order of the text.
    let start = found.len();
    for (index, line) in lines.iter().enumerate() {
        if line.words.first().is_some_and(|it| is_talk(&it.text)) {
            continue;
        }
        if let Some(command) = netsh(line, script).or_else(|| appcmd::read(line, script)) {
            found.push(command);
            continue;
        }
        found.extend(cmdlets::read(line, script));
        if line.end == Ending::BlockOpens {
            found.extend(cmdlets::resource(line, &lines[index + 1..], script));
        }
        for word in line.words.iter().filter(|it| it.quoted && may_hold(&it.text)) {
            let place = |span: Span| (script.place)(word.place(span.range()));
            let inner = Script { dialect: Dialect::Cmd, powershell: false, place: &place };
            read_nested(&word.text, inner, depth + 1, found);
        }
    }
    found[start..].sort_by_key(|it| it.at);
}

/// A command that tells somebody something, and does not do what it speaks of.
fn is_talk(word: &str) -> bool {
    let word = word.trim_start_matches('@').to_ascii_lowercase();
    word.starts_with("write-") || matches!(word.as_str(), "echo" | "echo." | "printf" | "throw" | "out-host")
}

/// `netsh http add|update|delete sslcert …`, wherever in the command it begins.
fn netsh(line: &CommandLine, script: Script<'_>) -> Option<Command> {
    let is = |word: Option<&Word>, wanted: &str| word.is_some_and(|it| it.text.eq_ignore_ascii_case(wanted));
    let verb = (0..line.words.len()).find(|at| {
        let words = &line.words[*at..];
        is(words.get(1), "sslcert")
            && (*at == 0 || is(line.words.get(at - 1), "http"))
            && ["add", "update", "delete"].iter().any(|verb| is(words.first(), verb))
    })?;
    // Words such as `add sslcert` alone stand in the middle of `netsh` sessions, where `http` was said before.
    if verb == 0 {
        return None;
    }
    let kind = match line.words[verb].text.to_ascii_lowercase().as_str() {
        "add" => CommandKind::NetshAdd,
        "update" => CommandKind::NetshUpdate,
        _ => CommandKind::NetshDelete,
    };
    let rest = &line.words[verb + 2..];
    // What stands behind the mark is passed on as it is.
    let stopped = line.words[..verb + 2].iter().any(|it| it.text == "--%");
    let mut arguments: Vec<(String, Said)> = Vec::new();
    let mut bare_braces = None;
    let mut words = rest.iter().peekable();
    while let Some(word) = words.next() {
        if is_redirection(&word.text) {
            break;
        }
        if word.text == "--%" {
            continue;
        }
        if script.powershell && !stopped && bare_braces.is_none() {
            bare_braces = word.braces.map(|it| (script.place)(it));
        }
        if is_name(&word.text) && words.next_if(|it| it.text == "=").is_some() {
            // Blanks around the sign, as in pages that a machine translated; there is no doubt about what is meant.
            let value = words.next().map(|it| script.whole(it));
            arguments.extend(value.map(|it| (word.text.to_ascii_lowercase(), it)));
            continue;
        }
        match word.text.split_once('=').filter(|(name, _)| is_name(name)) {
            Some((name, "")) if words.peek().is_some_and(|it| !it.text.contains('=')) => {
                // A blank behind the sign: the value is the next word.
                let value = words.next().map(|it| {
                    if script.powershell && !stopped && bare_braces.is_none() {
                        bare_braces = it.braces.map(|it| (script.place)(it));
                    }
                    script.whole(it)
                });
                arguments.extend(value.map(|it| (name.to_ascii_lowercase(), it)));
            }
            Some((name, _)) => {
                let said = script.said(word, name.len() + 1..word.text.len());
                arguments.push((name.to_ascii_lowercase(), said));
            }
            None if word.text.is_empty() => {}
            None => {
                let taken = |name: &str| arguments.iter().any(|(it, _)| it == name);
                let key = KEYS.iter().any(|it| taken(it));
                let free = POSITIONS.iter().find(|it| !(taken(it) || (**it == "ipport" && key)));
                let Some(name) = free else { break };
                arguments.push(((*name).to_owned(), script.whole(word)));
            }
        }
    }
    let first = (0..verb).rev().find(|at| is_netsh(&line.words[*at].text)).unwrap_or(verb.saturating_sub(1));
    let last = line.words.last()?;
    let at = (script.place)(line.words[first].span.to(last.span));
    Some(Command { kind, at, powershell: script.powershell, arguments, bare_braces })
}

fn is_netsh(word: &str) -> bool {
    let name = word.rsplit(['\\', '/', '@']).next().unwrap_or(word);
    name.eq_ignore_ascii_case("netsh") || name.eq_ignore_ascii_case("netsh.exe")
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric())
}

/// `>nul`, `2>&1`
fn is_redirection(word: &str) -> bool {
    word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '*').starts_with('>')
}

#[cfg(test)]
mod tests;
