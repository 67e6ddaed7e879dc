//! Channels as pages and API see them, and what may be done to them.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::cause::{Cause, Confidence, SigningIn};
use domain::channel::{Link, Mode};
use domain::grant::End;
use domain::health::{Evidence, Health};
use domain::horizon::Outlook;
use domain::horizon::{EndKind, deciding_end, is_last_quarter, outlook_until};
use domain::ids::{ChannelId, EventId, SocialSetId, WorkspaceId};
use domain::member::Action;
use engine::connect::{self, Extended, GivenBack};
use engine::login::{self, LoginRows};
use engine::watch::Probed;
use storage::answers::{self, LoginAnswer};
use storage::channel_events::{self, ChannelEvent};
use storage::channel_posts::{self, Waiting};
use storage::channels::{self, ChannelRow};
use storage::sets::{self, SocialSet};
use storage::{Conn, audit};

use super::connecting::refusal;
use super::lacks::{Kind, lacks};
use crate::access::Guard;
use crate::problem::{Outcome, Refusal};
use crate::state::Web;

/// How many turns of a life its strip is drawn from at the most.
const TURNS: usize = 600;

/// A channel with its login and what waits on it.
#[derive(Clone)]
pub struct Seen {
    /// The account.
    pub channel: ChannelRow,
    /// Its set.
    pub set: SocialSet,
    /// The login that calls are made with; none where it never had one.
    pub login: Option<LoginRows>,
    /// What waits.
    pub waiting: Waiting,
    /// The last refusal that its login met, however long ago.
    pub last: Option<LoginAnswer>,
}

impl Seen {
    /// How its login is. A channel that has none needs a sign-in.
    #[must_use]
    pub fn health(&self) -> Health {
        self.login
            .as_ref()
            .map_or(Health::NeedsRefresh, |login| login.on.condition.health)
    }

    /// Why it is not well.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.login
            .as_ref()
            .and_then(|login| login.on.condition.cause)
    }

    /// A refusal that came after the last proof and that its health does not tell of: the login is kept, and what
    /// the platform said is shown.
    #[must_use]
    pub fn refusal(&self) -> Option<&LoginAnswer> {
        let login = self.login.as_ref().filter(|_| self.is_linked())?;
        let last = self.last.as_ref()?;
        let since_proof = login.on.proven_at.is_none_or(|proven| last.at > proven);
        let told = login.on.condition.cause == Some(last.cause);
        // What passes by itself is told by the health, as long as it lasts.
        (since_proof && !told && !last.cause.waits_out()).then_some(last)
    }

    /// How sure it is that what the platform said has this cause; none where its table does not say so.
    #[must_use]
    pub fn sure(&self, cause: Cause, said: &Evidence) -> Option<Confidence> {
        platforms::registry::get(self.channel.platform)?.sure(cause, said)
    }

    /// Whether it is linked.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.channel.link == Link::Linked
    }

    /// Whether a person must do something for it. A channel on which a person posts by hand needs no
    /// login.
    #[must_use]
    pub fn needs_person(&self) -> bool {
        self.is_linked() && self.channel.mode == Mode::Auto && self.health().needs_person()
    }

    /// Whether signing in again is a way to mend it.
    #[must_use]
    pub fn signing_in_helps(&self) -> bool {
        self.cause()
            .is_none_or(|cause| cause.signing_in() != SigningIn::DoesNotHelp)
            && !self.lacks_what_the_page_gives()
    }

    /// Whether what is missing is a role or a link, which only an admin of the Page can give.
    #[must_use]
    pub fn lacks_what_the_page_gives(&self) -> bool {
        let missing = lacks(self);
        !missing.is_empty() && missing.iter().all(|lack| lack.kind != Kind::Box)
    }

    /// What its login's future is: grant and channel together.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        self.login.as_ref().map_or(Outlook::Unknown, |login| {
            outlook_until(login.grant.mechanism, login.horizon())
        })
    }

    /// The end that its future depends on, with how we know of it; none where none is known.
    #[must_use]
    pub fn deciding_end(&self) -> Option<(EndKind, End)> {
        let login = self.login.as_ref()?;
        deciding_end(login.grant.mechanism, &login.grant.ends, &login.on.ends)
    }

    /// Whether that end is known only because a renewal did not move it.
    #[must_use]
    pub fn end_by_renewal(&self) -> bool {
        let absolute = matches!(self.deciding_end(), Some((EndKind::Absolute, _)));
        absolute
            && self.login.as_ref().is_some_and(|login| {
                login.grant.ends.absolute_by_renewal && login.on.ends.absolute_end.is_none()
            })
    }

    /// Whether its login is in the last quarter of its life.
    #[must_use]
    pub fn is_last_quarter(&self, now: Timestamp) -> bool {
        let (Some(login), Outlook::ExtendsUntil(end) | Outlook::NeedsSignInBy(end)) =
            (&self.login, self.outlook())
        else {
            return false;
        };
        is_last_quarter(login.grant.created_at, end, now)
    }

    /// Trouble first, then what ends soonest, then by name; unlinked ones last.
    fn rank(&self) -> (u8, u32, String) {
        let trouble = match (self.is_linked(), self.channel.mode, self.health()) {
            (false, _, _) => 9,
            (true, Mode::Remind, _) => 8,
            (true, Mode::Auto, Health::NeedsRefresh) => 0,
            (true, Mode::Auto, Health::Limited) => 1,
            (true, Mode::Auto, Health::Expiring) => 2,
            (true, Mode::Auto, Health::Waiting) => 3,
            (true, Mode::Auto, Health::Checking) => 4,
            (true, Mode::Auto, Health::Healthy) => 5,
        };
        (
            trouble,
            u32::MAX - self.waiting.held,
            self.channel.name.to_lowercase(),
        )
    }
}

