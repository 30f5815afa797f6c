//! PEM blocks wherever they stand: in files of their own, in comments, behind
//! keys of YAML, in strings of JSON. Reads what was meant, notes what is odd
//! about it, and says which program would see the block and which would not.

use crate::source::{Encoding, Span};

mod body;
mod boundary;
mod readers;
mod scan;

pub use readers::{Consumer, Verdict};

/// The blocks of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pem {
    /// In the order of the text.
    pub blocks: Vec<Block>,
    /// What is odd about the text around them.
    pub oddities: Vec<Oddity>,
}

/// From `-----BEGIN` to the last dash of `-----END …-----`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The words between `BEGIN` and the dashes, in the case in which they are
    /// written, one space between each.
    pub label: String,
    /// The same of `END`; none where there is no `END`.
    pub end_label: Option<String>,
    /// The whole block. Without an `END`, up to the last character that belongs to it.
    pub span: Span,
    /// The `BEGIN` boundary with its dashes.
    pub begin: Span,
    /// Everything between the boundaries.
    pub body: Span,
    /// Lines such as `Proc-Type: 4,ENCRYPTED` at the head of the body.
    pub headers: Vec<Header>,
    /// The bytes, or why there are none that could be relied on.
    pub der: Result<Vec<u8>, BodyError>,
    /// What is odd, each kind once, at its first place.
    pub oddities: Vec<Oddity>,
    verdicts: [Verdict; 3],
}

/// A header line of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Before the colon.
    pub name: String,
    /// Behind it.
    pub value: String,
    /// The line.
    pub span: Span,
}

/// Why a body gives no bytes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct BodyError {
    /// The first character that is wrong, or the end of what is there.
    pub at: Span,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a body.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// A character that base64 has no place for.
    BadBase64,
    /// `=` missing, one too many, or in the middle.
    BadPadding,
    /// The text or the next block comes before the `END`.
    Truncated,
    /// There is nothing between the boundaries.
    Empty,
    /// `...`, `<key>` or the like stands where the bytes should be.
    Placeholder,
}

/// Something that some program stumbles over, or that is worth a note.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// What.
    pub kind: OddityKind,
    /// Where.
    pub at: Span,
}

/// The kinds of [`Oddity`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OddityKind {
    /// `END` and the next `BEGIN` stand on one line.
    GluedBlocks,
    /// White space stands before a boundary.
    Indented,
    /// White space stands before or between characters of base64.
    IndentedBody,
    /// An empty line stands in the body.
    BlankLineInside,
    /// `BEGIN` and `END` name different things.
    MismatchedLabels,
    /// There is no `END`.
    MissingEnd,
    /// A character that base64 has no place for.
    BadBase64,
    /// `=` missing, one too many, or in the middle.
    BadPadding,
    /// Base64 stands on the line of a boundary.
    Base64OnBoundaryLine,
    /// A boundary with too few or too many dashes, or a space behind them.
    WrongDashes,
    /// A boundary with the dashes of a word processor.
    SmartDashes,
    /// A label with lower-case letters.
    LowercaseLabel,
    /// A label with white space that does not belong there.
    LabelSpacing,
    /// Spaces or tabs at the end of a line.
    TrailingSpaces,
    /// Lines end in a carriage return alone.
    CarriageReturnOnly,
    /// White space that base64 does not know, such as a no-break space or a form feed.
    NonAsciiInside,
    /// A line of more than 64 characters behind a header.
    LineTooLong,
    /// `\n` is written as a backslash and a letter, as in JSON.
    EscapedNewlines,
    /// Characters are written as `&#43;`.
    HtmlEntities,
    /// `-` and `_` stand for `+` and `/`.
    UrlSafeBase64,
    /// Headers that PEM does not know, such as those of PGP.
    PgpHeaders,
    /// There is nothing between the boundaries.
    EmptyBlock,
    /// `...`, `<key>` or the like stands where the bytes should be.
    Placeholder,
    /// `TRUSTED CERTIFICATE`: OpenSSL alone reads it.
    TrustedLabel,
    /// `X509 CERTIFICATE`: an old name for `CERTIFICATE`.
    OldLabel,
    /// The block stands in a comment.
    InComment,
    /// Something else stands on the line of a boundary, as where the block is a
    /// value of another format.
    Embedded,
    /// `Bag Attributes` of a PKCS#12 export stand before the block.
    BagAttributes,
    /// Text stands outside of the blocks. Most programs skip it.
    TextBetween,
    /// The file ends in a NUL.
    NulTerminated,
}

/// Finds the blocks of a text. Takes time in proportion to its length.
pub fn scan(text: &str) -> Pem {
    scan::Scanner::new(text).run()
}

impl Block {
    /// What a program makes of the block in a file that is meant to be PEM. The
    /// DER inside is not looked at.
    pub fn verdict(&self, consumer: Consumer) -> Verdict {
        self.verdicts[consumer as usize]
    }

    /// The programs that do not get what is in the block.
    pub fn refused_by(&self) -> impl Iterator<Item = Consumer> {
        Consumer::ALL.into_iter().filter(|consumer| self.verdict(*consumer) != Verdict::Taken)
    }

    /// Whether real OpenSSL reads the block.
    pub fn openssl_accepts(&self) -> bool {
        self.verdict(Consumer::OpenSsl) == Verdict::Taken
    }

    /// Where the block is odd in this way.
    pub fn odd(&self, kind: OddityKind) -> Option<Span> {
        self.oddities.iter().find(|oddity| oddity.kind == kind).map(|oddity| oddity.at)
    }
}

impl Pem {
    /// The indices of the blocks that a program gets to see when it reads the
    /// file, which was decoded from `encoding`. OpenSSL and Java give up the
    /// whole file for one bad block; Go passes over it. Java reads certificates
    /// alone, so that a key among them hides them all from it.
    pub fn seen_by(&self, consumer: Consumer, encoding: Encoding) -> Vec<usize> {
        readers::seen(&self.blocks, consumer, encoding)
    }
}

#[cfg(test)]
mod tests;
