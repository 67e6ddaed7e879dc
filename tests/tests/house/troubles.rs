//! An app in trouble: whoever may mend it reads of it once, in the Inbox, with the apps, and in the API.

use anyhow::{Result, ensure};
use domain::app::AppOwner;
use domain::cause::Cause;
use domain::health::Evidence;
use domain::ids::{AppId, BreakerId, Id as _};
use domain::member::Role;
use domain::platform::{LoginFlow, Platform};
use storage::{Conn, apps, breakers};
use testing::app::{House, TestApp};
use testing::apps::{At, add};

/// The breaker of this app opens, as the engine writes it.
async fn open(app: &TestApp, of: AppId, cause: Cause) -> Result<()> {
    let (id, now): (BreakerId, _) = (app.web.cx.ids().make(), app.web.cx.now());
    let evidence = Evidence {
        operation: "instagram.me".to_owned(),
        http_status: 403,
        code: "3".to_owned(),
        mapped: true,
        ..Evidence::default()
    };
    let write = move |conn: &mut Conn<'_>| breakers::open(conn, id, of, cause, &evidence, now);
    ensure!(app.web.cx.store.write("test.open", write).await?);
    Ok(())
}

async fn owned_by(app: &TestApp, house: &House, id: AppId) -> Result<()> {
    let (workspace, at) = (house.workspace, app.web.cx.now());
    let write = move |conn: &mut Conn<'_>| {
        let mut row = apps::one(conn, workspace, id)?.expect("the app");
        row.app.id = AppId::from_uuid(uuid::Uuid::from_u128(4_711));
        row.app.owner = AppOwner::Workspace(workspace);
        apps::insert(conn, &row, at)
    };
    app.web.cx.store.write("test.own", write).await?;
    Ok(())
}

#[tokio::test]
async fn an_app_in_trouble_is_told_to_admins_until_it_is_well() -> Result<()> {
    let app = TestApp::new().await?;
    let (house, other) = (app.house("Nord").await?, app.house("Süd").await?);
    let at = At {
        cx: &app.web.cx,
        sim: &app.sim,
    };
    let id = add(&at, Platform::Instagram, LoginFlow::Instagram).await?;
    let mut owner = app.signed_in(&house.mail).await?;
    ensure!(
        !owner
            .get("/inbox")
            .await?
            .text()
            .contains("refuses the app")
    );
    open(&app, id, Cause::AppMisconfigured).await?;

    let inbox = owner.get("/inbox").await?.text();
    ensure!(
        inbox.contains("Nothing is lost") && inbox.contains("refuses the app"),
        "{inbox}"
    );
    ensure!(inbox.contains("/help/causes/app_misconfigured"));
    let list = owner.get("/settings/apps").await?.text();
    ensure!(list.contains("In trouble"), "{list}");
    let key = app.full_key(&house).await?;
    let one = key.get(&format!("/api/v1/apps/{id}")).await?.json();
    ensure!(one["trouble"]["cause"] == "app_misconfigured", "{one}");
    ensure!(one["trouble"]["channels_waiting"] == 0);
    ensure!(one["trouble"]["help_url"] == "/help/causes/app_misconfigured");
    let all = key.get("/api/v1/apps").await?.json();
    ensure!(all["items"][0]["trouble"]["since"].is_string(), "{all}");

    // Somebody who cannot mend it is not troubled with it.
    let mail = app.member(&house, Role::Editor, None).await?;
    let mut editor = app.signed_in(&mail).await?;
    ensure!(
        !editor
            .get("/inbox")
            .await?
            .text()
            .contains("refuses the app")
    );

    // What is another workspace's own is nobody else's news.
    owned_by(&app, &house, id).await?;
    let own = AppId::from_uuid(uuid::Uuid::from_u128(4_711));
    open(&app, own, Cause::PlatformOutage).await?;
    ensure!(
        owner
            .get("/inbox")
            .await?
            .text()
            .contains("is in trouble with many sign-ins")
    );
    let mut elsewhere = app.signed_in(&other.mail).await?;
    let inbox = elsewhere.get("/inbox").await?.text();
    ensure!(inbox.contains("refuses the app") && !inbox.contains("with many sign-ins"));

    let now = app.web.cx.now();
    let close = move |conn: &mut Conn<'_>| breakers::close(conn, id, now);
    ensure!(app.web.cx.store.write("test.close", close).await?);
    ensure!(
        !owner
            .get("/inbox")
            .await?
            .text()
            .contains("refuses the app")
    );
    let one = key.get(&format!("/api/v1/apps/{id}")).await?.json();
    ensure!(one.get("trouble").is_none(), "{one}");
    Ok(())
}
