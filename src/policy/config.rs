//! `tlslint.toml`: what a team has decided. Every mistake in it is an error with
//! its place, because a key that is silently not understood is a decision lost.

use std::{cmp::Reverse, ops::Range, sync::Arc};

use globset::{GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};
use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;
use toml::de::{DeTable, DeValue};

use crate::{
    finding::{Card, Level, visible, visible::tamed},
    source::{Encoding, Source, Span},
};

use super::{
    fields::{Reader, Value, integer},
    levels::Threshold,
    machines::{self, Appliance, Farm, MeetingServers, VcenterNode},
    pattern::Pattern,
    suggest,
};

/// What `tlslint.toml` says.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file itself, for findings about it.
    pub source: Source,
    /// Paths below its folder that are not read.
    pub exclude: GlobSet,
    /// From which level on a run fails.
    pub fail_on: Option<Threshold>,
    /// Levels, as written.
    pub rules: Vec<RuleSetting>,
    /// Options: rule, name, value.
    pub options: Vec<(String, String, i64)>,
    /// What somebody has decided to live with.
    pub ignores: Vec<Ignore>,
    /// How absolute paths of a server map into the tree: server prefix, folder relative to the file.
    /// The longest prefix comes first.
    pub paths: Vec<(String, String)>,
    /// Farms of IIS.
    pub iis_farms: Vec<Farm>,
    /// Folders of the Central Certificate Store, relative to the file.
    pub iis_shares: Vec<String>,
    /// Appliances of OpenManage Enterprise.
    pub appliances: Vec<Appliance>,
    /// Names of machines of vCenter.
    pub vcenters: Vec<VcenterNode>,
    /// Servers of Cisco Meeting Server.
    pub cms: Vec<MeetingServers>,
    /// The nginx version that is aimed at.
    pub nginx_version: Option<(u16, u16, u16)>,
    /// The Apigee organisation of files whose path names none.
    pub apigee_organisation: Option<String>,
    /// Which Apigee it is: one of [`APIGEE_PLATFORMS`].
    pub apigee_platform: Option<String>,
    /// The version of Edge for Private Cloud.
    pub apigee_version: Option<(u16, u16, u16)>,
}

/// What `[apigee] platform` may say.
pub const APIGEE_PLATFORMS: &[&str] = &["cloud", "private-cloud", "x"];

/// A level for some rules.
#[derive(Clone, Debug)]
pub struct RuleSetting {
    /// Which rules.
    pub pattern: Pattern,
    /// `None` where only options are set.
    pub level: Option<Setting>,
}

/// What `[rules]` says of a rule.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// It does not run.
    Off,
    /// It runs, and its findings are of this level.
    At(Level),
}

/// One `[[ignore]]`.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// Which rules.
    pub rule: Pattern,
    /// Which files, relative to the folder of the configuration.
    pub path: Option<GlobMatcher>,
    /// Which entry of a store.
    pub entry: Option<String>,
    /// What the labelled text contains.
    pub text: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<time::Date>,
    /// The rule it names, for findings about it.
    pub span: Span,
}

/// A configuration that cannot be used, shown with the place of every mistake.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub struct ConfigError {
    message: String,
    #[source_code]
    source_code: Arc<NamedSource<String>>,
    #[label("{label}")]
    at: SourceSpan,
    label: String,
    #[help]
    help: Option<String>,
    others: Vec<ConfigError>,
}

