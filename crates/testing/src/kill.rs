//! Killing a run at a chosen point. Every write of the store and every call to a platform passes here,
//! before and after; a run that is ended at one of them is dropped at that await, as a kill would.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use storage::Gate;
use tokio::sync::Notify;

/// Counts the points that a run passes, and ends it at one of them.
#[derive(Default)]
pub struct KillGate {
    state: Mutex<State>,
    died: Notify,
}

#[derive(Default)]
struct State {
    /// Points passed since the last arming, in order.
    passed: Vec<String>,
    /// The number of the point at which to die, from 0.
    at: Option<usize>,
    dead: bool,
}

/// How a run ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended<T> {
    /// It came to its own end.
    Finished(T),
    /// It was killed at this point.
    Killed(String),
}

impl KillGate {
    /// A gate that lets everything through.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Forgets what passed, and from now on ends the run at point number `at`; never for none.
    pub fn arm(&self, at: Option<usize>) {
        *self.lock() = State {
            at,
            ..State::default()
        };
    }

    /// The points that were passed since the last arming.
    #[must_use]
    pub fn passed(&self) -> Vec<String> {
        self.lock().passed.clone()
    }

    /// Runs to its end, or until the gate ends it: then all of it is dropped where it stands.
    pub async fn run<F: Future>(&self, run: F) -> Ended<F::Output> {
        tokio::select! {
            biased;
            () = self.died.notified() => {
                let passed = self.passed();
                Ended::Killed(passed.last().cloned().unwrap_or_default())
            }
            output = run => Ended::Finished(output),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the point; whether the run ends here.
    fn ends_here(&self, point: &str) -> bool {
        let mut state = self.lock();
        if state.dead {
            return true;
        }
        let number = state.passed.len();
        state.passed.push(point.to_owned());
        state.dead = state.at == Some(number);
        state.dead
    }
}

impl Gate for KillGate {
    fn pass<'a>(&'a self, point: &str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        let ends = self.ends_here(point);
        Box::pin(async move {
            if ends {
                self.died.notify_one();
                std::future::pending::<()>().await;
            }
        })
    }
}
