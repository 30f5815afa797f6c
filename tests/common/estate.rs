//! From an example of a card to what is found in it. The one place of these
//! tests that calls the library.

use std::{collections::BTreeMap, fs, io, path::Path};

use tlslint::{
    check::{self, Contents, MAX_FILE, Secret, Settings, Tree, Version},
    finding::{
        Finding, Fix, Label, Level, Verdict,
        mend::{Mending, Standing},
    },
    policy::{self, Base, Case, Comment, Config, Levels, machines::Appliance},
    rules::CARDS,
    source::{Place, Source},
    x509::Time,
};

use super::format::{Body, Card, Disk, Example};

/// "Today" where an example does not say another.
const AS_OF: &str = "2026-11-22";

/// A finding as a card can say it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Id of its card.
    pub(crate) rule: String,
    /// How serious it is here.
    pub(crate) level: Level,
    /// What it says.
    pub(crate) message: String,
    /// All its labels: `path:line`, `path#entry`, or `path`.
    pub(crate) labels: Vec<String>,
}

impl Seen {
    /// The line of a card that would expect this finding.
    pub(crate) fn line(&self) -> String {
        format!("{:?}  {}: {}", self.labels, self.level.word(), self.message)
    }
}

/// A tree by path and bytes.
pub(crate) type Bodies = BTreeMap<String, Vec<u8>>;

/// The tree of an example.
pub(crate) fn bodies(example: &Example) -> Result<Bodies, String> {
    example.files().iter().map(|(path, body)| Ok((path.clone(), bytes(body)?))).collect()
}

/// What counts as found in the tree of an example, after levels and ignores.
pub(crate) fn judge(card: &Card, example: &Example) -> Result<Vec<Seen>, String> {
    let verdicts = verdicts(card, example, &bodies(example)?)?;
    Ok(counting(&verdicts))
}

/// What counts as found in another tree by the settings of an example.
pub(crate) fn judge_tree(card: &Card, example: &Example, bodies: &Bodies) -> Result<Vec<Seen>, String> {
    Ok(counting(&verdicts(card, example, bodies)?))
}

/// The files that change when the edits are done that the findings of a card offer, and whether each fix is safe.
pub(crate) fn mend(card: &Card, example: &Example) -> Result<(Bodies, Vec<bool>), String> {
    let bodies = bodies(example)?;
    let verdicts = verdicts(card, example, &bodies)?;
    let counts = verdicts.judged.iter().filter(|it| it.verdict == Verdict::Counts);
    let fixes: Vec<&Fix> =
        counts.filter(|it| it.finding.rule == card.id).filter_map(|it| it.finding.fix.as_ref()).collect();
    let mut mending = Mending::default();
    for fix in &fixes {
        mending.take(fix);
    }
    let mut changed = Bodies::new();
    for (file, edits) in mending.files() {
        let source = &verdicts.sources[file.0 as usize];
        let standing = Standing::new(source, &bodies[&*source.path]);
        let new =
            standing.and_then(|it| it.with(&edits)).map_err(|it| format!("{} {}", source.path, it.why()))?;
        changed.insert(source.path.to_string(), new);
    }
    Ok((changed, fixes.iter().map(|fix| fix.safe).collect()))
}

fn counting(verdicts: &policy::Verdicts) -> Vec<Seen> {
    let counting = verdicts.judged.iter().filter(|it| it.verdict == Verdict::Counts);
    counting.map(|it| seen(&it.finding, &verdicts.sources)).collect()
}

fn verdicts(card: &Card, example: &Example, bodies: &Bodies) -> Result<policy::Verdicts, String> {
    let tree = tree(example, bodies);
    let config = config(example)?;
    // A rule that runs only where it is asked for is asked for here, beside all others.
    let asked = CARDS.iter().filter(|it| !card.enabled && (it.enabled || it.id == card.id));
    let asked: Vec<String> = asked.map(|it| it.id.to_owned()).collect();
    let levels = Levels::new(CARDS, config.as_ref(), &asked, &[]).map_err(|error| error.to_string())?;
    let settings = settings(example, config.as_ref())?;
    let report = check::check(&tree, &settings);
    let comment = |it: tlslint::model::facts::IgnoreComment| Comment {
        at: it.at,
        line: it.line,
        rules: it.rules,
        reason: it.reason,
    };
    Ok(policy::judge(Case {
        cards: CARDS,
        sources: report.sources,
        findings: report.findings,
        comments: report.ignores.into_iter().map(comment).collect(),
        config: config.as_ref(),
        levels: &levels,
        baseline: None,
        base: &Base { working_folder: "/".into(), config_folder: "/".into(), root: "/".into() },
        today: day(settings.as_of)?,
        reported: None,
    }))
}

fn tree(example: &Example, bodies: &Bodies) -> Tree<'static> {
    let files = bodies.iter().map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
    let mut tree = Tree::in_memory(files);
    for candidate in &mut tree.candidates {
        candidate.tracked = example.git;
        if let Some(mode) = example.mode.get(&*candidate.path) {
            candidate.mode = u32::from_str_radix(mode, 8).ok();
        }
    }
    meet(&mut tree, example);
    tree
}

