//! Names of certificates and of files are chosen by strangers. One test for each kind of text that a reader acts on: a
//! real certificate bears the name, the real program speaks of it, and a strict reader finds what was meant and no more.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Command, Stdio},
};

use rcgen::{CertificateParams, DnType, KeyPair, SanType, date_time_ymd};
use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;
use tlslint::{finding::visible::acts, syntax::xml};

const CHECKS: [&str; 10] =
    ["full", "short", "json", "sarif", "github", "gitlab", "rdjson", "junit", "checkstyle", "markdown"];
const LISTS: [&str; 7] = ["table", "json", "csv", "ics", "openmetrics", "cyclonedx", "cyclonedx-1.7"];
const GRAPHS: [&str; 3] = ["dot", "mermaid", "json"];

/// What every test holds its reading against: a name that says nothing.
const PLAIN: &str = "plain";

/// A tree in which a name stands everywhere a stranger could put it: as common name, organisation and alternative name
/// of a certificate in use, as its file, its folder and its server, and in a comment of the line that is shown.
fn estate(name: &str) -> TempDir {
    let place = TempDir::new().unwrap();
    let mut params = CertificateParams::new(vec!["other.example.com".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, name);
    let ascii: String = name.chars().filter(char::is_ascii).collect();
    params.subject_alt_names.push(SanType::DnsName(ascii.clone().try_into().unwrap()));
    params.subject_alt_names.push(SanType::URI(ascii.try_into().unwrap()));
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2026, 11, 1));
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let file = format!("{}.pem", name.replace('/', "|").chars().take(60).collect::<String>());
    let folder = place.path().join(file.trim_end_matches(".pem"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(&file), certificate.pem()).unwrap();
    fs::write(folder.join("a.key"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let text = format!(
        "events {{}}\nhttp {{\n  server {{\n    listen 443 ssl; server_name {0} www.example.com;\n    ssl_protocols SSLv3; # {1}\n    \
         ssl_certificate {2};\n    ssl_certificate_key a.key;\n  }}\n}}\n",
        quoted(name),
        name.replace(['\n', '\r'], " "),
        quoted(&file),
    );
    fs::write(folder.join("nginx.conf"), text).unwrap();
    place
}

fn output(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tlslint"));
    command.args(arguments).args(["--isolated", "--as-of", "2026-11-22", "."]);
    command.current_dir(folder).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "TLSLINT_PASSWORDS"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{arguments:?}: {output:?}");
    assert!(output.stderr.len() < 10_000);
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// What a command says of a tree with a name in it; the name must have come as far as the answer.
fn said(name: &str, arguments: &[&str]) -> String {
    output(estate(name).path(), arguments)
}

/// Every command in every format: what it was asked, and what it said.
fn everything(name: &str) -> Vec<(String, String)> {
    let place = estate(name);
    let mut all = Vec::new();
    for (command, formats) in [("check", &CHECKS[..]), ("inventory", &LISTS), ("graph", &GRAPHS)] {
        for format in formats {
            let text = output(place.path(), &[command, "-v", "--format", format]);
            all.push((format!("{command} --format {format}"), text));
        }
    }
    all.push(("check --statistics".to_owned(), output(place.path(), &["check", "--statistics"])));
    all.push(("check --diff".to_owned(), output(place.path(), &["check", "--diff", "--fix=unsafe"])));
    all
}

fn findings(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(&said(name, &["check", "--format", "json", "--quiet"])).unwrap();
    all["findings"].as_array().unwrap().clone()
}

#[test]
fn workflow_commands_of_github() {
    let name = "::error file=a::pwned\r\n::set-output name=x::%0A::stop-commands::y ##[add-mask]z";
    for (asked, text) in everything(name) {
        assert!(text.contains("pwned") || !asked.contains("--format"), "{asked} names it");
        assert!(!text.contains("##["), "{asked}: a runner looks for `##[` anywhere: {text}");
        if asked.ends_with("github") || asked.ends_with("--diff") {
            continue;
        }
        let command = text.lines().find(|line| line.trim_start().starts_with("::"));
        assert_eq!(command, None, "{asked}");
    }
    let text = said(name, &["check", "--format", "github"]);
    let form = Regex::new(r"^::(error|warning|notice) file=([^,:]*)(,(line|col|endLine|endColumn)=\d+)*,title=tlslint [a-z0-9/-]+::[^\r]*$").unwrap();
    let mut annotations = 0;
    for line in text.lines().filter(|line| line.trim_start().starts_with("::")) {
        assert!(form.is_match(line), "{line}");
        annotations += 1;
    }
    assert_eq!(annotations, findings(name).len(), "one for each finding: {text}");
}

#[test]
fn logging_commands_of_azure_and_teamcity() {
    let name = "##vso[task.setvariable variable=PATH]/pwned ##teamcity[x] ##[error]y";
    for (asked, text) in everything(name) {
        assert!(text.contains("pwned") || !asked.contains("--format"), "{asked} names it");
        for command in ["##vso[", "##teamcity[", "##["] {
            assert!(!text.contains(command) || asked.ends_with("--diff"), "{asked}: {text}");
        }
    }
}

#[test]
fn markdown() {
    let name = "`x` \\|<img src=//192.0.2.1/pwned onerror=alert(1)> ![y](http://192.0.2.1/z) [w](javascript:v) </details><script>@octocat";
    let text = said(name, &["check", "--format", "markdown"]);
    assert!(text.contains("pwned"), "{text}");
    let (own_tag, link) = (
        Regex::new(r"</?(details|summary|code)>").unwrap(),
        Regex::new(r"^\[[a-z0-9/-]+\]\(https://[^() ]*\)$").unwrap(),
    );
    for line in text.lines() {
        // As GFM reads it: cells first, where a backslash escapes whatever sign follows.
        let cells = cells(line);
        if line.starts_with('|') {
            assert_eq!(cells.len(), 5, "three cells between bars: {line}");
        }
        for cell in cells {
            let bare = without_code(&cell);
            let rest = own_tag.replace_all(&bare, "");
            assert!(!rest.contains(['<', '>']), "a tag: {line}");
            assert!(!rest.contains("://") || link.is_match(&rest), "a link: {line}");
            assert!(!rest.contains("](") || link.is_match(&rest), "a link: {line}");
            assert!(!rest.contains('@') && !rest.contains("!["), "a mention or a picture: {line}");
        }
    }
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
}

/// The cells of a row, cut at every bar that no backslash stands before.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut points = line.chars();
    while let Some(point) = points.next() {
        let cell = cells.last_mut().unwrap();
        match point {
            '\\' => {
                cell.push(point);
                cell.extend(points.next());
            }
            '|' => cells.push(String::new()),
            _ => cell.push(point),
        }
    }
    cells
}

/// A text without its code spans: a run of backticks up to the next run of that length.
fn without_code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        out.push_str(&rest[..at]);
        let fence = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let inner = &rest[at + fence..];
        let mut from = 0;
        let end = loop {
            let Some(start) = inner[from..].find('`').map(|it| it + from) else { break None };
            let length = inner[start..].len() - inner[start..].trim_start_matches('`').len();
            if length == fence {
                break Some(start + length);
            }
            from = start + length;
        };
        if let Some(end) = end {
            rest = &inner[end..];
        } else {
            out.push_str(&rest[at..at + fence]);
            rest = inner;
        }
    }
    out + rest
}

