//! Templates that become JSON: what stands in them where a value would, and
//! what leaves nothing behind.

/// A placeholder stands on one line and is not longer than this, so that
/// looking for its end costs little where there is none.
const LONGEST: usize = 500;

/// The length of the placeholder that the text begins with: `{{ … }}`, `${…}`,
/// `<%= … %>`. `{{` cannot stand in JSON unless the key of the map between is
/// missing, and then something else than a name follows.
pub(super) fn end(text: &str) -> Option<usize> {
    if let Some(inside) = text.strip_prefix("{{") {
        let first = inside.trim_start_matches([' ', '\t', '-', '~']).chars().next()?;
        return (!matches!(first, '"' | '\'' | '{' | '}' | '[')).then(|| closed(text, "}}")).flatten();
    }
    match text.as_bytes() {
        [b'$', b'{', ..] => closed(text, "}"),
        [b'<', b'%', b'=', ..] => closed(text, "%>"),
        _ => None,
    }
}

/// The length of the statement that the text begins with: `{% if … %}`,
/// `{{#each …}}`, `{{- end }}`, `<% … %>`.
pub(super) fn statement(text: &str) -> Option<usize> {
    if let Some(inside) = text.strip_prefix("{{") {
        return is_statement(inside).then(|| closed(text, "}}")).flatten();
    }
    match text.as_bytes() {
        [b'{', b'%', ..] => closed(text, "%}"),
        [b'<', b'%', third, ..] if *third != b'=' => closed(text, "%>"),
        _ => None,
    }
}

/// Whether what stands behind `{{` steers the engine and is no value.
fn is_statement(inside: &str) -> bool {
    const WORDS: &[&str] = &["if", "else", "end", "range", "with", "define", "block"];
    let inside = inside.trim_start_matches([' ', '\t', '-', '~']);
    let word = inside.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    inside.starts_with(['#', '/', '!', '^']) || WORDS.contains(&word)
}

/// The length up to the end of `closing`, if that comes soon and on the line.
fn closed(text: &str, closing: &str) -> Option<usize> {
    let near = &text.as_bytes()[..text.len().min(LONGEST)];
    let line = memchr::memchr2(b'\n', b'\r', near).unwrap_or(near.len());
    memchr::memmem::find(&near[..line], closing.as_bytes()).map(|end| end + closing.len())
}
