//! The forecast: who needs a person first, what is at risk, who may see what, and two hundred channels at once.

use anyhow::{Context as _, Result};
use domain::clock::{BootClock as _, SystemClock};
use domain::ids::{AppId, ChannelId, SocialSetId};
use domain::member::Role;
use domain::schedule::{DAY_MS, HOUR_MS};
use http::StatusCode;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use storage::channels;
use testing::app::{House, TestApp};

use super::made::{Life, Plan, store_all, through};

struct Scene {
    app: TestApp,
    house: House,
    through: AppId,
}

async fn scene() -> Result<Scene> {
    let app = TestApp::new().await?;
    let house = app.house("Nord").await?;
    let through = through(&app, &house).await?;
    Ok(Scene {
        app,
        house,
        through,
    })
}

impl Scene {
    async fn add(
        &self,
        set: SocialSetId,
        name: &str,
        life: Option<Life>,
        due: &[i64],
    ) -> Result<ChannelId> {
        let place = (set, self.through);
        let plan = Plan::new(&self.app, &self.house, place, name, life, due);
        plan.store(&self.app).await
    }

    async fn forecast(&self, query: &str) -> Result<Value> {
        let client = self.app.full_key(&self.house).await?;
        let answer = client.get(&format!("/api/v1/forecast{query}")).await?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        Ok(answer.json())
    }
}

fn names(forecast: &Value) -> Vec<&str> {
    let all = forecast["channels"].as_array().into_iter().flatten();
    all.filter_map(|one| one["name"].as_str()).collect()
}

fn named<'a>(forecast: &'a Value, name: &str) -> &'a Value {
    let all = forecast["channels"].as_array().into_iter().flatten();
    let mut found = all.filter(|one| one["name"] == name);
    found
        .next()
        .unwrap_or_else(|| panic!("{name} is not in {forecast}"))
}

/// One of each kind in the first set, one in a second.
async fn furnish(scene: &Scene) -> Result<(SocialSetId, ChannelId)> {
    let set = scene.house.set;
    scene
        .add(set, "Extends", Some(Life::well()), &[DAY_MS])
        .await?;
    let ends = [DAY_MS, 19 * DAY_MS, 20 * DAY_MS, 50 * DAY_MS];
    scene
        .add(set, "Ends", Some(Life::ends_in(20)), &ends)
        .await?;
    scene
        .add(set, "Ends far", Some(Life::ends_in(400)), &[])
        .await?;
    scene
        .add(set, "Broken", Some(Life::broken()), &[HOUR_MS, 80 * DAY_MS])
        .await?;
    scene.add(set, "Bare", None, &[]).await?;
    let place = (set, scene.through);
    let by_hand = Plan::new(&scene.app, &scene.house, place, "By hand", None, &[DAY_MS]);
    by_hand.by_hand().store(&scene.app).await?;
    let gone = scene
        .add(set, "Gone", Some(Life::well()), &[2 * DAY_MS])
        .await?;
    let (workspace, now) = (scene.house.workspace, scene.app.web.now());
    let unlink = move |conn: &mut storage::Conn<'_>| channels::unlink(conn, workspace, gone, now);
    scene.app.web.store.write("test.unlink", unlink).await?;
    let second = scene.app.set(&scene.house, "South").await?;
    let south = scene
        .add(second, "Southern", Some(Life::ends_in(5)), &[6 * DAY_MS])
        .await?;
    Ok((second, south))
}

#[tokio::test]
async fn who_needs_a_person_stands_first_and_every_post_says_whether_it_is_at_risk() -> Result<()> {
    let scene = scene().await?;
    furnish(&scene).await?;
    let all = scene.forecast("").await?;
    assert_eq!(
        names(&all),
        [
            "Broken", "Bare", "Southern", "Ends", "Gone", "Ends far", "Extends", "By hand"
        ]
    );
    let risk = |name: &str| {
        let one = named(&all, name);
        let number = |field: &str| one[field].as_u64().unwrap_or(u64::MAX);
        (number("planned_posts"), number("posts_at_risk"))
    };
    assert_eq!(risk("Ends"), (4, 2), "from the very moment of its end on");
    assert_eq!(risk("Broken"), (2, 2));
    assert_eq!(risk("Extends"), (1, 0));
    assert_eq!(risk("By hand"), (1, 0), "a person posts it");
    assert_eq!(risk("Gone"), (1, 1), "it is not linked");
    let ends = named(&all, "Ends");
    let days: Vec<i64> = ends["warnings"]
        .as_array()
        .context("warnings")?
        .iter()
        .filter_map(|one| one["days"].as_i64())
        .collect();
    // A quarter of twenty days: what would be said earlier is said then.
    assert_eq!(days, [7, 3, 1]);
    assert_eq!(ends["outlook"], "needs_sign_in_by");
    let kinds: Vec<&str> = ends["life"]
        .as_array()
        .context("its life")?
        .iter()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["good_until", "last_quarter", "needs_sign_in"]);
    let extends = named(&all, "Extends");
    let renewals = extends["renewals"].as_array().context("renewals")?;
    assert_eq!(
        renewals.len(),
        2,
        "in twenty days, and two thirds of sixty later"
    );
    assert!(extends["needs_person_at"].is_null() && extends["good_until"].is_null());
    assert_eq!(named(&all, "Broken")["cause"], "credentials_changed");
    Ok(())
}

