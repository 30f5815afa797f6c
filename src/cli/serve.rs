//! `tlslint lsp`: folders as the language server checks them. Walking and reading again is done where something was
//! written, not for every keystroke.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

use miette::{Diagnostic, Result};

use crate::{
    check::{Stamp, Tree, Workspace},
    finding::Outcome,
    lsp::{self, Estate, Trouble},
    policy::ConfigError,
    walk::{self, Names, Walked},
};

use super::{
    CheckArguments, Exit, inputs,
    output::failure,
    run::{self, View},
};

/// Serves an editor until it says goodbye.
pub(super) fn serve(arguments: &CheckArguments) -> Result<Exit> {
    let open = |path: &Path| -> Box<dyn Estate + '_> { Box::new(Folder::new(path, arguments)) };
    lsp::serve(&open).map_err(|error| failure(error.to_string(), None))?;
    Ok(Exit::Clean)
}

/// A folder of an editor.
struct Folder<'a> {
    path: PathBuf,
    arguments: &'a CheckArguments,
    names: Option<Names>,
    workspace: Workspace,
    listed: Option<Listed>,
}

/// What a walk has found, until files come or go.
struct Listed {
    tree: Arc<Tree<'static>>,
    /// By the order of candidates.
    stamps: Vec<Stamp>,
    by_path: BTreeMap<String, usize>,
}

impl<'a> Folder<'a> {
    fn new(path: &Path, arguments: &'a CheckArguments) -> Self {
        let names = Names::from_folder(path).ok();
        let workspace = Workspace::default();
        Self { path: path.to_owned(), arguments, names, workspace, listed: None }
    }

    fn try_check(&mut self, texts: &BTreeMap<PathBuf, Arc<str>>) -> Result<Outcome> {
        let names = match &self.names {
            Some(names) => names.clone(),
            None => Names::from_folder(&self.path).map_err(|error| {
                failure(format!("`{}` cannot be looked at: {error}", self.path.display()), None)
            })?,
        };
        let targets = walk::named(std::slice::from_ref(&names.working_folder), &names)
            .map_err(|error| run::unreachable(&error))?;
        let located = inputs::config_with(&self.arguments.tree, &targets, &names, &|path| {
            texts.get(path).map(ToString::to_string)
        })?;
        let levels = run::levels(self.arguments, located.as_ref().map(|it| &it.config))?;
        let as_of = run::as_of(&self.arguments.tree);
        let settings = run::settings(&self.arguments.tree, located.as_ref(), &names, as_of)?;
        if self.listed.is_none() {
            let exclude = run::exclude(located.as_ref());
            self.listed = Some(list(walk::walk(&targets, &names, exclude.as_ref()), &names));
        }
        let base = run::base(&targets, located.as_ref(), &names);
        self.names = Some(names);
        let (tree, stamps) = self.tree(texts);
        let report = self.workspace.check(&tree, &stamps, &settings);
        let view = View { levels: &levels, located: located.as_ref(), base: &base, as_of };
        run::outcome(report, &view, None, None)
    }

    /// The files on disk with the texts that stand in for some, and which version of each it is.
    fn tree(&self, texts: &BTreeMap<PathBuf, Arc<str>>) -> (Tree<'static>, Vec<Stamp>) {
        let (Some(listed), Some(names)) = (&self.listed, &self.names) else {
            return (Tree::in_memory(Vec::new()), Vec::new());
        };
        let shown: BTreeMap<String, Arc<[u8]>> =
            texts.iter().map(|(path, text)| (names.shown(path), Arc::from(text.as_bytes()))).collect();
        // A text that Git ignores, or that the configuration leaves out, is no part of the tree.
        let known = |path: &String| {
            listed.by_path.contains_key(path) || !names.disk(path).exists() && !(listed.tree.ignored)(path)
        };
        let shown: BTreeMap<String, Arc<[u8]>> = shown.into_iter().filter(|(path, _)| known(path)).collect();
        let versions: BTreeMap<String, Stamp> =
            shown.iter().map(|(path, bytes)| (path.clone(), text_stamp(bytes))).collect();
        let tree = shared(&listed.tree).with_texts(&shown);
        let stamps = tree
            .candidates
            .iter()
            .map(|it| {
                let on_disk = || listed.by_path.get(&*it.path).map(|index| listed.stamps[*index]);
                versions.get(&*it.path).copied().or_else(on_disk).unwrap_or_default()
            })
            .collect();
        (tree, stamps)
    }
}

