//! What a request for a certificate is to say: the body of `GenerateCSR`, and options of the module.

use crate::{
    model::{
        Said,
        openmanage::{FIELDS, Field, Payload, Unit},
    },
    source::{FileId, Location},
    syntax::value::{Kind, Value},
};

/// Whether JSON looks like the body of the call: its first name, and one that little else has.
pub(super) fn is_one(text: &str) -> bool {
    text.contains("\"DistinguishedName\"")
        && (text.contains("\"DepartmentName\"") || text.contains("\"BusinessName\""))
}

/// Reads the body of the call.
pub(super) fn body(file: FileId, body: &Value, unit: &mut Unit) {
    if ["DistinguishedName", "DepartmentName", "BusinessName"]
        .iter()
        .filter(|it| body.get(it).is_some())
        .count()
        < 2
    {
        return;
    }
    unit.payloads.push(fields(file, body, Location::text(file, start(body)), false, &[]));
}

/// The line of the first member: a whole body is too much to show.
fn start(body: &Value) -> crate::source::Span {
    body.members().first().map_or(body.span, |it| it.key_span)
}

/// The fields of a map. `defaults` holds the names of options that a block gives to all its tasks.
pub(super) fn fields(file: FileId, map: &Value, at: Location, is_task: bool, defaults: &[String]) -> Payload {
    let mut payload = Payload { at, fields: Vec::new(), given: Vec::new(), is_task };
    for field in FIELDS {
        let name = name(field, is_task);
        let Some(member) = map.get(name) else {
            if defaults.iter().any(|it| it == name) {
                payload.given.push(field);
            }
            continue;
        };
        let value = &member.value;
        match (&value.kind, value.text_like()) {
            (Kind::Null, _) => {}
            (_, Some(text)) => {
                let span = if value.inner.start == value.inner.end { member.key_span } else { value.inner };
                let said = Said { text: text.to_owned(), at: Location::text(file, span) };
                if said.is_placeholder() {
                    payload.given.push(field);
                } else {
                    payload.fields.push((field, said));
                }
            }
            _ => payload.given.push(field),
        }
    }
    payload
}

/// The name of a field where it is written.
fn name(field: &Field, is_task: bool) -> &'static str {
    if is_task { field.ansible } else { field.rest }
}
