//! Keystores and what they must hold for those that use them.

mod apigee;
mod java;
mod reading;

use crate::{finding::Findings, model::Model};

/// See the card.
pub(crate) fn alias_missing(model: &Model, out: &mut Findings) {
    apigee::alias_missing(model, out);
    java::alias_missing(model, out);
}

/// See the card.
pub(crate) fn alias_without_key(model: &Model, out: &mut Findings) {
    apigee::alias_without_key(model, out);
    java::alias_without_key(model, out);
}

/// See the card.
pub(crate) fn empty_to_java(model: &Model, out: &mut Findings) {
    java::empty_to_java(model, out);
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
