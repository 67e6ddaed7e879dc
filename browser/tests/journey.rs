//! The journey that the product is for, in a real browser, as a person would go it: a login dies, a post
//! waits, the login is mended, the post goes out once.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use browser::Demo;
use serde_json::json;
use testing::browser::{Browser, Look};

const ACCOUNT: &str = "journey.cafe";
const FIRST: &str = "The terrace is open again.";
const MISSED: [&str; 2] = [
    "Elderflower lemonade, from today.",
    "Live music on Friday, from eight.",
];

/// Where screenshots go, for people to look at; nowhere unless asked.
#[expect(
    clippy::disallowed_methods,
    reason = "a wish of whoever runs the test, not a setting"
)]
async fn picture(browser: &Browser, name: &str) -> Result<()> {
    match std::env::var_os("MAINSTAY_TEST_SCREENSHOTS") {
        Some(folder) => {
            browser
                .screenshot(&PathBuf::from(folder).join(format!("{name}.png")))
                .await
        }
        None => Ok(()),
    }
}

/// Presses through the simulator's pages as this account.
async fn sign_in_as(browser: &Browser, account: &str) -> Result<()> {
    browser
        .click_css(&format!("[id=\"login-as-{account}\"]"))
        .await?;
    browser.click_css("#continue").await
}

/// Writes a post for the account alone and plans it for `date` at `time`.
async fn plan(
    browser: &Browser,
    demo: &Demo,
    text: &str,
    file: &std::path::Path,
    time: (&str, &str),
) -> Result<()> {
    browser.goto(&format!("{}/posts/new", demo.pages)).await?;
    browser.tick("Journey Cafe", true).await?;
    browser.fill("Text", text).await?;
    browser
        .upload("input[type=file][name=pictures]", file)
        .await?;
    browser
        .wait_for_css("#media-strip img[src^=\"/media/\"]")
        .await?;
    browser.fill("Date", time.0).await?;
    browser.fill("Time", time.1).await?;
    browser
        .click_css("button[name=intent][value=schedule]")
        .await?;
    browser.wait_for_url("/calendar").await
}

/// Presses *Jump to the next post* until the platform holds the caption, or the page says what is wanted.
async fn jump_until(browser: &Browser, demo: &Demo, caption: &str) -> Result<()> {
    for _ in 0..30 {
        if demo.held(ACCOUNT, caption).await? > 0 {
            return Ok(());
        }
        browser.click("Jump to the next post").await?;
        browser.wait_for_css(".demo-story").await?;
    }
    anyhow::bail!("{caption:?} never went out")
}

