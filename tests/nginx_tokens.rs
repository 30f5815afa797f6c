//! Our reader of directives against nginx itself, where it is installed: both
//! must take or refuse the same texts, and for the same reason.

use std::process::Command;

use tlslint::syntax::directives::Tree;

/// Texts that stand inside of a `server` block.
const IN_SERVER: &[&str] = &[
    "return 200 x;",
    "return 200 x",
    "return 200 ab};",
    "return 200 a}b;",
    "return 200 x };",
    "};",
    ";",
    "set $a b;;",
    "set $a a#b;",
    "set $a b; # c { ; }",
    "set $a # c\n b;",
    "set $a \"b c\";",
    "set $a 'b c';",
    "set $a \"b;c{d}\";",
    "set $a \"\";",
    "set $a '\"';",
    "set $a \"'\";",
    "set $a a\"b;",
    "set $a a'b;",
    "set $a \"a\"b;",
    "set $a \"a\"\"b\";",
    "set $a \"a\"'b';",
    "set $a \"a\"#b;",
    "set $a \"a\"}",
    "set $a \"a\")",
    "set $a \"a;",
    "set $a 'a;\nset $b 'c';",
    "set $a \"a\nb\";",
    "set $a \"a\r\nb\";",
    "set \"$a\" b;",
    "\"set\" $a b;",
    "set $a b\\;",
    "set $a b\\;c;",
    "set $a b\\ c;",
    "set $a b\\{c;",
    "set $a \\\"b;",
    "set $a \"b\\\"c\";",
    "set $a \"b\\\\\";",
    "set $a \"b\\\";",
    "set $a b\\\nc;",
    "set $a b\\}",
    "set $b 1; set $a ${b};",
    "set $b 1; set $a ${b}c;",
    "set $b 1; set $a \"${b}c\";",
    "if ($host = \"b\") { return 200; }",
    "if ($host = \"b\"){return 200;}",
    "if ($host = b) { return 200; }",
    "if ( $host = b ) { return 200; }",
    "location ~ \"^/\\d{3}$\" { }",
    "location ~ ^/a\\{3\\}$ { }",
    "location /a{return 200;}",
    "location /a { return 200 }",
    "location /a { return 200;",
    "location /a { location /a/b { } }",
    "location /a { } }",
    "location /a { };",
    "location /a {# c\n}",
    "{ }",
    "location /a {{ }",
    "set\t$a\tb\t;",
    "set\r\n$a\r\nb\r\n;\r\n",
    "set $a b\r;",
    "set $a \u{c}b;",
    "set $a b\u{b}c;",
    "set $a \u{a0}b;",
    "# gone\rset $a b",
    "# not gone\nset $a b;",
    "#",
    "set $a b;#",
    "set $a <b>;",
    "set $a @b@;",
    "set $a ()[]|*?;",
    "set $a =;",
    "add_header X 'a' ;",
    "add_header X a always ;",
];

/// Texts that are a whole file.
const WHOLE: &[&str] = &[
    "events{}http{server{listen 127.0.0.1:1;}}",
    "events {} http { types { a b; c d e; } }",
    "events {} http { types { a b { } } }",
    "events {} http { map $host $x { default 1; \"a b\" 2; 'c' 3; ~^d\\{2\\}$ 4; } }",
    "events {} http { map $host $x { default 1; ~^d{2}$ 4; } }",
    "events {} http { geo $x { default 1; 127.0.0.1/32 2; } }",
    "events {} http { map $host $x { default 1 } }",
    "events {} http { map $host $x { ; } }",
    "events {} http { types { a\"b c\"; } }",
    "events {} http {",
    "events {} http",
    "events {} }",
    "events {} http { } # end",
    "events {} http { } \\",
    "events {} http { } \"",
    "events {} http { log_format a 'b'\n 'c'\n 'd'; }",
    "events {} http { log_format a 'b'c; }",
];

fn long() -> Vec<String> {
    let server = |body: String| format!("events {{}} http {{ server {{ listen 127.0.0.1:1; {body} }} }}");
    let mut cases = Vec::new();
    for length in [4093, 4094, 4095, 4096, 4097, 9000] {
        let x = "x".repeat(length);
        cases.push(server(format!("set $a {x};")));
        cases.push(server(format!("set $a '{x}';")));
        cases.push(server(format!("#{x}\nset $a b;")));
        cases.push(format!("events {{}} http {{ }}\n#{x}"));
        cases.push(server(format!("set $a '{x}")));
    }
    cases
}

/// What nginx says first, without the place; nothing where it is content.
fn asked(folder: &std::path::Path, text: &str) -> Option<String> {
    let file = folder.join("nginx.conf");
    std::fs::write(&file, text).expect("the folder is ours");
    let output = Command::new("nginx")
        .args(["-t", "-q", "-e", "stderr", "-g", "pid nginx.pid;", "-p"])
        .arg(folder)
        .arg("-c")
        .arg(&file)
        .output()
        .expect("nginx was there a moment ago");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, refusal) = said.split_once("[emerg] ")?;
    let message = refusal.split_once(": ").map_or(refusal, |(_, message)| message);
    Some(message.split_once(" in /").map_or(message, |(message, _)| message).trim_end().to_owned())
}

/// Texts that nobody would write, from pieces that matter to the reader. The
/// block of `types` takes any words, so that only their form can be refused.
fn soup() -> Vec<String> {
    const PIECES: [&str; 22] = [
        "a", "b c", " ", "\n", "\r", "\t", ";", ";", "; ", "\"", "'", "\\", "#", "$", "${", "{", "}", "x;",
        "\"q\" ", "'q';", ")", "\u{b}",
    ];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    let mut cases = Vec::new();
    while cases.len() < 300 {
        let body: String = (0..3 + next(12)).map(|_| PIECES[next(PIECES.len())]).collect();
        if !body.contains("{{") && !body.contains("!{") {
            cases.push(format!("events {{}} http {{ types {{ {body} }} }}"));
        }
    }
    cases
}

#[test]
fn nginx_agrees() {
    if Command::new("nginx").arg("-v").output().is_err() {
        println!("skipped: nginx is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let inner = IN_SERVER
        .iter()
        .map(|body| format!("events {{}} http {{ server {{ listen 127.0.0.1:1; {body}\n}} }}"));
    let whole = WHOLE.iter().map(|text| (*text).to_owned());
    let mut differences = Vec::new();
    let mut cases = 0;
    for text in inner.chain(whole).chain(long()).chain(soup()) {
        cases += 1;
        let ours = Tree::parse(&text).refused().map(|error| error.message.clone());
        let theirs = asked(folder.path(), &text);
        // A word that nginx does not know ends its reading before the form does.
        let by_meaning = theirs.as_deref().is_some_and(|message| message.contains("directive"));
        if ours != theirs && !by_meaning {
            differences.push(format!("{text:.120}\n  nginx: {theirs:?}\n  ours:  {ours:?}"));
        }
    }
    println!("{cases} texts compared");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
