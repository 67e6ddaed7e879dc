//! The house itself: who gets in, what they may, how refusals are told.

mod api_errors;
mod doors;
mod first_start;
mod holds_and_keys;
mod idempotency;
mod sessions;
mod settings;
mod sign_in;
mod things;
mod troubles;
mod walk;
