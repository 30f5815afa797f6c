//! Certificates that dumps describe, with where they are used.

use std::collections::BTreeMap;

use crate::source::Location;

use super::{
    super::{
        estate::{Described, DescribedUse, EndpointId, Estate, Software, Step},
        material::Materials,
        usage::Part,
    },
    Alias, AliasDetail, DumpedCertificate, Store,
};

/// Puts dumped certificates into the estate, each once.
#[derive(Default)]
pub(super) struct Describer {
    known: BTreeMap<Location, Vec<usize>>,
}

impl Describer {
    /// The certificates of an alias, by index in the estate, in the order of their chain.
    pub(super) fn alias(
        &mut self,
        estate: &mut Estate,
        store: &Store,
        alias: &Alias,
        detail: &AliasDetail,
    ) -> Vec<usize> {
        let title = format!("alias `{}` of store `{}`", alias.name, store.name);
        self.known.entry(detail.at).or_insert_with(|| describe(estate, detail, alias.at, &title)).clone()
    }

    /// The certificates of an alias whose store nobody knows.
    pub(super) fn stray(&mut self, estate: &mut Estate, detail: &AliasDetail) {
        let name = detail.alias.as_ref().map_or("(no name)", |it| it.trimmed());
        let title = format!("alias `{name}`");
        self.known.entry(detail.at).or_insert_with(|| describe(estate, detail, detail.at, &title));
    }

    /// Notes a use of described certificates.
    pub(super) fn used(
        estate: &mut Estate,
        parts: Vec<(usize, Part)>,
        endpoint: EndpointId,
        software: Software,
        via: &[Step],
        together: &[usize],
    ) {
        for (at, part) in parts {
            let it = &mut estate.described[at];
            // A root that is sent along is ignored by peers, whatever is wrong with it.
            if matches!(part, Part::Intermediate(_)) && it.is_self_issued() {
                continue;
            }
            it.uses.push(DescribedUse {
                endpoint,
                part,
                software,
                via: via.to_vec(),
                together: together.to_vec(),
            });
        }
    }
}

fn describe(estate: &mut Estate, detail: &AliasDetail, entry: Location, title: &str) -> Vec<usize> {
    let first = estate.described.len();
    estate.described.extend(detail.certificates.iter().map(|it| described(it, entry, title)));
    (first..estate.described.len()).collect()
}

fn described(it: &DumpedCertificate, entry: Location, title: &str) -> Described {
    Described {
        at: it.at,
        ends_at: it.not_after_at,
        entry,
        entry_title: title.to_owned(),
        subject: it.subject.clone(),
        issuer: it.issuer.clone(),
        serial: it.serial.clone(),
        not_before: it.not_before,
        not_after: it.not_after,
        is_ca: it.is_ca,
        alt_names: it.alt_names.iter().map(|name| name.text.clone()).collect(),
        signature: it.signature.as_ref().map(|it| it.text.clone()),
        public_key: it.public_key.as_ref().map(|it| it.text.clone()),
        same: None,
        uses: Vec::new(),
    }
}

/// Finds the certificates that are described and also there with all their bytes: same issuer and serial number, and the
/// same last day where the dump says it.
pub(in crate::model) fn find_same(estate: &mut Estate, materials: &Materials) {
    if estate.described.is_empty() {
        return;
    }
    let mut by_issuer: BTreeMap<(String, String), super::super::CertId> = BTreeMap::new();
    for (id, known) in materials.certificates() {
        let it = &known.certificate;
        let digits = it.serial.bytes().filter(u8::is_ascii_hexdigit).map(char::from).collect::<String>();
        let serial = digits.trim_start_matches('0').to_ascii_lowercase();
        by_issuer.entry((it.issuer.unordered(), serial)).or_insert(id);
    }
    for it in &mut estate.described {
        let (Some(issuer), Some(serial)) = (&it.issuer, &it.serial) else { continue };
        let found = by_issuer.get(&(issuer.unordered(), digits(serial))).copied();
        it.same = found.filter(|id| {
            let ends = materials.cert(*id).not_after;
            it.not_after.is_none_or(|said| (said.0 - ends.0).abs() <= 1)
        });
    }
}

/// Hexadecimal digits without leading zeros.
fn digits(serial: &[u8]) -> String {
    let all = data_encoding::HEXLOWER.encode(serial);
    all.trim_start_matches('0').to_owned()
}
