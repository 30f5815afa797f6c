//! Puts dumps together to machines, machines to farms, and folders of certificates to shares. Collectors keep one folder
//! a machine, or put the name of the machine in front of every file.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{FileId, Location};

use super::{
    super::{
        settings::IisSettings,
        tree::{Paths, ancestors, file_name, glob_fits, parent},
    },
    ConfigurationId, Farm, Iis, Live, Machine, Seen, Share, ShareFile, machine,
    unit::{ConfigurationKind, DumpKind, Redirection, Unit},
};

/// Words of file names that say what a dump is, not whose.
const PLAIN: &[&str] = &[
    "netsh",
    "http",
    "show",
    "sslcert",
    "ssl",
    "sslcerts",
    "bindings",
    "binding",
    "cert",
    "certs",
    "certificates",
    "dump",
    "output",
    "txt",
    "log",
    "json",
    "reg",
    "registry",
    "iplisten",
    "urlacl",
    "certutil",
    "store",
    "my",
    "ccs",
    "centralcertprovider",
    "iis",
    "config",
    "services",
    "applicationhost",
    "redirection",
    "administration",
    "export",
    "sys",
    "sslbindinginfo",
    "parameters",
    "webhosting",
];

impl Iis {
    pub(in crate::model) fn link(units: Vec<(FileId, Unit)>, paths: &Paths, settings: &IisSettings) -> Self {
        let units: Vec<(FileId, String, Unit)> =
            units.into_iter().map(|(file, unit)| (file, paths.node(file).path.to_string(), unit)).collect();
        let mut iis = Self { units, ..Self::default() };
        iis.machines = machines(&iis);
        let orders: Vec<Vec<u32>> = iis.all_seen().map(by_key).collect();
        for (machine, order) in iis.machines.iter_mut().zip(orders) {
            machine.by_key = order;
        }
        iis.shares = shares(&iis, paths, settings);
        iis.by_key = iis.configurations().map(|(id, it)| (id, machine::wishes(it))).collect();
        iis.find_live(settings);
        iis.find_farms(settings);
        iis.find_shares();
        iis
    }

    /// Which configuration each machine runs.
    fn find_live(&mut self, settings: &IisSettings) {
        let folders: BTreeSet<&str> = self.machines.iter().map(|it| it.folder.as_str()).collect();
        // A folder that holds other machines' folders is no machine's own.
        let holding: BTreeSet<&str> = folders
            .iter()
            .flat_map(|folder| ancestors(folder).skip(1))
            .filter(|it| folders.contains(it))
            .collect();
        let own_is_apart = |folder: &str| !holding.contains(folder);
        let hosts: Vec<(ConfigurationId, &str)> = self
            .configurations()
            .filter(|(_, it)| it.kind == ConfigurationKind::ApplicationHost)
            .map(|(id, _)| (id, self.units[id.unit as usize].1.as_str()))
            .collect();
        let below = below(&hosts);
        let own = |folder: &str| below.get(folder)?.first().map(|(id, _)| *id);
        // What lies in no folder of a machine may be shared.
        let is_open =
            |path: &str| !ancestors(path).skip(1).any(|it| folders.contains(it) && own_is_apart(it));
        let open = Open::of(hosts.iter().copied().filter(|(_, path)| is_open(path)).collect());
        let mut found = Vec::new();
        for (at, machine) in self.machines.iter().enumerate() {
            let local = own(&machine.folder).filter(|_| own_is_apart(&machine.folder));
            let said =
                settings.farms.iter().find(|it| it.takes(&machine.name)).and_then(|it| it.shared.as_deref());
            let said =
                said.and_then(|shared| hosts.iter().find(|(_, path)| fits(path, shared)).map(|(id, _)| *id));
            let redirection = self.seen(at).redirection().filter(|it| is_on(it));
            let here = below.get(machine.folder.as_str()).map_or(&[][..], Vec::as_slice);
            let copy = redirection.and_then(|it| copy(it, &machine.folder, here));
            let local = match copy {
                // What lies deeper is the copy that replication brought; the other one is out of use.
                Some(copy) => here.iter().find(|(id, _)| *id != copy).map(|(id, _)| *id),
                None => local,
            };
            let live = match (said, redirection) {
                (Some(id), _) => (Live::Known(id), local.filter(|it| *it != id)),
                (None, Some(redirection)) => match copy.or_else(|| open.shared(redirection, &machine.folder))
                {
                    Some(id) => (Live::Known(id), local.filter(|it| *it != id)),
                    None => (Live::Elsewhere, local),
                },
                (None, None) => match local.or_else(|| open.nearest(&machine.folder)) {
                    Some(id) => (Live::Known(id), None),
                    None => (Live::Unknown, None),
                },
            };
            found.push(live);
        }
        for (at, (machine, (live, stale))) in self.machines.iter_mut().zip(found).enumerate() {
            if let Live::Known(id) = live {
                self.running.entry(id).or_default().push(at);
            }
            machine.live = live;
            machine.stale = stale;
        }
    }

