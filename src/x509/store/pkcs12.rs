//! PKCS#12, RFC 7292: safes of bags, some in the open, some encrypted, and a proof over all of them. BER is read.

use std::borrow::Cow;

use super::{
    Access, Content, MAX_ENTRIES, Opening, Part, Seal, SealedPart, StoreKind, add_seal,
    bags::{self, Bag, What},
    entries,
    proof::Proof,
    too_many_rounds, unlock_keys,
};
use crate::x509::{
    KeyMaterial, LockedKey, ParseError,
    ber::{self, Element, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE},
    locked::UnlockError,
    scheme,
};

/// `1.2.840.113549.1.7.`, what contents of PKCS#7 are named by.
const PKCS7: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7];

/// A part of the store.
enum Safe {
    Open {
        at: usize,
        contents: Vec<u8>,
    },
    Locked {
        at: usize,
        lock: LockedKey,
    },
    /// Sealed for somebody's public key.
    Foreign,
}

/// A store taken apart, with nothing decrypted.
struct Frame {
    /// What the proof is over.
    proved: Vec<u8>,
    proof: Option<Proof>,
    safes: Vec<Safe>,
    /// It is signed, and not proved by a password.
    signed: bool,
}

/// Whether the first bytes are those of a PFX: version 3 and a content of PKCS#7.
pub(super) fn is_likely(bytes: &[u8]) -> bool {
    fn body(bytes: &[u8]) -> Option<&[u8]> {
        let (&first, rest) = bytes.strip_prefix(&[0x30])?.split_first()?;
        rest.get(if first > 0x80 { usize::from(first & 0x7f) } else { 0 }..)
    }
    let content = body(bytes).and_then(|it| it.strip_prefix(&[2, 1, 3])).and_then(body);
    content.is_some_and(|it| it.starts_with(&[6, 9]) && it.get(2..10) == Some(&PKCS7))
}

fn frame(bytes: &[u8]) -> Result<Frame, ParseError> {
    let der = ber::normalised(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned);
    let mut fields = Reader::new(&der).expect(SEQUENCE, "PFX")?.inside();
    fields.expect(INTEGER, "version")?;
    let mut content = fields.expect(SEQUENCE, "authSafe")?.inside();
    let kind = content.expect(OID, "contentType of authSafe")?;
    if kind.content != [&PKCS7[..], &[1]].concat() {
        return Ok(Frame { proved: Vec::new(), proof: None, safes: Vec::new(), signed: true });
    }
    let whole = content.expect(0xa0, "content of authSafe")?.inside().expect(OCTET_STRING, "authSafe")?;
    let proof = fields.take(SEQUENCE).map(|data| Proof::read(&data)).transpose()?;
    let safes = safes(&whole)?;
    Ok(Frame { proved: whole.content.to_vec(), proof, safes, signed: false })
}

fn safes(whole: &Element<'_>) -> Result<Vec<Safe>, ParseError> {
    let rewritten = ber::normalised(whole.content);
    let mut list = match &rewritten {
        Some(der) => Reader::new(der).expect(SEQUENCE, "authenticatedSafe")?.inside(),
        None => whole.inside().expect(SEQUENCE, "authenticatedSafe")?.inside(),
    };
    let mut safes = Vec::new();
    while !list.is_empty() {
        let safe = list.expect(SEQUENCE, "contentInfo")?;
        if safes.len() >= MAX_ENTRIES {
            return Err(safe.fault(format!("it has more than {MAX_ENTRIES} parts")));
        }
        let mut fields = safe.inside();
        let kind = fields.expect(OID, "contentType")?.content.strip_prefix(&PKCS7).unwrap_or_default();
        let content = fields.expect(0xa0, "content")?;
        safes.push(match kind {
            [1] => {
                let inner = content.inside().expect(OCTET_STRING, "safeContents")?;
                Safe::Open { at: inner.content_at, contents: inner.content.to_vec() }
            }
            [6] => Safe::Locked { at: safe.at, lock: encrypted(&content)? },
            _ => Safe::Foreign,
        });
    }
    Ok(safes)
}

