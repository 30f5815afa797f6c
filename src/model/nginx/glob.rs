//! `glob(3)` as nginx calls it: byte order, no `**`, no braces, `*` skips names that start with a dot.

use crate::{
    model::tree::{Paths, join},
    source::FileId,
};

/// Whether nginx takes a name for a pattern.
pub(super) fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// The folders that stand before the first pattern character.
pub(super) fn fixed_folder(pattern: &str) -> &str {
    let first = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
    crate::model::tree::parent(&pattern[..first])
}

/// All paths of the tree that a pattern matches, in byte order. Folders are among them: nginx fails on those.
pub(super) fn expand(paths: &Paths, pattern: &str) -> Vec<FileId> {
    let fixed = fixed_folder(pattern);
    let rest = pattern[fixed.len()..].trim_start_matches('/');
    let mut found: Vec<String> = vec![fixed.to_owned()];
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for folder in &found {
            if !is_pattern(part) {
                next.push(join(folder, part));
                continue;
            }
            for child in paths.children(folder) {
                let name = crate::model::tree::file_name(&paths.node(*child).path);
                if (!name.starts_with('.') || part.starts_with('.'))
                    && matches(part.as_bytes(), name.as_bytes())
                {
                    next.push(join(folder, name));
                }
            }
        }
        found = next;
    }
    found.sort();
    found.iter().filter_map(|path| paths.find_name(path).or_else(|| paths.find(path))).collect()
}

/// Whether a whole path matches a pattern, component by component.
pub(super) fn matches_path(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    let fits = pattern.split('/').all(|wanted| {
        parts.next().is_some_and(|name| {
            (!name.starts_with('.') || wanted.starts_with('.')) && matches(wanted.as_bytes(), name.as_bytes())
        })
    });
    fits && parts.next().is_none()
}

/// One path component against one pattern component.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // The usual two-pointer walk: on a mismatch, let the last star take one byte more.
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some(b'?') => Some(1),
            Some(b'[') => set(&pattern[p..], name[n]),
            Some(b'\\') if p + 1 < pattern.len() => (pattern[p + 1] == name[n]).then_some(2),
            Some(byte) => (*byte == name[n]).then_some(1),
            None => None,
        };
        match (step, star) {
            (Some(width), _) => {
                p += width;
                n += 1;
            }
            (None, Some((star_p, star_n))) => {
                p = star_p + 1;
                n = star_n + 1;
                star = Some((star_p, star_n + 1));
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// A bracket expression at the start of `pattern`: its width where it takes `byte`.
fn set(pattern: &[u8], byte: u8) -> Option<usize> {
    let mut at = 1;
    let negated = matches!(pattern.get(at), Some(b'!' | b'^'));
    at += usize::from(negated);
    let first = at;
    let mut taken = false;
    loop {
        let low = *pattern.get(at)?;
        if low == b']' && at > first {
            break;
        }
        if pattern.get(at + 1) == Some(&b'-') && pattern.get(at + 2).is_some_and(|high| *high != b']') {
            taken |= (low..=pattern[at + 2]).contains(&byte);
            at += 3;
        } else {
            taken |= low == byte;
            at += 1;
        }
    }
    (taken != negated).then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn components_match_as_glob_does() {
        for (pattern, name, expected) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf.bak", false),
            ("*", "anything", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[ab]*", "bee", true),
            ("[!ab]*", "bee", false),
            ("[a-c]1", "c1", true),
            ("**.conf", "a.conf", true),
            ("a*b*c", "axxbxxc", true),
            ("a*b*c", "axxbxx", false),
            ("\\*", "*", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }
}
