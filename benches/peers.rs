//! What others need for the parts of an estate that they know, beside tlslint over the same files in the same run:
//! `nginx -t`, gixy, gixy-ng and crossplane for sites of nginx, apigeelint for proxies of Apigee, `openssl verify` for
//! chains. They do other things than tlslint, so the times say what a run costs, not who is better. Each runs for one
//! of a kind and for many: the difference is what it costs without its start.
//!
//! `benches/peers.sh FOLDER` installs the others and runs this. Alone: `cargo bench --bench peers -- [--tools FOLDER]
//! [--many 1000] [--proxies 20] [--keep FOLDER] [--turns N] [--binary PROGRAM]`; whoever is not there is left out.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark prints and may stop, and its numbers are small"
)]

mod clock;
mod estate;
mod parts;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clock::{Contender, in_turn, machine, version};

struct Wanted {
    many: usize,
    proxies: usize,
    folder: PathBuf,
    turns: usize,
    binary: PathBuf,
    tools: Option<PathBuf>,
}

fn wanted() -> Wanted {
    let mut wanted = Wanted {
        many: 1_000,
        proxies: 20,
        folder: Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned(),
        turns: 3,
        binary: PathBuf::from(env!("CARGO_BIN_EXE_tlslint")),
        tools: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_else(|| panic!("a value is missing after {word}"));
        match &*word {
            "--many" => wanted.many = value().parse().unwrap(),
            "--proxies" => wanted.proxies = value().parse().unwrap(),
            "--keep" => wanted.folder = PathBuf::from(value()),
            "--turns" => wanted.turns = value().parse().unwrap(),
            "--binary" => wanted.binary = PathBuf::from(value()),
            "--tools" => wanted.tools = Some(PathBuf::from(value())),
            // Cargo adds it.
            "--bench" => {}
            other => panic!("{other} is no option"),
        }
    }
    wanted
}

/// Somebody who takes part: who it is, what it does, and how it is run in a folder.
struct Peer {
    name: String,
    does: &'static str,
    run: Box<dyn Fn(&Path) -> Contender>,
}

fn main() {
    let wanted = wanted();
    println!("{}, {}.\n", machine(), clock::tlslint(&wanted.binary));
    let many = wanted.many;
    let sites = |count: usize| {
        estate::sites(&wanted.folder.join(format!("sites-{count}")), count).folder.join("nginx")
    };
    compare(&wanted, ("site", "sites"), many, nginx(&wanted), &sites);
    let chains =
        |count: usize| estate::chains(&wanted.folder.join(format!("shown-chains-{count}")), count).folder;
    compare(&wanted, ("chain", "chains"), many, chain_verifiers(&wanted), &chains);
    let proxies =
        |count: usize| estate::proxies(&wanted.folder.join(format!("proxies-{count}")), count).folder;
    compare(&wanted, ("proxy", "proxies"), wanted.proxies, apigee(&wanted), &proxies);
}

/// One of a kind, many of it, and what each runs at.
fn compare(
    wanted: &Wanted,
    (one, several): (&str, &str),
    many: usize,
    others: Vec<Peer>,
    make: &dyn Fn(usize) -> PathBuf,
) {
    let mut peers = vec![tlslint(wanted, "1", "1 thread"), tlslint(wanted, "2", "2 threads")];
    peers.extend(others);
    let mut sizes = Vec::new();
    for count in [1, many] {
        let folder = make(count);
        healthy(wanted, &folder);
        let contenders: Vec<Contender> = peers.iter().map(|it| (it.run)(&folder)).collect();
        sizes.push(in_turn(&contenders, wanted.turns, if count == 1 { 5 } else { 1 }));
    }
    println!(
        "| | what it does | 1 {one} | {many} {several} | times tlslint | without start-up | processors | times tlslint |\n|---|---|---:|---:|---:|---:|---:|---:|"
    );
    // By the least of many, and against tlslint with one thread: all the others have one.
    let more = |index: usize| sizes[1][index].least() - sizes[0][index].least();
    for (index, peer) in peers.iter().enumerate() {
        let [few, all] = [0, 1].map(|size: usize| &sizes[size][index]);
        println!(
            "| {} | {} | {:.1} ms | {:.0} ms | **{:.1}** | {:.1} | {:.0} ms | **{:.1}** |",
            peer.name,
            peer.does,
            few.least() * 1e3,
            all.least() * 1e3,
            all.least() / sizes[1][0].least(),
            more(index) / more(0),
            all.least_cpu() * 1e3,
            all.least_cpu() / sizes[1][0].least_cpu(),
        );
    }
    println!();
}

