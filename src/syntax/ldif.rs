//! LDIF, RFC 2849: entries of a directory as `ldapsearch`, `ldapadd` and their like write and read them. Folded lines are
//! joined, values decoded, and every value knows the stretch of text that holds it.

use data_encoding::BASE64;

use crate::source::Span;

/// More entries are not read.
const MAX_ENTRIES: usize = 100_000;

/// The entries of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ldif {
    /// In their order.
    pub entries: Vec<Entry>,
    /// Lines that are comments.
    pub comments: Vec<Span>,
    /// There were more entries than are read.
    pub over_limit: bool,
}

/// An entry: its name and its attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From its first line to its last.
    pub span: Span,
    /// The distinguished name, where the first line has one.
    pub dn: Option<Value>,
    /// In their order.
    pub attributes: Vec<Attribute>,
}

/// A line `name: value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// As written, without options.
    pub name: String,
    /// The name as it stands.
    pub name_span: Span,
    /// `;binary` and the like, without the semicolon.
    pub options: Vec<String>,
    /// What stands behind the colons.
    pub value: Value,
}

/// What stands behind the colons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// From its first character to the last one of its last folded line.
    pub span: Span,
    /// How it is written.
    pub form: Form,
    /// As written, folding taken out.
    pub written: String,
}

/// How a value is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// `name: text`.
    Text,
    /// `name:: base64`.
    Base64,
    /// `name:< file:///path`.
    Reference,
}

impl Value {
    /// The bytes it stands for; `None` for a reference, and where base64 is broken.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self.form {
            Form::Text => Some(self.written.clone().into_bytes()),
            Form::Base64 => {
                let plain: String = self.written.chars().filter(|c| !c.is_ascii_whitespace()).collect();
                BASE64.decode(plain.as_bytes()).ok()
            }
            Form::Reference => None,
        }
    }

    /// The text it stands for, bytes that are no UTF-8 replaced.
    pub fn text(&self) -> Option<String> {
        self.bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The path behind `:<`, without the scheme of a URL.
    pub fn path(&self) -> Option<&str> {
        if self.form != Form::Reference {
            return None;
        }
        let lower = self.written.get(..5).unwrap_or_default().to_ascii_lowercase();
        let path = if lower == "file:" { &self.written[5..] } else { &self.written };
        // `file://host/path` names a machine, and only this one can be meant.
        Some(path.strip_prefix("//").map_or(path, |rest| rest.find('/').map_or(rest, |at| &rest[at..])))
    }
}

impl Entry {
    /// The attributes of a name, in any case.
    pub fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Attribute> {
        self.attributes.iter().filter(move |it| it.name.eq_ignore_ascii_case(name))
    }

    /// The distinguished name as text; empty where there is none.
    pub fn dn(&self) -> String {
        self.dn.as_ref().and_then(Value::text).unwrap_or_default()
    }
}

/// A line with those that are folded below it.
struct Logical {
    text: String,
    /// Where each piece of `text` stands: offset in it, offset in the file.
    pieces: Vec<(usize, usize)>,
    end: usize,
}

impl Logical {
    /// The place in the file of an offset of the joined text.
    fn place(&self, offset: usize) -> usize {
        let at = self.pieces.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        let (start, place) = self.pieces[at];
        place + (offset - start)
    }
}

/// Reads a text. What is no line of LDIF is passed over.
pub fn parse(text: &str) -> Ldif {
    let mut out = Ldif::default();
    let mut open: Option<Entry> = None;
    for line in logical(text) {
        let Some(line) = line else {
            out.entries.extend(open.take());
            continue;
        };
        if out.entries.len() >= MAX_ENTRIES {
            out.over_limit = true;
            return out;
        }
        let start = line.place(0);
        if line.text.starts_with('#') {
            out.comments.push(Span::new(start, line.end));
            continue;
        }
        let Some(attribute) = attribute(&line) else { continue };
        if attribute.name.eq_ignore_ascii_case("dn") {
            // A new name begins a new entry, whether or not an empty line stands before it.
            out.entries.extend(open.take());
            let span = Span::new(start, line.end);
            open = Some(Entry { span, dn: Some(attribute.value), attributes: Vec::new() });
            continue;
        }
        if attribute.name.eq_ignore_ascii_case("version") && open.is_none() {
            continue;
        }
        let entry = open.get_or_insert_with(|| Entry {
            span: Span::new(start, line.end),
            dn: None,
            attributes: Vec::new(),
        });
        entry.span.end = line.end as u32;
        entry.attributes.push(attribute);
    }
    out.entries.extend(open.take());
    out
}

