//! What is read of YAML, of templates and of broken text, and bounds.

use std::fmt::Write;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::syntax::value::{Kind, MAX_DEPTH, SlipKind, Value};

/// A value in one line: quoted scalars in quotes, the others without.
fn shown(value: &Value) -> String {
    let mut out = String::new();
    match &value.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(value) => write!(out, "{value}").unwrap(),
        Kind::Number(number) => write!(out, "#{number}").unwrap(),
        Kind::Text(text) if value.quoted => write!(out, "{text:?}").unwrap(),
        Kind::Text(text) => out.push_str(text),
        Kind::Alias(name) => write!(out, "*{name}").unwrap(),
        Kind::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            write!(out, "[{}]", items.join(", ")).unwrap();
        }
        Kind::Map(members) => {
            let members: Vec<String> =
                members.iter().map(|member| format!("{}: {}", member.key, shown(&member.value))).collect();
            write!(out, "{{{}}}", members.join(", ")).unwrap();
        }
    }
    out
}

fn documents(text: &str) -> String {
    parse(text).documents.iter().map(shown).collect::<Vec<_>>().join(" --- ")
}

/// The places of templates, with the text under each.
fn templates(text: &str) -> Vec<&str> {
    let slips = parse(text).slips;
    assert!(slips.iter().all(|slip| slip.kind == SlipKind::Template), "{slips:?}");
    slips.iter().map(|slip| &text[slip.at.range()]).collect()
}

/// Where it is broken, with the line from there.
fn broken(text: &str) -> Option<&str> {
    parse(text).broken.map(|broken| text[broken.at.start as usize..].lines().next().unwrap_or_default())
}

#[test]
fn scalars_are_what_the_core_schema_says() {
    let cases = [
        ("1.2", "#1.2"),
        ("\"1.2\"", "\"1.2\""),
        ("'1.2'", "\"1.2\""),
        ("0x1F", "#0x1F"),
        ("0o17", "#0o17"),
        ("-.5e+3", "#-.5e+3"),
        ("5.", "#5."),
        ("-.inf", "#-.inf"),
        (".NaN", "#.NaN"),
        ("007", "#007"),
        ("1.2.3", "1.2.3"),
        ("1_000", "1_000"),
        ("1e", "1e"),
        (".", "."),
        ("-", "[null]"),
        ("~", "null"),
        ("Null", "null"),
        ("TRUE", "true"),
        ("yes", "yes"),
        ("TLSv1.2", "TLSv1.2"),
        ("!!str 12", "12"),
        ("!!int \"12\"", "#12"),
        ("!vault secret", "secret"),
        ("!!str", ""),
        ("a\n b", "a b"),
    ];
    for (text, expected) in cases {
        assert_eq!(documents(text), expected, "{text}");
        assert_eq!(parse(text).broken, None, "{text}");
        assert_eq!(parse(text).slips, [], "{text}");
    }
}

#[test]
fn collections_and_documents_are_read() {
    assert_eq!(documents(""), "");
    assert_eq!(documents("# nothing\n"), "");
    assert_eq!(
        documents("a:\n- 1\n- b: c\n  d:\ne: {f: [g], h}\n? [i]\n: j\n"),
        "{a: [#1, {b: c, d: null}], e: {f: [g], h: null}, : j}"
    );
    assert_eq!(documents("a: 1\n---\nb: 2\n...\n---\n"), "{a: #1} --- {b: #2} --- null");
    assert_eq!(documents("a: |\n  x\n  y\n\nb: >-\n  x\n  y\n"), "{a: \"x\\ny\\n\", b: \"x y\"}");
    assert_eq!(documents("1: a\n~: b\ntrue: c\n\"q\": d\n"), "{1: a, ~: b, true: c, q: d}");
}

#[test]
fn spans_show_what_is_written_and_what_is_meant() {
    let text = "ä: &x \"qü\\u00e4\" # c\nm:\n  k: v\n  l: [1, 2]\n\nb: |2-\n   x\nn:\n'z' : y\n";
    let parsed = parse(text);
    let map = parsed.first().unwrap();
    let under = |span: Span| &text[span.range()];
    let value = |key: &str| &map.get(key).unwrap().value;
    assert_eq!(under(map.span), text.trim_end());
    assert_eq!((under(value("ä").span), under(value("ä").inner)), ("\"qü\\u00e4\"", "qü\\u00e4"));
    assert_eq!(under(value("m").span), "k: v\n  l: [1, 2]");
    assert_eq!(under(value("m").path(&["l"]).unwrap().span), "[1, 2]");
    assert_eq!((under(value("b").span), value("b").as_text()), (" x\n", Some(" x")));
    assert!(value("b").quoted && value("n").is_null() && value("n").span.start == value("n").span.end);
    assert_eq!(under(map.get("z").unwrap().key_span), "'z'");
    assert_eq!(comments(text).into_iter().map(under).collect::<Vec<_>>(), ["# c"]);
}

