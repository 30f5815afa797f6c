//! What is read of sound and of unsound JSON, what is noted about it, and bounds.

use std::fmt::Write;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::source::Span;
use crate::syntax::value::{Kind, MAX_DEPTH, SlipKind, Value};

/// A value in one line: strings in quotes, numbers and keywords without.
fn shown(value: &Value) -> String {
    let mut out = String::new();
    match &value.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(value) => write!(out, "{value}").unwrap(),
        Kind::Number(number) => out.push_str(number),
        Kind::Text(text) => write!(out, "{text:?}").unwrap(),
        Kind::Alias(name) => write!(out, "*{name}").unwrap(),
        Kind::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            write!(out, "[{}]", items.join(" ")).unwrap();
        }
        Kind::Map(members) => {
            let members: Vec<String> =
                members.iter().map(|member| format!("{}: {}", member.key, shown(&member.value))).collect();
            write!(out, "{{{}}}", members.join(" ")).unwrap();
        }
    }
    out
}

fn documents(text: &str) -> String {
    parse(text).documents.iter().map(shown).collect::<Vec<_>>().join(" --- ")
}

/// The slips, each with the text under it.
fn slips(text: &str) -> Vec<(SlipKind, &str)> {
    parse(text).slips.iter().map(|slip| (slip.kind, &text[slip.at.range()])).collect()
}

/// Where it is broken, with the text under it.
fn broken(text: &str) -> Option<(String, &str)> {
    parse(text).broken.map(|broken| (broken.what, &text[broken.at.range()]))
}

