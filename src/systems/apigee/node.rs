//! One shape for what the management API says in XML and in JSON: keys, values and children, each with its place.

use crate::{
    model::Said,
    source::Location,
    syntax::{
        value::{Kind, Member, Value},
        xml::Element,
    },
};

use super::Context;

/// Which spelling the keys have.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Xml,
    Json,
}

/// An element, a member, or an item of a list.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) format: Format,
    /// The name of the element or the key; empty for an item of a list.
    pub(super) key: Said,
    /// What a label about the thing as such points at: the start tag, the key, or the first line of an object.
    pub(super) at: Location,
    /// Text of an element without children, or a scalar. An empty text is a value too; `null` is none.
    pub(super) value: Option<Said>,
    pub(super) attributes: Vec<(String, Said)>,
    pub(super) children: Vec<Node>,
    pub(super) is_list: bool,
    pub(super) is_map: bool,
    /// A number, or a text that was written without quotes.
    pub(super) is_number: bool,
}

impl Node {
    /// The last child of exactly this name, in XML the first: what the reader of each format takes.
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        match self.format {
            Format::Xml => self.children.iter().find(|it| it.key.text == name),
            Format::Json => self.children.iter().rev().find(|it| it.key.text == name),
        }
    }

    /// The value of the child of exactly this name.
    pub(super) fn text(&self, name: &str) -> Option<Said> {
        self.child(name)?.value.clone()
    }

    /// The values of the items below the child of this name: `<A><B>x</B></A>`, `"a": ["x"]`.
    pub(super) fn texts(&self, name: &str) -> Vec<Said> {
        let items = self.child(name).map_or(&[][..], |it| &it.children);
        items.iter().filter_map(|it| it.value.clone()).collect()
    }

    pub(super) fn attribute(&self, name: &str) -> Option<Said> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, said)| said.clone())
    }

    /// Whether a child of this name is there, in whatever case.
    pub(super) fn has_in_any_case(&self, name: &str) -> bool {
        self.children.iter().any(|it| it.key.text.eq_ignore_ascii_case(name))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.child(name).is_some()
    }
}

/// An element with everything in it.
pub(super) fn of_element(context: &Context<'_>, element: &Element) -> Node {
    let said = |text: &str, span| Said { text: text.to_owned(), at: context.at(span) };
    let attributes = element.attributes.iter().map(|it| (it.name.clone(), said(&it.value, it.value_span)));
    let children: Vec<Node> = element.children.iter().map(|it| of_element(context, it)).collect();
    Node {
        format: Format::Xml,
        key: said(element.local(), element.name_span),
        at: context.at(element.open_span),
        value: children.is_empty().then(|| said(&element.text, element.text_span)),
        attributes: attributes.collect(),
        is_list: false,
        is_map: !children.is_empty(),
        is_number: false,
        children,
    }
}

/// A value that stands in a list or alone.
pub(super) fn of_value(context: &Context<'_>, value: &Value) -> Node {
    let mut head = value.span;
    // An object is pointed at by its bracket; all of it would be a label over pages.
    if matches!(value.kind, Kind::Map(_) | Kind::List(_)) {
        head.end = head.end.min(head.start + 1);
    }
    let at = context.at(head);
    build(context, Said { text: String::new(), at }, at, value)
}

/// A member of an object.
pub(super) fn of_member(context: &Context<'_>, member: &Member) -> Node {
    let key = Said { text: member.key.clone(), at: context.at(member.key_span) };
    let at = key.at;
    build(context, key, at, &member.value)
}

fn build(context: &Context<'_>, key: Said, at: Location, value: &Value) -> Node {
    let children = match &value.kind {
        Kind::Map(members) => members.iter().map(|it| of_member(context, it)).collect(),
        Kind::List(items) => items.iter().map(|it| of_value(context, it)).collect(),
        _ => Vec::new(),
    };
    let scalar = value.text_like().map(|text| Said { text: text.to_owned(), at: context.at(value.inner) });
    Node {
        format: Format::Json,
        key,
        at,
        value: scalar,
        attributes: Vec::new(),
        children,
        is_list: matches!(value.kind, Kind::List(_)),
        is_map: matches!(value.kind, Kind::Map(_)),
        is_number: matches!(value.kind, Kind::Number(_)),
    }
}
