//! An app's secret is replaced, and the run is killed at every point of it: between the new secret and the first call
//! with it, between the refusal and the try with the other one, before what was heard is written, and before the
//! old one is forgotten. The login lives through all of it, and nobody is asked to sign in.

use anyhow::{Context as _, Result, ensure};
use domain::grant::Life;
use domain::health::Health;
use domain::ids::{AppId, ChannelId, GrantId};
use domain::platform::{LoginFlow, Platform};
use engine::{app_secret, connect};
use secrecy::{ExposeSecret as _, SecretString};
use simulator::instagram::Break;
use storage::app_care::{self, Rotated};
use storage::apps::{self, AppRow};
use storage::channel_grants;
use testing::kill::Ended;
use testing::world::{Under, World};
use vault::{Purpose, Sealed, places};

const NEXT: &str = "the-next-secret";

struct Stage {
    world: World,
    app: AppId,
    channel: ChannelId,
    grant: GrantId,
}

async fn stage(under: Under) -> Result<Stage> {
    let world = World::new(under, 5).await?;
    let app = world.app(Platform::Instagram, LoginFlow::Facebook).await?;
    let (channel, grant) = world
        .link(app, "10220000000000001", "harbour.bakery")
        .await?;
    Ok(Stage {
        world,
        app,
        channel,
        grant,
    })
}

impl Stage {
    async fn row(&self) -> Result<AppRow> {
        let (workspace, app) = (self.world.workspace, self.app);
        let read = self
            .world
            .store()
            .read("test.app", move |conn| apps::one(conn, workspace, app));
        read.await?.context("the app")
    }

    /// Adds the next secret beside the present one, as the actions do; once.
    async fn add(&self) -> Result<()> {
        let row = self.row().await?;
        if row.previous.is_some() || row.generation > 1 {
            return Ok(());
        }
        let (cx, next) = (&self.world.cx, row.generation + 1);
        let sealed = Sealed::from_bytes(row.secret_sealed.clone().context("a secret")?)?;
        let place = places::app_secret(None, self.app, row.generation);
        let old = cx.vault.open(Purpose::AppSecret, &place, &sealed)?;
        let seal = |place: vault::Place, text: &SecretString| {
            cx.vault
                .seal(Purpose::AppSecret, &place, text, cx.chance.as_ref())
                .map(Sealed::into_bytes)
        };
        let previous = seal(places::app_previous_secret(None, self.app, next), &old)?;
        let secret = seal(places::app_secret(None, self.app, next), &NEXT.into())?;
        let now = cx.now();
        let write = move |conn: &mut storage::Conn<'_>| {
            let new = Rotated {
                row: &row,
                previous: Some((&previous, next, row.secret)),
                secret_sealed: &secret,
                keys_sealed: None,
            };
            app_care::rotate(conn, &new, now)
        };
        Ok(cx.store.write("test.rotate", write).await?)
    }

    async fn prove(&self) -> Result<()> {
        connect::prove_now(&self.world.cx, self.world.workspace, self.channel).await?;
        app_secret::write_down(&self.world.cx).await?;
        Ok(())
    }

    /// At the platform: the next secret is made good, then the older one revoked. Doing it again changes nothing.
    fn at_platform(&self, client_id: &str, revoke: bool) {
        let app = client_id.to_owned();
        let what = if revoke {
            Break::RevokeOlderSecret { app }
        } else {
            Break::AddAppSecret {
                app,
                secret: Some(NEXT.to_owned()),
            }
        };
        drop(self.world.sim.break_it(what));
    }

    /// All of it, from wherever an earlier run stopped.
    async fn replace(&self, from: usize, reached: &std::cell::Cell<usize>) -> Result<()> {
        let client_id = self.row().await?.app.client_id;
        for step in from..7 {
            reached.set(step);
            match step {
                0 => self.add().await?,
                // The platform does not know it yet: the one before is tried.
                1 | 3 | 5 => self.prove().await?,
                2 => self.at_platform(&client_id, false),
                4 => self.at_platform(&client_id, true),
                _ => {
                    let row = self.row().await?;
                    if row.previous.is_some() {
                        let write = move |conn: &mut storage::Conn<'_>| {
                            app_care::forget_previous(conn, &row)
                        };
                        self.world.cx.store.write("test.forget", write).await?;
                    }
                    self.prove().await?;
                }
            }
        }
        Ok(())
    }

    async fn is_well(&self) -> Result<()> {
        let (workspace, channel) = (self.world.workspace, self.channel);
        let read = self.world.store().read("test.primary", move |conn| {
            channel_grants::primary(conn, workspace, channel)
        });
        let on = read.await?.context("a login")?;
        ensure!(on.condition.health == Health::Healthy, "{on:?}");
        ensure!(self.world.grant(self.grant).await?.life == Life::Live);
        Ok(())
    }
}

/// Replaces the secret, killed at point `at`; the points that were passed.
async fn killed_at(under: Under, at: Option<usize>) -> Result<Vec<String>> {
    let mut stage = stage(under).await?;
    let reached = std::cell::Cell::new(0);
    stage.world.gate.arm(at);
    let ended = stage.world.gate.run(stage.replace(0, &reached)).await;
    let passed = stage.world.gate.passed();
    if let Ended::Killed(point) = &ended {
        stage.world.restart().await?;
        let (mut found, mut after) = (Vec::new(), stage.row().await?.generation);
        found.push(point.clone());
        // Whatever was cut off is done once more.
        stage.replace(reached.get(), &reached).await?;
        after = stage.row().await?.generation.max(after);
        ensure!(after == 2, "rotated once, after a kill at {found:?}");
    } else if let Ended::Finished(done) = ended {
        done?;
    }
    let row = stage.row().await?;
    ensure!(row.previous.is_none(), "the old one is forgotten");
    let Ok(secrets) = engine::login::open_app(&stage.world.cx.vault, &row) else {
        anyhow::bail!("the secret does not open");
    };
    ensure!(
        secrets
            .client_secret
            .is_some_and(|kept| kept.expose_secret() == NEXT)
    );
    stage.is_well().await?;
    Ok(passed)
}

#[tokio::test]
async fn a_secret_is_replaced_and_a_kill_anywhere_costs_no_login() -> Result<()> {
    let points = killed_at(Under::Sqlite, None).await?;
    assert!(points.len() > 20, "{points:?}");
    for (at, point) in points.iter().enumerate() {
        killed_at(Under::Sqlite, Some(at))
            .await
            .with_context(|| format!("killed at {at}: {point}"))?;
    }
    killed_at(Under::Postgres, None).await?;
    Ok(())
}
