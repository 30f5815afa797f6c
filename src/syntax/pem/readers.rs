//! Which programs would see a block. Each function follows the source of one
//! reader; the tests hold them against the programs themselves.

use crate::source::Encoding;

use super::Block;

/// A reader of PEM on which many programs stand.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consumer {
    /// OpenSSL 3: nginx, `HAProxy`, Apache, Postfix, Python.
    OpenSsl,
    /// `encoding/pem` and `crypto/tls`: Traefik, Caddy, Kubernetes.
    Go,
    /// `CertificateFactory`: keytool, Tomcat, Kafka.
    Java,
}

impl Consumer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OpenSsl, Self::Go, Self::Java];
}

/// What a reader does with a block.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Takes it.
    Taken,
    /// Goes on as if it were not there.
    Skipped,
    /// Gives up the whole file.
    FileRefused,
}

use Verdict::{FileRefused, Skipped, Taken};

pub(super) const TAKEN: [Verdict; 3] = [Taken; 3];

/// The verdicts, in the order of [`Consumer`].
pub(super) fn verdicts(text: &str, block: &Block) -> [Verdict; 3] {
    let raw = Raw::new(text, block);
    [open_ssl(&raw), go(&raw), java(&raw)]
}

pub(super) fn seen(blocks: &[Block], consumer: Consumer, encoding: Encoding) -> Vec<usize> {
    let bom = match encoding {
        Encoding::Utf8 { bom } => bom,
        Encoding::Windows1252 | Encoding::Oem850 => false,
        Encoding::Utf16Le { .. } | Encoding::Utf16Be { .. } | Encoding::Binary => return Vec::new(),
    };
    // Behind a byte order mark, the first line is no boundary to Go and Java;
    // Java then takes its `END` for a `BEGIN`.
    let hidden = |block: &Block| bom && block.span.start == 0;
    let verdict = |block: &Block| match consumer {
        Consumer::Go if hidden(block) => Skipped,
        Consumer::Java if hidden(block) => FileRefused,
        _ => block.verdict(consumer),
    };
    // `CertificateFactory` reads certificates and nothing else.
    let foreign = |block: &Block| {
        let words = ["KEY", "REQUEST", "PARAMETERS", "CRL"];
        consumer == Consumer::Java && words.iter().any(|word| block.label.ends_with(word))
    };
    if blocks.iter().any(|block| verdict(block) == FileRefused || (foreign(block) && verdict(block) == Taken))
    {
        return Vec::new();
    }
    (0..blocks.len()).filter(|index| verdict(&blocks[*index]) == Taken).collect()
}

/// A block with the rest of its last line, and what stands before it.
struct Raw<'a> {
    before: &'a str,
    /// From the first dash to the end of the line of `END`, or of the text.
    text: &'a str,
}

impl<'a> Raw<'a> {
    fn new(text: &'a str, block: &Block) -> Self {
        let (start, end) = (block.span.start as usize, block.span.end as usize);
        let rest = &text.as_bytes()[end..];
        // Only what follows on the line counts, and of a long line its beginning tells enough.
        let window = rest.get(..512).unwrap_or(rest);
        let mut end = end + memchr::memchr(b'\n', window).map_or(window.len(), |at| at + 1);
        while !text.is_char_boundary(end) {
            end += 1;
        }
        Self { before: &text[..start], text: &text[start..end] }
    }
}

/// OpenSSL strips what is not greater than a space from the end of each line,
/// which with signed characters, as on x86, includes all bytes beyond ASCII.
fn stripped(line: &str) -> &str {
    line.trim_end_matches(|c: char| c <= ' ' || !c.is_ascii())
}

/// How far OpenSSL is with the header lines of a block.
#[derive(PartialEq)]
enum Header {
    Maybe,
    Inside,
    Past,
}

/// `PEM_read_bio_ex` with `PEM_FLAG_EAY_COMPATIBLE`.
fn open_ssl(raw: &Raw<'_>) -> Verdict {
    if !raw.before.is_empty() && !raw.before.ends_with('\n') {
        return Skipped;
    }
    let mut lines = raw.text.split('\n');
    let Some(label) = lines
        .next()
        .map(stripped)
        .and_then(|line| line.strip_prefix("-----BEGIN ")?.strip_suffix("-----"))
        .filter(|label| !label.contains("-----"))
    else {
        return Skipped;
    };
    let mut state = Header::Maybe;
    let mut short = false;
    let mut head = Base64::default();
    let mut first: Option<&str> = None;
    let mut data = Base64::default();
    for line in lines {
        if state == Header::Maybe && line.contains(':') {
            state = Header::Inside;
        }
        let line = stripped(line);
        if line.is_empty() {
            if state == Header::Past {
                return FileRefused;
            }
            state = Header::Past;
            continue;
        }
        if let Some(end) = line.strip_prefix("-----END ") {
            let decoded = if state == Header::Maybe { &head } else { &data };
            // What stood before an empty line was a header, and must then speak of encryption.
            let headed = state == Header::Maybe || first.is_none_or(|line| line.starts_with("Proc-Type: "));
            let good = end.strip_suffix("-----") == Some(label) && headed && decoded.good();
            return match good {
                false => FileRefused,
                true if label.bytes().any(|byte| byte.is_ascii_lowercase()) => Skipped,
                true => Taken,
            };
        }
        if short {
            return FileRefused;
        }
        if state == Header::Past {
            if line.len() > 64 {
                return FileRefused;
            }
            short = line.len() < 64;
            data.add(line.bytes());
        } else {
            first.get_or_insert(line);
            head.add(line.bytes());
        }
    }
    FileRefused
}

