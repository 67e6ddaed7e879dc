//! Signing in at platforms, as pages and API ask for it: who may, in which set, and bound to whom. The
//! journey itself is `engine::connect`.

use domain::connect::{ConnectPhase, ConnectPurpose};
use domain::ids::{AppId, ChannelId, ConnectSessionId, SocialSetId};
use domain::member::Action;
use engine::connect::{self, Begin, Begun, Binding, ConnectError, Outcome as Known, Why};
use platforms::sign_in::Callback;
use storage::apps::{self, AppRow};
use storage::connect_sessions::{self, ConnectSession};
use storage::{audit, channels, grants, sets};

use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::Web;

/// How many half-finished sign-ins a list shows.
const OPEN: usize = 20;

/// What of a sign-in is to begin.
#[derive(Debug, Clone)]
pub struct BeginInput {
    /// Through which app.
    pub app: AppId,
    /// For a first connection: into which set.
    pub set: Option<SocialSetId>,
    /// The channel that is to be mended.
    pub channel: Option<ChannelId>,
    /// The handle, where the platform wants it beforehand.
    pub hint: Option<String>,
    /// Ask the platform for its sign-in form in any case.
    pub force: bool,
}

/// A sign-in under way with what is known of it.
#[derive(Debug, Clone)]
pub struct Session {
    /// The row.
    pub row: ConnectSession,
    /// What is known.
    pub known: Known,
    /// Through which app.
    pub app: AppRow,
}

/// Who may bring the sign-in back: this browser, or this key.
pub(super) fn binding(by: &Guard) -> Outcome<Binding> {
    match (by.key(), by.signed_in()) {
        (Some(key), _) => Ok(Binding::Key(key)),
        (None, Some(person)) => Ok(Binding::Browser(person.session.id)),
        (None, None) => Err(Refusal::new(&codes::SIGNED_OUT)),
    }
}

/// Begins a sign-in: mending a channel needs the right to sign in, a first connection the right to
/// manage the set.
///
/// # Errors
/// `not_found`, `not_allowed`, wrong fields, `platform_refused`, `platform_away`.
pub async fn begin(web: &Web, by: &Guard, input: BeginInput) -> Outcome<Begun> {
    let workspace = by.workspace();
    let set = match (input.channel, input.set) {
        (Some(channel), _) => {
            let row = web.read("web.connect_channel", move |conn| {
                Ok(channels::one(conn, workspace, channel)?)
            });
            let row = row.await?.ok_or_else(Refusal::not_found)?;
            by.ask(Action::SignIn, Some(row.social_set))?;
            row.social_set
        }
        (None, Some(set)) => {
            by.ask(Action::Manage, Some(set))?;
            set
        }
        (None, None) => {
            return Err(Refusal::field(
                "social_set",
                "missing",
                Words::key("field-missing"),
            ));
        }
    };
    let ask = Begin {
        purpose: ConnectPurpose::Connect,
        workspace,
        set,
        member: by.member(),
        binding: binding(by)?,
        app: input.app,
        channel: input.channel,
        hint: input.hint,
        force: input.force,
    };
    let begun = connect::begin(&web.cx, ask).await.map_err(refusal)?;
    let line = web.audit_line(
        workspace,
        by.maker(),
        "connect.begin",
        begun.session,
        String::new(),
    );
    web.write("web.connect_audit", move |conn| {
        Ok(audit::add(conn, &line)?)
    })
    .await?;
    Ok(begun)
}

/// The address at the platform of a sign-in that nobody came back from yet.
///
/// # Errors
/// As [`begin`]; `connect_ended`, `other_browser`, `begun_by_key`.
pub async fn way(web: &Web, by: &Guard, id: ConnectSessionId) -> Outcome<String> {
    connect::way(&web.cx, by.workspace(), id, binding(by)?)
        .await
        .map_err(refusal)
}

