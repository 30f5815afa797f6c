//! `tlslint check`: from arguments to an exit status.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _},
    path::PathBuf,
    sync::atomic::Ordering,
    time::Instant,
};

use miette::{IntoDiagnostic as _, Result};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::{
    check::{self, Counts, FileKind, Report, Settings, Tree},
    finding::{Outcome, visible},
    policy::{self, Base, Case, Comment, Levels, machines::Appliance, suggest},
    render::{self, Format, Look},
    rules::CARDS,
    walk::{self, Exclude, Named, Names, paths},
};

use super::{
    CheckArguments, Color, Exit, TreeArguments,
    args::Sink,
    baseline,
    fix::Repair,
    inputs::{self, Located},
    output::{self, failure, say},
    progress::Progress,
    snapshot::Inputs,
    stdin,
};

/// Checks what the arguments name.
pub(super) fn check(arguments: &mut CheckArguments) -> Result<Exit> {
    let stdin = stdin::text(arguments)?;
    let sinks = sinks(&arguments.format, Format::Full)?;
    let began = Instant::now();
    let names = inputs::names()?;
    let mut inputs = Inputs::of(&mut arguments.tree, &names)?;
    if let Some(root) = stdin.as_ref().and_then(|text| text.whole_repository(&inputs.walked)) {
        inputs.walked = walk::named(&[root], &names).map_err(|error| unreachable(&error))?;
        inputs.seat.clone_from(&inputs.walked);
    }
    let arguments = &*arguments;
    let located = inputs::config(&arguments.tree, &inputs.seat, &names)?;
    let config = located.as_ref().map(|it| &it.config);
    let levels = levels(arguments, config)?;
    let as_of = as_of(&arguments.tree);
    let settings = settings(&arguments.tree, located.as_ref(), &names, as_of)?;
    let baseline = arguments.baseline.as_deref().map(baseline::read).transpose()?;
    let base = base(&inputs.seat, located.as_ref(), &names);
    let view = View { levels: &levels, located: located.as_ref(), base: &base, as_of };
    let mut repair = Repair::wanted(arguments)?;
    if let (Some(repair), Some(text)) = (&mut repair, &stdin) {
        repair.only(&text.shown(&names), text.bytes());
    }
    if let Some(repair) = &mut repair {
        repair.leave(inputs.told());
    }
    let exclude = exclude(located.as_ref());
    let all_reported = stdin.is_none() && !arguments.staged && arguments.changed_since.is_none();
    let (outcome, found, walking, judging) = loop {
        let walked = walk::walk(&inputs.walked, &names, exclude.as_ref());
        let mut walked = narrowed(walked, arguments, &inputs.walked, &names, stdin.clone())?;
        if let Some(repair) = &repair {
            walked.tree = walked.tree.with_texts(&repair.texts());
        }
        let walked = inputs.join(walked, &names, exclude.as_ref(), all_reported)?;
        let found = walked.tree.candidates.len();
        let walking = began.elapsed();
        let report = with_progress(walked.tree, |tree| check::check(tree, &settings));
        let judging = began.elapsed();
        let outcome = outcome(report, &view, walked.reported.as_ref(), baseline.as_ref())?;
        let step = |it: &mut Repair| it.step(&outcome, walked.reported.as_ref(), &names);
        // What edits bring about is judged like anything else.
        if !repair.as_mut().is_some_and(step) {
            break (outcome, found, walking, judging);
        }
    };
    if let Some(file) = &arguments.write_baseline {
        baseline::write(file, &outcome, &base)?;
        return Ok(Exit::Clean);
    }
    if let (Some(file), Some(baseline), true) = (&arguments.baseline, &baseline, arguments.prune_baseline) {
        baseline::prune(file, baseline, &outcome)?;
    }
    let mut written = true;
    if let Some(repair) = &mut repair {
        written = repair.finish(&outcome, arguments.quiet)?;
    }
    // Standard output belongs to a difference, and to the text of one file.
    let taken = repair.is_some() && (arguments.diff || stdin.is_some());
    for sink in sinks.iter().filter(|sink| !taken || sink.file.is_some()) {
        write(sink, &outcome, arguments)?;
    }
    if arguments.tree.verbose {
        let mut text = places(&inputs.walked, located.as_ref(), &names);
        let _ = writeln!(
            text,
            "paths found: {found}, in {} ms; files read and judged: {}, in {} ms; written in {} ms",
            walking.as_millis(),
            outcome.files,
            judging.saturating_sub(walking).as_millis(),
            began.elapsed().saturating_sub(judging).as_millis(),
        );
        say(&text);
    }
    if !written {
        return Ok(Exit::Failed);
    }
    if let (Some(repair), true) = (&repair, arguments.diff) {
        return Ok(if repair.is_idle() { Exit::Clean } else { Exit::Findings });
    }
    let threshold =
        arguments.fail_on.or(config.and_then(|config| config.fail_on)).unwrap_or(CheckArguments::FAIL_ON);
    let failed = policy::fails(&outcome, threshold) && !arguments.exit_zero;
    Ok(if failed { Exit::Findings } else { Exit::Clean })
}

