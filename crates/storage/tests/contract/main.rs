//! Contract tests: what every store promises, on both engines. One binary, so that it links once.

mod both;
mod claims;
mod gate;
mod house;
mod lock;
mod meta;
mod plans;
mod register;
mod schema;
mod values;
mod writer;
