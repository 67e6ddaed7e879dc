//! Running the reconcilers: one task each in a served program; one step after the other in a run that
//! must repeat itself. Also the start (what a vanished incarnation held) and the graceful stop.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Timestamp;
use domain::schedule::{DAY_MS, ms_between, plus_ms};
use storage::nodes::{self, Node};
use storage::{Conn, EngineKind, channel_grants, channels, deliveries, grants};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cx::{Cx, Timer};
use crate::error::Result;
use crate::nudge::Task;
use crate::reconciler::Report;
use crate::{app_secret, connect, due, publish, settle, sync, watch};

/// Waits on the runtime's own timer.
pub struct RealTimer;

#[async_trait]
impl Timer for RealTimer {
    async fn pause(&self, millis: i64) {
        tokio::time::sleep(std::time::Duration::from_millis(
            u64::try_from(millis).unwrap_or(0),
        ))
        .await;
    }
}

/// Takes exactly one step of one reconciler.
///
/// # Errors
/// When its claim fails; the next step tries again.
pub async fn step(cx: &Cx, task: Task) -> Result<Report> {
    match task {
        Task::Renew => due::step(cx).await,
        Task::Publish => publish::step(cx).await,
        Task::Settle => settle::step(cx).await,
        Task::Sync => sync::step(cx).await,
        Task::Watch => watch::step(cx).await,
    }
}

/// Steps all reconcilers in turn until none finds anything: the one-thread form. Answers how many steps
/// found something.
///
/// # Errors
/// When a claim fails.
pub async fn until_idle(cx: &Cx, most_rounds: usize) -> Result<usize> {
    let mut busy = 0;
    for _ in 0..most_rounds {
        let mut found = false;
        for task in Task::ALL {
            let report = step(cx, task).await?;
            found |= !report.is_empty();
            busy += usize::from(!report.is_empty());
        }
        if !found {
            break;
        }
    }
    Ok(busy)
}

/// When something is next due for any reconciler; the one-thread form jumps there.
///
/// # Errors
/// When the database fails.
pub async fn next_due(cx: &Cx) -> Result<Option<Timestamp>> {
    let mut next: Option<Timestamp> = None;
    for task in Task::ALL {
        next = [next, due_of(cx, task).await?].into_iter().flatten().min();
    }
    Ok(next)
}

async fn due_of(cx: &Cx, task: Task) -> Result<Option<Timestamp>> {
    let now = cx.now();
    let (clock_now, call_ms) = (cx.clocks.security.now(), cx.bounds.call_ms);
    let read = move |conn: &mut Conn<'_>| match task {
        Task::Renew => grants::next_due(conn),
        Task::Publish | Task::Settle => {
            let act = deliveries::next_act(conn, now)?;
            // A node that stands still may hold one, or may have held one and gone on without it: it is taken up when
            // its lease and a call are over, and in a second where they have long been.
            let free = deliveries::next_free(conn, now)?.map(|until| {
                let wait_ms = ms_between(clock_now, until) + call_ms + 1_000;
                plus_ms(now, wait_ms.max(1_000))
            });
            Ok([act, free].into_iter().flatten().min())
        }
        Task::Sync => channels::next_sync(conn),
        Task::Watch => channel_grants::next_probe(conn),
    };
    Ok(cx.store.read("run.next_due", read).await?)
}

/// The start of an incarnation. On SQLite the process lock proves that no other runs, so what vanished
/// ones held is free at once; on PostgreSQL their leases run out.
///
/// # Errors
/// When the database fails.
pub async fn begin(cx: &Cx, program: &str) -> Result<()> {
    beat(cx, program).await?;
    if cx.store.kind() == EngineKind::Sqlite {
        let me = cx.me;
        let write = move |conn: &mut Conn<'_>| {
            Ok(grants::reclaim(conn, me)?
                + channel_grants::reclaim(conn, me)?
                + deliveries::reclaim(conn, me)?)
        };
        let freed = cx.store.write("run.reclaim", write).await?;
        if freed > 0 {
            tracing::info!(freed, "work that an earlier run held is taken up");
        }
    }
    Ok(())
}

