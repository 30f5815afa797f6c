//! What the path of a file says about organisation, environment, store and alias. Exporters agree on words, not on
//! layouts: `organizations/acme/environments/test/virtualhosts/secure.json`, `resources/edge/env/test/aliases.json`,
//! `test__references.json`, `keystore_certificates/env-test/partners/acme-ca/certificate.pem`.

use super::unit::Scope;

/// Folders that hold things of one kind, one file each.
const KIND_FOLDERS: &[&str] = &[
    "virtualhosts",
    "virtual-hosts",
    "virtual_hosts",
    "vhosts",
    "references",
    "refs",
    "keystores",
    "truststores",
    "stores",
    "aliases",
    "targetservers",
    "target-servers",
    "target_servers",
];

const ORGANISATIONS: &[&str] = &["o", "org", "orgs", "organizations", "organisations"];
const ENVIRONMENTS: &[&str] = &["e", "env", "envs", "environments"];

/// Whether a folder of this name holds things of one kind, one file each.
pub fn is_kind_folder(name: &str) -> bool {
    KIND_FOLDERS.contains(&name.to_ascii_lowercase().as_str())
}

/// What a path says about where its content belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<'p> {
    /// The environment.
    pub scope: Scope,
    /// The folders between the environment and the file.
    pub below: Vec<&'p str>,
    /// The file name; without the environment in front where that is how the path names it.
    pub file: &'p str,
}

/// Reads a path.
pub fn place(path: &str) -> Placed<'_> {
    let mut parts: Vec<&str> = path.split('/').collect();
    let file = parts.pop().unwrap_or_default();
    let lower: Vec<String> = parts.iter().map(|it| it.to_ascii_lowercase()).collect();
    let marker = |words: &[&str], from: usize| {
        (from..parts.len().saturating_sub(1)).find(|at| words.contains(&lower[*at].as_str()))
    };
    let organisation =
        marker(ORGANISATIONS, 0).filter(|at| lower[*at] != "o" || marker(&["e"], *at).is_some());
    let environment = marker(ENVIRONMENTS, organisation.map_or(0, |at| at + 2))
        .filter(|at| lower[*at] != "e" || organisation.is_some_and(|at| lower[at] == "o"));
    if organisation.is_some() || environment.is_some() {
        let start = organisation.or(environment).unwrap_or_default();
        let end = environment.or(organisation).unwrap_or_default() + 2;
        let named = organisation.map(|at| parts[at + 1].to_owned());
        let scope = Scope {
            root: parts[..start].join("/"),
            organisation: named.or_else(|| organisation_above(&parts[..start])),
            environment: environment.map(|at| parts[at + 1].to_owned()),
        };
        return Placed { scope, below: parts.split_off(end.min(parts.len())), file };
    }
    if let Some((environment, rest)) = file.split_once("__").filter(|(environment, _)| is_name(environment)) {
        let scope =
            Scope { root: parts.join("/"), organisation: None, environment: Some(environment.to_owned()) };
        return Placed { scope, below: Vec::new(), file: rest };
    }
    let cut = lower.iter().position(|it| is_kind_folder(it)).unwrap_or(parts.len());
    let below = parts.split_off(cut);
    Placed { scope: Scope { root: parts.join("/"), organisation: None, environment: None }, below, file }
}

/// config-diff keeps `resources/ORG/env/ENV`; the Maven plugin keeps `resources/edge/env/ENV`.
fn organisation_above(parts: &[&str]) -> Option<String> {
    match parts {
        [.., "resources", name] if !name.eq_ignore_ascii_case("edge") => Some((*name).to_owned()),
        _ => None,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
}

/// A file that an exporter wrote for the certificates of an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The environment.
    pub scope: Scope,
    /// The store.
    pub store: String,
    /// The alias.
    pub alias: String,
}

