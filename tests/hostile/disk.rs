//! What stands on disk and is no file, is no longer what it was, or may not be read.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tlslint::{
    check::{self, Contents, MAX_FILE, Tree},
    walk::{self, Names, Walked},
};

use super::{PATIENCE, in_time, rules, settings};

/// Runs the program in a folder and ends it where it does not come to an end by itself.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tlslint"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "TLSLINT_PASSWORDS"] {
        command.env_remove(name);
    }
    ended(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap(), arguments)
}

fn ended(mut child: Child, arguments: &[&str]) -> Output {
    // Pipes must be emptied while the program runs.
    let (mut out, mut error) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let stdout = thread::spawn(move || all(&mut out));
    let stderr = thread::spawn(move || all(&mut error));
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() };
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("`tlslint {}` does not come to an end", arguments.join(" "));
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn all(from: &mut dyn std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).unwrap();
    bytes
}

/// The three commands over a tree, each with a report and nothing that a person did not ask for.
fn all_commands(folder: &Path, paths: &[&str]) -> String {
    let mut said = String::new();
    for command in ["check", "inventory", "graph"] {
        let arguments: Vec<&str> = [command, "--isolated"].iter().chain(paths).copied().collect();
        let output = run(folder, &arguments);
        let code = output.status.code();
        assert!(code == Some(0) || (command == "check" && code == Some(1)), "{command}: {output:?}");
        said.push_str(&String::from_utf8(output.stdout).unwrap());
    }
    said
}

fn walked(folder: &Path) -> Walked {
    let names = Names::from_folder(folder).unwrap();
    let targets = walk::named(&[PathBuf::from(".")], &names).unwrap();
    walk::walk(&targets, &names, None)
}

fn index_of(tree: &Tree<'_>, path: &str) -> usize {
    tree.candidates.iter().position(|it| *it.path == *path).unwrap()
}

const BLOCK: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

#[test]
fn a_file_that_shrinks_grows_or_goes_while_it_is_read() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("a.pem");
    let read = |change: &dyn Fn()| {
        fs::write(&path, BLOCK.repeat(1_000)).unwrap();
        let tree = walked(place.path()).tree;
        (tree.read)(index_of(&tree, "a.pem"), &mut |_| {
            change();
            true
        })
    };
    let length = |length: u64| {
        let path = path.clone();
        move || File::options().write(true).open(&path).unwrap().set_len(length).unwrap()
    };
    for left in [0, 10, 1_024, 1_025, 2_000] {
        // What was read stays, and nothing is made up for what is gone.
        let read = read(&length(left)).unwrap();
        assert!(matches!(&read, Contents::Whole(bytes) if bytes.len() as u64 == left.max(1_024)), "{left}");
    }
    assert!(matches!(read(&length(MAX_FILE + 1)).unwrap(), Contents::TooLarge(_)));
    let gone = read(&|| fs::remove_file(&path).unwrap()).unwrap();
    assert!(matches!(gone, Contents::Whole(bytes) if bytes.len() == BLOCK.len() * 1_000));
}

#[test]
fn a_file_that_goes_before_it_is_read() {
    let place = TempDir::new().unwrap();
    fs::write(place.path().join("a.pem"), BLOCK).unwrap();
    fs::write(place.path().join("b.pem"), BLOCK).unwrap();
    let tree = walked(place.path()).tree;
    fs::remove_file(place.path().join("a.pem")).unwrap();
    fs::remove_file(place.path().join("b.pem")).unwrap();
    fs::create_dir(place.path().join("b.pem")).unwrap();
    let report = in_time(move || check::check(&tree, &settings()));
    assert_eq!(rules(&report), ["tlslint/unreadable", "tlslint/unreadable"]);
}

