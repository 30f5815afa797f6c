//! `appcmd set site … sslFlags`, in the ways in which a binding is written there.

use crate::{
    model::iis::{Command, CommandKind},
    syntax::commands::{CommandLine, Word},
};

use super::Script;

/// Keys of a binding, with the names that arguments have here.
const KEYS: &[(&str, &str)] =
    &[("protocol", "protocol"), ("bindinginformation", "bindinginformation"), ("sslflags", "sslflags")];

pub(super) fn read(line: &CommandLine, script: Script<'_>) -> Option<Command> {
    let at = line.words.iter().position(|it| is_appcmd(&it.text))?;
    let rest = &line.words[at + 1..];
    let is = |index: usize, wanted: &[&str]| {
        rest.get(index).is_some_and(|it| wanted.iter().any(|word| it.text.eq_ignore_ascii_case(word)))
    };
    if !(is(0, &["set", "add"]) && is(1, &["site", "config"])) {
        return None;
    }
    let mut arguments = Vec::new();
    for word in &rest[2..] {
        let lower = word.text.to_ascii_lowercase();
        for (key, name) in KEYS {
            if let Some(range) = value(word, &lower, key) {
                arguments.push(((*name).to_owned(), script.said(word, range)));
            }
        }
        for key in ["/site.name:", "/name:", "[name="] {
            if let Some(start) = lower.find(key) {
                let start = start + key.len();
                let text = word.text[start..].trim_start_matches(['"', '\'']);
                let start = word.text.len() - text.len();
                let end = start + text.find(['\'', '"', ']']).unwrap_or(text.len());
                arguments.push(("name".to_owned(), script.said(word, start..end)));
                break;
            }
        }
    }
    let binding = arguments.iter().any(|(name, _)| name == "sslflags" || name == "bindinginformation");
    let last = line.words.last()?;
    binding.then(|| Command {
        kind: CommandKind::Appcmd,
        at: (script.place)(line.words[at].span.to(last.span)),
        powershell: script.powershell,
        arguments,
        bare_braces: None,
    })
}

fn is_appcmd(word: &str) -> bool {
    let name = word.rsplit(['\\', '/', '@']).next().unwrap_or(word);
    name.eq_ignore_ascii_case("appcmd") || name.eq_ignore_ascii_case("appcmd.exe")
}

/// `key='value'`, `key=value`, `.key:value`; the last one, because a value that is set stands behind the one it is
/// found by.
fn value(word: &Word, lower: &str, key: &str) -> Option<std::ops::Range<usize>> {
    let start = lower
        .rmatch_indices(key)
        .map(|(at, _)| at + key.len())
        .find(|at| lower[*at..].starts_with(['=', ':']))?
        + 1;
    let quoted = word.text[start..].starts_with(['\'', '"']);
    let start = start + usize::from(quoted);
    let text = &word.text[start..];
    let end = text.find(if quoted { &['\'', '"'][..] } else { &[',', ']', '\'', '"', '/'][..] });
    Some(start..start + end.unwrap_or(text.len()))
}
