//! Certificates, requests and private keys as nodes, and the signatures between them.

use std::{collections::BTreeMap, fmt::Write as _};

use rayon::prelude::*;

use crate::{
    model::{CertId, Described, Item, ItemKind, KeyState},
    source::Location,
    x509::{Certificate, PublicKey, Request, Time},
};

use super::{
    EdgeKind, Kind, State, Thing,
    build::{Builder, Draft},
};

/// How a stretch of validity fares.
fn state(today: Time, soon: i64, begins: Option<Time>, ends: Option<Time>) -> State {
    match (begins, ends) {
        (_, Some(ends)) if ends < today => State::Expired,
        (Some(begins), _) if today < begins => State::Early,
        (_, Some(ends)) if today.days_until(ends) <= soon => State::Expiring,
        _ => State::Sound,
    }
}

/// `ends 2026-12-01`, `ended 2026-10-01`, `begins 2027-01-01`.
fn when(state: State, begins: Option<Time>, ends: Option<Time>) -> String {
    match (state, begins, ends) {
        (State::Expired, _, Some(ends)) => format!("ended {ends}"),
        (State::Early, Some(begins), _) => format!("begins {begins}"),
        (_, _, Some(ends)) => format!("ends {ends}"),
        _ => "no dates known".to_owned(),
    }
}

fn described_key(key: &PublicKey) -> String {
    // A curve says its size.
    if key.kind.to_string().starts_with("RSA") || key.kind.to_string() == "DSA" {
        format!("{} {}", key.kind, key.bits)
    } else {
        key.kind.to_string()
    }
}

