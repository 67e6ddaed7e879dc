//! The benches of PERFORMANCE.md, section 3, that are about renewal: P6 (renewals a second, processor time of each)
//! and P7 (how renewals spread, and that a thousand callers of one expired token are one call). `make bench`.
//!
//! What is measured is the engine's own path with the real transport, vault and store, against a token endpoint over
//! TLS in a process of its own; bare client, engine and a serial loop take turns in one run, since a machine's speed
//! changes from minute to minute. Afterwards it is verified, at the endpoint and in the store, that every grant was
//! renewed exactly once. Never part of the program.

mod callers;
mod client;
mod gauge;
mod ground;
mod pictures;
mod platform;
mod renewals;
mod sink;
mod spread;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures renewal: P6 and P7 of PERFORMANCE.md")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// P6: renewals against a bare client and a serial loop.
    Renewals(renewals::Options),
    /// P7: how the renewals of a million grants spread over the minutes. Reckoned, nothing is sent.
    Spread(spread::Options),
    /// P7: callers at once of one access token that is over.
    Callers(callers::Options),
    /// The token endpoint; the others start it.
    #[command(hide = true)]
    Sink {
        /// Where its certificate and key lie.
        folder: PathBuf,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(cli.what)),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            gauge::say(format_args!("failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(what: What) -> Result<()> {
    match what {
        What::Renewals(options) => renewals::run(options).await,
        What::Spread(options) => spread::run(&options),
        What::Callers(options) => callers::run(options).await,
        What::Sink { folder } => sink::serve(&folder).await,
    }
}
