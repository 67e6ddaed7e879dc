//! The way to the platform: a single-use state, what must be kept until the browser is back, and the
//! address. The state itself is only in the address; the row has its hash, the journey is sealed.

use domain::cause::Cause;
use domain::connect::{ConnectPhase, ConnectPurpose};
use domain::ids::{ConnectSessionId, Id as _, WorkspaceId};
use domain::schedule::plus_ms;
use platforms::sign_in::Ask;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use storage::apps::{self, AppRow};
use storage::connect_sessions::{self, Again, ConnectSession};
use storage::{channel_grants, channels, sets};
use vault::{Purpose, Sealed, places};

use super::{Begin, Begun, Binding, ConnectError, Outcome, Result, STATE_LIFE_MS, Why, trial};
use crate::cx::Cx;
use crate::error::Error;
use crate::login;

/// How long an address at the platform is handed out again. Pushed requests live five minutes at the
/// least generous platform (sheet bluesky.md §3).
const ADDRESS_LIFE_MS: i64 = 4 * 60_000;

/// What is sealed until the browser is back.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    state: String,
    url: String,
    journey: String,
}

impl Kept {
    /// What the adapter kept.
    pub(super) fn journey(&self) -> SecretString {
        self.journey.clone().into()
    }
}

/// Begins a sign-in.
///
/// # Errors
/// [`Why`] for what is not there; the platform's answer where it is asked beforehand (an unknown
/// handle).
pub async fn begin(cx: &Cx, ask: Begin) -> Result<Begun> {
    let (app, hint, mends) = allowed(cx, &ask).await?;
    let facts = login::adapter(app.app.platform)?.facts().flow(app.app.flow);
    if facts.is_some_and(|flow| flow.needs_handle) && hint.is_none() {
        return Err(Why::NoHandle.into());
    }
    let now = cx.clocks.security.now();
    let id = ConnectSessionId::new(now, cx.chance.as_ref());
    let wanted = Wanted {
        hint: hint.as_deref(),
        force: ask.force,
        mends,
        purpose: ask.purpose,
    };
    let kept = Box::pin(set_out(cx, &app, &wanted)).await?;
    let (session, api_key) = match ask.binding {
        Binding::Browser(session) => (Some(session), None),
        Binding::Key(key) => (None, Some(key)),
    };
    let row = ConnectSession {
        id,
        purpose: ask.purpose,
        workspace: ask.workspace,
        social_set: ask.set,
        member: ask.member,
        session,
        api_key,
        app: app.app.id,
        channel: ask.channel,
        journey_sealed: Some(seal(cx, ask.workspace, id, &kept)?),
        phase: ConnectPhase::Begun,
        grant: None,
        outcome: Outcome {
            hint,
            force: ask.force,
            mends,
            ..Outcome::default()
        }
        .document(),
        created_at: now,
        ends_at: plus_ms(now, STATE_LIFE_MS),
    };
    let (hash, ends_at) = (hash(&kept.state), row.ends_at);
    let write = move |conn: &mut storage::Conn<'_>| {
        connect_sessions::expire(conn, now)?;
        connect_sessions::create(conn, &row, &hash)
    };
    cx.store.write("connect.begin", write).await?;
    Ok(Begun {
        url: kept.url,
        session: id,
        ends_at,
    })
}

/// Whether the parts belong together, whom to expect, and what is to be mended.
async fn allowed(cx: &Cx, ask: &Begin) -> Result<(AppRow, Option<String>, Option<Cause>)> {
    let (workspace, app, set, channel) = (ask.workspace, ask.app, ask.set, ask.channel);
    let read = cx.store.read("connect.allowed", move |conn| {
        let channel = match channel {
            Some(id) => Some((
                channels::one(conn, workspace, id)?,
                channel_grants::primary(conn, workspace, id)?,
            )),
            None => None,
        };
        Ok((
            apps::one(conn, workspace, app)?,
            sets::one(conn, workspace, set)?,
            channel,
        ))
    });
    let (app, set, channel) = read.await?;
    let (app, set) = (app.ok_or(Why::NoApp)?, set.ok_or(Why::NoSet)?);
    // A retired app may be tried: that says whether it could be taken up again.
    match ask.purpose {
        _ if app.removed_at.is_some() => return Err(Why::NoApp.into()),
        ConnectPurpose::Connect if !app.takes_sign_ins() => return Err(Why::AppRetired.into()),
        ConnectPurpose::Connect | ConnectPurpose::Test => {}
    }
    let typed = ask
        .hint
        .as_deref()
        .map(|hint| hint.trim().trim_start_matches('@'))
        .filter(|hint| !hint.is_empty());
    let (mut hint, mut mends) = (typed.map(str::to_owned), None);
    if let Some((channel, login)) = channel {
        mends = login.and_then(|login| login.condition.cause);
        let channel = channel
            .filter(|channel| channel.social_set == set.id)
            .ok_or(Why::NoChannel)?;
        if channel.platform != app.app.platform {
            return Err(Why::OtherPlatform.into());
        }
        hint = hint.or(Some(channel.handle).filter(|handle| !handle.is_empty()));
    }
    Ok((app, hint, mends))
}

