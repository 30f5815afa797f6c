//! What nginx 1.22 with OpenSSL 3.0.22 answered to these chains on 2026-11-22, in TLS 1.2 and 1.3 alike.

use std::{fs, path::Path};

use crate::{
    syntax::pem,
    x509::{Certificate, Time},
};

use super::{Judgement, NGINX_DEPTH, VerifyError, client};

fn certificates(names: &str) -> Vec<Certificate> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/pki");
    let texts =
        names.split_whitespace().map(|name| fs::read_to_string(folder.join(format!("{name}.pem"))).unwrap());
    texts
        .flat_map(|text| {
            let blocks = pem::scan(&text).blocks;
            blocks.iter().map(|it| Certificate::parse(it.der.as_ref().unwrap()).unwrap()).collect::<Vec<_>>()
        })
        .collect()
}

fn judged<T>(trusted: &str, sent: &str, at: &str, depth: u32, look: impl Fn(&Judgement<'_>) -> T) -> T {
    let (trusted, sent) = (certificates(trusted), certificates(sent));
    let (trusted, sent): (Vec<&Certificate>, Vec<&Certificate>) =
        (trusted.iter().collect(), sent.iter().collect());
    look(&client(&sent, &trusted, Time::parse(at).unwrap(), depth).unwrap())
}

/// The number that nginx logs; 0 where it takes the certificate.
fn answer(trusted: &str, sent: &str, depth: u32) -> u8 {
    judged(trusted, sent, "2026-11-22", depth, |it| it.answer().map_or(0, |fault| fault.error.number()))
}

#[test]
fn nginx_answers_the_same() {
    let rows = [
        ("root inter", "client", 1, 0),
        ("root", "client inter", 1, 0),
        ("root", "client", 1, 21),
        ("inter", "client inter", 1, 2),
        ("client", "client", 1, 21),
        ("inter client", "client", 1, 2),
        ("self-signed-ca", "self-signed-ca", 1, 0),
        ("root inter", "other-client", 1, 21),
        ("root inter", "other-client other-root", 1, 19),
        ("root inter", "self-signed-ca", 1, 18),
        ("root inter", "client-expired", 1, 10),
        ("root inter", "client-server-only", 1, 26),
        ("root-expired inter", "client inter", 1, 10),
        ("root-expired root inter", "client inter", 1, 0),
        ("root inter-expired", "client inter", 1, 10),
        ("root-rekeyed inter", "client inter", 1, 2),
        ("root-rekeyed", "client inter", 1, 20),
        ("root", "client-deep inter3 inter2 inter", 0, 20),
        ("root", "client-deep inter3 inter2 inter", 1, 20),
        ("root", "client-deep inter3 inter2 inter", 2, 20),
        ("root", "client-deep inter3 inter2 inter", 3, 0),
        ("root inter-impostor-same-id", "client inter", 1, 7),
        ("root inter-impostor-same-id inter", "client inter", 1, 7),
        ("root inter-impostor", "client inter", 1, 0),
        ("root inter-impostor", "client", 1, 21),
        ("root", "by-not-ca inter-not-ca", 2, 32),
        ("root", "by-pathlen0-sub inter-pathlen0-sub inter-pathlen0", 3, 25),
        ("root", "self-signed", 1, 26),
        ("root", "client-by-root", 1, 0),
        ("root", "codesign inter", 1, 26),
        ("root", "no-eku inter", 1, 0),
        ("root", "ca-as-leaf inter", 1, 0),
        ("root", "client inter root", 1, 0),
        ("other-root", "client inter root", 1, 19),
    ];
    for (trusted, sent, depth, wanted) in rows {
        assert_eq!(answer(trusted, sent, depth), wanted, "trusted {trusted}, sent {sent}, depth {depth}");
    }
}

#[test]
fn time_is_that_of_the_handshake() {
    let at = |at: &str| {
        judged("self-signed-ca", "self-signed-ca", at, NGINX_DEPTH, |it| it.answer().map(|fault| fault.error))
    };
    assert_eq!(at("2036-06-01"), Some(VerifyError::Expired));
    assert_eq!(at("2025-06-01"), Some(VerifyError::NotYetValid));
    let sent_in_time =
        |at: &str| judged("root inter", "client-expired", at, NGINX_DEPTH, |it| it.answer().is_none());
    assert!(sent_in_time("2026-09-30") && !sent_in_time("2026-10-01"));
}

#[test]
fn the_cause_names_the_link() {
    let cause = |trusted: &str, sent: &str| {
        judged(trusted, sent, "2026-11-22", NGINX_DEPTH, |it| {
            let cause = it.cause().unwrap();
            let namesakes: Vec<bool> = it.namesakes.iter().map(|step| step.trusted).collect();
            (cause.error, cause.depth, cause.trusted, namesakes)
        })
    };
    assert_eq!(cause("root", "client"), (VerifyError::NoLocalIssuer, 0, false, vec![]));
    // The name of the issuer is there with another key.
    assert_eq!(cause("root-rekeyed inter", "client inter"), (VerifyError::NoIssuer, 1, true, vec![true]));
    assert_eq!(cause("root", "client inter-impostor"), (VerifyError::NoLocalIssuer, 0, false, vec![false]));
    let bad = cause("root inter-impostor-same-id", "client");
    assert_eq!(bad, (VerifyError::SignatureFailure, 0, false, vec![true]));
    assert_eq!(cause("root inter-expired", "client inter"), (VerifyError::Expired, 1, true, vec![]));
    assert_eq!(cause("root inter", "client-server-only"), (VerifyError::UnsuitablePurpose, 0, false, vec![]));
    let deep = cause("root", "client-deep inter3 inter2 inter");
    assert_eq!(deep, (VerifyError::ChainTooLong, 2, false, vec![]));
    assert!(client(&[], &[], Time(0), 1).is_none());
}

#[test]
fn words_are_those_of_the_log() {
    let words = judged("root inter", "client-server-only", "2026-11-22", 1, |it| {
        it.answer().map(|fault| format!("({}:{})", fault.error.number(), fault.error))
    });
    assert_eq!(words.as_deref(), Some("(26:unsuitable certificate purpose)"));
}