/// The page of a tree with a name in it.
fn page(name: &str) -> String {
    let place = estate(name);
    output(place.path(), &["graph", "--html", "page.html"]);
    fs::read_to_string(place.path().join("page.html")).unwrap()
}

/// The names of the elements of a page and of their attributes, without what stands in scripts and styles.
fn shape(page: &str) -> (BTreeMap<String, usize>, BTreeSet<String>) {
    let tag = Regex::new(r#"<([a-zA-Z/!][^\s>]*)((?:[^>"]|"[^"]*")*)>"#).unwrap();
    let attribute = Regex::new(r#"([a-zA-Z:-]+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)"#).unwrap();
    let (mut tags, mut attributes) = (BTreeMap::new(), BTreeSet::new());
    let mut rest = page;
    while let Some(found) = tag.captures(rest) {
        let name = found[1].to_lowercase();
        attributes.extend(attribute.captures_iter(&found[2]).map(|it| it[1].to_lowercase()));
        rest = &rest[found.get(0).unwrap().end()..];
        if let "script" | "style" = name.as_str() {
            // A page ends a script at the first thing that looks like its end, whatever quotes it stands in.
            rest = &rest[rest.to_lowercase().find(&format!("</{name}")).unwrap()..];
        }
        *tags.entry(name).or_default() += 1;
    }
    (tags, attributes)
}

/// Elements that act or load something.
const ACTING: [&str; 13] =
    ["script", "style", "a", "img", "svg", "html", "body", "head", "link", "meta", "form", "input", "button"];

#[test]
fn html() {
    let name = "\"'><script>alert('pwned')</script><img src=x onerror=alert(1)>&lt;<!-- </style></svg></script> ]]> javascript:x";
    let (plain, hostile) = (shape(&page(PLAIN)), page(name));
    assert!(hostile.contains("pwned"));
    let hostile = shape(&hostile);
    for (tag, count) in &hostile.0 {
        let known = plain.0.get(tag).unwrap_or_else(|| panic!("<{tag}> is new"));
        // A strange name is found fault with more often; nothing that acts or loads may differ.
        assert!(
            count == known || !ACTING.contains(&tag.trim_start_matches('/')),
            "<{tag}>: {count} for {known}"
        );
    }
    let new: Vec<_> = hostile.1.difference(&plain.1).collect();
    assert!(new.is_empty(), "attributes are new: {new:?}");
}

#[test]
fn dot() {
    let name = "x\" ]; evil [label=\"pwned\", URL=\"javascript:alert(1)\"]; \\\" \\N <b>&amp;\\";
    let read = |text: &str| {
        let mut bare = String::new();
        let mut points = text.chars();
        // Quoted strings of DOT: a backslash before a quote keeps it inside.
        while let Some(point) = points.next() {
            if point != '"' {
                bare.push(point);
                continue;
            }
            loop {
                match points.next().expect("quotes are closed") {
                    '\\' => drop(points.next()),
                    '"' => break,
                    _ => {}
                }
            }
        }
        bare
    };
    let (plain, hostile) =
        (said(PLAIN, &["graph", "--format", "dot"]), said(name, &["graph", "--format", "dot"]));
    assert!(hostile.contains("pwned"));
    let words = |text: &str| -> BTreeMap<String, usize> {
        let mut all = BTreeMap::new();
        let bare = read(text);
        for word in
            bare.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|it| it.parse::<f64>().is_err())
        {
            *all.entry(word.to_owned()).or_default() += usize::from(!word.is_empty());
        }
        all
    };
    assert_eq!(words(&plain), words(&hostile), "outside of quotes both say the same");
}

#[test]
fn mermaid() {
    let name =
        "x\"] --> evil[pwned]; click n0 href \"javascript:alert(1)\" %%{init:{}}%% <img src=x>\nn9(\"y\")";
    let text = said(name, &["graph", "--format", "mermaid"]);
    assert!(text.contains("pwned"), "{text}");
    let label = r#""(?:[\p{L}\p{N} ./,…·_-]|#\d+;|<br/>)*""#;
    let forms = [
        format!(r"^  n\d+(?:\[/|\(\[|\[\[|\[|\(){label}(?:/\]|\]\)|\]\]|\]|\))$"),
        format!(r"^  n\d+ (?:-->|---|-- issued by -->|-\. [a-z ]+ \.->|-\. is \.-)(?:\|{label}\|)? n\d+$"),
        r"^  class(?:Def)? [a-z0-9,]+ [a-z0-9:#,. -]+$".to_owned(),
        r"^%% tlslint graph, as of [0-9TZ:-]+$".to_owned(),
        r"^flowchart LR$".to_owned(),
    ];
    let forms: Vec<Regex> = forms.iter().map(|form| Regex::new(form).unwrap()).collect();
    for line in text.lines() {
        assert!(forms.iter().any(|form| form.is_match(line)), "{line}");
    }
}

#[test]
fn formulas_of_spreadsheets() {
    let field = Regex::new(r#"(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r\n]*))"#).unwrap();
    for name in ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1;2)", "\t=1+1", "\r=1", "|x", "＝1+1", " =1"] {
        let text = said(name, &["inventory", "--format", "csv"]);
        for record in text.split("\r\n") {
            for found in field.captures_iter(record) {
                let value = found.get(1).or(found.get(2)).unwrap().as_str();
                let number = value.parse::<i64>().is_ok();
                assert!(
                    number || !value.starts_with(['=', '+', '-', '@', '\t', '\r', '|', '＝']),
                    "{name:?}: {value:?}"
                );
            }
        }
        let bare = name.trim();
        assert!(
            text.contains(&format!("'{bare}")) || bare != name,
            "{name:?} comes with an apostrophe: {text}"
        );
    }
}

