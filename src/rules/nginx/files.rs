//! How the files that TLS settings name hang together.
