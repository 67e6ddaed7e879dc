//! Renewal: grants are prolonged without a person, in time, once.
//!
//! The lease saves work. Correctness comes from the journal (an intent is durable before the call, the
//! answer before any other use) and from comparing the generation: an answer is stored whoever holds
//! the lease by then, and a refusal is believed only if the store still has the generation it was about.

use std::sync::Arc;

use domain::Timestamp;
use domain::cause::Cause;
use domain::grant::{Life, Mechanism, Verdict};
use domain::health::{Evidence, Health};
use domain::horizon::{WARNING_DAYS, horizon, horizon_unless_renewed};
use domain::ids::{GrantId, Id as _, RenewalId, WorkspaceId};
use domain::post::Maker;
use domain::renewal::{FAILING_TRIES, Keep, keep_alive_at, needs_mint, try_again_after_ms};
use domain::schedule::{DAY_MS, MINUTE_MS, ms_between, plus_ms};
use platforms::call::{AppSecrets, Call};
use platforms::failure::{Failure, Sent};
use platforms::tokens::{Renewed, Tokens};
use secrecy::ExposeSecret as _;
use storage::apps::AppRow;
use storage::grants::{self, GrantRow, NewTokens, NextTry};
use storage::{answers, channel_events, channel_grants, channels, renewals};
use vault::{Purpose, places};

use crate::breakage::{Breakage, is_made};
use crate::cx::{Cx, Held};
use crate::due::{self, Due};
use crate::error::{Error, Result};
use crate::{doubt, login, trouble};

/// The longest wait before a renewal is tried again on which posts wait, in milliseconds.
const LONGEST_OUTAGE_WAIT_MS: i64 = 10 * MINUTE_MS;

/// What a renewal came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// New tokens are durable.
    Renewed,
    /// Nothing is known to have ended; the next try is set.
    TryAgain(Timestamp),
    /// Its secrets do not open; nothing was asked, and the next try is set.
    Locked(Timestamp),
    /// It is over.
    Dead(Cause),
    /// Somebody else is at it, or it ended before.
    Busy,
}

/// Renews one grant now, because a person asked.
///
/// # Errors
/// When it could not be recorded.
pub async fn renew_one(cx: &Cx, workspace: WorkspaceId, id: GrantId) -> Result<Came> {
    match due::take_one(cx, workspace, id).await? {
        Some(due) => under_way(cx, due).await,
        None => cx.flights.of(id).await.unwrap_or(Ok(Came::Busy)),
    }
}

/// Renews one grant because a call needs a fresh access token, unless somebody has done so since
/// `generation` was read: a token that rotates is spent as seldom as can be. Callers of one process join.
///
/// # Errors
/// When it could not be recorded.
pub async fn mint(cx: &Cx, workspace: WorkspaceId, id: GrantId, generation: u64) -> Result<Came> {
    let own = cx.clone();
    cx.flights
        .join((id, generation), || async move {
            mint_alone(&own, workspace, id, generation).await
        })
        .await
}

async fn mint_alone(cx: &Cx, workspace: WorkspaceId, id: GrantId, generation: u64) -> Result<Came> {
    match due::take_one(cx, workspace, id).await? {
        Some(due) if due.grant.generation > generation => {
            release(cx, &due.grant, due.held).await?;
            Ok(Came::Renewed)
        }
        Some(due) => renew(cx, due).await,
        None => Ok(Came::Busy),
    }
}

/// A renewal whose lease is held, for others in this process to wait for.
pub(crate) fn under_way(cx: &Cx, due: Due) -> impl Future<Output = Result<Came>> + Send + use<> {
    let (which, own) = ((due.grant.id, due.grant.generation), cx.clone());
    cx.flights
        .lead(which, async move { renew(&own, due).await })
}

