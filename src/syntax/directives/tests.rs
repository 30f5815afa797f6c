//! What nginx makes of each form, what we make of broken text, and bounds.

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

/// The tree in one line: `name [arg] [arg] { … }`.
fn shown(text: &str) -> String {
    fn show(tree: &Tree, parent: Option<u32>, out: &mut String) {
        for (index, directive) in tree.children(parent) {
            out.push_str(&directive.name.text);
            for arg in &directive.args {
                out.push_str(" [");
                out.push_str(&arg.text);
                out.push(']');
            }
            if directive.block.is_some() {
                out.push_str(" { ");
                show(tree, Some(index), out);
                out.push_str("} ");
            } else {
                out.push_str("; ");
            }
        }
    }
    let mut out = String::new();
    show(&Tree::parse(text), None, &mut out);
    out.trim_end().to_owned()
}

/// The errors, each with the text under it and where it began.
fn errors(text: &str) -> Vec<String> {
    let under = |span: Span| text[span.range()].to_owned();
    Tree::parse(text)
        .errors
        .iter()
        .map(|error| {
            let origin = error.origin.map(|origin| format!(" from `{}`", under(origin))).unwrap_or_default();
            format!("{} at `{}`{origin}", error.message, under(error.at))
        })
        .collect()
}

#[test]
fn words_end_where_nginx_ends_them() {
    assert_eq!(shown("http{server{listen 80;}}"), "http { server { listen [80]; } }");
    assert_eq!(shown("location ~ ^/\\d{3}$ { }"), "location [~] [^/\\d] { 3}$ { } }");
    assert_eq!(shown("return 200 ab};"), "return [200] [ab}];");
    assert_eq!(shown("set $a a#b; # c"), "set [$a] [a#b];");
    assert_eq!(shown("if ($a = \"b\") { }"), "if [($a] [=] [b] [)] { }");
    assert_eq!(shown("set $a ${b}c{d;}"), "set [$a] [${b}c] { d; }");
    assert_eq!(shown("set $a $${b};"), "set [$a] [$${b}];");
    assert_eq!(shown("a\u{A0}b\u{c}c\u{b}d;"), "a\u{A0}b\u{c}c\u{b}d;");
    assert_eq!(shown("a\r\nb\r\n;"), "a [b];");
    assert_eq!(shown("# no line end\rserver { }"), "");
}

#[test]
fn quotes_count_at_the_start_of_a_word() {
    assert_eq!(shown("a\"b c\" 'd e' \"\";"), "a\"b [c\"] [d e] [];");
    assert_eq!(shown("\"http\" { }"), "http { }");
    assert_eq!(shown("a 'b\r\nc';"), "a [b\r\nc];");
    let tree = Tree::parse("a 'b';");
    assert!(tree.directives[0].args[0].quoted);
    assert!(!tree.directives[0].name.quoted);
}

