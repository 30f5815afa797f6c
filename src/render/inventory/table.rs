//! Columns for people: what ends first stands first. On a terminal the long columns are cut to its width.

use std::io::{self, Write as _};

use codespan_reporting::term::termcolor::{Buffer, Color, ColorSpec, WriteColor as _};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::{
    finding::{
        Inventory,
        inventory::{Asset, Kind, Origin},
        one_line,
    },
    render::summary::count,
};

use super::{Sheet, role, used_by};

/// What ends within so many days is marked.
const SOON: i64 = 30;

const TITLES: [&str; 6] = ["days", "until", "what", "role", "where", "used by"];

/// How narrow a column may become, and which go first.
const SHRINK: [(usize, usize); 4] = [(5, 14), (4, 24), (2, 20), (3, 12)];

/// A row with how many more places and users there are.
struct Row<'a> {
    asset: &'a Asset,
    cells: [String; 6],
    more: [usize; 6],
}

/// Writes the table, then the summary.
pub(super) fn write(inventory: &Inventory, to: &mut dyn io::Write, sheet: Sheet) -> io::Result<()> {
    let rows: Vec<Row<'_>> = inventory.assets.iter().map(|asset| row(inventory, asset)).collect();
    let mut buffer = if sheet.color { Buffer::ansi() } else { Buffer::no_color() };
    if !rows.is_empty() {
        let widths = widths(&rows, sheet.width);
        buffer.set_color(ColorSpec::new().set_bold(true))?;
        line(&mut buffer, &TITLES.map(str::to_owned), [0; 6], widths)?;
        buffer.reset()?;
        for row in &rows {
            let color = color(row.asset);
            if let Some(color) = color {
                buffer.set_color(ColorSpec::new().set_fg(Some(color)))?;
            }
            line(&mut buffer, &row.cells, row.more, widths)?;
            if color.is_some() {
                buffer.reset()?;
            }
        }
        writeln!(buffer)?;
    }
    writeln!(buffer, "{}", summary(inventory))?;
    to.write_all(buffer.as_slice())
}

fn row<'a>(inventory: &Inventory, asset: &'a Asset) -> Row<'a> {
    let origin = match asset.origin {
        Origin::File => "",
        Origin::Dump => " (from a dump)",
        Origin::Capture => " (from a capture)",
    };
    let users = used_by(inventory, asset);
    let place = asset.spots.first().map_or(String::new(), crate::finding::inventory::Spot::text);
    let cells = [
        asset.days_left.map_or(String::new(), |days| days.to_string()),
        asset.until.as_ref().map_or(String::new(), |until| until.day().to_owned()),
        one_line(&asset.title) + origin,
        role(asset),
        one_line(&place),
        users.first().map_or("-".to_owned(), |it| one_line(it)),
    ];
    let more = [0, 0, 0, 0, asset.spots.len().saturating_sub(1), asset.user_count.saturating_sub(1)];
    Row { asset, cells, more }
}

fn color(asset: &Asset) -> Option<Color> {
    match asset.days_left? {
        ..0 => Some(Color::Red),
        0..=SOON => Some(Color::Yellow),
        _ => None,
    }
}

fn suffix(more: usize) -> String {
    if more == 0 { String::new() } else { format!(" +{more}") }
}

