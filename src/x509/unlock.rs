//! The old ciphers and key derivations that `pkcs8` does not do: PEM headers, PKCS#5 v1, PKCS#12.

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use des::{Des, TdesEde3};
use md5::Md5;
use rc2::Rc2;
use ring::digest;
use sha1::Sha1;
use sha2::Digest;

/// A block cipher in CBC mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    TripleDes,
    Des,
    /// RC2 with a key of so many bytes, each bit of which counts.
    Rc2(usize),
}

impl Cipher {
    /// Bytes of a block, and so of an initial vector.
    pub(super) fn block(self) -> usize {
        match self {
            Cipher::Aes128 | Cipher::Aes192 | Cipher::Aes256 => 16,
            Cipher::TripleDes | Cipher::Des | Cipher::Rc2(_) => 8,
        }
    }

    fn key(self) -> usize {
        match self {
            Cipher::Aes128 => 16,
            Cipher::Aes192 | Cipher::TripleDes => 24,
            Cipher::Aes256 => 32,
            Cipher::Des => 8,
            Cipher::Rc2(length) => length,
        }
    }

    /// `None`: wrong lengths, or padding that cannot be.
    fn decrypt(self, key: &[u8], iv: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        fn with<M: KeyIvInit + BlockModeDecrypt>(key: &[u8], iv: &[u8], text: &[u8]) -> Option<Vec<u8>> {
            M::new_from_slices(key, iv).ok()?.decrypt_padded_vec::<Pkcs7>(text).ok()
        }
        match self {
            Cipher::Aes128 => with::<Decryptor<Aes128>>(key, iv, text),
            Cipher::Aes192 => with::<Decryptor<Aes192>>(key, iv, text),
            Cipher::Aes256 => with::<Decryptor<Aes256>>(key, iv, text),
            Cipher::TripleDes => with::<Decryptor<TdesEde3>>(key, iv, text),
            Cipher::Des => with::<Decryptor<Des>>(key, iv, text),
            Cipher::Rc2(_) => with::<Decryptor<Rc2>>(key, iv, text),
        }
    }
}

/// OpenSSL's `EVP_BytesToKey` with one round of MD5, the first 8 bytes of the vector as salt.
pub(super) fn dek_info(cipher: Cipher, iv: &[u8], password: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let salt = iv.get(..8)?;
    let mut key: Vec<u8> = Vec::with_capacity(48);
    let mut last: Vec<u8> = Vec::new();
    while key.len() < cipher.key() {
        last = Md5::new().chain_update(&last).chain_update(password).chain_update(salt).finalize().to_vec();
        key.extend_from_slice(&last);
    }
    cipher.decrypt(key.get(..cipher.key())?, iv, text)
}

/// PBKDF1 with DES, RFC 8018 6.1.
pub(super) fn pkcs5_des(
    sha1: bool,
    salt: &[u8],
    rounds: u64,
    password: &[u8],
    text: &[u8],
) -> Option<Vec<u8>> {
    fn derive<H: Digest>(salt: &[u8], rounds: u64, password: &[u8]) -> Vec<u8> {
        let mut out = H::new().chain_update(password).chain_update(salt).finalize();
        for _ in 1..rounds {
            out = H::digest(&out);
        }
        out.to_vec()
    }
    let derived =
        if sha1 { derive::<Sha1>(salt, rounds, password) } else { derive::<Md5>(salt, rounds, password) };
    Cipher::Des.decrypt(derived.get(..8)?, derived.get(8..16)?, text)
}

/// The schemes of RFC 7292 appendix C: key and vector from SHA-1.
pub(super) fn pkcs12(
    cipher: Cipher,
    salt: &[u8],
    rounds: u64,
    password: &[u8],
    text: &[u8],
) -> Option<Vec<u8>> {
    pkcs12_passwords(password).into_iter().find_map(|wide| {
        let sha1 = &digest::SHA1_FOR_LEGACY_USE_ONLY;
        let key = pkcs12_derive(sha1, 1, salt, rounds, &wide, cipher.key());
        let vector = pkcs12_derive(sha1, 2, salt, rounds, &wide, cipher.block());
        cipher.decrypt(&key, &vector, text)
    })
}