#[test]
fn aliases_and_merges_are_resolved() {
    assert_eq!(documents("a: &x {b: 1}\nc: *x\n"), "{a: {b: #1}, c: {b: #1}}");
    let text = "base: &b {k: 1, l: 2}\nmore: &m {l: 3, n: 4}\nown:\n  <<: [*b, *m]\n  k: 5\n";
    assert_eq!(
        parse(text).first().map(|map| shown(&map.get("own").unwrap().value)).unwrap(),
        "{k: #5, l: #2, n: #4}"
    );
    assert_eq!(documents("a: {<<: {b: 1}, c: 2}\n"), "{a: {c: #2, b: #1}}");
    assert_eq!(documents("a: {<<: 1, '<<': {b: 2}}\n"), "{a: {<<: #1, <<: {b: #2}}}");
    assert_eq!(documents("a: &n [*n]\n"), "{a: [*n]}");
    assert_eq!(documents("a: *x\nb: 1\n"), "{a: *x, b: #1}");
    assert_eq!(broken("a: *x\nb: 1\n"), Some("*x"));
    // A value of an alias stands where it is defined.
    let parsed = parse("a: &x v\nb: *x\n");
    assert_eq!(parsed.documents[0].get("b").unwrap().value.span, Span::new(6, 7));
}

#[test]
fn of_doubled_keys_both_are_kept_and_the_last_counts() {
    let text = "a: 1\nb:\n  c: 1\n  'c': 2\na: 2\n";
    let parsed = parse(text);
    let found: Vec<_> = parsed.slips.iter().map(|slip| (slip.kind, &text[slip.at.range()])).collect();
    let kinds = [
        SlipKind::DuplicateKey { first: Span::new(10, 11) },
        SlipKind::DuplicateKey { first: Span::new(0, 1) },
    ];
    assert_eq!(found, [(kinds[0], "'c'"), (kinds[1], "a")]);
    assert_eq!(parsed.documents[0].get("a").unwrap().value.text_like(), Some("2"));
}

/// A text, what is read of it, and the places of templates.
type Case = (&'static str, &'static str, &'static [&'static str]);

#[test]
fn templates_are_opaque() {
    let cases: &[Case] = &[
        ("a: {{ .Values.x }}\nb: 1\n", "{a: {{ .Values.x }}, b: #1}", &["{{ .Values.x }}"]),
        ("a: x-{{ b }}:{{ c }} # d\n", "{a: x-{{ b }}:{{ c }}}", &["x-{{ b }}:{{ c }}"]),
        ("a: \"{{ include \"x\" . }}/é\"\n", "{a: \"{{ include \\\"x\\\" . }}/é\"}", &[]),
        ("{{ .k }}: ü{{ 'ü' }}\n", "{{{ .k }}: ü{{ 'ü' }}}", &["{{ .k }}", "ü{{ 'ü' }}"]),
        (
            "{{- if .x }}\na: 1\n  {{- else }}\n{% endif %}\nb: 2\n",
            "{a: #1, b: #2}",
            &["{{- if .x }}", "{{- else }}", "{% endif %}"],
        ),
        ("a:\n  {{- toYaml .x | nindent 2 }}\n  b: 1\n", "{a: {b: #1}}", &["{{- toYaml .x | nindent 2 }}"]),
        ("a:\n  {{ .x }}\nb: 1\n", "{a: {{ .x }}, b: #1}", &["{{ .x }}"]),
        (
            "a: |\n  x {{ y }}\n{{- if z }}\n  {{ w }}\n{{- end }}\n  v\nb: 1\n",
            "{a: \"x {{ y }}\\n\\n{{ w }}\\n\\nv\\n\", b: #1}",
            &["{{- if z }}", "{{- end }}"],
        ),
        (
            "- {{ a }}\n- [{{ b }}, {c: {{ d }}}]\n",
            "[{{ a }}, [{{ b }}, {c: {{ d }}}]]",
            &["{{ a }}", "{{ b }}", "{{ d }}"],
        ),
        ("{{/* a\nb: c\n*/}}\nd: 1\n", "{d: #1}", &["{{/* a\nb: c\n*/}}"]),
        ("{# a #}\nd: @HOST_1@\ne: a@b\n", "{d: @HOST_1@, e: a@b}", &["{# a #}", "@HOST_1@"]),
        ("# {{ a }}\nb: {{ {'a': {}} }}\n", "{b: {{ {'a': {}} }}}", &["{{ {'a': {}} }}"]),
        ("a: |\n    {{- if z }}\n  x\n", "{a: \"\\nx\\n\"}", &["{{- if z }}"]),
    ];
    for (text, expected, places) in cases {
        assert_eq!(parse(text).broken, None, "{text}");
        assert_eq!(templates(text), *places, "{text}");
        assert_eq!(documents(text), *expected, "{text}");
    }
}

