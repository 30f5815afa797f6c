//! Chains that are sent: order, gaps, strangers, signatures.
