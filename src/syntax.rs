//! One file a format. Nothing here knows what a certificate says.

pub mod capture;
pub mod commands;
pub mod dates;
pub mod directives;
pub mod json;
pub mod openssl_text;
pub mod pem;
pub mod properties;
pub mod reg;
pub mod value;
pub mod xml;
pub mod yaml;
