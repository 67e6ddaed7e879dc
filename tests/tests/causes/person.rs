//! A person in front of a real Chromium: presses what stands on a channel's page, agrees at the platform's own pages,
//! and reads what the pages say of a cause. One browser plays a whole book, one stage after the other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, ensure};
use domain::cause::Cause;
use testing::browser::{Browser, Look};
use testing::front::Front;
use testing::sim::PUBLIC;
use web::pages::help::{CauseWords, cause_title, cause_words};
use web::text::Text;

use super::stage::Stage;

/// What stands in the way of a channel, on its page.
const TROUBLE: &str = "section[aria-labelledby=trouble]";
/// The buttons of a channel's page, and their menu.
const BUTTONS: &str = ".channel-head";

/// See the head of this file.
pub struct Person {
    browser: Browser,
    front: Front,
}

impl Person {
    pub async fn with(look: Look) -> Result<Arc<Self>> {
        let front = Front::open().await?;
        let browser = Browser::open(front.lead(look)).await?;
        Ok(Arc::new(Self { browser, front }))
    }

    /// Turns to another stage, as its owner who signed in before.
    pub async fn turn_to(&self, stage: &Stage) -> Result<()> {
        // What stood there last would go on looking whether something is new.
        self.browser.goto("about:blank").await?;
        self.front.show(&stage.app);
        let owner = stage.app.signed_in(&stage.house.mail).await?;
        self.browser.keep_cookies(PUBLIC, owner.cookies()).await
    }

    async fn open(&self, path: &str) -> Result<()> {
        self.browser.goto(&format!("{PUBLIC}{path}")).await
    }

    async fn open_channel(&self, stage: &Stage) -> Result<()> {
        self.open(&format!("/channels/{}", stage.channel)).await
    }

    /// Presses a button of the channel's page, out of its menu where it stands there, and reads what is said then.
    pub async fn press(&self, stage: &Stage, name: &str) -> Result<String> {
        self.open_channel(stage).await?;
        if !self.browser.shows(name).await? {
            let menu = format!("{BUTTONS} details.menu > summary");
            self.browser.click_css(&menu).await?;
        }
        self.browser.click_in(BUTTONS, name).await?;
        let answer = ".toast-words, .plain-card h1";
        self.browser.wait_for_css(answer).await?;
        self.browser.text(answer).await
    }

    /// *Refresh Channel Connection*, all the way: the preview, the platform's own pages as `login`, and back. The title
    /// of what came of it.
    pub async fn sign_in(&self, stage: &Stage, login: &str) -> Result<String> {
        let browser = &self.browser;
        self.open_channel(stage).await?;
        browser
            .click_in(BUTTONS, "Refresh Channel Connection")
            .await?;
        browser
            .wait_for_text("Sign in again; your posts stay")
            .await?;
        browser.click("Continue to").await?;
        let (who, yes) = (
            format!("[id='login-as-{login}'], [id='account-{login}']"),
            "#continue, #accept",
        );
        // Bluesky was told the handle, and may ask at once.
        browser.wait_for_css(&format!("{who}, {yes}")).await?;
        if browser.count(&who).await? > 0 {
            browser.click_css(&who).await?;
            browser.wait_for_css(yes).await?;
        }
        browser.click_css(yes).await?;
        browser.wait_for_url("/connect/").await?;
        browser.wait_gone("[data-fresh]").await?;
        browser.text("h1").await
    }

    /// The channel's page names the cause, with every word that helps; and the page about the cause opens.
    pub async fn sees_trouble(&self, stage: &Stage, cause: Cause) -> Result<()> {
        self.open_channel(stage).await?;
        let words = words(cause);
        let mut said = vec![&words.title, &words.sentence, &words.not, &words.who];
        said.push(&words.signing_in);
        said.extend(&words.steps);
        self.reads(TROUBLE, &said).await?;
        self.follows_help(TROUBLE, cause).await
    }

