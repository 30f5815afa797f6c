//! What `tlslint.toml` says about machines that a tree cannot say: farms of IIS and folders of certificates, appliances
//! of OpenManage Enterprise, names of vCenter, versions of Cisco Meeting Server.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use toml::de::DeTable;

use super::{
    config::version,
    fields::{Reader, Value},
    suggest,
};

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

/// The name of a machine of vCenter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VcenterNode {
    /// Its primary network identifier.
    pub pnid: String,
    /// The folder with its files, relative to the file.
    pub path: Option<String>,
}

/// Reads `[[vcenter]]`.
pub(super) fn vcenters(top: &DeTable<'_>, reader: &mut Reader) -> Vec<VcenterNode> {
    let mut found = Vec::new();
    let Some(list) = top.get("vcenter") else { return found };
    let Some(items) = list.get_ref().as_array() else {
        reader.needs(list, "vcenter", "a list of tables, each under `[[vcenter]]`");
        return found;
    };
    for item in items {
        let Some(table) = item.get_ref().as_table() else {
            reader.needs(item, "vcenter", "a list of tables, each under `[[vcenter]]`");
            continue;
        };
        reader.known(table, "`[[vcenter]]`", &["pnid", "path"]);
        let pnid =
            reader.required(table, item.span(), "pnid", "the name under which the machine was installed");
        let path = reader.text(table, "path").map(|(it, _)| it.trim_end_matches('/').to_owned());
        found.extend(pnid.map(|(pnid, _)| VcenterNode { pnid: pnid.to_owned(), path }));
    }
    found
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

/// An appliance of OpenManage Enterprise as somebody says it. Paths are relative to the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appliance {
    /// What it is called.
    pub name: String,
    /// The request that it gave.
    pub csr: Option<String>,
    /// What is uploaded to it.
    pub chain: String,
    /// `true` for a chain, `false` for a single certificate.
    pub as_chain: Option<bool>,
    /// What is uploaded to the other appliance of a migration.
    pub peer: Option<String>,
    /// Its clock, in seconds since 1970.
    pub now: Option<i64>,
}

/// What `mode` may say.
const MODES: &[&str] = &["chain", "server"];

/// Reads `[[openmanage]]`.
pub(super) fn openmanage(top: &DeTable<'_>, reader: &mut Reader) -> Vec<Appliance> {
    let Some(list) = top.get("openmanage") else { return Vec::new() };
    let Some(items) = list.get_ref().as_array() else {
        reader.needs(list, "openmanage", "a list of tables, each under `[[openmanage]]`");
        return Vec::new();
    };
    items.iter().filter_map(|item| appliance(item, reader)).collect()
}

fn appliance(item: Value<'_, '_>, reader: &mut Reader) -> Option<Appliance> {
    let Some(table) = item.get_ref().as_table() else {
        reader.needs(item, "openmanage", "a list of tables, each under `[[openmanage]]`");
        return None;
    };
    reader.known(table, "`[[openmanage]]`", &["name", "csr", "chain", "mode", "peer", "now"]);
    let chain =
        reader.required(table, item.span(), "chain", "name the file that is uploaded to the appliance");
    let as_chain = reader.text(table, "mode").and_then(|(word, at)| {
        if !MODES.contains(&word) {
            let near = suggest::nearest(word, MODES.iter().copied());
            let help = near.map(|near| format!("did you mean `{near}`?"));
            reader.wrong(
                at,
                format!("`{word}` is no way to upload a certificate"),
                "`chain` or `server`",
                help,
            );
            return None;
        }
        Some(word == "chain")
    });
    let now = table.get("now").and_then(|value| {
        let date = value.get_ref().as_datetime().map(ToString::to_string);
        let written = date.as_deref().or_else(|| value.get_ref().as_str()).unwrap_or_default();
        let whole = if written.len() == 10 { format!("{written}T00:00:00Z") } else { written.to_owned() };
        let moment = OffsetDateTime::parse(&whole, &Rfc3339).ok();
        if moment.is_none() {
            reader.needs(value, "now", "a day or a moment, such as `2027-03-31T08:00:00Z`");
        }
        moment.map(OffsetDateTime::unix_timestamp)
    });
    let text = |reader: &mut Reader, key| reader.text(table, key).map(|(it, _)| it.to_owned());
    let (name, csr, peer) = (text(reader, "name"), text(reader, "csr"), text(reader, "peer"));
    let chain = chain?.0.to_owned();
    let name = name.unwrap_or_else(|| chain.rsplit('/').next().unwrap_or(&chain).to_owned());
    Some(Appliance { name, csr, chain, as_chain, peer, now })
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
