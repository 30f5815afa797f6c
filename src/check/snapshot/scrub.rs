//! What facts must not carry out of a machine: text that is masked in the source is masked in the words that were read
//! of it as well, and what stands for nothing is left out.

use serde_json::Value;

use crate::source::{Encoding, Source, Span};

/// Masks secrets in a value, and drops fields that are null; a variant of an enumeration begins in upper case and stays.
pub(super) fn scrub(value: &mut Value, source: &Source) {
    match value {
        Value::String(text) => mask(text),
        Value::Array(items) => items.iter_mut().for_each(|it| scrub(it, source)),
        Value::Object(members) => {
            members.retain(|name, it| !it.is_null() || name.starts_with(char::is_uppercase));
            members.values_mut().for_each(|it| scrub(it, source));
            let place = members.get("at").or_else(|| members.get("span")).and_then(span);
            if let (Some(Value::String(text)), Some(span)) = (members.get_mut("text"), place) {
                mask_as(text, source.slice(span));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn span(value: &Value) -> Option<Span> {
    let [start, end] = value.as_array()?.as_slice() else { return None };
    let number = |it: &Value| u32::try_from(it.as_u64()?).ok();
    Some(Span { start: number(start)?, end: number(end)? })
}

/// Passwords in addresses, and keys in PEM, wherever they stand.
fn mask(text: &mut String) {
    if !text.contains("://") && !text.contains("PRIVATE KEY-----") {
        return;
    }
    let mut source = Source::text("", std::mem::take(text), Encoding::Utf8 { bom: false });
    source.mask_url_passwords();
    source.mask_private_keys();
    *text = source.text;
}

/// Masks a word whose place is masked in the source.
fn mask_as(text: &mut String, shown: &str) {
    let masks = |it: &str| it.chars().filter(|c| Source::is_mask(*c)).count();
    if masks(shown) <= masks(text) {
        return;
    }
    let length = text.chars().count();
    let unquoted = shown.strip_prefix(['"', '\'']).and_then(|it| it.strip_suffix(['"', '\'']));
    let same = [Some(shown), unquoted].into_iter().flatten().find(|it| it.chars().count() == length);
    *text = same.map_or_else(|| "*".repeat(length), str::to_owned);
}
