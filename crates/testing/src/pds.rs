//! Bluesky's own PDS with its PLC directory, started for one test, and what a person, an operator or a
//! bad wire can do to it (`tests/peers/pds.mjs`). It is the real server: what it refuses is refused.

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::peer::{Peer, peer_program};

/// The running PDS; it ends when this is dropped.
#[derive(Debug)]
pub struct Pds {
    /// `http://localhost:PORT`: issuer, resource server and handle resolver in one.
    pub url: String,
    /// The PLC directory's address.
    pub plc: String,
    control: String,
    http: reqwest::Client,
    _peer: Peer,
}

/// An account of the PDS.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    /// The DID.
    pub did: String,
    /// The handle, ending in `.test`.
    pub handle: String,
}

/// One OAuth session, as the PDS keeps it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The client's id.
    pub client: String,
    /// When the person signed in.
    pub created_at: jiff::Timestamp,
    /// When it was last renewed.
    pub updated_at: jiff::Timestamp,
    /// When its present access token ends.
    pub expires_at: jiff::Timestamp,
}

/// A request that the PDS or the PLC directory has seen.
#[derive(Debug, Clone, Deserialize)]
pub struct Seen {
    /// The HTTP method.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The status answered; none where nothing was.
    pub status: Option<u16>,
    /// The fault that met it.
    pub fault: Option<String>,
}

/// A record of a repository.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    /// `at://DID/COLLECTION/RKEY`.
    pub uri: String,
    /// The content's hash.
    pub cid: String,
    /// The record itself.
    pub value: Value,
}

#[derive(Deserialize)]
struct Ready {
    plc: String,
    pds: String,
    control: String,
}

impl Pds {
    /// Starts a PDS with no account, in about two seconds.
    ///
    /// # Errors
    /// When the peers' packages are not there, or it does not start.
    pub async fn start() -> Result<Self> {
        let (peer, ready) = Peer::start::<Ready>(peer_program("pds.mjs")?).await?;
        Ok(Self {
            url: ready.pds,
            plc: ready.plc,
            control: ready.control,
            http: reqwest::Client::new(),
            _peer: peer,
        })
    }

    /// Makes an account. The handle ends in `.test` and is no plain word (those are reserved).
    ///
    /// # Errors
    /// When the PDS refuses it.
    pub async fn create_account(&self, handle: &str, password: &str) -> Result<Account> {
        self.command(
            "create-account",
            json!({ "handle": handle, "password": password }),
        )
        .await
    }

    /// Changes the password. As on the real PDS, OAuth sessions stay.
    ///
    /// # Errors
    /// When there is no such account.
    pub async fn change_password(&self, account: &str, password: &str) -> Result<()> {
        self.done(
            "change-password",
            json!({ "account": account, "password": password }),
        )
        .await
    }

    /// Ends every OAuth session of the account, as its owner can; gives how many there were.
    ///
    /// # Errors
    /// When there is no such account.
    pub async fn revoke_sessions(&self, account: &str) -> Result<u64> {
        let answer: Value = self
            .command("revoke-sessions", json!({ "account": account }))
            .await?;
        answer["revoked"].as_u64().context("a count")
    }

    /// The moderators take the account down, or let it up again.
    ///
    /// # Errors
    /// When there is no such account.
    pub async fn take_down(&self, account: &str, down: bool) -> Result<()> {
        self.done("take-down", json!({ "account": account, "down": down }))
            .await
    }

    /// The owner activates the account or deactivates it.
    ///
    /// # Errors
    /// When there is no such account.
    pub async fn set_active(&self, account: &str, active: bool) -> Result<()> {
        self.done(
            "set-active",
            json!({ "account": account, "active": active }),
        )
        .await
    }

    /// The account's OAuth sessions.
    ///
    /// # Errors
    /// When there is no such account.
    pub async fn sessions(&self, account: &str) -> Result<Vec<Session>> {
        #[derive(Deserialize)]
        struct Answer {
            sessions: Vec<Session>,
        }
        let answer: Answer = self
            .command("sessions", json!({ "account": account }))
            .await?;
        Ok(answer.sessions)
    }

