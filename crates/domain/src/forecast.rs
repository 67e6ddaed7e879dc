//! The forecast: what becomes of a login in the days ahead, by the rules that the engine itself follows. Pure: what
//! is known of a login goes in, bars, renewals and moments come out. It promises nothing: a platform may end a
//! login any day, and checks and posts may extend it sooner than it says.

use jiff::civil::Date;

use crate::Timestamp;
use crate::channel::{Link, Mode};
use crate::grant::{End, Ends, Mechanism};
use crate::health::Health;
use crate::horizon::{self, Outlook, WARNING_DAYS, first_warning_ms_before};
use crate::renewal::{Keep, keep_alive_at};
use crate::schedule::{DAY_MS, Zone, ms_between, plus_ms};
use crate::words::words;

/// How far a forecast looks, in days.
pub const DAYS: i64 = 90;

/// By how much chance moves a renewal on average, in thousandths of its greatest part: it is drawn anew for each.
const MIDDLE_JITTER_PERMILLE: u16 = 500;

words! {
    /// How a login is during a stretch of time, in the grammar of the life ring.
    pub enum Kind {
        /// It extends itself and no end is known.
        ExtendsItself = "extends_itself",
        /// It lives until an end that needs a person.
        GoodUntil = "good_until",
        /// The same, in the last quarter of its life.
        LastQuarter = "last_quarter",
        /// It lives, nothing extends it, and nothing tells its end.
        EndUnknown = "end_unknown",
        /// A person must sign in.
        NeedsSignIn = "needs_sign_in",
        /// It lives but may not do what is needed.
        PermissionMissing = "permission_missing",
        /// The platform is in trouble; nobody knows until when.
        PlatformDown = "platform_down",
        /// It is being checked.
        Checking = "checking",
        /// A person posts by hand.
        ReminderOnly = "reminder_only",
        /// The channel is not linked.
        Unlinked = "unlinked",
    }
}

/// What is known of the login that a channel's calls are made with.
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    /// How it is; of a grant whose life is over `NeedsRefresh`.
    pub health: Health,
    /// How it is prolonged.
    pub mechanism: Mechanism,
    /// The grant's ends.
    pub ends: &'a Ends,
    /// The earliest end that no machine can move, of grant and channel together.
    pub horizon: Option<Timestamp>,
    /// When the person signed in.
    pub signed_in_at: Timestamp,
    /// When its tokens were last made.
    pub fresh_since: Timestamp,
    /// When it is next renewed, as the engine has set it.
    pub renew_at: Option<Timestamp>,
    /// How old a token must be before the platform lets it be renewed, in milliseconds.
    pub earliest_ms: i64,
}

/// A channel whose future is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Channel<'a> {
    /// Whether it is linked.
    pub link: Link,
    /// Who posts.
    pub mode: Mode,
    /// Its login; none where nobody has signed in yet.
    pub login: Option<Login<'a>>,
    /// Whether anything is planned on it: then an end is announced earlier.
    pub something_planned: bool,
}

/// The time that a forecast is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first moment: now.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

impl Window {
    /// The [`DAYS`] days of this zone's calendar from now on, of which the first is today.
    #[must_use]
    pub fn ahead(now: Timestamp, zone: &Zone) -> Self {
        let last = zone.local(plus_ms(now, DAYS * DAY_MS)).date();
        let midnight = last.to_datetime(jiff::civil::Time::midnight());
        let end = zone.tz().to_ambiguous_zoned(midnight).compatible();
        Self {
            from: now,
            to: end.map_or(plus_ms(now, DAYS * DAY_MS), |end| end.timestamp()),
        }
    }
}

/// A stretch of a login's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
    /// How it is in it.
    pub kind: Kind,
}

/// A moment at which an end is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warning {
    /// When.
    pub at: Timestamp,
    /// How many days are left then: 14, 7, 3 or 1.
    pub days: i64,
}

/// What becomes of one login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Its life, without a hole from the beginning of the window to its end.
    pub stretches: Vec<Stretch>,
    /// When it is extended without a person, about: at most once a day, each by the rule, from the one before.
    pub renewals: Vec<Timestamp>,
    /// The first moment in the window at which a person is needed; its beginning if one is needed now.
    pub needs_person_at: Option<Timestamp>,
    /// When that is announced, as far as that lies ahead.
    pub warnings: Vec<Warning>,
    /// What its future is, also beyond the window.
    pub outlook: Outlook,
    /// The earliest end that no machine can move, also beyond the window.
    pub good_until: Option<Timestamp>,
    needs_person_now: bool,
    posts: Posts,
}

/// What becomes of the posts that are planned on a channel, its login's end left aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Posts {
    /// They go out by themselves.
    GoOut,
    /// A person posts them.
    ByHand,
    /// They will be held.
    Held,
}

