//! Two secrets of one app, while one is replaced. Every adapter is called through [`adapter`]: where the platform
//! refuses the secret of a call, which it says in a documented way and so that nothing was done, the other one is
//! tried once before anything is concluded. How secrets fare is heard here and written down now and then.
//!
//! What is heard is kept in memory until [`write_down`]: after a kill the next call finds it out again. It
//! decides with which secret calls begin, never whether a call may be made.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use domain::Timestamp;
use domain::app::{App, SecretUse, Which};
use domain::chance::Chance;
use domain::ids::AppId;
use domain::schedule::{HOUR_MS, ms_between};
use platforms::Platform;
use platforms::account::{Account, Proof, Target};
use platforms::call::{AppSecrets, Call, Heard};
use platforms::facts::Facts;
use platforms::failure::Failure;
use platforms::issue::{Draft, Issue};
use platforms::publish::{Look, Next, Outcome, Payload, Publish, StepDone, StepPlan};
use platforms::read::PostsPage;
use platforms::sign_in::{Ask, Begun, Callback, SignedIn};
use platforms::tokens::{Renewed, Tokens};
use storage::{Conn, app_care, apps};

use crate::cx::Cx;
use crate::error::Result;

/// How old what is written of a secret that goes on being taken may become.
const TOLD_EVERY_MS: i64 = 6 * HOUR_MS;

/// How an app's two secrets fared at one generation of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Fared {
    current: SecretUse,
    previous: SecretUse,
}

/// What was heard and is not written down yet. Shared by all clones of a context.
#[derive(Default)]
pub struct HeardSecrets(Mutex<BTreeMap<(AppId, u64), Fared>>);

impl Heard for HeardSecrets {
    fn secret(&self, app: &App, secrets: &AppSecrets, taken: bool, at: Timestamp) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fared = heard.entry((app.id, secrets.generation)).or_default();
        let secret = match secrets.which {
            Some(Which::Previous) => &mut fared.previous,
            _ => &mut fared.current,
        };
        if taken {
            secret.taken_at = Some(at);
        } else {
            secret.refused_at = Some(at);
        }
    }
}

/// Writes down how secrets fared, where that is news: another answer than before, or an old one.
///
/// # Errors
/// When the database fails; what was heard is then forgotten, and heard again.
pub async fn write_down(cx: &Cx) -> Result<()> {
    let heard = std::mem::take(&mut *cx.heard.0.lock().unwrap_or_else(PoisonError::into_inner));
    if heard.is_empty() {
        return Ok(());
    }
    let known = cx.store.read("app_secret.known", apps::all).await?;
    let news: Vec<_> = heard
        .into_iter()
        .filter(|((app, generation), fared)| {
            known.iter().any(|row| {
                let previous = row.previous.as_ref().map(|kept| kept.secret);
                (row.app.id, row.generation) == (*app, *generation)
                    && (is_news(&row.secret, &fared.current)
                        || is_news(&previous.unwrap_or_default(), &fared.previous))
            })
        })
        .collect();
    if news.is_empty() {
        return Ok(());
    }
    let write = move |conn: &mut Conn<'_>| {
        for ((app, generation), fared) in &news {
            app_care::fared(conn, *app, *generation, &fared.current, &fared.previous)?;
        }
        Ok(())
    };
    Ok(cx.store.write("app_secret.fared", write).await?)
}

/// Whether what was heard says something else than what is written, or that is old.
fn is_news(written: &SecretUse, heard: &SecretUse) -> bool {
    let after = SecretUse {
        added_at: written.added_at,
        taken_at: heard.taken_at.max(written.taken_at),
        refused_at: heard.refused_at.max(written.refused_at),
    };
    let old = |written: Option<Timestamp>, heard: Option<Timestamp>| match (written, heard) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(written), Some(heard)) => ms_between(written, heard) >= TOLD_EVERY_MS,
    };
    after.state() != written.state()
        || old(written.taken_at, heard.taken_at)
        || old(written.refused_at, heard.refused_at)
}

