//! The forecast as pages and API show it: every login that the member may see, projected by the rules of
//! [`domain::forecast`], with the posts that are planned. Six statements, however many channels there are.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use domain::Timestamp;
use domain::forecast::{self, Channel, Day, Forecast, Login, Urgency, Window};
use domain::ids::{ChannelId, SocialSetId};
use domain::member::Action;
use domain::schedule::Zone;
use storage::channels::ChannelRow;
use storage::forecast::{ChannelLogin, LoginAhead, PlannedAt};
use storage::holds::{self, Hold};
use storage::sets::{self, SocialSet};
use storage::{channel_posts, workspaces};

use super::apps::flow_facts;
use crate::access::Guard;
use crate::problem::{Outcome, Refusal};
use crate::state::Web;

/// The most planned posts that one forecast counts. Where there are more, it says until when it has counted.
pub const MOST_POSTS: usize = 100_000;

/// One channel's future.
pub struct Row {
    /// The account.
    pub channel: ChannelRow,
    /// The login that calls are made with; none where nobody has signed in.
    pub login: Option<LoginAhead>,
    /// What becomes of it.
    pub forecast: Forecast,
    /// Its planned posts by day.
    pub days: Vec<Day>,
    /// How many posts wait on it already.
    pub held: u32,
}

impl Row {
    /// How many posts are planned in the window.
    #[must_use]
    pub fn planned(&self) -> u32 {
        self.days.iter().map(|day| day.planned).sum()
    }

    /// How many of them will not go out unless a person does something before.
    #[must_use]
    pub fn at_risk(&self) -> u32 {
        self.days.iter().map(|day| day.at_risk).sum()
    }

    /// How much it wants a person.
    #[must_use]
    pub fn urgency(&self) -> Urgency {
        self.forecast.urgency(self.planned() > 0)
    }
}

/// A forecast.
pub struct Read {
    /// The time that it is of.
    pub window: Window,
    /// The zone of its days: of the set that it is limited to, else of the workspace.
    pub zone: Zone,
    /// The name of what it is of: of the set, else of the workspace.
    pub name: String,
    /// The set that it is limited to.
    pub only: Option<SocialSetId>,
    /// The sets that the member may see.
    pub sets: BTreeMap<SocialSetId, SocialSet>,
    /// Every channel, those that want a person first.
    pub rows: Vec<Row>,
    /// Holds that are in force over any of it.
    pub holds: Vec<Hold>,
    /// Posts are counted up to this moment only; none where all of them are.
    pub counted_to: Option<Timestamp>,
}

/// The forecast of all sets that the member may see, or of one of them.
///
/// # Errors
/// `not_found` for a set that is not there or not theirs to see.
pub async fn read(web: &Web, by: &Guard, only: Option<SocialSetId>) -> Outcome<Read> {
    if only.is_some() {
        by.ask(Action::Read, only)?;
    }
    let (workspace, guard, now) = (by.workspace(), by.clone(), web.now());
    web.read("web.forecast", move |conn| {
        let space = workspaces::one(conn, workspace)?.ok_or_else(Refusal::not_found)?;
        let mut known = sets::list(conn, workspace)?;
        known.retain(|set| guard.sees(set.id));
        let known: BTreeMap<_, _> = known.into_iter().map(|set| (set.id, set)).collect();
        let (zone, name) = match only {
            None => (space.zone, space.name),
            Some(id) => {
                let set = known.get(&id).ok_or_else(Refusal::not_found)?;
                (set.zone.clone(), set.name.clone())
            }
        };
        let window = Window::ahead(now, &zone);
        let logins = storage::forecast::logins(conn, workspace)?;
        let wanted =
            |set: SocialSetId| known.contains_key(&set) && only.is_none_or(|only| only == set);
        let due = storage::forecast::planned(conn, workspace, window.from, window.to, MOST_POSTS)?;
        let counted_to = (due.len() == MOST_POSTS).then(|| due.last().map(|one| one.due_at));
        let mut due = by_channel(&due);
        let waiting = channel_posts::waiting(conn, workspace)?;
        let mut rows = Vec::new();
        for one in logins {
            if wanted(one.channel.social_set) {
                let posts = due.remove(&one.channel.id).unwrap_or_default();
                let waits = waiting.get(&one.channel.id).copied().unwrap_or_default();
                rows.push(row(one, &posts, waits, window, &zone));
            }
        }
        rows.sort_by_cached_key(|row| {
            let name = row.channel.name.to_lowercase();
            (row.urgency(), Reverse(row.at_risk()), name, row.channel.id)
        });
        let mut holds = holds::open(conn, workspace, now)?;
        holds.retain(|hold| hold.set.is_none_or(wanted));
        Ok(Read {
            window,
            zone,
            name,
            only,
            sets: known,
            rows,
            holds,
            counted_to: counted_to.flatten(),
        })
    })
    .await
}

/// The planned posts of each channel, still by time.
fn by_channel(due: &[PlannedAt]) -> BTreeMap<ChannelId, Vec<(Timestamp, bool)>> {
    let mut of: BTreeMap<ChannelId, Vec<(Timestamp, bool)>> = BTreeMap::new();
    for one in due {
        let posts = of.entry(one.channel).or_default();
        posts.push((one.due_at, one.handed_over));
    }
    of
}

fn row(
    one: ChannelLogin,
    posts: &[(Timestamp, bool)],
    waits: channel_posts::Waiting,
    window: Window,
    zone: &Zone,
) -> Row {
    let ChannelLogin { channel, login } = one;
    let forecast = forecast::forecast(
        &Channel {
            link: channel.link,
            mode: channel.mode,
            login: login.as_ref().map(|login| ahead(&channel, login)),
            something_planned: waits.planned > 0,
        },
        window,
    );
    Row {
        days: forecast::by_day(&forecast, posts, zone),
        held: waits.held,
        channel,
        login,
        forecast,
    }
}

/// What is stored of a login, as the rule takes it. The earliest moment of a renewal is the platform's.
fn ahead<'a>(channel: &ChannelRow, login: &'a LoginAhead) -> Login<'a> {
    let facts = flow_facts(channel.platform, login.flow).ok();
    Login {
        health: login.health,
        mechanism: login.mechanism,
        ends: &login.ends,
        horizon: login.horizon,
        signed_in_at: login.signed_in_at,
        fresh_since: login.fresh_since,
        renew_at: login.renew_at,
        earliest_ms: facts.map_or(0, |facts| facts.earliest_renewal_ms),
    }
}