/// `EncryptedData`, RFC 5652 8, as the lock of a key: the algorithms are the same.
fn encrypted(content: &Element<'_>) -> Result<LockedKey, ParseError> {
    let mut fields = content.inside().expect(SEQUENCE, "encryptedData")?.inside();
    fields.expect(INTEGER, "version of encryptedData")?;
    let info = fields.expect(SEQUENCE, "encryptedContentInfo")?;
    let mut fields = info.inside();
    fields.expect(OID, "contentType of encryptedContentInfo")?;
    let algorithm = fields.expect(SEQUENCE, "contentEncryptionAlgorithm")?;
    let sealed = fields.any("encryptedContent")?;
    let text = match sealed.tag {
        0x80 => Cow::Borrowed(sealed.content),
        0xa0 => {
            let mut pieces = sealed.inside();
            let mut joined = Vec::with_capacity(sealed.content.len());
            while !pieces.is_empty() {
                joined.extend_from_slice(pieces.expect(OCTET_STRING, "encryptedContent")?.content);
            }
            Cow::Owned(joined)
        }
        _ => return Err(sealed.fault("encryptedContent: missing")),
    };
    let text = ber::wrap(OCTET_STRING, &[&text]);
    let whole = ber::wrap(SEQUENCE, &[algorithm.raw, &text]);
    scheme::pkcs8(&Reader::new(&whole).expect(SEQUENCE, "encryptedContentInfo")?)
        .map_err(|error| ParseError { at: info.at, ..error })
}

/// Why a lock is not tried, in words that follow "it".
fn foreign(lock: &LockedKey) -> Option<String> {
    match lock.can_be_tried() {
        Ok(()) | Err(UnlockError::WrongPassword) => None,
        Err(UnlockError::Unsupported(scheme)) => {
            Some(format!("is sealed with {scheme}, which is not opened here"))
        }
        Err(UnlockError::TooExpensive) => Some(match lock.iterations {
            Some(rounds) if rounds > scheme::MAX_ITERATIONS => too_many_rounds(rounds),
            _ => "asks for more work than a store may".to_owned(),
        }),
    }
}

impl Frame {
    fn foreign(&self) -> Option<String> {
        if self.signed {
            return Some("is proved by a signature and not by a password".to_owned());
        }
        let of_safe = |safe: &Safe| match safe {
            Safe::Open { .. } => None,
            Safe::Locked { lock, .. } => foreign(lock),
            Safe::Foreign => Some("is sealed for somebody's public key and not by a password".to_owned()),
        };
        self.proof.as_ref().and_then(Proof::foreign).or_else(|| self.safes.iter().find_map(of_safe))
    }

    fn is_hidden(&self) -> bool {
        self.safes.iter().any(|safe| !matches!(safe, Safe::Open { .. }))
    }

    fn locks(&self) -> impl Iterator<Item = &LockedKey> {
        self.safes.iter().filter_map(|safe| match safe {
            Safe::Locked { lock, .. } => Some(lock),
            _ => None,
        })
    }

    /// What tells a password where no proof does: the first part that is sealed, else the first key.
    fn trial(&self) -> Option<Trial> {
        if self.proof.is_some() {
            return None;
        }
        if let Some(lock) = self.locks().next() {
            return Some(Trial::Safe(lock.clone()));
        }
        let (bags, _) = self.bags(None, &mut Vec::new());
        bags.into_iter().find_map(|bag| match bag.what {
            What::Key(Part::Key(KeyMaterial::Locked(key))) => Some(Trial::Key(key)),
            _ => None,
        })
    }

    /// Rounds that one password takes to be told right or wrong.
    fn rounds(&self, trial: Option<&Trial>) -> u64 {
        let of_trial = || match trial {
            Some(Trial::Safe(lock) | Trial::Key(lock)) => lock.iterations.unwrap_or(1),
            None => 0,
        };
        self.proof.as_ref().map_or_else(of_trial, |proof| proof.rounds.max(1))
    }

