//! Scripts, consoles, notes, states and logs in all forms that people keep.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::{
    model::{
        Facts,
        cms::{CommandKind, Entry, EventKind, Service, StateOf, Unit},
    },
    source::{FileId, Source},
    systems::{Input, of},
};

fn read(path: &str, text: &str) -> (Source, Facts) {
    let head = &text.as_bytes()[..text.len().min(1024)];
    let system = of(path, head).expect("recognised");
    system.read_bytes(&Input { file: FileId(0), path, bytes: text.as_bytes() })
}

fn unit(path: &str, text: &str) -> std::sync::Arc<Unit> {
    read(path, text).1.cms.expect("it says something")
}

fn system(path: &str, text: &str) -> Option<&'static str> {
    of(path, text.as_bytes()).map(|it| it.name)
}

#[test]
fn forms_are_recognised() {
    for (path, text) in [
        ("a.txt", "webadmin certs cms1.key cms1.cer root.cer\n"),
        ("a.txt", "cb1>xmpp listen a\ncb1>> xmpp cluster trust a.cer\n"),
        ("a.txt", "pki csr cms1 CN:cms1.example.com\n"),
        ("notes", "1. webadmin disable\n2. webadmin certs a.key a.crt\n3. webadmin enable\n"),
        (
            "play.yml",
            "- hosts: cms\n  tasks:\n    - raw: webadmin disable\n    - raw: \"webadmin certs a.key a.crt b.crt\"\n",
        ),
        ("a.txt", "cms1> pki list\nUser supplied certificates and keys:\na.key\n"),
        (
            "a.txt",
            "Status                   : Enabled\nNodes:\n10.0.0.1 (me)  : Connected Primary\nNode in use  : 10.0.0.1\nServer Certificate : a.crt\n",
        ),
        (
            "putty.log",
            "CMS> webadmin\nEnabled                 : true\nTLS listening interface : a\nKey file                : a.key\n",
        ),
        (
            "r.conf",
            "[ req ]\ndistinguished_name = dn\n[dn]\nCN = x.example.com\n[v3]\nsubjectAltName = DNS:webbridge3.example.com\n",
        ),
    ] {
        assert_eq!(system(path, text), Some("cms"), "{text}");
    }
    for (path, text) in [
        ("a.txt", "the database cluster was down, turn it off and enable the turn server\ntls is on\n"),
        ("a.txt", "Status : Enabled\nName : x\nPort : 443\n"),
        ("a.md", "webadmin certs cms1.key cms1.cer root.cer\nwebadmin enable\n"),
        ("r.conf", "[req]\ndistinguished_name = dn\n[dn]\nCN = www.example.com\n"),
        ("a.txt", "recorder and streamer\ncallbridge\n"),
    ] {
        assert_ne!(system(path, text), Some("cms"), "{text}");
    }
}

#[test]
fn each_prompt_has_a_session_and_prints_belong_to_it() {
    let unit = unit(
        "a.txt",
        "cms1a> version\n3.8.1\ncms1b>> webadmin\nEnabled  : true\nKey file : a.key\nCertificate file : none\n\
         cms1a> webadmin certs a.key \u{201c}a b.crt\u{201d} c.crt\ncms1a> webadmin enable\nFAILURE: no\nSUCCESS: yes\n",
    );
    let prompts: Vec<_> = unit.sessions.iter().map(|it| it.prompt.as_deref().unwrap()).collect();
    assert_eq!(prompts, ["cms1a", "cms1b"]);
    let first: Vec<&str> = unit.sessions[0]
        .entries
        .iter()
        .map(|it| match it {
            Entry::Command(_) => "command",
            Entry::Version(_) => "version",
            Entry::Answer(it) if it.failure => "failure",
            Entry::Answer(_) => "success",
            Entry::State(_) => "state",
            Entry::Listing(_) => "listing",
        })
        .collect();
    assert_eq!(first, ["command", "version", "command", "command", "failure", "success"]);
    let Entry::State(state) = &unit.sessions[1].entries[1] else { panic!("no state") };
    assert_eq!(state.of, StateOf::WebAdmin);
    assert_eq!(state.field("key file").unwrap().text, "a.key");
    let CommandKind::Certs(certs) = &unit.sessions[0].commands().nth(1).unwrap().1.kind else {
        panic!("no certs")
    };
    assert_eq!(certs.service, Service::WebAdmin);
    assert_eq!(certs.arguments[1].text, "a b.crt", "quotes of word processors are quotes");
}

