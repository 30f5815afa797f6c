//! Where a path that software in Java is given lies in the tree. Each starts relative paths elsewhere, and most at the
//! folder they were started in, which no tree says.

use crate::source::FileId;

use super::{
    super::{
        estate::Expects,
        resolve::{Base, Resolved, Resolver},
        said::{Said, is_placeholder},
        tree::{ancestors, file_name, join, parent},
    },
    Program,
};

/// Where a path leads.
pub(super) fn resolve(
    resolver: &Resolver<'_>,
    belongs: &dyn Fn(&str, Expects, bool) -> bool,
    file: FileId,
    program: Program,
    path: &Said,
    expects: Expects,
) -> Resolved {
    let node = resolver.paths.node(file);
    let here = parent(&node.path);
    let shows = |folder: &str| belongs(folder, expects, node.tracked);
    if let Some(rest) = path.trimmed().strip_prefix("classpath:") {
        return in_classpath(resolver, &shows, here, rest.trim_start_matches('/'));
    }
    let (written, base) = match known_start(path.trimmed(), program, here) {
        Some((written, folder)) => (written, Some(folder)),
        None => (path.trimmed().to_owned(), None),
    };
    if is_placeholder(&written) {
        return Resolved::Opaque;
    }
    let written = written.strip_prefix("file:").unwrap_or(&written);
    let written = if written.starts_with("///") { &written[2..] } else { written };
    if written.is_empty() || written.starts_with('~') || written.as_bytes().get(1) == Some(&b':') {
        return Resolved::Outside;
    }
    if written.starts_with('/') {
        return absolute(resolver, &shows, &node.path, written);
    }
    if let Some(folder) = base {
        return resolver.resolve(&start(&folder, true), written, &shows);
    }
    let near = [here.to_owned(), parent(here).to_owned(), resolver.paths.top().to_owned(), String::new()];
    let found = near.iter().map(|folder| resolver.resolve(&start(folder, false), written, &|_| false));
    found.into_iter().find(|it| it.file().is_some()).unwrap_or(Resolved::Outside)
}

/// A folder where relative paths start.
fn start(folder: &str, certain: bool) -> Base {
    Base { folder: folder.to_owned(), server_folder: None, roots: Vec::new(), dump: false, certain }
}

/// A path that starts at the resources of a program. Tests see those of the program beside their own, and what stands
/// outside of the sources says nothing about what is packed.
fn in_classpath(
    resolver: &Resolver<'_>,
    shows: &dyn Fn(&str) -> bool,
    here: &str,
    written: &str,
) -> Resolved {
    const MAIN: &str = "src/main/resources";
    const TEST: &str = "src/test/resources";
    if is_placeholder(written) {
        return Resolved::Opaque;
    }
    if let Some(main) = ancestors(here).find(|it| it.ends_with(MAIN)) {
        return resolver.resolve(&start(main, true), written, shows);
    }
    let of_tests = ancestors(here).find_map(|it| Some((it, it.strip_suffix(TEST)?)));
    let places = match of_tests {
        Some((test, module)) => vec![test.to_owned(), format!("{module}{MAIN}")],
        None => vec![here.to_owned(), join(here, MAIN), join(parent(here), MAIN)],
    };
    let found = places.iter().map(|folder| resolver.resolve(&start(folder, false), written, &|_| false));
    found.into_iter().find(|it| it.file().is_some()).unwrap_or(Resolved::Outside)
}

/// The rest of a path and the folder where it starts, where the software says that.
fn known_start(written: &str, program: Program, here: &str) -> Option<(String, String)> {
    let above_conf = || (file_name(here) == "conf").then(|| parent(here).to_owned());
    for name in ["${catalina.base}/", "${catalina.home}/", "$CATALINA_BASE/", "$CATALINA_HOME/"] {
        if let Some(rest) = written.strip_prefix(name) {
            return Some((rest.to_owned(), above_conf()?));
        }
    }
    let relative = !written.starts_with('/') && !written.contains(':');
    match program {
        Program::Tomcat if relative => Some((written.to_owned(), above_conf()?)),
        // Elasticsearch starts at the folder of its configuration.
        Program::Elasticsearch if relative => Some((written.to_owned(), here.to_owned())),
        _ => None,
    }
}

/// An absolute path: as the settings map it, below a folder above that may stand for `/`, and missing only where the
/// tree keeps both the configuration and the folder under one root.
fn absolute(resolver: &Resolver<'_>, shows: &dyn Fn(&str) -> bool, from: &str, written: &str) -> Resolved {
    let here = parent(from);
    let base = Base { roots: ancestors(here).map(str::to_owned).collect(), ..start(here, true) };
    let to = resolver.resolve(&base, written, shows);
    if to != Resolved::Outside {
        return to;
    }
    let Some(first) = written[1..].split('/').next() else { return to };
    for root in ancestors(here).filter(|it| *it != "/") {
        let place = if root.is_empty() { written[1..].to_owned() } else { join(root, &written[1..]) };
        let folder = parent(&place);
        let deep = written.matches('/').count() >= 3;
        let shared = from.starts_with(&format!("{}/", join(root, first)));
        if deep && shared && resolver.paths.is_folder(folder) && !(resolver.ignored)(&place) && shows(folder)
        {
            return Resolved::Missing { expected: place, beside: None };
        }
    }
    to
}
