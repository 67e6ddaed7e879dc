//! Two people sign in for one Page: the second is asked whether theirs may stand by, and it takes over by itself when
//! the first one ends, without calling for anybody.

use ::engine::connect::{self, Former, Proven, Why};
use anyhow::{Context as _, Result};
use domain::cause::Cause;
use domain::channel::{Consent, Standing};
use domain::grant::LifeWord;
use domain::health::Health;
use domain::ids::{AppId, ChannelId};
use domain::platform::{LoginFlow, Platform};
use domain::post::Maker;
use domain::schedule::{HOUR_MS, plus_ms};
use simulator::instagram::Break;
use storage::channel_grants::ChannelGrantRow;
use storage::notices;

use super::harbour::Harbour;

const ANNA: &str = "10220000000000001";
const JONAS: &str = "10220000000000002";
/// A Page on which both may post.
const PAGE: &str = "100000000000002";

struct Pair {
    harbour: Harbour,
    app: AppId,
    channel: ChannelId,
}

impl Pair {
    /// Anna's sign-in is in use, Jonas's was added.
    async fn new() -> Result<Self> {
        let harbour = Harbour::new().await?;
        let app = harbour
            .world
            .app(Platform::Facebook, LoginFlow::Facebook)
            .await?;
        let row = harbour.sign_in(app, None, ANNA, &[]).await?;
        let (cx, workspace) = (&harbour.world.cx, harbour.world.workspace);
        connect::choose(cx, workspace, row.id, &[PAGE.to_owned()]).await?;
        let all = harbour.channels().await?;
        let channel = all
            .iter()
            .find(|channel| channel.account_id == PAGE)
            .context("the Page")?
            .id;
        harbour.sign_in(app, Some(channel), JONAS, &[]).await?;
        Ok(Self {
            harbour,
            app,
            channel,
        })
    }

    async fn login(&self, person: &str) -> Result<ChannelGrantRow> {
        let mut found = None;
        for on in self.harbour.logins(self.channel).await? {
            let grant = self.harbour.world.grant(on.grant).await?;
            if grant.person_name == person {
                found = Some(on);
            }
        }
        found.context("no such person's sign-in")
    }

    async fn stand_by(&self) -> Result<()> {
        let (cx, workspace) = (&self.harbour.world.cx, self.harbour.world.workspace);
        let spare = self.login("Jonas Weber").await?;
        let maker = Maker::Member(self.harbour.member);
        connect::stand_by(cx, workspace, self.channel, spare.id, maker).await?;
        Ok(())
    }

    async fn prove(&self) -> Result<()> {
        let world = &self.harbour.world;
        connect::prove_now(&world.cx, world.workspace, self.channel).await?;
        Ok(())
    }

    async fn run_for(&self, millis: i64) -> Result<()> {
        let until = plus_ms(self.harbour.world.cx.now(), millis);
        self.harbour.world.run_until(until).await
    }

    async fn open_notices(&self) -> Result<usize> {
        let (workspace, channel) = (self.harbour.world.workspace, self.channel);
        let read = self
            .harbour
            .world
            .store()
            .read("test.notices", move |conn| {
                notices::of_channel(conn, workspace, channel)
            });
        Ok(read.await?.len())
    }
}

#[tokio::test]
async fn a_second_person_is_asked_and_changes_nothing_before() -> Result<()> {
    let pair = Pair::new().await?;
    let (anna, jonas) = (
        pair.login("Anna Berg").await?,
        pair.login("Jonas Weber").await?,
    );
    assert_eq!(
        (anna.standing, jonas.standing),
        (Standing::Primary, Standing::Spare)
    );
    assert_eq!(jonas.consent, Some(Consent::Asked));
    assert_eq!(jonas.condition.health, Health::Healthy, "it was proven");
    let grant = pair.harbour.world.grant(anna.grant).await?;
    assert_eq!(grant.life.word(), LifeWord::Live);
    // What was not said is no consent: when the first one ends, a person is called for.
    pair.harbour.world.sim.break_it(Break::ChangePassword {
        account: ANNA.to_owned(),
    })?;
    pair.prove().await?;
    pair.run_for(10 * 60_000).await?;
    assert_eq!(
        pair.harbour.primary(pair.channel).await?.condition.health,
        Health::NeedsRefresh
    );
    assert_eq!(pair.open_notices().await?, 1);
    // A yes that comes afterwards is in time.
    pair.stand_by().await?;
    pair.run_for(60_000).await?;
    let now_on = pair.harbour.primary(pair.channel).await?;
    assert_eq!(
        (now_on.id, now_on.condition.health),
        (jonas.id, Health::Healthy)
    );
    assert_eq!(pair.open_notices().await?, 0, "it is well again");
    Ok(())
}

