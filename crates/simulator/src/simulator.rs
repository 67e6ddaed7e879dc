//! The simulator itself: one state behind one lock, one way through which every call goes.

use crate::clock::Clock;
use crate::faults::{DELAY_HEADER, Effect, LOST_HEADER, Verdict};
use crate::fetch::Fetch;
use crate::refuse::Refused;
use crate::reply::Reply;
use crate::state::{Counts, LogEntry, State};
use axum::Router;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What a simulator is made of.
pub struct Options {
    /// The product clock.
    pub clock: Clock,
    /// The seed of everything that is left to chance.
    pub seed: u64,
    /// How platforms pull media.
    pub fetch: Arc<dyn Fetch>,
    /// Under which address it is reached, without a slash at the end: `http://127.0.0.1:9500`.
    pub origin: String,
}

/// Stand-in platforms. Cloning is cheap and shares everything.
#[derive(Clone)]
pub struct Simulator(
    Arc<Inner>,
    /// The routes, made once. Handlers hold a simulator whose own cell stays empty, so that
    /// nothing holds itself.
    Arc<OnceLock<Router>>,
);

struct Inner {
    state: Mutex<State>,
    clock: Clock,
    fetch: Arc<dyn Fetch>,
    origin: String,
}

/// What a piece of work may know besides the state.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The product clock at the start of the call.
    pub now_ms: i64,
    /// The simulator's own address.
    pub origin: &'a str,
    /// How far lists lag behind because of a fault (milliseconds).
    pub lag_ms: i64,
    /// A fault asks for an empty text in place of a renewed secret, and for no renewal.
    pub empty_secret: bool,
}

/// A snapshot that cannot be taken up.
#[derive(Debug, thiserror::Error)]
#[error("this snapshot is not one of this simulator: {0}")]
pub struct RestoreError(#[from] serde_json::Error);

impl Simulator {
    /// An empty simulator: no apps, no accounts.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let Options {
            clock,
            seed,
            fetch,
            origin,
        } = options;
        let inner = Inner {
            state: Mutex::new(State::new(seed)),
            clock,
            fetch,
            origin,
        };
        Self(Arc::new(inner), Arc::default())
    }

    /// All routes; made once, a copy costs nothing. They need nothing of the connection, so they
    /// can be called in memory.
    pub fn router(&self) -> Router {
        self.1
            .get_or_init(|| crate::routes::all(&Self(Arc::clone(&self.0), Arc::default())))
            .clone()
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            now_ms: self.now_ms(),
            origin: &self.0.origin,
            lag_ms: 0,
            empty_secret: false,
        }
    }

    /// Lets happen what was to happen by itself until now.
    pub(crate) fn settle_time(&self) {
        let now_ms = self.now_ms();
        crate::facebook::come_due(&mut self.lock(), now_ms);
    }

    /// The product clock, in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        (self.0.clock)()
    }

    /// The simulator's own address, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    pub(crate) fn fetcher(&self) -> &Arc<dyn Fetch> {
        &self.0.fetch
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in a handler leaves at worst a half-made change of one account.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&State, &Scene<'_>) -> T) -> T {
        let scene = self.scene();
        at(&self.lock(), &scene)
    }

    /// Changes the state from outside of any call (furnishing, breaking, mending).
    pub(crate) fn change<T>(&self, with: impl FnOnce(&mut State, &Scene<'_>) -> T) -> T {
        let scene = self.scene();
        let mut state = self.lock();
        state.revision += 1;
        crate::facebook::come_due(&mut state, scene.now_ms);
        with(&mut state, &scene)
    }

    /// Does one operation: judges the faults, does the work unless they forbid it, bends the
    /// answer, writes the log. `who` names the account concerned, as far as it can be known
    /// beforehand. `work` is `FnMut` because a fault may do it twice.
    pub(crate) fn operate(
        &self,
        operation: &'static str,
        who: impl FnOnce(&State, &Scene<'_>) -> Option<String>,
        mut work: impl FnMut(&mut State, &Scene<'_>) -> Reply,
    ) -> Response {
        let mut scene = self.scene();
        let mut state = self.lock();
        crate::facebook::come_due(&mut state, scene.now_ms);
        let account = who(&state, &scene);
        let verdict = judge(&mut state, operation, account.as_deref());
        scene.lag_ms = verdict.lag_ms;
        scene.empty_secret = verdict.effect == Some(Effect::EmptySecret);
        let mut doing = Doing {
            operation,
            account: account.as_deref(),
            work: &mut work,
        };
        let (reply, lost) = bend(&mut state, &scene, &verdict, &mut doing);
        let fault = verdict
            .effect
            .as_ref()
            .map(name_of)
            .or((verdict.delay_ms > 0).then_some("delay"));
        state.record(LogEntry {
            at_ms: scene.now_ms,
            operation: operation.to_owned(),
            account,
            outcome: reply.outcome.clone(),
            fault: fault.map(str::to_owned),
        });
        drop(state);
        finish(reply, lost, verdict.delay_ms)
    }

    /// Everything there is, as JSON.
    #[must_use]
    pub fn snapshot(&self) -> Value {
        serde_json::to_value(&*self.lock()).unwrap_or(Value::Null)
    }

    /// Takes up a snapshot in place of everything there is.
    ///
    /// # Errors
    /// When `snapshot` was not made by [`Simulator::snapshot`]; nothing is changed then.
    pub fn restore(&self, snapshot: Value) -> Result<(), RestoreError> {
        let mut restored: State = serde_json::from_value(snapshot)?;
        let mut state = self.lock();
        // Whoever persists on change must see that something changed.
        restored.revision = restored.revision.max(state.revision) + 1;
        *state = restored;
        Ok(())
    }

    /// A number that grows with every change, the call log included.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.lock().revision
    }
}

fn judge(state: &mut State, operation: &'static str, account: Option<&str>) -> Verdict {
    let platform = operation.split('.').next().unwrap_or_default();
    if state.down.contains(platform) {
        return Verdict {
            effect: Some(Effect::ServerError { status: 503 }),
            ..Verdict::default()
        };
    }
    let State { faults, chance, .. } = state;
    faults.judge(operation, account, chance)
}

/// One call that is to be done.
struct Doing<'a> {
    operation: &'static str,
    account: Option<&'a str>,
    work: &'a mut dyn FnMut(&mut State, &Scene<'_>) -> Reply,
}

