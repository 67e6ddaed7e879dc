//! Posts beyond the end of a login: told while they are planned, wherever they are seen, with both ways out; and
//! never stored.

use anyhow::{Context as _, Result};
use domain::platform::{LoginFlow, Platform};
use http::StatusCode;
use serde_json::{Value, json};
use simulator::visitor::Visitor;
use testing::app::{Browser, House, TestApp};
use testing::apps::{self, At};

use super::pages::{Part, send};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const ANNA: &str = "10220000000000001";
/// The bakery's account, through Facebook: access to data ends after 90 days.
const ACCOUNT: &str = "17841400000000001";

struct Risky {
    app: TestApp,
    house: House,
    channel: String,
}

impl Risky {
    async fn new() -> Result<Self> {
        let app = TestApp::new().await?;
        let house = app.house("Harbour").await?;
        let at = At {
            cx: &app.web.cx,
            sim: &app.sim,
        };
        let through = apps::add(&at, Platform::Instagram, LoginFlow::Facebook).await?;
        let mut browser = app.signed_in(&house.mail).await?;
        let path = format!("/sets/{}/connect/{through}", house.set);
        let left = browser
            .post(&path, &[("app", &through.to_string()), ("handle", "")])
            .await?;
        let html = left.text();
        let from = html
            .find(&format!("href=\"{}", testing::sim::ORIGIN))
            .with_context(|| format!("a way out: {left:?}"))?
            + 6;
        let url = html[from..from + html[from..].find('"').context("its end")?]
            .replace("&amp;", "&")
            .replace("&#38;", "&");
        let back = Visitor::agree(&app.sim, &url, ANNA, &[]).await?;
        let back = back
            .strip_prefix(testing::sim::PUBLIC)
            .context("it leads back here")?;
        let came = browser.get(back).await?;
        let choices = browser.follow(came.location()).await?.text();
        let action = choices
            .split("action=\"")
            .find(|part| part.starts_with("/connect/"))
            .context("the form")?;
        let action = action.split('"').next().context("its address")?.to_owned();
        browser.post(&action, &[("account", ACCOUNT)]).await?;
        app.run_for_ms(60_000).await?;
        let client = app.full_key(&house).await?;
        let list = client.get("/api/v1/channels").await?.json();
        let channel = list["items"][0]["id"].as_str().context("a channel")?;
        let channel = channel.to_owned();
        Ok(Self {
            app,
            house,
            channel,
        })
    }

    fn at(&self, millis: i64) -> String {
        domain::schedule::plus_ms(self.app.web.now(), millis).to_string()
    }

    fn day(&self, millis: i64) -> String {
        self.at(millis)[..10].to_owned()
    }

    async fn media(&self) -> Result<String> {
        let client = self.app.full_key(&self.house).await?;
        let bytes = testing::pictures::jpeg(400, 500)?;
        let answer = super::scene::upload(&client, "image/jpeg", bytes).await?;
        Ok(answer.json()["id"].as_str().context("an id")?.to_owned())
    }

    async fn body(&self, millis: i64) -> Result<Value> {
        Ok(
            json!({"social_set": self.house.set.to_string(), "text": "Bread", "media": [{"media": self.media().await?}],
            "channels": [{"channel": self.channel}], "schedule": {"at": self.at(millis)}}),
        )
    }

    async fn browser(&self) -> Result<Browser<'_>> {
        self.app.signed_in(&self.house.mail).await
    }
}

#[tokio::test]
async fn the_api_tells_it_when_planning_and_in_every_reading() -> Result<()> {
    let risky = Risky::new().await?;
    let client = risky.app.full_key(&risky.house).await?;
    let channel = client
        .get(&format!("/api/v1/channels/{}", risky.channel))
        .await?
        .json();
    assert_eq!(channel["outlook"], "extends_until", "{channel}");
    assert_eq!(channel["outlook_end"]["kind"], "data_access", "{channel}");
    let end = channel["outlook_end"]["at"].as_str().context("an end")?;
    let beyond = risky.body(100 * DAY).await?;
    let strict = client
        .post("/api/v1/posts?require=healthy", beyond.clone())
        .await?;
    assert_eq!(
        (strict.status, strict.code().as_str()),
        (StatusCode::CONFLICT, "not_healthy"),
        "{strict:?}"
    );
    let made = client.post("/api/v1/posts", beyond).await?;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    let warning = &made["warnings"][0];
    assert_eq!(
        (&warning["code"], &warning["end_at"], &warning["channel"]),
        (&json!("at_risk"), &json!(end), &json!(risky.channel)),
        "{made}"
    );
    let delivery = made["deliveries"][0]["id"].as_str().context("an id")?;
    let set = risky.house.set.to_string();
    let (from, to) = (risky.day(95 * DAY), risky.day(105 * DAY));
    let reads = [
        (format!("/api/v1/deliveries/{delivery}"), ""),
        ("/api/v1/deliveries".to_owned(), "/items/0"),
        (
            format!("/api/v1/posts?social_set={set}"),
            "/items/0/deliveries/0",
        ),
        (
            format!("/api/v1/grid?channel={}", risky.channel),
            "/planned/0",
        ),
    ];
    for (path, place) in &reads {
        let read = client.get(path).await?.json();
        let one = read.pointer(place).context(path.clone())?;
        assert_eq!(one["at_risk"], true, "{path}: {read}");
        assert_eq!(one["risk"]["code"], "at_risk", "{path}: {read}");
        assert_eq!(one["risk"]["end_at"], json!(end), "{path}: {read}");
    }
    let days = client
        .get(&format!(
            "/api/v1/calendar?social_set={set}&from={from}&to={to}"
        ))
        .await?
        .json();
    let marked = days["items"].as_array().into_iter().flatten();
    let marked = marked
        .filter_map(|day| day["deliveries"][0]["at_risk"].as_bool())
        .collect::<Vec<_>>();
    assert_eq!(marked, [true], "{days}");
    // Planned before the end it is none, and nothing has to be told to make it so.
    let moved = client
        .post(
            &format!("/api/v1/deliveries/{delivery}/reschedule"),
            json!({"at": risky.at(50 * DAY)}),
        )
        .await?
        .json();
    assert_eq!(
        (&moved["at_risk"], &moved["warnings"]),
        (&json!(false), &json!([])),
        "{moved}"
    );
    let back = client
        .post(
            &format!("/api/v1/deliveries/{delivery}/reschedule"),
            json!({"at": risky.at(100 * DAY)}),
        )
        .await?
        .json();
    assert_eq!(
        (&back["at_risk"], &back["warnings"][0]["code"]),
        (&json!(true), &json!("at_risk")),
        "{back}"
    );
    Ok(())
}

