//! What `tlslint.toml` says about machines that a tree cannot say: farms of IIS and folders of certificates, versions of
//! Cisco Meeting Server.

use toml::de::DeTable;

use super::{config::version, fields::Reader};

/// A farm as somebody says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farm {
    /// What it is called.
    pub name: String,
    /// Names of machines, or globs of them.
    pub nodes: Vec<String>,
    /// The shared configuration, or its folder, relative to the file.
    pub shared: Option<String>,
}

/// Reads `[iis]`: its farms, and the folders of the Central Certificate Store relative to the file.
pub(super) fn iis(top: &DeTable<'_>, reader: &mut Reader) -> (Vec<Farm>, Vec<String>) {
    let (mut farms, mut shares) = (Vec::new(), Vec::new());
    let Some(iis) = reader.table(top, "iis") else { return (farms, shares) };
    reader.known(iis, "`[iis]`", &["farm", "ccs"]);
    if let Some(list) = iis.get("farm") {
        let Some(items) = list.get_ref().as_array() else {
            reader.needs(list, "farm", "a list of tables, each under `[[iis.farm]]`");
            return (farms, shares);
        };
        for item in items {
            let Some(table) = item.get_ref().as_table() else {
                reader.needs(item, "farm", "a list of tables, each under `[[iis.farm]]`");
                continue;
            };
            reader.known(table, "`[[iis.farm]]`", &["name", "nodes", "shared"]);
            let nodes: Vec<String> =
                reader.texts(table, "nodes").into_iter().map(|(it, _)| it.to_owned()).collect();
            if nodes.is_empty() {
                reader.wrong(item.span(), "a farm needs `nodes`".to_owned(), "name its machines", None);
            }
            farms.push(Farm {
                name: reader
                    .text(table, "name")
                    .map_or_else(|| "the farm".to_owned(), |(it, _)| it.to_owned()),
                nodes,
                shared: reader.text(table, "shared").map(|(it, _)| it.to_owned()),
            });
        }
    }
    if let Some(list) = iis.get("ccs") {
        let Some(items) = list.get_ref().as_array() else {
            reader.needs(list, "ccs", "a list of tables, each under `[[iis.ccs]]`");
            return (farms, shares);
        };
        for item in items {
            let Some(table) = item.get_ref().as_table() else {
                reader.needs(item, "ccs", "a list of tables, each under `[[iis.ccs]]`");
                continue;
            };
            reader.known(table, "`[[iis.ccs]]`", &["share"]);
            let folder = reader.required(
                table,
                item.span(),
                "share",
                "name the folder of the tree with its `*.pfx` files",
            );
            shares.extend(folder.map(|(it, _)| it.to_owned()));
        }
    }
    (farms, shares)
}

/// Servers of Cisco Meeting Server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeetingServers {
    /// Their version.
    pub version: Option<(u16, u16, u16)>,
    /// Their files, relative to the configuration: a folder, a file or a glob.
    pub path: Option<String>,
    /// What the server of these files is called.
    pub node: Option<String>,
}

/// Reads every `[[cms]]`.
pub(super) fn meeting_servers(top: &DeTable<'_>, reader: &mut Reader) -> Vec<MeetingServers> {
    let mut found = Vec::new();
    let Some(list) = top.get("cms") else { return found };
    let Some(items) = list.get_ref().as_array() else {
        reader.needs(list, "cms", "a list of tables, each under `[[cms]]`");
        return found;
    };
    for item in items {
        let Some(table) = item.get_ref().as_table() else {
            reader.needs(item, "cms", "a list of tables, each under `[[cms]]`");
            continue;
        };
        reader.known(table, "`[[cms]]`", &["version", "path", "node"]);
        let mut servers = MeetingServers {
            version: None,
            path: reader.text(table, "path").map(|(it, _)| it.to_owned()),
            node: reader.text(table, "node").map(|(it, _)| it.to_owned()),
        };
        if let Some((written, at)) = reader.text(table, "version") {
            servers.version = version(written);
            if servers.version.is_none() {
                reader.wrong(
                    at,
                    format!("`{written}` is no version of Cisco Meeting Server"),
                    "such as `3.8`",
                    None,
                );
            }
        }
        if servers == MeetingServers::default() && table.is_empty() {
            reader.wrong(item.span(), "a `[[cms]]` says nothing", "say a `version`", None);
        }
        found.push(servers);
    }
    found
}
