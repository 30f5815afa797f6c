//! Keystores and truststores, and what the Maven plugin shall put into them.

use crate::model::{
    Said, Secret,
    apigee::{AliasDefinition, Origin, StoreAlias, unit::Store},
};

use super::{
    Context,
    entities::{last_part, name},
    node::{Format, Node},
};

pub(super) fn store(context: &Context<'_>, node: &Node, origin: Origin) -> Option<Store> {
    let name = last_part(name(node)?);
    let aliases = match node.format {
        Format::Xml => node.child("Aliases").map(|list| {
            let item = |it: &Node| listed(it.text("AliasName")?, it.text("Key"));
            list.children.iter().filter_map(item).collect()
        }),
        Format::Json => node.child("aliases").filter(|it| it.is_list).map(|list| {
            let item = |it: &Node| match &it.value {
                // X lists names and says nothing about keys.
                Some(name) => Some(StoreAlias { name: name.clone(), has_key: None }),
                None => listed(it.text("aliasName").or_else(|| it.text("alias"))?, it.text("key")),
            };
            list.children.iter().filter_map(item).collect()
        }),
    };
    Some(Store { scope: context.scope.clone(), origin, at: name.at, name, aliases })
}

/// An empty name of a key means that there is none.
fn listed(name: Said, key: Option<Said>) -> Option<StoreAlias> {
    (!name.text.is_empty()).then(|| StoreAlias { name, has_key: key.map(|it| !it.is_blank()) })
}

pub(super) fn definition(context: &Context<'_>, node: &Node, origin: Origin) -> AliasDefinition {
    let alias = node.text("alias");
    let password = node.text("password").filter(|it| !it.is_blank());
    let secret = password.as_ref().filter(|it| !it.is_placeholder());
    AliasDefinition {
        scope: context.scope.clone(),
        origin,
        at: alias.as_ref().map_or(node.at, |it| it.at),
        alias,
        store: node.text("keystorename"),
        format: node.text("format"),
        certificate: node.text("certFilePath"),
        key: node.text("keyFilePath"),
        bundle: node.text("filePath"),
        secret: secret.map(|it| Secret::new(it.text.clone().into_bytes())),
        password: password.map(|it| it.at),
        ignore_expiry: node.text("ignoreExpiryValidation"),
        has_subject: node.has("subject"),
    }
}
