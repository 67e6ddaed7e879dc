//! The fire drill: what would happen to a channel if its login broke. It only reads; a test compares every row before
//! and after. What it says is what the engine does, by [`domain::fire_drill`], and no more.

use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::{Consent, Link, Mode};
use domain::delivery::State;
use domain::fire_drill::{self, Reach, noticed_by};
use domain::health::Health;
use domain::ids::ChannelId;
use domain::limits::PLAN_DAYS;
use domain::member::{Action, may};
use domain::schedule::{DAY_MS, Zone, ms_between};
use storage::deliveries::DeliveryRow;
use storage::fire_drill::{Counted, SpareLogin};
use storage::forecast::{ChannelLogin, LoginAhead};
use storage::holds::{self, Hold};
use storage::people::{self, MemberRow};
use storage::sets::{self, SocialSet};

use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::Web;

/// How many of the posts that would wait are listed.
pub const LISTED: usize = 100;

/// When it breaks. What is over means now.
#[derive(Debug, Clone, Default)]
pub enum At {
    /// Now.
    #[default]
    Now,
    /// An instant.
    Instant(Timestamp),
    /// A wall-clock time in the zone of the channel's set.
    Local(String),
}

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct What {
    /// When.
    pub at: At,
    /// The word of a cause; a changed password if absent.
    pub cause: Option<String>,
}

/// What would happen.
pub struct Drill {
    /// The account with its login.
    pub one: ChannelLogin,
    /// Its set.
    pub set: SocialSet,
    /// When it breaks.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// Whether there is anything that can break: a linked channel that posts by itself, with a login that works.
    pub applies: Applies,
    /// When it is noticed at the latest; none where nobody looks and nothing is due.
    pub noticed_by: Option<Timestamp>,
    /// How many posts it would meet.
    pub counted: Counted,
    /// The first of those that would wait.
    pub posts: Vec<DeliveryRow>,
    /// Members who may sign in for this set.
    pub may_sign_in: Vec<MemberRow>,
    /// How many further members read the Inbox of this set.
    pub others: usize,
    /// Sign-ins that are kept beside the one in use.
    pub spares: Vec<SpareLogin>,
    /// Other channels that the same cause would hit, of those that the asker may see.
    pub also_hit: Vec<ChannelLogin>,
    /// A hold over the set now.
    pub hold: Option<Hold>,
}

impl Drill {
    /// Whether this sign-in takes over by itself: it stands by, and the same does not hit it.
    #[must_use]
    pub fn takes_over(&self, spare: &SpareLogin) -> bool {
        spare.consent == Some(Consent::StandsBy) && self.still_works(spare)
    }

    /// Whether this sign-in would still work where the one in use does not: the same does not hit it.
    #[must_use]
    pub fn still_works(&self, spare: &SpareLogin) -> bool {
        let login = self.one.login.as_ref();
        let same = login.is_some_and(|login| login.person == spare.person);
        spare.health.may_send() && fire_drill::another_helps(self.cause, same)
    }
}

/// Whether a drill makes sense for a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// It does.
    Yes,
    /// Its login needs a person already: this is no drill.
    BrokenNow,
    /// A person posts by hand: nothing waits for the login.
    ReminderOnly,
    /// It is not linked.
    Unlinked,
}

