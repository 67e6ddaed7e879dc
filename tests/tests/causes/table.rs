//! Every case is played twice: by a program, and by a person in a real browser, who is shown on the pages what the
//! program reads. What was seen is compared with what should be seen, and makes the table in `docs/causes/proven/`. The
//! table is written by `INSTA_UPDATE=always`, and must be the same otherwise, whoever played.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use domain::cause::Cause;
use domain::health::Health;
use serde_json::Value;
use web::pages::help::cause_words;
use web::text::Text;

use super::cases::{Book, Case, End, Never, Shows, bluesky, instagram, page, through_facebook};
use super::person::Person;
use super::stage::{Do, Stage, text};

#[tokio::test]
async fn instagram_through_instagram() -> Result<()> {
    play(instagram::book(), None).await
}

#[tokio::test]
async fn instagram_through_instagram_in_a_browser() -> Result<()> {
    play_in_a_browser(instagram::book()).await
}

#[tokio::test]
async fn instagram_through_facebook() -> Result<()> {
    play(through_facebook::book(), None).await
}

#[tokio::test]
async fn instagram_through_facebook_in_a_browser() -> Result<()> {
    play_in_a_browser(through_facebook::book()).await
}

#[tokio::test]
async fn facebook_page() -> Result<()> {
    play(page::book(), None).await
}

#[tokio::test]
async fn facebook_page_in_a_browser() -> Result<()> {
    play_in_a_browser(page::book()).await
}

#[tokio::test]
async fn bluesky() -> Result<()> {
    play(bluesky::book(), None).await
}

#[tokio::test]
async fn bluesky_in_a_browser() -> Result<()> {
    play_in_a_browser(bluesky::book()).await
}

#[test]
fn every_cause_stands_in_every_book() {
    for book in [
        instagram::book(),
        through_facebook::book(),
        page::book(),
        bluesky::book(),
    ] {
        for cause in Cause::ALL {
            let proven = book.cases.iter().any(|case| case.cause == *cause);
            let never = book.never.iter().any(|never| never.cause == *cause);
            assert!(
                proven != never,
                "{}: {cause} is proven, or it says why it does not occur",
                book.way.title
            );
        }
    }
}

/// What was seen of one case.
struct Row {
    how: String,
    shown: String,
    said: String,
    sure: String,
    mended: String,
    end: String,
}

async fn play_in_a_browser(book: Book) -> Result<()> {
    let person = Person::with(book.look.clone()).await?;
    play(book, Some(&person)).await
}

async fn play(book: Book, person: Option<&Arc<Person>>) -> Result<()> {
    let mut rows = Vec::new();
    let mut wrong = Vec::new();
    for (at, case) in book.cases.iter().enumerate() {
        match play_one(&book, case, person).await {
            Ok(row) => rows.push((case.cause, row)),
            Err(error) => {
                let name = format!("{}-{at}-{}", book.page, case.cause);
                let picture = picture(person, &name).await;
                wrong.push(format!("{}: {}: {error:#}{picture}", case.cause, case.how));
            }
        }
    }
    for never in book.never.iter().filter(|never| !never.proof.is_empty()) {
        if let Err(error) = stays_well(&book, never, person).await {
            let picture = picture(person, &format!("{}-{}", book.page, never.cause)).await;
            wrong.push(format!(
                "{} should not occur: {error:#}{picture}",
                never.cause
            ));
        }
    }
    ensure!(
        wrong.is_empty(),
        "{}:\n{}",
        book.way.title,
        wrong.join("\n\n")
    );
    compare(book.page, &written(&book, &rows))
}

async fn picture(person: Option<&Arc<Person>>, name: &str) -> String {
    match person {
        Some(person) => format!("\n{}", person.picture(name).await),
        None => String::new(),
    }
}

async fn stays_well(book: &Book, never: &Never, person: Option<&Arc<Person>>) -> Result<()> {
    let mut stage = Stage::before(book.way, person).await?;
    stage.act(never.proof.clone()).await?;
    ensure!(stage.is_well().await?, "{}", stage.seen().await?);
    if stage.delivery.is_some() {
        let (state, _) = stage.post().await?;
        ensure!(state == "published", "the post is {state}");
    }
    match &stage.person {
        Some(person) => person.sees_it_well(&stage).await,
        None => Ok(()),
    }
}

