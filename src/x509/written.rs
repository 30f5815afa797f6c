//! Distinguished names as dumps write them: Java's order or OpenSSL's, any label, quotes and escapes. Such a text can be
//! compared with another and with a name of a certificate, order left out, and says nothing about bytes.

use super::name::{Name, fold};

/// A distinguished name that somebody printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenName {
    /// As written, white space around it left out.
    pub text: String,
    attributes: Vec<(String, String)>,
}

impl WrittenName {
    /// Reads `CN=a, O="b, c"` (RFC 2253 and what Java, OpenSSL and Windows make of it), `C = SE, O = b`, and `/C=SE/O=b`.
    /// `None` where a part has no `=`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let parts = if text.starts_with('/') { slashes(text) } else { commas(text) };
        let mut attributes = Vec::with_capacity(parts.len());
        for part in parts {
            // `+` joins attributes of one set where a label follows it; in a value it stays.
            for (label, value) in joined(&part)? {
                attributes.push((canonical(&label), value));
            }
        }
        Some(Self { text: text.to_owned(), attributes })
    }

    /// What a person would call the owner: the common name, else the whole text, else `(no name)`.
    pub fn title(&self) -> &str {
        let common = self.attributes.iter().find(|(label, value)| label == "CN" && !value.is_empty());
        match common {
            Some((_, value)) => value,
            None if self.text.is_empty() => "(no name)",
            None => &self.text,
        }
    }

    /// Label in upper case and value of every attribute, in the order of the text.
    pub fn attributes(&self) -> &[(String, String)] {
        &self.attributes
    }

    /// The common name, where there is one.
    pub fn common_name(&self) -> Option<&str> {
        self.attributes.iter().find(|(label, _)| label == "CN").map(|(_, value)| value.as_str())
    }

    /// A text that is equal for names with the same attributes in any order, case and spaces folded.
    pub fn unordered(&self) -> String {
        let parts = self.attributes.iter().map(|(label, value)| part(label, value));
        sorted(parts.collect())
    }

    /// Whether the name of a certificate has the same attributes.
    pub fn fits(&self, name: &Name) -> bool {
        self.unordered() == name.unordered()
    }
}

impl Name {
    /// A text that is equal for names with the same attributes in any order, case and spaces folded: what
    /// [`WrittenName::unordered`] gives for any print of this name.
    pub fn unordered(&self) -> String {
        sorted(self.attributes().iter().map(|(label, value)| part(&canonical(label), value)).collect())
    }
}

fn part(label: &str, value: &str) -> String {
    let mut out = format!("{label}=");
    fold(value, &mut out);
    out
}

fn sorted(mut parts: Vec<String>) -> String {
    parts.sort_unstable();
    parts.join("\u{1}")
}

/// One spelling for the labels of all programs.
fn canonical(label: &str) -> String {
    let label = label.trim().to_ascii_uppercase();
    let label = label.strip_prefix("OID.").unwrap_or(&label);
    match label {
        "E" | "EMAIL" | "EMAILADDRESS" | "1.2.840.113549.1.9.1" => "EMAILADDRESS",
        "S" | "ST" | "STATE" | "2.5.4.8" => "ST",
        "T" | "TITLE" | "2.5.4.12" => "TITLE",
        "SERIALNUMBER" | "2.5.4.5" => "SERIALNUMBER",
        "SN" | "SURNAME" | "2.5.4.4" => "SURNAME",
        "G" | "GN" | "GIVENNAME" | "2.5.4.42" => "GIVENNAME",
        "STREET" | "STREETADDRESS" | "2.5.4.9" => "STREET",
        "UID" | "USERID" | "0.9.2342.19200300.100.1.1" => "UID",
        "DC" | "DOMAINCOMPONENT" | "0.9.2342.19200300.100.1.25" => "DC",
        "DNQ" | "DNQUALIFIER" | "2.5.4.46" => "DNQUALIFIER",
        "CN" | "2.5.4.3" => "CN",
        "C" | "2.5.4.6" => "C",
        "L" | "2.5.4.7" => "L",
        "O" | "2.5.4.10" => "O",
        "OU" | "2.5.4.11" => "OU",
        "2.5.4.15" => "BUSINESSCATEGORY",
        "2.5.4.17" => "POSTALCODE",
        "2.5.4.97" => "ORGANIZATIONIDENTIFIER",
        "1.3.6.1.4.1.311.60.2.1.1" => "JURISDICTIONL",
        "1.3.6.1.4.1.311.60.2.1.2" => "JURISDICTIONST",
        "1.3.6.1.4.1.311.60.2.1.3" => "JURISDICTIONC",
        other => other,
    }
    .to_owned()
}

