//! Names of hosts, addresses and others: subjectAltName and nameConstraints, RFC 5280 4.2.1.6 and 4.2.1.10.
//!
//! They are walked entry by entry, so that one entry that cannot be read does not cost the others: a certificate
//! with a spoilt alternative name is still good for the hosts beside it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::ber::{self, Element, OID, Reader, SEQUENCE};
use super::name::{self, Name};

/// One entry of subjectAltName, RFC 5280 4.2.1.6. Text is escaped as in [`Name::text`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AltName {
    /// dNSName, as it stands (no case folding, A-labels left as they are).
    Dns(String),
    /// iPAddress.
    Ip(IpAddr),
    /// rfc822Name.
    Email(String),
    /// uniformResourceIdentifier.
    Uri(String),
    /// directoryName.
    Directory(Name),
    /// Anything else, such as a user principal name, or an entry that cannot be read: what it is.
    Other(String),
}

impl fmt::Display for AltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AltName::Dns(name) => write!(f, "DNS:{name}"),
            AltName::Ip(address) => write!(f, "IP:{address}"),
            AltName::Email(address) => write!(f, "email:{address}"),
            AltName::Uri(uri) => write!(f, "URI:{uri}"),
            AltName::Directory(name) => write!(f, "DirName:{name}"),
            AltName::Other(what) => f.write_str(what),
        }
    }
}

/// Addresses under a mask, as name constraints write them. `Display`: `10.0.0.0/8`, or with a mask where the
/// mask is no prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    /// The address part.
    pub address: IpAddr,
    /// The mask, of the same family.
    pub mask: IpAddr,
}

impl Network {
    /// Whether `host` lies in it.
    pub fn contains(&self, host: IpAddr) -> bool {
        match (self.address, self.mask, host) {
            (IpAddr::V4(address), IpAddr::V4(mask), IpAddr::V4(host)) => {
                let mask = u32::from(mask);
                u32::from(address) & mask == u32::from(host) & mask
            }
            (IpAddr::V6(address), IpAddr::V6(mask), IpAddr::V6(host)) => {
                let mask = u128::from(mask);
                u128::from(address) & mask == u128::from(host) & mask
            }
            _ => false,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ones, prefix) = match self.mask {
            IpAddr::V4(mask) => (u32::from(mask).leading_ones(), u32::from(mask).count_ones()),
            IpAddr::V6(mask) => (u128::from(mask).leading_ones(), u128::from(mask).count_ones()),
        };
        if ones == prefix {
            write!(f, "{}/{ones}", self.address)
        } else {
            write!(f, "{}/{}", self.address, self.mask)
        }
    }
}

/// One subtree of nameConstraints, RFC 5280 4.2.1.10.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subtree {
    /// Host names: `example.com` means it and everything below; empty means every name.
    Dns(String),
    /// Addresses.
    Ip(Network),
    /// Mail: an address, a host, or with a leading dot a domain.
    Email(String),
    /// Directory names that begin with this one.
    Directory(Name),
    /// A host of URIs.
    Uri(String),
    /// Anything else: what it is.
    Other(String),
}

impl fmt::Display for Subtree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subtree::Dns(name) => write!(f, "DNS:{name}"),
            Subtree::Ip(network) => write!(f, "IP:{network}"),
            Subtree::Email(address) => write!(f, "email:{address}"),
            Subtree::Directory(name) => write!(f, "DirName:{name}"),
            Subtree::Uri(uri) => write!(f, "URI:{uri}"),
            Subtree::Other(what) => f.write_str(what),
        }
    }
}

/// nameConstraints, RFC 5280 4.2.1.10.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// Names of a kind that is listed here must lie in one of its subtrees.
    pub permitted: Vec<Subtree>,
    /// Names must lie in none of these.
    pub excluded: Vec<Subtree>,
}

/// Text from a certificate, safe to print.
pub(super) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    name::escape(text, &mut out);
    out
}

/// The entries of a subjectAltName, as far as they can be told apart.
pub(super) fn alt_names(value: &[u8]) -> Vec<AltName> {
    let mut out = Vec::new();
    let Some(list) = Reader::new(value).take(SEQUENCE) else { return out };
    let mut entries = list.inside();
    while let Ok(entry) = entries.any("") {
        out.push(alt_name(&entry));
    }
    out
}

