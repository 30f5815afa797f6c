//! Keystores and what they must hold for those that use them.

mod apigee;
mod reading;

use crate::{finding::Findings, model::Model};

/// See the card.
pub(crate) fn alias_missing(model: &Model, out: &mut Findings) {
    apigee::alias_missing(model, out);
}

/// See the card.
pub(crate) fn alias_without_key(model: &Model, out: &mut Findings) {
    apigee::alias_without_key(model, out);
}

/// See the card.
pub(crate) fn default_password(model: &Model, out: &mut Findings) {
    reading::default_password(model, out);
}

/// See the card.
pub(crate) fn malformed(model: &Model, out: &mut Findings) {
    reading::malformed(model, out);
}

/// See the card.
pub(crate) fn wrong_password(model: &Model, out: &mut Findings) {
    reading::wrong_password(model, out);
}
