//! Text of strangers (file contents, names, messages that quote them) made fit
//! to be printed: nothing in it can move a cursor, hide a word or forge a line.

use std::{borrow::Cow, fmt::Write as _};

/// Whether a terminal would act on a character instead of showing it.
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line of printable text: what [`acts`] is written as an escape (`\u{1b}`).
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if acts(c) {
            push_escape(&mut shown, c);
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// The same with blanks folded, for messages that must stay on one line.
pub fn one_line(text: &str) -> String {
    visible(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// What servers that build and test take for a command wherever it stands in a log: GitHub and Azure, Azure, `TeamCity`.
const COMMANDS: [&str; 3] = ["[", "vso[", "teamcity["];

/// Lines of a log in which no build server finds a command: names of files and certificates are chosen by strangers. A
/// blank stands between the signs that would begin one.
pub fn inert(text: &str) -> Cow<'_, str> {
    inert_in(text, ": :", "# #")
}

/// The same for a format that has another way to write such a sign (`\u0023`, `&#35;`), so that its readers get what was
/// there: what stands for two colons at the start of a line, and for two signs of a number.
pub fn inert_in<'t>(text: &'t str, colons: &str, signs: &str) -> Cow<'t, str> {
    if !text.contains("##") && !text.contains("::") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let blank = line.len() - line.trim_start().len();
        let mut rest = line;
        if let Some(behind) = line[blank..].strip_prefix("::") {
            out.push_str(&line[..blank]);
            out.push_str(colons);
            rest = behind;
        }
        // Of a longer run of signs the last two count.
        let mut from = 0;
        for (at, _) in rest.match_indices('#').filter(|(at, _)| rest[at + 1..].starts_with('#')) {
            let starts = |word: &str| {
                rest.get(at + 2..at + 2 + word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word))
            };
            if COMMANDS.into_iter().any(starts) {
                out.push_str(&rest[from..at]);
                out.push_str(signs);
                from = at + 2;
            }
        }
        out.push_str(&rest[from..]);
    }
    Cow::Owned(out)
}

/// Writes the escape of a character.
pub fn push_escape(shown: &mut String, c: char) {
    // Writing to a `String` cannot fail.
    let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
}

/// Keeps every byte offset: what [`acts`] becomes a stand-in of the same width.
/// For printers that show a file by byte spans.
pub fn tamed(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\r' => ' ',
            c if acts(c) => match c.len_utf8() {
                1 => '?',
                2 => '¿',
                3 => '\u{fffd}',
                _ => '\u{1f6ab}',
            },
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_stays() {
        let evil = "a\u{1b}[2Jb\u{9b}c\u{202e}d\ne";
        assert_eq!(visible(evil), "a\\u{1b}[2Jb\\u{9b}c\\u{202e}d\\u{a}e");
        assert_eq!(one_line(" a\n  b\u{7} "), "a b\\u{7}");
        assert_eq!(tamed(evil).len(), evil.len());
        assert!(!tamed(evil).chars().any(|c| c != '\n' && acts(c)));
        assert!(matches!(visible("ümlaut"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_log_shows_no_command() {
        assert_eq!(inert("a ##[error]b ##VSO[x] ###[y]\n"), "a # #[error]b # #VSO[x] ## #[y]\n");
        assert_eq!(
            inert("::error::a\nb::c ##d\n  ::set-output::"),
            ": :error::a\nb::c ##d\n  : :set-output::"
        );
        assert_eq!(inert_in("\"##[a]\"", "::", "#\\u0023"), "\"#\\u0023[a]\"");
        assert!(matches!(inert("## heading"), Cow::Owned(_)));
        assert!(matches!(inert("[a]"), Cow::Borrowed(_)));
    }
}
