//! What can be said on the command line.

use std::{env, path::PathBuf, str::FromStr};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{graph::GraphArguments, snapshot::SnapshotArguments};
use crate::{
    finding::{Level, inventory::Kind},
    policy::Threshold,
    render::{Format, inventory::Form},
};

/// Finds broken TLS wiring in a tree of configuration: certificates, keys, chains and the files that point at them
#[derive(Debug, Parser)]
#[command(name = "tlslint", version, args_conflicts_with_subcommands = true, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 nothing found at or above --fail-on, 1 something found, 2 could not do the work."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Subcommands>,
    #[command(flatten)]
    check: CheckArguments,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Check files and folders; this is also what happens without a command
    Check(CheckArguments),
    /// Serve an editor over standard input and output, by the Language Server Protocol
    Lsp(CheckArguments),
    /// List every certificate, key, request and store with places, users and days left
    Inventory(InventoryArguments),
    /// Draw the estate: endpoints, what they name on which way, keys, certificates, issuers
    Graph(GraphArguments),
    /// Write down what a tree says, for one `check` of the trees of many machines
    Snapshot(SnapshotArguments),
    /// Say what a rule means, why it matters and what to do
    Explain {
        /// A rule, such as `cert/expired`
        rule: String,
    },
    /// List all rules
    Rules {
        /// How to list them
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
    /// Write a commented `tlslint.toml` into the working folder
    Init,
    /// Write completions for a shell to standard output
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the JSON Schema of `--format json` to standard output
    Schema {
        /// The command whose output it describes
        #[arg(value_enum, default_value_t)]
        of: Described,
    },
}

/// The commands whose `json` has a schema.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Described {
    /// `tlslint check`
    #[default]
    Check,
    /// `tlslint inventory`
    Inventory,
}

/// What is to be done, with the arguments of `check` taken out.
#[derive(Debug)]
pub(super) enum Command {
    Check,
    Lsp,
    Inventory(Box<InventoryArguments>),
    Graph(Box<GraphArguments>),
    Snapshot(Box<SnapshotArguments>),
    Explain { rule: String },
    Rules { format: ListFormat },
    Init,
    Completions { shell: Shell },
    Schema { of: Described },
}

/// The forms of a list.
#[derive(Copy, Clone, Debug, Default, ValueEnum)]
pub(super) enum ListFormat {
    /// Columns
    #[default]
    Full,
    /// A list of objects
    Json,
}

/// Which edits to do.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FixKind {
    /// Those that cannot change whom or what is trusted, served or refused
    Safe,
    /// All that findings offer
    Unsafe,
}

/// When to use colours.
#[derive(Copy, Clone, Debug, Default, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set; everywhere if `CLICOLOR_FORCE` is
    #[default]
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

/// What every command that reads a tree is told.
#[derive(Debug, Default, Args)]
pub(super) struct TreeArguments {
    /// Files, folders and snapshots [default: the working folder]
    ///
    /// Inside a Git repository what Git ignores is left out, unless it is named here. Where files are named,
    /// they alone are reported; the tree around them is still read where rules need it. A file that `tlslint snapshot`
    /// wrote stands for the tree that it was made of.
    #[arg(value_name = "PATHS", value_hint = clap::ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// Judge as of this day or moment: `2027-01-31` or RFC 3339 [default: now]
    #[arg(long, value_name = "DATE", value_parser = moment, help_heading = "Inputs")]
    pub(super) as_of: Option<OffsetDateTime>,

    /// Use this configuration instead of the nearest `tlslint.toml`
    #[arg(long, value_name = "FILE", conflicts_with = "isolated", help_heading = "Inputs")]
    pub(super) config: Option<PathBuf>,

    /// Use no configuration
    #[arg(long, help_heading = "Inputs")]
    pub(super) isolated: bool,

    /// Passwords of keys and stores: TOML, `"glob" = "password"`; or the same text in `TLSLINT_PASSWORDS`
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(super) passwords: Option<PathBuf>,

    /// How many threads to use; 0 is one for each core
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Inputs")]
    pub(super) threads: usize,

    /// Say on standard error what is read, by which configuration, and how long it takes
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,

    /// When to use colours
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub(super) color: Color,
}

