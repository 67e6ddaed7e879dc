//! Trying an app: a sign-in through it that makes no channel and leaves no login behind. It goes the ways of every
//! sign-in (one state, spent once; each phase durable); only what follows the platform's answer is another: the
//! accounts are looked at, the sign-in is given back, and what worked is told. What is broken off in between is
//! tidied up later.

use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
use domain::app::{App, Which};
use domain::connect::{ConnectPhase, ConnectPurpose};
use platforms::call::{AppSecrets, Heard};
use storage::apps::AppRow;
use storage::connect_sessions::{self, ConnectSession};

use super::finish::advance;
use super::{Listed, Outcome, Result, Tested, Trouble, finish, give_back, list};
use crate::cx::Cx;
use crate::login;

/// The most broken-off trials that are tidied up at once.
const TIDY: usize = 20;

/// An app's secrets for a sign-in. A trial begins with the newest, whatever is known of it.
pub(super) fn open_app(cx: &Cx, app: &AppRow, purpose: ConnectPurpose) -> Result<AppSecrets> {
    let secrets = login::open_app(&cx.vault, app)?;
    if purpose == ConnectPurpose::Test && secrets.which == Some(Which::Previous) {
        return Ok(secrets.other().unwrap_or(secrets));
    }
    Ok(secrets)
}

/// Hears how the secrets fare in one call, and passes it on.
pub(super) struct Ear<'a> {
    on: &'a dyn Heard,
    heard: Mutex<Vec<(Which, bool)>>,
}

impl<'a> Ear<'a> {
    /// One that passes on to the engine's own.
    pub(super) fn of(cx: &'a Cx) -> Self {
        Self {
            on: cx.heard.as_ref(),
            heard: Mutex::default(),
        }
    }

    /// What was heard.
    pub(super) fn tested(&self) -> Tested {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |wanted: bool| {
            heard
                .iter()
                .filter(move |(_, taken)| *taken == wanted)
                .map(|(which, _)| *which)
        };
        Tested {
            secret: of(true).next_back(),
            refused: of(false).collect(),
            ..Tested::default()
        }
    }
}

impl Heard for Ear<'_> {
    fn secret(&self, app: &App, secrets: &AppSecrets, taken: bool, at: Timestamp) {
        self.on.secret(app, secrets, taken, at);
        let which = secrets.which.unwrap_or(Which::Current);
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push((which, taken));
    }
}

/// Goes on with a trial whose sign-in is stored. Twice is once.
pub(super) async fn run(cx: &Cx, mut row: ConnectSession) -> Result<ConnectSession> {
    if row.phase == ConnectPhase::Returned && row.grant.is_some() {
        row = look(cx, row).await?;
    }
    if row.phase == ConnectPhase::Proving {
        row = give(cx, row).await?;
    }
    Ok(row)
}

/// Looks at the accounts. Whatever comes of it, the sign-in is given back next.
async fn look(cx: &Cx, row: ConnectSession) -> Result<ConnectSession> {
    let open = list::open(cx, &row).await?;
    let mut outcome = Outcome::of(&row.outcome);
    match list::accounts(cx, &open).await? {
        Ok(accounts) => outcome.accounts = accounts.iter().map(Listed::from).collect(),
        Err(failure) => outcome.trouble = Some(Trouble::from(&failure)),
    }
    advance(cx, row, ConnectPhase::Proving, &outcome).await
}

/// Gives the sign-in back, and tells.
async fn give(cx: &Cx, row: ConnectSession) -> Result<ConnectSession> {
    let open = list::open(cx, &row).await?;
    let came = give_back::after_trial(cx, &open).await?;
    let mut outcome = Outcome::of(&row.outcome);
    outcome.tested.get_or_insert_default().given_back = Some(came);
    let phase = if outcome.trouble.is_none() {
        ConnectPhase::Done
    } else {
        ConnectPhase::Failed
    };
    advance(cx, row, phase, &outcome).await
}

/// Ends trials that were broken off with a sign-in in hand: a kill, a platform that did not answer, a person
/// who closed the page. How many were looked at.
///
/// # Errors
/// When the database fails; the next call goes on.
pub async fn tidy(cx: &Cx) -> Result<usize> {
    let now = cx.clocks.security.now();
    let left = cx.store.read("connect.left_trials", move |conn| {
        connect_sessions::left_tests(conn, now, TIDY)
    });
    let left = left.await?;
    for row in &left {
        finish::go_on(cx, row.workspace, row.id).await?;
    }
    Ok(left.len())
}
