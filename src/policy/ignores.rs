//! Which findings somebody has decided to live with, and which of those
//! decisions have nothing left to do.

use std::collections::BTreeMap;

use crate::{
    finding::{Card, Change, Finding, Findings, Fix, Label, Verdict},
    source::{FileId, Location, Place, Source},
};

use super::{
    config::{Config, Ignore},
    levels::Levels,
    pattern::Pattern,
};

/// `tlslint: ignore[rule] reason` in a comment.
#[derive(Clone, Debug)]
pub struct Comment {
    /// The comment.
    pub at: Location,
    /// 0-based line of the comment.
    pub line: usize,
    /// Rules, groups or globs.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
}

/// What paths of `tlslint.toml` are relative to, both absolute and with `/`.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// The folder that shown paths are relative to.
    pub working_folder: String,
    /// The folder that `tlslint.toml` lies in.
    pub config_folder: String,
    /// Where the estate begins: the Git repository, else the folder of `tlslint.toml`, else the working folder.
    pub root: String,
}

impl Base {
    /// A shown path as `tlslint.toml` would write it; unchanged where it lies elsewhere.
    pub fn relative(&self, shown: &str) -> String {
        self.below(&self.config_folder, shown)
    }

    /// A shown path as it is called from the root of the estate; unchanged where it lies elsewhere.
    pub fn rooted(&self, shown: &str) -> String {
        self.below(&self.root, shown)
    }

    fn below(&self, folder: &str, shown: &str) -> String {
        let absolute = shown.starts_with('/') || shown.as_bytes().get(1) == Some(&b':');
        let full = if absolute {
            shown.to_owned()
        } else {
            format!("{}/{shown}", self.working_folder.trim_end_matches('/'))
        };
        let below = full.strip_prefix(folder.trim_end_matches('/')).and_then(|it| it.strip_prefix('/'));
        below.map_or_else(|| shown.to_owned(), str::to_owned)
    }
}

/// More comments do not hold for one line: each finding of the line is held against each of them.
const MOST_AT_A_LINE: usize = 100;

/// All ignores of a run.
pub(super) struct Ignores<'a> {
    cards: &'static [&'static Card],
    sources: &'a [Source],
    comments: Vec<Active<'a>>,
    /// For a file and a line: the comments that hold there.
    by_line: BTreeMap<(FileId, usize), Vec<usize>>,
    entries: Vec<Entry<'a>>,
    base: &'a Base,
}

struct Active<'a> {
    comment: &'a Comment,
    patterns: Vec<Wanted>,
}

struct Wanted {
    text: String,
    pattern: Result<Pattern, String>,
    used: bool,
}

struct Entry<'a> {
    ignore: &'a Ignore,
    at: Location,
    expired: bool,
    used: bool,
}

