//! One file a format. Nothing here knows what TLS is.

pub mod directives;
pub mod pem;
pub mod properties;
pub mod xml;
