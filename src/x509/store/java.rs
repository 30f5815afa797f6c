//! JKS and JCEKS: certificates lie open, keys are sealed one by one, and a SHA-1 of password and content proves both.

use sha1::Sha1;
use sha2::Digest;

use super::{
    Access, Content, Entry, EntryKind, MAX_CHAIN, MAX_ENTRIES, Opening, Part, Seal, SealedPart, StoreKind,
    add_seal, java_time, octets::Octets, printable, serialised, unlock_keys,
};
use crate::x509::{KeyMaterial, ParseError, private_key, unlock};

/// JKS or JCEKS by the first four bytes.
pub(super) fn kind(bytes: &[u8]) -> Option<StoreKind> {
    match bytes.get(..4)? {
        [0xfe, 0xed, 0xfe, 0xed] => Some(StoreKind::Jks),
        [0xce, 0xce, 0xce, 0xce] => Some(StoreKind::Jceks),
        _ => None,
    }
}

pub(super) fn read(kind: StoreKind, bytes: &[u8]) -> Content {
    let digest = Seal {
        part: SealedPart::Integrity,
        algorithm: "SHA-1 of password and content".to_owned(),
        iterations: 0,
        weak: false,
    };
    let mut content =
        Content { kind, entries: Vec::new(), seals: vec![digest], access: Access::Certificates, rounds: 1 };
    if let Err(error) = entries(bytes, &mut content) {
        content.access = Access::Broken(error);
    }
    content
}

/// Reads all entries, and says where the digest stands.
fn entries(bytes: &[u8], content: &mut Content) -> Result<usize, ParseError> {
    let mut octets = Octets::new(bytes);
    octets.take(4, "the mark of the store")?;
    let version = octets.int("the version of the store")?;
    if !matches!(version, 1 | 2) {
        return octets.fault(format!("version {version} of the store, where there are 1 and 2"));
    }
    let count = octets.int("the number of entries")?;
    for index in 0..count as usize {
        if index >= MAX_ENTRIES {
            return octets.fault(format!("it has {count} entries, and {MAX_ENTRIES} are read"));
        }
        let start = octets.at();
        let tag = octets.int("the kind of an entry")?;
        let known = matches!((tag, content.kind), (1 | 2, _) | (3, StoreKind::Jceks));
        if !known {
            return Err(ParseError { at: start, what: format!("an entry of the unknown kind {tag}") });
        }
        let alias = printable(&octets.utf("an alias")?);
        let created = java_time(octets.long("the date of an entry")?);
        let mut entry = Entry { alias, kind: EntryKind::TrustedCertificate, created, parts: Vec::new() };
        match tag {
            1 => {
                entry.kind = EntryKind::PrivateKey;
                let key = octets.sized("a private key")?;
                entry.parts.push(sealed_key(key, &mut content.seals));
                let chain = octets.int("the length of a chain")? as usize;
                if chain > MAX_CHAIN {
                    return octets
                        .fault(format!("a chain of {chain} certificates, and {MAX_CHAIN} are read"));
                }
                for _ in 0..chain {
                    entry.parts.push(certificate(&mut octets, version)?);
                }
            }
            2 => entry.parts.push(certificate(&mut octets, version)?),
            _ => {
                entry.kind = EntryKind::Secret;
                // Its alias is worth knowing even where its end is not found.
                content.entries.push(entry);
                serialised::skip(&mut octets)?;
                continue;
            }
        }
        content.entries.push(entry);
    }
    let end = octets.at();
    octets.take(20, "the digest at the end")?;
    Ok(end)
}

fn certificate(octets: &mut Octets<'_>, version: u32) -> Result<Part, ParseError> {
    if version == 2 {
        octets.utf("the type of a certificate")?;
    }
    octets.sized("a certificate").map(Part::certificate)
}

fn sealed_key(key: &[u8], seals: &mut Vec<Seal>) -> Part {
    match private_key("ENCRYPTED PRIVATE KEY", &[], key) {
        Ok(KeyMaterial::Locked(locked)) => {
            add_seal(seals, SealedPart::Keys, &locked);
            Part::Key(KeyMaterial::Locked(locked))
        }
        Ok(key) => Part::Key(key),
        Err(error) => Part::Broken("ENCRYPTED PRIVATE KEY", error),
    }
}

/// The digest is over all bytes before it, so a password is proved without opening anything.
pub(super) fn open(bytes: &[u8], mut content: Content, passwords: &[&[u8]], rounds: u64) -> Opening {
    let mut again = Content { entries: Vec::new(), seals: Vec::new(), ..content.clone() };
    let Ok(end) = entries(bytes, &mut again) else { return Opening::Refused };
    let (Some(body), Some(digest)) = (bytes.get(..end), bytes.get(end..end + 20)) else {
        return Opening::Refused;
    };
    let proves = |password: &&[u8]| {
        let hash = Sha1::new()
            .chain_update(unlock::utf16(password))
            .chain_update(b"Mighty Aphrodite")
            .chain_update(body);
        hash.finalize().as_slice() == digest
    };
    let Some(by) = passwords.iter().position(proves) else { return Opening::Refused };
    let (keys_locked, of_keys) =
        unlock_keys(content.entries.iter_mut().flat_map(|it| &mut it.parts), by, passwords, rounds);
    content.access = Access::Open { keys_locked };
    Opening::Opened { by, of_keys, content: Box::new(content) }
}
