//! What settings mean, in all the spellings of one name: `ssl.keystore.location`, `server.ssl.key-store`,
//! `SERVER_SSL_KEY_STORE`.

/// What a setting says about one user of stores.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    KeyStore,
    KeyStorePassword,
    KeyStorePasswordFile,
    KeyStoreType,
    KeyPassword,
    Alias,
    TrustStore,
    TrustStorePassword,
    TrustStorePasswordFile,
    TrustStoreType,
    Certificate,
    PrivateKey,
    Authorities,
    ClientAuth,
    Protocols,
    Enabled,
}

/// Letters and digits of a name, small.
pub(super) fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
}

/// Ends of names behind `ssl`, in letters alone.
const ENDS: &[(&str, Field)] = &[
    ("keystore", Field::KeyStore),
    ("keystorelocation", Field::KeyStore),
    ("keystorepath", Field::KeyStore),
    ("keystorefile", Field::KeyStore),
    ("keystorefilepath", Field::KeyStore),
    ("keystorepassword", Field::KeyStorePassword),
    ("keystorepasswordpath", Field::KeyStorePasswordFile),
    ("keystoretype", Field::KeyStoreType),
    ("keypassword", Field::KeyPassword),
    ("keystorekeypassword", Field::KeyPassword),
    ("keyalias", Field::Alias),
    ("keystorealias", Field::Alias),
    ("truststore", Field::TrustStore),
    ("truststorelocation", Field::TrustStore),
    ("truststorepath", Field::TrustStore),
    ("truststorefile", Field::TrustStore),
    ("truststorefilepath", Field::TrustStore),
    ("truststorepassword", Field::TrustStorePassword),
    ("truststorepasswordpath", Field::TrustStorePasswordFile),
    ("truststoretype", Field::TrustStoreType),
    ("certificate", Field::Certificate),
    ("keystorecertificate", Field::Certificate),
    ("certificateprivatekey", Field::PrivateKey),
    ("keystoreprivatekey", Field::PrivateKey),
    ("trustcertificate", Field::Authorities),
    ("truststorecertificate", Field::Authorities),
    ("certificateauthorities", Field::Authorities),
    ("clientauth", Field::ClientAuth),
    ("clientauthentication", Field::ClientAuth),
    ("enabledprotocols", Field::Protocols),
    ("supportedprotocols", Field::Protocols),
    ("optionsenabledprotocols", Field::Protocols),
    ("enabled", Field::Enabled),
];

/// What a setting says, and whom it belongs to: the parts of its name before that, in small letters.
pub(super) fn field(key: &str) -> Option<(String, Field)> {
    if let Some((owner, rest)) = of_bundle(key) {
        return Some((owner, end(&letters(rest))?));
    }
    let folded = letters(key);
    // Of several places where `ssl` stands, the last that leaves a known end counts.
    folded
        .match_indices("ssl")
        .filter_map(|(at, _)| {
            let rest = &folded[at + 3..];
            let (owner, rest) = match rest.strip_prefix("quorum") {
                Some(rest) => (format!("{}quorum", &folded[..at]), rest),
                None => (folded[..at].to_owned(), rest),
            };
            Some((owner, end(rest)?))
        })
        .last()
}

fn end(rest: &str) -> Option<Field> {
    ENDS.iter().find(|(name, _)| *name == rest).map(|(_, field)| *field)
}

/// The beginning of the names of all settings of a bundle of Spring Boot, with the name of the bundle, and the rest.
fn of_bundle(key: &str) -> Option<(String, &str)> {
    let rest = key.strip_prefix("spring.ssl.bundle.")?;
    let rest = rest.strip_prefix("jks.").or_else(|| rest.strip_prefix("pem."))?;
    let (name, rest) = rest.split_once('.')?;
    Some((format!("{BUNDLE}{name}"), rest))
}

/// How the owners of settings of bundles begin.
pub(super) const BUNDLE: &str = "bundle ";

#[cfg(test)]
mod tests {
    use super::{Field, field};

    #[test]
    fn spellings_of_one_name_mean_the_same() {
        for (key, owner, wanted) in [
            ("ssl.keystore.location", "", Field::KeyStore),
            ("listener.name.internal.ssl.keystore.location", "listenernameinternal", Field::KeyStore),
            ("server.ssl.key-store", "server", Field::KeyStore),
            ("SERVER_SSL_KEY_STORE", "server", Field::KeyStore),
            ("server.ssl.keyStorePassword", "server", Field::KeyStorePassword),
            ("ssl.quorum.trustStore.location", "quorum", Field::TrustStore),
            ("spring.ssl.bundle.jks.web.keystore.location", "bundle web", Field::KeyStore),
            ("spring.ssl.bundle.pem.a-b.keystore.private-key", "bundle a-b", Field::PrivateKey),
            ("javax.net.ssl.trustStore", "javaxnet", Field::TrustStore),
        ] {
            assert_eq!(field(key), Some((owner.to_owned(), wanted)), "{key}");
        }
        for key in ["ssl.protocol", "keystore", "ssl", "spring.ssl.bundle.jks", "sslkey"] {
            assert_eq!(field(key), None, "{key}");
        }
    }
}