impl Builder<'_> {
    fn soon(&self) -> i64 {
        self.model.settings.option("cert/expiring", "days", 30)
    }

    /// The node of a certificate.
    pub(super) fn certificate(&mut self, id: CertId) -> usize {
        let model = self.model;
        let it = model.cert(id);
        let drafted = |this: &Self| {
            let state = state(model.today(), this.soon(), Some(it.not_before), Some(it.not_after));
            Draft {
                id: format!("certificate:{}", it.fingerprint),
                kind: this.kind_of(id, it),
                title: it.subject.title().to_owned(),
                detail: when(state, Some(it.not_before), Some(it.not_after)),
                state,
                group: String::new(),
            }
        };
        let node = self.node(Thing::Certificate(id.0), drafted);
        if self.is_bare(node) {
            self.valid(node, (it.not_before, it.not_after));
            self.fact(node, "subject", &it.subject.text);
            self.fact(node, "issuer", &it.issuer.text);
            let names: Vec<String> = it.alt_names.iter().flatten().map(ToString::to_string).collect();
            self.fact(node, "alternative names", shortened(&names));
            self.fact(node, "valid", format!("{} to {}", it.not_before, it.not_after));
            self.fact(node, "serial", &it.serial);
            self.fact(node, "key", described_key(&it.public_key));
            self.fact(node, "signature", it.signature_algorithm.to_string());
            self.fact(node, "SHA-256", it.fingerprint.to_string());
            self.fact(node, "SHA-1", it.thumbprint.to_string());
        }
        node
    }

    fn kind_of(&self, id: CertId, it: &Certificate) -> Kind {
        let is_ca = it.basic_constraints.as_ref().is_some_and(|it| it.ca);
        // What a server made for itself is no authority; the first roots say nothing about themselves.
        let may_be_root = is_ca || (it.basic_constraints.is_none() && it.alt_names.is_none());
        if may_be_root && self.model.chains.is_root(&self.model.materials, id) {
            Kind::Root
        } else if is_ca {
            Kind::Intermediate
        } else {
            Kind::Leaf
        }
    }

    /// The node of a certificate request.
    pub(super) fn request(&mut self, request: &Request, at: Location) -> usize {
        let drafted = |_: &Self| Draft {
            id: format!("request:{}", request.fingerprint),
            kind: Kind::Request,
            title: request.subject.title().to_owned(),
            detail: described_key(&request.public_key),
            state: State::Sound,
            group: String::new(),
        };
        let node = self.node(Thing::Request(request.fingerprint.0), drafted);
        if self.is_bare(node) {
            self.fact(node, "subject", &request.subject.text);
            let names: Vec<String> = request.alt_names.iter().flatten().map(ToString::to_string).collect();
            self.fact(node, "alternative names", shortened(&names));
            self.fact(node, "key", described_key(&request.public_key));
        }
        self.place(node, at);
        node
    }

    /// The node of a private key: one for all copies where its public half is known.
    pub(super) fn private_key(&mut self, item: &Item) -> usize {
        let model = self.model;
        match model.materials.key_state(item) {
            KeyState::Known(key) => {
                let node = self.node(Thing::Key(key.id), |_| Draft {
                    id: format!("key:{}", key.id),
                    kind: Kind::Key,
                    title: described_key(key),
                    detail: format!("key {}", &key.id.to_string()[..12]),
                    state: State::Sound,
                    group: String::new(),
                });
                self.fact(node, "SHA-256 of the public half", key.id.to_string());
                node
            }
            closed => {
                let what = match &item.kind {
                    ItemKind::OpaqueKey { what, .. } => what.clone(),
                    _ => "private key".to_owned(),
                };
                let locked = matches!(closed, KeyState::Locked);
                self.node(Thing::ClosedKey(item.at), |this| Draft {
                    id: format!("key:{}", this.at(item.at).short()),
                    kind: Kind::Key,
                    title: what,
                    detail: if locked { "behind a password" } else { "cannot be matched" }.to_owned(),
                    state: if locked { State::Locked } else { State::Sound },
                    group: String::new(),
                })
            }
        }
    }

    /// The node of a certificate without bytes. Copies of one that say the same are one.
    pub(super) fn described_node(&mut self, it: &Described) -> usize {
        let model = self.model;
        let serial = it.serial.as_deref().map(|bytes| data_encoding::HEXUPPER.encode(bytes));
        let same = match (&serial, &it.subject, &it.issuer) {
            (Some(serial), Some(subject), Some(issuer)) => {
                let ends = it.not_after.map_or(String::new(), Time::rfc3339);
                format!("{serial}\u{1}{}\u{1}{}\u{1}{ends}", subject.unordered(), issuer.unordered())
            }
            _ => format!("{:?}", it.at),
        };
        let drafted = |this: &Self| {
            let state = state(model.today(), this.soon(), it.not_before, it.not_after);
            let at = this.at(it.entry);
            let serial = serial.as_deref().unwrap_or("?");
            Draft {
                id: format!("described:{}#{}#{serial}", at.path, it.entry_title),
                kind: Kind::Described,
                title: it.title().to_owned(),
                detail: when(state, it.not_before, it.not_after),
                state,
                group: String::new(),
            }
        };
        let node = self.node(Thing::Described(same), drafted);
        if self.is_bare(node) {
            if let (Some(begins), Some(ends)) = (it.not_before, it.not_after) {
                self.valid(node, (begins, ends));
                self.fact(node, "valid", format!("{begins} to {ends}"));
            }
            self.fact(node, "subject", it.subject.as_ref().map_or("", |it| &it.text));
            self.fact(node, "issuer", it.issuer.as_ref().map_or("", |it| &it.text));
            self.fact(node, "alternative names", shortened(&it.alt_names));
            self.fact(node, "serial", serial.as_deref().unwrap_or_default());
            self.fact(node, "key", it.public_key.as_deref().unwrap_or_default());
            self.fact(node, "signature", it.signature.as_deref().unwrap_or_default());
        }
        self.fact(node, "in", it.entry_title.replace('`', ""));
        for at in [Some(it.at), it.ends_at, Some(it.entry)].into_iter().flatten() {
            self.mark(node, at);
        }
        self.place(node, it.at);
        node
    }

    /// Who made the signature of whom. Described certificates have names only.
    pub(super) fn issuers(&mut self) {
        let model = self.model;
        let ids: Vec<CertId> = model.materials.certificates().map(|(id, _)| id).collect();
        let issued: Vec<(CertId, Vec<CertId>)> = ids
            .into_par_iter()
            .map(|id| (id, model.chains.issuers(&model.materials, id).filter(|it| *it != id).collect()))
            .collect();
        for (id, signers) in issued {
            // A root and its reissued copy sign each other; between them nothing depends on anything.
            if model.chains.is_root(&model.materials, id) {
                continue;
            }
            let child = self.certificate(id);
            for id in signers {
                let from = self.certificate(id);
                self.edge(from, child, EdgeKind::Issued, "");
            }
        }
        self.named_issuers();
    }

    fn named_issuers(&mut self) {
        let described = &self.model.estate.described;
        let mut by_name: BTreeMap<(u32, String), Vec<usize>> = BTreeMap::new();
        for (index, it) in described.iter().enumerate() {
            if let Some(subject) = &it.subject
                && it.is_ca != Some(false)
            {
                by_name.entry((it.entry.file.0, subject.unordered())).or_default().push(index);
            }
        }
        for it in described.iter().filter(|it| !it.is_self_issued()) {
            let Some(issuer) = &it.issuer else { continue };
            // More bear one name in one dump only where somebody means to hurt us.
            let bearers = by_name.get(&(it.entry.file.0, issuer.unordered())).map_or(&[][..], Vec::as_slice);
            let child = self.described_node(it);
            for index in bearers.iter().take(4) {
                let from = self.described_node(&described[*index]);
                self.edge(from, child, EdgeKind::NamedIssuer, "");
            }
        }
    }
}

/// The first of many names.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 24;
    let mut text = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        let _ = write!(text, " and {} more", names.len() - SHOWN);
    }
    text
}
