//! Exports of the Windows registry (`reg export`, regedit): keys with their values, each with its place. Version 5 writes
//! texts among bytes as UTF-16, REGEDIT4 in a code page; both cut long lists of bytes into lines that end in a backslash.

use crate::source::Span;

/// More values than this are not read from one text.
const MAX_VALUES: usize = 500_000;

/// An export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reg {
    /// Bytes of texts are UTF-16: the first line is that of version 5.
    pub wide: bool,
    /// Keys in their order.
    pub keys: Vec<Key>,
    /// Comments, from behind the semicolon.
    pub comments: Vec<Span>,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The whole path, as written.
    pub path: String,
    /// The path, without brackets.
    pub span: Span,
    /// `[-HKEY…]`: the import removes it.
    pub removed: bool,
    /// Values in their order.
    pub values: Vec<Value>,
}

/// A value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Its name, escapes resolved; empty for the default value.
    pub name: String,
    /// The content without quotes, over all its lines.
    pub span: Span,
    /// What it is.
    pub content: Content,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text, escapes resolved.
    Text(String),
    /// `dword:`
    Number(u32),
    /// `hex:` and `hex(N):` with the number of its type; 3 where none is written.
    Bytes(u32, Vec<u8>),
    /// `"name"=-`: the import removes it.
    Removed,
    /// Anything else.
    Unreadable,
}

impl Key {
    /// A value by its name, in any case.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|it| it.name.eq_ignore_ascii_case(name))
    }
}

impl Reg {
    /// The text of a value that holds one, `REG_EXPAND_SZ` included.
    pub fn text(&self, value: &Value) -> Option<String> {
        match &value.content {
            Content::Text(text) => Some(text.clone()),
            Content::Bytes(1 | 2, bytes) => Some(self.decode(bytes).trim_end_matches('\0').to_owned()),
            _ => None,
        }
    }

    /// The texts of a `REG_MULTI_SZ`.
    pub fn texts(&self, value: &Value) -> Option<Vec<String>> {
        let Content::Bytes(7, bytes) = &value.content else { return None };
        Some(self.decode(bytes).split('\0').filter(|it| !it.is_empty()).map(str::to_owned).collect())
    }

    fn decode(&self, bytes: &[u8]) -> String {
        if !self.wide {
            return bytes.iter().map(|byte| char::from(*byte)).collect();
        }
        let (pairs, _) = bytes.as_chunks::<2>();
        char::decode_utf16(pairs.iter().map(|pair| u16::from_le_bytes(*pair)))
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }
}

/// Whether a text begins as an export does.
pub fn is_export(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with("Windows Registry Editor Version 5") || text.starts_with("REGEDIT4")
}

/// Reads an export. What is no key, value or comment is passed over.
pub fn parse(text: &str) -> Reg {
    let mut reg = Reg {
        wide: !text.trim_start_matches('\u{feff}').trim_start().starts_with("REGEDIT4"),
        ..Reg::default()
    };
    let mut at = 0;
    let mut values = 0;
    while at < text.len() {
        let end = line_end(text, at);
        let line = &text[at..end];
        let start = at + (line.len() - line.trim_start().len());
        let trimmed = line.trim();
        at = end + 1;
        if let Some(inner) = trimmed.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            let path = inner.strip_prefix('-').unwrap_or(inner);
            let from = start + 1 + (inner.len() - path.len());
            reg.keys.push(Key {
                path: path.to_owned(),
                span: Span::new(from, from + path.len()),
                removed: path.len() < inner.len(),
                values: Vec::new(),
            });
        } else if trimmed.starts_with(';') {
            reg.comments.push(Span::new(start + 1, start + trimmed.len()));
        } else if trimmed.starts_with(['"', '@'])
            && let Some((value, behind)) = value(text, start)
        {
            at = behind;
            values += 1;
            if values > MAX_VALUES {
                break;
            }
            if let Some(key) = reg.keys.last_mut() {
                key.values.push(value);
            }
        }
    }
    reg
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |length| at + length)
}

/// The value that begins at `at`, and where the next line begins.
fn value(text: &str, at: usize) -> Option<(Value, usize)> {
    let (name, behind) = if text[at..].starts_with('@') {
        (String::new(), at + 1)
    } else {
        let (name, _, behind) = quoted(text, at)?;
        (name, behind)
    };
    let rest = text[behind..].trim_start_matches([' ', '\t']).strip_prefix('=')?;
    let rest = rest.trim_start_matches([' ', '\t']);
    let from = text.len() - rest.len();
    let end = line_end(text, from);
    let line = text[from..end].trim_end();
    let single = |content| {
        let span = Span::new(from, from + line.len());
        Some((Value { name: name.clone(), span, content }, end + 1))
    };
    let lower = line.get(..line.len().min(12)).unwrap_or(line).to_ascii_lowercase();
    if line.starts_with('"') {
        let Some((content, span, behind)) = quoted(text, from) else { return single(Content::Unreadable) };
        return Some((Value { name, span, content: Content::Text(content) }, line_end(text, behind) + 1));
    }
    if lower.starts_with("dword:") {
        return single(
            u32::from_str_radix(line[6..].trim(), 16).map_or(Content::Unreadable, Content::Number),
        );
    }
    if line == "-" {
        return single(Content::Removed);
    }
    if !lower.starts_with("hex") {
        return single(Content::Unreadable);
    }
    let Some(colon) = line.find(':') else { return single(Content::Unreadable) };
    let kind = match &line[3..colon] {
        "" => Some(3),
        it => it
            .strip_prefix('(')
            .and_then(|it| it.strip_suffix(')'))
            .and_then(|it| u32::from_str_radix(it, 16).ok()),
    };
    let Some(kind) = kind else { return single(Content::Unreadable) };
    let (bytes, last, behind) = bytes(text, from + colon + 1);
    let content = bytes.map_or(Content::Unreadable, |bytes| Content::Bytes(kind, bytes));
    Some((Value { name, span: Span::new(from + colon + 1, last), content }, behind))
}

