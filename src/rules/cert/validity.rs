//! Validity windows against "today", worded for the place a certificate has in its chain.

use std::collections::BTreeSet;

use crate::{
    finding::{Findings, Level},
    model::x509::{Certificate, Time},
    model::{CertId, FileId, Model, Part, Pointer, Role, Software},
    rules::words,
};

use super::{
    case::{Case, cases},
    described,
};

/// What peers do when a certificate of this part is out of its window; `alone` where it issues no others.
pub(super) fn effect(software: Option<Software>, part: Part, alone: bool) -> String {
    match (part, software) {
        (Part::Leaf(_), Some(Software::MeetingServerDatabase)) => {
            "the nodes of the database cluster lose each other, and meetings cannot be set up".to_owned()
        }
        (Part::Leaf(Role::Server), _) => "every client refuses the connection".to_owned(),
        (Part::Leaf(Role::Client), Some(Software::MessageProcessor)) => {
            "backends that check it refuse the handshake, and calls to them get `503`".to_owned()
        }
        (Part::Leaf(Role::Client), _) => "the peer refuses the connection".to_owned(),
        (Part::Intermediate(_), _) => {
            "peers that build the chain through it refuse the connection".to_owned()
        }
        (Part::Anchor(Role::Client), Some(Software::EdgeRouter)) => {
            format!("clients that show it{} get `400 The SSL certificate error`", below(alone))
        }
        (Part::Anchor(_), Some(Software::MessageProcessor)) => format!(
            "calls to backends that show it{} fail with `503` and `messaging.adaptors.http.flow.SslHandshakeFailed`",
            below(alone)
        ),
        (Part::Anchor(role), software) => format!(
            "{} refuses every {} certificate issued below it",
            software.map_or("", Software::name),
            role.word()
        ),
    }
}

fn below(alone: bool) -> &'static str {
    if alone { "" } else { " or a certificate issued below it" }
}

/// "in 3 days", from now on.
pub(super) fn ahead(days: i64) -> String {
    if days == 0 { "within a day".to_owned() } else { format!("in {}", words::days(days)) }
}

/// What to do about a certificate that has ended or will.
fn renewal(case: &Case<'_>, part: Part) -> String {
    let it = case.certificate();
    let pfx = case.pointer().filter(|it| it.software == Software::HttpSys && it.to.file().is_some());
    if let Some(pfx) = pfx {
        return match part {
            Part::Leaf(_) => format!(
                "renew it with `{}` and put it with key, chain and the password that all files have over `{}`, and over each copy \
                 under another name: every node reads it there within its polling interval",
                it.issuer.title(),
                pfx.written
            ),
            Part::Intermediate(_) | Part::Anchor(_) => format!(
                "export `{}` again with the current certificate of `{}`, with the password that all files have",
                pfx.written,
                it.subject.title()
            ),
        };
    }
    if let Some(software @ (Software::EdgeRouter | Software::MessageProcessor | Software::HttpSys)) =
        case.software()
    {
        return rotation(software, it.subject.title(), it.issuer.title(), part);
    }
    if let Some(software) = case.software().filter(|it| it.is_meeting_server()) {
        return on_meeting_server(software, it.subject.title(), it.issuer.title(), part);
    }
    let file = case.pointer().map_or("file", Pointer::carrier);
    let then = match case.software() {
        Some(Software::Ingress) => "then run `helm upgrade`",
        Some(Software::Kubernetes) => "then apply it",
        Some(Software::Java) => "then restart what opens it",
        _ => "then reload",
    };
    match part {
        Part::Leaf(_) if it.is_self_issued() => format!("make a new one and put it into this {file}, {then}"),
        Part::Leaf(_) => format!(
            "renew it with `{}` and put the new certificate with its chain into this {file}, {then}",
            it.issuer.title()
        ),
        Part::Intermediate(_) => format!(
            "fetch the current certificate of `{}` from its authority and replace it in this {file}, {then}",
            it.subject.title()
        ),
        Part::Anchor(_) => format!(
            "add the current certificate of `{}` to this {file}, and remove this one, {then}",
            it.subject.title()
        ),
    }
}

/// How a certificate is exchanged on a Meeting Server: under its old name, but for the database, which has to be taken
/// apart for it.
fn on_meeting_server(software: Software, subject: &str, issuer: &str, part: Part) -> String {
    match (software, part) {
        (Software::MeetingServerDatabase, _) => "plan an outage: note which node is the primary (`database cluster status`), run `database cluster remove` on every node, then `database cluster certs` with the new files on every node, `localnode` and `initialize` on the old primary, `join` or `connect` on the others".to_owned(),
        (_, Part::Leaf(_)) => format!("have `{issuer}` renew it for the same key, upload it by SFTP under the same file name, and restart the service; where key or name change, use a new name and give the service the new files"),
        (_, Part::Intermediate(_)) => format!("put the current certificate of `{subject}` into this file, upload it under the same name, and restart the service"),
        (_, Part::Anchor(_)) => format!("put the current certificate of `{subject}` into this file beside or instead of this one, upload it under the same name, and restart the services that trust it"),
    }
}

