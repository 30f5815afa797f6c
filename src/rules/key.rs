//! Private keys: whether they fit, how they are kept.
