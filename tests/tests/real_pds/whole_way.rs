//! The whole way of an installation with a public address: sign-in, proof, a post with a picture and a
//! link, reading back, renewal, and on.

use anyhow::{Context as _, Result, ensure};
use domain::grant::Mechanism;
use domain::health::Health;
use domain::horizon::{Outlook, outlook};
use domain::schedule::{DAY_MS, MINUTE_MS, ms_between, plus_ms};
use engine::renew::{self, Came};
use testing::pds::{self, Record};
use testing::pds_world::{Client, HOST, PASSWORD, PdsWorld};
use testing::pictures::jpeg;
use testing::world::Under;

use super::{count, ensure_out_once, linked, planned};

const TEXT: &str = "Grüße vom Hafen 🌊 – das Brot ist fertig: https://harbour.example/brot #Hafen";

#[tokio::test]
async fn from_the_sign_in_to_a_renewed_login() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let login = world.primary(channel).await?;
    ensure!(
        login.condition.health == Health::Healthy,
        "{:?}",
        login.condition
    );
    let grant = world.grant(channel).await?;
    ensure!(grant.mechanism == Mechanism::RefreshRotating && grant.generation == 1);
    let Outlook::ExtendsUntil(end) = outlook(grant.mechanism, &grant.ends) else {
        anyhow::bail!("{:?}", grant.ends);
    };
    ensure!(
        (729..=730).contains(&(ms_between(world.cx.now(), end) / DAY_MS)),
        "two years: {end}"
    );
    let idle = ms_between(grant.fresh_since, grant.renew_at.context("no keep-alive")?) / DAY_MS;
    ensure!(
        (40..=45).contains(&idle),
        "kept alive after {idle} days, at half of three months"
    );
    let sessions = world.pds.sessions(&anna.did).await?;
    ensure!(
        sessions.len() == 1 && sessions[0].client.starts_with(&format!("https://{HOST}/")),
        "{sessions:?}"
    );

    let picture = world.picture(jpeg(1200, 900)?).await?;
    let due_at = plus_ms(world.cx.now(), 5 * MINUTE_MS);
    let delivery = world.plan(channel, TEXT, &[picture], due_at).await?;
    world.run_for_ms(4 * MINUTE_MS).await?;
    ensure!(
        world.posts(&anna).await?.is_empty(),
        "nothing goes out before its hour"
    );
    world.run_for_ms(MINUTE_MS).await?;
    ensure_out_once(&world, &anna, delivery, TEXT).await?;
    let posts = world.posts(&anna).await?;
    ensure_facets(&posts[0])?;
    ensure_picture(&world, &anna.did, &posts[0]).await?;

    let read_back = world.read_back(channel).await?;
    ensure!(
        read_back.len() == 1 && read_back[0].remote_id == posts[0].uri,
        "{read_back:?}"
    );
    ensure!(read_back[0].text == TEXT && read_back[0].items == 1);
    ensure!(
        read_back[0].picture_sha256.is_some(),
        "its picture was copied"
    );

    let old = world.tokens(channel).await?;
    let came = renew::renew_one(&world.cx, world.workspace, grant.id).await?;
    ensure!(came == Came::Renewed, "{came:?}");
    ensure!(world.grant(channel).await?.generation == 2);
    let refused = world
        .takes(channel, &old)
        .await?
        .err()
        .context("the old access token still works")?;
    ensure!(
        refused.evidence.code == "invalid_token" && refused.evidence.mapped,
        "{refused:?}"
    );
    ensure!(
        world
            .takes(channel, &world.tokens(channel).await?)
            .await?
            .is_ok()
    );

    // Another password ends no session there.
    world
        .pds
        .change_password(&anna.did, "quite another password")
        .await?;
    let next = planned(&world, channel, "And on we go").await?;
    world.run_for_ms(6 * MINUTE_MS).await?;
    ensure_out_once(&world, &anna, next, "And on we go").await?;
    ensure!(count(&world, &anna, TEXT).await? == 1);
    ensure!(world.notices(channel).await?.is_empty());
    Ok(())
}

/// The link and the hashtag are marked by their bytes.
fn ensure_facets(post: &Record) -> Result<()> {
    let facets = post.value["facets"].as_array().context("no facets")?;
    let mut marked = Vec::new();
    for facet in facets {
        let at = |name: &str| {
            facet["index"][name]
                .as_u64()
                .and_then(|at| usize::try_from(at).ok())
        };
        let (from, to) = (
            at("byteStart").context("a start")?,
            at("byteEnd").context("an end")?,
        );
        marked.push((
            TEXT.get(from..to).context("between two characters")?,
            &facet["features"][0],
        ));
    }
    ensure!(marked.len() == 2, "{marked:?}");
    let (text, feature) = marked[0];
    ensure!(
        text == "https://harbour.example/brot" && feature["uri"] == text,
        "{marked:?}"
    );
    ensure!(
        marked[1].0 == "#Hafen" && marked[1].1["tag"] == "Hafen",
        "{marked:?}"
    );
    Ok(())
}

/// The picture is at the server, with its description and its shape.
async fn ensure_picture(world: &PdsWorld, did: &str, post: &Record) -> Result<()> {
    let image = &post.value["embed"]["images"][0];
    ensure!(image["alt"] == "A test picture", "{image}");
    ensure!(
        image["aspectRatio"]["width"] == 1200 && image["aspectRatio"]["height"] == 900,
        "{image}"
    );
    let cid = image["image"]["ref"]["$link"].as_str().context("no blob")?;
    let url = format!(
        "{}/xrpc/com.atproto.sync.getBlob?did={did}&cid={cid}",
        world.pds.url
    );
    let bytes = reqwest::get(url).await?.error_for_status()?.bytes().await?;
    let picture = media::Picture::decode(&bytes)?;
    ensure!((picture.width(), picture.height()) == (1200, 900));
    Ok(())
}

#[tokio::test]
async fn no_on_the_consent_page_changes_nothing() -> Result<()> {
    let world = PdsWorld::start(Under::Sqlite, Client::Confidential).await?;
    let anna = world.account("anna-harbour.test").await?;
    let begun = engine::connect::begin(&world.cx, world.ask(None, Some(&anna.handle))).await?;
    let browser = world.browser().await?;
    browser.goto(&begun.url).await?;
    pds::deny(&browser, &world.pds, &anna.handle, PASSWORD).await?;
    let row = world.finish(&world.came_back(&browser).await?).await?;
    ensure!(
        row.phase == domain::connect::ConnectPhase::Canceled,
        "{:?}: {}",
        row.phase,
        row.outcome
    );
    ensure!(world.channels().await? == 0 && world.pds.sessions(&anna.did).await?.is_empty());
    Ok(())
}
