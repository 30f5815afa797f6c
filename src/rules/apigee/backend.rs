//! Client certificates towards a backend, and settings that only one kind of Apigee has.

use crate::{
    finding::{Findings, Level},
    model::{Location, Model, Said, apigee::Platform},
};

use super::{
    names::SAMPLES,
    sides::{SideKind, Switch, grouped, label_some, present, sides},
    validation::{tls_targets, who},
};

/// See the card.
pub(crate) fn target_clientauth_incomplete(model: &Model, out: &mut Findings) {
    for side in sides(model).iter().filter(|it| !it.is_host() && it.is_live()) {
        let ssl = side.ssl;
        let balanced = matches!(side.kind, SideKind::Connection(it) if it.load_balancer.is_some());
        let misspelt =
            ["clientAuthEnabled", "keyStore", "keyAlias"].into_iter().any(|it| side.has_misspelt(it));
        if balanced || misspelt {
            continue;
        }
        let (store, alias) = (present(ssl.key_store.as_ref()), present(ssl.key_alias.as_ref()));
        match (Switch::of(ssl.client_auth.as_ref()), &ssl.client_auth) {
            (Switch::On, Some(asked)) if store.is_none() || alias.is_none() => {
                let lacks = match (store, alias) {
                    (None, None) => "neither keystore nor alias",
                    (None, Some(_)) => "an alias and no keystore",
                    _ => "a keystore and no alias in it",
                };
                let finding = out.report(
                    format!(
                        "{} is to show a client certificate and names {lacks}: there is none to show, and a backend that \
                         asks for one ends the handshake (`503`, `Received fatal alert`)",
                        side.title
                    ),
                    asked.at,
                    "client certificate wanted",
                );
                if let Some(half) = store.or(alias) {
                    finding.label(half.at, "half of what it takes");
                }
                finding.help("name both: the keystore by a reference (`ref://name`), and the alias as the store has it");
            }
            (Switch::Off | Switch::Unset, said) => {
                let Some(half) = store.or(alias) else { continue };
                // What was copied from a sample whole is told by `apigee/store-undefined`.
                let copied = |it: Option<&Said>| it.is_some_and(|it| SAMPLES.contains(&it.trimmed()));
                if copied(store) && copied(ssl.trust_store.as_ref()) {
                    continue;
                }
                let finding = out.report(
                    format!(
                        "{} names a client certificate and does not turn client authentication on: the certificate is never \
                         shown, and a backend that asks for one ends the handshake (`503`)",
                        side.title
                    ),
                    said.as_ref().map_or(half.at, |it| it.at),
                    if said.is_some() { "not turned on" } else { "no `ClientAuthEnabled` beside it" },
                );
                finding.level(Level::Warning).label(half.at, "the client certificate");
                finding.help("set `ClientAuthEnabled` to `true` if the backend asks for a certificate, else remove the keystore");
            }
            _ => {}
        }
    }
}

/// See the card.
pub(crate) fn commonname_shape(model: &Model, out: &mut Findings) {
    for side in sides(model).iter().filter(|it| !it.is_host()) {
        let Some(name) = &side.ssl.common_name else { continue };
        let blank = name.value.as_ref().is_none_or(Said::is_blank);
        let (what, help) = if name.wrong_shape {
            (
                "is no object with `value` and `wildcardMatch`",
                "write `\"commonName\": {\"value\": \"backend.example.com\", \"wildcardMatch\": false}`",
            )
        } else if blank {
            ("is empty", "write the name that the backend's certificate has, or remove it")
        } else if name.wildcard.is_none() && side.is_xml() {
            (
                "lacks the attribute `wildcardMatch`, which the schema demands",
                "write `<CommonName wildcardMatch=\"false\">`",
            )
        } else {
            continue;
        };
        out.report(
            format!(
                "`CommonName` of {} {what}: it is refused, or the name in the backend's certificate is not checked",
                side.title
            ),
            name.at,
            what,
        )
        .help(help);
    }
}

/// See the card.
pub(crate) fn enforce_profile(model: &Model, out: &mut Findings) {
    for side in sides(model).iter().filter(|it| !it.is_host()) {
        let Some(enforce) = present(side.ssl.enforce.as_ref()) else { continue };
        let ignore = side.ssl.ignore_validation_errors.as_ref();
        if side.platform.is_edge() {
            out.report(
                format!(
                    "{} sets `Enforce`, which Edge does not know: it is refused or has no effect",
                    side.title
                ),
                enforce.at,
                "for X and hybrid alone",
            )
            .help("remove it, and name a truststore and a `CommonName`");
        } else if let Some(ignore) = ignore.filter(|it| Switch::of(Some(it)) == Switch::On)
            && Switch::of(Some(enforce)) == Switch::On
        {
            out.report(
                format!(
                    "{} enforces valid certificates and ignores invalid ones: the first wins, and calls fail where the second \
                     was to let them through",
                    side.title
                ),
                ignore.at,
                "errors are to be ignored",
            )
            .label(enforce.at, "and enforced")
            .help("remove `IgnoreValidationErrors`");
        }
    }
    let lax = tls_targets(model).filter(|side| {
        side.platform == Platform::X
            && Switch::of(side.ssl.enforce.as_ref()).is_off()
            && !side.has_misspelt("enforce")
            // `apigee/target-ignore-validation` speaks.
            && Switch::of(side.ssl.ignore_validation_errors.as_ref()) != Switch::On
    });
    for (_, all) in grouped(lax.map(|side| (side.group, side))) {
        let places: Vec<(Location, String)> = all
            .iter()
            .map(|side| {
                let at = side.ssl.enforce.as_ref().map_or(side.ssl.at, |it| it.at);
                (at, "not enforced".to_owned())
            })
            .collect();
        let Some(((at, _), more)) = places.split_first() else { continue };
        let finding = out.report(
            format!(
                "{} {} TLS without `Enforce`: a backend with an expired, foreign or self-signed certificate may be taken all \
                 the same",
                who(&all),
                if all.len() == 1 { "speaks" } else { "speak" },
            ),
            *at,
            "not enforced",
        );
        label_some(finding, more);
        finding.help("set `Enforce` to `true`, after a look at the chain that the backend sends");
    }
}