    /// The bags of all safes that are open, or that the password opens.
    fn bags(&self, password: Option<&[u8]>, seals: &mut Vec<Seal>) -> (Vec<Bag>, Option<ParseError>) {
        let mut bags = Vec::new();
        for safe in &self.safes {
            let read = match safe {
                Safe::Open { at, contents } => bags::read(contents, *at, &mut bags, seals),
                Safe::Locked { at, lock } => {
                    add_seal(seals, SealedPart::Certificates, lock);
                    match password.map(|password| contents(lock, password)) {
                        None => Ok(()),
                        // A place inside means nothing to who has the file; the part does.
                        Some(Some(contents)) => bags::read(&contents, 0, &mut bags, seals)
                            .map_err(|error| ParseError { at: *at, ..error }),
                        Some(None) => {
                            Err(ParseError { at: *at, what: "a part has another password".to_owned() })
                        }
                    }
                }
                Safe::Foreign => Ok(()),
            };
            if let Err(error) = read {
                return (bags, Some(error));
            }
        }
        (bags, None)
    }
}

/// What a lock holds, if the password is right: a sequence that ends where it says.
fn contents(lock: &LockedKey, password: &[u8]) -> Option<Vec<u8>> {
    let plain = lock.decrypt(password).ok()?;
    let whole = Reader::new(&plain).expect(SEQUENCE, "").is_ok_and(|it| it.raw.len() == plain.len());
    whole.then_some(plain)
}

pub(super) fn read(bytes: &[u8]) -> Option<Content> {
    if !is_likely(bytes) {
        return None;
    }
    let mut content = Content {
        kind: StoreKind::Pkcs12,
        entries: Vec::new(),
        seals: Vec::new(),
        access: Access::Open { keys_locked: false },
        rounds: 0,
    };
    let frame = match frame(bytes) {
        Ok(frame) => frame,
        Err(error) => {
            content.access = Access::Broken(error);
            return Some(content);
        }
    };
    content.seals.extend(frame.proof.as_ref().map(Proof::seal));
    let (bags, fault) = frame.bags(None, &mut content.seals);
    content.entries = entries::of(&bags);
    let locks_keys = content.seals.iter().any(|seal| seal.part == SealedPart::Keys);
    content.rounds = frame.rounds(frame.trial().as_ref());
    content.access = match (fault, frame.foreign()) {
        (Some(error), _) => Access::Broken(error),
        (None, Some(why)) => Access::Foreign(why),
        _ if frame.is_hidden() => Access::Locked,
        _ if frame.proof.is_some() || locks_keys => Access::Certificates,
        _ => content.access,
    };
    Some(content)
}

pub(super) fn open(bytes: &[u8], passwords: &[&[u8]], rounds: u64) -> Opening {
    let Ok(frame) = frame(bytes) else { return Opening::Refused };
    if let Some(why) = frame.foreign() {
        return Opening::Foreign(why);
    }
    let asked = frame.locks().map(|lock| lock.iterations.unwrap_or(1)).fold(0, u64::saturating_add);
    let Some(left) = rounds.checked_sub(asked) else {
        return Opening::Foreign(format!(
            "asks for {asked} rounds of key derivation in all, and more than {rounds} are not done for one store here"
        ));
    };
    let trial = frame.trial();
    let fits = |password: &&[u8]| match &frame.proof {
        Some(proof) => proof.proves(&frame.proved, password),
        None => trial.as_ref().is_some_and(|trial| trial.fits(password)),
    };
    let Some(by) = passwords.iter().position(fits) else { return Opening::Refused };
    let mut seals: Vec<Seal> = frame.proof.iter().map(Proof::seal).collect();
    let (mut bags, fault) = frame.bags(Some(passwords[by]), &mut seals);
    let keys = bags.iter_mut().filter_map(|bag| match &mut bag.what {
        What::Key(part) => Some(part),
        _ => None,
    });
    let (keys_locked, of_keys) = unlock_keys(keys, by, passwords, left);
    let access = fault.map_or(Access::Open { keys_locked }, Access::Broken);
    let rounds = frame.rounds(trial.as_ref());
    let entries = entries::of(&bags);
    let content = Box::new(Content { kind: StoreKind::Pkcs12, entries, seals, access, rounds });
    Opening::Opened { by, of_keys, content }
}

/// What is opened to tell whether a password is right.
enum Trial {
    Safe(LockedKey),
    Key(LockedKey),
}

impl Trial {
    fn fits(&self, password: &[u8]) -> bool {
        match self {
            Self::Safe(lock) => contents(lock, password).is_some(),
            Self::Key(key) => key.unlock(password).is_ok(),
        }
    }
}