/// All channels that the member may see, trouble first; only those of a set if one is named.
///
/// # Errors
/// When the store fails.
pub async fn list(web: &Web, by: &Guard, only: Option<SocialSetId>) -> Outcome<Vec<Seen>> {
    let (workspace, guard) = (by.workspace(), by.clone());
    web.read("web.channels", move |conn| {
        let known: BTreeMap<SocialSetId, SocialSet> = sets::list(conn, workspace)?
            .into_iter()
            .map(|set| (set.id, set))
            .collect();
        let waiting = channel_posts::waiting(conn, workspace)?;
        let mut all = Vec::new();
        for channel in channels::of_workspace(conn, workspace)? {
            let wanted =
                only.is_none_or(|set| set == channel.social_set) && guard.sees(channel.social_set);
            let Some(set) = known.get(&channel.social_set).filter(|_| wanted) else {
                continue;
            };
            all.push(seen(conn, workspace, channel, set.clone(), &waiting)?);
        }
        all.sort_by_key(Seen::rank);
        Ok(all)
    })
    .await
}

fn seen(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelRow,
    set: SocialSet,
    waiting: &BTreeMap<ChannelId, Waiting>,
) -> storage::Result<Seen> {
    let login = login::read(conn, workspace, channel.id, None)?;
    let waiting = waiting.get(&channel.id).copied().unwrap_or_default();
    let last = match &login {
        Some(login) => answers::last(conn, workspace, login.on.id)?,
        None => None,
    };
    Ok(Seen {
        channel,
        set,
        login,
        waiting,
        last,
    })
}

/// One channel, if the member may do this in its set.
///
/// # Errors
/// `not_found`, `not_allowed`.
pub async fn one(web: &Web, by: &Guard, id: ChannelId, action: Action) -> Outcome<Seen> {
    let (workspace, guard) = (by.workspace(), by.clone());
    web.read("web.channel", move |conn| {
        let channel = channels::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)?;
        guard.ask(action, Some(channel.social_set))?;
        let set = sets::one(conn, workspace, channel.social_set)?.ok_or_else(Refusal::not_found)?;
        let waiting = channel_posts::waiting(conn, workspace)?;
        Ok(seen(conn, workspace, channel, set, &waiting)?)
    })
    .await
}

/// Lines of the channel's timeline, newest first, before a place.
///
/// # Errors
/// `not_found`, `not_allowed`.
pub async fn timeline(
    web: &Web,
    by: &Guard,
    id: ChannelId,
    before: Option<(Timestamp, EventId)>,
    limit: usize,
) -> Outcome<Vec<ChannelEvent>> {
    one(web, by, id, Action::Read).await?;
    let workspace = by.workspace();
    web.read("web.timeline", move |conn| {
        Ok(match before {
            Some(place) => channel_events::before(conn, workspace, id, place, limit)?,
            None => channel_events::latest(conn, workspace, id, limit)?,
        })
    })
    .await
}

