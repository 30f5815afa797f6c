//! Files of any length, line by line: logs. A line that nobody will read to its end is cut, and what is not UTF-8 is
//! replaced.

use std::io::{self, BufRead};

use crate::source::FileId;

/// Longer lines are cut here, in bytes.
const LINE: usize = 64 << 10;

/// A file that is read line by line.
pub struct Log<'a> {
    /// Its id.
    pub file: FileId,
    /// The shown path.
    pub path: &'a str,
    /// Its bytes.
    pub from: &'a mut dyn BufRead,
}

/// A line of a log.
#[derive(Copy, Clone, Debug)]
pub struct LogLine<'t> {
    /// 0-based number in the file.
    pub number: u32,
    /// Byte of its start in the file.
    pub byte: u64,
    /// Without its end.
    pub text: &'t str,
}

impl Log<'_> {
    /// Gives every line to `take`, in order, in constant memory. Ends early where reading fails, and says why.
    pub fn each_line(&mut self, take: &mut dyn FnMut(LogLine<'_>)) -> io::Result<()> {
        let mut bytes = Vec::new();
        let (mut number, mut at) = (0_u32, 0_u64);
        loop {
            bytes.clear();
            let length = self.line(&mut bytes)?;
            if length == 0 {
                return Ok(());
            }
            while matches!(bytes.last(), Some(b'\n' | b'\r')) {
                bytes.pop();
            }
            take(LogLine { number, byte: at, text: &String::from_utf8_lossy(&bytes) });
            number = number.saturating_add(1);
            at += length;
        }
    }

    /// Reads a line into `bytes` as far as [`LINE`]; how long it is in the file, end included.
    fn line(&mut self, bytes: &mut Vec<u8>) -> io::Result<u64> {
        let mut length = 0_u64;
        loop {
            let available = match self.from.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                return Ok(length);
            }
            let end = memchr::memchr(b'\n', available);
            let used = end.map_or(available.len(), |end| end + 1);
            let room = LINE.saturating_sub(bytes.len());
            bytes.extend_from_slice(&available[..used.min(room)]);
            self.from.consume(used);
            length += used as u64;
            if end.is_some() {
                return Ok(length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn lines_have_their_places_whatever_the_buffer() {
        let long = "x".repeat(LINE + 10);
        let text = format!("one\r\n\n{long}\nlast \u{e4}");
        for size in [1, 3, 8192] {
            let mut from = BufReader::with_capacity(size, text.as_bytes());
            let mut found = Vec::new();
            Log { file: FileId(0), path: "a.log", from: &mut from }
                .each_line(&mut |line| found.push((line.number, line.byte, line.text.to_owned())))
                .expect("a slice cannot fail");
            let lines: Vec<(u32, u64, usize)> = found.iter().map(|(n, b, t)| (*n, *b, t.len())).collect();
            assert_eq!(lines, [(0, 0, 3), (1, 5, 0), (2, 6, LINE), (3, 6 + LINE as u64 + 11, 7)]);
            assert_eq!(found[3].2, "last \u{e4}");
        }
    }
}
