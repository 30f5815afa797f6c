//! What becomes of a text when a change settles on it.

use super::*;
use crate::{
    finding::mend::Standing,
    source::{Encoding, FileId},
};

fn at(text: &str, part: &str) -> Location {
    let start = text.find(part).expect("it is in the text");
    Location::text(FileId(0), Span::new(start, start + part.len()))
}

fn after(text: &str, changes: &[Change]) -> Option<String> {
    let source = Source::text("a", text.to_owned(), Encoding::Utf8 { bom: false });
    let mut edits = Vec::new();
    for change in changes {
        settle(change, std::slice::from_ref(&source), &mut edits)?;
    }
    let edits = joined(edits)?;
    let standing = Standing::new(&source, text.as_bytes()).expect("it is text");
    let bytes = standing.with(&edits.iter().collect::<Vec<_>>()).expect("it can be written");
    Some(String::from_utf8(bytes).expect("it is UTF-8"))
}

fn block(body: &str) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----")
}

#[test]
fn a_statement_goes_without_a_trace() {
    let gone = |text: &str| after(text, &[Change::Drop(at(text, "ssl on;"))]).expect("it settles");
    assert_eq!(gone("a {\n  ssl on;\n  b;\n}\n"), "a {\n  b;\n}\n");
    assert_eq!(gone("a {\r\n  ssl on;\r\n}\r\n"), "a {\r\n}\r\n");
    assert_eq!(gone("a { b; ssl on; }"), "a { b; }");
    assert_eq!(gone("  ssl on; b;\n"), "  b;\n");
    assert_eq!(gone("b; ssl on;\n"), "b;\n");
    assert_eq!(gone("b;\nssl on;"), "b;\n");
}

#[test]
fn words_change_only_where_they_stand() {
    let put = |from: &str| {
        let place = at("a TLSv1;", "TLSv1");
        after("a TLSv1;", &[Change::Put { at: place, from: from.to_owned(), to: "TLSv1.2".to_owned() }])
    };
    assert_eq!(put("TLSv1").as_deref(), Some("a TLSv1.2;"));
    assert_eq!(put("TLSv2"), None);
    let text = "{\"a\": 1\n \"b\": 2}";
    let comma = Change::AfterWordBefore(at(text, "\"b\""), ",".to_owned());
    assert_eq!(after(text, &[comma]).as_deref(), Some("{\"a\": 1,\n \"b\": 2}"));
}

#[test]
fn a_line_break_is_the_one_of_the_file() {
    let glued = |end: &str| format!("x{end}y{end}-----END A----------BEGIN B-----{end}");
    for end in ["\n", "\r\n"] {
        let text = glued(end);
        let now = after(&text, &[Change::Break(at(&text, "-----BEGIN"))]).expect("it settles");
        assert_eq!(now, text.replace("-----BEGIN", &format!("{end}-----BEGIN")));
    }
}

#[test]
fn a_block_goes_with_its_introduction() {
    let (one, two) = (block("AAAA"), block("BBBB"));
    let text = format!("# all\n\nsubject=one\n{one}\nsubject=two\n\u{20}issuer=x\n{two}\n");
    let now = after(&text, &[Change::DropBlock(at(&text, &two))]);
    assert_eq!(now, Some(format!("# all\n\nsubject=one\n{one}\n")));
    let text = format!("{one}{two}\n");
    assert_eq!(after(&text, &[Change::DropBlock(at(&text, &two))]), None, "it shares a line");
    let key = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----";
    assert_eq!(after(key, &[Change::DropBlock(at(key, key))]), None, "keys stay");
}

#[test]
fn blocks_change_places() {
    let (one, two, three) = (block("AAAA"), block("BBBB"), block("CCCC"));
    let text = format!("{one}\n{two}\n\n{three}");
    let places = |order: &[&String]| order.iter().map(|it| at(&text, it)).collect::<Vec<_>>();
    let now = after(&text, &[Change::Arrange(places(&[&three, &two, &one]))]);
    assert_eq!(now, Some(format!("{three}\n{two}\n\n{one}")));
    let introduced = format!("s=1\n{one}\ns=2\n{two}\n");
    let swap = |text: &str| after(text, &[Change::Arrange(vec![at(text, &two), at(text, &one)])]);
    assert_eq!(swap(&introduced), Some(format!("s=2\n{two}\ns=1\n{one}\n")));
    assert_eq!(swap(&format!("# of the file\n{one}\n{two}\n")), None);
    assert_eq!(
        swap(&format!("# of the file\n\n{one}\n{two}\n")),
        Some(format!("# of the file\n\n{two}\n{one}\n"))
    );
}

#[test]
fn a_block_is_made_tidy() {
    let text =
        "  -----BEGIN CERTIFICATE-----\r\n\tAAAA \r\n\r\n  BBBB\r\n  -----END CERTIFICATE----- \r\nrest";
    let block = "-----BEGIN CERTIFICATE-----\r\n\tAAAA \r\n\r\n  BBBB\r\n  -----END CERTIFICATE-----";
    let now = after(text, &[Change::Tidy(at(text, block))]).expect("it settles");
    assert_eq!(now, "-----BEGIN CERTIFICATE-----\r\nAAAA\r\nBBBB\r\n-----END CERTIFICATE-----\r\nrest");
}

#[test]
fn carriage_returns_go() {
    let text = "#!/bin/sh\r\necho a\r\n\r\n";
    assert_eq!(
        after(text, &[Change::LineFeeds(at(text, "#!/bin/sh"))]).as_deref(),
        Some("#!/bin/sh\necho a\n\n")
    );
}
