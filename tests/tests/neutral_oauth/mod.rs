//! The engine's renewal at a neutral, certified OAuth server (`oidc-provider`) whose refresh tokens rotate and where
//! one that is used again ends the sign-in: what our own simulator could be wrong about is judged here by a server
//! that neither we nor a social platform wrote. What is left at the server is counted there, not believed.

mod ending;
mod kills;
mod losing;
mod outage;
mod renewing;

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use domain::cause::Cause;
use domain::grant::Life;
use domain::health::Health;
use engine::login;
use engine::renew::{Came, renew_one};
use platforms::tokens::Tokens;
use storage::channel_grants::ChannelGrantRow;
use storage::grants::GrantRow;
use storage::notices::NoticeRow;
use storage::{Conn, channel_grants, notices, renewals};
use testing::neutral::{NeutralWorld, Server};
use testing::world::Under;

/// Both engines. Without PostgreSQL's the test fails: a half that did not run is no pass.
const ENGINES: [Under; 2] = [Under::Sqlite, Under::Postgres];

/// Where tokens are renewed.
const TOKEN: &str = "POST /token";
/// Where an access token testifies.
const ME: &str = "GET /me";
/// Where the server says whether a refresh token still is one.
const INSPECT: &str = "POST /token/introspection";

async fn server() -> Result<Arc<Server>> {
    Ok(Arc::new(Server::start().await?))
}

/// What is looked at from outside: at the server, and in the store.
trait Seen {
    async fn renew(&self) -> Result<Came>;
    async fn row(&self) -> Result<GrantRow>;
    async fn tokens(&self) -> Result<Tokens>;
    async fn on(&self) -> Result<ChannelGrantRow>;
    async fn told(&self) -> Result<Vec<NoticeRow>>;
    async fn journal(&self) -> Result<Vec<Option<String>>>;
    async fn asked(&self) -> Result<Vec<String>>;
    async fn asked_for_tokens(&self) -> Result<usize>;
    async fn lives(&self, generation: u64, after: &str) -> Result<()>;
    async fn is_over(&self, cause: Cause, after: &str) -> Result<()>;
}

impl Seen for NeutralWorld {
    async fn renew(&self) -> Result<Came> {
        Ok(renew_one(&self.world.cx, self.world.workspace, self.grant).await?)
    }

    async fn row(&self) -> Result<GrantRow> {
        self.world.grant(self.grant).await
    }

    /// What the store holds.
    async fn tokens(&self) -> Result<Tokens> {
        Ok(login::open_tokens(
            &self.world.cx.vault,
            &self.row().await?,
        )?)
    }

    async fn on(&self) -> Result<ChannelGrantRow> {
        let (workspace, channel) = (self.world.workspace, self.channel);
        let read = move |conn: &mut Conn<'_>| channel_grants::primary(conn, workspace, channel);
        let on = self.world.store().read("test", read).await?;
        on.context("a login on the channel")
    }

    async fn told(&self) -> Result<Vec<NoticeRow>> {
        let (workspace, channel) = (self.world.workspace, self.channel);
        let read = move |conn: &mut Conn<'_>| notices::of_channel(conn, workspace, channel);
        Ok(self.world.store().read("test", read).await?)
    }

    /// The outcome of each renewal of the journal, the oldest first.
    async fn journal(&self) -> Result<Vec<Option<String>>> {
        let (workspace, grant) = (self.world.workspace, self.grant);
        let read = move |conn: &mut Conn<'_>| renewals::renewals(conn, workspace, grant, 100);
        let lines = self.world.store().read("test", read).await?;
        Ok(lines.into_iter().rev().map(|line| line.outcome).collect())
    }

    /// All that the server was asked, in order.
    async fn asked(&self) -> Result<Vec<String>> {
        let seen = self.server.requests().await?;
        Ok(seen
            .iter()
            .map(|seen| format!("{} {}", seen.method, seen.path))
            .collect())
    }

    /// How often it was asked for new tokens.
    async fn asked_for_tokens(&self) -> Result<usize> {
        Ok(self
            .asked()
            .await?
            .iter()
            .filter(|asked| *asked == TOKEN)
            .count())
    }

    /// It lives, here and at the server: what is stored is the one refresh token that the server takes.
    async fn lives(&self, generation: u64, after: &str) -> Result<()> {
        let (row, usable) = (self.row().await?, self.server.usable(&self.account).await?);
        ensure!(
            row.life == Life::Live && row.generation == generation,
            "{after}: {:?} at generation {}, {:?}",
            row.life,
            row.generation,
            row.last_evidence
        );
        ensure!(usable == 1, "{after}: {usable} refresh tokens are taken");
        let told = self.told().await?;
        ensure!(told.is_empty(), "{after}: {told:?}");
        Ok(())
    }

    /// Dead with this cause, and said so in one notice.
    async fn is_over(&self, cause: Cause, after: &str) -> Result<()> {
        let row = self.row().await?;
        ensure!(
            matches!(row.life, Life::Dead { cause: of, .. } if of == cause),
            "{after}: {:?}, {:?}",
            row.life,
            row.last_evidence
        );
        let told: Vec<_> = self.told().await?.iter().map(|one| one.cause).collect();
        ensure!(told == [Some(cause)], "{after}: told {told:?}");
        let health = self.on().await?.condition.health;
        ensure!(health == Health::NeedsRefresh, "{after}: {health}");
        Ok(())
    }
}
