//! `server.xml` of Tomcat: connectors with what they show and trust, as versions up to 9 write it into the connector and
//! later ones below it.

use crate::{
    model::{
        java::{ClientAuth, NamedFile, NamedStore, PemFiles, Program, User},
        said::Said,
    },
    source::{FileId, Location},
    syntax::xml::{Attribute, Element, Xml},
};

use super::groups::{client_auth, password, words};

/// Those who open stores in a document.
pub(super) fn users(file: FileId, xml: &Xml) -> Vec<User> {
    let connectors = xml.elements().filter(|it| it.local() == "Connector");
    connectors.flat_map(|it| of_connector(file, it)).collect()
}

fn of_connector(file: FileId, connector: &Element) -> Vec<User> {
    let title = match connector.attribute("port") {
        Some(port) => format!("the Tomcat connector on port {}", port.value.trim()),
        None => "a Tomcat connector".to_owned(),
    };
    let on =
        connector.attribute("SSLEnabled").is_none_or(|it| !it.value.trim().eq_ignore_ascii_case("false"));
    let hosts: Vec<&Element> = connector.children.iter().filter(|it| it.local() == "SSLHostConfig").collect();
    if hosts.is_empty() {
        let speaks = connector.attribute("SSLEnabled").is_some_and(|it| it.value.trim() == "true");
        return of_certificate(file, &title, speaks, connector, None, connector).into_iter().collect();
    }
    let mut users = Vec::new();
    for host in hosts {
        let name =
            host.attribute("hostName").map(|it| said(file, it)).filter(|it| it.trimmed() != "_default_");
        let title = match &name {
            Some(name) => format!("{title} for host `{}`", name.trimmed()),
            None => title.clone(),
        };
        let certificates: Vec<&Element> =
            host.children.iter().filter(|it| it.local() == "Certificate").collect();
        if certificates.is_empty() {
            users.extend(of_certificate(file, &title, on, connector, Some(host), host));
        }
        for certificate in certificates {
            users.extend(of_certificate(file, &title, on, connector, Some(host), certificate));
        }
        if let Some(name) = name {
            let from = users.len().saturating_sub(host.children.len().max(1));
            for user in users.iter_mut().skip(from).filter(|it| it.title == title) {
                user.hosts = vec![name.clone()];
            }
        }
    }
    users
}

/// What one certificate of a connector is made of: attributes of the certificate, of its host, or of the connector.
fn of_certificate(
    file: FileId,
    title: &str,
    on: bool,
    connector: &Element,
    host: Option<&Element>,
    certificate: &Element,
) -> Option<User> {
    let find = |element: Option<&Element>, names: &[&str]| -> Option<(String, Said)> {
        let element = element?;
        names.iter().find_map(|name| {
            let attribute = element.attribute(name)?;
            let said = said(file, attribute);
            (!said.is_blank()).then(|| (attribute.name.clone(), said))
        })
    };
    let own = Some(certificate);
    let legacy = Some(connector);
    let key =
        |new: &[&str], old: &[&str]| find(own, new).or_else(|| find(host, new)).or_else(|| find(legacy, old));
    let trust = |new: &[&str], old: &[&str]| find(host, new).or_else(|| find(legacy, old));
    let value = |it: Option<(String, Said)>| it.map(|(_, said)| said);
    let named = |it: Option<(String, Said)>| it.map(|(setting, path)| NamedFile { setting, path });
    let key_store = key(&["certificateKeystoreFile"], &["keystoreFile"]).map(|(setting, path)| NamedStore {
        setting,
        path,
        kind: value(key(&["certificateKeystoreType"], &["keystoreType"])),
        password: value(key(&["certificateKeystorePassword"], &["keystorePass"])).map(password),
        password_file: value(key(&["certificateKeystorePasswordFile"], &[])),
    });
    let trust_store = trust(&["truststoreFile"], &["truststoreFile"]).map(|(setting, path)| NamedStore {
        setting,
        path,
        kind: value(trust(&["truststoreType"], &["truststoreType"])),
        password: value(trust(&["truststorePassword"], &["truststorePass"])).map(password),
        password_file: None,
    });
    let pem = PemFiles {
        certificate: named(key(&["certificateFile"], &["SSLCertificateFile"])),
        key: named(key(&["certificateKeyFile"], &["SSLCertificateKeyFile"])),
        chain: named(key(&["certificateChainFile"], &["SSLCertificateChainFile"])),
        authorities: named(trust(&["caCertificateFile"], &["SSLCACertificateFile"])),
    };
    let nothing = key_store.is_none() && trust_store.is_none() && pem.certificate.is_none();
    if nothing && pem.authorities.is_none() {
        return None;
    }
    let asked = value(trust(&["certificateVerification"], &["clientAuth", "SSLVerifyClient"]));
    let protocols = value(find(host, &["protocols"]).or_else(|| find(legacy, &["sslEnabledProtocols"])));
    Some(User {
        program: Program::Tomcat,
        title: title.to_owned(),
        at: Location::text(file, connector.name_span),
        server: true,
        on,
        key_store,
        trust_store,
        alias: value(key(&["certificateKeyAlias"], &["keyAlias"])),
        key_password: value(key(&["certificateKeyPassword"], &["keyPass"])).map(password),
        pem,
        client_auth: asked.map_or(ClientAuth::Unsaid, |it| client_auth(&it)),
        peers: None,
        protocols: protocols.map_or_else(Vec::new, |it| words(&it)),
        hosts: Vec::new(),
    })
}

fn said(file: FileId, attribute: &Attribute) -> Said {
    Said { text: attribute.value.clone(), at: Location::text(file, attribute.value_span) }
}
