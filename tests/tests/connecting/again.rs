//! Linked again weeks later; and through the other flow, where numbers cannot prove that it is the same account and
//! a person is asked, with both pictures.

use anyhow::{Result, ensure};
use domain::ids::ChannelId;
use domain::platform::{LoginFlow, Platform};
use http::StatusCode;
use serde_json::{Value, json};
use storage::channels;
use testing::apps::{self, At};

use crate::causes::cases::{instagram, through_facebook};
use crate::causes::stage::{DAY, HOUR, Stage, text};

#[tokio::test]
async fn linked_again_weeks_later_it_is_the_same_channel_with_its_posts() -> Result<()> {
    let mut stage = Stage::new(instagram::WAY).await?;
    let late = stage.plan(10 * DAY).await?;
    let early = stage.plan(40 * DAY).await?;
    let path = format!("/api/v1/channels/{}/unlink", stage.channel);
    let gone = stage.client().await?.post(&path, json!({})).await?;
    ensure!(gone.status == StatusCode::OK, "{gone:?}");
    stage.app.run_for_ms(35 * DAY).await?;
    stage.delivery = Some(late);
    ensure!(stage.post().await?.0 == "missed", "what came due is kept");
    let done = stage.sign_in(stage.way.login).await?;
    ensure!(
        done["phase"] == "done" && done["joined"][0]["new"] == false,
        "{done}"
    );
    let seen = stage.seen().await?;
    ensure!(seen["link"] == "linked" && stage.is_well().await?, "{seen}");
    stage.delivery = Some(early);
    ensure!(
        stage.post().await?.0 == "scheduled",
        "what is planned stays planned"
    );
    stage.app.run_for_ms(6 * DAY).await?;
    ensure!(stage.post().await?.0 == "published");
    let all = stage.get("/api/v1/channels").await?;
    ensure!(
        all["items"].as_array().is_some_and(|all| all.len() == 1),
        "{all}"
    );
    Ok(())
}

/// A channel whose account had another number through Instagram, signed in to through Facebook: the question.
async fn asked(stage: &Stage, app: &str) -> Result<Value> {
    let path = format!("/api/v1/channels/{}/refresh", stage.channel);
    let begun = stage
        .client()
        .await?
        .post(&path, json!({ "app": app }))
        .await?;
    ensure!(begun.status == StatusCode::CREATED, "{begun:?}");
    let session = stage
        .finish(&begun.json(), through_facebook::WAY.login)
        .await?;
    ensure!(
        session["phase"] == "choosing" && session["question"]["handle"] == "harbour.bakery",
        "{session}"
    );
    Ok(session)
}

#[tokio::test]
async fn through_the_other_flow_a_person_says_whether_it_is_the_same_account() -> Result<()> {
    let stage = Stage::new(instagram::WAY).await?;
    let at = At {
        cx: &stage.app.web.cx,
        sim: &stage.app.sim,
    };
    let app = apps::add(&at, Platform::Instagram, LoginFlow::Facebook)
        .await?
        .to_string();
    let (workspace, id): (_, ChannelId) = (stage.house.workspace, stage.channel.parse()?);
    let renumber = move |conn: &mut storage::Conn<'_>| {
        let row = channels::one(conn, workspace, id)?.expect("the channel");
        channels::renumber(conn, &row, "99900000000000001")
    };
    stage
        .app
        .web
        .cx
        .store
        .write("test.renumber", renumber)
        .await?;

    let session = asked(&stage, &app).await?;
    let at = format!("/api/v1/connect-sessions/{}", text(&session["id"]));
    let mut browser = stage.app.signed_in(&stage.house.mail).await?;
    let page = browser
        .get(&format!("/connect/{}", text(&session["id"])))
        .await?
        .text();
    for words in [
        "Is this the same account?",
        "The channel here",
        "What came back",
    ] {
        ensure!(page.contains(words), "{words} is not on {page}");
    }
    let main = page.split("<main").nth(1).unwrap_or_default();
    ensure!(main.matches("<img").count() >= 2, "both pictures: {main}");
    let no = stage
        .client()
        .await?
        .post(&format!("{at}/same"), json!({ "same": false }))
        .await?;
    ensure!(no.json()["phase"] == "refused", "{no:?}");
    ensure!(
        stage.seen().await?["account_id"] == "99900000000000001",
        "no silent merge"
    );
    let all = stage.get("/api/v1/channels").await?;
    ensure!(
        all["items"].as_array().is_some_and(|all| all.len() == 1),
        "no silent twin: {all}"
    );

    let session = asked(&stage, &app).await?;
    let at = format!("/api/v1/connect-sessions/{}", text(&session["id"]));
    let yes = stage
        .client()
        .await?
        .post(&format!("{at}/same"), json!({ "same": true }))
        .await?;
    ensure!(yes.json()["phase"] == "done", "{yes:?}");
    stage.app.run_for_ms(HOUR).await?;
    let seen = stage.seen().await?;
    ensure!(
        seen["account_id"] == through_facebook::WAY.chosen && seen["id"] == stage.channel.as_str(),
        "{seen}"
    );
    ensure!(
        stage.is_well().await? && seen["sign_in"]["flow"] == "facebook",
        "{seen}"
    );
    Ok(())
}
