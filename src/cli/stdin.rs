//! `- --stdin-filename PATH`: what an editor holds stands in for one file of the tree.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use miette::{IntoDiagnostic as _, Result};

use crate::{
    check::MAX_FILE,
    walk::{Named, Names, Walked, paths},
};

use super::{args::CheckArguments, output::failure};

/// The text of one file.
#[derive(Clone)]
pub(super) struct Text {
    path: PathBuf,
    bytes: Arc<[u8]>,
}

/// Reads standard input where the arguments ask for it, and puts the file or, where it is new, its folder in place of
/// the `-`.
pub(super) fn text(arguments: &mut CheckArguments) -> Result<Option<Text>> {
    let dash = arguments.tree.paths.iter().any(|path| path.as_os_str() == "-");
    let path = match (&arguments.stdin_filename, dash) {
        (None, false) => return Ok(None),
        (Some(path), true) if arguments.tree.paths.len() == 1 => path.clone(),
        (Some(_), true) => {
            return Err(failure("`-` cannot stand beside other paths", Some("name `-` alone".to_owned())));
        }
        (Some(_), false) => {
            let help = Some("add `-` as the only path".to_owned());
            return Err(failure("`--stdin-filename` says what standard input is, which nobody reads", help));
        }
        (None, true) => {
            let help = Some("say which file it is: `--stdin-filename etc/nginx/nginx.conf -`".to_owned());
            return Err(failure("a text without a name says nothing about its neighbours", help));
        }
    };
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_FILE + 1).read_to_end(&mut bytes).into_diagnostic()?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    arguments.tree.paths = vec![if path.exists() { path.clone() } else { folder.to_owned() }];
    Ok(Some(Text { path, bytes: bytes.into() }))
}

impl Text {
    /// A new file may refer to the whole of its repository, as one that is there may.
    pub(super) fn whole_repository(&self, targets: &[Named]) -> Option<PathBuf> {
        if self.path.exists() { None } else { targets.first()?.repository.clone() }
    }

    /// What was read.
    pub(super) fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// The path that reports show for it.
    pub(super) fn shown(&self, names: &Names) -> String {
        let on_disk = paths::plain(&names.working_folder.join(&self.path));
        names.shown(paths::real(&on_disk).as_ref().unwrap_or(&on_disk))
    }

    /// Puts the text into the tree and reports what concerns it, unless the file is left out of the tree.
    pub(super) fn stand_in(self, walked: Walked, names: &Names) -> Walked {
        let on_disk = paths::plain(&names.working_folder.join(&self.path));
        let real = paths::real(&on_disk);
        let shown = names.shown(real.as_ref().unwrap_or(&on_disk));
        let there = walked.tree.candidates.iter().any(|it| *it.path == *shown);
        let mut tree = walked.tree;
        if there || real.is_err() && !(tree.ignored)(&shown) {
            tree = tree.with_texts(&BTreeMap::from([(shown.clone(), self.bytes)]));
        }
        for candidate in &mut tree.candidates {
            candidate.reported = *candidate.path == *shown;
        }
        Walked { tree, reported: Some(BTreeSet::from([shown])) }
    }
}