/// `pem.Decode`, which looks for the next `BEGIN` where something is wrong, and
/// what `crypto/tls` then makes of the label.
fn go(raw: &Raw<'_>) -> Verdict {
    let trimmed = |line: &str| -> usize {
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line).trim_end_matches([' ', '\t']).len()
    };
    if !raw.before.is_empty() && !raw.before.ends_with('\n') {
        return Skipped;
    }
    let mut lines = raw.text.split_inclusive('\n');
    let Some(first) = lines.next() else { return Skipped };
    let Some(label) =
        first[..trimmed(first)].strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"))
    else {
        return Skipped;
    };
    let mut at = first.len();
    let mut headers = false;
    for line in lines.take_while(|line| line.contains(':')) {
        headers = true;
        at += line.len();
    }
    let rest = &raw.text[at..];
    let (body, end) = match rest.strip_prefix("-----END ").filter(|_| !headers) {
        Some(end) => ("", end),
        None => match rest.split_once("\n-----END ") {
            Some(found) => found,
            None => return Skipped,
        },
    };
    let Some(after) = end.strip_prefix(label).and_then(|end| end.strip_prefix("-----")) else {
        return Skipped;
    };
    let mut data = Base64::default();
    data.add(body.bytes());
    // A block without bytes is decoded, and no certificate.
    let decoded = trimmed(after) == 0 && data.good();
    let known = label != "X509 CERTIFICATE"
        && label != "TRUSTED CERTIFICATE"
        && !label.bytes().any(|b| b.is_ascii_lowercase());
    if decoded && known { Taken } else { Skipped }
}

/// `X509Factory.readOneBlock`, which keytool and every trust store stand on.
fn java(raw: &Raw<'_>) -> Verdict {
    let missed = !raw.before.is_empty() && !raw.before.ends_with(['\n', '\r']);
    if missed || !raw.text.starts_with("-----") || raw.text.starts_with("------") {
        // The next line that begins with five dashes is taken for a `BEGIN`.
        let poisoned = raw.text.split(['\n', '\r']).skip(1).any(|line| line.starts_with("-----"));
        return if poisoned { FileRefused } else { Skipped };
    }
    let Some(end_of_line) = raw.text.find(['\n', '\r']) else { return FileRefused };
    let header = raw.text[..end_of_line].trim_end_matches([' ', '\t']);
    let Some(label) = header.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----")) else {
        return FileRefused;
    };
    let rest = &raw.text[end_of_line..];
    let Some((body, footer)) = rest.find('-').map(|at| rest.split_at(at)) else { return FileRefused };
    let footer = footer.split(['\n', '\r']).next().unwrap_or(footer).trim_end_matches([' ', '\t']);
    let closed = footer.strip_prefix("-----END ").and_then(|rest| rest.strip_suffix("-----")) == Some(label);
    let mut data = Base64 { lenient: true, ..Base64::default() };
    data.add(body.bytes());
    // The extra bytes of a trusted certificate make it no certificate.
    if closed && data.good() && label != "TRUSTED CERTIFICATE" { Taken } else { FileRefused }
}

/// Whether characters are good base64 to the three, which differ in one thing only.
#[derive(Default)]
struct Base64 {
    characters: usize,
    padding: usize,
    bad: bool,
    /// Java does without padding.
    lenient: bool,
}

impl Base64 {
    fn add(&mut self, bytes: impl Iterator<Item = u8>) {
        for byte in bytes {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => {}
                b'=' => self.padding += 1,
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                    self.bad |= self.padding > 0;
                    self.characters += 1;
                }
                _ => self.bad = true,
            }
        }
    }

    fn good(&self) -> bool {
        let padded = match self.characters % 4 {
            0 => self.padding == 0,
            1 => false,
            rest => self.padding == 4 - rest || (self.lenient && self.padding == 0),
        };
        !self.bad && padded && self.characters > 0
    }
}
