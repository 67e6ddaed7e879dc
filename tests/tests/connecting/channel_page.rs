//! A channel's page: whose sign-ins it has and where they come from, its life, what is missing and who can give it,
//! and what is decided about a second person's sign-in.

use anyhow::{Context as _, Result};
use domain::ids::{AppId, ChannelId, EventId};
use domain::member::Role;
use domain::platform::{LoginFlow, Platform};
use domain::post::Maker;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use http::StatusCode;
use serde_json::json;
use simulator::instagram::Break;
use simulator::visitor::Visitor;
use storage::channel_events;
use testing::app::{Answer, Browser, House, TestApp};
use testing::apps::{self, At};

pub const ANNA: &str = "10220000000000001";
pub const JONAS: &str = "10220000000000002";
/// A Page on which both may post.
pub const PAGE: &str = "100000000000002";
const BAKERY: &str = "harbour.bakery";

pub struct Scene {
    pub app: TestApp,
    pub house: House,
    pub through: AppId,
}

impl Scene {
    async fn new(platform: Platform, flow: LoginFlow) -> Result<Self> {
        Self::of(TestApp::new().await?, platform, flow).await
    }

    pub async fn of(app: TestApp, platform: Platform, flow: LoginFlow) -> Result<Self> {
        let house = app.house("Harbour").await?;
        let at = At {
            cx: &app.web.cx,
            sim: &app.sim,
        };
        let through = apps::add(&at, platform, flow).await?;
        Ok(Self {
            app,
            house,
            through,
        })
    }

    pub async fn another(&self, platform: Platform, flow: LoginFlow) -> Result<AppId> {
        let at = At {
            cx: &self.app.web.cx,
            sim: &self.app.sim,
        };
        apps::add(&at, platform, flow).await
    }

    /// Goes to the platform as `login`, agrees, and comes back.
    pub async fn sign_in(
        &self,
        browser: &mut Browser<'_>,
        path: &str,
        login: &str,
    ) -> Result<Answer> {
        self.sign_in_through(browser, self.through, path, login)
            .await
    }

    async fn sign_in_through(
        &self,
        browser: &mut Browser<'_>,
        through: AppId,
        path: &str,
        login: &str,
    ) -> Result<Answer> {
        let through = through.to_string();
        let left = browser
            .post(path, &[("app", &through), ("handle", "")])
            .await?;
        let html = left.text();
        let from = html
            .find(&format!("href=\"{}", testing::sim::ORIGIN))
            .with_context(|| format!("a way out: {left:?}"))?
            + 6;
        let url = html[from..from + html[from..].find('"').context("its end")?]
            .replace("&amp;", "&")
            .replace("&#38;", "&");
        let back = Visitor::agree(&self.app.sim, &url, login, &[]).await?;
        let back = back
            .strip_prefix(testing::sim::PUBLIC)
            .context("it leads back here")?;
        let came = browser.get(back).await?;
        browser.follow(came.location()).await
    }

    async fn first_channel(&self) -> Result<String> {
        let client = self.app.full_key(&self.house).await?;
        let list = client.get("/api/v1/channels").await?.json();
        let id = list["items"][0]["id"].as_str().context("a channel")?;
        Ok(id.to_owned())
    }

    /// The bakery, through Instagram.
    async fn bakery(&self) -> Result<String> {
        let mut browser = self.app.signed_in(&self.house.mail).await?;
        let path = format!("/sets/{}/connect/{}", self.house.set, self.through);
        self.sign_in(&mut browser, &path, BAKERY).await?;
        self.app.run_for_ms(MINUTE_MS).await?;
        self.first_channel().await
    }

    /// A Page or an account, as Anna's.
    pub async fn page(&self, browser: &mut Browser<'_>, account: &str) -> Result<String> {
        self.page_through(browser, self.through, account).await
    }

    pub async fn page_through(
        &self,
        browser: &mut Browser<'_>,
        through: AppId,
        account: &str,
    ) -> Result<String> {
        let path = format!("/sets/{}/connect/{through}", self.house.set);
        let choices = self
            .sign_in_through(browser, through, &path, ANNA)
            .await?
            .text();
        let action = choices
            .split("action=\"")
            .find(|part| part.starts_with("/connect/"))
            .context("the form")?;
        let action = action.split('"').next().context("its address")?.to_owned();
        browser.post(&action, &[("account", account)]).await?;
        self.app.run_for_ms(MINUTE_MS).await?;
        self.first_channel().await
    }
}

