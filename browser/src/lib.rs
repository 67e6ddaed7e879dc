//! What the tests in a real browser share: the demo as a person starts it, as a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long the demo may take to be ready, furnishing included.
const READY: Duration = Duration::from_secs(90);

/// A demo that runs. It is ended when this is dropped.
pub struct Demo {
    /// The address that signs in, once.
    pub link: String,
    /// Where the pages are, without a slash at the end.
    pub pages: String,
    /// Where the simulated platforms are.
    pub simulator: String,
    client: reqwest::Client,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Demo {
    /// Starts `mainstay demo` in a folder of its own, on free ports.
    ///
    /// # Errors
    /// When the binary was not built, or does not say that it is ready.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut process = Command::new(binary()?)
            .args(["demo", "--data"])
            .arg(folder.path().join("demo"))
            .args(["--port", &free_port()?, "--simulator-port", &free_port()?])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()?;
        let out = process.stdout.take().context("the demo's output")?;
        let told = tokio::time::timeout(READY, told(out))
            .await
            .context("the demo was not ready in time")?;
        let (link, simulator) = told?;
        let pages = link.split("/enter/").next().unwrap_or_default().to_owned();
        let client = reqwest::Client::new();
        Ok(Self {
            link,
            pages,
            simulator,
            client,
            process,
            _folder: folder,
        })
    }

    /// Tells the simulator's control API something.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn control(&self, path: &str, body: Value) -> Result<Value> {
        let address = format!("{}/control/api/{path}", self.simulator);
        let answer = self.client.post(address).json(&body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            bail!("the simulator answered {status}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// A new account at the simulated Instagram.
    ///
    /// # Errors
    /// When the simulator refuses.
    pub async fn account(&self, username: &str, name: &str) -> Result<()> {
        self.control("accounts", json!({ "username": username, "name": name }))
            .await
            .map(drop)
    }

    /// How many posts of an account have this caption, by the platform's own count.
    ///
    /// # Errors
    /// When the simulator does not tell.
    pub async fn held(&self, username: &str, caption: &str) -> Result<usize> {
        let address = format!("{}/control/api/state", self.simulator);
        let truth: Value = self.client.get(address).send().await?.json().await?;
        let accounts = truth["instagram"]["accounts"]
            .as_object()
            .context("accounts")?;
        let account = accounts
            .values()
            .find(|account| account["username"] == username)
            .context("account")?;
        let posts = account["posts"].as_array().context("posts")?;
        Ok(posts
            .iter()
            .filter(|post| post["caption"] == caption)
            .count())
    }

    /// Ends the demo as Ctrl-C would, and waits for it.
    ///
    /// # Errors
    /// When it cannot be told or does not end.
    pub async fn stop(mut self) -> Result<()> {
        let id = self.process.id().context("the demo ended before")?;
        Command::new("kill")
            .args(["-INT", &id.to_string()])
            .status()
            .await?;
        tokio::time::timeout(Duration::from_secs(20), self.process.wait()).await??;
        Ok(())
    }
}

async fn told(out: tokio::process::ChildStdout) -> Result<(String, String)> {
    let mut lines = BufReader::new(out).lines();
    let (mut link, mut seen) = (None, String::new());
    while let Some(line) = lines.next_line().await? {
        let address = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .map(str::to_owned);
        match address {
            Some(address) if address.contains("/enter/") => link = Some(address),
            Some(address) if address.ends_with("/control") => {
                let simulator = address.trim_end_matches("/control").to_owned();
                let link = link.context("the demo named no address to open")?;
                // What it says later is read on, so that it never waits for a full pipe.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok((link, simulator));
            }
            _ => {}
        }
        seen.push_str(&line);
        seen.push('\n');
    }
    bail!("the demo ended before it was ready:\n{seen}")
}

/// The built binary, beside the folder of the tests.
fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own
        .parent()
        .and_then(Path::parent)
        .context("the folder of the build")?;
    let binary = folder.join("mainstay");
    if !binary.exists() {
        bail!(
            "{} is not built; run: cargo build -p mainstay",
            binary.display()
        );
    }
    Ok(binary)
}

fn free_port() -> Result<String> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port().to_string())
}
