//! The old ciphers and key derivations that `pkcs8` does not do: PEM headers, PKCS#5 v1, PKCS#12.

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use des::{Des, TdesEde3};
use md5::Md5;
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
}

impl Cipher {
    /// Bytes of a block, and so of an initial vector.
    pub(super) fn block(self) -> usize {
        match self {
            Cipher::Aes128 | Cipher::Aes192 | Cipher::Aes256 => 16,
            Cipher::TripleDes | Cipher::Des => 8,
        }
    }

    fn key(self) -> usize {
        match self {
            Cipher::Aes128 => 16,
            Cipher::Aes192 | Cipher::TripleDes => 24,
            Cipher::Aes256 => 32,
            Cipher::Des => 8,
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

/// pbeWithSHAAnd3-KeyTripleDES-CBC, RFC 7292 appendix C.
pub(super) fn pkcs12_triple_des(salt: &[u8], rounds: u64, password: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mut wide = utf16(password);
    wide.extend([0, 0]);
    let key = pkcs12_derive(1, salt, rounds, &wide, 24)?;
    let iv = pkcs12_derive(2, salt, rounds, &wide, 8)?;
    Cipher::TripleDes.decrypt(&key, &iv, text)
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
fn utf16(password: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(password) {
        Ok(text) => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Err(_) => password.iter().flat_map(|&byte| [0, byte]).collect(),
    }
}

/// RFC 7292 B.2 with SHA-1. `purpose`: 1 for a key, 2 for a vector.
fn pkcs12_derive(purpose: u8, salt: &[u8], rounds: u64, password: &[u8], length: usize) -> Option<Vec<u8>> {
    const BLOCK: usize = 64;
    let filled = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().copied().cycle().take(bytes.len().div_ceil(BLOCK) * BLOCK).collect()
    };
    let mut input = [filled(salt), filled(password)].concat();
    let mut out = Vec::with_capacity(length + 20);
    while out.len() < length {
        let mut hash = Sha1::new().chain_update([purpose; BLOCK]).chain_update(&input).finalize();
        for _ in 1..rounds {
            hash = Sha1::digest(hash);
        }
        out.extend_from_slice(&hash);
        for block in input.chunks_mut(BLOCK) {
            // block = block + hash repeated + 1, as one number.
            let mut carry = 1_u16;
            for (index, byte) in block.iter_mut().enumerate().rev() {
                let sum = u16::from(*byte) + u16::from(hash.get(index % 20).copied()?) + carry;
                (*byte, carry) = (sum as u8, sum >> 8);
            }
        }
    }
    out.truncate(length);
    Some(out)
}
