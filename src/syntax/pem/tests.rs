//! PEM
