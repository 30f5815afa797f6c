//! What OpenSSL 3 makes of a cipher expression (`HIGH:!aNULL:@SECLEVEL=1`): which suites remain, in which order,
//! and which words select nothing. Verified against `openssl ciphers` by `tests/openssl_ciphers.rs`.

pub mod java;
mod suite;
mod words;

pub use suite::{Authentication, Encryption, Exchange, Mac, Oldest, Suite, suites};
pub use words::{WordKind, nearest, tls13_names};

/// What DEFAULT stands for at the start of an expression.
const DEFAULT: &str = "ALL:!COMPLEMENTOFDEFAULT:!eNULL";

/// The security level that OpenSSL has where nobody says another. Debian and Ubuntu build with 2.
pub const STOCK_LEVEL: u8 = 1;

/// A cipher expression as OpenSSL 3 expands it.
#[derive(Debug)]
pub struct Expansion<'e> {
    /// What remains, in order of preference. The security level is not applied.
    pub suites: Vec<&'static Suite>,
    /// The last `@SECLEVEL=`.
    pub level: Option<u8>,
    /// Words that add something, select nothing, and are not put aside by an exclusion.
    pub idle: Vec<IdleWord<'e>>,
    /// Names that are taken out, whatever adds them.
    excluded: Vec<&'e str>,
    /// OpenSSL refuses the whole expression for what stands here.
    pub refused: Option<&'e str>,
    /// The expression uses what only other builds have, so what it selects is not known here.
    pub unknown: bool,
}

/// A word of an expression that adds something, and selects nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleWord<'e> {
    /// As it is written.
    pub text: &'e str,
    /// Why it selects nothing.
    pub kind: WordKind,
}

/// What a rule does with the suites its names select.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Add,
    Delete,
    Last,
    Kill,
    Command,
}

/// The suites while an expression is read: like OpenSSL, one list of all suites, of which some are on.
struct Board {
    list: Vec<(&'static Suite, bool)>,
}

impl<'e> Expansion<'e> {
    /// Expands an expression.
    pub fn of(expression: &'e str) -> Self {
        let mut this = Self {
            suites: Vec::new(),
            level: None,
            idle: Vec::new(),
            excluded: Vec::new(),
            refused: None,
            unknown: false,
        };
        let mut board = Board { list: suites().iter().map(|suite| (suite, false)).collect() };
        let mut rest = expression;
        if expression.starts_with("SUITEB") {
            this.unknown = true;
        } else if let Some(after) = expression.strip_prefix("DEFAULT") {
            this.read(DEFAULT, &mut board);
            rest = after;
        }
        this.read(rest, &mut board);
        let Self { idle, excluded, .. } = &mut this;
        idle.retain(|word| !excluded.iter().any(|name| words::is_put_aside(word.text, name)));
        this.suites = board.list.into_iter().filter(|(_, on)| *on).map(|(suite, _)| suite).collect();
        this
    }

    /// Reads rule after rule. Separators are only needed between names: `HIGH!aNULL@STRENGTH` is three rules.
    fn read(&mut self, expression: &'e str, board: &mut Board) {
        let is_separator = |c: char| matches!(c, ':' | ' ' | ';' | ',');
        let mut rest = expression.trim_start_matches(is_separator);
        while !rest.is_empty() {
            let (operator, names) = match rest.as_bytes()[0] {
                b'-' => (Operator::Delete, &rest[1..]),
                b'+' => (Operator::Last, &rest[1..]),
                b'!' => (Operator::Kill, &rest[1..]),
                b'@' => (Operator::Command, &rest[1..]),
                _ => (Operator::Add, rest),
            };
            let joined = operator != Operator::Command;
            let end = names.find(|c: char| !(is_of_word(c) || (joined && c == '+'))).unwrap_or(names.len());
            let name = &names[..end];
            let word = &rest[..rest.len() - names.len() + end];
            let after = &names[end..];
            let to_next = |text: &'e str| text.find(is_separator).map_or("", |at| &text[at..]);
            let taken = match operator {
                _ if name.split('+').any(str::is_empty) => {
                    // BoringSSL groups suites of equal preference in brackets: not written for OpenSSL.
                    self.unknown |= expression.contains('[');
                    self.refused.get_or_insert(&rest[..rest.len() - to_next(rest).len()]);
                    false
                }
                Operator::Command => {
                    self.command(word, name, board);
                    false
                }
                _ => self.rule(operator, word, name, board),
            };
            // What follows a name that is none is skipped up to the next separator.
            rest = if taken { after } else { to_next(after) }.trim_start_matches(is_separator);
        }
    }

    /// Applies a rule; `false` where its names are none that OpenSSL knows.
    fn rule(&mut self, operator: Operator, word: &'e str, names: &str, board: &mut Board) -> bool {
        if names.split('+').any(|name| name == "FIPS") {
            self.unknown = true;
            return true;
        }
        let selectors: Option<Vec<_>> = names.split('+').map(words::selector).collect();
        let takes =
            |suite: &Suite| selectors.as_ref().is_some_and(|all| all.iter().all(|it| it.takes(suite)));
        if operator == Operator::Add && !suites().iter().any(takes) {
            self.idle.push(IdleWord { text: word, kind: words::kind_of(names) });
        }
        if operator == Operator::Kill {
            self.excluded.push(&word[1..]);
        }
        board.apply(operator, &takes);
        selectors.is_some()
    }

    fn command(&mut self, word: &'e str, command: &str, board: &mut Board) {
        if command == "STRENGTH" {
            board.sort_by_strength();
            return;
        }
        let level = command.strip_prefix("SECLEVEL=").and_then(|digit| digit.parse::<u8>().ok());
        match level {
            Some(level @ 0..=5) => self.level = Some(level),
            _ => {
                self.refused.get_or_insert(word);
            }
        }
    }

    /// What a server can really agree on: without suites that the security level forbids, and without those that
    /// need a pre-shared key or SRP, for which nginx has no setting.
    pub fn usable(&self) -> impl Iterator<Item = &'static Suite> {
        let level = self.level.unwrap_or(STOCK_LEVEL);
        self.suites.iter().copied().filter(move |suite| suite.is_servable() && suite.is_allowed_at(level))
    }
}

impl Board {
    fn apply(&mut self, operator: Operator, takes: &dyn Fn(&Suite) -> bool) {
        let chosen = |(suite, on): &(&'static Suite, bool)| {
            takes(suite)
                && match operator {
                    Operator::Add => !on,
                    Operator::Delete | Operator::Last => *on,
                    Operator::Kill | Operator::Command => true,
                }
        };
        let (mut moved, stay): (Vec<_>, Vec<_>) = self.list.drain(..).partition(chosen);
        for (_, on) in &mut moved {
            *on = operator != Operator::Delete;
        }
        self.list = match operator {
            Operator::Add | Operator::Last => stay.into_iter().chain(moved).collect(),
            // What was taken out comes first when it is added again.
            Operator::Delete => moved.into_iter().chain(stay).collect(),
            Operator::Kill | Operator::Command => stay,
        };
    }

    /// Strongest first; equally strong suites keep their order, and what is off comes before all that is on.
    fn sort_by_strength(&mut self) {
        self.list.sort_by_key(|(suite, on)| (*on, std::cmp::Reverse(if *on { suite.bits } else { 0 })));
    }
}

/// The characters OpenSSL takes for part of a name.
fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=')
}
