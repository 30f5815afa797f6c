//! The chains of the token service among themselves: leftovers, order, trust, keys, and how long they can last.

use std::collections::BTreeSet;

use crate::{
    finding::{Findings, Level},
    model::{
        CertId, Location, Model,
        vcenter::{ChainKind, Listed, Node, Origin, StoreKind, StsEntry},
        x509::Verdict,
    },
    rules::words,
};

use super::sts::REPLACE;

/// The certificate of the tree, where its bytes are there.
pub(super) fn id(model: &Model, it: &Listed) -> Option<CertId> {
    model.materials.id_of(it.certificate.as_deref()?)
}

/// See the card.
pub(crate) fn sts_stale_chains(model: &Model, out: &mut Findings) {
    let mut told = BTreeSet::new();
    for node in &model.vcenter.nodes {
        let signing = model.vcenter.signing(node, model.today());
        let (Some(active), true) = (signing.active, signing.chains.len() > 1) else { continue };
        let newest = &signing.chains[active];
        // Each machine of a domain shows the same directory.
        if newest.leaf.thumbprint().is_some_and(|it| !told.insert(it)) {
            continue;
        }
        let stale: Vec<_> =
            signing.chains.iter().enumerate().filter(|(at, _)| *at != active).map(|(_, it)| it).collect();
        let Some((first, rest)) = stale.split_first() else { continue };
        let titles: Vec<String> = stale.iter().map(|it| format!("`{}`", it.entry.title())).collect();
        let numbers: Vec<u32> = signing.chains.iter().filter_map(|it| it.entry.number).collect();
        let gap =
            numbers.windows(2).any(|two| two[1] > two[0] + 1) || numbers.first().is_some_and(|it| *it > 1);
        let ended =
            |end| if end < signing.today { format!("expired on {end}") } else { format!("ends on {end}") };
        let finding = out.report(
            format!(
                "{} of {} {} left behind; `{}` is the newest valid chain and signs: when the node that issued an old chain is gone, logins fail",
                words::list(&titles, 4),
                node.name,
                if stale.len() == 1 { "was" } else { "were" },
                newest.entry.title(),
            ),
            first.entry.at,
            format!("left behind, {}", ended(first.end)),
        );
        for it in rest.iter().take(words::SHOWN) {
            finding.label(it.entry.at, format!("left behind, {}", ended(it.end)));
        }
        finding.label(newest.entry.at, format!("this one signs, {}", ended(newest.end)));
        let numbers = if gap {
            "; the numbers have gaps, and `fixsts.sh` deletes 1 to the count of chains, so a higher number survives it: delete that one with \
             vCert"
        } else {
            ""
        };
        finding.help(format!(
            "`fixsts.sh` and vCert replace all chains by a single new one: {REPLACE}{numbers}"
        ));
    }
}

/// See the card.
pub(crate) fn sts_chain_mismatch(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        let trusted = model.vcenter.directory(node, ChainKind::Trusted);
        // A reference that leads nowhere may hold what is missing.
        if trusted.is_empty() || trusted.iter().any(|it| it.unread > 0 || it.certificates.is_empty()) {
            continue;
        }
        let leaves: Vec<CertId> =
            trusted.iter().flat_map(|it| &it.certificates).filter_map(|it| id(model, it)).collect();
        let signing = model.vcenter.signing(node, model.today());
        // What was left behind is told as such.
        for chain in signing.active.iter().map(|at| &signing.chains[*at]).filter(|it| !it.entry.from_report) {
            let Some(leaf) = id(model, chain.leaf) else { continue };
            if leaves.contains(&leaf) {
                continue;
            }
            let finding = out.report(
                format!(
                    "the certificate of `{}` of {} stands in no `TrustedCertChain`: tokens that are signed with it are not accepted",
                    chain.entry.title(),
                    node.name
                ),
                chain.leaf.at,
                "in no chain that tokens are checked by",
            );
            for it in trusted.iter().take(words::SHOWN) {
                finding.label(it.at, format!("`{}` begins with another certificate", it.title()));
            }
            finding.help(REPLACE);
        }
    }
}