/// A text in quotes that begins at `at`: itself, its place and what follows. It may go over line ends, but not over the
/// next key.
fn quoted(text: &str, at: usize) -> Option<(String, Span, usize)> {
    let mut out = String::new();
    let mut points = text[at..].char_indices().skip(1);
    while let Some((offset, point)) = points.next() {
        match point {
            '"' => return Some((out, Span::new(at + 1, at + offset), at + offset + 1)),
            '\\' => out.extend(points.next().map(|(_, next)| next)),
            '\n' if text[at + offset + 1..].starts_with("[HKEY") => return None,
            _ => out.push(point),
        }
    }
    None
}

/// Bytes between commas from `at` on, over lines that end in a backslash; where they end and where the next line begins.
fn bytes(text: &str, at: usize) -> (Option<Vec<u8>>, usize, usize) {
    let mut out = Some(Vec::new());
    let mut from = at;
    loop {
        let end = line_end(text, from);
        let line = text[from..end].trim_end();
        let (list, goes_on) = line.strip_suffix('\\').map_or((line, false), |list| (list, true));
        for byte in list.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            match (u8::from_str_radix(byte, 16), &mut out) {
                (Ok(byte), Some(out)) => out.push(byte),
                _ => out = None,
            }
        }
        let close = from + line.len();
        if !goes_on || end >= text.len() {
            return (out, close, (end + 1).min(text.len()));
        }
        from = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Content, Reg, is_export, parse};

    const EXPORT: &str = concat!(
        "Windows Registry Editor Version 5.00\r\n\r\n",
        "[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\r\n; a comment\r\n",
        "\"Share\"=\"\\\\\\\\srv\\\\it's \\\"x\\\"\"\r\n\"Poll\"=dword:0000012c\r\n",
        "@=\"default\"\r\n",
        "\"Hash\"=hex:de,ad,\\\r\n  be,ef\r\n",
        "\"Path\"=hex(2):25,00,61,00,25,00,00,00\r\n",
        "\"List\"=hex(7):61,00,00,00,62,00,00,00,00,00\r\n",
        "\"Gone\"=-\r\n\"Odd\"=qword:1\r\n\r\n",
        "[-HKEY_LOCAL_MACHINE\\SOFTWARE\\B]\r\n",
    );

    #[test]
    fn values_of_all_kinds_are_read_with_their_places() {
        assert!(is_export(EXPORT));
        let reg = parse(EXPORT);
        assert!(reg.wide && reg.comments.len() == 1 && reg.keys.len() == 2);
        let key = &reg.keys[0];
        assert_eq!(key.path, "HKEY_LOCAL_MACHINE\\SOFTWARE\\A");
        assert_eq!(&EXPORT[key.span.range()], key.path);
        let text = |name: &str| reg.text(key.value(name).unwrap());
        assert_eq!(text("share").as_deref(), Some("\\\\srv\\it's \"x\""));
        assert_eq!(&EXPORT[key.value("Share").unwrap().span.range()], "\\\\\\\\srv\\\\it's \\\"x\\\"");
        assert_eq!(text("").as_deref(), Some("default"));
        assert_eq!(text("Path").as_deref(), Some("%a%"));
        assert_eq!(key.value("Poll").unwrap().content, Content::Number(300));
        let hash = key.value("Hash").unwrap();
        assert_eq!(hash.content, Content::Bytes(3, vec![0xde, 0xad, 0xbe, 0xef]));
        assert_eq!(&EXPORT[hash.span.range()], "de,ad,\\\r\n  be,ef");
        assert_eq!(reg.texts(key.value("List").unwrap()).unwrap(), ["a", "b"]);
        assert_eq!(key.value("Gone").unwrap().content, Content::Removed);
        assert_eq!(key.value("Odd").unwrap().content, Content::Unreadable);
        assert!(reg.keys[1].removed && reg.keys[1].path.ends_with("\\B"));
    }

    #[test]
    fn the_old_form_has_texts_in_a_code_page() {
        let reg = parse("REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\A]\n\"List\"=hex(7):61,62,00,63,00,00\n");
        assert!(!reg.wide);
        assert_eq!(reg.texts(&reg.keys[0].values[0]).unwrap(), ["ab", "c"]);
    }

    #[test]
    fn a_text_without_its_end_hides_no_key() {
        let reg = parse("REGEDIT4\n[HKEY_A]\n\"x\"=\"open\n\"y\"=dword:1\n\n[HKEY_B]\n\"z\"=dword:2\n");
        assert_eq!(reg.keys.len(), 2);
        assert_eq!(reg.keys[1].values[0].content, Content::Number(2));
    }

    fn places_lie_inside(text: &str, reg: &Reg) {
        for key in &reg.keys {
            assert!(text.get(key.span.range()).is_some());
            for value in &key.values {
                assert!(text.get(value.span.range()).is_some(), "{value:?}");
                let _ = (reg.text(value), reg.texts(value));
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "([\\[\\]\"@=;\\\\hex(7):,0-9a-fdwor \r\n-]|\\PC){0,200}") {
            places_lie_inside(&text, &parse(&text));
        }

        #[test]
        fn a_cut_export_is_read(cut in 0..EXPORT.len()) {
            places_lie_inside(&EXPORT[..cut], &parse(&EXPORT[..cut]));
        }
    }
}
