//! Secrets and config maps of Kubernetes that hold certificates and keys as values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    estate::{Estate, Expects, Offer, Pointer, PointerId, Role, Side, Software, Within},
    facts::{Holding, ItemKind},
    resolve::Resolved,
    said::Said,
};
use crate::{
    source::{FileId, Location},
    x509::{Certificate, Purpose},
};

/// Everything one file says about secrets and config maps.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unit {
    /// Those that hold something of ours, in order of the file.
    pub kept: Vec<Kept>,
}

/// A secret or a config map.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// A config map; else a secret.
    pub config_map: bool,
    /// Its name.
    pub name: Option<Said>,
    /// Its namespace.
    pub namespace: Option<Said>,
    /// The first line of it, or its name.
    pub at: Location,
    /// Values that hold certificates and keys.
    pub values: Vec<KeptValue>,
}

impl Kept {
    /// What a person calls it.
    pub fn title(&self) -> String {
        let kind = if self.config_map { "config map" } else { "secret" };
        let known = |said: &Option<Said>| {
            said.as_ref()
                .filter(|it| !it.is_placeholder() && !it.is_blank())
                .map(|it| it.trimmed().to_owned())
        };
        match (known(&self.name), known(&self.namespace)) {
            (Some(name), Some(space)) => format!("{kind} `{name}` in namespace `{space}`"),
            (Some(name), None) => format!("{kind} `{name}`"),
            _ => format!("a {kind}"),
        }
    }

    /// Certificates with the keys that stand beside them under names of the same beginning.
    fn pairs(&self) -> impl Iterator<Item = (&KeptValue, &KeptValue)> {
        const CERTIFICATES: &[&str] = &[".crt", ".pem", ".cer", ".cert"];
        self.values.iter().filter_map(|certificate| {
            let name = certificate.key.text.as_str();
            let stem = CERTIFICATES.iter().find_map(|it| name.strip_suffix(it))?;
            let key = self.values.iter().find(|it| {
                it.key.text.strip_suffix(".key").or_else(|| it.key.text.strip_suffix("-key.pem"))
                    == Some(stem)
            })?;
            Some((certificate, key))
        })
    }
}

/// A value that holds certificates or keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptValue {
    /// Its key: `tls.crt`.
    pub key: Said,
    /// The value.
    pub at: Location,
}

/// Adds pairs of certificate and key to the estate.
pub(super) fn draft(units: &[(FileId, Unit)], holdings: &BTreeMap<FileId, Holding>, estate: &mut Estate) {
    let mut units: Vec<&(FileId, Unit)> = units.iter().collect();
    units.sort_by_key(|(file, _)| *file);
    for (file, unit) in units {
        let Some(holding) = holdings.get(file) else { continue };
        for (kept, (certificate, key)) in
            unit.kept.iter().flat_map(|kept| kept.pairs().map(move |pair| (kept, pair)))
        {
            let leaf = holding.items.iter().filter(|it| it.at == certificate.at).find_map(|it| {
                let ItemKind::Certificate(it) = &it.kind else { return None };
                (!it.is_ca()).then_some(it)
            });
            // The key pair of an authority signs and is shown to nobody.
            let Some(leaf) = leaf else { continue };
            let role = role(leaf);
            let side = if role == Role::Server { Side::Server } else { Side::Client };
            let endpoint = estate.add_endpoint(kept.title(), kept.at, side, Vec::new());
            let certificate = pointer(estate, *file, certificate, Expects::Chain);
            let key = pointer(estate, *file, key, Expects::PrivateKey);
            estate.offers.push(Offer {
                endpoint,
                role,
                certificates: vec![certificate],
                bundle: None,
                keys: vec![key],
                passwords: Vec::new(),
                via: Vec::new(),
            });
        }
    }
}

/// What a pair is for: nothing but the certificate says it.
fn role(leaf: &Certificate) -> Role {
    if leaf.allows(&Purpose::ServerAuth) || !leaf.allows(&Purpose::ClientAuth) {
        Role::Server
    } else {
        Role::Client
    }
}

fn pointer(estate: &mut Estate, file: FileId, value: &KeptValue, expects: Expects) -> PointerId {
    let id = PointerId(estate.pointers.len() as u32);
    estate.pointers.push(Pointer {
        at: value.at,
        written: value.key.text.clone(),
        setting: value.key.text.clone(),
        expects,
        to: Resolved::File(file),
        within: Within::Value(value.at),
        opened: true,
        software: Software::Kubernetes,
    });
    id
}