#[test]
fn terminal_codes() {
    let name = "a\u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}31m\u{202e}gpj.exe\u{2066}\u{200b}\u{7f}\u{8}\r\nb";
    for (asked, text) in everything(name) {
        assert!(text.contains("pwned") || !asked.contains("--format"), "{asked} names it");
        // A difference is for `patch` where no terminal reads it; each code in it stands in the file.
        if asked.ends_with("--diff") {
            continue;
        }
        let acting = text.chars().find(|c| acts(*c) && !matches!(c, '\n' | '\r' | '\t'));
        assert_eq!(acting, None, "{asked}: {text:?}");
    }
}

/// The keys of a document of JSON at every place, with numbers of lists left out.
fn keys(value: &Value, at: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                into.insert(format!("{at}.{key}"));
                keys(value, &format!("{at}.{key}"), into);
            }
        }
        Value::Array(list) => list.iter().for_each(|it| keys(it, at, into)),
        _ => {}
    }
}

#[test]
fn json_and_sarif() {
    let name = "x\", \"pwned\": {\"level\": \"none\"}, \"y\": \"\\u0000\\\" </script> \u{2028}";
    for asked in ["json", "sarif", "gitlab", "rdjson"]
        .map(|it| ["check", "--format", it])
        .into_iter()
        .chain(["json", "cyclonedx"].map(|it| ["inventory", "--format", it]))
    {
        let read = |name: &str| {
            let place = estate(name);
            let mut command = Command::new(env!("CARGO_BIN_EXE_tlslint"));
            command.args(asked).args(["--isolated", "--as-of", "2026-11-22", "."]).current_dir(place.path());
            let value: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
            let mut all = BTreeSet::new();
            keys(&value, "", &mut all);
            (value.to_string(), all)
        };
        let ((_, plain), (text, hostile)) = (read(PLAIN), read(name));
        assert!(text.contains("pwned"), "{asked:?}");
        let new: Vec<_> =
            hostile.difference(&plain).filter(|it| it.contains("pwned") || it.contains(".y")).collect();
        assert!(new.is_empty(), "{asked:?}: {new:?}");
    }
}

