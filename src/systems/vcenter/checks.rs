//! `checksts.py`: which certificates of the signing chains are valid, by their thumbprints.

use crate::{
    model::vcenter::StsCheck,
    syntax::{dates, openssl_text::hex},
    x509::Time,
};

use super::{Reading, lines::lines};

/// `2 VALID CERTS`, `0 EXPIRED CERTS`: whether those below have ended.
fn heading(text: &str) -> Option<bool> {
    let (count, rest) = text.split_once(' ')?;
    count.parse::<u32>().ok()?;
    match rest.trim() {
        "VALID CERTS" => Some(false),
        "EXPIRED CERTS" => Some(true),
        _ => None,
    }
}

pub(super) fn is_one(text: &str) -> bool {
    lines(text).iter().any(|it| heading(it.text).is_some())
}

pub(super) fn read(text: &str, reading: &mut Reading) {
    let mut expired = None;
    let mut is_leaf = false;
    for line in lines(text) {
        if let Some(those) = heading(line.text) {
            expired = Some(those);
            continue;
        }
        let Some(expired) = expired else { continue };
        match line.text.trim_end_matches(':').trim() {
            "LEAF CERTS" => is_leaf = true,
            "ROOT CERTS" => is_leaf = false,
            words => {
                let Some((_, rest)) = words.split_once("Certificate") else { continue };
                let rest = rest.trim_start_matches([':', ' ', '\t']);
                let (print, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let Some(thumbprint) = hex(print).filter(|it| it.len() == 40) else { continue };
                let number = |before: &str| {
                    let (_, rest) = rest.split_once(before)?;
                    rest.split_whitespace().next()?.parse().ok()
                };
                let ended = rest.find(|c: char| c.is_ascii_digit()).and_then(|at| {
                    let date = &rest[at..];
                    let date = date.get(..19).or_else(|| date.get(..10))?;
                    dates::iso(date).map(|it| Time(it.seconds))
                });
                reading.unit.checks.push(StsCheck {
                    at: line.at(reading.file),
                    thumbprint,
                    is_leaf,
                    expired,
                    ended: ended.filter(|_| expired),
                    days: number("expire in ").filter(|_| !expired),
                });
            }
        }
    }
}
