//! `pom.xml`: which environments the Maven profiles name, which tokens are replaced, and how old the plugin is.

use crate::{
    model::{Said, apigee::Maven},
    syntax::xml::{Element, Xml},
};

use super::Context;

/// `None` where the project has nothing to do with Apigee.
pub(super) fn read(context: &Context<'_>, xml: &Xml) -> Option<Maven> {
    let mut maven = Maven {
        file: context.file,
        environments: Vec::new(),
        tokens: Vec::new(),
        plugin: None,
        version: None,
        options: None,
    };
    let mut ours = false;
    for element in xml.elements() {
        let text = element.trimmed_text();
        let said = || Said { text: text.to_owned(), at: context.at(element.text_span) };
        match element.local() {
            "apigee.env" if !text.is_empty() => {
                ours = true;
                maven.environments.push(said());
            }
            "profile" => {
                if let Some(id) = element.child("id") {
                    let at = context.at(id.text_span);
                    maven.environments.push(Said { text: id.trimmed_text().to_owned(), at });
                }
            }
            "apigee.config.options" if !text.is_empty() => {
                ours = true;
                maven.options = Some(said());
            }
            "token" if !text.is_empty() => maven.tokens.push(text.to_owned()),
            "plugin" | "dependency" if is_config_plugin(element) => {
                ours = true;
                let version = element.child("version");
                maven.plugin = version.and_then(|it| it.trimmed_text().split('.').next()?.parse().ok());
                maven.version = version
                    .map(|it| Said { text: it.trimmed_text().to_owned(), at: context.at(it.text_span) });
            }
            local => ours |= local.starts_with("apigee."),
        }
    }
    ours.then_some(maven)
}

fn is_config_plugin(element: &Element) -> bool {
    element.child("artifactId").is_some_and(|it| it.trimmed_text().starts_with("apigee-config-maven-plugin"))
}
