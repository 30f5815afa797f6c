//! Verification of client certificates.
