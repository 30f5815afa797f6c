//! A word of a file with its place, and what tells a value from a placeholder.

use serde::{Deserialize, Serialize};

use crate::source::Location;

/// A value as it is written, with its place. The place covers the value alone, without quotes or tags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Said {
    /// As written, references of the format resolved (`&amp;`, `\u0041`).
    pub text: String,
    /// Where.
    pub at: Location,
}

impl Said {
    /// Without the white space around it.
    pub fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// Nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.trimmed().is_empty()
    }

    /// The value stands for another one that only a deployment knows.
    pub fn is_placeholder(&self) -> bool {
        is_placeholder(&self.text)
    }

    /// `true` or `false` in any case, white space around it ignored; `None` for anything else.
    pub fn truth(&self) -> Option<bool> {
        let word = self.trimmed();
        if word.eq_ignore_ascii_case("true") {
            Some(true)
        } else if word.eq_ignore_ascii_case("false") {
            Some(false)
        } else {
            None
        }
    }
}

/// Whether a text holds a placeholder of a template: `{{ x }}`, `{x}`, `${x}`, `$X`, `@X@`, `%X%`, `<name>`, ERB.
pub fn is_placeholder(text: &str) -> bool {
    let name = |inner: &str| {
        !inner.is_empty()
            && inner.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' '))
    };
    let between = |open: char, close: char| {
        text.find(open).is_some_and(|start| {
            let rest = &text[start + open.len_utf8()..];
            rest.find(close).is_some_and(|end| name(&rest[..end]))
        })
    };
    text.contains("{{")
        || text.contains("{%")
        || text.contains("<%")
        || text.contains("${")
        || text.contains("$(")
        || between('{', '}')
        || between('@', '@')
        || between('%', '%')
        || between('<', '>')
        || text.match_indices('$').any(|(at, _)| {
            text.as_bytes().get(at + 1).is_some_and(|next| next.is_ascii_alphabetic() || *next == b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn placeholders_of_all_templates_are_known() {
        for text in [
            "{{ host }}",
            "{flow.var}",
            "${host}",
            "$HOST",
            "@ENV_NAME@",
            "%HOST%",
            "<your-host>",
            "<%= h %>",
            "a-$X-b",
            "'$MTLS_HOSTNAME'",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["", "api.acme.test", "ref://store", "100%", "a@b.test", "x<y", "$", "5$", "{}"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
