//! Connecting and mending through the pages: what a person reads and presses, request by request.

use anyhow::{Context as _, Result};
use domain::ids::AppId;
use domain::member::Role;
use domain::platform::{LoginFlow, Platform};
use http::StatusCode;
use simulator::instagram::Break;
use simulator::visitor::Visitor;
use testing::app::{Answer, Browser, House, TestApp};
use testing::apps::{self, At};

const BAKERY: &str = "harbour.bakery";

struct Scene {
    app: TestApp,
    house: House,
    through: AppId,
}

async fn scene(flow: LoginFlow) -> Result<Scene> {
    let app = TestApp::new().await?;
    let house = app.house("Harbour").await?;
    let through = add_app(&app, flow).await?;
    Ok(Scene {
        app,
        house,
        through,
    })
}

async fn add_app(app: &TestApp, flow: LoginFlow) -> Result<AppId> {
    let platform = if flow == LoginFlow::Bluesky {
        Platform::Bluesky
    } else {
        Platform::Instagram
    };
    apps::add(
        &At {
            cx: &app.web.cx,
            sim: &app.sim,
        },
        platform,
        flow,
    )
    .await
}

/// Presses *Continue* on a page before leaving, goes to the platform as `login`, agrees, and comes back.
async fn there_and_back(
    app: &TestApp,
    browser: &mut Browser<'_>,
    path: &str,
    login: &str,
    handle: &str,
) -> Result<Answer> {
    let shown = browser.get(path).await?;
    assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
    let through = shown.field("app").context("the app of the form")?;
    let left = browser
        .post(path, &[("app", &through), ("handle", handle)])
        .await?;
    assert_eq!(left.status, StatusCode::OK, "{left:?}");
    let url = link_out(&left.text()).context("a way out")?;
    let back = Visitor::agree(&app.sim, &url, login, &[]).await?;
    let path = back
        .strip_prefix(testing::sim::PUBLIC)
        .context("it leads back here")?;
    let came = browser.get(path).await?;
    assert_eq!(came.status, StatusCode::SEE_OTHER, "{came:?}");
    browser.follow(came.location()).await
}

/// The address outside that a leaving page leads to.
fn link_out(html: &str) -> Option<String> {
    let at = html.find(&format!("href=\"{}", testing::sim::ORIGIN))? + 6;
    Some(
        html[at..at + html[at..].find('"')?]
            .replace("&amp;", "&")
            .replace("&#38;", "&"),
    )
}

#[tokio::test]
async fn a_person_finds_the_way_connects_breaks_and_mends() -> Result<()> {
    let scene = scene(LoginFlow::Instagram).await?;
    let (app, house) = (&scene.app, &scene.house);
    let mut browser = app.signed_in(&house.mail).await?;
    let home = browser.get("/").await?.text();
    assert!(
        home.contains("Add &#38; Edit Social Connections")
            || home.contains("Add &amp; Edit Social Connections"),
        "{home}"
    );
    let manager = browser.get(&format!("/sets/{}", house.set)).await?.text();
    assert!(
        manager.contains("Social Set Manager") && manager.contains("Signs in through Instagram")
    );
    assert!(
        manager.contains("Not set up here yet"),
        "platforms without an app say whom to ask"
    );

    let connect = format!("/sets/{}/connect/{}", house.set, scene.through);
    let preview = browser.get(&connect).await?.text();
    assert!(preview.contains("Post what you planned") && preview.contains("leave ticked"));
    let done = there_and_back(app, &mut browser, &connect, BAKERY, "").await?;
    assert!(
        done.text().contains("All is well") && done.text().contains("Right account"),
        "{done:?}"
    );

    let list = browser.get("/channels").await?;
    assert!(list.text().contains("Linked Accounts") && list.text().contains("@harbour.bakery"));
    let channel = channel_of(&list).context("a channel")?;
    let page = browser.get(&channel).await?.text();
    for words in [
        "Refresh Channel Connection",
        "Update grid",
        "Unlink",
        "extends itself",
        "through Instagram",
    ] {
        assert!(page.contains(words), "{words} is not on {page}");
    }

    app.sim.break_it(Break::ChangePassword {
        account: BAKERY.to_owned(),
    })?;
    browser.post(&format!("{channel}/check"), &[]).await?;
    let broken = browser.get("/channels").await?.text();
    for words in [
        "Needs sign-in: The password changed",
        "Refresh Credentials",
        "ring-mark",
        "Since",
    ] {
        assert!(broken.contains(words), "{words} is not on {broken}");
    }
    let inbox = browser.get("/inbox").await?.text();
    assert!(
        inbox.contains("Harbour Bakery needs a sign-in") && inbox.contains("Refresh Credentials"),
        "{inbox}"
    );
    let page = browser.get(&channel).await?.text();
    assert!(
        page.contains("What will not help") || page.contains("What to do"),
        "{page}"
    );

    let refresh = format!("{channel}/refresh");
    let wrong = there_and_back(app, &mut browser, &refresh, "nord.ceramics", "")
        .await?
        .text();
    assert!(
        wrong.contains("That was another account") && wrong.contains("Nothing was changed"),
        "{wrong}"
    );
    assert!(
        wrong.contains("@nord.ceramics"),
        "the person who signed in is told which one it was"
    );
    assert!(
        browser
            .get("/channels")
            .await?
            .text()
            .contains("Needs sign-in"),
        "nothing changed"
    );

    let right = there_and_back(app, &mut browser, &refresh, BAKERY, "")
        .await?
        .text();
    assert!(
        right.contains("All is well") && right.contains("Signed in again"),
        "{right}"
    );
    assert!(
        browser
            .get("/inbox")
            .await?
            .text()
            .contains("Nothing needs you")
    );
    assert!(
        !browser
            .get("/channels")
            .await?
            .text()
            .contains("Needs sign-in")
    );
    Ok(())
}

