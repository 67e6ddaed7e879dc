//! Instagram, both login flows.

mod accounts;
mod check;
pub mod errors;
mod posts;
mod probe;
mod publish;
pub mod script;
mod settle;
mod sign_in;
mod tokens;
