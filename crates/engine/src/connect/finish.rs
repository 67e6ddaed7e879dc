//! Back from the platform: the state is spent once, the code becomes a stored grant, and the sign-in
//! goes on from phase to phase. Asking again (a double submit, the back button, a page that is loaded
//! again) never asks the platform for the same twice.

use domain::connect::{ConnectPhase, ConnectPurpose};
use domain::grant::Mechanism;
use domain::horizon::horizon;
use domain::ids::{ConnectSessionId, GrantId, Id as _, WorkspaceId};
use domain::schedule::plus_ms;
use platforms::call::Call;
use platforms::failure::Failure;
use platforms::sign_in::{Callback, SignedIn};
use storage::answers;
use storage::apps::{self, AppRow};
use storage::connect_sessions::{self, ConnectSession};
use storage::grants::{self, NewGrant, NewTokens};
use vault::{Purpose, places};

use super::begin::{hash, open};
use super::trial::{self, Ear};
use super::{
    ANSWER_MS, Binding, CHOOSING_MS, Outcome, Result, STATE_LIFE_MS, Trouble, Why, attach, list,
};
use crate::cx::Cx;
use crate::error::Error;
use crate::{login, renew};

/// How often a stored sign-in is tried again while the store is away.
const STORE_TRIES: u32 = 6;

enum Taken {
    Now(Box<ConnectSession>),
    Before(Box<ConnectSession>),
}

/// Ends the journey of a browser that came back with `state`. The row tells what came of it; one that
/// was spent before is answered as it stands.
///
/// # Errors
/// [`Why`] for an unknown state, another browser, or one that came too late: then nothing is changed.
pub async fn finish(
    cx: &Cx,
    state: &str,
    binding: Binding,
    callback: &Callback,
) -> Result<ConnectSession> {
    let taken = match take(cx, state, binding).await? {
        Taken::Before(row) => return Ok(*row),
        Taken::Now(row) => *row,
    };
    let kept = open(cx, &taken)?;
    let app = app_of(cx, &taken).await?;
    if app.removed_at.is_some() {
        let outcome = Outcome {
            trouble: Some(Trouble::AppRemoved),
            ..Outcome::of(&taken.outcome)
        };
        return advance(cx, taken, ConnectPhase::Failed, &outcome).await;
    }
    let secrets = trial::open_app(cx, &app, taken.purpose)?;
    let adapter = login::adapter(app.app.platform)?;
    let ear = Ear::of(cx);
    let call = Call {
        heard: Some(&ear),
        ..login::call(cx, &app, &secrets)
    };
    let answer = Box::pin(adapter.finish(&call, &kept.journey(), callback)).await;
    let mut known = Outcome::of(&taken.outcome);
    if taken.purpose == ConnectPurpose::Test {
        known.tested = Some(ear.tested());
    }
    let row = match answer {
        Ok(signed_in) => Box::pin(store(cx, &taken, &app, signed_in, known)).await?,
        Err(failure) => return Box::pin(not_signed_in(cx, taken, &failure, known)).await,
    };
    Box::pin(run(cx, row)).await
}

/// Goes on with a sign-in from where it stands: after a kill, or because the platform was away.
///
/// # Errors
/// [`Why::NoSession`]; when a step could not be recorded.
pub async fn go_on(
    cx: &Cx,
    workspace: WorkspaceId,
    id: ConnectSessionId,
) -> Result<ConnectSession> {
    let row = read(cx, workspace, id).await?;
    let late = row.ends_at <= cx.clocks.security.now();
    if row.phase == ConnectPhase::Returned && row.grant.is_none() {
        if !late {
            return Ok(row);
        }
        let outcome = Outcome {
            trouble: Some(Trouble::Interrupted),
            ..Outcome::of(&row.outcome)
        };
        return advance(cx, row, ConnectPhase::Failed, &outcome).await;
    }
    if row.phase == ConnectPhase::Begun && late {
        let now = cx.clocks.security.now();
        cx.store
            .write("connect.expire", move |conn| {
                connect_sessions::expire(conn, now)
            })
            .await?;
        return read(cx, workspace, id).await;
    }
    Box::pin(run(cx, row)).await
}