fn channel_of(list: &Answer) -> Option<String> {
    let text = list.text();
    let at = text.find("href=\"/channels/ch_")? + 6;
    Some(text[at..at + text[at..].find('"')?].to_owned())
}

#[tokio::test]
async fn unlinking_stands_apart_and_can_be_undone() -> Result<()> {
    let scene = scene(LoginFlow::Instagram).await?;
    let (app, house) = (&scene.app, &scene.house);
    add_app(app, LoginFlow::Facebook).await?;
    let mut browser = app.signed_in(&house.mail).await?;
    let connect = format!("/sets/{}/connect/{}", house.set, scene.through);
    there_and_back(app, &mut browser, &connect, BAKERY, "").await?;
    let channel = channel_of(&browser.get("/channels").await?).context("a channel")?;
    let apart = browser.get(&format!("{channel}/unlink")).await?.text();
    for words in [
        "Sign in through Facebook",
        "Reminder-only",
        "This may be enough instead",
        "Nothing is planned",
    ] {
        assert!(apart.contains(words), "{words} is not on {apart}");
    }
    let gone = browser.post(&format!("{channel}/unlink"), &[]).await?;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    let page = browser.get(&channel).await?.text();
    assert!(
        page.contains("Undo") && page.contains("can be undone"),
        "{page}"
    );
    browser.post(&format!("{channel}/undo-unlink"), &[]).await?;
    assert!(browser.get(&channel).await?.text().contains("Update grid"));
    browser
        .post(&format!("{channel}/mode"), &[("mode", "remind")])
        .await?;
    assert!(
        browser
            .get(&channel)
            .await?
            .text()
            .contains("Reminder-only")
    );
    Ok(())
}

#[tokio::test]
async fn facebook_shows_the_accounts_and_why_some_cannot_be() -> Result<()> {
    let scene = scene(LoginFlow::Facebook).await?;
    let (app, house) = (&scene.app, &scene.house);
    let mut browser = app.signed_in(&house.mail).await?;
    let connect = format!("/sets/{}/connect/{}", house.set, scene.through);
    let choices = there_and_back(app, &mut browser, &connect, "10220000000000001", "").await?;
    let text = choices.text();
    assert!(
        text.contains("Which accounts?")
            && text.contains("@harbour.bakery")
            && text.contains("@nord.ceramics")
    );
    assert!(
        text.contains("These cannot be used yet") && text.contains("Old Market Hall"),
        "{text}"
    );
    let picture = text
        .split("src=\"")
        .find(|part| part.starts_with("/connect/"))
        .context("a picture")?;
    let picture = browser
        .get(picture.split('"').next().context("its end")?)
        .await?;
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (StatusCode::OK, "image/jpeg")
    );
    let action = text
        .split("action=\"")
        .find(|part| part.starts_with("/connect/"))
        .context("the form")?;
    let action = action.split('"').next().context("its address")?.to_owned();
    let none = browser.post(&action, &[]).await?;
    assert_eq!(none.status, StatusCode::SEE_OTHER);
    assert!(
        !browser
            .get("/channels")
            .await?
            .text()
            .contains("@harbour.bakery")
    );
    let both = [
        ("account", "17841400000000001"),
        ("account", "17841400000000002"),
    ];
    let first = browser.post(&action, &both).await?;
    let second = browser.post(&action, &both).await?;
    assert_eq!(
        (first.status, second.status),
        (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER),
        "a double click"
    );
    let done = browser.follow(second.location()).await?.text();
    assert!(done.contains("All is well"), "{done}");
    let list = browser.get("/channels").await?.text();
    assert_eq!(list.matches("class=\"channel\"").count(), 2, "{list}");
    Ok(())
}