#[tokio::test]
async fn a_set_and_a_limited_member_see_their_own_and_nothing_else() -> Result<()> {
    let scene = scene().await?;
    let (second, _) = furnish(&scene).await?;
    let south = scene.forecast(&format!("?social_set={second}")).await?;
    assert_eq!(names(&south), ["Southern"]);
    let limited = scene
        .app
        .member(&scene.house, Role::Viewer, Some(&[second]))
        .await?;
    let mut browser = scene.app.signed_in(&limited).await?;
    for path in ["/forecast", "/forecast?view=table", "/forecast.svg"] {
        let shown = browser.get(path).await?.text();
        assert!(shown.contains("Southern"), "{path}: {shown}");
        assert!(
            !shown.contains("Broken") && !shown.contains("Refresh Credentials"),
            "{path}: {shown}"
        );
    }
    let hidden = format!("/forecast?social_set={}", scene.house.set);
    assert_eq!(browser.get(&hidden).await?.status, StatusCode::NOT_FOUND);
    let stranger = scene.app.house("Other").await?;
    let key = scene.app.full_key(&stranger).await?;
    let theirs = key.get("/api/v1/forecast").await?.json();
    assert!(names(&theirs).is_empty());
    let foreign = format!("/api/v1/forecast?social_set={second}");
    assert_eq!(key.get(&foreign).await?.status, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn the_page_says_in_words_what_it_draws() -> Result<()> {
    let scene = scene().await?;
    furnish(&scene).await?;
    let mut browser = scene.app.signed_in(&scene.house.mail).await?;
    let page = browser.get("/forecast").await?.text();
    for words in [
        "2 channels need a person now",
        "2 more will within 90 days",
        "6 of 10 planned posts are at risk",
        "Needs sign-in: The password changed",
        "Nobody has signed in yet",
        "Refresh Credentials",
        "This is a forecast",
        "Needs a person within 90 days",
        "Extended by itself about 2 times",
        "4 posts planned, 2 of them at risk",
    ] {
        assert!(page.contains(words), "{words} is not on {page}");
    }
    assert!(!page.contains("style=") && !page.contains('⟦'));
    let order = |word: &str| page.find(&format!(">{word}</a>"));
    assert!(order("Broken") < order("Southern") && order("Southern") < order("Extends"));
    let table = browser.get("/forecast?view=table").await?.text();
    for words in ["<table", "Not within 90 days", "At risk", "about 2 times"] {
        assert!(table.contains(words), "{words} is not on {table}");
    }
    let channels = browser.get("/channels").await?.text();
    assert!(channels.contains("href=\"/forecast\"") && channels.contains("/fire-drill"));
    Ok(())
}

#[tokio::test]
async fn the_picture_stands_alone_and_its_policy_lets_its_own_style_through() -> Result<()> {
    let scene = scene().await?;
    scene
        .add(
            scene.house.set,
            "<Cut & dried>",
            Some(Life::ends_in(20)),
            &[],
        )
        .await?;
    let mut browser = scene.app.signed_in(&scene.house.mail).await?;
    let picture = browser.get("/forecast.svg").await?;
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    let (text, policy) = (picture.text(), picture.header("content-security-policy"));
    assert!(
        text.starts_with("<svg xmlns=") && !text.contains("<script"),
        "{text}"
    );
    assert!(text.contains("<title id=\"title\">") && text.contains("<desc id=\"desc\">"));
    assert!(text.contains("prefers-color-scheme: dark"));
    assert!(
        !text.contains("<Cut") && text.contains("Cut &#38; dried"),
        "{text}"
    );
    let style = text
        .split("<style>")
        .nth(1)
        .and_then(|rest| rest.split("</style>").next());
    let hash = sha256(style.context("a style")?);
    assert!(
        policy.contains(&format!("style-src 'sha256-{hash}'")),
        "{policy}"
    );
    assert!(
        !text.contains("href=") && !text.contains("url("),
        "nothing is fetched"
    );
    Ok(())
}

/// In base64, as a policy has it.
fn sha256(text: &str) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = Sha256::digest(text.as_bytes());
    let mut out = String::new();
    for three in digest.chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for place in 0..4 {
            let sign = (bits >> (18 - 6 * place)) & 63;
            let past = place > three.len();
            out.push(if past {
                '='
            } else {
                char::from(SIGNS[sign as usize])
            });
        }
    }
    out
}

/// Two hundred channels with thousands of posts: an agency's. Built without optimising, on a machine that does other
/// things; served it is a small part of this.
#[tokio::test]
async fn two_hundred_channels_are_no_reason_to_wait() -> Result<()> {
    let scene = scene().await?;
    let due: Vec<i64> = (1..30).map(|nth| nth * 3 * DAY_MS).collect();
    let place = (scene.house.set, scene.through);
    let plans = (0..200).map(|number: i64| {
        let life = match number % 20 {
            0 => Life::broken(),
            1..5 => Life::ends_in(10 + number % 70),
            _ => Life::well(),
        };
        let name = format!("Channel {number:03}");
        Plan::new(&scene.app, &scene.house, place, &name, Some(life), &due)
    });
    store_all(&scene.app, plans.collect()).await?;
    let mut browser = scene.app.signed_in(&scene.house.mail).await?;
    for path in ["/forecast", "/forecast?view=table", "/forecast.svg"] {
        let began_ms = SystemClock.boot_ms();
        let answer = browser.get(path).await?;
        let took_ms = SystemClock.boot_ms() - began_ms;
        assert_eq!(answer.status, StatusCode::OK);
        let (bytes, text) = (answer.body.len(), answer.text());
        assert!(
            text.contains("Channel 199") && text.contains("of 5800 planned posts"),
            "{path}"
        );
        assert!(bytes < 1_500_000, "{path} is of {bytes} bytes");
        assert!(took_ms < 3_000, "{path} took {took_ms} ms");
    }
    let all = scene.forecast("").await?;
    assert_eq!(names(&all).len(), 200);
    Ok(())
}
