//! RSA and DSA signatures by plain arithmetic, for what ring refuses to look at: 1024 bits, MD5, SHA-1 with
//! PSS, salts of other lengths. Verification handles public numbers only, so timing tells nobody anything.

use num_bigint::BigUint;

use super::algorithm::HashKind;
use super::ber::{self, INTEGER, NULL, OCTET_STRING, OID, Reader, SEQUENCE, strip_zeros};

/// Bounds against numbers made to keep us busy.
const MAX_MODULUS: usize = 16_384 / 8;
const MAX_EXPONENT: usize = 64 / 8;

/// The message block that a signature opens to, as long as the modulus; `None` where the numbers are out of
/// bounds or the signature is not of this key.
fn open(modulus: &[u8], exponent: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    let n = BigUint::from_bytes_be(modulus);
    let s = BigUint::from_bytes_be(signature);
    if signature.len() != modulus.len() || s >= n {
        return None;
    }
    let block = s.modpow(&BigUint::from_bytes_be(exponent), &n).to_bytes_be();
    let mut out = vec![0; modulus.len().checked_sub(block.len())?];
    out.extend_from_slice(&block);
    Some(out)
}

/// Whether we are willing to compute with such a key.
pub(super) fn bearable(modulus: &[u8], exponent: &[u8]) -> bool {
    let odd = modulus.last().is_some_and(|byte| byte & 1 == 1);
    odd && modulus.len() <= MAX_MODULUS && !exponent.is_empty() && exponent.len() <= MAX_EXPONENT
}

/// PKCS#1 v1.5, RFC 8017 8.2.2; the NULL of the hash's parameters may be missing. `None`: hash not computed here.
pub(super) fn verify_pkcs1(
    key: (&[u8], &[u8]),
    hash: HashKind,
    signature: &[u8],
    message: &[u8],
) -> Option<bool> {
    let digest = hash.digest(message)?;
    let Some(block) = open(key.0, key.1, signature) else { return Some(false) };
    let oid = ber::wrap(OID, &[hash.oid()]);
    let value = ber::wrap(OCTET_STRING, &[&digest]);
    let fits = |parameters: &[u8]| {
        let info = ber::wrap(SEQUENCE, &[&ber::wrap(SEQUENCE, &[&oid, parameters]), &value]);
        let Some(filling) = block.len().checked_sub(info.len() + 3).filter(|filling| *filling >= 8) else {
            return false;
        };
        let mut expected = vec![0, 1];
        expected.resize(filling + 2, 0xff);
        expected.push(0);
        expected.extend_from_slice(&info);
        expected == block
    };
    Some(fits(&[NULL, 0]) || fits(&[]))
}

/// PSS, RFC 8017 8.1.2 and 9.1.2, with any salt length. `None`: hash not computed here.
pub(super) fn verify_pss(
    key: (&[u8], &[u8]),
    (hash, mask_hash, salt): (HashKind, HashKind, u32),
    signature: &[u8],
    message: &[u8],
) -> Option<bool> {
    let digest = hash.digest(message)?;
    mask_hash.digest(&[])?;
    let Some(block) = open(key.0, key.1, signature) else { return Some(false) };
    Some(pss_block(key.0, &block, &digest, (hash, mask_hash, salt as usize)) == Some(true))
}

