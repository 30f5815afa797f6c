//! Apigee hybrid: `overrides.yaml` of all versions, values and `Chart.yaml` of its charts, the resources
//! `ApigeeRoute`, `ApigeeRouteConfig` and `Secret` of Kubernetes.

mod overrides;
mod resources;
mod yaml;

use crate::{
    model::{
        Facts,
        hybrid::{Fault, Repeated, Unit},
        said::Said,
    },
    source::{FileId, Location, Source, Span, decode::decode},
    syntax::{
        value::{Broken, Parsed, SlipKind},
        yaml as format,
    },
};

use super::{Input, Probe, ReadBy, System, beyond, comments, kubernetes, secrets};

/// See the module.
pub(super) const SYSTEM: System = System { name: "hybrid", recognise, read: ReadBy::Whole(read) };

/// Formats that are none, and texts that quote YAML.
const NEVER: &[&str] = &[
    ".md.txt",
    ".json",
    ".xml",
    ".toml",
    ".ini",
    ".sh",
    ".bash",
    ".ps1",
    ".csv",
    ".log",
    ".conf",
    ".properties",
];

/// Keys at the top of overrides that little else has.
const OWN: &[&str] = &[
    "k8sCluster",
    "k8sClusterName",
    "gcpProjectID",
    "instanceID",
    "virtualhosts",
    "mart",
    "connectAgent",
    "synchronizer",
    "udca",
    "orgscopedUDCA",
    "ingressGateways",
    "apigeeIngressGateway",
    "enhanceProxyLimits",
];
/// Keys at the top of overrides that others have too.
const SHARED: &[&str] = &[
    "org",
    "envs",
    "gcp",
    "cassandra",
    "runtime",
    "watcher",
    "metrics",
    "logger",
    "namespace",
    "guardrails",
    "hub",
];

fn recognise(probe: &Probe<'_>) -> bool {
    let name = probe.file_name();
    let Some(text) = probe.text else { return false };
    if NEVER.iter().any(|ending| name.ends_with(ending))
        || text.starts_with(['{', '<'])
        || text.starts_with("#!")
    {
        return false;
    }
    if is_part_of_chart(probe.path) {
        return false;
    }
    if name == "chart.yaml" {
        // The name of the chart may stand behind its picture.
        let folder = probe.path.rsplit('/').nth(1).unwrap_or_default();
        return folder.starts_with("apigee") || text.lines().any(|line| line.starts_with("name: apigee-"));
    }
    let keys: Vec<&str> = text.lines().filter_map(key_at_top).collect();
    if text.lines().any(is_own_kind) {
        return true;
    }
    if keys.is_empty() {
        // A head of comments says nothing; the name that everybody uses does.
        let comments = text.lines().all(|line| line.trim().is_empty() || line.starts_with('#'));
        return comments && (name.starts_with("overrides") || name.starts_with("values")) && !text.is_empty();
    }
    has_anchors(&keys) || {
        let has = |key: &str| keys.contains(&key);
        let says = |word: &str| text.contains(word);
        (has("virtualhosts") || has("envs"))
            && (says("sslCertPath:") || says("sslSecret:") || says("ingress_name:"))
    }
}

/// Templates and tests of a chart of Apigee: they look like what they are made of, and nobody installs them so.
fn is_part_of_chart(path: &str) -> bool {
    let folders: Vec<&str> = path.split('/').collect();
    folders.windows(2).any(|two| two[0].starts_with("apigee-") && matches!(two[1], "templates" | "tests"))
}

/// Several keys at the top that overrides have, one of them their own.
fn has_anchors(keys: &[&str]) -> bool {
    let count = |known: &[&str]| known.iter().filter(|key| keys.contains(key)).count();
    let (own, shared) = (count(OWN), count(SHARED));
    own >= 1 && own + shared >= 3
}

/// The key of a line that is not indented.
fn key_at_top(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(':')?;
    key.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        .then_some(key)
        .filter(|it| !it.is_empty())
}

