//! What is read from sound documents, what from broken ones, and bounds.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

/// The elements in one line: `name(attribute=value)"text"{children}`.
fn shown(text: &str) -> String {
    fn show(element: &Element, out: &mut String) {
        out.push_str(&element.name);
        if !element.attributes.is_empty() {
            let one = |attribute: &Attribute| format!("{}={}", attribute.name, attribute.value);
            let all: Vec<_> = element.attributes.iter().map(one).collect();
            out.extend(["(", &all.join(" "), ")"]);
        }
        if !element.trimmed_text().is_empty() {
            out.extend([format!("{:?}", element.trimmed_text())]);
        }
        if !element.children.is_empty() {
            out.push('{');
            for (index, child) in element.children.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { " " });
                show(child, out);
            }
            out.push('}');
        }
    }
    let mut out = String::new();
    for root in parse(text).roots {
        out.push_str(if out.is_empty() { "" } else { " " });
        show(&root, &mut out);
    }
    out
}

/// The kinds of slips, each with the text under it.
fn slips(text: &str) -> Vec<(SlipKind, String)> {
    parse(text).slips.iter().map(|slip| (slip.kind, text[slip.at.range()].to_owned())).collect()
}

#[test]
fn sound_documents_are_read_without_slips() {
    for (text, expected) in [
        ("", ""),
        ("<a/>", "a"),
        ("\u{feff}<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<a></a>\n", "a"),
        ("  \n <a>x</a>", "a\"x\""),
        ("<VirtualHost  name=\"x\" ><Port> 443 </Port></VirtualHost >", "VirtualHost(name=x){Port\"443\"}"),
        ("<a b='1' c = \"it's\"/>", "a(b=1 c=it's)"),
        ("<a b=\"\"/>", "a(b=)"),
        ("<a b=\"&lt;&amp;&quot;&#65;&#x42;\">&gt;&apos;&#10;x</a>", "a(b=<&\"AB)\">'\\nx\""),
        ("<a>1<!-- c -->2<![CDATA[<&amp;>]]>3</a>", "a\"12<&amp;>3\""),
        ("<a>x<b/>y<?p <c> ?>z</a>", "a\"xyz\"{b}"),
        ("<a:b xmlns:a=\"u\"><a:c/></a:b>", "a:b(xmlns:a=u){a:c}"),
        ("<a b=\"x > y\">m</a>", "a(b=x > y)\"m\""),
        ("<é ü=\"ß\">ñ</é>", "é(ü=ß)\"ñ\""),
    ] {
        assert_eq!(shown(text), expected, "{text:?}");
        assert_eq!(slips(text), [], "{text:?}");
        assert_eq!(parse(text).broken, None, "{text:?}");
    }
}

