//! Signing in that fails twice in the same way: the app is removed at the platform first, and the end that this
//! brings about is no new trouble.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use simulator::instagram::Break;
use simulator::{Effect, Fault};

use super::cases::{instagram, through_facebook};
use super::stage::{Do, Stage, text};

const PLACE: &str = "Instagram > Settings > Website permissions > Apps and websites";

async fn notices(stage: &Stage) -> Result<Vec<Value>> {
    let list = stage.get("/api/v1/notices").await?;
    Ok(list["items"].as_array().cloned().unwrap_or_default())
}

#[tokio::test]
async fn after_two_equal_failures_the_app_is_removed_at_the_platform_first() -> Result<()> {
    let mut stage = Stage::new(instagram::WAY).await?;
    let who = instagram::WAY.login.to_owned();
    stage
        .act(vec![
            Do::Break(
                Break::ChangePassword {
                    account: who.clone(),
                }
                .into(),
            ),
            Do::Check,
        ])
        .await?;
    // What the platform remembers of us is stuck: every new sign-in is over at once.
    let said = "Error validating access token: The session has been invalidated because the user changed their password.";
    let stuck = Effect::Refuse {
        status: 400,
        code: "190".to_owned(),
        subcode: Some(460),
        message: said.to_owned(),
    };
    stage
        .app
        .sim
        .add_fault(Fault::always("instagram.me", stuck));
    let first = stage.sign_in(&who).await?;
    ensure!(first["phase"] == "failed", "{first}");
    ensure!(
        first["help_url"] == "/help/causes/credentials_changed",
        "{first}"
    );
    ensure!(
        stage.seen().await?.get("remove_app_first").is_none(),
        "once is no habit"
    );
    ensure!(
        !stage
            .page()
            .await?
            .contains("Remove this planner at the platform first")
    );

    let second = stage.sign_in(&who).await?;
    ensure!(second["phase"] == "failed", "{second}");
    ensure!(stage.seen().await?["remove_app_first"] == PLACE);
    let page = stage.page().await?;
    ensure!(
        page.contains("Signing in failed 2 times in the same way")
            && page.contains("Apps and websites"),
        "{page}"
    );
    let mut browser = stage.app.signed_in(&stage.house.mail).await?;
    let outcome = browser
        .get(&format!("/connect/{}", text(&second["id"])))
        .await?
        .text();
    ensure!(
        outcome.contains("Remove this planner at the platform first"),
        "{outcome}"
    );

    stage
        .act(vec![
            Do::Lift,
            Do::Break(
                Break::RemoveApp {
                    account: who.clone(),
                }
                .into(),
            ),
            Do::Check,
        ])
        .await?;
    ensure!(notices(&stage).await?.len() == 1, "one trouble, one notice");
    let third = stage.sign_in(&who).await?;
    ensure!(
        third["phase"] == "done" && stage.is_well().await?,
        "{third}"
    );
    ensure!(stage.seen().await?.get("remove_app_first").is_none());
    ensure!(notices(&stage).await?.is_empty(), "and it is over");
    Ok(())
}

#[tokio::test]
async fn the_end_that_a_removal_brings_about_is_expected_and_told_once() -> Result<()> {
    let mut stage = Stage::new(through_facebook::WAY).await?;
    let who = through_facebook::WAY.login.to_owned();
    let permission = Break::RevokePermission {
        account: who.clone(),
        permission: "instagram_content_publish".to_owned(),
    };
    stage
        .act(vec![Do::Break(permission.into()), Do::Check])
        .await?;
    ensure!(stage.seen().await?["health"] == "limited");
    let before = notices(&stage).await?;
    ensure!(
        before.len() == 1 && before[0]["kind"] == "channel_limited",
        "{before:?}"
    );
    // Twice the person leaves the same box unticked: what Facebook remembers is shown as it was.
    for _ in 0..2 {
        let done = sign_in_without(&stage, "permission-instagram_content_publish").await?;
        ensure!(done["phase"] == "done", "{done}");
        ensure!(done["joined"][0]["proof"]["kind"] == "lacks", "{done}");
    }
    let place = "Facebook > Settings > Business integrations";
    ensure!(
        stage.seen().await?["remove_app_first"] == place,
        "{}",
        stage.seen().await?
    );
    // The person does as told: the living sign-in ends, which is no news.
    stage
        .act(vec![
            Do::Break(
                Break::RemoveApp {
                    account: who.clone(),
                }
                .into(),
            ),
            Do::Check,
        ])
        .await?;
    let seen = stage.seen().await?;
    ensure!(
        seen["health"] == "needs_refresh" && seen["cause"] == "app_removed_by_user",
        "{seen}"
    );
    let after = notices(&stage).await?;
    ensure!(
        after.len() == 1 && after[0]["id"] == before[0]["id"],
        "no new trouble is told: {after:?}"
    );
    let page = stage.page().await?;
    ensure!(page.contains("as was to be expected"), "{page}");
    let done = stage.sign_in(&who).await?;
    ensure!(done["phase"] == "done" && stage.is_well().await?, "{done}");
    ensure!(notices(&stage).await?.is_empty());
    // Without advice the same end is told.
    stage
        .act(vec![
            Do::Break(Break::RemoveApp { account: who }.into()),
            Do::Check,
        ])
        .await?;
    let told = notices(&stage).await?;
    ensure!(
        told.len() == 1 && told[0]["kind"] == "channel_needs_refresh",
        "{told:?}"
    );
    Ok(())
}

#[tokio::test]
async fn what_has_no_box_is_not_asked_to_be_left_ticked() -> Result<()> {
    let mut stage = Stage::new(through_facebook::WAY).await?;
    let link = Break::UnlinkPage {
        page: "100000000000001".to_owned(),
    };
    stage.act(vec![Do::Break(link.into()), Do::Check]).await?;
    let page = stage.page().await?;
    ensure!(
        page.contains("can put it right at Facebook: the link of the Page"),
        "{page}"
    );
    ensure!(!page.contains("to this account ticked"), "{page}");
    Ok(())
}

/// Signs in again with one box left unticked.
async fn sign_in_without(stage: &Stage, untick: &str) -> Result<Value> {
    let path = format!("/api/v1/channels/{}/refresh", stage.channel);
    let client = stage.client().await?;
    let begun = client.post(&path, serde_json::json!({})).await?.json();
    let url = text(&begun["url"]);
    let login = stage.way.login;
    let back = simulator::visitor::Visitor::agree(&stage.app.sim, &url, login, &[untick]).await?;
    let params: std::collections::BTreeMap<String, String> =
        url::Url::parse(&back)?.query_pairs().into_owned().collect();
    let id = begun["id"].as_str().context("an id")?;
    let path = format!("/api/v1/connect-sessions/{id}/complete");
    let answer = client
        .post(&path, serde_json::json!({ "params": params }))
        .await?;
    Ok(answer.json())
}