#[tokio::test]
async fn it_tells_where_the_sign_in_comes_from_and_from_when_it_can_be_extended() -> Result<()> {
    let scene = Scene::new(Platform::Instagram, LoginFlow::Instagram).await?;
    let channel = scene.bakery().await?;
    let mut browser = scene.app.signed_in(&scene.house.mail).await?;
    let at = format!("/channels/{channel}");
    let page = browser.get(&at).await?.text();
    for words in [
        "Extends itself",
        "In use",
        "instagram_business_content_publish",
        "the platform said so",
        "Can be extended ahead of time from",
    ] {
        assert!(page.contains(words), "{words} is not on {page}");
    }
    assert!(
        !page.contains("action=\"/channels/") || !page.contains("Extend now"),
        "no button that would fail: {page}"
    );
    scene.app.run_for_ms(26 * HOUR_MS).await?;
    let page = browser.get(&at).await?.text();
    assert!(page.contains("Extend now"), "{page}");
    assert!(
        page.contains("<svg class=\"strip\"") && page.contains("data-stood=\"well\""),
        "{page}"
    );
    let calls = || {
        scene.app.sim.truth()["calls"]["instagram.refresh"]
            .as_u64()
            .unwrap_or(0)
    };
    let before = calls();
    browser.post(&format!("{at}/extend"), &[]).await?;
    browser.post(&format!("{at}/extend"), &[]).await?;
    assert_eq!(calls(), before + 1, "a double click extends once");
    let page = browser.get(&at).await?.text();
    assert!(page.contains("How it was extended"), "{page}");
    let client = scene.app.full_key(&scene.house).await?;
    let list = client.get(&format!("/api/v1{at}/sign-ins")).await?.json();
    let one = &list["items"][0];
    assert_eq!(
        (&one["place"], &one["generation"], &one["life"]),
        (&json!("in_use"), &json!(2), &json!("live")),
        "{list}"
    );
    assert_eq!(one["renewals"][0]["outcome"], "renewed", "{list}");
    assert_eq!(one["ends"][0]["source"], "answer", "{list}");
    Ok(())
}

