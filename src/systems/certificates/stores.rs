//! Keystores as files: known by content whatever they are called, also as base64 text.

use crate::{
    model::{
        Facts, Form, Holding,
        store::{StoreKind, file_without_password},
    },
    source::Source,
    systems::Input,
    x509::store,
};

/// Endings that people give to keystores. `.ts` is none of them: that is TypeScript or video.
const ENDINGS: &[&str] = &[".p12", ".pfx", ".jks", ".jceks", ".bks", ".bcfks", ".uber"];
/// Endings that text files have as well.
const BINARY_ENDINGS: &[&str] = &[".keystore", ".truststore", ".ks"];

/// What base64 of PKCS#12, PKCS#7, JKS and JCEKS starts with.
const BASE64_STARTS: &[&str] = &["MII", "MIA", "MIG", "/u3+7QAAAA", "zs7OzgAAAA"];

/// Whether a file is a keystore, by its first bytes or, where they are of nothing else, by its name.
pub(super) fn is_one(name: &str, head: &[u8]) -> bool {
    if store::is_store(head) {
        return true;
    }
    // Text is read for the PEM or base64 in it, and only where that is there.
    let binary = head.contains(&0);
    ENDINGS.iter().any(|ending| name.ends_with(ending)) && (binary || head.is_empty())
        || binary && (name == "cacerts" || BINARY_ENDINGS.iter().any(|ending| name.ends_with(ending)))
}

/// Whether a text starts like base64 of a keystore or of PKCS#7.
pub(super) fn is_base64(text: &str) -> bool {
    let line = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().trim();
    if !BASE64_STARTS.iter().any(|start| line.starts_with(start)) {
        return false;
    }
    // A whole number of groups gives the front, and that says what it is.
    let front = line.get(..line.len().min(64) / 4 * 4).unwrap_or_default();
    data_encoding::BASE64.decode(front.as_bytes()).is_ok_and(|head| {
        store::is_store(&head)
            || matches!(&*head, [0x30, 0x80 | 0x82, .., ] if head.windows(PKCS7.len()).any(|it| it == PKCS7))
    })
}

/// The identifier of signed data of PKCS#7 in DER.
const PKCS7: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// The bytes of a text that is base64 and nothing else.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    if !is_base64(text) {
        return None;
    }
    let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let packed = packed.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&packed);
    data_encoding::BASE64.decode(packed).ok()
}

/// Reads a keystore; `None` where the bytes are none.
pub(super) fn read(input: &Input<'_>, bytes: &[u8], base64: bool) -> Option<(Source, Facts)> {
    let filed = file_without_password(input.file, bytes, base64)?;
    let form = match filed.store.kind {
        StoreKind::Pkcs12 => Form::Pkcs12,
        other => Form::Keystore(other.name()),
    };
    let holding = Holding {
        form,
        items: filed.items,
        oddities: Vec::new(),
        store: Some(Box::new(filed.store)),
        tried: None,
    };
    let facts = Facts { holding: Some(holding), ..Facts::default() };
    Some((Source::listing(input.path, &filed.lines), facts))
}
