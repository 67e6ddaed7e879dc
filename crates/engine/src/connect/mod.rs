//! Connecting: from *Refresh Channel Connection* or *Connect* over the platform's pages to a login
//! that is proven on its account; and what else a person does to a channel's login.
//!
//! It stands here and not in the web because it talks to platforms, must survive a kill at any await
//! (each step is durable, [`go_on`] goes on from the last one), and because the rehearsal signs in too.
//! The web only carries what a browser brings. Nothing of an old login is touched before the new one
//! is proven; a sign-in that comes back as another account changes nothing (promise 7).

mod alike;
mod attach;
mod begin;
mod channel;
mod finish;
mod give_back;
mod list;
mod outcome;
mod prove;
mod stand_by;
mod tend;
mod trial;

use domain::Timestamp;
use domain::connect::{ConnectPhase, ConnectPurpose};
use domain::ids::{
    ApiKeyId, AppId, ChannelId, ConnectSessionId, MemberId, SessionId, SocialSetId, WorkspaceId,
};
use domain::post::Maker;
use platforms::failure::Failure;
use storage::connect_sessions::ConnectSession;

pub use alike::{FailedAlike, failed_alike};
pub use attach::{choose, say_same};
pub use begin::{begin, way};
pub use channel::{Unlinked, set_mode, undo_unlink, unlink};
pub use finish::{finish, go_on};
pub use give_back::{GivenBack, revoke_now};
pub use outcome::{Elsewhere, Joined, Lacking, Listed, Outcome, Proven, Tested, Trouble};
pub(crate) use prove::take_over;
pub use stand_by::{Former, make_first, remove, stand_by};
pub use tend::{Extended, extend_now, prove_now, sync_now};
pub use trial::tidy as tidy_trials;

use crate::error::Error;

/// How long a state is good for, by the security clock.
pub const STATE_LIFE_MS: i64 = 15 * 60_000;
/// How long the platform's answer to a code may take, calls and a slow disk together.
const ANSWER_MS: i64 = 3 * 60_000;
/// How long accounts can be chosen.
const CHOOSING_MS: i64 = 24 * 60 * 60_000;

/// Who may bring a sign-in back: the browser in which it was begun, or the key of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// A browser session.
    Browser(SessionId),
    /// A key of the API.
    Key(ApiKeyId),
}

impl Binding {
    fn holds(self, row: &ConnectSession) -> bool {
        match self {
            Self::Browser(session) => row.session == Some(session),
            Self::Key(key) => row.api_key == Some(key),
        }
    }
}

/// A sign-in that is to begin.
#[derive(Debug, Clone)]
pub struct Begin {
    /// What for.
    pub purpose: ConnectPurpose,
    /// Whose.
    pub workspace: WorkspaceId,
    /// For which set.
    pub set: SocialSetId,
    /// Who asks.
    pub member: MemberId,
    /// Who may bring it back.
    pub binding: Binding,
    /// Through which app.
    pub app: AppId,
    /// The channel that is to be mended.
    pub channel: Option<ChannelId>,
    /// The account that is expected, or the handle that was typed.
    pub hint: Option<String>,
    /// Ask the platform for its sign-in form in any case.
    pub force: bool,
}

/// A sign-in that has begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// Which one.
    pub session: ConnectSessionId,
    /// Until when the browser may come back, by the security clock.
    pub ends_at: Timestamp,
}

/// Why a step was not done. Nothing was changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// No app of that id that this workspace may use.
    #[error("there is no such app")]
    NoApp,
    /// The app takes no new sign-ins.
    #[error("the app takes no new sign-ins")]
    AppRetired,
    /// No set of that id.
    #[error("there is no such social set")]
    NoSet,
    /// No channel of that id, or it is in another set.
    #[error("there is no such channel")]
    NoChannel,
    /// The app is for another platform than the channel.
    #[error("the app is for another platform")]
    OtherPlatform,
    /// The platform wants to know the handle beforehand.
    #[error("a handle is needed")]
    NoHandle,
    /// No sign-in of that id or state.
    #[error("there is no such sign-in")]
    NoSession,
    /// It was begun in another browser.
    #[error("the sign-in was begun in another browser")]
    OtherBrowser,
    /// It was begun by a program, which must bring the answer back.
    #[error("the sign-in was begun by a program")]
    BegunByKey,
    /// Nobody came back in time.
    #[error("the sign-in was begun too long ago")]
    TooLate,
    /// That account is not among those that can be chosen.
    #[error("that account cannot be chosen")]
    NoAccount,
    /// It is in a phase that has no such step.
    #[error("that step has been taken already")]
    NotNow,
    /// The channel has no login that lives.
    #[error("there is no login that lives")]
    NoLogin,
    /// There is no such sign-in on the channel.
    #[error("there is no such sign-in on the channel")]
    NoSignIn,
    /// The channel is not linked, or is.
    #[error("the channel is not in that state")]
    LinkedOtherwise,
}

/// What a step of connecting can fail with.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Not as asked.
    #[error(transparent)]
    Refused(#[from] Why),
    /// The platform did not give what was asked.
    #[error(transparent)]
    Platform(Box<Failure>),
    /// Store, vault, adapter.
    #[error(transparent)]
    Engine(#[from] Error),
}

impl From<storage::Error> for ConnectError {
    fn from(error: storage::Error) -> Self {
        Self::Engine(error.into())
    }
}

impl From<Failure> for ConnectError {
    fn from(failure: Failure) -> Self {
        Self::Platform(Box::new(failure))
    }
}

/// The result of a step of connecting.
pub type Result<T> = std::result::Result<T, ConnectError>;

/// Who a line of history names for a sign-in.
fn maker(row: &ConnectSession) -> Maker {
    row.api_key.map_or(Maker::Member(row.member), Maker::Key)
}

/// Whether it still can be gone on with at `now` (security clock).
#[must_use]
pub fn is_open(row: &ConnectSession, now: Timestamp) -> bool {
    !row.phase.is_end() && (row.phase != ConnectPhase::Begun || row.ends_at > now)
}
