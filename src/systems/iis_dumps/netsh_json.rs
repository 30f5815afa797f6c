//! `netsh http show sslcert json=enable`. No full description of its members was found, so that a record is told by what
//! its members hold: an endpoint or a port, an application id, a thumbprint as text or as a list of bytes.

use crate::{
    model::{
        Problem, Said,
        iis::{Dump, DumpKind, Key, Record, Thumbprint, Unit},
    },
    source::{FileId, Location},
    syntax::{
        json,
        value::{Kind, Member, Value},
    },
};

use super::{super::beyond, shapes};

/// The list of records.
const LIST: &str = "SslCertificateBindings";

/// Whether a text begins like such a dump.
pub(super) fn is_dump(head: &str) -> bool {
    let start = head.trim_start_matches('\u{feff}').trim_start();
    start.starts_with('{')
        && start.get(..start.len().min(200)).unwrap_or(start).contains("\"SslCertificateBindings\"")
}

/// Reads a dump; gives what is wrong with the file itself.
pub(super) fn read(file: FileId, text: &str, unit: &mut Unit) -> Option<Problem> {
    let parsed = json::parse(text);
    let cut = parsed.broken.is_some();
    for document in &parsed.documents {
        let Some(member) = document.get(LIST) else { continue };
        let mut dump = Dump {
            kind: DumpKind::NetshJson,
            at: Location::text(file, member.key_span),
            records: Vec::new(),
            partial: cut || member.value.as_list().is_none(),
            generation: None,
        };
        for item in member.value.items() {
            match record(file, item) {
                Some(record) => dump.records.push(record),
                None => dump.partial = true,
            }
        }
        unit.dumps.push(dump);
    }
    beyond(file, parsed.broken.as_ref())
}

fn record(file: FileId, item: &Value) -> Option<Record> {
    let at = |value: &Value| Location::text(file, value.inner);
    let said = |member: &Member| {
        let text = member.value.text_like()?;
        Some(Said { text: text.to_owned(), at: at(&member.value) })
    };
    let named = |words: &[&str]| {
        item.members().iter().find(|it| words.iter().any(|word| it.key.eq_ignore_ascii_case(word)))
    };
    let (key, key_at) = item.members().iter().find_map(|member| {
        let text = member.value.text_like()?.trim();
        let name = member.key.to_ascii_lowercase();
        if !name.contains("port") && !name.contains("ccs") && !name.contains("host") {
            return None;
        }
        let key = shapes::endpoint(text).or_else(|| shapes::port_number(text).map(Key::Central))?;
        Some((key, at(&member.value)))
    })?;
    let hash = named(&["SslHash", "CertificateHash", "CertHash"]);
    let app = named(&["GuidString"]).or_else(|| named(&["AppId", "ApplicationId"]));
    let app_id = app.and_then(said).and_then(|mut it| {
        it.text = it.text.trim().to_ascii_lowercase();
        if !it.text.starts_with('{') {
            it.text = format!("{{{}}}", it.text);
        }
        (shapes::guid(&it.text) == Some(shapes::Guid::Whole)).then_some(it)
    });
    let store = named(&["SslCertStoreName", "CertificateStoreName"]);
    let store_said = store.and_then(said).filter(|it| !it.is_blank() && it.text != "(null)");
    Some(Record {
        at: key_at,
        key,
        hash: hash.map_or(Thumbprint::Unknown, |it| thumbprint(&it.value)),
        hash_at: hash.map_or(key_at, |it| at(&it.value)),
        app_id,
        store_is_null: store.filter(|_| store_said.is_none()).map(|it| at(&it.value)),
        store: store_said,
        options: Vec::new(),
        ctl_store: named(&["DefaultSslCtlStoreName", "SslCtlStoreName"])
            .and_then(said)
            .filter(|it| !it.is_blank() && it.text != "(null)"),
        times: (None, None),
    })
}

fn thumbprint(value: &Value) -> Thumbprint {
    match &value.kind {
        Kind::Null => Thumbprint::Null,
        Kind::Text(text) => shapes::thumbprint(text.trim()).unwrap_or(Thumbprint::Unknown),
        Kind::List(items) if items.is_empty() => Thumbprint::Null,
        Kind::List(items) => {
            let bytes: Option<Vec<u8>> = items.iter().map(|it| it.text_like()?.parse().ok()).collect();
            let digits = bytes.map(|it| data_encoding::HEXLOWER.encode(&it));
            digits.and_then(|it| shapes::thumbprint(&it)).unwrap_or(Thumbprint::Unknown)
        }
        _ => Thumbprint::Unknown,
    }
}