/// The adapter of a platform, which tries an app's other secret where the first is refused.
#[must_use]
pub(crate) fn adapter(name: domain::platform::Platform) -> Option<&'static dyn Platform> {
    static MADE: Mutex<Vec<&'static Either>> = Mutex::new(Vec::new());
    let inner = platforms::registry::get(name)?;
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = made.iter().find(|one| one.0.facts().platform == name) {
        return Some(*known);
    }
    // One a platform for as long as the program runs, as the adapters themselves are.
    let new: &'static Either = Box::leak(Box::new(Either(inner)));
    made.push(new);
    Some(new)
}

/// An adapter with a second try.
struct Either(&'static dyn Platform);

impl Either {
    /// Tells how the secret of a call fared; the other one, where it is to be tried.
    fn other<T>(
        &self,
        call: &Call<'_>,
        came: &std::result::Result<T, Failure>,
    ) -> Option<AppSecrets> {
        let used = call.secrets.used.take();
        let refused = came
            .as_ref()
            .is_err_and(|failure| self.0.refuses_secret(failure));
        if let Some(heard) = call.heard
            && call.secrets.client_secret.is_some()
            && (refused || (used && came.is_ok()))
        {
            heard.secret(call.app, call.secrets, !refused, call.now);
        }
        if refused { call.secrets.other() } else { None }
    }
}

/// Makes a call, and once more with the other secret where the first is refused. If that is refused as well,
/// the first answer stands.
macro_rules! either {
    ($self:ident, $call:ident, $method:ident($($arg:expr),*)) => {{
        let first = $self.0.$method($call $(, $arg)*).await;
        let Some(other) = $self.other($call, &first) else {
            return first;
        };
        let call = Call { secrets: &other, ..*$call };
        let second = $self.0.$method(&call $(, $arg)*).await;
        if $self.other(&call, &second).is_some() { first } else { second }
    }};
}

type Answer<T> = std::result::Result<T, Failure>;

#[async_trait]
impl Platform for Either {
    fn facts(&self) -> &'static Facts {
        self.0.facts()
    }

    async fn begin(&self, call: &Call<'_>, ask: &Ask<'_>) -> Answer<Begun> {
        either!(self, call, begin(ask))
    }

    async fn finish(
        &self,
        call: &Call<'_>,
        journey: &secrecy::SecretString,
        callback: &Callback,
    ) -> Answer<SignedIn> {
        either!(self, call, finish(journey, callback))
    }

    async fn accounts(&self, call: &Call<'_>, tokens: &Tokens) -> Answer<Vec<Account>> {
        either!(self, call, accounts(tokens))
    }

    async fn renew(&self, call: &Call<'_>, tokens: &Tokens) -> Answer<Renewed> {
        either!(self, call, renew(tokens))
    }

    async fn witness(&self, call: &Call<'_>, tokens: &Tokens) -> Answer<()> {
        either!(self, call, witness(tokens))
    }

    async fn probe(&self, call: &Call<'_>, target: &Target<'_>) -> Answer<Proof> {
        either!(self, call, probe(target))
    }

    fn check(&self, draft: &Draft<'_>) -> Vec<Issue> {
        self.0.check(draft)
    }

    fn settling_key(&self, now: Timestamp, chance: &dyn Chance) -> Option<String> {
        self.0.settling_key(now, chance)
    }

    fn next(&self, payload: &Payload, done: &[StepDone]) -> Next {
        self.0.next(payload, done)
    }

    /// Also for the step that shows the post: a refused secret shows nothing, and the way out asks the lease
    /// before each first byte.
    async fn perform(
        &self,
        call: &Call<'_>,
        publish: &Publish<'_>,
        step: &StepPlan,
    ) -> Answer<Outcome> {
        either!(self, call, perform(publish, step))
    }

    async fn look(
        &self,
        call: &Call<'_>,
        publish: &Publish<'_>,
        step: &StepPlan,
        taken: &[String],
    ) -> Answer<Look> {
        either!(self, call, look(publish, step, taken))
    }

    async fn posts(
        &self,
        call: &Call<'_>,
        target: &Target<'_>,
        cursor: Option<&str>,
        most: usize,
    ) -> Answer<PostsPage> {
        either!(self, call, posts(target, cursor, most))
    }

    fn refuses_secret(&self, failure: &Failure) -> bool {
        self.0.refuses_secret(failure)
    }

    async fn revoke(&self, call: &Call<'_>, tokens: &Tokens) -> Answer<bool> {
        either!(self, call, revoke(tokens))
    }
}
