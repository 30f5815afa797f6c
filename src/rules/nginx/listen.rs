//! Addresses, ports and the options that all servers of an address share.
