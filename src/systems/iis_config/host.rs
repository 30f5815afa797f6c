//! `applicationHost.config`, whole or a part of it, `web.config`, `redirection.config`, `administration.config`.

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};

use crate::{
    model::{
        Said,
        iis::{
            Access, Administration, Configuration, ConfigurationKind, Mapping, Metadata, ProviderKey,
            Redirection, Unit,
        },
    },
    source::Span,
    syntax::xml::{Element, Xml},
};

use super::{document::Reader, secrets::ENCRYPTED, sites};

/// The words of `access@sslFlags` with their bits.
const ACCESS: &[(&str, u32)] =
    &[("Ssl", 8), ("SslNegotiateCert", 32), ("SslRequireCert", 64), ("SslMapCert", 128), ("Ssl128", 256)];

/// The property of a site's certificate in the metabase of IIS 6.
const CERTIFICATE_HASH: &str = "5506";

/// What a document says.
pub(super) fn read(reader: &mut Reader, xml: &Xml, kind: ConfigurationKind, unit: &mut Unit) {
    let Some(root) = xml.root() else { return };
    let mut found = Found {
        configuration: Configuration {
            kind,
            at: reader.at(root.open_span),
            sites: Vec::new(),
            access: Vec::new(),
            providers: Vec::new(),
            encrypted: encrypted(xml).map(|it| reader.at(it)),
            mappings: Vec::new(),
            metadata: Vec::new(),
            misspelt: Vec::new(),
        },
        redirections: Vec::new(),
        administrations: Vec::new(),
    };
    for root in &xml.roots {
        walk(reader, root, None, &mut found);
    }
    let Found { mut configuration, mut redirections, administrations } = found;
    let misspelt = std::mem::take(&mut reader.misspelt);
    let redirects = !redirections.is_empty();
    if redirects && configuration.sites.is_empty() {
        redirections[0].misspelt = misspelt;
    } else {
        configuration.misspelt = misspelt;
    }
    let says = match kind {
        ConfigurationKind::ApplicationHost | ConfigurationKind::Express => true,
        ConfigurationKind::Printed => !configuration.sites.is_empty() || !configuration.access.is_empty(),
        ConfigurationKind::Fragment | ConfigurationKind::Web => {
            !(configuration.sites.is_empty()
                && configuration.access.is_empty()
                && configuration.mappings.is_empty()
                && configuration.metadata.is_empty())
        }
    };
    if says && !(redirects && configuration.sites.is_empty()) && administrations.is_empty() {
        unit.configurations.push(configuration);
    }
    unit.redirections.extend(redirections);
    unit.administrations.extend(administrations.into_iter().take(1));
}

struct Found {
    configuration: Configuration,
    redirections: Vec<Redirection>,
    administrations: Vec<Administration>,
}

/// Goes down to what says something; `path` is that of the `location` around it.
fn walk(reader: &mut Reader, element: &Element, path: Option<&Said>, found: &mut Found) {
    let configuration = &mut found.configuration;
    if reader.is(element, "sites") {
        sites::read_sites(reader, element, &mut configuration.sites);
    } else if element.name == "SITE" && element.attribute("SITE.NAME").is_some() {
        let site = sites::read_printed(reader, element);
        configuration.sites.push(site);
    } else if reader.is(element, "site") {
        let site = sites::read_site(reader, element);
        configuration.sites.push(site);
    } else if reader.is(element, "siteDefaults") {
        configuration.sites.extend(sites::read_defaults(reader, element));
    } else if reader.is(element, "bindings") && !element.children.iter().any(|it| it.name == "add") {
        let mut site = sites::read_site(reader, element);
        site.bindings = sites::read_bindings(reader, element);
        site.name = None;
        configuration.sites.extend((!site.bindings.is_empty()).then_some(site));
    } else if reader.is(element, "security") {
        read_security(reader, element, path, configuration);
    } else if reader.is(element, "access") {
        // A fragment that begins inside of `security`.
        configuration.access.extend(read_access(reader, element, path));
    } else if reader.is(element, "customMetadata") {
        for key in &element.children {
            read_metadata(reader, key, configuration);
        }
    } else if reader.is(element, "configProtectedData") {
        read_providers(reader, element, configuration);
    } else if reader.is(element, "configurationRedirection") {
        let redirection = read_redirection(reader, element);
        found.redirections.push(redirection);
    } else if reader.is(element, "moduleProviders") {
        found.administrations.extend(read_administration(reader, element));
    } else if reader.is(element, "location") {
        let own = reader.attribute(element, "path");
        let own = own.filter(|it| !it.is_blank() && it.trimmed() != ".");
        for child in &element.children {
            walk(reader, child, own.as_ref().or(path), found);
        }
    } else if GROUPS.iter().any(|it| reader.is(element, it)) || matches!(&*element.name, "appcmd" | "CONFIG")
    {
        for child in &element.children {
            walk(reader, child, path, found);
        }
    }
}

/// Elements that hold what is looked for, and say nothing themselves.
const GROUPS: &[&str] = &["configuration", "system.applicationHost", "system.webServer"];

fn read_security(reader: &mut Reader, security: &Element, path: Option<&Said>, into: &mut Configuration) {
    for child in &security.children {
        if reader.is(child, "access") {
            into.access.extend(read_access(reader, child, path));
        } else if reader.is(child, "authentication") {
            for method in &child.children {
                if reader.is(method, "iisClientCertificateMappingAuthentication") {
                    into.mappings.push(read_mapping(reader, method, path, true));
                } else if reader.is(method, "clientCertificateMappingAuthentication") {
                    into.mappings.push(read_mapping(reader, method, path, false));
                }
            }
        }
    }
}