#[derive(Debug, Default, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct CheckArguments {
    #[command(flatten)]
    pub(super) tree: TreeArguments,

    /// How to write the findings, and with `=FILE` where; may be repeated [default: full]
    ///
    /// `full` and `short` are for people, `json` for programs; `sarif`, `github`, `gitlab`, `rdjson`, `junit`,
    /// `checkstyle` and `markdown` for those that read them.
    #[arg(long, value_name = "FORMAT[=FILE]", help_heading = "Output")]
    pub(super) format: Vec<Sink<Format>>,

    /// Show how often each rule fired in place of the findings (`full` and `short`)
    #[arg(long, help_heading = "Output")]
    pub(super) statistics: bool,

    /// Show errors only, and no summary (`full` and `short`)
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(super) quiet: bool,

    /// Run only these rules, groups or globs; by its name, also a rule that is off
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    pub(super) select: Vec<String>,

    /// Do not run these rules, groups or globs
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    pub(super) ignore: Vec<String>,

    /// Exit with 1 for findings at this level or above: error, warning, note or never [default: error]
    #[arg(long, value_name = "LEVEL", value_parser = threshold, help_heading = "Rules")]
    pub(super) fail_on: Option<Threshold>,

    /// Exit with 0 whatever was found
    #[arg(long, help_heading = "Rules")]
    pub(super) exit_zero: bool,

    /// Do the edits that findings offer: those that cannot change trust, or with `=unsafe` all of them
    ///
    /// Files with private keys, keystores, links and what is read-only are never touched. What is found afterwards
    /// is reported and decides about the exit status.
    #[arg(
        long,
        value_enum,
        value_name = "KIND",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "safe",
        help_heading = "Edits"
    )]
    pub(super) fix: Option<FixKind>,

    /// Show these edits as a difference, for `patch -p0`, and write nothing; exit with 1 if there are some
    #[arg(long, help_heading = "Edits")]
    pub(super) diff: bool,

    /// Leave out what this file knows, and count it
    #[arg(long, value_name = "FILE", help_heading = "Baseline")]
    pub(super) baseline: Option<PathBuf>,

    /// Write what is found to this file, to be left out from now on, and exit with 0
    #[arg(long, value_name = "FILE", help_heading = "Baseline")]
    pub(super) write_baseline: Option<PathBuf>,

    /// Take out of the baseline what is found no longer
    #[arg(long, requires = "baseline", conflicts_with = "write_baseline", help_heading = "Baseline")]
    pub(super) prune_baseline: bool,

    /// Report what concerns files that the next commit changes or deletes; the whole tree is read
    #[arg(long, conflicts_with = "changed_since", help_heading = "Inputs")]
    pub(super) staged: bool,

    /// Report what concerns files that differ from this revision; the whole tree is read
    #[arg(long, value_name = "REV", help_heading = "Inputs")]
    pub(super) changed_since: Option<String>,

    /// With `-` as path: what comes from standard input is this file, and its findings alone are reported
    #[arg(long, value_name = "PATH", help_heading = "Inputs")]
    pub(super) stdin_filename: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 whatever is on the list, 2 could not do the work. `tlslint check` judges it."
)]
pub(super) struct InventoryArguments {
    #[command(flatten)]
    pub(super) tree: TreeArguments,

    /// `table`, `json`, `csv`, `ics`, `openmetrics`, `cyclonedx` or `cyclonedx-1.7`, to standard output or, with
    /// `=FILE`, to a file; may be repeated [default: table]
    #[arg(long, value_name = "FORMAT[=FILE]", help_heading = "Output")]
    pub(super) format: Vec<Sink<Form>>,

    /// List only what ends within so many days, or has ended
    #[arg(long, value_name = "DAYS", help_heading = "Output")]
    pub(super) within: Option<u32>,

    /// List only these kinds: `certificates`, `keys`, `requests`, `revocation-lists`, `stores`
    #[arg(long, value_name = "KINDS", value_delimiter = ',', help_heading = "Output")]
    pub(super) only: Vec<Only>,
}

/// Kinds of things on the list.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Only {
    /// Certificates
    Certificates,
    /// Private, public and secret keys
    Keys,
    /// Certificate requests
    Requests,
    /// Revocation lists
    RevocationLists,
    /// Keystores
    Stores,
}

