//! One tree out of folders and snapshots, sorted by path as any tree is.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
};

use rayon::prelude::*;

use crate::source::{FileId, own};

use super::{
    super::{Candidate, FileKind, Tree},
    Snapshot, SnapshotError, Told,
};

/// Where a candidate comes from.
#[derive(Copy, Clone)]
enum From {
    /// Its index in the tree.
    Disk(usize),
    /// The index of its snapshot.
    Snapshot(usize),
}

/// Adds what snapshots say to a tree. This is the last thing that may happen to a tree before it is read: the numbers
/// of its files do not change any more.
///
/// Paths of snapshots that `leaves_out` names are passed over.
pub fn join<'t>(
    tree: Tree<'t>,
    snapshots: &[Snapshot],
    leaves_out: &dyn Fn(&str) -> bool,
) -> Result<Tree<'t>, SnapshotError> {
    if snapshots.is_empty() {
        return Ok(tree);
    }
    let Tree { candidates, read, open, ignored, trouble, gone, told: _ } = tree;
    let all = merged(candidates, snapshots, leaves_out)?;
    let mut ids = own::Ids::with_capacity(all.len());
    for (index, path) in all.keys().enumerate() {
        ids.insert(path.clone(), FileId(index as u32));
    }
    let ids = Arc::new(ids);
    let told: Vec<_> =
        snapshots.par_iter().enumerate().map(|(index, snapshot)| snapshot.tell(index, &ids)).collect();
    let mut by_index = BTreeMap::new();
    for files in told {
        // Where two snapshots say the same about a path, either will do.
        by_index.extend(files?.into_iter().map(|(file, told)| (file.0 as usize, told)));
    }
    let mut on_disk = Vec::with_capacity(all.len());
    let mut candidates = Vec::with_capacity(all.len());
    for (index, (_, (candidate, from))) in all.into_iter().enumerate() {
        candidates.push(candidate);
        match from {
            From::Disk(on) => {
                by_index.remove(&index);
                on_disk.push(Some(on));
            }
            From::Snapshot(_) => on_disk.push(None),
        }
    }
    let mut trouble: BTreeSet<(String, String)> = trouble.into_iter().collect();
    let mut not_there: BTreeSet<String> = BTreeSet::new();
    for snapshot in snapshots {
        trouble.extend(snapshot.end.trouble.iter().cloned());
        not_there.extend(snapshot.end.ignored.iter().cloned());
    }
    let on_disk: Arc<[Option<usize>]> = on_disk.into();
    let opened = Arc::clone(&on_disk);
    let here = |on: &[Option<usize>], index: usize| {
        on.get(index).copied().flatten().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    Ok(Tree {
        candidates,
        read: Box::new(move |index, wanted| read(here(&on_disk, index)?, wanted)),
        open: Box::new(move |index| open(here(&opened, index)?)),
        ignored: Box::new(move |path| not_there.contains(path) || ignored(path)),
        trouble: trouble.into_iter().collect(),
        gone,
        told: Told {
            by_index,
            names: snapshots.iter().map(|it| it.name.clone()).collect(),
            ..Told::default()
        },
    })
}

/// All candidates by path. A folder may stand in several trees; a file stands in one, or says the same in all.
fn merged(
    candidates: Vec<Candidate>,
    snapshots: &[Snapshot],
    leaves_out: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<Arc<str>, (Candidate, From)>, SnapshotError> {
    let mut all: BTreeMap<Arc<str>, (Candidate, From)> = candidates
        .into_iter()
        .enumerate()
        .map(|(index, candidate)| (candidate.path.clone(), (candidate, From::Disk(index))))
        .collect();
    for (index, snapshot) in snapshots.iter().enumerate() {
        for shell in snapshot.shells.iter().filter(|it| !leaves_out(&it.candidate.path)) {
            let candidate = &shell.candidate;
            let Some((known, from)) = all.get_mut(&candidate.path) else {
                all.insert(candidate.path.clone(), (candidate.clone(), From::Snapshot(index)));
                continue;
            };
            if known.kind == FileKind::Directory && candidate.kind == FileKind::Directory {
                known.tracked |= candidate.tracked;
                known.reported = true;
                continue;
            }
            let other = match *from {
                From::Disk(_) => "a folder that is checked".to_owned(),
                From::Snapshot(other) => {
                    let other = &snapshots[other];
                    let same = other.digest(&candidate.path) == Some(shell.digest);
                    if same {
                        continue;
                    }
                    format!("the snapshot `{}`", other.name)
                }
            };
            return Err(SnapshotError {
                name: snapshot.name.clone(),
                line: None,
                what: format!("`{}` stands in {other} as well, and they differ", candidate.path),
                help: Some(
                    "let every tree have a name of its own: `tlslint snapshot DIR --as web-17 -o web-17.tlsfacts`"
                        .to_owned(),
                ),
            });
        }
    }
    Ok(all)
}

impl Snapshot {
    fn digest(&self, path: &str) -> Option<crate::x509::Fingerprint> {
        let at = self.shells.binary_search_by(|it| (*it.candidate.path).cmp(path)).ok()?;
        Some(self.shells[at].digest)
    }
}
