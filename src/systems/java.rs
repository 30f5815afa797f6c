//! Software in Java that opens keystores: Kafka, ZooKeeper, Tomcat, Spring Boot, Elasticsearch, and whatever a virtual
//! machine is told by its options. Properties, YAML, XML and command lines come down to the same settings.

mod fields;
mod groups;
mod options;
mod tomcat;

use crate::{
    model::{Facts, java::Unit, said::Said},
    source::{FileId, Location, Source, Span, decode::decode},
    syntax::{
        properties,
        value::{Kind, Value},
        xml, yaml,
    },
};

use super::{Input, Probe, ReadBy, System, beyond, beyond_xml, comments, secrets};

/// See the module.
pub(super) const SYSTEM: System = System { name: "java", recognise, read: ReadBy::Whole(read) };

/// Texts that quote settings, and formats that are none.
const NEVER: &[&str] =
    &[".json", ".csv", ".log", ".j2", ".tpl", ".erb", ".tmpl", ".template", ".txt", ".class"];

/// What settings of stores are called in any spelling, letters and digits alone.
const TELLING: &[&str] =
    &["sslkeystore", "ssltruststore", "sslquorumkeystore", "sslquorumtruststore", "sslbundle", "javaxnetssl"];

fn recognise(probe: &Probe<'_>) -> bool {
    let name = probe.file_name();
    let Some(text) = probe.text else { return false };
    if NEVER.iter().any(|ending| name.ends_with(ending)) {
        return false;
    }
    let start = text.trim_start_matches('\u{feff}').trim_start();
    // JSON; a section of a unit file starts with a bracket too.
    if start.starts_with('{')
        || start.strip_prefix('[').is_some_and(|it| it.trim_start().starts_with(['{', '"', '[']))
    {
        return false;
    }
    if start.starts_with('<') {
        return name == "server.xml" || text.contains("<SSLHostConfig") || text.contains("<Connector ");
    }
    match shape(&name, text) {
        Shape::Properties => by_name(&name) || tells(text),
        Shape::Yaml => spring_name(&name) || name == "elasticsearch.yml" || tells(text) || nested(text),
        Shape::Options => true,
        Shape::Xml => false,
    }
}

/// How a file is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Shape {
    Properties,
    Yaml,
    Xml,
    /// A script or a list that hands options to a virtual machine.
    Options,
}

fn shape(name: &str, text: &str) -> Shape {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        Shape::Xml
    } else if text.contains("-Djavax.net.ssl.") || options_name(name) {
        Shape::Options
    } else if matches!(name.rsplit('.').next(), Some("yml" | "yaml")) {
        Shape::Yaml
    } else {
        Shape::Properties
    }
}

/// Names of files that hand options to a virtual machine.
fn options_name(name: &str) -> bool {
    matches!(name, "setenv.sh" | "catalina.sh" | "jvm.options" | "catalina.conf" | ".mavenrc" | ".jvmopts")
        || name == "dockerfile"
        || name.starts_with("dockerfile.")
        || (name.starts_with("jvm.") && name.ends_with(".options"))
}

/// Names of property files that say something about stores behind long comments.
fn by_name(name: &str) -> bool {
    let properties = name.ends_with(".properties");
    let known = ["server", "kafka", "producer", "consumer", "client", "connect", "zookeeper", "broker"];
    name == "zoo.cfg"
        || (properties && (known.iter().any(|it| name.starts_with(it)) || spring_name(name)))
        || (properties && name.contains("ssl"))
}

fn spring_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let known = |word: &str| stem == word || stem.strip_prefix(word).is_some_and(|it| it.starts_with('-'));
    let ending = name.rsplit('.').next().unwrap_or_default();
    matches!(ending, "yml" | "yaml" | "properties") && (known("application") || known("bootstrap"))
}

/// A line sets something about stores.
fn tells(text: &str) -> bool {
    let set = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let key = fields::letters(line.split(['=', ':', ' ']).next().unwrap_or_default());
        TELLING.iter().any(|it| key.contains(it))
    };
    text.lines().filter(|it| !it.trim_start().starts_with(['#', '!', '/', '*', '<'])).any(set)
}

/// `ssl:` with a store below it.
fn nested(text: &str) -> bool {
    let has = |words: &[&str]| {
        text.lines().any(|line| words.contains(&line.trim().split(':').next().unwrap_or_default()))
    };
    has(&["ssl"]) && has(&["key-store", "trust-store", "keyStore", "trustStore", "bundle"])
}

/// One setting, whatever it was written in.
#[derive(Clone, Debug)]
struct Setting {
    /// Its name with dots between its parts.
    key: String,
    /// Where the name stands.
    key_at: Location,
    /// Its value; empty where it is nothing.
    value: Said,
}

