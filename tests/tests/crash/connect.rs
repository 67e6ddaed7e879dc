//! A sign-in, killed at every point from the first click to the proof: a first connection, and the refresh of a
//! channel that has a login. The person comes back: loads the page again, goes on, or signs in again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result, ensure};
use domain::connect::ConnectPhase;
use domain::grant::Life;
use domain::health::Health;
use domain::ids::{AppId, ChannelId};
use domain::platform::LoginFlow;
use domain::schedule::{HOUR_MS, MINUTE_MS, plus_ms};
use engine::connect::{self, ConnectError};
use engine::run;
use simulator::Simulator;
use simulator::instagram::{NewAccount, NewPage, NewPerson};
use simulator::visitor::Visitor;
use storage::connect_sessions::ConnectSession;
use testing::kill::Ended;
use testing::world::Under;

use super::ENGINES;
use crate::connecting::harbour::{Back, Harbour, back};

/// A way in.
const CASES: [LoginFlow; 3] = [
    LoginFlow::Instagram,
    LoginFlow::Facebook,
    LoginFlow::Bluesky,
];

const USERNAME: &str = "tide.and.tern";
const BLUESKY_HANDLE: &str = "tide-and-tern.bsky.social";

/// Who signs in there, and the account that is meant: new and empty, so that nothing is read back.
struct Case {
    signs_in: String,
    handle: &'static str,
    account: String,
}

impl Case {
    fn of(flow: LoginFlow, sim: &Simulator) -> Self {
        if flow == LoginFlow::Bluesky {
            sim.add_bluesky_account(BLUESKY_HANDLE, "Tide & Tern");
            return Self {
                signs_in: BLUESKY_HANDLE.to_owned(),
                handle: BLUESKY_HANDLE,
                account: String::new(),
            };
        }
        let account = sim.add_instagram_account(NewAccount {
            username: USERNAME.to_owned(),
            name: "Tide & Tern".to_owned(),
            ..NewAccount::default()
        });
        let mut signs_in = USERNAME.to_owned();
        if flow == LoginFlow::Facebook {
            signs_in = sim.add_facebook_person(NewPerson {
                id: None,
                name: "Ida Tern".to_owned(),
            });
            let tasks = ["MANAGE", "CREATE_CONTENT", "ANALYZE"].map(str::to_owned);
            sim.add_page(NewPage {
                id: None,
                name: "Tide & Tern".to_owned(),
                instagram: Some(account.clone()),
                tasks: vec![(signs_in.clone(), tasks.to_vec())],
            });
        }
        Self {
            signs_in,
            handle: USERNAME,
            account,
        }
    }
}

/// What a person's browser holds. It outlives a kill of ours.
#[derive(Default)]
struct Browser {
    went: bool,
    back: Option<Arc<Back>>,
}

struct Ready {
    harbour: Harbour,
    case: Case,
    app: AppId,
    channel: Option<ChannelId>,
    browser: Mutex<Browser>,
}

/// Where a person found things after a kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    /// It was done, or loading the page again went on with it.
    GoesOn,
    /// The browser had not been sent to the platform: the button is pressed again.
    PressesAgain,
    /// The platform had answered or was about to; the answer is gone with the run.
    SignsInAgain,
}

async fn ready(under: Under, flow: LoginFlow, refresh: bool) -> Result<Ready> {
    let harbour = Harbour::under(under).await?;
    let case = Case::of(flow, &harbour.world.sim);
    let app = harbour.app(flow).await?;
    let mut ready = Ready {
        harbour,
        case,
        app,
        channel: None,
        browser: Mutex::default(),
    };
    if refresh {
        ready.journey().await?;
        run::until_idle(&ready.harbour.world.cx, 20).await?;
        ready.harbour.world.clock.advance_ms(HOUR_MS);
        ready.channel = Some(ready.harbour.channel(ready.case.handle).await?.id);
        ready.browser = Mutex::default();
    }
    Ok(ready)
}

