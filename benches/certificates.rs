//! How many certificates are read and judged a second, by one thread and without a disk: a folder of certificates in
//! memory, through everything. Where `openssl` is on the path, `openssl x509 -noout -checkend 0` looks at a sample of the same
//! files in the same run, one process a file, as scripts do. Nothing passes or fails by a clock.
//!
//! `cargo bench --bench certificates` (10,000 certificates), or with another number as argument.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark prints and may stop, and its numbers are small"
)]

mod parts;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use parts::{authority, leaf, median};
use tlslint::{
    check::{self, Settings, Tree},
    x509::Time,
};

/// Certificates that `openssl` is asked about.
const SAMPLE: usize = 100;

/// What zlint 2026-08 and pkilint manage on such certificates, all in one process, where this was first measured.
const OTHERS: [(&str, f64); 2] = [("zlint", 387.0), ("pkilint", 48.0)];

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(10_000_usize);
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    let (issuing, issuer) = authority();
    let make = |number: usize| {
        let (certificate, _) = leaf(&format!("host-{number:06}.example.com"), &issuer, number, &[]);
        (format!("certs/host-{number:06}.pem"), certificate.into_bytes())
    };
    let mut files: Vec<(String, Vec<u8>)> = (0..count).map(make).collect();
    files.push(("certs/issuing.pem".to_owned(), issuing.into_bytes()));
    let settings = Settings::at(Time::parse("2026-11-22").unwrap());
    let took = median(5, || {
        let tree = Tree::in_memory(files.clone());
        let began = Instant::now();
        let report = check::check(&tree, &settings);
        let took = began.elapsed();
        assert_eq!(report.counts.certificates, count + 1);
        took
    });
    let rate = count as f64 / took.as_secs_f64();
    println!(
        "{count} certificates: {:.3} s, {rate:.0} a second and core, read and judged",
        took.as_secs_f64()
    );
    for (name, theirs) in OTHERS {
        println!("    {:.0} times {name} ({theirs} a second, measured elsewhere)", rate / theirs);
    }
    let Some(each) = openssl(&files) else {
        println!("skipped openssl: it is not on the path");
        return;
    };
    let theirs = 1.0 / each.as_secs_f64();
    println!(
        "openssl x509 -checkend: {theirs:.0} a second (one process a file, of {SAMPLE}), tlslint {:.0} times as many",
        rate / theirs
    );
}

/// How long `openssl` takes for one of the first files, on average.
fn openssl(files: &[(String, Vec<u8>)]) -> Option<Duration> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("certificates");
    fs::create_dir_all(&folder).unwrap();
    let sample: Vec<_> = files.iter().take(SAMPLE).enumerate().collect();
    let path = |number: usize| folder.join(format!("{number}.pem"));
    for (number, (_, bytes)) in &sample {
        fs::write(path(*number), bytes).unwrap();
    }
    let began = Instant::now();
    for (number, _) in &sample {
        let mut command = Command::new("openssl");
        command.args(["x509", "-noout", "-checkend", "0", "-in"]).arg(path(*number));
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    }
    Some(began.elapsed() / sample.len() as u32)
}