#[tokio::test]
async fn it_takes_over_by_itself_and_nobody_is_called_for() -> Result<()> {
    let pair = Pair::new().await?;
    pair.stand_by().await?;
    pair.stand_by().await?;
    let jonas = pair.login("Jonas Weber").await?;
    assert_eq!(
        (jonas.consent, jonas.consent_by),
        (
            Some(Consent::StandsBy),
            Some(Maker::Member(pair.harbour.member))
        )
    );
    pair.harbour.world.sim.break_it(Break::ChangePassword {
        account: ANNA.to_owned(),
    })?;
    pair.prove().await?;
    assert_eq!(
        pair.open_notices().await?,
        0,
        "the other one is asked first"
    );
    pair.run_for(60_000).await?;
    let now_on = pair.harbour.primary(pair.channel).await?;
    assert_eq!(
        (now_on.id, now_on.condition.health),
        (jonas.id, Health::Healthy)
    );
    assert_eq!(pair.open_notices().await?, 0);
    let timeline = pair.harbour.timeline(pair.channel).await?;
    for kind in ["stands_by", "ended", "took_over", "restored"] {
        let times = timeline.iter().filter(|line| *line == kind).count();
        assert_eq!(times, 1, "{kind}: {timeline:?}");
    }
    Ok(())
}

#[tokio::test]
async fn where_none_works_a_person_is_called_for_after_all() -> Result<()> {
    let pair = Pair::new().await?;
    pair.stand_by().await?;
    for account in [ANNA, JONAS] {
        pair.harbour.world.sim.break_it(Break::ChangePassword {
            account: account.to_owned(),
        })?;
    }
    pair.prove().await?;
    pair.run_for(10 * 60_000).await?;
    let now_on = pair.harbour.primary(pair.channel).await?;
    assert_eq!(
        (now_on.condition.health, now_on.condition.cause),
        (Health::NeedsRefresh, Some(Cause::CredentialsChanged))
    );
    assert_eq!(pair.open_notices().await?, 1);
    let timeline = pair.harbour.timeline(pair.channel).await?;
    assert!(timeline.contains(&"spare_ended".to_owned()), "{timeline:?}");
    assert!(!timeline.contains(&"took_over".to_owned()), "{timeline:?}");
    Ok(())
}

#[tokio::test]
async fn a_role_that_was_taken_hands_over_and_the_first_one_stands_by() -> Result<()> {
    let pair = Pair::new().await?;
    pair.stand_by().await?;
    let jonas = pair.login("Jonas Weber").await?;
    pair.harbour.world.sim.break_it(Break::LowerRole {
        account: ANNA.to_owned(),
        page: PAGE.to_owned(),
    })?;
    pair.prove().await?;
    pair.run_for(60_000).await?;
    assert_eq!(pair.harbour.primary(pair.channel).await?.id, jonas.id);
    assert_eq!(pair.open_notices().await?, 0);
    let anna = pair.login("Anna Berg").await?;
    assert_eq!(
        (anna.standing, anna.consent),
        (Standing::Spare, Some(Consent::StandsBy)),
        "her sign-in lives, and may be needed again"
    );
    // Neither takes over from the other while it is well.
    pair.run_for(3 * HOUR_MS).await?;
    assert_eq!(pair.harbour.primary(pair.channel).await?.id, jonas.id);
    Ok(())
}

#[tokio::test]
async fn made_the_first_retired_and_taken_off() -> Result<()> {
    let pair = Pair::new().await?;
    let (cx, workspace) = (&pair.harbour.world.cx, pair.harbour.world.workspace);
    let maker = Maker::Member(pair.harbour.member);
    let (anna, jonas) = (
        pair.login("Anna Berg").await?,
        pair.login("Jonas Weber").await?,
    );
    let off = connect::remove(cx, workspace, pair.channel, anna.id, maker).await;
    assert!(
        matches!(off, Err(connect::ConnectError::Refused(Why::NotNow))),
        "the one in use is not taken off: {off:?}"
    );
    let proven = connect::make_first(
        cx,
        workspace,
        pair.channel,
        jonas.id,
        Former::StandsBy,
        maker,
    )
    .await?;
    assert_eq!(proven, Proven::Works);
    assert_eq!(pair.harbour.primary(pair.channel).await?.id, jonas.id);
    assert_eq!(
        pair.login("Anna Berg").await?.consent,
        Some(Consent::StandsBy)
    );
    let back = connect::make_first(cx, workspace, pair.channel, anna.id, Former::Retires, maker);
    assert_eq!(back.await?, Proven::Works);
    assert_eq!(pair.harbour.primary(pair.channel).await?.id, anna.id);
    assert_eq!(
        pair.harbour.world.grant(jonas.grant).await?.life.word(),
        LifeWord::Superseded
    );
    // Once more, and taken off: it is given back, and is on the channel no more.
    let row = pair
        .harbour
        .sign_in(pair.app, Some(pair.channel), JONAS, &[])
        .await?;
    let again = pair.login("Jonas Weber").await?;
    assert!(row.phase.is_end() && again.id != jonas.id);
    connect::remove(cx, workspace, pair.channel, again.id, maker).await?;
    let grant = pair.harbour.world.grant(again.grant).await?;
    assert_ne!(grant.life.word(), LifeWord::Live);
    let left = pair.harbour.logins(pair.channel).await?;
    assert!(left.iter().all(|on| on.id != again.id), "{left:?}");
    let gone = connect::stand_by(cx, workspace, pair.channel, again.id, maker).await;
    assert!(
        matches!(gone, Err(connect::ConnectError::Refused(Why::NoSignIn))),
        "{gone:?}"
    );
    Ok(())
}
