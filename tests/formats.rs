//! Every format for programs, written by the program itself and read back by a strict reader: the published schema
//! where there is one, else a reader that refuses what the format's page does not allow. One tree is ordinary, the
//! other is full of names that try to be something else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use quick_xml::{Reader, events::Event};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

const FORMATS: [&str; 9] =
    ["short", "json", "sarif", "github", "gitlab", "rdjson", "junit", "checkstyle", "markdown"];

/// Runs all formats at once, each into its file, and gives a reader of them by name.
fn written(folder: &Path) -> impl Fn(&str) -> String + use<> {
    let out = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tlslint"));
    command.current_dir(folder).args(["check", ".", "--as-of", "2026-11-22"]).stdin(Stdio::null());
    for format in FORMATS {
        command.arg(format!("--format={format}={}", out.path().join(format).display()));
    }
    let output = command.env_remove("TLSLINT_PASSWORDS").output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code().is_some_and(|code| code < 2), "{complaint}");
    move |format| fs::read_to_string(out.path().join(format)).unwrap()
}

fn demo() -> impl Fn(&str) -> String {
    written(&Path::new(HERE).join("testdata/demo"))
}

/// A tree whose names and contents are hostile to every format.
fn hostile() -> impl Fn(&str) -> String {
    let tree = TempDir::new().unwrap();
    let folder = tree.path();
    let evil = "`<b>|&\"'](x) @all ]]> %0A ##[error] ü";
    for (index, name) in [evil, "::error title=x::pwned", "line\nbreak", "a,b:c.conf"].iter().enumerate() {
        let site = folder.join(format!("{index}{name}"));
        fs::create_dir_all(&site).unwrap();
        let missing = format!("missing {}.pem", name.replace(['"', '\\'], ""));
        let text = format!(
            "events {{}}\nhttp {{\n  server {{\n    listen 443 ssl;\n    server_name a.test;\n    ssl_certificate \"{missing}\";\n    \
             ssl_certificate_key \"{missing}\";\n    ssl_protocols SSLv3 {}\u{1b}[31m;\n  }}\n}}\n",
            "$<script>"
        );
        fs::write(site.join("nginx.conf"), text).unwrap();
        fs::write(site.join("broken.pem"), "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
            .unwrap();
    }
    // Names that strangers chose stand in certificates too: expired ones, and not for this server.
    let names = [
        evil,
        "::error title=x::pwned\n::error::y",
        "]( javascript:alert(1) ) www.evil.test ![x](//e)",
        "a\u{1b}[31m\u{9b}m\u{202e}",
    ];
    for (index, name) in names.iter().enumerate() {
        let mut params = rcgen::CertificateParams::new(vec!["other.test".to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, *name);
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(2025, 1, 1), rcgen::date_time_ymd(2026, 1, 1));
        let key = rcgen::KeyPair::generate().unwrap();
        let site = folder.join(format!("cert{index}"));
        fs::create_dir_all(&site).unwrap();
        fs::write(site.join("a.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(site.join("a.key"), key.serialize_pem()).unwrap();
        let text = "events {}\nhttp { server { listen 443 ssl; server_name a.test; ssl_certificate a.pem; ssl_certificate_key a.key; } }\n";
        fs::write(site.join("nginx.conf"), text).unwrap();
    }
    written(folder)
}

/// How many findings of each level the contract says there are: errors, warnings, notes.
fn counts(json: &str) -> (usize, usize, usize) {
    let value: Value = serde_json::from_str(json).unwrap();
    let count = |level: &str| value["counts"][level].as_u64().unwrap() as usize;
    (count("error"), count("warning"), count("note"))
}

fn total(json: &str) -> usize {
    let (errors, warnings, notes) = counts(json);
    errors + warnings + notes
}

/// Gives what a format came to, by its name.
type Reading<'a> = dyn Fn(&str) -> String + 'a;

/// Runs a check over both trees.
fn on_both(check: &dyn Fn(&Reading)) {
    check(&demo());
    check(&hostile());
}

#[test]
fn the_trees_have_something_to_say() {
    let (errors, warnings, _) = counts(&demo()("json"));
    assert!(errors > 0 && warnings > 0);
    let hostile = hostile()("json");
    assert!(total(&hostile) >= 8, "{hostile}");
    for part in ["::error title=x::pwned", "<b>", "]]>"] {
        assert!(hostile.contains(part), "the tree says `{part}`");
    }
}

#[test]
fn sarif_is_valid_and_within_the_limits_of_code_scanning() {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    let schema =
        compiler.compile(&format!("{HERE}/testdata/schemas/sarif-2.1.0.json"), &mut schemas).unwrap();
    on_both(&|read| {
        let text = read("sarif");
        let value: Value = serde_json::from_str(&text).unwrap();
        if let Err(error) = schemas.validate(&value, schema) {
            panic!("{error:#}");
        }
        let run = &value["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for rule in rules {
            for text in ["shortDescription", "fullDescription", "help"] {
                let text = rule[text]["text"].as_str().unwrap();
                assert!(!text.is_empty());
            }
            assert!(rule["shortDescription"]["text"].as_str().unwrap().chars().count() <= 1024);
            assert!(rule["fullDescription"]["text"].as_str().unwrap().chars().count() <= 1024);
            assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
            let score: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
            assert!((0.1..=10.0).contains(&score));
        }
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), total(&read("json")));
        for result in results {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert_eq!(result["locations"].as_array().unwrap().len(), 1);
            let region = &result["locations"][0]["physicalLocation"]["region"];
            for edge in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(region[edge].as_u64().unwrap() >= 1);
            }
            let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            assert!(uri.is_ascii() && !uri.contains([' ', '<', '"', '\n', '|', '`']), "{uri}");
            let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
            let (hash, number) = hash.split_once(':').unwrap();
            assert!(u64::from_str_radix(hash, 16).is_ok() && number.parse::<u32>().is_ok());
            // Every link of the message leads to a related location that is there.
            let related = result["relatedLocations"].as_array().map_or(0, Vec::len);
            let message = result["message"]["text"].as_str().unwrap();
            for id in 1..=related {
                assert!(message.contains(&format!("]({id})")), "{message}");
            }
        }
    });
}

