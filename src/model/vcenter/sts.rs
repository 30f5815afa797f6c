//! The signing chains of a machine as all its dumps show them together: which one is active, whether it has ended, and what
//! the logs prove about that.

use std::collections::BTreeSet;

use super::{
    ChainKind, Listed, LogReport, Node, Rejection, Status, StsCheck, StsEntry, Unit, Vcenter, VecsEntry,
    VecsStore, Verdict, link::by_title,
};
use crate::{source::Location, x509::Time};

/// A chain that tokens are signed with.
#[derive(Copy, Clone, Debug)]
pub struct Chain<'v> {
    /// The entry of the directory, or of a report.
    pub entry: &'v StsEntry,
    /// The certificate that signs.
    pub leaf: &'v Listed,
    /// The day from which it is valid, where that is known.
    pub start: Option<Time>,
    /// The day on which it ends.
    pub end: Time,
}

/// What is known about the signing certificate of a machine on a day.
#[derive(Debug)]
pub struct Signing<'v> {
    /// The day.
    pub today: Time,
    /// Chains of the directory, in order of their names; of a report only where the directory was not exported.
    pub chains: Vec<Chain<'v>>,
    /// The newest that is valid: the one that signs.
    pub active: Option<usize>,
    /// What `checksts.py` told.
    pub checks: Vec<&'v StsCheck>,
    /// Words of vCert about the certificates that sign.
    pub statuses: Vec<&'v Status>,
    /// Rejections of logs, with the log.
    pub rejections: Vec<(&'v LogReport, &'v Rejection)>,
    /// Lines that show an outage to users.
    pub symptoms: Vec<(&'static str, Location, u64)>,
    /// `Failed to read X509 cert`.
    pub unread: Vec<(u64, Location, u64)>,
    /// Certificates of VECS that have ended and that would stop a restart of the services.
    pub blockers: Vec<(&'v VecsStore, &'v VecsEntry, &'v Listed)>,
}

/// The leaf of an entry: the first certificate that is no authority, since some put the authority first.
pub(super) fn leaf(entry: &StsEntry) -> Option<&Listed> {
    let leaf = entry.certificates.iter().find(|it| it.is_ca() != Some(true) && !it.is_self_issued());
    leaf.or_else(|| entry.certificates.first())
}

impl Vcenter {
    /// Entries of the directory with their chains, in order of their names.
    pub fn directory<'v>(&'v self, node: &'v Node, kind: ChainKind) -> Vec<&'v StsEntry> {
        let mut found: Vec<&StsEntry> = by_title(self.of(node), kind).into_values().collect();
        found.sort_by_key(|it| (it.number, it.at));
        found
    }

    /// What is known about the signing certificate of a machine.
    pub fn signing<'v>(&'v self, node: &'v Node, today: Time) -> Signing<'v> {
        let mut entries = self.directory(node, ChainKind::Tenant);
        entries.retain(|it| leaf(it).is_some());
        if entries.is_empty() {
            let reported = self.of(node).flat_map(|it| &it.sts);
            entries = reported.filter(|it| it.kind == ChainKind::Tenant && it.from_report).collect();
        }
        let chain = |entry: &'v StsEntry| {
            let leaf = leaf(entry)?;
            Some(Chain { entry, leaf, start: leaf.not_before(), end: leaf.not_after()? })
        };
        let chains: Vec<Chain<'v>> = entries.into_iter().filter_map(chain).collect();
        let valid = |it: &Chain<'_>| today <= it.end && it.start.is_none_or(|start| start <= today);
        let active = (0..chains.len())
            .filter(|at| valid(&chains[*at]))
            .max_by_key(|at| (chains[*at].start, chains[*at].end, *at));
        let units = || self.of(node);
        let logs = || units().filter_map(|it: &Unit| it.log.as_ref());
        let signs = |it: &&Status| {
            let task = it.task.to_ascii_lowercase();
            task.contains("tenantcredential") && task.contains("signing")
        };
        let blocks = |(store, entry): (&'v VecsStore, &'v VecsEntry)| {
            let listed = entry.certificates.first()?;
            let ended = listed.not_after().is_some_and(|end| end < today);
            (store.kind().stops_restart() && ended).then_some((store, entry, listed))
        };
        Signing {
            today,
            chains,
            active,
            checks: units().flat_map(|it| &it.checks).filter(|it| it.is_leaf).collect(),
            statuses: units().flat_map(|it| &it.statuses).filter(signs).collect(),
            rejections: logs().flat_map(|log| log.rejections.iter().map(move |it| (log, it))).collect(),
            symptoms: logs()
                .flat_map(|log| log.symptoms.iter().map(|(what, (at, count))| (*what, *at, *count)))
                .collect(),
            unread: logs()
                .flat_map(|log| log.unread.iter().map(|(code, (at, count))| (*code, *at, *count)))
                .collect(),
            blockers: self.entries(node).into_iter().filter_map(blocks).collect(),
        }
    }

    /// Places that were told together with the end of the signing certificate, so that nobody tells them again.
    pub fn told_with_outage(&self, node: &Node, today: Time) -> BTreeSet<Location> {
        let signing = self.signing(node, today);
        if !signing.has_failed() {
            return BTreeSet::new();
        }
        signing.blockers.iter().map(|(_, entry, _)| entry.alias.at).collect()
    }
}

