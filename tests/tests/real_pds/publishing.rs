//! A post whose answer is lost, and one that never arrived: it is looked for under its key, never sent
//! blindly again.

use anyhow::{Result, ensure};
use domain::delivery::State;
use domain::schedule::{HOUR_MS, MINUTE_MS};
use engine::run;
use testing::pds::Fault;
use testing::world::Under;

use super::{PUT, ensure_out_once, linked, planned};

const TEXT: &str = "The ferry leaves at ten";

#[tokio::test]
async fn a_post_whose_answer_was_lost_is_found_and_not_sent_again() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let delivery = planned(&world, channel, TEXT).await?;
    world.pds.forget_requests().await?;
    world
        .pds
        .fault(Fault::lose_answer().path(PUT).skip(1).times(1))
        .await?;
    world.run_for_ms(10 * MINUTE_MS).await?;
    ensure_out_once(&world, &anna, delivery, TEXT).await?;
    let history = world.history(delivery).await?;
    ensure!(
        history.ends_with(&["sent".to_owned(), "unclear".to_owned(), "found".to_owned()]),
        "{history:?}"
    );
    let put = world.pds.requests(PUT).await?;
    ensure!(
        put.len() == 2,
        "a nonce and the post, and nothing after: {put:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_post_that_never_arrived_is_found_absent_and_sent_once() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let delivery = planned(&world, channel, TEXT).await?;
    world
        .pds
        .fault(Fault::drop_connection().path(PUT).skip(1).times(1))
        .await?;
    world.run_for_ms(10 * MINUTE_MS).await?;
    ensure_out_once(&world, &anna, delivery, TEXT).await?;
    let history = world.history(delivery).await?;
    let unclear = history.windows(2).any(|two| two == ["unclear", "absent"]);
    ensure!(
        unclear && history.iter().filter(|kind| *kind == "sent").count() == 2,
        "{history:?}"
    );
    Ok(())
}

/// The server is away when the answer is wanted: the delivery says so, and is settled once it is back.
#[tokio::test]
async fn while_nobody_can_look_it_stays_uncertain() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let delivery = planned(&world, channel, TEXT).await?;
    world
        .pds
        .fault(Fault::lose_answer().path(PUT).skip(1).times(1))
        .await?;
    world
        .pds
        .fault(Fault::status(503).path("/xrpc/com.atproto.repo.getRecord"))
        .await?;
    world.run_for_ms(30 * MINUTE_MS).await?;
    let state = world.delivery(delivery).await?.state;
    ensure!(
        state == State::Uncertain,
        "{state:?} {:?}",
        world.history(delivery).await?
    );
    world.pds.restore().await?;
    world.run_for_ms(2 * HOUR_MS).await?;
    ensure_out_once(&world, &anna, delivery, TEXT).await
}

/// The server takes the access token for ended before we do: renewed, and then the post goes out.
#[tokio::test]
async fn an_access_token_that_ended_early_is_made_anew() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let delivery = planned(&world, channel, TEXT).await?;
    world.pds.age(2 * 3_600, Some(&anna.did)).await?;
    world.run_for_ms(10 * MINUTE_MS).await?;
    ensure_out_once(&world, &anna, delivery, TEXT).await?;
    ensure!(
        world.grant(channel).await?.generation == 2,
        "one renewal was enough"
    );
    run::until_idle(&world.cx, 20).await?;
    Ok(())
}
