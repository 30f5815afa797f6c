//! Extensions: which may stand, how they are marked, what must be in them. RFC 5280 4.2.

use super::super::{
    ber::{self, BIT_STRING, BOOLEAN, Element, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE},
    certificate::Certificate,
    extensions::KeyUsage,
};
use super::{FlawKind, Flaws, Refusal, elements, host};

struct Extension<'a> {
    at: usize,
    oid: &'a [u8],
    critical: bool,
    /// What stands in its OCTET STRING; positions in it count from its own start.
    value: Element<'a>,
    /// It is one that everybody knows, and its value is not one whole element.
    spoilt: bool,
}

/// `subject_at`: where the subject stands, if it is empty.
pub(super) fn all(
    it: &Certificate,
    list: Option<&Element<'_>>,
    subject_at: Option<usize>,
    flaws: &mut Flaws,
) {
    let found: Vec<Extension<'_>> =
        list.into_iter().flat_map(elements).filter_map(|one| read(&one)).collect();
    if let Some(list) = list
        && it.version < 3
    {
        flaws.add(
            FlawKind::LaterFields,
            list.at,
            format!("extensions: a certificate of version {} has none", it.version),
        );
    }
    for extension in &found {
        one(it, extension, flaws);
    }
    for oid in &it.duplicate_extensions {
        let again = found.iter().filter(|one| ber::dotted(one.oid) == *oid).nth(1);
        flaws.add(
            FlawKind::DuplicateExtension,
            again.map_or(0, |one| one.at),
            format!("{}: it stands twice", again.map_or_else(|| oid.clone(), |one| name(one.oid))),
        );
    }
    for oid in &it.unreadable_extensions {
        let one = found.iter().find(|one| ber::dotted(one.oid) == *oid);
        // What is wrong inside may have been told already, with its byte.
        let told =
            one.is_some_and(|one| flaws.0.iter().any(|it| it.at == one.at && it.refusal == Refusal::Common));
        if !told {
            flaws.add(
                FlawKind::UnreadableExtension,
                one.map_or(0, |one| one.at),
                format!("{}: it cannot be read", one.map_or_else(|| oid.clone(), |one| name(one.oid))),
            );
        }
    }
    together(it, &found, subject_at, flaws);
}

fn read<'a>(extension: &Element<'a>) -> Option<Extension<'a>> {
    let mut fields = extension.inside();
    let oid = fields.take(OID)?.content;
    let critical = fields.take(BOOLEAN).is_some_and(|mark| mark.content != [0]);
    let octets = fields.take(OCTET_STRING)?;
    let mut inside = Reader::new(octets.content);
    // What cannot be read as an element stands for itself, without a tag.
    let none = Element { tag: 0, at: 0, content_at: 0, content: &[], raw: &[] };
    let value = inside.any("").unwrap_or(none);
    let known = title(oid).is_some();
    Some(Extension {
        at: extension.at,
        oid,
        critical,
        value,
        spoilt: known && (value.tag == 0 || !inside.is_empty()),
    })
}

/// Whether an extension may be marked critical, RFC 5280 4.2; `None`: as one likes.
fn mark(oid: &[u8]) -> Option<bool> {
    Some(match oid {
        // subjectDirectoryAttributes, both key identifiers, issuerAltName, freshestCRL, both accesses, tlsFeature, timestamps.
        [0x55, 0x1d, 9 | 14 | 18 | 35 | 46]
        | [0x2b, 6, 1, 5, 5, 7, 1, 1 | 11 | 24]
        | [0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2] => false,
        // nameConstraints, policyMappings, policyConstraints, inhibitAnyPolicy.
        [0x55, 0x1d, 30 | 33 | 36 | 54] => true,
        _ => return None,
    })
}

fn name(oid: &[u8]) -> String {
    title(oid).map_or_else(|| format!("extension {}", ber::dotted(oid)), str::to_owned)
}

/// What the standards call an extension that everybody knows.
fn title(oid: &[u8]) -> Option<&'static str> {
    Some(match oid {
        [0x55, 0x1d, last] => match last {
            9 => "subjectDirectoryAttributes",
            14 => "subjectKeyIdentifier",
            15 => "keyUsage",
            17 => "subjectAltName",
            18 => "issuerAltName",
            19 => "basicConstraints",
            30 => "nameConstraints",
            31 => "cRLDistributionPoints",
            32 => "certificatePolicies",
            33 => "policyMappings",
            35 => "authorityKeyIdentifier",
            36 => "policyConstraints",
            37 => "extKeyUsage",
            46 => "freshestCRL",
            54 => "inhibitAnyPolicy",
            _ => return None,
        },
        [0x2b, 6, 1, 5, 5, 7, 1, 1] => "authorityInfoAccess",
        [0x2b, 6, 1, 5, 5, 7, 1, 11] => "subjectInfoAccess",
        [0x2b, 6, 1, 5, 5, 7, 1, 24] => "tlsFeature",
        [0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2] => "certificate timestamps",
        _ => return None,
    })
}

