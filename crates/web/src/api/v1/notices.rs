//! `notices`.

use axum::extract::State;
use domain::Timestamp;
use domain::cause::Cause;
use domain::health::Evidence;
use domain::ids::{ChannelId, DeliveryId, NoticeId, SocialSetId};
use domain::notice::{NoticeKind, NoticeState};
use serde::{Deserialize, Serialize};
use storage::notices::NoticeRow;

use crate::access::Guard;
use crate::actions::notices::{self, Show};
use crate::api::list::List;
use crate::extract::{Path, Query};
use crate::pages::help::cause_href;
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, one, acknowledge))]
pub struct Doc;

/// News about a channel or posts. One open notice covers one cause of one login and grows.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Notice)]
pub struct NoticeJson {
    /// `no_…`
    #[schema(value_type = String)]
    pub id: NoticeId,
    /// `set_…`
    #[schema(value_type = String)]
    pub social_set: SocialSetId,
    /// `channel_needs_refresh`, `channel_limited`, `channel_expiring`, `channel_waiting`, `deliveries_missed`, …
    #[schema(value_type = String)]
    pub kind: NoticeKind,
    /// Whether it asks a person to do something.
    pub needs_person: bool,
    /// Of which channel.
    #[schema(value_type = Option<String>)]
    pub channel: Option<ChannelId>,
    /// Why; see `/api/v1/causes`.
    #[schema(value_type = Option<String>)]
    pub cause: Option<Cause>,
    /// The page about the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_url: Option<String>,
    /// `open`, `acknowledged`, `closed`.
    #[schema(value_type = String)]
    pub state: NoticeState,
    /// What the platform said, redacted.
    #[schema(value_type = Option<Object>)]
    pub evidence: Option<Evidence>,
    /// More, by kind: `end_at`, `days`, `restored_at`.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// How many posts stand in it.
    pub posts: u32,
    /// The posts on their channels (`dl_…`); only where one notice is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub deliveries: Option<Vec<DeliveryId>>,
    /// Since when.
    pub opened_at: Timestamp,
    /// When it last grew.
    pub grown_at: Timestamp,
    /// When it was over.
    pub closed_at: Option<Timestamp>,
}

fn json(row: NoticeRow, deliveries: Option<Vec<DeliveryId>>) -> NoticeJson {
    NoticeJson {
        id: row.id,
        social_set: row.social_set,
        kind: row.kind,
        needs_person: row.kind.needs_person(),
        channel: row.channel,
        cause: row.cause,
        help_url: row.cause.map(cause_href),
        state: row.state,
        evidence: row.evidence,
        detail: row.detail,
        posts: row.waiting,
        deliveries,
        opened_at: row.opened_at,
        grown_at: row.grown_at,
        closed_at: row.closed_at,
    }
}

/// `?closed=true`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    closed: Option<bool>,
}

/// Lists the notices, open ones first; closed ones only if asked for. At most 200.
#[utoipa::path(get, path = urls::ApiNotices::PATH, tag = "notices",
    params(("closed" = Option<bool>, Query, description = "Closed ones too.")),
    responses((status = 200, body = List<NoticeJson>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    guard: Guard,
    Query(filter): Query<Filter>,
) -> Outcome<axum::Json<List<NoticeJson>>> {
    let show = if filter.closed == Some(true) {
        Show::All
    } else {
        Show::Open
    };
    let all = notices::list(&web, &guard, show).await?;
    Ok(axum::Json(List::whole(all).map(|row| json(row, None))))
}

/// One notice, with the posts that stand in it.
#[utoipa::path(get, path = urls::ApiNotice::PATH, tag = "notices", params(("notice" = String, Path)),
    responses((status = 200, body = NoticeJson), (status = "default", body = Problem)))]
pub async fn one(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<NoticeId>,
) -> Outcome<axum::Json<NoticeJson>> {
    let (row, deliveries) = notices::one(&web, &guard, id).await?;
    Ok(axum::Json(json(row, Some(deliveries))))
}

/// Says that somebody saw it. It stays open until what it tells of is over.
#[utoipa::path(post, path = urls::ApiNoticeAcknowledge::PATH, tag = "notices", params(("notice" = String, Path)),
    responses((status = 200, body = NoticeJson), (status = "default", body = Problem)))]
pub async fn acknowledge(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<NoticeId>,
) -> Outcome<axum::Json<NoticeJson>> {
    Ok(axum::Json(json(
        notices::acknowledge(&web, &guard, id).await?,
        None,
    )))
}
