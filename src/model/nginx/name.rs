//! `server_name`: what a name matches, and what never matches.

use crate::source::Location;

use super::Word;

/// One word of `server_name`.
#[derive(Clone, Debug)]
pub struct ServerName {
    /// As nginx has it, lower case.
    pub text: String,
    /// Where it stands.
    pub at: Location,
    /// How it matches.
    pub kind: NameKind,
}

/// How a server name matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// One host name or address.
    Exact,
    /// `*.example.com`: any number of labels before the suffix.
    Suffix,
    /// `.example.com`: the name itself and everything below it.
    SuffixAndApex,
    /// `www.example.*`
    Prefix,
    /// `~…`
    Regex,
    /// `_`, the empty name and what else people write to match nothing.
    Nothing,
    /// A star in the middle: nginx refuses it as soon as it compares names.
    BadWildcard,
    /// A template or a variable.
    Opaque,
}

impl ServerName {
    /// Reads a word of `server_name`.
    pub(super) fn of(word: &Word, at: Location) -> Self {
        let text = word.text.to_ascii_lowercase();
        let kind = if let Some(pattern) = word.text.strip_prefix('~') {
            let _ = pattern;
            return Self { text: word.text.to_string(), at, kind: NameKind::Regex };
        } else if word.placeholder || text.contains('$') {
            NameKind::Opaque
        } else if matches!(&*text, "_" | "" | "-" | "__" | "--" | "!" | "@" | "#" | "\"\"") {
            NameKind::Nothing
        } else if let Some(rest) = text.strip_prefix("*.") {
            if rest.contains('*') { NameKind::BadWildcard } else { NameKind::Suffix }
        } else if let Some(rest) = text.strip_prefix('.') {
            if rest.contains('*') { NameKind::BadWildcard } else { NameKind::SuffixAndApex }
        } else if let Some(rest) = text.strip_suffix(".*") {
            if rest.contains('*') { NameKind::BadWildcard } else { NameKind::Prefix }
        } else if text.contains('*') {
            NameKind::BadWildcard
        } else {
            NameKind::Exact
        };
        Self { text, at, kind }
    }

    /// The host names a certificate must cover so that every client of this name is served,
    /// as far as they can be said: a wildcard stands for itself.
    pub fn hosts(&self) -> Vec<String> {
        match self.kind {
            NameKind::Exact | NameKind::Suffix => vec![self.text.clone()],
            NameKind::SuffixAndApex => vec![self.text[1..].to_owned(), format!("*{}", self.text)],
            _ => Vec::new(),
        }
    }

    /// Why no request can ever carry this name; `None` where one can.
    pub fn never_matches(&self) -> Option<&'static str> {
        if self.kind != NameKind::Exact {
            return None;
        }
        let text = self.text.as_str();
        if text.contains("://") {
            Some("it carries a scheme, and the Host header and SNI do not")
        } else if text.contains(',') {
            Some("the comma is a part of the name, and names are separated by spaces")
        } else if text.ends_with('.') {
            Some("nginx drops a trailing dot from the Host header before it compares")
        } else if !text.starts_with('[')
            && text
                .rsplit_once(':')
                .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
        {
            Some("nginx drops the port from the Host header before it compares")
        } else if !text.is_ascii() {
            Some("browsers send internationalised names in punycode (`xn--…`)")
        } else if text.contains('/') {
            Some("a slash cannot stand in a host name")
        } else {
            None
        }
    }
}
