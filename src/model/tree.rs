//! The paths of the run: what stands where, and where a path that a server
//! knows lies in the tree.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use hashbrown::HashTable;

use crate::source::FileId;

/// What stands at a path.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A FIFO, socket or device.
    Special,
}

/// One path of the tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// As shown to people, with `/`.
    pub path: Arc<str>,
    /// What stands there.
    pub kind: NodeKind,
    /// Bytes on disk.
    pub size: u64,
    /// Permission bits where they are real.
    pub mode: Option<u32>,
    /// Lies in a Git repository and is not ignored by it.
    pub tracked: bool,
    /// Where a symbolic link leads inside the tree.
    pub link: Option<FileId>,
    /// Findings with a label here are reported.
    pub reported: bool,
}

/// All paths of a run, by id in sorted order.
pub struct Paths {
    nodes: Vec<Node>,
    /// By the hash of the path, which stands in the node.
    by_path: HashTable<FileId>,
    hasher: RandomState,
    children: HashMap<Box<str>, Vec<FileId>>,
}

impl std::fmt::Debug for Paths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Paths({})", self.nodes.len())
    }
}

impl Paths {
    /// From nodes sorted by path.
    pub fn new(nodes: Vec<Node>) -> Self {
        let hasher = RandomState::new();
        let mut by_path = HashTable::with_capacity(nodes.len());
        let mut children: HashMap<Box<str>, Vec<FileId>> = HashMap::new();
        for (index, node) in nodes.iter().enumerate() {
            let id = FileId(index as u32);
            let hash = |id: &FileId| hasher.hash_one(nodes[id.0 as usize].path.as_ref());
            let same = |it: &FileId| nodes[it.0 as usize].path == node.path;
            // Of two odd names that look alike the later one counts.
            *by_path.entry(hash(&id), same, hash).or_insert(id).get_mut() = id;
            match children.get_mut(parent(&node.path)) {
                Some(beside) => beside.push(id),
                None => drop(children.insert(parent(&node.path).into(), vec![id])),
            }
            if node.kind == NodeKind::Directory {
                children.entry(node.path.as_ref().into()).or_default();
            }
        }
        Self { nodes, by_path, hasher, children }
    }

    /// The folder that all paths have in common; empty where there is none.
    pub fn top(&self) -> &str {
        let (Some(first), Some(last)) = (self.nodes.first(), self.nodes.last()) else { return "" };
        let common = first.path.bytes().zip(last.path.bytes()).take_while(|(a, b)| a == b).count();
        let cut = first.path.as_bytes()[..common].iter().rposition(|byte| *byte == b'/');
        cut.and_then(|cut| first.path.get(..cut)).unwrap_or_default()
    }

    /// The node of an id.
    pub fn node(&self, id: FileId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// All nodes in order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Node)> {
        self.nodes.iter().enumerate().map(|(index, node)| (FileId(index as u32), node))
    }

    /// What stands at a path, links followed.
    pub fn find(&self, path: &str) -> Option<FileId> {
        let direct = self.find_name(path);
        let id = direct.or_else(|| self.through_linked_folder(path))?;
        Some(self.node(id).link.unwrap_or(id))
    }

    /// What stands at a path itself, a link as a link.
    pub fn find_name(&self, path: &str) -> Option<FileId> {
        let is_it = |id: &FileId| *self.node(*id).path == *path;
        self.by_path.find(self.hasher.hash_one(path), is_it).copied()
    }

    /// A path below a folder that is a link.
    fn through_linked_folder(&self, path: &str) -> Option<FileId> {
        let mut folder = path;
        while let Some(cut) = folder.rfind('/') {
            folder = &path[..cut];
            if let Some(target) = self.find_name(folder).and_then(|id| self.node(id).link) {
                let real = format!("{}{}", self.node(target).path, &path[cut..]);
                return self.find_name(&real);
            }
        }
        None
    }

    /// Whether a folder stands at the path. The empty path is the working folder.
    pub fn is_folder(&self, path: &str) -> bool {
        self.find(path)
            .map_or_else(|| self.children.contains_key(path), |id| self.node(id).kind == NodeKind::Directory)
    }

    /// What stands directly in a folder, in byte order of the names.
    pub fn children(&self, folder: &str) -> &[FileId] {
        let real = match self.find_name(folder).and_then(|id| self.node(id).link) {
            Some(target) => self.node(target).path.as_ref(),
            None => folder,
        };
        self.children.get(real).map_or(&[], Vec::as_slice)
    }
}

/// The folder of a path; empty for a bare name.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) => "/",
        Some(cut) => &path[..cut],
        None => "",
    }
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `base` and `path` as one path without `.` and `..` where they can be resolved by the words alone.
pub fn join(base: &str, path: &str) -> String {
    let rooted = path.starts_with('/') || (base.starts_with('/'));
    let whole =
        if path.starts_with('/') || base.is_empty() { path.to_owned() } else { format!("{base}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    if rooted { format!("/{joined}") } else { joined }
}

/// A path and all folders above it, nearest first, ending with the working folder (or `/`).
pub fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(path);
    std::iter::from_fn(move || {
        let now = next?;
        next = match now {
            "" | "/" => None,
            _ => Some(parent(now)),
        };
        Some(now)
    })
}

/// Whether a glob of the user's (`*` inside a component, `**` across them) takes a path.
pub fn glob_fits(glob: &str, path: &str) -> bool {
    globset::GlobBuilder::new(glob)
        .literal_separator(true)
        .build()
        .is_ok_and(|glob| glob.compile_matcher().is_match(path))
}
