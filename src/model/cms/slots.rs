//! Which files the services of a node use: the last command for each, else what a block of states shows.

use super::{
    super::said::Said, Believed, Certs, Cms, Command, CommandKind, Entry, Node, Service, Session, SessionId,
    Side, Slot, State, StateOf, TrustKind,
};

/// Bundles of one node; no server has as many.
const MOST: usize = 256;

/// Fills in services and trusts of a node.
pub(super) fn fill(cms: &Cms, node: &mut Node) {
    let mut slots: Vec<Slot> = Vec::new();
    let mut believed: Vec<Believed> = Vec::new();
    let mut shown: (Vec<Slot>, Vec<Believed>) = (Vec::new(), Vec::new());
    let verifies = cms
        .sessions_of(node)
        .flat_map(|(_, it)| it.commands())
        .any(|(_, it)| matches!(&it.kind, CommandKind::Verify(word) if word.text != "disable"));
    for (id, session) in cms.sessions_of(node) {
        for (at, entry) in session.entries.iter().enumerate() {
            match entry {
                Entry::Command(command) => {
                    for slot in of_command(command, (id, at)) {
                        slots.retain(|it| (it.service, it.side) != (slot.service, slot.side));
                        slots.push(slot);
                    }
                    if let Some(it) = trust(command, (id, at), verifies) {
                        if !matches!(it.kind, TrustKind::Tls | TrustKind::Other | TrustKind::XmppCluster) {
                            believed.retain(|other| other.kind != it.kind);
                        }
                        let known = believed
                            .iter()
                            .any(|other| (other.kind, &other.file.text) == (it.kind, &it.file.text));
                        if !known && believed.len() < MOST {
                            believed.push(it);
                        }
                    }
                }
                Entry::State(state) => of_state(session, state, (id, at), &mut shown),
                Entry::Listing(_) | Entry::Answer(_) | Entry::Version(_) => {}
            }
        }
    }
    for slot in shown.0 {
        if slots.iter().all(|it| (it.service, it.side) != (slot.service, slot.side)) {
            slots.push(slot);
        }
    }
    for it in shown.1 {
        if believed.iter().all(|other| other.kind != it.kind) {
            believed.push(it);
        }
    }
    slots.sort_by_key(|it| (it.session, it.service, it.side));
    believed.sort_by_key(|it| (it.session, it.kind));
    node.slots = slots;
    node.believed = believed;
}

/// A name that stands for a file.
fn set(said: Option<&Said>) -> Option<Said> {
    said.filter(|it| !it.is_placeholder() && !it.is_blank() && it.trimmed() != "none").cloned()
}

fn of_command(command: &Command, session: (SessionId, usize)) -> Vec<Slot> {
    let CommandKind::Certs(certs) = &command.kind else { return Vec::new() };
    if command.is_template() || certs.clears() {
        return Vec::new();
    }
    let arguments = &certs.arguments;
    let slot = |side, key: usize, certificate: usize, bundle: usize| {
        Some(Slot {
            service: certs.service,
            side,
            at: command.at,
            session,
            from_state: false,
            key: set(arguments.get(key)),
            certificate: set(arguments.get(certificate))?,
            bundle: set(arguments.get(bundle)),
        })
    };
    if certs.is_swapped() {
        return Vec::new();
    }
    let found = match (certs.service, arguments.len()) {
        (Service::Database, 5) => {
            vec![slot(Side::DatabaseServer, 0, 1, 4), slot(Side::DatabaseClient, 2, 3, 4)]
        }
        (Service::Database, 3) => vec![slot(Side::DatabaseClient, 0, 1, 2)],
        (Service::Database, _) => Vec::new(),
        // With a third file the command is refused as a whole.
        (service, count) if service.takes_full_chain() && count != 2 => Vec::new(),
        _ => vec![slot(Side::Own, 0, 1, 2)],
    };
    found.into_iter().flatten().collect()
}

impl Certs {
    /// Key and certificate stand in the wrong order somewhere: a certificate where a key belongs, and a key behind it.
    pub fn is_swapped(&self) -> bool {
        let pairs: &[(usize, usize)] = match (self.service, self.arguments.len()) {
            (Service::Database, 5) => &[(0, 1), (2, 3)],
            _ => &[(0, 1)],
        };
        pairs.iter().any(|(key, certificate)| {
            let is_key = |at: usize| self.arguments.get(at).map(|it| ends_with_key(&it.text));
            is_key(*key) == Some(false) && is_key(*certificate) == Some(true)
        })
    }
}

fn ends_with_key(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("key"))
}

fn trust(command: &Command, session: (SessionId, usize), verifies: bool) -> Option<Believed> {
    let CommandKind::Trust(kind, file) = &command.kind else { return None };
    let active = *kind != TrustKind::Tls || verifies;
    Some(Believed { kind: *kind, file: set(file.as_ref())?, session, from_state: false, active })
}

