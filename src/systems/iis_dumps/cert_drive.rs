//! `dir cert:\LocalMachine\My`: its table, and the list of properties that `| fl` makes of it. Names of properties are
//! English everywhere.

use crate::{
    model::iis::{StoreEntry, StoreListing, Thumbprint, Unit},
    x509::WrittenName,
};

use super::{
    certutil::serial,
    dates::{self, Written},
    lines::{Line, Piece, Stretch},
    shapes,
    table::{self, Table},
};

/// No certificate has more.
const MAX_PROPERTIES: usize = 100;

/// The folder of the provider in the line above a table.
const DRIVE: &str = "certificate::";

/// Reads a table, with or without the line that names its store.
pub(super) fn table(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let folder = stretch.line(0).and_then(folder);
    let skipped = usize::from(folder.is_some());
    let lines = stretch.lines.get(skipped..)?;
    let table = Table::of(lines)?;
    if !table.has("Thumbprint") || table.has("protocol") {
        return None;
    }
    let rows = Table::rows(lines);
    let mut drafts = Vec::new();
    let mut odd = false;
    for row in rows {
        let mut draft = Draft::default();
        for name in PROPERTIES {
            if let Some(cell) =
                table.cell(row, name).filter(|it| !it.text.is_empty() && !table::is_cut(it.text))
            {
                draft.property(stretch, name, cell);
            }
        }
        if draft.entry.is_some() { drafts.push(draft) } else { odd = true }
    }
    if drafts.is_empty() {
        return None;
    }
    push(stretch, unit, folder, drafts, odd);
    Some(skipped + 2 + rows.len())
}