async fn renew(cx: &Cx, due: Due) -> Result<Came> {
    let Due { grant, held, .. } = due;
    if grant.life != Life::Live {
        return release(cx, &grant, held).await;
    }
    if let Some(until) = grant.asked_until.filter(|until| *until > cx.now()) {
        return put_off(cx, &grant, held, until).await;
    }
    let app = due.app.ok_or(Error::Missing("app of a grant"))?;
    let opened = login::open_tokens(&cx.vault, &grant)
        .and_then(|tokens| Ok((tokens, login::open_app(&cx.vault, &app)?)));
    let (tokens, secrets) = match opened {
        Ok(opened) => opened,
        Err(Error::Sealed { what, reason }) => {
            return locked(cx, &grant, held, &format!("{what}: {reason}")).await;
        }
        Err(other) => return Err(other),
    };
    let mut renewal = Renewal {
        cx,
        grant,
        app,
        tokens,
        secrets,
        held,
        suspect: false,
    };
    if renewal.grant.unanswered && renewal.grant.mechanism == Mechanism::RefreshRotating {
        match renewal.testify().await? {
            Testimony::NotRotated => {}
            Testimony::CannotAsk(failure) => return renewal.try_again(&failure).await,
            // The access token may have ended by its own life. No other way is left than the old
            // refresh token; the platform's answer to it is the documented one that decides.
            Testimony::Refused => renewal.suspect = true,
        }
    }
    renewal.call().await
}

/// The key is missing: its channels say so, and it is tried again ever more seldom.
async fn locked(cx: &Cx, grant: &GrantRow, held: Held, reason: &str) -> Result<Came> {
    tracing::error!(grant = %grant.id, %reason, "a grant does not open and cannot be renewed");
    let (failure, ids, now) = (trouble::locked(reason), cx.ids(), cx.now());
    let (grant, at) = (
        grant.clone(),
        plus_ms(now, try_again_after_ms(grant.tries, None)),
    );
    let write = move |conn: &mut storage::Conn<'_>| {
        let end = while_it_fails(&grant, now);
        let next = NextTry {
            at,
            asked_until: None,
            evidence: Some(&failure.evidence),
            horizon: end,
        };
        grants::try_again(conn, &grant, held.lease, next)?;
        for on in channel_grants::of_grant(conn, grant.workspace, grant.id)? {
            if let Some(channel) = channels::one(conn, grant.workspace, on.channel)? {
                trouble::limit(conn, &ids, &on, &channel, &failure, now)?;
            }
        }
        Ok(())
    };
    cx.store.write("renew.locked", write).await?;
    Ok(Came::Locked(at))
}

/// The end that counts of a grant whose renewal has just failed: after a few tries, and where it is near, the one
/// that the renewal was to move.
fn while_it_fails(grant: &GrantRow, now: Timestamp) -> Option<Timestamp> {
    let end = horizon_unless_renewed(grant.mechanism, &grant.ends, grant.fresh_since);
    let counts = grant.tries + 1 >= FAILING_TRIES
        && end.is_some_and(|end| ms_between(now, end) <= WARNING_DAYS[0] * DAY_MS);
    if counts { end } else { grant.horizon }
}

/// The platform asked not to be asked before then, whoever needs a token meanwhile: an app that does not keep to that
/// is shut out for longer.
async fn put_off(cx: &Cx, grant: &GrantRow, held: Held, until: Timestamp) -> Result<Came> {
    let id = grant.id;
    cx.store
        .write("renew.put_off", move |conn| {
            grants::put_off(conn, id, held.lease, until)
        })
        .await?;
    Ok(Came::TryAgain(until))
}

async fn release(cx: &Cx, grant: &GrantRow, held: Held) -> Result<Came> {
    let id = grant.id;
    cx.store
        .write("renew.release", move |conn| {
            grants::release(conn, id, held.lease)
        })
        .await?;
    Ok(Came::Busy)
}

/// An answer that says yes and brings no token renewed nothing: its ends would be believed of a token that
/// nobody prolonged. Where a platform rotates, it may have done so all the same.
fn nothing_renewed(platform: domain::platform::Platform) -> Failure {
    let evidence = Evidence {
        operation: format!("{platform}.renew"),
        http_status: 200,
        message: "The answer has no access token.".to_owned(),
        ..Evidence::default()
    };
    Failure::unmapped(Sent::Maybe, evidence)
}

enum Testimony {
    NotRotated,
    Refused,
    CannotAsk(Box<Failure>),
}

