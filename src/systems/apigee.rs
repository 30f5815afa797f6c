//! Apigee: what the management API gives and takes as XML and JSON, what the Maven plugin and exporters keep, proxies,
//! and property files of a Private Cloud. Files are told by their content; their path says organisation and environment.

mod containers;
mod dumps;
mod endpoints;
mod entities;
mod node;
mod pom;
mod properties;
mod secrets;
mod spelling;
mod stores;

use std::sync::Arc;

use crate::{
    model::{
        Facts, Problem, ProblemKind,
        apigee::{
            Comma, JsonSlip, Kind, Scope, Unit,
            paths::{self, Placed},
        },
    },
    source::{FileId, Location, Source, Span, decode::decode},
    syntax::{json, value::SlipKind, xml},
};

use super::{Input, Probe, ReadBy, System, beyond_xml, comments};

/// See the module.
pub(super) const SYSTEM: System = System { name: "apigee", recognise, read: ReadBy::Whole(read) };

/// Root elements of XML documents that are read here.
const ELEMENTS: &[&str] = &[
    "<VirtualHost",
    "<ResourceReference",
    "<KeyStore",
    "<TargetServer",
    "<ProxyEndpoint",
    "<TargetEndpoint",
    "<ServiceCallout",
    "<MessageLogging",
];
/// Keys that stand in JSON of Apigee and hardly anywhere else.
const KEYS: &[&str] = &[
    "\"envConfig\"",
    "\"sSLInfo\"",
    "\"SSLInfo\"",
    "\"sslInfo\"",
    "\"keystorename\"",
    "\"certsInfo\"",
    "\"aliasName\"",
    "\"certInfo\"",
    "\"useBuiltInFreeTrialCert\"",
    "\"resourceType\"",
    "\"hostAliases\"",
    "\"environmentGroups\"",
];

fn recognise(probe: &Probe<'_>) -> bool {
    let Some(text) = probe.text else { return false };
    let name = probe.file_name();
    if properties::component(&name).is_some() {
        return true;
    }
    let start = text.trim_start_matches('\u{feff}').trim_start();
    match start.as_bytes().first() {
        Some(b'{' | b'[') => {
            KEYS.iter().any(|key| text.contains(key))
                || (name.starts_with("envgroup") && text.contains("\"hostnames\""))
                || Context::of(FileId(0), probe.path).is_telling()
        }
        Some(b'<') if name == "pom.xml" => text.contains("<project"),
        Some(b'<') => {
            // A long comment may stand before the root; the folder says it too.
            let policy = ["apiproxy/", "sharedflowbundle/"].iter().any(|it| probe.path.contains(it));
            (policy && paths::ending(&name) == "xml")
                || ELEMENTS.iter().any(|element| has_element(text, element))
        }
        _ => false,
    }
}

/// The tag as such, not a longer one, and not Apache's `<VirtualHost *:443>`.
fn has_element(text: &str, element: &str) -> bool {
    text.match_indices(element).any(|(at, _)| {
        let rest = &text[at + element.len()..];
        let trimmed = rest.trim_start();
        rest.starts_with(['>', '/'])
            || (rest.starts_with(char::is_whitespace)
                && trimmed.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '>' | '/')))
    })
}

/// Where a file stands and what its path says about it.
#[derive(Clone, Debug)]
struct Context<'p> {
    file: FileId,
    placed: Placed<'p>,
    /// What the file lists, by its name or folder.
    kind: Option<Kind>,
    /// The folder above is one that holds things of one kind, one file each.
    in_kind_folder: bool,
    scope: Arc<Scope>,
}

impl<'p> Context<'p> {
    fn of(file: FileId, path: &'p str) -> Self {
        let placed = paths::place(path);
        let stem = paths::stem(placed.file);
        let folder = placed.below.iter().rev().find_map(|it| containers::kind_of_word(it));
        let in_kind_folder = folder.is_some();
        let kind = folder.or_else(|| containers::kind_of_word(stem));
        let scope = Arc::new(placed.scope.clone());
        Self { file, placed, kind, in_kind_folder, scope }
    }