async fn play_one(book: &Book, case: &Case, person: Option<&Arc<Person>>) -> Result<Row> {
    let mut stage = Stage::before(book.way, person).await?;
    stage.act(case.broken.clone()).await?;
    let seen = stage.seen().await?;
    let told = match case.shows {
        Shows::Health(health) => in_health(&stage, case.cause, health, &seen).await?,
        Shows::Refusal(health) => in_refusal(&stage, case.cause, health, &seen).await?,
        Shows::Post(state) => in_post(&stage, case.cause, state).await?,
        Shows::Older => of_older(&stage, case.cause).await?,
    };
    if let Some(person) = &stage.person {
        on_the_pages(person, &stage, case).await?;
    }
    stage.delivery = None;
    stage.act(case.mended.clone()).await?;
    let end = ended(&mut stage, case).await?;
    if let Some(person) = person {
        person.is_without_errors().await?;
    }
    Ok(Row {
        how: case.how.to_owned(),
        shown: told.shown,
        said: told.said,
        sure: told.sure,
        mended: case.mended_by.to_owned(),
        end,
    })
}

/// A person is shown the same on the pages.
async fn on_the_pages(person: &Person, stage: &Stage, case: &Case) -> Result<()> {
    match case.shows {
        Shows::Health(_) => person.sees_trouble(stage, case.cause).await,
        Shows::Refusal(_) => person.sees_refusal(stage, case.cause).await,
        Shows::Post(state) => {
            person.sees_post(stage, state, Some(case.cause)).await?;
            person.sees_it_well(stage).await
        }
        Shows::Older => {
            person.sees_it_well(stage).await?;
            person.sees_an_empty_inbox().await
        }
    }
}

struct Told {
    shown: String,
    said: String,
    sure: String,
}

/// Health and cause in storage and in the API, with the page that says who can mend it.
async fn in_health(stage: &Stage, cause: Cause, health: Health, seen: &Value) -> Result<Told> {
    let stored = stage.stored().await?.condition;
    ensure!(
        (stored.health, stored.cause) == (health, Some(cause)),
        "stored is {} because of {:?}: {seen}",
        stored.health,
        stored.cause
    );
    ensure!(
        seen["health"] == health.as_str() && seen["cause"] == cause.as_str(),
        "{seen}"
    );
    helps(seen, cause)?;
    Ok(Told {
        shown: format!("`{health}`"),
        said: said(&seen["evidence"]),
        sure: text(&seen["confidence"]),
    })
}

/// The login is kept; the last answer is shown with its cause.
async fn in_refusal(stage: &Stage, cause: Cause, health: Health, seen: &Value) -> Result<Told> {
    let stored = stage.stored().await?.condition;
    ensure!(
        stored.health == health,
        "stored is {}: {seen}",
        stored.health
    );
    let last = &seen["last_refusal"];
    ensure!(last["cause"] == cause.as_str(), "{seen}");
    ensure!(
        last["help_url"] == format!("/help/causes/{cause}"),
        "{last}"
    );
    Ok(Told {
        shown: format!("`{health}`, with the last answer"),
        said: said(&last["evidence"]),
        sure: text(&last["confidence"]),
    })
}

/// The post is refused, or kept with its reason; the login is well.
async fn in_post(stage: &Stage, cause: Cause, wanted: &str) -> Result<Told> {
    ensure!(stage.is_well().await?, "the login is not at fault");
    let (state, causes) = stage.post().await?;
    ensure!(
        state == wanted && causes.contains(&cause),
        "the post is {state} because of {causes:?}"
    );
    let id = stage.delivery.as_deref().context("a post")?;
    let found = stage
        .get(&format!("/api/v1/deliveries/{id}/history"))
        .await?;
    let events = found["events"].as_array().context("events")?;
    let named = |event: &&Value| event["detail"]["cause"] == cause.as_str();
    let event = events.iter().rev().find(named).context("the event")?;
    helps(event, cause)?;
    Ok(Told {
        shown: format!("the post is `{state}`, the login is well"),
        said: said(&event["detail"]["evidence"]),
        sure: String::new(),
    })
}

/// The older sign-in ended with this cause, and nobody is troubled.
async fn of_older(stage: &Stage, cause: Cause) -> Result<Told> {
    ensure!(stage.is_well().await?, "{}", stage.seen().await?);
    let workspace = stage.house.workspace;
    let channel = stage.channel.parse()?;
    let read = stage.app.web.cx.store.read("test.logins", move |conn| {
        let mut lives = Vec::new();
        for on in storage::channel_grants::of_channel(conn, workspace, channel)? {
            lives.extend(storage::grants::one(conn, workspace, on.grant)?);
        }
        Ok(lives)
    });
    let words: Vec<&str> = read
        .await?
        .iter()
        .map(|grant| grant.life.word().as_str())
        .collect();
    ensure!(words == ["superseded", "live"], "{words:?}");
    ensure!(cause == Cause::SupersededByNewGrant);
    let notices = stage.get("/api/v1/notices").await?;
    ensure!(
        notices["items"].as_array().is_some_and(Vec::is_empty),
        "{notices}"
    );
    Ok(Told {
        shown: "`healthy`; the older sign-in is over".to_owned(),
        said: String::new(),
        sure: String::new(),
    })
}