    /// Machines that run one configuration are a farm; so are those that somebody says are one.
    fn find_farms(&mut self, settings: &IisSettings) {
        let mut farms: Vec<Farm> = Vec::new();
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        for said in &settings.farms {
            let machines: Vec<usize> =
                (0..self.machines.len()).filter(|at| said.takes(&self.machines[*at].name)).collect();
            taken.extend(machines.iter().copied());
            let configuration = machines.iter().find_map(|at| match self.machines[*at].live {
                Live::Known(id) => Some(id),
                _ => None,
            });
            farms.push(Farm { name: said.name.clone(), machines, configuration });
        }
        let mut by_configuration: BTreeMap<ConfigurationId, Vec<usize>> = BTreeMap::new();
        // Copies of one folder that replication keeps equal: the machines beside each other name it by one path.
        let mut first_of: BTreeMap<(String, &str), ConfigurationId> = BTreeMap::new();
        for (at, machine) in self.machines.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
            let Live::Known(id) = machine.live else { continue };
            let redirection = self.seen(at).redirection().filter(|it| is_on(it));
            let path = redirection.and_then(|it| it.path.as_ref()).map(|it| plain_path(it.trimmed()));
            let id = match path.filter(|it| !it.is_empty()) {
                Some(path) => *first_of.entry((path, parent(&machine.folder))).or_insert(id),
                None => id,
            };
            by_configuration.entry(id).or_default().push(at);
        }
        for (id, machines) in by_configuration.into_iter().filter(|(_, machines)| machines.len() > 1) {
            let name = parent(&self.units[id.unit as usize].1).to_owned();
            farms.push(Farm { name, machines, configuration: Some(id) });
        }
        self.farms = farms;
    }

    /// The folder of certificates that each machine takes: by the last part of its location, or the only one there is.
    fn find_shares(&mut self) {
        let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
        for (at, share) in self.shares.iter().enumerate() {
            by_name.entry(last_part(&share.folder).to_ascii_lowercase()).or_insert(at);
        }
        let found: Vec<Option<usize>> = (0..self.machines.len())
            .map(|at| {
                let central = self.seen(at).central();
                let location = central.and_then(|it| it.location.as_ref()).map(|it| last_part(it.trimmed()));
                let named = location.and_then(|last| by_name.get(&last.to_ascii_lowercase()).copied());
                named.or_else(|| (self.shares.len() == 1).then_some(0))
            })
            .collect();
        for (machine, share) in self.machines.iter_mut().zip(found) {
            machine.share = share;
        }
    }
}