fn config(example: &Example) -> Result<Option<Config>, String> {
    let parse = |text: &String| Config::parse("tlslint.toml", text, CARDS).map_err(|error| error.to_string());
    example.config.as_ref().map(parse).transpose()
}

/// The tree of an example, and what it is judged by.
pub(crate) fn judged_by(example: &Example) -> Result<(Tree<'static>, Settings), String> {
    let settings = settings(example, config(example)?.as_ref())?;
    Ok((tree(example, &bodies(example)?), settings))
}

/// Puts the trouble of a disk between a tree and whoever reads it.
fn meet(tree: &mut Tree<'_>, example: &Example) {
    let disk: Vec<Option<Disk>> =
        tree.candidates.iter().map(|candidate| example.disk.get(&*candidate.path).copied()).collect();
    for (candidate, _) in tree.candidates.iter_mut().zip(&disk).filter(|(_, it)| **it == Some(Disk::TooLarge))
    {
        candidate.size = MAX_FILE + 1;
    }
    let read = std::mem::replace(&mut tree.read, Box::new(|_, _| Err(io::ErrorKind::NotFound.into())));
    tree.read = Box::new(move |index, wanted| match disk[index] {
        Some(Disk::Denied) => Err(io::ErrorKind::PermissionDenied.into()),
        Some(Disk::TooLarge) => Ok(match read(index, wanted)? {
            Contents::Whole(_) => Contents::TooLarge(MAX_FILE + 1),
            head => head,
        }),
        None => read(index, wanted),
    });
}

/// The bytes of a file of an example.
pub(crate) fn bytes(body: &Body) -> Result<Vec<u8>, String> {
    match body {
        Body::Text(text) => Ok(text.clone().into_bytes()),
        Body::From(from) => {
            let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
            let mut joined = Vec::new();
            for path in from.from.paths() {
                let one =
                    fs::read(testdata.join(path)).map_err(|error| format!("testdata/{path}: {error}"))?;
                joined.extend(one);
            }
            Ok(joined)
        }
    }
}

fn settings(example: &Example, config: Option<&Config>) -> Result<Settings, String> {
    let mut settings = Settings::at(Time::parse(example.as_of.as_deref().unwrap_or(AS_OF))?);
    let given =
        example.passwords.iter().map(|(glob, word)| (glob.clone(), Secret::new(word.clone().into_bytes())));
    settings.passwords = given.collect();
    if let Some(config) = config {
        settings.paths.clone_from(&config.paths);
        settings.options.clone_from(&config.options);
        settings.apigee.organisation.clone_from(&config.apigee_organisation);
        settings.apigee.platform = config.apigee_platform.as_deref().and_then(check::Platform::of_word);
        settings.apigee.version = config.apigee_version.map(|(a, b, c)| Version(a, b, c));
        settings.iis.shares.clone_from(&config.iis_shares);
        let farms = config.iis_farms.iter().map(|it| check::FarmSetting {
            name: it.name.clone(),
            nodes: it.nodes.clone(),
            shared: it.shared.clone(),
        });
        settings.iis.farms = farms.collect();
        settings.openmanage = config.appliances.iter().map(profile).collect();
        let vcenters = config
            .vcenters
            .iter()
            .map(|it| check::VcenterSetting { pnid: it.pnid.clone(), folder: it.path.clone() });
        settings.vcenters = vcenters.collect();
        let servers = config.cms.iter().map(|it| check::CmsSetting {
            version: it.version.map(|(a, b, c)| Version(a, b, c)),
            path: it.path.clone(),
            node: it.node.clone(),
        });
        settings.cms = servers.collect();
        settings.nginx_version = config.nginx_version.map(|(a, b, c)| Version(a, b, c));
    }
    Ok(settings)
}

fn profile(it: &Appliance) -> check::OpenManageProfile {
    let mode = |chain| if chain { check::UploadMode::Chain } else { check::UploadMode::Server };
    check::OpenManageProfile {
        name: it.name.clone(),
        request: it.csr.clone(),
        chain: it.chain.clone(),
        mode: it.as_chain.map(mode),
        peer: it.peer.clone(),
        now: it.now.map(Time),
    }
}

fn day(moment: Time) -> Result<time::Date, String> {
    let moment = time::OffsetDateTime::from_unix_timestamp(moment.0).map_err(|error| error.to_string())?;
    Ok(moment.date())
}

fn seen(finding: &Finding, sources: &[Source]) -> Seen {
    Seen {
        rule: finding.rule.to_owned(),
        level: finding.level,
        message: finding.message.clone(),
        labels: finding.labels().map(|label| place(label, sources)).collect(),
    }
}

fn place(label: &Label, sources: &[Source]) -> String {
    let source = &sources[label.at.file.0 as usize];
    match label.at.place {
        Place::Whole => source.path.to_string(),
        Place::Text(span) => format!("{}:{}", source.path, source.position(span.start).line),
        Place::Entry(index) => format!("{}#{}", source.path, source.entries[index as usize].name),
    }
}
