//! Cipher lists, key types and parameters of the handshake.
