//! TLS connections that nginx makes to upstreams.
