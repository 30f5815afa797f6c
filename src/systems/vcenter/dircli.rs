//! `dir-cli trustedcert list`: the authorities that the directory hands to every store of roots, by their key ids.

use crate::{
    model::vcenter::{CaList, ListedCa},
    syntax::openssl_text::hex,
};

use super::{Reading, lines::lines};

const COUNT: &str = "Number of certificates";

pub(super) fn is_one(text: &str) -> bool {
    let lines = lines(text);
    lines.iter().any(|it| it.value(COUNT).is_some()) && lines.iter().any(|it| it.value("CN(id)").is_some())
}

pub(super) fn read(text: &str, reading: &mut Reading) {
    if !is_one(text) {
        return;
    }
    let mut list: Option<CaList> = None;
    for line in lines(text) {
        if let Some(count) = line.value(COUNT) {
            let at = line.at(reading.file);
            list.get_or_insert(CaList { count: count.text.parse().ok(), at, entries: Vec::new() });
            continue;
        }
        let Some(list) = &mut list else { continue };
        if let Some(id) = line.value("CN(id)") {
            let mut id = id.said(reading.file);
            if let Some(plain) = hex(&id.text) {
                id.text = plain;
            }
            list.entries.push(ListedCa { id, subject: None, revocation: None });
        } else if let Some(last) = list.entries.last_mut() {
            if let Some(subject) = line.value("Subject DN") {
                last.subject = Some(subject.said(reading.file));
            } else if let Some(present) = line.value("CRL present") {
                let there = match present.text {
                    "yes" => true,
                    "no" => false,
                    _ => continue,
                };
                last.revocation = Some((there, line.at(reading.file)));
            }
        }
    }
    reading.unit.authorities = list;
}
