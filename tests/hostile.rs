//! Files that somebody made to hurt: every format nested and repeated beyond reason, certificates and stores that ask
//! for endless work, links and devices on disk, names that try to act. Nothing here may panic, overflow a stack or
//! hang; what lies behind a limit is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{sync::mpsc, thread, time::Duration};

use tlslint::{
    check::{self, Report, Settings, Tree},
    x509::Time,
};

#[path = "hostile/aliases.rs"]
mod aliases;
#[path = "hostile/circles.rs"]
mod circles;
#[path = "hostile/der.rs"]
mod der;
#[path = "hostile/disk.rs"]
mod disk;
#[path = "hostile/material.rs"]
mod material;
#[path = "hostile/nesting.rs"]
mod nesting;
#[path = "hostile/terminal.rs"]
mod terminal;
#[path = "hostile/volume.rs"]
mod volume;

/// Work that takes longer than this hangs, on the slowest of machines.
const PATIENCE: Duration = Duration::from_secs(300);

/// Does the work and fails when it does not come to an end.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        // Nobody listens any more where the test has failed.
        let _ = sender.send(work());
    });
    match receiver.recv_timeout(PATIENCE) {
        Ok(done) => done,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it does not come to an end"),
        Err(mpsc::RecvTimeoutError::Disconnected) => match worker.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => unreachable!("it ends by sending or by a panic"),
        },
    }
}

fn settings() -> Settings {
    let mut settings = Settings::at(Time::parse("2026-11-22").unwrap());
    settings.passwords = vec![("**".to_owned(), check::Secret::new(b"changeit".to_vec()))];
    settings
}

/// Checks a tree in memory, in time.
fn checked(files: Vec<(&str, Vec<u8>)>) -> Report {
    let files = files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes)).collect();
    in_time(move || check::check(&Tree::in_memory(files), &settings()))
}

/// The paths of files that passed a limit.
fn over_limit(report: &Report) -> Vec<&str> {
    let found = report.findings.iter().filter(|it| it.rule == "tlslint/over-limit");
    found.map(|it| &*report.sources[it.primary.at.file.0 as usize].path).collect()
}

/// Checks that each file was recognised, read as far as a limit, and that this is told of each.
fn all_over_limit(files: Vec<(&str, Vec<u8>)>) {
    for (path, bytes) in files {
        let report = checked(vec![(path, bytes)]);
        assert_eq!(report.counts.files, 1, "{path} is recognised");
        assert_eq!(over_limit(&report), [path], "{:?}", rules(&report));
    }
}

/// Checks that each file is recognised and read to an end without any limit.
fn all_read(files: Vec<(&str, Vec<u8>)>) {
    for (path, bytes) in files {
        let report = checked(vec![(path, bytes)]);
        assert_eq!(report.counts.files, 1, "{path} is recognised");
        few(&report, 2_000);
    }
}

/// No flood of findings: nobody reads a million.
fn few(report: &Report, most: usize) {
    assert!(
        report.findings.len() <= most,
        "{} findings, such as {:?}",
        report.findings.len(),
        report.findings.last()
    );
}

/// The rules that spoke.
fn rules(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|it| it.rule).collect()
}