#[test]
fn github_gets_commands_that_nothing_can_forge() {
    on_both(&|read| {
        let text = read("github");
        let (errors, warnings, notes) = counts(&read("json"));
        let mut seen = (0, 0, 0);
        for line in text.lines() {
            assert!(!line.contains("##["), "{line}");
            let Some(rest) = line.trim_start().strip_prefix("::") else { continue };
            let (command, data) = rest.split_once("::").unwrap();
            let (name, properties) = command.split_once(' ').unwrap();
            match name {
                "error" => seen.0 += 1,
                "warning" => seen.1 += 1,
                "notice" => seen.2 += 1,
                other => panic!("`{other}` is no command of ours: {line}"),
            }
            let keys: Vec<&str> =
                properties.split(',').map(|property| property.split_once('=').unwrap().0).collect();
            assert_eq!((keys[0], *keys.last().unwrap()), ("file", "title"));
            let allowed = ["file", "line", "endLine", "col", "endColumn", "title"];
            assert!(keys.iter().all(|key| allowed.contains(key)), "{line}");
            assert!(!(keys.contains(&"endLine") && keys.contains(&"col")), "{line}");
            assert!(!data.is_empty());
        }
        assert_eq!(seen, (errors.min(10), warnings.min(10), notes.min(10)));
    });
}

