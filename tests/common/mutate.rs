//! A mutator that does the same every time: what a fuzzer does, without its eyes.

/// Words that formats care about.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&#x10FFFF;",
    "&amp;",
    "\"",
    "'",
    "\\",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\0",
    ";",
    ":",
    ": ",
    "- ",
    "&a ",
    "*a",
    "<<: *a",
    "!!binary ",
    "|\n",
    ">-\n",
    "---\n",
    "#",
    "//",
    "/*",
    "*/",
    "${",
    "}}",
    "{{",
    "%",
    "@@@ ",
    "\u{feff}",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{9b}",
    "é",
    "漢",
    "😀",
    "-----BEGIN CERTIFICATE-----\n",
    "-----END CERTIFICATE-----\n",
    "-----BEGIN PRIVATE KEY-----",
    "=",
    "==",
    "0",
    "-1",
    "4294967296",
    "18446744073709551616",
    "1e999",
    "include ",
    "ssl_certificate ",
    "server {",
    "hex(1):",
    "dword:",
    "sslcert ",
    "::",
    "[::1]",
    "*.",
    "xn--",
    "..",
    "../",
    "/",
    "://",
    "https://a:b@",
];

/// Bytes at the edges of their meanings.
const BYTES: [u8; 14] = [0, 1, 0x0a, 0x20, 0x30, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xa0, 0xc3, 0xfe, 0xff];

/// Its state is all it depends on.
pub(crate) struct Mutator {
    state: u64,
}

impl Mutator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed | 1 }
    }

    /// A number below `end`; 0 where there is none.
    fn below(&mut self, end: usize) -> usize {
        // xorshift64*, by Vigna.
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let number = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        if end == 0 { 0 } else { (number as usize) % end }
    }

    fn range(&mut self, length: usize, longest: usize) -> std::ops::Range<usize> {
        let start = self.below(length);
        start..(start + 1 + self.below(longest)).min(length)
    }

    /// One of the seeds, changed in one to six places.
    pub(crate) fn mutant(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            let at = self.below(input.len() + 1);
            match self.below(9) {
                0 if !input.is_empty() => {
                    let at = self.below(input.len());
                    input[at] ^= 1 << self.below(8);
                }
                1 if !input.is_empty() => {
                    let at = self.below(input.len());
                    input[at] = BYTES[self.below(BYTES.len())];
                }
                2 => {
                    let word = WORDS[self.below(WORDS.len())].bytes();
                    input.splice(at..at, word);
                }
                3 => {
                    let gone = self.range(input.len(), 40);
                    input.drain(gone);
                }
                4 => {
                    let range = self.range(input.len(), 200);
                    let copy = input[range].to_vec();
                    input.splice(at..at, copy);
                }
                5 => {
                    let other = &seeds[self.below(seeds.len())];
                    let range = self.range(other.len(), 400);
                    let part = other[range].to_vec();
                    input.splice(at..at, part);
                }
                6 => {
                    let word = WORDS[self.below(WORDS.len())].bytes();
                    let gone = self.range(input.len(), 12);
                    input.splice(gone, word);
                }
                7 if self.below(4) == 0 => input.truncate(at),
                _ => {
                    let byte = BYTES[self.below(BYTES.len())];
                    let times = 1 + self.below(5);
                    input.splice(at..at, std::iter::repeat_n(byte, times));
                }
            }
        }
        input
    }
}
