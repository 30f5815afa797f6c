//! A tree that is checked again and again: files that did not change are not read again. What was read of one file
//! depends on that file alone, so linking anew is all that a change costs.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use rayon::prelude::*;

use crate::{model::Wanted, source::Source};

use super::{
    Report, Settings, Tree,
    run::{self, Said},
};

/// Equal as long as a file is the same: its time and size, or the version of a text in an editor.
pub type Stamp = (u64, u64);

/// What was read of each file, kept for the next time.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The paths of the last run: what was read bears numbers of files, which hold for these paths alone.
    paths: Vec<Arc<str>>,
    read: Vec<(Stamp, Said)>,
    wanted: BTreeMap<(usize, Wanted), (Stamp, Said)>,
}

impl Workspace {
    /// Checks a tree; `stamps` says, in the order of its candidates, which version of each file it is.
    pub fn check(&mut self, tree: &Tree<'_>, stamps: &[Stamp], settings: &Settings) -> Report {
        if !self.paths.iter().eq(tree.candidates.iter().map(|it| &it.path)) {
            self.paths = tree.candidates.iter().map(|it| it.path.clone()).collect();
            self.read.clear();
            self.wanted.clear();
        }
        let stamp = |index: usize| stamps.get(index).copied().unwrap_or_default();
        let known = self.read.len();
        let fresh: Vec<(usize, Said)> = (0..tree.candidates.len())
            .into_par_iter()
            .filter(|index| *index >= known || self.read[*index].0 != stamp(*index))
            .map(|index| (index, run::read_candidate(tree, index)))
            .collect();
        self.read.resize_with(tree.candidates.len(), || (Stamp::default(), (Source::unread(""), None)));
        for (index, said) in fresh {
            self.read[index] = (stamp(index), said);
        }
        self.wanted.retain(|(index, _), (then, _)| *then == stamp(*index));

        let wanted = Mutex::new(std::mem::take(&mut self.wanted));
        let lock = || wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let first = |index: usize| self.read[index].1.clone();
        let more = |index: usize, what: Wanted| {
            if let Some((_, said)) = lock().get(&(index, what)) {
                return said.clone();
            }
            let said = run::read_wanted(tree, index, what);
            lock().insert((index, what), (stamp(index), said.clone()));
            said
        };
        let reading = run::read_by(tree, settings, &first, &more);
        self.wanted = wanted.into_inner().unwrap_or_else(PoisonError::into_inner);
        run::judge_reading(tree, reading, |_, _| ()).0
    }

    /// Forgets everything, as after a change of what is read.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::Time;

    const MAIN: &str = "events {}\nhttp {\n  server {\n    listen 443 ssl;\n    server_name a.test;\n    \
                        ssl_certificate a.pem;\n    ssl_certificate_key a.key;\n    PROTOCOLS\n  }\n}\n";

    fn tree(main: &str, more: &[&str]) -> Tree<'static> {
        let pem = include_bytes!("../../testdata/pki/server.pem").to_vec();
        let mut files = vec![
            ("etc/nginx/nginx.conf".to_owned(), main.as_bytes().to_vec()),
            ("etc/nginx/a.pem".to_owned(), pem),
        ];
        files.extend(more.iter().map(|path| ((*path).to_owned(), b"-----BEGIN".to_vec())));
        Tree::in_memory(files)
    }

    #[test]
    fn a_second_run_says_what_a_first_one_would() {
        let settings = Settings::at(Time(1_790_000_000));
        let mut workspace = Workspace::default();
        let steps: &[(&str, &[&str])] = &[
            ("ssl_protocols SSLv3;", &[]),
            ("ssl_protocols TLSv1.3;", &[]),
            ("ssl_protocols SSLv3; broken", &["etc/nginx/a.key"]),
            ("ssl_protocols TLSv1.3;", &["etc/a", "etc/nginx/a.key"]),
            ("ssl_protocols TLSv1;", &[]),
        ];
        let mut different = std::collections::BTreeSet::new();
        for (version, (protocols, more)) in steps.iter().enumerate() {
            let main = MAIN.replace("PROTOCOLS", protocols);
            let tree = tree(&main, more);
            let is_main = |path: &str| path == "etc/nginx/nginx.conf";
            let stamps: Vec<Stamp> = tree
                .candidates
                .iter()
                .map(|it| if is_main(&it.path) { (version as u64, 0) } else { (0, 0) })
                .collect();
            let again = workspace.check(&tree, &stamps, &settings);
            let once = super::super::check(&tree, &settings);
            assert_eq!(again.findings, once.findings, "step {version}");
            assert_eq!(again.counts, once.counts);
            different.insert(format!("{:?}", again.findings));
        }
        assert!(different.len() >= 4, "the steps differ, so the test can fail");
    }
}