/// Which rules run, and at what level.
pub(super) fn levels(arguments: &CheckArguments, config: Option<&policy::Config>) -> Result<Levels> {
    Levels::new(CARDS, config, &arguments.select, &arguments.ignore).map_err(|error| {
        let near = error.nearest.map_or(String::new(), |near| format!("did you mean `{near}`? "));
        failure(error.to_string(), Some(format!("{near}`tlslint rules` lists all")))
    })
}

/// The named paths as they are on disk; the working folder where none is named.
pub(super) fn targets(arguments: &mut TreeArguments, names: &Names) -> Result<Vec<Named>> {
    if arguments.paths.is_empty() {
        arguments.paths.push(PathBuf::from("."));
    }
    walk::named(&arguments.paths, names).map_err(|error| unreachable(&error))
}

/// "Today", in UTC.
pub(super) fn as_of(arguments: &TreeArguments) -> OffsetDateTime {
    arguments.as_of.unwrap_or_else(OffsetDateTime::now_utc).to_offset(UtcOffset::UTC)
}

/// What the configuration leaves out.
pub(super) fn exclude(located: Option<&Located>) -> Option<Exclude> {
    located.map(|it| Exclude { folder: it.folder().to_owned(), globs: it.config.exclude.clone() })
}

/// Two reports in one stream would be of use to nobody.
pub(super) fn sinks<F: Copy>(formats: &[Sink<F>], default: F) -> Result<Vec<Sink<F>>> {
    if formats.is_empty() {
        return Ok(vec![Sink { format: default, file: None }]);
    }
    for (index, sink) in formats.iter().enumerate() {
        if formats[..index].iter().any(|other| other.file == sink.file) {
            let place = sink
                .file
                .as_ref()
                .map_or("standard output".to_owned(), |file| format!("`{}`", file.display()));
            let help = "write all but one to files: `--format json=FILE`".to_owned();
            return Err(failure(format!("two formats cannot both go to {place}"), Some(help)));
        }
    }
    Ok(formats.to_vec())
}

pub(super) fn unreachable(error: &walk::Unreachable) -> miette::Report {
    let path = error.path.display().to_string();
    if error.error.kind() != io::ErrorKind::NotFound {
        return failure(format!("`{path}` cannot be looked at: {}", error.error), None);
    }
    let commands = [
        "check",
        "inventory",
        "lsp",
        "graph",
        "snapshot",
        "explain",
        "rules",
        "init",
        "completions",
        "schema",
    ];
    let help = suggest::nearest(&path, commands).map(|near| {
        if near == path {
            format!("the command `{near}` must come before all flags")
        } else {
            format!("did you mean the command `{near}`?")
        }
    });
    failure(format!("there is no file or folder `{path}`"), help)
}

