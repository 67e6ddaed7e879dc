//! Evidence: a redacted line for members, the answer as it came for admins alone; and answers that no table knows are
//! counted.

use anyhow::{Result, ensure};
use domain::member::{Role, Scope};
use http::StatusCode;
use serde_json::Value;

use super::cases::{instagram, page, refuses};
use super::stage::{Do, Stage, text};

const SECRET: &str = "IGAAqwertz1234567890qwertz";
const MAIL: &str = "anna@harbour.example";

async fn refused() -> Result<Stage> {
    let mut stage = Stage::new(instagram::WAY).await?;
    let said = format!("Something new about {MAIL}, token {SECRET} of access_token={SECRET}");
    let new = refuses("instagram.me", 400, "4711", Some(1), &said);
    stage.act(vec![new, Do::Check, Do::Check]).await?;
    Ok(stage)
}

#[tokio::test]
async fn the_answer_as_it_came_is_for_admins_and_holds_no_secret() -> Result<()> {
    let stage = refused().await?;
    let path = format!("/channels/{}/evidence", stage.channel);
    let api = format!("/api/v1{path}");
    let found = stage.get(&api).await?;
    let raw = text(&found["raw"]);
    ensure!(
        raw.starts_with("HTTP 400") && raw.contains("fbtrace_id") && raw.contains("4711"),
        "{found}"
    );
    ensure!(
        found["times"] == 2 && found["cause"] == "unknown",
        "{found}"
    );
    let mut owner = stage.app.signed_in(&stage.house.mail).await?;
    let shown = owner.get(&path).await?;
    ensure!(
        shown.status == StatusCode::OK && shown.text().contains("fbtrace_id"),
        "{shown:?}"
    );
    let own = owner
        .get(&format!("/channels/{}", stage.channel))
        .await?
        .text();
    ensure!(
        own.contains(&format!("href=\"{path}\"")),
        "one click away: {own}"
    );
    for text in [raw.as_str(), &shown.text(), &own, &found.to_string()] {
        ensure!(!text.contains(SECRET) && !text.contains(MAIL), "{text}");
    }

    for role in [Role::Editor, Role::Contributor, Role::Viewer] {
        let mail = stage.app.member(&stage.house, role, None).await?;
        let mut member = stage.app.signed_in(&mail).await?;
        ensure!(
            member.get(&path).await?.status == StatusCode::FORBIDDEN,
            "{role}"
        );
        let own = member
            .get(&format!("/channels/{}", stage.channel))
            .await?
            .text();
        ensure!(
            own.contains("instagram.probe · 400 · 4711") && !own.contains("/evidence"),
            "{role} sees the line and no more: {own}"
        );
    }
    let reader = stage.app.key(&stage.house, &[Scope::Read], None).await?;
    ensure!(reader.get(&api).await?.status == StatusCode::FORBIDDEN);
    let channel = reader
        .get(&format!("/api/v1/channels/{}", stage.channel))
        .await?;
    ensure!(!channel.text().contains("fbtrace_id"), "{channel:?}");
    let stranger = stage.app.house("Elsewhere").await?;
    let stranger = stage.app.full_key(&stranger).await?;
    ensure!(stranger.get(&api).await?.status == StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn answers_that_no_table_knows_are_counted_wherever_they_come() -> Result<()> {
    let mut stage = refused().await?;
    let rows = |list: &Value| list["items"].as_array().cloned().unwrap_or_default();
    let list = stage.get("/api/v1/unmapped-answers").await?;
    let found = rows(&list);
    ensure!(
        found.len() == 1 && found[0]["times"] == 2 && found[0]["operation"] == "instagram.probe",
        "{list}"
    );
    ensure!(!list.to_string().contains(SECRET), "{list}");
    // A post meets another one, on its way out; what is unclear is counted too.
    let puzzle = refuses("instagram.media_publish", 400, "815", None, "What is this");
    stage
        .act(vec![Do::Lift, Do::Check, puzzle, Do::Post])
        .await?;
    let list = stage.get("/api/v1/unmapped-answers").await?;
    let publish = rows(&list).into_iter().find(|row| row["code"] == "815");
    ensure!(
        publish.is_some_and(|row| row["times"].as_u64() >= Some(1)),
        "{list}"
    );
    let mut owner = stage.app.signed_in(&stage.house.mail).await?;
    let page = owner.get("/settings/answers").await?.text();
    ensure!(
        page.contains("4711 / 1")
            && page.contains("instagram.probe")
            && page.contains("What is this"),
        "{page}"
    );
    let mail = stage.app.member(&stage.house, Role::Editor, None).await?;
    let mut editor = stage.app.signed_in(&mail).await?;
    ensure!(editor.get("/settings/answers").await?.status == StatusCode::FORBIDDEN);
    let stranger = stage.app.house("Elsewhere").await?;
    let stranger = stage.app.full_key(&stranger).await?;
    let theirs = stranger.get("/api/v1/unmapped-answers").await?.json();
    ensure!(rows(&theirs).is_empty(), "{theirs}");
    Ok(())
}

#[tokio::test]
async fn an_unknown_answer_to_a_sign_in_is_counted_and_changes_nothing() -> Result<()> {
    let mut stage = Stage::new(page::WAY).await?;
    let new = refuses("facebook.accounts", 400, "4711", None, "Something new");
    stage.act(vec![new]).await?;
    let came = stage.sign_in(page::WAY.login).await?;
    ensure!(
        came["phase"] == "returned" && came["trouble"]["cause"] == "unknown",
        "{came}"
    );
    let list = stage.get("/api/v1/unmapped-answers").await?;
    ensure!(list["items"][0]["code"] == "4711", "{list}");
    ensure!(stage.is_well().await?);
    Ok(())
}
