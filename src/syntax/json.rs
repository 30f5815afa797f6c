//! JSON as people write it: with comments, commas too many and too few, line
//! breaks in strings. Every departure is noted, and reading goes on behind it.

use super::value::Parsed;

mod escape;
mod lex;
mod placeholder;
mod tree;

/// Reads a text in time that grows with its length. Strict JSON gives one
/// document and no slips; of everything else as much is read as can be told.
pub fn parse(text: &str) -> Parsed {
    tree::Builder::new(text).run()
}

#[cfg(test)]
mod tests;
