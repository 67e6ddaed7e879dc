//! Nodes: machines on which the program is started, killed, stopped gracefully and started again.

use std::future::Future;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::chance::{ChaChaChance, Chance};
use domain::clock::Clock as _;
use domain::ids::{Id as _, IncarnationId};
use domain::schedule::{HOUR_MS, MINUTE_MS};
use engine::cx::{Bounds, Timer};
use engine::{Cx, Nudges, StorePictures, Threads, run};
use platforms::call::Reach;
use tokio_util::sync::CancellationToken;
use web::state::{Parts, Web, WebSettings};

use crate::book::Subject;
use crate::clock::sleep_ms;
use crate::fate::{Fate, Odds};
use crate::pictures::Remembering;
use crate::plan::Family;
use crate::stage::Stage;
use crate::wire::{PUBLIC, Wire};

/// Waits on virtual time.
struct Virtual;

#[async_trait]
impl Timer for Virtual {
    async fn pause(&self, millis: i64) {
        sleep_ms(millis).await;
    }
}

/// One run of the program.
pub struct Process {
    /// The engine's parts.
    pub cx: Cx,
    /// What becomes of it.
    pub fate: Arc<Fate>,
    /// Asks it to stop gracefully.
    pub stop: CancellationToken,
    /// What pages and API work with.
    pub web: Web,
}

impl Process {
    /// Does something in this process; none if it dies meanwhile.
    pub async fn within<F: Future>(&self, work: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            () = self.fate.dead.cancelled() => None,
            done = work => Some(done),
        }
    }
}

/// A machine.
pub struct Node {
    number: usize,
    now: Mutex<Option<Arc<Process>>>,
    up_since_ms: AtomicI64,
    starts: AtomicU64,
}

/// All machines.
pub struct Nodes(pub Vec<Arc<Node>>);

impl Nodes {
    /// So many machines.
    pub fn new(count: usize) -> Arc<Self> {
        let node = |number| {
            Arc::new(Node {
                number,
                now: Mutex::default(),
                up_since_ms: AtomicI64::new(i64::MAX),
                starts: AtomicU64::new(0),
            })
        };
        Arc::new(Self((0..count).map(node).collect()))
    }

    /// A process that runs, the first after `from`.
    pub fn any(&self, from: usize) -> Option<Arc<Process>> {
        let count = self.0.len();
        (0..count).find_map(|step| self.0[(from + step) % count].process())
    }

    /// Since when some process could work without hindrance; none if none can now.
    pub fn able_since_ms(&self, stage: &Stage) -> Option<i64> {
        let now = stage.sky.elapsed_ms();
        let database = stage.database.troubled_until_ms();
        if database > now {
            return None;
        }
        let able = |node: &Arc<Node>| {
            let process = node.process()?;
            let still = process.fate.still_until_ms();
            (still <= now).then(|| node.up_since_ms.load(Ordering::SeqCst).max(still))
        };
        let since = self.0.iter().filter_map(able).min()?;
        Some(since.max(database))
    }
}

impl Node {
    /// The process that runs on it.
    pub fn process(&self) -> Option<Arc<Process>> {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.clone()
            .filter(|process| !process.fate.dead.is_cancelled())
    }

    fn set(&self, process: Option<Arc<Process>>, stage: &Stage) {
        let up = if process.is_some() {
            stage.sky.elapsed_ms()
        } else {
            i64::MAX
        };
        self.up_since_ms.store(up, Ordering::SeqCst);
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = process;
    }

    /// Keeps the program running on this machine until all is over.
    pub async fn keep(self: Arc<Self>, stage: Arc<Stage>) {
        let chance = stage.chance_of("node", self.number as u64);
        while !stage.over.is_cancelled() {
            let process = self.start(&stage);
            let began = process.within(self.begin(&stage, &process)).await;
            if began.is_some() {
                self.set(Some(process.clone()), &stage);
                let all = run::keep_all(
                    Arc::new(process.cx.clone()),
                    "rehearsal",
                    process.stop.clone(),
                );
                process.within(all).await;
            }
            // Whatever is left of it is gone, also what people were doing in it.
            process.fate.end();
            self.set(None, &stage);
            sleep_ms(down_ms(&chance, stage.calm.is_cancelled())).await;
        }
    }

