//! What is odd about PEM text, in words a person understands, with who refuses it.

use crate::{
    model::{Item, ItemKind, Oddity, OddityKind},
    source::{Encoding, Location, Source, Span},
    syntax::pem::{Block, Consumer, Fault, OddityKind as Odd, Verdict},
};

use crate::systems::Input;

/// Whether a block is meant to be read: not one in a comment, and no `...` of documentation.
pub(super) fn is_meant(block: &Block) -> bool {
    block.odd(Odd::InComment).is_none()
        && block.odd(Odd::Placeholder).is_none()
        && !matches!(&block.der, Err(error) if error.fault == Fault::Placeholder)
}

/// What is wrong with a body.
pub(super) fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::BadBase64 => "a character stands here that base64 does not have",
        Fault::BadPadding => "the base64 does not end as it should: bytes are missing or too many",
        Fault::Truncated => "the block is cut off: its `END` line is missing",
        Fault::Empty => "nothing stands between `BEGIN` and `END`",
        Fault::Placeholder => "a placeholder stands where the bytes should be",
    }
}

/// The oddities of a file of PEM.
pub(super) fn of(
    input: &Input<'_>,
    source: &Source,
    blocks: &[&Block],
    encoding: Encoding,
    items: &[Item],
) -> Vec<Oddity> {
    let mut found = Vec::new();
    if encoding == (Encoding::Utf8 { bom: true }) && !blocks.is_empty() {
        let first = source.line_range(0).unwrap_or_default();
        let end = source.text[first.clone()].trim_end().len();
        found.push(Oddity {
            kind: OddityKind::Unusual,
            at: Location::text(input.file, Span::new(first.start, first.start + end)),
            what: "the file starts with a byte order mark".to_owned(),
            openssl_refuses: false,
            go_refuses: true,
            java_refuses: true,
        });
    }
    for block in blocks {
        let refuses = |consumer| block.verdict(consumer) != Verdict::Taken;
        for odd in &block.oddities {
            let Some((kind, what)) = words(odd.kind) else { continue };
            found.push(Oddity {
                kind,
                at: Location::text(input.file, odd.at),
                what: what.to_owned(),
                openssl_refuses: refuses(Consumer::OpenSsl),
                go_refuses: refuses(Consumer::Go),
                java_refuses: refuses(Consumer::Java),
            });
        }
    }
    for item in items {
        if let ItemKind::Certificate(certificate) = &item.kind
            && certificate.trailing > 0
            && !source.slice(source.span(item.at.place)).contains("TRUSTED")
        {
            found.push(Oddity {
                kind: OddityKind::Malformed,
                at: item.at,
                what: format!("{} bytes follow the certificate inside its block", certificate.trailing),
                openssl_refuses: false,
                go_refuses: true,
                java_refuses: false,
            });
        }
    }
    found
}

/// Which rule speaks of an oddity, and what it says. What no program minds is not said.
fn words(kind: Odd) -> Option<(OddityKind, &'static str)> {
    Some(match kind {
        Odd::GluedBlocks => {
            (OddityKind::GluedBlocks, "the end of one block and the beginning of the next share this line")
        }
        Odd::Indented => (OddityKind::Indented, "white space stands before the boundary line"),
        Odd::IndentedBody => (OddityKind::Indented, "white space stands inside the base64 text"),
        Odd::MismatchedLabels => (OddityKind::Malformed, "`BEGIN` and `END` name different things"),
        Odd::WrongDashes => (OddityKind::Malformed, "the boundary line has too few or too many dashes"),
        Odd::SmartDashes => (
            OddityKind::Malformed,
            "the boundary line has typographic dashes, as a word processor or web page makes them",
        ),
        Odd::HtmlEntities => (OddityKind::Malformed, "characters are written as HTML entities (`&#43;`)"),
        Odd::UrlSafeBase64 => {
            (OddityKind::Malformed, "the text is URL-safe base64: `-` and `_` stand for `+` and `/`")
        }
        Odd::LabelSpacing => (OddityKind::Malformed, "the label has spaces that do not belong there"),
        Odd::BlankLineInside => (OddityKind::Unusual, "an empty line stands inside the block"),
        Odd::CarriageReturnOnly => (OddityKind::Unusual, "lines end in a carriage return alone"),
        Odd::Base64OnBoundaryLine => (OddityKind::Unusual, "base64 text stands on the boundary line"),
        Odd::LowercaseLabel => (OddityKind::Unusual, "the label is written in lower case"),
        Odd::NonAsciiInside => {
            (OddityKind::Unusual, "a character beyond ASCII, such as a no-break space, stands inside")
        }
        Odd::LineTooLong => (OddityKind::Unusual, "a line of the block is too long"),
        Odd::EscapedNewlines => (OddityKind::Unusual, "line ends are written as `\\n`"),
        Odd::PgpHeaders => (OddityKind::Unusual, "the block has headers that PEM does not know"),
        Odd::TrustedLabel => {
            (OddityKind::Unusual, "the block is a `TRUSTED CERTIFICATE`, which only OpenSSL knows")
        }
        Odd::OldLabel => (OddityKind::Unusual, "the block has the old label `X509 CERTIFICATE`"),
        Odd::BagAttributes => {
            (OddityKind::Unusual, "the text `Bag Attributes` of a PKCS#12 export stands before the block")
        }
        // A broken body is told by the item itself, with its exact place.
        Odd::MissingEnd | Odd::BadBase64 | Odd::BadPadding | Odd::EmptyBlock => return None,
        Odd::TrailingSpaces
        | Odd::Placeholder
        | Odd::InComment
        | Odd::Embedded
        | Odd::TextBetween
        | Odd::NulTerminated => return None,
    })
}
