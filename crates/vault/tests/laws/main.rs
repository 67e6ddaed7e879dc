//! The laws of the vault, by properties and by example.

mod ring;
mod rotation;
mod sealing;
