//! Files that stand for certificate material that is elsewhere or sealed: templates, pointers of Git LFS, files that
//! SOPS, ansible-vault, git-crypt or PGP encrypted. What is in them is not known, so nothing is said about it.

use crate::syntax::pem::{Block, Fault, OddityKind as Odd};

/// What sealed files and pointers start with.
const HEADS: &[&[u8]] = &[
    b"\0GITCRYPT\0",
    b"$ANSIBLE_VAULT;",
    b"version https://git-lfs.github.com/spec/",
    b"version https://hawser.github.com/spec/",
    b"age-encryption.org/v1",
    b"-----BEGIN AGE ENCRYPTED FILE-----",
    b"-----BEGIN PGP MESSAGE-----",
    b"vault:v",
];

/// What templates mark their holes with, and SOPS and hiera-eyaml their sealed values.
const MARKS: &[&str] =
    &["{{", "{%", "<%", "${", "%{", "#{", "ENC[AES256_GCM,", "ENC[PKCS7,", "ENC[GPG,", "ENC[KMS,"];

/// Words of those who leave a place for others to fill.
const WORDS: &[&str] = &[
    "your",
    "insert",
    "paste",
    "replace",
    "redacted",
    "removed",
    "changeme",
    "change_me",
    "placeholder",
    "dummy",
    "goes here",
    "todo",
];

/// More text than this is no hint to a reader.
const HINT: usize = 120;

/// Whether the bytes are sealed, or only point at the real file.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    HEADS.iter().any(|head| bytes.starts_with(head))
}

/// Whether a text has holes that are filled in before any software reads it.
pub(super) fn is_template(text: &str, blocks: &[Block]) -> bool {
    let mut outside = 0;
    for block in blocks {
        if has_mark(slice(text, outside, block.span.start as usize)) {
            return true;
        }
        outside = block.span.end as usize;
        let body = slice(text, block.body.start as usize, block.body.end as usize);
        if block.odd(Odd::InComment).is_none() && is_hole(block, body.trim()) {
            return true;
        }
    }
    let rest = slice(text, outside, text.len());
    has_mark(rest) || (blocks.is_empty() && is_hint(text))
}

fn slice(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}

/// The hole of a template, or a line that is a variable and nothing else: `@CERT@`, `%CERT%`, `__CERT__`, `$CERT`.
fn has_mark(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark))
        || text.lines().any(|line| {
            [("@", "@"), ("%", "%"), ("__", "__"), ("$", "")]
                .iter()
                .any(|(open, close)| is_name(line.trim(), open, close))
        })
}

/// One name between marks.
fn is_name(line: &str, open: &str, close: &str) -> bool {
    let name = line.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).unwrap_or_default();
    !name.is_empty()
        && name.len() <= HINT
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
}

/// A block whose bytes are left out. Whoever writes real ones writes a DER sequence.
fn is_hole(block: &Block, body: &str) -> bool {
    let real = matches!(&block.der, Ok(der) if der.first() == Some(&0x30));
    !real
        && (block.odd(Odd::Placeholder).is_some()
            || matches!(&block.der, Err(error) if error.fault == Fault::Placeholder)
            || has_mark(body)
            || is_note(body))
}

/// A text without a block that tells its reader what to do, or a link that was written as a file.
fn is_hint(text: &str) -> bool {
    let line = text.trim();
    if line.lines().count() != 1 {
        return false;
    }
    // Git writes links like this where the file system has none.
    let pointer = !line.contains(char::is_whitespace) && !text.ends_with('\n') && line.starts_with("../");
    pointer || is_name(line, "<", ">") || is_note(line)
}

/// A few words in place of bytes.
fn is_note(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    !text.is_empty()
        && text.len() <= HINT
        && (WORDS.iter().any(|word| text.contains(word))
            || text.chars().all(|c| matches!(c, 'x' | '.' | '*')))
}