fn alt_name(entry: &Element<'_>) -> AltName {
    let text = || std::str::from_utf8(entry.content).map(safe);
    let unreadable =
        |kind: &str| AltName::Other(format!("{kind} `{}`", safe(&String::from_utf8_lossy(entry.content))));
    match entry.tag {
        0xa0 => match entry.inside().take(OID) {
            Some(oid) => AltName::Other(format!("otherName {}", ber::dotted(oid.content))),
            None => AltName::Other("otherName".into()),
        },
        0x81 => text().map_or_else(|_| unreadable("rfc822Name"), AltName::Email),
        0x82 => text().map_or_else(|_| unreadable("dNSName"), AltName::Dns),
        0x86 => text().map_or_else(|_| unreadable("uniformResourceIdentifier"), AltName::Uri),
        0x87 => match address(entry.content) {
            Some(address) => AltName::Ip(address),
            None => AltName::Other(format!("iPAddress of {} bytes", entry.content.len())),
        },
        0xa4 => match Name::take(&mut entry.inside(), "directoryName") {
            Ok(name) => AltName::Directory(name),
            Err(error) => AltName::Other(error.what),
        },
        0x88 => AltName::Other(format!("registeredID {}", ber::dotted(entry.content))),
        0xa3 => AltName::Other("x400Address".into()),
        0xa5 => AltName::Other("ediPartyName".into()),
        tag => unreadable(&format!("name of tag {tag:#04x}")),
    }
}

/// The subtrees of nameConstraints, as far as they can be told apart. Minimum and maximum, which nobody uses, are
/// passed over.
pub(super) fn name_constraints(value: &[u8]) -> NameConstraints {
    let mut out = NameConstraints::default();
    let Some(both) = Reader::new(value).take(SEQUENCE) else { return out };
    let mut both = both.inside();
    for (tag, list) in [(0xa0, &mut out.permitted), (0xa1, &mut out.excluded)] {
        let Some(subtrees) = both.take(tag) else { continue };
        let mut subtrees = subtrees.inside();
        while let Some(subtree) = subtrees.take(SEQUENCE) {
            if let Ok(base) = subtree.inside().any("") {
                list.push(subtree_of(&base));
            }
        }
    }
    out
}

fn subtree_of(base: &Element<'_>) -> Subtree {
    if base.tag == 0x87 {
        let halves = base.content.split_at_checked(base.content.len() / 2);
        return match halves.and_then(|(left, right)| Some((address(left)?, address(right)?))) {
            Some((address, mask)) => Subtree::Ip(Network { address, mask }),
            None => Subtree::Other(format!("iPAddress of {} bytes", base.content.len())),
        };
    }
    match alt_name(base) {
        AltName::Dns(name) => Subtree::Dns(name),
        AltName::Email(address) => Subtree::Email(address),
        AltName::Uri(uri) => Subtree::Uri(uri),
        AltName::Directory(name) => Subtree::Directory(name),
        AltName::Other(what) => Subtree::Other(what),
        AltName::Ip(address) => Subtree::Other(address.to_string()),
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| Ipv6Addr::from(sixteen).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::ber::wrap;

    #[test]
    fn one_spoilt_entry_does_not_cost_the_others() {
        let list = wrap(
            SEQUENCE,
            &[
                &wrap(0x82, &[b"a\xff"]),
                &wrap(0x87, &[&[1, 2, 3]]),
                &wrap(3, &[b"x"]),
                &wrap(0x82, &[b"b.example"]),
            ],
        );
        let shown: Vec<String> = alt_names(&list).iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            ["dNSName `a\u{fffd}`", "iPAddress of 3 bytes", "name of tag 0x03 `x`", "DNS:b.example"]
        );
        assert!(alt_names(b"example.com").is_empty());
        assert_eq!(
            alt_names(&wrap(SEQUENCE, &[&wrap(0x82, &[b"\x1b[m"])])),
            [AltName::Dns("\\u{1b}[m".into())]
        );
    }

    #[test]
    fn constraints_on_names() {
        let subtree = |tag: u8, content: &[u8]| wrap(SEQUENCE, &[&wrap(tag, &[content]), &[0x80, 1, 0]]);
        let value = wrap(
            SEQUENCE,
            &[
                &wrap(0xa0, &[&subtree(0x82, b"example.com"), &subtree(0x87, &[10, 0, 0, 0, 255, 0, 0, 0])]),
                &wrap(0xa1, &[&subtree(0x81, b".example.org"), &subtree(0x87, &[1, 2])]),
            ],
        );
        let found = name_constraints(&value);
        let shown = |list: &[Subtree]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(shown(&found.permitted), ["DNS:example.com", "IP:10.0.0.0/8"]);
        assert_eq!(shown(&found.excluded), ["email:.example.org", "iPAddress of 2 bytes"]);
    }

    #[test]
    fn networks() {
        let ten = Network { address: "10.0.0.0".parse().unwrap(), mask: "255.0.0.0".parse().unwrap() };
        assert_eq!(ten.to_string(), "10.0.0.0/8");
        assert!(ten.contains("10.9.8.7".parse().unwrap()));
        assert!(!ten.contains("11.9.8.7".parse().unwrap()));
        assert!(!ten.contains("::1".parse().unwrap()));
        let odd = Network { address: "10.0.0.0".parse().unwrap(), mask: "255.0.255.0".parse().unwrap() };
        assert_eq!(odd.to_string(), "10.0.0.0/255.0.255.0");
    }
}
