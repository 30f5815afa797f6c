//! Keystores and what they must hold for those that use them.

mod apigee;

use crate::{finding::Findings, model::Model};

/// See the card.
pub(crate) fn alias_missing(model: &Model, out: &mut Findings) {
    apigee::alias_missing(model, out);
}

/// See the card.
pub(crate) fn alias_without_key(model: &Model, out: &mut Findings) {
    apigee::alias_without_key(model, out);
}