/// Reads the path of a file of certificates: whose alias it is the export of, where the path says so.
pub fn exported(path: &str) -> Option<Exported> {
    let parts: Vec<&str> = path.split('/').collect();
    let (file, folders) = parts.split_last()?;
    let stem = stem(file);
    // apigeecli: `keystore__ENV__STORE/ALIAS.crt`.
    if let Some((last, above)) = folders.split_last()
        && let Some(rest) = last.strip_prefix("keystore__")
        && let Some((environment, store)) = rest.split_once("__")
    {
        let root = above.join("/");
        let scope = Scope { root, organisation: None, environment: Some(environment.to_owned()) };
        return Some(Exported { scope, store: store.to_owned(), alias: stem.to_owned() });
    }
    // migration-assessment-tool: `keystore_certificates/env-ENV/STORE/ALIAS/certificate.pem`.
    if let [above @ .., "keystore_certificates", environment, store, alias] = folders
        && let Some(environment) = environment.strip_prefix("env-")
        && stem.eq_ignore_ascii_case("certificate")
    {
        let root = above.join("/");
        let scope = Scope { root, organisation: None, environment: Some(environment.to_owned()) };
        return Some(Exported { scope, store: (*store).to_owned(), alias: (*alias).to_owned() });
    }
    // As the paths of the management API: `keystores/STORE/aliases/ALIAS/certificate`, and shorter ones.
    let at = folders
        .iter()
        .rposition(|it| matches!(it.to_ascii_lowercase().as_str(), "keystores" | "truststores" | "stores"))?;
    let (store, alias) = match &folders[at + 1..] {
        [store, kind, alias] if is_alias_folder(kind) && stem.to_ascii_lowercase().starts_with("cert") => {
            (*store, *alias)
        }
        [store, kind] if is_alias_folder(kind) => (*store, stem),
        [store, alias] if stem.eq_ignore_ascii_case("certificate") => (*store, *alias),
        [store] => (*store, stem),
        _ => return None,
    };
    Some(Exported { scope: place(path).scope, store: store.to_owned(), alias: alias.to_owned() })
}

fn is_alias_folder(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "aliases" | "certs")
}

/// A file name without its last ending.
pub fn stem(file: &str) -> &str {
    match file.rfind('.') {
        Some(cut) if cut > 0 => &file[..cut],
        _ => file,
    }
}

/// What follows the last dot of a file name.
pub fn ending(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, ending)| ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(root: &str, organisation: &str, environment: &str) -> Scope {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Scope { root: root.to_owned(), organisation: some(organisation), environment: some(environment) }
    }

    #[test]
    fn every_layout_says_where_it_belongs() {
        for (path, expected, below, file) in [
            ("resources/edge/env/test/aliases.json", scope("resources/edge", "", "test"), 0, "aliases.json"),
            (
                "dump/organizations/acme/environments/test/virtualhosts/secure.json",
                scope("dump", "acme", "test"),
                1,
                "secure.json",
            ),
            ("v1/o/acme/e/prod/references/r", scope("v1", "acme", "prod"), 1, "r"),
            (
                "resources/my-org/env/prod/references.json",
                scope("resources/my-org", "my-org", "prod"),
                0,
                "references.json",
            ),
            ("export/test__references.json", scope("export", "", "test"), 0, "references.json"),
            ("temp/test/keystores/k.json", scope("temp/test", "", ""), 1, "k.json"),
            ("case-4711/vhost.xml", scope("case-4711", "", ""), 0, "vhost.xml"),
            ("edge.json", scope("", "", ""), 0, "edge.json"),
            ("a/o/b.json", scope("a/o", "", ""), 0, "b.json"),
        ] {
            let placed = place(path);
            assert_eq!(placed.scope, expected, "{path}");
            assert_eq!((placed.below.len(), placed.file), (below, file), "{path}");
        }
    }

    #[test]
    fn exports_name_store_and_alias() {
        for (path, root, environment, store, alias) in [
            ("x/keystore__test__partners/acme-ca.crt", "x", "test", "partners", "acme-ca"),
            ("m/keystore_certificates/env-prod/ks/al/certificate.pem", "m", "prod", "ks", "al"),
            ("env/test/keystores/ks/aliases/al/certificate", "", "test", "ks", "al"),
            ("env/test/keystores/ks/aliases/al.pem", "", "test", "ks", "al"),
            ("case/truststores/ts/partner.crt", "case", "", "ts", "partner"),
        ] {
            let expected = Exported {
                scope: scope(root, "", environment),
                store: store.to_owned(),
                alias: alias.to_owned(),
            };
            assert_eq!(exported(path), Some(expected), "{path}");
        }
        assert_eq!(exported("certs/a.pem"), None);
    }
}
