//! Refusals of an appliance: the JSON that its log, its interface and the Ansible module show.

use crate::{
    model::openmanage::{ARGUMENTS, Answer, Mode, Reason},
    source::{FileId, Location, Span},
    syntax::value::Value,
};

/// What is known about a refusal beside its JSON.
#[derive(Clone, Debug, Default)]
pub(in crate::systems) struct Context {
    pub(in crate::systems) moment: Option<String>,
    pub(in crate::systems) mode: Option<Mode>,
    /// It came from the part of the appliance that takes certificates.
    pub(in crate::systems) of_certificates: bool,
}

/// Codes that are about certificates, or may be.
pub(in crate::systems) const CODES: &[&str] = &["CGEN1008", "CSEC9002", "CGEN6002"];

/// What the check of a migration's connection says where it fails.
pub(in crate::systems) const CONNECTION: &str =
    "Unable to mutually authenticate and connect to the remote appliance";

/// Fields that CGEN6002 may be about, as it writes them, where the request for a certificate is meant.
const VALUES: &[&str] =
    &["DistinguishedName", "DepartmentName", "BusinessName", "Subject Alternative Name(s)", "SAN"];

/// Whether JSON looks like a refusal of an appliance.
pub(super) fn is_one(text: &str) -> bool {
    text.contains("@Message.ExtendedInfo") && CODES.iter().any(|it| text.contains(it))
}

/// Deeper JSON is not followed.
const DEPTH: usize = 16;

/// Adds the refusals in a JSON value whose text begins at byte `base` of the source.
pub(in crate::systems) fn collect(
    file: FileId,
    value: &Value,
    base: u32,
    context: &Context,
    out: &mut Vec<Answer>,
) {
    inside(file, value, base, context, out, 0);
}

fn inside(file: FileId, value: &Value, base: u32, context: &Context, out: &mut Vec<Answer>, depth: usize) {
    if depth > DEPTH {
        return;
    }
    for item in value.items() {
        inside(file, item, base, context, out, depth + 1);
    }
    for member in value.members() {
        if squeezed(&member.key) == "@Message.ExtendedInfo" {
            out.extend(member.value.items().iter().filter_map(|it| answer(file, it, base, context)));
        } else {
            inside(file, &member.value, base, context, out, depth + 1);
        }
    }
}

fn answer(file: FileId, entry: &Value, base: u32, context: &Context) -> Option<Answer> {
    let code = field(entry, "MessageId")?;
    let arguments = field(entry, "MessageArgs").map(Value::items).unwrap_or_default();
    let first = arguments.iter().find_map(|it| Some((it.as_text()?, it.inner)));
    let message = field(entry, "Message").and_then(Value::as_text).unwrap_or_default();
    let (reason, at) = match squeezed(code.as_text()?).as_str() {
        "CSEC9002" => (Reason::File, code.inner),
        "CGEN1008" => {
            let (text, at) = first.unwrap_or(("", code.inner));
            match ARGUMENTS.iter().find(|(known, _)| squeezed(known) == squeezed(text)) {
                Some((_, reason)) => (reason.clone(), at),
                // The code says only that something failed, wherever in the appliance.
                None if context.of_certificates => (Reason::Other(joined(text)), at),
                None => return None,
            }
        }
        "CGEN6002" => {
            let field = first.map(|(text, _)| joined(text)).or_else(|| about(message))?;
            let known = VALUES.iter().any(|it| squeezed(it) == squeezed(&field));
            (known || context.of_certificates)
                .then(|| (Reason::Value(field), first.map_or(code.inner, |(_, at)| at)))?
        }
        _ => return None,
    };
    let severity = field(entry, "Severity").and_then(Value::as_text).unwrap_or_default();
    let mild = matches!(
        squeezed(severity).to_ascii_lowercase().as_str(),
        "warning" | "ok" | "informational" | "info"
    );
    let at = Location::text(file, Span { start: at.start + base, end: at.end + base });
    Some(Answer { at, reason, moment: context.moment.clone(), mode: context.mode, mild })
}

/// The value of a key, which may be broken over two lines.
fn field<'v>(entry: &'v Value, key: &str) -> Option<&'v Value> {
    entry.members().iter().find(|it| squeezed(&it.key) == key).map(|it| &it.value)
}

/// The field that a message is about.
fn about(message: &str) -> Option<String> {
    let message = joined(message);
    let (_, rest) = message.split_once("input value for ")?;
    let (field, _) = rest.split_once(" is missing")?;
    Some(field.to_owned())
}

/// Without line breaks and the blanks around them.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without any blank, so that a line broken in the middle of a word is no other text.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}
