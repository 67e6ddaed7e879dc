//! `deliveries`: a post on one channel.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::delivery::StateWord;
use domain::ids::{ChannelId, DeliveryId, SocialSetId};
use serde::{Deserialize, Serialize};
use storage::deliveries::DeliveryRow;
use storage::history::Wanted;

use super::shapes::{DeliveryJson, MovedJson, On, Risks, Schedule, VariantJson};
use crate::access::Guard;
use crate::actions::deliveries::{self, Again, Finding};
use crate::actions::proposals::{self, Wish};
use crate::api::change::Changing;
use crate::api::list::{List, Paging};
use crate::api::version::versioned;
use crate::extract::{DryRun, Json, Path, Query};
use crate::problem::{Outcome, Problem, Refusal, Words};
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list,
    one,
    reschedule,
    cancel,
    drop_it,
    settle,
    mark_posted,
    reschedule_many
))]
pub struct Doc;

/// Filters of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    state: Option<StateWord>,
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    channel: Option<ChannelId>,
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    social_set: Option<SocialSetId>,
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    from: Option<Timestamp>,
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    to: Option<Timestamp>,
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    limit: Option<usize>,
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Place {
    at: Timestamp,
    id: DeliveryId,
}

/// Lists deliveries that have a planned time, the earliest first.
#[utoipa::path(get, path = urls::ApiDeliveries::PATH, tag = "deliveries",
    params(("state" = Option<String>, Query), ("channel" = Option<String>, Query), ("social_set" = Option<String>, Query),
        ("from" = Option<String>, Query, description = "Planned then or later."),
        ("to" = Option<String>, Query, description = "Planned before."),
        ("limit" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<DeliveryJson>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    guard: Guard,
    Query(query): Query<ListQuery>,
) -> Outcome<axum::Json<List<DeliveryJson>>> {
    let paging = Paging {
        limit: query.limit,
        cursor: query.cursor,
    };
    let limit = paging.limit()?;
    let wanted = Wanted {
        channel: query.channel,
        set: query.social_set,
        state: query.state,
        from: query.from.unwrap_or(Timestamp::UNIX_EPOCH),
        to: query.to.unwrap_or(Timestamp::MAX),
        after: paging.after::<Place>()?.map(|place| (place.at, place.id)),
    };
    let rows = deliveries::list(&web, &guard, wanted, limit + 1).await?;
    let place = |row: &DeliveryRow| Place {
        at: row.due_at.unwrap_or(Timestamp::UNIX_EPOCH),
        id: row.id,
    };
    let risks = Risks::read(&web, &guard).await?;
    Ok(axum::Json(
        List::page(rows, limit, place).map(|row| risks.json(&row)),
    ))
}

/// One delivery with what differs on its channel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OneDelivery {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryJson,
    /// What differs there.
    pub variant: VariantJson,
}

/// One delivery.
#[utoipa::path(get, path = urls::ApiDelivery::PATH, tag = "deliveries", params(("delivery" = String, Path)),
    responses((status = 200, body = OneDelivery), (status = "default", body = Problem)))]
pub async fn one(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<DeliveryId>,
) -> Outcome<Response> {
    let (row, variant) = deliveries::one(&web, &guard, id).await?;
    let body = OneDelivery {
        delivery: Risks::read(&web, &guard).await?.json(&row),
        variant: VariantJson::from(&variant),
    };
    Ok(versioned(row.version, &body))
}

async fn moved(call: &Changing<DeliveryId>, moved: &deliveries::Moved) -> Outcome<Response> {
    let risks = Risks::read(&call.web, &call.guard).await?;
    let body = MovedJson::of(moved, &risks, &call.text);
    Ok(versioned(moved.row.version, &body))
}

/// Plans a delivery again; what was missed, refused or is a draft too.
#[utoipa::path(post, path = urls::ApiDeliveryReschedule::PATH, tag = "deliveries", params(("delivery" = String, Path),
        ("require" = Option<String>, Query), ("dry_run" = Option<bool>, Query),
        ("If-Match" = Option<String>, Header)),
    request_body = Schedule, responses((status = 200, body = MovedJson), (status = "default", body = Problem)))]
pub async fn reschedule(
    call: Changing<DeliveryId>,
    On(terms): On,
    Json(schedule): Json<Schedule>,
) -> Outcome<Response> {
    let when = schedule.when()?;
    let done =
        deliveries::reschedule(&call.web, &call.guard, call.id, when, terms, call.seen()).await?;
    moved(&call, &done).await
}

/// Takes a delivery back. While it is being prepared this is a wish (`cancel_asked`) that is honoured
/// between two steps; from sending on it is refused.
#[utoipa::path(post, path = urls::ApiDeliveryCancel::PATH, tag = "deliveries", params(("delivery" = String, Path),
        ("dry_run" = Option<bool>, Query), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = MovedJson), (status = "default", body = Problem)))]
pub async fn cancel(call: Changing<DeliveryId>) -> Outcome<Response> {
    let done = deliveries::cancel(&call.web, &call.guard, call.id, call.seen(), call.keep).await?;
    moved(&call, &done).await
}

/// Lets a delivery go that was missed, refused or is uncertain.
#[utoipa::path(post, path = urls::ApiDeliveryDrop::PATH, tag = "deliveries", params(("delivery" = String, Path),
        ("dry_run" = Option<bool>, Query), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = MovedJson), (status = "default", body = Problem)))]
