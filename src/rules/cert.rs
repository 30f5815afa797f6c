//! Certificates: validity, names, purpose, strength, by the role they are used in.
