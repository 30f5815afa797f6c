//! XML as people leave it behind: elements with their places, read on where a
//! parser would give up, with a slip noted each time. Expands no entity that a
//! document defines, and knows nothing of namespaces beyond their prefixes.

use crate::source::Span;

mod build;
mod entity;
mod find;
mod slips;
mod tag;

pub use find::{Children, Descendants};

/// Everything that was read from one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Xml {
    /// The outermost elements; a document has one, a fragment any number.
    pub roots: Vec<Element>,
    /// Where the text is not as XML should be, in the order of the text. No
    /// more than a thousand are kept.
    pub slips: Vec<XmlSlip>,
    /// Where reading ended for good. What was understood before is there.
    pub broken: Option<XmlBroken>,
    /// The comments, in the order of the text.
    pub comments: Vec<Comment>,
}

/// An element, with everything in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// As written, with its prefix.
    pub name: String,
    /// The name in the start tag.
    pub name_span: Span,
    /// From the start tag to the end tag. Where there is no end tag, up to what
    /// ended the element.
    pub span: Span,
    /// The start tag.
    pub open_span: Span,
    /// In the order in which they are written, doubles included.
    pub attributes: Vec<Attribute>,
    /// The elements directly inside.
    pub children: Vec<Element>,
    /// The text directly inside, blanks included: references are resolved,
    /// CDATA sections taken in, the pieces between children joined. Ends of
    /// lines are as written.
    pub text: String,
    /// From the first to the last character of [`Element::text`] that is not
    /// blank, as written; an empty span inside the element if there is none.
    pub text_span: Span,
}

/// `name="value"`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attribute {
    /// As written, with its prefix.
    pub name: String,
    /// The name.
    pub name_span: Span,
    /// With references resolved, otherwise as written. Empty where there is no value.
    pub value: String,
    /// What stands between the quotes.
    pub value_span: Span,
}

/// `<!-- … -->`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// What stands between the dashes.
    pub text: String,
    /// With the dashes.
    pub span: Span,
}

/// A place where the text is not as XML should be, and was read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlSlip {
    /// What kind it is.
    pub kind: SlipKind,
    /// Where.
    pub at: Span,
    /// What is wrong, in words. Quotes names of elements and nothing else, so
    /// that no value gets out this way.
    pub what: String,
}

/// The kinds of [`XmlSlip`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlipKind {
    /// Text outside of every element.
    TextOutside,
    /// A second outermost element. Noted once, however many follow.
    SecondRoot,
    /// `<?xml …?>` behind the start of the text.
    LateDeclaration,
    /// An end tag in another case than its start tag.
    OtherCase,
    /// An element that has no end tag.
    UnclosedElement,
    /// An end tag that ends nothing. It was passed over.
    StrayClose,
    /// A tag, a comment, a CDATA section or the like that does not end.
    UnfinishedMarkup,
    /// A `<` that begins nothing, or that stands in a value. It was taken as text.
    StrayOpen,
    /// A `&` that begins no reference. It was taken as text.
    BareAmpersand,
    /// A reference to something unknown, kept as written.
    UnknownEntity,
    /// `name=value`
    AttributeWithoutQuotes,
    /// `name` or `name=`
    AttributeWithoutValue,
    /// An attribute of that name stands before it.
    DuplicateAttribute,
    /// Two attributes without a blank between them.
    TouchingAttributes,
    /// A value whose closing quote is missing. It was ended at `>` or at the end of the line.
    UnclosedQuote,
    /// Something in a tag that is no attribute.
    StrayInTag,
    /// `--` inside a comment.
    HyphensInComment,
    /// A document type. There is nothing wrong with it; what it defines was not read.
    Doctype,
}

/// Why reading ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlBroken {
    /// Where.
    pub at: Span,
    /// In words.
    pub what: String,
    /// One of our own limits was passed; the text itself may be in order.
    pub over_limit: bool,
}

/// Reads a text that is XML or was meant to be. Spans count in `text`, which
/// is decoded already, whatever its declaration says about encodings.
pub fn parse(text: &str) -> Xml {
    build::Builder::new(text).run()
}

#[cfg(test)]
mod tests;