/// GitLab's report: these members and no others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: String,
    location: IssueLocation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssueLocation {
    path: String,
    positions: IssuePositions,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuePositions {
    begin: IssuePosition,
    end: IssuePosition,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuePosition {
    line: u32,
    column: u32,
}

#[test]
fn gitlab_gets_issues_with_fingerprints_of_their_own() {
    on_both(&|read| {
        let issues: Vec<Issue> = serde_json::from_str(&read("gitlab")).unwrap();
        assert_eq!(issues.len(), total(&read("json")));
        let prints: BTreeSet<&str> = issues.iter().map(|it| it.fingerprint.as_str()).collect();
        assert_eq!(prints.len(), issues.len());
        for it in &issues {
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&&*it.severity));
            assert!(!it.description.contains('\n') && it.check_name.contains('/'));
            assert!(!it.location.path.starts_with("./"));
            let IssuePositions { begin, end } = &it.location.positions;
            assert!(begin.line >= 1 && begin.column >= 1 && end.line >= begin.line && end.column >= 1);
        }
    });
}

/// reviewdog's `DiagnosticResult`, as its protocol file declares it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Diagnostics {
    source: Named,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Diagnostic {
    message: String,
    location: RdLocation,
    severity: String,
    code: RdCode,
    #[serde(default)]
    related_locations: Vec<RdRelated>,
    #[serde(default)]
    suggestions: Vec<RdSuggestion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RdSuggestion {
    range: RdRange,
    #[serde(rename = "text")]
    _text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RdCode {
    value: String,
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RdRelated {
    #[serde(rename = "message")]
    _message: String,
    location: RdLocation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RdLocation {
    path: String,
    range: Option<RdRange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RdRange {
    start: IssuePosition,
    end: IssuePosition,
}

#[test]
fn reviewdog_gets_columns_in_bytes() {
    on_both(&|read| {
        let result: Diagnostics = serde_json::from_str(&read("rdjson")).unwrap();
        assert_eq!(result.source.name, "tlslint");
        assert!(result.source.url.starts_with("https://"));
        assert_eq!(result.diagnostics.len(), total(&read("json")));
        for it in &result.diagnostics {
            assert!(["ERROR", "WARNING", "INFO"].contains(&&*it.severity));
            assert!(!it.message.is_empty() && it.code.value.contains('/') && it.code.url.contains('#'));
            let right = |RdRange { start, end }: &RdRange| {
                assert!((start.line, start.column) <= (end.line, end.column));
                assert!(start.line >= 1 && start.column >= 1);
            };
            it.suggestions.iter().for_each(|it| right(&it.range));
            for location in it.related_locations.iter().map(|it| &it.location).chain([&it.location]) {
                assert!(!location.path.is_empty());
                location.range.iter().for_each(right);
            }
        }
    });
}

/// The elements of a document with their attributes, in order; fails where it is not well-formed.
fn elements(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut found, mut depth) = (Vec::new(), 0_usize);
    loop {
        let (element, empty) = match reader.read_event().unwrap() {
            Event::Start(element) => (element, false),
            Event::Empty(element) => (element, true),
            Event::End(_) => {
                depth -= 1;
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let attributes = element
            .attributes()
            .map(|attribute| {
                let attribute = attribute.unwrap();
                let key = attribute.key.as_ref().to_owned();
                let value = attribute.value.clone().into_owned();
                let value = quick_xml::escape::unescape(&value).unwrap().into_owned();
                (key, value)
            })
            .collect();
        found.push((element.name().as_ref().to_owned(), attributes));
        depth += usize::from(!empty);
    }
    assert_eq!(depth, 0, "every element ends");
    found
}

fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> &'a str {
    &attributes.iter().find(|(key, _)| key == name).unwrap_or_else(|| panic!("no `{name}`")).1
}

#[test]
fn junit_counts_what_it_holds() {
    on_both(&|read| {
        let (errors, warnings, notes) = counts(&read("json"));
        let all = elements(&read("junit"));
        let number = |name: &str| all.iter().filter(|(element, _)| element == name).count();
        assert_eq!(number("testcase"), errors + warnings + notes);
        assert_eq!(number("failure"), errors + warnings);
        assert_eq!(number("system-out"), notes);
        for (element, attributes) in &all {
            match element.as_str() {
                "testsuites" | "testsuite" => {
                    assert_eq!(attribute(attributes, "tests"), (errors + warnings + notes).to_string());
                    assert_eq!(attribute(attributes, "failures"), (errors + warnings).to_string());
                }
                "testcase" => assert!(!attribute(attributes, "name").is_empty()),
                "failure" => assert!(!attribute(attributes, "message").is_empty()),
                "system-out" => {}
                other => panic!("`{other}` is no element of the format"),
            }
        }
    });
}

#[test]
fn checkstyle_lists_findings_by_file() {
    on_both(&|read| {
        let all = elements(&read("checkstyle"));
        assert_eq!(all[0].0, "checkstyle");
        let mut files = BTreeSet::new();
        let mut number = 0;
        for (element, attributes) in &all[1..] {
            match element.as_str() {
                "file" => assert!(files.insert(attribute(attributes, "name")), "a file stands once"),
                "error" => {
                    number += 1;
                    assert!(attribute(attributes, "line").parse::<u32>().unwrap() >= 1);
                    assert!(["error", "warning", "info"].contains(&attribute(attributes, "severity")));
                    assert!(attribute(attributes, "source").starts_with("tlslint."));
                }
                other => panic!("`{other}` is no element of the format"),
            }
        }
        assert_eq!(number, total(&read("json")));
    });
}

#[test]
fn markdown_stays_a_table_and_holds_no_markup_of_others() {
    on_both(&|read| {
        let page = read("markdown");
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
        // The first is the head.
        assert_eq!(rows.len() - 1, total(&read("json")));
        for row in rows {
            let bars = row.replace("\\|", "").matches('|').count();
            assert_eq!(bars, 4, "{row}");
        }
        // Outside of code spans only our own tags stand.
        for line in page.lines() {
            let mut rest = line.to_owned();
            while let Some(start) = rest.find('`') {
                let fence = rest[start..].chars().take_while(|c| *c == '`').count();
                let Some(length) = rest[start + fence..].find(&"`".repeat(fence)) else { break };
                rest.replace_range(start..start + fence + length + fence, "");
            }
            for tag in ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"] {
                rest = rest.replace(tag, "");
            }
            assert!(!rest.contains(['<', '>', '@']), "{line}");
        }
    });
}

#[test]
fn no_format_for_programs_or_people_lets_a_terminal_code_through() {
    let read = hostile();
    for format in FORMATS {
        let text = read(format);
        // JSON writes it as an escape of its own.
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{format}");
    }
}

#[test]
fn a_clean_tree_is_a_valid_empty_report_everywhere() {
    let tree = TempDir::new().unwrap();
    let read = written(tree.path());
    let empty: Vec<Issue> = serde_json::from_str(&read("gitlab")).unwrap();
    assert!(empty.is_empty());
    let sarif: Value = serde_json::from_str(&read("sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"], Value::Array(Vec::new()));
    assert!(elements(&read("junit")).iter().any(|(element, _)| element == "testcase"));
    assert_eq!(elements(&read("checkstyle")).len(), 1);
    assert!(read("markdown").contains("no findings"));
    assert!(read("github").starts_with("no findings"));
}

/// The expression that `docs/editors.md` gives to editors.
#[test]
fn the_problem_matcher_of_the_page_reads_every_line() {
    let page = fs::read_to_string(Path::new(HERE).join("docs/editors.md")).unwrap();
    let line = page.lines().find(|line| line.contains("\"regexp\"")).unwrap();
    let written = line.trim().trim_start_matches("\"regexp\": ").trim_end_matches(',');
    let expression: String = serde_json::from_str(written).unwrap();
    let matcher = regex::Regex::new(&expression).unwrap();
    on_both(&|read| {
        let short = read("short");
        let lines: Vec<&str> = short.lines().collect();
        let (_summary, findings) = lines.split_last().unwrap();
        assert_eq!(findings.len(), total(&read("json")));
        for line in findings {
            let found = matcher.captures(line).unwrap_or_else(|| panic!("{line}"));
            assert!(line.ends_with(&format!("[{}]", &found[6])));
            assert!(["error", "warning", "note"].contains(&&found[4]));
        }
    });
}
