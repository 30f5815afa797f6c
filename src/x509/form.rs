//! Faults of form: what RFC 5280 forbids a certificate, told by a walk over its bytes, and which readers mind.
//!
//! The parser takes nearly everything, as OpenSSL does. What it took is looked at again here, field by field.

mod extension;
mod host;
mod key;

use super::ber::{self, Element, GENERALIZED_TIME, INTEGER, Reader, SEQUENCE};
use super::certificate::{Certificate, Envelope};
use super::name::string_complaint;

/// Who refuses a certificate because of a fault of form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// No reader is known that minds.
    Nobody,
    /// OpenSSL with `-x509_strict`, which Python sets since 3.13; or rustls.
    Strict,
    /// OpenSSL as it is usually set, or Go.
    Common,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlawKind {
    /// BER, padded numbers, odd times: departures from DER.
    Encoding,
    /// A point in time in the wrong type for its year.
    TimeForm,
    /// Older than version 3.
    OldVersion,
    /// A version that nobody defined.
    UnknownVersion,
    /// Fields that its version does not have.
    LaterFields,
    /// A serial number below zero.
    NegativeSerial,
    /// The serial number zero.
    ZeroSerial,
    /// A serial number of more than 20 octets.
    LongSerial,
    /// Inner and outer signature algorithm differ.
    AlgorithmsDiffer,
    /// Parameters of the signature or key algorithm that must not be there, or must.
    AlgorithmParameters,
    /// No issuer is named.
    EmptyIssuer,
    /// No subject is named where one must be.
    EmptySubject,
    /// A name in a string type or with characters that the type does not have.
    NameString,
    /// Numbers that are no key, a point that is not on its curve.
    BadKey,
    /// The curve is spelled out by parameters.
    ExplicitCurve,
    /// One extension stands twice.
    DuplicateExtension,
    /// An extension that cannot be read.
    UnreadableExtension,
    /// An extension that is marked critical and must not be.
    MustNotBeCritical,
    /// An extension that must be marked critical and is not.
    MustBeCritical,
    /// An authority whose basic constraints are not critical.
    AuthorityNotCritical,
    /// A list that must hold something.
    EmptyList,
    /// Alternative names that are there and empty.
    EmptyAltNames,
    /// No subject, and alternative names that are not critical.
    AltNamesNotCritical,
    /// An alternative name that cannot be read: an address of the wrong length, letters beyond ASCII.
    UnreadableAltName,
    /// A dNSName that no client ever matches.
    HostName,
    /// An rfc822Name or URI that is none.
    OtherName,
    /// A key usage without a use.
    EmptyKeyUsage,
    /// A bit string with bits that must not be there.
    KeyUsageBits,
    /// An authority without key usage.
    AuthorityWithoutKeyUsage,
    /// Key usage of an authority in a certificate that is none.
    SignsWithoutAuthority,
    /// An authority with a key usage that lacks keyCertSign.
    AuthorityMayNotSign,
    /// A path length where it means nothing.
    PathLength,
    /// A path length below zero.
    NegativePathLength,
    /// The issuer's key is not identified.
    NoAuthorityKeyId,
    /// The authority's own key is not identified.
    NoSubjectKeyId,
    /// Name and serial number of the issuer that do not go together.
    AuthorityKeyIdParts,
    /// Name constraints without a name, or with one that is malformed.
    NameConstraints,
    /// Name constraints with distances that nobody uses.
    ConstraintDistance,
    /// Name constraints in a certificate that is no authority.
    ConstraintsWithoutAuthority,
    /// A policy that stands twice, maps from or to any, or has a notice in the wrong form.
    Policies,
    /// A purpose that allows any beside others.
    AnyPurpose,
    /// Certificate timestamps in the wrong form.
    Timestamps,
    /// A distribution point that names no list.
    DistributionPoint,
}

