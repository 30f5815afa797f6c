//! tlslint reads TLS estates from a tree of files and judges them.
//!
//! Data flows one way, and so do the module dependencies:
//!
//! ```text
//! walk ─► source ─► syntax ─► systems ─► model ─► rules ─► finding ─► policy ─► render
//! ```

pub mod check;
pub mod cli;
pub mod finding;
pub mod graph;
pub mod lsp;
pub mod model;
pub mod policy;
pub mod render;
pub mod rules;
pub mod source;
pub mod syntax;
pub mod systems;
pub mod walk;
pub mod x509;
