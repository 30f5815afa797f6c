//! The language server: a second door, for editors. It knows the protocol, the texts that are not saved yet, and when to
//! look again; how a tree is found and judged it leaves to the [`Estate`] it was given.

mod actions;
mod documents;
mod positions;
mod publish;
mod server;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use lsp_server::{Connection, ProtocolError};

use crate::finding::Outcome;

/// A folder that is checked, as the server sees it.
pub trait Estate {
    /// Checks the folder; `texts` stand in for what lies on disk.
    fn check(&mut self, texts: &BTreeMap<PathBuf, Arc<str>>) -> Result<Outcome, Vec<Trouble>>;

    /// The path on disk of a path that an outcome shows.
    fn disk(&self, shown: &str) -> PathBuf;

    /// These files were written.
    fn written(&mut self, paths: &BTreeSet<PathBuf>);

    /// Files came, went, or changed in ways nobody told.
    fn moved(&mut self);
}

/// Why a folder cannot be checked, with its place.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// The file at fault.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Bytes of the text.
    pub span: std::ops::Range<usize>,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Makes the estate of a folder.
pub type Opener<'a> = dyn Fn(&Path) -> Box<dyn Estate + 'a> + 'a;

/// Why the server ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The other side speaks another language, or stopped in the middle of a word.
    #[error("the editor does not follow the protocol: {0}")]
    Protocol(#[from] ProtocolError),
    /// What it sent cannot be read.
    #[error("what the editor sent cannot be read: {0}")]
    Input(#[from] std::io::Error),
}

/// Serves the editor at standard input and output until it says goodbye.
pub fn serve<'a>(open: &'a Opener<'a>) -> Result<(), ServeError> {
    let (connection, threads) = Connection::stdio();
    let served = server::run(&connection, open);
    // The writer ends when nobody can send any more.
    drop(connection);
    threads.join()?;
    Ok(served?)
}
