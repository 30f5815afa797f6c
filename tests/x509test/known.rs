pub(crate) const HEALTHY: &[(&str, &[&str], &str)] = &[];
pub(crate) const NAMED: &[(&str, &str)] = &[];
pub(crate) const SILENT: &[(&str, &str)] = &[];
