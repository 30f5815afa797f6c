//! Names in alternative names that no client matches or can read.

use std::net::IpAddr;

use super::super::{
    ber::{Element, Reader, SEQUENCE},
    general_name::safe,
};
use super::{FlawKind, Flaws, elements};

/// What is wrong with the text of a dNSName. An underscore is forbidden and works everywhere, so nothing is said of it.
pub(super) fn dns(text: &[u8]) -> Option<&'static str> {
    if text.is_empty() {
        return Some("is empty");
    }
    let Ok(name) = std::str::from_utf8(text) else { return None };
    if name.parse::<IpAddr>().is_ok() {
        return Some("is an address, which clients look for in an iPAddress");
    }
    if name.contains("://") || name.contains('/') {
        return Some("is a URL and not a name");
    }
    if name.contains(' ') {
        return Some("holds a blank");
    }
    let labels = name.strip_suffix('.').unwrap_or(name);
    match labels.strip_prefix("*.") {
        Some(parent) if parent.contains('*') => return Some("has more than one wildcard"),
        None if labels == "*" => return Some("is a wildcard for everything"),
        None if labels.contains('*') => return Some("has a wildcard that is not a whole left-most label"),
        _ => {}
    }
    if labels.starts_with('.') || labels.split('.').any(str::is_empty) {
        return Some("has an empty label");
    }
    if labels.split('.').any(|label| label.len() > 63) || labels.len() > 253 {
        return Some("is longer than names can be");
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*');
    if !name.bytes().all(allowed) {
        return Some("holds a character that names of hosts do not have");
    }
    let edge = |label: &str| label.starts_with('-') || label.ends_with('-');
    labels.split('.').any(edge).then_some("has a label with a hyphen at its edge")
}

fn is_mailbox(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    !local.is_empty() && !local.contains(['@', ' ', '<']) && dns(host.as_bytes()).is_none()
}

fn uri(text: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(text).ok()?;
    let Some((scheme, rest)) = text.split_once(':') else { return Some("has no scheme") };
    let first = scheme.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if !first || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
        return Some("has no scheme");
    }
    if rest.is_empty() {
        return Some("ends behind its scheme");
    }
    let Some(host) = rest.strip_prefix("//") else {
        let hosted = ["http", "https", "ftp"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
        return hosted.then_some("is relative");
    };
    host.split(['/', '?', '#']).next().is_none_or(str::is_empty).then_some("names no host")
}

/// The entries of subjectAltName, which clients look for hosts in, or of issuerAltName.
pub(super) fn alt_names(field: &str, value: &Element<'_>, subject: bool, flaws: &mut Flaws) {
    if value.tag != SEQUENCE {
        return;
    }
    for entry in elements(value) {
        let shown = || safe(&String::from_utf8_lossy(entry.content));
        match entry.tag {
            // Nobody reads the names of an issuer.
            0x81 | 0x82 | 0x86 if !entry.content.is_ascii() => flaws.add(
                if subject { FlawKind::UnreadableAltName } else { FlawKind::OtherName },
                entry.at,
                format!("{field}: `{}` holds letters beyond ASCII", shown()),
            ),
            0x82 => {
                if let Some(what) = dns(entry.content) {
                    let kind = if subject { FlawKind::HostName } else { FlawKind::OtherName };
                    flaws.add(kind, entry.at, format!("`{}` {what}", shown()));
                }
            }
            0x81 if !is_mailbox(entry.content) => {
                flaws.add(
                    FlawKind::OtherName,
                    entry.at,
                    format!("{field}: `{}` is no mail address", shown()),
                );
            }
            0x86 => {
                if let Some(what) = uri(entry.content) {
                    flaws.add(
                        FlawKind::OtherName,
                        entry.at,
                        format!("{field}: the URI `{}` {what}", shown()),
                    );
                }
            }
            0x87 if !matches!(entry.content.len(), 4 | 16) => flaws.add(
                FlawKind::UnreadableAltName,
                entry.at,
                format!("{field}: an address of {} bytes", entry.content.len()),
            ),
            // x400Address, directoryName, ediPartyName and otherName are constructed.
            0x81 | 0x87 | 0x88 | 0xa0 | 0xa3 | 0xa4 | 0xa5 => {}
            _ => flaws.add(
                FlawKind::UnreadableAltName,
                entry.at,
                format!("{field}: an entry of no known kind"),
            ),
        }
    }
}

/// A subtree of nameConstraints that cannot be understood.
pub(super) fn subtree(base: &Element<'_>) -> Option<String> {
    let text = std::str::from_utf8(base.content).unwrap_or_default();
    let shown = || safe(&String::from_utf8_lossy(base.content));
    let host = |name: &str| {
        let labels = name.strip_prefix('.').unwrap_or(name);
        labels.is_empty() || !(labels.contains(' ') || labels.split('.').any(str::is_empty))
    };
    match base.tag {
        0x82 | 0x86 if !base.content.is_ascii() || !host(text) => {
            Some(format!("`{}` is no name of hosts", shown()))
        }
        0x81 if !base.content.is_ascii() || !(host(text) || is_mailbox(base.content)) => {
            Some(format!("`{}` is neither a mail address nor a host", shown()))
        }
        0x87 => match base.content.len() {
            8 | 32 => {
                let (_, mask) = base.content.split_at(base.content.len() / 2);
                let bits = mask.iter().map(|byte| byte.count_ones()).sum::<u32>();
                let leading = mask.iter().fold((0, true), |(sum, open), byte| {
                    (if open { sum + byte.leading_ones() } else { sum }, open && *byte == 0xff)
                });
                (bits != leading.0).then(|| "a mask that is no prefix".to_owned())
            }
            length => Some(format!("an address and mask of {length} bytes")),
        },
        0xa4 if Reader::new(base.content).take(SEQUENCE).is_none() => {
            Some("a directory name that is none".into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_client_matches() {
        for good in
            ["example.com", "*.example.com", "a_b.example.com", "localhost", "xn--bcher-kva.example", "a.b."]
        {
            assert_eq!(dns(good.as_bytes()), None, "{good}");
        }
        for bad in [
            "",
            " ",
            "192.0.2.1",
            "::1",
            "https://a.example",
            "*",
            "w*.a.example",
            "a.*.example",
            "*.*.example",
            ".example.com",
            "a..b",
            "a b.example",
            "-a.example",
            "a%.example",
        ] {
            assert!(dns(bad.as_bytes()).is_some(), "{bad}");
        }
    }

    #[test]
    fn addresses_and_uris() {
        assert!(is_mailbox(b"a@example.com") && !is_mailbox(b"a") && !is_mailbox(b"@example.com"));
        assert_eq!(uri(b"https://example.com/x"), None);
        assert_eq!(uri(b"urn:uuid:1"), None);
        assert!(
            uri(b"//example.com").is_some() && uri(b"relative/path").is_some() && uri(b"http:///x").is_some()
        );
    }
}
