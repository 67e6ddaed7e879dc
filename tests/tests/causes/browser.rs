//! What leads on from a channel that is not well, in a real browser: to the answer as it came, and to the answers that
//! mean the cause. Every cause itself is played in `table.rs`.

use anyhow::{Result, ensure};
use testing::app::PASSWORD;
use testing::browser::{Browser, Look};

use super::cases::{bluesky, breaks, instagram, refuses};
use super::stage::{Do, Stage};

/// The stage's pages at an address of their own, with its owner signed in.
pub async fn open(stage: &Stage, look: Look) -> Result<(Browser, String)> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let public = format!("http://{}", listener.local_addr()?);
    let pages = web::router(stage.app.web.clone());
    tokio::spawn(async move { axum::serve(listener, pages).await });
    let browser = Browser::open(look).await?;
    browser.goto(&format!("{public}/sign-in")).await?;
    browser.fill("E-mail", &stage.house.mail).await?;
    browser.fill("Password", PASSWORD).await?;
    browser.press("Enter").await?;
    browser.wait_gone("#password").await?;
    Ok((browser, public))
}

#[tokio::test]
async fn an_unknown_answer_is_shown_and_an_admin_sees_it_as_it_came() -> Result<()> {
    let mut stage = Stage::new(instagram::WAY).await?;
    let new = refuses("instagram.me", 400, "4711", Some(1), "Something new");
    stage.act(vec![new, Do::Check]).await?;
    let (browser, public) = open(&stage, Look::desktop()).await?;
    browser
        .goto(&format!("{public}/channels/{}", stage.channel))
        .await?;
    browser
        .wait_for_text("an answer that we cannot place")
        .await?;
    browser.click("What the platform said").await?;
    browser.click("The answer as it came").await?;
    browser.wait_for_text("fbtrace_id").await?;
    browser.goto(&format!("{public}/settings/answers")).await?;
    browser.wait_for_text("4711 / 1").await?;
    browser.close().await
}

/// Whatever gets the focus by a key is scrolled to where no bar of the phone covers it.
async fn is_seen_where_the_focus_is(browser: &Browser) -> Result<()> {
    let script = "const bar = document.querySelector('.phone-bar').getBoundingClientRect().top;
        const top = document.querySelector('.phone-top').getBoundingClientRect().bottom;
        return [...document.querySelectorAll('main a, main button, main summary')]
          .filter((one) => one.checkVisibility()).filter((one) => {
            one.focus();
            const { y, height } = one.getBoundingClientRect();
            return y < top || y + height > bar;
          }).map((one) => one.textContent)";
    let hidden = browser.script(script, Vec::new()).await?;
    ensure!(hidden == serde_json::json!([]), "behind a bar: {hidden}");
    Ok(())
}

#[tokio::test]
async fn a_paused_account_says_what_helps_and_leads_to_its_page() -> Result<()> {
    let mut stage = Stage::new(bluesky::WAY).await?;
    let pause = simulator::bluesky::Break::Deactivate {
        did: bluesky::WAY.login.to_owned(),
    };
    stage.act(vec![breaks(pause), Do::Check]).await?;
    let (browser, public) = open(&stage, Look::phone()).await?;
    browser
        .goto(&format!("{public}/channels/{}", stage.channel))
        .await?;
    browser.wait_for_text("The account is resting").await?;
    is_seen_where_the_focus_is(&browser).await?;
    browser.goto(&format!("{public}/channels")).await?;
    browser.click("More about this").await?;
    browser
        .wait_for_url("/help/causes/account_inactive")
        .await?;
    browser
        .click("Answers of the platforms that mean this")
        .await?;
    browser.wait_for_text("AccountDeactivated").await?;
    browser.close().await
}
