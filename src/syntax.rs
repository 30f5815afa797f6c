//! One file a format. Nothing here knows what TLS is.

pub mod directives;
pub mod json;
pub mod pem;
pub mod value;
pub mod properties;
pub mod xml;
