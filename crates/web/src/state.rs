//! What every handler works with: the store, the clocks, chance, the vault, the way out, settings.
//! [`Web`] is cheap to clone. Its [`Web::read`] and [`Web::write`] let a closure refuse with the words
//! of this crate, and undo a write that is only to be tried.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::{AuditId, Id};
use domain::post::Maker;
use engine::Cx;
use media::DiskStore;
use storage::{Conn, audit};
use url::Url;

use crate::password::Passwords;
use crate::problem::Outcome;
use crate::throttle::Throttle;

/// The parts of a served program that pages and API need.
pub struct Parts {
    /// Store, vault, clocks, chance, the way out, nudges: the same that the engine works with. A
    /// [`Web`] shows its fields as its own.
    pub cx: Cx,
    /// Where pictures are.
    pub media: Arc<DiskStore>,
    /// Settings.
    pub settings: WebSettings,
}

/// What is configured.
#[derive(Clone)]
pub struct WebSettings {
    /// Where browsers and platforms reach this installation.
    pub public_url: Url,
    /// Whether cookies may ask for https: off only on a plain http address.
    pub secure_cookies: bool,
    /// The simulated world; only in the demo.
    pub demo: Option<Arc<dyn Demo>>,
}

/// The simulated world, as the demo's bar moves it. Each answers with sentences about what happened.
#[async_trait]
pub trait Demo: Send + Sync {
    /// Ends a login in one of several ways; an unknown or empty `kind` picks the usual one.
    async fn break_login(&self, kind: &str) -> Vec<String>;
    /// Moves the product clock to the next planned post and lets it go out.
    async fn jump_to_next_post(&self) -> Vec<String>;
    /// Moves the product clock by days.
    async fn jump_days(&self, days: u32) -> Vec<String>;
    /// Takes the platforms down, or up again.
    async fn toggle_platform(&self) -> Vec<String>;
    /// Furnishes the demo anew.
    async fn reset(&self) -> Vec<String>;
    /// Whether the platforms are down.
    fn is_down(&self) -> bool;
}

/// What handlers work with.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

/// The parts, and what this crate keeps beside them.
pub struct Inner {
    parts: Parts,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// The throttle at the door.
    pub throttle: Throttle,
    /// What the demo's last button did; shown once.
    story: Mutex<Vec<String>>,
}

impl Deref for Web {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Deref for Parts {
    type Target = Cx;
    fn deref(&self) -> &Cx {
        &self.cx
    }
}

impl Deref for Inner {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}

/// Whether a write is only tried: it runs, its answer is given, and nothing is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// As asked.
    #[default]
    Yes,
    /// `?dry_run=true`.
    DryRun,
}

impl Web {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let throttle = Throttle::new(parts.clocks.security.clone());
        Self(Arc::new(Inner {
            parts,
            passwords: Passwords::default(),
            throttle,
            story: Mutex::new(Vec::new()),
        }))
    }

    /// The product time: due times, ends, notices.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clocks.now()
    }

    /// The security time: sessions, codes, proofs.
    #[must_use]
    pub fn security_now(&self) -> Timestamp {
        self.clocks.security.now()
    }

    /// A new id, by the product clock.
    #[must_use]
    pub fn id<I: Id>(&self) -> I {
        I::new(self.now(), &*self.chance)
    }

    /// Runs `f` on one picture of the data.
    ///
    /// # Errors
    /// What `f` refuses, or what storage says.
    pub async fn read<T, F>(&self, name: &'static str, f: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Outcome<T> + Send + 'static,
    {
        // The refusal is an answer, not a failure of the read.
        self.store.read(name, move |conn| Ok(f(conn))).await?
    }

    /// Runs `f` in one transaction; a refusal undoes all of it.
    ///
    /// # Errors
    /// What `f` refuses, or what storage says.
    pub async fn write<T, F>(&self, name: &'static str, f: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Outcome<T> + Send + 'static,
    {
        self.write_if(Keep::Yes, name, f).await
    }

    /// The same, undone again where it is only to be tried. What `f` returned is the answer either way.
    ///
    /// # Errors
    /// What `f` refuses, or what storage says.
    pub async fn write_if<T, F>(&self, keep: Keep, name: &'static str, f: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Outcome<T> + Send + 'static,
    {
        let slot: Arc<Mutex<Option<Outcome<T>>>> = Arc::default();
        let inside = slot.clone();
        let stored = self
            .store
            .write(name, move |conn| {
                let outcome = f(conn);
                if keep == Keep::Yes && outcome.is_ok() {
                    return Ok(outcome);
                }
                let reason = if outcome.is_ok() {
                    "a dry run".to_owned()
                } else {
                    "refused by its rule".to_owned()
                };
                *inside.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
                Err(storage::Error::Refused { reason })
            })
            .await;
        match stored {
            Ok(outcome) => outcome,
            Err(storage::Error::Refused { reason }) => {
                let told = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
                told.unwrap_or_else(|| Err(storage::Error::Refused { reason }.into()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A line for the audit log, to be added in the transaction of the change.
    #[must_use]
    pub fn audit_line(
        &self,
        workspace: domain::ids::WorkspaceId,
        maker: Maker,
        action: &str,
        subject: impl std::fmt::Display,
        detail: impl Into<String>,
    ) -> audit::Entry {
        audit::Entry {
            id: self.id::<AuditId>(),
            workspace,
            at: self.now(),
            maker,
            action: action.to_owned(),
            subject: subject.to_string(),
            detail: detail.into(),
        }
    }

    /// Keeps what the demo's last button did, for the next page.
    pub fn tell_story(&self, lines: Vec<String>) {
        *self.story.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    }

    /// What the demo's last button did; only once.
    #[must_use]
    pub fn take_story(&self) -> Vec<String> {
        std::mem::take(&mut *self.story.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// An address of this installation as platforms and mails need it.
    #[must_use]
    pub fn public(&self, path: impl std::fmt::Display) -> String {
        format!(
            "{}{path}",
            self.settings.public_url.as_str().trim_end_matches('/')
        )
    }
}