pub(super) fn settings(
    arguments: &TreeArguments,
    located: Option<&Located>,
    names: &Names,
    as_of: OffsetDateTime,
) -> Result<Settings> {
    let mut settings = Settings {
        as_of: crate::x509::Time(as_of.unix_timestamp()),
        paths: Vec::new(),
        options: Vec::new(),
        nginx_version: None,
        apigee: check::ApigeeSettings::default(),
        iis: check::IisSettings::default(),
        openmanage: Vec::new(),
        vcenters: Vec::new(),
        cms: Vec::new(),
        passwords: inputs::passwords(arguments)?,
    };
    if let Some(located) = located {
        let map = |(server, folder): &(String, String)| {
            (server.clone(), names.shown(&paths::plain(&located.folder().join(folder))))
        };
        settings.paths = located.config.paths.iter().map(map).collect();
        settings.options.clone_from(&located.config.options);
        let shown = |folder: &String| names.shown(&paths::plain(&located.folder().join(folder)));
        settings.iis.shares = located.config.iis_shares.iter().map(shown).collect();
        settings.iis.farms = located
            .config
            .iis_farms
            .iter()
            .map(|farm| check::FarmSetting {
                name: farm.name.clone(),
                nodes: farm.nodes.clone(),
                shared: farm.shared.as_ref().map(shown),
            })
            .collect();
        settings.openmanage = located.config.appliances.iter().map(|it| profile(it, &shown)).collect();
        settings.vcenters = located
            .config
            .vcenters
            .iter()
            .map(|it| check::VcenterSetting { pnid: it.pnid.clone(), folder: it.path.as_ref().map(shown) })
            .collect();
        settings.cms = located
            .config
            .cms
            .iter()
            .map(|it| check::CmsSetting {
                version: it.version.map(|(a, b, c)| check::Version(a, b, c)),
                path: it.path.as_ref().map(shown),
                node: it.node.clone(),
            })
            .collect();
        settings.apigee.organisation.clone_from(&located.config.apigee_organisation);
        settings.apigee.platform =
            located.config.apigee_platform.as_deref().and_then(check::Platform::of_word);
        settings.apigee.version = located.config.apigee_version.map(|(a, b, c)| check::Version(a, b, c));
        settings.nginx_version = located.config.nginx_version.map(|(a, b, c)| check::Version(a, b, c));
    }
    Ok(settings)
}

/// An appliance as the model has it, with `shown` paths.
fn profile(it: &Appliance, shown: &dyn Fn(&String) -> String) -> check::OpenManageProfile {
    let mode = |chain| if chain { check::UploadMode::Chain } else { check::UploadMode::Server };
    check::OpenManageProfile {
        name: it.name.clone(),
        request: it.csr.as_ref().map(shown),
        chain: shown(&it.chain),
        mode: it.as_chain.map(mode),
        peer: it.peer.as_ref().map(shown),
        now: it.now.map(crate::x509::Time),
    }
}

/// Does the work, and shows how far it is where that takes long.
pub(super) fn with_progress<T>(mut tree: Tree<'static>, work: impl FnOnce(&Tree<'static>) -> T) -> T {
    let files = tree.candidates.iter().filter(|it| it.kind == FileKind::File && it.link.is_none()).count();
    let progress = Progress::start(files);
    let opened = std::sync::Arc::clone(&progress.opened);
    let read = tree.read;
    tree.read = Box::new(move |index, wanted| {
        opened.fetch_add(1, Ordering::Relaxed);
        read(index, wanted)
    });
    let done = work(&tree);
    drop(progress);
    done
}

/// What a run is judged by.
pub(super) struct View<'a> {
    pub(super) levels: &'a Levels,
    pub(super) located: Option<&'a Located>,
    pub(super) base: &'a Base,
    pub(super) as_of: OffsetDateTime,
}

/// What paths are relative to.
pub(super) fn base(targets: &[Named], located: Option<&Located>, names: &Names) -> Base {
    let slashed = |path: &std::path::Path| path.to_string_lossy().replace('\\', "/");
    let root = targets
        .first()
        .and_then(|first| first.repository.as_deref())
        .or_else(|| located.map(Located::folder))
        .unwrap_or(&names.working_folder);
    Base {
        working_folder: slashed(&names.working_folder),
        config_folder: located.map_or(String::new(), |it| slashed(it.folder())),
        root: slashed(root),
    }
}

/// What Git says has changed, where that was asked for.
fn changed(arguments: &CheckArguments, targets: &[Named], names: &Names) -> Result<Option<walk::Changed>> {
    let since = match &arguments.changed_since {
        Some(revision) => walk::Since::Revision(revision),
        None if arguments.staged => walk::Since::Staged,
        None => return Ok(None),
    };
    let Some(root) = targets.first().and_then(|first| first.repository.as_deref()) else {
        return Err(failure("what has changed is known in a Git repository only, and this is none", None));
    };
    let changed = walk::changed(root, since, names).map_err(|error| {
        let help = matches!(since, walk::Since::Revision(_))
            .then(|| "a shallow clone may lack the revision: fetch it, or more of the history".to_owned());
        failure(format!("what has changed is not known. {error}"), help)
    })?;
    Ok(Some(changed))
}

