//! Protocol versions and cipher suites, in the names of the software that reads them.