fn one(it: &Certificate, extension: &Extension<'_>, flaws: &mut Flaws) {
    let Extension { at, oid, critical, value, spoilt } = extension;
    let at = *at;
    let field = name(oid);
    match mark(oid) {
        // OpenSSL 3.0 knows none of these as critical (error 34); measured.
        Some(false) if *critical => {
            let timestamps = oid.first() == Some(&0x2b) && oid.len() > 8;
            let refusal = if timestamps { Refusal::Nobody } else { Refusal::Common };
            flaws.add_as(FlawKind::MustNotBeCritical, refusal, at, format!("{field}: it is marked critical"));
        }
        Some(true) if !critical => {
            flaws.add(FlawKind::MustBeCritical, at, format!("{field}: it is not marked critical"));
        }
        _ => {}
    }
    if *spoilt {
        flaws.add(FlawKind::UnreadableExtension, at, format!("{field}: its value is not one whole element"));
    }
    let empty = value.tag == SEQUENCE && value.content.is_empty();
    let mut fail = |kind: FlawKind, what: &str| flaws.add(kind, at, format!("{field}: {what}"));
    match oid {
        // Empty basicConstraints and authorityKeyIdentifier are what they should be.
        [0x55, 0x1d, 17 | 18] if empty => fail(FlawKind::EmptyAltNames, "it is empty"),
        [0x55, 0x1d, 30] if empty => fail(FlawKind::NameConstraints, "they are empty"),
        [0x55, 0x1d, 9 | 31 | 32 | 33 | 36 | 37 | 46] | [0x2b, 6, 1, 5, 5, 7, 1, 1 | 11] if empty => {
            fail(FlawKind::EmptyList, "it is empty");
        }
        [0x55, 0x1d, 15] => key_usage(it, value, &mut fail),
        [0x55, 0x1d, 17] => host::alt_names(&field, &placed(value, at), true, flaws),
        [0x55, 0x1d, 18] => host::alt_names(&field, &placed(value, at), false, flaws),
        [0x55, 0x1d, 19] => basic_constraints(value, &mut fail),
        [0x55, 0x1d, 30] => constraints(value, &mut fail),
        [0x55, 0x1d, 31 | 46] => distribution_points(value, &mut fail),
        [0x55, 0x1d, 32] => policies(value, &mut fail),
        [0x55, 0x1d, 33] => mappings(it, value, &mut fail),
        [0x55, 0x1d, 35] => authority_key_id(it, value, &mut fail),
        [0x55, 0x1d, 36] if elements(value).any(|number| !is_natural(number.content)) => {
            fail(FlawKind::Policies, "a number below zero");
        }
        [0x55, 0x1d, 37] => purposes(it, value, &mut fail),
        [0x55, 0x1d, 54] if value.content.first().is_some_and(|digit| digit & 0x80 != 0) => {
            fail(FlawKind::Policies, "a number below zero");
        }
        [0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2] => timestamps(value, &mut fail),
        _ => {}
    }
}

/// Whether the content of an INTEGER is zero or more.
fn is_natural(digits: &[u8]) -> bool {
    digits.first().is_some_and(|digit| digit & 0x80 == 0)
}

/// The value of an extension with positions that make sense in the certificate: all count as that of the extension.
fn placed<'a>(value: &Element<'a>, at: usize) -> Element<'a> {
    Element { at, content_at: at, ..*value }
}

fn key_usage(it: &Certificate, value: &Element<'_>, fail: &mut impl FnMut(FlawKind, &str)) {
    if value.tag != BIT_STRING {
        return;
    }
    let Some((spare, bits)) = value.content.split_first() else { return };
    if it.key_usage.is_none_or(|usage| usage.0 == 0) || bits.iter().all(|byte| *byte == 0) {
        fail(FlawKind::EmptyKeyUsage, "it allows nothing");
        return;
    }
    // Named bits end with the last that is set, X.690 11.2.2; nine are defined.
    let minimal = bits.last().is_some_and(|last| last.trailing_zeros() == u32::from(*spare));
    if bits.len() > 2 || (bits.len() == 2 && bits[1] & 0x7f != 0) {
        fail(FlawKind::KeyUsageBits, "it has more bits than there are uses");
    } else if !minimal {
        fail(FlawKind::KeyUsageBits, "its bits do not end with the last that is set");
    }
}

