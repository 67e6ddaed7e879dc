//! What keeps running: logins are renewed, posts go out, unclear ones are settled, channels are read
//! back, logins are watched.
//!
//! Reconcilers, not a job queue: each looks for rows that are due, leases them, does them with bounded
//! concurrency, records, and sleeps until the next due moment or a nudge. Nothing here knows a page,
//! an API or how a platform speaks.

pub mod nudge;

pub use nudge::{Nudges, Task};
