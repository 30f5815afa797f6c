//! What is odd about PEM text, in words a person understands, with who refuses it.

use crate::{
    model::{Item, ItemKind, Oddity, OddityKind, Reading},
    source::{Encoding, Location, Source, Span},
    syntax::pem::{Block, Consumer, Fault, OddityKind as Odd, Verdict},
};

use super::spacing;
use crate::systems::Input;

/// Whether a block is meant to be read: not one in a comment, and no `...` of documentation.
pub(super) fn is_meant(block: &Block) -> bool {
    block.odd(Odd::InComment).is_none()
        && block.odd(Odd::Placeholder).is_none()
        && !matches!(&block.der, Err(error) if error.fault == Fault::Placeholder)
}

/// What is wrong with a body, in words that follow "the block".
pub(super) fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::BadBase64 => "holds a character that base64 does not have",
        Fault::BadPadding => "does not end as base64 should: characters are missing or too many",
        Fault::Truncated => "is cut off: it has no `END` line",
        Fault::Empty => "is empty",
        Fault::Placeholder => "holds a placeholder instead of bytes",
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
            openssl: Reading::Takes,
            go_refuses: true,
            java_refuses: true,
        });
    }
    for block in blocks.iter().filter(|block| super::is_material(&block.label.to_ascii_uppercase())) {
        found.extend(of_block(input, block));
    }
    found.extend(spacing::of(input.file, source, blocks));
    for item in items {
        if let ItemKind::Certificate(certificate) = &item.kind
            && certificate.trailing > 0
            && !source.slice(source.span(item.at.place)).contains("TRUSTED")
        {
            found.push(Oddity {
                kind: OddityKind::Malformed,
                at: item.at,
                what: format!("{} bytes follow the certificate inside its block", certificate.trailing),
                openssl: Reading::Takes,
                go_refuses: true,
                java_refuses: false,
            });
        }
    }
    found
}

/// What is odd about a block. Where a reader minds it, the gravest oddity is to blame and the others are only there.
fn of_block(input: &Input<'_>, block: &Block) -> Vec<Oddity> {
    let mut told: Vec<(usize, OddityKind, &'static str, Span)> = block
        .oddities
        .iter()
        .filter_map(|odd| {
            let (weight, (kind, what)) = (weight(odd.kind), words(odd.kind)?);
            Some((weight, kind, what, odd.at))
        })
        .collect();
    told.sort_by_key(|(weight, _, _, at)| (*weight, at.start));
    // Where the text gives no bytes, the item itself says why.
    if block.der.is_err() {
        told.retain(|(_, kind, ..)| *kind == OddityKind::GluedBlocks);
    }
    let refuses = |consumer, index| index == 0 && block.verdict(consumer) != Verdict::Taken;
    told.into_iter()
        .enumerate()
        .map(|(index, (_, kind, what, at))| Oddity {
            kind,
            at: Location::text(input.file, at),
            what: what.to_owned(),
            openssl: match block.verdict(Consumer::OpenSsl) {
                Verdict::Skipped if index == 0 => Reading::Skips,
                Verdict::FileRefused if index == 0 => Reading::Refuses,
                _ => Reading::Takes,
            },
            go_refuses: refuses(Consumer::Go, index),
            java_refuses: refuses(Consumer::Java, index),
        })
        .collect()
}

/// The smaller, the more readers give up because of it.
fn weight(kind: Odd) -> usize {
    match kind {
        Odd::GluedBlocks => 0,
        Odd::Indented => 1,
        Odd::BagAttributes => 5,
        Odd::IndentedBody => 4,
        Odd::TrustedLabel | Odd::OldLabel => 3,
        _ => 2,
    }
}

/// Which rule speaks of an oddity, and what it says. What no program minds is not said.
fn words(kind: Odd) -> Option<(OddityKind, &'static str)> {
    Some(match kind {
        Odd::GluedBlocks => {
            (OddityKind::GluedBlocks, "the end of one block and the beginning of the next share a line")
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
        Odd::MissingEnd
        | Odd::BadBase64
        | Odd::BadPadding
        | Odd::EmptyBlock
        // And nobody minds these.
        | Odd::TrailingSpaces
        | Odd::Placeholder
        | Odd::InComment
        | Odd::Embedded
        | Odd::TextBetween
        | Odd::NulTerminated => return None,
    })
}
