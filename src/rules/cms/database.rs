//! The database cluster: its certificates and the order of its commands.

use std::collections::BTreeMap;

use crate::{
    finding::Findings,
    model::{
        CertId, Location, Model, PointerId,
        cms::{CommandKind, DatabaseStep, Entry, Service, Session, Side},
        x509::Verdict,
    },
    rules::words,
};

use super::look::{Used, slots};

/// See the card.
pub(crate) fn db_ca_mismatch(model: &Model, out: &mut Findings) {
    let mut by_authority: BTreeMap<Location, Vec<Used<'_>>> = BTreeMap::new();
    for used in slots(model).filter(|it| it.slot.service == Service::Database) {
        if let (Some(ca), Some(said)) = (used.ids.bundle, &used.slot.bundle)
            && is_foreign(model, ca, used.ids.certificate)
        {
            by_authority.entry(said.at).or_default().push(used);
        }
    }
    for (at, all) in by_authority {
        let Some(anchors) = all[0].ids.bundle.and_then(|it| model.certificates_of(it)) else { continue };
        let titles: Vec<String> = all
            .iter()
            .filter_map(|used| {
                let (leaf, _) = model.certificates_of(used.ids.certificate)?[0];
                Some(format!("{} of the {}", words::title(model, leaf), side(used)))
            })
            .collect();
        let finding = out.report(
            format!(
                "{} did not issue {}: it is the CA certificate of the database cluster, and its nodes refuse each other",
                words::title(model, anchors[0].0),
                words::list(&titles, 2)
            ),
            at,
            "not the issuer",
        );
        for used in &all {
            finding.label(used.slot.certificate.at, format!("the certificate of the {}", side(used)));
            if let Some(held) = model.certificates_of(used.ids.certificate) {
                let issuer = model.cert(held[0].0).issuer.title();
                finding.label(held[0].1, format!("issued by `{issuer}`"));
            }
        }
        finding.label(anchors[0].1, "another authority").help("use one authority for server, client and CA certificate on every node: `pki sign dbserver dbca`, `pki sign dbclient dbca`, and `dbca.crt` last");
    }
}

