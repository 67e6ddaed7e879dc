//! What is broken at the platforms, by account, and all that ever was: when each break happened and when it was over.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::book::Subject;
use crate::stage::Stage;

/// Whether a proof of the login shows a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// The next proof does.
    AtProof,
    /// Only a post that is sent does.
    AtSending,
}

/// Something that is broken at the platform now.
#[derive(Debug, Clone)]
pub struct Broken {
    /// What, in the simulator's words.
    pub what: simulator::Break,
    /// When it was broken, in milliseconds of the rehearsal.
    pub at_ms: i64,
    /// How it shows.
    pub shows: Shows,
    /// Its place among all that ever were.
    number: usize,
}

/// One break of the whole run.
#[derive(Debug, Clone, Copy)]
pub struct Past {
    /// Of which account.
    pub account: usize,
    /// When, in milliseconds of the rehearsal.
    pub at_ms: i64,
    /// How it shows.
    pub shows: Shows,
    /// When it was mended at the platform, if it was.
    pub over_ms: Option<i64>,
}

#[derive(Default)]
struct Inner {
    now: BTreeMap<usize, Vec<Broken>>,
    ever: Vec<Past>,
}

/// See the head of this file.
#[derive(Default)]
pub struct Breaks {
    inner: Mutex<Inner>,
    /// How many logins were broken in all.
    pub times: AtomicU64,
    /// The last moment at which any platform was down.
    pub outage_until_ms: AtomicI64,
}

impl Breaks {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The owner gives back at the platform what was taken.
    pub fn mend(&self, stage: &Stage, account: usize) {
        let mended = self.lock().now.remove(&account).unwrap_or_default();
        for broken in mended {
            // What cannot be undone is mended by signing in.
            let _ = stage.sim.mend_it(broken.what);
            let over_ms = Some(stage.sky.elapsed_ms());
            self.lock().ever[broken.number].over_ms = over_ms;
        }
    }

    /// Somebody agreed at the platform: what that mends is mended for all their accounts.
    pub fn signed_in(&self, stage: &Stage, sign_in_as: &str) {
        for (number, other) in stage.accounts.iter().enumerate() {
            if other.at.sign_in_as == sign_in_as {
                self.mend(stage, number);
            }
        }
    }

    /// What is broken of an account.
    pub fn of(&self, account: usize) -> Vec<Broken> {
        self.lock().now.get(&account).cloned().unwrap_or_default()
    }

    /// All that ever broke, in order.
    pub fn ever(&self) -> Vec<Past> {
        self.lock().ever.clone()
    }

    /// Breaks something of an account, if it can be broken.
    pub fn add(&self, stage: &Stage, account: usize, what: simulator::Break, shows: Shows) {
        if stage.sim.break_it(what.clone()).is_err() {
            return;
        }
        self.times.fetch_add(1, Ordering::SeqCst);
        let login = stage.accounts[account].at.login.clone();
        let line = format!("trouble: {what:?}");
        stage
            .book
            .note(stage.sky.now(), Subject::Login(login), line);
        let at_ms = stage.sky.elapsed_ms();
        let mut inner = self.lock();
        let number = inner.ever.len();
        inner.ever.push(Past {
            account,
            at_ms,
            shows,
            over_ms: None,
        });
        inner.now.entry(account).or_default().push(Broken {
            what,
            at_ms,
            shows,
            number,
        });
    }
}
