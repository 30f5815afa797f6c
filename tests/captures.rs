//! What the captures of `testdata/captures` show, held against the truststore that the router had: the verdict is the one
//! that nginx gave.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path};

use tlslint::{
    check::{self, Settings, Tree},
    model::{Conversation, Model, accept, capture::Handshake},
    x509::{Certificate, Time},
};

fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)).unwrap()
}

/// A capture in a tree with a truststore.
fn model(capture: &str, truststore: &str) -> Model {
    let tree = Tree::in_memory(vec![
        ("dump/talk.pcap".to_owned(), file(&format!("captures/{capture}"))),
        ("dump/truststore.pem".to_owned(), file(&format!("pki/{truststore}"))),
    ]);
    let settings = Settings::at(Time::parse("2026-11-22").unwrap());
    let reading = check::read(&tree, &settings);
    assert!(reading.model.problems.is_empty());
    assert_eq!(reading.counts.files, 2);
    reading.model
}

fn trusted(model: &Model) -> Vec<&Certificate> {
    model.materials.certificates().map(|(_, known)| &*known.certificate).collect()
}

/// The number of the error that nginx gives; 0: taken, -1: none sent.
fn verdict(model: &Model, conversation: &Conversation) -> Option<i32> {
    let chain = conversation.client_chain.as_ref()?;
    let judged = accept::client(&chain.readable(), &trusted(model), chain.seen.time, accept::NGINX_DEPTH);
    let Some(judged) = judged else { return Some(-1) };
    assert_eq!(judged.accepted(), judged.cause().is_none());
    Some(judged.answer().map_or(0, |fault| i32::from(fault.error.number())))
}

#[test]
fn verdicts_are_those_of_the_router() {
    for (capture, truststore, wanted) in [
        ("mutual-ok.pcap", "ca-chain.pem", 0),
        ("wrong-client.pcap", "ca-chain.pem", 21),
        ("no-client.pcapng", "ca-chain.pem", -1),
        ("expired-client.pcap", "ca-chain.pem", 10),
        ("server-only-client.pcap", "ca-chain.pem", 26),
        ("leaf-only.pcap", "root.pem", 21),
        ("rekeyed.pcap", "root-rekeyed.pem", 20),
        ("listed-itself.pcap", "client.pem", 21),
        ("deep-client.pcap", "ca-chain.pem", 20),
        ("self-signed-client.pcap", "ca-chain.pem", 26),
        ("stale-router.pcap", "other-root.pem", 20),
        ("no-name.pcap", "ca-chain.pem", 0),
        ("refused.pcap", "ca-chain.pem", 21),
    ] {
        let model = model(capture, truststore);
        let talk = &model.captures[0].conversations[0];
        assert_eq!(verdict(&model, talk), Some(wanted), "{capture}");
        // What the router asks for is what it was given.
        let asked: Vec<&str> = talk
            .certificate_request
            .iter()
            .flat_map(|request| &request.authorities)
            .map(|authority| authority.name.as_ref().unwrap().text.as_str())
            .collect();
        let known: Vec<&str> = trusted(&model).iter().map(|it| it.subject.text.as_str()).collect();
        assert_eq!(asked, known, "{capture}");
    }
}

#[test]
fn certificates_of_captures_are_no_material_of_the_tree() {
    let model = model("mutual-ok.pcap", "other-root.pem");
    assert_eq!(model.materials.len(), 1);
    let chain = model.captures[0].conversations[0].client_chain.as_ref().unwrap();
    assert_eq!(chain.certificates.len(), 2);
}

#[test]
fn where_nothing_is_asked_or_shown_nothing_is_judged() {
    for (capture, ways) in [
        ("not-asked.pcap", &[Handshake::Full][..]),
        ("resumed.pcap", &[Handshake::Full, Handshake::Resumed]),
        ("tls13.pcap", &[Handshake::Hidden]),
        ("retry.pcapng", &[Handshake::Hidden]),
    ] {
        let model = model(capture, "ca-chain.pem");
        let talks = &model.captures[0].conversations;
        assert_eq!(talks.iter().map(|talk| talk.handshake).collect::<Vec<_>>(), ways, "{capture}");
        assert_eq!(talks.last().and_then(|talk| verdict(&model, talk)), None, "{capture}");
    }
}
