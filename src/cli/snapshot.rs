//! `tlslint snapshot`, and snapshots among the paths of other commands.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use clap::Args;
use miette::Result;

use crate::{
    check::{
        HEAD,
        snapshot::{self, EXTENSION, Snapshot, SnapshotError},
    },
    finding::visible,
    walk::{self, Exclude, Named, Names, Walked, paths},
};

use super::{
    Exit, TreeArguments, inputs,
    output::{self, failure, say},
    run,
};

/// The largest snapshot that is read, in bytes.
const MAX_FILE: u64 = 2 << 30;

/// The arguments of `snapshot`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 whatever the tree says, 2 could not do the work. `tlslint check FILE…` judges it."
)]
pub(super) struct SnapshotArguments {
    #[command(flatten)]
    pub(super) tree: TreeArguments,

    /// The file to write, such as `web-17.tlsfacts`; `-` is standard output
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Output")]
    output: PathBuf,

    /// Put this name before every path, so that the trees of many machines can stand side by side
    #[arg(long = "as", value_name = "NAME", help_heading = "Output")]
    machine: Option<String>,
}

/// Writes what the trees of the arguments say.
pub(super) fn snapshot(arguments: &mut SnapshotArguments) -> Result<Exit> {
    if arguments.tree.as_of.is_some() {
        let help = Some("give `--as-of` to `tlslint check`, which judges".to_owned());
        return Err(failure("what a tree says depends on no day", help));
    }
    let mut names = inputs::names()?;
    names.machine = arguments.machine.as_deref().map(machine).transpose()?;
    let inputs = Inputs::of(&mut arguments.tree, &names)?;
    if names.machine.is_some() && !inputs.snapshots.is_empty() {
        let help = Some("give `--as` where the snapshot is made".to_owned());
        return Err(failure("the paths of a snapshot are final", help));
    }
    let arguments = &*arguments;
    let located = inputs::config(&arguments.tree, &inputs.seat, &names)?;
    let as_of = run::as_of(&arguments.tree);
    let mut settings = run::settings(&arguments.tree, located.as_ref(), &names, as_of)?;
    if let Some(machine) = &names.machine {
        // A glob means the paths of the machine as it sees them itself.
        let own: Vec<_> = settings.passwords.clone();
        let under = |glob: &str| format!("{machine}/{}", glob.trim_start_matches('/'));
        settings.passwords.extend(own.into_iter().map(|(glob, secret)| (under(&glob), secret)));
    }
    let mut walked = inputs.walk(&names, run::exclude(located.as_ref()).as_ref(), true)?;
    if let Some(own) = own_path(&arguments.output, &names) {
        // What was written last time says nothing about the tree.
        walked.leave_out(&own);
    }
    let written =
        run::with_progress(walked.tree, |tree| snapshot::write(tree, &settings, names.machine.as_deref()));
    let written = written.map_err(|error| failure(format!("the snapshot cannot be made: {error}"), None))?;
    if arguments.tree.verbose {
        say(&run::places(&inputs.walked, located.as_ref(), &names));
    }
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    let what = format!(
        "{}, {}, {}",
        count(written.files, "file"),
        count(written.certificates, "certificate"),
        count(written.bytes.len(), "byte")
    );
    if arguments.output.as_os_str() == "-" {
        output::print(&written.bytes)?;
        say(&format!("snapshot of {what}\n"));
    } else {
        output::write_file(&arguments.output, &written.bytes)?;
        say(&format!("wrote `{}`: {what}\n", visible(&arguments.output.display().to_string())));
    }
    Ok(Exit::Clean)
}

/// A name that can stand before paths.
fn machine(name: &str) -> Result<String> {
    let name = name.trim_end_matches('/');
    let wrong = name.is_empty()
        || name.contains(char::is_control)
        || name.split('/').any(|part| matches!(part, "" | "." | ".."));
    if wrong {
        let help = Some("use the name of the machine, such as `web-17` or `north/web-17`".to_owned());
        return Err(failure(format!("`{name}` cannot stand before paths"), help));
    }
    Ok(name.to_owned())
}

/// The shown path of the file that is written.
fn own_path(output: &Path, names: &Names) -> Option<String> {
    let path = names.working_folder.join(output);
    let folder = paths::real(path.parent()?).ok()?;
    Some(names.shown(&folder.join(path.file_name()?)))
}