impl Estate for Folder<'_> {
    fn check(&mut self, texts: &BTreeMap<PathBuf, Arc<str>>) -> Result<Outcome, Vec<Trouble>> {
        self.try_check(texts).map_err(|report| troubles(&report, &self.path, self.names.as_ref()))
    }

    fn disk(&self, shown: &str) -> PathBuf {
        self.names.as_ref().map_or_else(|| self.path.join(shown), |names| names.disk(shown))
    }

    fn written(&mut self, paths: &BTreeSet<PathBuf>) {
        let (Some(listed), Some(names)) = (&mut self.listed, &self.names) else { return };
        for path in paths {
            match listed.by_path.get(&names.shown(path)) {
                // What is left out changes with these.
                _ if path.file_name().is_some_and(|name| {
                    ["tlslint.toml", ".gitignore", ".tlslintignore"].iter().any(|it| name == *it)
                }) =>
                {
                    self.listed = None;
                    return;
                }
                Some(index) => listed.stamps[*index] = disk_stamp(path),
                None => {
                    self.listed = None;
                    return;
                }
            }
        }
    }

    fn moved(&mut self) {
        self.listed = None;
    }
}

fn list(walked: Walked, names: &Names) -> Listed {
    let tree = walked.tree;
    let stamps = tree.candidates.iter().map(|it| disk_stamp(&names.disk(&it.path))).collect();
    let by_path =
        tree.candidates.iter().enumerate().map(|(index, it)| (it.path.to_string(), index)).collect();
    Listed { tree: Arc::new(tree), stamps, by_path }
}

/// The same tree once more, over what one walk has found.
fn shared(tree: &Arc<Tree<'static>>) -> Tree<'static> {
    let (read, open, ignored) = (Arc::clone(tree), Arc::clone(tree), Arc::clone(tree));
    Tree {
        candidates: tree.candidates.clone(),
        read: Box::new(move |index, wanted| (read.read)(index, wanted)),
        open: Box::new(move |index| (open.open)(index)),
        ignored: Box::new(move |path| (ignored.ignored)(path)),
        trouble: tree.trouble.clone(),
        gone: tree.gone.clone(),
        told: crate::check::snapshot::Told::default(),
    }
}

/// Time of the last change and size; the first bit tells it from the stamp of a text.
fn disk_stamp(path: &Path) -> Stamp {
    let Ok(metadata) = fs::metadata(path) else { return Stamp::default() };
    let since = metadata.modified().ok().and_then(|it| it.duration_since(UNIX_EPOCH).ok());
    (since.map_or(0, |since| since.as_nanos() as u64) << 1, metadata.len())
}

/// A hash of a text in an editor.
fn text_stamp(bytes: &[u8]) -> Stamp {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash | 1, bytes.len() as u64)
}

/// A complaint with the places it names; without one, about the folder's configuration as such.
fn troubles(report: &miette::Report, folder: &Path, names: Option<&Names>) -> Vec<Trouble> {
    let Some(error) = report.downcast_ref::<ConfigError>() else {
        let path = folder.join("tlslint.toml");
        return vec![Trouble { path, text: String::new(), span: 0..0, message: report.to_string() }];
    };
    let of = |error: &ConfigError| {
        let (path, text, span) = error.place();
        let help = error.help().map_or(String::new(), |help| format!("\nhelp: {help}"));
        let path = names.map_or_else(|| folder.join(path), |names| names.disk(path));
        Trouble { path, text: text.to_owned(), span, message: format!("{error}{help}") }
    };
    error.all().map(of).collect()
}