impl<'v> Signing<'v> {
    /// Something other than VECS tells about the signing certificate.
    pub fn is_known(&self) -> bool {
        !self.chains.is_empty()
            || !self.checks.is_empty()
            || !self.statuses.is_empty()
            || !self.rejections.is_empty()
    }

    /// The chain that signed until it ended: the newest of those that have, where none is valid.
    pub fn ended(&self) -> Option<&Chain<'v>> {
        if self.active.is_some() {
            return None;
        }
        self.chains.iter().filter(|it| it.end < self.today).max_by_key(|it| it.end)
    }

    /// A line of a script that says that the certificate has ended, where nothing shows the certificate.
    pub fn said_to_have_ended(&self) -> Option<(Location, Option<Time>)> {
        if !self.chains.is_empty() || self.checks.iter().any(|it| !it.expired) {
            return None;
        }
        let check = self.checks.iter().find(|it| it.expired).map(|it| (it.at, it.ended));
        check.or_else(|| {
            self.statuses.iter().find(|it| it.word.trimmed() == "EXPIRED").map(|it| (it.word.at, None))
        })
    }

    /// Rejections that nothing newer has made history of.
    pub fn standing(&self) -> Vec<&'v Rejection> {
        let active = self.active.map(|at| &self.chains[at]);
        let stands = |it: &&Rejection| {
            let Some(active) = active else { return true };
            let (Some(start), Some(moment)) = (active.start, &it.first) else { return false };
            // What was rejected before the active certificate began is over.
            moment.seconds > start.0 + 86_400
        };
        self.rejections.iter().map(|(_, it)| *it).filter(stands).collect()
    }

    /// Rejections because the certificate had ended.
    pub fn proofs(&self) -> Vec<&'v Rejection> {
        let ended = self.ended().copied();
        let proves = |it: &&Rejection| match it.verdict() {
            Verdict::Expired => match (&it.window, &ended) {
                (Some(window), Some(chain)) => window.end.may_be(chain.end),
                _ => true,
            },
            Verdict::NoWindow => match (&it.first, &ended) {
                (Some(moment), Some(chain)) => moment.seconds > chain.end.0,
                _ => ended.is_some() || self.said_to_have_ended().is_some(),
            },
            _ => false,
        };
        self.standing().into_iter().filter(proves).collect()
    }

    /// The signing certificate has ended, by whatever proves it.
    pub fn has_failed(&self) -> bool {
        self.ended().is_some() || self.said_to_have_ended().is_some() || !self.proofs().is_empty()
    }
}
