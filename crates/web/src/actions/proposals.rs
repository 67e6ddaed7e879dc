//! *Reschedule all*: which time each waiting post would get. Only a proposal; nothing is changed by it.

use std::collections::BTreeSet;

use domain::Timestamp;
use domain::delivery::StateWord;
use domain::ids::{ChannelId, DeliveryId, SocialSetId};
use domain::limits::BULK_DELIVERIES;
use domain::member::Action;
use domain::proposal::{self, NoProposal, Taken, Way};
use domain::schedule::{MINUTE_MS, Zone};
use storage::deliveries::{self, DeliveryRow};
use storage::missed::{self, WaitingRow};
use storage::sets;
use storage::standings::{self, Standing};

use super::when::{When, past, too_far};
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words};
use crate::state::Web;

/// How the times are found.
#[derive(Debug, Clone)]
pub enum Wish {
    /// Into the next free hours of the day.
    FreeHours,
    /// From a time on, so many minutes apart.
    Every {
        /// The first.
        start: When,
        /// The distance on one channel.
        minutes: i64,
    },
}

/// What would be done.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Each with its new time, in the order of the old times.
    pub times: Vec<(DeliveryRow, Timestamp)>,
    /// The zone of the set.
    pub zone: Zone,
}

/// Missed posts of a set.
///
/// # Errors
/// `not_found`.
pub async fn waiting(
    web: &Web,
    by: &Guard,
    set: SocialSetId,
    state: StateWord,
) -> Outcome<Vec<WaitingRow>> {
    by.ask(Action::Read, Some(set))?;
    let workspace = by.workspace();
    web.read("web.waiting", move |conn| {
        Ok(missed::waiting(
            conn,
            workspace,
            set,
            state,
            BULK_DELIVERIES,
        )?)
    })
    .await
}

/// Proposes times for missed posts: those named, or all of the set, or of one channel.
///
/// # Errors
/// A wrong field `schedule` or `spacing`, `not_found`.
pub async fn propose(
    web: &Web,
    by: &Guard,
    set: SocialSetId,
    channel: Option<ChannelId>,
    named: Option<BTreeSet<DeliveryId>>,
    wish: Wish,
) -> Outcome<Proposal> {
    by.ask(Action::Publish, Some(set))?;
    let (workspace, now) = (by.workspace(), web.now());
    web.read("web.proposal", move |conn| {
        let zone = sets::one(conn, workspace, set)?
            .ok_or_else(Refusal::not_found)?
            .zone;
        let rows: Vec<DeliveryRow> = match &named {
            None => missed::waiting(conn, workspace, set, StateWord::Missed, BULK_DELIVERIES)?
                .into_iter()
                .map(|row| row.delivery)
                .filter(|row| channel.is_none_or(|channel| row.channel == channel))
                .collect(),
            Some(ids) => {
                let mut rows = Vec::new();
                for id in ids {
                    let row =
                        deliveries::one(conn, workspace, *id)?.filter(|row| row.social_set == set);
                    rows.push(row.ok_or_else(Refusal::not_found)?);
                }
                rows.sort_by_key(|row| (row.due_at, row.id));
                rows
            }
        };
        let mut taken = Taken::new();
        let own: BTreeSet<DeliveryId> = rows.iter().map(|row| row.id).collect();
        for channel in rows.iter().map(|row| row.channel).collect::<BTreeSet<_>>() {
            let times = deliveries::times(
                conn,
                workspace,
                channel,
                domain::schedule::plus_ms(now, -60 * MINUTE_MS),
            )?;
            taken.insert(
                channel,
                times
                    .into_iter()
                    .filter(|(id, _)| !own.contains(id))
                    .map(|(_, at)| at)
                    .collect(),
            );
        }
        let way = way(&wish, &zone, now)?;
        let again: Vec<proposal::Again> = rows
            .iter()
            .map(|row| proposal::Again {
                delivery: row.id,
                post: row.post,
                channel: row.channel,
            })
            .collect();
        let proposed = proposal::propose(&again, &taken, &way, now).map_err(refusal)?;
        let mut times = Vec::with_capacity(rows.len());
        for row in rows {
            let at = proposed
                .iter()
                .find(|(id, _)| *id == row.id)
                .map(|(_, at)| *at);
            times.push((row, at.ok_or_else(Refusal::not_found)?));
        }
        times.sort_by_key(|(row, at)| (*at, row.id));
        Ok(Proposal { times, zone })
    })
    .await
}

