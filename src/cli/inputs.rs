//! What a run is told beside its tree: the configuration and the passwords.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use miette::{IntoDiagnostic as _, Result};

use crate::{
    check::Secret,
    policy::Config,
    rules::CARDS,
    walk::{Named, Names, paths},
};

use super::{args::TreeArguments, output::failure};

/// A configuration with its place on disk.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) config: Config,
    /// Absolute, without links.
    pub(super) path: PathBuf,
}

impl Located {
    /// What paths in the configuration are relative to.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }
}

/// The configuration of a run, where there is one.
pub(super) fn config(arguments: &TreeArguments, targets: &[Named], names: &Names) -> Result<Option<Located>> {
    config_with(arguments, targets, names, &|_| None)
}

/// The same where a text that is not saved may stand in for the file.
pub(super) fn config_with(
    arguments: &TreeArguments,
    targets: &[Named],
    names: &Names,
    unsaved: &dyn Fn(&Path) -> Option<String>,
) -> Result<Option<Located>> {
    if arguments.isolated {
        return Ok(None);
    }
    let path = match &arguments.config {
        Some(path) => Some(paths::real(path).map_err(|error| unreadable(path, &error))?),
        None => targets.first().and_then(|first| nearest(first, names)),
    };
    let Some(path) = path else { return Ok(None) };
    let text = match unsaved(&path) {
        Some(text) => text,
        None => fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?,
    };
    let text = text.trim_start_matches('\u{feff}');
    let config = Config::parse(&names.shown(&path), text, CARDS)?;
    Ok(Some(Located { config, path }))
}

fn unreadable(path: &Path, error: &io::Error) -> miette::Report {
    failure(format!("the configuration `{}` cannot be read: {error}", path.display()), None)
}

/// The nearest `tlslint.toml` upwards from the first named path, to the root of its Git repository. Outside
/// one there is no such bound, and a file of a stranger further up must not decide: there the search ends at
/// the working folder, or at once where the path does not lie below it.
fn nearest(first: &Named, names: &Names) -> Option<PathBuf> {
    let start = if first.folder { Some(first.real.as_path()) } else { first.real.parent() }?;
    let last = match &first.repository {
        Some(root) => root.as_path(),
        None if start.starts_with(&names.working_folder) => &names.working_folder,
        None => start,
    };
    start
        .ancestors()
        .take_while(|folder| folder.starts_with(last))
        .map(|folder| folder.join("tlslint.toml"))
        .find(|path| path.is_file())
}

/// Passwords by glob. No error says what a file of passwords holds.
pub(super) fn passwords(arguments: &TreeArguments) -> Result<Vec<(String, Secret)>> {
    let mut list = Vec::new();
    if let Some(path) = &arguments.passwords {
        let shown = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| failure(format!("the passwords in `{shown}` cannot be read: {error}"), None))?;
        list.extend(parse_passwords(&format!("`{shown}`"), text.trim_start_matches('\u{feff}'))?);
    }
    if let Some(text) = env::var_os("TLSLINT_PASSWORDS") {
        let Some(text) = text.to_str() else {
            return Err(failure("`TLSLINT_PASSWORDS` is not UTF-8", None));
        };
        list.extend(parse_passwords("`TLSLINT_PASSWORDS`", text)?);
    }
    Ok(list)
}

fn parse_passwords(place: &str, text: &str) -> Result<Vec<(String, Secret)>> {
    let wrong = |at: usize, what: &str| {
        let line = memchr::memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count() + 1;
        let help = "each line is a glob and a password: `\"certs/*.key\" = \"…\"`".to_owned();
        failure(format!("line {line} of {place} {what}"), Some(help))
    };
    let table = toml::de::DeTable::parse(text)
        .map_err(|error| wrong(error.span().map_or(0, |span| span.start), "is not TOML"))?;
    let mut list = Vec::new();
    for (glob, password) in table.get_ref() {
        if globset::Glob::new(glob.get_ref()).is_err() {
            return Err(wrong(glob.span().start, "does not begin with a glob"));
        }
        let Some(password) = password.get_ref().as_str() else {
            return Err(wrong(password.span().start, "gives no text as password"));
        };
        list.push((glob.get_ref().to_string(), Secret::new(password.as_bytes().to_vec())));
    }
    Ok(list)
}

/// The names of this run's paths.
pub(super) fn names() -> Result<Names> {
    let folder = env::current_dir().into_diagnostic()?;
    Names::from_folder(&folder).into_diagnostic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_tells_a_password() {
        for text in [
            "\"*\" = \"hunter2",
            "a = 1\n\"[\" = \"hunter2\"",
            "\"*\" = [\"hunter2\"]",
            "hunter2",
            "hunter2 = 2",
        ] {
            let report = parse_passwords("`p.toml`", text).expect_err("none of these is right");
            let shown = format!("{report:?}{report}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        let list = parse_passwords("`p.toml`", "\"certs/*.key\" = \"hunter2\"").expect("this is right");
        assert_eq!(list, [("certs/*.key".to_owned(), Secret::new(b"hunter2".to_vec()))]);
        assert!(!format!("{list:?}").contains("hunter2"));
    }
}
