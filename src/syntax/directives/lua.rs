//! Where a block of Lua ends: `OpenResty` reads it by the rules of Lua, in which
//! strings and comments may hold braces.

/// The byte of the `}` that closes a body that begins at `start`.
pub(super) fn end_of_body(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        at = match bytes.get(at)? {
            b'}' if depth == 0 => return Some(at),
            b'}' => {
                depth -= 1;
                at + 1
            }
            b'{' => {
                depth += 1;
                at + 1
            }
            quote @ (b'"' | b'\'') => end_of_string(bytes, at + 1, *quote)?,
            b'-' if bytes.get(at + 1) == Some(&b'-') => match long_bracket(bytes, at + 2) {
                Some(level) => end_of_long_bracket(bytes, at + 4 + level, level)?,
                None => at + memchr::memchr(b'\n', &bytes[at..])? + 1,
            },
            b'[' => match long_bracket(bytes, at) {
                Some(level) => end_of_long_bracket(bytes, at + 2 + level, level)?,
                None => at + 1,
            },
            _ => at + 1,
        };
    }
}

fn end_of_string(bytes: &[u8], mut at: usize, quote: u8) -> Option<usize> {
    loop {
        at += memchr::memchr2(quote, b'\\', bytes.get(at..)?)?;
        if bytes[at] == quote {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The number of `=` in a `[==[` that begins at `at`.
fn long_bracket(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?.strip_prefix(b"[")?;
    let level = rest.iter().take_while(|byte| **byte == b'=').count();
    (rest.get(level) == Some(&b'[')).then_some(level)
}

fn end_of_long_bracket(bytes: &[u8], mut at: usize, level: usize) -> Option<usize> {
    loop {
        at += memchr::memchr(b']', bytes.get(at..)?)? + 1;
        let equals = bytes.get(at..)?.iter().take(level).take_while(|byte| **byte == b'=').count();
        if equals == level && bytes.get(at + level) == Some(&b']') {
            return Some(at + level + 1);
        }
    }
}
