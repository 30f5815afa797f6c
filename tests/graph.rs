//! `tlslint graph` from outside: the pictures of `testdata/demo` as they are, the schema, selections, and names that
//! try to be more than names.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Exit status, standard output, standard error of `tlslint graph` in a folder.
fn graph(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tlslint"))
        .current_dir(folder)
        .arg("graph")
        .args(arguments)
        .args(["--as-of", "2026-11-22"])
        .stdin(Stdio::null())
        .env_remove("TLSLINT_PASSWORDS")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn shown(arguments: &[&str]) -> String {
    let (status, out, error) = graph(root(), arguments);
    assert_eq!((status, error.as_str()), (0, ""), "{arguments:?}");
    out
}

fn page(folder: &Path, arguments: &[&str]) -> String {
    let place = TempDir::new().unwrap();
    let file = place.path().join("page.html");
    let mut all = arguments.to_vec();
    all.extend(["--html", file.to_str().unwrap()]);
    let (status, out, error) = graph(folder, &all);
    assert_eq!((status, out.as_str(), error.as_str()), (0, "", ""));
    fs::read_to_string(file).unwrap()
}

/// `UPDATE=1` writes what differs.
fn golden(name: &str, text: &str) {
    let path = root().join("tests/golden").join(name);
    if env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} is stale; `UPDATE=1 cargo test --test graph` writes it", path.display());
}

#[test]
fn the_demo_in_every_form() {
    golden("demo.dot", &shown(&["testdata/demo"]));
    golden("demo.mmd", &shown(&["testdata/demo", "--format", "mermaid"]));
    golden("demo.json", &shown(&["testdata/demo", "--format", "json"]));
    let one = shown(&["testdata/demo", "--format", "json", "--threads", "1"]);
    assert_eq!(one, shown(&["testdata/demo", "--format", "json", "--threads", "3"]));
}

#[test]
fn json_follows_its_schema() {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    let schema = fs::read_to_string(root().join("docs/graph-schema.json")).unwrap();
    compiler.add_resource("graph.json", serde_json::from_str(&schema).unwrap()).unwrap();
    let index = compiler.compile("graph.json", &mut schemas).unwrap();
    for tree in ["testdata/demo", "testdata/apigee", "testdata/iis", "testdata/pki", "testdata/healthy"] {
        let value: Value = serde_json::from_str(&shown(&[tree, "--format", "json"])).unwrap();
        schemas.validate(&value, index).map_err(|error| error.to_string()).unwrap();
        let list = |name: &str| value[name].as_array().unwrap().clone();
        let ids: std::collections::BTreeSet<String> =
            list("nodes").iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids.len(), list("nodes").len(), "{tree}: ids are unique");
        for edge in list("edges") {
            for end in ["from", "to"] {
                assert!(ids.contains(edge[end].as_str().unwrap()), "{tree}: {edge} leads nowhere");
            }
        }
        for node in list("nodes") {
            for index in node["findings"].as_array().unwrap() {
                assert!((index.as_u64().unwrap() as usize) < list("findings").len(), "{tree}: {node}");
            }
        }
    }
}

