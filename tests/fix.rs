//! `--fix` and `--diff` from outside: what is changed, what is never touched, and that a second run has nothing to do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use format::{Body, Card};
use tempfile::TempDir;

#[path = "common/cards.rs"]
mod cards;
#[path = "common/copy.rs"]
mod copy;
#[path = "../rules/format.rs"]
#[allow(dead_code, reason = "these tests take the trees of the examples and nothing else")]
mod format;

const CONF: &str = "events {}\nhttp {\n    server {\n        listen 443 ssl;\n        server_name www.example.com;\n        \
                    ssl_certificate www.pem;\n        ssl_certificate_key www.key;\n        \
                    ssl_protocols TLSv1.1 TLSv1.2;\n    }\n}\n";

/// A folder of its own for runs of the program.
struct Place {
    folder: TempDir,
}

/// Exit status, standard output, standard error.
type Ran = (i32, String, String);

impl Place {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A server of nginx with a chain of `testdata/pki`.
    fn site(chain: &str) -> Self {
        let place = Self::new();
        place.write("nginx.conf", CONF.as_bytes());
        place.write("www.pem", &pki(chain));
        place.write("www.key", &pki("server.key"));
        place
    }

    fn root(&self) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, b"")
    }

    fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tlslint"));
        command.args(["--as-of", "2026-11-22", "--format", "short"]).args(arguments);
        command.current_dir(self.root()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "TLSLINT_PASSWORDS"] {
            command.env_remove(name);
        }
        let mut child = command.spawn().unwrap();
        // A run that asks for no input may have ended already.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// Every file with its bytes.
    fn all(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = BTreeMap::new();
        let mut folders = vec![self.root()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.is_file() {
                    all.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        all
    }
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn pki(name: &str) -> Vec<u8> {
    fs::read(testdata().join("pki").join(name)).unwrap()
}

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    String::from_utf8(bytes.to_vec()).unwrap().replace('\n', "\r\n").into_bytes()
}

#[test]
fn safe_edits_are_done_and_the_others_are_asked_for() {
    let place = Place::site("server-reversed.pem");
    let (status, out, error) = place.run(&["--fix"]);
    assert_eq!(place.read("www.pem"), pki("server-fullchain.pem"));
    assert_eq!(place.read("nginx.conf"), CONF.as_bytes());
    assert_eq!(error, "fixed 1 finding in 1 file; 1 more with `--fix=unsafe`\n");
    // What is left is a warning, so the run is clean.
    assert!(status == 0 && !out.contains("chain/order") && out.contains("tls/weak-protocol"), "{out}");

    let (status, out, error) = place.run(&["--fix=unsafe"]);
    assert_eq!((status, error.as_str()), (0, "fixed 1 finding in 1 file\n"), "{out}");
    assert_eq!(place.read("nginx.conf"), CONF.replace("TLSv1.1 ", "").as_bytes());

    let before = place.all();
    let (status, _, error) = place.run(&["--fix=unsafe"]);
    assert_eq!((status, error.as_str()), (0, "nothing to fix\n"));
    assert_eq!(before, place.all());
}

#[test]
fn findings_that_wait_for_each_other_take_several_passes() {
    let place = Place::site("server-reversed.pem");
    let reversed = String::from_utf8(pki("server-reversed.pem")).unwrap();
    // The blocks are unreadable until they stand on lines of their own, and only then in the wrong order.
    place.write(
        "www.pem",
        reversed.replace("-----END CERTIFICATE-----\n-", "-----END CERTIFICATE------").as_bytes(),
    );
    let (status, out, error) = place.run(&["--fix", "--select", "pem,chain"]);
    assert_eq!((status, error.as_str()), (0, "fixed 2 findings in 1 file\n"), "{out}");
    assert_eq!(place.read("www.pem"), pki("server-fullchain.pem"));
}

#[test]
fn a_difference_shows_what_a_fix_does_and_patch_reads_it() {
    let place = Place::site("server-reversed.pem");
    place.write("nginx.conf", &with_crlf(CONF.as_bytes()));
    let before = place.all();
    let (status, diff, error) = place.run(&["--fix=unsafe", "--diff"]);
    assert_eq!((status, error.as_str()), (1, "2 findings in 2 files would be fixed\n"));
    assert!(diff.starts_with("--- nginx.conf\n+++ nginx.conf\n@@ "), "{diff}");
    assert_eq!(place.all(), before);
    let safe = place.run(&["--diff"]);
    assert!(safe.0 == 1 && !safe.1.contains("nginx.conf") && safe.1.contains("--- www.pem"), "{}", safe.1);

    let fixed = Place::site("server-reversed.pem");
    fixed.write("nginx.conf", &with_crlf(CONF.as_bytes()));
    fixed.run(&["--fix=unsafe"]);
    for tool in [&["patch", "--binary", "-p0", "-i", "../d"][..], &["git", "apply", "-p0", "../d"]] {
        let place = Place::new();
        for (path, bytes) in &before {
            place.write(&format!("t/{}", path.file_name().unwrap().to_str().unwrap()), bytes);
        }
        place.write("d", diff.as_bytes());
        let ran = Command::new(tool[0]).args(&tool[1..]).current_dir(place.path("t")).output();
        let Ok(ran) = ran else {
            println!("skipped: there is no `{}`", tool[0]);
            continue;
        };
        assert!(ran.status.success(), "{tool:?}: {}", String::from_utf8_lossy(&ran.stderr));
        for name in ["nginx.conf", "www.pem"] {
            assert_eq!(place.read(&format!("t/{name}")), fixed.read(name), "{tool:?}");
        }
    }
    let (status, diff, error) = fixed.run(&["--fix=unsafe", "--diff"]);
    assert_eq!((status, diff.as_str(), error.as_str()), (0, "", "nothing to fix\n"));
}

#[test]
fn line_ends_marks_and_encodings_are_kept() {
    let place = Place::site("server-glued.pem");
    place.write("www.pem", &with_crlf(&pki("server-glued.pem")));
    let conf = CONF.replace("www.example.com;", "www.example.com; # B\u{e4}cker");
    let latin: Vec<u8> = conf.chars().map(|c| c as u32 as u8).collect();
    place.write("nginx.conf", &with_crlf_bytes(&latin));
    place.run(&["--fix=unsafe"]);
    assert_eq!(place.read("www.pem"), with_crlf(&pki("server-fullchain.pem")));
    let kept: Vec<u8> = conf.replace("TLSv1.1 ", "").chars().map(|c| c as u32 as u8).collect();
    assert_eq!(place.read("nginx.conf"), with_crlf_bytes(&kept));

    let place = Place::new();
    let wide = |text: &str| -> Vec<u8> {
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let json = |end: &str| {
        format!(
            "[\r\n  {{ \"name\": \"a\", \"refers\": \"b\", \"resourceType\": \"KeyStore\" }}{end}\r\n]\r\n"
        )
    };
    place.write("resources/edge/env/prod/references.json", &wide(&json(",")));
    let (_, out, error) = place.run(&["--fix", "--select", "tlslint/lax-json"]);
    assert_eq!(error, "fixed 1 finding in 1 file\n", "{out}");
    assert_eq!(place.read("resources/edge/env/prod/references.json"), wide(&json("")));
}

fn with_crlf_bytes(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect()
}

#[test]
fn files_with_keys_are_never_touched() {
    let place = Place::site("server-reversed.pem");
    let both = [pki("server-reversed.pem"), pki("server.key")].concat();
    place.write("www.pem", &both);
    place.write("nginx.conf", CONF.replace("www.key", "www.pem").as_bytes());
    let (status, _, error) = place.run(&["--fix=unsafe", "--select", "chain/order"]);
    assert_eq!(
        (status, error.as_str()),
        (1, "nothing to fix; 1 left because `www.pem` holds a private key\n")
    );
    assert_eq!(place.read("www.pem"), both);
}

#[cfg(unix)]
#[test]
fn modes_stay_and_what_is_locked_stays() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let place = Place::site("server-reversed.pem");
    set(&place.path("www.pem"), 0o640);
    place.run(&["--fix"]);
    assert_eq!(mode(&place.path("www.pem")), 0o640);
    assert_eq!(place.read("www.pem"), pki("server-fullchain.pem"));

    let refused = |prepare: &dyn Fn(&Place), why: &str| {
        let place = Place::site("server-reversed.pem");
        prepare(&place);
        let (status, out, error) = place.run(&["--fix", "."]);
        assert!(
            error.starts_with(&format!("nothing to fix; 1 left because `www.pem` {why}")),
            "{error}{out}"
        );
        assert_eq!(status, 1);
        assert_eq!(place.read("www.pem"), pki("server-reversed.pem"));
    };
    refused(&|place| set(&place.path("www.pem"), 0o444), "is read-only");
    refused(&|place| fs::hard_link(place.path("www.pem"), place.path("x")).unwrap(), "has other names");

    // A link into another folder is a name for what nobody has asked about.
    let outside = Place::site("server-reversed.pem");
    let place = Place::site("server-reversed.pem");
    fs::remove_file(place.path("www.pem")).unwrap();
    std::os::unix::fs::symlink(outside.path("www.pem"), place.path("www.pem")).unwrap();
    place.run(&["--fix=unsafe"]);
    assert_eq!(outside.read("www.pem"), pki("server-reversed.pem"));
    assert!(fs::symlink_metadata(place.path("www.pem")).unwrap().is_symlink());
}

#[test]
fn only_what_is_reported_is_fixed() {
    // The file that would change is not the one that was named.
    let place = Place::site("server-reversed.pem");
    let (_, _, error) = place.run(&["--fix", "nginx.conf"]);
    assert!(error.contains("1 left because `www.pem` is not among the files that are reported"), "{error}");
    assert_eq!(place.read("www.pem"), pki("server-reversed.pem"));
    place.run(&["--fix", "nginx.conf", "www.pem"]);
    assert_eq!(place.read("www.pem"), pki("server-fullchain.pem"));

    // An ignored finding stays, and so does one of the baseline.
    let place = Place::site("server-reversed.pem");
    let conf = CONF.replace(
        "        ssl_certificate ",
        "        # tlslint: ignore[chain/order] our device wants it so\n        ssl_certificate ",
    );
    place.write("nginx.conf", conf.as_bytes());
    assert_eq!(place.run(&["--fix"]).2, "nothing to fix; 1 more with `--fix=unsafe`\n");
    let place = Place::site("server-reversed.pem");
    place.run(&["--write-baseline", "b.json"]);
    assert_eq!(place.run(&["--baseline", "b.json", "--fix=unsafe"]).2, "nothing to fix\n");
    assert_eq!(place.read("www.pem"), pki("server-reversed.pem"));
    let (status, _, error) = place.run(&["--write-baseline", "b.json", "--fix"]);
    assert!(status == 2 && error.contains("cannot become a baseline"), "{error}");
}

#[test]
fn what_is_not_staged_stays() {
    let place = Place::site("server-reversed.pem");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@a.test"]).args(arguments);
        let output = command.current_dir(place.root()).output();
        output.is_ok_and(|output| output.status.success())
    };
    if !(git(&["init", "-q"]) && git(&["add", "."]) && git(&["commit", "-q", "-m", "a"])) {
        println!("skipped: there is no `git`");
        return;
    }
    place.write("nginx.conf", CONF.replace("    server {", "    # ours\n    server {").as_bytes());
    assert!(git(&["add", "."]));
    let (_, _, error) = place.run(&["--staged", "--fix=unsafe"]);
    assert_eq!(
        error,
        "fixed 1 finding in 1 file; 1 left because `www.pem` is not among the files that are reported\n"
    );
    assert_eq!(place.read("www.pem"), pki("server-reversed.pem"));
    assert!(!String::from_utf8(place.read("nginx.conf")).unwrap().contains("TLSv1.1"));
}

