//! No command opens a socket, seen from outside: a run under `strace` that reports every call about the network.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

#[test]
fn a_run_under_strace_opens_no_socket() {
    let place = TempDir::new().unwrap();
    let log = place.path().join("calls");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/demo");
    let traced = |program: &str, arguments: &[&str]| {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-e", "trace=network", "-o"]).arg(&log).arg(program).args(arguments);
        command.current_dir(&demo).env_remove("TLSLINT_PASSWORDS").output()
    };
    // Where nothing may be traced, as in some containers, `strace` says so with a status of its own.
    if !traced("true", &[]).is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no `strace` here, or it may not trace");
        return;
    }
    let page = place.path().join("page.html");
    let page = page.to_str().unwrap();
    // A copy, which edits may change.
    let copy = place.path().join("copy");
    fs::create_dir(&copy).unwrap();
    fs::write(
        copy.join("nginx.conf"),
        "events {}\nhttp { server { listen 443 ssl; ssl_protocols SSLv3; } }\n",
    )
    .unwrap();
    let copy = copy.to_str().unwrap();
    let runs: [&[&str]; 10] = [
        &["check", "."],
        &["check", "--format", "sarif", "--threads", "4", "-v", "."],
        &["inventory", "--format", "cyclonedx", "."],
        &["snapshot", "-o", "-", "."],
        &["graph", "--html", page, "."],
        &["explain", "cert/expired"],
        &["rules"],
        &["check", "--diff", "."],
        &["check", "--isolated", "--fix=unsafe", copy],
        // Standard input has ended, so the server goes as soon as it has come.
        &["lsp"],
    ];
    for arguments in runs {
        let output = traced(env!("CARGO_BIN_EXE_tlslint"), arguments).unwrap();
        let silent = ["--html", "--diff", "lsp"].iter().any(|it| arguments.contains(it));
        assert!(silent || output.status.code().is_some_and(|code| code < 2), "{arguments:?}: {output:?}");
        assert!(silent || !output.stdout.is_empty(), "{arguments:?} did its work");
        let calls = fs::read_to_string(&log).unwrap();
        let seen: Vec<&str> = calls.lines().filter(|line| line.contains('(')).collect();
        assert!(seen.is_empty(), "{arguments:?} speaks to the network: {seen:?}");
    }
    // The test can fail: a shell that asks for a connection is seen.
    if traced("bash", &["-c", "exec 3<>/dev/tcp/127.0.0.1/9"])
        .is_ok_and(|output| output.status.code() == Some(1))
    {
        let calls = fs::read_to_string(&log).unwrap();
        assert!(calls.contains("socket("), "{calls}");
    }
}
