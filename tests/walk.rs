//! The walk on real trees: what Git ignores, links, odd files and odd names.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tlslint::{
    check::{Candidate, Contents, FileKind, HEAD, MAX_FILE},
    walk::{self, Exclude, Names, Walked},
};

struct Tree {
    folder: TempDir,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self { folder: TempDir::new().unwrap() };
        for (path, text) in files {
            tree.write(path, text.as_bytes());
        }
        tree
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), bytes).unwrap();
    }

    fn names(&self) -> Names {
        Names::from_folder(self.folder.path()).unwrap()
    }

    fn walk(&self, paths: &[&str]) -> Walked {
        self.walk_without(paths, None)
    }

    fn walk_without(&self, paths: &[&str], exclude: Option<&Exclude>) -> Walked {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let names = self.names();
        walk::walk(&walk::named(&paths, &names).unwrap(), &names, exclude)
    }

    /// Every candidate on a line of its own.
    fn seen(&self, paths: &[&str]) -> String {
        shown(&self.walk(paths))
    }
}

fn shown(walked: &Walked) -> String {
    let line = |it: &Candidate| {
        let kind = match it.kind {
            FileKind::File => "",
            FileKind::Directory => "/",
            FileKind::Special => "|",
        };
        let link = it.link.as_ref().map_or(String::new(), |link| format!(" -> {link}"));
        let tracked = if it.tracked { " tracked" } else { "" };
        let reported = if it.reported { "" } else { " (read only)" };
        format!("{}{kind}{link}{tracked}{reported}", it.path)
    };
    let mut lines: Vec<String> = walked.tree.candidates.iter().map(line).collect();
    lines.extend(walked.tree.trouble.iter().map(|(path, what)| format!("! {path}: {what}")));
    lines.join("\n")
}

fn contents(walked: &Walked, path: &str, wanted: bool) -> std::io::Result<Contents> {
    let index = walked.tree.candidates.iter().position(|it| *it.path == *path).unwrap();
    (walked.tree.read)(index, &mut |_| wanted)
}

const REPOSITORY: &[(&str, &str)] = &[
    (".git/HEAD", "ref: refs/heads/main"),
    (".git/info/exclude", "private/\n"),
    (".gitignore", "*.key\n/dump/\n!keep.key\n"),
    (".tlslintignore", "vendor/\n"),
    (".hidden/a.conf", ""),
    ("conf/.gitignore", "local.conf\n"),
    ("conf/a.conf", ""),
    ("conf/a.key", ""),
    ("conf/keep.key", ""),
    ("conf/local.conf", ""),
    ("dump/a.key", ""),
    ("dump/b.conf", ""),
    ("private/x", ""),
    ("vendor/x", ""),
];