#[tokio::test]
async fn a_bad_hour_is_one_line_and_the_rest_comes_in_pages() -> Result<()> {
    let scene = Scene::new(Platform::Instagram, LoginFlow::Instagram).await?;
    let channel = scene.bakery().await?;
    let id: ChannelId = channel.parse()?;
    let (workspace, now) = (scene.house.workspace, scene.app.web.now());
    let ids: Vec<EventId> = (0..130).map(|_| scene.app.web.id()).collect();
    let write = move |conn: &mut storage::Conn<'_>| {
        for (number, event) in (0_i64..).zip(ids) {
            let (kind, detail) = match number {
                0..28 if number % 2 == 0 => ("waiting", json!({"cause": "platform_outage"})),
                0..28 => ("restored", json!({})),
                _ => ("synced", json!({"new_posts": 3})),
            };
            let at = plus_ms(now, (number - 200) * MINUTE_MS);
            channel_events::append(conn, event, workspace, id, at, kind, Maker::Rule, &detail)?;
        }
        Ok(())
    };
    scene.app.web.cx.store.write("test.lines", write).await?;
    let mut browser = scene.app.signed_in(&scene.house.mail).await?;
    let mut next = Some(format!("/channels/{channel}"));
    let mut pages = Vec::new();
    while let Some(path) = next.take().filter(|_| pages.len() < 9) {
        let page = browser.get(&path).await?.text();
        next = page
            .split("href=\"")
            .find(|part| part.contains("?before="))
            .and_then(|part| part.split(['"', '#']).next())
            .map(|link| link.replace("&#38;", "&"));
        pages.push(page);
    }
    assert!(pages.len() > 2, "{} pages", pages.len());
    assert!(
        pages[0].contains("Grid updated, 3 new posts"),
        "{}",
        pages[0]
    );
    let all = pages.concat();
    assert_eq!(
        all.matches("The platform was in trouble 14 times").count(),
        1,
        "told once"
    );
    assert_eq!(all.matches("Grid updated, 3 new posts").count(), 102);
    let client = scene.app.full_key(&scene.house).await?;
    let mut cursor = String::new();
    let mut seen = 0;
    loop {
        let path = format!("/api/v1/channels/{channel}/timeline?limit=50{cursor}");
        let list = client.get(&path).await?.json();
        seen += list["items"].as_array().map_or(0, Vec::len);
        match list["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(seen >= 130, "{seen}");
    Ok(())
}

#[tokio::test]
async fn what_is_missing_is_named_with_who_can_give_it() -> Result<()> {
    let scene = Scene::new(Platform::Facebook, LoginFlow::Facebook).await?;
    let mut browser = scene.app.signed_in(&scene.house.mail).await?;
    let channel = scene.page(&mut browser, PAGE).await?;
    let client = scene.app.full_key(&scene.house).await?;
    scene.app.sim.break_it(Break::LowerRole {
        account: ANNA.to_owned(),
        page: PAGE.to_owned(),
    })?;
    browser
        .post(&format!("/channels/{channel}/check"), &[])
        .await?;
    for path in [
        format!("/channels/{channel}"),
        "/channels".to_owned(),
        "/inbox".to_owned(),
    ] {
        let page = browser.get(&path).await?.text();
        assert!(
            page.contains("CREATE_CONTENT") && page.contains("An admin of Nord Ceramics"),
            "{path}: {page}"
        );
        assert!(page.contains("Anna Berg"), "{path}: {page}");
    }
    let read = client
        .get(&format!("/api/v1/channels/{channel}"))
        .await?
        .json();
    assert_eq!(read["health"], "limited", "{read}");
    assert_eq!(
        read["missing"][0],
        json!({"name": "CREATE_CONTENT", "allows": "create_content", "given_by": "page_admin"})
    );
    Ok(())
}

#[tokio::test]
async fn a_second_person_is_asked_and_only_they_may_say_yes() -> Result<()> {
    let scene = Scene::new(Platform::Facebook, LoginFlow::Facebook).await?;
    let mut owner = scene.app.signed_in(&scene.house.mail).await?;
    let channel = scene.page(&mut owner, PAGE).await?;
    let other = scene.app.member(&scene.house, Role::Admin, None).await?;
    let mut second = scene.app.signed_in(&other).await?;
    let path = format!("/channels/{channel}/refresh");
    let asked = scene.sign_in(&mut second, &path, JONAS).await?.text();
    for words in [
        "Two people are signed in",
        "Jonas Weber",
        "Let it stand by",
        "Use it instead of Anna Berg",
        "Neither, take it off",
    ] {
        assert!(asked.contains(words), "{words} is not on {asked}");
    }
    let form = asked
        .split("action=\"")
        .find(|part| part.contains("/sign-ins/"))
        .and_then(|part| part.split('"').next())
        .context("the form")?
        .to_owned();
    let refused = owner.post(&form, &[("what", "stand_by")]).await?;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    let page = owner.get(&format!("/channels/{channel}")).await?.text();
    assert!(
        page.contains("Waits for an answer") && !page.contains("Let it stand by"),
        "{page}"
    );
    let said = second.post(&form, &[("what", "stand_by")]).await?;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{said:?}");
    let page = owner.get(&format!("/channels/{channel}")).await?.text();
    assert!(
        page.contains("Stands by since") && page.contains("Make it the first"),
        "{page}"
    );
    let client = scene.app.full_key(&scene.house).await?;
    let at = format!("/api/v1/channels/{channel}/sign-ins");
    let list = client.get(&at).await?.json();
    assert_eq!(
        (&list["items"][0]["place"], &list["items"][1]["place"]),
        (&json!("in_use"), &json!("stands_by")),
        "{list}"
    );
    assert!(
        list["items"][1]["consent_by"]
            .as_str()
            .is_some_and(|by| by.starts_with("mb_")),
        "{list}"
    );
    let id = list["items"][1]["id"].as_str().context("an id")?.to_owned();
    let first = client
        .post(&format!("{at}/{id}/first"), json!({}))
        .await?
        .json();
    assert_eq!(first["result"], "works", "{first}");
    assert_eq!(first["sign_ins"][0]["person"], "Jonas Weber", "{first}");
    assert_eq!(first["sign_ins"][1]["place"], "stands_by", "{first}");
    let anna = first["sign_ins"][1]["id"].as_str().context("an id")?;
    let off = client
        .post(&format!("{at}/{anna}/remove"), json!({}))
        .await?;
    assert_eq!(off.status, StatusCode::OK, "{off:?}");
    assert_eq!(off.json()["items"].as_array().map_or(0, Vec::len), 1);
    let gone = client
        .post(&format!("{at}/{anna}/stand-by"), json!({}))
        .await?;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "{gone:?}");
    scene.app.run_for_ms(DAY_MS).await?;
    let page = owner.get(&format!("/channels/{channel}")).await?.text();
    assert!(
        page.contains("Jonas Weber’s sign-in is used from now on"),
        "{page}"
    );
    Ok(())
}