struct Renewal<'a> {
    cx: &'a Cx,
    grant: GrantRow,
    app: Arc<AppRow>,
    tokens: Tokens,
    secrets: AppSecrets,
    held: Held,
    /// An earlier answer of this generation may have been lost.
    suspect: bool,
}

impl Renewal<'_> {
    /// After an intent without an answer: does the old access token still work? (Promise 4.)
    async fn testify(&self) -> Result<Testimony> {
        let adapter = login::adapter(self.grant.platform)?;
        let call = login::call(self.cx, &self.app, &self.secrets);
        match adapter.witness(&call, &self.tokens).await {
            Ok(()) => {
                let (grant, now) = (self.grant.clone(), self.cx.now());
                let write = move |conn: &mut storage::Conn<'_>| {
                    renewals::end_open(conn, &grant, "not_rotated", now)
                };
                self.cx.store.write("renew.acquit", write).await?;
                Ok(Testimony::NotRotated)
            }
            Err(failure) if failure.cause.waits_out() || !failure.evidence.mapped => {
                Ok(Testimony::CannotAsk(Box::new(failure)))
            }
            Err(_) => Ok(Testimony::Refused),
        }
    }

    async fn call(self) -> Result<Came> {
        let adapter = login::adapter(self.grant.platform)?;
        let intent = RenewalId::new(self.cx.now(), self.cx.chance.as_ref());
        let (grant, lease, now) = (self.grant.clone(), self.held.lease, self.cx.now());
        if !is_made(Breakage::NoJournal) {
            self.cx
                .store
                .write("renew.intend", move |conn| {
                    renewals::intend(conn, intent, &grant, lease, now)
                })
                .await?;
        }
        if !self.cx.still_holds(self.held) {
            return self.not_called(intent).await;
        }
        let (cx, held) = (self.cx, self.held);
        let out = cx.while_held(held);
        let call = Call {
            out: &out,
            ..login::call(cx, &self.app, &self.secrets)
        };
        match adapter.renew(&call, &self.tokens).await {
            Ok(renewed) if renewed.tokens.access.expose_secret().is_empty() => {
                let failure = nothing_renewed(self.grant.platform);
                self.refused(intent, failure).await
            }
            Ok(renewed) => self.answered(intent, renewed).await,
            Err(failure) => self.refused(intent, failure).await,
        }
    }

    /// The lease ended before the first byte left: nothing was sent, another node may take it.
    async fn not_called(&self, intent: RenewalId) -> Result<Came> {
        let (workspace, id, lease, now) = (
            self.grant.workspace,
            self.grant.id,
            self.held.lease,
            self.cx.now(),
        );
        let write = move |conn: &mut storage::Conn<'_>| {
            renewals::answered(conn, workspace, intent, Verdict::TryAgain, None, now)?;
            grants::release(conn, id, lease)
        };
        self.cx.store.write("renew.not_called", write).await?;
        Ok(Came::Busy)
    }

    /// Makes the answer durable before anything else uses it. While the disk is full or the database
    /// away this holds on to the answer: dropping it would lose the login.
    async fn answered(self, intent: RenewalId, renewed: Renewed) -> Result<Came> {
        let new = self.new_tokens(renewed)?;
        let mut wait_ms = 50;
        loop {
            let (grant, now) = (self.grant.clone(), self.cx.now());
            let (ids, new) = (self.cx.ids(), new.clone());
            let write = move |conn: &mut storage::Conn<'_>| {
                grants::renewed(conn, intent, &grant, &new, now)?;
                if grant.tries > 0 {
                    doubt::works(conn, &grant, now)?;
                }
                for on in channel_grants::of_grant(conn, grant.workspace, grant.id)? {
                    let detail = serde_json::json!({ "generation": grant.generation + 1 });
                    channel_events::append(
                        conn,
                        ids.make(),
                        on.workspace,
                        on.channel,
                        now,
                        "renewed",
                        Maker::Rule,
                        &detail,
                    )?;
                    if let Some(said) = &grant.last_evidence {
                        // What the platform had against renewing is over with this.
                        answers::forget(conn, grant.workspace, on.id, said)?;
                    }
                    if on.condition.health == Health::Limited || doubt::is_doubted(&on.condition) {
                        channel_grants::probe_later(conn, grant.workspace, on.id, Some(now))?;
                    }
                }
                Ok(())
            };
            match self.cx.store.write("renew.answer", write).await {
                Ok(()) => return Ok(Came::Renewed),
                Err(storage::Error::Uncertain { .. }) if self.is_stored().await? => {
                    return Ok(Came::Renewed);
                }
                Err(error)
                    if error.is_passing() || matches!(error, storage::Error::Uncertain { .. }) =>
                {
                    tracing::warn!(grant = %self.grant.id, %error, "new tokens are not durable yet, trying again");
                    self.cx.timer.pause(wait_ms).await;
                    wait_ms = (wait_ms * 2).min(5_000);
                }
                Err(storage::Error::Stale { .. }) => return Ok(Came::Busy),
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn is_stored(&self) -> Result<bool> {
        let (workspace, id, generation) =
            (self.grant.workspace, self.grant.id, self.grant.generation);
        let stored = self
            .cx
            .store
            .read("renew.is_stored", move |conn| {
                grants::one(conn, workspace, id)
            })
            .await?;
        Ok(stored.is_some_and(|grant| grant.generation > generation))
    }

    fn new_tokens(&self, renewed: Renewed) -> Result<NewTokens> {
        let grant = &self.grant;
        let jitter = u16::try_from(self.cx.chance.below(1000)).unwrap_or(0);
        let tokens = if is_made(Breakage::EmptySecretStored) {
            Tokens {
                refresh: renewed.tokens.refresh.clone(),
                ..self.tokens.replaced_by(renewed.tokens)
            }
        } else {
            self.tokens.replaced_by(renewed.tokens)
        };
        let rested_ms = ms_between(grant.fresh_since, self.cx.now());
        let ends = grant
            .ends
            .outlived(self.cx.now())
            .after_renewal(renewed.ends, rested_ms);
        let place = places::grant_tokens(grant.workspace, grant.id, grant.generation + 1);
        let secret = tokens.to_secret();
        let sealed = self
            .cx
            .vault
            .seal(
                Purpose::GrantToken,
                &place,
                &secret,
                self.cx.chance.as_ref(),
            )
            .map_err(|error| Error::Sealed {
                what: "a login".to_owned(),
                reason: error.to_string(),
            })?;
        Ok(NewTokens {
            sealed: sealed.into_bytes(),
            scopes: renewed.scopes.unwrap_or_else(|| grant.scopes.clone()),
            ends,
            horizon: horizon(grant.mechanism, &ends),
            renew_at: next_keep_alive(grant, &ends, self.cx.now(), jitter),
            jitter_permille: jitter,
        })
    }

    async fn refused(self, intent: RenewalId, mut failure: Failure) -> Result<Came> {
        if is_made(Breakage::OutageIsDeath) && failure.evidence.http_status == 503 {
            (failure.cause, failure.final_answer) = (Cause::Unknown, true);
            failure.about = platforms::failure::About::Login;
        }
        if failure.verdict() == Verdict::Dead {
            return self.dead(intent, failure).await;
        }
        let may_have_rotated =
            failure.sent == Sent::Maybe && self.grant.mechanism == Mechanism::RefreshRotating;
        if !may_have_rotated {
            let (grant, now) = (self.grant.clone(), self.cx.now());
            let (workspace, evidence) = (grant.workspace, failure.evidence.clone());
            // A platform that says why this account may not be used knows its token: what was asked
            // before, and never answered, rotated nothing.
            let knows_token = failure.limits() && failure.evidence.mapped;
            let write = move |conn: &mut storage::Conn<'_>| {
                renewals::answered(
                    conn,
                    workspace,
                    intent,
                    Verdict::TryAgain,
                    Some(&evidence),
                    now,
                )?;
                if knows_token {
                    renewals::end_open(conn, &grant, "answered", now)?;
                }
                Ok(())
            };
            self.cx.store.write("renew.refused", write).await?;
        }
        self.try_again(&failure).await
    }

    async fn dead(self, intent: RenewalId, mut failure: Failure) -> Result<Came> {
        if self.suspect {
            failure.cause = Cause::LostInFlight;
        }
        let (grant, ids, now) = (self.grant.clone(), self.cx.ids(), self.cx.now());
        let lease = self.held.lease;
        let write = move |conn: &mut storage::Conn<'_>| {
            renewals::answered(
                conn,
                grant.workspace,
                intent,
                Verdict::Dead,
                Some(&failure.evidence),
                now,
            )?;
            trouble::remember_of_grant(conn, &grant, &failure, now)?;
            let came = trouble::end(conn, &ids, &grant, failure.cause, &failure.evidence, now)?;
            grants::release(conn, grant.id, lease)?;
            Ok(came)
        };
        Ok(match self.cx.store.write("renew.dead", write).await? {
            trouble::Came::Dead(cause) => Came::Dead(cause),
            _ => Came::Busy,
        })
    }

    /// While no access token lives and the platform is in trouble, or says nothing of this login, its channels
    /// say so; as they do where the platform has a reason that no renewal mends (an account that it restricts).
    async fn try_again(&self, failure: &Failure) -> Result<Came> {
        let now = self.cx.now();
        let mut wait = try_again_after_ms(self.grant.tries, failure.retry_after_ms);
        let says_nothing = failure.says_nothing_of_login();
        let waits = (failure.cause.waits_out() || says_nothing)
            && needs_mint(self.grant.mechanism, &self.grant.ends, now);
        if waits {
            // Posts wait for this: the platform may be back any minute.
            wait = wait.min(LONGEST_OUTAGE_WAIT_MS.max(failure.retry_after_ms.unwrap_or(0)));
        }
        let at = plus_ms(now, wait);
        let (grant, lease, ids, failure) = (
            self.grant.clone(),
            self.held.lease,
            self.cx.ids(),
            failure.clone(),
        );
        let write = move |conn: &mut storage::Conn<'_>| {
            let end = while_it_fails(&grant, now);
            let next = NextTry {
                at,
                asked_until: failure
                    .retry_after_ms
                    .map(|asked| plus_ms(now, asked.min(DAY_MS))),
                evidence: Some(&failure.evidence),
                horizon: end,
            };
            grants::try_again(conn, &grant, lease, next)?;
            let open = if says_nothing {
                doubt::weigh(conn, &ids, &grant, &failure, now)?
            } else {
                None
            };
            trouble::remember_of_grant(conn, &grant, &failure, now)?;
            if !waits && !failure.limits() {
                return Ok(());
            }
            for on in channel_grants::of_grant(conn, grant.workspace, grant.id)? {
                let Some(channel) = channels::one(conn, grant.workspace, on.channel)? else {
                    continue;
                };
                if failure.limits() {
                    trouble::limit(conn, &ids, &on, &channel, &failure, now)?;
                } else if says_nothing {
                    let on = (&on, &channel);
                    doubt::show(conn, &ids, on, &failure, open.as_ref(), Some(at), now)?;
                } else {
                    trouble::wait(conn, &ids, &on, &channel, &failure, at, now)?;
                }
            }
            Ok(())
        };
        self.cx.store.write("renew.try_again", write).await?;
        Ok(Came::TryAgain(at))
    }
}

/// When a grant with these ends is next kept alive, counted from `fresh_since`.
#[must_use]
pub fn next_keep_alive(
    grant: &GrantRow,
    ends: &domain::grant::Ends,
    fresh_since: Timestamp,
    jitter_permille: u16,
) -> Option<Timestamp> {
    keep_alive(
        grant.platform,
        grant.flow,
        grant.mechanism,
        ends,
        fresh_since,
        jitter_permille,
    )
}

/// As [`next_keep_alive`], for a grant that is not stored yet.
#[must_use]
pub fn keep_alive(
    platform: domain::platform::Platform,
    flow: domain::platform::LoginFlow,
    mechanism: Mechanism,
    ends: &domain::grant::Ends,
    fresh_since: Timestamp,
    jitter_permille: u16,
) -> Option<Timestamp> {
    let facts = platforms::registry::get(platform)?.facts().flow(flow)?;
    keep_alive_at(Keep {
        mechanism,
        ends,
        fresh_since,
        earliest_ms: facts.earliest_renewal_ms,
        jitter_permille,
    })
}