/// Where the channel's life turned since a moment, and how it stood before; for its strip.
///
/// # Errors
/// `not_found`, `not_allowed`.
pub async fn turns(
    web: &Web,
    by: &Guard,
    id: ChannelId,
    since: Timestamp,
) -> Outcome<(Option<ChannelEvent>, Vec<ChannelEvent>)> {
    one(web, by, id, Action::Read).await?;
    let workspace = by.workspace();
    web.read("web.turns", move |conn| {
        Ok(channel_events::turns(conn, workspace, id, since, TURNS)?)
    })
    .await
}

pub(super) async fn note(web: &Web, by: &Guard, action: &str, channel: &Seen) -> Outcome<()> {
    let line = web.audit_line(
        by.workspace(),
        by.maker(),
        action,
        channel.channel.id,
        channel.channel.handle.clone(),
    );
    web.write("web.channel_audit", move |conn| {
        Ok(audit::add(conn, &line)?)
    })
    .await
}

/// *Unlink*. Posts are kept and wait.
///
/// # Errors
/// `not_found`, `not_allowed`.
pub async fn unlink(web: &Web, by: &Guard, id: ChannelId) -> Outcome<Seen> {
    let before = one(web, by, id, Action::Manage).await?;
    connect::unlink(&web.cx, by.workspace(), id, by.maker())
        .await
        .map_err(refusal)?;
    note(web, by, "channel.unlink", &before).await?;
    one(web, by, id, Action::Manage).await
}

/// *Undo*.
///
/// # Errors
/// `not_found`, `not_allowed`, `not_now`.
pub async fn undo_unlink(web: &Web, by: &Guard, id: ChannelId) -> Outcome<Seen> {
    let before = one(web, by, id, Action::Manage).await?;
    connect::undo_unlink(&web.cx, by.workspace(), id, by.maker())
        .await
        .map_err(refusal)?;
    note(web, by, "channel.undo_unlink", &before).await?;
    one(web, by, id, Action::Manage).await
}

/// *Give the sign-in back*, of an unlinked channel.
///
/// # Errors
/// `not_found`, `not_allowed`, `not_now`.
pub async fn give_back(web: &Web, by: &Guard, id: ChannelId) -> Outcome<Vec<GivenBack>> {
    let before = one(web, by, id, Action::Manage).await?;
    let came = connect::revoke_now(&web.cx, by.workspace(), id, by.maker())
        .await
        .map_err(refusal)?;
    note(web, by, "channel.give_back", &before).await?;
    Ok(came)
}

/// Who posts.
///
/// # Errors
/// `not_found`, `not_allowed`.
pub async fn set_mode(web: &Web, by: &Guard, id: ChannelId, mode: Mode) -> Outcome<Seen> {
    let before = one(web, by, id, Action::Manage).await?;
    connect::set_mode(&web.cx, by.workspace(), id, mode, by.maker())
        .await
        .map_err(refusal)?;
    if before.channel.mode != mode {
        note(web, by, "channel.mode", &before).await?;
    }
    one(web, by, id, Action::Manage).await
}

/// *Extend now*.
///
/// # Errors
/// `not_found`, `not_allowed`, `no_login`.
pub async fn extend(web: &Web, by: &Guard, id: ChannelId) -> Outcome<Extended> {
    let seen = one(web, by, id, Action::SignIn).await?;
    let came = connect::extend_now(&web.cx, by.workspace(), id)
        .await
        .map_err(refusal)?;
    if matches!(came, Extended::Done { .. }) {
        note(web, by, "channel.extend", &seen).await?;
    }
    Ok(came)
}

/// *Update grid*.
///
/// # Errors
/// `not_found`, `not_allowed`, `not_now`.
pub async fn sync(web: &Web, by: &Guard, id: ChannelId) -> Outcome<()> {
    one(web, by, id, Action::SignIn).await?;
    connect::sync_now(&web.cx, by.workspace(), id)
        .await
        .map_err(refusal)
}

/// *Check now*.
///
/// # Errors
/// `not_found`, `not_allowed`, `no_login`.
pub async fn check(web: &Web, by: &Guard, id: ChannelId) -> Outcome<Probed> {
    one(web, by, id, Action::SignIn).await?;
    connect::prove_now(&web.cx, by.workspace(), id)
        .await
        .map_err(refusal)
}
