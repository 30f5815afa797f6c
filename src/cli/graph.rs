//! `tlslint graph`: from arguments to a picture of the estate.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic as _, Result};

use crate::{check, finding::visible, graph::Graph, render::graph as render};

use super::{
    CheckArguments, Exit, TreeArguments, inputs,
    output::{self, failure, say},
    run,
    snapshot::Inputs,
};

/// The arguments of `graph`.
#[derive(Debug, Args)]
pub(super) struct GraphArguments {
    #[command(flatten)]
    pub(super) tree: TreeArguments,

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

/// Draws what the arguments name.
pub(super) fn graph(arguments: &mut GraphArguments) -> Result<Exit> {
    let graph = read(&mut arguments.tree)?;
    let graph = selected(graph, arguments)?;
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
fn read(arguments: &mut TreeArguments) -> Result<Graph> {
    let names = inputs::names()?;
    let inputs = Inputs::of(arguments, &names)?;
    let located = inputs::config(arguments, &inputs.seat, &names)?;
    let levels = run::levels(&CheckArguments::default(), located.as_ref().map(|it| &it.config))?;
    let as_of = run::as_of(arguments);
    let settings = run::settings(arguments, located.as_ref(), &names, as_of)?;
    let walked = inputs.walk(&names, run::exclude(located.as_ref()).as_ref(), true)?;
    let (report, mut graph) =
        run::with_progress(walked.tree, |tree| check::check_and(tree, &settings, Graph::of));
    let base = run::base(&inputs.seat, located.as_ref(), &names);
    let view = run::View { levels: &levels, located: located.as_ref(), base: &base, as_of };
    let outcome = run::outcome(report, &view, walked.reported.as_ref(), None)?;
    graph.mark(&outcome);
    Ok(graph)
}