#[tokio::test]
async fn bluesky_asks_for_the_handle_first() -> Result<()> {
    let scene = scene(LoginFlow::Bluesky).await?;
    let (app, house) = (&scene.app, &scene.house);
    let mut browser = app.signed_in(&house.mail).await?;
    let connect = format!("/sets/{}/connect/{}", house.set, scene.through);
    let through = scene.through.to_string();
    let empty = browser
        .post(&connect, &[("app", &through), ("handle", " ")])
        .await?;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text().contains("Say the handle first"), "{empty:?}");
    let wrong = browser
        .post(&connect, &[("app", &through), ("handle", "nobody.example")])
        .await?;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
    let handle = "harbour-bakery.bsky.social";
    let done = there_and_back(app, &mut browser, &connect, handle, handle)
        .await?
        .text();
    assert!(
        done.contains("All is well") && done.contains("sign in"),
        "a loopback client's end is told: {done}"
    );
    Ok(())
}

#[tokio::test]
async fn another_browser_another_workspace_and_too_few_rights_are_refused() -> Result<()> {
    let scene = scene(LoginFlow::Instagram).await?;
    let (app, house) = (&scene.app, &scene.house);
    let mut browser = app.signed_in(&house.mail).await?;
    let connect = format!("/sets/{}/connect/{}", house.set, scene.through);
    let through = scene.through.to_string();
    let left = browser.post(&connect, &[("app", &through)]).await?;
    let url = link_out(&left.text()).context("a way out")?;
    let back = Visitor::agree(&app.sim, &url, BAKERY, &[]).await?;
    let path = back.strip_prefix(testing::sim::PUBLIC).context("here")?;
    let path = path.split('#').next().context("without its end")?;
    let mut other = app.signed_in(&house.mail).await?;
    let refused = other.get(path).await?;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text().contains("another browser"), "{refused:?}");
    assert_eq!(
        app.browser().get(path).await?.status,
        StatusCode::UNAUTHORIZED,
        "nobody is signed in"
    );
    let twice = browser.get(&format!("{path}&state=again")).await?;
    assert_eq!(twice.status, StatusCode::BAD_REQUEST);
    // Nothing was spent by any of them.
    let came = browser.get(path).await?;
    let done = browser.follow(came.location()).await?.text();
    assert!(done.contains("All is well"), "{done}");
    let channel = channel_of(&browser.get("/channels").await?).context("a channel")?;

    let stranger = app.house("Elsewhere").await?;
    let mut stranger = app.signed_in(&stranger.mail).await?;
    for path in [
        channel.clone(),
        format!("{channel}/refresh"),
        format!("{channel}/unlink"),
        connect.clone(),
    ] {
        assert_eq!(
            stranger.get(&path).await?.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for step in [
        "refresh",
        "extend",
        "check",
        "sync",
        "unlink",
        "undo-unlink",
        "give-back",
    ] {
        let status = stranger
            .post(&format!("{channel}/{step}"), &[])
            .await?
            .status;
        assert_eq!(status, StatusCode::NOT_FOUND, "{step}");
    }
    let viewer = app.member(house, Role::Viewer, None).await?;
    let mut viewer = app.signed_in(&viewer).await?;
    assert_eq!(viewer.get(&channel).await?.status, StatusCode::OK);
    for step in ["refresh", "extend", "unlink"] {
        let status = viewer.post(&format!("{channel}/{step}"), &[]).await?.status;
        assert_eq!(status, StatusCode::FORBIDDEN, "{step}");
    }
    let page = viewer.get(&channel).await?.text();
    assert!(
        !page.contains("Refresh Channel Connection"),
        "what a viewer may not do is not offered"
    );
    Ok(())
}

#[tokio::test]
async fn apps_are_added_with_a_secret_that_is_never_shown() -> Result<()> {
    let scene = scene(LoginFlow::Facebook).await?;
    let (app, house) = (&scene.app, &scene.house);
    let mut browser = app.signed_in(&house.mail).await?;
    let list = browser.get("/settings/apps").await?.text();
    assert!(
        list.contains("Instagram (through Facebook)") && list.contains("this installation"),
        "{list}"
    );
    let form = "/settings/apps/new/instagram/instagram";
    assert!(
        browser
            .get(form)
            .await?
            .text()
            .contains("/oauth/callback/instagram")
    );
    let wrong = browser
        .post(
            form,
            &[("client_id", ""), ("client_secret", "hush-hush-secret")],
        )
        .await?;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        !wrong.text().contains("hush-hush"),
        "a secret is not sent back"
    );
    let added = browser
        .post(
            form,
            &[("client_id", "4711"), ("client_secret", "hush-hush-secret")],
        )
        .await?;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{added:?}");
    let list = browser.get("/settings/apps").await?.text();
    assert!(list.contains("4711") && !list.contains("hush-hush"));
    let at = list.find("/settings/apps/app_").context("a link")?;
    let edit = list[at..].split('"').next().context("its end")?.to_owned();
    let changed = browser
        .post(&edit, &[("client_id", "4712"), ("client_secret", "")])
        .await?;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{changed:?}");
    assert!(browser.get("/settings/apps").await?.text().contains("4712"));
    Ok(())
}