/// See the card.
pub(crate) fn sts_leaf_not_first(model: &Model, out: &mut Findings) {
    for (_, _, unit) in &model.vcenter.units {
        for entry in unit.sts.iter().filter(|it| !it.from_report && it.unread == 0) {
            let [first, rest @ ..] = &entry.certificates[..] else { continue };
            if rest.is_empty() {
                continue;
            }
            let title = entry.title();
            if first.is_ca() == Some(true) && rest.iter().any(|it| it.is_ca() != Some(true)) {
                out.report(
                    format!("`{title}` begins with an authority: the token service takes the first certificate for the one that signs, and logins fail"),
                    first.at,
                    "an authority",
                )
                .labels_from(rest.iter().find(|it| it.is_ca() != Some(true)).map(|it| (it.at, "this one should be the first".to_owned())))
                .help("put the leaf first, then the certificate that issued it, and so on to the root");
                continue;
            }
            let broken =
                entry.certificates.windows(2).find(|two| signed(model, &two[0], &two[1]) == Some(false));
            if let Some([child, issuer]) = broken {
                out.report(
                    format!(
                        "the chain of `{title}` does not hang together: the key of `{}` did not sign `{}`, so services refuse the tokens",
                        issuer.title().unwrap_or("the next certificate"),
                        child.title().unwrap_or("the one before"),
                    ),
                    issuer.at,
                    "did not sign the certificate before it",
                )
                .label(child.at, "signed by another key")
                .help(format!("put the certificate that issued the leaf here; {REPLACE}"));
            }
        }
    }
}

/// Whether a certificate signed another; `None` where that cannot be checked.
fn signed(model: &Model, child: &Listed, issuer: &Listed) -> Option<bool> {
    let (child, issuer) = (child.certificate.as_deref()?, issuer.certificate.as_deref()?);
    match crate::model::x509::verify(child, &issuer.public_key) {
        Verdict::Good => Some(true),
        Verdict::Bad => Some(false),
        Verdict::Unsupported(_) => None,
    }
    .filter(|_| !model.vcenter.nodes.is_empty())
}

/// What a node trusts: whole certificates, key ids and thumbprints of roots, and whether that is all of it.
pub(super) struct Trusted {
    ids: Vec<CertId>,
    key_ids: Vec<String>,
    /// Subjects with the line of their entry.
    names: Vec<(String, Location)>,
    thumbprints: Vec<String>,
    /// The line of the list, or of the store.
    pub(super) at: Location,
}

impl Trusted {
    /// `None` where no dump claims to list everything that is trusted.
    pub(super) fn of(model: &Model, node: &Node) -> Option<Self> {
        let mut found: Option<Self> = None;
        for unit in model.vcenter.of(node) {
            for store in
                unit.stores.iter().filter(|it| it.kind() == StoreKind::TrustedRoots && it.is_complete())
            {
                let certificates = || store.entries.iter().flat_map(|it| &it.certificates);
                let known = |it: &Listed| {
                    it.certificate.is_some() || it.subject_key_id().is_some() || it.thumbprint().is_some()
                };
                if !certificates().all(known) {
                    continue;
                }
                let it = found.get_or_insert_with(|| Self::at(store.at));
                it.ids.extend(certificates().filter_map(|it| id(model, it)));
                it.key_ids.extend(certificates().filter_map(Listed::subject_key_id));
                let entries = store
                    .entries
                    .iter()
                    .filter_map(|it| Some((it.certificates.first()?.subject()?, it.alias.at)));
                it.names.extend(entries);
                it.thumbprints.extend(certificates().filter_map(Listed::thumbprint));
            }
            if let Some(list) = unit.authorities.as_ref().filter(|it| it.is_complete()) {
                let it = found.get_or_insert_with(|| Self::at(list.at));
                it.key_ids.extend(list.entries.iter().map(|it| it.id.text.clone()));
            }
        }
        found
    }

    fn at(at: Location) -> Self {
        Self { ids: Vec::new(), key_ids: Vec::new(), names: Vec::new(), thumbprints: Vec::new(), at }
    }

    /// It stands there itself, or one of its name and key.
    pub(super) fn holds(&self, model: &Model, it: &Listed) -> bool {
        let print = it.thumbprint();
        let by_id = id(model, it).is_some_and(|id| {
            self.ids.contains(&id)
                || model.chains.twins(&model.materials, id).any(|twin| self.ids.contains(&twin))
        });
        by_id
            || print.is_some_and(|it| self.thumbprints.contains(&it))
            || it.subject_key_id().is_some_and(|it| self.key_ids.contains(&it))
    }

    /// An authority with the name of the issuer of a certificate, whatever its key.
    pub(super) fn namesake(&self, it: &Listed) -> Option<Location> {
        let issuer = it.issuer()?;
        self.names.iter().find(|(name, _)| *name == issuer).map(|(_, at)| *at)
    }