fn read(input: &Input<'_>) -> (Source, Facts) {
    let unread = || (Source::unread(input.path), Facts::default());
    let Some((text, encoding)) = decode(input.bytes) else { return unread() };
    let name = input.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let file = input.file;
    let mut masked: Vec<Span> = Vec::new();
    let mut remarks: Vec<Span> = Vec::new();
    let mut unit = Unit::default();
    let mut problem = None;
    match shape(&name, &text) {
        Shape::Xml => {
            let parsed = xml::parse(&text);
            problem = beyond_xml(file, parsed.broken.as_ref());
            unit.users = tomcat::users(file, &parsed);
            let attributes = parsed.elements().flat_map(|it| &it.attributes);
            masked.extend(attributes.filter(|it| hides(&it.name)).map(|it| it.value_span));
            remarks.extend(parsed.comments.iter().map(|it| it.span));
        }
        Shape::Options => {
            let settings = options::settings(file, &text);
            masked.extend(secret_values(&settings));
            masked.extend(options::secrets(&text));
            unit.users = groups::of_options(&settings);
            remarks.extend(options::comments(&text));
        }
        Shape::Yaml => {
            let parsed = yaml::parse(&text);
            if parsed.broken.is_some() {
                let problems = beyond(file, parsed.broken.as_ref()).into_iter().collect();
                return (Source::unread(input.path), Facts { problems, ..Facts::default() });
            }
            for document in &parsed.documents {
                let mut settings = Vec::new();
                flatten(file, document, "", &mut settings);
                masked.extend(secret_values(&settings));
                unit.users.extend(groups::of(&settings, &name));
            }
            remarks.extend(yaml::comments(&text));
        }
        Shape::Properties => {
            let settings = of_properties(file, &text);
            masked.extend(secret_values(&settings));
            masked.extend(options::secrets(&text));
            unit.users = groups::of(&settings, &name);
            remarks.extend(properties::comments(&text));
        }
    }
    let problems = problem.into_iter().collect();
    if unit.users.is_empty() {
        return (Source::unread(input.path), Facts { problems, ..Facts::default() });
    }
    let mut source = Source::text(input.path, text, encoding);
    let facts = Facts {
        ignores: comments::ignores(file, &source, remarks),
        java: Some(Box::new(unit)),
        problems,
        ..Facts::default()
    };
    for span in masked {
        source.mask(span);
    }
    (source, facts)
}

/// Whether a name is that of a secret in software of Java: `keystorePass` too.
fn hides(name: &str) -> bool {
    let folded = fields::letters(name);
    let harmless = folded.ends_with("file") || folded.ends_with("path") || folded.ends_with("location");
    !harmless && (secrets::is_secret_name(name) || folded.ends_with("pass"))
}

fn secret_values(settings: &[Setting]) -> Vec<Span> {
    let inline = |it: &Setting| it.value.text.contains("PRIVATE KEY");
    let login = |it: &Setting| fields::letters(&it.key).ends_with("jaasconfig");
    let secret = settings.iter().filter(|it| hides(&it.key) || login(it) || inline(it));
    secret
        .filter_map(|it| match it.value.at.place {
            crate::source::Place::Text(span) => Some(span),
            _ => None,
        })
        .collect()
}

/// Properties, and lines of an environment file that look like them.
fn of_properties(file: FileId, text: &str) -> Vec<Setting> {
    let entries = properties::parse(text);
    entries
        .into_iter()
        .filter_map(|it| {
            let (mut key, mut value) = (it.key, it.value.trim_end().to_owned());
            // The value as it is written, without the blanks around it and the quotes of a shell.
            let written = text.get(it.value_span.range())?.trim_end();
            let mut span =
                Span::new(it.value_span.start as usize, it.value_span.start as usize + written.len());
            let mut raw = written;
            if key == "export" {
                // `export NAME=value` is a key and the rest to Java.
                let (name, rest) = value.split_once('=')?;
                (key, value) = (name.to_owned(), rest.to_owned());
                raw = raw.split_once('=')?.1;
                span = Span::new(span.end as usize - raw.len(), span.end as usize);
            }
            let quotes =
                |text: &str, quote: char| text.len() >= 2 && text.starts_with(quote) && text.ends_with(quote);
            if ['"', '\''].into_iter().any(|it| quotes(&value, it) && quotes(raw, it)) {
                value.pop();
                value.remove(0);
                span = Span::new(span.start as usize + 1, span.end as usize - 1);
            }
            let value = Said { text: value, at: Location::text(file, span) };
            Some(Setting { key, key_at: Location::text(file, it.key_span), value })
        })
        .collect()
}

/// The scalars of a YAML document under their whole names.
fn flatten(file: FileId, value: &Value, above: &str, settings: &mut Vec<Setting>) {
    for member in value.members() {
        let key = if above.is_empty() { member.key.clone() } else { format!("{above}.{}", member.key) };
        match &member.value.kind {
            Kind::Map(_) => flatten(file, &member.value, &key, settings),
            Kind::List(items) if items.iter().any(|it| it.as_map().is_some()) => {
                for (index, item) in items.iter().enumerate() {
                    flatten(file, item, &format!("{key}.{index}"), settings);
                }
            }
            Kind::List(items) => {
                let words: Vec<&str> = items.iter().filter_map(Value::text_like).collect();
                let at = items.first().map_or(member.key_span, |it| it.inner);
                let value = Said { text: words.join(","), at: Location::text(file, at) };
                settings.push(Setting { key, key_at: Location::text(file, member.key_span), value });
            }
            _ => {
                let Some(text) = member.value.text_like() else { continue };
                let value = Said { text: text.to_owned(), at: Location::text(file, member.value.inner) };
                settings.push(Setting { key, key_at: Location::text(file, member.key_span), value });
            }
        }
    }
}

#[cfg(test)]
mod tests;
