//! Certificate material.
use super::{Input, Probe, System};
use crate::{model::Facts, source::Source};
pub(super) const SYSTEM: System = System { name: "certificates", recognise, read };
fn recognise(_: &Probe<'_>) -> bool {
    false
}
pub(super) fn read(input: &Input<'_>) -> (Source, Facts) {
    (Source::unread(input.path), Facts::default())
}
