//! Each command in its file, and the runtime that they run on.

mod keys;
mod migrate;
mod serve;
mod simulate;
pub mod simulator;

use std::future::Future;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::cli::{Cli, Command};
use crate::settings::{Logs, Settings};
use crate::trouble::{Result, Trouble};
use crate::{demo, logs};

/// Does what the command line says.
///
/// # Errors
/// What stood in the way.
pub fn run(cli: Cli) -> Result<()> {
    let config = cli.config;
    match cli.command {
        Command::Serve(how) => on_threads(serve::run(&read(config.as_deref())?, &how)),
        Command::Migrate => on_threads(migrate::run(&read(config.as_deref())?)),
        Command::Keys(what) => on_threads(keys::run(&read(config.as_deref())?, what)),
        // These have nothing to set: what lies in this folder does not concern them.
        Command::Demo(how) => logs::begin(&quiet()).and_then(|()| on_threads(demo::run(how))),
        // It has a runtime of its own, on which time is virtual.
        Command::Simulate(how) => {
            logs::begin(&rehearsing())?;
            simulate::simulate(&how)
        }
        Command::Simulator(how) => {
            logs::begin(&quiet()).and_then(|()| on_threads(simulator::run(how)))
        }
    }
}

fn read(config: Option<&Path>) -> Result<Settings> {
    let settings = Settings::read(config)?;
    logs::begin(&settings.logs)?;
    Ok(settings)
}

fn quiet() -> Logs {
    Logs {
        level: "warn".to_owned(),
        json: false,
    }
}

/// What goes wrong in a rehearsal is meant to: it stands in the report.
fn rehearsing() -> Logs {
    Logs {
        level: "off".to_owned(),
        json: false,
    }
}

fn on_threads<F: Future<Output = Result<()>>>(work: F) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Trouble::plain(format!("no threads can be started: {error}")))?;
    runtime.block_on(work)
}

/// A token that is cancelled by Ctrl-C or a request to end.
///
/// # Errors
/// When signals cannot be heard.
pub fn ended() -> Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let deaf = |error: std::io::Error| Trouble::plain(format!("signals cannot be heard: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(deaf)?;
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        cancel.cancel();
    });
    Ok(token)
}
