//! The Bluesky adapter against scripted servers in memory, which check every proof that they get.

mod answers;
mod check;
mod errors;
mod metadata;
mod publish;
mod read;
mod sign_in;
mod tokens;
mod world;