fn basic_constraints(value: &Element<'_>, fail: &mut impl FnMut(FlawKind, &str)) {
    let mut fields = value.inside();
    let authority = fields.take(BOOLEAN).is_some_and(|mark| mark.content != [0]);
    let Some(length) = fields.take(INTEGER) else { return };
    if length.content.first().is_some_and(|digit| digit & 0x80 != 0) {
        fail(FlawKind::NegativePathLength, "its path length is below zero");
    } else if !authority {
        fail(FlawKind::PathLength, "a path length without CA:TRUE");
    }
}

fn constraints(value: &Element<'_>, fail: &mut impl FnMut(FlawKind, &str)) {
    for list in elements(value).filter(|list| matches!(list.tag, 0xa0 | 0xa1)) {
        if list.content.is_empty() {
            fail(FlawKind::NameConstraints, "a list of names is empty");
        }
        for subtree in elements(&list) {
            let mut fields = subtree.inside();
            let Ok(base) = fields.any("") else { continue };
            if let Some(what) = host::subtree(&base) {
                fail(FlawKind::NameConstraints, &what);
            }
            if base.tag == 0x88 {
                fail(FlawKind::ConstraintDistance, "an object identifier, for which nothing is defined");
            }
            if !fields.is_empty() && fields.rest() != [0x80, 1, 0] {
                fail(FlawKind::ConstraintDistance, "a minimum or maximum");
            }
        }
    }
}

fn distribution_points(value: &Element<'_>, fail: &mut impl FnMut(FlawKind, &str)) {
    for point in elements(value) {
        if !elements(&point).any(|field| matches!(field.tag, 0xa0 | 0xa2)) {
            fail(FlawKind::DistributionPoint, "a point without a name or an issuer");
        }
    }
}

const ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x20, 0];

fn policies(value: &Element<'_>, fail: &mut impl FnMut(FlawKind, &str)) {
    let mut seen: Vec<&[u8]> = Vec::new();
    for policy in elements(value) {
        let mut fields = policy.inside();
        let Some(id) = fields.take(OID) else { continue };
        if seen.contains(&id.content) {
            fail(FlawKind::Policies, &format!("the policy {} stands twice", ber::dotted(id.content)));
        }
        seen.push(id.content);
        let Some(qualifiers) = fields.take(SEQUENCE) else { continue };
        for qualifier in elements(&qualifiers) {
            let mut fields = qualifier.inside();
            let Some(kind) = fields.take(OID) else { continue };
            let known = matches!(kind.content, [0x2b, 6, 1, 5, 5, 7, 2, 1 | 2]);
            if id.content == ANY_POLICY && !known {
                fail(FlawKind::Policies, "a qualifier that anyPolicy does not have");
            }
            // userNotice: its text is UTF8String or IA5String, without control characters.
            if kind.content.last() == Some(&2)
                && let Some(notice) = fields.take(SEQUENCE)
                && let Some(text) = elements(&notice).last()
                && (matches!(text.tag, 0x1a | 0x1e)
                    || text.tag == 0x0c && String::from_utf8_lossy(text.content).contains(char::is_control))
            {
                fail(FlawKind::Policies, "a notice in a type or with characters that it must not have");
            }
        }
    }
}

fn mappings(it: &Certificate, value: &Element<'_>, fail: &mut impl FnMut(FlawKind, &str)) {
    for pair in elements(value) {
        let ids: Vec<&[u8]> = elements(&pair).map(|id| id.content).collect();
        if ids.contains(&ANY_POLICY) {
            fail(FlawKind::Policies, "anyPolicy is mapped");
        } else if ids.first().is_some_and(|from| !it.policies.contains(&ber::dotted(from))) {
            fail(FlawKind::Policies, "a policy is mapped that the certificate does not have");
        }
    }
}

fn authority_key_id(it: &Certificate, value: &Element<'_>, fail: &mut impl FnMut(FlawKind, &str)) {
    let has = |tags: &[u8]| elements(value).any(|field| tags.contains(&field.tag));
    if has(&[0xa1]) != has(&[0x82]) {
        fail(FlawKind::AuthorityKeyIdParts, "name and serial number of the issuer do not stand together");
    }
    let issuer = elements(value).find(|field| field.tag == 0xa1);
    if issuer
        .is_some_and(|it| elements(&it).any(|name| name.tag == 0x87 && !matches!(name.content.len(), 4 | 16)))
    {
        fail(FlawKind::AuthorityKeyIdParts, "its issuer cannot be read");
    }
    if !has(&[0x80]) && !it.is_self_issued() {
        fail(FlawKind::NoAuthorityKeyId, "it has no key identifier");
    }
}

