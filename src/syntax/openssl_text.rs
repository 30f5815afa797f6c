//! Certificates and requests as `openssl x509 -text` and `openssl req -text` print them, by OpenSSL 1.0, 1.1 and 3.x, also
//! indented, quoted or pasted with other tabs. Gives words with their places; what they mean is for others to say.

use crate::source::Span;

/// More are not read from one text.
const MAX_PRINTS: usize = 20_000;

/// A printed certificate or request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Print {
    /// From `Certificate:` to its last line.
    pub span: Span,
    /// `Certificate Request:`.
    pub is_request: bool,
    /// Lower-case hexadecimal without leading zeros.
    pub serial: Option<Word>,
    /// `sha256WithRSAEncryption`: the first one, which is inside what is signed.
    pub signature: Option<Word>,
    /// As printed.
    pub issuer: Option<Word>,
    /// As printed.
    pub subject: Option<Word>,
    /// As printed: `Jan  1 20:54:23 2020 GMT`.
    pub not_before: Option<Word>,
    /// As printed.
    pub not_after: Option<Word>,
    /// `rsaEncryption`, `id-ecPublicKey`.
    pub key_algorithm: Option<Word>,
    /// `2048` of `(2048 bit)`.
    pub key_bits: Option<u32>,
    /// In their order.
    pub extensions: Vec<Extension>,
}

/// A stretch of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Trimmed; for the serial number, made uniform.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// An extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// `X509v3 Key Usage`, `Authority Information Access`, or numbers with dots.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Marked so.
    pub critical: bool,
    /// The lines below it.
    pub lines: Vec<Word>,
}

impl Print {
    /// An extension by the end of its name: `Key Usage` is not `Extended Key Usage`.
    pub fn extension(&self, name: &str) -> Option<&Extension> {
        self.extensions.iter().find(|it| it.name == name || it.name.strip_prefix("X509v3 ") == Some(name))
    }

    /// What stands in a list separated by commas: usages, purposes. `None` where the extension is not there.
    pub fn listed(&self, extension: &str) -> Option<Vec<Word>> {
        let lines = &self.extension(extension)?.lines;
        Some(lines.iter().flat_map(|line| split(line, ',')).collect())
    }

    /// `DNS`, `IP Address`, `email`, `URI`, … and what follows the colon. `None` where there is no such extension.
    pub fn alt_names(&self) -> Option<Vec<(String, Word)>> {
        let words = self.listed("Subject Alternative Name")?;
        let pair = |word: Word| {
            let (kind, value) = word.text.split_once(':')?;
            let blank = value.len() - value.trim_start().len();
            let start = word.span.start as usize + kind.len() + 1 + blank;
            let text = value.trim().to_owned();
            let span = Span::new(start, start + text.len());
            Some((kind.trim().to_owned(), Word { text, span }))
        };
        Some(words.into_iter().filter_map(pair).collect())
    }

    /// What `CA:` says.
    pub fn is_ca(&self) -> Option<bool> {
        let words = self.listed("Basic Constraints")?;
        words.iter().find_map(|it| match it.text.as_str() {
            "CA:TRUE" => Some(true),
            "CA:FALSE" => Some(false),
            _ => None,
        })
    }

    /// subjectKeyIdentifier as lower-case hexadecimal.
    pub fn subject_key_id(&self) -> Option<String> {
        self.extension("Subject Key Identifier")?.lines.iter().find_map(|line| hex(&line.text))
    }

    /// The key id of authorityKeyIdentifier as lower-case hexadecimal. OpenSSL 3 leaves out the word `keyid`.
    pub fn authority_key_id(&self) -> Option<String> {
        let lines = &self.extension("Authority Key Identifier")?.lines;
        lines.iter().find_map(|line| hex(line.text.strip_prefix("keyid:").unwrap_or(&line.text)))
    }
}

