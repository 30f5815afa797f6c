//! Property files of the components of a Private Cloud.

use crate::{
    model::{
        Facts, Said,
        apigee::{Component, ComponentProperties, Unit},
    },
    source::Source,
    syntax::properties,
};

use super::{
    super::{comments, secrets},
    Context,
};

/// The component that a file name stands for.
pub(super) fn component(name: &str) -> Option<Component> {
    Some(match name {
        "router.properties" => Component::Router,
        "message-processor.properties" => Component::MessageProcessor,
        "management-server.properties" => Component::ManagementServer,
        "edge-ui.properties" => Component::EdgeUi,
        _ => return None,
    })
}

pub(super) fn read(
    component: Component,
    context: &Context<'_>,
    path: &str,
    source: &mut Source,
    unit: &mut Unit,
    facts: &mut Facts,
) {
    let entries = properties::parse(&source.text);
    // A file of that name that sets nothing of Edge is somebody else's.
    if !entries.iter().any(|it| it.key.starts_with("conf_") || it.key.starts_with("conf/")) {
        return;
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let host = folder.find("opt/apigee").map_or(folder, |at| folder[..at].trim_end_matches('/'));
    let mut kept = Vec::new();
    for it in &entries {
        let said = |text: &str, span| Said { text: text.to_owned(), at: context.at(span) };
        let secret = secrets::is_secret_name(&it.key);
        if secret {
            source.mask(it.value_span);
        }
        let value = if secret { "" } else { it.value.as_str() };
        kept.push((said(&it.key, it.key_span), said(value, it.value_span)));
    }
    facts.ignores = comments::ignores(context.file, source, properties::comments(&source.text));
    unit.properties.push(ComponentProperties {
        component,
        file: context.file,
        host: host.to_owned(),
        entries: kept,
    });
}
