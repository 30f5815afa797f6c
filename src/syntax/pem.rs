//! PEM blocks.