#[test]
fn sizes_that_are_not_true_change_nothing() {
    for size in [0, 1, u64::MAX] {
        let mut tree = Tree::in_memory(vec![("a.pem".to_owned(), BLOCK.repeat(100).into_bytes())]);
        tree.candidates[0].size = size;
        let report = in_time(move || check::check(&tree, &settings()));
        assert!(rules(&report).contains(&"pem/malformed"), "{:?}", rules(&report));
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::{
        fs::{PermissionsExt as _, symlink},
        net::UnixListener,
        process::CommandExt as _,
    };

    use super::*;

    fn fifo(at: &Path) -> bool {
        Command::new("mkfifo").arg(at).status().is_ok_and(|status| status.success())
    }

    #[test]
    fn links_in_circles() {
        let place = TempDir::new().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::create_dir_all(at("etc/nginx/conf.d")).unwrap();
        fs::write(
            at("etc/nginx/nginx.conf"),
            "events {}\nhttp { include conf.d/*.conf; include conf.d/*/*/*.conf; server { listen 443 ssl; ssl_certificate itself.pem; \
             ssl_certificate_key one.key; } }\n",
        )
        .unwrap();
        symlink("itself.pem", at("etc/nginx/itself.pem")).unwrap();
        symlink("two.key", at("etc/nginx/one.key")).unwrap();
        symlink("one.key", at("etc/nginx/two.key")).unwrap();
        symlink("..", at("etc/nginx/conf.d/up")).unwrap();
        symlink("../nginx.conf", at("etc/nginx/conf.d/main.conf")).unwrap();
        symlink(".", at("here")).unwrap();
        symlink("/", at("root")).unwrap();
        symlink("/dev/zero", at("zero.pem")).unwrap();
        symlink("/proc/self", at("self")).unwrap();
        for step in 0..60 {
            symlink(format!("chain{}", step + 1), at(&format!("chain{step}"))).unwrap();
        }
        fs::write(at("chain60"), BLOCK).unwrap();
        let said = all_commands(place.path(), &["."]);
        assert!(said.contains("nginx/include-cycle"), "the include of itself is told: {said}");
        let outside = said.lines().find(|line| line.contains("root/etc") || line.contains("self/"));
        assert!(outside.is_none(), "{outside:?}");
    }

    #[test]
    fn queues_sockets_and_devices_are_never_opened() {
        let place = TempDir::new().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::create_dir_all(at("etc/nginx")).unwrap();
        if !fifo(&at("etc/nginx/queue.pem")) {
            println!("skipped: there is no `mkfifo`");
            return;
        }
        assert!(fifo(&at("etc/nginx/include.conf")) && fifo(&at("etc/nginx/words")));
        let _socket = UnixListener::bind(at("etc/nginx/socket.key")).unwrap();
        symlink("queue.pem", at("etc/nginx/link.pem")).unwrap();
        symlink("/dev/zero", at("etc/nginx/zero.pem")).unwrap();
        fs::write(
            at("etc/nginx/nginx.conf"),
            "events {}\nhttp { include include.conf; ssl_password_file words; ssl_trusted_certificate zero.pem;\n\
             server { listen 443 ssl; ssl_certificate queue.pem; ssl_certificate_key socket.key; }\n\
             server { listen 444 ssl; ssl_certificate link.pem; ssl_certificate_key socket.key; } }\n",
        )
        .unwrap();
        all_commands(place.path(), &["."]);
        all_commands(place.path(), &["etc/nginx/queue.pem"]);
        all_commands(place.path(), &["etc/nginx/link.pem", "etc/nginx/nginx.conf"]);
        // A configuration that is a queue is asked for by somebody; one that is only found is not read.
        assert!(fifo(&at("tlslint.toml")));
        let output = run(place.path(), &["check", "."]);
        assert!(output.status.code().is_some());
    }

    #[test]
    fn a_file_that_becomes_a_queue_before_it_is_read() {
        let place = TempDir::new().unwrap();
        let path = place.path().join("a.pem");
        fs::write(&path, BLOCK).unwrap();
        let tree = walked(place.path()).tree;
        fs::remove_file(&path).unwrap();
        if !fifo(&path) {
            println!("skipped: there is no `mkfifo`");
            return;
        }
        let report = in_time(move || check::check(&tree, &settings()));
        assert_eq!(rules(&report), ["tlslint/unreadable"]);
    }

    #[test]
    fn what_may_not_be_read_is_told() {
        let place = TempDir::new().unwrap();
        let at = |name: &str| place.path().join(name);
        let set = |name: &str, mode| fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
        fs::create_dir_all(at("closed/inner")).unwrap();
        fs::write(at("closed/inner/a.pem"), BLOCK).unwrap();
        fs::write(at("closed.pem"), BLOCK).unwrap();
        fs::write(at("open.pem"), BLOCK).unwrap();
        set("", 0o755);
        set("closed", 0o000);
        set("closed.pem", 0o000);
        let mut command = Command::new(env!("CARGO_BIN_EXE_tlslint"));
        command.args(["check", "--isolated", "--format", "short", "."]).current_dir(place.path());
        if fs::read_dir(at("closed")).is_ok() {
            // The superuser may read everything; nobody may not.
            command.uid(65_534).gid(65_534);
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let output = child.map(|child| ended(child, &["check"]));
        set("closed", 0o755);
        let Ok(output) = output else {
            println!("skipped: the program cannot be run as another user");
            return;
        };
        let said = String::from_utf8(output.stdout).unwrap();
        for path in ["closed", "closed.pem"] {
            let told = said
                .lines()
                .any(|line| line.starts_with(&format!("{path}:")) && line.contains("tlslint/unreadable"));
            assert!(told, "`{path}` is told: {said}");
        }
        assert!(said.contains("open.pem:"), "what may be read is read: {said}");
    }
}
