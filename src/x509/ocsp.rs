//! An answer of an OCSP responder, RFC 6960 4.2.1: about which certificate, and until when.

use serde::{Deserialize, Serialize};

use super::ParseError;
use super::ber::{ENUMERATED, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE};
use super::extensions;
use super::time::Time;

/// The first answer in a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OcspResponse {
    /// Serial number of the certificate it is about, in the form of [`super::Certificate::serial`].
    pub serial: String,
    /// The certificate is good: neither revoked nor unknown.
    pub good: bool,
    /// From when it holds.
    pub this_update: Time,
    /// Until when it holds; clients refuse it later. None: newer answers exist at any time.
    pub next_update: Option<Time>,
}

impl OcspResponse {
    /// Reads a response at the start of `der`. One that says "try later" or the like has no answer and is refused.
    pub fn parse(der: &[u8]) -> Result<OcspResponse, ParseError> {
        let mut outer = Reader::new(der).expect(SEQUENCE, "OCSP response")?.inside();
        let status = outer.expect(ENUMERATED, "responseStatus")?;
        if status.content != [0] {
            return Err(status.fault("responseStatus: the responder gave no answer"));
        }
        let mut bytes =
            outer.expect(0xa0, "responseBytes")?.inside().expect(SEQUENCE, "responseBytes")?.inside();
        bytes.expect(OID, "responseType")?;
        let basic = bytes.expect(OCTET_STRING, "response")?.inside().expect(SEQUENCE, "BasicOCSPResponse")?;
        let mut fields = basic.inside().expect(SEQUENCE, "tbsResponseData")?.inside();
        fields.take(0xa0);
        fields.any("responderID")?;
        fields.expect(GENERALIZED_TIME, "producedAt")?;
        let mut answers = fields.expect(SEQUENCE, "responses")?.inside();
        let mut answer = answers.expect(SEQUENCE, "SingleResponse")?.inside();
        let mut about = answer.expect(SEQUENCE, "certID")?.inside();
        about.expect(SEQUENCE, "hashAlgorithm")?;
        about.expect(OCTET_STRING, "issuerNameHash")?;
        about.expect(OCTET_STRING, "issuerKeyHash")?;
        let serial = extensions::serial(about.expect(INTEGER, "serialNumber")?.content);
        let good = answer.any("certStatus")?.tag == 0x80;
        let this_update = time(&mut answer, "thisUpdate")?;
        let next_update = match answer.take(0xa0) {
            Some(tagged) => Some(time(&mut tagged.inside(), "nextUpdate")?),
            None => None,
        };
        Ok(OcspResponse { serial, good, this_update, next_update })
    }
}

/// `YYYYMMDDHHMMSSZ`, as RFC 6960 asks.
fn time(fields: &mut Reader<'_>, name: &str) -> Result<Time, ParseError> {
    let element = fields.expect(GENERALIZED_TIME, name)?;
    let text = std::str::from_utf8(element.content).unwrap_or_default();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let plain = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    );
    Time::parse(&plain).map_err(|_| element.fault(format!("{name}: `{text}` is no time")))
}
