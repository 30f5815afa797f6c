//! What a Router of Apigee Edge answered to a client, for every truststore that was tried on nginx with OpenSSL, and what
//! is said about the files beforehand: each truststore is put into a tree as dumps have it, with the client's chain beside.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path};

use tlslint::{
    check::{self, Settings, Tree},
    finding::Level,
    model::accept,
    rules::CARDS,
    x509::{Certificate, Time},
};

const FOLDER: &str = "organizations/acme/environments/test/";

const VIRTUAL_HOST: &str = "<VirtualHost name=\"partner\">
  <HostAliases><HostAlias>api.example.com</HostAlias></HostAliases>
  <Port>443</Port>
  <SSLInfo>
    <Enabled>true</Enabled>
    <ClientAuthEnabled>true</ClientAuthEnabled>
    <KeyStore>ref://server</KeyStore>
    <KeyAlias>server</KeyAlias>
    <TrustStore>ref://partners</TrustStore>
  </SSLInfo>
</VirtualHost>
";

const REFERENCE: &str = r#"{ "name": "partners", "refers": "partners-2026", "resourceType": "TrustStore" }"#;

fn pem(names: &[&str]) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/pki");
    names.iter().flat_map(|name| fs::read(folder.join(name)).unwrap()).collect()
}

/// Rules that speak above note level about a truststore, one alias for each file, and a client that shows `client`.
fn told(truststore: &[&str], client: &[&str]) -> Vec<String> {
    let aliases: Vec<String> = (0..truststore.len())
        .map(|at| format!(r#"{{ "aliasName": "a{at}", "cert": "a{at}-cert", "key": "" }}"#))
        .collect();
    let store = format!(
        r#"{{ "name": "partners-2026", "aliases": [{}], "certs": [], "keys": [] }}"#,
        aliases.join(", ")
    );
    let mut files = vec![
        (format!("{FOLDER}virtualhosts/partner.xml"), VIRTUAL_HOST.as_bytes().to_vec()),
        (format!("{FOLDER}partners-reference.json"), REFERENCE.as_bytes().to_vec()),
        (format!("{FOLDER}keystores/partners-2026.json"), store.into_bytes()),
    ];
    for (at, name) in truststore.iter().enumerate() {
        files.push((format!("{FOLDER}keystores/partners-2026/aliases/a{at}.pem"), pem(&[name])));
    }
    if !client.is_empty() {
        files.push(("client/chain.pem".to_owned(), pem(client)));
    }
    let report = check::check(&Tree::in_memory(files), &Settings::at(Time::parse("2026-11-22").unwrap()));
    let enabled = |rule: &str| CARDS.iter().any(|it| it.id == rule && it.enabled);
    let mut rules: Vec<String> = report
        .findings
        .iter()
        .filter(|it| it.level > Level::Note && enabled(it.rule))
        .map(|it| format!("{} {}", it.level.word(), it.rule))
        .collect();
    rules.sort();
    rules
}

/// A row of what was measured: truststore, client, the answer, and what is told of the files.
struct Row {
    name: &'static str,
    truststore: &'static [&'static str],
    client: &'static [&'static str],
    answer: u16,
    told: &'static [&'static str],
}

