//! The rules of `domain`, each held against the design as data that is written down here a second
//! time, and walked at random where a table cannot hold all cases. One binary, so that it links once.

mod breaker;
mod cause;
mod delivery;
mod ends;
mod fire_drill;
mod forecast;
mod horizon;
mod ids;
mod life;
mod member;
mod renewal;
mod schedule;
mod small;
mod words;

use domain::Timestamp;

/// An instant by its milliseconds.
pub fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("an instant")
}

/// An instant by its text.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}
