//! One node: `mainstay serve` as a process of its own, and what is done to it. It ends with the test, whatever ends that.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use domain::Timestamp;
use domain::chance::Chance;
use domain::clock::{Clock as _, SystemClock};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long a start may take before it counts as failed.
const READY: Duration = Duration::from_secs(60);
/// Below the ports that the system and `with-postgres` give away, so that nobody takes one between two starts.
const PORTS: std::ops::Range<u64> = 10_000..20_000;

/// How nodes are started.
pub struct Plan {
    binary: PathBuf,
    /// The folder of the test.
    pub folder: PathBuf,
    /// The address of PostgreSQL; without it SQLite.
    pub database: Option<String>,
}

/// A node that serves.
pub struct Node {
    child: Child,
    /// Which of the nodes.
    pub number: usize,
    /// Where it listens.
    pub address: SocketAddr,
    /// When the process was started.
    pub started_at: Timestamp,
    /// When it said that it is ready.
    pub ready_at: Timestamp,
    /// This run, as its proof in the data folder names it; none on SQLite.
    pub run: Option<String>,
    /// The code of the first start.
    pub code: Option<String>,
}

impl Plan {
    /// Plans nodes of the built binary. It is copied, so that a build meanwhile changes nothing.
    ///
    /// # Errors
    /// When it was not built.
    pub fn new(folder: &Path, settings: &str, database: Option<String>) -> Result<Self> {
        let own = std::env::current_exe()?;
        let built = own
            .parent()
            .and_then(Path::parent)
            .context("the folder of the build")?
            .join("mainstay");
        let binary = folder.join("mainstay");
        std::fs::copy(&built, &binary).with_context(|| {
            format!(
                "{} is not built; run: cargo build -p mainstay",
                built.display()
            )
        })?;
        std::fs::write(folder.join("mainstay.toml"), settings)?;
        Ok(Self {
            binary,
            folder: folder.to_owned(),
            database,
        })
    }

    /// The data folder, which all nodes share.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts a node and waits until it is ready. `first`: there is nobody yet, so it prints a code.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(&self, number: usize, first: bool, chance: &dyn Chance) -> Result<Node> {
        let before = self.runs();
        let address = free_address(chance)?;
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join(format!("node-{number}.log")))?;
        let started_at = SystemClock.now();
        // With the thread that started it ends the process, whatever ends the test.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .arg(&self.binary)
            .arg("--config")
            .arg(self.folder.join("mainstay.toml"))
            .arg("serve")
            .current_dir(&self.folder)
            .env("MAINSTAY_SERVER__LISTEN", address.to_string())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        if let Some(url) = &self.database {
            command.env("MAINSTAY_DATABASE__URL", url);
        }
        let mut child = command.spawn().context("setpriv (util-linux)")?;
        let out = child.stdout.take().context("the program's output")?;
        let mut lines = BufReader::new(out).lines();
        let said = tokio::time::timeout(READY, ready(&mut lines, first)).await;
        let (ready_at, code) = said.context("a node was not ready in time")??;
        // What it says later is read on, so that it never waits for a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let run = self.runs().into_iter().find(|run| !before.contains(run));
        Ok(Node {
            child,
            number,
            address,
            started_at,
            ready_at,
            run,
            code,
        })
    }

    /// The runs that have shown themselves in the data folder.
    fn runs(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.data().join("running")).into_iter();
        let names = files
            .flatten()
            .filter_map(|file| Some(file.ok()?.file_name()));
        let name = |name: std::ffi::OsString| Some(name.to_str()?.strip_suffix(".run")?.to_owned());
        names.filter_map(name).collect()
    }
}

async fn ready(
    lines: &mut Lines<BufReader<ChildStdout>>,
    first: bool,
) -> Result<(Timestamp, Option<String>)> {
    let mut ready_at = None;
    while let Some(line) = lines.next_line().await? {
        if line.contains("Mainstay is ready") {
            ready_at = Some(SystemClock.now());
        }
        let code = line
            .contains("give this code")
            .then(|| line.rsplit(' ').next().unwrap_or_default().to_owned());
        match ready_at {
            Some(at) if code.is_some() || !first => return Ok((at, code)),
            _ => {}
        }
    }
    bail!("a node ended before it was ready; its log is beside the data folder")
}

impl Node {
    /// `SIGKILL`; returns when the process is gone.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.start_kill()?;
        self.child.wait().await?;
        Ok(())
    }

    /// `SIGSTOP`.
    pub async fn pause(&self) -> Result<()> {
        self.signal("-STOP").await
    }

    /// `SIGCONT`.
    pub async fn wake(&self) -> Result<()> {
        self.signal("-CONT").await
    }

    async fn signal(&self, which: &str) -> Result<()> {
        let id = self.child.id().context("the node ended by itself")?;
        let told = Command::new("kill")
            .args([which, &id.to_string()])
            .status()
            .await?;
        ensure!(told.success(), "kill {which} {id}: {told}");
        Ok(())
    }

    /// Whether it ended by itself, which it never should.
    pub fn fell(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }
}

/// Tests that run beside each other have the same seeds, so each process looks from a place of its own: what is free now
/// is let go, and must not be the next test's choice before the node has it.
fn free_address(chance: &dyn Chance) -> Result<SocketAddr> {
    let (count, own) = (PORTS.end - PORTS.start, u64::from(std::process::id()) * 97);
    for _ in 0..200 {
        let port = PORTS.start + (chance.below(count) + own) % count;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, u16::try_from(port)?));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no port is free")
}
