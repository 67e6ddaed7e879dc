//! Facebook Pages.

mod accounts;
mod check;
mod desk;
mod errors;
mod posts;
mod probe;
mod publish;
mod settle;
mod sign_in;
