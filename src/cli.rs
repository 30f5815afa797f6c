//! The command line: a door between arguments, disk, clock and terminal on one
//! side and the pipeline on the other.

use std::{
    io::{self, IsTerminal as _},
    process::ExitCode,
};

use clap::Parser as _;
use miette::{GraphicalReportHandler, GraphicalTheme, IntoDiagnostic as _};

mod about;
mod args;
mod baseline;
mod fix;
mod graph;
mod inputs;
mod inventory;
mod output;
mod progress;
mod run;
mod serve;
mod snapshot;
mod stdin;

use crate::policy::ConfigError;

use args::{Arguments, CheckArguments, Color, Command, Described, TreeArguments};

/// How a run ends.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Exit {
    /// Nothing counts at or above `--fail-on`.
    Clean,
    /// Something does.
    Findings,
    /// We could not do our work.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
        })
    }
}

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nobody is left to read it where this fails.
            let _ = error.print();
            return if error.use_stderr() { Exit::Failed } else { Exit::Clean }.into();
        }
    };
    let (command, mut check) = arguments.into_parts();
    let tree = match &command {
        Command::Inventory(inventory) => &inventory.tree,
        Command::Graph(graph) => &graph.tree,
        Command::Snapshot(snapshot) => &snapshot.tree,
        _ => &check.tree,
    };
    let color = tree.color;
    let threads = rayon::ThreadPoolBuilder::new().num_threads(tree.threads).build_global();
    let result = threads.into_diagnostic().and_then(|()| match command {
        Command::Check => run::check(&mut check),
        Command::Lsp => serve::serve(&check),
        Command::Inventory(mut inventory) => inventory::inventory(&mut inventory),
        Command::Graph(mut graph) => graph::graph(&mut graph),
        Command::Snapshot(mut snapshot) => snapshot::snapshot(&mut snapshot),
        Command::Explain { rule } => about::explain(&rule),
        Command::Rules { format } => about::rules(format),
        Command::Init => about::init(),
        Command::Completions { shell } => about::completions(shell),
        Command::Schema { of } => output::print(schema(of).as_bytes()).map(|()| Exit::Clean),
    });
    let exit = result.unwrap_or_else(|report| {
        complain(&report, color);
        Exit::Failed
    });
    exit.into()
}

fn schema(of: Described) -> &'static str {
    match of {
        Described::Check => crate::render::json::SCHEMA,
        Described::Inventory => crate::render::inventory::json::SCHEMA,
    }
}

/// Shows an error of ours on standard error; of a configuration, every mistake.
fn complain(report: &miette::Report, color: Color) {
    let mut theme = if color.on(io::stderr().is_terminal()) {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    "error:".clone_into(&mut theme.characters.error);
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_wrap_lines(false);
    let show = |diagnostic: &dyn miette::Diagnostic| {
        let mut text = String::new();
        // An error in writing an error leaves its first line.
        if handler.render_report(&mut text, diagnostic).is_err() {
            text = format!("error: {diagnostic}\n");
        }
        output::say(&text);
    };
    match report.downcast_ref::<ConfigError>() {
        Some(error) => error.all().for_each(|error| show(error)),
        None => show(report.as_ref()),
    }
}
