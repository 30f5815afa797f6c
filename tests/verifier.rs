//! Every reason for which a peer refuses a chain, on the project's own certificates, and that a small change of what is
//! asked changes the answer.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path};

use tlslint::{
    check::{self, Reading, Settings, Tree},
    model::{
        CertId, ItemKind, Model, Role,
        verify::{Answer, Profile, Question, Reason},
    },
    x509::{RevocationList, Time},
};

/// The named files of `testdata/pki`, read together.
fn reading(names: &[&str]) -> Reading {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/pki");
    let file =
        |name: &&str| (format!("pki/{name}.pem"), fs::read(folder.join(format!("{name}.pem"))).unwrap());
    let files = names.iter().map(file).collect();
    check::read(&Tree::in_memory(files), &Settings::at(Time::parse("2026-11-22").unwrap()))
}

fn id(model: &Model, name: &str) -> CertId {
    let file = model.paths.find(&format!("pki/{name}.pem")).unwrap();
    model.materials.in_file(file)[0].0
}

/// What a peer of a kind says to `sent`, believing `anchors`.
struct Asked<'a> {
    sent: &'a [&'a str],
    anchors: &'a [&'a str],
    host: &'a str,
    role: Option<Role>,
    lists: &'a [&'a str],
    at: &'a str,
    profile: &'a Profile,
}

impl Default for Asked<'_> {
    fn default() -> Self {
        Self {
            sent: &["server", "inter"],
            anchors: &["root"],
            host: "www.example.com",
            role: Some(Role::Server),
            lists: &[],
            at: "2026-11-22",
            profile: &Profile::OPENSSL,
        }
    }
}

impl Asked<'_> {
    fn answer(&self) -> (Model, Answer) {
        let names: Vec<&str> = self.sent.iter().chain(self.anchors).chain(self.lists).copied().collect();
        let Reading { model, .. } = reading(&names);
        let ids = |names: &[&str]| names.iter().map(|name| id(&model, name)).collect::<Vec<_>>();
        let (sent, anchors) = (ids(self.sent), ids(self.anchors));
        let items = model.materials.holdings().flat_map(|(_, holding)| &holding.items);
        let lists: Vec<&RevocationList> = items
            .filter_map(|item| match &item.kind {
                ItemKind::RevocationList(list) => Some(&**list),
                _ => None,
            })
            .collect();
        let answer = model.verify(Question {
            leaf: sent[0],
            sent: &sent,
            anchors: &anchors,
            at: Time::parse(self.at).unwrap(),
            role: self.role,
            hosts: if self.host.is_empty() { &[] } else { std::slice::from_ref(&self.host) },
            lists: &lists,
            profile: self.profile,
        });
        (model, answer)
    }

    /// The reasons, each with the certificate it is about.
    fn reasons(&self) -> Vec<String> {
        let (model, answer) = self.answer();
        let told = answer.faults.iter();
        told.map(|it| format!("{}: {}", model.cert(it.certificate).subject.title(), it.reason.word()))
            .collect()
    }
}

#[test]
fn a_healthy_chain_is_taken_by_all() {
    for profile in
        [Profile::OPENSSL, Profile::PYTHON, Profile::GO, Profile::JAVA, Profile::RUSTLS, Profile::LENIENT]
    {
        assert!(Asked { profile: &profile, ..Asked::default() }.reasons().is_empty(), "{}", profile.name);
    }
}