#[test]
fn only_some_escapes_are_resolved() {
    assert_eq!(
        shown(r#"a "b\"c" 'd\'e' \\ \. f\ g h\;i \{ ;"#),
        r#"a [b"c] [d'e] [\] [\.] [f\ g] [h\;i] [\{];"#
    );
    assert_eq!(shown(r#"a "\t\n\r\q";"#), "a [\t\n\r\\q];");
    assert_eq!(shown("a b\\\nc;"), "a [b\\\nc];");
}

#[test]
fn spans_cover_what_was_written() {
    let text = "http {\n  server { a 'b' c; }\n}\n";
    let tree = Tree::parse(text);
    let under = |span: Span| &text[span.range()];
    assert_eq!(under(tree.directives[2].span), "a 'b' c;");
    assert_eq!(under(tree.directives[2].args[0].span), "'b'");
    assert_eq!(under(tree.directives[1].span), "server { a 'b' c; }");
    assert_eq!(under(tree.directives[1].block.unwrap()), "{ a 'b' c; }");
    assert_eq!(under(tree.directives[0].span), text.trim_end());
    assert_eq!(tree.directives.iter().map(|d| d.end).collect::<Vec<_>>(), [3, 3, 3]);
    assert_eq!(tree.directives[2].parent, Some(1));
}

#[test]
fn comments_are_kept() {
    let text = "a; # one\r\nserver { # two\n}";
    let comments: Vec<_> = Tree::parse(text).comments.iter().map(|span| &text[span.range()]).collect();
    assert_eq!(comments, ["# one", "# two"]);
}

#[test]
fn errors_say_what_nginx_says() {
    assert_eq!(errors("a { };"), ["unexpected \";\" at `;`"]);
    assert_eq!(errors("a;;"), ["unexpected \";\" at `;`"]);
    assert_eq!(errors("}"), ["unexpected \"}\" at `}`"]);
    assert_eq!(errors("a { b c\n}"), ["unexpected \"}\" at `}` from `b c`"]);
    assert_eq!(errors("types { a { } }"), ["unexpected \"{\" at `{`"]);
    assert_eq!(errors("a 'b'c;"), ["unexpected \"c\" at `c` from `'b'`"]);
    assert_eq!(errors("a b"), ["unexpected end of file, expecting \";\" or \"}\" at `b` from `a b`"]);
    assert_eq!(errors("a { b;"), ["unexpected end of file, expecting \"}\" at `;` from `a`"]);
    assert_eq!(errors("a 'b;\nc;"), ["unexpected end of file, expecting \";\" or \"}\" at `'b;` from `'`"]);
}

#[test]
fn what_follows_an_error_is_kept() {
    assert_eq!(shown("a; }; b;"), "a; b;");
    assert_eq!(shown("server { a b }\nc;"), "server { a [b]; } c;");
    assert_eq!(shown("server { a 'b;\n c d; }"), "server { a ['b;]; c [d]; }");
    assert_eq!(shown("server {\n a \"b;\n c \"d\"; }\ne;"), "server { a [\"b;]; c [d]; } e;");
    assert_eq!(shown("{ a; } b;"), "a; b;");
    assert_eq!(shown("a { b {"), "a { b { } }");
}

#[test]
fn too_long_is_measured_as_nginx_does() {
    let kinds = |text: &str| Tree::parse(text).errors.iter().map(|error| error.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&format!("a {}; b;", "x".repeat(4095))), []);
    assert_eq!(kinds(&format!("a {}; b;", "x".repeat(4096))), [ErrorKind::TokenTooLong]);
    assert_eq!(kinds(&format!("a '{}'; b;", "x".repeat(4094))), []);
    assert_eq!(kinds(&format!("a '{}'; b;", "x".repeat(4095))), [ErrorKind::TokenTooLong]);
    assert_eq!(kinds(&format!("#{}\nb;", "x".repeat(4094))), []);
    assert_eq!(kinds(&format!("#{}\nb;", "x".repeat(4095))), [ErrorKind::CommentTooLong]);
}

#[test]
fn lua_is_skipped_by_its_own_rules() {
    let text =
        "content_by_lua_block {\n local a = '}' -- it's }\n --[==[ } ]] ]==]\n local t = { [[}]] }\n }\nb;";
    let tree = Tree::parse(text);
    assert_eq!(tree.errors, []);
    assert!(tree.directives[0].raw_body);
    assert_eq!(shown("set_by_lua_block $x{ return '}' } b;"), "set_by_lua_block [$x] { } b;");
    assert_eq!(
        errors("a_by_lua_block { '"),
        ["unexpected end of file, expecting \"}\" at `'` from `a_by_lua_block`"]
    );
    assert_eq!(shown("a_by_lua_block { } ; b;"), "a_by_lua_block { } b;");
}

#[test]
fn templates_are_recognised_and_not_blamed() {
    let opaque = |text: &str| Tree::parse(text).opaque.map(|span| text[span.range()].to_owned());
    for (text, mark) in [
        ("server_name {{ host }};", "{{ host }}"),
        ("a;\n{% if x %}\nb;\n{% endif %}", "{% if x %}"),
        ("listen <%= @port %>;", "<%= @port %>"),
        ("listen ${PORT};", "${PORT}"),
        ("listen ${PORT:-443};", "${PORT:-443}"),
        ("root @ROOT@/x;", "@ROOT@"),
        ("server_name __DOMAIN__;", "__DOMAIN__"),
        ("root %%TESTDIR%%/x;", "%%TESTDIR%%"),
        ("ssl_certificate /etc/<your-domain>.pem;", "<your-domain>"),
        ("a \"{{ b[\"c\"] }}\";", "{{ b[\"c\"] }}"),
    ] {
        assert_eq!(opaque(text).as_deref(), Some(mark), "{text}");
        assert_eq!(errors(text), Vec::<String>::new(), "{text}");
    }
    for text in [
        "set $a ${host};",
        "location @named { }",
        "location ~ \"^/(?<name>[a-z]{2})$\" { }",
        "return 200 '<html><body>x</body></html>';",
        "server {# a comment\n}",
        "a /%20%20;",
        "add_header X \"a@b.example c@d.example\";",
        "set $__a b;",
    ] {
        assert_eq!(opaque(text), None, "{text}");
    }
    assert_eq!(shown("server { listen {{ a }}:{{ b }} ssl; }"), "server { listen [{{ a }}:{{ b }}] [ssl]; }");
}

#[test]
fn dumps_are_cut_into_files() {
    let text = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n\
                # configuration file /etc/nginx/nginx.conf:\nhttp {\n}\n\n# configuration file /etc/nginx/a b.conf:\na;\n\n";
    let parts = split_dump(text).unwrap();
    let seen: Vec<_> = parts.iter().map(|part| (part.name, &text[part.span.range()])).collect();
    assert_eq!(seen, [("/etc/nginx/nginx.conf", "http {\n}\n"), ("/etc/nginx/a b.conf", "a;\n")]);
    assert_eq!(&text[parts[1].name_span.range()], "/etc/nginx/a b.conf");
    let tree = Tree::parse_span(text, parts[1].span, Options::default());
    assert_eq!(&text[tree.directives[0].span.range()], "a;");
    assert_eq!(split_dump("http { }\n# configuration file /x:\n"), None);
    assert_eq!(split_dump("# a comment\nhttp { }\n"), None);
}

#[test]
fn hostile_text_costs_no_stack_and_little_time() {
    let started = std::time::Instant::now();
    let deep = Tree::parse(&"a{".repeat(1_000_000));
    assert_eq!(deep.directives.len(), 1000);
    for piece in [
        "\"", "'\n", "{{", "{%", "{#", "a\"\n", "<%", "__", "@A", "}", ";", "\\", "${A", "\"x\"y\n", "[",
        "%A",
    ] {
        Tree::parse(&piece.repeat(300_000));
        Tree::parse(&format!("\"{};", piece.repeat(300_000)));
        Tree::parse(&format!("a_by_lua_block {{{}", piece.repeat(300_000)));
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

/// Real files that are kept outside of this repository.
fn corpus() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("TLSLINT_CORPUS").map_or(beside, PathBuf::from).join("nginx");
    root.is_dir().then_some(root)
}

#[test]
fn real_files_are_read_without_errors() {
    let Some(root) = corpus() else {
        println!("skipped: no corpus here");
        return;
    };
    let manifest = std::fs::read_to_string(root.join("MANIFEST.tsv")).unwrap();
    let mut counts = std::collections::BTreeMap::<&str, [usize; 3]>::new();
    for line in manifest.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let (file, subset) = (columns[0], columns[columns.len() - 1]);
        let Ok(bytes) = std::fs::read(root.join(file)) else { continue };
        let Some((text, _)) = crate::source::decode::decode(&bytes) else { continue };
        let tree = Tree::parse(&text);
        let count = counts.entry(subset).or_default();
        count[0] += 1;
        count[1] += usize::from(!tree.errors.is_empty());
        count[2] += usize::from(tree.opaque.is_some());
        if let Some(error) = tree.refused() {
            let report = format!("{subset} {file}: {} at {:?}", error.message, &text[error.at.range()]);
            assert!(!subset.starts_with("real"), "{report}");
            println!("{report}");
        }
    }
    for (subset, [files, refused, templates]) in counts {
        println!("{subset}: {files} files, {refused} refused, {templates} with placeholders");
    }
}

proptest! {
    #[test]
    fn spans_lie_in_the_text(text in "([a-z${}\"'\\\\;# \n\r<%@_é]|\\{\\{|\\}\\}|_by_lua_block \\{|--|\\[\\[){0,60}") {
        let tree = Tree::parse(&text);
        let spans = tree.directives.iter().flat_map(|directive| {
            directive.args.iter().chain([&directive.name]).map(|word| word.span).chain([directive.span]).chain(directive.block)
        });
        let errors = tree.errors.iter().flat_map(|error| [error.at].into_iter().chain(error.origin));
        for span in spans.chain(errors).chain(tree.comments.iter().copied()).chain(tree.opaque) {
            prop_assert!(text.get(span.range()).is_some_and(|under| !under.is_empty()), "{span:?}");
        }
        for (index, directive) in tree.directives.iter().enumerate() {
            prop_assert!(directive.end as usize > index && directive.end as usize <= tree.directives.len());
            prop_assert!(directive.parent.is_none_or(|parent| (parent as usize) < index));
        }
    }
}
