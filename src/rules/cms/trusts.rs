//! Whom services trust, against what their peers show: across services and nodes.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Findings, Level},
    model::{
        FileId, Location, Model, PointerId,
        cms::{Belief, Believed, Cms, Service, Side, StateOf, TrustKind},
    },
    rules::words,
};

use super::look::{Used, file, slots};

/// A bundle with the node that believes it.
struct Trusting<'m> {
    index: usize,
    it: &'m Believed,
    pointer: PointerId,
}

fn trusting(model: &Model) -> impl Iterator<Item = Trusting<'_>> {
    model.cms.nodes.iter().enumerate().flat_map(move |(index, node)| {
        node.believed.iter().enumerate().filter_map(move |(at, it)| {
            let pointer = *model.cms_wiring.believed.get(&(index, at))?;
            Some(Trusting { index, it, pointer })
        })
    })
}

/// Who shows a certificate to this trust.
fn shows(kind: TrustKind) -> &'static [Service] {
    match kind {
        TrustKind::CallBridgeC2w | TrustKind::SchedulerC2w => &[Service::WebBridge3C2w],
        TrustKind::WebBridgeC2w => &[Service::CallBridge, Service::SchedulerC2w],
        TrustKind::CallBridgeCluster => &[Service::CallBridge],
        _ => &[],
    }
}

/// Peers that are asked about; no deployment has more.
const PEERS: usize = 64;

/// The peers of a trust. A service of the same node is its peer; those of other nodes are where it has none there.
fn peers<'m>(model: &'m Model, trusting: &Trusting<'_>) -> Vec<Used<'m>> {
    let cluster = trusting.it.kind == TrustKind::CallBridgeCluster;
    let wanted = shows(trusting.it.kind);
    let all = slots(model).filter(|it| {
        wanted.contains(&it.slot.service)
            && it.slot.side == Side::Own
            && model.cms.together(trusting.index, it.index)
    });
    all.filter(|it| {
        if cluster {
            // A peer is a Call Bridge that is in a cluster too.
            it.index != trusting.index
                && it.node.believed.iter().any(|it| it.kind == TrustKind::CallBridgeCluster)
        } else if it.slot.service == Service::CallBridge {
            it.index == trusting.index
                || it.node.believed.iter().any(|it| it.kind == TrustKind::CallBridgeC2w)
        } else {
            true
        }
    })
    .take(PEERS)
    .collect()
}