/// How much a channel wants a person; the least comes first in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Somebody is needed now.
    Now,
    /// Somebody will be needed within the window.
    Later(Timestamp),
    /// It is not linked, and posts are planned on it.
    UnlinkedWithPosts,
    /// Nobody is needed, but nobody knows until when: the platform is in trouble, it is being checked, or its end is
    /// not known.
    Unclear,
    /// Nobody is needed.
    Nobody,
    /// A person posts by hand: no login is needed.
    ReminderOnly,
    /// It is not linked, and nothing is planned on it.
    Unlinked,
}

/// What becomes of a channel's login in this window.
#[must_use]
pub fn forecast(channel: &Channel<'_>, window: Window) -> Forecast {
    let none = Forecast {
        stretches: Vec::new(),
        renewals: Vec::new(),
        needs_person_at: None,
        warnings: Vec::new(),
        outlook: Outlook::Unknown,
        good_until: None,
        needs_person_now: false,
        posts: Posts::GoOut,
    };
    let whole = |kind| {
        vec![Stretch {
            from: window.from,
            to: window.to,
            kind,
        }]
    };
    if channel.link == Link::Unlinked {
        return Forecast {
            stretches: whole(Kind::Unlinked),
            posts: Posts::Held,
            ..none
        };
    }
    let by_hand = channel.mode == Mode::Remind;
    let Some(login) = channel.login else {
        let (kind, posts) = if by_hand {
            (Kind::ReminderOnly, Posts::ByHand)
        } else {
            (Kind::NeedsSignIn, Posts::Held)
        };
        return Forecast {
            stretches: whole(kind),
            needs_person_at: (!by_hand).then_some(window.from),
            needs_person_now: !by_hand,
            posts,
            ..none
        };
    };
    let known = Forecast {
        renewals: renewals(&login, window),
        outlook: outlook(&login),
        good_until: login.horizon,
        ..none
    };
    if by_hand {
        // Its sign-in may end without a post being held for it.
        return Forecast {
            stretches: whole(Kind::ReminderOnly),
            posts: Posts::ByHand,
            ..known
        };
    }
    let now = login.health.needs_person() || login.horizon.is_some_and(|end| end <= window.from);
    let later = login.horizon.filter(|end| *end < window.to);
    Forecast {
        stretches: stretches(&login, window),
        needs_person_at: if now { Some(window.from) } else { later },
        warnings: if now {
            Vec::new()
        } else {
            warnings(&login, channel.something_planned, window)
        },
        needs_person_now: now,
        posts: if now { Posts::Held } else { Posts::GoOut },
        ..known
    }
}

/// What a channel says of its login's future: as [`horizon::outlook`], with the end of its own that it may have.
fn outlook(login: &Login<'_>) -> Outlook {
    match (login.mechanism, login.horizon) {
        (Mechanism::None, Some(at)) => Outlook::NeedsSignInBy(at),
        (Mechanism::None, None) => Outlook::Unknown,
        (_, Some(at)) => Outlook::ExtendsUntil(at),
        (_, None) => Outlook::ExtendsItself,
    }
}

impl Forecast {
    /// Whether a post that is due then will not go out unless a person does something before: it is due beyond the
    /// login's end, or its channel needs a person now or is not linked.
    #[must_use]
    pub fn at_risk(&self, due_at: Timestamp) -> bool {
        match self.posts {
            Posts::ByHand => false,
            Posts::Held => true,
            Posts::GoOut => horizon::at_risk(self.good_until, due_at),
        }
    }

    /// Whether a person is needed now.
    #[must_use]
    pub const fn needs_person_now(&self) -> bool {
        self.needs_person_now
    }

    /// How much it wants a person.
    #[must_use]
    pub fn urgency(&self, something_planned: bool) -> Urgency {
        match (self.needs_person_now, self.needs_person_at, self.kind()) {
            (true, _, _) => Urgency::Now,
            (_, Some(at), _) => Urgency::Later(at),
            (_, _, Kind::Unlinked) if something_planned => Urgency::UnlinkedWithPosts,
            (_, _, Kind::Unlinked) => Urgency::Unlinked,
            (_, _, Kind::ReminderOnly) => Urgency::ReminderOnly,
            (_, _, Kind::PlatformDown | Kind::Checking | Kind::EndUnknown) => Urgency::Unclear,
            _ => Urgency::Nobody,
        }
    }

    /// How the login is at the window's beginning.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.stretches
            .first()
            .map_or(Kind::EndUnknown, |stretch| stretch.kind)
    }
}

