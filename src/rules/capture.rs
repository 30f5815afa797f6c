//! Rules about network captures: who asked for what, who sent what, and what came of it.

mod alerts;
mod client;
mod notes;
mod server;
mod told;

pub(crate) use alerts::*;
pub(crate) use client::*;
pub(crate) use notes::*;
pub(crate) use server::*;
