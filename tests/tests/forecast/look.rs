//! The forecast and the fire drill in a real browser, with pictures to look at. It needs a fixed port, so it runs alone:
//! `cargo nextest run -p journeys --run-ignored only forecast::look`.

use std::path::PathBuf;

use anyhow::Result;
use domain::cause::Cause;
use domain::health::Health;
use domain::ids::ChannelId;
use domain::schedule::{DAY_MS, HOUR_MS};
use testing::app::{House, PASSWORD, TestApp};
use testing::browser::{Browser, Look};
use testing::sim::PUBLIC;

use super::made::{Life, Plan, store_all, through};

async fn serve(app: &TestApp) -> Result<()> {
    let web = tokio::net::TcpListener::bind(PUBLIC.trim_start_matches("http://")).await?;
    let pages = web::router(app.web.clone());
    tokio::spawn(async move { axum::serve(web, pages).await });
    Ok(())
}

/// Channels of every kind, in two sets, and so many that are well.
async fn furnish(app: &TestApp, house: &House, well: usize) -> Result<ChannelId> {
    let through = through(app, house).await?;
    let south = app
        .set(house, "Harbour Yoga and Wellbeing Collective")
        .await?;
    let daily: Vec<i64> = (0..90).map(|day| day * DAY_MS + 7 * HOUR_MS).collect();
    let many: Vec<i64> = (0..270).map(|nth| nth * DAY_MS / 3 + HOUR_MS).collect();
    let weekly: Vec<i64> = (0..12)
        .map(|week| week * 7 * DAY_MS + 9 * HOUR_MS)
        .collect();
    let of =
        |set, name: &str, life, due: &[i64]| Plan::new(app, house, (set, through), name, life, due);
    let life = |health, cause| {
        Some(Life {
            health,
            cause,
            ..Life::well()
        })
    };
    let nord = house.set;
    let ends = of(nord, "Harbour Bakery", Some(Life::ends_in(34)), &daily);
    let first = ends.store(app).await?;
    let mut all = vec![
        of(nord, "Nordlicht Reisen", Some(Life::broken()), &weekly),
        of(
            south,
            "A very long name of a channel that does not fit into its column",
            life(Health::Limited, Some(Cause::LostAdminRole)),
            &daily,
        ),
        of(
            south,
            "مقهى النخيل",
            life(Health::Waiting, Some(Cause::PlatformOutage)),
            &weekly,
        ),
        of(nord, "Never signed in", None, &[]),
        of(nord, "Vera Blom", Some(Life::well()), &weekly).by_hand(),
        of(south, "Twelve days", Some(Life::ends_in(12)), &many),
        of(nord, "Being checked", life(Health::Checking, None), &weekly),
    ];
    let unknown = Life {
        mechanism: domain::grant::Mechanism::None,
        renewed_in: None,
        ..Life::well()
    };
    all.push(of(nord, "Nobody knows", Some(unknown), &weekly));
    for number in 0..well {
        let name = format!("Channel {number:03}");
        all.push(of(south, &name, Some(Life::well()), &weekly));
    }
    store_all(app, all).await?;
    Ok(first)
}

async fn shoot(browser: &Browser, folder: &std::path::Path, name: &str, html: bool) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    browser
        .screenshot(&folder.join(format!("{name}.png")))
        .await?;
    if html {
        let axe = browser.axe().await?;
        assert!(axe.is_empty(), "{name}: {axe:?}");
    }
    let mut errors = browser.console_errors().await?;
    errors.retain(|error| !error.contains("favicon"));
    assert!(errors.is_empty(), "{name}: {errors:?}");
    Ok(())
}

#[tokio::test]
#[ignore = "binds a fixed port and leaves pictures in target/look"]
async fn the_forecast_in_a_browser() -> Result<()> {
    let app = TestApp::new().await?;
    let house = app.house("Harbour").await?;
    let channel = furnish(&app, &house, 30).await?;
    serve(&app).await?;
    for (round, look) in [
        ("desktop-light", Look::desktop()),
        ("phone-dark", Look::phone().dark()),
        ("desktop-dark", Look::desktop().dark()),
        ("phone-light", Look::phone()),
    ] {
        let browser = Browser::open(look).await?;
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../target/look")
            .join(round);
        browser.goto(&format!("{PUBLIC}/sign-in")).await?;
        browser.fill("E-mail", &house.mail).await?;
        browser.fill("Password", PASSWORD).await?;
        browser.press("Enter").await?;
        browser.wait_gone("#password").await?;
        for (name, path) in [
            ("60-forecast", "/forecast".to_owned()),
            ("61-forecast-table", "/forecast?view=table".to_owned()),
            ("62-fire-drill", format!("/channels/{channel}/fire-drill")),
            (
                "63-fire-drill-outage",
                format!("/channels/{channel}/fire-drill?cause=platform_outage"),
            ),
        ] {
            browser.goto(&format!("{PUBLIC}{path}")).await?;
            shoot(&browser, &folder, name, true).await?;
        }
        browser.goto(&format!("{PUBLIC}/forecast.svg")).await?;
        shoot(&browser, &folder, "64-forecast-picture", false).await?;
        browser.close().await?;
    }
    Ok(())
}
