//! A calendar, RFC 5545: one event on the last day of each certificate, with alarms before it. The identity of an event
//! is that of the certificate, so that a calendar read again is brought up to date and not doubled.

use std::{fmt::Write as _, io};

use crate::finding::{
    Inventory,
    inventory::{Asset, Kind, Spot},
    one_line,
    visible::inert,
};

use super::used_by;

/// Days before the end on which a calendar speaks up.
const ALARMS: [u32; 3] = [30, 14, 7];

/// Places and users that an event names; the rest is counted.
const SHOWN: usize = 10;

/// A line has no more octets than this, its end left out.
const LINE: usize = 75;

/// Writes the calendar.
pub(super) fn write(inventory: &Inventory, to: &mut dyn io::Write) -> io::Result<()> {
    let mut out = String::new();
    for (name, value) in [
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", concat!("-//tlslint//tlslint ", env!("CARGO_PKG_VERSION"), "//EN")),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
        ("X-WR-CALNAME", "Certificates that end"),
    ] {
        line(&mut out, name, value);
    }
    let stamp = basic(&inventory.as_of.text);
    for asset in inventory.assets.iter().filter(|it| it.kind == Kind::Certificate) {
        event(&mut out, inventory, asset, &stamp);
    }
    line(&mut out, "END", "VCALENDAR");
    to.write_all(out.as_bytes())
}

fn event(out: &mut String, inventory: &Inventory, asset: &Asset, stamp: &str) {
    let Some(until) = &asset.until else { return };
    // RFC 5280 4.1.2.5: this day says that there is no end.
    if until.day() == "9999-12-31" || until.day().len() != 10 {
        return;
    }
    let title = one_line(&asset.title);
    let summary = escaped(&format!("Certificate {title} expires"));
    line(out, "BEGIN", "VEVENT");
    line(out, "UID", &format!("{}@tlslint", asset.identity()));
    line(out, "DTSTAMP", stamp);
    line(out, "DTSTART;VALUE=DATE", &basic(until.day()));
    line(out, "SUMMARY", &summary);
    line(out, "DESCRIPTION", &escaped(&description(inventory, asset)));
    let roles: Vec<String> = asset.roles.iter().map(|it| escaped(it.noun())).collect();
    line(out, "CATEGORIES", &roles.join(","));
    line(out, "TRANSP", "TRANSPARENT");
    for days in ALARMS {
        line(out, "BEGIN", "VALARM");
        line(out, "ACTION", "DISPLAY");
        line(out, "DESCRIPTION", &escaped(&format!("Certificate {title} expires in {days} days")));
        line(out, "TRIGGER", &format!("-P{days}D"));
        line(out, "END", "VALARM");
    }
    line(out, "END", "VEVENT");
}

fn description(inventory: &Inventory, asset: &Asset) -> String {
    let mut text = String::new();
    if let Some(until) = &asset.until {
        let _ = writeln!(text, "Valid until {}", until.text);
    }
    if let Some(issuer) = &asset.issuer {
        let _ = writeln!(text, "Issued by {}", one_line(&issuer.text));
    }
    if let Some(serial) = &asset.serial {
        let _ = writeln!(text, "Serial number {}", serial.hex);
    }
    let places: Vec<String> = asset.spots.iter().map(Spot::text).collect();
    for (title, values) in
        [("Names", &asset.names), ("Used by", &used_by(inventory, asset)), ("Stands in", &places)]
    {
        if values.is_empty() {
            continue;
        }
        let shown: Vec<String> = values.iter().take(SHOWN).map(|it| one_line(it)).collect();
        let more = values.len().saturating_sub(SHOWN);
        let more = if more == 0 { String::new() } else { format!(", and {more} more") };
        let _ = writeln!(text, "{title}: {}{more}", shown.join(", "));
    }
    text.trim_end().to_owned()
}

/// `2026-11-22T00:00:00Z` → `20261122T000000Z`.
fn basic(text: &str) -> String {
    text.chars().filter(|point| !matches!(point, '-' | ':')).collect()
}

/// Text as a value, RFC 5545 3.3.11.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for point in inert(text).chars() {
        match point {
            '\\' | ';' | ',' => out.extend(['\\', point]),
            '\n' => out.push_str("\\n"),
            _ => out.push(point),
        }
    }
    out
}

/// A content line, folded between characters, RFC 5545 3.1.
fn line(out: &mut String, name: &str, value: &str) {
    let mut used = 0;
    for point in name.chars().chain([':']).chain(value.chars()) {
        if used + point.len_utf8() > LINE {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(point);
        used += point.len_utf8();
    }
    out.push_str("\r\n");
}
