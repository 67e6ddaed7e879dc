//! A house with an Instagram channel that was connected on the simulator's own pages, and the short ways
//! of the tests.

use anyhow::{Context as _, Result, ensure};
use axum::body::Body;
use domain::ids::AppId;
use domain::platform::{LoginFlow, Platform};
use domain::schedule::plus_ms;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use simulator::instagram::Break;
use simulator::visitor::Visitor;
use testing::app::{Answer, Browser, Client, House, TestApp};
use testing::apps::{self, At};

/// The account that is connected.
pub const BAKERY: &str = "harbour.bakery";
/// An hour in milliseconds.
pub const HOUR: i64 = 3_600_000;

/// See the head of this file.
pub struct Scene {
    pub app: TestApp,
    pub house: House,
    pub channel: String,
}

impl Scene {
    pub async fn new() -> Result<Self> {
        let app = TestApp::new().await?;
        let house = app.house("Harbour").await?;
        let at = At {
            cx: &app.web.cx,
            sim: &app.sim,
        };
        let through = apps::add(&at, Platform::Instagram, LoginFlow::Instagram).await?;
        let channel = connect(&app, &house, through).await?;
        app.run_for_ms(60_000).await?;
        Ok(Self {
            app,
            house,
            channel,
        })
    }

    pub async fn client(&self) -> Result<Client<'_>> {
        self.app.full_key(&self.house).await
    }

    pub async fn browser(&self) -> Result<Browser<'_>> {
        self.app.signed_in(&self.house.mail).await
    }

    /// The product time so many milliseconds from now, as the API writes it.
    pub fn at(&self, millis: i64) -> String {
        plus_ms(self.app.web.now(), millis).to_string()
    }

    /// Uploads a picture of its own; its id.
    pub async fn picture(&self, client: &Client<'_>, width: u32) -> Result<String> {
        let bytes = testing::pictures::jpeg(width, width * 5 / 4)?;
        let answer = upload(client, "image/jpeg", bytes).await?;
        ensure!(answer.status.is_success(), "{answer:?}");
        Ok(answer.json()["id"].as_str().context("an id")?.to_owned())
    }

    /// A post with a picture, planned for so many milliseconds from now; its JSON.
    pub async fn planned(&self, client: &Client<'_>, text: &str, millis: i64) -> Result<Value> {
        let media = self.picture(client, 400).await?;
        let body = json!({
            "social_set": self.house.set.to_string(), "text": text, "media": [{"media": media, "alt": "Bread"}],
            "channels": [{"channel": self.channel}], "schedule": {"at": self.at(millis)},
        });
        let answer = client.post("/api/v1/posts", body).await?;
        ensure!(answer.status == StatusCode::CREATED, "{answer:?}");
        Ok(answer.json())
    }

    /// The password is changed at the platform.
    pub fn break_login(&self) -> Result<()> {
        self.app.sim.break_it(Break::ChangePassword {
            account: BAKERY.to_owned(),
        })?;
        Ok(())
    }

    /// The state of a delivery.
    pub async fn state(&self, client: &Client<'_>, delivery: &str) -> Result<String> {
        let answer = client
            .get(&format!("/api/v1/deliveries/{delivery}"))
            .await?;
        Ok(answer.json()["state"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// Signs in again at the platform, on the channel's own page.
    pub async fn sign_in_again(&self) -> Result<()> {
        let mut browser = self.browser().await?;
        let path = format!("/channels/{}/refresh", self.channel);
        there_and_back(&self.app, &mut browser, &path).await?;
        self.app.run_for_ms(30_000).await
    }
}

/// Sends bytes as they are.
pub async fn upload(client: &Client<'_>, kind: &str, bytes: Vec<u8>) -> Result<Answer> {
    let headers = [("content-type", kind)];
    client
        .call(
            Method::POST,
            "/api/v1/media?name=bread.jpg",
            &headers,
            Body::from(bytes),
        )
        .await
}

/// The id of the first delivery of a post.
pub fn delivery_of(post: &Value) -> String {
    post["deliveries"][0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

async fn connect(app: &TestApp, house: &House, through: AppId) -> Result<String> {
    let mut browser = app.signed_in(&house.mail).await?;
    let path = format!("/sets/{}/connect/{through}", house.set);
    there_and_back(app, &mut browser, &path).await?;
    let client = app.full_key(house).await?;
    let list = client.get("/api/v1/channels").await?.json();
    let id = list["items"][0]["id"].as_str().context("a channel")?;
    Ok(id.to_owned())
}

/// Presses *Continue*, goes to the platform, agrees, and comes back.
async fn there_and_back(app: &TestApp, browser: &mut Browser<'_>, path: &str) -> Result<()> {
    let shown = browser.get(path).await?;
    ensure!(shown.status == StatusCode::OK, "{shown:?}");
    let through = shown.field("app").unwrap_or_default();
    let left = browser
        .post(path, &[("app", &through), ("handle", "")])
        .await?;
    let html = left.text();
    let mark = format!("href=\"{}", testing::sim::ORIGIN);
    let from = html
        .find(&mark)
        .with_context(|| format!("a way out: {left:?}"))?
        + 6;
    let url = html[from..from + html[from..].find('"').context("its end")?]
        .replace("&amp;", "&")
        .replace("&#38;", "&");
    let back = Visitor::agree(&app.sim, &url, BAKERY, &[]).await?;
    let path = back
        .strip_prefix(testing::sim::PUBLIC)
        .context("it leads back here")?;
    browser.follow(path).await?;
    Ok(())
}