impl<'a> Ignores<'a> {
    pub(super) fn new(
        cards: &'static [&'static Card],
        sources: &'a [Source],
        comments: &'a [Comment],
        config: Option<(&'a Config, FileId)>,
        base: &'a Base,
        today: time::Date,
    ) -> Self {
        let comments: Vec<Active<'_>> = comments
            .iter()
            .map(|comment| Active {
                comment,
                patterns: comment
                    .rules
                    .iter()
                    .map(|text| Wanted { text: text.clone(), pattern: Pattern::new(text), used: false })
                    .collect(),
            })
            .collect();
        let by_line = lines(sources, &comments);
        let entries = config.map_or(Vec::new(), |(config, file)| {
            let entry = |ignore: &'a Ignore| Entry {
                ignore,
                at: Location::text(file, ignore.span),
                expired: ignore.until.is_some_and(|until| today > until),
                used: false,
            };
            config.ignores.iter().map(entry).collect()
        });
        Self { cards, sources, comments, by_line, entries, base }
    }

    /// The verdict on a finding. Every ignore that fits is marked as used, the first one is named.
    pub(super) fn verdict(&mut self, finding: &Finding) -> Verdict {
        let mut by = None;
        let Some(card) = self.cards.iter().find(|card| card.id == finding.rule) else {
            return Verdict::Counts;
        };
        for label in finding.labels() {
            // A file as such and an entry of a store have no line that a comment could stand on.
            let Place::Text(span) = label.at.place else { continue };
            let Some(source) = self.sources.get(label.at.file.0 as usize) else { continue };
            let line = source.line_index(span.start);
            for index in self.by_line.get(&(label.at.file, line)).map_or(&[][..], Vec::as_slice) {
                let active = &mut self.comments[*index];
                if active.comment.reason.trim().is_empty() {
                    continue;
                }
                for wanted in &mut active.patterns {
                    if wanted.pattern.as_ref().is_ok_and(|pattern| pattern.matches(card)) {
                        wanted.used = true;
                        by.get_or_insert(active.comment.at);
                    }
                }
            }
        }
        for entry in &mut self.entries {
            if fits(entry.ignore, card, finding, self.sources, self.base) {
                entry.used = true;
                if !entry.expired {
                    by.get_or_insert(entry.at);
                }
            }
        }
        by.map_or(Verdict::Counts, Verdict::Ignored)
    }

    /// The place is a comment from its first mark to its last, and says nothing else.
    fn is_one_comment(&self, at: Location) -> bool {
        let (Place::Text(span), Some(source)) = (at.place, self.sources.get(at.file.0 as usize)) else {
            return false;
        };
        let text = source.slice(span).trim_end();
        let Some((before, _)) = text.split_once("tlslint:") else { return false };
        match before.trim_end() {
            "<!--" => text.ends_with("-->"),
            "/*" => text.ends_with("*/"),
            "//" => !text.contains('\n'),
            mark => !mark.is_empty() && mark.bytes().all(|it| it == b'#') && !text.contains('\n'),
        }
    }

    /// What is to be said about the ignores themselves.
    pub(super) fn unused(&self, card: &'static Card, levels: &Levels, all: bool) -> Vec<Finding> {
        let mut out = Findings::of(card);
        // An ignore for a rule that did not run may well be needed when it does.
        let ran =
            |pattern: &Pattern| self.cards.iter().any(|card| pattern.matches(card) && levels.runs(card.id));
        for active in &self.comments {
            let at = active.comment.at;
            if active.comment.reason.trim().is_empty() {
                out.report(
                    "this ignore gives no reason, so it does not hold",
                    at,
                    "a reason is missing after the `]`",
                )
                .help("say after the bracket why this may stay: `tlslint: ignore[group/name] reason`");
                continue;
            }
            if active.patterns.is_empty() {
                out.report("this ignore names no rule, so it does not hold", at, "the brackets are empty")
                    .help("name the rule: `tlslint: ignore[group/name] reason`");
            }
            for wanted in active.patterns.iter().filter(|it| !it.used) {
                match &wanted.pattern {
                    Err(error) => {
                        out.report(error.clone(), at, "this ignore does not hold");
                    }
                    Ok(pattern) => match pattern.known(self.cards) {
                        Err(nearest) => {
                            let finding = out.report(
                                format!("there is no rule `{}`", wanted.text),
                                at,
                                "so nothing is ignored",
                            );
                            if let Some(nearest) = nearest {
                                finding.help(format!("did you mean `{nearest}`?"));
                            }
                        }
                        Ok(()) if ran(pattern) => {
                            let finding = out.report(
                                format!("nothing here is found by `{}`", wanted.text),
                                at,
                                "this ignore is not needed",
                            );
                            finding.help("remove it, so that it cannot hide what comes later");
                            if active.patterns.len() == 1 && self.is_one_comment(at) {
                                finding.fix(Fix::safe("remove the comment", vec![Change::Drop(at)]));
                                finding.settle(self.sources);
                            }
                        }
                        Ok(()) => {}
                    },
                }
            }
        }
        for entry in &self.entries {
            let rule = &entry.ignore.rule.text;
            if let Some(until) = entry.ignore.until.filter(|_| entry.expired) {
                if entry.used || all {
                    out.report(
                        format!("the ignore for `{rule}` expired on {until}"),
                        entry.at,
                        format!("expired on {until}"),
                    )
                    .help("repair what it hid, or decide anew with a later `until`");
                }
            } else if all && !entry.used && ran(&entry.ignore.rule) {
                out.report(
                    format!("the ignore for `{rule}` ignores nothing"),
                    entry.at,
                    "nothing that it describes was found",
                )
                .help("remove it, so that it cannot hide what comes later");
            }
        }
        out.into_list()
    }
}

/// Which lines each comment holds for: its own and the next one. A stack of comments
/// holds for the line below the stack.
fn lines(sources: &[Source], comments: &[Active<'_>]) -> BTreeMap<(FileId, usize), Vec<usize>> {
    let alone = |file: FileId, line: usize| {
        let source = sources.get(file.0 as usize)?;
        let text = source.text.get(source.line_range(line)?)?;
        let before = &text[..text.find("tlslint:")?];
        Some(!before.contains(char::is_alphanumeric))
    };
    let mut stacked: BTreeMap<(FileId, usize), bool> = BTreeMap::new();
    for active in comments {
        let (file, line) = (active.comment.at.file, active.comment.line);
        stacked.insert((file, line), alone(file, line).unwrap_or_default());
    }
    let mut by_line: BTreeMap<(FileId, usize), Vec<usize>> = BTreeMap::new();
    // The line below each stack, found from its lowest comment upwards.
    let mut below: BTreeMap<(FileId, usize), usize> = BTreeMap::new();
    for ((file, line), _) in stacked.iter().rev() {
        let next = (*file, line + 1);
        let in_stack = stacked.get(&next).copied().unwrap_or_default();
        let end = below.get(&next).copied().filter(|_| in_stack).unwrap_or(line + 1);
        below.insert((*file, *line), end);
    }
    for (index, active) in comments.iter().enumerate() {
        let (file, line) = (active.comment.at.file, active.comment.line);
        let next = below.get(&(file, line)).copied().unwrap_or(line + 1);
        for at in [line, next] {
            let held = by_line.entry((file, at)).or_default();
            if held.len() < MOST_AT_A_LINE {
                held.push(index);
            }
        }
    }
    by_line
}

/// Whether an entry of `tlslint.toml` describes a finding: its rule, and one label that is all that the entry says.
fn fits(ignore: &Ignore, card: &Card, finding: &Finding, sources: &[Source], base: &Base) -> bool {
    ignore.rule.matches(card) && finding.labels().any(|label| describes(ignore, label, sources, base))
}

fn describes(ignore: &Ignore, label: &Label, sources: &[Source], base: &Base) -> bool {
    let Some(source) = sources.get(label.at.file.0 as usize) else { return false };
    let path = ignore.path.as_ref().is_none_or(|glob| glob.is_match(base.relative(&source.path)));
    let entry = ignore.entry.as_ref().is_none_or(|name| match label.at.place {
        Place::Entry(index) => source.entries.get(index as usize).is_some_and(|entry| entry.name == *name),
        _ => false,
    });
    let text = ignore.text.as_ref().is_none_or(|text| match label.at.place {
        Place::Text(span) => source.slice(span).contains(text.as_str()),
        _ => false,
    });
    path && entry && text
}