/// Each phase in a box: one after the other is taken, and none needs the room of all.
async fn run(cx: &Cx, mut row: ConnectSession) -> Result<ConnectSession> {
    if row.purpose == ConnectPurpose::Test {
        return Box::pin(trial::run(cx, row)).await;
    }
    if row.phase == ConnectPhase::Returned {
        row = Box::pin(list::list(cx, row)).await?;
    }
    if row.phase == ConnectPhase::Proving {
        row = Box::pin(attach::attach(cx, row)).await?;
    }
    Ok(row)
}

async fn take(cx: &Cx, state: &str, binding: Binding) -> Result<Taken> {
    let (hash, now) = (hash(state), cx.clocks.security.now());
    let write = move |conn: &mut storage::Conn<'_>| {
        let Some(row) = connect_sessions::by_state(conn, &hash)? else {
            return Ok(Err(Why::NoSession));
        };
        if !binding.holds(&row) {
            return Ok(Err(if row.api_key.is_some() {
                Why::BegunByKey
            } else {
                Why::OtherBrowser
            }));
        }
        if let Some(taken) =
            connect_sessions::take(conn, &row, &hash, now, plus_ms(now, ANSWER_MS))?
        {
            return Ok(Ok(Taken::Now(Box::new(taken))));
        }
        if row.phase == ConnectPhase::Begun {
            connect_sessions::expire(conn, now)?;
            return Ok(Err(Why::TooLate));
        }
        // Taken between the two statements on another node, or long ago: as it stands.
        let row = connect_sessions::by_state(conn, &hash)?.unwrap_or(row);
        Ok(Ok(Taken::Before(Box::new(row))))
    };
    Ok(cx.store.write("connect.take", write).await??)
}

async fn not_signed_in(
    cx: &Cx,
    row: ConnectSession,
    failure: &Failure,
    known: Outcome,
) -> Result<ConnectSession> {
    let phase = match failure.evidence.code.as_str() {
        "access_denied" => ConnectPhase::Canceled,
        // The platform itself says that somebody else came back than was asked for.
        "other_account" => ConnectPhase::Refused,
        _ => ConnectPhase::Failed,
    };
    let outcome = Outcome {
        trouble: Some(failure.into()),
        ..known
    };
    advance(cx, row, phase, &outcome).await
}

/// Makes the sign-in durable, sealed, before anything else uses it. A sign-in always makes a new grant.
async fn store(
    cx: &Cx,
    row: &ConnectSession,
    app: &AppRow,
    signed_in: SignedIn,
    mut outcome: Outcome,
) -> Result<ConnectSession> {
    let id = GrantId::new(cx.now(), cx.chance.as_ref());
    let mut tokens = new_tokens(cx, row.workspace, id, app, &signed_in)?;
    outcome.person = Some(signed_in.person_name.clone());
    let mut most_ms = CHOOSING_MS;
    if row.purpose == ConnectPurpose::Test {
        // It is given back before anybody could want it prolonged.
        tokens.renew_at = None;
        most_ms = STATE_LIFE_MS;
        if let Some(tested) = &mut outcome.tested {
            tested.scopes.clone_from(&signed_in.scopes);
        }
    }
    let kept = Stored {
        row: row.clone(),
        id,
        app: app.clone(),
        person_id: signed_in.person_id,
        person_name: signed_in.person_name,
        mechanism: signed_in.mechanism,
        tokens,
        outcome: outcome.document(),
    };
    let mut wait_ms = 50;
    for _ in 0..STORE_TRIES {
        let (kept, ids, now) = (kept.clone(), cx.ids(), cx.now());
        let ends_at = plus_ms(cx.clocks.security.now(), most_ms);
        let write = move |conn: &mut storage::Conn<'_>| kept.write(conn, &ids, now, ends_at);
        match cx.store.write("connect.signed_in", write).await {
            Err(error) if error.is_passing() => {
                tracing::warn!(%error, "a sign-in is not durable yet, trying again");
                cx.timer.pause(wait_ms).await;
                wait_ms *= 2;
            }
            // The commit's answer was lost: the row tells whether it is there.
            Err(storage::Error::Uncertain { .. }) => break,
            done => {
                done?;
                break;
            }
        }
    }
    let stored = read(cx, row.workspace, row.id).await?;
    if stored.grant.is_some() {
        Ok(stored)
    } else {
        Err(Error::Missing("sign-in that was stored").into())
    }
}

