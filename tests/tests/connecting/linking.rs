//! Unlink and its undo, the other flow, giving back, extending: what is done to a channel that is there.

use ::engine::connect::{self, ConnectError, Extended, GivenBack, Proven, Why};
use anyhow::Result;
use domain::cause::Cause;
use domain::channel::{Link, Mode};
use domain::connect::ConnectPhase;
use domain::grant::LifeWord;
use domain::health::Health;
use domain::platform::LoginFlow;
use domain::post::Maker;
use domain::schedule::{DAY_MS, HOUR_MS, plus_ms};
use simulator::{Effect, Fault};

use super::harbour::{Harbour, outcome};

const BAKERY: &str = "harbour.bakery";
const ANNA: &str = "10220000000000001";

#[tokio::test]
async fn unlink_keeps_posts_and_undo_brings_all_back() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Instagram).await?;
    harbour.sign_in(app, None, BAKERY, &[]).await?;
    let channel = harbour.channel(BAKERY).await?;
    let due = plus_ms(harbour.world.cx.now(), DAY_MS);
    harbour.world.plan(channel.id, "Rye", &[], due).await?;
    let (cx, workspace) = (&harbour.world.cx, harbour.world.workspace);
    let maker = Maker::Member(harbour.member);
    harbour.tick();
    assert_eq!(
        connect::unlink(cx, workspace, channel.id, maker)
            .await?
            .kept,
        1
    );
    harbour.tick();
    assert_eq!(
        connect::unlink(cx, workspace, channel.id, maker)
            .await?
            .kept,
        1,
        "twice is once"
    );
    assert_eq!(harbour.channel(BAKERY).await?.link, Link::Unlinked);
    connect::undo_unlink(cx, workspace, channel.id, maker).await?;
    assert_eq!(harbour.channel(BAKERY).await?.link, Link::Linked);
    assert_eq!(
        harbour.primary(channel.id).await?.condition.health,
        Health::Healthy
    );
    let twice = connect::undo_unlink(cx, workspace, channel.id, maker).await;
    assert!(matches!(
        twice,
        Err(ConnectError::Refused(Why::LinkedOtherwise))
    ));
    assert_eq!(
        harbour.timeline(channel.id).await?,
        ["linked", "signed_in", "unlinked", "unlink_undone"]
    );
    connect::set_mode(cx, workspace, channel.id, Mode::Remind, maker).await?;
    assert_eq!(harbour.channel(BAKERY).await?.mode, Mode::Remind);
    Ok(())
}

#[tokio::test]
async fn unlinked_and_linked_through_the_other_flow_is_the_same_channel() -> Result<()> {
    let harbour = Harbour::new().await?;
    let through_instagram = harbour.app(LoginFlow::Instagram).await?;
    let through_facebook = harbour.app(LoginFlow::Facebook).await?;
    let (cx, workspace) = (&harbour.world.cx, harbour.world.workspace);
    harbour
        .sign_in(through_instagram, None, BAKERY, &[])
        .await?;
    let channel = harbour.channel(BAKERY).await?;
    connect::unlink(cx, workspace, channel.id, Maker::Member(harbour.member)).await?;
    let row = harbour
        .sign_in(through_facebook, None, "10220000000000001", &[])
        .await?;
    let row = connect::choose(cx, workspace, row.id, &["17841400000000001".to_owned()]).await?;
    assert_eq!(row.phase, ConnectPhase::Done);
    let again = harbour.channel(BAKERY).await?;
    assert_eq!((again.id, again.link), (channel.id, Link::Linked));
    let grant = harbour
        .world
        .grant(harbour.primary(channel.id).await?.grant)
        .await?;
    assert_eq!(grant.flow, LoginFlow::Facebook);
    assert_eq!(harbour.channels().await?.len(), 1);
    Ok(())
}

/// While a channel is unlinked its sign-ins rest. What a new one cannot prove at once, it proves later, and then takes
/// over; until then the old one is proven as before.
#[tokio::test]
async fn linked_again_by_a_sign_in_that_is_proven_later() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Instagram).await?;
    let (cx, workspace) = (&harbour.world.cx, harbour.world.workspace);
    harbour.sign_in(app, None, BAKERY, &[]).await?;
    let channel = harbour.channel(BAKERY).await?;
    let old = harbour.primary(channel.id).await?;
    connect::unlink(cx, workspace, channel.id, Maker::Member(harbour.member)).await?;
    assert_eq!(
        harbour.primary(channel.id).await?.probe_at,
        None,
        "it rests"
    );
    harbour.world.clock.advance_ms(2 * DAY_MS);
    // The account can be told, and may not be proven now.
    let down = Effect::ServerError { status: 503 };
    let fault = Fault::always("instagram.publishing_limit", down);
    let fault = harbour.world.sim.add_fault(fault);
    let row = harbour.sign_in(app, None, BAKERY, &[]).await?;
    let proof = outcome(&row).joined[0].proof.clone();
    assert!(matches!(proof, Some(Proven::Later { .. })), "{proof:?}");
    let primary = harbour.primary(channel.id).await?;
    assert_eq!(primary.id, old.id, "only what is proven takes over");
    assert!(primary.probe_at.is_some(), "the old one rests no more");
    harbour.world.sim.remove_fault(fault);
    harbour.world.run_until(plus_ms(cx.now(), HOUR_MS)).await?;
    let primary = harbour.primary(channel.id).await?;
    assert_ne!(primary.id, old.id, "the new one is proven and takes over");
    assert_eq!(primary.condition.health, Health::Healthy);
    let retired = harbour.world.grant(old.grant).await?;
    assert_eq!(retired.life.word(), LifeWord::Superseded);
    Ok(())
}

