//! Names of certificates are chosen by strangers. Each format is read back by a strict reader of its own after a
//! stranger has tried to break out of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use serde_json::Value;

use place::Place;

#[path = "common/place.rs"]
mod place;

/// What strangers write into names.
const NAMES: [&str; 10] = [
    "=cmd|' /C calc'!A0",
    "+1,\"quoted\",x",
    "@SUM(1;2)",
    "-2+3\r\nEND:VEVENT\r\nEND:VCALENDAR",
    "\u{1b}[2J\u{1b}]0;title\u{7}",
    "<script>alert(1)</script>",
    "a|b `c` \\ \\n {x=\"y\"} # EOF\n# TYPE evil gauge\nevil 1",
    "\u{202e}gpj.exe\u{2028}\u{9b}31m",
    "ひらがな　漢字 ümläut 😀 and a name that is long enough to be folded more than once in a calendar 漢字漢字漢字漢字漢字",
    "\t=1+1",
];

fn hostile() -> Place {
    let place = Place::new(&[]);
    for (index, name) in NAMES.iter().enumerate() {
        let mut params = CertificateParams::new(vec!["a.example.com".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, *name);
        params.distinguished_name.push(DnType::OrganizationName, *name);
        (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2026, 12, 1));
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let file = if index == 0 { "=a,\"b\";c.pem".to_owned() } else { format!("{index}.pem") };
        place.write(&file, &certificate.pem());
    }
    place.write(
        "nginx.conf",
        "http { server { listen 443 ssl; server_name '=x,\"y\"\u{1b}[31m|'; ssl_certificate 1.pem; \
         ssl_certificate_key 1.key; } }\n",
    );
    place
}

fn nothing_acts(out: &str, allowed: &[char]) {
    let acts = |point: char| {
        (point.is_control() && !allowed.contains(&point))
            || matches!(point, '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}')
    };
    assert!(!out.contains(acts), "{out:?}");
}

#[test]
fn table() {
    let out = hostile().listed(&[]);
    nothing_acts(&out, &['\n']);
    assert_eq!(out.lines().count(), NAMES.len() + 3, "{out}");
}

#[test]
fn csv() {
    let out = hostile().listed(&["--format", "csv"]);
    nothing_acts(&out, &['\r', '\n']);
    let records = csv_records(&out);
    assert_eq!(records.len(), NAMES.len() + 1);
    for record in &records {
        assert_eq!(record.len(), records[0].len(), "{record:?}");
        for (index, field) in record.iter().enumerate() {
            let number = field.parse::<i64>().is_ok() && records[0][index] == "days_left";
            assert!(number || !field.starts_with(['=', '+', '-', '@', '\t', '\r', '|']), "{field:?}");
        }
    }
    let titles: BTreeSet<&str> = records.iter().map(|it| it[1].as_str()).collect();
    assert!(titles.contains("'=cmd|' /C calc'!A0") && titles.contains("'+1,\"quoted\",x"), "{titles:?}");
    assert!(records.iter().flatten().any(|it| it == "'=a,\"b\";c.pem:1"));
}

/// RFC 4180, to the letter: every record ends with CRLF, quotes stand around whole fields.
fn csv_records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut points = text.chars().peekable();
    let mut started = false;
    while let Some(point) = points.next() {
        let record = records.last_mut().unwrap();
        let field = record.last_mut().unwrap();
        match point {
            '"' => {
                assert!(!started, "a quote inside of a bare field");
                loop {
                    match points.next().expect("quotes are closed") {
                        '"' if points.peek() == Some(&'"') => field.push(points.next().unwrap()),
                        '"' => break,
                        inner => field.push(inner),
                    }
                }
                assert!(matches!(points.peek(), Some(',' | '\r')), "text behind a quoted field");
                started = true;
            }
            ',' => {
                record.push(String::new());
                started = false;
            }
            '\r' => {
                assert_eq!(points.next(), Some('\n'));
                records.push(vec![String::new()]);
                started = false;
            }
            '\n' => panic!("a bare line feed"),
            _ => {
                field.push(point);
                started = true;
            }
        }
    }
    assert_eq!(records.pop(), Some(vec![String::new()]), "the last record ends as well");
    records
}

#[test]
fn json() {
    let place = hostile();
    for format in ["json", "cyclonedx", "cyclonedx-1.7"] {
        let out = place.listed(&["--format", format]);
        let _: Value = serde_json::from_str(&out).unwrap();
        nothing_acts(&out.replace('\u{9b}', ""), &['\n']);
    }
}

