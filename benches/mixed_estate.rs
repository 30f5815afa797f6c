//! How long an estate takes of which one file of ten is ours, beside `rg -c BEGIN` over the same files, which is what
//! touching them costs: one thread and two, with all in memory and with nothing, as a plain folder and as a Git
//! repository; and how much memory. What is wrong with the estate on purpose must be found, and nothing else. Processes
//! run in turn; nothing passes or fails by a clock.
//!
//! `cargo bench --bench mixed_estate -- [--files 1000,10000,100000] [--keep FOLDER] [--turns N] [--binary PROGRAM]
//! [--only-make]` prints tables in Markdown, as they stand in docs/performance.md.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark prints and may stop, and its numbers are small"
)]

mod clock;
mod estate;
mod parts;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clock::{Contender, Costs, in_turn, in_turn_cold, machine, version};
use estate::Estate;

struct Wanted {
    files: Vec<usize>,
    folder: PathBuf,
    turns: usize,
    binary: PathBuf,
    only_make: bool,
}

fn wanted() -> Wanted {
    let mut wanted = Wanted {
        files: vec![1_000, 10_000],
        folder: Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned(),
        turns: 7,
        binary: PathBuf::from(env!("CARGO_BIN_EXE_tlslint")),
        only_make: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_else(|| panic!("a value is missing after {word}"));
        match &*word {
            "--files" => wanted.files = value().split(',').map(|it| it.parse().unwrap()).collect(),
            "--keep" => wanted.folder = PathBuf::from(value()),
            "--turns" => wanted.turns = value().parse().unwrap(),
            "--binary" => wanted.binary = PathBuf::from(value()),
            "--only-make" => wanted.only_make = true,
            // Cargo adds it.
            "--bench" => {}
            other => panic!("{other} is no option"),
        }
    }
    wanted
}

fn main() {
    let wanted = wanted();
    let estates: Vec<Estate> = wanted
        .files
        .iter()
        .map(|files| estate::mixed(&wanted.folder.join(format!("estate-{files}")), *files))
        .collect();
    for it in &estates {
        let megabytes = it.bytes as f64 / 1e6;
        eprintln!(
            "{}: {} files, {megabytes:.0} MB, {} faults",
            it.folder.display(),
            it.files,
            it.planted.len()
        );
    }
    if wanted.only_make {
        return;
    }
    let rg = version("rg", &["--version"]);
    println!(
        "{}, {}, {}.\n",
        machine(),
        clock::tlslint(&wanted.binary),
        rg.as_deref().unwrap_or("no ripgrep")
    );
    let empty = wanted.folder.join("estate-empty");
    fs::create_dir_all(&empty).unwrap();
    let (start, _) = measure(&wanted, &empty, false, 20);
    println!(
        "In an empty folder: tlslint {}, rg {}",
        seconds(start[0].least()),
        start.get(2).map_or_else(|| "–".to_owned(), |it| seconds(it.least()))
    );
    for repository in [false, true] {
        println!("\n{}\n", if repository { "As a Git repository:" } else { "As a plain folder:" });
        head();
        let mut sizes = Vec::new();
        for it in &estates {
            let _git = repository.then(|| Git::new(&it.folder));
            hold(&wanted, it, repository);
            let times = (10_000 / it.files).clamp(1, 10);
            let (costs, memory) = measure(&wanted, &it.folder, repository, times);
            let cold = in_turn_cold(&contenders(&wanted, &it.folder, repository), 3);
            line(it.files, &costs, cold.as_deref());
            sizes.push(Size {
                files: it.files,
                looked: count(&it.folder, repository).unwrap_or(it.files),
                megabytes: it.bytes as f64 / 1e6,
                least: [costs[0].least(), costs[0].least_cpu()],
                memory,
            });
        }
        println!();
        linear(&sizes, [start[0].least(), start[0].least_cpu()]);
    }
    if rg.is_none() {
        println!("\nskipped rg: it is not on the path");
    }
}

/// tlslint with one thread and two, and ripgrep likewise, so that both look at the same files. The last is ripgrep as
/// people run it: it leaves out what is hidden.
fn contenders(wanted: &Wanted, folder: &Path, repository: bool) -> Vec<Contender> {
    let ours = |threads: &str| {
        Contender::new(&format!("tlslint, {threads} threads"), &wanted.binary)
            .args(["check", "--isolated", "--as-of", "2026-11-22", "--exit-zero", "--threads", threads])
            .args([folder])
    };
    let mut all = vec![ours("1"), ours("2")];
    if version("rg", &["--version"]).is_some() {
        // 1: nothing was found, as in an empty folder.
        let rg = |threads: &str| {
            Contender::new(&format!("rg -c BEGIN, {threads} threads"), "rg")
                .fine(&[0, 1])
                .args(["-c", "BEGIN", "-j", threads])
        };
        for threads in ["1", "2"] {
            all.push(rg(threads).args(same_files(repository)).args([folder]));
        }
        all.push(rg("2").args([folder]));
    }
    all
}

/// With what ripgrep looks at what we look at.
fn same_files(repository: bool) -> Vec<&'static str> {
    let hidden = ["--hidden", "--glob", "!.git/"];
    if repository { hidden.to_vec() } else { [&hidden[..], &["--no-ignore"]].concat() }
}