fn way(wish: &Wish, zone: &Zone, now: Timestamp) -> Outcome<Way> {
    Ok(match wish {
        Wish::FreeHours => Way::FreeHours {
            zone: zone.clone(),
            from: now,
        },
        Wish::Every { start, minutes } => Way::Every {
            start: start.instant(zone, now)?.max(now),
            spacing_ms: minutes.saturating_mul(MINUTE_MS),
        },
    })
}

fn refusal(why: NoProposal) -> Refusal {
    match why {
        NoProposal::Past => past(),
        NoProposal::TooClose => {
            Refusal::field("spacing", "too_close", Words::key("when-too-close"))
        }
        NoProposal::TooFar => too_far(),
    }
}

/// The next free hour for a new post on these channels.
///
/// # Errors
/// `not_found`.
pub async fn next_free(
    web: &Web,
    by: &Guard,
    set: SocialSetId,
    channels: Vec<ChannelId>,
) -> Outcome<(Timestamp, Zone)> {
    by.ask(Action::Read, Some(set))?;
    let (workspace, now) = (by.workspace(), web.now());
    web.read("web.next_free", move |conn| {
        let zone = sets::one(conn, workspace, set)?
            .ok_or_else(Refusal::not_found)?
            .zone;
        let mut taken = Taken::new();
        let mut again = Vec::new();
        let nil = uuid::Uuid::nil();
        for channel in &channels {
            use domain::ids::Id as _;
            let times = deliveries::times(conn, workspace, *channel, now)?;
            taken.insert(*channel, times.into_iter().map(|(_, at)| at).collect());
            again.push(proposal::Again {
                delivery: channel_delivery(*channel),
                post: domain::ids::PostId::from_uuid(nil),
                channel: *channel,
            });
        }
        if again.is_empty() {
            use domain::ids::Id as _;
            let id = |uuid| DeliveryId::from_uuid(uuid);
            again.push(proposal::Again {
                delivery: id(nil),
                post: domain::ids::PostId::from_uuid(nil),
                channel: ChannelId::from_uuid(nil),
            });
        }
        let way = Way::FreeHours {
            zone: zone.clone(),
            from: now,
        };
        let proposed = proposal::propose(&again, &taken, &way, now).map_err(refusal)?;
        let at = proposed.first().map(|(_, at)| *at).ok_or_else(too_far)?;
        Ok((at, zone))
    })
    .await
}

/// The last hour that is free on these channels before the first of their logins ends, with that end; none where no
/// end is known ahead, or no such hour is left.
///
/// # Errors
/// `not_found`.
pub async fn last_good(
    web: &Web,
    by: &Guard,
    set: SocialSetId,
    channels: Vec<ChannelId>,
) -> Outcome<Option<(Timestamp, Zone)>> {
    by.ask(Action::Read, Some(set))?;
    let (workspace, now) = (by.workspace(), web.now());
    web.read("web.last_good", move |conn| {
        let zone = sets::one(conn, workspace, set)?
            .ok_or_else(Refusal::not_found)?
            .zone;
        let chosen = |standing: &Standing| channels.contains(&standing.channel.id);
        let end = standings::of_set(conn, workspace, set)?
            .into_iter()
            .filter(chosen)
            .filter_map(|standing| standing.login?.at_risk_from())
            .min();
        let Some(end) = end else {
            return Ok(None);
        };
        let mut taken = Taken::new();
        for channel in &channels {
            let times = deliveries::times(conn, workspace, *channel, now)?;
            taken.insert(*channel, times.into_iter().map(|(_, at)| at).collect());
        }
        let last = proposal::last_before(&channels, &taken, &zone, end, now);
        Ok(last.map(|at| (at, zone)))
    })
    .await
}

/// A stand-in for a delivery that does not exist yet: one for each channel.
fn channel_delivery(channel: ChannelId) -> DeliveryId {
    use domain::ids::Id as _;
    DeliveryId::from_uuid(channel.uuid())
}
