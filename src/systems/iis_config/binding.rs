//! Bindings as IIS writes them: `address:port:host`, taken apart from the right, and the bits of `sslFlags`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{
    model::{
        Said,
        iis::{Address, Binding},
    },
    source::Location,
};

/// The bits of `sslFlags` by the names that cmdlets print.
const BITS: &[(&str, u32)] = &[
    ("None", 0),
    ("Sni", 1),
    ("CentralCertStore", 2),
    ("DisableHTTP2", 4),
    ("DisableOCSPStp", 8),
    ("DisableQUIC", 16),
    ("DisableTLS13", 32),
    ("DisableLegacyTLS", 64),
    ("NegotiateClientCert", 128),
];

/// What stands in for the end of a value that a console has cut.
const CUTS: &[&str] = &["…", "..."];

/// A binding of a protocol and a `bindingInformation`, nothing known about its flags.
pub(super) fn binding(protocol: Said, written: &Said) -> Binding {
    let protocol_word = protocol.trimmed().to_ascii_lowercase();
    let mut binding = Binding {
        at: written.at,
        address: Address::Any,
        port: None,
        host: String::new(),
        written: written.text.clone(),
        opaque: protocol.is_placeholder() || written.is_placeholder() || is_cut(&written.text),
        flags: None,
        flags_at: None,
        odd_flags: None,
        flags_unknown: false,
        hash: None,
        store: None,
        protocol,
    };
    // Queues and pipes have shapes of their own, and no TLS.
    if binding.opaque || !matches!(protocol_word.as_str(), "http" | "https" | "ftp" | "ftps") {
        return binding;
    }
    let Some((rest, host)) = written.trimmed().rsplit_once(':') else { return binding };
    let Some((address, port)) = rest.rsplit_once(':') else { return binding };
    binding.host = host.trim().to_lowercase();
    binding.port = number(port);
    match parse_address(address) {
        Some(address) => binding.address = address,
        // Neither an address nor anything else that IIS knows.
        None => binding.opaque = true,
    }
    binding
}

fn number(port: &str) -> Option<u16> {
    port.trim().parse().ok()
}

/// The address of a binding; `*` and nothing are every one.
pub(super) fn parse_address(text: &str) -> Option<Address> {
    let text = text.trim();
    if matches!(text, "" | "*") {
        return Some(Address::Any);
    }
    let inner = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(text);
    // The zone of a link-local address tells interfaces apart, not addresses.
    let inner = inner.split('%').next().unwrap_or(inner);
    Some(match inner.parse::<IpAddr>().ok()? {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Address::Any,
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Address::AnyV6,
        address => Address::One(address),
    })
}

/// Whether a console has cut a value.
pub(super) fn is_cut(text: &str) -> bool {
    CUTS.iter().any(|it| text.trim_end().ends_with(it))
}

/// Puts `sslFlags` into a binding. Cmdlets print names; a file has to hold a number.
pub(super) fn set_flags(binding: &mut Binding, flags: Said, printed: bool) {
    binding.flags_at = Some(flags.at);
    if flags.is_placeholder() || (printed && is_cut(&flags.text)) {
        binding.flags_unknown = true;
        return;
    }
    if let Some(value) = flag_number(flags.trimmed()) {
        binding.flags = Some(value);
        return;
    }
    binding.flags = flag_names(flags.trimmed());
    binding.flags_unknown = binding.flags.is_none();
    if binding.flags_unknown || !printed {
        binding.odd_flags = Some(flags);
    }
}

fn flag_number(text: &str) -> Option<u32> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
    }
    if text.starts_with('+') { None } else { text.parse().ok() }
}

fn flag_names(text: &str) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.split([',', '|']).try_fold(0, |bits, word| {
        let word = word.trim();
        let known = BITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        known.map(|(_, bit)| bits | bit)
    })
}