impl Only {
    /// The kinds that the word stands for.
    pub(super) fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Certificates => &[Kind::Certificate],
            Self::Keys => &[Kind::PrivateKey, Kind::PublicKey, Kind::Secret],
            Self::Requests => &[Kind::Request],
            Self::RevocationLists => &[Kind::RevocationList],
            Self::Stores => &[Kind::Store],
        }
    }
}

impl Arguments {
    /// What to do, and the arguments of `check` (their defaults for other commands).
    pub(super) fn into_parts(self) -> (Command, CheckArguments) {
        let Some(command) = self.command else {
            let mut check = self.check;
            // After a flag clap takes the word for a path; people mean the command.
            if check.tree.paths.first().is_some_and(|path| path.as_os_str() == "check") {
                check.tree.paths.remove(0);
            }
            return (Command::Check, check);
        };
        let command = match command {
            Subcommands::Check(check) => return (Command::Check, check),
            Subcommands::Lsp(check) => return (Command::Lsp, check),
            Subcommands::Inventory(inventory) => Command::Inventory(Box::new(inventory)),
            Subcommands::Graph(graph) => Command::Graph(Box::new(graph)),
            Subcommands::Snapshot(snapshot) => Command::Snapshot(Box::new(snapshot)),
            Subcommands::Explain { rule } => Command::Explain { rule },
            Subcommands::Rules { format } => Command::Rules { format },
            Subcommands::Init => Command::Init,
            Subcommands::Completions { shell } => Command::Completions { shell },
            Subcommands::Schema { of } => Command::Schema { of },
        };
        (command, CheckArguments::default())
    }
}

/// Something that can be written, by its name.
pub(super) trait Named: Copy + 'static {
    /// All of its kind, in the order of the help.
    const ALL: &'static [Self];

    /// Its name on the command line.
    fn name(self) -> &'static str;
}

impl Named for Format {
    const ALL: &'static [Self] = &Format::ALL;

    fn name(self) -> &'static str {
        self.name()
    }
}

impl Named for Form {
    const ALL: &'static [Self] = &Form::ALL;

    fn name(self) -> &'static str {
        self.name()
    }
}

/// A format and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Sink<F> {
    pub(super) format: F,
    /// `None` is standard output.
    pub(super) file: Option<PathBuf>,
}

impl<F: Named> FromStr for Sink<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let Some(format) = F::ALL.iter().copied().find(|format| format.name() == name) else {
            let names: Vec<&str> = F::ALL.iter().map(|it| it.name()).collect();
            let near = crate::policy::suggest::nearest(name, names.iter().copied());
            let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(format!("there is no format `{name}`, there is `{}`{near}", names.join("`, `")));
        };
        match file {
            Some("") => Err("a file name is missing after `=`".to_owned()),
            None | Some("-") => Ok(Self { format, file: None }),
            Some(file) => Ok(Self { format, file: Some(PathBuf::from(file)) }),
        }
    }
}

impl Color {
    /// Whether to use colours on a stream.
    pub(super) fn on(self, terminal: bool) -> bool {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR") => false,
            Self::Auto if env::var_os("CLICOLOR_FORCE").is_some_and(|it| !it.is_empty() && it != "0") => true,
            Self::Auto => terminal && env::var_os("TERM").is_none_or(|term| term != "dumb"),
        }
    }
}

fn threshold(word: &str) -> Result<Threshold, String> {
    Threshold::of(word).ok_or_else(|| format!("use `{}`", Threshold::WORDS.join("`, `")))
}

/// A day begins at midnight UTC.
fn moment(text: &str) -> Result<OffsetDateTime, String> {
    let form = time::macros::format_description!("[year]-[month]-[day]");
    if let Ok(day) = time::Date::parse(text, &form) {
        return Ok(day.midnight().assume_utc());
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "use a day such as `2027-01-31` or a moment such as `2027-01-31T08:00:00Z`".to_owned())
}

impl CheckArguments {
    /// The level to fail at where neither arguments nor configuration say one.
    pub(super) const FAIL_ON: Threshold = Threshold::At(Level::Error);
}
