//! Whole-system tests in one binary, folders by journey.

mod connecting;
mod crash;
mod house;
