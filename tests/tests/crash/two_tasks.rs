//! Two tasks on one login: one renews it, another's call with the old token is refused for good meanwhile.
//! What was refused is the old token set, and the login goes on with the new one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use domain::grant::Life;
use domain::health::Health;
use domain::ids::{ChannelId, GrantId};
use domain::platform::{LoginFlow, Platform};
use domain::schedule::DAY_MS;
use engine::renew::Came;
use engine::watch::Probed;
use engine::{Cx, login, renew, run, trouble, watch};
use platforms::http::{Request, Response, SendError, Transport};
use simulator::instagram::NewAccount;
use storage::Gate;
use testing::sim::SimTransport;
use testing::world::{Under, World};
use tokio::sync::Notify;

use super::ENGINES;

const USERNAME: &str = "tide.and.tern";

/// Holds whoever comes to one point until it is let go.
pub(super) struct Hold {
    at: &'static str,
    pub(super) reached: Notify,
    pub(super) released: Notify,
}

impl Hold {
    pub(super) fn new(at: &'static str) -> Arc<Self> {
        Arc::new(Self {
            at,
            reached: Notify::new(),
            released: Notify::new(),
        })
    }
}

impl Gate for Hold {
    fn pass<'a>(&'a self, point: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            if point == self.at {
                self.reached.notify_one();
                self.released.notified().await;
            }
        })
    }
}

/// Answers the probe as the platform does when the password was changed: documented, final.
struct Refuses(SimTransport);

#[async_trait]
impl Transport for Refuses {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let refused = request.operation == "instagram.probe";
        let answer = self.0.send(request).await?;
        if !refused {
            return Ok(answer);
        }
        let body = r#"{"error":{"message":"Error validating access token","type":"OAuthException","code":190,"error_subcode":460}}"#;
        Ok(Response {
            status: 400,
            body: Bytes::from_static(body.as_bytes()),
            ..answer
        })
    }
}

struct Ready {
    world: World,
    channel: ChannelId,
    grant: GrantId,
}

/// A login that may be renewed: old enough, and not yet due by itself.
async fn ready(under: Under) -> Result<Ready> {
    let world = World::new(under, 23).await?;
    let app = world.app(Platform::Instagram, LoginFlow::Instagram).await?;
    world.sim.add_instagram_account(NewAccount {
        username: USERNAME.to_owned(),
        name: "Tide & Tern".to_owned(),
        ..NewAccount::default()
    });
    let (channel, grant) = world.link(app, USERNAME, USERNAME).await?;
    run::until_idle(&world.cx, 20).await?;
    world.clock.advance_ms(2 * DAY_MS);
    Ok(Ready {
        world,
        channel,
        grant,
    })
}

impl Ready {
    async fn rows(&self) -> Result<login::LoginRows> {
        let (workspace, channel) = (self.world.workspace, self.channel);
        let read = self.world.store().read("test", move |conn| {
            login::read(conn, workspace, channel, None)
        });
        read.await?.context("a login")
    }

    /// A node of its own, which does what the other does with the same rows.
    fn another(&self) -> Cx {
        Cx {
            me: self.world.cx.ids().make(),
            transport: Arc::new(Refuses(SimTransport::new(&self.world.sim))),
            store: self.world.store().clone(),
            ..self.world.cx.clone()
        }
    }
}

async fn lives_on(ready: &Ready, under: Under) -> Result<()> {
    let grant = ready.world.grant(ready.grant).await?;
    ensure!(
        grant.life == Life::Live && grant.generation == 2,
        "on {under:?}: {:?} at generation {}",
        grant.life,
        grant.generation
    );
    run::until_idle(&ready.world.cx, 20).await?;
    ready.world.clock.advance_ms(DAY_MS);
    run::until_idle(&ready.world.cx, 20).await?;
    let health = ready.rows().await?.on.condition.health;
    ensure!(health == Health::Healthy, "on {under:?}: {health}");
    let (workspace, channel) = (ready.world.workspace, ready.channel);
    let read =
        move |conn: &mut storage::Conn<'_>| storage::notices::of_channel(conn, workspace, channel);
    let told = ready.world.store().read("test", read).await?;
    ensure!(told.is_empty(), "nobody need be told: {told:?}");
    Ok(())
}

/// The platform has answered the renewal, and the answer is not durable yet.
#[tokio::test]
async fn a_refusal_while_a_renewal_is_under_way_ends_nothing() -> Result<()> {
    for under in ENGINES {
        let ready = ready(under).await?;
        let hold = Hold::new("renew.answer:before");
        let renews = Cx {
            store: ready.world.store().with_gate(hold.clone()),
            ..ready.world.cx.clone()
        };
        let rows = ready.rows().await?;
        let other = ready.another();
        let probing = async {
            hold.reached.notified().await;
            let probed = watch::probe(&other, rows).await;
            hold.released.notify_one();
            probed
        };
        let workspace = ready.world.workspace;
        let (came, probed) =
            tokio::join!(renew::renew_one(&renews, workspace, ready.grant), probing);
        ensure!(probed? == Probed::Not(trouble::Came::Passing));
        ensure!(came? == Came::Renewed, "the answer was kept");
        lives_on(&ready, under).await?;
    }
    Ok(())
}

/// The call left with the old token; by the time that its refusal is here the login has been renewed.
#[tokio::test]
async fn a_refusal_that_comes_after_a_renewal_is_of_the_old_token() -> Result<()> {
    for under in ENGINES {
        let ready = ready(under).await?;
        let hold = Hold::new("call:instagram.probe:after");
        let rows = ready.rows().await?;
        let sim = SimTransport::new(&ready.world.sim).with_gate(hold.clone());
        let other = Cx {
            transport: Arc::new(Refuses(sim)),
            ..ready.another()
        };
        let renewing = async {
            hold.reached.notified().await;
            let came = renew::renew_one(&ready.world.cx, ready.world.workspace, ready.grant).await;
            hold.released.notify_one();
            came
        };
        let (probed, came) = tokio::join!(watch::probe(&other, rows), renewing);
        ensure!(came? == Came::Renewed);
        ensure!(probed? == Probed::Not(trouble::Came::Passing));
        lives_on(&ready, under).await?;
    }
    Ok(())
}

/// Without any renewal the same answer is believed: the tests above do not pass because nothing ends.
#[tokio::test]
async fn the_same_refusal_alone_is_final() -> Result<()> {
    let ready = ready(Under::Sqlite).await?;
    let rows = ready.rows().await?;
    let probed = watch::probe(&ready.another(), rows).await?;
    ensure!(
        matches!(probed, Probed::Not(trouble::Came::Dead(_))),
        "{probed:?}"
    );
    let grant = ready.world.grant(ready.grant).await?;
    ensure!(matches!(grant.life, Life::Dead { .. }));
    Ok(())
}
