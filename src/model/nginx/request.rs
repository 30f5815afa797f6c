//! Where a request ends: which location of a server answers a path, and whether it hands out files.

use super::{Context, Directive, DirectiveId, Nginx, ScopeId};

/// The folder that a scope maps requests to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The scope that says it.
    pub scope: ScopeId,
    /// The `root` or `alias` line.
    pub line: DirectiveId,
    /// `alias`: the location's own path is cut off.
    pub alias: bool,
}

impl Nginx {
    /// The `root` or `alias` that a scope says itself.
    pub fn own_mapping(&self, scope: ScopeId) -> Option<Mapping> {
        self.scope(scope).own.iter().rev().find_map(|line| {
            let alias = match &*self.directive(*line).name.text {
                "root" => false,
                "alias" => true,
                _ => return None,
            };
            Some(Mapping { scope, line: *line, alias })
        })
    }

    /// The `root` or `alias` that holds in a scope.
    pub fn mapping(&self, scope: ScopeId) -> Option<Mapping> {
        self.around(scope).find_map(|around| self.own_mapping(around))
    }

    /// The literal path of a location that is a prefix.
    pub fn prefix_of(&self, location: ScopeId) -> Option<&str> {
        let opening = self.directive(self.scope(location).opened_by?);
        let text = match opening.args.len() {
            1 => opening.arg(0)?,
            2 if opening.arg(0) == Some("^~") => opening.arg(1)?,
            _ => return None,
        };
        (opening.args.last()?.is_plain() && text.starts_with('/')).then_some(text)
    }

    /// The scope that answers a path in a server or location: itself, where no location inside takes it. `None`
    /// where an expression stands in the way that is not understood here.
    pub fn answers(&self, scope: ScopeId, path: &str) -> Option<ScopeId> {
        let locations = || {
            let children = self.scope(scope).children.iter().copied();
            children
                .filter(|id| self.scope(*id).context == Context::Location)
                .filter_map(|id| Some((id, self.directive(self.scope(id).opened_by?))))
        };
        let exact = |it: &Directive| it.args.len() == 2 && it.arg(0) == Some("=") && it.arg(1) == Some(path);
        if let Some((id, _)) = locations().find(|(_, it)| exact(it)) {
            return Some(id);
        }
        let fits = |id: &ScopeId| self.prefix_of(*id).filter(|prefix| path.starts_with(prefix)).map(str::len);
        let best = locations().filter(|(id, _)| fits(id).is_some()).max_by_key(|(id, _)| fits(id));
        let inner = match best {
            Some((id, _)) => Some(self.answers(id, path)?),
            None => None,
        };
        let is_final = best.is_some_and(|(_, it)| it.arg(0) == Some("^~"));
        if !is_final {
            for (id, it) in locations() {
                let Some((pattern, any_case)) = expression(it) else { continue };
                match matches_path(pattern, path, any_case) {
                    Some(true) => return self.answers(id, path),
                    Some(false) => {}
                    None => return None,
                }
            }
        }
        Some(inner.unwrap_or(scope))
    }
}

/// The expression of a location, and whether case does not matter.
fn expression(it: &Directive) -> Option<(&str, bool)> {
    let first = it.arg(0)?;
    match (it.args.len(), first) {
        (2, "~") => Some((it.arg(1)?, false)),
        (2, "~*") => Some((it.arg(1)?, true)),
        (1, _) => match (first.strip_prefix("~*"), first.strip_prefix('~')) {
            (Some(pattern), _) => Some((pattern, true)),
            (None, Some(pattern)) => Some((pattern, false)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression matches a path, for the forms that configurations are full of: a list of endings, a
/// hidden name, a literal start. `None` for all others.
fn matches_path(pattern: &str, path: &str, any_case: bool) -> Option<bool> {
    let path = if any_case { path.to_ascii_lowercase() } else { path.to_owned() };
    let pattern = if any_case { pattern.to_ascii_lowercase() } else { pattern.to_owned() };
    let literal = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte))
    };
    let body = pattern.strip_prefix("^/").filter(|rest| literal(rest));
    if let Some(rest) = body {
        return Some(path[1..].starts_with(rest));
    }
    let ending = pattern.strip_prefix(".*").or_else(|| pattern.strip_prefix(".+")).unwrap_or(&pattern);
    if let Some(rest) = ending.strip_prefix("\\.").and_then(|rest| rest.strip_suffix('$')) {
        let list = rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(rest);
        let endings: Vec<&str> = list.strip_prefix("?:").unwrap_or(list).split('|').collect();
        if endings.iter().all(|it| literal(it)) {
            return Some(endings.iter().any(|it| path.ends_with(&format!(".{it}"))));
        }
    }
    if let Some(rest) = pattern.strip_prefix("/\\.").or_else(|| pattern.strip_prefix("(^|/)\\.")) {
        // What follows narrows it down; without a hidden name there is nothing to narrow.
        let hidden = path.contains("/.");
        return if rest.is_empty() || !hidden {
            Some(hidden)
        } else {
            literal(rest).then(|| path.contains(&format!("/.{rest}")))
        };
    }
    // A script's ending in the middle: nothing that is no script matches.
    let one_way = !pattern.replace("(/|$)", "").contains('|');
    (one_way && pattern.contains("\\.php") && !path.contains(".php")).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::matches_path;

    #[test]
    fn common_expressions_are_understood_and_others_left_open() {
        assert_eq!(matches_path(r"\.(key|pem)$", "/ssl/a.key", false), Some(true));
        assert_eq!(matches_path(r"\.(?:css|js)$", "/ssl/a.key", false), Some(false));
        assert_eq!(matches_path(r"\.KEY$", "/a.key", true), Some(true));
        assert_eq!(matches_path(r"/\.", "/.ssl/a.key", false), Some(true));
        assert_eq!(matches_path(r"/\.ht", "/ssl/a.key", false), Some(false));
        assert_eq!(matches_path(r"/\.(?!well-known)", "/.ssl/a.key", false), None);
        assert_eq!(matches_path("^/ssl/", "/ssl/a.key", false), Some(true));
        assert_eq!(matches_path(r"[^/]\.php(/|$)", "/ssl/a.key", false), Some(false));
        assert_eq!(matches_path("^/(ssl|tls)/", "/ssl/a.key", false), None);
    }
}
