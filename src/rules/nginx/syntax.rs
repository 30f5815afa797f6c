//! What nginx itself would refuse to read: broken text, and words it does not know or take.

use std::collections::{BTreeMap, BTreeSet};

use strsim::osa_distance;

use crate::{
    finding::Findings,
    model::{
        Model,
        nginx::{
            Directive, DirectiveId, Nginx, ScopeId, SyntaxError, SyntaxErrorKind, Unit,
            directives::{self, Arity, Place, Syntax},
        },
    },
};

/// Broken text, unknown TLS directives, and arguments nginx does not take.
pub(crate) fn syntax(model: &Model, out: &mut Findings) {
    let nginx = &model.nginx;
    let running: BTreeSet<u32> = nginx.running_units().into_iter().map(|(index, _)| index).collect();
    for unit in &running {
        let unit = &nginx.units[*unit as usize];
        if let Some((expression, rest)) = cut_expression(unit) {
            cut(unit, expression, rest, out);
        } else if let Some(error) = first_error(unit, SyntaxErrorKind::Syntax) {
            broken(unit, error, out);
        }
    }
    let mut seen: BTreeSet<DirectiveId> = BTreeSet::new();
    // A configuration says the same few names over and over.
    let mut meanings: BTreeMap<&str, Option<&'static str>> = BTreeMap::new();
    for (_, id, place) in lines(nginx) {
        let directive = nginx.directive(id);
        let torn = |error: &SyntaxError| {
            let at = error.origin.unwrap_or(error.at);
            at.start < directive.head().end && directive.span.start < at.end
        };
        if !running.contains(&id.unit)
            || !seen.insert(id)
            || directive.name.placeholder
            || nginx.unit(id).errors.iter().any(torn)
        {
            continue;
        }
        let mut known = directives::of(&directive.name.text).peekable();
        if known.peek().is_none() {
            let name = &*directive.name.text;
            if let Some(meant) = *meanings.entry(name).or_insert_with(|| meant(name)) {
                unknown(nginx, id, meant, out);
            }
        } else if let Some(syntax) = known.find(|it| it.allows(place)) {
            arguments(nginx, id, syntax, out);
        }
    }
}

/// The error at which nginx stops reading, where it is of this kind. Templates break nothing: they are not read.
fn first_error(unit: &Unit, kind: SyntaxErrorKind) -> Option<&SyntaxError> {
    unit.errors.first().filter(|error| error.kind == kind && unit.template.is_none())
}

fn broken(unit: &Unit, error: &SyntaxError, out: &mut Findings) {
    let message = format!("nginx does not start or reload: `{}`", error.message);
    let Some(origin) = error.origin else {
        let text = match error.message.as_str() {
            "unexpected \";\"" => "nothing stands before this `;`",
            "unexpected \"}\"" => "this `}` closes no block",
            _ => "nginx stops reading here",
        };
        out.report(message, unit.at(error.at), text)
            .help("remove what is too much, or write what is missing before it");
        return;
    };
    let (text, help) = match error.message.as_str() {
        "unexpected \"}\"" => {
            ("this directive is not ended by `;`", "put a `;` behind the last word of the directive")
        }
        "unexpected end of file, expecting \"}\"" => {
            ("this block is never closed", "add the `}` that closes the block")
        }
        _ if origin.end - origin.start == 1 => ("this quote is never closed", "close the quote"),
        "unexpected end of file, expecting \";\" or \"}\"" => {
            ("this directive is not ended by `;`", "put a `;` behind the last word of the directive")
        }
        _ => (
            "these quotes may not end where they should",
            "put a space or `;` behind the closing quote, or look for a quote that is missing before it",
        ),
    };
    out.report(message, unit.at(origin), text)
        .label(unit.at(error.at), "nginx stops reading here")
        .help(help);
}

/// A regular expression that a brace of its own has cut in two: `\d{3}` opens a block. The directive with the
/// expression, and the one that its rest became.
fn cut_expression(unit: &Unit) -> Option<(&Directive, &Directive)> {
    if unit.template.is_some() {
        return None;
    }
    unit.directives.iter().enumerate().find_map(|(index, directive)| {
        let takes = matches!(&*directive.name.text, "location" | "if" | "rewrite" | "server_name");
        let (_, child) =
            unit.children(Some(index as u32)).next().filter(|_| takes && directive.block.is_some())?;
        let rest = child.name.text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',');
        (rest.len() < child.name.text.len() && rest.starts_with('}')).then_some((directive, child))
    })
}

fn cut(unit: &Unit, directive: &Directive, rest: &Directive, out: &mut Findings) {
    let name = &*directive.name.text;
    out.report(
        format!("nginx does not start or reload: `unknown directive \"{}\"`", rest.name.text),
        unit.at(directive.head()),
        format!("the brace in this expression opens the block of `{name}`"),
    )
    .label(unit.at(rest.name.span), "nginx reads this as a directive")
    .help("put the regular expression in quotes");
}

/// A name that is no directive and nearly one.
fn unknown(nginx: &Nginx, id: DirectiveId, meant: &str, out: &mut Findings) {
    let name = &*nginx.directive(id).name.text;
    out.report(
        format!("nginx does not start or reload: `unknown directive \"{name}\"`"),
        nginx.name_at(id),
        format!("the directive is called `{meant}`"),
    )
    .help(format!("write `{meant}`"));
}