#[test]
fn broken_text_keeps_what_was_read() {
    let cases = [
        ("a: 1\nb: [1, 2\nc: 3\nd: 4\n", "{a: #1, b: [#1], c: #3, d: #4}", ": 3"),
        ("a: 1\nb: @x\nc: 3\n", "{a: #1, c: #3}", "@x"),
        ("a: \"x\nb: 2\n", "{b: #2}", "b: 2"),
        ("a: 1\n---\nb: {\n---\nc: 1\n", "{a: #1} --- {b: {}} --- {c: #1}", "{"),
        ("v:\n - n: a\n   s: b\n  - n: c\n   s: d\nw:\n  x: y\n", "{v: [{n: a, s: b}], w: {x: y}}", "- n: c"),
        ("a: 1\nb: @\nc: @\nd: @\na: 2\n", "{a: #1, a: #2}", "@"),
        ("- a\n- @b\n- c\n", "[a]", "@b"),
    ];
    for (text, expected, at) in cases {
        assert_eq!(documents(text), expected, "{text}");
        assert_eq!(broken(text), Some(at), "{text}");
    }
    let duplicate = &parse("a: 1\nb: @\na: 2\n").slips;
    assert_eq!(duplicate[0].kind, SlipKind::DuplicateKey { first: Span::new(0, 1) });
}

#[test]
fn depth_and_size_are_bounded() {
    let nested = |opening: &str, times| opening.repeat(times);
    for text in [
        nested("[", 100_000),
        nested("{a: ", 100_000),
        nested("- ", 100_000),
        nested("[", 200) + &nested("]", 200),
    ] {
        let broken = parse(&text).broken.unwrap();
        assert!(broken.over_limit, "{broken:?}");
    }
    let fits = nested("[", MAX_DEPTH) + &nested("]", MAX_DEPTH);
    assert_eq!(parse(&fits).broken, None);
    let deep = format!("a: 1\nb: {}{}\nc: 2\n", nested("[", MAX_DEPTH), nested("]", MAX_DEPTH));
    assert_eq!(documents(&deep).chars().filter(|c| *c == '#').count(), 2);
    assert!(parse(&deep).broken.unwrap().over_limit);
}

#[test]
fn laughs_are_counted() {
    let mut text = "l0: &l0 [lol, lol]\n".to_owned();
    for level in 1..60 {
        writeln!(text, "l{level}: &l{level} [{0}, {0}, {0}]", format!("*l{}", level - 1)).unwrap();
    }
    let parsed = parse(&text);
    assert!(parsed.broken.unwrap().over_limit);
    assert!(shown(&parsed.documents[0]).len() < 200_000);
    // Long strings weigh more, and depth counts behind an alias as well.
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), "*a, ".repeat(1000));
    assert!(shown(&parse(&long).documents[0]).len() < 1_000_000);
    let mut chain = format!("a0: &a0 {}{}\n", "[".repeat(100), "]".repeat(100));
    for level in 1..10 {
        writeln!(chain, "a{level}: &a{level} {}*a{}{}", "[".repeat(20), level - 1, "]".repeat(20)).unwrap();
    }
    assert_sound(&chain);
}