#[test]
fn every_reason_has_its_place() {
    let asked = Asked::default;
    let cases: [(Asked<'_>, &[&str]); 19] = [
        (Asked { sent: &["expired", "inter"], ..asked() }, &["www.example.com: expired"]),
        (Asked { sent: &["server", "inter-expired"], ..asked() }, &["Example Intermediate CA: expired"]),
        (Asked { sent: &["not-yet", "inter"], ..asked() }, &["www.example.com: not-yet-valid"]),
        (
            Asked { sent: &["by-not-ca", "inter-not-ca"], ..asked() },
            &["Example Not A CA: not-authority", "Example Not A CA: may-not-sign"],
        ),
        (
            Asked { sent: &["by-pathlen0-sub", "inter-pathlen0-sub", "inter-pathlen0"], ..asked() },
            &["Example Path Length 0 CA: path-length"],
        ),
        (Asked { sent: &["client", "inter"], host: "", ..asked() }, &["client: purpose"]),
        (
            Asked { sent: &["nc-outside", "nc-ca"], host: "", ..asked() },
            &["www.example.org: name-constraint"],
        ),
        (Asked { sent: &["critical-extension", "inter"], ..asked() }, &["www.example.com: unknown-critical"]),
        (Asked { sent: &["by-inter-rsa", "inter-rsa"], anchors: &["root-sha1"], ..asked() }, &[]),
        (
            Asked { sent: &["server", "inter-sha1"], anchors: &["root-rsa"], ..asked() },
            &["Example Intermediate CA: weak-signature"],
        ),
        (Asked { sent: &["rsa1024", "inter"], ..asked() }, &["www.example.com: weak-key"]),
        (Asked { sent: &["server", "inter-impostor"], ..asked() }, &["www.example.com: rekeyed"]),
        (
            Asked { sent: &["server", "inter-impostor-same-id"], ..asked() },
            &["www.example.com: bad-signature"],
        ),
        (Asked { sent: &["server"], ..asked() }, &["www.example.com: missing-issuer"]),
        (
            Asked { sent: &["server", "inter", "root"], anchors: &["other-root"], ..asked() },
            &["Example Root CA: untrusted-root"],
        ),
        (Asked { host: "www.example.org", ..asked() }, &["www.example.com: host-mismatch"]),
        (Asked { sent: &["duplicate-extension", "inter"], ..asked() }, &["www.example.com: bad-encoding"]),
        (
            Asked { sent: &["revoked", "inter"], lists: &["inter.crl"], ..asked() },
            &["www.example.com: revoked"],
        ),
        (
            Asked { at: "2036-06-01", ..asked() },
            &["www.example.com: expired", "Example Intermediate CA: expired", "Example Root CA: expired"],
        ),
    ];
    for (asked, reasons) in cases {
        assert_eq!(asked.reasons(), reasons, "{:?} at {}", asked.sent, asked.at);
    }
}

#[test]
fn peers_differ_where_they_do() {
    let shallow = Profile { depth: Some(1), ..Profile::OPENSSL };
    let deep = ["deep", "inter3", "inter2", "inter"];
    assert_eq!(
        Asked { sent: &deep, profile: &shallow, ..Asked::default() }.reasons(),
        ["www.example.com: depth"]
    );
    assert!(Asked { sent: &deep, ..Asked::default() }.reasons().is_empty());
    // An intermediate that is believed ends a chain for Go and Java, not for OpenSSL.
    let partial =
        |profile| Asked { sent: &["server"], anchors: &["inter"], profile, ..Asked::default() }.reasons();
    assert_eq!(partial(&Profile::OPENSSL), ["Example Intermediate CA: missing-issuer"]);
    assert!(partial(&Profile::GO).is_empty() && partial(&Profile::JAVA).is_empty());
    let lax = |profile| Asked { sent: &["by-inter-lax", "inter-lax"], profile, ..Asked::default() }.reasons();
    assert_eq!(lax(&Profile::PYTHON), ["Example Lax CA: bad-encoding"]);
    assert!(lax(&Profile::OPENSSL).is_empty());
    let nameless = |profile| Asked { sent: &["cn-only", "inter"], profile, ..Asked::default() }.reasons();
    assert_eq!(nameless(&Profile::GO), ["www.example.com: host-mismatch"]);
    assert!(nameless(&Profile::OPENSSL).is_empty());
    // A signer of tokens is asked for no purpose.
    assert!(
        Asked { sent: &["codesign", "inter"], role: None, host: "", ..Asked::default() }.reasons().is_empty()
    );
}

#[test]
fn the_way_around_a_fault_is_found_and_what_leads_nowhere_is_said() {
    // Of two certificates of one authority the valid one is taken, wherever it stands.
    let around = Asked { sent: &["server", "inter-expired", "inter"], ..Asked::default() };
    assert!(around.reasons().is_empty());
    let crossed =
        Asked { sent: &["server", "inter", "inter-cross"], anchors: &["root-rsa"], ..Asked::default() };
    let (model, answer) = crossed.answer();
    assert!(answer.accepted() && answer.path[1] == id(&model, "inter-cross"));
    let (model, answer) =
        Asked { sent: &["server", "inter", "other-root", "inter"], ..Asked::default() }.answer();
    assert!(answer.accepted() && !answer.exhausted && answer.unverified.is_none());
    assert_eq!((answer.surplus, answer.repeated), (vec![2], vec![(3, 1)]));
    let missing = Asked { sent: &["server"], ..Asked::default() }.answer().1;
    let key = model.cert(id(&model, "inter")).subject_key_id.clone();
    let name = "Example Intermediate CA".to_owned();
    assert_eq!(missing.faults[0].reason, Reason::MissingIssuer { name, key_id: key });
}
