//! One channel of one way of signing in, connected through the API, and what is done to it: broken and mended at the
//! simulator, posted on, checked, extended, signed in to again. The last three are done by a program, or by a person
//! who presses the buttons.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use axum::body::Body;
use domain::cause::Cause;
use domain::health::Health;
use domain::ids::ChannelId;
use domain::platform::{LoginFlow, Platform};
use domain::schedule::plus_ms;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use simulator::visitor::Visitor;
use simulator::{Break, Fault, instagram};
use storage::channel_grants::{self, ChannelGrantRow};
use testing::app::{Client, House, TestApp};
use testing::apps::{self, At};

use super::person::Person;

/// An hour in milliseconds.
pub const HOUR: i64 = 3_600_000;
/// A day in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// A way of signing in, with who signs in and what is connected.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// As people read it.
    pub title: &'static str,
    pub platform: Platform,
    pub flow: LoginFlow,
    /// Who signs in at the platform.
    pub login: &'static str,
    /// Its id there, where it is chosen among several.
    pub chosen: &'static str,
    /// The handle that is asked for beforehand.
    pub handle: &'static str,
}

/// One thing that is done.
#[derive(Debug, Clone)]
pub enum Do {
    /// Broken at the simulator.
    Break(Break),
    /// Mended at the simulator.
    Mend(Break),
    /// Calls are answered otherwise.
    Fault(Fault),
    /// No fault is in force any more.
    Lift,
    /// *Check now*.
    Check,
    /// *Extend now*.
    Extend,
    /// A post is planned for in two hours, and that time passes.
    Post,
    /// So many milliseconds pass, and the engine does what is due.
    Pass(i64),
    /// The same person signs in again, all boxes ticked.
    SignIn,
    /// Somebody else with that account signs in.
    SignInAs(&'static str),
    /// The app gets another secret at the platform.
    ResetSecret,
    /// It has its former secret again.
    SecretBack,
}

/// See the head of this file.
pub struct Stage {
    pub app: TestApp,
    pub house: House,
    pub way: Way,
    pub channel: String,
    key: String,
    /// The last post that was planned.
    pub delivery: Option<String>,
    /// Who presses the buttons; without anybody a program does it.
    pub person: Option<Arc<Person>>,
}

impl Stage {
    /// With this person in front of it, if anybody.
    pub async fn before(way: Way, person: Option<&Arc<Person>>) -> Result<Self> {
        let mut stage = Self::new(way).await?;
        if let Some(person) = person {
            person.turn_to(&stage).await?;
            stage.person = Some(person.clone());
        }
        Ok(stage)
    }

    pub async fn new(way: Way) -> Result<Self> {
        let app = TestApp::new().await?;
        let house = app.house("Harbour").await?;
        let at = At {
            cx: &app.web.cx,
            sim: &app.sim,
        };
        let through = apps::add(&at, way.platform, way.flow).await?;
        let key = app.full_key(&house).await?.key;
        let mut stage = Self {
            app,
            house,
            way,
            channel: String::new(),
            key,
            delivery: None,
            person: None,
        };
        let body = json!({
            "app": through.to_string(), "social_set": stage.house.set.to_string(),
            "handle": Some(way.handle).filter(|handle| !handle.is_empty()),
        });
        let begun = stage
            .client()
            .await?
            .post("/api/v1/connect-sessions", body)
            .await?;
        ensure!(begun.status == StatusCode::CREATED, "{begun:?}");
        let done = stage.finish(&begun.json(), way.login).await?;
        ensure!(done["phase"] == "done", "{done}");
        let list = stage.get("/api/v1/channels").await?;
        stage.channel = text(&list["items"][0]["id"]);
        stage.app.run_for_ms(120_000).await?;
        let seen = stage.seen().await?;
        ensure!(
            seen["health"] == "healthy" || seen["health"] == "expiring",
            "{seen}"
        );
        Ok(stage)
    }