    /// The start of a program, tried again while the database is away.
    async fn begin(&self, stage: &Stage, process: &Process) {
        while let Err(error) = run::begin(&process.cx, "rehearsal").await {
            let line = format!("node {} cannot start: {error}", self.number);
            stage
                .book
                .note(stage.sky.now(), Subject::Node(self.number), line);
            sleep_ms(5_000).await;
        }
        let line = format!("node {} starts", self.number);
        stage
            .book
            .note(stage.sky.now(), Subject::Node(self.number), line);
    }

    fn start(&self, stage: &Arc<Stage>) -> Arc<Process> {
        let start = self.starts.fetch_add(1, Ordering::SeqCst);
        let number = self.number as u64 * 1_000_000 + start;
        let calm = stage.calm.is_cancelled();
        // Where nothing else goes wrong, there is room for more pauses.
        let often = if stage.plan.faults.len() == 1 { 10 } else { 1 };
        let odds = |family, millionths| {
            if stage.plan.has(family) && !calm {
                millionths
            } else {
                0
            }
        };
        let fate = Fate::new(
            self.number,
            &stage.sky,
            &stage.book,
            &stage.database,
            Odds {
                kill: odds(Family::Kills, 60),
                pause: odds(Family::Pauses, 40 * often),
                // One process alone can only be late; of several, another takes over.
                pause_in_call: odds(
                    Family::Pauses,
                    if stage.clocks.len() > 1 {
                        12_000 * often.min(5)
                    } else {
                        0
                    },
                ),
                answer_lost: odds(Family::Database, 60),
            },
            stage.seed_of("fate", number),
        );
        let clocks = stage.clocks[self.number].clocks();
        let chance: Arc<dyn Chance> =
            Arc::new(ChaChaChance::from_seed(stage.seed_of("process", number)));
        let me = IncarnationId::new(stage.clocks[self.number].now(), chance.as_ref());
        let wire = Arc::new(Wire::new(
            &stage.sim,
            &fate,
            &stage.watch,
            me,
            stage.seed_of("wire", number),
        ));
        let pictures = StorePictures::new(
            stage.media.clone(),
            stage.vault.clone(),
            Some(PUBLIC.to_owned()),
            clocks.security.clone(),
            Threads::Inline,
        );
        let cx = Cx {
            store: stage.store.with_gate(fate.clone()),
            vault: stage.vault.clone(),
            clocks,
            chance,
            transport: wire,
            pictures: Arc::new(Remembering {
                pictures,
                made: stage.made.clone(),
            }),
            nudges: Nudges::default(),
            flights: engine::Flights::default(),
            rounds: engine::Rounds::default(),
            timer: Arc::new(Virtual),
            me,
            reach: Reach::LoopbackToo,
            heard: Arc::default(),
            bounds: Bounds {
                in_flight: 8,
                longest_sleep_ms: HOUR_MS,
                beat_ms: 30 * MINUTE_MS,
                ..Bounds::default()
            },
        };
        let web = Web::new(Parts {
            cx: cx.clone(),
            media: stage.media.clone(),
            settings: WebSettings {
                public_url: stage.public.clone(),
                secure_cookies: true,
                demo: None,
            },
        });
        Arc::new(Process {
            cx,
            fate,
            stop: CancellationToken::new(),
            web,
        })
    }
}

/// How long a machine is down: mostly seconds, sometimes a night.
fn down_ms(chance: &ChaChaChance, calm: bool) -> i64 {
    let ms = match chance.below(20) {
        _ if calm => 1_000,
        0 => 3_600_000 + chance.below(6 * 3_600_000),
        1..=4 => 60_000 + chance.below(20 * 60_000),
        _ => 500 + chance.below(20_000),
    };
    i64::try_from(ms).unwrap_or(1_000)
}
