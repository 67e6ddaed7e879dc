//! `grid` and `calendar`: what the two views show.

use axum::extract::State;
use domain::Timestamp;
use domain::ids::{ChannelId, DeliveryId, SocialSetId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use storage::deliveries::DeliveryRow;
use storage::remote_posts::RemotePostRow;

use super::history::{EvidenceJson, evidence};
use super::shapes::{DeliveryJson, Risks};
use crate::access::Guard;
use crate::actions::{calendars, grids};
use crate::api::list::List;
use crate::extract::{DryRun, Json, Query};
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(grid, swap, calendar, move_to_day))]
pub struct Doc;

/// A post of the account, read back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RemotePost {
    /// The platform's id.
    pub remote_id: String,
    /// When it was posted.
    pub at: Timestamp,
    /// Its text.
    pub text: String,
    /// Its address.
    pub permalink: Option<String>,
    /// Hash of our copy of its picture.
    pub picture_sha256: Option<String>,
    /// How many pictures or films.
    pub items: u32,
}

impl From<&RemotePostRow> for RemotePost {
    fn from(row: &RemotePostRow) -> Self {
        Self {
            remote_id: row.remote_id.clone(),
            at: row.at,
            text: row.text.clone(),
            permalink: row.permalink.clone(),
            picture_sha256: row.picture_sha256.clone(),
            items: row.items,
        }
    }
}

/// The grid of a channel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Grid {
    /// Which channel.
    #[schema(value_type = String)]
    pub channel: ChannelId,
    /// When it was last read back.
    pub synced_at: Option<Timestamp>,
    /// When it is next read back; absent while it is not.
    pub next_sync_at: Option<Timestamp>,
    /// What the platform said against the last try, if it failed.
    pub sync_evidence: Option<EvidenceJson>,
    /// Collab posts that are left out; absent where the platform does not tell.
    pub collabs_left_out: Option<u32>,
    /// What is planned, the last first.
    pub planned: Vec<DeliveryJson>,
    /// What went out and was not read back yet.
    pub not_read_back: Vec<DeliveryJson>,
    /// The account's own posts, newest first.
    pub posts: Vec<RemotePost>,
}

/// `?channel=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridQuery {
    channel: ChannelId,
}

/// The Plan Grid of a channel.
#[utoipa::path(get, path = urls::ApiGrid::PATH, tag = "grid", params(("channel" = String, Query)),
    responses((status = 200, body = Grid), (status = "default", body = Problem)))]
pub async fn grid(
    State(web): State<Web>,
    guard: Guard,
    Query(query): Query<GridQuery>,
) -> Outcome<axum::Json<Grid>> {
    let read = calendars::grid(&web, &guard, query.channel).await?;
    let channel = &read.standing.channel;
    let risks = Risks::read(&web, &guard).await?;
    let planned =
        |all: &[storage::grid::Planned]| all.iter().map(|one| risks.json(&one.delivery)).collect();
    Ok(axum::Json(Grid {
        channel: channel.id,
        synced_at: channel.synced_at,
        next_sync_at: channel.sync_at,
        sync_evidence: channel
            .sync_evidence
            .as_ref()
            .map(|said| evidence(said, &guard)),
        collabs_left_out: channel.collabs_left_out,
        planned: planned(&read.planned),
        not_read_back: planned(&read.fresh),
        posts: read.posts.iter().map(RemotePost::from).collect(),
    }))
}

/// Two planned posts of one channel.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// One.
    #[schema(value_type = String)]
    pub first: DeliveryId,
    /// The other.
    #[schema(value_type = String)]
    pub second: DeliveryId,
}

/// Swaps the times of two planned posts of one channel.
#[utoipa::path(post, path = urls::ApiGridSwap::PATH, tag = "grid", request_body = Pair,
    params(("dry_run" = Option<bool>, Query)),
    responses((status = 200, body = List<DeliveryJson>), (status = "default", body = Problem)))]
pub async fn swap(
    State(web): State<Web>,
    guard: Guard,
    DryRun(keep): DryRun,
    Json(pair): Json<Pair>,
) -> Outcome<axum::Json<List<DeliveryJson>>> {
    let (one, other) = grids::swap(&web, &guard, pair.first, pair.second, keep).await?;
    let risks = Risks::read(&web, &guard).await?;
    Ok(axum::Json(List::whole(vec![
        risks.json(&one),
        risks.json(&other),
    ])))
}

/// `?social_set=…&from=…&to=…&per_day=…`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarQuery {
    social_set: SocialSetId,
    from: Date,
    to: Date,
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    per_day: Option<usize>,
}

/// A day of the calendar.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarDay {
    /// By the zone of the set.
    #[schema(value_type = String)]
    pub date: Date,
    /// How many posts it has.
    pub total: u64,
    /// The first of them.
    pub deliveries: Vec<DeliveryJson>,
}

/// The calendar of a set: days of its zone from `from` up to, not including, `to`.
#[utoipa::path(get, path = urls::ApiCalendar::PATH, tag = "calendar",
    params(("social_set" = String, Query), ("from" = String, Query, description = "A date."),
        ("to" = String, Query, description = "A date, up to 62 days later."),
        ("per_day" = Option<usize>, Query, description = "The most posts of a day; 20 if absent.")),
    responses((status = 200, body = List<CalendarDay>), (status = "default", body = Problem)))]
pub async fn calendar(
    State(web): State<Web>,
    guard: Guard,
    Query(query): Query<CalendarQuery>,
) -> Outcome<axum::Json<List<CalendarDay>>> {
    let per_day = query.per_day.unwrap_or(20).clamp(1, 200);
    let read = calendars::days(
        &web,
        &guard,
        query.social_set,
        query.from,
        query.to,
        per_day,
    )
    .await?;
    let risks = Risks::read(&web, &guard).await?;
    let day = |day: calendars::Day| CalendarDay {
        date: day.date,
        total: day.total,
        deliveries: day.deliveries.iter().map(|row| risks.json(row)).collect(),
    };
    Ok(axum::Json(List::whole(
        read.days.into_iter().map(day).collect(),
    )))
}

/// A post and the day that it goes to.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToDay {
    /// The post on one channel; those of its post at the same time go along.
    #[schema(value_type = String)]
    pub delivery: DeliveryId,
    /// The day, by the zone of the set.
    #[schema(value_type = String)]
    pub day: Date,
}

/// Moves a planned post to another day; it keeps its hour.
#[utoipa::path(post, path = urls::ApiCalendarMove::PATH, tag = "calendar", request_body = ToDay,
    params(("dry_run" = Option<bool>, Query)),
    responses((status = 200, body = List<DeliveryJson>), (status = "default", body = Problem)))]
pub async fn move_to_day(
    State(web): State<Web>,
    guard: Guard,
    DryRun(keep): DryRun,
    Json(to): Json<ToDay>,
) -> Outcome<axum::Json<List<DeliveryJson>>> {
    let moved: Vec<DeliveryRow> =
        grids::move_to_day(&web, &guard, to.delivery, to.day, keep).await?;
    let risks = Risks::read(&web, &guard).await?;
    Ok(axum::Json(List::whole(
        moved.iter().map(|row| risks.json(row)).collect(),
    )))
}