/// A browser, or a program, came back from the platform. `only` is the session that a program names: a
/// state of another one is refused.
///
/// # Errors
/// A wrong field where the platform answered nothing; `connect_ended`, `other_browser`, `begun_by_key`, `not_allowed`;
/// nothing is changed then.
pub async fn finish(
    web: &Web,
    by: &Guard,
    callback: Callback,
    only: Option<ConnectSessionId>,
) -> Outcome<Session> {
    let state = callback
        .get("state")
        .ok_or_else(|| refusal(Why::NoSession.into()))?
        .to_owned();
    // Without an answer of the platform the state is not spent: it is still good for the real one.
    let answered = |name: &&str| callback.get(name).is_some();
    if !["code", "error", "error_code", "error_reason"]
        .iter()
        .any(answered)
    {
        let words = Words::key("connect-no-answer");
        return Err(Refusal::field("params.code", "missing", words));
    }
    let (workspace, hash, guard) = (by.workspace(), crate::secret::hash(&state), by.clone());
    web.read("web.connect_state", move |conn| {
        let row = connect_sessions::by_state(conn, &hash)?;
        let row =
            row.filter(|row| row.workspace == workspace && only.is_none_or(|id| id == row.id));
        // What is not this workspace's is told like what is not there.
        let row = row.ok_or_else(|| Refusal::new(&codes::CONNECT_ENDED))?;
        guard.ask(Action::SignIn, Some(row.social_set))
    })
    .await?;
    let row = connect::finish(&web.cx, &state, binding(by)?, &callback)
        .await
        .map_err(refusal)?;
    with_app(web, row).await
}

/// A sign-in under way, after whatever can be done for it now was done.
///
/// # Errors
/// `not_found`.
pub async fn one(web: &Web, by: &Guard, id: ConnectSessionId) -> Outcome<Session> {
    let row = seen(web, by, id, Action::Read).await?;
    let row = match row.phase {
        ConnectPhase::Begun | ConnectPhase::Returned if row.grant.is_none() => {
            connect::go_on(&web.cx, row.workspace, row.id)
                .await
                .map_err(refusal)?
        }
        // Nothing of a trial waits for a person.
        ConnectPhase::Returned | ConnectPhase::Proving if row.purpose == ConnectPurpose::Test => {
            connect::go_on(&web.cx, row.workspace, row.id)
                .await
                .map_err(refusal)?
        }
        _ => row,
    };
    with_app(web, row).await
}

/// *Try again*: goes on with a sign-in that the platform kept waiting.
///
/// # Errors
/// `not_found`, `not_allowed`.
pub async fn go_on(web: &Web, by: &Guard, id: ConnectSessionId) -> Outcome<Session> {
    let row = seen(web, by, id, Action::SignIn).await?;
    let row = connect::go_on(&web.cx, row.workspace, row.id)
        .await
        .map_err(refusal)?;
    with_app(web, row).await
}

/// Accounts were chosen. Twice is once.
///
/// # Errors
/// `not_found`, `not_allowed`, wrong fields, `not_now`.
pub async fn choose(
    web: &Web,
    by: &Guard,
    id: ConnectSessionId,
    accounts: &[String],
) -> Outcome<Session> {
    let row = seen(web, by, id, Action::Manage).await?;
    let row = connect::choose(&web.cx, row.workspace, row.id, accounts)
        .await
        .map_err(refusal)?;
    let line = web.audit_line(
        row.workspace,
        by.maker(),
        "connect.choose",
        row.id,
        accounts.join(", "),
    );
    web.write("web.connect_audit", move |conn| {
        Ok(audit::add(conn, &line)?)
    })
    .await?;
    with_app(web, row).await
}

/// A person said whether the account is the same.
///
/// # Errors
/// As [`choose`].
pub async fn say_same(web: &Web, by: &Guard, id: ConnectSessionId, same: bool) -> Outcome<Session> {
    let row = seen(web, by, id, Action::SignIn).await?;
    let row = connect::say_same(&web.cx, row.workspace, row.id, same)
        .await
        .map_err(refusal)?;
    with_app(web, row).await
}

/// The sign-ins that can be gone on with, newest first.
///
/// # Errors
/// When the store fails.
pub async fn open(web: &Web, by: &Guard) -> Outcome<Vec<Session>> {
    let (workspace, now, guard) = (by.workspace(), web.security_now(), by.clone());
    web.read("web.connect_open", move |conn| {
        let mut found = Vec::new();
        for row in connect_sessions::open(conn, workspace, now, OPEN)? {
            if !guard.sees(row.social_set) || row.purpose == ConnectPurpose::Test {
                continue;
            }
            if let Some(app) = apps::one(conn, workspace, row.app)? {
                found.push(Session {
                    known: Known::of(&row.outcome),
                    row,
                    app,
                });
            }
        }
        Ok(found)
    })
    .await
}