impl FlawKind {
    /// Who refuses it. OpenSSL: `x509v3_cache_extensions` and, for the strict ones, `check_extensions` of 3.0; Go:
    /// `parseCertificate` of 1.23.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Encoding
            | Self::UnknownVersion
            | Self::NegativeSerial
            | Self::AlgorithmsDiffer
            | Self::BadKey
            | Self::ExplicitCurve
            | Self::DuplicateExtension
            | Self::UnreadableExtension
            | Self::UnreadableAltName
            | Self::EmptyKeyUsage
            | Self::NegativePathLength
            | Self::NameConstraints => Refusal::Common,
            Self::OldVersion
            | Self::LaterFields
            | Self::EmptyIssuer
            | Self::EmptySubject
            | Self::EmptyAltNames
            | Self::AltNamesNotCritical
            | Self::AuthorityNotCritical
            | Self::AuthorityWithoutKeyUsage
            | Self::SignsWithoutAuthority
            | Self::PathLength
            | Self::NoAuthorityKeyId
            | Self::NoSubjectKeyId => Refusal::Strict,
            _ => Refusal::Nobody,
        }
    }
}

/// A fault of form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong.
    pub kind: FlawKind,
    /// Who refuses it.
    pub refusal: Refusal,
    /// The byte of the certificate at which it is seen; 0 where something is missing.
    pub at: usize,
    /// It in words that follow "because": the field and what is wrong with it.
    pub what: String,
}

/// Collects faults.
pub(super) struct Flaws(Vec<Flaw>);

impl Flaws {
    fn add(&mut self, kind: FlawKind, at: usize, what: impl Into<String>) {
        self.0.push(Flaw { kind, refusal: kind.refusal(), at, what: what.into() });
    }

    /// The same where only strict readers mind this one.
    fn add_as(&mut self, kind: FlawKind, refusal: Refusal, at: usize, what: impl Into<String>) {
        self.0.push(Flaw { kind, refusal, at, what: what.into() });
    }
}

/// What RFC 5280 forbids and a certificate does, in order of its bytes.
pub(super) fn flaws(it: &Certificate) -> Vec<Flaw> {
    let mut flaws = Flaws(Vec::new());
    for odd in &it.irregular {
        // Serial numbers and names are looked at below as well.
        flaws.add(FlawKind::Encoding, odd.at, odd.what.clone());
    }
    let normal;
    let outer = Reader::new(&it.der).expect(SEQUENCE, "").ok();
    let envelope = if let Some(Ok(envelope)) = outer.map(|outer| Envelope::read(&outer)) {
        envelope
    } else {
        normal = ber::normalised(&it.der).unwrap_or_default();
        let outer = Reader::new(&normal).expect(SEQUENCE, "").ok();
        let Some(Ok(envelope)) = outer.map(|outer| Envelope::read(&outer)) else { return flaws.0 };
        envelope
    };
    // A field that is not there or not readable ends the walk; the parser has said so already.
    let _ = fields(it, &envelope, &mut flaws);
    flaws.0.sort_by_key(|flaw| (flaw.at, flaw.kind));
    flaws.0.dedup_by(|a, b| a.kind == b.kind && a.at == b.at);
    flaws.0
}

