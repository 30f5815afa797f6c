//! The stores of Bouncy Castle. BKS is read; UBER and BCFKS are encrypted whole, and are only told as what they are.

use ring::{digest, hmac};

use super::{
    Access, Content, Entry, EntryKind, MAX_CHAIN, MAX_ENTRIES, Opening, Part, Seal, SealedPart, StoreKind,
    add_seal, java_time, octets::Octets, printable, too_many_rounds, unlock_keys,
};
use crate::x509::{
    KeyMaterial, LockedKey, ParseError,
    ber::{OCTET_STRING, OID, Reader, SEQUENCE},
    private_key, scheme, unlock,
};

/// Bytes of the HMAC at the end.
const MAC: usize = 20;

/// What stands before the entries.
struct Head<'a> {
    version: u32,
    salt: &'a [u8],
    rounds: u64,
    /// Where the entries begin.
    end: usize,
}

fn head(bytes: &[u8]) -> Option<Head<'_>> {
    let mut octets = Octets::new(bytes);
    let version = octets.int("").ok().filter(|version| matches!(version, 1 | 2))?;
    let salt = octets.sized("").ok().filter(|salt| (8..=64).contains(&salt.len()))?;
    let rounds = octets.int("").ok().filter(|rounds| *rounds > 0)?;
    Some(Head { version, salt, rounds: u64::from(rounds), end: octets.at() })
}

/// Whether the first bytes are those of one of the three.
pub(super) fn is_likely(bytes: &[u8]) -> bool {
    // A salt of 20 bytes, and rounds as Bouncy Castle chooses them.
    head(bytes).is_some_and(|head| head.salt.len() == 20 && head.rounds <= scheme::MAX_ITERATIONS)
        || is_bcfks(bytes)
}

pub(super) fn read(bytes: &[u8]) -> Option<Content> {
    let foreign = |kind: StoreKind| Content {
        kind,
        entries: Vec::new(),
        seals: Vec::new(),
        access: Access::Foreign(format!(
            "is {kind}, which is encrypted whole and read by Bouncy Castle alone"
        )),
        rounds: 0,
    };
    if is_bcfks(bytes) {
        return Some(foreign(StoreKind::Bcfks));
    }
    let head = head(bytes)?;
    let seal = Seal {
        part: SealedPart::Integrity,
        algorithm: "HMAC-SHA1".to_owned(),
        iterations: head.rounds,
        // Version 1 makes a key of 16 bits from any password.
        weak: head.version == 1,
    };
    let mut content = Content {
        kind: StoreKind::Bks,
        entries: Vec::new(),
        seals: vec![seal],
        access: Access::Certificates,
        rounds: head.rounds,
    };
    match entries(bytes, &head, &mut content) {
        Ok(_) if head.rounds > scheme::MAX_ITERATIONS => {
            content.access = Access::Foreign(too_many_rounds(head.rounds));
        }
        Ok(_) => {}
        // The header of UBER is the same, and what follows looks like noise in whole blocks.
        Err(_) if content.entries.is_empty() && (bytes.len() - head.end).is_multiple_of(16) => {
            return is_likely(bytes).then(|| foreign(StoreKind::Uber));
        }
        Err(_) if content.entries.is_empty() && !is_likely(bytes) => return None,
        Err(error) => content.access = Access::Broken(error),
    }
    Some(content)
}

/// Reads all entries, and says where the proof begins.
fn entries(bytes: &[u8], head: &Head<'_>, content: &mut Content) -> Result<usize, ParseError> {
    let mut octets = Octets::new(bytes);
    octets.take(head.end, "the head of the store")?;
    loop {
        let start = octets.at();
        let tag = octets.byte("the kind of an entry")?;
        if tag == 0 {
            break;
        }
        if content.entries.len() >= MAX_ENTRIES {
            return octets.fault(format!("it has more than {MAX_ENTRIES} entries"));
        }
        if tag > 4 {
            return Err(ParseError { at: start, what: format!("an entry of the unknown kind {tag}") });
        }
        let alias = printable(&octets.utf("an alias")?);
        let created = java_time(octets.long("the date of an entry")?);
        let mut entry = Entry { alias, kind: EntryKind::Secret, created, parts: Vec::new() };
        let chain = octets.int("the length of a chain")? as usize;
        if chain > MAX_CHAIN {
            return octets.fault(format!("a chain of {chain} certificates, and {MAX_CHAIN} are read"));
        }
        let mut certificates = Vec::new();
        for _ in 0..chain {
            certificates.push(certificate(&mut octets)?);
        }
        match tag {
            1 => {
                entry.kind = EntryKind::TrustedCertificate;
                certificates.push(certificate(&mut octets)?);
            }
            2 => {
                // A key that nothing protects but the proof.
                let (is_private, key) = open_key(&mut octets)?;
                if is_private {
                    entry.kind = EntryKind::PrivateKey;
                    let key = private_key("PRIVATE KEY", &[], key);
                    entry.parts.push(key.map_or_else(|error| Part::Broken("PRIVATE KEY", error), Part::Key));
                }
            }
            _ => {
                let blob = octets.sized("a sealed entry")?;
                // Only a private key has a chain.
                if tag == 4 && chain > 0 {
                    entry.kind = EntryKind::PrivateKey;
                    entry.parts.push(sealed_key(blob, &mut content.seals));
                }
            }
        }
        entry.parts.append(&mut certificates);
        content.entries.push(entry);
    }
    let end = octets.at();
    octets.take(MAC, "the proof at the end")?;
    Ok(end)
}

