//! Server names that clash or never match.
