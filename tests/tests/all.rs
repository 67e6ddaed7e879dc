//! Whole-system tests in one binary, folders by journey.

mod connecting;
mod crash;
mod one_thread;
mod planning;
mod house;
mod real_pds;