    /// The channel is kept as it is, and its page tells of the last answer.
    pub async fn sees_refusal(&self, stage: &Stage, cause: Cause) -> Result<()> {
        self.open_channel(stage).await?;
        ensure!(self.browser.count("#trouble").await? == 0, "no trouble");
        let title = cause_title(&Text::english(), cause);
        let kept = "The sign-in is kept and nothing is lost".to_owned();
        self.reads(".note", &[&kept, &title]).await?;
        self.follows_help(".note", cause).await
    }

    /// The page of the last post shows its state, and leads from its history to the cause.
    pub async fn sees_post(&self, stage: &Stage, state: &str, cause: Option<Cause>) -> Result<()> {
        let id = stage.delivery.as_deref().unwrap_or_default();
        self.open(&format!("/deliveries/{id}")).await?;
        let word = if state == "failed" {
            "rejected" // as people read it
        } else {
            state
        };
        let pill = format!(".page-head .state[data-state={word}]");
        let there = self.browser.count(&pill).await?;
        ensure!(there == 1, "the page does not show the post as {state}");
        let Some(cause) = cause else { return Ok(()) };
        self.reads("#history", &[&words(cause).sentence]).await?;
        self.follows_help("#history", cause).await
    }

    /// Nothing stands in the channel's way.
    pub async fn sees_it_well(&self, stage: &Stage) -> Result<()> {
        self.open_channel(stage).await?;
        self.reads(".channel-health", &[&"Well".to_owned()]).await?;
        for sign in ["#trouble", "main .note[role=status]", ".banner"] {
            let there = self.browser.count(sign).await?;
            ensure!(there == 0, "{sign} is still on the page of what is well");
        }
        Ok(())
    }

    /// No notice stands in the Inbox.
    pub async fn sees_an_empty_inbox(&self) -> Result<()> {
        self.open("/inbox").await?;
        self.reads("main", &[&"Nothing needs you".to_owned()])
            .await?;
        ensure!(self.browser.count("article.notice").await? == 0, "notices");
        Ok(())
    }

    /// These words are visible in this part of the page, and the page is no wider than the window.
    async fn reads(&self, css: &str, words: &[&String]) -> Result<()> {
        let one_blank = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown = one_blank(&self.browser.text(css).await?);
        for said in words {
            let there = shown.contains(&one_blank(said));
            ensure!(there, "{said:?} is not in {css}: {shown}");
        }
        self.fits().await
    }

    /// A page that is wider than its window hides words and buttons on a phone.
    async fn fits(&self) -> Result<()> {
        let script =
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        let over = self.browser.script(script, Vec::new()).await?;
        ensure!(
            over.as_i64().is_some_and(|over| over <= 0),
            "the page is {over} pixels wider than the window"
        );
        Ok(())
    }

    /// The link to the cause's page, in this part of the page, leads there.
    async fn follows_help(&self, css: &str, cause: Cause) -> Result<()> {
        let to = format!("/help/causes/{cause}");
        self.browser
            .click_css(&format!("{css} a[href='{to}']"))
            .await?;
        self.browser.wait_for_url(&to).await?;
        let words = words(cause);
        let said = [&words.title, &words.sentence, &words.who, &words.signing_in];
        self.reads("main", &said).await
    }

    /// No script failed, and nothing broke the content policy. That a sign-in which is over is not asked is an answer.
    pub async fn is_without_errors(&self) -> Result<()> {
        let mut errors = self.browser.console_errors().await?;
        errors.retain(|error| !error.contains("409 (Conflict)"));
        ensure!(errors.is_empty(), "the browser complains: {errors:?}");
        Ok(())
    }

    /// A picture of what stands there, for whoever looks into a failure; where it is.
    pub async fn picture(&self, name: &str) -> String {
        let file = failures().join(format!("{name}.png"));
        match self.browser.screenshot(&file).await {
            Ok(()) => format!("see {}", file.display()),
            Err(error) => format!("no picture: {error:#}"),
        }
    }
}

fn words(cause: Cause) -> CauseWords {
    cause_words(&Text::english(), cause)
}

fn failures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/look/failed")
}
