//! Cases of x509-limbo that differ.
pub(crate) const VERIFIER_AGREES: usize = 0;
pub(crate) const VERIFIER: &[(&str, &str)] = &[];
pub(crate) const REASONS: &[(&str, &str)] = &[];
pub(crate) const PRODUCT_AGREES: usize = 0;
pub(crate) const PRODUCT: &[(&str, &str)] = &[];
