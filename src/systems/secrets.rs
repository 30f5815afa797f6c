//! Which names in configuration stand for secrets and which values hold private keys, for every system that masks them
//! where it reads them.

use crate::{
    source::Span,
    syntax::value::{Kind, Value},
};

/// Parts of names under which people keep what nobody may see.
pub(super) const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "privatekey",
    "private_key",
    "apikey",
    "api_key",
    "credential",
    "accesstoken",
];

/// Ends of names that speak about a secret and do not hold it: the path of a key, the policy for passwords.
const HARMLESS: &[&str] = &["path", "ref", "enabled", "length", "format", "mode", "policy", "type", "age"];

/// Whether a key names a secret. The name of a Kubernetes secret or of a file is none.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|it| name.contains(it)) && !HARMLESS.iter().any(|it| name.ends_with(it))
}

/// Strings that hold a private key, within a value of JSON or YAML.
pub(super) fn private_keys(value: &Value, spans: &mut Vec<Span>) {
    match &value.kind {
        Kind::Text(text) if text.contains("PRIVATE KEY-----") => spans.push(value.inner),
        Kind::List(items) => items.iter().for_each(|it| private_keys(it, spans)),
        Kind::Map(members) => members.iter().for_each(|it| private_keys(&it.value, spans)),
        _ => {}
    }
}
