//! Keys and certificates that follow from a seed: EC keys from seeded scalars, RSA keys from seeded primes, signatures
//! without chance (RFC 6979 and PKCS#1 v1.5 need none). So the same seed writes the same bytes.

use data_encoding::BASE64;
use num_bigint::BigUint;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyUsagePurpose, date_time_ymd,
};

use super::random::Random;
use crate::parts::authority_params;

/// A key: what signs with it, and how it stands in a file.
pub(crate) struct Key {
    signer: Option<SigningKey>,
    /// As it stands in a certificate.
    public: Vec<u8>,
    /// PKCS#8 or PKCS#1.
    pub(crate) pem: String,
}

impl Key {
    /// An EC key on P-256.
    pub(crate) fn ec(random: &mut Random) -> Self {
        // A scalar of 256 random bits is no scalar about once in 2^32 times.
        let (secret, signer) = loop {
            let secret = random.bytes(32);
            if let Ok(signer) = SigningKey::from_slice(&secret) {
                break (secret, signer);
            }
        };
        let public = signer.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        let mut inner = vec![0x02, 1, 1];
        tlv(&mut inner, 0x04, &secret);
        let mut bits = vec![0];
        bits.extend(&public);
        let mut tagged = Vec::new();
        tlv(&mut tagged, 0x03, &bits);
        tlv(&mut inner, 0xa1, &tagged);
        let mut key = Vec::new();
        tlv(&mut key, 0x30, &inner);
        // `id-ecPublicKey` on `prime256v1`.
        let mut outer = vec![0x02, 1, 0, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
        outer.extend([0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
        tlv(&mut outer, 0x04, &key);
        let mut whole = Vec::new();
        tlv(&mut whole, 0x30, &outer);
        Self { signer: Some(signer), public, pem: pem("PRIVATE KEY", &whole) }
    }

    /// An RSA key of 2048 bits. It costs a second, so a few are made and used in turn.
    pub(crate) fn rsa(random: &mut Random) -> Self {
        let (one, exponent) = (BigUint::from(1_u8), BigUint::from(65_537_u32));
        loop {
            let (p, q) = (prime(random), prime(random));
            let phi = (&p - &one) * (&q - &one);
            let (Some(private), Some(inverse)) = (exponent.modinv(&phi), q.modinv(&p)) else { continue };
            let modulus = &p * &q;
            let mut public = Vec::new();
            for it in [&modulus, &exponent] {
                integer(&mut public, it);
            }
            let mut key = vec![0x02, 1, 0];
            let (by_p, by_q) = (&private % (&p - &one), &private % (&q - &one));
            for it in [&modulus, &exponent, &private, &p, &q, &by_p, &by_q, &inverse] {
                integer(&mut key, it);
            }
            let (mut public_der, mut key_der) = (Vec::new(), Vec::new());
            tlv(&mut public_der, 0x30, &public);
            tlv(&mut key_der, 0x30, &key);
            return Self { signer: None, public: public_der, pem: pem("RSA PRIVATE KEY", &key_der) };
        }
    }
}

impl rcgen::PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        if self.signer.is_some() { &rcgen::PKCS_ECDSA_P256_SHA256 } else { &rcgen::PKCS_RSA_SHA256 }
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signer = self.signer.as_ref().ok_or(rcgen::Error::RemoteKeyError)?;
        let signature: Signature = signer.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

/// From when to when: the usual, over, or about to be.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Life {
    Usual,
    Over,
    Ending,
}

/// A root, an authority below it, and keys for those that need none of their own.
pub(crate) struct Authority {
    pub(crate) root: String,
    pub(crate) intermediate: String,
    issuer: Issuer<'static, Key>,
    rsa: Vec<Key>,
}

impl Authority {
    pub(crate) fn new(random: &mut Random, name: &str, rsa: usize) -> Self {
        let root_params = authority_params(&format!("{name} Root CA"));
        let root_key = Key::ec(random);
        let root = root_params.self_signed(&root_key).unwrap().pem();
        let mut params = authority_params(&format!("{name} Issuing CA"));
        params.use_authority_key_identifier_extension = true;
        let key = Key::ec(random);
        let intermediate = params.signed_by(&key, &Issuer::new(root_params, root_key)).unwrap().pem();
        let rsa = (0..rsa).map(|_| Key::rsa(random)).collect();
        Self { root, intermediate, issuer: Issuer::new(params, key), rsa }
    }

    /// A leaf for a host, with an RSA key where there are any and one is wanted, and its key.
    pub(crate) fn leaf(&self, random: &mut Random, host: &str, life: Life, rsa: bool) -> (String, String) {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, host);
        params.is_ca = IsCa::NoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = match life {
            Life::Usual => date_time_ymd(2027, 1, 1),
            Life::Over => date_time_ymd(2026, 10, 1),
            Life::Ending => date_time_ymd(2026, 12, 1),
        };
        let serial = random.bytes(16);
        params.serial_number = Some(rcgen::SerialNumber::from_slice(&serial));
        let own;
        let key = if rsa && !self.rsa.is_empty() {
            &self.rsa[random.below(self.rsa.len())]
        } else {
            own = Key::ec(random);
            &own
        };
        (params.signed_by(key, &self.issuer).unwrap().pem(), key.pem.clone())
    }
}

/// Roots of nobody we know: what the bundle of a distribution looks like.
pub(crate) fn strangers(random: &mut Random, count: usize) -> Vec<String> {
    let mut make = |number: usize| {
        let name = format!("{} Trust Services Root R{number}", super::words::name(random));
        authority_params(&name).self_signed(&Key::ec(random)).unwrap().pem()
    };
    (0..count).map(&mut make).collect()
}

/// A prime of 1024 bits whose upper two are set.
fn prime(random: &mut Random) -> BigUint {
    let small: Vec<u32> =
        (3..2_000_u32).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0)).collect();
    loop {
        let mut bytes = random.bytes(128);
        bytes[0] |= 0xc0;
        bytes[127] |= 1;
        let number = BigUint::from_bytes_be(&bytes);
        let composite = small.iter().any(|it| &number % *it == BigUint::ZERO);
        let two = BigUint::from(2_u8);
        // One round with a fixed base is enough for numbers that nobody chose to deceive it.
        if !composite && two.modpow(&(&number - 1_u8), &number) == BigUint::from(1_u8) {
            return number;
        }
    }
}

fn integer(out: &mut Vec<u8>, number: &BigUint) {
    let mut bytes = number.to_bytes_be();
    if bytes[0] >= 0x80 {
        bytes.insert(0, 0);
    }
    tlv(out, 0x02, &bytes);
}

fn tlv(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    match content.len() {
        length @ 0..=0x7f => out.push(length as u8),
        length @ 0x80..=0xff => out.extend([0x81, length as u8]),
        length => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend(content);
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem + &format!("-----END {label}-----\n")
}
