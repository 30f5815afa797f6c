//! What holds for the pipeline as a whole, whatever the files say: files of `testdata/` cut off, with a byte changed
//! and joined with each other. No panic, every label lies in its file, and neither the order of files, nor the number
//! of threads, nor what a workspace remembers changes a finding.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path, sync::LazyLock};

use proptest::{prelude::*, sample::Index, test_runner::RngSeed};
use tlslint::check::{
    self, Report, Settings, Stamp, Tree, Workspace,
    snapshot::{self, Snapshot},
};

#[path = "../fuzz/exercise.rs"]
#[allow(dead_code, reason = "here only what must hold is wanted")]
mod exercise;

type Files = Vec<(String, Vec<u8>)>;

/// Trees of every system, small enough to be judged many times.
static TREES: LazyLock<Vec<Files>> = LazyLock::new(|| {
    let folders = [
        "demo",
        "healthy",
        "apigee/support-case",
        "iis/farm",
        "java/cluster",
        "kubernetes",
        "openmanage/migration",
        "stores",
    ];
    let tree = |folder: &&str| {
        let mut files = Files::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder), "", &mut files);
        assert!(files.len() > 3, "{folder} holds a tree");
        files
    };
    folders.iter().map(tree).collect()
});

fn collect(folder: &Path, under: &str, into: &mut Files) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let path = format!("{under}{}", entry.file_name().unwrap().to_str().unwrap());
        if entry.is_dir() {
            collect(&entry, &format!("{path}/"), into);
        } else {
            into.push((path, fs::read(&entry).unwrap()));
        }
    }
}

/// What may become of a file.
#[derive(Clone, Debug)]
enum Change {
    Cut(Index),
    Flip(Index, u8),
    Splice(Index, Index, Index, Index),
    Empty,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => any::<Index>().prop_map(Change::Cut),
        4 => (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        3 => (any::<Index>(), any::<Index>(), any::<Index>(), any::<Index>())
            .prop_map(|(tree, file, left, right)| Change::Splice(tree, file, left, right)),
        1 => Just(Change::Empty),
    ]
}

impl Change {
    fn of(&self, bytes: &mut Vec<u8>) {
        match self {
            _ if bytes.is_empty() => {}
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Flip(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Self::Splice(tree, file, left, right) => {
                let files: &Files = tree.get(TREES.as_slice());
                let (_, other) = file.get(files.as_slice());
                bytes.truncate(left.index(bytes.len()));
                bytes.extend_from_slice(&other[right.index(other.len().max(1)).min(other.len())..]);
            }
            Self::Empty => bytes.clear(),
        }
    }
}

/// A tree, and what becomes of one or two of its files.
fn changed_tree() -> impl Strategy<Value = Files> {
    (any::<Index>(), prop::collection::vec((any::<Index>(), change()), 1..3)).prop_map(|(tree, changes)| {
        let mut files = tree.get(TREES.as_slice()).clone();
        for (file, change) in &changes {
            let file = file.index(files.len());
            change.of(&mut files[file].1);
        }
        files
    })
}

fn on(threads: usize, files: Files) -> Report {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| check::check(&Tree::in_memory(files), &exercise::settings()))
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(20_261_122),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn labels_lie_in_their_files(files in changed_tree()) {
        exercise::sound(&on(1, files));
    }
}

proptest! {
    #![proptest_config(cases(80))]

    #[test]
    fn order_and_threads_change_nothing(files in changed_tree(), seed in any::<u64>(), threads in 2..6_usize) {
        let one = on(1, files.clone());
        let mut shuffled = files;
        let mut state = seed | 1;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(at, (state >> 33) as usize % (at + 1));
        }
        let other = on(threads, shuffled);
        prop_assert_eq!(&one.findings, &other.findings);
        prop_assert_eq!(one.counts, other.counts);
    }

    #[test]
    fn a_snapshot_reads_back_equal(files in changed_tree()) {
        let settings = exercise::settings();
        let tree = || Tree::in_memory(files.clone());
        let first = snapshot::write(&tree(), &settings, None).unwrap().bytes;
        let back = || {
            let snapshot = Snapshot::read("a", first.clone()).unwrap();
            snapshot::join(Tree::in_memory(Vec::new()), &[snapshot], &|_| false).unwrap()
        };
        // Nobody gives the passwords again.
        let without = Settings { passwords: Vec::new(), ..settings.clone() };
        let again = snapshot::write(&back(), &without, None).unwrap().bytes;
        prop_assert!(first == again, "written again it is another");
        let (one, other) = (check::check(&tree(), &settings), check::check(&back(), &without));
        prop_assert_eq!(&one.findings, &other.findings);
        prop_assert_eq!(one.counts, other.counts);
        exercise::sound(&other);
    }

    #[test]
    fn a_workspace_finds_what_a_run_finds(
        tree in any::<Index>(),
        steps in prop::collection::vec((any::<Index>(), change()), 2..5),
    ) {
        let mut files = tree.get(TREES.as_slice()).clone();
        let mut stamps: Vec<Stamp> = vec![(0, 0); files.len()];
        let mut workspace = Workspace::default();
        for (version, (file, change)) in steps.iter().enumerate() {
            let file = file.index(files.len());
            change.of(&mut files[file].1);
            stamps[file] = (version as u64 + 1, 0);
            let tree = Tree::in_memory(files.clone());
            let of = |path: &str| files.iter().position(|(name, _)| name == path).map_or((0, 0), |at| stamps[at]);
            let in_order: Vec<Stamp> = tree.candidates.iter().map(|it| of(&it.path)).collect();
            let again = workspace.check(&tree, &in_order, &exercise::settings());
            let once = check::check(&tree, &exercise::settings());
            prop_assert_eq!(&again.findings, &once.findings);
            prop_assert_eq!(again.counts, once.counts);
            exercise::sound(&again);
        }
    }
}