/// Parts between commas or semicolons that stand in no quotes and behind no backslash, quotes and escapes kept.
fn commas(text: &str) -> Vec<String> {
    split(text, |point, rest| matches!(point, ',' | ';') && starts_attribute(rest))
}

fn split(text: &str, ends: impl Fn(char, &str) -> bool) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut quoted = false;
    let mut points = text.char_indices();
    while let Some((at, point)) = points.next() {
        match point {
            '\\' => {
                part.push(point);
                part.extend(points.next().map(|(_, next)| next));
            }
            '"' => {
                quoted = !quoted;
                part.push(point);
            }
            _ if !quoted && ends(point, &text[at + point.len_utf8()..]) => {
                parts.push(std::mem::take(&mut part));
            }
            _ => part.push(point),
        }
    }
    parts.push(part);
    parts.retain(|it| !it.trim().is_empty());
    parts
}

/// Programs that quote nothing print `O=Acme, Inc., C=SE`: a comma ends a part only where a label and `=` follow.
fn starts_attribute(rest: &str) -> bool {
    let rest = rest.trim_start();
    let label = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.').len();
    rest.is_empty() || (label > 0 && rest[label..].trim_start().starts_with('='))
}

/// Parts of the old one-line form. A slash inside a value is not told from one between parts unless no label follows.
fn slashes(text: &str) -> Vec<String> {
    split(&text[1..], |point, rest| point == '/' && starts_attribute(rest))
}

/// Label and value of the attributes of one set.
fn joined(part: &str) -> Option<Vec<(String, String)>> {
    let attributes = split(part, |point, rest| point == '+' && starts_attribute(rest));
    attributes
        .iter()
        .map(|it| {
            let (label, value) = it.split_once('=')?;
            Some((label.trim().to_owned(), plain(value.trim())))
        })
        .collect()
}

/// A value without its quotes and escapes.
fn plain(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let mut bytes = Vec::with_capacity(inner.len());
    let mut points = inner.chars().peekable();
    let mut buffer = [0; 4];
    while let Some(point) = points.next() {
        if point != '\\' {
            bytes.extend_from_slice(point.encode_utf8(&mut buffer).as_bytes());
            continue;
        }
        let Some(next) = points.next() else { break };
        let hex = next.to_digit(16).zip(points.peek().and_then(|it| it.to_digit(16)));
        if let Some((high, low)) = hex {
            points.next();
            bytes.push((high * 16 + low) as u8);
        } else {
            bytes.extend_from_slice(next.encode_utf8(&mut buffer).as_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::WrittenName;

    fn same(a: &str, b: &str) -> bool {
        WrittenName::parse(a).unwrap().unordered() == WrittenName::parse(b).unwrap().unordered()
    }

    #[test]
    fn order_labels_case_and_spaces_do_not_count() {
        assert!(same(
            "EMAILADDRESS=a@b.test, CN=Root, ST=X, C=IN",
            "C = in, ST = X, CN = ROOT, emailAddress = a@b.test"
        ));
        assert!(same("CN=a  b,O=c", "/O=c/CN=a b"));
        assert!(same("E=a, S=b", "emailAddress=a, ST=b"));
        assert!(same("OID.2.5.4.97=x, CN=y", "CN=y, 2.5.4.97=x"));
        assert!(!same("CN=a, O=b", "CN=a"));
        assert!(!same("CN=a", "O=a"));
    }

    #[test]
    fn commas_in_values_are_kept() {
        let quoted = WrittenName::parse("CN=a, O=\"Acme, Inc.\"").unwrap();
        for other in ["CN=a, O=Acme\\, Inc.", "CN=a, O=Acme, Inc.", "O=Acme\\2C Inc.+CN=a"] {
            assert_eq!(quoted.unordered(), WrittenName::parse(other).unwrap().unordered(), "{other}");
        }
    }

    #[test]
    fn titles() {
        assert_eq!(WrittenName::parse("O=x, CN=name").unwrap().title(), "name");
        assert_eq!(WrittenName::parse("O=x").unwrap().title(), "O=x");
        assert_eq!(WrittenName::parse("").unwrap().title(), "(no name)");
        assert!(WrittenName::parse("no name at all").is_none());
    }
}