#[test]
fn long_texts_take_no_longer_than_they_are_long() {
    let long = 60_000;
    for piece in [
        "{{a",
        "@a",
        "{%",
        "{{ a }}\n",
        "a: {{ b }}\n",
        "a:\n {{ b }}\n",
        "'",
        "\"",
        "a: @\n",
        "a: \"\n",
        "a: [\n",
        "- ",
        "? ",
        "&a ",
        "a: 'b\n---\n",
        "{#",
        "{{/*\n",
        "!a ",
        "#\n",
        "a: |\n",
    ] {
        assert_sound(&piece.repeat(long / piece.len()));
    }
}

#[test]
fn the_yaml_of_the_field_is_read() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !corpus.is_dir() {
        println!("skipped: no corpus at ../shared/corpus");
        return;
    }
    let mut unsound = Vec::new();
    for folder in ["apigee", "appliances"] {
        for path in std::fs::read_dir(corpus.join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_none_or(|ending| ending != "yaml" && ending != "yml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let parsed = parse(&text);
            assert_sound(&text);
            assert!(!parsed.documents.is_empty(), "{}", path.display());
            if parsed.broken.is_some() || !parsed.slips.is_empty() {
                unsound.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
            if path.ends_with("hyb_egonz_overrides_malformed.yaml") {
                // The second map stands behind the fault in the first.
                let names = parsed.documents[0].members().iter().map(|member| &*member.key);
                assert_eq!(names.collect::<Vec<_>>(), ["virtualhosts", "virtualhosts"]);
            }
        }
    }
    unsound.sort();
    // A key stands twice in the first two.
    assert_eq!(
        unsound,
        ["hyb_ayosal_overrides.yaml", "hyb_danielp_overrides.yaml", "hyb_egonz_overrides_malformed.yaml"]
    );
}

/// Every span lies on characters of the text.
fn assert_sound(text: &str) {
    fn check(text: &str, value: &Value, depth: usize) {
        assert!(depth <= MAX_DEPTH);
        assert!(text.get(value.span.range()).is_some() && text.get(value.inner.range()).is_some());
        assert!(value.span.start <= value.inner.start && value.inner.end <= value.span.end);
        for member in value.members() {
            assert!(text.get(member.key_span.range()).is_some());
        }
        for child in value.items().iter().chain(value.members().iter().map(|member| &member.value)) {
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
    for comment in comments(text) {
        assert!(text.get(comment.range()).is_some());
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        assert_sound(&text);
    }

    #[test]
    fn anything_like_yaml_is_read(text in "([\\[\\]{},:'\"\\\\#|>&*!%@?\\n\\t ~-]|a|ä|\u{a0}|\u{e000}|\n- |\n  |\nk: |---\n|\\{\\{|\\}\\}|\\{% x %\\}|\\{\\{ ä \\}\\}|<<: |&x |\\*x){0,60}") {
        assert_sound(&text);
    }

    #[test]
    fn prefixes_are_read(end in 0..PIECES.len()) {
        if PIECES.is_char_boundary(end) {
            assert_sound(&PIECES[..end]);
        }
    }

    #[test]
    fn json_is_yaml(number in any::<i64>(), text in "[a-zä\"\\\\\n{}]{0,20}", keys in prop::collection::btree_set("[a-z]{1,5}", 0..5)) {
        let keys: Vec<_> = keys.into_iter().collect();
        let map: serde_json::Map<String, serde_json::Value> =
            keys.iter().map(|key| (key.clone(), serde_json::json!([number, text, {key: null}]))).collect();
        let written = serde_json::to_string(&map).unwrap();
        // To us, `{{` begins a template wherever it stands.
        prop_assume!(!written.contains("{{"));
        let ours = parse(&written);
        prop_assert_eq!(&ours.broken, &None);
        for key in &keys {
            let items = ours.documents[0].get(key).unwrap().value.items();
            prop_assert_eq!(items[0].text_like().unwrap(), number.to_string());
            prop_assert_eq!(items[1].as_text().unwrap(), &text);
        }
    }
}

/// Sound YAML with something of everything.
const PIECES: &str = "%YAML 1.2\n---\na: &ä {b: [1, \"ü\\u00e4\", 'x''y'], ? c : d}\n{{- if .x }}\ne: *ä\n{{- end }}\n\
    f: |-\n  blöck {{ y }}\n   more\n\ng: >+\n  fold\n\nh: !!str 12 # cömment\n<<: *ä\n- ---\n...\n---\n{{ k }}: ü{{ 'ü' }}\n";
