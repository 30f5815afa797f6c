//! STUB for the doors: the merge takes the other side's file whole.

use crate::finding::{Card, CardOption, Level};

const fn card(id: &'static str, level: Level, summary: &'static str) -> Card {
    Card {
        id,
        level,
        enabled: true,
        since: "0.1.0",
        summary,
        why: "Clients refuse the connection.\n",
        fix: "Renew it and reload the server.\n",
        references: &["https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5"],
        aliases: &[],
        options: &[],
    }
}

/// All cards, sorted by id.
pub static CARDS: &[&Card] = &[
    &card("cert/expired", Level::Error, "a certificate in use has expired"),
    &Card {
        options: &[CardOption {
            name: "days",
            default: 30,
            what: "days before the end that a warning starts",
        }],
        ..card("cert/expiring", Level::Warning, "a certificate in use expires soon")
    },
    &card("key/mismatch", Level::Error, "a key and the certificate used with it do not match"),
    &card("tlslint/unreadable", Level::Warning, "a file or folder cannot be read"),
    &card("tlslint/unused-ignore", Level::Warning, "an ignore that ignores nothing"),
];
