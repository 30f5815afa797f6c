//! Machines of vCenter: which files tell about the same one. Files of two machines are never held against each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::tree::{file_name, parent},
    source::Location,
};

use super::{Unit, VecsEntry, VecsStore, unit::Form};

/// Who says what a machine is called, the best first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Origin {
    /// `[[vcenter]] pnid` of the configuration.
    Configuration,
    /// The head of a report of vCert.
    Report,
    /// `Detected PNID` of `fixsts.sh`.
    FixSts,
    /// The DN of the domain controller.
    DomainController,
    /// A name in the signing certificate: that of the machine that issued it.
    Leaf,
    /// A URL in a log.
    Url,
}

/// The name under which a machine was installed: its primary network identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pnid {
    /// Lower case.
    pub name: String,
    /// Where it says so; a configuration is no file of the tree.
    pub at: Option<Location>,
    /// Who says so.
    pub origin: Origin,
}

impl Pnid {
    /// Names in a signing certificate and in logs may be those of another machine.
    pub fn is_certain(&self) -> bool {
        self.origin <= Origin::DomainController
    }
}

/// A machine.
#[derive(Debug)]
pub struct Node {
    /// What it is called in a sentence: its PNID or its folder in backticks, else `this vCenter`.
    pub name: String,
    /// The folder that holds its files.
    pub folder: String,
    /// What tells about it, by index in [`super::Vcenter::units`].
    pub units: Vec<usize>,
    /// The name under which it was installed.
    pub pnid: Option<Pnid>,
}

impl Node {
    /// The name to hold certificates against, where it is certain.
    pub fn certain_pnid(&self) -> Option<&Pnid> {
        self.pnid.as_ref().filter(|it| it.is_certain())
    }
}

impl super::Vcenter {
    /// The entries of all stores of a machine, each once, from the dump that shows most of it; in order of stores.
    pub fn entries<'v>(&'v self, node: &'v Node) -> Vec<(&'v VecsStore, &'v VecsEntry)> {
        let rank = |form: Form| match form {
            Form::Listing => 0,
            Form::Report => 1,
            Form::Text => 2,
            Form::OneLiner => 3,
        };
        let mut best: BTreeMap<(&str, &str), (&VecsStore, &VecsEntry)> = BTreeMap::new();
        for store in self.of(node).flat_map(|it| &it.stores) {
            for entry in &store.entries {
                let place = best.entry((&store.name, entry.alias.trimmed())).or_insert((store, entry));
                if rank(store.form) < rank(place.0.form) {
                    *place = (store, entry);
                }
            }
        }
        let mut found: Vec<_> = best.into_values().collect();
        found.sort_by_key(|(store, entry)| (store.at.file, store.at.place, entry.alias.at.place));
        found
    }
}

/// Files that tell about one machine, as far as is known.
pub(super) struct Group {
    pub(super) folder: String,
    pub(super) units: Vec<usize>,
    /// What the files tell about: a store and its alias, an entry of the directory, a log; and what they say of it.
    facts: BTreeMap<String, String>,
    identity: Option<String>,
}

impl Group {
    fn of(at: usize, path: &str, unit: &Unit) -> Self {
        let certain = |origin: super::Origin| origin <= Origin::DomainController;
        let names: BTreeSet<String> = unit
            .names
            .iter()
            .filter(|(origin, _)| certain(*origin))
            .map(|(_, it)| it.trimmed().to_lowercase())
            .collect();
        Self {
            folder: parent(path).to_owned(),
            units: vec![at],
            facts: facts(path, unit),
            identity: names.into_iter().next(),
        }
    }

    /// The two may tell about one machine. Beside each other, folders that tell about the same things are those of two.
    fn fits(&self, other: &Self, beside: bool) -> bool {
        let identities = match (&self.identity, &other.identity) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        let (few, many) = if self.facts.len() < other.facts.len() { (self, other) } else { (other, self) };
        identities
            && few.facts.iter().all(|(key, said)| many.facts.get(key).is_none_or(|it| !beside && it == said))
    }

    fn take(&mut self, other: Self) {
        self.units.extend(other.units);
        self.facts.extend(other.facts);
        self.identity = self.identity.take().or(other.identity);
    }
}