/// The configurations below each folder, in their order.
fn below<'p>(hosts: &[(ConfigurationId, &'p str)]) -> BTreeMap<&'p str, Vec<(ConfigurationId, &'p str)>> {
    let mut all: BTreeMap<&str, Vec<(ConfigurationId, &str)>> = BTreeMap::new();
    for (id, path) in hosts {
        for folder in ancestors(path).skip(1) {
            all.entry(folder).or_default().push((*id, path));
        }
    }
    all
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The records of a machine in order of their keys; of two with one key the first one stands first.
fn by_key(seen: Seen<'_>) -> Vec<u32> {
    let records = seen.dump().map_or(&[][..], |it| &it.records);
    let mut order: Vec<u32> = (0..records.len() as u32).collect();
    order.sort_by(|a, b| records[*a as usize].key.cmp(&records[*b as usize].key));
    order
}

fn is_on(it: &Redirection) -> bool {
    it.enabled.as_ref().is_some_and(|it| it.truth() == Some(true))
}

/// A path of Windows to compare: case and a closing backslash do not count.
fn plain_path(path: &str) -> String {
    path.trim_end_matches(['\\', '/']).to_lowercase()
}

/// The last part of a path of Windows or of the tree.
fn last_part(path: &str) -> &str {
    path.trim_end_matches(['\\', '/']).rsplit(['\\', '/']).next().unwrap_or(path)
}

/// In how many names, from the last one on, a folder of the tree is the path that somebody wrote.
fn same_end(folder: &str, written: &str) -> usize {
    let written = written.trim_end_matches(['\\', '/']).rsplit(['\\', '/']);
    folder.rsplit('/').zip(written).take_while(|(one, other)| one.eq_ignore_ascii_case(other)).count()
}

/// Configurations that lie in no folder of a machine.
struct Open<'p> {
    all: Vec<(ConfigurationId, &'p str)>,
    /// By a folder above and the last name of their own, in lower case.
    by_name: BTreeMap<(&'p str, String), Vec<(ConfigurationId, &'p str)>>,
    /// By their folders.
    by_folder: BTreeMap<&'p str, Vec<ConfigurationId>>,
    below: BTreeMap<&'p str, Vec<(ConfigurationId, &'p str)>>,
}

