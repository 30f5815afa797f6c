//! Names of cipher suites as Java (JSSE) has them: those of the standards, old ones with `SSL_` in front.

use strsim::osa_distance;

use super::{suites, tls13_names};

/// How a suite agrees on keys, in its name.
const EXCHANGES: &[&str] = &[
    "RSA",
    "RSA_EXPORT",
    "DHE_DSS",
    "DHE_DSS_EXPORT",
    "DHE_RSA",
    "DHE_RSA_EXPORT",
    "DH_DSS",
    "DH_RSA",
    "DH_anon",
    "DH_anon_EXPORT",
    "ECDH_ECDSA",
    "ECDH_RSA",
    "ECDH_anon",
    "ECDHE_ECDSA",
    "ECDHE_RSA",
    "KRB5",
    "KRB5_EXPORT",
];

/// What protects the records, in its name: what the standards have beside today's suites.
const PROTECTIONS: &[&str] = &[
    "NULL_MD5",
    "NULL_SHA",
    "NULL_SHA256",
    "RC4_40_MD5",
    "RC4_40_SHA",
    "RC4_128_MD5",
    "RC4_128_SHA",
    "DES40_CBC_SHA",
    "DES_CBC_40_MD5",
    "DES_CBC_40_SHA",
    "DES_CBC_MD5",
    "DES_CBC_SHA",
    "3DES_EDE_CBC_MD5",
    "3DES_EDE_CBC_SHA",
    "AES_128_CBC_SHA",
    "AES_128_CBC_SHA256",
    "AES_128_GCM_SHA256",
    "AES_256_CBC_SHA",
    "AES_256_CBC_SHA256",
    "AES_256_CBC_SHA384",
    "AES_256_GCM_SHA384",
    "CHACHA20_POLY1305_SHA256",
];

/// Whether some Java knows a suite by this name.
pub fn is_known(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("TLS_").or_else(|| name.strip_prefix("SSL_")) else { return false };
    if name == "TLS_EMPTY_RENEGOTIATION_INFO_SCSV" || tls13_names().contains(&name) {
        return true;
    }
    suites().iter().any(|it| it.standard == name)
        || rest.split_once("_WITH_").is_some_and(|(exchange, protection)| {
            EXCHANGES.contains(&exchange) && PROTECTIONS.contains(&protection)
        })
}

/// What makes a suite no protection, by the parts of its name.
pub fn weakness(name: &str) -> Option<&'static str> {
    let parts: Vec<&str> = name.split(['_', '-']).collect();
    let has = |part: &str| parts.contains(&part);
    if has("NULL") {
        Some("no encryption")
    } else if has("anon") || has("ADH") || has("AECDH") {
        Some("no authentication of the server")
    } else if has("EXPORT") || has("EXP") || has("DES40") {
        Some("a key made short for export")
    } else if has("RC4") {
        Some("RC4")
    } else if has("3DES") || has("CBC3") {
        Some("3DES")
    } else if has("DES") {
        Some("DES")
    } else if has("MD5") {
        Some("MD5")
    } else {
        None
    }
}

/// The suite that a name with a slip of the pen was meant to be.
pub fn nearest(name: &str) -> Option<&'static str> {
    let names = suites()
        .iter()
        .filter(|it| it.is_servable())
        .map(|it| it.standard)
        .chain(tls13_names().iter().copied());
    names
        .map(|it| (osa_distance(it, name), it))
        .filter(|(distance, _)| *distance <= 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_java_are_known_and_others_are_not() {
        for name in [
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "SSL_RSA_WITH_3DES_EDE_CBC_SHA",
            "TLS_ECDH_RSA_WITH_RC4_128_SHA",
            "TLS_AES_128_GCM_SHA256",
            "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
            "TLS_KRB5_EXPORT_WITH_RC4_40_MD5",
        ] {
            assert!(is_known(name), "{name}");
        }
        for name in
            ["ECDHE-RSA-AES128-GCM-SHA256", "TLS_RSA_AES", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA", "HIGH", ""]
        {
            assert!(!is_known(name), "{name}");
        }
    }

    #[test]
    fn weak_names_are_told_by_their_parts() {
        assert_eq!(weakness("TLS_RSA_WITH_NULL_SHA256"), Some("no encryption"));
        assert_eq!(weakness("SSL_DH_anon_WITH_DES_CBC_SHA"), Some("no authentication of the server"));
        assert_eq!(weakness("SSL_RSA_WITH_3DES_EDE_CBC_SHA"), Some("3DES"));
        assert_eq!(weakness("DES-CBC3-SHA"), Some("3DES"));
        assert_eq!(weakness("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"), None);
    }

    #[test]
    fn slips_are_found() {
        let meant = nearest("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265");
        assert_eq!(meant, Some("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
        assert_eq!(nearest("MY_CIPHER"), None);
    }
}
