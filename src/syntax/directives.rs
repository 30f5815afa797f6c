//! nginx-style directives.