impl Config {
    /// Reads a configuration; `path` is shown, `cards` are the rules there are.
    pub fn parse(path: &str, text: &str, cards: &[&'static Card]) -> Result<Self, ConfigError> {
        let mut reader = Reader::default();
        let config = match DeTable::parse(text) {
            Ok(table) => read(path, text, table.get_ref(), cards, &mut reader),
            Err(error) => {
                let message = format!("this is not TOML: {}", error.message().trim());
                reader.wrong(error.span().unwrap_or(0..0), message, "here", None);
                reader.unknown.extend(values_of_strange_lines(text));
                None
            }
        };
        match config {
            Some(config) if reader.mistakes.is_empty() => Ok(config),
            _ => Err(ConfigError::new(path, text, reader)),
        }
    }
}

impl ConfigError {
    /// Every mistake, in the order of the file.
    pub fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.others)
    }

    /// The shown path of the file, its text with the same offsets, and the bytes at fault.
    pub fn place(&self) -> (&str, &str, Range<usize>) {
        let range = self.at.offset()..self.at.offset() + self.at.len();
        (self.source_code.name(), self.source_code.inner(), range)
    }

    fn new(path: &str, text: &str, reader: Reader) -> Self {
        let Reader { mut mistakes, unknown } = reader;
        mistakes.sort();
        let source_code = Arc::new(NamedSource::new(visible(path), tamed(&without_secrets(text, unknown))));
        let mut errors: Vec<Self> = mistakes
            .into_iter()
            .map(|it| Self {
                message: format!("`{}`: {}", visible(path), visible(&it.message)),
                source_code: Arc::clone(&source_code),
                at: (it.start.min(text.len()), it.end.saturating_sub(it.start)).into(),
                label: visible(&it.label).into_owned(),
                help: it.help.map(|help| visible(&help).into_owned()),
                others: Vec::new(),
            })
            .collect();
        let others = errors.split_off(1);
        let mut first = errors.remove(0);
        first.others = others;
        first
    }
}

/// The text as an error may show it. No setting of ours is a secret, but somebody may have named the file of passwords as
/// the configuration, or put one where it does not belong.
fn without_secrets(text: &str, unknown: Vec<Range<usize>>) -> String {
    let mut source = Source::text("", text.to_owned(), Encoding::Utf8 { bom: false });
    for range in unknown {
        source.mask(range.into());
    }
    source.mask_url_passwords();
    source.mask_private_keys();
    source.text
}

/// What stands behind the keys of a text that is not TOML, except behind plain words and ids of rules, which are ours.
fn values_of_strange_lines(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let Some(equals) = line.find('=') else { continue };
        let key = line[..equals].trim();
        let secret = ["pass", "secret", "token"].iter().any(|word| key.to_ascii_lowercase().contains(word));
        let plain =
            key.trim_matches('"').bytes().all(|it| it.is_ascii_lowercase() || matches!(it, b'-' | b'/'));
        if secret || !plain {
            found.push(start + equals + 1..end);
        }
    }
    found
}