/// `kind: Secret` and the like.
fn is_own_kind(line: &str) -> bool {
    let Some(kind) = line.strip_prefix("kind:") else { return false };
    let kind = kind.split(" #").next().unwrap_or_default();
    matches!(kind.trim().trim_matches(['"', '\'']), "ApigeeRoute" | "ApigeeRouteConfig" | "Secret")
}

/// Reads a file to facts. YAML that is about something else gives none.
pub(super) fn read(input: &Input<'_>) -> (Source, Facts) {
    let Some((text, encoding)) = decode(input.bytes) else {
        return (Source::unread(input.path), Facts::default());
    };
    let parsed = format::parse(&text);
    let unit = unit(input, &text, &parsed);
    let secrets = secret_spans(&text, &parsed);
    let mut source = Source::text(input.path, text, encoding);
    let mut facts = Facts::default();
    facts.problems.extend(beyond(input.file, parsed.broken.as_ref()));
    let Some(secrets) = secrets else {
        return (Source::unread(input.path), facts);
    };
    if !unit.is_empty() {
        facts.ignores = comments::ignores(input.file, &source, format::comments(&source.text));
        facts.hybrid = Some(Box::new(unit));
    }
    if parsed.broken.is_none() {
        kubernetes::gather(input.file, &parsed.documents, &mut facts);
    }
    for span in secrets {
        source.mask(span);
    }
    (source, facts)
}

fn unit(input: &Input<'_>, text: &str, parsed: &Parsed) -> Unit {
    let mut unit = Unit::default();
    let file = input.file;
    if let Some(broken) = &parsed.broken {
        // Helm takes nothing of a file that is no YAML, and neither is anything judged of it.
        unit.fault = fault(file, text, broken);
        return unit;
    }
    for document in &parsed.documents {
        if input.path.ends_with("Chart.yaml") || input.path.ends_with("chart.yaml") {
            unit.chart = unit.chart.take().or_else(|| resources::chart(file, input.path, document));
            continue;
        }
        if let Some(overrides) = overrides::read(file, document) {
            unit.overrides.push(overrides);
            unit.repeated.extend(repeated(file, text, parsed, document.span));
        }
        resources::read(file, document, &mut unit);
    }
    unit
}

/// Where overrides stop to be YAML. Templates become YAML later.
fn fault(file: FileId, text: &str, broken: &Broken) -> Option<Fault> {
    let template = ["{{", "{%", "<%"].iter().any(|mark| text.contains(mark));
    let keys: Vec<&str> = text.lines().filter_map(key_at_top).collect();
    let ours = has_anchors(&keys)
        || keys.contains(&"virtualhosts") && (text.contains("sslCertPath:") || text.contains("sslSecret:"));
    (ours && !template && !broken.over_limit)
        .then(|| Fault { at: Location::text(file, broken.at), what: broken.what.clone() })
}

/// Keys that a map of a document holds twice.
fn repeated(file: FileId, text: &str, parsed: &Parsed, document: Span) -> Vec<Repeated> {
    let inside = |span: Span| document.start <= span.start && span.end <= document.end;
    let slips = parsed.slips.iter().filter(|slip| inside(slip.at));
    slips
        .filter_map(|slip| {
            let SlipKind::DuplicateKey { first } = &slip.kind else { return None };
            let key = text.get(slip.at.range())?.trim_matches(['"', '\'']).to_owned();
            let again = Said { text: key, at: Location::text(file, slip.at) };
            // Merged maps may say a key again; that is what they are for.
            (again.text != "<<").then(|| Repeated { again, first: Location::text(file, *first) })
        })
        .collect()
}

/// What must not be shown: values of secrets, and private keys wherever they stand. `None` where that cannot be told.
fn secret_spans(text: &str, parsed: &Parsed) -> Option<Vec<Span>> {
    if parsed.broken.is_some() {
        let holds_secrets = text.lines().any(is_own_kind) || text.contains("PRIVATE KEY-----");
        return (!holds_secrets).then(Vec::new);
    }
    let mut spans = Vec::new();
    for document in &parsed.documents {
        resources::secret_values(document, &mut spans);
        secrets::private_keys(document, &mut spans);
    }
    Some(spans)
}

#[cfg(test)]
mod tests;