/// How a certificate is exchanged: in Apigee never in place, because what runs keeps what it has loaded; in Windows by a
/// new thumbprint at every place that has the old one.
pub(super) fn rotation(software: Software, subject: &str, issuer: &str, part: Part) -> String {
    if software.is_meeting_server() {
        return on_meeting_server(software, subject, issuer, part);
    }
    if software == Software::HttpSys {
        return format!(
            "renew it with `{issuer}`, import it with its private key into `LocalMachine\\My` of every node, and choose it \
             in every binding that shows the old one: importing alone changes no binding"
        );
    }
    let restart = if software == Software::EdgeRouter { "Router" } else { "Message Processor" };
    let steps = format!(
        "to a new store under the same alias name, then change the reference to that store; where the store is named \
         without a reference, the {restart} must be restarted"
    );
    match part {
        Part::Leaf(_) => format!("renew it with `{issuer}` and upload certificate, chain and key {steps}"),
        Part::Intermediate(_) => {
            format!("upload the chain with the current certificate of `{subject}` {steps}")
        }
        Part::Anchor(_) => format!("upload the current certificate of `{subject}` {steps}"),
    }
}

/// Certificates and the files where a renewal has reached another file of the Central Certificate Store that would do:
/// rules about its folder say so.
fn passed_over(model: &Model) -> BTreeSet<(CertId, FileId)> {
    let old = model.outdated_pfx().into_iter();
    old.filter_map(|it| Some((it.leaf, it.file.file?))).collect()
}

/// Nothing uses it but files that a renewal passed over.
fn is_told_by_folder(passed_over: &BTreeSet<(CertId, FileId)>, case: &Case<'_>) -> bool {
    !case.uses.is_empty() && case.uses.iter().all(|it| passed_over.contains(&(case.id, it.place.file)))
}

/// See the card.
pub(crate) fn expired(model: &Model, out: &mut Findings) {
    described::expired(model, out);
    let today = model.today();
    // A rotation that stopped half way is told as such.
    let rotated = model.half_rotated();
    let old = passed_over(model);
    let wrong = |_: CertId, it: &Certificate| it.not_after < today;
    for case in cases(model, wrong).into_iter().filter(|it| !rotated.certificates.contains(&it.id)) {
        if is_told_by_folder(&old, &case) {
            continue;
        }
        let it = case.certificate();
        let when = match it.not_after.days_until(today) {
            0 => format!("expired on {}", it.not_after),
            days => format!("expired on {}, {} ago", it.not_after, words::days(days)),
        };
        let Some(part) = case.part else {
            // What an appliance is given is told with what the appliance makes of it.
            if model.materials.known(case.id).places.iter().all(|it| model.openmanage.uploads(it.file)) {
                continue;
            }
            case.report(out, format!("{} {when}; no use of it was seen", case.whose()), &when)
                .level(Level::Warning)
                .help("remove it, or renew it before somebody puts it to use");
            continue;
        };
        // It was only not put where it belongs: `trust/expired-shadows-valid` says that.
        if matches!(part, Part::Anchor(_)) && model.valid_twin(case.id).is_some() {
            continue;
        }
        let message =
            format!("{} {when}: {}", case.whose(), effect(case.software(), part, case.issues_none()));
        // Clients of today find the way around it; older ones do not.
        let several = case.is_one_of_several(wrong) || case.is_bypassed();
        let finding = case.report(out, message, &when);
        finding.help(renewal(&case, part));
        if several {
            finding.level(Level::Warning);
        }
    }
}

/// See the card.
pub(crate) fn expiring(model: &Model, out: &mut Findings) {
    described::expiring(model, out);
    let today = model.today();
    let days = model.settings.option("cert/expiring", "days", 30);
    let old = passed_over(model);
    let wrong = |_: CertId, it: &Certificate| {
        it.not_before <= today && today <= it.not_after && late(it.not_before, it.not_after, today, days)
    };
    for case in cases(model, wrong) {
        // What nobody uses may run out in peace.
        let Some(part) = case.part.filter(|_| !is_told_by_folder(&old, &case)) else { continue };
        let it = case.certificate();
        let message = format!(
            "{} expires on {}, {}; after that {}",
            case.whose(),
            it.not_after,
            ahead(today.days_until(it.not_after)),
            effect(case.software(), part, case.issues_none()),
        );
        let what = format!("expires on {}", it.not_after);
        case.report(out, message, &what).help(renewal(&case, part));
    }
}

/// Fewer days are left than asked for, and less than a third of its life: certificates that live for days are renewed
/// in their last days.
pub(super) fn late(start: Time, end: Time, today: Time, days: i64) -> bool {
    let left = end.0.saturating_sub(today.0);
    let life = end.0.saturating_sub(start.0);
    left < days.saturating_mul(86_400) && left.saturating_mul(3) < life
}

/// What to do about a certificate of a store whose day has not come.
pub(super) const WAIT: &str = "point the reference at a store with the certificate that is valid today until then, or check the clock of the \
                               machine that issued this one";

/// See the card.
pub(crate) fn not_yet_valid(model: &Model, out: &mut Findings) {
    described::not_yet_valid(model, out);
    let today = model.today();
    let wrong = |_: CertId, it: &Certificate| today < it.not_before;
    for case in cases(model, wrong) {
        // A certificate that waits for its day is not in anybody's way.
        let Some(part) = case.part else { continue };
        let it = case.certificate();
        let when = format!("is valid from {}, {}", it.not_before, ahead(today.days_until(it.not_before)));
        let message = format!(
            "{} {when}: until then {}",
            case.whose(),
            effect(case.software(), part, case.issues_none())
        );
        let several = case.is_one_of_several(wrong);
        let in_store = case.software().is_some_and(Software::keeps_stores);
        let finding = case.report(out, message, &when);
        finding.help(if in_store {
            WAIT
        } else {
            "put the certificate that is valid today back, or check the clock of the machine that issued this one"
        });
        if several {
            finding.level(Level::Warning);
        }
    }
}