/// What the paths of a command name.
pub(super) struct Inputs {
    /// Files and folders.
    pub(super) walked: Vec<Named>,
    /// What configuration is looked for at: these, or the working folder where there are snapshots alone.
    pub(super) seat: Vec<Named>,
    /// Snapshots.
    pub(super) snapshots: Vec<Snapshot>,
}

impl Inputs {
    /// Looks up the paths of the arguments, and takes the snapshots out of them.
    pub(super) fn of(arguments: &mut TreeArguments, names: &Names) -> Result<Self> {
        let mut snapshots = Vec::new();
        let mut rest = Vec::new();
        let mut seen = BTreeSet::new();
        for path in std::mem::take(&mut arguments.paths) {
            if !is_snapshot(&path)? {
                rest.push(path);
            } else if seen.insert(paths::real(&path).unwrap_or_else(|_| path.clone())) {
                snapshots.push(read(&path)?);
            }
        }
        arguments.paths = rest;
        if snapshots.is_empty() || !arguments.paths.is_empty() {
            let walked = run::targets(arguments, names)?;
            return Ok(Self { seat: walked.clone(), walked, snapshots });
        }
        let seat = walk::named(std::slice::from_ref(&names.working_folder), names)
            .map_err(|error| run::unreachable(&error))?;
        Ok(Self { walked: Vec::new(), seat, snapshots })
    }

    /// Shown paths of everything that was named.
    pub(super) fn scope(&self, names: &Names) -> Vec<String> {
        let walked = self.walked.iter().map(|it| names.shown(&it.real));
        walked.chain(self.snapshots.iter().map(|it| it.name().to_owned())).collect()
    }

    /// Every path that a snapshot tells of.
    pub(super) fn told(&self) -> BTreeSet<String> {
        self.snapshots.iter().flat_map(Snapshot::paths).map(str::to_owned).collect()
    }

    /// Finds what there is, in folders and in snapshots.
    pub(super) fn walk(&self, names: &Names, exclude: Option<&Exclude>, reported: bool) -> Result<Walked> {
        let walked = walk::walk(&self.walked, names, exclude);
        self.join(walked, names, exclude, reported)
    }

    /// Adds what the snapshots tell to what was found; `reported` says whether findings about it are.
    pub(super) fn join(
        &self,
        walked: Walked,
        names: &Names,
        exclude: Option<&Exclude>,
        reported: bool,
    ) -> Result<Walked> {
        if self.snapshots.is_empty() {
            return Ok(walked);
        }
        let Walked { tree, reported: mut listed } = walked;
        let leaves_out = |path: &str| exclude.is_some_and(|it| it.leaves_out(&names.disk(path)));
        let mut tree = snapshot::join(tree, &self.snapshots, &leaves_out).map_err(|error| refused(&error))?;
        let mut told = BTreeSet::new();
        for (index, candidate) in tree.candidates.iter_mut().enumerate() {
            if tree.told.tells(index) {
                candidate.reported = reported;
                told.insert(candidate.path.to_string());
            }
        }
        if let Some(listed) = listed.as_mut().filter(|_| reported) {
            listed.extend(told);
        }
        Ok(Walked { tree, reported: listed })
    }
}

fn refused(error: &SnapshotError) -> miette::Report {
    failure(error.to_string(), error.help.clone())
}

/// Whether a path names a snapshot: by what it holds, and by its name where it holds something else.
fn is_snapshot(path: &Path) -> Result<bool> {
    if !fs::metadata(path).is_ok_and(|it| it.is_file()) {
        return Ok(false);
    }
    let mut head = Vec::with_capacity(HEAD);
    let read = File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
    if read.is_ok() && Snapshot::is_one(&head) {
        return Ok(true);
    }
    if path.extension().is_some_and(|it| it == EXTENSION) {
        let help = Some("`tlslint snapshot DIR -o FILE` makes one".to_owned());
        return Err(failure(format!("`{}` is no snapshot of tlslint", path.display()), help));
    }
    Ok(false)
}

fn read(path: &Path) -> Result<Snapshot> {
    let name = path.display().to_string();
    let trouble = |what: String| failure(format!("the snapshot `{name}` cannot be read: {what}"), None);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| trouble(error.to_string()))?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| trouble(error.to_string()))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(trouble(format!("it has more than {MAX_FILE} bytes")));
    }
    Snapshot::read(&name, bytes).map_err(|error| refused(&error))
}
