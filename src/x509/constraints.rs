//! Whether names lie inside the constraints of an authority, RFC 5280 4.2.1.10.

use std::net::IpAddr;

use super::certificate::Certificate;
use super::general_name::{AltName, NameConstraints, Subtree};
use super::name::Name;

/// More comparisons of names than these are not made, as in OpenSSL (`NAME_CHECK_MAX`).
const MOST_COMPARISONS: usize = 1 << 20;

/// A name that an authority does not allow below itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outside {
    /// The name, with its kind: `DNS:www.example.org`.
    pub name: String,
    /// It lies in a part that is excluded; else it lies in none that is permitted.
    pub excluded: bool,
    /// What is excluded, or what would be permitted of this kind.
    pub limits: Vec<String>,
}

/// There are so many names and constraints that clients refuse to compare them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyNames;

impl NameConstraints {
    /// The first name of a certificate that lies outside. Self-issued authorities are exempt, which is for the caller.
    pub fn outside(&self, it: &Certificate) -> Result<Option<Outside>, TooManyNames> {
        let listed = it.alt_names.iter().flatten();
        let subject = (!it.subject.is_empty()).then(|| AltName::Directory(it.subject.clone()));
        // OpenSSL counts the attributes of the subject, each of which may be a name.
        let attributes = it.subject.attributes().len();
        let count = it.alt_names.as_ref().map_or(0, Vec::len) + attributes;
        if count.saturating_mul(self.permitted.len() + self.excluded.len()) > MOST_COMPARISONS {
            return Err(TooManyNames);
        }
        Ok(subject.iter().chain(listed).find_map(|name| self.one(name)))
    }

    fn one(&self, name: &AltName) -> Option<Outside> {
        let outside =
            |excluded: bool, limits: Vec<String>| Some(Outside { name: name.to_string(), excluded, limits });
        if let Some(hit) = self.excluded.iter().find(|subtree| fits(subtree, name, true) == Some(true)) {
            return outside(true, vec![hit.to_string()]);
        }
        // Go cannot tell where such a name lies, and refuses it.
        let all = || self.permitted.iter().chain(&self.excluded);
        if is_unplaced(name) && all().any(|subtree| fits(subtree, name, false).is_some()) {
            return outside(false, all().map(ToString::to_string).collect());
        }
        let of_kind = || self.permitted.iter().filter(|subtree| fits(subtree, name, false).is_some());
        if of_kind().next().is_none() || of_kind().any(|subtree| fits(subtree, name, false) == Some(true)) {
            return None;
        }
        outside(false, of_kind().map(ToString::to_string).collect())
    }
}

/// A name with an empty label, a blank, or a second `@`: it is no name, so it lies nowhere.
fn is_unplaced(name: &AltName) -> bool {
    let host = |host: &str| {
        let host = host.strip_suffix('.').unwrap_or(host);
        host.split('.').any(str::is_empty) || !host.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match name {
        AltName::Dns(name) => host(name),
        AltName::Email(address) => {
            address.rsplit_once('@').is_none_or(|(local, at)| local.contains(['@', ' ']) || host(at))
        }
        _ => false,
    }
}

/// Whether a name lies in a subtree, or for a wildcard and `touch`, may lie in it; `None` where they are of different
/// kinds.
fn fits(subtree: &Subtree, name: &AltName, touch: bool) -> Option<bool> {
    match (subtree, name) {
        (Subtree::Dns(base), AltName::Dns(name)) => Some(dns(base, name, touch)),
        (Subtree::Ip(network), AltName::Ip(address)) => Some(network.contains(*address)),
        (Subtree::Email(base), AltName::Email(address)) => Some(email(base, address)),
        (Subtree::Uri(base), AltName::Uri(uri)) => Some(uri_host(uri).is_some_and(|host| below(base, host))),
        (Subtree::Directory(base), AltName::Directory(name)) => Some(directory(base, name)),
        // Nobody compares names of other kinds, so one that is constrained cannot be allowed.
        (Subtree::Other(base), AltName::Other(name)) if base == name => Some(touch),
        _ => None,
    }
}

fn dns(base: &str, name: &str, touch: bool) -> bool {
    let base = base.strip_suffix('.').unwrap_or(base).to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let within = |name: &str| match base.strip_prefix('.') {
        Some(_) => name.ends_with(&base),
        None => {
            base.is_empty()
                || name == base
                || name.strip_suffix(&base).is_some_and(|front| front.ends_with('.'))
        }
    };
    let Some(parent) = name.strip_prefix("*.") else { return within(&name) };
    // Every name the wildcard stands for is longer than its parent, so a dot in front of the base does not matter.
    let all = within(parent) || base.strip_prefix('.') == Some(parent);
    // A wildcard touches the names one label below its parent.
    let one_below = || base.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent);
    all || (touch && one_below())
}

fn email(base: &str, address: &str) -> bool {
    let (local, host) = address.rsplit_once('@').unwrap_or(("", address));
    match base.rsplit_once('@') {
        Some((wanted, at)) => wanted == local && at.eq_ignore_ascii_case(host),
        None => below(base, host),
    }
}

/// A host by itself, or with a dot in front everything below it.
fn below(base: &str, host: &str) -> bool {
    let (base, host) = (base.to_ascii_lowercase(), host.to_ascii_lowercase());
    base.is_empty() || host == base || (base.starts_with('.') && host.ends_with(&base))
}

fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = if host.starts_with('[') { host } else { host.split(':').next()? };
    let named = !host.is_empty() && !host.starts_with('[') && host.parse::<IpAddr>().is_err();
    named.then_some(host)
}

/// One name begins with all of the other, part by part.
fn directory(base: &Name, name: &Name) -> bool {
    let (base, name) = (base.folded(), name.folded());
    name.strip_prefix(&*base).is_some_and(|rest| rest.is_empty() || rest.starts_with('\u{1}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_wildcards() {
        assert!(dns("example.com", "a.B.example.com", false) && dns("example.com", "example.com", false));
        assert!(dns("", "anything.example", false));
        assert!(!dns("example.com", "badexample.com", false) && !dns(".example.com", "example.com", false));
        assert!(dns("example.com", "*.example.com", false) && dns(".example.com", "*.example.com", false));
        assert!(!dns("foo.example.com", "*.example.com", false), "most of what it stands for lies outside");
        assert!(dns("foo.example.com", "*.example.com", true), "some of what it stands for is excluded");
        assert!(!dns("a.foo.example.com", "*.example.com", true));
    }

    #[test]
    fn mail_and_uris() {
        assert!(email("example.com", "a@example.com") && !email("example.com", "a@b.example.com"));
        assert!(email(".example.com", "a@b.example.com") && email("a@example.com", "a@EXAMPLE.com"));
        assert!(!email("A@example.com", "a@example.com"));
        assert_eq!(uri_host("https://u@a.example:443/x"), Some("a.example"));
        assert_eq!(uri_host("https://192.0.2.1/"), None);
        assert_eq!(uri_host("urn:x"), None);
    }
}
