//! The targets of `fuzz/` without a fuzzer: all seeds, what fuzzers once found, and what a deterministic mutator makes
//! of the seeds. `FUZZ_SEEDS=fuzz/corpus cargo test --test fuzz seeds_are_written` writes the seeds for the fuzzer,
//! `FUZZ_ROUNDS=100000 cargo test --test fuzz` goes on for longer.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeMap,
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

#[path = "common/cards.rs"]
mod cards;
#[path = "common/estate.rs"]
#[allow(dead_code, reason = "here only the files of examples are wanted")]
mod estate;
#[path = "../fuzz/exercise.rs"]
#[allow(dead_code, reason = "some of it is for other tests")]
mod exercise;
#[path = "../rules/format.rs"]
#[allow(dead_code, reason = "here only the files of examples are wanted")]
mod format;
#[path = "common/layers.rs"]
mod layers;
#[path = "common/mutate.rs"]
mod mutate;

/// A name, what it runs, and how many mutants of a seed it gets here.
type Target = (&'static str, fn(&[u8]), usize);

const TARGETS: [Target; 3] = [
    ("pipeline", exercise::pipeline, 400),
    ("certificates", exercise::certificates, 20_000),
    ("readers", exercise::readers, 1_500),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, sorted.
fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            files(&entry, into);
        } else {
            into.push(entry);
        }
    }
}

/// Inputs of each target, each once.
fn seeds() -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let (mut pipeline, mut certificates, mut readers) = (Vec::new(), Vec::new(), Vec::new());
    for card in cards::all() {
        for example in &card.examples {
            let tree: Vec<(String, Vec<u8>)> = example
                .files()
                .iter()
                .map(|(path, body)| (path.clone(), estate::bytes(body).unwrap()))
                .collect();
            for (path, bytes) in &tree {
                readers.push([path.as_bytes(), b"\n", bytes].concat());
            }
            let files = tree.iter().map(|(path, bytes)| (&**path, &**bytes));
            match &example.config {
                Some(config) => {
                    readers.push([b"tlslint.toml\n", config.as_bytes()].concat());
                    pipeline.push(exercise::pack(files.chain([("tlslint.toml", config.as_bytes())])));
                }
                None => pipeline.push(exercise::pack(files)),
            }
        }
    }
    for (path, bytes) in layers::captures() {
        readers.push([path.as_bytes(), b"\n", &bytes].concat());
        pipeline.push(exercise::pack([(&*path, &*bytes)]));
    }
    let settings = include_str!("../src/cli/about/tlslint.toml").replace("#: ", "");
    let baseline =
        r#"{"tlslint-baseline":1,"findings":[{"path":"a.pem","rule":"cert/expired","fingerprint":"0123"}]}"#;
    readers.push([b"tlslint.toml\n", settings.as_bytes()].concat());
    readers.push([b"baseline.json\n", baseline.as_bytes()].concat());
    let mut all = Vec::new();
    files(&root().join("testdata"), &mut all);
    for file in all {
        let path = file.strip_prefix(root().join("testdata")).unwrap().to_string_lossy().replace('\\', "/");
        let bytes = fs::read(&file).unwrap();
        // The schemas are texts of others, and a long seed makes a slow fuzzer.
        if bytes.len() > 12_000 || path.starts_with("schemas/") || path.starts_with("fuzz/") {
            continue;
        }
        for block in tlslint::syntax::pem::scan(&String::from_utf8_lossy(&bytes)).blocks {
            certificates.extend(block.der);
        }
        readers.push([path.as_bytes(), b"\n", &bytes].concat());
        if std::str::from_utf8(&bytes).is_err() {
            certificates.push(bytes);
        }
    }
    let mut seeds =
        BTreeMap::from([("pipeline", pipeline), ("certificates", certificates), ("readers", readers)]);
    for list in seeds.values_mut() {
        list.sort();
        list.dedup();
    }
    seeds
}

/// Runs a target on an input and says which input it was that broke it.
fn run(target: &str, exercise: fn(&[u8]), input: &[u8], from: &str) {
    if catch_unwind(AssertUnwindSafe(|| exercise(input))).is_err() {
        let file = env::temp_dir().join(format!("tlslint-{target}-{}", name(input)));
        fs::write(&file, input).unwrap();
        panic!("{target} fails on {from}; the input is kept in {}", file.display());
    }
}

fn name(input: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(input))[..16].to_owned()
}

#[test]
fn what_fuzzers_found_stays_mended() {
    for (target, exercise, _) in TARGETS {
        let folder = root().join("testdata/fuzz").join(target);
        let mut found = Vec::new();
        if folder.is_dir() {
            files(&folder, &mut found);
        }
        for file in found {
            run(target, exercise, &fs::read(&file).unwrap(), &file.display().to_string());
        }
    }
}

fn seeds_and_mutants(target: &str) {
    let (_, exercise, rounds) = *TARGETS.iter().find(|it| it.0 == target).unwrap();
    let rounds = env::var("FUZZ_ROUNDS").map_or(rounds, |rounds| rounds.parse().unwrap());
    let seeds = &seeds()[target];
    assert!(seeds.len() > 100, "{target} has {} seeds", seeds.len());
    // The examples of all cards go through the pipeline in `tests/cards.rs`.
    for (index, seed) in seeds.iter().enumerate().filter(|(index, _)| target != "pipeline" || index % 8 == 0)
    {
        run(target, exercise, seed, &format!("seed {index}"));
    }
    let mut mutator = mutate::Mutator::new(0x7157);
    for round in 0..rounds {
        let input = mutator.mutant(seeds);
        run(target, exercise, &input, &format!("mutant {round}"));
    }
}

#[test]
fn pipeline() {
    seeds_and_mutants("pipeline");
}

#[test]
fn certificates() {
    seeds_and_mutants("certificates");
}

#[test]
fn readers() {
    seeds_and_mutants("readers");
}

#[test]
fn seeds_are_written() {
    let Ok(folder) = env::var("FUZZ_SEEDS") else { return };
    for (target, seeds) in seeds() {
        let folder = root().join(&folder).join(target);
        fs::create_dir_all(&folder).unwrap();
        for seed in &seeds {
            fs::write(folder.join(name(seed)), seed).unwrap();
        }
        println!("{}: {} seeds", folder.display(), seeds.len());
    }
}

#[test]
fn captures_are_read_through_their_wrappings() {
    use tlslint::syntax::capture::{self, Content};
    let host = b"layers.example.com";
    let named = |it: &Content| matches!(it, Content::ClientHello(hello) if hello.server_name.as_deref() == Some(host));
    for (name, bytes) in layers::captures() {
        let reading = capture::read(&bytes);
        let seen = reading.connections.iter().flat_map(|it| &it.messages).any(|it| named(&it.content));
        // Tunnels, more tags than switches write, and headers in an order that no host takes are passed over.
        let passed_over = ["ip-in", "ipv6-in", "unknown", "tags-4", "tags-60", "headers-4", "headers-60"];
        assert_eq!(seen, !passed_over.iter().any(|it| name.starts_with(it)), "{name}");
    }
}

#[test]
fn a_packed_tree_comes_back() {
    let tree = [("a/b.conf", &b"x\n"[..]), ("c", b""), ("d.pem", b"no line feed")];
    let packed = exercise::pack(tree);
    let back = exercise::unpack(&packed);
    assert_eq!(back, tree.map(|(path, bytes)| (path.to_owned(), bytes.to_vec())));
}