/// Its life in stretches, each where it has any length in the window.
fn stretches(login: &Login<'_>, window: Window) -> Vec<Stretch> {
    let lasting = match login.health {
        Health::NeedsRefresh => Some(Kind::NeedsSignIn),
        Health::Limited => Some(Kind::PermissionMissing),
        Health::Waiting => Some(Kind::PlatformDown),
        Health::Checking => Some(Kind::Checking),
        Health::Healthy | Health::Expiring => None,
    };
    let cuts: [(Option<Timestamp>, Kind); 3] = match (login.horizon, lasting) {
        (None, Some(kind)) => [(None, kind), (None, kind), (None, kind)],
        (None, None) => {
            let kind = if login.mechanism == Mechanism::None {
                Kind::EndUnknown
            } else {
                Kind::ExtendsItself
            };
            [(None, kind), (None, kind), (None, kind)]
        }
        (Some(end), Some(kind)) => [
            (Some(end), kind),
            (Some(end), kind),
            (None, Kind::NeedsSignIn),
        ],
        (Some(end), None) => {
            let quarter = ms_between(login.signed_in_at, end).max(0) / 4;
            [
                (Some(plus_ms(end, -quarter)), Kind::GoodUntil),
                (Some(end), Kind::LastQuarter),
                (None, Kind::NeedsSignIn),
            ]
        }
    };
    let (mut all, mut from) = (Vec::new(), window.from);
    for (until, kind) in cuts {
        let to = until.unwrap_or(window.to).clamp(from, window.to);
        if from < to {
            all.push(Stretch { from, to, kind });
        }
        from = to;
    }
    all
}

/// When it is extended, about: from the moment that the engine has set on, each from the one before by the rule of
/// [`keep_alive_at`]; none at or behind an end that no machine can move.
fn renewals(login: &Login<'_>, window: Window) -> Vec<Timestamp> {
    let lives = login.health != Health::NeedsRefresh;
    let Some(first) = login.renew_at.filter(|_| lives) else {
        return Vec::new();
    };
    let until = login.horizon.map_or(window.to, |end| end.min(window.to));
    let (mut all, mut ends) = (Vec::new(), *login.ends);
    let (mut fresh_since, mut at) = (login.fresh_since, first.max(window.from));
    while at < until {
        all.push(at);
        ends = moved(ends, ms_between(fresh_since, at));
        fresh_since = at;
        let next = keep_alive_at(Keep {
            mechanism: login.mechanism,
            ends: &ends,
            fresh_since,
            earliest_ms: login.earliest_ms,
            jitter_permille: MIDDLE_JITTER_PERMILLE,
        });
        let Some(next) = next else { break };
        // Tokens that live for hours are renewed many times a day: one of them stands for all.
        at = next.max(plus_ms(at, DAY_MS));
    }
    all
}

/// The ends after a renewal so many milliseconds later, if the platform gives as much again as before.
fn moved(ends: Ends, by_ms: i64) -> Ends {
    let later = |end: Option<End>| {
        end.map(|end| End {
            at: plus_ms(end.at, by_ms),
            ..end
        })
    };
    Ends {
        access_end: later(ends.access_end),
        sliding_end: later(ends.sliding_end),
        ..ends
    }
}

/// When the login's end is announced, as far as that lies ahead and in the window.
fn warnings(login: &Login<'_>, something_planned: bool, window: Window) -> Vec<Warning> {
    let Some(end) = login.horizon else {
        return Vec::new();
    };
    let first = first_warning_ms_before(login.signed_in_at, end, something_planned);
    let mut all: Vec<Warning> = Vec::new();
    for days in WARNING_DAYS {
        if !something_planned && !matches!(days, 7 | 1) {
            continue;
        }
        let at = plus_ms(end, -first.min(days * DAY_MS));
        // Of days that fall together the nearest to the end is what is said.
        if all.last().is_some_and(|before| before.at == at) {
            all.pop();
        }
        all.push(Warning { at, days });
    }
    all.retain(|warning| window.from < warning.at && warning.at < window.to);
    all
}

/// The posts of a channel on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Which day, by the zone's clock.
    pub date: Date,
    /// How many are planned.
    pub planned: u32,
    /// How many of them will not go out unless a person does something before.
    pub at_risk: u32,
}

/// Planned posts by day: `due` in the order of time, each with whether the platform holds it already, so that no
/// login is needed for it any more.
#[must_use]
pub fn by_day(forecast: &Forecast, due: &[(Timestamp, bool)], zone: &Zone) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for (due_at, handed_over) in due {
        let date = zone.local(*due_at).date();
        if days.last().is_none_or(|day| day.date != date) {
            days.push(Day {
                date,
                planned: 0,
                at_risk: 0,
            });
        }
        if let Some(day) = days.last_mut() {
            day.planned += 1;
            day.at_risk += u32::from(!handed_over && forecast.at_risk(*due_at));
        }
    }
    days
}
