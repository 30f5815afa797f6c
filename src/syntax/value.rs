//! One tree for JSON and YAML: values with their places, what departs from the
//! grammar on the way, and where reading had to stop.

use std::collections::HashMap;

use crate::source::Span;

/// Deeper nesting is not followed.
pub const MAX_DEPTH: usize = 128;

/// More values than this are not read from one text.
pub const MAX_NODES: usize = 2_000_000;

/// Slips beyond this number are not noted: whoever reads them has seen enough.
pub const MAX_SLIPS: usize = 1000;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// As written, with quotes and brackets, but without the header of a block
    /// scalar. Empty where nothing is written,
    /// as behind `key:` in YAML. A value that an alias brought in has the place
    /// of its definition.
    pub span: Span,
    /// The content of a quoted string without the quotes; else the same as
    /// [`Value::span`].
    pub inner: Span,
    /// Whether it is written in quotes, or as a block scalar: what it looks like
    /// then says nothing about its type.
    pub quoted: bool,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `null`, or nothing at all where a value should be.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A string with its escapes resolved.
    Text(String),
    /// `[…]`
    List(Vec<Value>),
    /// `{…}`, in the order of the text, doubles included.
    Map(Vec<Member>),
    /// `*name` of YAML that leads nowhere or was too much to expand.
    Alias(String),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// With escapes resolved.
    pub key: String,
    /// The key as written, with quotes.
    pub key_span: Span,
    /// Behind the colon.
    pub value: Value,
}

/// Everything that was read from one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// YAML may hold several; JSON holds one unless it is broken.
    pub documents: Vec<Value>,
    /// Departures from the grammar that leave no doubt about what is meant, in
    /// the order of the text.
    pub slips: Vec<Slip>,
    /// The first place where reading had to stop or to skip something. What was
    /// understood before it, and behind it where that could be found out, is in
    /// the documents.
    pub broken: Option<Broken>,
}

/// A tolerated departure from the strict grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// Which.
    pub kind: SlipKind,
    /// Where.
    pub at: Span,
    /// The same in words: "a comma is missing before this".
    pub what: String,
}

/// The kinds of [`Slip`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum SlipKind {
    /// Two items or members without a comma between them.
    MissingComma,
    /// A comma before the closing bracket.
    TrailingComma,
    /// A comma behind a comma, or before the first item.
    DoubledComma,
    /// A key and its value without a colon between them.
    MissingColon,
    /// A colon behind a colon.
    DoubledColon,
    /// A key without a value; it is read as `null`.
    MissingValue,
    /// A comment.
    Comment,
    /// A key without quotes.
    BareKey,
    /// A word without quotes that is no number and no keyword; it is read as text.
    BareValue,
    /// A string in single quotes.
    SingleQuotes,
    /// A tab, a line break or another control character as such in a string.
    RawControl,
    /// An escape that the grammar does not know; its backslash is kept.
    BadEscape,
    /// A number such as `007`.
    LeadingZero,
    /// A number such as `+1`, `.5`, `0x1F` or `NaN`.
    OddNumber,
    /// White space that the grammar does not know, such as a no-break space.
    OddSpace,
    /// A byte order mark.
    ByteOrderMark,
    /// A key that the same map had before. The last one counts.
    DuplicateKey {
        /// Where it stands first.
        first: Span,
    },
    /// Something that a template engine is to replace, such as `{{ name }}`.
    Template,
}

/// Where reading had to stop or to skip something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The place.
    pub at: Span,
    /// What is wrong there, in words.
    pub what: String,
    /// Nothing is wrong but the size: a limit of ours was passed.
    pub over_limit: bool,
}

impl Value {
    /// A value that is not in quotes.
    pub(super) fn plain(span: Span, kind: Kind) -> Self {
        Self { span, inner: span, quoted: false, kind }
    }

    /// The text of a string.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The members of a map.
    pub fn as_map(&self) -> Option<&[Member]> {
        match &self.kind {
            Kind::Map(members) => Some(members),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The truth value of `true` and `false`; strings are not looked into.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A scalar as text, whether string, number or truth value.
    pub fn text_like(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) | Kind::Number(text) => Some(text),
            Kind::Bool(true) => Some("true"),
            Kind::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// The members of a map; none of anything else.
    pub fn members(&self) -> &[Member] {
        self.as_map().unwrap_or_default()
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Value] {
        self.as_list().unwrap_or_default()
    }

    /// The member of a map with exactly this key. Of doubles the last, as most
    /// readers have it.
    pub fn get(&self, key: &str) -> Option<&Member> {
        self.members().iter().rev().find(|member| member.key == key)
    }

    /// Follows keys through maps.
    pub fn path(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter().try_fold(self, |value, key| value.get(key).map(|member| &member.value))
    }

    /// Whether it is `null`, written or not.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }
}

impl Parsed {
    /// The first document: the only one of sound JSON.
    pub fn first(&self) -> Option<&Value> {
        self.documents.first()
    }

    pub(super) fn slip(&mut self, kind: SlipKind, at: Span, what: impl Into<String>) {
        if self.slips.len() < MAX_SLIPS {
            self.slips.push(Slip { kind, at, what: what.into() });
        }
    }

    /// Notes where reading stopped. The first place counts, but a passed limit
    /// is not hidden by a fault before it.
    pub(super) fn stop(&mut self, at: Span, what: impl Into<String>, over_limit: bool) {
        if self.broken.as_ref().is_none_or(|broken| over_limit && !broken.over_limit) {
            self.broken = Some(Broken { at, what: what.into(), over_limit });
        }
    }

    /// Notes the keys that a map holds twice.
    pub(super) fn note_duplicates(&mut self, members: &[Member]) {
        let mut seen: HashMap<&str, Span> = HashMap::with_capacity(members.len());
        for member in members {
            let first = *seen.entry(&member.key).or_insert(member.key_span);
            if first != member.key_span {
                let what = format!("the key `{}` stands here again", shortened(&member.key));
                self.slip(SlipKind::DuplicateKey { first }, member.key_span, what);
            }
        }
    }

    /// Puts the slips in order; none is noted twice.
    pub(super) fn sort_slips(&mut self) {
        self.slips.sort_by_key(|slip| (slip.at.start, slip.at.end));
        self.slips.dedup_by(|next, slip| next.at == slip.at && next.what == slip.what);
    }
}

impl SlipKind {
    /// Whether json-simple, which the Maven plugin of Apigee and many Java programs read JSON with, takes the text in
    /// spite of it. Commas, tabs, leading zeros and double keys were tried with it, and so were comments, single quotes,
    /// a byte order mark and text behind the end, which it refuses; the rest follows from its grammar.
    pub fn tolerated_by_json_simple(self) -> bool {
        match self {
            Self::MissingComma
            | Self::TrailingComma
            | Self::DoubledComma
            | Self::MissingColon
            | Self::DoubledColon
            | Self::RawControl
            | Self::BadEscape
            | Self::LeadingZero
            | Self::DuplicateKey { .. } => true,
            Self::MissingValue
            | Self::Comment
            | Self::BareKey
            | Self::BareValue
            | Self::SingleQuotes
            | Self::OddNumber
            | Self::OddSpace
            | Self::ByteOrderMark
            | Self::Template => false,
        }
    }
}

/// Enough of a key to recognise it by.
fn shortened(key: &str) -> String {
    const ENOUGH: usize = 60;
    match key.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{}…", &key[..end]),
        None => key.to_owned(),
    }
}