#[test]
fn placeholders_are_words_and_remarks_are_none() {
    let unit = unit(
        "a.txt",
        "webbridge3 https certs <key file> <full chain of it>\ndatabase cluster join <FQDN or IP> (only on members)\n\
         database cluster remove # on every node\n",
    );
    let counts: Vec<usize> = unit.sessions[0].commands().map(|(_, it)| it.words.len()).collect();
    assert_eq!(counts, [5, 4, 3]);
    assert!(unit.sessions[0].commands().next().unwrap().1.is_template());
}

#[test]
fn passwords_are_masked_and_noted() {
    let text = "CMS> turn\nUsername : admin\nPassword : correct-horse\nTLS cert : a.crt\nCMS> turn credentials admin battery-staple example.com\n";
    let (source, facts) = read("a.txt", text);
    assert!(
        !source.text.contains("correct-horse") && !source.text.contains("battery-staple"),
        "{}",
        source.text
    );
    assert!(source.text.contains("example.com"));
    assert_eq!(facts.cms.unwrap().secrets.len(), 2);
}

#[test]
fn what_pki_inspect_prints_belongs_to_the_file_it_was_asked_about() {
    let unit = unit(
        "a.txt",
        "cms1> pki inspect old.crt\nChecking ssh public keys...not found\nFile contains a PEM encoded certificate\n\
         Certificate:\n    Data:\n        Version: 3 (0x2)\n        Serial Number: 4660 (0x1234)\n    \
         Signature Algorithm: sha256WithRSAEncryption\n        Issuer: CN = Example CA\n        Validity\n            \
         Not Before: Jan  1 00:00:00 2024 GMT\n            Not After : Jan  1 00:00:00 2026 GMT\n        \
         Subject: CN = cms1.example.com\ncms1> webadmin certs old.key old.crt bundle.crt\n",
    );
    let [it] = &unit.inspected[..] else { panic!("{:?}", unit.inspected) };
    assert_eq!((it.file.text.as_str(), it.prompt.as_deref()), ("old.crt", Some("cms1")));
    assert_eq!(it.not_after, Some(crate::x509::Time::parse("2026-01-01").unwrap()));
    assert_eq!(it.subject.as_ref().unwrap().title(), "cms1.example.com");
    assert_eq!(it.serial, Some(vec![0x12, 0x34]));
}

#[test]
fn a_log_is_kept_in_a_few_lines_with_true_places() {
    let mut text = String::new();
    for at in 0..5000 {
        text.push_str("Mar 31 10:16:59 user.info cms2 host:server:  INFO : nothing\n");
        if at % 1000 == 7 {
            text.push_str(
                "Mar 31 10:17:00 user.info cms2 sfpool:  Health check 10.0.0.1: error (up = 1): refused\n",
            );
        }
    }
    text.push_str("Aug 21 11:53:31.016 daemon.info cms1 scheduler_backend[2056]:  INFO  C2WSupervisor - C2W connection for webbridge 10.0.0.2:8443 UP\n");
    let (source, facts) = read("syslog.log", &text);
    let unit = facts.cms.unwrap();
    assert_eq!(unit.events.len(), 2);
    assert_eq!(unit.events[0].kind, EventKind::Unreachable("10.0.0.1".to_owned()));
    assert_eq!(unit.events[0].count, 5);
    let crate::source::Place::Text(span) = unit.events[0].at.place else { panic!("no text") };
    assert_eq!(source.position(span.start).line, 4008 + 5);
    assert_eq!(source.text.lines().count(), 2, "nothing else is kept");
}

proptest::proptest! {
    #[test]
    fn nothing_makes_the_reader_stumble(text in "(?s)([a-z3]{0,8}>? |webbridge3 |c2w |certs |database cluster |pki csr |CN:|<|>|\"|\u{201c}|: |\n|\r\n|none|[^a]){0,60}") {
        let bytes = format!("webadmin disable\nwebadmin enable\n{text}");
        let _ = super::read(&Input { file: FileId(0), path: "a.txt", bytes: bytes.as_bytes() });
        let mut from = bytes.as_bytes();
        let crate::systems::ReadBy::Lines(read) = crate::systems::cms_log::SYSTEM.read else { panic!() };
        let _ = read(&mut crate::systems::Log { file: FileId(0), path: "a.log", from: &mut from });
    }
}