/// Labels of key, certificate and bundle.
fn labels(of: StateOf) -> &'static [(Service, Side, [&'static str; 3])] {
    match of {
        StateOf::WebAdmin => {
            &[(Service::WebAdmin, Side::Own, ["Key file", "Certificate file", "CA Bundle file"])]
        }
        StateOf::CallBridge => {
            &[(Service::CallBridge, Side::Own, ["Key file", "Certificate file", "CA Bundle file"])]
        }
        StateOf::WebBridge2 => {
            &[(Service::WebBridge2, Side::Own, ["Key file", "Certificate file", "CA Bundle file"])]
        }
        StateOf::Xmpp => &[(Service::Xmpp, Side::Own, ["Key file", "Certificate file", "CA Bundle file"])],
        StateOf::WebBridge3 => &[
            (
                Service::WebBridge3Https,
                Side::Own,
                ["HTTPS Key file", "HTTPS Full chain certificate file", ""],
            ),
            (Service::WebBridge3C2w, Side::Own, ["C2W Key file", "C2W Full chain certificate file", ""]),
        ],
        StateOf::Turn => &[(Service::Turn, Side::Own, ["TLS key", "TLS cert", "TLS bundle"])],
        StateOf::Recorder => {
            &[(Service::Recorder, Side::Own, ["SIP key file", "SIP certificate file", "SIP CA Bundle file"])]
        }
        StateOf::Scheduler => &[
            (Service::SchedulerC2w, Side::Own, ["C2W Key file", "C2W Full chain certificate file", ""]),
            (Service::SchedulerHttps, Side::Own, ["HTTPS Key file", "HTTPS Certificate file", ""]),
        ],
        StateOf::Database => &[
            (Service::Database, Side::DatabaseServer, ["Server Key", "Server Certificate", "CA Certificate"]),
            (Service::Database, Side::DatabaseClient, ["Client Key", "Client Certificate", "CA Certificate"]),
        ],
        StateOf::Uploader => &[],
    }
}

/// Labels of bundles.
fn trust_labels(of: StateOf) -> &'static [(TrustKind, &'static str)] {
    match of {
        StateOf::CallBridge => &[
            (TrustKind::CallBridgeC2w, "C2W trusted certs"),
            (TrustKind::CallBridgeCluster, "Callbridge cluster trusted certs"),
        ],
        StateOf::WebBridge3 => &[(TrustKind::WebBridgeC2w, "C2W Trust bundle")],
        StateOf::Scheduler => &[(TrustKind::SchedulerC2w, "C2W Trust bundle")],
        StateOf::Uploader => &[
            (TrustKind::UploaderCms, "CMS trust bundle"),
            (TrustKind::UploaderRev, "Vbrick Rev trust bundle"),
        ],
        _ => &[],
    }
}

/// The service whose word stood above a block of a recorder or streamer.
pub(super) fn recorder(session: &Session, at: usize) -> Service {
    let above = session.entries[..at].iter().rev().find_map(|it| match it {
        Entry::Command(command) => match &command.kind {
            CommandKind::Other(Some(it @ (Service::Recorder | Service::Streamer))) => Some(*it),
            _ => None,
        },
        _ => None,
    });
    above.unwrap_or(Service::Recorder)
}

fn of_state(
    session: &Session,
    state: &State,
    id: (SessionId, usize),
    (slots, believed): &mut (Vec<Slot>, Vec<Believed>),
) {
    for (service, side, [key, certificate, bundle]) in labels(state.of) {
        let service = if *service == Service::Recorder { recorder(session, id.1) } else { *service };
        let Some(certificate) = set(state.field(certificate)) else { continue };
        slots.retain(|it| (it.service, it.side) != (service, *side));
        slots.push(Slot {
            service,
            side: *side,
            at: state.at,
            session: id,
            from_state: true,
            key: set(state.field(key)),
            certificate,
            bundle: if bundle.is_empty() { None } else { set(state.field(bundle)) },
        });
    }
    for (kind, label) in trust_labels(state.of) {
        let Some(file) = set(state.field(label)) else { continue };
        believed.retain(|it| it.kind != *kind);
        believed.push(Believed { kind: *kind, file, session: id, from_state: true, active: true });
    }
}

/// What a block of states says beside a command: service, label, what the command gave, what the block shows.
pub(super) type Shown<'s> = (Service, &'static str, &'s Said, &'s Said);

impl Slot {
    /// Files that a block of states shows for the same service and that are others.
    pub fn differences<'s>(&'s self, session: &Session, at: usize, state: &'s State) -> Vec<Shown<'s>> {
        let mut found = Vec::new();
        for (service, side, names) in labels(state.of) {
            let service = if *service == Service::Recorder { recorder(session, at) } else { *service };
            if (service, *side) != (self.service, self.side) {
                continue;
            }
            let own = [self.key.as_ref(), Some(&self.certificate), self.bundle.as_ref()];
            for (label, given) in names.iter().zip(own) {
                if let (Some(given), Some(seen)) = (given, state.field(label))
                    && given.trimmed() != seen.trimmed()
                {
                    found.push((service, *label, given, seen));
                }
            }
        }
        found
    }
}

impl Believed {
    /// The file that a block of states shows for the same trust, where it is another one.
    pub fn difference<'s>(&self, state: &'s State) -> Option<(&'static str, &'s Said)> {
        let (_, label) = trust_labels(state.of).iter().find(|(kind, _)| *kind == self.kind)?;
        let seen = state.field(label)?;
        (seen.trimmed() != self.file.trimmed()).then_some((*label, seen))
    }
}