async fn ended(stage: &mut Stage, case: &Case) -> Result<String> {
    match case.end {
        End::Well => {
            ensure!(
                stage.is_well().await?,
                "not well after it was mended: {}",
                stage.seen().await?
            );
            stage.act(vec![Do::Post]).await?;
            let (state, causes) = stage.post().await?;
            ensure!(
                state == "published",
                "well, but the next post is {state} because of {causes:?}: {}",
                stage.seen().await?
            );
            let seen = stage.seen().await?;
            ensure!(seen.get("last_refusal").is_none(), "{seen}");
            if let Some(person) = &stage.person {
                person.sees_it_well(stage).await?;
                person.sees_post(stage, "published", None).await?;
            }
            Ok("well again; the next post went out".to_owned())
        }
        End::Not(why) => {
            let health = stage.stored().await?.condition;
            ensure!(
                health.health.needs_person() && health.cause == Some(case.cause),
                "it should not be well: {} because of {:?}",
                health.health,
                health.cause
            );
            if let Some(person) = &stage.person {
                person.sees_trouble(stage, case.cause).await?;
            }
            Ok(format!("rightly not: {why}"))
        }
    }
}

/// The object names its cause's page.
fn helps(object: &Value, cause: Cause) -> Result<()> {
    ensure!(
        object["help_url"] == format!("/help/causes/{cause}"),
        "no help in {object}"
    );
    Ok(())
}

/// `instagram.probe · HTTP 400 · 190 / 460`.
fn said(evidence: &Value) -> String {
    let mut parts = vec![format!("`{}`", text(&evidence["operation"]))];
    if let Some(status) = evidence["http_status"]
        .as_u64()
        .filter(|status| *status > 0)
    {
        parts.push(format!("HTTP {status}"));
    }
    let numbers: Vec<String> = ["code", "subcode"]
        .iter()
        .map(|name| text(&evidence[*name]))
        .filter(|number| !number.is_empty())
        .collect();
    parts.push(numbers.join(" / "));
    if evidence["mapped"] == false {
        parts.push("in no list".to_owned());
    }
    parts.retain(|part| !part.is_empty() && part != "``");
    parts.join(" · ")
}

fn written(book: &Book, rows: &[(Cause, Row)]) -> String {
    let text = Text::english();
    let mut page = format!(
        "# Proven: {}\n\nMade from the tests (`tests/tests/causes`), which play every row twice against our simulator: it was \
         broken there, recognised in storage and in the API, and mended or rightly not; once by a program, and once by a \
         person in a real browser (Chromium, {} pixels wide), who read it on the pages, followed the link to what helps, \
         pressed the buttons and signed in on the simulated platform’s own pages. The simulator is written from the \
         platform’s documents; nothing here was tried at the platform itself.\n\n\
         | cause | broken by | shows as | what the platform said | how sure | who can mend it | signing in helps | mended by | in the end |\n\
         |---|---|---|---|---|---|---|---|---|\n",
        book.way.title,
        book.look.width()
    );
    for cause in Cause::ALL {
        let words = cause_words(&text, *cause);
        for (_, row) in rows.iter().filter(|(of, _)| of == cause) {
            let _ = writeln!(
                page,
                "| [{cause}](../{cause}.md) | {} | {} | {} | {} | {} | {} | {} | {} |",
                row.how,
                row.shown,
                row.said,
                row.sure,
                words.who,
                words.signing_in,
                row.mended,
                row.end
            );
        }
    }
    page.push_str("\n## What does not occur here\n\n| cause | why |\n|---|---|\n");
    for never in &book.never {
        let proof = if never.proof.is_empty() {
            ""
        } else {
            "; tried, and it stays well"
        };
        let cause = never.cause;
        let _ = writeln!(page, "| [{cause}](../{cause}.md) | {}{proof} |", never.why);
    }
    page.push_str("\n[All causes](../README.md)\n");
    page
}

#[expect(
    clippy::disallowed_methods,
    reason = "as insta: whether to write what is compared is said in the environment"
)]
fn compare(name: &str, page: &str) -> Result<()> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/causes/proven");
    let path = folder.join(format!("{name}.md"));
    if std::env::var("INSTA_UPDATE").is_ok_and(|mode| mode == "always") {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(&path, page)?;
        return Ok(());
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    if stands != page {
        let line = stands
            .lines()
            .zip(page.lines())
            .find(|(stands, made)| stands != made);
        anyhow::bail!(
            "{} is not what was seen (INSTA_UPDATE=always writes it): {line:#?}",
            path.display()
        );
    }
    Ok(())
}
