//! The certificate with which the token service signs: whether it has ended, what proves that, and what stands in the way of
//! a restart. One outage is one finding, however many logs and stores show it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Finding, Findings, Level},
    model::{
        Location, Model,
        vcenter::{Node, Rejection, Signing, Verdict, log::Clock},
        x509::Time,
    },
    rules::words,
};

/// How the signing certificate is replaced, with what must come before and after.
pub(super) const REPLACE: &str = "first shut down all vCenter Servers and Platform Services Controllers of the SSO domain and take a snapshot of each; \
    then run `fixsts.sh` (Broadcom KB 322143) or vCert on one of them only, and on every one \
    `service-control --stop --all` and `service-control --start --all`";

/// What stops a restart has to go first.
const BLOCKERS: &str = "; replace the certificates of VECS that have expired with `certificate-manager`, or the services do not start, and register \
    NSX, Site Recovery Manager and vSphere Replication again after a new machine certificate or root";

/// What users see of it.
const EFFECT: &str = "no service gets a token, `vmware-vpxd` does not start, and logins fail with `HTTP Status 400 – Bad Request … Signing \
    certificate is not valid`, `503 Service Unavailable` or `User name and password are required`";

/// The subject of a sentence.
fn of(name: &str) -> String {
    format!("the certificate with which the token service (STS) of {name} signs")
}

fn ago(end: Time, today: Time) -> String {
    match end.days_until(today) {
        0 => format!("expired on {end}"),
        days => format!("expired on {end}, {} ago", words::days(days)),
    }
}

