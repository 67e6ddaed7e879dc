//! Pictures good and bad, renditions, the store, signed addresses.

mod address;
mod bad;
mod disk;
mod make;
mod render;