/// `PBEWithMD5AndTripleDES` of the JDK: keys in JCEKS stores. Each half of the salt is hashed by itself.
pub(super) fn java_triple_des(salt: &[u8], rounds: u64, password: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mut salt: [u8; 8] = salt.try_into().ok()?;
    if salt[..4] == salt[4..] {
        // As the JDK does it, slip included.
        for index in 0..2 {
            let kept = salt[index];
            salt[index] = salt[3 - index];
            salt[2] = kept;
        }
    }
    let mut derived = Vec::with_capacity(32);
    for half in salt.chunks(4) {
        let mut link = half.to_vec();
        for _ in 0..rounds {
            link = Md5::new().chain_update(&link).chain_update(password).finalize().to_vec();
        }
        derived.extend(link);
    }
    Cipher::TripleDes.decrypt(derived.get(..24)?, derived.get(24..)?, text)
}

/// The key protector of the JDK's JKS stores (`sun.security.provider.KeyProtector`): 20 bytes of salt, the key
/// mixed with a chain of SHA-1, and a SHA-1 of password and key, by which a wrong password is told.
pub(super) fn java_key_store(password: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let wide = utf16(password);
    let (salt, text) = text.split_at_checked(20)?;
    let (mixed, check) = text.split_at_checked(text.len().checked_sub(20)?)?;
    let mut link = salt.to_vec();
    let mut plain = Vec::with_capacity(mixed.len());
    for chunk in mixed.chunks(20) {
        link = Sha1::new().chain_update(&wide).chain_update(&link).finalize().to_vec();
        plain.extend(chunk.iter().zip(&link).map(|(byte, mask)| byte ^ mask));
    }
    let found = Sha1::new().chain_update(&wide).chain_update(&plain).finalize();
    (found.as_slice() == check).then_some(plain)
}

/// A password as UTF-16, big endian; bytes that are no UTF-8 count as Latin-1.
pub(super) fn utf16(password: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(password) {
        Ok(text) => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Err(_) => password.iter().flat_map(|&byte| [0, byte]).collect(),
    }
}

/// A password as PKCS#12 takes it. For "no password" some write two zeros and some nothing.
pub(super) fn pkcs12_passwords(password: &[u8]) -> Vec<Vec<u8>> {
    let mut wide = utf16(password);
    wide.extend([0, 0]);
    if password.is_empty() { vec![wide, Vec::new()] } else { vec![wide] }
}

/// RFC 7292 B.2. `purpose`: 1 for a key, 2 for a vector, 3 for a proof.
pub(super) fn pkcs12_derive(
    hash: &'static digest::Algorithm,
    purpose: u8,
    salt: &[u8],
    rounds: u64,
    password: &[u8],
    length: usize,
) -> Vec<u8> {
    let block = hash.block_len();
    let filled = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().copied().cycle().take(bytes.len().div_ceil(block) * block).collect()
    };
    let mut input = [filled(salt), filled(password)].concat();
    let mut out = Vec::with_capacity(length + 64);
    while out.len() < length {
        let mut context = digest::Context::new(hash);
        context.update(&vec![purpose; block]);
        context.update(&input);
        let mut link = context.finish();
        for _ in 1..rounds {
            link = digest::digest(hash, link.as_ref());
        }
        let link = link.as_ref();
        out.extend_from_slice(link);
        for part in input.chunks_mut(block) {
            // part = part + link repeated + 1, as one number.
            let mut carry = 1_u16;
            for (index, byte) in part.iter_mut().enumerate().rev() {
                let sum = u16::from(*byte) + u16::from(link[index % link.len()]) + carry;
                (*byte, carry) = (sum as u8, sum >> 8);
            }
        }
    }
    out.truncate(length);
    out
}
