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
    policy::{self, Base, Case, Comment, Levels, suggest},
    render::{self, Format, Look},
    rules::CARDS,
    walk::{self, Exclude, Named, Names, paths},
};

use super::{
    CheckArguments, Exit,
    args::Sink,
    inputs::{self, Located},
    output::{self, failure, say},
    progress::Progress,
};

/// Checks what the arguments name.
pub(super) fn check(arguments: &mut CheckArguments) -> Result<Exit> {
    if arguments.paths.is_empty() {
        arguments.paths.push(PathBuf::from("."));
    }
    let arguments = &*arguments;
    let sinks = sinks(&arguments.format)?;
    let began = Instant::now();
    let names = inputs::names()?;
    let targets = walk::named(&arguments.paths, &names).map_err(|error| unreachable(&error))?;
    let located = inputs::config(arguments, &targets, &names)?;
    let config = located.as_ref().map(|it| &it.config);
    let levels = Levels::new(CARDS, config, &arguments.select, &arguments.ignore).map_err(|error| {
        let near = error.nearest.map_or(String::new(), |near| format!("did you mean `{near}`? "));
        failure(error.to_string(), Some(format!("{near}`tlslint rules` lists all")))
    })?;
    let as_of = arguments.as_of.unwrap_or_else(OffsetDateTime::now_utc).to_offset(UtcOffset::UTC);
    let settings = settings(arguments, located.as_ref(), &names, as_of)?;

    let exclude = located
        .as_ref()
        .map(|it| Exclude { folder: it.folder().to_owned(), globs: it.config.exclude.clone() });
    let walked = walk::walk(&targets, &names, exclude.as_ref());
    let found = walked.tree.candidates.len();
    let walking = began.elapsed();
    let report = read_and_judge(walked.tree, &settings, arguments.threads)?;
    let judging = began.elapsed();

    let outcome = outcome(report, &levels, located.as_ref(), &names, as_of, walked.reported.as_ref())?;
    for sink in &sinks {
        write(sink, &outcome, arguments)?;
    }
    if arguments.verbose {
        let mut text = places(&targets, located.as_ref(), &names);
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
    let threshold =
        arguments.fail_on.or(config.and_then(|config| config.fail_on)).unwrap_or(CheckArguments::FAIL_ON);
    let failed = policy::fails(&outcome, threshold) && !arguments.exit_zero;
    Ok(if failed { Exit::Findings } else { Exit::Clean })
}

/// Two reports in one stream would be of use to nobody.
fn sinks(formats: &[Sink]) -> Result<Vec<Sink>> {
    if formats.is_empty() {
        return Ok(vec![Sink { format: Format::Full, file: None }]);
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

fn unreachable(error: &walk::Unreachable) -> miette::Report {
    let path = error.path.display().to_string();
    if error.error.kind() != io::ErrorKind::NotFound {
        return failure(format!("`{path}` cannot be looked at: {}", error.error), None);
    }
    let commands = ["check", "explain", "rules", "init", "completions", "schema"];
    let help = suggest::nearest(&path, commands).map(|near| {
        if near == path {
            format!("the command `{near}` must come before all flags")
        } else {
            format!("did you mean the command `{near}`?")
        }
    });
    failure(format!("there is no file or folder `{path}`"), help)
}

fn settings(
    arguments: &CheckArguments,
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

/// Runs the pipeline on as many threads as were asked for.
fn read_and_judge(mut tree: Tree<'static>, settings: &Settings, threads: usize) -> Result<Report> {
    let files = tree.candidates.iter().filter(|it| it.kind == FileKind::File && it.link.is_none()).count();
    let progress = Progress::start(files);
    let opened = std::sync::Arc::clone(&progress.opened);
    let read = tree.read;
    tree.read = Box::new(move |index, wanted| {
        opened.fetch_add(1, Ordering::Relaxed);
        read(index, wanted)
    });
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().into_diagnostic()?;
    let report = pool.install(|| check::check(&tree, settings));
    drop(progress);
    Ok(report)
}

fn outcome(
    report: Report,
    levels: &Levels,
    located: Option<&Located>,
    names: &Names,
    as_of: OffsetDateTime,
    reported: Option<&std::collections::BTreeSet<String>>,
) -> Result<Outcome> {
    let slashed = |path: &std::path::Path| path.to_string_lossy().replace('\\', "/");
    let base = Base {
        working_folder: slashed(&names.working_folder),
        config_folder: located.map_or(String::new(), |it| slashed(it.folder())),
    };
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
        base: &base,
        today: as_of.date(),
        reported,
    });
    // Parts of a second are noise in a report.
    let as_of = as_of.replace_nanosecond(0).into_diagnostic()?.format(&Rfc3339).into_diagnostic()?;
    let policy::Verdicts { sources, judged } = verdicts;
    Ok(Outcome { as_of, sources, judged, cards: CARDS, files, certificates, keys })
}

fn write(sink: &Sink, outcome: &Outcome, arguments: &CheckArguments) -> Result<()> {
    let terminal = sink.file.is_none() && io::stdout().is_terminal();
    let color = match (&sink.file, arguments.color) {
        // A variable that forces colours speaks of the terminal, not of files that are kept.
        (Some(_), super::Color::Auto) => false,
        (_, color) => color.on(terminal),
    };
    let look = Look { color, quiet: arguments.quiet, statistics: arguments.statistics };
    let mut bytes = Vec::new();
    render::render(sink.format, outcome, &mut bytes, look).into_diagnostic()?;
    match &sink.file {
        Some(file) => output::write_file(file, &bytes),
        None => output::print(&bytes),
    }
}

/// What was looked at, for `-v`.
fn places(targets: &[Named], located: Option<&Located>, names: &Names) -> String {
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