    /// One of them issued a certificate: by signature where both are whole, else by key id. `None` where neither can be told.
    pub(super) fn issued(&self, model: &Model, it: &Listed) -> Option<bool> {
        if let Some(id) = id(model, it) {
            if model.chains.issuers(&model.materials, id).any(|issuer| {
                self.ids.contains(&issuer)
                    || self.thumbprints.contains(&model.cert(issuer).thumbprint.to_string())
            }) {
                return Some(true);
            }
            if !self.ids.is_empty() && self.ids.len() >= self.key_ids.len().max(self.thumbprints.len()) {
                return Some(false);
            }
        }
        let wanted = it.authority_key_id()?;
        (!self.key_ids.is_empty()).then(|| self.key_ids.contains(&wanted))
    }
}

/// See the card.
pub(crate) fn sts_untrusted_root(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        let Some(trusted) = Trusted::of(model, node) else { continue };
        let signing = model.vcenter.signing(node, model.today());
        for chain in signing.active.iter().map(|at| &signing.chains[*at]).filter(|it| it.entry.unread == 0) {
            // The name of another machine in the leaf: its root lies elsewhere in the domain, and the directory brings it.
            let certificates = &chain.entry.certificates;
            let found = certificates
                .iter()
                .any(|it| trusted.holds(model, it) || trusted.issued(model, it) == Some(true));
            let known = certificates.iter().any(|it| trusted.issued(model, it).is_some());
            let other = match (node.certain_pnid(), chain.leaf.dns_names()) {
                (Some(pnid), Some(names)) => {
                    !names.is_empty() && !names.iter().any(|it| it.eq_ignore_ascii_case(&pnid.name))
                }
                _ => false,
            };
            if found || !known || other {
                continue;
            }
            let root = certificates.last().unwrap_or(chain.leaf);
            out.report(
                format!(
                    "no certificate of the chain of `{}` is among the roots that {} trusts: services refuse the tokens, and logins fail",
                    chain.entry.title(),
                    node.name
                ),
                root.at,
                format!("`{}` is not trusted", root.title().unwrap_or("its root")),
            )
            .labels_from(trusted.namesake(root).map(|at| (at, "the same name with another key".to_owned())))
            .label(trusted.at, "all roots that are trusted, and none of them fits")
            .help("publish the root of the chain to the directory with `dir-cli trustedcert publish --chain --cert FILE`, then `vecs-cli force-refresh`");
        }
    }
}

/// See the card.
pub(crate) fn sts_key_mismatch(model: &Model, out: &mut Findings) {
    for (_, _, unit) in &model.vcenter.units {
        for entry in &unit.sts {
            let key = entry.key.as_ref().or(entry.key_by_reference.as_ref());
            let (Some((at, Some(key))), Some(leaf)) = (key, leaf(entry)) else { continue };
            let Some(certificate) = leaf.certificate.as_deref() else { continue };
            if certificate.public_key.id != key.id {
                out.report(
                    format!(
                        "the private key of `{}` is not the one of its certificate `{}`: no token that is signed with it is accepted",
                        entry.title(),
                        certificate.subject.title()
                    ),
                    *at,
                    "another key",
                )
                .label(leaf.at, "this certificate has a different public key")
                .help(REPLACE);
            }
        }
    }
}

fn leaf(entry: &StsEntry) -> Option<&Listed> {
    entry.certificates.iter().find(|it| it.is_ca() != Some(true)).or_else(|| entry.certificates.first())
}

/// See the card.
pub(crate) fn sts_private_key_exposed(model: &Model, out: &mut Findings) {
    for (file, path, unit) in &model.vcenter.units {
        let mut keys = unit.sts.iter().filter_map(|it| Some((it, it.key.as_ref()?.0)));
        let Some((entry, at)) = keys.next() else { continue };
        let tracked = model.paths.node(*file).tracked;
        let finding = out.report(
            format!(
                "the private key of `{}` lies in `{path}`: whoever has it can sign a token for any user of the SSO domain, administrators included",
                entry.title()
            ),
            at,
            "the private key that signs tokens",
        );
        for (entry, at) in keys.take(words::SHOWN) {
            finding.label(at, format!("that of `{}`", entry.title()));
        }
        let history = if tracked { " and from the history of the repository" } else { "" };
        finding.help(format!(
            "delete the file{history}, here and in `/tmp/vmware-fixsts` or the folder of vCert on the machine; where others could read it, replace the \
             signing certificate: {REPLACE}"
        ));
    }
}

/// Two years, less what VMCA dates back.
const TWO_YEARS: i64 = 730 - 15;