/// A text, what is read from it, and its slips with the text under each.
type Case<'a> = (&'a str, &'a str, &'a [(SlipKind, &'a str)]);

#[test]
fn slips_are_noted_and_passed() {
    use SlipKind as K;
    #[rustfmt::skip]
    let table: &[Case] = &[
        ("$ cat x.xml\n<a/>", "a", &[(K::TextOutside, "$ cat x.xml")]),
        ("<a/> - <b/> <c/>", "a b c", &[(K::TextOutside, "-"), (K::SecondRoot, "<b/>")]),
        ("\n<?xml version='1.0'?><a/>", "a", &[(K::LateDeclaration, "<?xml version='1.0'?>")]),
        ("<VirtualHost><Port>1</port></VIRTUALHOST>", "VirtualHost{Port\"1\"}",
            &[(K::OtherCase, "</port>"), (K::OtherCase, "</VIRTUALHOST>")]),
        ("<a><b><c>1</a><d/>", "a{b{c\"1\"}} d",
            &[(K::UnclosedElement, "<b>"), (K::UnclosedElement, "<c>"), (K::SecondRoot, "<d/>")]),
        ("<a>1</b>2</a></c>", "a\"12\"", &[(K::StrayClose, "</b>"), (K::StrayClose, "</c>")]),
        ("<a><b>1</b", "a{b\"1\"}", &[(K::UnclosedElement, "<a>"), (K::UnfinishedMarkup, "</b")]),
        ("<a><b x='1'", "a{b(x=1)}",
            &[(K::UnclosedElement, "<a>"), (K::UnfinishedMarkup, "<b x='1'"), (K::UnclosedElement, "<b x='1'")]),
        ("<a><b>1</b\n<c>2</c></a>", "a{b\"1\" c\"2\"}", &[(K::UnfinishedMarkup, "</b")]),
        ("<a><b x='1' <c>2</c></b></a>", "a{b(x=1){c\"2\"}}", &[(K::UnfinishedMarkup, "<b x='1'")]),
        ("<a>1 < 2 <> <</a>", "a\"1 < 2 <> <\"",
            &[(K::StrayOpen, "<"), (K::StrayOpen, "<"), (K::StrayOpen, "<")]),
        ("<a>x < <b>\"</b></a>", "a\"x <\"{b\"\\\"\"}", &[(K::StrayOpen, "<")]),
        ("<a b='x<y'/>", "a(b=x<y)", &[(K::StrayOpen, "<")]),
        ("<a b='&&x;'>p & q &nbsp; &#xZ; &amp</a>", "a(b=&&x;)\"p & q &nbsp; &#xZ; &amp\"",
            &[(K::BareAmpersand, "&"), (K::UnknownEntity, "&x;"), (K::BareAmpersand, "&"),
              (K::UnknownEntity, "&nbsp;"), (K::UnknownEntity, "&#xZ;"), (K::BareAmpersand, "&")]),
        ("<a b=1 c d= e=/>", "a(b=1 c= d=e=)",
            &[(K::AttributeWithoutQuotes, "1"), (K::AttributeWithoutValue, "c"), (K::AttributeWithoutQuotes, "e=")]),
        ("<a b=>1</a>", "a(b=)\"1\"", &[(K::AttributeWithoutValue, "b=")]),
        ("<a b=it's>1</a>", "a(b=it's)\"1\"", &[(K::AttributeWithoutQuotes, "it's")]),
        ("<a b='1'c='2' b='3'/>", "a(b=1 c=2 b=3)",
            &[(K::TouchingAttributes, "c"), (K::DuplicateAttribute, "b")]),
        ("<a b=\"1>\n<c d=\"2\"/>\n</a>", "a(b=1){c(d=2)}", &[(K::UnclosedQuote, "\"")]),
        ("<a b=\"1/>", "a(b=1)", &[(K::UnclosedQuote, "\"")]),
        ("<a b=\"1\n c='2'>3</a>", "a(b=1 c=2)\"3\"", &[(K::UnclosedQuote, "\"")]),
        ("<a / b\">1</a c>", "a(b=)\"1\"",
            &[(K::StrayInTag, "/"), (K::AttributeWithoutValue, "b"), (K::StrayInTag, "\""), (K::StrayInTag, " c>")]),
        ("<a>1</ a>", "a\"1\"", &[(K::StrayInTag, " ")]),
        ("<a><!-- x -- y --><!-- z ---></a>", "a", &[(K::HyphensInComment, "--"), (K::HyphensInComment, "--")]),
        ("<a>1<!-- x <b>2</b></a>", "a\"1<!-- x\"{b\"2\"}", &[(K::UnfinishedMarkup, "<!--")]),
        ("<a><![CDATA[x</a>", "a\"<![CDATA[x\"", &[(K::UnfinishedMarkup, "<![CDATA[")]),
        ("<a><!ELSE>1</a>", "a\"<!ELSE>1\"", &[(K::UnfinishedMarkup, "<!ELSE>1<")]),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "a\"&b;\"",
            &[(K::Doctype, "<!DOCTYPE a [<!ENTITY b 'c'>]>"), (K::UnknownEntity, "&b;")]),
        ("<!DOCTYPE><a/>", "a", &[(K::Doctype, "<!DOCTYPE>")]),
    ];
    for (text, expected, slips_expected) in table {
        assert_eq!(shown(text), *expected, "{text:?}");
        let found = slips(text);
        let found: Vec<_> = found.iter().map(|(kind, under)| (*kind, under.as_str())).collect();
        assert_eq!(found, *slips_expected, "{text:?}");
        assert_eq!(parse(text).broken, None, "{text:?}");
    }
}

#[test]
fn words_of_slips_quote_no_values() {
    let text = "<a password=s3cret s3cret &s3cret; b='&s3cret;'>&s3cret; s3cret</b></a>s3cret";
    let xml = parse(text);
    assert!(xml.slips.len() >= 6);
    assert!(xml.slips.iter().all(|slip| !slip.what.contains("s3cret")), "{:?}", xml.slips);
}

#[test]
fn a_text_without_elements_is_broken() {
    let broken = parse(" no xml ").broken.unwrap();
    assert_eq!((broken.at, broken.over_limit), (Span::new(1, 7), false));
    assert!(parse("<!-- nothing here -->\n").broken.is_none());
}

#[test]
fn places() {
    let text = "<!-- c --><p:a  b = 'x&amp;y'>\n one <d/> two\n</p:a>\n";
    let under = |span: Span| &text[span.range()];
    let xml = parse(text);
    let element = xml.root().unwrap();
    assert_eq!(under(element.name_span), "p:a");
    assert_eq!(under(element.open_span), "<p:a  b = 'x&amp;y'>");
    assert_eq!(under(element.span), text[10..].trim_end());
    assert_eq!(under(element.text_span), "one <d/> two");
    assert_eq!(under(element.attributes[0].name_span), "b");
    assert_eq!(under(element.attributes[0].value_span), "x&amp;y");
    assert_eq!(under(xml.comments[0].span), "<!-- c -->");
    assert_eq!(xml.comments[0].text, " c ");
    let inner = &element.children[0];
    assert_eq!((inner.text_span.start, inner.text_span.end), (inner.span.end - 2, inner.span.end - 2));
    let cdata = "<a> <![CDATA[ x ]]></a>";
    assert_eq!(&cdata[parse(cdata).roots[0].text_span.range()], "x");
}

#[test]
fn elements_are_found_by_name() {
    let xml = parse("<x:A K='1' k='2'><b>1</b><y:B>2</y:B><b>3<c/></b></x:A>");
    let root = xml.root().unwrap();
    assert_eq!(root.local(), "A");
    assert_eq!(root.child("b").unwrap().text, "1");
    assert_eq!(root.child("B").unwrap().text, "2");
    assert_eq!(root.child("y:B"), None);
    assert_eq!(root.child_ignoring_case("B").unwrap().text, "1");
    assert_eq!(root.children_named("b").map(|child| child.text.as_str()).collect::<Vec<_>>(), ["1", "3"]);
    assert_eq!(root.attribute("k").unwrap().value, "2");
    assert_eq!(root.attribute_ignoring_case("k").unwrap().value, "1");
    assert_eq!(root.descendants().map(Element::local).collect::<Vec<_>>(), ["b", "B", "b", "c"]);
    assert_eq!(xml.elements().count(), 5);
}

#[test]
fn nothing_is_expanded() {
    let mut text = String::from("<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol0 \"lol\">");
    for level in 1..20 {
        let inner = format!("&lol{};", level - 1).repeat(10);
        text.extend([format!("<!ENTITY lol{level} \"{inner}\">")]);
    }
    text.push_str("]><lolz>&lol19;</lolz>");
    assert_eq!(shown(&text), "lolz\"&lol19;\"");
}

#[test]
fn limits_are_said() {
    let xml = parse(&"<a>".repeat(100_000));
    assert!(xml.broken.unwrap().over_limit);
    assert_eq!(xml.roots.iter().chain(xml.roots[0].descendants()).count(), 256);
    let deep = format!("{}{}", "<a>".repeat(256), "</a>".repeat(256));
    assert!(parse(&deep).broken.is_none());
    assert!(parse(&"<a/>".repeat(1_000_001)).broken.unwrap().over_limit);
    assert!(parse(&"&".repeat(5000).replace('&', "<a>&</a>")).slips.len() <= 1000);
}

#[test]
fn hostile_text_costs_no_stack_and_little_time() {
    for piece in [
        "<",
        "<!",
        "<?",
        "<!-",
        "<!--",
        "<![CDATA[",
        "<!DOCTYPE [",
        "<!D<",
        "&",
        "&#",
        "<a ",
        "<a \"",
        "<a b='",
        "<a b=\"\n",
        "<a b=\"\n<c>",
        "</a>",
        "</",
        "<a></b>",
        "< \"",
        "<a><\"",
        "<a>",
        "<a/>",
        "a",
        "-->",
        "<a b='\n<c>d",
        "<\u{feff}",
        "\u{feff}<a>",
    ] {
        let started = std::time::Instant::now();
        parse(&piece.repeat(300_000));
        parse(&format!("<a>{}", piece.repeat(100_000)));
        let took = started.elapsed();
        assert!(took.as_secs() < 10, "{piece:?}: {took:?}");
    }
}

/// The folders of real files that are kept outside of this repository.
fn corpus() -> Vec<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("TLSLINT_CORPUS").map_or(beside, PathBuf::from);
    ["apigee", "iis"].map(|part| root.join(part)).into_iter().filter(|part| part.is_dir()).collect()
}

