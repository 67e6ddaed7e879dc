//! The journey by a key alone, against a running engine and the real server: only the sign-in itself is
//! done by a person in a browser.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use engine::cx::Timer as _;
use engine::run::{RealTimer, Running};
use reqwest::Method;
use serde_json::{Value, json};
use testing::pds::Account;
use testing::pds_world::{Client, PdsWorld};
use testing::pictures::jpeg;
use testing::world::Under;

use super::count;

/// A program that has a key, and nothing else.
struct Program<'a> {
    world: &'a PdsWorld,
    key: String,
    http: reqwest::Client,
}

impl Program<'_> {
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let mut request = self
            .http
            .request(method, format!("{}/api/v1{path}", self.world.base))
            .bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn picture(&self) -> Result<Value> {
        let url = format!("{}/api/v1/media?name=bread.jpg", self.world.base);
        let request = self
            .http
            .post(url)
            .bearer_auth(&self.key)
            .header("content-type", "image/jpeg");
        let answer = request.body(jpeg(900, 900)?).send().await?;
        ensure!(answer.status() == 201, "{}", answer.text().await?);
        Ok(answer.json().await?)
    }

    /// A person signs in where the session leads; the program brings the answer back.
    async fn complete(&self, session: &Value, who: &Account) -> Result<Value> {
        let back = self
            .world
            .agree(session["url"].as_str().context("a way out")?, who)
            .await?;
        let path = format!("/connect-sessions/{}/complete", text(session, "id")?);
        self.post(&path, json!({ "params": back.params })).await
    }

    async fn plan(
        &self,
        channel: &str,
        text: &str,
        media: Value,
        in_seconds: i64,
    ) -> Result<Value> {
        let at = domain::schedule::plus_ms(self.world.cx.now(), in_seconds * 1_000);
        let set = self.world.set.to_string();
        let new = json!({ "social_set": set, "text": text, "media": media,
            "channels": [{ "channel": channel }], "schedule": { "at": at } });
        self.post("/posts", new).await
    }

    /// The delivery, once it is in this state.
    async fn until(&self, delivery: &str, state: &str) -> Result<Value> {
        let mut seen = Value::Null;
        for _ in 0..150 {
            seen = self.get(&format!("/deliveries/{delivery}")).await?;
            if seen["state"] == state {
                return Ok(seen);
            }
            RealTimer.pause(100).await;
        }
        anyhow::bail!("never {state}: {seen}")
    }

    async fn history(&self, delivery: &str) -> Result<Value> {
        self.get(&format!("/deliveries/{delivery}/history")).await
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name]
        .as_str()
        .with_context(|| format!("no {name} in {value}"))
}

/// The kinds of a history's lines.
fn kinds(history: &Value) -> Vec<&str> {
    let lines = history["events"].as_array();
    lines
        .into_iter()
        .flatten()
        .filter_map(|line| line["kind"].as_str())
        .collect()
}

#[tokio::test]
async fn by_a_key_alone_from_the_connection_to_the_mended_login() -> Result<()> {
    let world = PdsWorld::start(Under::Sqlite, Client::Confidential).await?;
    let anna = world.account("anna-harbour.test").await?;
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()?;
    let program = Program {
        world: &world,
        key: world.api_key().await?,
        http,
    };
    let running = Running::start(world.cx.clone(), "test");

    let new = json!({ "app": world.app.to_string(), "social_set": world.set.to_string(), "handle": anna.handle });
    let session = program.post("/connect-sessions", new).await?;
    let done = program.complete(&session, &anna).await?;
    ensure!(done["phase"] == "done", "{done}");
    let channel = program.get("/channels").await?["items"][0].clone();
    ensure!(
        channel["health"] == "healthy" && channel["outlook"] == "extends_until",
        "{channel}"
    );
    let id = text(&channel, "id")?.to_owned();

    let media = json!([{ "media": program.picture().await?["id"], "alt": "Bread" }]);
    let post = program.plan(&id, "By a key alone", media, 2).await?;
    let delivery = text(&post["deliveries"][0], "id")?.to_owned();
    let out = program.until(&delivery, "published").await?;
    ensure!(text(&out, "permalink")?.contains(&anna.did), "{out}");
    ensure!(count(&world, &anna, "By a key alone").await? == 1);
    let history = program.history(&delivery).await?;
    ensure!(kinds(&history).contains(&"published"), "{history}");

    died_and_missed(&program, &id, &anna).await?;
    ensure!(running.stop(10_000).await, "it stops gracefully");
    Ok(())
}

/// Revoked at the server, a post missed, mended, planned again, out once.
async fn died_and_missed(program: &Program<'_>, id: &str, anna: &Account) -> Result<()> {
    let (world, at) = (program.world, format!("/channels/{id}"));
    // An access token that was just made is not made anew: five minutes pass.
    world.cx.clocks.product.jump_ms(5 * 60_000);
    world.pds.revoke_sessions(&anna.did).await?;
    let checked = program.post(&format!("{at}/check"), json!({})).await?;
    ensure!(checked["result"] == "not_well", "{checked}");
    let channel = &checked["channel"];
    ensure!(
        channel["health"] == "needs_refresh" && channel["cause"] == "app_removed_by_user",
        "{channel}"
    );
    let notices = program.get("/notices").await?;
    ensure!(
        notices["items"][0]["cause"] == "app_removed_by_user",
        "{notices}"
    );

    let post = program
        .plan(id, "Missed, then mended", json!([]), 2)
        .await?;
    ensure!(post["warnings"][0]["code"] == "login_dead", "{post}");
    let delivery = text(&post["deliveries"][0], "id")?.to_owned();
    let missed = program.until(&delivery, "missed").await?;
    ensure!(missed["reason"] == "login_dead", "{missed}");

    let session = program.post(&format!("{at}/refresh"), json!({})).await?;
    let right = program.complete(&session, anna).await?;
    ensure!(right["phase"] == "done", "{right}");
    let channel = program.get(&at).await?;
    ensure!(
        channel["health"] == "healthy" && channel["held_posts"] == 1,
        "{channel}"
    );

    let again = json!({ "at": domain::schedule::plus_ms(world.cx.now(), 2_000) });
    program
        .post(&format!("/deliveries/{delivery}/reschedule"), again)
        .await?;
    program.until(&delivery, "published").await?;
    ensure!(count(world, anna, "Missed, then mended").await? == 1);
    let history = program.history(&delivery).await?;
    for kind in ["planned", "missed", "moved", "published"] {
        ensure!(kinds(&history).contains(&kind), "{kind}: {history}");
    }
    ensure!(count(world, anna, "By a key alone").await? == 1);
    Ok(())
}