fn facts(path: &str, unit: &Unit) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for store in &unit.stores {
        for entry in &store.entries {
            let end = entry.certificates.first().and_then(super::Listed::not_after);
            if let Some(end) = end {
                found.insert(format!("{}\u{1}{}", store.name, entry.alias.trimmed()), end.rfc3339());
            }
        }
    }
    for entry in unit.sts.iter().filter(|it| !it.from_report && it.number.is_some()) {
        let prints: Vec<String> = entry.certificates.iter().filter_map(super::Listed::thumbprint).collect();
        if !prints.is_empty() {
            found.insert(entry.title(), prints.join(" "));
        }
    }
    if unit.log.is_some() {
        found.insert(file_name(path).to_lowercase(), path.to_owned());
    }
    found
}

/// Puts the files of a tree together to machines.
pub(super) fn groups(units: &[(crate::source::FileId, String, Unit)]) -> Vec<Group> {
    let mut own: BTreeMap<String, Vec<Group>> = BTreeMap::new();
    for (at, (_, path, unit)) in units.iter().enumerate().filter(|(_, (.., unit))| unit.is_evidence()) {
        own.entry(parent(path).to_owned()).or_default().push(Group::of(at, path, unit));
    }
    // From the deepest folder up: what fits becomes one, and what does not fit stays apart in all folders above.
    let depth = |folder: &str| folder.split('/').filter(|it| !it.is_empty()).count();
    let mut open: BTreeMap<(usize, String), Vec<Vec<Group>>> = BTreeMap::new();
    for folder in own.keys() {
        open.entry((depth(folder), folder.clone())).or_default();
    }
    let mut finished = Vec::new();
    while let Some(((level, folder), below)) = open.pop_last() {
        let here = own.remove(&folder).map(|files| in_one_folder(files, units)).unwrap_or_default();
        let merged = merge(&folder, here, below);
        if level == 0 {
            finished.extend(merged);
        } else {
            open.entry((level - 1, parent(&folder).to_owned())).or_default().push(merged);
        }
    }
    finished.sort_by(|a, b| (&a.folder, &a.units).cmp(&(&b.folder, &b.units)));
    finished
}

/// The files of one folder: those of one machine, unless they say different things about the same.
fn in_one_folder(files: Vec<Group>, units: &[(crate::source::FileId, String, Unit)]) -> Vec<Group> {
    let mut whole: Option<Group> = None;
    let mut apart = false;
    let mut seen: Vec<Group> = Vec::new();
    for file in files {
        let copy = Group { facts: file.facts.clone(), units: file.units.clone(), ..clone_of(&file) };
        match &mut whole {
            None => whole = Some(copy),
            Some(whole) if !apart && whole.fits(&copy, false) => whole.take(copy),
            Some(_) => apart = true,
        }
        seen.push(file);
    }
    if !apart {
        return whole.into_iter().collect();
    }
    // Their names tell them apart: `vcsa1_vecs.txt`, `vcsa2_vecs.txt`.
    let mut by_token: BTreeMap<String, Vec<Group>> = BTreeMap::new();
    for file in seen {
        let token = token(&units[file.units[0]].1);
        by_token.entry(token).or_default().push(file);
    }
    let mut found = Vec::new();
    for (token, files) in by_token {
        let mut one: Option<Group> = None;
        for file in files {
            match &mut one {
                Some(one) if !token.is_empty() && one.fits(&file, false) => one.take(file),
                None => one = Some(file),
                Some(_) => found.push(file),
            }
        }
        found.extend(one);
    }
    found
}

fn clone_of(group: &Group) -> Group {
    Group {
        folder: group.folder.clone(),
        units: Vec::new(),
        facts: BTreeMap::new(),
        identity: group.identity.clone(),
    }
}

fn merge(folder: &str, here: Vec<Group>, below: Vec<Vec<Group>>) -> Vec<Group> {
    let contributors = below.iter().filter(|it| !it.is_empty()).count() + usize::from(!here.is_empty());
    let one_each = here.len() <= 1 && below.iter().all(|it| it.len() <= 1);
    let mut all: Vec<Group> = below.into_iter().flatten().collect();
    if !one_each || contributors <= 1 {
        all.extend(here);
        return all;
    }
    // Each is held against all that came before it together, so that this stays in proportion to what is said.
    let mut seen: Option<Group> = None;
    let mut fits = true;
    for group in &all {
        let copy = Group { facts: group.facts.clone(), ..clone_of(group) };
        match &mut seen {
            None => seen = Some(copy),
            Some(seen) if seen.fits(&copy, true) => seen.take(copy),
            Some(_) => fits = false,
        }
    }
    if let (Some(seen), Some(own)) = (&seen, here.first()) {
        fits &= seen.fits(own, false);
    }
    all.extend(here);
    if !fits {
        return all;
    }
    let mut whole: Option<Group> = None;
    for group in all {
        match &mut whole {
            None => whole = Some(group),
            Some(whole) => whole.take(group),
        }
    }
    whole.into_iter().map(|it| Group { folder: folder.to_owned(), ..it }).collect()
}