/// Natural widths, or narrower ones where the terminal does not have them.
fn widths(rows: &[Row<'_>], width: Option<usize>) -> [usize; 6] {
    let mut widths = TITLES.map(str::len);
    for row in rows {
        for (index, wide) in widths.iter_mut().enumerate() {
            *wide = (*wide).max(row.cells[index].width() + suffix(row.more[index]).len());
        }
    }
    let Some(width) = width else { return widths };
    for (column, least) in SHRINK {
        let total: usize = widths.iter().sum::<usize>() + 2 * (widths.len() - 1);
        let over = total.saturating_sub(width);
        widths[column] = widths[column].saturating_sub(over).max(least.min(widths[column]));
    }
    widths
}

fn line(buffer: &mut Buffer, cells: &[String; 6], more: [usize; 6], widths: [usize; 6]) -> io::Result<()> {
    let mut text = String::new();
    for (index, cell) in cells.iter().enumerate() {
        let suffix = suffix(more[index]);
        let room = widths[index].saturating_sub(suffix.len());
        // Of a path the end says most.
        let mut shown = if index == 4 { end(cell, room) } else { start(cell, room) };
        shown.push_str(&suffix);
        let blank = " ".repeat(widths[index].saturating_sub(shown.width()));
        if index == 0 {
            text.push_str(&blank);
            text.push_str(&shown);
        } else {
            text.push_str(&shown);
            text.push_str(&blank);
        }
        text.push_str("  ");
    }
    writeln!(buffer, "{}", text.trim_end())
}

/// The start of a text that is too wide.
fn start(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    cut(text.chars(), room.saturating_sub(1)) + "…"
}

/// The end of a text that is too wide.
fn end(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let kept = cut(text.chars().rev(), room.saturating_sub(1));
    std::iter::once('…').chain(kept.chars().rev()).collect()
}

/// As many characters as there is room for.
fn cut(points: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    points
        .take_while(|point| {
            used += point.width().unwrap_or(0);
            used <= room
        })
        .collect()
}

/// `9 certificates (1 expired, 2 end within 30 days), 7 private keys in 29 files`.
fn summary(inventory: &Inventory) -> String {
    let of = |kind: Kind| inventory.assets.iter().filter(move |it| it.kind == kind);
    let mut parts = Vec::new();
    for kind in Kind::ALL {
        let number = of(kind).count();
        if number == 0 && kind != Kind::Certificate {
            continue;
        }
        let expired = of(kind).filter(|it| it.is_expired()).count();
        let soon = of(kind).filter(|it| it.days_left.is_some_and(|days| (0..=SOON).contains(&days))).count();
        let mut ends = Vec::new();
        if expired > 0 {
            let word = if kind == Kind::RevocationList { "stale" } else { "expired" };
            ends.push(format!("{expired} {word}"));
        }
        if soon > 0 {
            ends.push(format!("{soon} {} within {SOON} days", if soon == 1 { "ends" } else { "end" }));
        }
        let ends = if ends.is_empty() { String::new() } else { format!(" ({})", ends.join(", ")) };
        parts.push(count(number, kind.noun()) + &ends);
    }
    let within =
        inventory.within.map_or(String::new(), |days| format!(", ending within {}", count_days(days)));
    format!("{} in {}{within}", parts.join(", "), count(inventory.files, "file"))
}

fn count_days(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::{self, Settings, Tree, Wish},
        x509::Time,
    };

    fn table(width: Option<usize>) -> String {
        let pem = include_str!("../../../testdata/pki/server.pem");
        let long = "a/folder/with/a/long/name/and/another/one/below/it/server.pem";
        let files =
            ["b.pem", "日本/c.pem", long].map(|path| (path.to_owned(), pem.as_bytes().to_vec())).to_vec();
        let tree = Tree::in_memory(files);
        let reading = check::read(&tree, &Settings::at(Time::parse("2026-11-22").unwrap()));
        let inventory = check::inventory(&reading, &tree, &Wish::default());
        let mut out = Vec::new();
        write(&inventory, &mut out, Sheet { color: false, width }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn long_columns_are_cut_where_a_terminal_is_narrow() {
        assert!(
            table(None).contains("  a/folder/with/a/long/name/and/another/one/below/it/server.pem:1 +2  -\n")
        );
        let narrow = table(Some(80));
        assert!(narrow.contains("…") && narrow.contains("server.pem:1 +2"), "{narrow}");
        assert!(narrow.lines().all(|line| line.width() <= 80), "{narrow}");
    }

    #[test]
    fn wide_characters_take_their_room() {
        assert_eq!(start("日本語", 4), "日…");
        assert_eq!(end("日本語", 5), "…本語");
        assert_eq!(start("abc", 3), "abc");
        assert_eq!(end("abc", 1), "…");
    }
}