/// The rows of which the files alone tell, and those that hang on what the client sends: of these nothing is told.
const ROWS: &[Row] = &[
    Row {
        name: "root and intermediate, leaf",
        truststore: &["root.pem", "inter.pem"],
        client: &["client.pem"],
        answer: 200,
        told: &[],
    },
    Row {
        name: "root, leaf and intermediate",
        truststore: &["root.pem"],
        client: &["client.pem", "inter.pem"],
        answer: 200,
        told: &[],
    },
    Row {
        name: "root, leaf alone: the client must send its intermediate",
        truststore: &["root.pem"],
        client: &["client.pem"],
        answer: 400,
        told: &[],
    },
    Row {
        name: "intermediate alone",
        truststore: &["inter.pem"],
        client: &["client.pem", "inter.pem"],
        answer: 400,
        told: &["error trust/root-missing"],
    },
    Row {
        name: "leaf alone",
        truststore: &["client.pem"],
        client: &["client.pem"],
        answer: 400,
        told: &["error trust/leaf-only"],
    },
    Row {
        name: "intermediate and leaf without the root",
        truststore: &["inter.pem", "client.pem"],
        client: &["client.pem"],
        answer: 400,
        told: &["error trust/root-missing"],
    },
    Row {
        name: "a leaf that signs itself",
        truststore: &["self-signed-ca.pem"],
        client: &["self-signed-ca.pem"],
        answer: 200,
        told: &[],
    },
    Row {
        name: "root and intermediate, a leaf of another authority",
        truststore: &["root.pem", "inter.pem"],
        client: &["other-client.pem"],
        answer: 400,
        told: &[],
    },
    Row {
        name: "root and intermediate, a leaf that signs itself",
        truststore: &["root.pem", "inter.pem"],
        client: &["self-signed-ca.pem"],
        answer: 400,
        told: &[],
    },
    Row {
        name: "root and intermediate, an expired leaf",
        truststore: &["root.pem", "inter.pem"],
        client: &["client-expired.pem"],
        answer: 400,
        told: &["warning cert/expired"],
    },
    Row {
        name: "root, intermediate and the expired leaf itself",
        truststore: &["root.pem", "inter.pem", "client-expired.pem"],
        client: &["client-expired.pem"],
        answer: 400,
        told: &["error cert/expired"],
    },
    Row {
        name: "root and intermediate, a leaf for servers only",
        truststore: &["root.pem", "inter.pem"],
        client: &["client-server-only.pem"],
        answer: 400,
        told: &[],
    },
    Row {
        name: "root, intermediate and the leaf for servers only",
        truststore: &["root.pem", "inter.pem", "client-server-only.pem"],
        client: &["client-server-only.pem"],
        answer: 400,
        told: &["warning cert/purpose"],
    },
    Row {
        name: "expired root and intermediate",
        truststore: &["root-expired.pem", "inter.pem"],
        client: &["client.pem"],
        answer: 400,
        told: &["error cert/expired"],
    },
    Row {
        name: "expired root, the valid one of its key, and intermediate",
        truststore: &["root-expired.pem", "root.pem", "inter.pem"],
        client: &["client.pem"],
        answer: 200,
        told: &[],
    },
    Row {
        name: "root and expired intermediate, the valid one is sent: that of the store wins",
        truststore: &["root.pem", "inter-expired.pem"],
        client: &["client.pem", "inter.pem"],
        answer: 400,
        told: &["error trust/expired-shadows-valid"],
    },
    Row {
        name: "root and expired intermediate, nothing else in the tree",
        truststore: &["root.pem", "inter-expired.pem"],
        client: &[],
        answer: 400,
        told: &["error cert/expired"],
    },
    Row {
        name: "another root of the same name and intermediate",
        truststore: &["root-rekeyed.pem", "inter.pem"],
        client: &["client.pem"],
        answer: 400,
        told: &["warning trust/root-missing"],
    },
    Row {
        name: "root, a chain of three intermediates",
        truststore: &["root.pem"],
        client: &["client-deep.pem", "inter3.pem", "inter2.pem", "inter.pem"],
        answer: 400,
        told: &[],
    },
    Row {
        name: "root and three intermediates",
        truststore: &["root.pem", "inter.pem", "inter2.pem", "inter3.pem"],
        client: &["client-deep.pem"],
        answer: 400,
        told: &["warning chain/too-deep"],
    },
    Row {
        name: "root and intermediate, no certificate",
        truststore: &["root.pem", "inter.pem"],
        client: &[],
        answer: 400,
        told: &[],
    },
];

#[test]
fn truststores_are_judged_as_routers_answer() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let found = told(row.truststore, row.client);
        if found != row.told {
            wrong.push(format!("{}: {} expected {:?}, found {found:?}", row.name, row.answer, row.told));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The certificates of files, in their order.
fn certificates(names: &[&str]) -> Vec<std::sync::Arc<Certificate>> {
    let files =
        names.iter().enumerate().map(|(at, name)| (format!("certs/{at:02}.pem"), pem(&[name]))).collect();
    let model = check::read(&Tree::in_memory(files), &Settings::at(Time::parse("2026-11-22").unwrap())).model;
    let mut found: Vec<_> =
        model.materials.certificates().map(|(_, known)| (known.places[0], known)).collect();
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, known)| known.certificate.clone()).collect()
}

/// The column of answers is what comes of the chains themselves.
#[test]
fn answers_are_those_of_the_chains() {
    for row in ROWS {
        let (trusted, sent) = (certificates(row.truststore), certificates(row.client));
        let trusted: Vec<&Certificate> = trusted.iter().map(AsRef::as_ref).collect();
        let sent: Vec<&Certificate> = sent.iter().map(AsRef::as_ref).collect();
        let today = Time::parse("2026-11-22").unwrap();
        let taken =
            accept::client(&sent, &trusted, today, accept::NGINX_DEPTH).is_some_and(|it| it.accepted());
        assert_eq!(if taken { 200 } else { 400 }, row.answer, "{}", row.name);
    }
}

/// Whoever is let in hears of no error, whatever stands in the truststore.
#[test]
fn nothing_is_wrong_where_clients_are_let_in() {
    for row in ROWS.iter().filter(|it| it.answer == 200) {
        assert!(row.told.iter().all(|it| !it.starts_with("error")), "{}", row.name);
    }
}
