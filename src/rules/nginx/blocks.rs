//! TLS directives in blocks that do not take them, or take them once.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::Findings,
    model::{
        Model,
        nginx::{
            Context, DirectiveId, Module, Nginx, ScopeId,
            directives::{self, Place},
        },
    },
};

use super::{labels::label_some, syntax::lines};

/// A TLS directive where nginx does not allow it.
pub(crate) fn directive_context(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let mut seen: BTreeSet<DirectiveId> = BTreeSet::new();
    for (scope, id, place) in lines(nginx) {
        let directive = nginx.directive(id);
        // A brace too many or too few puts everything behind it into the wrong block; `nginx/syntax` says so.
        if nginx.unit(id).is_broken()
            || directive.name.placeholder
            || !is_refused(nginx, scope, place, &directive.name.text)
        {
            continue;
        }
        if !seen.insert(id) {
            continue;
        }
        let name = &*directive.name.text;
        let block = nginx.scope(scope).opened_by;
        let inside = block.map_or("the top of the configuration".to_owned(), |by| {
            format!("`{}`", nginx.directive(by).name.text)
        });
        let finding = out.report(
            format!(
                "nginx does not start or reload: `\"{name}\" directive is not allowed here`, in {inside}"
            ),
            nginx.name_at(id),
            format!("not allowed in {inside}"),
        );
        if let Some(by) = block {
            finding.label(nginx.name_at(by), "inside of this block");
        }
        finding.help(advice(nginx, scope, name));
    }
}

fn is_refused(nginx: &Nginx, scope: ScopeId, place: Place, name: &str) -> bool {
    let mut known = directives::of(name).peekable();
    if known.peek().is_none() {
        return false;
    }
    if nginx.place_is_certain(scope) {
        // Name servers may be set for an upstream since nginx 1.27.3.
        let of_upstream = matches!(place, Place::Block(Context::Upstream(_))) && name.starts_with("resolver");
        return !of_upstream && known.all(|it| !it.allows(place));
    }
    // The block of a fragment is a server, and only its module is a guess.
    let server = matches!(place, Place::Block(Context::Server(_))) && nginx.scope(scope).opened_by.is_some();
    server
        && known.all(|it| {
            [Module::Http, Module::Stream, Module::Mail]
                .into_iter()
                .all(|module| !it.allows(Place::Block(Context::Server(module))))
        })
}

/// Where it belongs.
fn advice(nginx: &Nginx, scope: ScopeId, name: &str) -> String {
    let module = nginx.around(scope).find_map(|at| match nginx.scope(at).context {
        Context::Module(module) | Context::Server(module) | Context::Upstream(module) => Some(module),
        Context::Location => Some(Module::Http),
        _ => None,
    });
    let here = directives::of(name).find(|it| it.module == module && module.is_some());
    match (here, directives::of(name).next()) {
        (Some(it), _) => format!("move it to {}", words(&it.blocks())),
        (None, Some(other)) if module.is_some() => {
            let modules: Vec<&str> =
                directives::of(name).map(|it| it.module.map_or("main", Module::word)).collect();
            let belongs = words(&modules);
            match other.module {
                Some(_) => format!("remove it; the directive belongs to {belongs}"),
                None => "move it to the top of the main file".to_owned(),
            }
        }
        (None, Some(other)) => format!("move it to {}", words(&other.blocks())),
        (None, None) => String::new(),
    }
}

fn words(blocks: &[&str]) -> String {
    let quoted: Vec<String> = blocks.iter().map(|block| format!("`{block}`")).collect();
    quoted.join(" or ")
}

/// A TLS directive of one value that is set twice in one block.
pub(crate) fn duplicate_directive(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    // By the later line, so that a snippet that repeats what many servers say is one finding.
    let mut repeated: BTreeMap<DirectiveId, BTreeSet<DirectiveId>> = BTreeMap::new();
    for (_, scope, place) in nginx.places() {
        let mut first: BTreeMap<&str, DirectiveId> = BTreeMap::new();
        for id in &scope.own {
            let name = &nginx.directive(*id).name;
            let scalar = directives::of(&name.text).any(|it| !it.repeats && it.allows(place))
                && !directives::of(&name.text).any(|it| it.repeats && it.allows(place));
            if !scalar || name.placeholder || nginx.unit(*id).is_broken() {
                continue;
            }
            if let Some(earlier) = first.get(&*name.text) {
                repeated.entry(*id).or_default().insert(*earlier);
            } else {
                first.insert(&name.text, *id);
            }
        }
    }
    for (id, earlier) in repeated {
        let name = &*nginx.directive(id).name.text;
        let twice = earlier.contains(&id);
        let text =
            if twice { "read twice: its file is included twice in one block" } else { "set again here" };
        let finding = out.report(
            format!("nginx does not start or reload: `\"{name}\" directive is duplicate`"),
            nginx.at(id),
            text,
        );
        label_some(finding, earlier.iter().map(|first| (nginx.at(*first), "set first here".to_owned())));
        finding.help(if twice {
            "include the file once in this block".to_owned()
        } else {
            format!("keep one `{name}` in each block; a block inside may set another value")
        });
    }
}