fn titles(arguments: &[&str], kind: &str) -> Vec<String> {
    let mut all = vec!["testdata/demo", "--format", "json"];
    all.extend(arguments);
    let value: Value = serde_json::from_str(&shown(&all)).unwrap();
    let nodes = value["nodes"].as_array().unwrap().clone();
    let of_kind = nodes.iter().filter(|node| node["kind"] == kind);
    of_kind.map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn parts_of_an_estate() {
    assert_eq!(titles(&["--around", "shop.example.com"], "server"), ["shop.example.com"]);
    assert_eq!(titles(&["--around", "Example Root CA"], "root"), ["Example Root CA"]);
    let by_path = titles(&["--around", "testdata/demo/etc/ssl/private/www.example.com.key"], "server");
    assert_eq!(by_path, ["www.example.com", "example.com"]);
    assert_eq!(titles(&["--problems"], "client"), ["connection to https://api_backend"]);
    assert_eq!(titles(&["--only-used"], "root"), ["Example Root CA"]);
    let (status, _, error) = graph(root(), &["testdata/demo", "--around", "nobody"]);
    assert_eq!(status, 2);
    assert!(error.contains("nothing in the estate is called `nobody`"), "{error}");
}

/// Certificates that are used by endpoints, and what has expired among them.
#[test]
fn what_has_ended_is_told_with_who_depends_on_it() {
    let page = page(root(), &["testdata/demo"]);
    let attention = page.split("Needs attention").nth(1).unwrap().split("</section>").next().unwrap();
    let row = attention.split("<tr data-go=").nth(1).unwrap();
    assert!(row.contains("<b>www.example.com</b>") && row.contains("ended 52 days ago"), "{row}");
    assert!(row.contains("www.example.com<br>example.com</td>"), "{row}");
}

#[test]
fn the_page_asks_for_nothing_and_runs_one_script() {
    let page = page(root(), &["testdata/demo"]);
    for word in ["http:", "src=", "href=", "@import", "style=\""] {
        assert!(!page.contains(word), "{word} in the page");
    }
    // The only addresses are names of the estate; the only `url(` is the clip of a box.
    assert_eq!(page.matches("https://").count(), page.matches("https://ap").count());
    assert_eq!(page.matches("url(").count(), page.matches("url(#inside)").count());
    assert_eq!(page.matches("<script").count(), 2);
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy:.120}");
    let script = page.rsplit("<script>").next().unwrap().split("</script>").next().unwrap();
    let digest = data_encoding::BASE64.encode(&<sha2::Sha256 as sha2::Digest>::digest(script.as_bytes()));
    assert!(policy.split('"').next().unwrap().contains(&format!("script-src 'sha256-{digest}'")));
}

/// Names that mean something to one of the formats.
const HOSTILE: &[&str] = &[
    "</script><img src=x onerror=alert(1)>",
    "\"]; x [URL=\"javascript:alert(2)\"]; n0 -> n1 [label=\"",
    "rtl \u{202e}gnp.exe\u{2066}",
    "line\r\nclick n0 href \"javascript:alert(3)\"\n%% \u{2028}next",
    "esc \u{1b}[31m \u{9b}2J",
    "<b>&lt;#60;&amp;`{{x}}`${y}\\",
    "]] --> subgraph end",
];

fn hostile_tree() -> TempDir {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("etc/nginx");
    fs::create_dir_all(folder.join("tls")).unwrap();
    let mut conf = String::from("events {}\nhttp {\n");
    let long = "L".repeat(500);
    for (index, name) in HOSTILE.iter().copied().chain([long.as_str()]).enumerate() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new(vec![format!("h{index}.example.com")]).unwrap();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
        parameters.not_after = rcgen::date_time_ymd(2026, 10, 1);
        let certificate = parameters.self_signed(&key).unwrap();
        fs::write(folder.join(format!("tls/{index}.pem")), certificate.pem()).unwrap();
        fs::write(folder.join(format!("tls/{index}.key")), key.serialize_pem()).unwrap();
        let _ = writeln!(
            conf,
            "server {{ listen 443 ssl; server_name h{index}.example.com '{}'; ssl_certificate tls/{index}.pem; \
             ssl_certificate_key tls/{index}.key; }}",
            name.replace(['\\', '$', '\''], "")
        );
    }
    conf.push_str(
        "server { listen 444 ssl; server_name m; ssl_certificate 'tls/</script><i>\u{202e}.pem'; \
         ssl_certificate_key '/opt/<u>\u{202e}\\\"$x.key'; }\n}\n",
    );
    fs::write(folder.join("nginx.conf"), conf).unwrap();
    place
}

/// Whether a character would act where it is shown.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

