//! An environment with everything in it that has a name.

use std::{collections::BTreeMap, sync::OnceLock};

use crate::source::{FileId, Location};

use super::{
    super::said::Said,
    unit::{
        AliasDefinition, AliasDetail, Kind, Origin, Reference, Scope, StoreAlias, TargetServer, VirtualHost,
    },
};

/// Which Apigee an environment belongs to, as far as the tree shows it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Platform {
    /// Edge for Public Cloud.
    Cloud,
    /// Edge for Private Cloud.
    PrivateCloud,
    /// Apigee X or hybrid.
    X,
    /// Edge, of which kind is not said.
    Edge,
    /// Nothing tells.
    Unknown,
}

impl Platform {
    /// From the word a configuration has for it.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "cloud" => Self::Cloud,
            "private-cloud" => Self::PrivateCloud,
            "x" => Self::X,
            _ => return None,
        })
    }

    /// Routers are those of Edge, not ingress gateways or load balancers of X and hybrid.
    pub fn is_edge(self) -> bool {
        matches!(self, Self::Cloud | Self::PrivateCloud | Self::Edge)
    }
}

/// An environment with everything in it that has a name.
#[derive(Debug)]
pub struct Environment {
    /// Which one.
    pub scope: Scope,
    /// Which Apigee it belongs to.
    pub platform: Platform,
    /// Virtual hosts, in order of places. The same one may be there twice (XML and JSON).
    pub virtual_hosts: Vec<VirtualHost>,
    /// References, in order of places.
    pub references: Vec<Reference>,
    /// Stores, in order of names, each once, put together from entities, definitions, details and files.
    pub stores: Vec<Store>,
    /// Target servers, in order of places.
    pub target_servers: Vec<TargetServer>,
    /// Definitions for the Maven plugin, in order of places.
    pub definitions: Vec<AliasDefinition>,
    /// Details that no store could be found for, in order of places.
    pub stray_details: Vec<AliasDetail>,
    /// Files that list things of a kind: only where one exists is a thing of that kind missing.
    pub lists: BTreeMap<Kind, Vec<Location>>,
    /// Names that are known to exist and nothing more.
    pub known_names: BTreeMap<Kind, Vec<Said>>,
    /// References by their names; the last of several counts.
    pub(super) by_name: BTreeMap<String, usize>,
    /// Tokens of names, put together when somebody asks.
    pub(super) tokens: OnceLock<BTreeMap<String, Vec<String>>>,
}

impl Environment {
    /// What a person calls it, to follow "of": ``environment `test` ``, or the folder where it has no name.
    pub fn title(&self) -> String {
        match (&self.scope.environment, &self.scope.organisation) {
            (Some(name), Some(organisation)) => format!("environment `{name}` of `{organisation}`"),
            (Some(name), None) => format!("environment `{name}`"),
            (None, _) if self.scope.root.is_empty() => "this folder".to_owned(),
            (None, _) => format!("folder `{}`", self.scope.root),
        }
    }

    /// Whether a file of the tree lists things of this kind.
    pub fn has_list(&self, kind: Kind) -> bool {
        self.lists.get(&kind).is_some_and(|it| !it.is_empty())
    }
}

/// A keystore or truststore.
#[derive(Debug)]
pub struct Store {
    /// Its name.
    pub name: String,
    /// Where it says that it is there: the entity, else the first definition or detail, else the folder of its files.
    pub at: Location,
    /// Who wrote the entity; `None` where only aliases or files show that the store exists.
    pub origin: Option<Origin>,
    /// Its aliases, in order of names, each once.
    pub aliases: Vec<Alias>,
    /// All aliases are known: an entity lists them.
    pub complete: bool,
}

impl Store {
    /// An alias by its exact name.
    pub fn alias(&self, name: &str) -> Option<&Alias> {
        self.aliases.iter().find(|it| it.name == name)
    }
}

/// An alias of a store, put together from what the tree says about it.
#[derive(Debug)]
pub struct Alias {
    /// Its name: case counts.
    pub name: String,
    /// Where it says that it is there: list item, else definition, else detail, else file.
    pub at: Location,
    /// Its item in the list of the store.
    pub listed: Option<StoreAlias>,
    /// What the Maven plugin shall upload, by index in [`Environment::definitions`].
    pub definitions: Vec<usize>,
    /// What the management API says about it.
    pub detail: Option<AliasDetail>,
    /// A file with its certificates, exported beside the dump.
    pub exported: Option<FileId>,
    /// Whether it has a private key; `None` where nothing says so.
    pub has_key: Option<bool>,
}