pub async fn drop_it(call: Changing<DeliveryId>) -> Outcome<Response> {
    let done = deliveries::drop_it(&call.web, &call.guard, call.id, call.seen(), call.keep).await?;
    moved(&call, &done).await
}

/// What a person found about a post that may have gone out.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// `published` or `absent`.
    pub outcome: String,
    /// Where it is, if known; only with `published`.
    pub permalink: Option<String>,
    /// When it goes out instead; with `absent`. Without it, it is dropped.
    pub schedule: Option<Schedule>,
}

/// Settles an uncertain delivery by what a person found.
#[utoipa::path(post, path = urls::ApiDeliverySettle::PATH, tag = "deliveries", params(("delivery" = String, Path),
        ("dry_run" = Option<bool>, Query), ("If-Match" = Option<String>, Header)),
    request_body = Settlement, responses((status = 200, body = MovedJson), (status = "default", body = Problem)))]
pub async fn settle(
    call: Changing<DeliveryId>,
    Json(settlement): Json<Settlement>,
) -> Outcome<Response> {
    let finding = match (settlement.outcome.as_str(), settlement.schedule) {
        ("published", None) => Finding::Published {
            permalink: settlement.permalink,
        },
        ("absent", None) => Finding::AbsentDrop,
        ("absent", Some(schedule)) => Finding::AbsentAgain(schedule.when()?),
        _ => {
            return Err(Refusal::field(
                "outcome",
                "unknown",
                Words::key("settle-outcome"),
            ));
        }
    };
    let done = deliveries::settle(
        &call.web,
        &call.guard,
        call.id,
        finding,
        call.seen(),
        call.keep,
    )
    .await?;
    moved(&call, &done).await
}

/// Where a post is that a person posted by hand.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ByHand {
    /// Its address, if known.
    pub permalink: Option<String>,
}

/// Marks a delivery as posted by hand.
#[utoipa::path(post, path = urls::ApiDeliveryMarkPosted::PATH, tag = "deliveries", params(("delivery" = String, Path),
        ("dry_run" = Option<bool>, Query), ("If-Match" = Option<String>, Header)),
    request_body = ByHand, responses((status = 200, body = MovedJson), (status = "default", body = Problem)))]
pub async fn mark_posted(
    call: Changing<DeliveryId>,
    Json(by_hand): Json<ByHand>,
) -> Outcome<Response> {
    let done = deliveries::mark_posted(
        &call.web,
        &call.guard,
        call.id,
        by_hand.permalink,
        call.seen(),
        call.keep,
    )
    .await?;
    moved(&call, &done).await
}

/// One of many, with its time.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeOf {
    /// Which.
    #[schema(value_type = String)]
    pub id: DeliveryId,
    /// For when.
    pub at: Timestamp,
    /// The version that was read.
    pub version: Option<u64>,
}

/// From a time on, so many minutes apart on each channel.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Every {
    /// The first time.
    pub start: Schedule,
    /// The distance in minutes.
    pub minutes: i64,
}

/// Many planned again: with a time for each, or by a proposal for what a set missed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// Each with its time.
    pub deliveries: Option<Vec<TimeOf>>,
    /// All that this set missed.
    #[schema(value_type = Option<String>)]
    pub social_set: Option<SocialSetId>,
    /// Only on this channel.
    #[schema(value_type = Option<String>)]
    pub channel: Option<ChannelId>,
    /// From a time on; into the next free hours if absent.
    pub every: Option<Every>,
}

/// Plans many again, all or none. With `dry_run=true` it is a proposal: the times that they would get.
#[utoipa::path(post, path = urls::ApiDeliveriesReschedule::PATH, tag = "deliveries",
    params(("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    request_body = Many, responses((status = 200, body = List<MovedJson>), (status = "default", body = Problem)))]
pub async fn reschedule_many(
    State(web): State<Web>,
    guard: Guard,
    text: Text,
    DryRun(keep): DryRun,
    Json(many): Json<Many>,
) -> Outcome<axum::Json<List<MovedJson>>> {
    let again = match (many.deliveries, many.social_set) {
        (Some(named), None) => named
            .into_iter()
            .map(|one| Again {
                id: one.id,
                at: one.at,
                version: one.version,
            })
            .collect(),
        (None, Some(set)) => {
            let wish = match many.every {
                Some(every) => Wish::Every {
                    start: every.start.when()?,
                    minutes: every.minutes,
                },
                None => Wish::FreeHours,
            };
            let proposal = proposals::propose(&web, &guard, set, many.channel, None, wish).await?;
            let one = |(row, at): (DeliveryRow, Timestamp)| Again {
                id: row.id,
                at,
                version: Some(row.version),
            };
            proposal.times.into_iter().map(one).collect::<Vec<_>>()
        }
        _ => {
            return Err(Refusal::field(
                "deliveries",
                "one_way",
                Words::key("many-one-way"),
            ));
        }
    };
    if again.is_empty() {
        return Ok(axum::Json(List::whole(Vec::new())));
    }
    let all = deliveries::reschedule_many(&web, &guard, again, keep).await?;
    let risks = Risks::read(&web, &guard).await?;
    Ok(axum::Json(List::whole(
        all.iter()
            .map(|one| MovedJson::of(one, &risks, &text))
            .collect(),
    )))
}
