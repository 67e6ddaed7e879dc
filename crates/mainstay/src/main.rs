//! `mainstay`: commands, settings, and the one place where everything is put together. What the product
//! does is in the crates below; nothing here decides a rule of it.

mod apps;
mod assemble;
mod cli;
mod commands;
mod demo;
mod logs;
mod open;
mod proof;
mod ring;
mod rotation;
mod say;
mod settings;
mod socket;
mod trouble;

use std::process::ExitCode;

use clap::Parser as _;

/// How this program calls itself in the list of nodes.
pub const PROGRAM: &str = concat!("mainstay ", env!("CARGO_PKG_VERSION"));

fn main() -> ExitCode {
    match commands::run(cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            say::error(format_args!("mainstay: {trouble}"));
            ExitCode::FAILURE
        }
    }
}
