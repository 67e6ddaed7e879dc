//! chromedriver's process, patience with a page that still moves, and the protocol's names of keys.

use std::future::Future;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::webdriver::WdError;

const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// Tries until there is a value; a passing error is only the reason to give in the end.
pub(super) async fn patiently<T, F: Future<Output = Result<Option<T>, WdError>>>(
    what: &str,
    mut step: impl FnMut() -> F,
) -> Result<T> {
    let mut last = None;
    let tries = async {
        loop {
            match step().await {
                Ok(Some(value)) => return Ok(value),
                Ok(None) => {}
                Err(error) if error.is_passing() => last = Some(error),
                Err(error) => return Err(anyhow!(error).context(what.to_owned())),
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    match tokio::time::timeout(PATIENCE, tries).await {
        Ok(done) => done,
        Err(_) => match last {
            Some(reason) => bail!(
                "{what}: not within {} s; last: {reason}",
                PATIENCE.as_secs()
            ),
            None => bail!("{what}: not within {} s", PATIENCE.as_secs()),
        },
    }
}

/// chromedriver on a port of its own; killed by its own id.
#[derive(Debug)]
pub(super) struct Driver {
    child: Child,
    pub(super) port: u16,
}

impl Driver {
    pub(super) fn start(profile: &Path) -> Result<Self> {
        // Free now; that another takes it in between is possible and has not been seen.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .arg(format!("--log-path={}", profile.join("chromedriver.log").display()))
            .env("TMPDIR", profile) // Chromium leaves things there.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver is not there; run `make test-tools`, or apt-get install chromium chromium-driver")?;
        Ok(Self { child, port })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The protocol's code point for a key's name.
pub(super) fn key_value(key: &str) -> &str {
    match key {
        "Enter" => "\u{E007}",
        "Escape" => "\u{E00C}",
        "Tab" => "\u{E004}",
        "Backspace" => "\u{E003}",
        "Delete" => "\u{E017}",
        "Space" => " ",
        "ArrowLeft" => "\u{E012}",
        "ArrowUp" => "\u{E013}",
        "ArrowRight" => "\u{E014}",
        "ArrowDown" => "\u{E015}",
        other => other,
    }
}
