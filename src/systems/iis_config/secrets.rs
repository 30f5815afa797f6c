//! Passwords in configuration and scripts of Windows are masked where they are read, so that nothing later can show them.

use super::super::secrets::{NAMES, is_secret_name};
use crate::{
    source::{Source, Span},
    syntax::xml::{Attribute, Xml},
};

/// Attributes that hold keys.
const KEYS: &[&str] = &["sessionKey", "validationKey", "decryptionKey"];

/// No name is longer.
const LONGEST: usize = 64;

/// How an encrypted value begins.
pub(super) const ENCRYPTED: &str = "[enc:";

/// Masks secrets anywhere in a document.
pub(super) fn mask_xml(source: &mut Source, xml: &Xml) {
    let mut spans: Vec<Span> = Vec::new();
    for element in xml.elements() {
        // An entry of `appSettings` says by its key what its value is.
        let named = ["key", "name"].iter().filter_map(|it| element.attribute_ignoring_case(it));
        let named = named.into_iter().any(|it| is_secret_name(&it.value));
        for attribute in &element.attributes {
            let is_value = attribute.name.eq_ignore_ascii_case("value");
            if is_secret(attribute) || (named && is_value) {
                spans.push(attribute.value_span);
            }
        }
        if is_secret_name(element.local()) && element.children.is_empty() {
            spans.push(element.text_span);
        }
    }
    for span in spans {
        source.mask(span);
    }
    // Connection strings, comments, and values that a broken tag hides.
    mask_text(source);
}

fn is_secret(attribute: &Attribute) -> bool {
    is_secret_name(&attribute.name)
        || KEYS.iter().any(|it| it.eq_ignore_ascii_case(&attribute.name))
        || attribute.value.trim_start().starts_with(ENCRYPTED)
}

/// Masks what follows a name of a secret in any text: `-Password x`, `password: x`, `Pwd=x;`, and encrypted values.
pub(super) fn mask_text(source: &mut Source) {
    let spans = in_text(&source.text);
    for span in spans {
        source.mask(span);
    }
}

fn in_text(text: &str) -> Vec<Span> {
    let lower = text.to_ascii_lowercase();
    let mut spans = Vec::new();
    // What lies inside of a value that was found is not looked at again, so that the work stays in proportion.
    let mut each = |word: &str, find: &dyn Fn(usize) -> Option<Span>| {
        let mut covered = 0;
        for (at, _) in lower.match_indices(word).filter(|(at, _)| *at + word.len() <= text.len()) {
            if at < covered {
                continue;
            }
            if let Some(span) = find(at + word.len()) {
                covered = span.end as usize;
                spans.push(span);
            }
        }
    };
    each(ENCRYPTED, &|start| {
        let rest = &text[start..];
        let end = rest.find([']', '"', '\n']).unwrap_or(rest.len());
        Some(Span::new(start, start + end))
    });
    for word in NAMES {
        each(word, &|end| behind_name(text, end));
    }
    each("securestring", &|end| argument(text, end));
    // Parameters whose letter means a password for these programs alone.
    for (program, parameters) in [("certutil", [" -p ", " /p "]), ("curl", [" -u ", " --user "])] {
        each(program, &|end| {
            let line = &lower[end..];
            let line = &line[..line.find('\n').unwrap_or(line.len())];
            let found = parameters.iter().filter_map(|it| Some(line.find(it)? + it.len() - 1)).min();
            found.and_then(|at| argument(text, end + at))
        });
    }
    spans
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The value behind `name=`, `name:`, `name = `, or behind a parameter `-name`. A part of the name ends at `end`.
fn behind_name(text: &str, end: usize) -> Option<Span> {
    let before = &text.as_bytes()[end.saturating_sub(LONGEST)..end];
    let start = end - before.iter().rev().take_while(|it| is_name_byte(**it)).count();
    let name_end =
        end + text.as_bytes()[end..].iter().take(LONGEST).take_while(|it| is_name_byte(**it)).count();
    let name = &text[start..name_end];
    if !is_secret_name(name) {
        return None;
    }
    let behind = &text[name_end..];
    let trimmed = behind.trim_start_matches(['"', '\'', ' ', '\t', ']']);
    if let Some(value) = trimmed.strip_prefix(['=', ':']) {
        return value_at(text, text.len() - value.len());
    }
    // A parameter of a cmdlet has its value behind a blank.
    let parameter = name.starts_with('-') && behind.starts_with([' ', '\t']);
    if parameter { argument(text, name_end) } else { None }
}

/// The argument of a parameter, unless another parameter follows.
fn argument(text: &str, from: usize) -> Option<Span> {
    let rest = &text[from..];
    let value = rest.trim_start_matches([' ', '\t']);
    if value.starts_with('-') || value.len() == rest.len() {
        return None;
    }
    value_at(text, text.len() - value.len())
}

/// The value that begins here: to the closing quote, or to the end of the word. What only names a value is none.
fn value_at(text: &str, from: usize) -> Option<Span> {
    let rest = &text[from..];
    let value = rest.trim_start_matches([' ', '\t']);
    let start = text.len() - value.len();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let start = start + quote.map_or(0, char::len_utf8);
    let value = &text[start..];
    if value.starts_with(['$', '{', '%', '(', '@', '<']) {
        return None;
    }
    let end = match quote {
        Some(quote) => value.find([quote, '\n']),
        None => value
            .find(|c: char| c.is_whitespace() || matches!(c, ';' | '"' | '\'' | '>' | '<' | ',' | ')' | '&')),
    };
    let end = end.unwrap_or(value.len());
    (end > 0).then(|| Span::new(start, start + end))
}

#[cfg(test)]
mod tests {
    use super::mask_text;
    use crate::source::{Encoding, Source};

    fn masked(text: &str) -> String {
        let mut source = Source::text("x.ps1", text.to_owned(), Encoding::Utf8 { bom: false });
        mask_text(&mut source);
        source.text
    }

    #[test]
    fn secrets_of_scripts_are_gone() {
        for text in [
            "New-X -Password hunter2 -Name a",
            "-PrivateKeyPassword 'hunter2'",
            "$password = \"hunter2\"",
            "ConvertTo-SecureString \"hunter2\" -AsPlainText",
            "password: hunter2",
            "ansible_password: 'hunter2'",
            "connectionString=\"Server=x;Pwd=hunter2;\"",
            "PASSWORD=hunter2",
            "password=\"[enc:AesProvider:hunter2:enc]\"",
            "{\"password\": \"hunter2\"}",
        ] {
            let masked = masked(text);
            assert!(!masked.contains("hunter2"), "{masked}");
            assert_eq!(masked.len(), text.len());
        }
    }

    #[test]
    fn long_texts_take_no_longer_than_they_are_long() {
        for piece in ["pwd", "pwd=", "pwd= ", "password", "-pwd a ", "[enc:", "securestring ", "pwd='"] {
            let started = std::time::Instant::now();
            masked(&piece.repeat(200_000));
            let took = started.elapsed();
            assert!(took.as_secs() < 10, "{piece:?}: {took:?}");
        }
    }

    #[test]
    fn names_of_secrets_stay() {
        for text in
            ["-Password $pw -Name a", "password: \"{{ vault_pw }}\"", "passwordFormat=\"SHA1\"", "set %PWD%"]
        {
            assert_eq!(masked(text), text);
        }
    }
}