#[test]
fn a_repository_is_seen_as_git_sees_it() {
    let tree = Tree::new(REPOSITORY);
    insta::assert_snapshot!(tree.seen(&["."]), @r#"
    .gitignore tracked
    .hidden/ tracked
    .hidden/a.conf tracked
    .tlslintignore tracked
    conf/ tracked
    conf/.gitignore tracked
    conf/a.conf tracked
    conf/keep.key tracked
    "#);
    insta::assert_snapshot!(tree.seen(&["conf"]), @r#"
    conf/ tracked
    conf/.gitignore tracked
    conf/a.conf tracked
    conf/keep.key tracked
    "#);
}

#[test]
fn what_is_named_outright_is_walked_whole() {
    let tree = Tree::new(REPOSITORY);
    insta::assert_snapshot!(tree.seen(&["dump"]), @r#"
    dump/
    dump/a.key
    dump/b.conf
    "#);
    insta::assert_snapshot!(tree.seen(&["dump/a.key", "vendor"]), @r#"
    dump/ (read only)
    dump/a.key
    dump/b.conf (read only)
    vendor/
    vendor/x
    "#);
}

#[test]
fn around_a_named_file_the_tree_is_read() {
    let tree = Tree::new(REPOSITORY);
    insta::assert_snapshot!(tree.seen(&["conf/a.conf"]), @r#"
    .gitignore tracked (read only)
    .hidden/ tracked (read only)
    .hidden/a.conf tracked (read only)
    .tlslintignore tracked (read only)
    conf/ tracked (read only)
    conf/.gitignore tracked (read only)
    conf/a.conf tracked
    conf/keep.key tracked (read only)
    "#);
    insta::assert_snapshot!(tree.seen(&["conf/a.key"]), @r#"
    .gitignore tracked (read only)
    .hidden/ tracked (read only)
    .hidden/a.conf tracked (read only)
    .tlslintignore tracked (read only)
    conf/ tracked (read only)
    conf/.gitignore tracked (read only)
    conf/a.conf tracked (read only)
    conf/a.key
    conf/keep.key tracked (read only)
    "#);
    let walked = tree.walk(&["conf/a.key"]);
    assert_eq!(walked.reported.unwrap().into_iter().collect::<Vec<_>>(), ["conf/a.key"]);
    assert!(tree.walk(&["conf"]).reported.is_none());
}

#[test]
fn a_worktree_is_a_repository_too() {
    let tree = Tree::new(&[(".git", "gitdir: /nowhere"), (".gitignore", "x\n"), ("x", ""), ("y", "")]);
    insta::assert_snapshot!(tree.seen(&["."]), @r#"
    .gitignore tracked
    y tracked
    "#);
}

#[test]
fn outside_git_nothing_is_left_out() {
    let tree = Tree::new(&[(".gitignore", "*\n"), ("a/b.key", ""), ("a/.svn/x", "")]);
    insta::assert_snapshot!(tree.seen(&["."]), @r#"
    .gitignore
    a/
    a/b.key
    "#);
    insta::assert_snapshot!(tree.seen(&["a", "a/b.key", "./a/../a"]), @r#"
    a/
    a/b.key
    "#);
}

#[test]
fn the_configuration_leaves_paths_out() {
    let tree = Tree::new(&[("a/x.conf", ""), ("legacy/x.conf", ""), ("a/legacy/x.conf", "")]);
    let globs = globset::GlobSetBuilder::new().add(globset::Glob::new("legacy").unwrap()).build().unwrap();
    let exclude = Exclude { folder: tree.names().working_folder, globs };
    insta::assert_snapshot!(shown(&tree.walk_without(&["."], Some(&exclude))), @r#"
    a/
    a/legacy/
    a/legacy/x.conf
    a/x.conf
    "#);
    insta::assert_snapshot!(shown(&tree.walk_without(&["a", "legacy/x.conf"], Some(&exclude))), @r#"
    a/
    a/legacy/
    a/legacy/x.conf
    a/x.conf
    "#);
}

#[test]
fn git_is_asked_about_paths_that_do_not_exist() {
    let tree = Tree::new(REPOSITORY);
    let walked = tree.walk(&["conf"]);
    let ignored = |path: &str| (walked.tree.ignored)(path);
    assert!(ignored("conf/b.key") && ignored("dump/deep/in/it") && ignored("private/x"));
    assert!(!ignored("conf/b.pem") && !ignored("keep.key") && !ignored("/etc/passwd"));
    let plain = Tree::new(&[("a", "")]);
    assert!(!(plain.walk(&["."]).tree.ignored)("a"));
}

#[test]
fn reading_stops_where_nobody_wants_more() {
    let tree = Tree::new(&[("small", "abc")]);
    tree.write("large", &[7; 5000]);
    fs::File::create(tree.path("huge")).unwrap().set_len(MAX_FILE + 1).unwrap();
    fs::File::create(tree.path("just")).unwrap().set_len(MAX_FILE).unwrap();
    let walked = tree.walk(&["."]);
    assert!(matches!(contents(&walked, "small", true).unwrap(), Contents::Whole(bytes) if bytes == b"abc"));
    assert!(
        matches!(contents(&walked, "large", false).unwrap(), Contents::Head(bytes) if bytes.len() == HEAD)
    );
    assert!(
        matches!(contents(&walked, "large", true).unwrap(), Contents::Whole(bytes) if bytes == [7; 5000])
    );
    assert!(
        matches!(contents(&walked, "huge", true).unwrap(), Contents::TooLarge(size) if size == MAX_FILE + 1)
    );
    assert!(matches!(contents(&walked, "huge", false).unwrap(), Contents::Head(_)));
    assert!(
        matches!(contents(&walked, "just", true).unwrap(), Contents::Whole(bytes) if bytes.len() as u64 == MAX_FILE)
    );
}

#[test]
fn what_is_not_there_is_an_error() {
    let tree = Tree::new(&[]);
    let error = walk::named(&[PathBuf::from("nope")], &tree.names()).unwrap_err();
    assert_eq!(error.path, Path::new("nope"));
}

#[cfg(unix)]
mod unix {
    use std::{
        ffi::OsStr,
        os::unix::{
            ffi::OsStrExt as _,
            fs::{PermissionsExt as _, symlink},
            net::UnixListener,
        },
        process::Command,
    };

    use super::*;

    #[test]
    fn links_are_names_and_never_ways() {
        let tree = Tree::new(&[("sites-available/x", "x"), ("conf/a", ""), ("outside-is-elsewhere", "")]);
        let elsewhere = Tree::new(&[("secret", "s")]);
        fs::create_dir(tree.path("sites-enabled")).unwrap();
        let link = |to: &str, at: &str| symlink(to, tree.path(at)).unwrap();
        link("../sites-available/x", "sites-enabled/x");
        link("x", "sites-enabled/itself");
        link("itself2", "sites-enabled/itself2");
        link("nowhere", "dangling");
        link("conf", "conf-link");
        link("..", "conf/up");
        link(elsewhere.path("").to_str().unwrap(), "out");
        link(elsewhere.path("secret").to_str().unwrap(), "out-file");
        let walked = tree.walk(&["."]);
        let base = fs::canonicalize(elsewhere.path("")).unwrap();
        insta::assert_snapshot!(shown(&walked).replace(base.to_str().unwrap(), "ELSEWHERE"), @r#"
        conf/
        conf-link/ -> conf
        conf/a
        conf/up/ -> .
        out/ -> ELSEWHERE
        out-file -> ELSEWHERE/secret
        outside-is-elsewhere
        sites-available/
        sites-available/x
        sites-enabled/
        sites-enabled/itself -> sites-available/x
        sites-enabled/x -> sites-available/x
        "#);
        assert!(contents(&walked, "out-file", true).is_err(), "what lies outside is not read");

        // A link that is named outright stands for its file; the link is reported with it.
        insta::assert_snapshot!(tree.seen(&["sites-enabled/x"]), @r#"
        sites-available/ (read only)
        sites-available/x
        sites-enabled/ (read only)
        sites-enabled/itself -> sites-available/x
        sites-enabled/x -> sites-available/x
        "#);
    }

    #[test]
    fn special_files_are_named() {
        let tree = Tree::new(&[("a", "")]);
        let _socket = UnixListener::bind(tree.path("socket")).unwrap();
        if Command::new("mkfifo").arg(tree.path("fifo")).status().is_ok_and(|status| status.success()) {
            insta::assert_snapshot!(tree.seen(&["."]), @r#"
            a
            fifo|
            socket|
            "#);
        }
    }

    #[test]
    fn odd_names_are_shown_and_read() {
        let tree = Tree::new(&[]);
        for name in [&b"caf\xe9.pem"[..], b"bell\x07.pem", b"back\\slash.pem", "grün.pem".as_bytes()] {
            fs::write(tree.folder.path().join(OsStr::from_bytes(name)), name).unwrap();
        }
        let walked = tree.walk(&["."]);
        insta::assert_snapshot!(shown(&walked), @r#"
        back\slash.pem
        bell\x07.pem
        caf\xE9.pem
        grün.pem
        "#);
        assert!(
            matches!(contents(&walked, "caf\\xE9.pem", true).unwrap(), Contents::Whole(bytes) if bytes == b"caf\xe9.pem")
        );
    }

    #[test]
    fn modes_are_told_where_they_are_real() {
        let outside = Tree::new(&[("a.key", "")]);
        fs::set_permissions(outside.path("a.key"), fs::Permissions::from_mode(0o640)).unwrap();
        let mode = |tree: &Tree, path: &str| {
            tree.walk(&[path]).tree.candidates.into_iter().find(|it| *it.path == *path).unwrap().mode
        };
        assert_eq!(mode(&outside, "a.key"), Some(0o640));
        let repository = Tree::new(REPOSITORY);
        assert_eq!(mode(&repository, "conf/a.conf"), None);
        assert!(mode(&repository, "conf/a.key").is_some(), "Git does not keep it");
    }

    #[test]
    fn unreadable_folders_are_told() {
        let tree = Tree::new(&[("closed/a", ""), ("open", "")]);
        let set = |mode| fs::set_permissions(tree.path("closed"), fs::Permissions::from_mode(mode)).unwrap();
        set(0o000);
        // The superuser can read everything, so there is nothing to see.
        if fs::read_dir(tree.path("closed")).is_err() {
            insta::assert_snapshot!(tree.seen(&["."]), @"");
        }
        set(0o755);
    }
}
