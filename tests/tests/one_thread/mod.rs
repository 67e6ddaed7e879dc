//! The one-thread form: the same seed gives the same run. Compared are every durable write and call in
//! their order, everything the platforms hold, and the bytes of the tables.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use domain::clock::Clock as _;
use domain::platform::{LoginFlow, Platform};
use domain::schedule::{DAY_MS, HOUR_MS, plus_ms};
use simulator::{Effect, Fault};
use testing::world::{Under, World};

/// What a run leaves behind.
#[derive(PartialEq, Eq)]
struct Trace {
    passed: Vec<String>,
    platforms: String,
    /// Account and text of every post that went public, in that order.
    posts: Vec<(String, String)>,
    tables: Vec<String>,
}

const DAYS: i64 = 20;

/// Two logins, a post a day on each, and a platform that fails one call in eight.
async fn run(seed: u64) -> Result<Trace> {
    let world = World::new(Under::Sqlite, seed).await?;
    let bluesky = world.app(Platform::Bluesky, LoginFlow::Bluesky).await?;
    let instagram = world.app(Platform::Instagram, LoginFlow::Instagram).await?;
    let handle = "tide-and-tern.bsky.social";
    world.sim.add_bluesky_account(handle, "Tide & Tern");
    let (bluesky, _) = world.link(bluesky, handle, handle).await?;
    let (instagram, _) = world
        .link(instagram, "lumen.studio", "lumen.studio")
        .await?;
    let picture = world.picture(testing::pictures::jpeg(320, 320)?).await?;
    for day in 0..DAYS {
        let due_at = plus_ms(world.clock.now(), day * DAY_MS + 3 * HOUR_MS);
        world
            .plan(bluesky, &format!("Day {day}"), &[], due_at)
            .await?;
        world
            .plan(instagram, &format!("Day {day}"), &[picture], due_at)
            .await?;
    }
    for (operation, effect) in [
        ("bluesky.put_record", Effect::DoneThenError { status: 502 }),
        ("bluesky.get_record", Effect::ServerError { status: 503 }),
        ("instagram.media_publish", Effect::LoseAnswer),
        (
            "instagram.media_create",
            Effect::ServerError { status: 500 },
        ),
    ] {
        let fault = Fault {
            probability: Some(0.25),
            ..Fault::always(operation, effect)
        };
        world.sim.add_fault(fault);
    }
    world
        .run_until(plus_ms(world.clock.now(), (DAYS + 1) * DAY_MS))
        .await?;
    let (posts, _) = world.sim.posts_since(0);
    Ok(Trace {
        passed: world.gate.passed(),
        platforms: world.sim.snapshot().to_string(),
        posts: posts
            .into_iter()
            .map(|post| (post.account, post.text))
            .collect(),
        tables: tables(&world)?,
    })
}

/// Every row of every table that behaviour can reach, as text.
fn tables(world: &World) -> Result<Vec<String>> {
    let database = rusqlite::Connection::open(world.folder().join("store.db"))?;
    let mut names =
        database.prepare("select name from sqlite_schema where type = 'table' order by name")?;
    let names: Vec<String> = names
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut rows = Vec::new();
    for name in names {
        let mut statement = database.prepare(&format!("select * from \"{name}\" order by 1"))?;
        let width = statement.column_count();
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let values = (0..width).map(|at| {
                row.get::<_, rusqlite::types::Value>(at)
                    .map(|value| format!("{value:?}"))
            });
            rows.push(format!(
                "{name}: {}",
                values.collect::<Result<Vec<_>, _>>()?.join(", ")
            ));
        }
    }
    Ok(rows)
}

#[tokio::test]
async fn the_same_seed_gives_the_same_run() -> Result<()> {
    let (first, second) = (run(41).await?, run(41).await?);
    let parted = first
        .passed
        .iter()
        .zip(&second.passed)
        .position(|(one, other)| one != other);
    ensure!(parted.is_none(), "the runs part at point {parted:?}");
    ensure!(
        first.tables == second.tables,
        "the same steps left other rows"
    );
    ensure!(
        first.platforms == second.platforms,
        "the same steps left other posts"
    );
    ensure!(
        first.passed.len() > 500,
        "too little happened: {}",
        first.passed.len()
    );
    let other = run(42).await?;
    ensure!(
        first != other,
        "another seed must give another run, or this test sees nothing"
    );
    Ok(())
}

/// With trouble at one call in four, every post goes out once all the same, or is held and listed.
#[tokio::test]
async fn trouble_doubles_and_loses_nothing() -> Result<()> {
    let trace = run(43).await?;
    let deliveries: Vec<&String> = trace
        .tables
        .iter()
        .filter(|row| row.starts_with("delivery: "))
        .collect();
    let count = |word: &str| {
        deliveries
            .iter()
            .filter(|row| row.contains(&format!("Text(\"{word}\")")))
            .count()
    };
    let (published, missed) = (count("published"), count("missed"));
    ensure!(
        usize::try_from(2 * DAYS)? == published + missed,
        "published {published}, missed {missed}: {deliveries:#?}"
    );
    ensure!(published >= 30, "published {published}");
    // Counted is what went public at the platforms, not what the tables say of it.
    let distinct: BTreeSet<&(String, String)> = trace.posts.iter().collect();
    ensure!(
        distinct.len() == trace.posts.len(),
        "something stands twice: {:#?}",
        trace.posts
    );
    ensure!(
        trace.posts.len() == published,
        "{} went public, {published} are said to be",
        trace.posts.len()
    );
    Ok(())
}
