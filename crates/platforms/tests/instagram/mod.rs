//! Instagram, both login flows.

mod accounts;
mod check;
mod errors;
mod posts;
mod probe;
mod publish;
mod script;
mod settle;
mod sign_in;
mod tokens;