impl Ready {
    fn browser<T>(&self, f: impl FnOnce(&mut Browser) -> T) -> T {
        f(&mut self
            .browser
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// The whole way, from the button on.
    async fn journey(&self) -> Result<ConnectSession> {
        let harbour = &self.harbour;
        let mut ask = harbour.ask(self.app, self.channel);
        ask.hint = Some(self.case.signs_in.clone());
        let begun = connect::begin(&harbour.world.cx, ask).await?;
        self.browser(|browser| browser.went = true);
        let url = Visitor::agree(&harbour.world.sim, &begun.url, &self.case.signs_in, &[]).await?;
        self.browser(|browser| browser.back = back(begun, &url).ok().map(Arc::new));
        self.load().await?.context("the way back was refused")
    }

    /// Loads the page to which the platform sends: again and again, as often as a person would.
    async fn load(&self) -> Result<Option<ConnectSession>> {
        let Some(back) = self.browser(|browser| browser.back.clone()) else {
            return Ok(None);
        };
        let mut row = match self.harbour.finish(&back).await {
            Ok(row) => row,
            Err(ConnectError::Refused(_)) => return Ok(None),
            Err(other) => return Err(other.into()),
        };
        let world = &self.harbour.world;
        for _ in 0..8 {
            row = match row.phase {
                phase if phase.is_end() => break,
                ConnectPhase::Choosing => {
                    let chosen = [self.case.account.clone()];
                    connect::choose(&world.cx, world.workspace, row.id, &chosen).await?
                }
                _ => {
                    world.clock.advance_ms(MINUTE_MS);
                    connect::go_on(&world.cx, world.workspace, row.id).await?
                }
            };
        }
        Ok(Some(row))
    }

    /// After a kill: what a person finds, and does until it works.
    async fn come_back(&self) -> Result<Found> {
        let row = self.load().await?;
        if row.is_some_and(|row| row.phase == ConnectPhase::Done) {
            return Ok(Found::GoesOn);
        }
        let found = if self.browser(|browser| browser.went) {
            Found::SignsInAgain
        } else {
            Found::PressesAgain
        };
        let row = self.journey().await?;
        ensure!(row.phase == ConnectPhase::Done, "signing in again: {row:?}");
        Ok(found)
    }

    /// Nothing is half there, at any moment: whatever says that it is well has a living login which opens,
    /// and a login that there was before is not lost before another is proven.
    async fn nothing_is_half_linked(&self) -> Result<()> {
        let world = &self.harbour.world;
        for channel in self.harbour.channels().await? {
            let logins = self.harbour.logins(channel.id).await?;
            ensure!(!logins.is_empty(), "a channel without any login");
            for on in &logins {
                if on.condition.health != Health::Healthy {
                    continue;
                }
                let grant = world.grant(on.grant).await?;
                engine::login::open_tokens(&world.cx.vault, &grant)?;
            }
            if Some(channel.id) == self.channel {
                let primary = self.harbour.primary(channel.id).await?;
                let grant = world.grant(primary.grant).await?;
                ensure!(
                    grant.life == Life::Live && primary.condition.health == Health::Healthy,
                    "the login that worked is lost: {:?}, {:?}",
                    grant.life,
                    primary.condition
                );
            }
        }
        Ok(())
    }

    /// One channel of the account, well, with one login in use, and it stays so.
    async fn all_is_well(&self) -> Result<()> {
        let world = &self.harbour.world;
        world
            .run_until(plus_ms(world.cx.now(), 3 * HOUR_MS))
            .await?;
        let channels = self.harbour.channels().await?;
        ensure!(channels.len() == 1, "{} channels", channels.len());
        let primary = self.harbour.primary(channels[0].id).await?;
        ensure!(
            primary.condition.health == Health::Healthy,
            "{:?}",
            primary.condition
        );
        ensure!(world.grant(primary.grant).await?.life == Life::Live);
        let (workspace, channel) = (world.workspace, channels[0].id);
        let read = move |conn: &mut storage::Conn<'_>| {
            storage::notices::of_channel(conn, workspace, channel)
        };
        let told = world.store().read("test", read).await?;
        ensure!(told.is_empty(), "nobody need be told anything: {told:?}");
        Ok(())
    }

    /// The journey, killed at point `at` and come back to, if there is one.
    async fn go(&mut self, at: Option<usize>) -> Result<Option<(String, Found)>> {
        let gate = self.harbour.world.gate.clone();
        gate.arm(at);
        let point = match gate.run(self.journey()).await {
            Ended::Finished(row) => {
                ensure!(row?.phase == ConnectPhase::Done);
                return Ok(None);
            }
            Ended::Killed(point) => point,
        };
        self.nothing_is_half_linked().await?;
        let before = exchanges(&gate.passed());
        self.harbour.world.restart().await?;
        let found = self.come_back().await?;
        let after = exchanges(&gate.passed());
        // One sign-in is one code, handed in once, whoever comes back with it how often.
        let once = if found == Found::GoesOn {
            before + after <= 1
        } else {
            before <= 1 && after == 1
        };
        ensure!(
            once,
            "killed at {point}: the code was handed in {before} and {after} times, {found:?}"
        );
        Ok(Some((point, found)))
    }
}

/// How often a code was handed in. Where the platform asks for a nonce first, that is one handing in.
fn exchanges(passed: &[String]) -> usize {
    let calls = passed
        .iter()
        .filter(|point| {
            matches!(
                point.as_str(),
                "call:instagram.code:before" | "call:bluesky.code:before"
            )
        })
        .count();
    let nonce = passed
        .iter()
        .any(|point| point.starts_with("call:bluesky.code"));
    if nonce { calls.div_ceil(2) } else { calls }
}

/// Kills at every point of a journey, on both engines. What was found, by the name of the point.
async fn every_point(flow: LoginFlow, refresh: bool) -> Result<String> {
    let mut tables = Vec::new();
    for under in ENGINES {
        let mut quiet = ready(under, flow, refresh).await?;
        quiet.go(None).await?;
        let passed = quiet.harbour.world.gate.passed();
        quiet.all_is_well().await?;
        let mut found: BTreeMap<String, BTreeSet<Found>> = BTreeMap::new();
        for (at, name) in passed.iter().enumerate() {
            let mut ready = ready(under, flow, refresh).await?;
            let (point, came) = ready.go(Some(at)).await?.context("it was not killed")?;
            ensure!(point == *name, "another way: {point}, not {name}");
            ready
                .all_is_well()
                .await
                .with_context(|| format!("{flow} on {under:?}, killed at {point}"))?;
            found.entry(point).or_default().insert(came);
        }
        let lines = found
            .iter()
            .map(|(point, found)| format!("{point} {found:?}"));
        tables.push(lines.collect::<Vec<_>>().join("\n"));
    }
    ensure!(tables[0] == tables[1], "the engines differ: {tables:#?}");
    Ok(tables.remove(0))
}

/// What is lost at which point. A new line, or another word, wants a thought.
async fn known(flow: LoginFlow, refresh: bool) -> Result<()> {
    let table = every_point(flow, refresh).await?;
    let kind = if refresh { "refresh" } else { "first" };
    insta::assert_snapshot!(format!("connect-{flow}-{kind}"), table);
    Ok(())
}

#[tokio::test]
async fn instagram_for_the_first_time() -> Result<()> {
    known(CASES[0], false).await
}

#[tokio::test]
async fn instagram_again() -> Result<()> {
    known(CASES[0], true).await
}

#[tokio::test]
async fn through_facebook_for_the_first_time() -> Result<()> {
    known(CASES[1], false).await
}

#[tokio::test]
async fn through_facebook_again() -> Result<()> {
    known(CASES[1], true).await
}

#[tokio::test]
async fn bluesky_for_the_first_time() -> Result<()> {
    known(CASES[2], false).await
}

#[tokio::test]
async fn bluesky_again() -> Result<()> {
    known(CASES[2], true).await
}
