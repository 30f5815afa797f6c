//! `tlslint graph`: from arguments to a picture of the estate.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic as _, Result};
use time::{OffsetDateTime, UtcOffset};

use crate::{
    check,
    finding::visible,
    graph::Graph,
    policy::Levels,
    render::graph as render,
    rules::CARDS,
    walk::{self, Exclude},
};

use super::{
    CheckArguments, Exit,
    args::{Color, moment},
    inputs,
    output::{self, failure, say},
    run,
};

/// The arguments of `graph`.
#[derive(Debug, Args)]
pub(super) struct GraphArguments {
    /// Files and folders [default: the working folder]
    #[arg(value_name = "PATHS", value_hint = clap::ValueHint::AnyPath)]
    paths: Vec<PathBuf>,

    /// What to write to standard output [default: dot, or nothing where there is `--html`]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    format: Option<Form>,

    /// Write a page of its own with the graph and the days on which certificates end
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Output")]
    html: Option<PathBuf>,

    /// Only what bears this name, host or path (or a part of it), with what depends on it and what it depends on
    #[arg(long, value_name = "NAME|PATH", help_heading = "Selection")]
    around: Option<String>,

    /// Only what an endpoint leads to
    #[arg(long, help_heading = "Selection")]
    only_used: bool,

    /// Only what findings are about, with what depends on it and what it depends on
    #[arg(long, help_heading = "Selection")]
    problems: bool,

    /// Judge as of this day or moment: `2027-01-31` or RFC 3339 [default: now]
    #[arg(long, value_name = "DATE", value_parser = moment, help_heading = "Inputs")]
    as_of: Option<OffsetDateTime>,

    /// Use this configuration instead of the nearest `tlslint.toml`
    #[arg(long, value_name = "FILE", conflicts_with = "isolated", help_heading = "Inputs")]
    config: Option<PathBuf>,

    /// Use no configuration
    #[arg(long, help_heading = "Inputs")]
    isolated: bool,

    /// Passwords of keys and stores: TOML, `"glob" = "password"`; or the same text in `TLSLINT_PASSWORDS`
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    passwords: Option<PathBuf>,

    /// How many threads to use; 0 is one for each core
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Inputs")]
    threads: usize,
}

/// The forms of `--format`.
#[derive(Copy, Clone, Debug, ValueEnum)]
enum Form {
    /// Graphviz
    Dot,
    /// A flowchart for Markdown
    Mermaid,
    /// Everything, for programs
    Json,
}

impl GraphArguments {
    /// What they have in common with `check`.
    pub(super) fn inputs(&self) -> CheckArguments {
        CheckArguments {
            paths: if self.paths.is_empty() { vec![PathBuf::from(".")] } else { self.paths.clone() },
            as_of: self.as_of,
            config: self.config.clone(),
            isolated: self.isolated,
            passwords: self.passwords.clone(),
            threads: self.threads,
            color: Color::Auto,
            ..CheckArguments::default()
        }
    }
}

/// Draws what the arguments name.
pub(super) fn graph(arguments: &GraphArguments, inputs: &CheckArguments) -> Result<Exit> {
    let graph = selected(read(inputs)?, arguments)?;
    let format = match (arguments.format, &arguments.html) {
        (Some(Form::Dot), _) | (None, None) => Some(render::Format::Dot),
        (Some(Form::Mermaid), _) => Some(render::Format::Mermaid),
        (Some(Form::Json), _) => Some(render::Format::Json),
        (None, Some(_)) => None,
    };
    if let Some(format) = format {
        let mut bytes = Vec::new();
        let warning = render::write(format, &graph, &mut bytes).into_diagnostic()?;
        output::print(&bytes)?;
        warn(warning);
    }
    if let Some(file) = &arguments.html {
        let mut bytes = Vec::new();
        let warning = render::write_page(&graph, &mut bytes).into_diagnostic()?;
        output::write_file(file, &bytes)?;
        warn(warning);
    }
    Ok(Exit::Clean)
}

fn warn(warning: Option<String>) {
    if let Some(warning) = warning {
        say(&format!("{}\n", visible(&warning)));
    }
}

fn selected(mut graph: Graph, arguments: &GraphArguments) -> Result<Graph> {
    if let Some(name) = &arguments.around {
        let help = "a name, a host or a path of the tree, or a part of one".to_owned();
        graph = graph.around(name).map_err(|error| failure(error.to_string(), Some(help)))?;
    }
    if arguments.only_used {
        graph = graph.only_used();
    }
    if arguments.problems {
        graph = graph.problems();
    }
    Ok(graph)
}

/// Reads and judges as `check` does, and draws before the model is gone.
fn read(inputs: &CheckArguments) -> Result<Graph> {
    let names = inputs::names()?;
    let targets = walk::named(&inputs.paths, &names).map_err(|error| run::unreachable(&error))?;
    let located = inputs::config(inputs, &targets, &names)?;
    let config = located.as_ref().map(|it| &it.config);
    let levels = Levels::new(CARDS, config, &[], &[]).into_diagnostic()?;
    let as_of = inputs.as_of.unwrap_or_else(OffsetDateTime::now_utc).to_offset(UtcOffset::UTC);
    let settings = run::settings(inputs, located.as_ref(), &names, as_of)?;
    let exclude = located
        .as_ref()
        .map(|it| Exclude { folder: it.folder().to_owned(), globs: it.config.exclude.clone() });
    let walked = walk::walk(&targets, &names, exclude.as_ref());
    let pipeline =
        |tree: &check::Tree<'_>, settings: &check::Settings| check::check_and(tree, settings, Graph::of);
    let (report, mut graph) = run::read_and_judge(walked.tree, &settings, inputs.threads, pipeline)?;
    let outcome = run::outcome(report, &levels, located.as_ref(), &names, as_of, walked.reported.as_ref())?;
    graph.mark(&outcome);
    Ok(graph)
}