impl Doing<'_> {
    /// Does the work; `told` is false if nobody will get its answer as it is.
    fn done(&mut self, state: &mut State, scene: &Scene<'_>, told: bool) -> Reply {
        let mark = state.facts.mark();
        let reply = (self.work)(state, scene);
        let seen = told && reply.status.is_success();
        state.facts.settle(mark, self.operation, seen);
        state.facebook.settle(seen);
        reply
    }

    /// Does the work and puts something else in the place of its answer.
    fn hidden(
        &mut self,
        state: &mut State,
        scene: &Scene<'_>,
        shown: impl FnOnce(&Reply) -> Reply,
    ) -> Reply {
        let done = self.done(state, scene, false);
        let account = self.account.unwrap_or("unknown");
        if done.rotates {
            Counts::one_more(&mut state.counts.rotated_unseen, account);
        }
        if done.publishes {
            Counts::one_more(&mut state.counts.published_unseen, account);
        }
        shown(&done).outcome(format!("done ({}), not told", done.outcome))
    }
}

fn nothing() -> Reply {
    Reply::new(StatusCode::BAD_GATEWAY, "text/plain; charset=utf-8", "")
}

/// The work and its answer as the faults let it be; true if the answer is lost.
fn bend(
    state: &mut State,
    scene: &Scene<'_>,
    verdict: &Verdict,
    doing: &mut Doing<'_>,
) -> (Reply, bool) {
    let reply = match &verdict.effect {
        None | Some(Effect::Delay { .. } | Effect::ListLag { .. } | Effect::EmptySecret) => {
            doing.done(state, scene, true)
        }
        Some(Effect::ServerError { status }) => outage(*status),
        Some(Effect::TooMany { retry_after_s }) => too_many(*retry_after_s),
        Some(Effect::Refuse {
            status,
            code,
            subcode,
            message,
        }) => {
            let said = Refused {
                status: *status,
                code,
                subcode: *subcode,
                message,
            };
            said.reply(doing.operation, &mut state.chance)
        }
        Some(Effect::LoseRequest) => return (nothing().outcome("not done"), true),
        Some(Effect::Twice) => {
            let first = doing.done(state, scene, true);
            let second = doing.done(state, scene, false);
            let outcome = format!("{}, again {}", first.outcome, second.outcome);
            first.outcome(outcome)
        }
        Some(Effect::DoneThenError { status }) => doing.hidden(state, scene, |_| outage(*status)),
        Some(Effect::Garbage) => doing.hidden(state, scene, |_| {
            Reply::html(StatusCode::OK, crate::page::outage())
        }),
        Some(Effect::Cut) => doing.hidden(state, scene, Reply::halved),
        Some(Effect::LoseAnswer) => {
            return (doing.hidden(state, scene, |_| nothing()), true);
        }
    };
    (reply, false)
}

fn too_many(retry_after_s: Option<u64>) -> Reply {
    let reply = Reply::new(
        StatusCode::TOO_MANY_REQUESTS,
        "text/plain; charset=utf-8",
        "Too many requests.",
    );
    match retry_after_s {
        Some(seconds) => reply.header("retry-after", seconds.to_string()),
        None => reply,
    }
}

fn outage(status: u16) -> Reply {
    // An outage answers 5xx, whatever a rule says.
    let status = StatusCode::from_u16(status)
        .ok()
        .filter(StatusCode::is_server_error);
    let status = status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    Reply::html(status, crate::page::outage())
}

const fn name_of(effect: &Effect) -> &'static str {
    match effect {
        Effect::ServerError { .. } => "server_error",
        Effect::DoneThenError { .. } => "done_then_error",
        Effect::LoseAnswer => "lose_answer",
        Effect::LoseRequest => "lose_request",
        Effect::Delay { .. } => "delay",
        Effect::Garbage => "garbage",
        Effect::TooMany { .. } => "too_many",
        Effect::ListLag { .. } => "list_lag",
        Effect::Twice => "twice",
        Effect::Cut => "cut",
        Effect::EmptySecret => "empty_secret",
        Effect::Refuse { .. } => "refuse",
    }
}

fn finish(reply: Reply, lost: bool, delay_ms: u64) -> Response {
    let mut response = reply.into_response();
    if lost {
        response
            .headers_mut()
            .insert(LOST_HEADER, HeaderValue::from_static("1"));
    }
    if delay_ms > 0 {
        response
            .headers_mut()
            .insert(DELAY_HEADER, HeaderValue::from(delay_ms));
    }
    response
}