/// Bytes in hexadecimal with or without colons, as lower case without them; `None` for anything else.
pub fn hex(text: &str) -> Option<String> {
    let digits: String = text.trim().chars().filter(|c| *c != ':').collect();
    let fits = !digits.is_empty() && digits.len().is_multiple_of(2);
    (fits && digits.bytes().all(|b| b.is_ascii_hexdigit())).then(|| digits.to_ascii_lowercase())
}

/// A line of the text.
#[derive(Copy, Clone)]
struct Line<'t> {
    /// Trimmed.
    text: &'t str,
    start: usize,
    /// Columns before it, a tab for eight of them.
    indent: usize,
}

impl Line<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// The value behind a label, where the line has it. Blanks before the colon do not count.
    fn value(&self, label: &str) -> Option<Word> {
        let rest =
            self.text.strip_prefix(label)?.trim_start_matches([' ', '\t', '\u{a0}']).strip_prefix(':')?;
        let text = rest.trim();
        let start = self.end() - rest.trim_start().len();
        Some(Word { text: text.to_owned(), span: Span::new(start, start + text.len()) })
    }
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    for raw in text.split_inclusive('\n') {
        let from = start;
        start += raw.len();
        let line = raw.trim_end();
        // A quoted mail keeps its shape behind the mark.
        let blank = |c: char| matches!(c, ' ' | '\t' | '\u{a0}' | '>');
        let trimmed = line.trim_start_matches(blank);
        let indent = line[..line.len() - trimmed.len()].chars().map(|c| if c == '\t' { 8 } else { 1 }).sum();
        if !trimmed.is_empty() {
            found.push(Line { text: trimmed, start: from + line.len() - trimmed.len(), indent });
        }
    }
    found
}

