//! How rules about Cisco Meeting Server walk through it.

use crate::model::{
    Model, PointerId,
    cms::{Command, CommandKind, Node, Request, Session, Side, Slot, SlotIds},
    tree::join,
};

/// A command with where it stands.
#[derive(Copy, Clone)]
pub(super) struct Typed<'m> {
    pub(super) node: &'m Node,
    pub(super) session: &'m Session,
    /// Index of the entry.
    pub(super) at: usize,
    pub(super) command: &'m Command,
}

/// Every command of every node.
pub(super) fn commands(model: &Model) -> impl Iterator<Item = Typed<'_>> {
    model.cms.sessions().flat_map(|(node, _, session)| {
        session.commands().map(move |(at, command)| Typed { node, session, at, command })
    })
}

/// Every request that is no template.
pub(super) fn requests(model: &Model) -> impl Iterator<Item = (Typed<'_>, &Request)> {
    commands(model).filter_map(|typed| match &typed.command.kind {
        CommandKind::Request(request) if !typed.command.is_template() => Some((typed, request)),
        _ => None,
    })
}

/// A slot with what it became.
#[derive(Copy, Clone)]
pub(super) struct Used<'m> {
    pub(super) index: usize,
    pub(super) node: &'m Node,
    pub(super) slot: &'m Slot,
    pub(super) ids: SlotIds,
}

/// Every slot of every node.
pub(super) fn slots(model: &Model) -> impl Iterator<Item = Used<'_>> {
    model.cms.nodes.iter().enumerate().flat_map(move |(index, node)| {
        node.slots.iter().enumerate().filter_map(move |(at, slot)| {
            let ids = *model.cms_wiring.slots.get(&(index, at))?;
            Some(Used { index, node, slot, ids })
        })
    })
}

/// Slots whose key was made by a request of this name.
pub(super) fn used_by<'m>(node: &'m Node, base: &str) -> impl Iterator<Item = &'m Slot> {
    let key = format!("{base}.key");
    node.slots.iter().filter(move |slot| slot.key.as_ref().is_some_and(|it| it.text == key))
}

/// What a request is for, as far as its key or its name tell.
pub(super) fn is_for(node: &Node, request: &Request, side: Side) -> bool {
    let Some(base) = &request.base else { return false };
    if used_by(node, &base.text).next().is_some() {
        return used_by(node, &base.text).any(|it| it.side == side);
    }
    let name = base.text.to_ascii_lowercase();
    let database = name.contains("db") || name.contains("database");
    let client = name.contains("client");
    match side {
        Side::DatabaseClient => database && client,
        Side::DatabaseServer => database && !client,
        Side::Own => !database,
    }
}

/// The certificate that came back for a request lies beside it: that is judged, not the request.
pub(super) fn is_answered(model: &Model, node: &Node, request: &Request) -> bool {
    let Some(base) = &request.base else { return false };
    [".crt", ".cer", ".pem"].iter().any(|ending| {
        let path = join(&node.folder, &format!("{}{ending}", base.text));
        model.paths.find(&path).is_some_and(|file| model.materials.each_in(file).next().is_some())
    })
}

/// The shown name of the file that a line names.
pub(super) fn file(model: &Model, pointer: PointerId) -> String {
    let it = model.estate.pointer(pointer);
    it.to.file().map_or_else(|| it.written.clone(), |file| model.path(file).to_owned())
}
