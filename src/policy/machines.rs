//! What `tlslint.toml` says about machines that a tree cannot say: farms of IIS, folders of certificates, names of vCenter.

use toml::de::DeTable;

use super::fields::Reader;

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
