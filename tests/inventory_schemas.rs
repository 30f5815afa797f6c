//! Holds the JSON of `tlslint inventory` against our own schema and those of `CycloneDX` 1.6 and 1.7, over all trees of
//! `testdata` and, where it is there, over a corpus of real ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "a test that skips says so")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

#[path = "common/corpus.rs"]
mod corpus;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The schemas of `CycloneDX` refer to each other by the folder they stand in.
fn cyclonedx(version: &str) -> (Schemas, SchemaIndex) {
    let mut compiler = Compiler::new();
    let mut schemas = Schemas::new();
    let url = |name: &str| format!("http://cyclonedx.org/schema/{name}");
    let folder = root().join("testdata/schemas/cyclonedx");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let name = path.file_name().unwrap().to_str().unwrap();
            compiler.add_resource(&url(name), read(&path)).unwrap();
        }
    }
    let index = compiler.compile(&url(&format!("bom-{version}.SNAPSHOT.schema.json")), &mut schemas).unwrap();
    (schemas, index)
}

fn ours() -> (Schemas, SchemaIndex) {
    let mut compiler = Compiler::new();
    let mut schemas = Schemas::new();
    compiler.enable_format_assertions();
    let url = "http://localhost/inventory-schema.json";
    let mut schema = read(&root().join("docs/inventory-schema.json"));
    schema.as_object_mut().unwrap().remove("$id");
    // Ours describes all that it writes, so the test refuses what it does not describe.
    close(&mut schema);
    compiler.add_resource(url, schema).unwrap();
    let index = compiler.compile(url, &mut schemas).unwrap();
    (schemas, index)
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("required") {
                members.insert("additionalProperties".into(), false.into());
            }
            members.values_mut().for_each(close);
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}

fn trees() -> Vec<PathBuf> {
    let mut trees: Vec<PathBuf> = ["demo", "healthy", "pki", "apigee", "iis", "captures"]
        .map(|name| root().join("testdata").join(name))
        .into();
    if let Some(corpus) = corpus::folder(".") {
        let entries = fs::read_dir(corpus).unwrap();
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.retain(|path| path.is_dir());
        folders.sort();
        trees.extend(folders.into_iter().take(4));
    }
    trees
}

fn list(tree: &Path, format: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_tlslint"))
        .args(["inventory", "--isolated", "--as-of", "2026-11-22", "--format", format])
        .arg(tree)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {}", tree.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn json_fits_its_schema() {
    let (schemas, index) = ours();
    for tree in trees() {
        let value = list(&tree, "json");
        let result = schemas.validate(&value, index).map_err(|error| format!("{error:#}"));
        assert_eq!(result, Ok(()), "{}", tree.display());
    }
    let mut broken = list(&root().join("testdata/demo"), "json");
    broken["assets"][0]["status"] = "fatal".into();
    assert!(schemas.validate(&broken, index).is_err(), "the check can fail");
}

#[test]
fn cyclonedx_fits_the_schemas_of_its_versions() {
    for (format, version) in [("cyclonedx", "1.6"), ("cyclonedx-1.7", "1.7")] {
        let (schemas, index) = cyclonedx(version);
        for tree in trees() {
            let bom = list(&tree, format);
            assert_eq!(bom["specVersion"], version);
            let result = schemas.validate(&bom, index).map_err(|error| format!("{error:#}"));
            assert_eq!(result, Ok(()), "{version}: {}", tree.display());
            references_lead_somewhere(&bom);
        }
        let mut broken = list(&root().join("testdata/demo"), format);
        broken["components"][0]["fingerprnt"] = "x".into();
        assert!(schemas.validate(&broken, index).is_err(), "the check can fail");
    }
}

/// Every reference stands once, and everything that refers leads to one of them.
fn references_lead_somewhere(bom: &Value) {
    let mut known = BTreeSet::new();
    for component in bom["components"].as_array().unwrap() {
        let name = component["bom-ref"].as_str().unwrap();
        assert!(known.insert(name), "{name} stands twice");
    }
    for dependency in bom["dependencies"].as_array().unwrap() {
        assert!(known.contains(dependency["ref"].as_str().unwrap()));
        for to in dependency["dependsOn"].as_array().unwrap() {
            assert!(known.contains(to.as_str().unwrap()), "{to}");
        }
    }
    for component in bom["components"].as_array().unwrap() {
        refer(component, &mut |to| assert!(known.contains(to), "{to}"));
    }
}

fn refer(value: &Value, check: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    (
                        "ref" | "algorithmRef" | "signatureAlgorithmRef" | "subjectPublicKeyRef",
                        Value::String(to),
                    ) => {
                        check(to);
                    }
                    ("cryptoRefArray", Value::Array(list)) => {
                        list.iter().filter_map(Value::as_str).for_each(&mut *check);
                    }
                    _ => refer(value, check),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| refer(value, check)),
        _ => {}
    }
}

#[test]
fn the_serial_number_follows_from_the_content() {
    let demo = root().join("testdata/demo");
    let number = |tree: &Path, format: &str| list(tree, format)["serialNumber"].as_str().unwrap().to_owned();
    assert_eq!(number(&demo, "cyclonedx"), number(&demo, "cyclonedx"));
    assert_ne!(number(&demo, "cyclonedx"), number(&root().join("testdata/healthy"), "cyclonedx"));
    assert_ne!(number(&demo, "cyclonedx"), number(&demo, "cyclonedx-1.7"));
}
