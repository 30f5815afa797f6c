//! What nginx itself would refuse to read.
