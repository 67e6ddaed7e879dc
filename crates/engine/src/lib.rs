//! What keeps running: logins are renewed, posts go out, unclear ones are settled, channels are read
//! back, logins are watched.
//!
//! Reconcilers, not a job queue: each looks for rows that are due, leases them, does them with bounded
//! concurrency, records, and sleeps until the next due moment or a nudge. Nothing here knows a page,
//! an API or how a platform speaks.

pub mod access;
pub mod app_secret;
pub mod breakage;
pub mod client;
pub mod connect;
pub mod cx;
mod doubt;
pub mod due;
mod ends;
pub mod error;
mod flight;
pub mod login;
mod moves;
pub mod nudge;
pub mod pictures;
pub mod publish;
pub mod reconciler;
pub mod renew;
pub mod run;
pub mod settle;
mod spares;
pub mod store_pictures;
pub mod sync;
pub mod trouble;
mod unreadable;
pub mod watch;
mod watchdog;

pub use cx::{Bounds, Cx, Rounds, Timer};
pub use error::{Error, Result};
pub use flight::Flights;
pub use nudge::{Nudges, Task};
pub use pictures::Pictures;
pub use store_pictures::{StorePictures, Threads};
