//! Bluesky's stand-in, asked in memory by a small client of the tests' own.

mod client;
mod counting;
mod faults;
mod journey;
mod records;
mod sessions;
