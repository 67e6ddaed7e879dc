//! Whole-system tests in one binary, folders by journey.

mod causes;
mod connecting;
mod crash;
mod forecast;
mod house;
mod killed;
mod neutral_oauth;
mod one_thread;
mod planning;
mod real_pds;
mod rehearsal;
mod verdict;
