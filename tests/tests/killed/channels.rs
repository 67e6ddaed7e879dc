//! The channels of the rounds: connected as a program connects them, by a key alone, with somebody who agrees on the
//! platforms' own pages. A platform that is new gets a line in [`WAYS`].

use anyhow::{Context as _, Result, ensure};
use domain::Timestamp;
use domain::chance::Chance;
use domain::clock::{Clock as _, SystemClock};
use domain::platform::{LoginFlow, Platform};
use serde_json::{Value, json};
use simulator::Simulator;
use simulator::visitor::Visitor;

use super::owner::Owner;

/// One sign-in and the accounts that it brings.
pub struct Way {
    platform: Platform,
    flow: LoginFlow,
    /// Who signs in, as the platform's page calls them.
    login: &'static str,
    handles: &'static [&'static str],
    /// Whether a post needs a picture there.
    picture: bool,
    /// Whether looking for a post takes minutes there, so that few rounds would wait for little else.
    slow_looks: bool,
}

/// Every platform and flow that stands, with accounts of the simulator's default set.
pub const WAYS: &[Way] = &[
    Way {
        platform: Platform::Instagram,
        flow: LoginFlow::Instagram,
        login: "fern.and.field",
        handles: &["fern.and.field"],
        picture: true,
        slow_looks: false,
    },
    Way {
        platform: Platform::Instagram,
        flow: LoginFlow::Instagram,
        login: "lumen.studio",
        handles: &["lumen.studio"],
        picture: true,
        slow_looks: false,
    },
    Way {
        platform: Platform::Instagram,
        flow: LoginFlow::Facebook,
        login: "10220000000000001",
        handles: &["harbour.bakery", "nord.ceramics"],
        picture: true,
        slow_looks: false,
    },
    bluesky(
        "harbour-bakery.bsky.social",
        &["harbour-bakery.bsky.social"],
    ),
    bluesky(
        "fern-and-field.bsky.social",
        &["fern-and-field.bsky.social"],
    ),
    bluesky("oda-lindqvist.bsky.social", &["oda-lindqvist.bsky.social"]),
    bluesky("mill-stone.bsky.social", &["mill-stone.bsky.social"]),
    bluesky("old-market.bsky.social", &["old-market.bsky.social"]),
    bluesky("north-light.bsky.social", &["north-light.bsky.social"]),
];

/// Accounts beside the default set, by handle and name: their access tokens are ended before their time.
pub const MORE: [(&str, &str); 3] = [
    ("mill-stone.bsky.social", "Mill & Stone"),
    ("old-market.bsky.social", "Old Market"),
    ("north-light.bsky.social", "North Light"),
];

const fn bluesky(login: &'static str, handles: &'static [&'static str]) -> Way {
    Way {
        platform: Platform::Bluesky,
        flow: LoginFlow::Bluesky,
        login,
        handles,
        picture: false,
        slow_looks: false,
    }
}

/// A channel that is connected.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its id at Mainstay.
    pub id: String,
    pub platform: Platform,
    pub handle: String,
    login: &'static str,
    /// The picture that its posts show.
    pub picture: Option<String>,
    /// Whether its access tokens are ended before their time.
    pub ends: bool,
    /// When its access token was last new, as far as is known from outside.
    pub fresh_at: Timestamp,
}

impl Channel {
    /// Whether its refresh token may be spent once only, and it is extended when somebody asks for it.
    pub fn rotates(&self) -> bool {
        self.platform == Platform::Bluesky && !self.ends
    }
}

/// Who connects, and where.
pub struct Harbour<'a> {
    pub owner: &'a Owner,
    pub sim: &'a Simulator,
    pub chance: &'a dyn Chance,
}

impl Harbour<'_> {
    /// Connects everything; platforms that look slowly only where there are many rounds.
    pub async fn connect_all(&self, set: &str, many: bool) -> Result<Vec<Channel>> {
        let picture = self
            .owner
            .picture(testing::pictures::jpeg(400, 500)?)
            .await?;
        let mut all = Vec::new();
        for way in WAYS.iter().filter(|way| many || !way.slow_looks) {
            self.connect(set, way).await?;
            let known = self.owner.get("/api/v1/channels").await?;
            let known = known["items"].as_array().context("channels")?;
            for handle in way.handles {
                let is_it = |one: &&Value| {
                    one["handle"] == *handle && one["platform"] == way.platform.as_str()
                };
                let found = known.iter().find(is_it);
                let found = found.with_context(|| format!("{handle} in {known:?}"))?;
                all.push(Channel {
                    id: found["id"].as_str().context("an id")?.to_owned(),
                    platform: way.platform,
                    handle: (*handle).to_owned(),
                    login: way.login,
                    picture: way.picture.then(|| picture.clone()),
                    ends: MORE.iter().any(|(more, _)| more == handle),
                    fresh_at: SystemClock.now(),
                });
            }
        }
        Ok(all)
    }

    async fn connect(&self, set: &str, way: &Way) -> Result<()> {
        let apps = self.owner.get("/api/v1/apps").await?;
        let is_it = |one: &&Value| {
            one["platform"] == way.platform.as_str() && one["flow"] == way.flow.as_str()
        };
        let app = apps["items"].as_array().into_iter().flatten().find(is_it);
        let app = app.with_context(|| format!("an app for {} in {apps}", way.flow))?;
        let mut new = json!({ "app": app["id"], "social_set": set });
        if way.platform == Platform::Bluesky {
            new["handle"] = json!(way.login);
        }
        let session = self.begin("/api/v1/connect-sessions", new).await?;
        let mut came = self.come_back(&session, way.login).await?;
        if came["phase"] == "choosing" {
            let listed = came["accounts"].as_array().context("accounts")?;
            let wanted = |one: &&Value| way.handles.iter().any(|handle| one["handle"] == *handle);
            let ids: Vec<&Value> = listed.iter().filter(wanted).map(|one| &one["id"]).collect();
            let path = format!("{}/choose", at(&session)?);
            came = self.begin(&path, json!({ "accounts": ids })).await?;
        }
        ensure!(came["phase"] == "done", "{}: {came}", way.login);
        Ok(())
    }

    /// *Refresh Channel Connection*: somebody signs in again.
    pub async fn refresh(&self, channel: &Channel) -> Result<()> {
        let path = format!("/api/v1/channels/{}/refresh", channel.id);
        let session = self.begin(&path, json!({})).await?;
        let came = self.come_back(&session, channel.login).await?;
        ensure!(came["phase"] == "done", "{}: {came}", channel.handle);
        Ok(())
    }

    async fn begin(&self, path: &str, body: Value) -> Result<Value> {
        self.owner.post(path, body, self.chance).await
    }

    async fn come_back(&self, session: &Value, login: &str) -> Result<Value> {
        let url = session["url"].as_str().context("a way out")?;
        let back = Visitor::agree(self.sim, url, login, &[]).await?;
        let params: serde_json::Map<String, Value> = url::Url::parse(&back)?
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), json!(value)))
            .collect();
        let path = format!("{}/complete", at(session)?);
        self.begin(&path, json!({ "params": params })).await
    }
}

fn at(session: &Value) -> Result<String> {
    let id = session["id"].as_str().context("a session's id")?;
    Ok(format!("/api/v1/connect-sessions/{id}"))
}
