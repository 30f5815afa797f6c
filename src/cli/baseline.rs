//! Baselines on disk.

use std::{fs, path::Path};

use miette::Result;

use crate::{
    finding::Outcome,
    policy::{Base, Baseline},
};

use super::output::{self, failure, say};

/// Reads a baseline.
pub(super) fn read(file: &Path) -> Result<Baseline> {
    let shown = file.display();
    let text = fs::read_to_string(file).map_err(|error| {
        let help = (error.kind() == std::io::ErrorKind::NotFound)
            .then(|| format!("`--write-baseline {shown}` writes one"));
        failure(format!("the baseline `{shown}` cannot be read: {error}"), help)
    })?;
    Baseline::read(text.trim_start_matches('\u{feff}'))
        .map_err(|error| failure(format!("`{shown}` {error}"), None))
}

/// Writes everything that was found and not ignored, and says so.
pub(super) fn write(file: &Path, outcome: &Outcome, base: &Base) -> Result<()> {
    let baseline = Baseline::of(outcome, &|path| base.rooted(path));
    output::write_file(file, baseline.written().as_bytes())?;
    say(&format!("`{}` knows {} now\n", file.display(), findings(baseline.len())));
    Ok(())
}

/// Takes out what is found no longer, and says how much.
pub(super) fn prune(file: &Path, baseline: &Baseline, outcome: &Outcome) -> Result<()> {
    let (kept, gone) = baseline.pruned(outcome);
    if gone > 0 {
        output::write_file(file, kept.written().as_bytes())?;
    }
    say(&format!("`{}` knows {}, {gone} are gone\n", file.display(), findings(kept.len())));
    Ok(())
}

fn findings(number: usize) -> String {
    if number == 1 { "1 finding".to_owned() } else { format!("{number} findings") }
}