#[test]
fn the_text_of_standard_input_comes_back_fixed() {
    let place = Place::site("server-reversed.pem");
    let text = CONF.replace("443 ssl", "8443 ssl");
    let (status, out, error) =
        place.run_with(&["-", "--stdin-filename", "nginx.conf", "--fix=unsafe"], text.as_bytes());
    assert_eq!(out, text.replace("TLSv1.1 ", ""));
    assert!(error.starts_with("fixed 1 finding in 1 file"), "{error}");
    // The order of the chain is an error that this text cannot mend.
    assert_eq!(status, 1);
    assert_eq!((place.read("nginx.conf"), place.read("www.pem")), (CONF.into(), pki("server-reversed.pem")));
    let (_, out, _) = place.run_with(&["-", "--stdin-filename", "nginx.conf", "--fix"], text.as_bytes());
    assert_eq!(out, text, "where nothing is done the text comes back as it was");
    let (status, out, _) =
        place.run_with(&["-", "--stdin-filename", "nginx.conf", "--fix=unsafe", "--diff"], text.as_bytes());
    assert!(status == 1 && out.contains("\n-        ssl_protocols TLSv1.1 TLSv1.2;\n"), "{out}");
}

#[test]
fn no_difference_tells_a_secret() {
    let place = Place::new();
    let text = "[{\"name\": \"b\", \"host\": \"b.acme.test\", \"port\": 443,\n  \"password\": \"hunter2-hunter2\",\n  \
                \"sSLInfo\": {\"enabled\": \"True\", \"trustStore\": \"ref://b-ts\", \"keyAliasPassword\": \"hunter2\"}}]\n";
    place.write("env/test/targetServers.json", text.as_bytes());
    let (_, diff, _) = place.run(&["--fix=unsafe", "--diff"]);
    assert!(diff.contains("\"enabled\": \"true\""), "{diff}");
    assert!(!diff.contains("hunter2"), "{diff}");
    place.run(&["--fix=unsafe"]);
    let expected = text.replace("\"True\"", "\"true\"");
    assert_eq!(String::from_utf8(place.read("env/test/targetServers.json")).unwrap(), expected);
}