    /// A program with always the same key: who begins a sign-in must end it.
    pub async fn client(&self) -> Result<Client<'_>> {
        let mut client = self.app.full_key(&self.house).await?;
        client.key.clone_from(&self.key);
        Ok(client)
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        let answer = self.client().await?.get(path).await?;
        ensure!(answer.status.is_success(), "{path}: {answer:?}");
        Ok(answer.json())
    }

    /// The channel as the API shows it.
    pub async fn seen(&self) -> Result<Value> {
        self.get(&format!("/api/v1/channels/{}", self.channel))
            .await
    }

    /// The login that calls are made with, as it is stored.
    pub async fn stored(&self) -> Result<ChannelGrantRow> {
        let (workspace, channel): (_, ChannelId) = (self.house.workspace, self.channel.parse()?);
        let read = self.app.web.cx.store.read("test.primary", move |conn| {
            channel_grants::primary(conn, workspace, channel)
        });
        read.await?.context("a login")
    }

    /// The channel's own page, as its owner reads it.
    pub async fn page(&self) -> Result<String> {
        let mut browser = self.app.signed_in(&self.house.mail).await?;
        let answer = browser.get(&format!("/channels/{}", self.channel)).await?;
        ensure!(answer.status == StatusCode::OK, "{answer:?}");
        Ok(answer.text())
    }

    /// Goes to the platform as `login`, agrees to everything, chooses the account, and says what came of it.
    pub async fn finish(&self, begun: &Value, login: &str) -> Result<Value> {
        let client = self.client().await?;
        let url = text(&begun["url"]);
        let back = Visitor::agree(&self.app.sim, &url, login, &[]).await?;
        let params: BTreeMap<String, String> =
            url::Url::parse(&back)?.query_pairs().into_owned().collect();
        let at = format!("/api/v1/connect-sessions/{}", text(&begun["id"]));
        let answer = client
            .post(&format!("{at}/complete"), json!({ "params": params }))
            .await?;
        ensure!(answer.status == StatusCode::OK, "{answer:?}");
        let mut session = answer.json();
        if session["phase"] == "choosing" && session["question"].is_null() {
            let body = json!({ "accounts": [self.way.chosen] });
            let answer = client.post(&format!("{at}/choose"), body).await?;
            ensure!(answer.status == StatusCode::OK, "{answer:?}");
            session = answer.json();
        }
        Ok(session)
    }

    /// *Refresh Channel Connection* as `login`; what came of the sign-in.
    pub async fn sign_in(&self, login: &str) -> Result<Value> {
        let path = format!("/api/v1/channels/{}/refresh", self.channel);
        let begun = self.client().await?.post(&path, json!({})).await?;
        ensure!(begun.status == StatusCode::CREATED, "{begun:?}");
        let done = self.finish(&begun.json(), login).await?;
        self.app.run_for_ms(60_000).await?;
        Ok(done)
    }

    /// The same by whoever is there; a person is told whether the channel is well now.
    async fn sign_in_again(&self, login: &str) -> Result<()> {
        let Some(person) = &self.person else {
            return self.sign_in(login).await.map(drop);
        };
        let told = person.sign_in(self, login).await?;
        self.is_true(&told, "All is well").await?;
        self.app.run_for_ms(60_000).await
    }

    /// What a person was told says that it is well if it is, and only then.
    async fn is_true(&self, told: &str, well: &str) -> Result<()> {
        let is = self.is_well().await?;
        ensure!((told == well) == is, "told {told:?}, and well is {is}");
        Ok(())
    }

    async fn check(&self) -> Result<()> {
        let Some(person) = &self.person else {
            return self.order("check").await;
        };
        let told = person.press(self, "Check now").await?;
        if told.starts_with("The platform could not be asked now.") {
            return Ok(()); // which says nothing of the channel
        }
        self.is_true(&told, "Checked: it is well.").await
    }

