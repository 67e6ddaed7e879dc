//! Stand-in platforms on one local port, so that logins, posts and failures can be tried without
//! touching a real one. Useful alone, to test any OAuth client.
//!
//! Written from the platforms' documentation only; it shares no code with the product, so that a
//! misreading on one side shows on the other. Hosts are path prefixes: `/www.instagram.com/…`,
//! `/api.instagram.com/…`, `/graph.instagram.com/…`, `/www.facebook.com/…`,
//! `/graph.facebook.com/…` (Facebook Pages, and Instagram through Facebook); Bluesky lives at the
//! root; `/control` is the page that breaks things, `/control/api` the same for programs;
//! `/media/{id}` shows pictures.
//!
//! Time is the product clock, chance is one seed: the same seed and calls give the same bytes.
//! What happened is told by [`Simulator::truth`] as it stands, and by [`Simulator::posts_since`],
//! [`Simulator::rotations_since`] and [`Simulator::login_ends_since`] as it came. In memory, with
//! 60 accounts of 200 posts each, a call takes 4 to 12 µs in a release build, a list of 25 posts
//! 45 µs (`tests/simulator/speed.rs` measures it); a proof of possession, 0.2 ms more unless
//! [`Simulator::set_bluesky_check_signatures`] says to believe it.

pub mod bluesky;
mod call;
pub mod chance;
pub mod clock;
pub mod control;
pub mod facebook;
pub mod facts;
pub mod faults;
pub mod fetch;
pub mod instagram;
mod media;
mod multipart;
mod page;
mod refuse;
mod rehearsal;
mod reply;
mod routes;
mod serve;
mod shelf;
mod simulator;
pub mod state;
pub mod visitor;

pub use control::Break;
pub use facts::{EndFact, PostFact, Rotation, RotationFact};
pub use faults::{ActiveFault, DELAY_HEADER, Effect, Fault, LOST_HEADER};
pub use fetch::{Fetch, FetchError, HttpFetch};
pub use rehearsal::{Furnished, Wanted, WantedKind};
pub use serve::serve;
pub use simulator::{Options, RestoreError, Simulator};
