//! The words and rules of Mainstay: what a grant, a channel, a delivery and a notice are, and which
//! steps their lives allow.
//!
//! There is no I/O here, no async, no SQL, no HTTP. Rules take the time as an argument; the only
//! places that read a clock or a source of chance are [`clock`] and [`chance`], and they are passed
//! in by whoever runs the program.

pub mod app;
pub mod breaker;
pub mod cause;
pub mod chance;
pub mod channel;
pub mod clock;
pub mod connect;
pub mod delivery;
pub mod fire_drill;
pub mod forecast;
pub mod grant;
pub mod health;
pub mod horizon;
pub mod ids;
pub mod limits;
pub mod member;
pub mod notice;
pub mod platform;
pub mod post;
pub mod proposal;
pub mod renewal;
pub mod schedule;
pub mod words;

pub use jiff::Timestamp;
