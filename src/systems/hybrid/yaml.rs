//! Values of YAML as the model has them.

use crate::{
    model::{
        hybrid::{Scalar, Shape},
        said::Said,
    },
    source::{FileId, Location},
    syntax::value::{Kind, Member, Value},
};

/// The member of a map: its own, or one that `<<` brings in.
pub(super) fn field<'v>(map: &'v Value, key: &str) -> Option<&'v Member> {
    map.get(key).or_else(|| {
        let merged = &map.get("<<")?.value;
        match &merged.kind {
            Kind::List(maps) => maps.iter().find_map(|it| it.get(key)),
            _ => merged.get(key),
        }
    })
}

/// The value of a member.
pub(super) fn value<'v>(map: &'v Value, key: &str) -> Option<&'v Value> {
    field(map, key).map(|it| &it.value)
}

/// A member as one value.
pub(super) fn scalar(file: FileId, map: &Value, key: &str) -> Option<Scalar> {
    let member = field(map, key)?;
    let value = &member.value;
    let text = value.text_like().unwrap_or_default().to_owned();
    let (shape, span) = match &value.kind {
        Kind::Null => (Shape::Nothing, member.key_span),
        Kind::Bool(_) => (Shape::Truth, value.inner),
        Kind::Number(_) => (Shape::Number, value.inner),
        Kind::Text(_) if value.inner.start == value.inner.end => (Shape::Text, value.span),
        Kind::Text(_) => (Shape::Text, value.inner),
        Kind::List(_) | Kind::Map(_) | Kind::Alias(_) => (Shape::Several, member.key_span),
    };
    Some(Scalar { said: Said { text, at: Location::text(file, span) }, shape })
}

/// A member as a word, where it is one.
pub(super) fn said(file: FileId, map: &Value, key: &str) -> Option<Said> {
    let scalar = scalar(file, map, key)?;
    (scalar.is_set() && scalar.shape != Shape::Several).then_some(scalar.said)
}

/// The words of a list, or the one word that stands instead of it.
pub(super) fn words(file: FileId, value: Option<&Value>) -> Vec<Said> {
    let Some(value) = value else { return Vec::new() };
    let items = value.as_list().unwrap_or(std::slice::from_ref(value));
    items
        .iter()
        .filter_map(|it| Some(Said { text: it.text_like()?.to_owned(), at: Location::text(file, it.inner) }))
        .collect()
}

/// A key with its place.
pub(super) fn key(file: FileId, member: &Member) -> Said {
    Said { text: member.key.clone(), at: Location::text(file, member.key_span) }
}

/// Whether parts of a map come from where they cannot be seen.
pub(super) fn is_partial(map: &Value) -> bool {
    map.members().iter().any(|it| matches!(it.value.kind, Kind::Alias(_)) || it.key.contains("{{"))
}
