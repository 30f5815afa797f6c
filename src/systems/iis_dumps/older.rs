//! `httpcfg query ssl` of Server 2003, and the table of `dir IIS:\SslBindings`.

use crate::model::iis::{Dump, DumpKind, Generation, Key, Record, Thumbprint, Unit};

use super::{
    lines::{Line, Piece, Stretch},
    shapes::{self, Guid},
    table::Table,
};

/// Labels of `httpcfg`, which was never translated.
const LABELS: &[&str] = &["IP", "Hash", "Guid", "CertStoreName", "CertCheckMode", "Flags"];

/// Reads records of `httpcfg query ssl`, one below the other.
pub(super) fn httpcfg(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let labelled = |at: usize| stretch.line(at).and_then(Line::labelled);
    let labels: Vec<&str> = (0..6).filter_map(labelled).map(|(label, _)| label).collect();
    if labels.first() != Some(&"IP") || LABELS.iter().filter(|it| labels.contains(it)).count() < 3 {
        return None;
    }
    let mut dump = Dump {
        kind: DumpKind::Httpcfg,
        at: stretch.line(0)?.whole.at(stretch.file),
        records: Vec::new(),
        // `-i ADDRESS` asks for one record.
        partial: !stretch.commanded(&["httpcfg"]) || stretch.commanded(&[" -i"]),
        generation: None,
    };
    let mut at = 0;
    while let Some(line) = stretch.line(at) {
        if line.is_rule() {
            at += 1;
            continue;
        }
        let Some((label, value)) = line.labelled() else { break };
        if label == "IP" {
            let Some(key) = shapes::endpoint(value.text) else { break };
            dump.records.push(blank(stretch, key, value));
        } else if let Some(record) = dump.records.last_mut() {
            take(stretch, record, label, value);
        }
        at += 1;
    }
    unit.dumps.push(dump);
    Some(at)
}

fn take(stretch: &Stretch<'_, '_>, record: &mut Record, label: &str, value: Piece<'_>) {
    let said = (value.text != "(null)" && !value.text.is_empty()).then(|| value.said(stretch.file));
    match label {
        "Hash" => {
            record.hash = shapes::thumbprint(value.text).unwrap_or(Thumbprint::Unknown);
            record.hash_at = value.at(stretch.file);
        }
        "Guid" => {
            record.app_id = said.filter(|it| shapes::guid(&it.text) == Some(Guid::Whole)).map(|mut it| {
                it.text.make_ascii_lowercase();
                it
            });
        }
        "CertStoreName" => {
            record.store_is_null = said.is_none().then(|| value.at(stretch.file));
            record.store = said;
        }
        "SslCtlStoreName" => record.ctl_store = said,
        "RevocationFreshnessTime" => record.times.0 = value.text.parse().ok(),
        "UrlRetrievalTimeout" => record.times.1 = value.text.parse().ok(),
        _ => {}
    }
}

fn blank(stretch: &Stretch<'_, '_>, key: Key, at: Piece<'_>) -> Record {
    let at = at.at(stretch.file);
    Record {
        at,
        key,
        hash: Thumbprint::Unknown,
        hash_at: at,
        app_id: None,
        store: None,
        store_is_null: None,
        options: Vec::new(),
        ctl_store: None,
        times: (None, None),
    }
}

/// Reads the table of the IIS provider. It prints no thumbprints, and how it prints the record of the Central Certificate
/// Store is not known: what is missing in it may be there.
pub(super) fn provider(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let table = Table::of(stretch.lines)?;
    if !["IP Address", "Port", "Store", "Sites"].iter().all(|it| table.has(it)) {
        return None;
    }
    let names = table.has("Host Name");
    let mut dump = Dump {
        kind: DumpKind::Provider,
        at: stretch.line(0)?.whole.at(stretch.file),
        records: Vec::new(),
        partial: true,
        // The column came with Server 2012.
        generation: (!names).then_some(Generation::Ws2008),
    };
    let rows = Table::rows(stretch.lines);
    for row in rows {
        let cell = |name: &str| table.cell(row, name).filter(|it| !it.text.is_empty());
        let Some(port) = cell("Port").and_then(|it| shapes::port_number(it.text)) else { continue };
        let address = cell("IP Address").and_then(|it| shapes::bare_address(it.text)).map(shapes::address);
        let (key, at) = match (cell("Host Name"), address) {
            (Some(host), _) => match shapes::endpoint(&format!("{}:{port}", host.text)) {
                Some(key @ Key::Name(..)) => (key, host),
                _ => continue,
            },
            (None, Some(address)) => (Key::Endpoint(address, port), row.whole),
            (None, None) => continue,
        };
        let mut record = blank(stretch, key, at);
        record.store = cell("Store").map(|it| it.said(stretch.file));
        dump.records.push(record);
    }
    unit.dumps.push(dump);
    Some(2 + rows.len())
}
