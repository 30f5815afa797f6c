//! Calls of `curl` in shell scripts that upload a file to an appliance.

use crate::{
    model::{
        Said,
        openmanage::{Unit, Upload},
    },
    source::{FileId, Location, Span},
    syntax::commands::{self, Dialect, Word},
};

use super::{mode_of, secrets::is_secret_name};

/// Options of `curl` behind which a file stands, and whether `@` comes before its name.
const OPTIONS: &[(&str, bool)] =
    &[("--data-binary", true), ("--data", true), ("-d", true), ("--upload-file", false), ("-T", false)];

/// Options of `curl` behind which a secret stands.
const SECRET: &[&str] = &["-u", "--user", "-H", "--header"];

/// Reads the uploads of a script.
pub(super) fn read(file: FileId, text: &str, unit: &mut Unit) {
    for line in commands::split(text, Dialect::Posix) {
        let call = line.words.iter().find_map(|it| Some((it, mode_of(&it.text)?)));
        let Some((call, mode)) = call else { continue };
        let said = |word: &Word, from: usize| Said {
            text: word.text[from..].to_owned(),
            at: Location::text(file, word.place(from..word.text.len())),
        };
        let start = call.text.rfind("ApplicationService.").unwrap_or_default();
        if let Some(found) = line.words.windows(2).find_map(|two| named(&two[0], &two[1])) {
            let (word, from) = found;
            unit.uploads.push(Upload { command: said(call, start), mode, file: said(word, from) });
        }
    }
}

/// The file that an option names: its word, and where in it the name begins.
fn named<'w>(option: &'w Word, value: &'w Word) -> Option<(&'w Word, usize)> {
    OPTIONS.iter().find_map(|(name, marked)| {
        let skip = usize::from(*marked);
        if let Some(rest) = option.text.strip_prefix(name).and_then(|it| it.strip_prefix('=')) {
            let from = option.text.len() - rest.len() + skip;
            return (!*marked || rest.starts_with('@')).then_some((option, from));
        }
        (option.text == *name && (!*marked || value.text.starts_with('@'))).then_some((value, skip))
    })
}

/// What stands behind options that carry passwords and tokens, in variables named so, and in bodies that log in.
pub(super) fn secrets(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    for line in commands::split(text, Dialect::Posix) {
        for two in line.words.windows(2) {
            let is_header = matches!(two[0].text.as_str(), "-H" | "--header");
            let carries = SECRET.contains(&two[0].text.as_str());
            if carries && (!is_header || two[1].text.to_ascii_lowercase().contains("auth")) {
                found.push(two[1].inner());
            }
        }
        for word in &line.words {
            let assigned =
                word.text.split_once('=').filter(|(name, _)| is_secret_name(name) || *name == "--user");
            if let Some((name, _)) = assigned {
                found.push(word.place(name.len() + 1..word.text.len()));
            } else if word.text.starts_with("-u") && word.text.contains(':') {
                found.push(word.place(2..word.text.len()));
            } else if word.text.contains('{') && word.text.to_ascii_lowercase().contains("password") {
                found.push(word.inner());
            }
        }
    }
    found
}
