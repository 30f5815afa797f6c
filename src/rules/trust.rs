//! Authorities that peers are verified against.