fn purposes(it: &Certificate, value: &Element<'_>, fail: &mut impl FnMut(FlawKind, &str)) {
    if elements(value).any(|purpose| purpose.tag == OID && purpose.content.is_empty()) {
        fail(FlawKind::UnreadableExtension, "a purpose without a number");
    }
    let any = elements(value).any(|purpose| purpose.content == [0x55, 0x1d, 0x25, 0]);
    if any && (!it.is_ca() || elements(value).count() > 1) {
        fail(FlawKind::AnyPurpose, "anyExtendedKeyUsage, which OpenSSL does not take for serverAuth");
    }
}

/// An OCTET STRING with the length of the list in front, RFC 6962 3.3.
fn timestamps(value: &Element<'_>, fail: &mut impl FnMut(FlawKind, &str)) {
    let whole = match value.content {
        [high, low, list @ ..] => usize::from(*high) * 256 + usize::from(*low) == list.len(),
        _ => false,
    };
    if value.tag != OCTET_STRING {
        fail(FlawKind::Timestamps, "not in an OCTET STRING");
    } else if !whole {
        fail(FlawKind::Timestamps, "the length of the list is wrong");
    }
}

/// What extensions must or must not do together.
fn together(it: &Certificate, found: &[Extension<'_>], subject_at: Option<usize>, flaws: &mut Flaws) {
    let of = |last: u8| found.iter().find(|one| one.oid == [0x55, 0x1d, last]);
    let at = |last: u8| of(last).map_or(0, |one| one.at);
    let authority = it.is_ca();
    let signs = it.key_usage.is_some_and(KeyUsage::key_cert_sign);
    if it.basic_constraints.is_some_and(|it| it.ca && !it.critical) {
        flaws.add(FlawKind::AuthorityNotCritical, at(19), "basicConstraints: they are not marked critical");
    }
    if authority && it.version == 3 {
        match it.key_usage {
            None => flaws.add(FlawKind::AuthorityWithoutKeyUsage, 0, "keyUsage: an authority has none"),
            Some(usage) if !usage.key_cert_sign() => {
                flaws.add(FlawKind::AuthorityMayNotSign, at(15), "keyUsage: keyCertSign is missing");
                if it.basic_constraints.is_some_and(|it| it.path_len.is_some()) {
                    flaws.add(
                        FlawKind::PathLength,
                        at(19),
                        "basicConstraints: a path length without keyCertSign",
                    );
                }
            }
            Some(_) => {}
        }
        if it.subject_key_id.is_none() {
            flaws.add(FlawKind::NoSubjectKeyId, 0, "subjectKeyIdentifier: an authority has none");
        }
    }
    if signs && !authority {
        flaws.add(FlawKind::SignsWithoutAuthority, at(15), "keyUsage: keyCertSign without CA:TRUE");
    }
    if it.key_usage.is_some() && signs && of(15).is_some_and(|usage| !usage.critical) {
        flaws.add(FlawKind::MustBeCritical, at(15), "keyUsage: it is not marked critical");
    }
    if it.version == 3 && of(35).is_none() && !it.is_self_issued() {
        flaws.add(FlawKind::NoAuthorityKeyId, 0, "authorityKeyIdentifier: it is missing");
    }
    if of(30).is_some() && !authority {
        flaws.add(
            FlawKind::ConstraintsWithoutAuthority,
            at(30),
            "nameConstraints: only authorities have them",
        );
    }
    match (subject_at, of(17)) {
        (Some(subject), _) if authority => {
            flaws.add(FlawKind::EmptySubject, subject, "subject: that of an authority is empty");
        }
        (Some(subject), None) => flaws.add(FlawKind::EmptySubject, subject, "subject: it is empty"),
        (Some(_), Some(names)) if !names.critical => flaws.add(
            FlawKind::AltNamesNotCritical,
            names.at,
            "subjectAltName: it is not marked critical, though the subject is empty",
        ),
        (None, Some(names)) if names.critical => {
            flaws.add(
                FlawKind::MustNotBeCritical,
                names.at,
                "subjectAltName: marked critical beside a subject",
            );
        }
        _ => {}
    }
}
