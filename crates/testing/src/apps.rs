//! Apps of the installation for tests, registered at the simulator.

use anyhow::{Context as _, Result};
use domain::app::{App, AppOwner};
use domain::ids::{AppId, Id as _};
use domain::platform::{LoginFlow, Platform};
use engine::Cx;
use simulator::Simulator;
use simulator::instagram::{Flow, NewApp};
use storage::apps::{self, AppRow};
use vault::{Purpose, places};

use crate::sim::PUBLIC;

/// Where an app is made: in this store, and at this simulator.
pub struct At<'a> {
    /// The engine's parts.
    pub cx: &'a Cx,
    /// The platforms.
    pub sim: &'a Simulator,
}

/// Makes an app of the installation and registers it.
///
/// # Errors
/// When it cannot be stored.
pub async fn add(at: &At<'_>, platform: Platform, flow: LoginFlow) -> Result<AppId> {
    let facts = platforms::registry::get(platform)
        .context("an adapter")?
        .facts()
        .flow(flow)
        .context("a flow")?;
    let now = at.cx.now();
    let id = AppId::new(now, at.cx.chance.as_ref());
    let scopes: Vec<String> = facts
        .scopes
        .iter()
        .map(|scope| scope.scope.to_owned())
        .collect();
    let redirect_uri = format!("{PUBLIC}/oauth/callback/{platform}");
    let known = match flow {
        LoginFlow::Bluesky => None,
        LoginFlow::Instagram => Some(Flow::Instagram),
        LoginFlow::Facebook => Some(Flow::Facebook),
    };
    let (client_id, secret) = match known {
        Some(flow) => {
            let (id, secret) = at.sim.add_app(NewApp::of(flow, "Mainstay", &redirect_uri));
            (id, Some(secret))
        }
        None => (
            platforms::bluesky::loopback_client_id(&redirect_uri, &scopes),
            None,
        ),
    };
    let place = places::app_secret(None, id, 1);
    let seal = |secret: String| {
        at.cx.vault.seal(
            Purpose::AppSecret,
            &place,
            &secret.into(),
            at.cx.chance.as_ref(),
        )
    };
    let secret_sealed = secret.map(seal).transpose()?.map(vault::Sealed::into_bytes);
    let app = App {
        id,
        owner: AppOwner::Installation,
        platform,
        flow,
        client_id,
        redirect_uri,
        api_version: facts.api_version.to_owned(),
        scopes,
        hosts: crate::world::hosts(facts.hosts),
    };
    let row = AppRow::new(app, secret_sealed, None);
    at.cx
        .store
        .write("testing.app", move |conn| apps::insert(conn, &row, now))
        .await?;
    Ok(id)
}
