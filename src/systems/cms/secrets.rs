//! Passwords in consoles and scripts: what must not be shown, and what is worth a word.

use crate::{
    model::{cms::Unit, said::is_placeholder},
    source::{FileId, Location, Span},
    systems::secrets::is_secret_name,
};

use super::{
    lines::{Line, lines, words},
    states,
};

/// Values that are none.
const NONE: &[&str] = &["", "none", "enabled", "disabled", "true", "false", "not", "set", "(none)", "hidden"];

/// The spans to mask; what is a password in the open is noted in the unit.
pub(super) fn find(file: FileId, text: &str, unit: &mut Unit) -> Vec<Span> {
    let mut masked = Vec::new();
    for line in lines(text) {
        let found = of_state(file, &line).or_else(|| of_command(file, &line));
        let Some((at, span, what)) = found else { continue };
        masked.push(span);
        unit.secrets.push((at, what));
    }
    masked
}

/// `Password : secret`
fn of_state(file: FileId, line: &Line<'_>) -> Option<(Location, Span, String)> {
    let field = states::field(file, line)?;
    let compact: String = field.label.chars().filter(|it| !it.is_whitespace()).collect();
    let value = field.value.text.as_str();
    if !is_secret_name(&compact) || field.label.to_ascii_lowercase().contains("short term") || is_none(value)
    {
        return None;
    }
    let crate::source::Place::Text(span) = field.value.at.place else { return None };
    Some((field.value.at, span, format!("the value of `{}`", field.label)))
}

/// `turn credentials USER PASSWORD REALM`, `snmp user add NAME PASSWORD …` and the like.
fn of_command(file: FileId, line: &Line<'_>) -> Option<(Location, Span, String)> {
    let words = words(file, line);
    let word = |at: usize| words.get(at).map_or("", |it| it.said.text.as_str());
    let (at, what) = match (word(0), word(1), word(2)) {
        ("turn", "credentials", _) => (3, "the password of the TURN server"),
        ("turn", "secret" | "shared-secret", _) => (2, "the shared secret of the TURN server"),
        ("snmp", "user", "add") => (4, "the password of an SNMP user"),
        ("uploader", "rev" | "cms", "password") => (3, "a password of the uploader"),
        ("scheduler", "email", "password") => (3, "the password of the mail account"),
        ("pki", "unlock", _) => (3, "the password of a key"),
        ("ldap", "password", _) => (2, "the password of the LDAP account"),
        ("user", "add" | "passwd", _) if words.len() == 5 => (4, "the password of a user"),
        _ => return None,
    };
    let said = &words.get(at)?.said;
    if is_none(&said.text) {
        return None;
    }
    let crate::source::Place::Text(span) = said.at.place else { return None };
    Some((said.at, span, what.to_owned()))
}

/// Nothing, a word for it, or a secret that somebody hid already.
fn is_none(value: &str) -> bool {
    NONE.iter().any(|it| value.eq_ignore_ascii_case(it))
        || is_placeholder(value)
        || value.bytes().all(|it| matches!(it, b'*' | b'x' | b'X' | b'.' | b'#'))
        || value.starts_with('<')
        || value.starts_with("[REDACTED")
}
