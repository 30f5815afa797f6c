//! One file a format. Nothing here knows what a certificate says.

pub mod capture;
pub mod directives;
pub mod pem;