#[test]
fn xml_of_junit_and_checkstyle() {
    let name = "x\"/><pwned a='b'>]]><!-- <![CDATA[ &evil; &#0; </failure></testcase></file> \u{b}\u{fffe}";
    for format in ["junit", "checkstyle"] {
        let text = said(name, &["check", "--quiet", "--format", format]);
        assert!(text.contains("pwned"), "{text}");
        let document = xml::parse(&text);
        assert!(
            document.broken.is_none() && document.slips.is_empty() && document.comments.is_empty(),
            "{text}"
        );
        let known =
            ["testsuites", "testsuite", "testcase", "failure", "system-out", "checkstyle", "file", "error"];
        assert_eq!(document.roots.len(), 1);
        for element in document.elements() {
            assert!(known.contains(&&*element.name), "<{}> in {text}", element.name);
        }
        let allowed = |c: char| {
            matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') || c > '\u{ffff}'
        };
        assert!(text.chars().all(allowed), "XML 1.0 has no such sign: {text:?}");
    }
}

#[test]
fn lines_of_a_calendar() {
    let name = "x\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nACTION:PROCEDURE;pwned,y\r\nATTENDEE:mailto:z \u{85} a name that is folded 漢字漢字漢字漢字漢字";
    let text = said(name, &["inventory", "--format", "ics"]);
    let unfolded = text.replace("\r\n ", "");
    assert!(unfolded.contains("pwned"), "{text}");
    assert!(text.lines().all(|line| line.len() <= 75), "{text}");
    let known = Regex::new("^(BEGIN|END|VERSION|PRODID|CALSCALE|METHOD|NAME|X-[A-Z-]+|UID|DTSTAMP|DTSTART|DTEND|DURATION|SUMMARY|DESCRIPTION|TRANSP|STATUS|CATEGORIES|ACTION|TRIGGER|CLASS|SEQUENCE|LAST-MODIFIED|URL|REFRESH-INTERVAL)[;:]").unwrap();
    for line in unfolded.split_terminator("\r\n") {
        assert!(known.is_match(line) && !line.contains(['\r', '\n']), "{line:?}");
        assert!(!line.starts_with("ACTION") || line == "ACTION:DISPLAY", "{line:?}");
    }
    assert_eq!(unfolded.matches("BEGIN:VEVENT").count(), 1);
}

#[test]
fn labels_of_openmetrics() {
    let name = "x\"} 1\npwned{a=\"\\\"} 2\n# EOF\n\\n";
    let text = said(name, &["inventory", "--format", "openmetrics"]);
    assert!(text.contains("pwned"), "{text}");
    let form = Regex::new(r#"^(?:# (?:HELP|TYPE) [a-z0-9_]+ .*|# EOF|[a-z0-9_]+\{(?:[A-Za-z0-9_]+="(?:[^"\\]|\\[n"\\])*",?)*\} -?\d+)$"#).unwrap();
    for line in text.lines() {
        assert!(form.is_match(line) && !line.starts_with("pwned"), "{line}");
    }
    assert_eq!(text.lines().filter(|line| *line == "# EOF").count(), 1);
    assert!(text.ends_with("# EOF\n"));
}