/// The bindings of a list as `appcmd` prints it: `http/*:80:,https/*:443:host`. `at` says where a stretch of the list
/// stands, by the offsets of its first byte and of the byte behind it.
pub(super) fn of_list(list: &str, at: impl Fn(usize, usize) -> Location) -> Vec<Binding> {
    let mut found = Vec::new();
    let mut start = 0;
    for piece in list.split(',') {
        let here = start;
        start += piece.len() + 1;
        let Some((protocol, written)) = piece.split_once('/') else { continue };
        let protocol_said = Said { text: protocol.to_owned(), at: at(here, here + protocol.len()) };
        let from = here + protocol.len() + 1;
        let written = Said { text: written.to_owned(), at: at(from, here + piece.len()) };
        let mut binding = binding(protocol_said, &written);
        binding.flags_unknown = true;
        found.push(binding);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{binding, flag_names, flag_number, set_flags};
    use crate::{
        model::{
            Said,
            iis::{Address, Binding},
        },
        source::{FileId, Location},
    };

    fn said(text: &str) -> Said {
        Said { text: text.to_owned(), at: Location::whole(FileId(0)) }
    }

    fn https(written: &str) -> Binding {
        binding(said("https"), &said(written))
    }

    #[test]
    fn bindings_are_taken_apart_from_the_right() {
        let one = |text: &str| Address::One(text.parse::<IpAddr>().unwrap());
        for (written, address, port, host) in [
            ("*:443:", Address::Any, Some(443), ""),
            (":443:Shop.Acme.test", Address::Any, Some(443), "shop.acme.test"),
            ("0.0.0.0:8443:*.acme.test", Address::Any, Some(8443), "*.acme.test"),
            ("10.1.2.3:443:", one("10.1.2.3"), Some(443), ""),
            ("[::]:443:", Address::AnyV6, Some(443), ""),
            ("[::0]:443:", Address::AnyV6, Some(443), ""),
            ("[2001:db8::7]:443:a.test", one("2001:db8::7"), Some(443), "a.test"),
            ("[fe80::7%4]:443:a.test", one("fe80::7"), Some(443), "a.test"),
            ("*:44300:*", Address::Any, Some(44300), "*"),
            ("*:99999:", Address::Any, None, ""),
            ("*:443", Address::Any, None, ""),
            ("", Address::Any, None, ""),
        ] {
            let binding = https(written);
            assert_eq!((binding.address, binding.port, &*binding.host), (address, port, host), "{written}");
            assert!(!binding.opaque, "{written}");
        }
    }

    #[test]
    fn other_protocols_keep_their_shape() {
        for (protocol, written) in [("net.tcp", "808:*"), ("net.pipe", "*"), ("net.msmq", "localhost")] {
            let binding = binding(said(protocol), &said(written));
            assert_eq!((binding.port, &*binding.host, binding.opaque), (None, "", false));
            assert_eq!(binding.written, written);
        }
        assert_eq!(binding(said("FTP"), &said("*:21:")).port, Some(21));
    }

    #[test]
    fn what_is_not_known_is_opaque() {
        for written in
            ["*:443:{{ host }}", "*:%PORT%:", "*:443:$(Host)", "*:443:a.te…", "*:443:a.te...", "www:443:"]
        {
            assert!(https(written).opaque, "{written}");
        }
        assert!(binding(said("${p}"), &said("*:443:")).opaque);
    }

    #[test]
    fn flags_are_numbers_or_names() {
        assert_eq!(flag_number("0x21"), Some(33));
        assert_eq!(flag_number("3"), Some(3));
        assert_eq!(flag_number("-1"), None);
        assert_eq!(flag_names("Sni, CentralCertStore"), Some(3));
        assert_eq!(flag_names("Sni, Frob"), None);
        let set = |text: &str, printed| {
            let mut binding = https("*:443:");
            set_flags(&mut binding, said(text), printed);
            (binding.flags, binding.odd_flags.is_some(), binding.flags_unknown)
        };
        assert_eq!(set("97", false), (Some(97), false, false));
        assert_eq!(set("Sni", false), (Some(1), true, false));
        assert_eq!(set("Sni", true), (Some(1), false, false));
        assert_eq!(set("Sni, Centr...", true), (None, false, true));
        assert_eq!(set("", false), (None, true, true));
        assert_eq!(set("-1", false), (None, true, true));
        assert_eq!(set("{{ flags }}", false), (None, false, true));
    }
}
