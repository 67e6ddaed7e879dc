//! Connecting and mending logins: the engine's journey, then the same through pages and API.

mod engine;
pub mod harbour;
mod linking;
mod look;
mod pages;
mod programs;
