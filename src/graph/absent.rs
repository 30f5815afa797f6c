//! Files as nodes, those that are there and those that are not.

use crate::{
    model::{Form, NodeKind, store::State as Opening},
    source::{FileId, Location},
};

use super::{
    Kind, State, Thing,
    build::{Builder, Draft},
};

/// Folder and name of a path.
fn parts(path: &str) -> (&str, &str) {
    path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name))
}

impl Builder<'_> {
    /// The node of a file of the tree.
    pub(super) fn file(&mut self, file: FileId) -> usize {
        let model = self.model;
        let path = model.path(file);
        let holding = model.materials.holding(file);
        let named = |_: &Self| {
            let (folder, name) = parts(path);
            let store = holding.and_then(|it| it.store.as_deref());
            let sealed = store.is_some_and(|it| matches!(it.state, Opening::Locked | Opening::Refused(_)));
            let keystore = matches!(holding.map(|it| it.form), Some(Form::Pkcs12 | Form::Keystore(_)));
            Draft {
                id: format!("file:{path}"),
                kind: if keystore || store.is_some() { Kind::Store } else { Kind::File },
                title: name.to_owned(),
                detail: folder.to_owned(),
                state: if sealed { State::Locked } else { State::Sound },
                group: folder.to_owned(),
            }
        };
        let node = self.node(Thing::File(file), named);
        if self.is_bare(node) {
            if let Some(holding) = holding {
                let form = match holding.form {
                    Form::Pem => "PEM",
                    Form::Utf16Pem => "PEM in UTF-16",
                    Form::Der => "DER",
                    Form::Pkcs7 => "PKCS#7",
                    Form::Pkcs12 => "PKCS#12",
                    Form::Keystore(name) => name,
                    Form::OcspResponse => "OCSP response",
                    Form::Empty => "empty",
                    Form::Text => "text without PEM",
                    Form::Binary => "binary",
                };
                self.fact(node, "form", form);
            }
            self.place(node, Location::whole(file));
        }
        node
    }

    /// The node of a folder that is named where a file could be.
    pub(super) fn folder(&mut self, folder: FileId) -> usize {
        let node = self.file(folder);
        if self.model.paths.node(folder).kind == NodeKind::Directory {
            self.fact(node, "form", "folder");
        }
        node
    }

    /// The node of a file that should be there.
    pub(super) fn missing(&mut self, expected: &str, beside: Option<FileId>, at: Location) -> usize {
        let (folder, name) = parts(expected);
        let named = |_: &Self| Draft {
            id: format!("missing:{expected}"),
            kind: Kind::File,
            title: name.to_owned(),
            detail: format!("not in {folder}"),
            state: State::Missing,
            group: folder.to_owned(),
        };
        let node = self.node(Thing::Absent(expected.to_owned()), named);
        self.mark(node, at);
        if let Some(beside) = beside {
            let path = self.model.path(beside).to_owned();
            self.fact(node, "a file of that name", path);
        }
        node
    }
}
