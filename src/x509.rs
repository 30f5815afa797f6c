//! Certificates, requests, revocation lists and keys as plain owned values.