fn measure(wanted: &Wanted, folder: &Path, repository: bool, times: usize) -> (Vec<Costs>, Vec<Option<f64>>) {
    let contenders = contenders(wanted, folder, repository);
    let costs = in_turn(&contenders, wanted.turns, times);
    (costs, contenders.iter().map(Contender::memory).collect())
}

/// How many files ripgrep looks at.
fn count(folder: &Path, repository: bool) -> Option<usize> {
    let output = Command::new("rg").arg("--files").args(same_files(repository)).arg(folder).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).lines().count())
}

/// The estate is a Git repository as long as this stands.
struct Git<'a>(&'a Path);

impl<'a> Git<'a> {
    fn new(folder: &'a Path) -> Self {
        let status = Command::new("git").args(["init", "-q"]).arg(folder).status();
        assert!(status.is_ok_and(|it| it.success()), "git cannot be run");
        Self(folder)
    }
}

impl Drop for Git<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.join(".git"));
    }
}

/// What is wrong with an estate on purpose is found, and nothing else.
fn hold(wanted: &Wanted, estate: &Estate, repository: bool) {
    let found = Contender::new("tlslint", &wanted.binary)
        .args(["check", "--isolated", "--as-of", "2026-11-22", "--exit-zero", "--format", "json", "."])
        .within(&estate.folder)
        .output();
    let report: serde_json::Value = serde_json::from_slice(&found).unwrap();
    let found: BTreeSet<(String, String)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let word = |it: &serde_json::Value| it.as_str().unwrap_or_default().to_owned();
            let primary = it["labels"].as_array().unwrap().iter().find(|it| it["primary"] == true);
            (word(&it["rule"]), primary.map_or_else(String::new, |it| word(&it["path"])))
        })
        .collect();
    // Git ignores keys: whether one fits cannot be seen there.
    let planted = estate.planted.iter().filter(|(rule, _)| !repository || !rule.starts_with("key/"));
    let planted: BTreeSet<(String, String)> = planted.cloned().collect();
    let missing: Vec<_> = planted.difference(&found).collect();
    let beyond: Vec<_> = found.difference(&planted).take(20).collect();
    assert!(missing.is_empty() && beyond.is_empty(), "not found: {missing:#?}\nfound beyond: {beyond:#?}");
}

fn seconds(time: f64) -> String {
    if time < 0.1 { format!("{:.1} ms", time * 1e3) } else { format!("{time:.2} s") }
}

fn head() {
    println!(
        "| files | | tlslint, 1 thread | rg, 1 thread | times | tlslint, 2 threads | rg, 2 threads | times | rg as it comes, 2 threads | 1 thread against 2 |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|");
}

fn line(files: usize, warm: &[Costs], cold: Option<&[Costs]>) {
    let row = |name: &str, how: &dyn Fn(&Costs) -> f64, costs: &[Costs]| {
        let at = |index: usize| costs.get(index).map(how);
        let time = |index: usize| at(index).map_or_else(|| "–".to_owned(), seconds);
        let ratio = |one: usize, other: usize| match (at(one), at(other)) {
            (Some(one), Some(other)) => format!("{:.2}", one / other),
            _ => "–".to_owned(),
        };
        println!(
            "| {files} | {name} | {} | {} | **{}** | {} | {} | **{}** | {} | {} |",
            time(0),
            time(2),
            ratio(0, 2),
            time(1),
            time(3),
            ratio(1, 3),
            time(4),
            ratio(0, 1),
        );
    };
    row("warm, median", &Costs::wall, warm);
    row("warm, least", &Costs::least, warm);
    row("warm, processors", &Costs::least_cpu, warm);
    match cold {
        Some(cold) => row("cold, median", &Costs::wall, cold),
        None => println!("| {files} | cold: not measured, that takes root on Linux | | | | | | | | |"),
    }
}

/// What was measured of an estate, for the second table.
struct Size {
    files: usize,
    looked: usize,
    megabytes: f64,
    /// Least time with one thread, and least of processors.
    least: [f64; 2],
    memory: Vec<Option<f64>>,
}

/// Time for each file, start-up left out, and memory.
fn linear(sizes: &[Size], start: [f64; 2]) {
    println!(
        "| files | looked at | MB | a file, 1 thread | against the first | processors a file | against the first | memory, 1 thread | 2 threads |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    );
    let each = |it: &Size, which: usize| (it.least[which] - start[which]) / it.looked as f64;
    for it in sizes {
        let [wall, cpu] =
            [0, 1].map(|which| (each(it, which) * 1e6, each(it, which) / each(&sizes[0], which)));
        let memory = |at: usize| it.memory[at].map_or_else(|| "–".to_owned(), |it| format!("{it:.0} MB"));
        println!(
            "| {} | {} | {:.0} | {:.1} µs | {:.2} | {:.1} µs | {:.2} | {} | {} |",
            it.files,
            it.looked,
            it.megabytes,
            wall.0,
            wall.1,
            cpu.0,
            cpu.1,
            memory(0),
            memory(1)
        );
    }
}