#[test]
fn calendar() {
    let out = hostile().listed(&["--format", "ics"]);
    nothing_acts(&out, &['\r', '\n']);
    assert!(out.ends_with("\r\n"));
    let lines: Vec<&str> = out.strip_suffix("\r\n").unwrap().split("\r\n").collect();
    assert!(lines.iter().all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
    let unfolded = out.replace("\r\n ", "");
    let mut open = Vec::new();
    let mut events = 0;
    let mut ids = BTreeSet::new();
    for line in unfolded.lines() {
        let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no content line: {line}"));
        assert!(
            name.split(';')
                .all(|part| part.bytes().all(|it| it.is_ascii_alphanumeric() || b"-=".contains(&it)))
        );
        match name {
            "BEGIN" => open.push(value.to_owned()),
            "END" => {
                assert_eq!(open.pop().as_deref(), Some(value));
                events += usize::from(value == "VEVENT");
            }
            "UID" => assert!(ids.insert(value.to_owned())),
            "SUMMARY" | "DESCRIPTION" => escaped(value),
            _ => {}
        }
    }
    assert!(open.is_empty());
    assert_eq!((events, ids.len()), (NAMES.len(), NAMES.len()));
    assert_eq!(unfolded.matches("BEGIN:VALARM").count(), 3 * NAMES.len());
}

/// RFC 5545 3.3.11: backslashes only before what they escape, no bare comma or semicolon.
fn escaped(value: &str) {
    let mut points = value.chars();
    while let Some(point) = points.next() {
        match point {
            '\\' => assert!(matches!(points.next(), Some('\\' | ';' | ',' | 'n' | 'N')), "{value}"),
            ',' | ';' => panic!("a bare {point}: {value}"),
            _ => {}
        }
    }
}

#[test]
fn metrics() {
    let out = hostile().listed(&["--format", "openmetrics"]);
    nothing_acts(&out, &['\n']);
    let families = metrics_of(&out);
    assert_eq!(families.len(), 4, "{out}");
    for (family, samples) in families {
        assert!(family.starts_with("x509_cert_"), "{family}");
        assert_eq!(samples.len(), NAMES.len());
        let series: BTreeSet<&String> = samples.iter().map(|(labels, _)| labels).collect();
        assert_eq!(series.len(), samples.len(), "a series stands twice");
    }
}

/// `OpenMetrics` with the part of its grammar that we use, and nothing beside it: families with their samples.
fn metrics_of(text: &str) -> Vec<(String, Vec<(String, i64)>)> {
    let body = text.strip_suffix("# EOF\n").expect("the end is marked");
    let mut families: Vec<(String, Vec<(String, i64)>)> = Vec::new();
    let mut lines = body.lines().peekable();
    while let Some(help) = lines.next() {
        let help = help.strip_prefix("# HELP ").unwrap_or_else(|| panic!("no help: {help}"));
        let (family, _) = help.split_once(' ').unwrap();
        assert!(!families.iter().any(|(known, _)| known == family), "{family} stands twice");
        assert_eq!(lines.next(), Some(format!("# TYPE {family} gauge").as_str()));
        let mut samples = Vec::new();
        while let Some(sample) = lines.next_if(|line| !line.starts_with('#')) {
            let rest = sample.strip_prefix(family).unwrap_or_else(|| panic!("of another family: {sample}"));
            let (labels, value) = labels(rest.strip_prefix('{').unwrap());
            samples.push((labels, value.strip_prefix(' ').unwrap().parse().unwrap()));
        }
        families.push((family.to_owned(), samples));
    }
    families
}

/// Labels up to the brace that closes them, and what follows.
fn labels(text: &str) -> (String, &str) {
    let mut rest = text;
    let mut names = BTreeSet::new();
    loop {
        let (name, after) = rest.split_once("=\"").unwrap();
        assert!(name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_'), "{name}");
        assert!(names.insert(name), "{name} stands twice");
        let mut end = None;
        let mut points = after.char_indices();
        while let Some((at, point)) = points.next() {
            match point {
                '\\' => assert!(matches!(points.next(), Some((_, '\\' | '"' | 'n')))),
                '"' => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
        }
        rest = &after[end.expect("the value is closed") + 1..];
        if let Some(after) = rest.strip_prefix('}') {
            return (text[..text.len() - after.len()].to_owned(), after);
        }
        rest = rest.strip_prefix(',').unwrap();
    }
}