async fn beat(cx: &Cx, program: &str) -> Result<()> {
    let now = cx.clocks.security.now();
    let node = Node {
        incarnation: cx.me,
        started_at: now,
        beat_at: now,
        program: program.to_owned(),
        schema_number: storage::Store::program_schema_number(),
        opens_keys: cx.vault.ring().opening_text(),
    };
    let write = move |conn: &mut Conn<'_>| {
        nodes::beat(conn, &node)?;
        nodes::forget(conn, plus_ms(now, -DAY_MS)).map(|_| ())
    };
    cx.store.write("run.beat", write).await?;
    Ok(())
}

/// All reconcilers and the heartbeat in one task, until `stop`: dropping it is what a kill does. The
/// rehearsal runs its processes like this; a served program gives each a task of its own ([`Running`]).
pub async fn keep_all(cx: Arc<Cx>, program: &'static str, stop: CancellationToken) {
    let [first, second, third, fourth, fifth] =
        Task::ALL.map(|task| keep_running(cx.clone(), task, stop.clone()));
    tokio::join!(
        biased;
        first,
        second,
        third,
        fourth,
        fifth,
        keep_beating(cx.clone(), program, stop.clone())
    );
}

/// The reconcilers of a served program.
pub struct Running {
    cx: Cx,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// Starts a task for each reconciler, and the heartbeat.
    #[must_use]
    pub fn start(cx: Cx, program: &'static str) -> Self {
        let running = Self {
            cx,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let cx = Arc::new(running.cx.clone());
        for task in Task::ALL {
            running
                .tasks
                .spawn(keep_running(cx.clone(), task, running.stop.clone()));
        }
        running
            .tasks
            .spawn(keep_beating(cx, program, running.stop.clone()));
        running.tasks.close();
        running
    }

    /// Stops gracefully: no step begins any more, those under way are finished, renewals above all.
    /// False where that took longer than `most_ms` (security time does not matter here; the timer's does).
    pub async fn stop(self, most_ms: i64) -> bool {
        self.stop.cancel();
        tokio::select! {
            biased;
            () = self.tasks.wait() => {}
            () = self.cx.timer.pause(most_ms) => return false,
        }
        let me = self.cx.me;
        let left = self
            .cx
            .store
            .write("run.leave", move |conn| nodes::leave(conn, me))
            .await;
        if let Err(error) = left {
            tracing::warn!(%error, "this run could not take itself off the list of nodes");
        }
        true
    }
}

async fn keep_running(cx: Arc<Cx>, task: Task, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let wait_ms = match step(&cx, task).await {
            Ok(report) if report.more => 0,
            Ok(_) => sleep_ms(&cx, task).await,
            Err(error) => {
                tracing::warn!(task = task.name(), %error, "a step failed and is tried again");
                1_000
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = cx.nudges.wait(task) => {}
            () = cx.timer.pause(wait_ms) => {}
        }
    }
}

/// Until the next due moment, but never long: what is overdue and could not be claimed is tried again in
/// a second.
async fn sleep_ms(cx: &Cx, task: Task) -> i64 {
    match due_of(cx, task).await {
        Ok(Some(due)) => match ms_between(cx.now(), due) {
            wait @ 1.. => wait.min(cx.bounds.longest_sleep_ms),
            _ => 1_000,
        },
        Ok(None) => cx.bounds.longest_sleep_ms,
        Err(_) => 1_000,
    }
}

async fn keep_beating(cx: Arc<Cx>, program: &'static str, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = beat(&cx, program).await {
            tracing::warn!(%error, "the heartbeat could not be written");
        }
        if let Err(error) = app_secret::write_down(&cx).await {
            tracing::warn!(%error, "how secrets of apps fared could not be written");
        }
        if let Err(error) = connect::tidy_trials(&cx).await {
            tracing::warn!(%error, "a trial of an app could not be tidied up");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = cx.timer.pause(cx.bounds.beat_ms) => {}
        }
    }
}
