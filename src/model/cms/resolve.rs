//! Where the files that a Meeting Server is told to use lie in a tree: the server keeps all in one folder, and people keep
//! copies beside their scripts.

use super::{
    super::{
        resolve::{Resolved, Resolver},
        said::Said,
        tree::{NodeKind, Paths, join, parent},
    },
    Node,
};

/// Folders that people keep certificates in.
const HOLDS: &[&str] =
    &["cert", "certs", "certificate", "certificates", "pki", "ssl", "tls", "keys", "bundles", "files"];

/// The file of a name, for a node.
pub(super) fn find(paths: &Paths, node: &Node, written: &Said) -> Resolved {
    let name = written.trimmed();
    if written.is_placeholder() {
        return Resolved::Opaque;
    }
    if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
        return Resolved::Outside;
    }
    let look = |folder: &str| {
        let id = paths.find(&join(folder, name))?;
        (paths.node(id).kind == NodeKind::File).then_some(Resolved::File(id))
    };
    if let Some(found) = look(&node.folder) {
        return found;
    }
    let mut folders: Vec<String> = Vec::new();
    let mut roots = vec![node.folder.clone()];
    if !node.folder.is_empty() && parent(&node.folder) != node.folder {
        roots.push(parent(&node.folder).to_owned());
    }
    for root in &roots {
        for folder in HOLDS.iter().map(|it| join(root, it)).filter(|it| paths.is_folder(it)) {
            folders.push(join(&folder, &node.name));
            folders.push(folder);
        }
    }
    folders.push(join(&node.folder, &node.name));
    if let Some(above) = roots.get(1).filter(|it| !it.is_empty()) {
        folders.push(above.clone());
    }
    folders.iter().find_map(|it| look(it)).unwrap_or(Resolved::Outside)
}

/// Where a file that is not there should be; only where the tree shows that the server's files are kept in that folder.
pub(super) fn missing(resolver: &Resolver<'_>, node: &Node, written: &Said, kept: bool) -> Resolved {
    let expected = join(&node.folder, written.trimmed());
    if kept && !(resolver.ignored)(&expected) {
        Resolved::Missing { expected, beside: None }
    } else {
        Resolved::Outside
    }
}