fn pss_block(
    modulus: &[u8],
    block: &[u8],
    digest: &[u8],
    (hash, mask_hash, salt): (HashKind, HashKind, usize),
) -> Option<bool> {
    // The encoded message has one bit less than the modulus, so it is a byte shorter where that is 8n+1 bits.
    let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize - 1;
    let length = bits.div_ceil(8);
    let (above, encoded) = block.split_at_checked(block.len().checked_sub(length)?)?;
    let (&trailer, encoded) = encoded.split_last()?;
    let (masked, stored) = encoded.split_at_checked(encoded.len().checked_sub(digest.len())?)?;
    let spare = length * 8 - bits;
    let first_mask = 0xff_u8.checked_shr(spare as u32)?;
    if above.iter().any(|&byte| byte != 0) || trailer != 0xbc || masked.first()? & !first_mask != 0 {
        return None;
    }
    let mut plain: Vec<u8> = Vec::with_capacity(masked.len());
    for (counter, chunk) in (0_u32..).zip(masked.chunks(mask_hash.digest(&[])?.len())) {
        let mask = mask_hash.digest(&[stored, &counter.to_be_bytes()].concat())?;
        plain.extend(chunk.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
    }
    *plain.first_mut()? &= first_mask;
    let (filling, salt) = plain.split_at_checked(plain.len().checked_sub(salt)?)?;
    let (&one, zeros) = filling.split_last()?;
    if one != 1 || zeros.iter().any(|&byte| byte != 0) {
        return None;
    }
    Some(hash.digest(&[&[0; 8], digest, salt].concat())? == stored)
}

/// DSA, FIPS 186-4 4.7. `domain` is p, q, g; `public` is y. `None`: hash not computed, or numbers out of bounds.
pub(super) fn verify_dsa(
    domain: [&[u8]; 3],
    public: &[u8],
    hash: HashKind,
    signature: &[u8],
    message: &[u8],
) -> Option<bool> {
    let digest = hash.digest(message)?;
    if domain[0].len() > 512 || domain[1].len() > 64 || domain[2].len() > 512 || public.len() > 512 {
        return None;
    }
    let [prime, order, generator] = domain.map(BigUint::from_bytes_be);
    let (zero, one) = (BigUint::from(0_u8), BigUint::from(1_u8));
    if prime <= one || order <= one {
        return Some(false);
    }
    let numbers = Reader::new(signature).take(SEQUENCE).and_then(|pair| {
        let mut pair = pair.inside();
        Some((pair.take(INTEGER)?.unsigned(), pair.take(INTEGER)?.unsigned()))
    });
    let Some((r, s)) = numbers else { return Some(false) };
    if r.len() > 64 || s.len() > 64 {
        return Some(false);
    }
    let (r, s) = (BigUint::from_bytes_be(r), BigUint::from_bytes_be(s));
    if r == zero || s == zero || r >= order || s >= order {
        return Some(false);
    }
    let width = strip_zeros(domain[1]).len().min(digest.len());
    let z = BigUint::from_bytes_be(digest.get(..width)?);
    let Some(w) = s.modinv(&order) else { return Some(false) };
    let (u1, u2) = (z * &w % &order, &r * w % &order);
    let product = generator.modpow(&u1, &prime) * BigUint::from_bytes_be(public).modpow(&u2, &prime);
    Some(product % &prime % &order == r)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::{Certificate, Verdict, verify};

    /// With 1 for an exponent, a signature is its own message block, so that any block can be tried.
    const ONE: &[u8] = &[1];

    fn modulus() -> Vec<u8> {
        vec![0xff; 128]
    }

    fn block(parameters: &[u8], digest: &[u8], filling: u8) -> Vec<u8> {
        let algorithm = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[HashKind::Sha256.oid()]), parameters]);
        let info = ber::wrap(SEQUENCE, &[&algorithm, &ber::wrap(OCTET_STRING, &[digest])]);
        let mut out = vec![0, 1];
        out.resize(128 - info.len() - 1, filling);
        out.push(0);
        out.extend(info);
        out
    }

    #[test]
    fn pkcs1_padding_is_checked_to_the_last_byte() {
        let digest = HashKind::Sha256.digest(b"message").unwrap();
        let check = |block: &[u8]| verify_pkcs1((&modulus(), ONE), HashKind::Sha256, block, b"message");
        assert_eq!(check(&block(&[NULL, 0], &digest, 0xff)), Some(true));
        assert_eq!(check(&block(&[], &digest, 0xff)), Some(true), "a missing NULL is taken");
        assert_eq!(check(&block(&[OCTET_STRING, 0], &digest, 0xff)), Some(false));
        assert_eq!(check(&block(&[NULL, 0], &digest, 0xfe)), Some(false));
        assert_eq!(check(&block(&[NULL, 0], &[0; 32], 0xff)), Some(false));
        let good = block(&[NULL, 0], &digest, 0xff);
        for at in 0..good.len() {
            let mut other = good.clone();
            other[at] ^= 4;
            assert_eq!(check(&other), Some(false), "byte {at}");
        }
        assert_eq!(check(&good[1..]), Some(false), "too short");
        assert_eq!(verify_pkcs1((&modulus(), ONE), HashKind::Sha3(256), &good, b"message"), None);
    }

    #[test]
    fn hostile_keys_are_not_computed_with() {
        assert!(bearable(&modulus(), &[1, 0, 1]));
        assert!(!bearable(&[0xff; 2049], &[1, 0, 1]));
        assert!(!bearable(&modulus(), &[1; 9]));
        assert!(!bearable(&[0xfe; 128], &[1, 0, 1]));
        assert!(!bearable(&[], &[]));
        assert_eq!(verify_dsa([&[], &[], &[]], &[], HashKind::Sha1, &[0x30, 0], b""), Some(false));
    }

    #[test]
    fn pss_of_a_modulus_one_bit_longer_than_whole_bytes() {
        // 1025 bits, SHA-512, the longest salt that fits.
        let der = data_encoding::BASE64.decode(ODD.as_bytes()).unwrap();
        let cert = Certificate::parse(&der).unwrap();
        assert_eq!(cert.public_key.bits, 1025);
        assert_eq!(verify(&cert, &cert.public_key), Verdict::Good);
        for at in (der.len() - 129..der.len()).step_by(8) {
            let mut other = der.clone();
            other[at] ^= 1;
            assert_eq!(
                verify(&Certificate::parse(&other).unwrap(), &cert.public_key),
                Verdict::Bad,
                "byte {at}"
            );
        }
    }

    const ODD: &str = "MIICZTCCAZmgAwIBAgIUYc6NtONaeVv9V835QTp1g5RJAJ4wQQYJKoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgMFAKEcMBoG\
        CSqGSIb3DQEBCDANBglghkgBZQMEAgMFAKIDAgE+MBAxDjAMBgNVBAMMBXIxMDI1MB4XDTI2MTEyMjA2MTEwOFoXDTM2MTEx\
        OTA2MTEwOFowEDEOMAwGA1UEAwwFcjEwMjUwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBATBalHpMoZu8ck+Be+MbWcms\
        6wvnUFzeSY6gsidPHTJbAeZy5NLW1FZmTj5O24iyk/UqbEqWvX0KO0ehrRx+xMPa8I+VPgKVANVwBylSSVHHbepfngI0jrBf\
        DBa/FuPmrVnsMZXG18nlAqpctJPdCFh0+bb9j5H3Wa0K6KB+3H1jAgMBAAGjUzBRMB0GA1UdDgQWBBS4q68VYvQZnl4TDFVr\
        TtD5EhcU0DAfBgNVHSMEGDAWgBS4q68VYvQZnl4TDFVrTtD5EhcU0DAPBgNVHRMBAf8EBTADAQH/MEEGCSqGSIb3DQEBCjA0\
        oA8wDQYJYIZIAWUDBAIDBQChHDAaBgkqhkiG9w0BAQgwDQYJYIZIAWUDBAIDBQCiAwIBPgOBggAAIrblm6w1ytZp2yf27wa0\
        eYdwX2gQD/OWl3ffWtuJgHiRWE8P5dahv7jXLYDu7vDK+J/l0COOPbiwjZ8aMMYHiYlRAUW4WUJ9EibIY1XiVFNTO3RSlAzr\
        lgoFazADs4DI98qt9TqrdFFKvvRvqooA2SYlZNMqNS33/p5ioMNFzak=";
}