    /// Makes every session (of one account) that many seconds older. No clock moves, so that proofs,
    /// which carry the true time, stay valid. Gives how many sessions there were.
    ///
    /// # Errors
    /// When there is no such account.
    pub async fn age(&self, seconds: i64, account: Option<&str>) -> Result<u64> {
        let body = json!({ "seconds": seconds, "account": account });
        let answer: Value = self.command("age", body).await?;
        answer["aged"].as_u64().context("a count")
    }

    /// Sets the PDS's own clock ahead by so many seconds: a client whose time is right then meets skew.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn clock_ahead(&self, seconds: i64) -> Result<()> {
        self.done("clock", json!({ "offset_seconds": seconds }))
            .await
    }

    /// From now on the PDS finds `https://HOST/…` at `http://127.0.0.1:PORT/…`. The name must not end in
    /// .test, .example, .local, .localhost or .invalid. A metadata document is cached for ten minutes.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn map_host(&self, host: &str, port: u16) -> Result<()> {
        self.done("map-host", json!({ "host": host, "port": port }))
            .await
    }

    /// Lays a fault between clients and the PDS.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn fault(&self, fault: Fault) -> Result<()> {
        self.done("fault", fault.into_json()).await
    }

    /// Answers 503 to everything until [`Pds::restore`].
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn cut_off(&self) -> Result<()> {
        self.fault(Fault::status(503)).await
    }

    /// Performs the next request to this path and loses the answer.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn lose_next_answer(&self, path: &str) -> Result<()> {
        self.fault(Fault::lose_answer().path(path).times(1)).await
    }

    /// Ends all faults.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn restore(&self) -> Result<()> {
        self.done("restore", json!({})).await
    }

    /// The requests whose path begins so, in their order, since the start or the last forgetting.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn requests(&self, path: &str) -> Result<Vec<Seen>> {
        #[derive(Deserialize)]
        struct Answer {
            requests: Vec<Seen>,
        }
        let mut answer: Answer = self.command("requests", json!({})).await?;
        answer.requests.retain(|seen| seen.path.starts_with(path));
        Ok(answer.requests)
    }

    /// Empties the list of requests.
    ///
    /// # Errors
    /// When the control listener does not answer.
    pub async fn forget_requests(&self) -> Result<()> {
        self.done("requests", json!({ "forget": true })).await
    }

    /// The newest hundred records of a collection, by the public `listRecords`, oldest first.
    ///
    /// # Errors
    /// When the PDS refuses.
    pub async fn list_records(&self, did: &str, collection: &str) -> Result<Vec<Record>> {
        #[derive(Deserialize)]
        struct Answer {
            records: Vec<Record>,
        }
        let url = format!("{}/xrpc/com.atproto.repo.listRecords", self.url);
        let query = [("repo", did), ("collection", collection), ("limit", "100")];
        let answer = self.http.get(url).query(&query).send().await?;
        let mut records = answer.error_for_status()?.json::<Answer>().await?.records;
        records.reverse();
        Ok(records)
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

/// A fault on the wire; see `tests/peers/faults.mjs`. Without a path it takes every request, without a
/// count it stays until [`Pds::restore`].
#[derive(Debug, Clone)]
pub struct Fault(Value);

impl Fault {
    /// Nothing is performed; this status is answered.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self(json!({ "kind": "status", "status": status }))
    }

    /// Nothing is performed; the connection is cut.
    #[must_use]
    pub fn drop_connection() -> Self {
        Self(json!({ "kind": "drop" }))
    }

    /// It is performed; the connection is cut instead of an answer.
    #[must_use]
    pub fn lose_answer() -> Self {
        Self(json!({ "kind": "lose_answer" }))
    }

    /// It is performed after so many milliseconds.
    #[must_use]
    pub fn delay_ms(ms: u64) -> Self {
        Self(json!({ "kind": "delay", "ms": ms }))
    }

    /// It is performed at once, and answered so many milliseconds later.
    #[must_use]
    pub fn late_answer_ms(ms: u64) -> Self {
        Self(json!({ "kind": "late", "ms": ms }))
    }

    /// Nothing is performed, nothing is ever answered.
    #[must_use]
    pub fn hang() -> Self {
        Self(json!({ "kind": "hang" }))
    }

    /// Only paths that begin so.
    #[must_use]
    pub fn path(self, path: &str) -> Self {
        self.with("path", path.into())
    }

    /// Only this method.
    #[must_use]
    pub fn method(self, method: &str) -> Self {
        self.with("method", method.into())
    }

    /// Lets so many such requests pass first. The first request of a session is refused for want of a
    /// nonce and does nothing: a fault that is to meet the one which has an effect skips one.
    #[must_use]
    pub fn skip(self, requests: u32) -> Self {
        self.with("skip", requests.into())
    }

    /// Only so many requests.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        self.with("times", times.into())
    }

    /// A header of a [`Fault::status`].
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with("headers", json!({ name: value }))
    }

    /// The JSON body of a [`Fault::status`].
    #[must_use]
    pub fn body(self, body: Value) -> Self {
        self.with("body", body)
    }

    /// At the PLC directory instead of the PDS.
    #[must_use]
    pub fn at_plc(self) -> Self {
        self.with("target", "plc".into())
    }

    /// As the control listener of a peer takes it.
    pub(crate) fn into_json(self) -> Value {
        self.0
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.0[name] = value;
        self
    }
}