fn files_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_in(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "xml" || ending == "config") {
            found.push(path);
        }
    }
}

#[test]
fn real_files_are_not_broken() {
    let mut files = Vec::new();
    for folder in corpus() {
        files_in(&folder, &mut files);
    }
    if files.is_empty() {
        println!("skipped: no corpus here");
    }
    files.sort();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let Some((text, _)) = crate::source::decode::decode(&bytes) else { panic!("{file:?} is no text") };
        let xml = parse(&text);
        assert_eq!(xml.broken, None, "{file:?}");
        assert!(!xml.roots.is_empty(), "{file:?}");
        assert_spans(&text, &xml);
        for slip in &xml.slips {
            println!("{}: {:?} {} {:?}", file.display(), slip.kind, slip.what, &text[slip.at.range()]);
        }
    }
}

/// Every span lies in the text, and in the span of what holds it.
fn assert_spans(text: &str, xml: &Xml) {
    let lies = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
    xml.slips.iter().for_each(|slip| lies(slip.at));
    xml.comments.iter().for_each(|comment| lies(comment.span));
    xml.broken.iter().for_each(|broken| lies(broken.at));
    for element in xml.elements() {
        lies(element.span);
        let holds = |outer: Span, inner: Span| {
            lies(inner);
            assert!(outer.start <= inner.start && inner.end <= outer.end, "{inner:?} in {outer:?}: {text:?}");
        };
        holds(element.span, element.open_span);
        holds(element.span, element.text_span);
        holds(element.open_span, element.name_span);
        for attribute in &element.attributes {
            holds(element.open_span, attribute.name_span);
            holds(element.open_span, attribute.value_span);
        }
        element.children.iter().for_each(|child| holds(element.span, child.span));
        assert_eq!(&text[element.name_span.range()], element.name);
    }
}

