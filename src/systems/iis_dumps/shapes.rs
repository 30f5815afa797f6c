//! Values that look alike in every language: endpoints, thumbprints, application ids, states.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::iis::{Address, Key, Thumbprint};

/// `1.2.3.4:443`, `[::]:443`, `www.example.com:443`, `*.example.com:443`.
pub(super) fn endpoint(text: &str) -> Option<Key> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port_number(port)?;
    if let Some(inner) = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        return Some(Key::Endpoint(v6(inner.split('%').next()?.parse().ok()?), port));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some(Key::Endpoint(v4(address), port));
    }
    is_host(host).then(|| Key::Name(host.to_lowercase(), port))
}

/// An address without a port, as lists of addresses have it.
pub(super) fn bare_address(text: &str) -> Option<IpAddr> {
    text.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

pub(super) fn address(it: IpAddr) -> Address {
    match it {
        IpAddr::V4(it) => v4(it),
        IpAddr::V6(it) => v6(it),
    }
}

fn v4(it: Ipv4Addr) -> Address {
    if it.is_unspecified() { Address::Any } else { Address::One(IpAddr::V4(it)) }
}

fn v6(it: Ipv6Addr) -> Address {
    if it.is_unspecified() { Address::AnyV6 } else { Address::One(IpAddr::V6(it)) }
}

/// The number of a port, and nothing else.
pub(super) fn port_number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok().filter(|port| *port != 0) } else { None }
}

/// A name of a host, and none that only masks one.
fn is_host(text: &str) -> bool {
    let plain = text.strip_prefix("*.").unwrap_or(text);
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let masked = plain.chars().all(|c| matches!(c, 'x' | 'X' | '.')) || four_numbers(plain);
    !plain.is_empty() && !plain.starts_with('.') && plain.chars().all(allowed) && !masked
}

/// `10.0.0.x`, `300.1.1.1`: an address that is none.
fn four_numbers(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let odd = |it: &&str| it.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'x' | b'X'));
    parts.len() == 4 && parts.iter().all(odd)
}

/// What a thumbprint looks like; `None` where it is none at all and nobody said that it should be one.
pub(super) fn thumbprint(text: &str) -> Option<Thumbprint> {
    if text.is_empty() || text.eq_ignore_ascii_case("(null)") {
        return Some(Thumbprint::Null);
    }
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let hex = matches!(digits.len(), 40 | 64) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| {
        let first = digits.as_bytes()[0];
        // Forty times the same digit masks one.
        if digits.bytes().all(|byte| byte == first) {
            Thumbprint::Unknown
        } else {
            Thumbprint::Known(digits.to_ascii_lowercase())
        }
    })
}

/// How much of an application id a text is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Guid {
    /// `{8-4-4-4-12}`.
    Whole,
    /// Something else in braces.
    Masked,
}

pub(super) fn guid(text: &str) -> Option<Guid> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let parts: Vec<&str> = inner.split('-').collect();
    let lengths = parts.iter().map(|it| it.len()).eq([8, 4, 4, 4, 12]);
    let hex = inner.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    Some(if lengths && hex { Guid::Whole } else { Guid::Masked })
}

/// Words for on and off. Only the English ones were seen on servers; the others leave no doubt.
const ON: &[&str] = &["enabled", "set", "aktiviert", "activé", "habilitado", "已启用"];
const OFF: &[&str] =
    &["disabled", "not set", "deaktiviert", "désactivé", "deshabilitado", "desabilitado", "已禁用"];

/// On, off, or a word nobody knows.
pub(super) fn state(text: &str) -> Option<bool> {
    let lower = text.to_lowercase();
    if ON.contains(&&*lower) {
        Some(true)
    } else if OFF.contains(&&*lower) {
        Some(false)
    } else {
        None
    }
}

/// A value that no label would be.
pub(super) fn is_plain_value(text: &str) -> bool {
    state(text).is_some()
        || text == "(null)"
        || guid(text).is_some()
        || matches!(thumbprint(text), Some(Thumbprint::Known(_)))
        || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Letters and digits of ASCII alone, lower case: what stays of a label in a code page that was guessed wrong.
pub(super) fn skeleton(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Guid, endpoint, guid, thumbprint};
    use crate::model::iis::{Address, Key, Thumbprint};

    #[test]
    fn endpoints_are_told_from_names_and_masks() {
        assert_eq!(endpoint("0.0.0.0:443"), Some(Key::Endpoint(Address::Any, 443)));
        assert_eq!(endpoint("[::]:443"), Some(Key::Endpoint(Address::AnyV6, 443)));
        let one = Address::One("172.16.0.41".parse().unwrap());
        assert_eq!(endpoint("172.16.0.41:443"), Some(Key::Endpoint(one, 443)));
        assert_eq!(endpoint("SNI.IIS8.com:443"), Some(Key::Name("sni.iis8.com".into(), 443)));
        assert_eq!(endpoint("*.example.com:443"), Some(Key::Name("*.example.com".into(), 443)));
        for none in
            ["443", "<ip:port>", "x.x.x.x:443", "10.0.0.x:443", "a b:443", "h:0", "h:70000", ":443", "h:"]
        {
            assert_eq!(endpoint(none), None, "{none}");
        }
    }

    #[test]
    fn masked_values_are_no_values() {
        assert_eq!(thumbprint(&"a".repeat(40)), Some(Thumbprint::Unknown));
        assert_eq!(thumbprint("(null)"), Some(Thumbprint::Null));
        assert_eq!(thumbprint("redacted"), None);
        assert_eq!(guid("{XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}"), Some(Guid::Masked));
        assert_eq!(guid("{4dc3e181-e14b-4a21-b022-59fc669b0914}"), Some(Guid::Whole));
        assert_eq!(guid("4dc3e181"), None);
    }
}
