//! Which hosts a certificate is good for, RFC 6125 (RFC 9525 where it is stricter and everyone follows).

use std::net::IpAddr;

use super::general_name::AltName;

/// Whether a certificate may be shown for a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coverage {
    /// One of its names fits.
    Covered,
    /// It has names of hosts, and none fits.
    NotCovered,
    /// It has no name of a host among its alternative names, at most a common name, which clients ignore.
    NoSan,
}

/// Compares `host` (a name, an address, an address in brackets) with the alternative names. A-labels and
/// U-labels are not translated: compare what stands there.
pub(super) fn coverage(alt_names: Option<&[AltName]>, host: &str) -> Coverage {
    let names = alt_names.unwrap_or_default();
    if !names.iter().any(|name| matches!(name, AltName::Dns(_) | AltName::Ip(_))) {
        return Coverage::NoSan;
    }
    let bare = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    let covered = match bare.parse::<IpAddr>() {
        Ok(address) => names.iter().any(|name| matches!(name, AltName::Ip(found) if *found == address)),
        Err(_) => names.iter().any(|name| matches!(name, AltName::Dns(pattern) if matches(pattern, host))),
    };
    if covered { Coverage::Covered } else { Coverage::NotCovered }
}

/// The same for DNS names that a dump lists: it says nothing about addresses.
pub fn dns_coverage(names: &[String], host: &str) -> Coverage {
    match names {
        [] => Coverage::NoSan,
        _ if names.iter().any(|name| matches(name, host)) => Coverage::Covered,
        _ => Coverage::NotCovered,
    }
}

/// One pattern against one name: equal but for case and a final dot, or `*.` for exactly one left-most label.
fn matches(pattern: &str, host: &str) -> bool {
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.is_empty() {
        return false;
    }
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(parent), Some((label, rest))) => {
            !label.is_empty()
                && !parent.is_empty()
                && !parent.contains('*')
                && parent.eq_ignore_ascii_case(rest)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_one_left_most_label() {
        assert!(matches("*.example.com", "www.example.com"));
        assert!(matches("*.Example.com.", "WWW.example.COM"));
        assert!(!matches("*.example.com", "example.com"));
        assert!(!matches("*.example.com", "a.b.example.com"));
        assert!(!matches("*.example.com", ".example.com"));
        assert!(!matches("w*.example.com", "www.example.com"));
        assert!(!matches("www.*.com", "www.example.com"));
        assert!(!matches("*", "localhost"));
        assert!(!matches("*.*.com", "a.*.com.x"));
    }

    #[test]
    fn names_are_equal_but_for_case_and_final_dot() {
        assert!(matches("example.com", "EXAMPLE.com."));
        assert!(matches("*.example.com", "*.example.com"));
        assert!(matches("xn--bcher-kva.example", "XN--bcher-kva.example"));
        assert!(!matches("example.com", "example.org"));
        assert!(!matches("", ""));
    }

    #[test]
    fn addresses_match_addresses_only() {
        let names = [AltName::Dns("10.0.0.1".into()), AltName::Ip("::1".parse().unwrap())];
        assert_eq!(coverage(Some(&names), "10.0.0.1"), Coverage::NotCovered);
        assert_eq!(coverage(Some(&names), "[::1]"), Coverage::Covered);
        assert_eq!(coverage(Some(&names), "0:0:0:0:0:0:0:1"), Coverage::Covered);
        assert_eq!(coverage(None, "a"), Coverage::NoSan);
        assert_eq!(coverage(Some(&[AltName::Email("a@b".into())]), "a"), Coverage::NoSan);
    }
}