/// The TLS directive a name was meant to be. Other modules bring names of their own, so only a slip of the hand counts.
fn meant(name: &str) -> Option<&'static str> {
    if name.contains("_by_lua") || name.len() < 8 {
        return None;
    }
    let lower = name.to_ascii_lowercase().replace('-', "_");
    let telling = |it: &&Syntax| it.name.contains("ssl_") || it.name == "server_name";
    let near = |it: &&Syntax| {
        let allowed = if it.name.len() >= 12 { 2 } else { 1 };
        osa_distance(&lower, it.name) <= allowed
    };
    let mut best: Option<(usize, &'static str)> = None;
    for it in directives::all().iter().filter(telling).filter(near) {
        let far = osa_distance(&lower, it.name);
        if best.is_none_or(|(nearest, _)| far < nearest) {
            best = Some((far, it.name));
        }
    }
    best.map(|(_, name)| name)
}

/// Number and form of the arguments of a TLS directive.
fn arguments(nginx: &Nginx, id: DirectiveId, syntax: &Syntax, out: &mut Findings) {
    let directive = nginx.directive(id);
    if directive.args.iter().any(|word| word.placeholder) {
        return;
    }
    let name = syntax.name;
    let count = directive.args.len();
    // `proxy_protocol` is a word of `listen`, and a directive too.
    let swallowed = swallowed(directive).filter(|_| name != "listen");
    let (least, most) = match syntax.arity {
        Arity::Flag => (1, 1),
        Arity::Words(least, most) => (usize::from(least), usize::from(most)),
    };
    let refused = count < least || count > most;
    if let Some((index, word)) = swallowed {
        let effect = if refused {
            format!(
                "nginx does not start or reload: `invalid number of arguments in \"{name}\" directive`, \
                 which is not ended by `;`"
            )
        } else {
            format!(
                "`{name}` is not ended by `;`, so `{word}` is a word of it and not a directive, and has \
                 no effect"
            )
        };
        out.report(effect, nginx.name_at(id), "the `;` of this directive is missing")
            .label(nginx.arg_at(id, index), "read as an argument")
            .help(format!("put a `;` before `{word}`"));
    } else if refused {
        let takes = match (least, most) {
            (1, 1) => "takes one argument".to_owned(),
            (2, 2) => "takes two arguments".to_owned(),
            (_, 255) => "takes at least one argument".to_owned(),
            _ => format!("takes {least} to {most} arguments"),
        };
        out.report(
            format!("nginx does not start or reload: `invalid number of arguments in \"{name}\" directive`"),
            nginx.at(id),
            format!("`{name}` {takes}, and here it has {count}"),
        )
        .help("write the directive with the right number of words, in quotes where one of them has spaces");
    } else if directive.block.is_some() {
        out.report(
            format!("nginx does not start or reload: `directive \"{name}\" is not terminated by \";\"`"),
            nginx.at(id),
            "this directive opens no block",
        )
        .help("end the directive with `;`");
    } else if syntax.arity == Arity::Flag {
        let word = &directive.args[0];
        if word.is_plain() && !word.text.eq_ignore_ascii_case("on") && !word.text.eq_ignore_ascii_case("off")
        {
            out.report(
                format!(
                    "nginx does not start or reload: `invalid value \"{}\" in \"{name}\" directive, it \
                     must be \"on\" or \"off\"`",
                    word.text
                ),
                nginx.arg_at(id, 0),
                "neither `on` nor `off`",
            )
            .help(format!("write `{name} on;` or `{name} off;`"));
        }
    }
}

/// A TLS directive among the arguments of another one: the `;` between them is missing.
fn swallowed(directive: &Directive) -> Option<(usize, &str)> {
    directive
        .args
        .iter()
        .enumerate()
        .skip(1)
        .map(|(index, word)| (index, &*word.text))
        .find(|(_, text)| text.contains('_') && directives::of(text).next().is_some())
}

/// Every directive in a block whose rules are known, simple ones and those that open a block.
pub(super) fn lines(nginx: &Nginx) -> impl Iterator<Item = (ScopeId, DirectiveId, Place)> {
    nginx.places().flat_map(move |(id, scope, place)| {
        let blocks = scope.children.iter().filter_map(|child| nginx.scope(*child).opened_by);
        scope.own.iter().copied().chain(blocks).map(move |line| (id, line, place))
    })
}

/// A byte order mark, which nginx takes for a part of the first word.
pub(crate) fn config_bom(model: &Model, out: &mut Findings) {
    for (_, unit) in model.nginx.running_units() {
        if !unit.bom || unit.name.is_some() || unit.template.is_some() {
            continue;
        }
        // The mark itself is not among the decoded text; what stands first is a part of its word.
        out.report(
            "nginx does not start or reload: it takes the byte order mark at the start of this file for a part of \
             the first word, which makes an unknown directive",
            unit.start(),
            "a byte order mark stands before this word",
        )
        .help("save the file as UTF-8 without a byte order mark");
    }
}

/// A word that does not fit into nginx's buffer.
pub(crate) fn token_too_long(model: &Model, out: &mut Findings) {
    for (_, unit) in model.nginx.running_units() {
        let Some(error) = first_error(unit, SyntaxErrorKind::TokenTooLong) else { continue };
        let quote = error.message.contains("terminating");
        out.report(
            format!("nginx does not start or reload: `{}`", error.message),
            unit.at(error.at),
            if quote {
                "this quote opens more than 4096 bytes"
            } else {
                "this word has more than 4096 bytes"
            },
        )
        .help(if quote {
            "close the quote"
        } else {
            "split the word; nginx reads at most 4096 bytes in one"
        });
    }
}

/// A comment line that does not fit into nginx's buffer.
pub(crate) fn comment_too_long(model: &Model, out: &mut Findings) {
    for (_, unit) in model.nginx.running_units() {
        let Some(error) = first_error(unit, SyntaxErrorKind::CommentTooLong) else { continue };
        out.report(
            format!(
                "nginx does not start or reload: it reads at most 4096 bytes of a comment line, `{}`",
                error.message
            ),
            unit.at(error.at),
            "this comment is longer",
        )
        .help("break the comment into lines");
    }
}
