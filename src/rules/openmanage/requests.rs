//! What is asked of an appliance when it generates a request: fields it wants, and values it does not take.

use std::net::IpAddr;

use crate::{
    finding::Findings,
    model::{
        Model, Said,
        openmanage::{FIELDS, Field, Payload, Reason},
    },
    rules::words,
};

use super::told;

/// Alternative names in one request.
const MOST: usize = 4;

/// Characters in one of them.
const LONGEST: usize = 64;

/// See the card.
pub(crate) fn csr_payload(model: &Model, out: &mut Findings) {
    for payload in model.openmanage.units.iter().flat_map(|(_, unit)| &unit.payloads) {
        missing(payload, out);
        for (field, said) in &payload.fields {
            let Some(wrong) = fault(field, said) else { continue };
            let name = name(payload, field);
            let message = format!("`{name}` {}: {}", wrong.0, answer(field));
            let finding = out.report(message, said.at, wrong.1);
            for answer in model
                .openmanage
                .units
                .iter()
                .flat_map(|(_, unit)| &unit.answers)
                .filter(|it| matches!(&it.reason, Reason::Value(of) if is_about(of, field)))
                .take(words::SHOWN)
            {
                finding.label(answer.at, format!("the appliance said so{}", told::on(answer)));
            }
            finding.help(help(field));
        }
    }
}

/// Whether an answer is about a field.
fn is_about(of: &str, field: &Field) -> bool {
    of == field.rest || (field.rest == "San" && matches!(of, "SAN" | "Subject Alternative Name(s)"))
}

/// Whether a field of some request of the tree is why an appliance answered so.
pub(super) fn explains(model: &Model, of: &str) -> bool {
    let payloads = model.openmanage.units.iter().flat_map(|(_, unit)| &unit.payloads);
    payloads
        .flat_map(|it| &it.fields)
        .any(|(field, said)| is_about(of, field) && (fault(field, said).is_some() || said.text.contains('*')))
}

fn name(payload: &Payload, field: &Field) -> &'static str {
    if payload.is_task { field.ansible } else { field.rest }
}

fn missing(payload: &Payload, out: &mut Findings) {
    let there = |field: &&Field| {
        payload.given.contains(field)
            || payload.fields.iter().any(|(it, said)| it == field && !said.is_blank())
    };
    let absent: Vec<String> = FIELDS
        .iter()
        .filter(|it| !it.optional && !there(it))
        .map(|it| format!("`{}`", name(payload, it)))
        .collect();
    if absent.is_empty() {
        return;
    }
    let needs = if payload.is_task { "the task fails before it asks" } else { "the appliance refuses it" };
    let message =
        format!("the request lacks {}: all seven fields are needed, so {needs}", words::list(&absent, 7));
    out.report(message, payload.at, "fields are missing").help(
        "say the distinguished name, department, business, locality, state, country (two letters) and e-mail",
    );
}

/// What is wrong with a value, and what to see there.
fn fault(field: &Field, said: &Said) -> Option<(String, &'static str)> {
    let text = said.trimmed();
    if text.is_empty() {
        return None;
    }
    match field.rest {
        "Country" if text.len() != 2 || !text.bytes().all(|it| it.is_ascii_alphabetic()) => {
            Some((format!("is `{text}`, and a country has two letters"), "two letters are needed"))
        }
        "Email" if !is_address(text) => {
            Some((format!("is `{text}`, which is no e-mail address"), "no e-mail address"))
        }
        "San" => alternative(text),
        _ => None,
    }
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
}

/// What an appliance refuses in its list of alternative names.
fn alternative(text: &str) -> Option<(String, &'static str)> {
    if text.contains(['[', ']']) {
        return Some(("is written as a list with brackets".to_owned(), "no brackets"));
    }
    let names: Vec<&str> = text.split(',').collect();
    if names.len() > MOST {
        return Some((format!("has {} names, and at most {MOST} are taken", names.len()), "too many names"));
    }
    if text.contains(char::is_whitespace) {
        return Some(("has blanks between its names".to_owned(), "no blanks"));
    }
    names.iter().find_map(|name| {
        let last = name.rsplit('.').next().unwrap_or_default();
        if name.chars().count() > LONGEST {
            Some((format!("has a name of more than {LONGEST} characters"), "too long"))
        } else if name.parse::<IpAddr>().is_ok() {
            None
        } else if last.len() < 2 {
            Some((
                format!("has `{name}`, whose last part is shorter than two characters"),
                "too short a part",
            ))
        } else if name.starts_with('-') {
            Some((format!("has `{name}`, which is no name of a host"), "no name of a host"))
        } else {
            None
        }
    })
}

/// What is known about the answer.
fn answer(field: &Field) -> String {
    match field.rest {
        "San" => "an appliance answers with status 400 (`Unable to complete the request because the input value for Subject Alternative Name(s) is missing or an invalid value is entered.`, or `SAN` in place of the long name)".to_owned(),
        _ => "an appliance answers with status 400".to_owned(),
    }
}

fn help(field: &Field) -> &'static str {
    match field.rest {
        "Country" => "write the two letters of ISO 3166, such as `US`",
        "Email" => "write an address with a host, such as `operations@example.com`",
        _ => "write at most four names of at most 64 characters, with commas and no blanks between them",
    }
}
