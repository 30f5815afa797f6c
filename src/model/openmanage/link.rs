//! Which files are uploaded to which appliance: what profiles say, and what tasks and calls name.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    model::{
        Chains, Holding, Materials, NodeKind,
        facts::ItemKind,
        resolve::{Base, Resolver},
        said::Said,
        tree::{Paths, file_name, join, parent},
    },
    source::{FileId, Location},
    x509::Time,
};

use super::{
    Asked, Deployment, Missing, OpenManage,
    unit::{Mode, Profile, Reason, Unit},
    verdict::Verdict,
};

/// Files beside a log that are looked at.
const NEAR: usize = 20;

/// What is named, before anybody looked into the files.
#[derive(Debug, Default)]
pub(crate) struct Named {
    found: BTreeMap<FileId, Found>,
    pairs: BTreeSet<(FileId, FileId)>,
    missing: Vec<Missing>,
}

#[derive(Debug)]
struct Found {
    name: Option<String>,
    file: FileId,
    mode: Option<Mode>,
    said_by_profile: bool,
    uploads: Vec<(Location, Location, Mode)>,
    request_files: Vec<FileId>,
    now: Option<Time>,
    migrates: bool,
}

impl Found {
    fn new(file: FileId) -> Self {
        Self {
            name: None,
            file,
            mode: None,
            said_by_profile: false,
            uploads: Vec::new(),
            request_files: Vec::new(),
            now: None,
            migrates: false,
        }
    }
}

impl Named {
    /// Finds the files that profiles and lines name. `belongs` tells whether a folder shows that such a file should
    /// be in it.
    pub(crate) fn find(
        units: &[(FileId, Unit)],
        profiles: &[Profile],
        resolver: &Resolver<'_>,
        belongs: &dyn Fn(&str, bool) -> bool,
    ) -> Self {
        let mut named = Self::default();
        for profile in profiles {
            named.profile(profile, resolver);
        }
        for (file, unit) in units {
            named.unit(*file, unit, resolver, belongs);
        }
        named
    }

    /// Files that have to be read as certificate material, whatever they look like. What an appliance answered in its
    /// own format has been read.
    pub(crate) fn files<'a>(&'a self, units: &'a [(FileId, Unit)]) -> impl Iterator<Item = FileId> + 'a {
        let read: BTreeSet<FileId> = units.iter().map(|(file, _)| *file).collect();
        let all = self
            .found
            .values()
            .flat_map(|it| std::iter::once(it.file).chain(it.request_files.iter().copied()));
        all.filter(move |file| !read.contains(file))
    }

    fn of(&mut self, file: FileId) -> &mut Found {
        self.found.entry(file).or_insert_with(|| Found::new(file))
    }

    fn profile(&mut self, profile: &Profile, resolver: &Resolver<'_>) {
        let mut find = |path: &String| {
            let found = resolver.paths.find(path);
            let found = found.filter(|it| resolver.paths.node(*it).kind == NodeKind::File);
            if found.is_none() && !(resolver.ignored)(path) {
                // Where not even the folder is looked at, nothing is missing.
                let folder = resolver.paths.find(parent(path));
                self.missing.extend(folder.map(|folder| Missing {
                    at: Location::whole(folder),
                    written: file_name(path).to_owned(),
                    expected: path.clone(),
                    by: format!("profile `{}`", profile.name),
                }));
            }
            found
        };
        let request = profile.request.as_ref().and_then(&mut find);
        let (chain, peer) = (find(&profile.chain), profile.peer.as_ref().and_then(&mut find));
        if let Some(peer) = peer {
            let it = self.of(peer);
            it.migrates = true;
            it.now = it.now.or(profile.now);
            // Only a chain migrates; what a profile of its own says about it counts more.
            it.mode = it.mode.or(Some(Mode::Chain));
        }
        let Some(file) = chain else { return };
        let it = self.of(file);
        it.name = Some(profile.name.clone());
        it.said_by_profile = true;
        it.mode = profile.mode.or_else(|| (peer.is_some() || it.migrates).then_some(Mode::Chain));
        it.request_files.extend(request);
        it.now = profile.now.or(it.now);
        it.migrates |= peer.is_some();
        if let Some(peer) = peer.filter(|it| *it != file)
            && !self.pairs.contains(&(peer, file))
        {
            self.pairs.insert((file, peer));
        }
    }

    fn unit(
        &mut self,
        file: FileId,
        unit: &Unit,
        resolver: &Resolver<'_>,
        belongs: &dyn Fn(&str, bool) -> bool,
    ) {
        let path = &resolver.paths.node(file).path;
        let requests: Vec<FileId> =
            unit.written_requests.iter().filter_map(|it| find(path, it, resolver).ok()).collect();
        for upload in &unit.uploads {
            match find(path, &upload.file, resolver) {
                Ok(found) => {
                    let it = self.of(found);
                    it.uploads.push((upload.command.at, upload.file.at, upload.mode));
                    if !it.said_by_profile {
                        it.mode = it.mode.max(Some(upload.mode));
                    }
                    it.request_files.extend(&requests);
                }
                Err(Some(expected)) => {
                    let in_git = resolver.paths.node(file).tracked;
                    if belongs(parent(&expected), in_git) && !(resolver.ignored)(&expected) {
                        self.missing.push(Missing {
                            at: upload.file.at,
                            written: upload.file.trimmed().to_owned(),
                            expected,
                            by: "`upload_file`".to_owned(),
                        });
                    }
                }
                Err(None) => {}
            }
        }
    }

