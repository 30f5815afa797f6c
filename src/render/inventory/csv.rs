//! A line an asset, RFC 4180, for spreadsheets. Text that a spreadsheet would take for a formula gets an apostrophe in
//! front, since names of certificates are chosen by strangers.

use std::{fmt::Write as _, io};

use crate::finding::{
    Inventory,
    inventory::{Asset, Spot},
    one_line,
};

use super::{role, used_by};

const COLUMNS: [&str; 25] = [
    "kind",
    "title",
    "days_left",
    "status",
    "not_before",
    "not_after",
    "role",
    "used_by",
    "places",
    "subject",
    "issuer",
    "serial",
    "names",
    "key",
    "key_bits",
    "signature",
    "sha256",
    "sha1",
    "spki_sha256",
    "authority",
    "self_signed",
    "public_authority",
    "same_key",
    "origin",
    "store",
];

/// Writes the header and a line for each asset.
pub(super) fn write(inventory: &Inventory, to: &mut dyn io::Write) -> io::Result<()> {
    let mut out = COLUMNS.join(",") + "\r\n";
    for asset in &inventory.assets {
        let cells = cells(inventory, asset);
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    to.write_all(out.as_bytes())
}

fn cells(inventory: &Inventory, asset: &Asset) -> [String; 25] {
    let some = |text: Option<&str>| text.map_or(String::new(), field);
    let flag = |flag: Option<bool>| flag.map_or(String::new(), |flag| flag.to_string());
    let places: Vec<String> = asset.spots.iter().map(Spot::text).collect();
    let partners: Vec<String> = asset.partners.iter().map(|it| it.place.clone()).collect();
    let key = asset.key.as_ref();
    [
        field(asset.kind.noun()),
        field(&asset.title),
        // A number, whatever its sign: no formula.
        asset.days_left.map_or(String::new(), |days| days.to_string()),
        some(asset.status(&inventory.as_of)),
        some(asset.from.as_ref().map(|it| it.text.as_str())),
        some(asset.until.as_ref().map(|it| it.text.as_str())),
        field(&role(asset)),
        list(&used_by(inventory, asset), asset.user_count),
        list(&places, places.len()),
        some(asset.subject.as_ref().map(|it| it.text.as_str())),
        some(asset.issuer.as_ref().map(|it| it.text.as_str())),
        some(asset.serial.as_ref().map(|it| it.hex.as_str())),
        list(&asset.names, asset.names.len()),
        some(key.map(|it| it.algorithm.name.as_str())),
        key.filter(|it| it.bits > 0).map_or(String::new(), |it| it.bits.to_string()),
        some(asset.signature.as_ref().map(|it| it.name.as_str())),
        some(asset.sha256.as_deref()),
        some(asset.sha1.as_deref()),
        some(key.and_then(|it| it.sha256.as_deref())),
        flag(asset.authority),
        flag(asset.self_signed),
        flag(asset.public_authority),
        list(&partners, asset.partner_count),
        field(asset.origin.word()),
        some(asset.store.as_ref().map(|it| it.kind.as_str())),
    ]
}

/// Values in one field; the rest is counted, since a cell has its limits.
const SHOWN: usize = 100;

/// Several values in one field, with how many there are.
fn list(values: &[String], all: usize) -> String {
    let mut text = values[..values.len().min(SHOWN)].join("; ");
    let more = all.saturating_sub(SHOWN.min(values.len()));
    if more > 0 {
        let _ = write!(text, "; and {more} more");
    }
    field(&text)
}

/// One field: on one line, no formula, quoted where it must be.
fn field(text: &str) -> String {
    let mut text = one_line(text);
    // What OWASP names, with the wide forms that spreadsheets take for the same.
    if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '|', '%']) {
        text.insert(0, '\'');
    }
    if text.contains([',', '"', ';']) || text.starts_with(' ') || text.ends_with(' ') {
        text = format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}
