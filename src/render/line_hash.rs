//! The hash of a line by which GitHub's code scanning knows a finding again: a rolling hash over the hundred UTF-16
//! units from the start of the line on, blanks left out, with a number for lines that are equal.
//!
//! Source: `src/fingerprints.ts` of github/codeql-action; the tests hold its published vectors.

use std::collections::BTreeMap;

/// Units that one hash looks at.
const WINDOW: usize = 100;

const BASE: u64 = 37;

/// What the end of the text counts as.
const END: u64 = 0xffff;

/// The hashes of lines asked for, by their 1-based numbers.
pub(super) fn line_hashes(text: &str, wanted: &dyn Fn(usize) -> bool) -> BTreeMap<usize, String> {
    let mut rolling = Rolling {
        window: [0; WINDOW],
        starts: [0; WINDOW],
        leaving: (0..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(BASE)),
        hash: 0,
        at: 0,
        seen: BTreeMap::new(),
        found: BTreeMap::new(),
        wanted,
    };
    let (mut line, mut at_start, mut after_return) = (0, true, false);
    for unit in text.encode_utf16().map(u64::from).chain([END]) {
        if unit == u64::from(b' ') || unit == u64::from(b'\t') || (after_return && unit == u64::from(b'\n')) {
            after_return = false;
            continue;
        }
        after_return = unit == u64::from(b'\r');
        let unit = if after_return { u64::from(b'\n') } else { unit };
        rolling.tell();
        if at_start {
            at_start = false;
            line += 1;
            rolling.starts[rolling.at] = line;
        }
        at_start |= unit == u64::from(b'\n');
        rolling.take(unit);
    }
    for _ in 0..WINDOW {
        rolling.tell();
        rolling.take(0);
    }
    rolling.found
}

struct Rolling<'a> {
    window: [u64; WINDOW],
    /// The line that begins at a slot of the window; 0 where none does.
    starts: [usize; WINDOW],
    /// The weight of the unit that leaves the window.
    leaving: u64,
    hash: u64,
    at: usize,
    seen: BTreeMap<u64, usize>,
    found: BTreeMap<usize, String>,
    wanted: &'a dyn Fn(usize) -> bool,
}

impl Rolling<'_> {
    /// Notes the hash of the line whose first unit is about to leave the window.
    fn tell(&mut self) {
        let line = std::mem::take(&mut self.starts[self.at]);
        if line > 0 {
            let count = self.seen.entry(self.hash).or_default();
            *count += 1;
            if (self.wanted)(line) {
                self.found.insert(line, format!("{:x}:{count}", self.hash));
            }
        }
    }

    fn take(&mut self, unit: u64) {
        let gone = std::mem::replace(&mut self.window[self.at], unit);
        self.hash =
            BASE.wrapping_mul(self.hash).wrapping_add(unit).wrapping_sub(self.leaving.wrapping_mul(gone));
        self.at = (self.at + 1) % WINDOW;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_code_scanning_come_out() {
        let all = |text: &str| line_hashes(text, &|_| true);
        assert_eq!(all("").get(&1).map(String::as_str), Some("c129715d7a2bc9a3:1"));
        let small: Vec<String> = all(" a\nb\n  \t\tc\n d").into_values().collect();
        assert_eq!(
            small,
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]
        );
        let mixed = all(" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n");
        assert_eq!((&*mixed[&1], &*mixed[&7]), ("e9496ae3ebfced30:1", "c129715d7a2bc9a3:1"));
        let equal = all(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!((&*equal[&6], &*equal[&7]), ("a7f2ff13bc495cf2:6", "a7f2ff1481e87703:1"));
        assert_eq!(equal[&11], "c129715d7a2bc9a3:1");
    }
}
