//! Keys and signatures that software of today refuses, or will.

use crate::{
    finding::{Finding, Findings, Level},
    model::x509::{Certificate, KeyFamily},
    model::{CertId, Location, Model, Part, Software, Use},
};

use super::{
    case::{Case, cases},
    described,
};

/// A key that is too weak.
struct WeakKey {
    what: String,
    /// OpenSSL at security level 2 (112 bits) refuses it; else only the peers do.
    refused_by_library: bool,
}

impl WeakKey {
    fn of(it: &Certificate) -> Option<Self> {
        let bits = it.public_key.bits;
        let (what, refused_by_library) = match it.public_key.kind.family() {
            KeyFamily::Rsa | KeyFamily::RsaPss if (1..2048).contains(&bits) => {
                (format!("an RSA key of {bits} bits"), true)
            }
            KeyFamily::Ecdsa if (1..256).contains(&bits) => (format!("an EC key of {bits} bits"), bits < 224),
            KeyFamily::Dsa => ("a DSA key".to_owned(), bits < 2048),
            _ => return None,
        };
        Some(Self { what, refused_by_library })
    }
}

/// The lines that lower the security level to `level` or below, where every use of a case is lowered so far.
fn lowered(model: &Model, case: &Case<'_>, level: u8) -> Option<Vec<Location>> {
    let of = |it: &Use| model.estate.endpoint(it.endpoint).lowered.filter(|it| it.level <= level);
    case.uses.iter().map(|it| Some(of(it)?.at)).collect()
}

/// It has ended: that is what has to be said of a certificate that nobody uses.
fn is_over(model: &Model, it: &Certificate) -> bool {
    it.not_after < model.today()
}

fn label_lowered(finding: &mut Finding, lines: &[Location]) {
    for line in lines {
        finding.label(*line, "this line lowers the security level");
    }
}

/// See the card.
pub(crate) fn weak_key(model: &Model, out: &mut Findings) {
    described::weak_key(model, out);
    let wrong = |_: CertId, it: &Certificate| WeakKey::of(it).is_some();
    for case in cases(model, wrong) {
        let Some(weak) = WeakKey::of(case.certificate()) else { continue };
        let what = &weak.what;
        let advice =
            "make a new key, RSA with 2048 bits or more or EC P-256, and have a certificate issued for it";
        let Some(part) = case.part else {
            if !is_over(model, case.certificate()) {
                case.report(out, format!("{} has {what}; no use of it was seen", case.whose()), what)
                    .help("remove it, or replace it before somebody puts it to use");
            }
            continue;
        };
        let lowered = lowered(model, &case, 1).filter(|_| weak.refused_by_library);
        let library = case.is_read_by_openssl();
        let software = case.software().map_or("", Software::name);
        let effect = match (part, &lowered) {
            _ if !library => "peers of today refuse such keys, and they can be broken".to_owned(),
            (Part::Leaf(_) | Part::Intermediate(_), _) if !weak.refused_by_library => {
                format!("{software} takes it, and current clients refuse the handshake")
            }
            (Part::Leaf(_) | Part::Intermediate(_), Some(_)) => {
                format!("{software} takes it at its lowered security level, and many peers refuse it")
            }
            (Part::Leaf(_) | Part::Intermediate(_), None) => {
                let reason =
                    if matches!(part, Part::Leaf(_)) { "ee key too small" } else { "ca key too small" };
                format!(
                    "{software} refuses it at OpenSSL's usual security level (`{reason}`), and so do many peers"
                )
            }
            (Part::Anchor(_), Some(_)) => {
                format!("{software} believes it at its lowered security level, and short keys can be broken")
            }
            (Part::Anchor(role), None) if weak.refused_by_library => format!(
                "at OpenSSL's usual security level {software} refuses every {} certificate issued below it",
                role.word()
            ),
            (Part::Anchor(_), None) => "such keys can be broken".to_owned(),
        };
        let mild = !library
            || lowered.is_some()
            || case.is_one_of_several(wrong)
            || (matches!(part, Part::Anchor(_)) && !weak.refused_by_library);
        let finding = case.report(out, format!("{} has {what}: {effect}", case.whose()), what);
        label_lowered(finding, lowered.as_deref().unwrap_or_default());
        finding.level(if mild { Level::Warning } else { Level::Error }).help(advice);
    }
}

/// See the card.
pub(crate) fn weak_signature(model: &Model, out: &mut Findings) {
    described::weak_signature(model, out);
    // A root is believed for itself: nobody checks its signature.
    let wrong = |id: CertId, it: &Certificate| {
        it.signature_algorithm.is_weak().is_some() && !model.chains.is_root(&model.materials, id)
    };
    for case in cases(model, wrong) {
        let it = case.certificate();
        let Some(hash) = it.signature_algorithm.is_weak() else { continue };
        let what = format!("signed with {}", it.signature_algorithm);
        let Some(part) = case.part else {
            if !is_over(model, it) {
                let message = format!("{} is signed with {hash}; no use of it was seen", case.whose());
                case.report(out, message, &what)
                    .help("remove it, or replace it before somebody puts it to use");
            }
            continue;
        };
        let lowered = lowered(model, &case, 0);
        let library = case.is_read_by_openssl();
        let software = case.software().map_or("", Software::name);
        let effect = match (part, &lowered) {
            _ if !library => "peers of today refuse such signatures, and they can be forged".to_owned(),
            (Part::Leaf(_) | Part::Intermediate(_), None) => format!(
                "{software} refuses it at OpenSSL's usual security level (`ca md too weak`), and so do browsers"
            ),
            (Part::Leaf(_) | Part::Intermediate(_), Some(_)) => {
                format!("{software} takes it at its lowered security level, and browsers refuse it")
            }
            (Part::Anchor(role), None) => format!(
                "at OpenSSL's usual security level {software} refuses {} certificates issued below it",
                role.word()
            ),
            (Part::Anchor(_), Some(_)) => {
                format!(
                    "{software} accepts it at its lowered security level, and such signatures can be forged"
                )
            }
        };
        let mild = !library || lowered.is_some() || case.is_one_of_several(wrong);
        let finding = case.report(out, format!("{} is signed with {hash}: {effect}", case.whose()), &what);
        label_lowered(finding, lowered.as_deref().unwrap_or_default());
        finding
            .level(if mild { Level::Warning } else { Level::Error })
            .help("have the certificate issued again; the authority must sign with SHA-256 or better");
    }
}