#[allow(clippy::too_many_lines, reason = "one line a section")]
fn read(
    path: &str,
    text: &str,
    top: &DeTable<'_>,
    cards: &[&'static Card],
    reader: &mut Reader,
) -> Option<Config> {
    reader.known(
        top,
        "the top level",
        &[
            "exclude",
            "fail-on",
            "rules",
            "ignore",
            "paths",
            "nginx",
            "apigee",
            "iis",
            "openmanage",
            "vcenter",
            "cms",
        ],
    );
    let mut config = Config {
        source: Source::text(path, text.to_owned(), Encoding::Utf8 { bom: false }),
        exclude: excluded(top, reader)?,
        fail_on: fail_on(top, reader),
        rules: Vec::new(),
        options: Vec::new(),
        ignores: Vec::new(),
        paths: Vec::new(),
        iis_farms: Vec::new(),
        iis_shares: Vec::new(),
        appliances: Vec::new(),
        vcenters: Vec::new(),
        cms: Vec::new(),
        nginx_version: None,
        apigee_organisation: None,
        apigee_platform: None,
        apigee_version: None,
    };
    rules(top, cards, &mut config, reader);
    if let Some(list) = top.get("ignore") {
        match list.get_ref().as_array() {
            Some(list) => {
                for item in list {
                    config.ignores.extend(ignore(item, cards, reader));
                }
            }
            None => reader.needs(list, "ignore", "a list of tables, each under `[[ignore]]`"),
        }
    }
    if let Some(paths) = reader.table(top, "paths") {
        for (key, value) in paths {
            let server = key.get_ref();
            if !server.starts_with('/') && server.as_bytes().get(1) != Some(&b':') {
                let message = format!("`{server}` is no absolute path");
                reader.wrong(
                    key.span(),
                    message,
                    "a path as the server knows it, such as `/etc/nginx`",
                    None,
                );
            }
            match value.get_ref().as_str() {
                Some(folder) => config.paths.push((server.to_string(), folder.to_owned())),
                None => reader.needs(value, server, "a folder, relative to this file"),
            }
        }
        // Whoever goes through them meets `/etc/nginx` before `/etc`.
        config.paths.sort_by_key(|(server, _)| Reverse(server.len()));
    }
    (config.iis_farms, config.iis_shares) = machines::iis(top, reader);
    config.appliances = machines::openmanage(top, reader);
    config.vcenters = machines::vcenters(top, reader);
    config.cms = machines::meeting_servers(top, reader);
    if let Some(apigee) = reader.table(top, "apigee") {
        reader.known(apigee, "`[apigee]`", &["org", "platform", "version"]);
        config.apigee_organisation = reader.text(apigee, "org").map(|(name, _)| name.to_owned());
        if let Some((written, at)) = reader.text(apigee, "version") {
            config.apigee_version = version(written);
            if config.apigee_version.is_none() {
                reader.wrong(
                    at,
                    format!("`{written}` is no version of Apigee Edge"),
                    "such as `4.53.00`",
                    None,
                );
            }
        }
        if let Some((written, at)) = reader.text(apigee, "platform") {
            if APIGEE_PLATFORMS.contains(&written) {
                config.apigee_platform = Some(written.to_owned());
            } else {
                let near = suggest::nearest(written, APIGEE_PLATFORMS.iter().copied());
                let help = near.map(|near| format!("did you mean `{near}`?"));
                reader.wrong(
                    at,
                    format!("`{written}` is no Apigee"),
                    "`cloud`, `private-cloud` or `x`",
                    help,
                );
            }
        }
    }
    if let Some(nginx) = reader.table(top, "nginx") {
        reader.known(nginx, "`[nginx]`", &["version"]);
        if let Some((written, at)) = reader.text(nginx, "version") {
            config.nginx_version = version(written);
            if config.nginx_version.is_none() {
                reader.wrong(at, format!("`{written}` is no nginx version"), "such as `1.27.3`", None);
            }
        }
    }
    Some(config)
}

fn excluded(top: &DeTable<'_>, reader: &mut Reader) -> Option<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for (text, at) in reader.texts(top, "exclude") {
        // As in `.gitignore`, a name without a folder is meant wherever it occurs.
        let trimmed = text.trim_start_matches("./").trim_end_matches('/');
        let anywhere = format!("**/{trimmed}");
        match glob(if trimmed.contains('/') { trimmed } else { &anywhere }) {
            Ok(glob) => {
                set.add(glob);
            }
            Err(error) => reader.wrong(at, format!("`{text}` is no glob"), error, None),
        }
    }
    set.build().ok()
}

/// A glob whose `*` stays within one folder.
fn glob(text: &str) -> Result<globset::Glob, String> {
    GlobBuilder::new(text).literal_separator(true).build().map_err(|error| error.kind().to_string())
}

fn fail_on(top: &DeTable<'_>, reader: &mut Reader) -> Option<Threshold> {
    let (word, at) = reader.text(top, "fail-on")?;
    let threshold = Threshold::of(word);
    if threshold.is_none() {
        let near = suggest::nearest(word, Threshold::WORDS).map(|near| format!("did you mean `{near}`?"));
        reader.wrong(
            at,
            format!("`{word}` is no level to fail on"),
            "`error`, `warning`, `note` or `never`",
            near,
        );
    }
    threshold
}

fn rules(top: &DeTable<'_>, cards: &[&'static Card], config: &mut Config, reader: &mut Reader) {
    let Some(table) = reader.table(top, "rules") else { return };
    for (key, value) in table {
        let Some(pattern) = rule(key.get_ref(), key.span(), cards, reader) else { continue };
        let mut level = None;
        if let Some(word) = value.get_ref().as_str() {
            level = level_of(word, value.span(), reader);
        } else if let Some(inner) = value.get_ref().as_table() {
            for (name, value) in inner {
                if name.get_ref() == "level" {
                    match value.get_ref().as_str() {
                        Some(word) => level = level_of(word, value.span(), reader),
                        None => reader.needs(value, "level", "a level"),
                    }
                } else {
                    option(&pattern, name.get_ref(), name.span(), value, cards, config, reader);
                }
            }
        } else {
            reader.needs(value, key.get_ref(), "a level, or a table of a level and options");
        }
        config.rules.push(RuleSetting { pattern, level });
    }
}

