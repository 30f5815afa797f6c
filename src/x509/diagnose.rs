//! Says which field of a certificate is at fault, and at which byte, where the real parser only says no.

use super::ParseError;
use super::ber::{
    self, BIT_STRING, BOOLEAN, Element, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, SET,
    UTC_TIME,
};
use super::time;

/// The first fault of a certificate that could not be parsed. `otherwise` is what the parser said, for faults
/// that this walk does not see.
pub(super) fn certificate(outer: &Element<'_>, otherwise: &str) -> ParseError {
    match walk(outer) {
        Err(fault) => fault,
        Ok(()) => outer.fault(format!("certificate: {otherwise}")),
    }
}

fn walk(outer: &Element<'_>) -> Result<(), ParseError> {
    let mut fields = outer.inside();
    tbs(&fields.expect(SEQUENCE, "tbsCertificate")?)?;
    algorithm(&mut fields, "signatureAlgorithm")?;
    bit_string(&mut fields, "signatureValue")?;
    end(&fields, "certificate")
}

fn tbs(tbs: &Element<'_>) -> Result<(), ParseError> {
    let mut fields = tbs.inside();
    if fields.peek() == Some(0xa0) {
        let version = fields.any("version")?;
        integer(&mut version.inside(), "version")?;
    }
    integer(&mut fields, "serialNumber")?;
    algorithm(&mut fields, "signature")?;
    name(&mut fields, "issuer")?;
    let mut validity = fields.expect(SEQUENCE, "validity")?.inside();
    point_in_time(&mut validity, "notBefore")?;
    point_in_time(&mut validity, "notAfter")?;
    end(&validity, "validity")?;
    name(&mut fields, "subject")?;
    let mut key = fields.expect(SEQUENCE, "subjectPublicKeyInfo")?.inside();
    algorithm(&mut key, "public key algorithm")?;
    bit_string(&mut key, "subjectPublicKey")?;
    for (tag, name) in [(0x81, "issuerUniqueID"), (0x82, "subjectUniqueID")] {
        if fields.peek() == Some(tag) {
            fields.any(name)?;
        }
    }
    if fields.peek() == Some(0xa3) {
        let mut list = fields.any("extensions")?.inside().expect(SEQUENCE, "extensions")?.inside();
        if list.is_empty() {
            return Err(ParseError { at: list.at(), what: "extensions: empty".into() });
        }
        while !list.is_empty() {
            extension(&list.expect(SEQUENCE, "extension")?)?;
        }
    }
    end(&fields, "tbsCertificate")
}

fn extension(extension: &Element<'_>) -> Result<(), ParseError> {
    let mut fields = extension.inside();
    let oid = fields.expect(OID, "extension identifier")?;
    let name = format!("extension {}", ber::dotted(oid.content));
    if fields.peek() == Some(BOOLEAN) {
        let critical = fields.any(&name)?;
        if critical.content.len() != 1 {
            return Err(critical.fault(format!("{name}: critical of {} bytes", critical.content.len())));
        }
    }
    fields.expect(OCTET_STRING, &name)?;
    end(&fields, &name)
}

fn integer(fields: &mut Reader<'_>, name: &str) -> Result<(), ParseError> {
    let number = fields.expect(INTEGER, name)?;
    if number.content.is_empty() { Err(number.fault(format!("{name}: empty"))) } else { Ok(()) }
}

fn bit_string(fields: &mut Reader<'_>, name: &str) -> Result<(), ParseError> {
    let bits = fields.expect(BIT_STRING, name)?;
    match bits.content.first() {
        None => Err(bits.fault(format!("{name}: empty"))),
        Some(unused) if *unused > 7 => Err(bits.fault(format!("{name}: {unused} unused bits"))),
        Some(_) => Ok(()),
    }
}

fn algorithm(fields: &mut Reader<'_>, name: &str) -> Result<(), ParseError> {
    fields.expect(SEQUENCE, name)?.inside().expect(OID, name).map(|_| ())
}

fn name(fields: &mut Reader<'_>, name: &str) -> Result<(), ParseError> {
    let mut sets = fields.expect(SEQUENCE, name)?.inside();
    while !sets.is_empty() {
        let mut set = sets.expect(SET, name)?.inside();
        while !set.is_empty() {
            let mut attribute = set.expect(SEQUENCE, name)?.inside();
            attribute.expect(OID, name)?;
            attribute.any(name)?;
        }
    }
    Ok(())
}

fn point_in_time(fields: &mut Reader<'_>, name: &str) -> Result<(), ParseError> {
    let generalized = fields.peek() == Some(GENERALIZED_TIME);
    let moment = fields.expect(if generalized { GENERALIZED_TIME } else { UTC_TIME }, name)?;
    match time::complaint(moment.content, generalized) {
        Some(complaint) => Err(moment.fault(format!("{name}: {complaint}"))),
        None => Ok(()),
    }
}

fn end(fields: &Reader<'_>, name: &str) -> Result<(), ParseError> {
    if fields.is_empty() {
        return Ok(());
    }
    Err(ParseError { at: fields.at(), what: format!("{name}: {} bytes too many", fields.rest().len()) })
}