#[test]
fn strict_json_has_no_slips() {
    let cases = [
        ("null", "null"),
        (" -0.5e+10 ", "-0.5e+10"),
        ("[0, -1, 10, 1E5, true, false, null, \"\"]", "[0 -1 10 1E5 true false null \"\"]"),
        ("{\"a\": {\"b\": []}, \"c\": {}}", "{a: {b: []} c: {}}"),
        (r#""\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00""#, "\"\\\"\\\\/\\u{8}\\u{c}\\n\\r\\tä😀\""),
        (
            r#"{"\u0061b": "//no # comment", "c": "{{ x }}, ${y}"}"#,
            "{ab: \"//no # comment\" c: \"{{ x }}, ${y}\"}",
        ),
        ("\"\u{7f}\u{a0}ä\"", "\"\\u{7f}\\u{a0}ä\""),
    ];
    for (text, expected) in cases {
        assert_eq!(documents(text), expected, "{text}");
        assert_eq!(slips(text), [], "{text}");
        assert_eq!(broken(text), None, "{text}");
    }
    // Good grammar, though no character.
    assert_eq!(documents(r#""\ud800x\ude00""#), "\"\u{fffd}x\u{fffd}\"");
    assert_eq!(slips(r#""\ud800x\ude00""#), []);
}

#[test]
fn spans_show_what_is_written_and_what_is_meant() {
    let text = r#" {"k\n" : "vä\u0041", "n": 1} "#;
    let parsed = parse(text);
    let map = parsed.first().unwrap();
    assert_eq!(&text[map.span.range()], text.trim());
    let member = map.get("k\n").unwrap();
    assert_eq!(&text[member.key_span.range()], r#""k\n""#);
    assert_eq!(&text[member.value.span.range()], r#""vä\u0041""#);
    assert_eq!(&text[member.value.inner.range()], r"vä\u0041");
    assert_eq!(member.value.as_text(), Some("väA"));
    assert!(member.value.quoted);
    assert!(!map.get("n").unwrap().value.quoted);
    assert_eq!(map.path(&["n"]).unwrap().text_like(), Some("1"));
}

/// A text, what is read of it, and the slips with the text under each.
type Case = (&'static str, &'static str, &'static [(SlipKind, &'static str)]);

#[test]
fn slips_are_noted_and_read_over() {
    use SlipKind::*;
    let cases: &[Case] = &[
        ("[1 2]", "[1 2]", &[(MissingComma, "2")]),
        ("[{} {}]", "[{} {}]", &[(MissingComma, "{")]),
        ("{\"a\":1 \"b\":2}", "{a: 1 b: 2}", &[(MissingComma, "\"b\"")]),
        ("[1,]", "[1]", &[(TrailingComma, ",")]),
        ("{\"a\":1,}", "{a: 1}", &[(TrailingComma, ",")]),
        ("[1,,2]", "[1 2]", &[(DoubledComma, ",")]),
        ("[,1]", "[1]", &[(DoubledComma, ",")]),
        ("[,]", "[]", &[(DoubledComma, ",")]),
        ("{\"a\" 1}", "{a: 1}", &[(MissingColon, "1")]),
        ("{\"a\" {}}", "{a: {}}", &[(MissingColon, "{")]),
        ("{\"a\":: 1}", "{a: 1}", &[(DoubledColon, ":")]),
        ("{\"a\":, \"b\": 1}", "{a: null b: 1}", &[(MissingValue, "\"a\"")]),
        ("{\"a\"}", "{a: null}", &[(MissingValue, "\"a\"")]),
        ("{\"a\":\n\"b\": 1}", "{a: null b: 1}", &[(MissingValue, "\"a\""), (MissingComma, "\"b\"")]),
        ("// x\n1 /* y */ # z", "1", &[(Comment, "// x"), (Comment, "/* y */"), (Comment, "# z")]),
        ("[1//x\n,2/**/]", "[1 2]", &[(Comment, "//x"), (Comment, "/**/")]),
        ("{a: 1, $b-c: 2}", "{a: 1 $b-c: 2}", &[(BareKey, "a"), (BareKey, "$b-c")]),
        ("{true: 1, 7: 2}", "{true: 1 7: 2}", &[(BareKey, "true"), (BareKey, "7")]),
        (
            "[None, a.b/c, https://x/y?z]",
            "[\"None\" \"a.b/c\" \"https://x/y?z\"]",
            &[(BareValue, "None"), (BareValue, "a.b/c"), (BareValue, "https://x/y?z")],
        ),
        ("{'a': 'b\"'}", "{a: \"b\\\"\"}", &[(SingleQuotes, "'a'"), (SingleQuotes, "'b\"'")]),
        ("\"a\tb\"", "\"a\\tb\"", &[(RawControl, "\t")]),
        ("\"a\nb\tc\"", "\"a\\nb\\tc\"", &[(RawControl, "\n")]),
        (r#""C:\dir\new\u12""#, "\"C:\\\\dir\\new\\\\u12\"", &[(BadEscape, "\\d")]),
        (
            "[007, -00.5, 00]",
            "[007 -00.5 00]",
            &[(LeadingZero, "007"), (LeadingZero, "-00.5"), (LeadingZero, "00")],
        ),
        (
            "[+1, .5, 5., 0x1F, NaN]",
            "[+1 .5 5. 0x1F NaN]",
            &[
                (OddNumber, "+1"),
                (OddNumber, ".5"),
                (OddNumber, "5."),
                (OddNumber, "0x1F"),
                (OddNumber, "NaN"),
            ],
        ),
        ("[1,\u{a0}2]", "[1 2]", &[(OddSpace, "\u{a0}")]),
        ("\u{feff}{}", "{}", &[(ByteOrderMark, "\u{feff}")]),
        ("[1.2.3, 1-2]", "[\"1.2.3\" \"1-2\"]", &[(BareValue, "1.2.3"), (BareValue, "1-2")]),
    ];
    for (text, expected, expected_slips) in cases {
        assert_eq!(documents(text), *expected, "{text}");
        assert_eq!(slips(text), *expected_slips, "{text}");
        assert_eq!(broken(text), None, "{text}");
    }
}

#[test]
fn of_doubled_keys_both_are_kept_and_the_last_counts() {
    let text = r#"{"a": 1, "b": 2, "\u0061": 3, "a": 4}"#;
    let parsed = parse(text);
    assert_eq!(shown(&parsed.documents[0]), "{a: 1 b: 2 a: 3 a: 4}");
    let first = Span::new(1, 4);
    assert_eq!(
        slips(text),
        [(SlipKind::DuplicateKey { first }, r#""\u0061""#), (SlipKind::DuplicateKey { first }, "\"a\"")]
    );
    assert_eq!(parsed.slips[0].what, "the key `a` stands here again");
    assert_eq!(parsed.documents[0].get("a").unwrap().value.text_like(), Some("4"));
}

#[test]
fn templates_are_opaque() {
    let text = "{\n{% if x %}\n\"a\": {{ port }},\n{{/if}}\"b\": ${B}-x, \"c\": <%= c %>, {{ k }}: 1, \"d\": {\"e\":{}}}";
    assert_eq!(documents(text), "{a: \"{{ port }}\" b: \"${B}-x\" c: \"<%= c %>\" {{ k }}: 1 d: {e: {}}}");
    let parsed = parse(text);
    assert_eq!(parsed.broken, None);
    assert!(parsed.slips.iter().all(|slip| slip.kind == SlipKind::Template), "{:?}", parsed.slips);
    assert_eq!(parsed.slips.len(), 6);
    assert_eq!(documents("{{\"a\": 1}}"), "{: {a: 1}}");
}

#[test]
fn broken_text_keeps_what_was_read() {
    let cases = [
        ("", "", "there is no value here", ""),
        (" \n", "", "there is no value here", ""),
        ("{\"a\": [1, {\"b\": 2", "{a: [1 {b: 2}]}", "this `{` is never closed", "{"),
        ("[1, \"b", "[1 \"b\"]", "the string that begins here is never closed", "\""),
        ("{\"a\": \"b\\", "{a: \"b\\\\\"}", "the string that begins here is never closed", "\""),
        ("[1, /* 2]", "[1]", "this comment is never closed", "/*"),
        ("{} x, y\n", "{}", "the document ends before this", "x, y"),
        ("{}}", "{}", "the document ends before this", "}"),
        ("{}\n[1]\n{}", "{} --- [1] --- {}", "the document ends before this", "[1]\n{}"),
        ("{\"a\": [1, 2}", "{a: [1 2]}", "a `]` is missing before this", "}"),
        ("{\"a\": {\"b\": 1], \"c\": 2}}", "{a: {b: 1 c: 2}}", "nothing is open that this would close", "]"),
        ("[\"a\": 1]", "[\"a\" 1]", "a colon stands here, and no key before it", ":"),
        ("{[1], \"a\": 2}", "{: [1] a: 2}", "a key is missing before this", "["),
        (", 1", "1", "a comma has no place here", ","),
        ("it's JSON", "\"it's\"", "the document ends before this", "JSON"),
    ];
    for (text, expected, what, at) in cases {
        assert_eq!(documents(text), expected, "{text}");
        assert_eq!(broken(text), Some((what.to_owned(), at)), "{text}");
    }
}

#[test]
fn what_json_simple_takes_is_known() {
    let refused = |text| parse(text).slips.iter().any(|slip| !slip.kind.tolerated_by_json_simple());
    for text in ["[1 2]", "[1,]", "[,1]", "{\"a\" 1}", "[\"a\tb\"]", "[\"\\d\"]", "[01]", "{\"a\":1,\"a\":2}"]
    {
        assert!(!refused(text) && !parse(text).slips.is_empty(), "{text}");
    }
    for text in ["//\n1", "{a:1}", "['a']", "[+1]", "\u{feff}1", "[a]", "{\"a\":}", "[{{ a }}]"] {
        assert!(refused(text), "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "[".repeat(100_000) + &"]".repeat(100_000)] {
        let broken = parse(&text).broken.unwrap();
        assert!(broken.over_limit && broken.what.contains("128"), "{broken:?}");
    }
    let fits = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
    assert_eq!(parse(&fits).broken, None);
    let too_deep =
        format!("{{\"a\": 1, \"b\": {}{}, \"c\": 2}}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    let parsed = parse(&too_deep);
    assert!(parsed.broken.as_ref().unwrap().over_limit);
    assert_eq!(parsed.documents[0].get("c").unwrap().value.text_like(), Some("2"));
}

#[test]
fn long_texts_take_no_longer_than_they_are_long() {
    let long = 300_000;
    for piece in [
        "{{a", "${", "\"\\", "'", "'\\'", "\"\\q\",", "{}", ",", "{\"a\":", "a ", "/*", "//", "<%=", "{%",
        "]", "\u{a0}", "1/", "\"", "\"a\n", "0",
    ] {
        let text = piece.repeat(long / piece.len()) + &" ".repeat(long);
        let parsed = parse(&text);
        assert!(parsed.slips.len() <= crate::syntax::value::MAX_SLIPS);
    }
    let many = "[".to_owned() + &"1,".repeat(2_100_000);
    assert!(parse(&many).broken.unwrap().over_limit);
}

#[test]
fn the_json_of_the_field_is_read() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/apigee");
    let Ok(entries) = std::fs::read_dir(folder) else {
        println!("skipped: no corpus at ../shared/corpus");
        return;
    };
    let mut with_slips = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let parsed = parse(&text);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(parsed.broken, None, "{name}");
        assert_eq!(parsed.documents.len(), 1, "{name}");
        if !parsed.slips.is_empty() {
            assert!(parsed.slips.iter().all(|slip| slip.kind.tolerated_by_json_simple()), "{name}");
            with_slips.push(name);
        }
    }
    with_slips.sort();
    assert_eq!(
        with_slips,
        [
            "kk_tls_prod_keystores.json",
            "kk_tls_test_keystores.json",
            "maven2x_aliases_trailing_comma.json",
            "sub_edge.json"
        ]
    );
}

/// Every span lies on characters of the text, and children inside their parents.
fn assert_sound(text: &str) {
    fn check(text: &str, value: &Value, depth: usize) {
        assert!(depth <= MAX_DEPTH);
        assert!(text.get(value.span.range()).is_some() && text.get(value.inner.range()).is_some());
        assert!(value.span.start <= value.inner.start && value.inner.end <= value.span.end);
        for member in value.members() {
            assert!(text.get(member.key_span.range()).is_some());
        }
        for child in value.items().iter().chain(value.members().iter().map(|member| &member.value)) {
            assert!(value.span.start <= child.span.start && child.span.end <= value.span.end, "{text:?}");
            check(text, child, depth + 1);
        }
    }
    let parsed = parse(text);
    for document in &parsed.documents {
        check(text, document, 0);
    }
    for at in parsed.slips.iter().map(|slip| slip.at).chain(parsed.broken.iter().map(|broken| broken.at)) {
        assert!(text.get(at.range()).is_some(), "{text:?} {at:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        assert_sound(&text);
    }

    #[test]
    fn anything_like_json_is_read(text in "([\\[\\]{},:'\"\\\\/*#\\n\\t$%<>0-9.+-]|a|ä|\u{a0}|true|null|\\\\u00e4|\\{\\{|\\}\\}|\"k\": ){0,60}") {
        assert_sound(&text);
    }

    #[test]
    fn sound_json_is_read_as_by_others(value in json()) {
        for text in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
            let parsed = parse(&text);
            prop_assert_eq!(&parsed.broken, &None);
            prop_assert_eq!(&parsed.slips, &[]);
            prop_assert!(same(&parsed.documents[0], &value), "{}", text);
            for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
                assert_sound(&text[..end]);
            }
        }
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        (-1e9..1e9).prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn same(ours: &Value, theirs: &serde_json::Value) -> bool {
    match (&ours.kind, theirs) {
        (Kind::Null, serde_json::Value::Null) => true,
        (Kind::Bool(ours), serde_json::Value::Bool(theirs)) => ours == theirs,
        (Kind::Number(ours), serde_json::Value::Number(theirs)) => *ours == theirs.to_string(),
        (Kind::Text(ours), serde_json::Value::String(theirs)) => ours == theirs,
        (Kind::List(ours), serde_json::Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Kind::Map(ours), serde_json::Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|member| theirs.get(&member.key).is_some_and(|value| same(&member.value, value)))
        }
        _ => false,
    }
}
