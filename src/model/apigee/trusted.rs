//! What a virtual host trusts, put together from files and dumps, so that it can be compared with what a router holds.

use std::collections::BTreeSet;

use crate::{
    source::{FileId, Location},
    x509::WrittenName,
};

use super::{
    super::{CertId, Model},
    Alias, Environment, VirtualHost,
};

/// One certificate of a truststore.
#[derive(Clone, Debug)]
pub struct Trusted {
    /// The alias.
    pub alias: Location,
    /// Its name.
    pub name: String,
    /// What tells certificates apart: all of it, or issuer and serial number.
    pub identity: Identity,
    /// What a person would call it.
    pub title: String,
}

/// What tells certificates apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// The certificate itself.
    Known(CertId),
    /// Issuer and serial number, as a dump has them.
    Named(String, String),
}

impl Model {
    /// The certificates of the truststore that a virtual host leads to; `None` where not all of them are known.
    pub fn trusted_by(&self, environment: &Environment, host: &VirtualHost) -> Option<Vec<Trusted>> {
        let store = environment.look_up(host.ssl.as_ref()?.trust_store.as_ref()).store()?;
        // Files alone may be a part of the store; a list or the definitions it is made from are all of it.
        if !store.complete && store.aliases.iter().any(|it| it.definitions.is_empty()) {
            return None;
        }
        let mut all = Vec::new();
        for alias in &store.aliases {
            all.extend(self.of_alias(environment, alias)?);
        }
        Some(all)
    }

    fn of_alias(&self, environment: &Environment, alias: &Alias) -> Option<Vec<Trusted>> {
        let file = self.file_of_alias(environment, alias);
        if let Some(file) = file {
            if !self.materials.is_readable(file) {
                return None;
            }
            let all = self.materials.in_file(file).into_iter().map(|(id, _)| Trusted {
                alias: alias.at,
                name: alias.name.clone(),
                identity: Identity::Known(id),
                title: self.cert(id).subject.title().to_owned(),
            });
            return Some(all.collect());
        }
        let detail = alias.detail.as_ref()?;
        // Without issuer and serial number a certificate cannot be told from another.
        if detail.certificates.iter().any(|it| it.issuer.is_none() || it.serial.is_none()) {
            return None;
        }
        let all = detail.certificates.iter().map(|it| {
            let same =
                self.estate.described.iter().find(|known| known.at == it.at).and_then(|known| known.same);
            let issuer = || it.issuer.as_ref().map(WrittenName::unordered).unwrap_or_default();
            let named = || Identity::Named(issuer(), digits(it));
            Trusted {
                alias: alias.at,
                name: alias.name.clone(),
                identity: same.map_or_else(named, Identity::Known),
                title: it.subject.as_ref().map_or("(no name)", |it| it.title()).to_owned(),
            }
        });
        Some(all.collect())
    }

    /// The file with the certificates of an alias: exported, or what its definition uploads.
    pub fn file_of_alias(&self, environment: &Environment, alias: &Alias) -> Option<FileId> {
        let defined = || {
            let definition = &environment.definitions[*alias.definitions.last()?];
            let at = definition.certificate.as_ref().or(definition.bundle.as_ref())?.at;
            let pointer = self.estate.pointers.iter().find(|it| it.at == at)?;
            pointer.to.file()
        };
        alias.exported.or_else(defined)
    }

    /// Whether a certificate of a file is one that is trusted.
    pub fn is_trusted(&self, id: CertId, trusted: &[Trusted]) -> bool {
        let it = self.cert(id);
        let named = || (it.issuer.unordered(), it.serial.trim_start_matches('0').to_ascii_lowercase());
        trusted.iter().any(|trusted| match &trusted.identity {
            Identity::Known(known) => *known == id,
            Identity::Named(issuer, serial) => (issuer.clone(), serial.clone()) == named(),
        })
    }

    /// The trusted certificates that a file does not hold.
    pub fn not_in_file<'t>(&self, file: FileId, trusted: &'t [Trusted]) -> Vec<&'t Trusted> {
        let held: BTreeSet<CertId> = self.materials.in_file(file).into_iter().map(|(id, _)| id).collect();
        let missing = |it: &&Trusted| !held.iter().any(|id| self.is_trusted(*id, std::slice::from_ref(it)));
        trusted.iter().filter(missing).collect()
    }
}

fn digits(it: &super::DumpedCertificate) -> String {
    let all = data_encoding::HEXLOWER.encode(it.serial.as_deref().unwrap_or_default());
    all.trim_start_matches('0').to_owned()
}
