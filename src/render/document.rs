//! JSON as text that is safe to look at: what a terminal would act on stands as an escape, so that reading it back
//! gives the same.

use std::{fmt::Write as _, io};

use serde::Serialize;

use crate::finding::visible::acts;

/// Writes a document with indents, and a line feed behind it.
pub(super) fn write(value: &impl Serialize, to: &mut dyn io::Write) -> io::Result<()> {
    let mut text = harmless(serde_json::to_string_pretty(value)?);
    text.push('\n');
    to.write_all(text.as_bytes())
}

/// Escapes what JSON lets stand as it is: DEL, the controls from U+0080 on, and marks of direction. Outside of strings
/// only line feeds stand, which stay.
pub(super) fn harmless(json: String) -> String {
    let touched = |c: char| c != '\n' && acts(c);
    if !json.contains(touched) {
        return json;
    }
    let mut text = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if touched(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a `String` cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_back_as_what_they_stand_for() {
        let evil = "a\u{7f}\u{9b}31m\u{202e}\u{e0041}\u{1b}\n\\ü";
        let mut bytes = Vec::new();
        write(&vec![evil], &mut bytes).expect("memory takes everything");
        let text = String::from_utf8(bytes).expect("it is text");
        assert_eq!(text, "[\n  \"a\\u007f\\u009b31m\\u202e\\udb40\\udc41\\u001b\\n\\\\ü\"\n]\n");
        let back: Vec<String> = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(back, [evil]);
    }
}
