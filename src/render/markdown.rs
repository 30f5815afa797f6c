//! GitHub-flavoured Markdown for step summaries and comments: a table of what was found, then each finding with its
//! places. What would pass the limit of a summary is counted instead.

use std::{fmt::Write as _, io};

use crate::finding::{Card, Finding, Judged, Level, Outcome, one_line};

use super::{
    place::{Placed, placed},
    summary,
};

/// A step summary may have 1 MiB; what is longer fails the upload.
const LIMIT: usize = 900_000;

/// Writes the whole page.
pub(super) fn write(outcome: &Outcome, to: &mut dyn io::Write) -> io::Result<()> {
    let mut page = format!("## tlslint\n\n{} (as of {})\n", summary::line(outcome), day(&outcome.as_of));
    let mut found: Vec<&Judged> = outcome.counting().collect();
    found.sort_by_key(|it| std::cmp::Reverse(it.finding.level));
    if !found.is_empty() {
        page.push_str("\n| | where | what |\n|---|---|---|\n");
    }
    let (table, table_left) = within(&found, LIMIT / 3, |it| row(outcome, &it.finding));
    page.push_str(&table);
    if table_left > 0 {
        let _ = writeln!(page, "\n{} not listed.", more(table_left));
    }
    let room = LIMIT.saturating_sub(page.len());
    let (details, details_left) = within(&found, room, |it| detail(outcome, &it.finding));
    page.push_str(&details);
    if details_left > table_left {
        let _ = writeln!(page, "\n{} without details.", more(details_left));
    }
    to.write_all(page.as_bytes())
}

/// The texts of as many findings as there is room for, and how many are left.
fn within(found: &[&Judged], room: usize, text: impl Fn(&Judged) -> String) -> (String, usize) {
    let mut page = String::new();
    for (index, judged) in found.iter().enumerate() {
        let text = text(judged);
        if page.len() + text.len() > room {
            return (page, found.len() - index);
        }
        page.push_str(&text);
    }
    (page, 0)
}

fn more(number: usize) -> String {
    if number == 1 { "1 more finding is".to_owned() } else { format!("{number} more findings are") }
}

/// The day of a moment.
fn day(moment: &str) -> &str {
    moment.split('T').next().unwrap_or(moment)
}

fn mark(level: Level) -> &'static str {
    match level {
        Level::Error => "🔴 error",
        Level::Warning => "🟠 warning",
        Level::Note => "🔵 note",
    }
}

fn row(outcome: &Outcome, finding: &Finding) -> String {
    let places = placed(outcome, finding);
    let at = places.first().map_or(String::new(), |place| code(&place.written()));
    format!("| {} | {at} | {} |\n", mark(finding.level), prose(&one_line(&finding.message)))
}

fn detail(outcome: &Outcome, finding: &Finding) -> String {
    let url = outcome.card(finding.rule).map_or(String::new(), Card::url);
    let mut text = format!(
        "\n<details><summary>{} {}</summary>\n\n{}\n",
        mark(finding.level),
        finding.rule,
        prose(&one_line(&finding.message))
    );
    text.push('\n');
    for place in placed(outcome, finding) {
        let _ = writeln!(text, "- {}", placed_line(&place));
    }
    let help = one_line(outcome.help(finding));
    if !help.is_empty() {
        let _ = writeln!(text, "\n**Help:** {}", prose(&help));
    }
    let _ = writeln!(text, "\n[{}]({url})\n\n</details>", finding.rule);
    text
}

fn placed_line(place: &Placed<'_>) -> String {
    let text = one_line(place.text);
    if text.is_empty() {
        code(&place.written())
    } else {
        format!("{}: {}", code(&place.written()), prose(&text))
    }
}

/// A code span that its content cannot end, also inside a table.
fn code(text: &str) -> String {
    let text = one_line(text);
    // A table ends its cells before it knows code spans, and a backslash in front of the sign of a cell is read in two ways.
    if text.contains('|') {
        return format!("<code>{}</code>", plain(&text).replace('`', "&#96;"));
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text with our code spans kept and everything else that Markdown or HTML would act on made plain. A name from a file
/// cannot mention a person, link, or open a tag.
fn prose(text: &str) -> String {
    let mut parts = text.split('`');
    let mut shown = plain(parts.next().unwrap_or_default());
    let parts: Vec<&str> = parts.collect();
    let mut index = 0;
    while index < parts.len() {
        if index + 1 < parts.len() {
            shown.push_str(&code(parts[index]));
            shown.push_str(&plain(parts[index + 1]));
            index += 2;
        } else {
            // A lone backtick opens nothing.
            shown.push_str("&#96;");
            shown.push_str(&plain(parts[index]));
            index += 1;
        }
    }
    shown
}

fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '@' | '#' | '[' | ']' | '*' | '_' | '|' | '\\' | '!' | '~' | '$' => {
                let _ = write!(shown, "&#{};", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    // A bare address becomes a link all by itself.
    shown.replace("://", "&#58;//").replace("www.", "www&#46;")
}
