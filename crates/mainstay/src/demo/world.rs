//! The demo's world: the simulator and the product clock that it shares with Mainstay, and how both are
//! kept over a restart. What is played here is played by the engine itself, step by step.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::Timestamp;
use domain::clock::{Clock, Clocks, ProductClock, SystemClock};
use domain::schedule::{ms_between, plus_ms};
use engine::{Cx, run};
use simulator::{HttpFetch, Options, Simulator};
use storage::{Conn, Store, deliveries, installation};
use tokio_util::sync::CancellationToken;

use crate::commands::simulator::{FETCH_BYTES, FETCH_TIME};
use crate::trouble::{Result, Trouble};

/// Under which name the clock's offset is kept in the database.
const OFFSET: &str = "demo_clock_offset_ms";
/// The simulator's state, in the data folder.
const SNAPSHOT: &str = "simulator.json";
/// How often a changed simulator is written down, in milliseconds.
const KEEP_EVERY_MS: i64 = 1_000;
/// How many rounds of steps are played before the clock moves on in any case.
const ROUNDS: usize = 60;
/// How often work of the running reconcilers is waited for, and how long each time.
const WAITS: usize = 100;
const WAIT_MS: i64 = 30;

/// See the head of this file. Clones share everything.
#[derive(Clone)]
pub struct World {
    /// The stand-in platforms.
    pub simulator: Simulator,
    /// The clocks; only the product's is moved.
    pub clocks: Clocks,
    snapshot: PathBuf,
}

impl World {
    /// The world as it was kept, or a new one.
    ///
    /// # Errors
    /// When what was kept cannot be read.
    pub async fn open(data: &Path, origin: &str, store: &Store) -> Result<Self> {
        let offset = store
            .read("demo.offset", |conn| installation::value(conn, OFFSET))
            .await?;
        let offset = offset.and_then(|text| text.parse().ok()).unwrap_or(0);
        let product = Arc::new(ProductClock::new(Arc::new(SystemClock), offset));
        let ticks = product.clone();
        let simulator = Simulator::new(Options {
            clock: Arc::new(move || ticks.now().as_millisecond()),
            seed: 7,
            fetch: Arc::new(HttpFetch::new(FETCH_BYTES, FETCH_TIME)),
            origin: origin.to_owned(),
        });
        let snapshot = data.join(SNAPSHOT);
        if let Ok(text) = tokio::fs::read(&snapshot).await {
            let damaged = |error: &dyn std::fmt::Display| {
                Trouble::new(
                    format!("{} cannot be read: {error}", snapshot.display()),
                    "delete the demo's data folder to begin anew",
                )
            };
            let value = serde_json::from_slice(&text).map_err(|error| damaged(&error))?;
            simulator.restore(value).map_err(|error| damaged(&error))?;
        }
        let clocks = Clocks {
            product,
            ..Clocks::system()
        };
        Ok(Self {
            simulator,
            clocks,
            snapshot,
        })
    }

    /// Moves the product clock there and keeps where it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn move_to(&self, cx: &Cx, to: Timestamp) -> Result<()> {
        self.clocks
            .product
            .jump_ms(ms_between(self.clocks.now(), to));
        self.keep_clock(cx).await
    }

    async fn keep_clock(&self, cx: &Cx) -> Result<()> {
        let offset = self.clocks.product.offset_ms().to_string();
        cx.store
            .write("demo.offset", move |conn: &mut Conn<'_>| {
                installation::set_value(conn, OFFSET, &offset)
            })
            .await?;
        Ok(())
    }

    /// Plays until then: the clock jumps from one thing that is due to the next, at most `stride_ms` at
    /// a time, and the engine does what is due. Stops early, at a whole step, after `most_ms` of real
    /// time. The moment that was reached.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn play_until(
        &self,
        cx: &Cx,
        until: Timestamp,
        stride_ms: i64,
        most_ms: i64,
    ) -> Result<Timestamp> {
        let begun = self.clocks.boot.boot_ms();
        loop {
            self.settle(cx).await?;
            let now = cx.now();
            if now >= until || self.clocks.boot.boot_ms() - begun > most_ms {
                break;
            }
            let due = cx
                .store
                .read("demo.next", move |conn| deliveries::next_act(conn, now))
                .await?;
            let next = due
                .into_iter()
                .chain([plus_ms(now, stride_ms), until])
                .min()
                .unwrap_or(until);
            // A little after, so that "at that moment" has come for everybody who compares.
            self.clocks.product.jump_ms(ms_between(now, next) + 20);
            cx.nudges.nudge_all();
        }
        self.keep_clock(cx).await?;
        Ok(cx.now())
    }

    /// Lets the engine do everything that is due now, and waits for what its own tasks have begun.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle(&self, cx: &Cx) -> Result<()> {
        for _ in 0..WAITS {
            let found = run::until_idle(cx, ROUNDS).await?;
            let now = cx.now();
            // A claim of the running tasks holds its rows: they are overdue until it is done.
            let overdue = cx
                .store
                .read("demo.overdue", move |conn| {
                    storage::happened::overdue(conn, now)
                })
                .await?;
            if overdue == 0 && found == 0 {
                return Ok(());
            }
            if overdue > 0 && found == 0 {
                cx.timer.pause(WAIT_MS).await;
            }
        }
        Ok(())
    }

    /// Writes the simulator down now.
    pub async fn keep(&self) {
        let (simulator, path) = (self.simulator.clone(), self.snapshot.clone());
        let written = tokio::task::spawn_blocking(move || {
            let text = serde_json::to_vec(&simulator.snapshot()).map_err(std::io::Error::other)?;
            let beside = path.with_extension("new");
            std::fs::write(&beside, text)?;
            std::fs::rename(&beside, &path)
        });
        if let Ok(Err(error)) = written.await {
            tracing::warn!(%error, "the simulator could not be written down");
        }
    }

    /// Writes the simulator down as often as it changes, until `stop`, and once more then.
    pub async fn keep_up(self, stop: CancellationToken, timer: Arc<dyn engine::Timer>) {
        let mut kept = self.simulator.revision();
        while !stop.is_cancelled() {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = timer.pause(KEEP_EVERY_MS) => {}
            }
            let now = self.simulator.revision();
            if now != kept {
                self.keep().await;
                kept = now;
            }
        }
        self.keep().await;
    }
}