/// Reads lists of properties, one below the other.
pub(super) fn list(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let mut folder = stretch.line(0).and_then(folder);
    let skipped = usize::from(folder.is_some());
    let mut at = skipped;
    let mut drafts: Vec<Draft> = Vec::new();
    let mut inside = false;
    let mut begins = "";
    while let Some(line) = stretch.line(at).filter(|it| it.command.is_none()) {
        let property =
            line.labelled().filter(|(label, _)| label.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let Some((label, value)) = property else {
            // A value that goes on is indented below its property.
            if inside && !line.after_gap && line.raw.text.starts_with("      ") {
                if let Some(draft) = drafts.last_mut() {
                    draft.forget_last();
                }
                at += 1;
                continue;
            }
            break;
        };
        // A paste loses the lines between blocks: the property that began the first begins the next.
        if !inside || line.after_gap || label == begins {
            begins = label;
            if !LISTED.iter().any(|it| it.eq_ignore_ascii_case(label)) {
                break;
            }
            // A list of something else than certificates.
            if drafts.last().is_some_and(|it| it.entry.is_none()) {
                break;
            }
            drafts.push(Draft::default());
        }
        if drafts.last().is_some_and(|it| it.properties > MAX_PROPERTIES) {
            break;
        }
        inside = true;
        if folder.is_none() && label == "PSParentPath" {
            folder = store_of(value.text);
        }
        if let Some(draft) = drafts.last_mut() {
            draft.property(stretch, label, value);
        }
        at += 1;
    }
    let known = drafts.len();
    drafts.retain(|it| it.entry.is_some() && it.properties > 1);
    if drafts.is_empty() {
        return None;
    }
    let odd = drafts.len() < known;
    push(stretch, unit, folder, drafts, odd);
    Some(at)
}

fn push(stretch: &Stretch<'_, '_>, unit: &mut Unit, folder: Option<Folder>, drafts: Vec<Draft>, odd: bool) {
    let order = dates::order(
        drafts.iter().flat_map(|it| it.before.iter().chain(it.after.as_ref().map(|(date, _)| date))),
    );
    let mut folder = folder.or_else(|| stretch.command.and_then(drive_of));
    // Without its store a listing says nothing that a record could be held against.
    let partial = odd || folder.is_none() || stretch.is_filtered();
    let Some(first) = stretch.line(0) else { return };
    if folder.as_ref().is_some_and(|it| !it.of_machine) {
        return;
    }
    unit.listings.push(StoreListing {
        at: first.whole.at(stretch.file),
        store: folder.take().map(|it| it.store),
        entries: drafts.into_iter().filter_map(|it| it.finish(order)).collect(),
        partial,
    });
}

/// A store by its path on the drive.
struct Folder {
    of_machine: bool,
    store: String,
}

fn folder(line: &Line<'_>) -> Option<Folder> {
    if line.command.is_some() { None } else { store_of(line.text()) }
}

/// `Microsoft.PowerShell.Security\Certificate::LocalMachine\My`
fn store_of(text: &str) -> Option<Folder> {
    let at = text.to_ascii_lowercase().find(DRIVE)?;
    path(&text[at + DRIVE.len()..])
}

/// `dir cert:\LocalMachine\My | fl`
fn drive_of(command: &str) -> Option<Folder> {
    let at = command.to_ascii_lowercase().find("cert:")?;
    let rest = command[at + 5..].trim_start_matches(['\\', '/']);
    path(rest.split([' ', '|', '>', '"', '\'', ')']).next()?)
}

fn path(text: &str) -> Option<Folder> {
    let mut parts = text.trim().split(['\\', '/']).filter(|it| !it.is_empty());
    let machine = parts.next()?.eq_ignore_ascii_case("LocalMachine");
    let store = parts.next()?.trim().to_owned();
    // One certificate was asked for.
    parts.next().is_none().then_some(Folder { of_machine: machine, store })
}

/// Properties that say something here.
const PROPERTIES: &[&str] =
    &["Thumbprint", "Subject", "Issuer", "SerialNumber", "NotBefore", "NotAfter", "HasPrivateKey"];
/// Properties that a block may begin with.
const LISTED: &[&str] = &[
    "Thumbprint",
    "Subject",
    "Issuer",
    "SerialNumber",
    "NotBefore",
    "NotAfter",
    "HasPrivateKey",
    "PSPath",
    "PSParentPath",
    "FriendlyName",
    "EnhancedKeyUsageList",
    "DnsNameList",
    "Archived",
    "Extensions",
];

#[derive(Default)]
struct Draft {
    /// There is a thumbprint.
    entry: Option<(Thumbprint, crate::source::Location)>,
    subject: Option<WrittenName>,
    issuer: Option<WrittenName>,
    serial: Option<Vec<u8>>,
    before: Option<Written>,
    after: Option<(Written, crate::source::Location)>,
    has_key: Option<bool>,
    properties: usize,
    last: Last,
}

/// The name that the last line may have been only the beginning of.
#[derive(Copy, Clone, Default)]
enum Last {
    #[default]
    Other,
    Subject,
    Issuer,
}

impl Draft {
    fn property(&mut self, stretch: &Stretch<'_, '_>, name: &str, value: Piece<'_>) {
        let at = value.at(stretch.file);
        self.properties += 1;
        self.last = Last::Other;
        match &*name.to_ascii_lowercase() {
            "thumbprint" => {
                let hash = shapes::thumbprint(value.text).filter(|it| *it != Thumbprint::Null);
                self.entry = hash.map(|it| (it, at)).or(self.entry.take());
            }
            "subject" => {
                self.subject = WrittenName::parse(value.text);
                self.last = Last::Subject;
            }
            "issuer" => {
                self.issuer = WrittenName::parse(value.text);
                self.last = Last::Issuer;
            }
            "serialnumber" => self.serial = serial(value.text),
            "notbefore" => self.before = dates::read(value.text),
            "notafter" => self.after = dates::read(value.text).map(|it| (it, at)),
            "hasprivatekey" if value.text.eq_ignore_ascii_case("true") => self.has_key = Some(true),
            "hasprivatekey" if value.text.eq_ignore_ascii_case("false") => self.has_key = Some(false),
            _ => {}
        }
    }

    /// The value goes on in the next line in a way that cannot be put together again.
    fn forget_last(&mut self) {
        match self.last {
            Last::Subject => self.subject = None,
            Last::Issuer => self.issuer = None,
            Last::Other => {}
        }
    }

    fn finish(self, order: Option<dates::Order>) -> Option<StoreEntry> {
        let (hash, at) = self.entry?;
        Some(StoreEntry {
            at,
            hash,
            subject: self.subject,
            issuer: self.issuer,
            serial: self.serial,
            not_before: self.before.and_then(|it| it.time(order)),
            not_after: self.after.as_ref().and_then(|(it, _)| it.time(order)),
            not_after_at: self.after.map(|(_, at)| at),
            has_key: self.has_key,
        })
    }
}
