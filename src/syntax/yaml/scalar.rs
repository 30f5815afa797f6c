//! What a scalar is by the core schema of YAML 1.2. `yes` and `on` are text
//! there, whatever YAML 1.1 makes of them.

use granit_parser::{ScalarStyle, Tag};

use crate::syntax::value::Kind;

/// The kind of a scalar: by its tag if it has one, else by its looks if it is
/// not in quotes.
pub(super) fn kind(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Kind {
    let by_looks = match tag {
        Some(tag) => matches!(tag.core_suffix(), Some("null" | "bool" | "int" | "float")),
        None => style == ScalarStyle::Plain,
    };
    let known = if by_looks { by_core_schema(text) } else { None };
    known.unwrap_or_else(|| Kind::Text(text.to_owned()))
}

fn by_core_schema(text: &str) -> Option<Kind> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ if is_number(text) => Kind::Number(text.to_owned()),
        _ => return None,
    })
}

fn is_number(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map_or("0", |exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let some = !whole.is_empty() || !fraction.is_empty();
    some && !exponent.is_empty() && [whole, fraction, exponent].into_iter().all(digits)
}