fn side(used: &Used<'_>) -> &'static str {
    if used.slot.side == Side::DatabaseServer { "server" } else { "client" }
}

/// No certificate of a file was issued by one of the authorities: the nodes have nothing but these two files.
fn is_foreign(model: &Model, authorities: PointerId, shown: PointerId) -> bool {
    let (Some(anchors), Some(sent)) = (model.certificates_of(authorities), model.certificates_of(shown))
    else {
        return false;
    };
    let leads = |id: CertId| {
        anchors.iter().any(|(anchor, _)| {
            *anchor == id
                || matches!(
                    model.chains.verdict(&model.materials, id, *anchor),
                    Some(Verdict::Good | Verdict::Unsupported(_))
                )
        })
    };
    !sent.iter().any(|(id, _)| leads(*id))
}

/// See the card.
pub(crate) fn db_same_pair(model: &Model, out: &mut Findings) {
    let servers = slots(model).filter(|it| it.slot.side == Side::DatabaseServer);
    for server in servers {
        let clients =
            slots(model).filter(|it| it.index == server.index && it.slot.side == Side::DatabaseClient);
        for client in clients.filter(|it| it.slot.session == server.slot.session) {
            let (one, other) = (&server.slot.certificate, &client.slot.certificate);
            let first = |id| model.certificates_of(id).map(|it| it[0].0);
            let same = one.trimmed() == other.trimmed()
                || first(server.ids.certificate).is_some_and(|it| first(client.ids.certificate) == Some(it));
            if !same {
                continue;
            }
            out.report(
                format!(
                    "`{}` is given as server and as client certificate of the database: the server's must name the nodes and the client's must be issued to `postgres`, so no node can connect",
                    other.trimmed()
                ),
                other.at,
                "the client needs one of its own",
            )
            .label(one.at, "the server certificate")
            .help("make a second pair: `pki csr dbclient CN:postgres`, then `pki sign dbclient dbca`");
        }
    }
}

/// The steps of the cluster in a session, with their positions.
fn steps(session: &Session) -> Vec<(usize, Location, Step)> {
    session
        .commands()
        .filter_map(|(at, command)| {
            let step = match &command.kind {
                CommandKind::Certs(certs) if certs.service == Service::Database => {
                    Step::Certs(certs.arguments.len())
                }
                CommandKind::Database(step, _) => Step::Other(*step),
                _ => return None,
            };
            Some((at, command.at, step))
        })
        .collect()
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Step {
    /// `certs` with so many files.
    Certs(usize),
    Other(DatabaseStep),
}

/// What a step is called.
fn name(step: DatabaseStep) -> &'static str {
    match step {
        DatabaseStep::LocalNode => "localnode",
        DatabaseStep::Initialize => "initialize",
        DatabaseStep::Join => "join",
        DatabaseStep::Connect => "connect",
        DatabaseStep::Remove => "remove",
    }
}

/// A note for several nodes: both forms of `certs`, or prose between the commands.
fn is_for_several(session: &Session, steps: &[(usize, Location, Step)], from: usize, to: usize) -> bool {
    let has = |count| steps.iter().any(|(_, _, it)| *it == Step::Certs(count));
    session.prompt.is_none() && ((has(3) && has(5)) || session.is_parted(from, to))
}

/// See the card.
pub(crate) fn db_order(model: &Model, out: &mut Findings) {
    for (_, _, session) in model.cms.sessions() {
        let steps = steps(session);
        early(out, session, &steps);
        both(out, session, &steps);
        enabled(out, session, &steps);
    }
}

/// A step that needs certificates, before they are set.
fn early(out: &mut Findings, session: &Session, steps: &[(usize, Location, Step)]) {
    for (index, (at, place, step)) in steps.iter().enumerate() {
        let Step::Other(step @ (DatabaseStep::Initialize | DatabaseStep::Join | DatabaseStep::Connect)) =
            step
        else {
            continue;
        };
        // A `remove` in front of it begins another story.
        let before = &steps[..index];
        if before.iter().any(|(_, _, it)| matches!(it, Step::Certs(_))) {
            continue;
        }
        let wanted = |it: &Step| matches!(it, Step::Certs(_) | Step::Other(DatabaseStep::LocalNode));
        let Some((later, other, what)) = steps[index + 1..]
            .iter()
            .take_while(|(_, _, it)| *it != Step::Other(DatabaseStep::Remove))
            .find(|(_, _, it)| wanted(it))
        else {
            continue;
        };
        let missing = if matches!(what, Step::Certs(_)) { "certs" } else { "localnode" };
        let local_set = before.iter().any(|(_, _, it)| *it == Step::Other(DatabaseStep::LocalNode));
        if (missing == "localnode" && local_set) || is_for_several(session, steps, *at, *later) {
            continue;
        }
        out.report(
            format!(
                "`database cluster {}` stands before `database cluster {missing}`: the cluster cannot come up, and what is set later is refused while it runs",
                name(*step)
            ),
            *place,
            "too early",
        )
        .label(*other, "this comes first")
        .help("the order is `remove` on every node, `certs`, `localnode`, then `initialize` on the primary alone, and `join` or `connect` on the others");
        return;
    }
}

/// `initialize` and `join` on one node.
fn both(out: &mut Findings, session: &Session, steps: &[(usize, Location, Step)]) {
    let find = |wanted: DatabaseStep| steps.iter().find(|(_, _, it)| *it == Step::Other(wanted));
    let Some((first, initialize, _)) = find(DatabaseStep::Initialize) else { return };
    let other = [DatabaseStep::Join, DatabaseStep::Connect];
    for step in other {
        let Some((second, join, _)) = find(step) else { continue };
        let (from, to) = if first < second { (*first, *second) } else { (*second, *first) };
        let removed = steps
            .iter()
            .any(|(at, _, it)| (from..to).contains(at) && *it == Step::Other(DatabaseStep::Remove));
        if removed || is_for_several(session, steps, from, to) {
            continue;
        }
        out.report(
            format!(
                "one node is told to initialize the database and to {} another: the primary alone is initialized, and this ends in two clusters or in a refusal",
                name(step)
            ),
            *join,
            "for the other nodes",
        )
        .label(*initialize, "for the primary alone")
        .help("keep the commands of each node in a file of its own; `initialize` on the primary, `join` on members, `connect` on nodes without a database");
    }
}

/// Certificates set while the cluster runs.
fn enabled(out: &mut Findings, session: &Session, steps: &[(usize, Location, Step)]) {
    for (at, place, step) in steps {
        if !matches!(step, Step::Certs(_)) {
            continue;
        }
        let running = session.entries[..*at].iter().enumerate().rev().find_map(|(index, it)| match it {
            Entry::State(state) => state
                .field("Status")
                .filter(|_| state.field("Node in use").is_some() || state.field("Last command").is_some())
                .map(|it| (index, it)),
            _ => None,
        });
        let Some((shown, status)) = running.filter(|(_, it)| it.trimmed() == "Enabled") else { continue };
        let removed = steps.iter().any(|(step_at, _, it)| {
            (shown..*at).contains(step_at) && *it == Step::Other(DatabaseStep::Remove)
        });
        if removed {
            continue;
        }
        out.report(
            "the database cluster is enabled, and certificates are set without `database cluster remove`: the command is refused, and the old certificates run out".to_owned(),
            *place,
            "refused while the cluster runs",
        )
        .label(status.at, "enabled")
        .help("note which node is the primary, run `database cluster remove` on every node, and only then set certificates: the cluster is down until it is initialized and joined again");
        return;
    }
}

/// See the card.
pub(crate) fn db_short_form_on_member(model: &Model, out: &mut Findings) {
    for (_, _, session) in model.cms.sessions() {
        let steps = steps(session);
        if steps.iter().any(|(_, _, it)| *it == Step::Certs(5)) {
            continue;
        }
        let Some((_, certs, _)) = steps.iter().find(|(_, _, it)| *it == Step::Certs(3)) else { continue };
        let member = steps.iter().find_map(|(_, at, it)| match it {
            Step::Other(step @ (DatabaseStep::Initialize | DatabaseStep::Join)) => Some((*at, *step)),
            _ => None,
        });
        let Some((at, step)) = member else { continue };
        out.report(
            format!(
                "this node is given a client certificate alone, and `{}` makes it a member of the database cluster: without a server certificate the others cannot connect to it",
                name(step)
            ),
            *certs,
            "without server key and server certificate",
        )
        .label(at, "a member")
        .help("`database cluster certs SERVER_KEY SERVER_CERTIFICATE CLIENT_KEY CLIENT_CERTIFICATE CA_CERTIFICATE` on members; three files are for nodes that only connect");
    }
}
