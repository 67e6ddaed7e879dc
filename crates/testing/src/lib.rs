//! testing: being written.

pub mod browser;
pub mod pds;
pub mod peer;
pub mod postgres;
pub mod webdriver;
pub mod kill;
pub mod sim;
