//! A sign-in that was begun and not finished is seen wherever channels are, and gone on with from there; by the
//! browser that began it, and the others are told.

use anyhow::{Context as _, Result, ensure};
use http::StatusCode;
use simulator::visitor::Visitor;
use testing::app::Browser;

use super::cases::{page, through_facebook};
use super::stage::{Stage, Way};

async fn everywhere(browser: &mut Browser<'_>, stage: &Stage) -> Result<Vec<String>> {
    let mut pages = Vec::new();
    let manager = format!("/sets/{}", stage.house.set);
    for path in ["/channels", "/sets", manager.as_str()] {
        pages.push(browser.get(path).await?.text());
    }
    Ok(pages)
}

#[tokio::test]
async fn a_half_finished_sign_in_is_seen_and_gone_on_with() -> Result<()> {
    let stage = Stage::new(through_facebook::WAY).await?;
    let mut browser = stage.app.signed_in(&stage.house.mail).await?;
    for page in everywhere(&mut browser, &stage).await? {
        ensure!(!page.contains("was begun and not finished"), "{page}");
    }
    let path = format!("/channels/{}/refresh", stage.channel);
    let shown = browser.get(&path).await?;
    let through = shown.field("app").context("the app")?;
    let left = browser
        .post(&path, &[("app", &through), ("handle", "")])
        .await?;
    ensure!(left.status == StatusCode::OK);
    let on = |page: &str| -> Option<String> {
        let at = page.find("href=\"/connect/")? + 6;
        Some(page[at..].split('"').next()?.to_owned())
    };
    let pages = everywhere(&mut browser, &stage).await?;
    for page in &pages {
        ensure!(
            page.contains("was begun and not finished") && page.contains("Go on"),
            "{page}"
        );
        ensure!(!page.contains("It was begun in another browser"), "{page}");
    }
    let go_on = on(&pages[0]).context("a way on")?;

    // Another browser of the same person sees it, is told that it cannot go on, and may begin anew.
    let mut other = stage.app.signed_in(&stage.house.mail).await?;
    for page in everywhere(&mut other, &stage).await? {
        ensure!(page.contains("It was begun in another browser"), "{page}");
    }
    let told = other.get(&go_on).await?.text();
    ensure!(
        told.contains("It was begun in another browser") && told.contains("Sign in once more"),
        "{told}"
    );

    // The browser that began it goes on from the list.
    let went = browser.get(&format!("{go_on}/go")).await?;
    ensure!(went.status == StatusCode::SEE_OTHER, "{went:?}");
    let login = stage.way.login;
    let back = Visitor::agree(&stage.app.sim, went.location(), login, &[]).await?;
    let back = back
        .strip_prefix(testing::sim::PUBLIC)
        .context("back here")?;
    let done = browser.follow(back).await?.text();
    ensure!(done.contains("All is well"), "{done}");
    for page in everywhere(&mut browser, &stage).await? {
        ensure!(!page.contains("was begun and not finished"), "{page}");
    }
    Ok(())
}

/// What the page says after a sign-in with these boxes left unticked.
async fn without(way: Way, untick: &[&str]) -> Result<String> {
    let stage = Stage::new(way).await?;
    let mut browser = stage.app.signed_in(&stage.house.mail).await?;
    let seen = stage.seen().await?;
    let app = seen["sign_in"]["app"].as_str().context("the app")?;
    let path = format!("/sets/{}/connect/{app}", stage.house.set);
    let left = browser.post(&path, &[("app", app), ("handle", "")]).await?;
    let left = left.text();
    let mark = format!("href=\"{}", testing::sim::ORIGIN);
    let at = left.find(&mark).context("a way out")? + 6;
    let url = left[at..].split('"').next().context("its end")?;
    let url = url.replace("&#38;", "&").replace("&amp;", "&");
    let back = Visitor::agree(&stage.app.sim, &url, way.login, untick).await?;
    let back = back
        .strip_prefix(testing::sim::PUBLIC)
        .context("back here")?;
    let told = browser.follow(back).await?.text();
    let list = stage.get("/api/v1/channels").await?;
    ensure!(
        list["items"].as_array().is_some_and(|all| all.len() == 1),
        "nothing is linked: {list}"
    );
    Ok(told)
}

#[tokio::test]
async fn no_account_listed_names_what_lacks() -> Result<()> {
    let nothing = [
        "permission-pages_show_list",
        "page-100000000000001",
        "page-100000000000002",
        "page-100000000000004",
    ];
    let told = without(page::WAY, &nothing).await?;
    for words in [
        "No account was listed",
        "Nothing was changed",
        "See which Pages you look after",
        "pages_show_list",
        "a role that may create content",
    ] {
        ensure!(told.contains(words), "{words} is not on {told}");
    }
    let told = without(through_facebook::WAY, &nothing[..1]).await?;
    for words in [
        "Nothing to post to was found",
        "the Page of this account was not ticked",
        "pages_show_list",
        "must be linked to the Page",
    ] {
        ensure!(told.contains(words), "{words} is not on {told}");
    }
    Ok(())
}
