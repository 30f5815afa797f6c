//! `tlslint inventory` from the outside: what each format says of a small server, what is on the list, and what can be
//! asked of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::Value;

use place::Place;

#[path = "common/copy.rs"]
mod copy;
#[path = "common/place.rs"]
mod place;

const FORMATS: [&str; 7] = ["table", "json", "csv", "ics", "openmetrics", "cyclonedx", "cyclonedx-1.7"];

/// A listing of a Windows store, and a binding that uses what it describes.
const CERTUTIL: &str = "My \"Personal\"\n================ Certificate 0 ================\nSerial Number: 1a2b3c4d\n\
    Issuer: CN=Corp CA, O=Corp\n NotBefore: 2026-01-01 00:00\n NotAfter: 2026-12-01 00:00\nSubject: CN=win.example.com\n\
    Cert Hash(sha1): 1122334455667788990011223344556677889900\nCertUtil: -store command completed successfully.\n";

fn json(place: &Place, arguments: &[&str]) -> Value {
    let mut all = vec!["--format", "json"];
    all.extend(arguments);
    serde_json::from_str(&place.listed(&all)).unwrap()
}

/// A folder with a copy of another one.
fn copy_of(from: &str) -> Place {
    let place = Place::new(&[]);
    copy::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(from), &place.path("."));
    place
}

/// What differs from release to release is left out.
fn stable(out: &str) -> String {
    let mut kept = String::new();
    for line in out.lines() {
        let line = line.replace(env!("CARGO_PKG_VERSION"), "[version]");
        kept.push_str(line.split("urn:uuid:").next().unwrap());
        kept.push('\n');
    }
    kept
}

#[test]
fn every_format_of_the_demo() {
    let place = copy_of("testdata/demo");
    insta::assert_snapshot!("table", place.listed(&[]));
    insta::assert_snapshot!("csv", place.listed(&["--format", "csv"]).replace("\r\n", "\n"));
    for format in ["json", "ics", "openmetrics", "cyclonedx", "cyclonedx-1.7"] {
        let out = place.listed(&["--format", format, "--within", "0"]);
        insta::assert_snapshot!(format.replace('.', "_"), stable(&out.replace("\r\n", "\n")));
    }
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let place = copy_of("testdata/demo");
    for format in FORMATS {
        let one = place.listed(&["--format", format, "--threads", "1"]);
        for _ in 0..3 {
            assert_eq!(one, place.listed(&["--format", format, "--threads", "4"]), "{format}");
        }
    }
}

#[test]
fn one_row_a_certificate_with_all_its_places() {
    let place = copy_of("testdata/demo");
    let list = json(&place, &[]);
    let assets = list["assets"].as_array().unwrap();
    let inter: Vec<&Value> = assets.iter().filter(|it| it["title"] == "Example Intermediate CA").collect();
    assert_eq!(inter.len(), 1);
    assert_eq!(inter[0]["places"].as_array().unwrap().len(), 7);
    assert_eq!(inter[0]["roles"], serde_json::json!(["intermediate", "client authority"]));
    assert_eq!(inter[0]["authority"], true);
    // The key that is used with the certificate of the shop is of another kind and belongs to none.
    let stray = assets.iter().find(|it| it["title"] == "EC P-256 key").unwrap();
    assert_eq!(stray["same_key"]["count"], 0);
    assert_eq!(stray["users"][0]["title"], "server `shop.example.com`");
    let root = assets.iter().find(|it| it["title"] == "Example Root CA").unwrap();
    assert_eq!((&root["self_signed"], &root["issued_by"]), (&true.into(), &serde_json::json!([])));
    let days: Vec<i64> = assets.iter().filter_map(|it| it["days_left"].as_i64()).collect();
    assert!(days.is_sorted() && days.len() == 9);
}

#[test]
fn requests_lists_keys_and_stores() {
    let place = copy_of("testdata/pki");
    let list = json(&place, &[]);
    let count =
        |kind: &str| list["assets"].as_array().unwrap().iter().filter(|it| it["kind"] == kind).count();
    assert!(count("request") > 0 && count("revocation list") > 0 && count("public key") > 0);
    assert!(count("keystore") > 0);
    let of = |path: &str| {
        let has = |it: &&Value| it["places"].as_array().unwrap().iter().any(|place| place["path"] == path);
        list["assets"].as_array().unwrap().iter().find(has).unwrap()
    };
    let request = of("server.csr");
    assert!(request["same_key"]["count"].as_u64().unwrap() > 1);
    assert_eq!(of("server-encrypted.key")["title"], "encrypted key");
    assert!(of("server-encrypted.key")["places"][0]["encryption"].is_string());

    // With its password it is the key it is, with a copy in the clear elsewhere.
    place.write("passwords.toml", "\"server-encrypted.key\" = \"correct horse\"\n");
    let opened = json(&place, &["--passwords", "passwords.toml", "--only", "keys"]);
    let keys = opened["assets"].as_array().unwrap();
    let has =
        |it: &&Value| it["places"].as_array().unwrap().iter().any(|it| it["path"] == "server-encrypted.key");
    let key = keys.iter().find(has).unwrap();
    assert_eq!(key["title"], "www.example.com");
    assert!(key["places"].as_array().unwrap().len() > 1);
    assert!(keys.iter().all(|it| it["kind"].as_str().unwrap().ends_with("key")));
}

