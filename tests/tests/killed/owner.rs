//! Who plans: the owner of the first start, from then on a program with a key. An answer may be lost, as the node that
//! would give it is killed; then the same is asked again under the same `Idempotency-Key`.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use domain::chance::Chance;
use http::{Method, StatusCode, header};
use serde_json::Value;

/// How often something is asked again where no answer comes, and how long is waited in between.
const AGAIN: (u32, Duration) = (150, Duration::from_millis(200));
const MAIL: &str = "ida@example.com";
const PASSWORD: &str = "a long enough password";

/// See the head of this file.
#[derive(Clone)]
pub struct Owner {
    base: String,
    key: String,
    http: reqwest::Client,
}

/// An answer.
#[derive(Debug)]
pub struct Said {
    pub status: StatusCode,
    pub body: Value,
}

impl Said {
    /// The first request under this key was not answered, and what became of it is not known: who asked must look.
    pub fn is_unknown(&self) -> bool {
        let code = self.body["code"].as_str();
        matches!(code, Some("idempotency_in_progress" | "outcome_unknown"))
    }
}

impl Owner {
    /// Gives the code of the first start and makes a key that may do everything.
    pub async fn first(base: &str, code: &str) -> Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(15))
            // A node that is gone leaves dead connections behind.
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let form = [
            ("code", code),
            ("name", "Ida Lund"),
            ("mail", MAIL),
            ("password", PASSWORD),
            ("workspace", "Harbour"),
            ("zone", "UTC"),
        ];
        let made = http
            .post(format!("{base}/first-start"))
            .form(&form)
            .send()
            .await?;
        ensure!(made.status() == StatusCode::SEE_OTHER, "{made:?}");
        let cookies: Vec<String> = made
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|line| Some(line.to_str().ok()?.split(';').next()?.to_owned()))
            .collect();
        let form = [
            ("name", "Rounds"),
            ("scopes", "read"),
            ("scopes", "draft"),
            ("scopes", "publish"),
            ("scopes", "manage"),
            ("social_set", ""),
        ];
        let page = http
            .post(format!("{base}/settings/keys"))
            .header(header::COOKIE, cookies.join("; "))
            .form(&form)
            .send()
            .await?
            .text()
            .await?;
        let fresh = page.split("id=\"fresh-key\">").nth(1);
        let key = fresh
            .and_then(|rest| rest.split('<').next())
            .context("the page shows no key")?;
        Ok(Self {
            base: base.to_owned(),
            key: key.to_owned(),
            http,
        })
    }

    /// Asks once. An error means that there was no answer.
    pub async fn once(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<Said> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.key);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        Ok(Said {
            status,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        })
    }

    /// Asks until there is an answer that is none of a dying node.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<Said> {
        let mut last = String::new();
        for _ in 0..AGAIN.0 {
            match self.once(method.clone(), path, body, key).await {
                Ok(said) if said.status.is_server_error() && !said.is_unknown() => {
                    last = format!("{said:?}");
                }
                Ok(said) => return Ok(said),
                Err(error) => last = format!("{error:#}"),
            }
            tokio::time::sleep(AGAIN.1).await;
        }
        bail!("{path} was never answered: {last}")
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        let said = self.ask(Method::GET, path, None, None).await?;
        ensure!(said.status.is_success(), "{path}: {said:?}");
        Ok(said.body)
    }

    /// Changes something; under a key of its own, so that it is done once.
    pub async fn post(&self, path: &str, body: Value, chance: &dyn Chance) -> Result<Value> {
        let key = format!("{:032x}", u128::from_le_bytes(chance.bytes()));
        let said = self
            .ask(Method::POST, path, Some(&body), Some(&key))
            .await?;
        ensure!(said.status.is_success(), "{path}: {said:?}");
        Ok(said.body)
    }

    /// Uploads a picture; its id.
    pub async fn picture(&self, bytes: Vec<u8>) -> Result<String> {
        let answer = self
            .http
            .post(format!("{}/api/v1/media?name=bread.jpg", self.base))
            .bearer_auth(&self.key)
            .header(header::CONTENT_TYPE, "image/jpeg")
            .body(bytes)
            .send()
            .await?;
        let told: Value = answer.json().await?;
        Ok(told["id"].as_str().context("a picture's id")?.to_owned())
    }
}
