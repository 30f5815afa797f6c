//! Every kind of place in every format.

use super::*;
use crate::{
    finding::{Card, Finding, Judged, Label, Verdict, fingerprints},
    source::{Encoding, FileId, Location, Place, Source, Span},
};

static CARD: Card = Card {
    id: "key/mismatch",
    level: Level::Error,
    enabled: true,
    since: "0.1.0",
    summary: "a key and the certificate used with it do not match",
    why: "No handshake succeeds.",
    fix: "Point `ssl_certificate_key` at the\nkey of the certificate.\n\nMore.",
    references: &[],
    aliases: &[],
    options: &[],
};
static CARDS: [&Card; 1] = [&CARD];

fn text(path: &str, text: &str) -> Source {
    Source::text(path, text.to_owned(), Encoding::Utf8 { bom: false })
}

/// The place of a word in a file.
fn word(sources: &[Source], file: usize, word: &str) -> Location {
    let start = sources[file].text.find(word).expect("the word is in the file");
    Location::text(FileId(file as u32), Span::new(start, start + word.len()))
}

fn label(at: Location, text: &str) -> Label {
    Label { at, text: text.to_owned() }
}

fn finding(level: Level, message: &str, primary: Label, related: Vec<Label>) -> Finding {
    Finding {
        primary,
        rule: CARD.id,
        level,
        message: message.to_owned(),
        related,
        help: String::new(),
        absent: Vec::new(),
        fix: None,
    }
}

fn outcome(sources: Vec<Source>, findings: Vec<Finding>) -> Outcome {
    let prints = fingerprints(&findings, &sources, &str::to_owned);
    Outcome {
        as_of: "2026-11-22T00:00:00Z".to_owned(),
        files: sources.len(),
        sources,
        judged: findings
            .into_iter()
            .zip(prints)
            .map(|(finding, fingerprint)| Judged { finding, verdict: Verdict::Counts, fingerprint })
            .collect(),
        cards: &CARDS,
        certificates: 1,
        keys: 0,
    }
}

fn shown(format: Format, outcome: &Outcome, look: Look) -> String {
    let mut bytes = Vec::new();
    render(format, outcome, &mut bytes, look).expect("a vector takes everything");
    String::from_utf8(bytes).expect("output is UTF-8")
}

fn estate() -> Outcome {
    let mut sources = vec![
        text(
            "nginx/grün.conf",
            "server {\r\n    # zwölf\r\n\tssl_certificate a.pem;\r\n    ssl_certificate_key ü/a.key;\r\n}\r\n",
        ),
        text(
            "nginx/a.pem",
            "subject=x\n-----BEGIN CERTIFICATE-----\nMIIB\nMIIB\n-----END CERTIFICATE-----\n",
        ),
        text("nginx/a.key", ""),
    ];
    let lines =
        [("api".to_owned(), "key, CN=api.example.test".to_owned()), ("root".to_owned(), String::new())];
    sources.push(Source::listing("stores/a.p12", &lines));
    let block = {
        let start = sources[1].text.find("-----BEGIN").expect("there is a block");
        Location::text(FileId(1), Span::new(start, sources[1].text.len()))
    };
    let findings = vec![
        finding(
            Level::Error,
            "`ü/a.key` is not the key of `a.pem`",
            label(word(&sources, 0, "ü/a.key"), "this key"),
            vec![
                label(word(&sources, 0, "a.pem"), "this certificate"),
                label(block, "which has another public key"),
                label(Location { file: FileId(3), place: Place::Entry(0) }, "its key is here"),
                label(Location::whole(FileId(2)), "and not here"),
            ],
        ),
        finding(Level::Warning, "the key file is empty", label(Location::whole(FileId(2)), ""), vec![]),
        finding(
            Level::Note,
            "an entry",
            label(Location { file: FileId(3), place: Place::Entry(1) }, "here"),
            vec![],
        ),
    ];
    outcome(sources, findings)
}

#[test]
fn full() {
    insta::assert_snapshot!(shown(Format::Full, &estate(), Look::default()));
}

#[test]
fn short() {
    insta::assert_snapshot!(shown(Format::Short, &estate(), Look::default()));
}

#[test]
fn json() {
    insta::assert_snapshot!(shown(Format::Json, &estate(), Look::default()));
}

