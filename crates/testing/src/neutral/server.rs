//! The running server (`tests/peers/oidc.mjs`), and what an owner, an operator or a bad wire can do to it.

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::pds::{Fault, Seen};
use crate::peer::{Peer, peer_program};

/// The client's id there.
pub const CLIENT: &str = "mainstay";
/// The client's secret there.
pub const SECRET: &str = "a-clients-secret";

/// The running server; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// `http://127.0.0.1:PORT`.
    pub issuer: String,
    control: String,
    http: reqwest::Client,
    _peer: Peer,
}

impl Server {
    /// Starts a server to which nobody has signed in, in about a second.
    ///
    /// # Errors
    /// When the peers' packages are not there, or it does not start.
    pub async fn start() -> Result<Self> {
        #[derive(Deserialize)]
        struct Ready {
            issuer: String,
            control: String,
        }
        let (peer, ready) = Peer::start::<Ready>(peer_program("oidc.mjs")?).await?;
        Ok(Self {
            issuer: ready.issuer,
            control: ready.control,
            http: reqwest::Client::new(),
            _peer: peer,
        })
    }

    /// Takes back everything that this account gave, as its owner can; how many sign-ins that were.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn revoke(&self, account: &str) -> Result<u64> {
        let answer: Value = self
            .command("revoke", json!({ "account": account }))
            .await?;
        answer["revoked"].as_u64().context("a count")
    }

    /// How many refresh tokens of this account would be taken now.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn usable(&self, account: &str) -> Result<u64> {
        let answer: Value = self
            .command("usable", json!({ "account": account }))
            .await?;
        answer["usable"].as_u64().context("a count")
    }

    /// Sets the server's clock ahead of the machine's by so many seconds.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn clock_ahead(&self, seconds: i64) -> Result<()> {
        self.done("clock", json!({ "offset_seconds": seconds }))
            .await
    }

    /// Lays a fault between clients and the server.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn fault(&self, fault: Fault) -> Result<()> {
        self.done("fault", fault.into_json()).await
    }

    /// Ends all faults.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn restore(&self) -> Result<()> {
        self.done("restore", json!({})).await
    }

    /// The requests since the start or the last forgetting, in their order.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn requests(&self) -> Result<Vec<Seen>> {
        #[derive(Deserialize)]
        struct Answer {
            requests: Vec<Seen>,
        }
        let answer: Answer = self.command("requests", json!({})).await?;
        Ok(answer.requests)
    }

    /// Empties the list of requests.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn forget_requests(&self) -> Result<()> {
        self.done("requests", json!({ "forget": true })).await
    }

    async fn done(&self, name: &str, body: Value) -> Result<()> {
        self.command::<Value>(name, body).await.map(drop)
    }

    async fn command<T: DeserializeOwned>(&self, name: &str, body: Value) -> Result<T> {
        let url = format!("{}/{name}", self.control);
        let answer = self.http.post(url).json(&body).send().await?;
        if !answer.status().is_success() {
            bail!("{name}: {}", answer.text().await?);
        }
        Ok(answer.json().await?)
    }
}