/// The demo's date, so many days on, as a date field wants it; from the page's own clock.
async fn day(browser: &Browser, days: i64) -> Result<String> {
    let script = "const told = document.querySelector('.demo-clock').textContent.split(',')[0];\
        const date = new Date(told + ' ' + new Date().getFullYear());\
        date.setDate(date.getDate() + arguments[0]);\
        const two = number => String(number).padStart(2, '0');\
        return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;";
    let day = browser.script(script, vec![json!(days)]).await?;
    Ok(day.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_login_dies_a_post_waits_a_login_mended_the_post_goes_out_once() -> Result<()> {
    let demo = Demo::start().await?;
    demo.account(ACCOUNT, "Journey Cafe").await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("terrace.jpg");
    std::fs::write(&file, testing::pictures::jpeg(1080, 1080)?)?;
    let browser = Browser::open(Look::desktop()).await?;
    browser.goto(&demo.link).await?;

    // Connect on the simulator's consent page.
    browser.click_css(".rail details.switcher summary").await?;
    browser.click("Add & Edit Social Connections").await?;
    // One set is chosen, so this leads straight to its Social Set Manager.
    browser.wait_for_text("Social Set Manager").await?;
    browser.wait_for_text("Connect a channel").await?;
    picture(&browser, "01-manager").await?;
    browser.click("Instagram").await?;
    browser.wait_for_text("Connect Instagram").await?;
    picture(&browser, "02-preview").await?;
    browser.click("Continue to Instagram").await?;
    sign_in_as(&browser, ACCOUNT).await?;
    // The account is named before it is linked and proven: only then it can be planned for.
    browser.wait_for_text("All is well").await?;
    browser.wait_for_text("Journey Cafe").await?;
    picture(&browser, "03-connected").await?;

    // Planned, it goes out once.
    let tomorrow = day(&browser, 1).await?;
    plan(&browser, &demo, FIRST, &file, (&tomorrow, "06:10")).await?;
    picture(&browser, "04-planned").await?;
    jump_until(&browser, &demo, FIRST).await?;
    ensure!(demo.held(ACCOUNT, FIRST).await? == 1, "it went out once");

    // The password changes; what is due is missed, not failed, and the Inbox says why.
    let later = day(&browser, 2).await?;
    for (text, time) in MISSED.iter().zip(["06:10", "06:40"]) {
        plan(&browser, &demo, text, &file, (&later, time)).await?;
    }
    demo.control(
        "break",
        json!({ "kind": "change_password", "account": ACCOUNT }),
    )
    .await?;
    for _ in 0..30 {
        browser.goto(&format!("{}/missed", demo.pages)).await?;
        if browser.says(MISSED[0]).await? && browser.says(MISSED[1]).await? {
            break;
        }
        browser.click("Jump to the next post").await?;
    }
    ensure!(
        browser.says(MISSED[0]).await? && browser.says(MISSED[1]).await?,
        "both wait"
    );
    ensure!(
        browser.says("The password changed").await?,
        "and the page says why"
    );
    picture(&browser, "05-missed").await?;
    browser.goto(&format!("{}/inbox", demo.pages)).await?;
    browser.wait_for_text("Journey Cafe").await?;
    picture(&browser, "06-inbox").await?;
    browser.goto(&format!("{}/channels", demo.pages)).await?;
    browser
        .wait_for_text("Needs sign-in: The password changed")
        .await?;
    picture(&browser, "07-linked-accounts").await?;
    ensure!(MISSED.iter().all(|text| !text.is_empty()));

    // Another account changes nothing and says so; the right one heals.
    refresh(&browser, &demo).await?;
    sign_in_as(&browser, "harbour.bakery").await?;
    browser.wait_for_text("That was another account").await?;
    picture(&browser, "08-another-account").await?;
    refresh(&browser, &demo).await?;
    sign_in_as(&browser, ACCOUNT).await?;
    browser.wait_for_text("2 posts").await?;
    picture(&browser, "09-mended").await?;

    // All together into new times; each goes out once.
    browser.goto(&format!("{}/missed", demo.pages)).await?;
    browser.click("Reschedule all").await?;
    browser.wait_for_text("Nothing has changed yet").await?;
    picture(&browser, "10-proposal").await?;
    browser
        .click_css("main form button[type=submit].primary")
        .await?;
    for text in MISSED {
        jump_until(&browser, &demo, text).await?;
    }
    for text in [FIRST, MISSED[0], MISSED[1]] {
        ensure!(
            demo.held(ACCOUNT, text).await? == 1,
            "{text:?} stands {} times",
            demo.held(ACCOUNT, text).await?
        );
    }
    let errors = browser.console_errors().await?;
    ensure!(errors.is_empty(), "the browser complains: {errors:?}");
    browser.close().await?;
    demo.stop().await
}

/// From *Linked Accounts* to the platform's page.
async fn refresh(browser: &Browser, demo: &Demo) -> Result<()> {
    browser.goto(&format!("{}/channels", demo.pages)).await?;
    browser.wait_for_text("Journey Cafe").await?;
    let script = "for (const row of document.querySelectorAll('.channel'))\
        if (row.textContent.includes('Journey Cafe')) row.setAttribute('id', 'the-row');";
    browser.script(script, Vec::new()).await?;
    browser.click_in("#the-row", "Refresh Credentials").await?;
    browser.click("Continue to Instagram").await
}
