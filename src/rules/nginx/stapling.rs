//! OCSP stapling.