/// What is asked of the platform.
struct Wanted<'a> {
    hint: Option<&'a str>,
    force: bool,
    mends: Option<Cause>,
    purpose: ConnectPurpose,
}

/// A new state, and what the adapter makes of it.
async fn set_out(cx: &Cx, app: &AppRow, wanted: &Wanted<'_>) -> Result<Kept> {
    let secrets = trial::open_app(cx, app, wanted.purpose)?;
    let state: String = cx
        .chance
        .bytes::<32>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let adapter = login::adapter(app.app.platform)?;
    let begun = adapter
        .begin(
            &login::call(cx, app, &secrets),
            &Ask {
                state: &state,
                hint: wanted.hint,
                force: wanted.force,
                mends: wanted.mends,
            },
        )
        .await?;
    Ok(Kept {
        state,
        url: begun.url,
        journey: begun.journey.expose_secret().to_owned(),
    })
}

/// The address at the platform of a sign-in that nobody came back from yet. Where it is too old to be
/// taken there, another one is made, and the older one is of no use any more.
///
/// # Errors
/// [`Why`] where it was begun elsewhere, or is over; the platform's answer where it is asked again.
pub async fn way(
    cx: &Cx,
    workspace: WorkspaceId,
    id: ConnectSessionId,
    binding: Binding,
) -> Result<String> {
    let read = cx.store.read("connect.way", move |conn| {
        let Some(row) = connect_sessions::one(conn, workspace, id)? else {
            return Ok(None);
        };
        Ok(apps::one(conn, workspace, row.app)?.map(|app| (row, app)))
    });
    let (row, app) = read.await?.ok_or(Why::NoSession)?;
    if !binding.holds(&row) {
        return Err(if row.api_key.is_some() {
            Why::BegunByKey
        } else {
            Why::OtherBrowser
        }
        .into());
    }
    let now = cx.clocks.security.now();
    if row.phase != ConnectPhase::Begun {
        return Err(Why::NotNow.into());
    }
    if row.ends_at <= now {
        return Err(Why::TooLate.into());
    }
    let kept = open(cx, &row)?;
    if plus_ms(row.created_at, ADDRESS_LIFE_MS) > now {
        return Ok(kept.url);
    }
    let outcome = Outcome::of(&row.outcome);
    let wanted = Wanted {
        hint: outcome.hint.as_deref(),
        force: outcome.force,
        mends: outcome.mends,
        purpose: row.purpose,
    };
    let fresh = set_out(cx, &app, &wanted).await?;
    let sealed = seal(cx, workspace, id, &fresh)?;
    let (old_hash, new_hash) = (hash(&kept.state), hash(&fresh.state));
    let write = move |conn: &mut storage::Conn<'_>| {
        let new = Again {
            old_state_sha256: &old_hash,
            state_sha256: &new_hash,
            journey_sealed: &sealed,
            now,
            ends_at: plus_ms(now, STATE_LIFE_MS),
        };
        connect_sessions::again(conn, &row, &new)
    };
    match cx.store.write("connect.way_again", write).await {
        Ok(()) => Ok(fresh.url),
        Err(storage::Error::Stale { .. }) => Err(Why::NotNow.into()),
        Err(error) => Err(error.into()),
    }
}

/// The hash under which a state is stored.
pub(super) fn hash(state: &str) -> [u8; 32] {
    Sha256::digest(state.as_bytes()).into()
}

fn seal(cx: &Cx, workspace: WorkspaceId, id: ConnectSessionId, kept: &Kept) -> Result<Vec<u8>> {
    // A struct of texts always has a JSON text.
    let text = SecretString::from(serde_json::to_string(kept).unwrap_or_default());
    let place = places::journey(workspace, id);
    let sealed = cx
        .vault
        .seal(Purpose::Journey, &place, &text, cx.chance.as_ref());
    Ok(sealed
        .map_err(|error| unsealed(error.to_string()))?
        .into_bytes())
}

/// Opens what was kept.
pub(super) fn open(cx: &Cx, row: &ConnectSession) -> Result<Kept> {
    let bytes = row.journey_sealed.clone().ok_or(Why::NotNow)?;
    let sealed = Sealed::from_bytes(bytes).map_err(|error| unsealed(error.to_string()))?;
    let place = places::journey(row.workspace, row.id);
    let text = cx
        .vault
        .open(Purpose::Journey, &place, &sealed)
        .map_err(|error| unsealed(error.to_string()))?;
    serde_json::from_str(text.expose_secret())
        .map_err(|_| unsealed("it holds another form".to_owned()))
}

fn unsealed(reason: String) -> ConnectError {
    Error::Sealed {
        what: "a sign-in under way".to_owned(),
        reason,
    }
    .into()
}