/// What would happen to this channel. Nothing is touched.
///
/// # Errors
/// `not_found`; `bad_parameter` for a moment or cause that no drill can be about.
pub async fn drill(web: &Web, by: &Guard, id: ChannelId, what: What) -> Outcome<Drill> {
    let now = web.now();
    let cause = cause(what.cause.as_deref())?;
    let (workspace, guard) = (by.workspace(), by.clone());
    web.read("web.fire_drill", move |conn| {
        let mut all = storage::forecast::logins(conn, workspace)?;
        let place = all.iter().position(|one| one.channel.id == id);
        let one = all.swap_remove(place.ok_or_else(Refusal::not_found)?);
        guard.ask(Action::Read, Some(one.channel.social_set))?;
        let set =
            sets::one(conn, workspace, one.channel.social_set)?.ok_or_else(Refusal::not_found)?;
        let at = moment(&what.at, &set.zone, now)?;
        let posts = storage::fire_drill::due(conn, workspace, id, at, LISTED)?;
        let members = people::members(conn, workspace)?;
        let (may_sign_in, others): (Vec<_>, Vec<_>) = members
            .into_iter()
            .filter(|row| may(&row.member, Action::Read, Some(set.id)))
            .partition(|row| may(&row.member, Action::SignIn, Some(set.id)));
        all.retain(|other| guard.sees(other.channel.social_set) && is_hit(cause, &one, other));
        all.sort_by_cached_key(|other| other.channel.name.to_lowercase());
        Ok(Drill {
            applies: applies(&one),
            noticed_by: noticed(&one, at, &posts),
            counted: storage::fire_drill::counted(conn, workspace, id, at)?,
            spares: storage::fire_drill::spares(conn, workspace, id)?,
            hold: holds::over(conn, workspace, set.id, now)?,
            others: others.len(),
            also_hit: all,
            one,
            set,
            at,
            cause,
            posts,
            may_sign_in,
        })
    })
    .await
}

/// A moment that is over means now: a form that was open for a while is not refused for it.
fn moment(asked: &At, zone: &Zone, now: Timestamp) -> Outcome<Timestamp> {
    let wrong = |code, words| Refusal::new(&codes::BAD_PARAMETER).and_field("at", code, words);
    let at = match asked {
        At::Now => now,
        At::Instant(at) => *at,
        At::Local(text) => zone
            .parse_local(text)
            .map_err(|_| wrong("unreadable", Words::key("drill-unreadable")))?,
    };
    if ms_between(now, at) > PLAN_DAYS * DAY_MS {
        let words = Words::key("when-too-far").with("n", PLAN_DAYS);
        return Err(wrong("too_far", words));
    }
    Ok(at.max(now))
}

fn cause(asked: Option<&str>) -> Outcome<Cause> {
    let Some(word) = asked else {
        return Ok(fire_drill::USUAL);
    };
    let known = fire_drill::causes().find(|cause| cause.as_str() == word);
    known.ok_or_else(|| {
        let words = Words::key("drill-not-a-login");
        Refusal::new(&codes::BAD_PARAMETER).and_field("cause", "unknown", words)
    })
}

fn applies(one: &ChannelLogin) -> Applies {
    let broken = one
        .login
        .as_ref()
        .is_none_or(|login| login.health.needs_person());
    match (one.channel.link, one.channel.mode) {
        (Link::Unlinked, _) => Applies::Unlinked,
        (Link::Linked, Mode::Remind) => Applies::ReminderOnly,
        (Link::Linked, Mode::Auto) if broken => Applies::BrokenNow,
        (Link::Linked, Mode::Auto) => Applies::Yes,
    }
}

/// The next check of this login, or the first post: whichever speaks to the platform first.
fn noticed(one: &ChannelLogin, at: Timestamp, posts: &[DeliveryRow]) -> Option<Timestamp> {
    // One that waits for approval makes no call.
    let first = posts.iter().find(|post| post.state != State::InReview);
    let next = one.login.as_ref().and_then(|login| login.probe_at);
    let adapter = platforms::registry::get(one.channel.platform);
    let every = adapter.map_or(DAY_MS, |adapter| adapter.facts().probe_every_ms);
    noticed_by(at, next, every, first.and_then(|post| post.due_at))
}

/// Whether the cause that hits one channel hits the other as well.
fn is_hit(cause: Cause, one: &ChannelLogin, other: &ChannelLogin) -> bool {
    let usable = |login: &&LoginAhead| login.health != Health::NeedsRefresh;
    let (Some(here), Some(there)) = (&one.login, other.login.as_ref().filter(usable)) else {
        return false;
    };
    if other.channel.link == Link::Unlinked {
        return false;
    }
    match fire_drill::reach(cause) {
        Reach::Account => false,
        Reach::SignIn => here.grant == there.grant,
        Reach::Person => here.person == there.person,
        Reach::App => here.app == there.app,
        Reach::Platform => one.channel.platform == other.channel.platform,
    }
}