    /// Looks into the files.
    pub(crate) fn judge(
        self,
        units: Vec<(FileId, Unit)>,
        paths: &Paths,
        materials: &Materials,
        chains: &Chains,
    ) -> OpenManage {
        let by_file: BTreeMap<FileId, &Unit> = units.iter().map(|(file, unit)| (*file, unit)).collect();
        let asked = |files: &[FileId]| -> Vec<Asked> {
            let mut seen = BTreeSet::new();
            files
                .iter()
                .filter(|it| seen.insert(**it))
                .flat_map(|it| requests(*it, by_file.get(it).copied(), materials))
                .collect()
        };
        let deployments: Vec<Deployment> = self
            .found
            .into_values()
            .map(|it| {
                let requests = asked(&it.request_files);
                let verdict = verdict(it.file, &requests, materials, chains);
                Deployment {
                    name: it.name,
                    file: it.file,
                    mode: it.mode,
                    uploads: it.uploads,
                    requests,
                    now: it.now,
                    migrates: it.migrates,
                    verdict,
                }
            })
            .collect();
        let index = |file: FileId| deployments.binary_search_by_key(&file, |it| it.file).ok();
        let mut pairs: Vec<(usize, usize)> =
            self.pairs.iter().filter_map(|(a, b)| Some((index(*a)?, index(*b)?))).collect();
        if pairs.is_empty() {
            pairs.extend(pair_by_log(&units, &deployments));
        }
        let near_logs = if deployments.is_empty() {
            near_logs(&units, paths, materials, chains)
        } else {
            BTreeMap::new()
        };
        OpenManage { units, deployments, near_logs, pairs, missing: self.missing }
    }
}

fn verdict(file: FileId, requests: &[Asked], materials: &Materials, chains: &Chains) -> Verdict {
    let keys: Vec<_> = requests.iter().map(|it| it.request.public_key.id).collect();
    Verdict::of(file, &keys, materials, chains)
}

/// The requests in a file, whatever its format.
fn requests(file: FileId, unit: Option<&Unit>, materials: &Materials) -> Vec<Asked> {
    let in_text = materials.holding(file).into_iter().flat_map(|it: &Holding| &it.items);
    let in_text = in_text.filter_map(|it| match &it.kind {
        ItemKind::Request(request) => Some(Asked { at: it.at, request: Arc::clone(request) }),
        _ => None,
    });
    let in_answer = unit.into_iter().flat_map(|unit| &unit.requests);
    let in_answer = in_answer.map(|(at, request)| Asked { at: *at, request: Arc::clone(request) });
    in_text.chain(in_answer).collect()
}

/// Two chains and an appliance that could not reach the other: these are the two.
fn pair_by_log(units: &[(FileId, Unit)], deployments: &[Deployment]) -> Option<(usize, usize)> {
    let failed = units.iter().flat_map(|(_, unit)| &unit.answers).any(|it| it.reason == Reason::Connection);
    let chains: Vec<usize> = (0..deployments.len()).filter(|at| deployments[*at].is_chain()).collect();
    match chains.as_slice() {
        [a, b] if failed => Some((*a, *b)),
        _ => None,
    }
}

/// The files of certificates that lie beside a log of an appliance.
fn near_logs(
    units: &[(FileId, Unit)],
    paths: &Paths,
    materials: &Materials,
    chains: &Chains,
) -> BTreeMap<FileId, Vec<Deployment>> {
    let mut by_folder: BTreeMap<&str, Vec<FileId>> = BTreeMap::new();
    for (file, holding) in materials.holdings() {
        if !holding.items.is_empty() || holding.form != crate::model::Form::Text {
            by_folder.entry(parent(&paths.node(file).path)).or_default().push(file);
        }
    }
    let mut found: BTreeMap<FileId, Vec<Deployment>> = BTreeMap::new();
    for (log, unit) in units.iter().filter(|(_, unit)| !unit.answers.is_empty()) {
        let folder = parent(&paths.node(*log).path);
        let folder = if file_name(folder) == "tomcat" { parent(folder) } else { folder };
        let files = by_folder.get(folder).map_or(&[][..], Vec::as_slice);
        let asked: Vec<Asked> =
            files.iter().take(NEAR).flat_map(|it| requests(*it, None, materials)).collect();
        let upload = unit.answers.iter().find_map(|it| it.mode);
        for file in files.iter().take(NEAR) {
            let verdict = verdict(*file, &asked, materials, chains);
            let is_leaf = verdict.leaf().is_some_and(|(id, _)| !materials.cert(id).is_ca());
            if is_leaf || matches!(verdict.shape, super::Shape::Other(..)) {
                found.entry(*log).or_default().push(Deployment {
                    name: None,
                    file: *file,
                    mode: upload,
                    uploads: Vec::new(),
                    requests: asked.clone(),
                    now: None,
                    migrates: false,
                    verdict,
                });
            }
        }
    }
    found
}

/// Where a line leads: the file, or where it should be if that can be told.
fn find(path: &str, written: &Said, resolver: &Resolver<'_>) -> Result<FileId, Option<String>> {
    // A name that is folded over two lines has a blank behind the slash, which nobody means.
    let text = &written.trimmed().replace("/ ", "/");
    if written.is_placeholder() || text.is_empty() {
        return Err(None);
    }
    let folder = parent(path);
    let mut places = resolver.places(&Base::of_fragment(path), text);
    if !text.starts_with('/') {
        // Ansible looks into `files` too, in the role or beside the playbook.
        places = [folder.to_owned(), join(folder, "files"), join(parent(folder), "files")]
            .iter()
            .map(|it| join(it, text))
            .chain(places)
            .collect();
    }
    let file = |place: &String| {
        resolver.paths.find(place).filter(|it| resolver.paths.node(*it).kind == NodeKind::File)
    };
    match places.iter().find_map(file) {
        Some(found) => Ok(found),
        None if text.starts_with('/') => Err(None),
        None => Err(places.into_iter().find(|it| resolver.paths.is_folder(parent(it)))),
    }
}
