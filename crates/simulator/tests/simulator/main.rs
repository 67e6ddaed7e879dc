//! The simulator from outside, in memory: through its router, as an OAuth client sees it.

mod breaking;
mod counting;
mod faults;
mod keeping;
mod pages;
mod publishing;
mod signing_in_facebook;
mod signing_in_instagram;
mod speed;
mod support;
