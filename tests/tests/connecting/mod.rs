//! Connecting and mending logins: the engine's journey, then the same through pages and API.

mod again;
mod app_trials;
mod apps;
mod channel_page;
mod engine;
pub mod harbour;
mod linking;
mod look;
mod look_channel;
mod pages;
mod programs;
mod spares;
