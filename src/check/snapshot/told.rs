//! What snapshots say about candidates of a run, by their index. Each answer is taken once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use crate::{
    model::{Paths, Problem, ProblemKind, Wanted},
    source::{FileId, Location, Source},
};

use super::super::run::Said;

/// What snapshots say about some of the candidates.
#[derive(Debug, Default)]
pub struct Told {
    pub(super) by_index: BTreeMap<usize, ToldFile>,
    /// Names of the snapshots.
    pub(super) names: Vec<String>,
    /// What was asked and no snapshot says: which one should, the candidate, and as what.
    pub(super) missing: Mutex<BTreeSet<(usize, usize, Wanted)>>,
}

/// What a snapshot says about one path.
#[derive(Debug)]
pub(super) struct ToldFile {
    /// Index of the snapshot.
    pub(super) snapshot: usize,
    pub(super) path: String,
    pub(super) first: Mutex<Option<Said>>,
    pub(super) more: Mutex<Vec<(Wanted, Said)>>,
}

impl Told {
    /// What a candidate says by itself, where a snapshot tells.
    pub(in crate::check) fn first(&self, index: usize) -> Option<Said> {
        let file = self.by_index.get(&index)?;
        let said = file.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        Some(said.unwrap_or_else(|| (Source::unread(&*file.path), None)))
    }

    /// What a candidate says as what another file names it for.
    pub(in crate::check) fn more(&self, index: usize, wanted: Wanted) -> Option<Said> {
        let file = self.by_index.get(&index)?;
        let mut all = file.more.lock().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|(it, _)| *it == wanted);
        Some(at.map_or_else(
            || {
                let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
                missing.insert((file.snapshot, index, wanted));
                (Source::unread(&*file.path), None)
            },
            |at| all.swap_remove(at).1,
        ))
    }

    /// Whether a snapshot tells about a candidate, so that no file of this machine is meant.
    pub fn tells(&self, index: usize) -> bool {
        self.by_index.contains_key(&index)
    }

    /// What was asked and no snapshot says: one problem a snapshot, at the first file.
    pub(in crate::check) fn missing(&self, paths: &Paths) -> Vec<Problem> {
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut by_snapshot: BTreeMap<usize, Vec<(usize, Wanted)>> = BTreeMap::new();
        for (snapshot, index, wanted) in &*missing {
            by_snapshot.entry(*snapshot).or_default().push((*index, *wanted));
        }
        let problem = |(snapshot, files): (usize, Vec<(usize, Wanted)>)| {
            let (index, wanted) = *files.first()?;
            let words = match wanted {
                Wanted::NginxConfiguration => "nginx configuration",
                Wanted::Material => "certificate material",
                Wanted::Passwords => "passwords",
            };
            let others = match files.len() - 1 {
                0 => String::new(),
                1 => ", nor was another file".to_owned(),
                more => format!(", nor were {more} other files"),
            };
            let name = self.names.get(snapshot).map_or("", String::as_str);
            let at = Location::whole(FileId(index as u32));
            let message = format!(
                "was not read as {words} when the snapshot `{name}` was made, because nothing there names it{others}"
            );
            paths.iter().nth(index).map(|_| Problem { kind: ProblemKind::Unreadable, at, message })
        };
        by_snapshot.into_iter().filter_map(problem).collect()
    }
}
