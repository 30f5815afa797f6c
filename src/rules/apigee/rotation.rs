//! The rotation that stopped half way: a new store with the new certificate, and a reference that nobody moved.

use std::fmt::Write as _;

use crate::{
    finding::{Findings, Level},
    model::{
        Model,
        apigee::{HalfRotation, StoreRole, StoreUse},
        said::Said,
    },
    rules::words,
};

/// What users see of it.
fn effect(noticed: Option<&StoreUse<'_>>) -> &'static str {
    match noticed.map(|it| (it.user.is_virtual_host(), it.role)) {
        Some((true, StoreRole::Trust)) => {
            "clients with a certificate below it get `400 The SSL certificate error`"
        }
        Some((true, StoreRole::Key)) => "clients are shown the expired certificate and refuse the connection",
        Some((false, StoreRole::Trust)) => {
            "the Message Processor refuses the backend's certificate and callers get a 503 (`messaging.adaptors.http.flow.SslHandshakeFailed`)"
        }
        Some((false, StoreRole::Key)) => {
            "the backend is shown the expired certificate and refuses the connection"
        }
        None => "whatever will use it fails",
    }
}

/// See the card.
pub(crate) fn ref_points_to_expired_store(model: &Model, out: &mut Findings) {
    for it in model.half_rotations() {
        let Some((expired, valid)) = it.replaced.first() else { continue };
        let reference = it.reference.name.trimmed();
        let noticed = it.noticed();
        let message = format!(
            "reference `{reference}` still stands for store `{}`, whose certificate `{}` expired on {}, and the valid one waits in store `{}`: {}",
            it.old.name,
            expired.title,
            expired.not_after,
            it.new.name,
            effect(noticed)
        );
        let finding =
            out.report(message, it.reference.refers.at, format!("names `{}`, the old store", it.old.name));
        if !it.whole || noticed.is_none() {
            finding.level(Level::Warning);
        }
        for used in it.uses.iter().take(words::SHOWN) {
            finding.label(used.at(), format!("{} uses the reference", used.user.title()));
        }
        for (old, new) in it.replaced.iter().take(words::SHOWN) {
            finding.label(
                old.at,
                format!("alias `{}`: `{}` expired on {}", old.alias, old.title, old.not_after),
            );
            finding.label(new.at, format!("valid until {}, in store `{}`", new.not_after, it.new.name));
        }
        let help = if it.new_is_used {
            format!(
                "upload the valid certificate of `{}` to a new store and let reference `{reference}` stand for that; `{}` is used for something else already",
                valid.title, it.new.name
            )
        } else {
            finish(&it, reference)
        };
        finding.help(help);
    }
}

/// What is left to do.
fn finish(it: &HalfRotation<'_>, reference: &str) -> String {
    let aliases =
        it.uses.iter().filter_map(StoreUse::alias).filter(|it| !it.is_placeholder()).map(Said::trimmed);
    let missing: Vec<&str> = aliases.filter(|alias| it.new.alias(alias).is_none()).collect();
    let mut help = format!("let reference `{reference}` stand for `{}`; that needs no restart", it.new.name);
    if let Some(alias) = missing.first() {
        let _ = write!(
            help,
            ", but first give the certificate there the alias `{alias}`, by which it is looked up"
        );
    }
    help
}
