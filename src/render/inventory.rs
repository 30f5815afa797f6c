//! From an inventory to what people and programs read: one file a format. Like every renderer it decides nothing.

use std::io;

use crate::finding::{
    Inventory,
    inventory::{Asset, Kind},
};

mod csv;
mod cyclonedx;
mod ics;
pub mod json;
mod openmetrics;
mod table;

use super::Shape;

/// A form of the list.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Columns, for people.
    Table,
    /// Everything, for programs.
    Json,
    /// A line an asset, for spreadsheets.
    Csv,
    /// A day of the calendar for each certificate that ends.
    Ics,
    /// Metrics by the names of x509-certificate-exporter.
    OpenMetrics,
    /// A bill of cryptographic material, `CycloneDX` 1.6.
    CycloneDx16,
    /// The same in `CycloneDX` 1.7.
    CycloneDx17,
}

impl Form {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 7] = [
        Self::Table,
        Self::Json,
        Self::Csv,
        Self::Ics,
        Self::OpenMetrics,
        Self::CycloneDx16,
        Self::CycloneDx17,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ics => "ics",
            Self::OpenMetrics => "openmetrics",
            Self::CycloneDx16 => "cyclonedx",
            Self::CycloneDx17 => "cyclonedx-1.7",
        }
    }
}

/// What a table is written on; the other forms do not care.
#[derive(Copy, Clone, Debug, Default)]
pub struct Sheet {
    /// With colours.
    pub color: bool,
    /// Columns of the terminal; `None` is as many as are needed.
    pub width: Option<usize>,
}

/// Writes an inventory in a form, with nothing in it that the log of a build server would take for a command.
pub fn render(form: Form, inventory: &Inventory, to: &mut dyn io::Write, sheet: Sheet) -> io::Result<()> {
    let mut bytes = Vec::new();
    write(form, inventory, &mut bytes, sheet)?;
    let shape = match form {
        Form::Json | Form::CycloneDx16 | Form::CycloneDx17 => Shape::Json,
        // Lines of a calendar have a length that must not change: it takes care of itself.
        Form::Ics => return to.write_all(&bytes),
        Form::Table | Form::Csv | Form::OpenMetrics => Shape::Lines,
    };
    to.write_all(&shape.inert(bytes))
}

fn write(form: Form, inventory: &Inventory, to: &mut dyn io::Write, sheet: Sheet) -> io::Result<()> {
    match form {
        Form::Table => table::write(inventory, to, sheet),
        Form::Json => json::write(inventory, to),
        Form::Csv => csv::write(inventory, to),
        Form::Ics => ics::write(inventory, to),
        Form::OpenMetrics => openmetrics::write(inventory, to),
        Form::CycloneDx16 => cyclonedx::write(inventory, to, cyclonedx::Version::V1_6),
        Form::CycloneDx17 => cyclonedx::write(inventory, to, cyclonedx::Version::V1_7),
    }
}

/// The endpoints that use an asset, each once, without the marks that set off names in messages.
fn used_by(inventory: &Inventory, asset: &Asset) -> Vec<String> {
    let mut last = None;
    let users = asset.users.iter().filter(|it| last.replace(it.endpoint) != Some(it.endpoint));
    let endpoints = users.filter_map(|it| inventory.endpoints.get(it.endpoint));
    endpoints.map(|it| it.title.replace('`', "")).collect()
}

/// What an asset is there for, with what a store is and how far it could be opened.
fn role(asset: &Asset) -> String {
    match &asset.store {
        Some(store) => format!("{} {}, {}", store.kind, Kind::Store.noun(), store.state),
        None => asset.role_text(),
    }
}