#[test]
fn no_name_is_more_than_a_name() {
    let place = hostile_tree();
    let text = |format: &str| {
        let (status, out, _) = graph(place.path(), &["--format", format]);
        assert_eq!(status, 0);
        assert!(!out.chars().any(acts), "{format}: {:?}", out.chars().find(|c| acts(*c)));
        out
    };

    let json: Value = serde_json::from_str(&text("json")).unwrap();
    assert!(json["nodes"].as_array().unwrap().iter().any(|node| node["title"] == "L".repeat(500)));

    // A line of DOT is a statement of ours: quotes close, and outside of them stand our words only.
    for line in text("dot").lines().filter(|line| !line.starts_with("//")) {
        let bare = unquoted(line);
        assert!(!bare.contains('<') && !bare.contains("URL") && !bare.contains("javascript"), "{line}");
        assert!(!line.contains("</script>") && !line.contains("<b>"), "{line}");
    }

    for line in text("mermaid").lines().filter(|line| !line.starts_with("%%")) {
        assert_eq!(line.matches('"').count() % 2, 0, "{line}");
        let label = line.split('"').nth(1).unwrap_or_default().replace("<br/>", "");
        let harmless = |c: char| c.is_alphanumeric() || " ./-_,…·#;".contains(c);
        assert!(label.chars().all(harmless), "{label}");
        let first = line.trim_start().split(' ').next().unwrap_or_default();
        assert!(!matches!(first, "click" | "subgraph" | "end" | "style" | "linkStyle"), "{line}");
    }

    let page = page(place.path(), &[]);
    assert!(!page.chars().any(acts));
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    let (markup, rest) = page.split_once("id=\"estate\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    for word in ["<img", "<b>&amp;lt", "<i>", "<u>", "{{x}}", "${y}"] {
        assert!(!markup.contains(word), "{word} stands in the page");
    }
    assert!(!data.contains(['<', '>', '&']), "the data could end its element");
    let data: Value = serde_json::from_str(data).unwrap();
    let names: Vec<&str> =
        data["nodes"].as_array().unwrap().iter().map(|node| node["title"].as_str().unwrap()).collect();
    assert!(names.contains(&HOSTILE[0]), "the name itself is still told: {names:?}");
}

/// What stands outside of quoted strings.
fn unquoted(line: &str) -> String {
    let mut out = String::new();
    let (mut inside, mut escaped) = (false, false);
    for c in line.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    assert!(!inside, "a quote is open: {line}");
    out
}

#[test]
fn too_large_for_mermaid_is_said() {
    let place = TempDir::new().unwrap();
    let folder: PathBuf = place.path().join("etc/nginx");
    fs::create_dir_all(&folder).unwrap();
    let mut conf = String::from("events {}\nhttp {\n");
    for index in 0..300 {
        let _ = writeln!(
            conf,
            "server {{ listen 443 ssl; server_name s{index}.example.com; ssl_certificate /opt/{index}.pem; \
             ssl_certificate_key /opt/{index}.key; }}"
        );
    }
    conf.push_str("}\n");
    fs::write(folder.join("nginx.conf"), conf).unwrap();
    let (status, out, error) = graph(place.path(), &["--format", "mermaid"]);
    assert_eq!(status, 0);
    assert!(out.lines().nth(1).unwrap().starts_with("%% too large for GitHub: "), "{out:.300}");
    assert!(error.starts_with("too large for GitHub: ") && error.contains("600 edges"), "{error}");
}

/// A binding of IIS leads over the record of its port to the file of its host; a thumbprint that the tree does not know is
/// outside.
#[test]
fn bindings_of_iis() {
    let share = "testdata/iis/share";
    let text = shown(&[share, "--passwords", "testdata/iis/passwords.toml", "--format", "json"]);
    let graph: Value = serde_json::from_str(&text).unwrap();
    let titles: Vec<&str> =
        graph["nodes"].as_array().unwrap().iter().map(|it| it["title"].as_str().unwrap()).collect();
    for wanted in ["site Web (news.example.com)", "_.example.com.pfx", "*.example.com"] {
        assert!(titles.iter().any(|it| it.ends_with(wanted)), "{wanted} in {titles:?}");
    }
    assert!(titles.iter().any(|it| it.contains("Central Certificate Store")), "{titles:?}");
}