#[derive(Clone)]
struct Stored {
    row: ConnectSession,
    id: GrantId,
    app: AppRow,
    person_id: String,
    person_name: String,
    mechanism: Mechanism,
    tokens: NewTokens,
    outcome: serde_json::Value,
}

impl Stored {
    fn write(
        &self,
        conn: &mut storage::Conn<'_>,
        ids: &crate::cx::Ids,
        now: domain::Timestamp,
        ends_at: domain::Timestamp,
    ) -> storage::Result<()> {
        let app = &self.app.app;
        let person = grants::platform_person(conn, ids.make(), app.id, &self.person_id)?;
        let new = NewGrant {
            id: self.id,
            workspace: self.row.workspace,
            app: app.id,
            platform: app.platform,
            flow: app.flow,
            person,
            person_name: &self.person_name,
            signed_in_by: Some(self.row.member),
            mechanism: self.mechanism,
            tokens: &self.tokens,
        };
        grants::insert(conn, &new, now)?;
        connect_sessions::advance(
            conn,
            &self.row,
            ConnectPhase::Returned,
            &self.outcome,
            Some(self.id),
            ends_at,
        )
    }
}

fn new_tokens(
    cx: &Cx,
    workspace: WorkspaceId,
    id: GrantId,
    app: &AppRow,
    signed_in: &SignedIn,
) -> Result<NewTokens> {
    let secret = signed_in.tokens.to_secret();
    let place = places::grant_tokens(workspace, id, 1);
    let sealed = cx
        .vault
        .seal(Purpose::GrantToken, &place, &secret, cx.chance.as_ref());
    let sealed = sealed.map_err(|error| Error::Sealed {
        what: "a login".to_owned(),
        reason: error.to_string(),
    })?;
    let jitter = u16::try_from(cx.chance.below(1000)).unwrap_or(0);
    let (platform, flow) = (app.app.platform, app.app.flow);
    let (mechanism, ends) = (signed_in.mechanism, signed_in.ends);
    Ok(NewTokens {
        sealed: sealed.into_bytes(),
        scopes: signed_in.scopes.clone(),
        ends,
        horizon: horizon(mechanism, &ends),
        renew_at: renew::keep_alive(platform, flow, mechanism, &ends, cx.now(), jitter),
        jitter_permille: jitter,
    })
}

/// The row of a sign-in.
pub(super) async fn read(
    cx: &Cx,
    workspace: WorkspaceId,
    id: ConnectSessionId,
) -> Result<ConnectSession> {
    let row = cx
        .store
        .read("connect.read", move |conn| {
            connect_sessions::one(conn, workspace, id)
        })
        .await?;
    Ok(row.ok_or(Why::NoSession)?)
}

/// The app of a sign-in.
pub(super) async fn app_of(cx: &Cx, row: &ConnectSession) -> Result<AppRow> {
    let (workspace, app) = (row.workspace, row.app);
    let app = cx
        .store
        .read("connect.app", move |conn| apps::one(conn, workspace, app))
        .await?;
    Ok(app.ok_or(Why::NoApp)?)
}

/// Takes a sign-in on; where somebody else did meanwhile, the row is as they left it.
pub(super) async fn advance(
    cx: &Cx,
    row: ConnectSession,
    to: ConnectPhase,
    outcome: &Outcome,
) -> Result<ConnectSession> {
    let (workspace, id) = (row.workspace, row.id);
    let document = outcome.document();
    let most_ms = match row.purpose {
        ConnectPurpose::Connect => CHOOSING_MS,
        ConnectPurpose::Test => STATE_LIFE_MS,
    };
    let (ends_at, now) = (plus_ms(cx.clocks.security.now(), most_ms), cx.now());
    let unknown = match &outcome.trouble {
        Some(Trouble::Platform { evidence, .. }) if !evidence.mapped => Some(evidence.clone()),
        _ => None,
    };
    let write = move |conn: &mut storage::Conn<'_>| {
        connect_sessions::advance(conn, &row, to, &document, None, ends_at)?;
        if let Some(evidence) = &unknown
            && let Some(app) = apps::one(conn, workspace, row.app)?
        {
            answers::count_unmapped(conn, workspace, app.app.platform, evidence, now)?;
        }
        Ok(())
    };
    match cx.store.write("connect.advance", write).await {
        Ok(()) | Err(storage::Error::Stale { .. }) => read(cx, workspace, id).await,
        Err(error) => Err(error.into()),
    }
}
