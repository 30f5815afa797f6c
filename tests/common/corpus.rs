//! Where real files lie that belong to others: beside the repository (`../shared/corpus`) or where `TLSLINT_CORPUS` says.
//! A test that needs them says so where they are absent, and skips.

use std::path::{Path, PathBuf};

/// A part of the corpus.
#[allow(clippy::print_stdout, reason = "a test says what it skips")]
pub(crate) fn folder(part: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let corpus =
        if beside.is_dir() { Some(beside) } else { std::env::var_os("TLSLINT_CORPUS").map(PathBuf::from) };
    let folder = corpus.map(|corpus| corpus.join(part)).filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("skipped: no {part} at ../shared/corpus, and TLSLINT_CORPUS names none");
    }
    folder
}
