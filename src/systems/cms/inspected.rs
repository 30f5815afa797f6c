//! What `pki inspect` prints: the text of OpenSSL below the command that asked for it.

use crate::{
    model::{
        Said,
        cms::{CommandKind, Inspected, Unit},
    },
    source::{FileId, Location, Place, Span},
    syntax::{
        dates,
        openssl_text::{self, Print, Word},
    },
    x509::{Time, WrittenName},
};

/// Certificates that follow a `pki inspect`, each with the file it was asked about.
pub(super) fn read(file: FileId, text: &str, unit: &mut Unit) {
    let start = |at: Location| match at.place {
        Place::Text(span) => span.start,
        Place::Whole | Place::Entry(_) => 0,
    };
    let mut asked: Vec<(u32, Option<String>, Said)> = Vec::new();
    for session in &unit.sessions {
        for (_, command) in session.commands() {
            let inspects =
                matches!(command.kind, CommandKind::Other(None)) && command.head(2) == "pki inspect";
            if let Some(name) = command.words.get(2).filter(|_| inspects) {
                asked.push((start(command.at), session.prompt.clone(), name.clone()));
            }
        }
    }
    if asked.is_empty() {
        return;
    }
    asked.sort_by_key(|(at, ..)| *at);
    let mut last = None;
    for print in openssl_text::find(text).iter().filter(|it| !it.is_request) {
        let before = asked.partition_point(|(at, ..)| *at < print.span.start);
        // Of a bundle the first certificate is printed.
        if before == 0 || last == Some(before) {
            continue;
        }
        last = Some(before);
        let (_, prompt, name) = &asked[before - 1];
        unit.inspected.push(inspected(file, prompt.clone(), name.clone(), print));
    }
}

fn inspected(file: FileId, prompt: Option<String>, name: Said, print: &Print) -> Inspected {
    let place = |span: Span| Location::text(file, span);
    let written = |word: &Option<Word>| word.as_ref().and_then(|it| WrittenName::parse(&it.text));
    let time =
        |word: &Option<Word>| word.as_ref().and_then(|it| dates::openssl(&it.text)?.universal()).map(Time);
    let at = print.subject.as_ref().or(print.issuer.as_ref()).map_or(print.span, |it| it.span);
    let names = print.alt_names().unwrap_or_default();
    let serial = print.serial.as_ref().and_then(|it| {
        let even = if it.text.len().is_multiple_of(2) { it.text.clone() } else { format!("0{}", it.text) };
        data_encoding::HEXLOWER_PERMISSIVE.decode(even.as_bytes()).ok()
    });
    Inspected {
        prompt,
        file: name,
        at: place(at),
        ends_at: print.not_after.as_ref().map(|it| place(it.span)),
        subject: written(&print.subject),
        issuer: written(&print.issuer),
        serial,
        not_before: time(&print.not_before),
        not_after: time(&print.not_after),
        is_ca: print.is_ca(),
        alt_names: names.into_iter().filter(|(kind, _)| kind == "DNS").map(|(_, it)| it.text).collect(),
        signature: print.signature.as_ref().map(|it| it.text.clone()),
    }
}
