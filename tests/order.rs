//! The same tree gives the same findings for any number of threads.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path};

use tlslint::{
    check::{self, Settings, Tree},
    x509::Time,
};

fn files(folder: &Path, under: &str, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{under}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &path, into);
        } else {
            into.push((path, fs::read(entry.path()).unwrap()));
        }
    }
}

#[test]
fn threads_change_nothing() {
    let mut all = Vec::new();
    // The broken server many times over, so that threads have something to race for.
    for copy in 0..20 {
        files(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/demo"),
            &format!("server-{copy:02}"),
            &mut all,
        );
    }
    let settings = Settings::at(Time::parse("2026-11-22").unwrap());
    let run = |threads: usize, files: Vec<(String, Vec<u8>)>| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| format!("{:?}", check::check(&Tree::in_memory(files), &settings).findings))
    };
    let one = run(1, all.clone());
    assert!(one.contains("cert/expired"), "the demo has findings to compare");
    for threads in [2, 7] {
        assert_eq!(run(threads, all.clone()), one, "{threads} threads");
    }
    let mut reversed = all;
    reversed.reverse();
    assert_eq!(run(2, reversed), one, "files given in another order");
}