/// The lines of a text, folding undone; `None` for an empty one.
fn logical(text: &str) -> Vec<Option<Logical>> {
    let mut lines: Vec<Option<Logical>> = Vec::new();
    let mut start = 0;
    for raw in text.split_inclusive('\n') {
        let from = start;
        start += raw.len();
        let line = raw.trim_end_matches(['\n', '\r']);
        if let Some(rest) = line.strip_prefix([' ', '\t'])
            && let Some(Some(above)) = lines.last_mut()
        {
            above.pieces.push((above.text.len(), from + 1));
            above.text.push_str(rest);
            above.end = from + line.len();
        } else if line.trim().is_empty() {
            lines.push(None);
        } else {
            lines.push(Some(Logical {
                text: line.to_owned(),
                pieces: vec![(0, from)],
                end: from + line.len(),
            }));
        }
    }
    lines
}

/// `name;option: value`, `name:: base64`, `name:< url`.
fn attribute(line: &Logical) -> Option<Attribute> {
    let colon = line.text.find(':')?;
    let description = line.text[..colon].trim_end();
    let mut words = description.split(';');
    let name = words.next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    let rest = &line.text[colon + 1..];
    let (form, mark) = match rest.as_bytes().first() {
        Some(b':') => (Form::Base64, 1),
        Some(b'<') => (Form::Reference, 1),
        _ => (Form::Text, 0),
    };
    let value = &rest[mark..];
    let blank = value.len() - value.trim_start().len();
    let from = colon + 1 + mark + blank;
    let written = value.trim().to_owned();
    let begin = if written.is_empty() { line.end } else { line.place(from) };
    Some(Attribute {
        name: name.to_owned(),
        name_span: Span::new(line.place(0), line.place(0) + name.len()),
        options: words.map(str::to_owned).collect(),
        value: Value { span: Span::new(begin, line.end.max(begin)), form, written },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_are_one_value_with_its_place() {
        let text = "# made by hand\r\ndn: cn=TenantCredential-1,cn=vsphere.lo\r\n cal\r\nuserCertificate:: AQ\r\n ID\r\nCN: x\r\n\r\ndn:: Y249eQ==\r\n";
        let ldif = parse(text);
        assert_eq!(ldif.entries.len(), 2);
        let first = &ldif.entries[0];
        assert_eq!(first.dn(), "cn=TenantCredential-1,cn=vsphere.local");
        let certificate = first.all("USERCERTIFICATE").next().unwrap();
        assert_eq!(certificate.value.bytes(), Some(vec![1, 2, 3][..].to_vec()));
        assert_eq!(&text[certificate.value.span.range()], "AQ\r\n ID");
        assert_eq!(&text[certificate.name_span.range()], "userCertificate");
        assert_eq!(ldif.entries[1].dn(), "cn=y");
        assert_eq!(ldif.comments.len(), 1);
    }

    #[test]
    fn references_lead_to_files() {
        let path = |url: &str| {
            let text = format!("dn: cn=a\nuserCertificate:< {url}\n");
            parse(&text).entries[0].attributes[0].value.path().map(str::to_owned)
        };
        assert_eq!(path("file:/tmp/sts.der").as_deref(), Some("/tmp/sts.der"));
        assert_eq!(path("file:///tmp/sts.der").as_deref(), Some("/tmp/sts.der"));
        assert_eq!(path("file:sts.der").as_deref(), Some("sts.der"));
        assert_eq!(path("file://localhost/a").as_deref(), Some("/a"));
    }

    #[test]
    fn what_is_no_ldif_is_passed_over() {
        let ldif =
            parse("dn: cn=a\nchangetype: modify\nadd: x\nx:\n-\n not folded below a dash\nno colon here\n");
        let names: Vec<&str> = ldif.entries[0].attributes.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["changetype", "add", "x"]);
        assert!(parse("").entries.is_empty());
        assert!(parse(" \n\t\n:\n::\n#\n").entries.is_empty());
    }

    #[test]
    fn broken_base64_gives_nothing() {
        let ldif = parse("dn: cn=a\nx:: AQ=ID\n");
        assert_eq!(ldif.entries[0].attributes[0].value.bytes(), None);
    }
}