fn fields(it: &Certificate, envelope: &Envelope<'_>, flaws: &mut Flaws) -> Result<(), super::ParseError> {
    let mut fields = envelope.signed.inside();
    if let Some(version) = fields.take(0xa0)
        && version.inside().take(INTEGER).is_some_and(|number| number.content == [0])
    {
        flaws.add_as(FlawKind::LaterFields, Refusal::Nobody, version.at, "version: 1 is written out");
    }
    self::version(it, flaws);
    let serial = fields.expect(INTEGER, "serialNumber")?;
    self::serial(&serial, flaws);
    let inner = fields.expect(SEQUENCE, "signature")?;
    if it.inner_outer_algorithms_differ {
        flaws.add(
            FlawKind::AlgorithmsDiffer,
            inner.at,
            "signature: the algorithm inside what is signed is not the one outside",
        );
    }
    key::signature_parameters(&inner, flaws);
    let issuer = fields.expect(SEQUENCE, "issuer")?;
    if issuer.content.is_empty() {
        flaws.add(FlawKind::EmptyIssuer, issuer.at, "issuer: it is empty");
    }
    names("issuer", &issuer, flaws);
    let mut validity = fields.expect(SEQUENCE, "validity")?.inside();
    for field in ["notBefore", "notAfter"] {
        let moment = validity.any(field)?;
        // Years before 2050 have two digits, RFC 5280 4.1.2.5.
        if moment.tag == GENERALIZED_TIME && moment.content.get(..4).is_some_and(|year| year < &b"2050"[..]) {
            flaws.add(
                FlawKind::TimeForm,
                moment.at,
                format!("{field}: GeneralizedTime for a year before 2050"),
            );
        }
    }
    let subject = fields.expect(SEQUENCE, "subject")?;
    names("subject", &subject, flaws);
    let key = fields.expect(SEQUENCE, "subjectPublicKeyInfo")?;
    key::public_key(it, &key, flaws);
    let mut unique = false;
    for (tag, field) in [(1, "issuerUniqueID"), (2, "subjectUniqueID")] {
        let tags = [0x80 | tag, 0xa0 | tag];
        if !fields.peek().is_some_and(|found| tags.contains(&found)) {
            continue;
        }
        let id = fields.any(field)?;
        unique = true;
        if it.version < 2 {
            flaws.add(FlawKind::LaterFields, id.at, format!("{field}: a certificate of version 1 has none"));
        }
        // X.690 11.2.1: bits that are left over are zero.
        let whole = match id.content {
            [spare @ 0..=7, .., last] => last.trailing_zeros() >= u32::from(*spare),
            [0] => true,
            _ => false,
        };
        if id.tag & 0x20 != 0 || !whole {
            flaws.add(FlawKind::Encoding, id.at, format!("{field}: it is no BIT STRING"));
        }
    }
    let subject_at = subject.content.is_empty().then_some(subject.at);
    let list = fields.take(0xa3).and_then(|outer| outer.inside().take(SEQUENCE));
    if unique && list.is_none() && it.version == 3 {
        flaws.add(FlawKind::LaterFields, 0, "version: 3 without an extension");
    }
    extension::all(it, list.as_ref(), subject_at, flaws);
    Ok(())
}

fn version(it: &Certificate, flaws: &mut Flaws) {
    match it.version {
        3 => {}
        1 | 2 => {
            // Roots are believed as they are.
            if !it.is_self_issued() {
                flaws.add(
                    FlawKind::OldVersion,
                    0,
                    format!("version: {}, which has no extensions and so no names of hosts", it.version),
                );
            }
        }
        other => flaws.add(FlawKind::UnknownVersion, 0, format!("version: {other} does not exist")),
    }
}

fn serial(serial: &Element<'_>, flaws: &mut Flaws) {
    match serial.content {
        [] => {}
        [first, ..] if first & 0x80 != 0 => {
            flaws.add(FlawKind::NegativeSerial, serial.at, "serialNumber: it is negative");
        }
        digits if digits.iter().all(|digit| *digit == 0) => {
            flaws.add(FlawKind::ZeroSerial, serial.at, "serialNumber: it is zero");
        }
        digits if digits.len() > 20 => {
            flaws.add(
                FlawKind::LongSerial,
                serial.at,
                format!("serialNumber: {} octets, and 20 are allowed", digits.len()),
            );
        }
        _ => {}
    }
}

fn names(field: &str, name: &Element<'_>, flaws: &mut Flaws) {
    if let Some((at, what)) = string_complaint(name) {
        flaws.add(FlawKind::NameString, at, format!("{field}: {what}"));
    }
}

/// The elements of a list, as far as they can be told apart.
fn elements<'a>(list: &Element<'a>) -> impl Iterator<Item = Element<'a>> {
    let mut inside = list.inside();
    std::iter::from_fn(move || inside.any("").ok())
}