fn read_access(reader: &mut Reader, element: &Element, path: Option<&Said>) -> Option<Access> {
    let flags = reader.attribute(element, "sslFlags")?;
    let words = access_words(&flags);
    Some(Access { at: reader.at(element.open_span), path: path.cloned(), flags: Some(flags), words })
}

/// The words of `sslFlags`, in the case that the schema has; of a number the words of its bits.
fn access_words(flags: &Said) -> Vec<String> {
    if flags.is_placeholder() {
        return Vec::new();
    }
    let text = flags.trimmed();
    let number =
        text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |it| u32::from_str_radix(it, 16).ok());
    if let Some(bits) = number {
        let words: Vec<String> =
            ACCESS.iter().filter(|(_, bit)| bits & bit != 0).map(|(word, _)| (*word).to_owned()).collect();
        return if words.is_empty() { vec!["None".to_owned()] } else { words };
    }
    let canonical = |word: &str| {
        let known =
            ACCESS.iter().map(|(known, _)| *known).chain(["None"]).find(|it| it.eq_ignore_ascii_case(word));
        known.unwrap_or(word).to_owned()
    };
    text.split([',', '|']).map(str::trim).filter(|it| !it.is_empty()).map(canonical).collect()
}

fn read_mapping(reader: &mut Reader, element: &Element, path: Option<&Said>, is_iis: bool) -> Mapping {
    let mut mapping = Mapping {
        at: reader.at(element.open_span),
        path: path.cloned(),
        is_iis,
        enabled: reader.attribute(element, "enabled"),
        certificates: Vec::new(),
        plain_passwords: Vec::new(),
    };
    for list in &element.children {
        let one = reader.is(list, "oneToOneMappings");
        if !one && !reader.is(list, "manyToOneMappings") {
            continue;
        }
        for entry in list.children.iter().filter(|it| it.name.eq_ignore_ascii_case("add")) {
            if one {
                mapping.certificates.extend(reader.attribute(entry, "certificate"));
            }
            mapping
                .plain_passwords
                .extend(reader.attribute(entry, "password").filter(is_plain).map(|it| it.at));
        }
    }
    mapping
}

/// A password that anybody who reads the file knows.
fn is_plain(password: &Said) -> bool {
    !password.is_blank() && !password.trimmed().starts_with(ENCRYPTED) && !password.is_placeholder()
}

fn read_metadata(reader: &mut Reader, key: &Element, into: &mut Configuration) {
    let path =
        key.attribute_ignoring_case("path").map(|it| it.value.to_ascii_uppercase()).unwrap_or_default();
    let site = path.trim_matches('/').strip_prefix("LM/W3SVC/").map(|it| it.split('/').next().unwrap_or(it));
    let site =
        site.filter(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned);
    for property in key.children.iter().filter(|it| it.name.eq_ignore_ascii_case("property")) {
        if property.attribute("id").is_none_or(|it| it.value.trim() != CERTIFICATE_HASH) {
            continue;
        }
        let bytes = property.attribute("value").and_then(|it| BASE64.decode(it.value.trim().as_bytes()).ok());
        let hash = bytes.filter(|it| matches!(it.len(), 20 | 32)).map(|it| HEXLOWER.encode(&it));
        into.metadata.push(Metadata { at: reader.at(property.open_span), site: site.clone(), hash });
    }
}

fn read_providers(reader: &mut Reader, element: &Element, into: &mut Configuration) {
    let Some(providers) = reader.child(element, "providers") else { return };
    for add in providers.children.iter().filter(|it| it.name.eq_ignore_ascii_case("add")) {
        let Some(name) = reader.attribute(add, "name") else { continue };
        // A session key tells machines apart by being equal or not; nobody has to see it.
        let session = reader.attribute(add, "sessionKey").filter(|it| !it.is_blank());
        let session = session.map(|it| ProviderKey {
            name: HEXLOWER.encode(&Sha256::digest(it.text.as_bytes())[..8]),
            at: it.at,
        });
        let key = session.or_else(|| {
            let container = reader.attribute(add, "keyContainerName")?;
            Some(ProviderKey { name: container.text, at: container.at })
        });
        into.providers.extend(key.map(|key| (name, key)));
    }
}

fn read_redirection(reader: &mut Reader, element: &Element) -> Redirection {
    Redirection {
        at: reader.at(element.open_span),
        enabled: reader.attribute(element, "enabled"),
        path: reader.attribute(element, "path"),
        user: reader.attribute(element, "userName"),
        plain_password: reader.attribute(element, "password").filter(is_plain).map(|it| it.at),
        polling: reader.attribute(element, "enableUncPolling"),
        misspelt: Vec::new(),
    }
}

/// The version of the modules that IIS itself brings; others have versions of their own.
fn read_administration(reader: &Reader, providers: &Element) -> Option<Administration> {
    const OWN: &str = ", Microsoft.Web.Management.Iis, Version=";
    providers.children.iter().find_map(|add| {
        let assembly = add.attribute("type")?;
        let start = assembly.value.find(OWN)? + OWN.len();
        let rest = &assembly.value[start..];
        let version = &rest[..rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len())];
        let span = assembly.value_span;
        let exact = assembly.value.len() == span.range().len();
        let from = span.start as usize + start;
        let span = if exact { Span::new(from, from + version.len()) } else { span };
        Some(Administration { at: reader.at(add.open_span), version: reader.said(version, span) })
    })
}

/// The first value that is encrypted for a machine.
fn encrypted(xml: &Xml) -> Option<Span> {
    let attributes = xml.elements().flat_map(|it| &it.attributes);
    let mut own = attributes.filter(|it| it.value.trim_start().starts_with(ENCRYPTED));
    own.next().map(|it| it.value_span)
}