/// The formats for programs of others.
#[test]
fn others() {
    for format in Format::ALL.into_iter().skip(3) {
        insta::assert_snapshot!(format.name(), shown(format, &estate(), Look::default()));
    }
}

#[test]
fn statistics() {
    let look = Look { statistics: true, ..Look::default() };
    insta::assert_snapshot!(shown(Format::Full, &estate(), look));
}

#[test]
fn quiet_shows_errors_alone() {
    let look = Look { quiet: true, ..Look::default() };
    let short = shown(Format::Short, &estate(), look);
    assert_eq!(short.lines().count(), 1, "{short}");
    assert!(short.contains(": error: "), "{short}");
}

#[test]
fn colour_is_the_only_difference_that_colour_makes() {
    let plain = shown(Format::Full, &estate(), Look::default());
    let mut colored = shown(Format::Full, &estate(), Look { color: true, ..Look::default() });
    assert!(colored.contains("\u{1b}["));
    while let Some(start) = colored.find('\u{1b}') {
        let end = start + colored[start..].find('m').expect("every sequence ends");
        colored.replace_range(start..=end, "");
    }
    assert_eq!(plain, colored);
}

#[test]
fn clean_run() {
    let clean = outcome(vec![text("a", "")], vec![]);
    assert_eq!(
        shown(Format::Full, &clean, Look::default()),
        "no findings in 1 file, 1 certificate, 0 keys\n"
    );
    assert_eq!(shown(Format::Full, &clean, Look { quiet: true, ..Look::default() }), "");
}

#[test]
fn long_lines_are_clipped_around_their_label() {
    let line = format!(
        "{{\"a\":\"{}\",\"key\":\"ref://x\",\"b\":\"{}é\",\"far\":1}}",
        "é".repeat(4000),
        "z".repeat(4000)
    );
    let sources = vec![text("min.json", &line)];
    let near = label(word(&sources, 0, "ref://x"), "near");
    let far = label(word(&sources, 0, "far"), "far away");
    let outcome = outcome(sources, vec![finding(Level::Error, "long", near, vec![far])]);
    let full = shown(Format::Full, &outcome, Look::default());
    assert!(full.lines().all(|line| line.chars().count() < 260), "{full}");
    assert!(
        full.contains("ref://x") && full.contains("near") && full.contains("min.json:1:8034: far away"),
        "{full}"
    );
}

#[test]
fn nothing_that_a_file_says_moves_the_cursor() {
    let evil = "\u{1b}[2J\u{9b}31m\u{202e}\u{7}";
    let sources = vec![text(&format!("{evil}.conf"), &format!("a {evil} key {evil}\r\r\n"))];
    let at = word(&sources, 0, "key");
    let it = Finding { help: evil.to_owned(), ..finding(Level::Error, evil, label(at, evil), vec![]) };
    let outcome = outcome(sources, vec![it]);
    for format in [Format::Full, Format::Short] {
        let shown = shown(format, &outcome, Look::default());
        assert!(!shown.chars().any(|c| c != '\n' && crate::finding::visible::acts(c)), "{shown:?}");
    }
}

#[test]
fn very_many_places_are_counted() {
    let body = "listen 443;\n".repeat(150);
    let sources = vec![text("many.conf", &body)];
    let at = |line: usize| Location::text(FileId(0), Span::new(line * 12, line * 12 + 6));
    let related = (1..150).map(|line| label(at(line), "here")).collect();
    let outcome = outcome(sources, vec![finding(Level::Error, "many", label(at(0), "first"), related)]);
    let full = shown(Format::Full, &outcome, Look::default());
    assert!(full.contains("= and 49 more places"), "{full}");
}

#[test]
fn odd_spans_do_no_harm() {
    let sources = vec![text("a", "é\n\nx"), text("empty", "")];
    let spans = [(0, 0), (1, 2), (2, 3), (3, 3), (5, 5), (4, 900), (900, 901), (3, 1)];
    let findings: Vec<Finding> = spans
        .iter()
        .flat_map(|(start, end)| {
            (0..2).map(|file| {
                let at = Location::text(FileId(file), Span { start: *start, end: *end });
                finding(Level::Note, "odd", label(at, "x"), vec![])
            })
        })
        .collect();
    let outcome = outcome(sources, findings);
    for format in Format::ALL {
        shown(format, &outcome, Look::default());
    }
}