/// An https front for a local server that believes to be `https://HOST`, for the browser: give
/// [`crate::browser::Look::host`] its host and port.
#[derive(Debug)]
pub struct TlsFront {
    /// The public name.
    pub host: String,
    /// The loopback port that speaks TLS.
    pub port: u16,
    _peer: Peer,
}

impl TlsFront {
    /// Starts a front before `http://127.0.0.1:http_port`.
    ///
    /// # Errors
    /// When the peers' packages or `openssl` are not there.
    pub async fn start(host: &str, http_port: u16) -> Result<Self> {
        #[derive(Deserialize)]
        struct Ready {
            host: String,
            port: u16,
        }
        let mut command = peer_program("tls-front.mjs")?;
        command.args([host, &http_port.to_string()]);
        let (peer, ready) = Peer::start::<Ready>(command).await?;
        Ok(Self {
            host: ready.host,
            port: ready.port,
            _peer: peer,
        })
    }
}

/// Goes through the PDS's own pages as a person would: the account's name and password where they are
/// asked, then *Authorize*, until the browser has left the PDS. The page must stand at the PDS already.
///
/// # Errors
/// When the pages are not as expected, or the sign-in is refused.
pub async fn authorize(browser: &Browser, pds: &Pds, handle: &str, password: &str) -> Result<()> {
    answer_consent(browser, pds, handle, password, "Authorize").await
}

/// Like [`authorize`], but ends with *Deny access*.
///
/// # Errors
/// When the pages are not as expected, or the sign-in is refused.
pub async fn deny(browser: &Browser, pds: &Pds, handle: &str, password: &str) -> Result<()> {
    answer_consent(browser, pds, handle, password, "Deny access").await
}

async fn answer_consent(
    browser: &Browser,
    pds: &Pds,
    handle: &str,
    password: &str,
    last: &str,
) -> Result<()> {
    browser.wait_for_url(&pds.url).await?;
    // Which page comes first depends on what the browser remembers: a choice, a form, or the consent.
    for _ in 0..100 {
        if browser.count("input[name=password]").await? > 0 {
            if browser.count("input[name=username]").await? > 0 {
                let script = "return document.querySelector('input[name=username]').value";
                let named = browser.script(script, vec![]).await?;
                match named.as_str().unwrap_or_default() {
                    "" => browser.fill("username", handle).await?,
                    // Where an account was asked for, the form is for it and nobody else.
                    other if other != handle => bail!("the sign-in form is for {other}"),
                    _ => {}
                }
            }
            browser.fill("password", password).await?;
            browser.click_css("button[type=submit]").await?;
            browser.wait_gone("input[name=password]").await?;
        } else if browser.shows(last).await? {
            browser.click(last).await?;
            return browser.wait_until_left(&pds.url).await;
        } else if browser.shows(handle).await? {
            browser.click(handle).await?;
        } else if browser.shows("Sign in").await? {
            browser.click("Sign in").await?;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    bail!(
        "the PDS's pages led nowhere; the last says: {}",
        browser.text("body").await?
    )
}