/// Words that say what a file is, not whose.
const PLAIN: &[&str] = &[
    "vecs",
    "entry",
    "entries",
    "list",
    "store",
    "stores",
    "text",
    "txt",
    "log",
    "ldif",
    "sts",
    "cfg",
    "certool",
    "report",
    "vcert",
    "checksts",
    "fixsts",
    "output",
    "out",
    "vmware",
    "tenantcredential",
    "trustedcertchain",
    "vcenter",
    "certificate",
    "certificates",
    "roots",
    "trustedcert",
    "dir",
    "cli",
    "vpxd",
    "svcs",
    "identity",
    "dump",
];

/// What tells a file from its neighbours: its name without the words that say what it is.
fn token(path: &str) -> String {
    let name = file_name(path).to_ascii_lowercase();
    let words = name.split(['_', '-', '.', ' ']).filter(|word| {
        !word.is_empty() && !PLAIN.contains(word) && !word.bytes().all(|byte| byte.is_ascii_digit())
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{
            said::Said,
            vcenter::{Listed, listed::Printed},
        },
        source::FileId,
        x509::Time,
    };

    /// A file with one store of one entry that ends at a moment, and the name of its machine.
    fn file(at: u32, path: &str, store: &str, end: i64, name: Option<&str>) -> (FileId, String, Unit) {
        let place = Location::whole(FileId(at));
        let said = |text: &str| Said { text: text.to_owned(), at: place };
        let printed = Printed { not_after: Some(Time(end)), ..Printed::default() };
        let listed = Listed { at: place, ends_at: None, certificate: None, printed };
        let entry = VecsEntry { alias: said(store), kind: None, certificates: vec![listed] };
        let store = VecsStore {
            name: store.to_owned(),
            at: place,
            form: Form::OneLiner,
            count: None,
            entries: vec![entry],
            revocation_lists: 0,
        };
        let names = name.into_iter().map(|name| (Origin::FixSts, said(name))).collect();
        (FileId(at), path.to_owned(), Unit { stores: vec![store], names, ..Unit::default() })
    }

    fn folders(units: &[(FileId, String, Unit)]) -> Vec<(String, Vec<usize>)> {
        groups(units).into_iter().map(|it| (it.folder, it.units)).collect()
    }

    #[test]
    fn folders_that_tell_about_the_same_things_are_those_of_two_machines() {
        let units = [
            file(0, "dumps/vcsa1/vecs.txt", "vpxd", 1, None),
            file(1, "dumps/vcsa1/more/roots.txt", "TRUSTED_ROOTS", 2, None),
            file(2, "dumps/vcsa2/vecs.txt", "vpxd", 1, None),
        ];
        assert_eq!(folders(&units), [("dumps/vcsa1".into(), vec![1, 0]), ("dumps/vcsa2".into(), vec![2])]);
    }

    #[test]
    fn parts_of_one_machine_are_one() {
        let units = [
            file(0, "all/vecs/vpxd.txt", "vpxd", 1, None),
            file(1, "all/logs/sms.txt", "SMS", 2, None),
            file(2, "all/vpxd again.txt", "vpxd", 1, None),
        ];
        assert_eq!(folders(&units), [("all".into(), vec![0, 1, 2])]);
    }

    #[test]
    fn names_tell_machines_of_one_folder_apart() {
        let units = [
            file(0, "vcsa1_vecs.txt", "vpxd", 1, None),
            file(1, "vcsa1_roots.txt", "TRUSTED_ROOTS", 1, None),
            file(2, "vcsa2_vecs.txt", "vpxd", 5, None),
        ];
        assert_eq!(folders(&units), [(String::new(), vec![0, 1]), (String::new(), vec![2])]);
        let units = [
            file(0, "a.txt", "vpxd", 1, Some("one.example.com")),
            file(1, "b.txt", "SMS", 1, Some("two.example.com")),
        ];
        assert_eq!(folders(&units).len(), 2);
    }
}
