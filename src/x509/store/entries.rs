//! From the bags of PKCS#12 to entries: each key with its certificate and the issuers of it, as Java and Windows see it.

use std::collections::{HashMap, HashSet};

use super::{
    Entry, EntryKind, MAX_CHAIN, MAX_ENTRIES, Part,
    bags::{Bag, What},
};
use crate::x509::{Certificate, KeyId, KeyMaterial};

/// Certificates of one name that are looked at for an issuer.
const MAX_NAMESAKES: usize = 32;

/// Where certificates stand, by what leads to them.
struct Index<'b> {
    bags: &'b [Bag],
    by_local: HashMap<&'b [u8], usize>,
    by_key: HashMap<KeyId, usize>,
    by_subject: HashMap<&'b [u8], Vec<usize>>,
}

impl<'b> Index<'b> {
    fn new(bags: &'b [Bag]) -> Self {
        let mut this =
            Self { bags, by_local: HashMap::new(), by_key: HashMap::new(), by_subject: HashMap::new() };
        for (at, bag) in bags.iter().enumerate() {
            let Some(certificate) = certificate(bag) else { continue };
            if !bag.local.is_empty() {
                this.by_local.entry(&bag.local).or_insert(at);
            }
            this.by_key.entry(certificate.public_key.id).or_insert(at);
            let namesakes = this.by_subject.entry(&certificate.subject.raw).or_default();
            if namesakes.len() < MAX_NAMESAKES {
                namesakes.push(at);
            }
        }
        this
    }

    /// The certificate of a key: named by the same id, else of the same public half.
    fn leaf(&self, bag: &Bag, key: &Part) -> Option<usize> {
        let named = if bag.local.is_empty() { None } else { self.by_local.get(&*bag.local) };
        let public = match key {
            Part::Key(KeyMaterial::Plain(public)) | Part::Opened(_, public) => Some(public.id),
            _ => None,
        };
        named.or_else(|| self.by_key.get(&public?)).copied()
    }

    /// The certificates from a leaf up, each issued by the next, as far as the store has them.
    fn chain(&self, leaf: usize) -> Vec<usize> {
        let mut chain = vec![leaf];
        let mut seen = HashSet::from([leaf]);
        let mut last = leaf;
        while let Some(current) = certificate(&self.bags[last]).filter(|it| it.subject.raw != it.issuer.raw) {
            let namesakes = self.by_subject.get(&*current.issuer.raw).map_or(&[][..], Vec::as_slice);
            let mut issuers = namesakes.iter().copied().filter(|at| !seen.contains(at));
            let fits = |at: &usize| {
                let issuer = certificate(&self.bags[*at]);
                issuer.is_some_and(|it| it.subject_key_id == current.authority_key_id)
            };
            let Some(next) = issuers.clone().find(fits).or_else(|| issuers.next()) else { break };
            if chain.len() >= MAX_CHAIN {
                break;
            }
            chain.push(next);
            seen.insert(next);
            last = next;
        }
        chain
    }
}

fn certificate(bag: &Bag) -> Option<&Certificate> {
    match &bag.what {
        What::Certificate(Part::Certificate(certificate)) => Some(certificate),
        _ => None,
    }
}

/// Entries in the order in which their first bag stands in the file.
pub(super) fn of(bags: &[Bag]) -> Vec<Entry> {
    let index = Index::new(bags);
    let mut found: Vec<(usize, Entry)> = Vec::new();
    let mut used = vec![false; bags.len()];
    // Keys that share a long chain must not multiply it beyond measure.
    let mut room = 2 * MAX_ENTRIES;
    for (at, bag) in bags.iter().enumerate() {
        let What::Key(key) = &bag.what else { continue };
        let leaf = index.leaf(bag, key);
        let chain = leaf.map_or_else(Vec::new, |leaf| index.chain(leaf));
        let mut parts = vec![key.clone()];
        for at in chain {
            used[at] = true;
            if let (What::Certificate(part), Some(rest)) = (&bags[at].what, room.checked_sub(1)) {
                room = rest;
                parts.push(part.clone());
            }
        }
        let leaf_bag = leaf.map(|leaf| &bags[leaf]);
        let alias = match leaf_bag {
            Some(leaf) if bag.name.is_empty() => leaf.name.clone(),
            _ => bag.name.clone(),
        };
        let created = bag.created.or_else(|| leaf_bag?.created);
        let entry = Entry { alias, kind: EntryKind::PrivateKey, created, parts };
        found.push((leaf.map_or(at, |leaf| leaf.min(at)), entry));
    }
    for (at, bag) in bags.iter().enumerate() {
        let (kind, parts) = match &bag.what {
            What::Key(_) => continue,
            What::Certificate(_) if used[at] && !bag.trusted => continue,
            What::Certificate(part) if bag.trusted => (EntryKind::TrustedCertificate, vec![part.clone()]),
            What::Certificate(part) | What::RevocationList(part) => {
                (EntryKind::Certificate, vec![part.clone()])
            }
            What::Secret => (EntryKind::Secret, Vec::new()),
        };
        found.push((at, Entry { alias: bag.name.clone(), kind, created: bag.created, parts }));
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, entry)| entry).collect()
}
