//! Secrets in configuration are masked where they are read, so that nothing later can show them.

use super::super::secrets::is_secret_name;
use crate::{
    source::{Source, Span},
    syntax::{
        value::{Kind, Value},
        xml::{Element, Xml},
    },
};

fn is_key_text(text: &str) -> bool {
    text.contains("PRIVATE KEY-----")
}

/// Masks secrets anywhere in a JSON document.
pub(super) fn mask_json(source: &mut Source, document: &Value) {
    let mut spans = Vec::new();
    collect(document, false, &mut spans);
    for span in spans {
        source.mask(span);
    }
}

fn collect(value: &Value, secret: bool, spans: &mut Vec<Span>) {
    match &value.kind {
        Kind::Map(members) => {
            // A vault of keys and values says by the name beside it what the value is.
            let named = value.get("name").and_then(|it| it.value.as_text()).is_some_and(is_secret_name);
            for member in members {
                let hidden = is_secret_name(&member.key) || (named && member.key == "value");
                collect(&member.value, hidden, spans);
            }
        }
        Kind::List(items) => items.iter().for_each(|it| collect(it, secret, spans)),
        Kind::Text(text) if secret || is_key_text(text) => spans.push(value.inner),
        Kind::Number(_) if secret => spans.push(value.inner),
        _ => {}
    }
}

/// Masks secrets anywhere in an XML document.
pub(super) fn mask_xml(source: &mut Source, xml: &Xml) {
    let secret = |it: &&Element| is_secret_name(it.local()) || is_key_text(&it.text);
    let texts = xml.elements().filter(secret).map(|it| it.text_span);
    let attributes = xml.elements().flat_map(|it| &it.attributes).filter(|it| is_secret_name(&it.name));
    let spans: Vec<Span> = texts.chain(attributes.map(|it| it.value_span)).collect();
    for span in spans {
        source.mask(span);
    }
}