/// See the card.
pub(crate) fn sts_bounded_by_root(model: &Model, out: &mut Findings) {
    let mut seen = BTreeSet::new();
    let today = model.today();
    for node in &model.vcenter.nodes {
        let signing = model.vcenter.signing(node, today);
        let mut told = false;
        for chain in signing.active.iter().map(|at| &signing.chains[*at]) {
            let root =
                chain.entry.certificates.iter().find(|it| it.at != chain.leaf.at && it.is_self_issued());
            let Some((root, end)) = root.and_then(|it| Some((it, it.not_after()?))) else { continue };
            if end != chain.end || today.days_until(end) >= TWO_YEARS {
                continue;
            }
            told = true;
            if chain.leaf.thumbprint().is_some_and(|it| !seen.insert(it)) {
                continue;
            }
            out.report(
                format!(
                    "the signing certificate of {} ends with its root on {end}, to the second: VMCA issues nothing that outlives its root, so a \
                     replacement ends on the same day",
                    node.name
                ),
                root.at,
                format!("the root ends on {end}"),
            )
            .label(chain.leaf.at, "and so does this one")
            .help("renew the root first (`certificate-manager`, option 4 or 8), which replaces the machine certificate and the solution users too, and then the signing certificate");
        }
        for run in model.vcenter.of(node).flat_map(|it| &it.fixes).filter(|_| !told) {
            let (Some((_, end)), Some((_, day))) = (&run.root_ends, &run.today) else { continue };
            let at = run.root_ends.as_ref().map(|it| it.0.at);
            if let (Some(at), true) =
                (at, day.days_until(*end) < TWO_YEARS && run.replaces_root.is_none() && today <= *end)
            {
                out.report(
                    format!("the root of {} ends on {end}: the signing certificate that `fixsts.sh` made on {day} ends on that day too, before its two years are over", node.name),
                    at,
                    "the root ends here",
                )
                .help("renew the root first, then the signing certificate");
            }
        }
    }
}

/// See the card.
pub(crate) fn sts_outlives_root(model: &Model, out: &mut Findings) {
    let mut seen = BTreeSet::new();
    for node in &model.vcenter.nodes {
        let signing = model.vcenter.signing(node, model.today());
        for chain in signing.active.iter().map(|at| &signing.chains[*at]) {
            let others = || chain.entry.certificates.iter().filter(|it| it.at != chain.leaf.at);
            let soonest = others().filter_map(|it| Some((it.not_after()?, it))).min_by_key(|it| it.0);
            let Some((end, issuer)) = soonest.filter(|it| it.0 < chain.end) else { continue };
            if chain.leaf.thumbprint().is_some_and(|it| !seen.insert(it)) {
                continue;
            }
            out.report(
                format!(
                    "the signing certificate of {} is valid to {}, and `{}` of its chain ends on {end}: tokens are refused from that day on, \
                     whatever the leaf says",
                    node.name,
                    chain.end,
                    issuer.title().unwrap_or("an authority")
                ),
                issuer.at,
                format!("ends on {end}"),
            )
            .label(chain.leaf.at, format!("valid to {}", chain.end))
            .help("renew the authority and then the signing certificate before that day");
        }
    }
}

/// See the card.
pub(crate) fn sts_source_missing(model: &Model, out: &mut Findings) {
    for node in &model.vcenter.nodes {
        let signing = model.vcenter.signing(node, model.today());
        let any = model.vcenter.of(node).any(|it| {
            !it.sts.is_empty()
                || !it.checks.is_empty()
                || it.log.is_some()
                || !it.fixes.is_empty()
                || !it.statuses.is_empty()
        });
        // One store is a question about that store; several are a look at the machine.
        let stores: Vec<_> = model.vcenter.of(node).flat_map(|it| &it.stores).collect();
        let looked = stores.iter().any(|it| it.kind().stops_restart()) && stores.len() > 1;
        if signing.is_known() || any || !looked {
            continue;
        }
        let named = match &node.pnid {
            Some(pnid) if pnid.origin <= Origin::FixSts => format!(" of `{}`", pnid.name),
            _ => String::new(),
        };
        out.report(
            format!("these stores{named} do not show the certificate that signs tokens: it stands in none of them, and when it expires all logins fail"),
            stores[0].at,
            "stores of VECS alone",
        )
        .level(Level::Note)
        .help("add the output of `checksts.py` (Broadcom KB 318968), a report of vCert, or an export of `cn=TenantCredential-*` without the attribute `vmwSTSPrivateKey`");
    }
}