impl<'p> Open<'p> {
    fn of(all: Vec<(ConfigurationId, &'p str)>) -> Self {
        let mut by_name: BTreeMap<(&str, String), Vec<(ConfigurationId, &str)>> = BTreeMap::new();
        let mut by_folder: BTreeMap<&str, Vec<ConfigurationId>> = BTreeMap::new();
        for (id, path) in &all {
            let name = last_part(parent(path)).to_ascii_lowercase();
            for above in ancestors(parent(path)) {
                by_name.entry((above, name.clone())).or_default().push((*id, *path));
            }
            by_folder.entry(parent(path)).or_default().push(*id);
        }
        let below = below(&all);
        Self { all, by_name, by_folder, below }
    }

    /// The configuration that a redirection leads to: its folder has the last name of the path, or it is the only one.
    /// A tree may hold several farms, each with a share of that name: the one nearest to the machine is meant, or the
    /// one whose folders are called most like the path. Where both could be, nobody knows.
    fn shared(&self, redirection: &Redirection, machine: &str) -> Option<ConfigurationId> {
        let written = redirection.path.as_ref().map_or("", |it| it.trimmed());
        let name = last_part(written).to_ascii_lowercase();
        let named = ancestors(machine).find_map(|above| self.by_name.get(&(above, name.clone())));
        let Some(named) = named else { return (self.all.len() == 1).then(|| self.all[0].0) };
        let alike = |it: &(ConfigurationId, &str)| same_end(parent(it.1), written);
        let most = named.iter().map(alike).max()?;
        let mut meant = named.iter().filter(|it| alike(it) == most);
        let (id, path) = meant.next()?;
        meant.all(|(_, other)| parent(other) == parent(path)).then_some(*id)
    }

    /// The configuration of the nearest folder above, or the only one in a folder beside.
    fn nearest(&self, folder: &str) -> Option<ConfigurationId> {
        for above in ancestors(folder) {
            if let Some([id]) = self.by_folder.get(above).map(Vec::as_slice) {
                return Some(*id);
            }
        }
        match self.below.get(parent(folder)).map(Vec::as_slice) {
            Some([(id, _)]) => Some(*id),
            _ => None,
        }
    }
}

/// The copy of the shared configuration that lies below the folder of a machine: its folder has the name that the
/// redirection says.
fn copy(
    redirection: &Redirection,
    folder: &str,
    below: &[(ConfigurationId, &str)],
) -> Option<ConfigurationId> {
    let wanted = last_part(redirection.path.as_ref()?.trimmed());
    let deeper = below.iter().filter(|(_, path)| parent(path) != folder);
    let mut named = deeper.filter(|(_, path)| last_part(parent(path)).eq_ignore_ascii_case(wanted));
    named.next().map(|(id, _)| *id)
}

/// A path of the tree fits what somebody wrote: the same, or a folder above it.
fn fits(path: &str, written: &str) -> bool {
    let written = written.trim_end_matches('/');
    path == written || is_below(path, written) || path.ends_with(&format!("/{written}"))
}

/// Whether a unit tells about a machine of its own.
fn is_evidence(unit: &Unit) -> bool {
    !(unit.dumps.is_empty()
        && unit.central_stores.is_empty()
        && unit.listen_lists.is_empty()
        && unit.listings.is_empty()
        && unit.reservations.is_empty()
        && unit.redirections.is_empty()
        && unit.administrations.is_empty())
}

fn has_records(unit: &Unit) -> bool {
    unit.dumps.iter().any(|it| it.kind != DumpKind::Provider)
}

/// Puts the dumps of a tree together to machines.
fn machines(iis: &Iis) -> Vec<Machine> {
    let mut by_folder: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (_, path, unit)) in iis.units.iter().enumerate() {
        if has_records(unit) {
            by_folder.entry(parent(path)).or_default().push(at);
        }
    }
    let folders: Vec<&str> = by_folder.keys().copied().collect();
    let mut machines: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    let mut named_folders: BTreeSet<&str> = BTreeSet::new();
    for (folder, units) in &by_folder {
        let tokens: BTreeSet<String> = units.iter().map(|at| token(&iis.units[*at].1)).collect();
        // Several machines in one folder are told apart by the names of the files.
        if tokens.len() > 1 && !tokens.contains("") {
            named_folders.insert(folder);
            for at in units {
                machines
                    .entry((token(&iis.units[*at].1), (*folder).to_owned()))
                    .or_default()
                    .push(at.to_owned());
            }
        } else {
            let home = home(folder, &folders);
            machines.entry((title(home, folder), home.to_owned())).or_default().extend(units);
        }
    }
    // What makes a machine by itself comes before what only adds to one.
    let makes = |unit: &Unit| !unit.redirections.is_empty() || !unit.central_stores.is_empty();
    let mut others: Vec<usize> = (0..iis.units.len()).collect();
    others.sort_by_key(|at| !makes(&iis.units[*at].2));
    for at in others {
        let (_, path, unit) = &iis.units[at];
        if has_records(unit) || !is_evidence(unit) {
            continue;
        }
        let own = token(path);
        let found = machines.keys().find(|(name, folder)| {
            if named_folders.contains(folder.as_str()) {
                parent(path) == folder && *name == own
            } else {
                is_below(path, folder)
            }
        });
        match found.cloned() {
            Some(key) => machines.entry(key).or_default().push(at),
            // A folder with a redirection alone is a machine too: its records are not known.
            None if makes(unit) => {
                let folder = parent(path);
                machines.entry((title(folder, folder), folder.to_owned())).or_default().push(at);
            }
            None => {}
        }
    }
    machines.into_iter().map(|((name, folder), units)| put_together(iis, name, folder, units)).collect()
}

/// The folder of one machine: the highest one that holds this dump and no other folder of dumps.
fn home<'f>(folder: &'f str, all: &[&str]) -> &'f str {
    if all.len() < 2 {
        return folder;
    }
    let mut home = folder;
    for above in ancestors(folder).skip(1) {
        if above.is_empty()
            || above == "/"
            || all.iter().any(|other| *other != folder && (is_below(other, above) || *other == above))
        {
            break;
        }
        home = above;
    }
    home
}

fn title(home: &str, folder: &str) -> String {
    let name = if home.is_empty() { folder } else { home };
    if name.is_empty() { "this machine".to_owned() } else { file_name(name).to_owned() }
}