#[tokio::test]
async fn the_composer_tells_it_as_the_day_is_chosen_and_proposes_the_last_good_hour() -> Result<()>
{
    let risky = Risky::new().await?;
    let mut browser = risky.browser().await?;
    let new = browser.get("/posts/new").await?;
    let id = new.field("post").context("an id")?;
    let set = risky.house.set.to_string();
    let media = risky.media().await?;
    let form = |day: &str, time: &str, intent: &str| {
        [
            ("post", id.clone()),
            ("set", set.clone()),
            ("text", "Bread".to_owned()),
            ("media", media.clone()),
            ("channel", risky.channel.clone()),
            ("date", day.to_owned()),
            ("time", time.to_owned()),
            ("intent", intent.to_owned()),
        ]
    };
    let fields = |form: &[(&'static str, String); 8]| -> Vec<Part<'static>> {
        form.iter()
            .map(|(name, value)| Part::Field(name, Box::leak(value.clone().into_boxed_str())))
            .collect()
    };
    let check = "/posts/check";
    let (near, far) = (risky.day(10 * DAY), risky.day(100 * DAY));
    let well = send(&mut browser, check, &fields(&form(&near, "09:00", ""))).await?;
    assert!(!well.text().contains("Sign in again now"), "{well:?}");
    // Nothing but the day changes; the time may not even be chosen yet.
    for time in ["09:00", ""] {
        let told = send(&mut browser, check, &fields(&form(&far, time, ""))).await?;
        let text = told.text();
        assert!(
            text.contains("Nothing is lost") && text.contains("Sign in again now"),
            "{told:?}"
        );
        assert!(
            text.contains("Plan it before") && text.contains("value=\"before\""),
            "{told:?}"
        );
    }
    // The button fills in the last good hour, and nothing is stored by it.
    let proposed = send(
        &mut browser,
        "/posts/new",
        &fields(&form(&far, "09:00", "before")),
    )
    .await?;
    let (day, time) = (
        proposed.field("date").context("a day")?,
        proposed.field("time").context("a time")?,
    );
    assert!(day > near && day < far, "{day} {time}");
    assert!(
        !proposed.text().contains("Sign in again now"),
        "{proposed:?}"
    );
    let done = send(
        &mut browser,
        "/posts/new",
        &fields(&form(&far, "09:00", "schedule")),
    )
    .await?;
    let calendar = browser.follow(done.location()).await?.text();
    assert!(
        calendar.contains("data-state=\"at_risk\"") && calendar.contains("the sign-in ends on"),
        "{calendar}"
    );
    assert!(
        calendar.contains("Plan it before") && calendar.contains("Sign in again now"),
        "the side panel has both ways out: {calendar}"
    );
    let link = calendar
        .split("href=\"")
        .find(|part| part.contains("plan=before"))
        .and_then(|part| part.split('"').next())
        .context("a link")?
        .replace("&amp;", "&");
    let link = link.split('#').next().context("an address")?.to_owned();
    let page = browser.get(&link).await?;
    assert_eq!(page.field("date"), Some(day), "{page:?}");
    assert_eq!(page.field("time"), Some(time), "{page:?}");
    assert!(page.text().contains("Nothing has moved yet"), "{page:?}");
    let grid = browser
        .get(&format!("/grid?channel={}", risky.channel))
        .await?
        .text();
    assert!(grid.contains("the sign-in ends on"), "{grid}");
    Ok(())
}

#[tokio::test]
async fn a_draft_with_a_day_says_it_too() -> Result<()> {
    let risky = Risky::new().await?;
    let mut browser = risky.browser().await?;
    let new = browser.get("/posts/new").await?;
    let id = new.field("post").context("an id")?;
    let (set, far) = (risky.house.set.to_string(), risky.day(100 * DAY));
    let parts = [
        Part::Field("post", &id),
        Part::Field("set", &set),
        Part::Field("text", "Some day"),
        Part::Field("channel", &risky.channel),
        Part::Field("date", &far),
        Part::Field("time", "09:00"),
        Part::Field("intent", "draft"),
    ];
    send(&mut browser, "/posts/new", &parts).await?;
    let drafts = browser.get("/drafts").await?.text();
    assert!(
        drafts.contains("Some day") && drafts.contains("the sign-in ends on"),
        "{drafts}"
    );
    Ok(())
}
