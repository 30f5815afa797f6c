//! Certificate requests as an appliance hands them out: in the JSON of an answer, or saved from it on one line with
//! `\n` written out.

use std::sync::Arc;

use crate::{
    model::openmanage::Unit,
    source::{FileId, Location, Span},
    syntax::value::Value,
    x509::Request,
};

/// A request is not longer than this, in bytes of its text.
const LONGEST: usize = 64 << 10;

/// Whether a text is one request whose base64 stands behind the boundary on the same line.
pub(super) fn is_one_line(start: &str) -> bool {
    let start = start.trim_start_matches('"');
    let label = ["-----BEGIN CERTIFICATE REQUEST-----", "-----BEGIN NEW CERTIFICATE REQUEST-----"];
    label.iter().filter_map(|it| start.strip_prefix(it)).any(|rest| !rest.starts_with(['\n', '\r', ' ']))
}

/// Whether JSON looks like the answer of `GenerateCSR`.
pub(super) fn is_answer(text: &str) -> bool {
    text.contains("\"CertificateData\"") && text.contains("CERTIFICATE REQUEST-----")
}

/// Reads a file that holds such a request.
pub(super) fn one_line(file: FileId, text: &str, unit: &mut Unit) {
    if let Some(request) = parse(text) {
        let begin = text.find("-----BEGIN").unwrap_or_default();
        let end = text.rfind("-----").map_or(text.len(), |at| at + 5);
        let at = Location::text(file, Span::new(begin, end.max(begin)));
        unit.requests.push((at, Arc::new(request)));
    }
}

/// Reads the answer of `GenerateCSR`.
pub(super) fn in_answer(file: FileId, answer: &Value, unit: &mut Unit) {
    let inner = answer.get("csr_status").map_or(answer, |it| &it.value);
    let Some(data) = inner.get("CertificateData") else { return };
    if let Some(request) = data.value.as_text().and_then(parse) {
        unit.requests.push((Location::text(file, data.key_span), Arc::new(request)));
    }
}

/// The request in a text, however its lines are broken.
fn parse(text: &str) -> Option<Request> {
    let text = text.get(..text.len().min(LONGEST)).unwrap_or(text);
    let (_, rest) = text.split_once("REQUEST-----")?;
    let (body, _) = rest.split_once("-----END")?;
    let body: String = body.replace("\\n", "").replace("\\r", "").split_whitespace().collect();
    let der = data_encoding::BASE64.decode(body.as_bytes()).ok()?;
    Request::parse(&der).ok()
}
