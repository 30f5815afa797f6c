//! Certificates that dumps describe, with where they are used.
