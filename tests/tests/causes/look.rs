//! Pictures of the pages of this journey, to look at: `cargo nextest run -p journeys --run-ignored only causes::look`.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use simulator::instagram::Break;
use simulator::{Effect, Fault};
use testing::browser::Look;

use super::browser::open;
use super::cases::{instagram, refuses};
use super::stage::{Do, Stage};

async fn stuck() -> Result<Stage> {
    let mut stage = Stage::new(instagram::WAY).await?;
    let who = instagram::WAY.login.to_owned();
    let new = refuses(
        "instagram.me",
        400,
        "4711",
        Some(1),
        "Something new and rather long to read",
    );
    stage.act(vec![new, Do::Check, Do::Check, Do::Lift]).await?;
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
    let stuck = Effect::Refuse {
        status: 400,
        code: "190".to_owned(),
        subcode: Some(460),
        message: "Error validating access token: The session has been invalidated.".to_owned(),
    };
    stage
        .app
        .sim
        .add_fault(Fault::always("instagram.me", stuck));
    stage.sign_in(&who).await?;
    stage.sign_in(&who).await?;
    Ok(stage)
}

#[tokio::test]
#[ignore = "leaves pictures in target/look"]
async fn the_pages_of_diagnosis() -> Result<()> {
    let broken = stuck().await?;
    let mut kept = Stage::new(instagram::WAY).await?;
    let new = refuses("instagram.me", 400, "4711", Some(1), "Something new");
    kept.act(vec![new, Do::Check, Do::Check]).await?;
    for (round, look) in [
        ("desktop-light", Look::desktop()),
        ("phone-dark", Look::phone().dark()),
        ("desktop-dark", Look::desktop().dark()),
        ("phone-light", Look::phone()),
    ] {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../target/look")
            .join(round);
        std::fs::create_dir_all(&folder)?;
        for (stage, pages) in [
            (
                &broken,
                vec![
                    ("c1-channel", format!("/channels/{}", broken.channel)),
                    (
                        "c2-evidence",
                        format!("/channels/{}/evidence", broken.channel),
                    ),
                    ("c3-answers", "/settings/answers".to_owned()),
                    ("c4-cause", "/help/causes/account_restricted".to_owned()),
                    ("c5-linked", "/channels".to_owned()),
                    ("c6-inbox", "/inbox".to_owned()),
                ],
            ),
            (
                &kept,
                vec![("c7-aside", format!("/channels/{}", kept.channel))],
            ),
        ] {
            let (browser, public) = open(stage, look.clone()).await?;
            for (name, path) in pages {
                browser.goto(&format!("{public}{path}")).await?;
                browser
                    .script(
                        "document.querySelectorAll('details.more').forEach(one => one.open = true)",
                        Vec::new(),
                    )
                    .await?;
                browser
                    .screenshot(&folder.join(format!("{name}.png")))
                    .await?;
                let axe = browser.axe().await?;
                ensure!(axe.is_empty(), "{name}: {axe:?}");
            }
            browser.close().await?;
        }
    }
    Ok(())
}