const SAMPLE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE a [<!ENTITY b \"<c>\">]>\n\
    <!-- é --><VirtualHost name=\"x&amp;y\" z='<'>\n <Port> 443 </Port><![CDATA[ <ü> ]]>&#xe9;\n <d/></VirtualHost>\n";

#[test]
fn any_beginning_of_a_document_is_read() {
    for end in (0..=SAMPLE.len()).filter(|end| SAMPLE.is_char_boundary(*end)) {
        assert_spans(&SAMPLE[..end], &parse(&SAMPLE[..end]));
        assert_spans(&SAMPLE[end..], &parse(&SAMPLE[end..]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn spans_lie_in_the_text(
        text in "([ab<>/=\"'!?& \n\r;é\u{feff}-]|</?[abA]|<!--|-->|<!\\[CDATA\\[|\\]\\]>|<!DOCTYPE|&amp;|&#65;|<[ab] [ab]=\"){0,40}"
    ) {
        assert_spans(&text, &parse(&text));
    }

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        assert_spans(&text, &parse(&text));
    }

    /// What is sound is read back as it was written.
    #[test]
    fn values_come_through(value in "[^\u{0}\r]{0,20}", text in "[^\u{0}\r]{0,20}") {
        let escape = |raw: &str| quick_xml::escape::escape(raw).into_owned();
        let xml = parse(&format!("<a b=\"{}\">{}</a>", escape(&value), escape(&text)));
        prop_assert_eq!(&xml.roots[0].attributes[0].value, &value);
        prop_assert_eq!(&xml.roots[0].text, &text);
        prop_assert!(xml.slips.is_empty());
    }
}
