//! `tlslint inventory`: from arguments to the list of what a tree holds.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _},
    time::Instant,
};

use miette::{IntoDiagnostic as _, Result};

use crate::{
    check::{self, Wish},
    finding::Inventory,
    render::inventory::{self as forms, Form, Sheet},
    walk::Names,
};

use super::{
    Exit,
    args::{InventoryArguments, Sink},
    inputs,
    output::{self, say},
    run,
    snapshot::Inputs,
};

/// Lists what lies below the paths of the arguments.
pub(super) fn inventory(arguments: &mut InventoryArguments) -> Result<Exit> {
    let sinks = run::sinks(&arguments.format, Form::Table)?;
    let began = Instant::now();
    let names = inputs::names()?;
    let inputs = Inputs::of(&mut arguments.tree, &names)?;
    let arguments = &*arguments;
    let located = inputs::config(&arguments.tree, &inputs.seat, &names)?;
    let as_of = run::as_of(&arguments.tree);
    let settings = run::settings(&arguments.tree, located.as_ref(), &names, as_of)?;
    let wish = wish(arguments, &inputs, &names);
    let walked = inputs.walk(&names, run::exclude(located.as_ref()).as_ref(), true)?;
    let found = run::with_progress(walked.tree, |tree| {
        let reading = check::read(tree, &settings);
        let inventory = check::inventory(&reading, tree, &wish);
        // Taking a large model apart takes longer than writing the list, and nobody has to wait for it.
        rayon::spawn(move || drop(reading));
        inventory
    });
    let listed = began.elapsed();
    for sink in &sinks {
        write(sink, &found, arguments)?;
    }
    if arguments.tree.verbose {
        let mut text = run::places(&inputs.walked, located.as_ref(), &names);
        let _ = writeln!(
            text,
            "files read: {}, listed in {} ms; written in {} ms",
            found.files,
            listed.as_millis(),
            began.elapsed().saturating_sub(listed).as_millis(),
        );
        say(&text);
    }
    Ok(Exit::Clean)
}

fn wish(arguments: &InventoryArguments, inputs: &Inputs, names: &Names) -> Wish {
    Wish {
        within: arguments.within.map(i64::from),
        only: arguments.only.iter().flat_map(|it| it.kinds()).copied().collect(),
        scope: inputs.scope(names),
    }
}

fn write(sink: &Sink<Form>, found: &Inventory, arguments: &InventoryArguments) -> Result<()> {
    let wide = sink.file.is_none() && io::stdout().is_terminal();
    let width = wide.then(terminal_size::terminal_size).flatten().map(|(width, _)| usize::from(width.0));
    let sheet = Sheet { color: run::colored(sink, arguments.tree.color), width };
    let mut bytes = Vec::new();
    forms::render(sink.format, found, &mut bytes, sheet).into_diagnostic()?;
    match &sink.file {
        Some(file) => output::write_file(file, &bytes),
        None => output::print(&bytes),
    }
}
