//! Validity windows against "today", worded for the place a certificate has in its chain.

use crate::{
    finding::{Findings, Level},
    model::x509::{Certificate, Time},
    model::{CertId, Model, Part, Role},
    rules::words,
};

use super::case::{Case, cases};

/// What peers do when a certificate of this part is out of its window.
fn effect(case: &Case<'_>, part: Part) -> String {
    match part {
        Part::Leaf(Role::Server) => "every client refuses the connection".to_owned(),
        Part::Leaf(Role::Client) => "the peer refuses the connection".to_owned(),
        Part::Intermediate(_) => "peers that build the chain through it refuse the connection".to_owned(),
        Part::Anchor(role) => {
            format!("{} refuses every {} certificate issued below it", case.software(), role.word())
        }
    }
}

/// "in 3 days", from now on.
fn ahead(days: i64) -> String {
    if days == 0 { "within a day".to_owned() } else { format!("in {}", words::days(days)) }
}

/// What to do about a certificate that has ended or will.
fn renewal(it: &Certificate, part: Part) -> String {
    match part {
        Part::Leaf(_) if it.is_self_issued() => {
            "make a new one and put it into this file, then reload".to_owned()
        }
        Part::Leaf(_) => format!(
            "renew it with `{}` and put the new certificate with its chain into this file, then reload",
            it.issuer.title()
        ),
        Part::Intermediate(_) => format!(
            "fetch the current certificate of `{}` from its authority and replace it in this file, then reload",
            it.subject.title()
        ),
        Part::Anchor(_) => format!(
            "add the current certificate of `{}` to this file, and remove this one, then reload",
            it.subject.title()
        ),
    }
}

/// See the card.
pub(crate) fn expired(model: &Model, out: &mut Findings) {
    let today = model.today();
    let wrong = |_: CertId, it: &Certificate| it.not_after < today;
    for case in cases(model, wrong) {
        let it = case.certificate();
        let when = match it.not_after.days_until(today) {
            0 => format!("expired on {}", it.not_after),
            days => format!("expired on {}, {} ago", it.not_after, words::days(days)),
        };
        let Some(part) = case.part else {
            case.report(out, format!("{} {when}; no use of it was seen", case.whose()), &when)
                .level(Level::Warning)
                .help("remove it, or renew it before somebody puts it to use");
            continue;
        };
        // It was only not put where it belongs: `trust/expired-shadows-valid` says that.
        if matches!(part, Part::Anchor(_)) && model.valid_twin(case.id).is_some() {
            continue;
        }
        let message = format!("{} {when}: {}", case.whose(), effect(&case, part));
        let several = case.is_one_of_several(wrong);
        let finding = case.report(out, message, &when);
        finding.help(renewal(it, part));
        if several {
            finding.level(Level::Warning);
        }
    }
}

/// See the card.
pub(crate) fn expiring(model: &Model, out: &mut Findings) {
    let today = model.today();
    let days = model.settings.option("cert/expiring", "days", 30);
    let wrong = |_: CertId, it: &Certificate| {
        it.not_before <= today && today <= it.not_after && late(it, today, days)
    };
    for case in cases(model, wrong) {
        // What nobody uses may run out in peace.
        let Some(part) = case.part else { continue };
        let it = case.certificate();
        let message = format!(
            "{} expires on {}, {}; after that {}",
            case.whose(),
            it.not_after,
            ahead(today.days_until(it.not_after)),
            effect(&case, part),
        );
        let what = format!("expires on {}", it.not_after);
        case.report(out, message, &what).help(renewal(it, part));
    }
}

/// Fewer days are left than asked for, and less than a third of its life: certificates that live for days are renewed
/// in their last days.
fn late(it: &Certificate, today: Time, days: i64) -> bool {
    let left = it.not_after.0.saturating_sub(today.0);
    let life = it.not_after.0.saturating_sub(it.not_before.0);
    left < days.saturating_mul(86_400) && left.saturating_mul(3) < life
}

/// See the card.
pub(crate) fn not_yet_valid(model: &Model, out: &mut Findings) {
    let today = model.today();
    let wrong = |_: CertId, it: &Certificate| today < it.not_before;
    for case in cases(model, wrong) {
        // A certificate that waits for its day is not in anybody's way.
        let Some(part) = case.part else { continue };
        let it = case.certificate();
        let when = format!("is valid from {}, {}", it.not_before, ahead(today.days_until(it.not_before)));
        let message = format!("{} {when}: until then {}", case.whose(), effect(&case, part));
        let several = case.is_one_of_several(wrong);
        let finding = case.report(out, message, &when);
        finding.help(
            "put the certificate that is valid today back, or check the clock of the machine that issued this one",
        );
        if several {
            finding.level(Level::Warning);
        }
    }
}