/// The tree with what standard input brings, and with the part of it that is reported.
fn narrowed(
    mut walked: walk::Walked,
    arguments: &CheckArguments,
    targets: &[Named],
    names: &Names,
    stdin: Option<stdin::Text>,
) -> Result<walk::Walked> {
    if let Some(changed) = changed(arguments, targets, names)? {
        narrow(&mut walked, changed);
    }
    if let Some(text) = stdin {
        walked = text.stand_in(walked, names);
    }
    if walked.reported.is_some() && (arguments.prune_baseline || arguments.write_baseline.is_some()) {
        let help = Some("leave out the names of files, `--staged` and `--changed-since`".to_owned());
        return Err(failure("a run over a part of the tree cannot tell what a baseline holds", help));
    }
    Ok(walked)
}

/// Reports what concerns files that changed, and nothing else.
fn narrow(walked: &mut walk::Walked, changed: walk::Changed) {
    for candidate in &mut walked.tree.candidates {
        candidate.reported &= changed.present.contains(&*candidate.path);
    }
    let named = walked.reported.take();
    let mut reported = changed.present;
    if let Some(named) = named {
        reported.retain(|path| named.contains(path));
    }
    reported.extend(changed.gone.iter().cloned());
    walked.tree.gone = changed.gone;
    walked.reported = Some(reported);
}

pub(super) fn outcome(
    report: Report,
    view: &View<'_>,
    reported: Option<&std::collections::BTreeSet<String>>,
    baseline: Option<&policy::Baseline>,
) -> Result<Outcome> {
    let View { levels, located, base, as_of } = *view;
    let Report { sources, findings, ignores, counts } = report;
    let Counts { files, certificates, keys } = counts;
    let verdicts = policy::judge(Case {
        cards: CARDS,
        sources,
        findings,
        comments: ignores
            .into_iter()
            .map(|it| Comment { at: it.at, line: it.line, rules: it.rules, reason: it.reason })
            .collect(),
        config: located.map(|it| &it.config),
        levels,
        base,
        today: as_of.date(),
        reported,
        baseline,
    });
    // Parts of a second are noise in a report.
    let as_of = as_of.replace_nanosecond(0).into_diagnostic()?.format(&Rfc3339).into_diagnostic()?;
    let policy::Verdicts { sources, judged } = verdicts;
    Ok(Outcome { as_of, sources, judged, cards: CARDS, files, certificates, keys })
}

/// Whether what goes to a sink is written with colours.
pub(super) fn colored<F>(sink: &Sink<F>, color: Color) -> bool {
    match (&sink.file, color) {
        // A variable that forces colours speaks of the terminal, not of files that are kept.
        (Some(_), Color::Auto) => false,
        (file, color) => color.on(file.is_none() && io::stdout().is_terminal()),
    }
}

fn write(sink: &Sink<Format>, outcome: &Outcome, arguments: &CheckArguments) -> Result<()> {
    let color = colored(sink, arguments.tree.color);
    let look = Look { color, quiet: arguments.quiet, statistics: arguments.statistics };
    let mut bytes = Vec::new();
    render::render(sink.format, outcome, &mut bytes, look).into_diagnostic()?;
    match &sink.file {
        Some(file) => output::write_file(file, &bytes),
        None => output::print(&bytes),
    }
}

/// What was looked at, for `-v`.
pub(super) fn places(targets: &[Named], located: Option<&Located>, names: &Names) -> String {
    let mut text = String::new();
    for it in targets {
        let how = match &it.repository {
            Some(root) => format!("in the Git repository `{}`", names.shown(root)),
            None => "outside Git".to_owned(),
        };
        let _ = writeln!(text, "checking `{}`, {how}", visible(&names.shown(&it.real)));
    }
    match located {
        Some(located) => {
            let _ = writeln!(text, "configured by `{}`", visible(&names.shown(&located.path)));
        }
        None => text.push_str("not configured\n"),
    }
    text
}