/// The permissions that the sign-in gave; none where it gave no sign-in that is stored.
///
/// # Errors
/// When the store fails.
pub async fn granted(web: &Web, row: &ConnectSession) -> Outcome<Option<Vec<String>>> {
    let (workspace, Some(grant)) = (row.workspace, row.grant) else {
        return Ok(None);
    };
    web.read("web.connect_granted", move |conn| {
        let grant = grants::one(conn, workspace, grant)?;
        Ok(grant.map(|grant| grant.scopes))
    })
    .await
}

/// Whether this browser or key can go on with a sign-in: until somebody came back, only the one that began it.
#[must_use]
pub fn goes_on_here(by: &Guard, row: &ConnectSession) -> bool {
    let here = by
        .signed_in()
        .is_some_and(|person| row.session == Some(person.session.id));
    row.phase != ConnectPhase::Begun || here
}

/// The row, if the member may do this in its set.
async fn seen(
    web: &Web,
    by: &Guard,
    id: ConnectSessionId,
    action: Action,
) -> Outcome<ConnectSession> {
    let (workspace, guard) = (by.workspace(), by.clone());
    web.read("web.connect_one", move |conn| {
        let row = connect_sessions::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)?;
        if sets::one(conn, workspace, row.social_set)?.is_none() {
            return Err(Refusal::not_found());
        }
        guard.ask(action, Some(row.social_set))?;
        Ok(row)
    })
    .await
}

async fn with_app(web: &Web, row: ConnectSession) -> Outcome<Session> {
    let (workspace, app) = (row.workspace, row.app);
    let app = web.read("web.connect_app", move |conn| {
        Ok(apps::one(conn, workspace, app)?)
    });
    let app = app.await?.ok_or_else(Refusal::not_found)?;
    Ok(Session {
        known: Known::of(&row.outcome),
        row,
        app,
    })
}

/// The words for what connecting refused.
#[must_use]
pub fn refusal(error: ConnectError) -> Refusal {
    match error {
        ConnectError::Refused(why) => why_not(why),
        ConnectError::Platform(failure) if failure.cause.waits_out() => {
            Refusal::new(&codes::PLATFORM_AWAY)
        }
        ConnectError::Platform(failure) => {
            let said = if failure.evidence.message.is_empty() {
                failure.evidence.code
            } else {
                failure.evidence.message
            };
            Refusal::new(&codes::PLATFORM_REFUSED)
                .detail(Words::key("connect-platform-said").with("said", said))
        }
        ConnectError::Engine(engine::Error::Storage(error)) => error.into(),
        ConnectError::Engine(error) => {
            tracing::error!(%error, "a step of connecting failed");
            Refusal::new(&codes::INTERNAL)
        }
    }
}

fn why_not(why: Why) -> Refusal {
    match why {
        Why::NoSet | Why::NoChannel | Why::NoSignIn => Refusal::not_found(),
        Why::NoApp => Refusal::field("app", "unknown", Words::key("connect-no-app")),
        Why::AppRetired => Refusal::field("app", "retired", Words::key("apps-retired-words")),
        Why::OtherPlatform => Refusal::field(
            "app",
            "other_platform",
            Words::key("connect-other-platform"),
        ),
        Why::NoHandle => Refusal::field("handle", "missing", Words::key("connect-no-handle")),
        Why::NoAccount => Refusal::field(
            "accounts",
            "cannot_be_chosen",
            Words::key("connect-no-account"),
        ),
        Why::NoSession | Why::TooLate => Refusal::new(&codes::CONNECT_ENDED),
        Why::OtherBrowser => Refusal::new(&codes::OTHER_BROWSER),
        Why::BegunByKey => Refusal::new(&codes::BEGUN_BY_KEY),
        Why::NotNow | Why::LinkedOtherwise => Refusal::new(&codes::NOT_NOW),
        Why::NoLogin => Refusal::new(&codes::NO_LOGIN),
    }
}
