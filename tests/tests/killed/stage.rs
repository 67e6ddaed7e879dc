//! What stands before the first round: the simulator, a first start, a key, every channel connected.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use domain::chance::{ChaChaChance, Chance};
use simulator::instagram::Settings;
use simulator::{HttpFetch, Options, Simulator};
use tokio::net::TcpListener;

use super::channels::Harbour;
use super::door::Door;
use super::node::Plan;
use super::owner::Owner;
use super::report::Report;
use super::rounds::{Rounds, Under, now};

/// The first round on PostgreSQL in which a node falls asleep for so long, and the rounds from its waking to the next.
pub const LONG_PAUSE: (u64, u64) = (5, 10);
/// The furnished apps of the simulator, and their secrets.
const APPS: [(&str, &str); 2] = [
    ("7000000000000001", "simulator-instagram-secret"),
    ("7000000000000002", "simulator-facebook-secret"),
];
/// From so many rounds on all platforms take part.
const MANY: u64 = 20;

/// The settings of every node; hosts are paths of the simulator.
fn settings(data: &str, public: &str, origin: &str) -> String {
    let [(instagram, instagram_secret), (facebook, facebook_secret)] = APPS;
    format!(
        r#"[server]
public_url = "{public}"
[data]
folder = "{data}"
[platforms.instagram.instagram]
client_id = "{instagram}"
client_secret = "{instagram_secret}"
[platforms.instagram.instagram.hosts]
dialog = "{origin}/www.instagram.com"
token = "{origin}/api.instagram.com"
graph = "{origin}/graph.instagram.com"
[platforms.instagram.facebook]
client_id = "{facebook}"
client_secret = "{facebook_secret}"
[platforms.instagram.facebook.hosts]
dialog = "{origin}/www.facebook.com"
graph = "{origin}/graph.facebook.com"
[platforms.facebook.facebook]
client_id = "{facebook}"
client_secret = "{facebook_secret}"
[platforms.facebook.facebook.hosts]
dialog = "{origin}/www.facebook.com"
graph = "{origin}/graph.facebook.com"
[platforms.bluesky.bluesky.hosts]
plc = "{origin}/plc.directory"
resolver = "{origin}"
appview = "{origin}"
"#
    )
}

/// The simulator in this process, which is never killed, on a port of its own.
async fn simulated(seed: u64, redirect: &str) -> Result<(Simulator, String)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let sim = Simulator::new(Options {
        clock: Arc::new(|| now().as_millisecond()),
        seed,
        fetch: Arc::new(HttpFetch::new(16 << 20, Duration::from_secs(20))),
        origin: origin.clone(),
    });
    sim.furnish_default();
    for (handle, name) in super::channels::MORE {
        sim.add_bluesky_account(handle, name);
    }
    for (app, _) in APPS {
        sim.allow_redirect(app, redirect);
    }
    // Real time passes here: nothing may wait for a platform longer than a round takes.
    sim.set_settings(Settings {
        container_ms: 0,
        quota_total: 1_000_000,
        ..Settings::default()
    });
    tokio::spawn(simulator::serve(
        sim.clone(),
        listener,
        std::future::pending(),
    ));
    Ok((sim, origin))
}

impl Rounds {
    /// A first start, a key, and every channel connected.
    pub async fn begin(under: Under, seed: u64, rounds: u64) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("ms-kill-").tempdir()?;
        let chance: Arc<dyn Chance> = Arc::new(ChaChaChance::from_seed(seed));
        let door = Door::open().await?;
        let public = format!("http://{}", door.address);
        let redirect = format!("{public}{}", web::urls::OauthCallbackPlain::PATH);
        let (sim, origin) = simulated(seed, &redirect).await?;
        let database = match under {
            Under::Sqlite => None,
            Under::Postgres => Some(testing::postgres::fresh_database().await?),
        };
        let data = folder.path().join("data");
        let settings = settings(&data.to_string_lossy(), &public, &origin);
        let plan = Plan::new(folder.path(), &settings, database)?;
        let first = plan.start(0, true, chance.as_ref()).await?;
        door.let_in(first.address);
        let code = first.code.clone().context("a code")?;
        let owner = Owner::first(&public, &code).await?;
        let sets = owner.get("/api/v1/social-sets").await?;
        let set = sets["items"][0]["id"].as_str().context("a set")?.to_owned();
        let harbour = Harbour {
            owner: &owner,
            sim: &sim,
            chance: chance.as_ref(),
        };
        let channels = harbour.connect_all(&set, rounds >= MANY).await?;
        let mut nodes = vec![first];
        if under == Under::Postgres {
            let second = plan.start(1, false, chance.as_ref()).await?;
            door.let_in(second.address);
            nodes.push(second);
        }
        Ok(Self {
            under,
            seed,
            chance,
            begun_at: now(),
            plan,
            nodes,
            asleep: None,
            next_sleep: LONG_PAUSE.0,
            door,
            sim,
            owner,
            set,
            channels,
            books: Vec::new(),
            open: BTreeSet::new(),
            met: BTreeMap::new(),
            report: Report::default(),
            losing: 0,
            folder,
        })
    }
}
