//! Files that are named and are not there, or hold another kind of thing.
