//! What all files say together.

pub mod facts;
pub mod nginx;
