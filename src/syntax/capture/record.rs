//! TLS records, joined into handshake messages across records.

use tls_parser::{TlsRecordType, parse_tls_record_header};

use super::stream::Stream;

/// So many messages of one direction are kept: handshakes have a dozen, and who sends more wants to hurt us.
const MAX_MESSAGES: usize = 64;

/// The longest record that is taken for one, RFC 8446 5.2 with room for old ciphers.
const MAX_RECORD: usize = (1 << 14) + 2048;

/// A part of a stream: where it starts and where the record that completes it ends, in bytes.
pub(super) struct Part<'s> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) what: What<'s>,
}

/// What a part of a stream is.
pub(super) enum What<'s> {
    /// A handshake message in the clear.
    Handshake { kind: u8, body: Vec<u8> },
    /// The first record of this kind.
    ChangeCipherSpec,
    /// An alert in the clear, or one that is encrypted.
    Alert { content: &'s [u8], encrypted: bool },
}

/// The records of a direction.
#[derive(Default)]
pub(super) struct Records<'s> {
    pub(super) parts: Vec<Part<'s>>,
    pub(super) application: u32,
    /// Where the first record of application data ends.
    pub(super) first_application: Option<usize>,
}

/// Whether a stream starts with a handshake record whose first message is one that starts a direction, or may follow
/// where a capture starts late.
pub(super) fn starts_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x16, 3, 0..=4, _, _, 0..=24, ..])
}

/// Reads the records of a stream. In TLS 1.3 (`modern`), handshake records are in the clear wherever they stand;
/// before it, only up to the first `ChangeCipherSpec`.
pub(super) fn read(stream: &Stream, modern: bool) -> Records<'_> {
    let mut found = Records::default();
    let mut joined = Joined::default();
    let mut encrypted = false;
    let mut at = 0;
    while let Some((kind, start, end)) = record(&stream.bytes, at) {
        let content = &stream.bytes[start..end];
        match kind {
            TlsRecordType::Handshake if !encrypted || modern => joined.add(content, start, end, &mut found),
            TlsRecordType::ChangeCipherSpec if !encrypted => {
                encrypted = true;
                joined = Joined::default();
                found.add(at, end, What::ChangeCipherSpec);
            }
            TlsRecordType::Alert => {
                // An alert in the clear has two bytes; encrypted ones are longer.
                let encrypted = content.len() != 2 || encrypted && !modern;
                found.add(at, end, What::Alert { content, encrypted });
            }
            TlsRecordType::ApplicationData => {
                found.application += 1;
                found.first_application.get_or_insert(end);
            }
            _ => {}
        }
        at = end;
    }
    found
}

impl<'s> Records<'s> {
    fn add(&mut self, start: usize, end: usize, what: What<'s>) {
        if self.parts.len() < MAX_MESSAGES {
            self.parts.push(Part { start, end, what });
        }
    }
}

/// Kind of the record at a byte, and where its content starts and ends.
fn record(bytes: &[u8], at: usize) -> Option<(TlsRecordType, usize, usize)> {
    let (_, header) = parse_tls_record_header(bytes.get(at..)?).ok()?;
    let known = (0x14..=0x18).contains(&header.record_type.0) && header.version.0 >> 8 == 3;
    let (start, length) = (at + 5, usize::from(header.len));
    let whole = known && length <= MAX_RECORD && start + length <= bytes.len();
    whole.then_some((header.record_type, start, start + length))
}

/// Handshake messages that do not end with their record.
#[derive(Default)]
struct Joined {
    held: Vec<u8>,
    /// Where the first byte of what is held stands in the stream.
    start: usize,
}

impl Joined {
    fn add(&mut self, content: &[u8], start: usize, end: usize, found: &mut Records<'_>) {
        if self.held.is_empty() {
            self.start = start;
        }
        let before = self.held.len();
        self.held.extend_from_slice(content);
        let mut at = 0;
        while let Some([kind, high, middle, low]) = self.held.get(at..at + 4) {
            let length = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
            let Some(body) = self.held.get(at + 4..at + 4 + length) else { break };
            let first = if at < before { self.start } else { start + (at - before) };
            found.add(first, end, What::Handshake { kind: *kind, body: body.to_vec() });
            at += 4 + length;
        }
        if at > 0 {
            self.held.drain(..at);
            // What was held before is part of the first message, so what is left came with this record.
            self.start = start + at.saturating_sub(before);
        }
    }
}