/// An option is set for every rule that is meant and has it; it must be known to one of them.
fn option(
    pattern: &Pattern,
    name: &str,
    at: Range<usize>,
    value: Value<'_, '_>,
    cards: &[&'static Card],
    config: &mut Config,
    reader: &mut Reader,
) {
    let meant = || cards.iter().filter(|card| pattern.matches(card));
    let having: Vec<_> =
        meant().filter(|card| card.options.iter().any(|option| option.name == name)).collect();
    if having.is_empty() {
        let names = meant().flat_map(|card| card.options).map(|option| option.name).chain(["level"]);
        let help = suggest::nearest(name, names.clone()).map_or_else(
            || format!("known here: `{}`", names.collect::<Vec<_>>().join("`, `")),
            |near| format!("did you mean `{near}`?"),
        );
        reader.wrong(at, format!("`{}` has no option `{name}`", pattern.text), "no such option", Some(help));
    } else if let Some(number) = integer(value.get_ref()) {
        config.options.extend(having.iter().map(|card| (card.id.to_owned(), name.to_owned(), number)));
    } else {
        reader.needs(value, name, "a whole number");
    }
}

fn level_of(word: &str, at: Range<usize>, reader: &mut Reader) -> Option<Setting> {
    if word == "off" {
        return Some(Setting::Off);
    }
    let level = Level::of(word);
    if level.is_none() {
        let near = suggest::nearest(word, ["off", "note", "warning", "error"])
            .map(|near| format!("did you mean `{near}`?"));
        reader.wrong(at, format!("`{word}` is no level"), "`off`, `note`, `warning` or `error`", near);
    }
    level.map(Setting::At)
}

fn rule(text: &str, at: Range<usize>, cards: &[&'static Card], reader: &mut Reader) -> Option<Pattern> {
    let pattern = match Pattern::new(text) {
        Ok(pattern) => pattern,
        Err(error) => {
            reader.wrong(at, error, "a rule, a group or a glob", None);
            return None;
        }
    };
    if let Err(nearest) = pattern.known(cards) {
        let help = nearest.map_or_else(
            || "`tlslint rules` lists all".to_owned(),
            |near| format!("did you mean `{near}`? `tlslint rules` lists all"),
        );
        reader.wrong(at, format!("there is no rule `{text}`"), "no such rule", Some(help));
        return None;
    }
    Some(pattern)
}

fn ignore(item: Value<'_, '_>, cards: &[&'static Card], reader: &mut Reader) -> Option<Ignore> {
    let Some(table) = item.get_ref().as_table() else {
        reader.needs(item, "ignore", "a list of tables, each under `[[ignore]]`");
        return None;
    };
    reader.known(table, "`[[ignore]]`", &["rule", "path", "entry", "text", "reason", "until"]);
    let written = reader.required(table, item.span(), "rule", "name a rule, a group or a glob");
    let reason = reader.required(
        table,
        item.span(),
        "reason",
        "say why this may stay; whoever reads it next must judge it",
    );
    let path = reader.text(table, "path").and_then(|(text, at)| match glob(text.trim_start_matches("./")) {
        Ok(glob) => Some(glob.compile_matcher()),
        Err(error) => {
            reader.wrong(at, format!("`{text}` is no glob"), error, None);
            None
        }
    });
    let entry = reader.text(table, "entry").map(|(text, _)| text.to_owned());
    let text = reader.text(table, "text").map(|(text, _)| text.to_owned());
    let until = table.get("until").and_then(|value| {
        let date = date(value.get_ref());
        if date.is_none() {
            reader.needs(value, "until", "a day, such as `2027-03-31`");
        }
        date
    });
    let (written, at) = written?;
    let rule = rule(written, at.clone(), cards, reader)?;
    Some(Ignore { rule, path, entry, text, reason: reason?.0.to_owned(), until, span: at.into() })
}

/// A day, as a TOML date or as a text of the same form.
fn date(value: &DeValue<'_>) -> Option<time::Date> {
    if let Some(date) = value.as_datetime().and_then(|it| it.date) {
        let month = time::Month::try_from(date.month).ok()?;
        return time::Date::from_calendar_date(i32::from(date.year), month, date.day).ok();
    }
    let form = time::macros::format_description!("[year]-[month]-[day]");
    time::Date::parse(value.as_str()?, &form).ok()
}

pub(super) fn version(text: &str) -> Option<(u16, u16, u16)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    let version = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    parts.next().is_none().then_some(version)
}