fn tlslint(wanted: &Wanted, threads: &'static str, name: &str) -> Peer {
    let does = "reads all files, links and judges them";
    let binary = wanted.binary.clone();
    Peer {
        name: format!("tlslint, {name}"),
        does,
        run: Box::new(move |folder| {
            Contender::new("tlslint", &binary)
                .args(["check", "--isolated", "--as-of", "2026-11-22", "--threads", threads, "."])
                .within(folder)
        }),
    }
}

/// All that is compared here is as it should be: whoever finds a fault in it is wrong, and whoever reads nothing as well.
fn healthy(wanted: &Wanted, folder: &Path) {
    let run = Contender::new("tlslint", &wanted.binary);
    let said = run
        .args(["check", "--isolated", "--as-of", "2026-11-22", "--format", "json", "."])
        .within(folder)
        .output();
    let report: serde_json::Value = serde_json::from_slice(&said).unwrap();
    assert_eq!(report["findings"], serde_json::json!([]), "in {}", folder.display());
    assert!(report["counts"]["certificates"].as_u64() > Some(0), "nothing was read in {}", folder.display());
}

fn nginx(wanted: &Wanted) -> Vec<Peer> {
    let mut peers = Vec::new();
    if let Some(name) = version("nginx", &["-v"]) {
        peers.push(Peer {
            name: format!("`nginx -t` ({})", name.trim_start_matches("nginx version: ")),
            does: "parses all, loads every certificate and key",
            run: Box::new(|folder| {
                Contender::new("nginx -t", "nginx").args(["-t", "-c", "nginx.conf", "-p"]).args([folder])
            }),
        });
    } else {
        println!("skipped nginx: it is not on the path");
    }
    let python = [
        ("gixy", "gixy/bin/gixy", "parses all, looks for mistakes of security; opens no certificate"),
        ("gixy-ng", "gixy-ng/bin/gixy", "the same, with more checks"),
        ("crossplane", "crossplane/bin/crossplane", "parses all and prints it as JSON; judges nothing"),
    ];
    for (name, path, does) in python {
        let Some((program, said)) = tool(wanted, path) else {
            println!("skipped {name}: it is not below --tools");
            continue;
        };
        let arguments = if name == "crossplane" { vec!["parse", "nginx.conf"] } else { vec!["nginx.conf"] };
        let number = said.rsplit([' ', 'v']).next().unwrap_or_default().to_owned();
        peers.push(Peer {
            name: format!("{name} {number}"),
            does,
            // 1: it found something.
            run: Box::new(move |folder| {
                Contender::new(name, &program).args(arguments.clone()).within(folder).fine(&[0, 1])
            }),
        });
    }
    peers
}

fn chain_verifiers(_: &Wanted) -> Vec<Peer> {
    let Some(name) = version("openssl", &["version"]) else {
        println!("skipped openssl: it is not on the path");
        return Vec::new();
    };
    let name: Vec<&str> = name.split(' ').take(2).collect();
    let (name, each) = (
        name.join(" "),
        "for it in chains/*.pem; do openssl verify -CAfile root.pem -untrusted \"$it\" \"$it\" || exit 1; done",
    );
    let once = "openssl verify -CAfile root.pem -untrusted intermediate.pem chains/*.pem";
    let peer = |how: &str, does, script: &'static str| Peer {
        name: format!("`openssl verify` ({name}), {how}"),
        does,
        run: Box::new(move |folder| {
            Contender::new("openssl verify", "sh").args(["-c", script]).within(folder)
        }),
    };
    vec![
        peer("a process a chain", "verifies one leaf by the bundle it stands in", each),
        peer("one process", "verifies all leaves by one intermediate given to it", once),
    ]
}

fn apigee(wanted: &Wanted) -> Vec<Peer> {
    let Some((program, number)) = tool(wanted, "node_modules/.bin/apigeelint") else {
        println!("skipped apigeelint: it is not below --tools");
        return Vec::new();
    };
    let program = program.display().to_string();
    vec![Peer {
        name: format!("apigeelint {number}, a process a proxy"),
        does: "looks at the policies and flows of one proxy; knows no stores",
        // It says by its exit code that it has something to say.
        run: Box::new(move |folder| {
            let script = "for it in organizations/acme/apis/*/apiproxy; do \"$0\" -s \"$it\" -f json.js >/dev/null; [ $? -le 1 ] || exit 2; done";
            Contender::new("apigeelint", "sh").args(["-c", script, &program]).within(folder)
        }),
    }]
}

/// A program below the folder of tools, and what it says about its version.
fn tool(wanted: &Wanted, path: &str) -> Option<(PathBuf, String)> {
    let program = fs::canonicalize(wanted.tools.as_ref()?.join(path)).ok()?;
    let said = version(&program, &["--version"])?;
    Some((wanted.tools.as_ref()?.join(path), said))
}