fn certificate(octets: &mut Octets<'_>) -> Result<Part, ParseError> {
    octets.utf("the type of a certificate")?;
    octets.sized("a certificate").map(Part::certificate)
}

/// Whether it is a private key, and its bytes.
fn open_key<'a>(octets: &mut Octets<'a>) -> Result<(bool, &'a [u8]), ParseError> {
    let kind = octets.byte("a key")?;
    octets.utf("the format of a key")?;
    octets.utf("the algorithm of a key")?;
    Ok((kind == 0, octets.sized("a key")?))
}

fn sealed_key(blob: &[u8], seals: &mut Vec<Seal>) -> Part {
    let mut octets = Octets::new(blob);
    let parts = octets.sized("a salt").and_then(|salt| Ok((salt, octets.int("rounds")?)));
    match parts {
        Ok((salt, rounds)) => {
            let locked = LockedKey::bouncy(salt, u64::from(rounds), octets.rest());
            add_seal(seals, SealedPart::Keys, &locked);
            Part::Key(KeyMaterial::Locked(locked))
        }
        Err(error) => Part::Broken("ENCRYPTED PRIVATE KEY", error),
    }
}

pub(super) fn open(bytes: &[u8], mut content: Content, passwords: &[&[u8]], rounds: u64) -> Opening {
    let Some(head) = head(bytes) else { return Opening::Refused };
    let mut again = Content { entries: Vec::new(), seals: Vec::new(), ..content.clone() };
    let Ok(end) = entries(bytes, &head, &mut again) else { return Opening::Refused };
    let (Some(body), Some(tag)) = (bytes.get(head.end..end), bytes.get(end..end + MAC)) else {
        return Opening::Refused;
    };
    let length = if head.version == 1 { 2 } else { MAC };
    let proves = |password: &&[u8]| {
        let sha1 = &digest::SHA1_FOR_LEGACY_USE_ONLY;
        unlock::pkcs12_passwords(password).iter().any(|wide| {
            let key = unlock::pkcs12_derive(sha1, 3, head.salt, head.rounds, wide, length);
            let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
            hmac::verify(&key, body, tag).is_ok()
        })
    };
    let Some(by) = passwords.iter().position(proves) else { return Opening::Refused };
    let (keys_locked, of_keys) =
        unlock_keys(content.entries.iter_mut().flat_map(|it| &mut it.parts), by, passwords, rounds);
    content.access = Access::Open { keys_locked };
    Opening::Opened { by, of_keys, content: Box::new(content) }
}

/// `ObjectStore` of BCFKS: what is encrypted by PBES2, then the algorithms of the proof and the proof.
fn is_bcfks(bytes: &[u8]) -> bool {
    fn behind_length(bytes: &[u8]) -> Option<&[u8]> {
        match bytes {
            [0x30, 0x82, _, _, rest @ ..] | [0x30, 0x81, _, rest @ ..] | [0x30, _, rest @ ..] => Some(rest),
            _ => None,
        }
    }
    fn look(bytes: &[u8]) -> Option<bool> {
        // The whole may be longer than what is at hand, so only the front is looked at.
        let inner = behind_length(behind_length(bytes)?)?;
        let mut fields = Reader::new(inner);
        let mut algorithm = fields.take(SEQUENCE)?.inside();
        let pbes2 = algorithm.take(OID)?.content == [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
        if !pbes2 || fields.peek() != Some(OCTET_STRING) {
            return None;
        }
        // An encrypted private key ends here; a store goes on with its proof.
        let whole = Reader::new(bytes).take(SEQUENCE);
        Some(whole.is_none_or(|whole| {
            let mut parts = whole.inside();
            parts.take(SEQUENCE).is_some() && matches!(parts.peek(), Some(SEQUENCE | 0xa0))
        }))
    }
    look(bytes) == Some(true)
}