/// Every certificate and request that a text prints.
pub fn find(text: &str) -> Vec<Print> {
    let lines = lines(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() && found.len() < MAX_PRINTS {
        if begins(&lines, at) {
            let (print, length) = read(&lines[at..]);
            found.push(print);
            at += length;
        } else {
            at += 1;
        }
    }
    found
}

/// `Certificate:` with `Data:` below it.
fn begins(lines: &[Line<'_>], at: usize) -> bool {
    matches!(lines[at].text, "Certificate:" | "Certificate Request:")
        && lines.get(at + 1).is_some_and(|next| next.text == "Data:")
}

/// What the lines below an open label are.
enum Open {
    Nothing,
    Serial,
    /// Extensions whose names stand at this column, once the first is there.
    Extensions(Option<usize>),
}

fn read(lines: &[Line<'_>]) -> (Print, usize) {
    let first = lines[0];
    let mut print = Print { is_request: first.text != "Certificate:", ..Print::default() };
    let mut open = Open::Nothing;
    let mut signed = false;
    let mut at = 1;
    while at < lines.len() && !begins(lines, at) {
        let line = lines[at];
        if signed {
            // The bytes of the signature end it all.
            if line.text == "Signature Value:" || hex(line.text.trim_end_matches(':')).is_some() {
                at += 1;
                continue;
            }
            break;
        }
        if let Open::Serial = open {
            open = Open::Nothing;
            let digits = line.text.trim_start_matches("(Negative)");
            if let Some(serial) = hex(digits) {
                print.serial = Some(word(&line, plain_serial(&serial)));
                at += 1;
                continue;
            }
        }
        if let Some(word) = line.value("Signature Algorithm") {
            // It stands twice: inside what is signed, and before the signature.
            if print.signature.is_some() || print.is_request {
                signed = true;
            }
            print.signature.get_or_insert(word);
        } else if let Open::Extensions(column) = open {
            let column = column.unwrap_or(line.indent);
            open = Open::Extensions(Some(column));
            extension(&mut print, &line, column);
        } else if let Some(word) = line.value("Serial Number") {
            match serial(&word) {
                Some(serial) => print.serial = Some(serial),
                None => open = Open::Serial,
            }
        } else if matches!(line.text, "X509v3 extensions:" | "Requested Extensions:") {
            open = Open::Extensions(None);
        } else if line.text.starts_with("-----") || is_foreign(&print, &line) {
            break;
        } else {
            field(&mut print, &line);
        }
        at += 1;
    }
    print.span = Span::new(first.start, lines[at - 1].end());
    (print, at)
}

/// A line that no print has, once the print has said what it has to say.
fn is_foreign(print: &Print, line: &Line<'_>) -> bool {
    print.key_algorithm.is_some() && line.indent == 0
}

/// A field outside of the extensions. Whatever it is not is passed over: versions, bytes of keys.
fn field(print: &mut Print, line: &Line<'_>) {
    let slots = [
        ("Issuer", &mut print.issuer),
        ("Subject", &mut print.subject),
        ("Not Before", &mut print.not_before),
        ("Not After", &mut print.not_after),
        ("Public Key Algorithm", &mut print.key_algorithm),
    ];
    for (label, slot) in slots {
        if let Some(word) = line.value(label) {
            slot.get_or_insert(word);
            return;
        }
    }
    let bits = ["Public-Key", "RSA Public-Key", "RSA Public Key", "DSA Public-Key"]
        .iter()
        .find_map(|label| line.value(label))
        .and_then(|it| it.text.trim_start_matches('(').split(' ').next()?.parse().ok());
    print.key_bits = print.key_bits.or(bits);
}

/// A name of an extension, at the column of the names or before it, or a line of one.
fn extension(print: &mut Print, line: &Line<'_>, column: usize) {
    if line.indent <= column
        && let Some((name, rest)) = line.text.rsplit_once(':')
        && matches!(rest.trim(), "" | "critical")
    {
        print.extensions.push(Extension {
            name: name.trim().to_owned(),
            span: Span::new(line.start, line.start + name.len()),
            critical: rest.trim() == "critical",
            lines: Vec::new(),
        });
    } else if let Some(last) = print.extensions.last_mut() {
        last.lines.push(word(line, line.text.to_owned()));
    }
}

fn word(line: &Line<'_>, text: String) -> Word {
    Word { text, span: Span::new(line.start, line.end()) }
}

/// `1650111735037 (0x1803252e4fd)`, or the bytes on the same line.
fn serial(word: &Word) -> Option<Word> {
    let text = &word.text;
    let digits = match text.split_once("(0x").or_else(|| text.split_once("(-0x")) {
        Some((_, rest)) => rest.trim_end_matches(')').to_owned(),
        None => hex(text)?,
    };
    let even = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
    Some(Word { text: plain_serial(&hex(&even)?), span: word.span })
}

/// Without leading zero bytes, of which one is left for zero itself.
fn plain_serial(digits: &str) -> String {
    let mut rest = digits;
    while rest.len() > 2 && rest.starts_with("00") {
        rest = &rest[2..];
    }
    rest.to_owned()
}

/// The parts of a line between commas.
fn split(line: &Word, mark: char) -> Vec<Word> {
    let mut start = line.span.start as usize;
    let mut parts = Vec::new();
    for part in line.text.split(mark) {
        let blank = part.len() - part.trim_start().len();
        let text = part.trim();
        if !text.is_empty() {
            let from = start + blank;
            parts.push(Word { text: text.to_owned(), span: Span::new(from, from + text.len()) });
        }
        start += part.len() + mark.len_utf8();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "\
Certificate:
    Data:
        Version: 3 (0x2)
        Serial Number:
            00:e0:7c:8c:77:67:a7:ab:74
        Signature Algorithm: sha256WithRSAEncryption
        Issuer: CN = CA, DC = vsphere, DC = local, O = vc.example.com
        Validity
            Not Before: Apr 16 12:06:40 2022 GMT
            Not After : Apr 10 12:16:20 2032 GMT
        Subject: CN = ssoserverSign
        Subject Public Key Info:
            Public Key Algorithm: rsaEncryption
                Public-Key: (2048 bit)
                Modulus:
                    00:b1:0e:34:e7:68:ba:54:ff:d8:ab:bb:ba:b3:7e:
                    af:93
                Exponent: 65537 (0x10001)
        X509v3 extensions:
            X509v3 Key Usage: critical
                Digital Signature, Key Encipherment
            X509v3 Subject Alternative Name: 
                DNS:vc.example.com, IP Address:192.0.2.1
            X509v3 Basic Constraints: 
                CA:FALSE
            X509v3 Subject Key Identifier: 
                31:3E:E9
            X509v3 Authority Key Identifier: 
                22:2C:1F
            Authority Information Access: 
                CA Issuers - URI:https://vc.example.com/afd/vecs/ca
    Signature Algorithm: sha256WithRSAEncryption
    Signature Value:
        93:39:df:89:
        30:c4
Alias :\tnext
";

    #[test]
    fn every_field_with_its_place() {
        let found = find(NEW);
        assert_eq!(found.len(), 1);
        let it = &found[0];
        let shown = |word: &Option<Word>| NEW[word.as_ref().unwrap().span.range()].to_owned();
        assert_eq!(it.serial.as_ref().unwrap().text, "e07c8c7767a7ab74");
        assert_eq!(shown(&it.issuer), "CN = CA, DC = vsphere, DC = local, O = vc.example.com");
        assert_eq!(shown(&it.not_after), "Apr 10 12:16:20 2032 GMT");
        assert_eq!((it.key_bits, it.is_ca()), (Some(2048), Some(false)));
        let usage: Vec<String> = it.listed("Key Usage").unwrap().into_iter().map(|it| it.text).collect();
        assert_eq!(usage, ["Digital Signature", "Key Encipherment"]);
        let names = it.alt_names().unwrap();
        assert_eq!((names[1].0.as_str(), &NEW[names[1].1.span.range()]), ("IP Address", "192.0.2.1"));
        assert_eq!(it.subject_key_id().as_deref(), Some("313ee9"));
        assert_eq!(it.authority_key_id().as_deref(), Some("222c1f"));
        assert_eq!(it.extensions.len(), 6);
        assert!(NEW[it.span.range()].ends_with("30:c4"));
    }

    #[test]
    fn openssl_1_0_and_other_columns() {
        let old = NEW
            .replace("Public-Key: (2048 bit)", "RSA Public-Key: (2048 bit)")
            .replace(
                "                22:2C:1F",
                "                keyid:22:2C:1F\n                DirName:/CN=x\n",
            )
            .replace("    Signature Value:\n", "")
            .replace(" = ", "=");
        let it = &find(&old)[0];
        assert_eq!((it.key_bits, it.authority_key_id().as_deref()), (Some(2048), Some("222c1f")));
        let quoted = format!("> {}", NEW.replace('\n', "\n> "));
        let it = &find(&quoted)[0];
        assert_eq!((it.extensions.len(), it.subject_key_id().as_deref()), (6, Some("313ee9")));
    }

    #[test]
    fn serials_in_all_forms() {
        let with = |serial: &str| {
            find(&format!("Certificate:\n    Data:\n        Serial Number: {serial}\n"))[0].serial.clone()
        };
        assert_eq!(with("1650111735037 (0x1803252e4fd)").unwrap().text, "01803252e4fd");
        assert_eq!(with("0 (0x0)").unwrap().text, "00");
        assert_eq!(with("\n            04:d2").unwrap().text, "04d2");
        assert_eq!(with("what"), None);
    }

    #[test]
    fn several_in_a_text_and_requests() {
        let twice = format!("{NEW}\n{NEW}");
        assert_eq!(find(&twice).len(), 2);
        let request = "Certificate Request:\n    Data:\n        Version: 1 (0x0)\n        Subject: CN=a\n        \
            Attributes:\n        Requested Extensions:\n            X509v3 Subject Alternative Name:\n                DNS:a\n    \
            Signature Algorithm: x\n";
        let it = &find(request)[0];
        assert!(it.is_request && it.alt_names().unwrap().len() == 1);
        assert!(find("Certificate:\nand prose").is_empty());
    }
}