/// Reports peers that a trust refuses.
fn refused(model: &Model, out: &mut Findings, wanted: &dyn Fn(TrustKind) -> bool, effect: &str) {
    let mut told: BTreeSet<Location> = BTreeSet::new();
    // Nodes of a deployment often hold copies, and those of one folder share their files.
    let mut known: BTreeMap<(Option<FileId>, Option<FileId>), Belief> = BTreeMap::new();
    let named = |pointer: PointerId| model.estate.pointer(pointer).to.file();
    for it in trusting(model).filter(|it| wanted(it.it.kind)) {
        let all = peers(model, &it);
        let judged: Vec<(Used<'_>, Belief)> = all
            .into_iter()
            .map(|peer| {
                let files = (named(it.pointer), named(peer.ids.certificate));
                let belief =
                    known.entry(files).or_insert_with(|| model.believes(it.pointer, peer.ids.certificate));
                (peer, *belief)
            })
            .collect();
        let bad: Vec<&Used<'_>> =
            judged.iter().filter(|(_, belief)| *belief == Belief::Refused).map(|(peer, _)| peer).collect();
        let Some(first) = bad.first() else { continue };
        if !told.insert(it.it.file.at) {
            continue;
        }
        let some = judged.iter().any(|(_, belief)| *belief == Belief::Verified);
        let own = bad.iter().any(|peer| peer.index == it.index);
        let mut titles: Vec<String> = Vec::new();
        for peer in &bad {
            let title = format!("the {}", peer.node.title_of(peer.slot.service));
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
        let finding = out.report(
            format!(
                "`{}` does not verify the certificate of {}: {effect}",
                file(model, it.pointer),
                words::list(&titles, 3)
            ),
            it.it.file.at,
            format!("trusted by `{}`", it.it.kind.setting()),
        );
        // In a large deployment not every node talks to every other one.
        if some && !own && it.it.kind != TrustKind::CallBridgeCluster {
            finding.level(Level::Warning);
        }
        for peer in bad.iter().take(words::SHOWN) {
            finding.label(
                peer.slot.certificate.at,
                format!("the {} shows this", peer.node.title_of(peer.slot.service)),
            );
            if let Some(held) = model.certificates_of(peer.ids.certificate) {
                let (leaf, place) = held[0];
                finding.label(place, format!("issued by `{}`", model.cert(leaf).issuer.title()));
            }
        }
        if let Some(held) = model.certificates_of(it.pointer) {
            for (id, place) in held.iter().take(3) {
                finding.label(*place, format!("{} is trusted", words::title(model, *id)));
            }
        }
        let issuer = model
            .certificates_of(first.ids.certificate)
            .map(|held| model.cert(held[0].0).issuer.title().to_owned());
        finding.help(format!(
            "put the root that ends the chain of `{}` into the bundle, give it to `{}`, and restart both services",
            issuer.unwrap_or_default(),
            it.it.kind.setting()
        ));
    }
}

/// See the card.
pub(crate) fn c2w_trust(model: &Model, out: &mut Findings) {
    let c2w =
        |kind| matches!(kind, TrustKind::CallBridgeC2w | TrustKind::WebBridgeC2w | TrustKind::SchedulerC2w);
    refused(
        model,
        out,
        &c2w,
        "the connection between them (C2W) does not come up, and nobody can join in a browser",
    );
}

/// See the card.
pub(crate) fn cluster_trust(model: &Model, out: &mut Findings) {
    let cluster = |kind| kind == TrustKind::CallBridgeCluster;
    refused(
        model,
        out,
        &cluster,
        "the Call Bridges do not connect, and meetings are not spread over the cluster",
    );
}

/// See the card.
pub(crate) fn trust_none(model: &Model, out: &mut Findings) {
    for (index, node) in model.cms.nodes.iter().enumerate() {
        for (_, session) in model.cms.sessions_of(node) {
            for (at, state) in session.states() {
                let (label, peer) = match state.of {
                    StateOf::CallBridge => ("C2W trusted certs", web_bridge(&model.cms, index)),
                    StateOf::WebBridge3
                        if state.field("Enabled").is_some_and(|it| it.trimmed() == "true") =>
                    {
                        (
                            "C2W Trust bundle",
                            state.field("C2W Key file").filter(|it| it.trimmed() != "none").map(|it| it.at),
                        )
                    }
                    _ => continue,
                };
                let (Some(value), Some(peer)) = (state.field(label), peer) else { continue };
                let later = session.entries[at..].iter().any(|it| matches!(it, crate::model::cms::Entry::Command(command) if matches!(command.kind, crate::model::cms::CommandKind::Trust(TrustKind::CallBridgeC2w | TrustKind::WebBridgeC2w, Some(_)))));
                if value.trimmed() != "none" || later {
                    continue;
                }
                let (who, whom, command) = if state.of == StateOf::CallBridge {
                    ("Call Bridge", "Web Bridge", "callbridge trust c2w BUNDLE")
                } else {
                    ("Web Bridge", "Call Bridge", "webbridge3 c2w trust BUNDLE")
                };
                out.report(
                    format!("the {} trusts no {whom}: the connection between them (C2W) does not come up, and nobody can join in a browser", node.title(who)),
                    value.at,
                    "no bundle is set",
                )
                .label(peer, "the Web Bridge is set up here")
                .help(format!("`{command}` with the chain of the {whom}'s certificate, then restart"));
            }
        }
    }
}

/// Where a Web Bridge 3 of a deployment gets its certificate for C2W.
fn web_bridge(cms: &Cms, index: usize) -> Option<Location> {
    let own = cms.nodes[index].slot(Service::WebBridge3C2w, Side::Own);
    let mut others = (0..cms.nodes.len()).filter(|other| *other != index && cms.together(index, *other));
    own.or_else(|| others.find_map(|other| cms.nodes[other].slot(Service::WebBridge3C2w, Side::Own)))
        .map(|it| it.certificate.at)
}

/// See the card.
pub(crate) fn leaf_pin(model: &Model, out: &mut Findings) {
    let mut told: BTreeSet<Location> = BTreeSet::new();
    // The bundle of an XMPP cluster is made of its servers' certificates.
    for it in trusting(model).filter(|it| it.it.kind != TrustKind::XmppCluster) {
        let Some(held) = model.certificates_of(it.pointer) else { continue };
        let leaf = |id| !model.cert(id).is_ca() && model.cert(id).version == 3;
        if !held.iter().all(|(id, _)| leaf(*id)) || !told.insert(it.it.file.at) {
            continue;
        }
        let titles: Vec<String> = held.iter().map(|(id, _)| words::title(model, *id)).collect();
        let finding = out.report(
            format!(
                "`{}` trusts the certificate {} itself and no authority: it must be exchanged here too whenever the peer renews its own",
                it.it.kind.setting(),
                words::list(&titles, 3)
            ),
            it.it.file.at,
            "believed as it stands",
        );
        for (id, place) in held.iter().take(words::SHOWN) {
            finding.label(*place, format!("a leaf, valid until {}", model.cert(*id).not_after));
        }
        finding.help("trust the root and the intermediates above it, where you trust everything that this authority issues; else note both places for the day of the renewal");
    }
}