/// What tells a file from its neighbours: its name without the words that say what it is.
fn token(path: &str) -> String {
    let name = file_name(path).to_ascii_lowercase();
    let words = name.split(['_', '-', '.', ' ']).filter(|word| !word.is_empty() && !PLAIN.contains(word));
    words.collect::<Vec<_>>().join("-")
}

fn put_together(iis: &Iis, name: String, folder: String, units: Vec<usize>) -> Machine {
    let mut machine = Machine {
        name,
        folder,
        dumps: Vec::new(),
        by_key: Vec::new(),
        central: None,
        redirection: None,
        administration: None,
        listen: None,
        listings: Vec::new(),
        reservations: Vec::new(),
        live: Live::Unknown,
        stale: None,
        share: None,
    };
    for at in units {
        let unit = &iis.units[at].2;
        let place = |index: usize| (at as u32, index as u32);
        machine.dumps.extend((0..unit.dumps.len()).map(place));
        machine.listings.extend((0..unit.listings.len()).map(place));
        machine.reservations.extend((0..unit.reservations.len()).map(place));
        let first = |any: bool| any.then(|| place(0));
        machine.central = machine.central.or(first(!unit.central_stores.is_empty()));
        machine.redirection = machine.redirection.or(first(!unit.redirections.is_empty()));
        machine.administration = machine.administration.or(first(!unit.administrations.is_empty()));
        machine.listen = machine.listen.or(first(!unit.listen_lists.is_empty()));
    }
    let rank = |kind: DumpKind| match kind {
        DumpKind::Registry => 0,
        DumpKind::NetshJson => 1,
        DumpKind::Netsh => 2,
        DumpKind::Httpcfg => 3,
        DumpKind::Provider => 4,
    };
    machine.dumps.sort_by_key(|(unit, index)| {
        (rank(iis.units[*unit as usize].2.dumps[*index as usize].kind), *unit, *index)
    });
    machine
}

/// Folders of `*.pfx` that a machine's location or the settings name, and listings of such folders.
fn shares(iis: &Iis, paths: &Paths, settings: &IisSettings) -> Vec<Share> {
    let locations: BTreeSet<String> = iis
        .units
        .iter()
        .flat_map(|(_, _, unit)| &unit.central_stores)
        .filter_map(|it| it.location.as_ref())
        .map(|it| last_part(it.trimmed()).to_ascii_lowercase())
        .collect();
    let mut shares = Vec::new();
    for (id, node) in paths.iter() {
        if !paths.is_folder(&node.path) || node.link.is_some() {
            continue;
        }
        let said = settings.shares.iter().any(|it| *it.trim_end_matches('/') == *node.path);
        if !said && !locations.contains(&file_name(&node.path).to_ascii_lowercase()) {
            continue;
        }
        let files: BTreeMap<String, ShareFile> = paths
            .children(&node.path)
            .iter()
            .filter(|child| !paths.is_folder(&paths.node(**child).path))
            .map(|child| {
                let name = file_name(&paths.node(*child).path).to_owned();
                let file = ShareFile { name: name.clone(), at: Location::whole(*child), file: Some(*child) };
                (name.to_lowercase(), file)
            })
            .collect();
        if said || files.keys().any(|name| name.rsplit_once('.').is_some_and(|(_, ending)| ending == "pfx")) {
            shares.push(Share { folder: node.path.to_string(), at: Location::whole(id), files, whole: true });
        }
    }
    for listing in iis.units.iter().flat_map(|(_, _, unit)| &unit.share_listings) {
        let folder = listing.folder.as_ref().map_or_else(String::new, |it| it.trimmed().to_owned());
        let files = listing.files.iter().map(|it| {
            (it.trimmed().to_lowercase(), ShareFile { name: it.trimmed().to_owned(), at: it.at, file: None })
        });
        shares.push(Share { folder, at: listing.at, files: files.collect(), whole: !listing.partial });
    }
    shares
}

impl super::super::settings::FarmSetting {
    /// Whether a machine is one of this farm.
    pub(super) fn takes(&self, machine: &str) -> bool {
        self.nodes.iter().any(|it| it.eq_ignore_ascii_case(machine) || glob_fits(it, machine))
    }
}
