//! The rehearsal: the real engine, store and adapters against the simulator in memory, on virtual time,
//! with one seed deciding every delay, fault and kill. It counts what the promises are about, and says
//! which of them was broken, with the shortest story of the post or login concerned.
//!
//! Time is tokio's paused clock: it stands while anything can be done and jumps to the next timer when
//! nothing can, so that a year passes in seconds and a run of one seed is the same every time.

mod book;
mod breaks;
mod clock;
mod crowd;
mod fate;
mod knowing;
mod marks;
mod nodes;
mod people;
mod pictures;
mod plan;
mod promises;
mod report;
mod run;
mod stage;
mod trouble;
mod watch;
mod wire;

pub use knowing::Known;
pub use plan::{Family, Plan, Under, families};
pub use report::{Broken, Report};
pub use run::run;