    async fn extend(&self) -> Result<()> {
        let Some(person) = &self.person else {
            return self.order("extend").await;
        };
        let told = person.press(self, "Extend now").await?;
        let refused = self.seen().await?.get("last_refusal").is_some();
        let words = if refused {
            "Not extended, and as good as before: the platform would not."
        } else {
            "Extended."
        };
        ensure!(
            told.starts_with(words),
            "told {told:?}, and refused is {refused}"
        );
        Ok(())
    }

    /// Does all of these, one after the other.
    pub async fn act(&mut self, acts: Vec<Do>) -> Result<()> {
        for act in acts {
            match act {
                Do::Break(what) => drop(self.app.sim.break_it(what)?),
                Do::Mend(what) => drop(self.app.sim.mend_it(what)?),
                Do::Fault(fault) => drop(self.app.sim.add_fault(fault)),
                Do::Lift => self.app.sim.clear_faults(),
                Do::Check => self.check().await?,
                Do::Extend => self.extend().await?,
                Do::Pass(millis) => self.app.run_for_ms(millis).await?,
                Do::SignIn => self.sign_in_again(self.way.login).await?,
                Do::SignInAs(login) => self.sign_in_again(login).await?,
                Do::ResetSecret => {
                    let app = self.client_id().await?;
                    self.app
                        .sim
                        .break_it(instagram::Break::ResetAppSecret { app })?;
                }
                Do::SecretBack => {
                    let app = self.client_id().await?;
                    self.app
                        .sim
                        .mend_it(instagram::Break::ResetAppSecret { app })?;
                }
                Do::Post => {
                    let id = self.plan(2 * HOUR).await?;
                    self.delivery = Some(id);
                    self.app.run_for_ms(2 * HOUR + 120_000).await?;
                }
            }
        }
        Ok(())
    }

    /// The id of the app at the platform.
    async fn client_id(&self) -> Result<String> {
        Ok(text(
            &self.get("/api/v1/apps").await?["items"][0]["client_id"],
        ))
    }

    async fn order(&self, what: &str) -> Result<()> {
        let path = format!("/api/v1/channels/{}/{what}", self.channel);
        let answer = self.client().await?.post(&path, json!({})).await?;
        // A sign-in that is over is not asked again: only a new one mends it.
        let over = answer.code() == "no_login";
        ensure!(
            answer.status == StatusCode::OK || over,
            "{what}: {answer:?}"
        );
        Ok(())
    }

    /// Plans a post with a picture; the id of its delivery.
    pub async fn plan(&self, millis: i64) -> Result<String> {
        let client = self.client().await?;
        let bytes = testing::pictures::jpeg(400, 500)?;
        let headers = [("content-type", "image/jpeg")];
        let path = "/api/v1/media?name=bread.jpg";
        let media = client
            .call(Method::POST, path, &headers, Body::from(bytes))
            .await?;
        ensure!(media.status.is_success(), "{media:?}");
        let at = plus_ms(self.app.web.now(), millis).to_string();
        let body = json!({
            "social_set": self.house.set.to_string(), "text": "Warm bread",
            "media": [{"media": text(&media.json()["id"]), "alt": "Bread"}],
            "channels": [{"channel": self.channel}], "schedule": {"at": at},
        });
        let answer = client.post("/api/v1/posts", body).await?;
        ensure!(answer.status == StatusCode::CREATED, "{answer:?}");
        Ok(text(&answer.json()["deliveries"][0]["id"]))
    }

    /// The last post's state, and the causes that its history names.
    pub async fn post(&self) -> Result<(String, Vec<Cause>)> {
        let Some(id) = &self.delivery else {
            bail!("no post was planned")
        };
        let found = self
            .get(&format!("/api/v1/deliveries/{id}/history"))
            .await?;
        let causes = found["events"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|event| event["detail"]["cause"].as_str()?.parse().ok());
        Ok((text(&found["delivery"]["state"]), causes.collect()))
    }

    /// Whether it can be posted with now: proven, and not in need of a person.
    pub async fn is_well(&self) -> Result<bool> {
        let health = self.stored().await?.condition.health;
        Ok(matches!(health, Health::Healthy | Health::Expiring))
    }
}

/// A JSON text; empty if it is none.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