/// Unlinking can be undone: a newer sign-in of the same person for another account leaves what an unlinked channel had.
#[tokio::test]
async fn an_unlink_is_undone_after_a_newer_sign_in_for_a_sibling() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Facebook).await?;
    let (cx, workspace, maker) = (
        &harbour.world.cx,
        harbour.world.workspace,
        Maker::Member(harbour.member),
    );
    let row = harbour.sign_in(app, None, ANNA, &[]).await?;
    let both = [
        "17841400000000001".to_owned(),
        "17841400000000002".to_owned(),
    ];
    connect::choose(cx, workspace, row.id, &both).await?;
    let bakery = harbour.channel(BAKERY).await?;
    let nord = harbour.channel("nord.ceramics").await?;
    let old = harbour.primary(nord.id).await?;
    connect::unlink(cx, workspace, nord.id, maker).await?;
    harbour.tick();
    harbour.sign_in(app, Some(bakery.id), ANNA, &[]).await?;
    assert_ne!(harbour.primary(bakery.id).await?.grant, old.grant);
    let kept = harbour.world.grant(old.grant).await?;
    assert_eq!(kept.life.word(), LifeWord::Live, "it can be taken back");
    connect::undo_unlink(cx, workspace, nord.id, maker).await?;
    harbour.world.run_until(plus_ms(cx.now(), HOUR_MS)).await?;
    let login = harbour.primary(nord.id).await?;
    assert_eq!(login.condition.health, Health::Healthy);
    assert!(login.probe_at.is_some(), "and it is proven on");
    Ok(())
}

#[tokio::test]
async fn an_undone_unlink_says_that_its_sign_in_is_over() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Instagram).await?;
    let (cx, workspace, maker) = (
        &harbour.world.cx,
        harbour.world.workspace,
        Maker::Member(harbour.member),
    );
    harbour.sign_in(app, None, BAKERY, &[]).await?;
    let channel = harbour.channel(BAKERY).await?;
    connect::unlink(cx, workspace, channel.id, maker).await?;
    let grant = harbour
        .world
        .grant(harbour.primary(channel.id).await?.grant)
        .await?;
    let over = grant.life.superseded(cx.now()).expect("it lived");
    let write = move |conn: &mut storage::Conn<'_>| {
        storage::grants::end_life(conn, &grant, over, None).map(|_| ())
    };
    harbour.world.store().write("test.over", write).await?;
    connect::undo_unlink(cx, workspace, channel.id, maker).await?;
    harbour.world.run_until(plus_ms(cx.now(), HOUR_MS)).await?;
    let condition = harbour.primary(channel.id).await?.condition;
    assert_eq!(
        (condition.health, condition.cause),
        (Health::NeedsRefresh, Some(Cause::SupersededByNewGrant))
    );
    let read = move |conn: &mut storage::Conn<'_>| {
        storage::notices::of_channel(conn, workspace, channel.id)
    };
    let open = harbour.world.store().read("test.notices", read).await?;
    assert_eq!(open.len(), 1, "and it is told: {open:?}");
    Ok(())
}

#[tokio::test]
async fn giving_back_spares_siblings() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Facebook).await?;
    let (cx, workspace, maker) = (
        &harbour.world.cx,
        harbour.world.workspace,
        Maker::Member(harbour.member),
    );
    let row = harbour.sign_in(app, None, "10220000000000001", &[]).await?;
    let both = [
        "17841400000000001".to_owned(),
        "17841400000000002".to_owned(),
    ];
    connect::choose(cx, workspace, row.id, &both).await?;
    let (bakery, nord) = (
        harbour.channel(BAKERY).await?,
        harbour.channel("nord.ceramics").await?,
    );
    let linked = connect::revoke_now(cx, workspace, bakery.id, maker).await;
    assert!(matches!(
        linked,
        Err(ConnectError::Refused(Why::LinkedOtherwise))
    ));
    connect::unlink(cx, workspace, bakery.id, maker).await?;
    assert_eq!(
        connect::revoke_now(cx, workspace, bakery.id, maker).await?,
        [GivenBack::StillInUse]
    );
    assert_eq!(
        harbour.primary(nord.id).await?.condition.health,
        Health::Healthy
    );
    connect::unlink(cx, workspace, nord.id, maker).await?;
    assert_eq!(
        connect::revoke_now(cx, workspace, nord.id, maker).await?,
        [GivenBack::AtPlatform]
    );
    let grant = harbour
        .world
        .grant(harbour.primary(nord.id).await?.grant)
        .await?;
    assert_eq!(grant.life.word(), LifeWord::Revoked);
    Ok(())
}

#[tokio::test]
async fn extend_now_says_from_which_day_it_may() -> Result<()> {
    let harbour = Harbour::new().await?;
    let app = harbour.app(LoginFlow::Instagram).await?;
    harbour.sign_in(app, None, BAKERY, &[]).await?;
    let channel = harbour.channel(BAKERY).await?;
    let (cx, workspace) = (&harbour.world.cx, harbour.world.workspace);
    let from = plus_ms(
        harbour
            .world
            .grant(harbour.primary(channel.id).await?.grant)
            .await?
            .fresh_since,
        DAY_MS,
    );
    assert_eq!(
        connect::extend_now(cx, workspace, channel.id).await?,
        Extended::NotBefore(from)
    );
    harbour.world.clock.advance_ms(2 * DAY_MS);
    let came = connect::extend_now(cx, workspace, channel.id).await?;
    assert!(
        matches!(came, Extended::Done { next: Some(_), .. }),
        "{came:?}"
    );
    assert!(
        harbour
            .timeline(channel.id)
            .await?
            .contains(&"renewed".to_owned())
    );
    Ok(())
}
