//! testing: being written.

pub mod apps;
pub mod app;
pub mod browser;
pub mod pds;
pub mod pds_rows;
pub mod pds_world;
pub mod peer;
pub mod postgres;
pub mod webdriver;
pub mod kill;
pub mod sim;
pub mod world;
pub mod pictures;