#[test]
fn dumps_describe_certificates() {
    let place = Place::new(&[("node1/certutil.txt", CERTUTIL)]);
    let list = json(&place, &[]);
    let it = &list["assets"][0];
    assert_eq!(
        (&it["origin"], &it["title"], &it["serial"]),
        (&"dump".into(), &"win.example.com".into(), &"1A2B3C4D".into())
    );
    assert_eq!(it["sha1"], "1122334455667788990011223344556677889900");
    assert_eq!((&it["sha256"], &it["key"]), (&Value::Null, &Value::Null));
    assert!(place.listed(&[]).contains("win.example.com (from a dump)"));
}

#[test]
fn captures_show_certificates() {
    let place = copy_of("testdata/captures");
    let list = json(&place, &["--only", "certificates"]);
    let seen = list["assets"].as_array().unwrap().iter().find(|it| it["origin"] == "capture").unwrap();
    assert!(seen["places"][0]["entry"].as_str().unwrap().starts_with("packet "), "{seen}");
}

#[test]
fn what_is_asked_for() {
    let place = copy_of("testdata/demo");
    assert_eq!(json(&place, &["--within", "0"])["assets"].as_array().unwrap().len(), 1);
    assert_eq!(json(&place, &["--within", "3327"])["assets"].as_array().unwrap().len(), 9);
    assert_eq!(json(&place, &["--only", "keys"])["assets"].as_array().unwrap().len(), 7);
    assert_eq!(json(&place, &["--only", "requests,stores"])["assets"].as_array().unwrap().len(), 0);
    assert_eq!(place.listed(&["--only", "requests"]), "0 certificates in 29 files\n");
    // A file that is named brings what stands in it, with all its places.
    let named = json(&place, &["etc/ssl/certs/shop.example.com.pem"]);
    let titles: Vec<&str> =
        named["assets"].as_array().unwrap().iter().map(|it| it["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Example Intermediate CA", "shop.example.com"]);

    let (status, _, error) = place.inventory(&["nowhere"]);
    assert_eq!(status, 2);
    assert!(error.contains("there is no file or folder"), "{error}");
    let (status, _, error) = place.inventory(&["--format", "cyclondx"]);
    assert_eq!(status, 2);
    assert!(error.contains("did you mean `cyclonedx`?"), "{error}");
}

#[test]
fn several_formats_at_once() {
    let place = copy_of("testdata/demo");
    let out = place.listed(&["--format", "table", "--format", "csv=list.csv", "--format", "json=list.json"]);
    assert!(out.starts_with("days  until "), "{out}");
    assert!(fs::read_to_string(place.path("list.csv")).unwrap().starts_with("kind,title,"));
    assert!(fs::read_to_string(place.path("list.json")).unwrap().starts_with("{\n"));
    let (status, _, error) = place.inventory(&["--format", "csv", "--format", "json"]);
    assert_eq!(status, 2);
    assert!(error.contains("cannot both go to standard output"), "{error}");
}

#[test]
fn colours_mark_what_ends() {
    let place = copy_of("testdata/demo");
    let out = place.listed(&["--color", "always"]);
    assert!(out.contains("\u{1b}[31m -52  2026-10-01"), "{out}");
    assert!(!place.listed(&["--color", "never"]).contains('\u{1b}'));
}

#[test]
fn broken_certificates_are_counted() {
    let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let place = Place::new(&[("broken.pem", broken)]);
    let metrics = place.listed(&["--format", "openmetrics"]);
    assert!(
        metrics.contains("x509_cert_error{filename=\"broken.pem\",filepath=\"broken.pem\"} 1\n"),
        "{metrics}"
    );
    assert_eq!(json(&place, &[])["broken"][0]["line"], 1);
}

/// A certificate that signs itself, with a serial number and a last day.
fn made(serial: u64, (year, month, day): (i32, u8, u8)) -> String {
    let mut params = CertificateParams::new(vec!["twin.example.com".to_owned()]).unwrap();
    params.serial_number = Some(serial.into());
    params.not_after = date_time_ymd(year, month, day);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

#[test]
fn metrics_tell_twins_apart() {
    let (one, other) = (made(7, (2027, 1, 1)), made(7, (2027, 1, 1)));
    let place = Place::new(&[("twins.pem", &format!("{one}{other}{one}")), ("one.pem", &one)]);
    let metrics = place.listed(&["--format", "openmetrics"]);
    let series: Vec<&str> = metrics.lines().filter(|line| line.starts_with("x509_cert_not_after")).collect();
    assert_eq!(series.len(), 3, "{metrics}");
    assert_eq!(series.iter().filter(|line| line.contains("discriminator=")).count(), 2, "{metrics}");
    assert!(series.iter().all(|line| line.contains("serial_number=\"7\"")), "{metrics}");
}

#[test]
fn what_has_no_end_has_no_event() {
    let place = Place::new(&[("a.pem", &made(1, (9999, 12, 31))), ("b.pem", &made(2, (2027, 1, 1)))]);
    let calendar = place.listed(&["--format", "ics"]);
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 1, "{calendar}");
    assert!(calendar.contains("DTSTART;VALUE=DATE:20270101\r\n"), "{calendar}");
}

#[test]
fn no_key_leaves_the_tree() {
    let place = copy_of("testdata/demo");
    let mut bodies = Vec::new();
    for entry in fs::read_dir(place.path("etc/ssl/private")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        bodies.extend(text.lines().filter(|line| !line.starts_with("-----")).map(str::to_owned));
    }
    assert!(bodies.len() > 7);
    for format in FORMATS {
        let out = place.listed(&["--format", format]);
        assert!(bodies.iter().all(|body| !out.contains(body.as_str())), "{format}");
        assert!(!out.contains("PRIVATE KEY"), "{format}");
    }
}

#[test]
fn the_schema_is_the_documented_one() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tlslint"));
    let output = { output }.args(["schema", "inventory"]).output().unwrap();
    let documented =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/inventory-schema.json")).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), documented);
}
