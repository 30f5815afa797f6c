//! The forms of a property, as `java.util.Properties` reads them.

use proptest::prelude::*;

use super::*;

/// `[key]=[value]` of each, with line ends shown.
fn shown(text: &str) -> String {
    let one = |property: &Property| format!("[{}]=[{}]", property.key, property.value);
    parse(text).iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn forms() {
    for (text, expected) in [
        ("", ""),
        ("a=b", "[a]=[b]"),
        ("a : b", "[a]=[b]"),
        ("  a b c  \n", "[a]=[b c  ]"),
        ("a\t=\t=b", "[a]=[=b]"),
        ("a::b", "[a]=[:b]"),
        ("a", "[a]=[]"),
        ("a=", "[a]=[]"),
        ("=b", "[]=[b]"),
        ("a=1\r\nb=2\rc=3", "[a]=[1] [b]=[2] [c]=[3]"),
        ("# c\n! d\n\n  # e\na=#f", "[a]=[#f]"),
        ("# c \\\na=b", "[a]=[b]"),
        ("a=b\\\n   c\\\r\n  d\ne=f", "[a]=[bcd] [e]=[f]"),
        ("a=b\\\\\nc=d", "[a]=[b\\] [c]=[d]"),
        ("a=\\\n  b", "[a]=[b]"),
        ("a\\\n=b", "[a]=[b]"),
        ("a=b\\\n\nc=d", "[a]=[b] [c]=[d]"),
        ("a=b\\\n# c", "[a]=[b# c]"),
        ("a=b\\", "[a]=[b]"),
        ("\\\na=b", "[a]=[b]"),
        ("\\\n# c\n\\\n\na=b", "[a]=[b]"),
        ("a\\=b\\:c\\ d = e", "[a=b:c d]=[e]"),
        ("a=\\ b", "[a]=[ b]"),
        ("a=C:\\temp\\new", "[a]=[C:\temp\new]"),
        ("a=\\u00e9\\uD83D\\uDE00\\u12 \\ud83d", "[a]=[é😀\\u12 \u{fffd}]"),
        ("ключ=знач", "[ключ]=[знач]"),
    ] {
        assert_eq!(shown(text), expected, "{text:?}");
    }
}

#[test]
fn places() {
    let text = "# one\n key = first \\\n   second\n!two\nempty =  \nlast";
    let under = |span: Span| &text[span.range()];
    let spans: Vec<_> =
        parse(text).iter().map(|property| (under(property.key_span), under(property.value_span))).collect();
    assert_eq!(spans, [("key", "first \\\n   second"), ("empty", ""), ("last", "")]);
    assert_eq!(parse(text)[1].value_span.start as usize, text.find("  \nlast").unwrap() + 2);
    assert_eq!(comments(text).into_iter().map(under).collect::<Vec<_>>(), [" one", "two"]);
}

proptest! {
    #[test]
    fn spans_lie_in_the_text(text in "([a-c=: \t\n\r\\\\#!é]|\\\\u00e9|\\\\uD83D|\\\\\n){0,60}") {
        let mut end = 0;
        for property in parse(&text) {
            for span in [property.key_span, property.value_span] {
                prop_assert!(text.get(span.range()).is_some());
                prop_assert!(span.start >= end, "{property:?}");
                end = span.end;
            }
        }
        for span in comments(&text) {
            prop_assert!(text.get(span.range()).is_some());
        }
    }

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        parse(&text);
        comments(&text);
    }
}

#[test]
fn hostile_text_costs_little_time() {
    let started = std::time::Instant::now();
    for piece in ["\\\n", "\\", "a\\\n", "\\\n ", "=", "\\uD83D", "\r", "#\\\n", "a=\\\n\n"] {
        parse(&piece.repeat(300_000));
    }
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}
