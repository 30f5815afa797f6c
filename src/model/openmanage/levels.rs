//! The two chains of a migration, level by level: each authority of the source beside that of the target.

use crate::{
    model::{CertId, Materials},
    source::Location,
};

use super::verdict::{End, Verdict};

/// What stands at one level above the leaves.
#[derive(Debug)]
pub struct Level {
    /// In the source.
    pub source: Option<(CertId, Location)>,
    /// In the target.
    pub target: Option<(CertId, Location)>,
    /// Issued to and issued by the same names.
    pub same_names: bool,
    /// The same key.
    pub same_key: bool,
}

/// The levels of two chains, from the issuer of the leaf to the root. Empty where one of them is not whole: then that is
/// what is wrong.
pub fn levels(materials: &Materials, source: &Verdict, target: &Verdict) -> Vec<Level> {
    if source.end != End::Root || target.end != End::Root {
        return Vec::new();
    }
    let above = |verdict: &Verdict| -> Vec<(CertId, Location)> {
        verdict.path.links.iter().skip(1).map(|at| verdict.certificates[*at]).collect()
    };
    let (source, target) = (above(source), above(target));
    (0..source.len().max(target.len()))
        .map(|at| {
            let (source, target) = (source.get(at).copied(), target.get(at).copied());
            let both = source.zip(target).map(|((a, _), (b, _))| (materials.cert(a), materials.cert(b)));
            Level {
                source,
                target,
                same_names: both
                    .is_some_and(|(a, b)| a.subject.same_text(&b.subject) && a.issuer.same_text(&b.issuer)),
                same_key: both.is_some_and(|(a, b)| a.public_key.id == b.public_key.id),
            }
        })
        .collect()
}
