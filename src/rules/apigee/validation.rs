//! Whether the certificate of a backend is looked at.

use crate::{
    finding::Findings,
    model::{
        Location, Model,
        apigee::{Platform, SslInfo},
    },
};

use super::{
    names::is_undefined,
    sides::{Side, SideKind, Switch, grouped, label_some, present, sides},
};

/// Whether errors of a backend's certificate are ignored for certain.
fn ignores(ssl: &SslInfo) -> bool {
    Switch::of(ssl.ignore_validation_errors.as_ref()) == Switch::On
}

/// Targets that speak TLS by settings that hold. Beside a load balancer they are those of the target servers.
pub(super) fn tls_targets(model: &Model) -> impl Iterator<Item = Side<'_>> {
    sides(model).into_iter().filter(|side| {
        let balanced = matches!(side.kind, SideKind::Connection(it) if it.load_balancer.is_some());
        !side.is_host() && !balanced && side.is_live() && side.enabled() == Switch::On
    })
}

/// ``target server `a` of environment `test` and 3 more``.
pub(super) fn who(sides: &[Side<'_>]) -> String {
    match sides {
        [] => String::new(),
        [one] => one.title.clone(),
        [first, more @ ..] => format!("{} and {} more", first.title, more.len()),
    }
}

/// See the card.
pub(crate) fn target_no_truststore(model: &Model, out: &mut Findings) {
    let open = tls_targets(model).filter(|side| {
        let ssl = side.ssl;
        present(ssl.trust_store.as_ref()).is_none()
            && !side.has_misspelt("trustStore")
            && !side.has_misspelt("ignoreValidationErrors")
            && !ignores(ssl)
            // There `Enforce` is what counts, and `apigee/enforce-profile` speaks.
            && side.platform != Platform::X
            && Switch::of(ssl.enforce.as_ref()) != Switch::On
    });
    for (_, all) in grouped(open.map(|side| (side.group, side))) {
        let places: Vec<(Location, String)> = all
            .iter()
            .map(|side| {
                let empty = side.ssl.trust_store.as_ref();
                (empty.map_or(side.ssl.at, |it| it.at), "no truststore".to_owned())
            })
            .collect();
        let Some(((at, _), more)) = places.split_first() else { continue };
        let finding = out.report(
            format!(
                "{} {} with TLS and without a truststore: which authorities may vouch for a backend is left to the Message \
                 Processor, and calls may go to somebody who is not the backend",
                who(&all),
                if all.len() == 1 { "calls its backend" } else { "call their backends" },
            ),
            *at,
            "no truststore",
        );
        label_some(finding, more);
        finding.help("name a truststore with the authorities of the backend by a reference (`ref://name`)");
    }
}

/// See the card.
pub(crate) fn target_ignore_validation(model: &Model, out: &mut Findings) {
    for side in sides(model).iter().filter(|it| !it.is_host() && it.is_live()) {
        let ssl = side.ssl;
        let Some(ignore) = ssl.ignore_validation_errors.as_ref().filter(|_| ignores(ssl)) else { continue };
        // `Enforce` wins, and `apigee/enforce-profile` speaks.
        if Switch::of(ssl.enforce.as_ref()) == Switch::On {
            continue;
        }
        let finding = out.report(
            format!(
                "{} ignores what is wrong with the backend's certificate: expired, of nobody known or of somebody else, it \
                 is taken, and whoever sits on the way can read and change every call",
                side.title
            ),
            ignore.at,
            "errors are ignored",
        );
        if let Some(store) = present(ssl.trust_store.as_ref()) {
            finding.label(store.at, "a truststore that keeps nobody out");
        }
        finding.help("write `false`, and put what the backend's chain needs into a truststore");
    }
}

/// See the card.
pub(crate) fn no_hostname_check(model: &Model, out: &mut Findings) {
    let open = tls_targets(model).filter(|side| {
        let ssl = side.ssl;
        side.platform.is_edge()
            && present(ssl.trust_store.as_ref()).is_some_and(|it| !is_undefined(side, it))
            && ssl.common_name.is_none()
            && !side.has_misspelt("commonName")
            && !side.has_misspelt("ignoreValidationErrors")
            && !ignores(ssl)
    });
    for (_, all) in grouped(open.map(|side| (side.group, side))) {
        let places: Vec<(Location, String)> =
            all.iter().map(|side| (side.ssl.at, "no `CommonName`".to_owned())).collect();
        let Some(((at, _), more)) = places.split_first() else { continue };
        let finding = out.report(
            format!(
                "{} {} who issued a backend's certificate and not whose it is: Edge does not compare the host name by \
                 itself, so any certificate of the same authorities will do",
                who(&all),
                if all.len() == 1 { "checks" } else { "check" },
            ),
            *at,
            "no `CommonName`",
        );
        label_some(finding, more);
    }
}