/// What `--fix=unsafe` leaves behind: nothing to do for a second run, keys and stores as they were, and no error that
/// was not there, except behind what could not be read before.
fn settles(place: &Place, name: &str) {
    let errors = |out: &str| -> BTreeMap<String, usize> {
        let mut rules = BTreeMap::new();
        for line in out.lines().filter(|line| line.contains(": error: ")) {
            *rules.entry(line.rsplit('[').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        rules
    };
    let before = place.all();
    let (status, found, error) = place.run(&["."]);
    assert_ne!(status, 2, "{name}: {error}");
    let (status, left, error) = place.run(&["--fix=unsafe", "."]);
    assert_ne!(status, 2, "{name}: {error}");
    let after = place.all();
    assert!(before.keys().eq(after.keys()), "{name}: files came or went");
    for (path, bytes) in &before {
        let text = String::from_utf8_lossy(bytes);
        let plain = std::str::from_utf8(bytes).is_ok() && !text.contains("PRIVATE KEY");
        assert!(plain || after[path] == *bytes, "{name}: {} was touched", path.display());
    }
    let unreadable =
        ["[pem/", "[tlslint/", "[nginx/ssl-on-removed", "[tls/unknown-protocol", "[ref/missing-file"];
    if !unreadable.iter().any(|rule| found.contains(rule)) {
        let (before, after) = (errors(&found), errors(&left));
        for (rule, number) in &after {
            assert!(before.get(rule) >= Some(number), "{name}: new error {rule}\n{left}");
        }
    }
    let (_, again, error) = place.run(&["--fix=unsafe", "."]);
    assert!(error.starts_with("nothing to fix"), "{name}: {error}");
    assert!(!error.contains("passes were not enough"), "{name}: {error}");
    assert_eq!((again, place.all()), (left, after), "{name}");
}

#[test]
fn a_second_run_has_nothing_to_do_in_the_trees_of_testdata() {
    for folder in fs::read_dir(testdata()).unwrap() {
        let folder = folder.unwrap().path();
        if folder.is_dir() {
            let place = Place::new();
            copy::copy(&folder, &place.root());
            settles(&place, &folder.display().to_string());
        }
    }
}

#[test]
fn a_second_run_has_nothing_to_do_in_the_examples_of_cards() {
    let offering: Vec<Card> = cards::all().into_iter().filter(|card| card.edit.is_some()).collect();
    assert!(offering.len() >= 10);
    for card in offering {
        for (index, example) in card.examples.iter().enumerate() {
            let place = Place::new();
            for (path, body) in example.files() {
                let bytes = match body {
                    Body::Text(text) => text.clone().into_bytes(),
                    Body::From(from) => from
                        .from
                        .paths()
                        .iter()
                        .flat_map(|it| fs::read(testdata().join(it)).unwrap())
                        .collect(),
                };
                place.write(path, &bytes);
            }
            if let Some(config) = &example.config {
                place.write("tlslint.toml", config.as_bytes());
            }
            settles(&place, &format!("{}, example {}", card.id, index + 1));
        }
    }
}