    /// The path alone tells that this is Apigee's: a list of a kind in a folder of an environment.
    fn is_telling(&self) -> bool {
        self.kind.is_some() && self.placed.scope.environment.is_some()
    }

    fn at(&self, span: Span) -> Location {
        Location::text(self.file, span)
    }
}

fn read(input: &Input<'_>) -> (Source, Facts) {
    let Some((text, encoding)) = decode(input.bytes) else {
        return (Source::unread(input.path), Facts::default());
    };
    let mut source = Source::text(input.path, text, encoding);
    let context = Context::of(input.file, input.path);
    let name = input.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let mut facts = Facts::default();
    let mut unit = Unit::default();
    if let Some(component) = properties::component(&name) {
        properties::read(component, &context, input.path, &mut source, &mut unit, &mut facts);
    } else if source.text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        read_xml(&context, &mut source, &mut unit, &mut facts, name == "pom.xml");
    } else {
        read_json(&context, &mut source, &mut unit, &mut facts);
    }
    if !unit.is_empty() {
        containers::note_layout(&context, input.path, &mut unit);
        facts.apigee = Some(Box::new(unit));
    }
    (source, facts)
}

fn read_xml(context: &Context<'_>, source: &mut Source, unit: &mut Unit, facts: &mut Facts, is_pom: bool) {
    let xml = xml::parse(&source.text);
    if is_pom {
        unit.maven = pom::read(context, &xml);
        facts.problems.extend(beyond_xml(context.file, xml.broken.as_ref()));
        return;
    }
    for root in &xml.roots {
        let node = node::of_element(context, root);
        entities::read_element(context, &node, unit);
    }
    secrets::mask_xml(source, &xml);
    let spans = xml.comments.iter().map(|it| it.span);
    facts.ignores = comments::ignores(context.file, source, spans);
    if let Some(broken) = xml.broken.filter(|it| it.over_limit || !unit.is_empty()) {
        facts.problems.push(problem(context, broken.at, &broken.what, broken.over_limit, "XML"));
    }
}

fn read_json(context: &Context<'_>, source: &mut Source, unit: &mut Unit, facts: &mut Facts) {
    let parsed = json::parse(&source.text);
    for document in &parsed.documents {
        containers::read(context, document, unit);
    }
    let known = !unit.is_empty();
    for document in &parsed.documents {
        secrets::mask_json(source, document);
    }
    // A file whose path says what it is must not be broken in silence.
    let told = context.is_telling() && parsed.broken.is_some();
    if !known && !told {
        return;
    }
    for slip in parsed.slips.iter().filter(|it| it.kind != SlipKind::Template) {
        let (duplicate_of, key) = match slip.kind {
            SlipKind::DuplicateKey { first } => {
                (Some(context.at(first)), Some(source.slice(slip.at).trim_matches('"').to_owned()))
            }
            _ => (None, None),
        };
        unit.slips.push(JsonSlip {
            at: context.at(slip.at),
            what: slip.what.clone(),
            tolerated: slip.kind.tolerated_by_json_simple(),
            duplicate_of,
            key,
            comma: match slip.kind {
                SlipKind::TrailingComma | SlipKind::DoubledComma => Some(Comma::Spare),
                SlipKind::MissingComma => Some(Comma::Missing),
                _ => None,
            },
        });
    }
    let spans = parsed.slips.iter().filter(|it| it.kind == SlipKind::Comment).map(|it| it.at);
    facts.ignores = comments::ignores(context.file, source, spans);
    if let Some(broken) = parsed.broken {
        facts.problems.push(problem(context, broken.at, &broken.what, broken.over_limit, "JSON"));
    }
}

fn problem(context: &Context<'_>, at: Span, what: &str, over_limit: bool, format: &str) -> Problem {
    let kind = if over_limit { ProblemKind::OverLimit } else { ProblemKind::Unreadable };
    Problem { kind, at: context.at(at), message: format!("is no complete {format}: {what}") }
}