/// See the card.
pub(crate) fn sts_expired(model: &Model, out: &mut Findings) {
    let today = model.today();
    // Machines of one domain share the directory: each export of it shows the same certificate.
    let mut by_leaf: BTreeMap<String, Vec<(&Node, Signing<'_>)>> = BTreeMap::new();
    for (at, node) in model.vcenter.nodes.iter().enumerate() {
        let signing = model.vcenter.signing(node, today);
        let leaf = signing.ended().and_then(|it| it.leaf.thumbprint());
        if signing.ended().is_some() || signing.said_to_have_ended().is_some() {
            by_leaf.entry(leaf.unwrap_or_else(|| format!("node {at}"))).or_default().push((node, signing));
        }
    }
    for nodes in by_leaf.into_values() {
        expired(&nodes, today, out);
    }
}

/// The same certificate on all machines that show it.
fn expired(nodes: &[(&Node, Signing<'_>)], today: Time, out: &mut Findings) {
    let Some((_, signing)) = nodes.first() else { return };
    let (at, when, what) = if let Some(chain) = signing.ended() {
        let when = ago(chain.end, today);
        (chain.leaf.at, when.clone(), format!("`{}` {when}", chain.entry.title()))
    } else if let Some((at, end)) = signing.said_to_have_ended() {
        let when = end.map_or_else(|| "has expired".to_owned(), |end| ago(end, today));
        (at, when, "it has expired".to_owned())
    } else {
        return;
    };
    let names: Vec<&str> = nodes.iter().map(|(node, _)| node.name.as_str()).collect();
    let extra = blocked(nodes.iter().map(|(_, it)| it.blockers.len()).sum());
    let finding = out.report(format!("{} {when}: {EFFECT}{extra}", of(&words::list(&names, 3))), at, what);
    for (_, signing) in nodes {
        if let Some(chain) = signing.ended() {
            finding.label(chain.leaf.at, "the same certificate");
        }
        let later = signing.chains.iter().find(|it| it.start.is_some_and(|start| today < start));
        if let Some((later, start)) = later.and_then(|it| Some((it, it.start?))) {
            finding.label(later.leaf.at, format!("`{}` is valid from {start} on only", later.entry.title()));
        }
        for proof in signing.proofs() {
            finding.label(proof.at, proves(proof));
        }
        for check in signing.checks.iter().filter(|it| it.expired) {
            finding.label(check.at, "`checksts.py` says so too");
        }
        evidence(finding, signing);
    }
    finding.help(help(!extra.is_empty()));
}

/// The end of a message where other certificates stand in the way.
fn blocked(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "; another certificate has expired as well, and the services do not start again before it is replaced".to_owned(),
        count => format!(
            "; {count} certificates of VECS have expired as well, and the services do not start again before they are replaced"
        ),
    }
}

fn help(is_blocked: bool) -> String {
    let then = if is_blocked { BLOCKERS } else { "" };
    format!("{REPLACE}{then}")
}

/// Lines that show the same outage, and certificates that would stop a restart.
fn evidence(finding: &mut Finding, signing: &Signing<'_>) {
    for (code, at, count) in &signing.unread {
        finding.label(*at, format!("{}, which follows from it: {}", times(*count), error(*code)));
    }
    for (what, at, count) in &signing.symptoms {
        finding.label(*at, format!("{what}: {}", times(*count)));
    }
    for (store, entry, listed) in signing.blockers.iter().take(words::SHOWN) {
        let end = listed.not_after().map_or_else(String::new, |end| format!(" on {end}"));
        let place = if finding.primary.at == entry.alias.at { listed.end_at() } else { entry.alias.at };
        finding.label(place, format!("`{}` expired{end}: services do not start while it has", store.name));
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// What the number of an error of OpenSSL says.
fn error(code: u64) -> String {
    match code {
        151_441_516 | 75_497_580 => {
            "vpxd was given nothing where a certificate should be, there is no broken file to look for"
                .to_owned()
        }
        _ => format!(
            "OpenSSL error {code:#010x}, library {}, reason {}",
            code >> 24,
            if code >> 24 == 9 { code & 0xfff } else { code & 0x007f_ffff }
        ),
    }
}

/// What a line of a log proves.
fn proves(it: &Rejection) -> String {
    let count = times(it.count);
    match (&it.window, &it.first) {
        (Some(window), Some(moment)) => {
            let late = (moment.seconds - window.end.seconds).max(0) / 86_400;
            let days = if late == 0 {
                "the same day".to_owned()
            } else {
                format!("{} after its end", words::days(late))
            };
            format!(
                "a request for a token was rejected, {count}, first {days}; it was valid for {}",
                span(window.days())
            )
        }
        _ => format!("a request for a token was rejected, {count}"),
    }
}

/// "2 years" of days, roughly.
fn span(days: i64) -> String {
    let years = (days + 20) / 365;
    if years == 0 || (days - years * 365).abs() > 45 {
        words::days(days)
    } else if years == 1 {
        "a year".to_owned()
    } else {
        format!("{years} years")
    }
}

/// See the card.
pub(crate) fn sts_expiring(model: &Model, out: &mut Findings) {
    let today = model.today();
    let days = model.settings.option("vcenter/sts-expiring", "days", 90);
    let notice = model.settings.option("vcenter/sts-expiring", "notice", 183);
    let mut told = BTreeSet::new();
    for node in &model.vcenter.nodes {
        let signing = model.vcenter.signing(node, today);
        let found = match signing.active.map(|at| &signing.chains[at]) {
            // Each machine of a domain shows the same.
            Some(chain) if chain.leaf.thumbprint().is_some_and(|it| !told.insert(it)) => None,
            Some(chain) => {
                let left = today.days_until(chain.end);
                let when = format!("expires on {}, in {}", chain.end, words::days(left));
                Some((
                    chain.leaf.at,
                    left,
                    when,
                    format!("`{}` expires on {}", chain.entry.title(), chain.end),
                ))
            }
            None if signing.chains.is_empty() && signing.said_to_have_ended().is_none() => {
                let soonest = signing.checks.iter().filter_map(|it| Some((it.days?, it.at))).max();
                soonest.map(|(left, at)| {
                    let when = format!("had {} left when `checksts.py` ran", words::days(left));
                    (at, left, when, "this one signs".to_owned())
                })
            }
            None => None,
        };
        let Some((at, left, when, what)) = found.filter(|it| it.1 < notice) else { continue };
        let message = format!("{} {when}: after that {EFFECT}", of(&node.name));
        let finding = out.report(message, at, what);
        if left >= days {
            finding.level(Level::Note);
        }
        finding.help(format!("replace it while logins still work: {REPLACE}"));
    }
}

/// See the card.
pub(crate) fn sts_not_yet_valid(model: &Model, out: &mut Findings) {
    let today = model.today();
    for node in &model.vcenter.nodes {
        let signing = model.vcenter.signing(node, today);
        if signing.active.is_some() || signing.ended().is_some() {
            continue;
        }
        let next = signing.chains.iter().filter_map(|it| Some((it.start?, it))).min_by_key(|it| it.0);
        let Some((start, chain)) = next.filter(|it| today < it.0) else { continue };
        out.report(
            format!("{} is valid from {start} on, in {}: until then {EFFECT}", of(&node.name), words::days(today.days_until(start))),
            chain.leaf.at,
            format!("`{}` is valid from {start} on", chain.entry.title()),
        )
        .help(format!(
            "look at the clock of the machine that issued it (VMCA dates certificates back by minutes, not forward), then {REPLACE}"
        ));
    }
}

/// See the card.
pub(crate) fn sts_failed_log(model: &Model, out: &mut Findings) {
    let today = model.today();
    for node in &model.vcenter.nodes {
        let signing = model.vcenter.signing(node, today);
        let told = signing.ended().is_some() || signing.said_to_have_ended().is_some();
        let proofs: Vec<Location> = signing.proofs().iter().map(|it| it.at).collect();
        let before = signing.ended().and_then(|it| it.start);
        let mut reported = false;
        for it in signing.standing() {
            // What proves a finding is part of it, and what came before its certificate is over.
            let over = |moment: &Clock| before.is_some_and(|start| moment.seconds < start.0 + 86_400);
            if told && (proofs.contains(&it.at) || it.first.as_ref().is_some_and(over)) {
                continue;
            }
            reported = true;
            rejected(node, &signing, it, out);
        }
        if !reported && !told && !signing.is_known() {
            unread(node, &signing, out);
        }
    }
}

fn rejected(node: &Node, signing: &Signing<'_>, it: &Rejection, out: &mut Findings) {
    let count = times(it.count);
    let whose = format!("the token service of {}", node.name);
    let window = it.window.as_ref();
    let day = |clock: Option<&Clock>| clock.map_or_else(String::new, |it| format!(" on {}", it.day()));
    let message = match it.verdict() {
        Verdict::Expired if signing.active.is_some() => format!(
            "{whose} rejected requests ({count}) because its signing certificate had ended{}, though the directory holds one that is \
             valid: services that were not restarted still use the old one",
            day(window.map(|it| &it.end))
        ),
        Verdict::Expired => format!(
            "{whose} rejected requests ({count}) because its signing certificate had ended{}: {EFFECT}{}",
            day(window.map(|it| &it.end)),
            blocked(signing.blockers.len())
        ),
        Verdict::NotYet => format!(
            "{whose} rejected requests ({count}) because its signing certificate is valid from{} on only: a clock was set back, or the \
             machine that issued it was ahead",
            day(window.map(|it| &it.start)).replacen(" on", "", 1)
        ),
        Verdict::Skew => format!(
            "{whose} rejected requests ({count}) though its signing certificate was valid by its dates: the clocks of two nodes differ by \
             more than the service tolerates"
        ),
        Verdict::NoWindow if signing.active.is_some() => format!(
            "{whose} rejected requests ({count}) because its signing certificate is not valid, though the one in the directory was valid at that \
             time: services that were not restarted still use an old one, or the clocks of two nodes differ"
        ),
        Verdict::NoWindow => format!(
            "{whose} rejected requests ({count}) because its signing certificate is not valid; this log does not say since when: {EFFECT}{}",
            blocked(signing.blockers.len())
        ),
        Verdict::Unclear => format!(
            "{whose} rejected requests ({count}) because of its signing certificate; the line mixes two time zones, so whether it had ended \
             cannot be told"
        ),
    };
    let what = match (it.verdict(), window) {
        (Verdict::Expired, Some(_)) => proves(it),
        (_, Some(window)) => {
            format!("valid from {} to {}, in the zone of the log", window.start.day(), window.end.day())
        }
        _ => "not valid".to_owned(),
    };
    let finding = out.report(message, it.at, what);
    match it.verdict() {
        Verdict::Expired | Verdict::NoWindow if signing.active.is_some() => {
            finding.help("on every vCenter Server and Platform Services Controller of the SSO domain: `service-control --stop --all`, then \
                 `service-control --start --all`");
        }
        Verdict::Expired | Verdict::NoWindow => {
            evidence(finding, signing);
            finding.help(format!(
                "export the signing chains (`checksts.py`, or `ldapsearch` for `cn=TenantCredential-*`) to see the certificate; {}",
                help(!signing.blockers.is_empty())
            ));
        }
        Verdict::NotYet | Verdict::Skew => {
            finding.help("let every node take its time from the same NTP servers, then restart the services; do not replace the certificate \
                 before the clocks agree");
        }
        Verdict::Unclear => {
            finding.level(Level::Note).help(
                "look at the certificate itself: `checksts.py`, or an export of `cn=TenantCredential-*`",
            );
        }
    }
}

/// `Failed to read X509 cert` alone: a sign of the same outage, and no proof.
fn unread(node: &Node, signing: &Signing<'_>, out: &mut Findings) {
    let Some((code, at, count)) = signing.unread.first() else { return };
    let more = if matches!(code, 151_441_516 | 75_497_580) {
        "; services see this when the token service does not answer them, as after its signing certificate has expired"
    } else {
        ""
    };
    out.report(
        format!("vpxd of {} could not read a certificate ({}): {}{more}", node.name, times(*count), error(*code)),
        *at,
        "read here",
    )
    .level(Level::Note)
    .help("look at `vpxd-svcs.log` for `Signing certificate is not valid`, and at the signing chains with `checksts.py`");
}
