//! A login at the stand-in platform, and what can be seen of it from outside: at the platform, in the store.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use domain::clock::Clock as _;
use domain::grant::Life;
use domain::health::Health;
use domain::ids::{ChannelId, GrantId};
use domain::schedule::{DAY_MS, plus_ms};
use engine::renew::{Came, renew_one};
use engine::{login, run};
use secrecy::ExposeSecret as _;
use storage::notices::NoticeRow;
use storage::{Conn, channel_grants, notices, renewals};
use testing::fixed::{self, Asked, Fixed, LEFT_ALONE, REFRESH, Service};
use testing::world::{Under, World};

pub(super) struct Ready {
    pub(super) under: Under,
    pub(super) world: World,
    pub(super) service: Arc<Service>,
    channel: ChannelId,
    pub(super) grant: GrantId,
}

/// A login that was just made and proven; nothing is planned.
pub(super) async fn ready(under: Under, adapter: &'static Fixed) -> Result<Ready> {
    let platform = adapter.stands_in();
    let mut world = World::new(under, 31).await?;
    let service = Service::new(&world.clock);
    world.cx.transport = service.way(world.gate.clone());
    let app = world.app(platform, fixed::FLOW).await?;
    let signed_in = fixed::signed_in(world.clock.now());
    let (channel, grant) = world.put_login(app, signed_in, fixed::account()).await?;
    run::until_idle(&world.cx, 20).await?;
    ensure!(service.minted() == 0, "the sign-in's access token lives");
    Ok(Ready {
        under,
        world,
        service,
        channel,
        grant,
    })
}

/// The same, a month later: its keep-alive is due, its access token has been over for long.
pub(super) async fn due(under: Under) -> Result<Ready> {
    let ready = ready(under, &LEFT_ALONE).await?;
    ready.world.clock.advance_ms(30 * DAY_MS);
    Ok(ready)
}

impl Ready {
    pub(super) async fn renew(&self) -> Result<Came> {
        Ok(renew_one(&self.world.cx, self.world.workspace, self.grant).await?)
    }

    pub(super) async fn go_on(&self, millis: i64) -> Result<()> {
        let until = plus_ms(self.world.clock.now(), millis);
        self.world.run_until(until).await
    }

    /// The refresh token that the store holds.
    pub(super) async fn stored(&self) -> Result<String> {
        let grant = self.world.grant(self.grant).await?;
        let tokens = login::open_tokens(&self.world.cx.vault, &grant)?;
        let refresh = tokens.refresh.context("a refresh token")?;
        Ok(refresh.expose_secret().to_owned())
    }

    pub(super) fn asked_as(&self, operation: &str) -> Vec<Asked> {
        let mut asked = self.service.asked();
        asked.retain(|asked| asked.operation == operation);
        asked
    }

    /// The refresh tokens that it was sent, in order.
    pub(super) fn sent(&self) -> Vec<String> {
        let renewals = self.asked_as("fixed.renew").into_iter();
        renewals.map(|asked| asked.token).collect()
    }

    async fn read<T: Send + 'static>(
        &self,
        what: impl Fn(&mut Conn<'_>) -> storage::Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        Ok(self.world.store().read("test", what).await?)
    }

    pub(super) async fn notices(&self) -> Result<Vec<NoticeRow>> {
        let (workspace, channel) = (self.world.workspace, self.channel);
        self.read(move |conn| notices::of_channel(conn, workspace, channel))
            .await
    }

    pub(super) async fn health(&self) -> Result<Health> {
        let (workspace, channel) = (self.world.workspace, self.channel);
        let read = move |conn: &mut Conn<'_>| channel_grants::primary(conn, workspace, channel);
        let on = self.read(read).await?.context("a login on the channel")?;
        Ok(on.condition.health)
    }

    /// The outcome of each renewal of the journal, the oldest first.
    pub(super) async fn journal(&self) -> Result<Vec<Option<String>>> {
        let (workspace, grant) = (self.world.workspace, self.grant);
        let read = move |conn: &mut Conn<'_>| renewals::renewals(conn, workspace, grant, 100);
        let lines = self.read(read).await?.into_iter().rev();
        Ok(lines.map(|line| line.outcome).collect())
    }

    /// It lives, nobody was told to sign in, the token of the sign-in is kept and was the only one sent, and
    /// nobody asked the old access token to testify.
    pub(super) async fn lives_on(&self, generation: u64, after: &str) -> Result<()> {
        let (under, grant) = (self.under, self.world.grant(self.grant).await?);
        ensure!(
            grant.life == Life::Live && grant.generation == generation,
            "{after}, on {under:?}: {:?} at generation {}",
            grant.life,
            grant.generation
        );
        let (stored, sent) = (self.stored().await?, self.sent());
        ensure!(stored == REFRESH, "{after}, on {under:?}: stored {stored}");
        ensure!(
            sent.iter().all(|token| token == REFRESH),
            "{after}, on {under:?}: sent {sent:?}"
        );
        let testified = self.asked_as("fixed.witness");
        ensure!(testified.is_empty(), "{after}, on {under:?}: {testified:?}");
        let (health, told) = (self.health().await?, self.notices().await?);
        ensure!(
            health == Health::Healthy && told.is_empty(),
            "{after}, on {under:?}: {health}, {told:?}"
        );
        Ok(())
    }
}
