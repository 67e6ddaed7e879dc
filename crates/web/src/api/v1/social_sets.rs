//! `social-sets`.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::ids::SocialSetId;
use serde::{Deserialize, Serialize};
use storage::sets::SocialSet;

use crate::access::Guard;
use crate::actions::sets::{self, SetInput};
use crate::api::list::List;
use crate::api::made;
use crate::api::version::{IfMatch, tagged, versioned};
use crate::extract::{DryRun, Json, Path};
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create, one, change))]
pub struct Doc;

/// One brand's channels.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SocialSet)]
pub struct SetJson {
    /// `set_…`
    #[schema(value_type = String)]
    pub id: SocialSetId,
    /// Its name.
    pub name: String,
    /// IANA zone in which its posts are planned.
    pub zone: String,
    /// How late a post may still go out, in minutes.
    pub lateness_minutes: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl From<SocialSet> for SetJson {
    fn from(set: SocialSet) -> Self {
        Self {
            id: set.id,
            name: set.name,
            zone: set.zone.name().to_owned(),
            lateness_minutes: set.lateness_limit_ms / 60_000,
            created_at: set.created_at,
        }
    }
}

/// A new set.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSet {
    /// Its name.
    pub name: String,
    /// IANA zone; the workspace's if absent.
    pub zone: Option<String>,
    /// How late a post may still go out, in minutes; 60 if absent.
    pub lateness_minutes: Option<i64>,
}

/// What is to be different; the rest stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetChange {
    /// Another name.
    pub name: Option<String>,
    /// Another zone.
    pub zone: Option<String>,
    /// Another limit.
    pub lateness_minutes: Option<i64>,
}

/// Lists the social sets that the key may see.
#[utoipa::path(get, path = urls::ApiSets::PATH, tag = "social-sets",
    responses((status = 200, body = List<SetJson>), (status = "default", body = Problem)))]
pub async fn list(State(web): State<Web>, guard: Guard) -> Outcome<axum::Json<List<SetJson>>> {
    let all = sets::list(&web, &guard).await?;
    Ok(axum::Json(List::whole(all).map(SetJson::from)))
}

/// Makes a social set.
#[utoipa::path(post, path = urls::ApiSets::PATH, tag = "social-sets", request_body = NewSet,
    params(("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 201, body = SetJson), (status = "default", body = Problem)))]
pub async fn create(
    State(web): State<Web>,
    guard: Guard,
    DryRun(keep): DryRun,
    Json(new): Json<NewSet>,
) -> Outcome<Response> {
    let zone = match new.zone {
        Some(zone) => zone,
        None => crate::actions::workspace::one(&web, &guard)
            .await?
            .zone
            .name()
            .to_owned(),
    };
    let lateness_minutes = new.lateness_minutes.unwrap_or(sets::LATENESS_MINUTES);
    let set = sets::create(
        &web,
        &guard,
        &SetInput {
            name: new.name,
            zone,
            lateness_minutes,
        },
        keep,
    )
    .await?;
    let (version, at) = (sets::version(&set), urls::ApiSet { set: set.id });
    Ok(tagged(version, made(keep, at, &SetJson::from(set))))
}

/// One social set.
#[utoipa::path(get, path = urls::ApiSet::PATH, tag = "social-sets", params(("set" = String, Path)),
    responses((status = 200, body = SetJson), (status = "default", body = Problem)))]
pub async fn one(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<SocialSetId>,
) -> Outcome<Response> {
    let set = sets::one(&web, &guard, id).await?;
    Ok(versioned(sets::version(&set), &SetJson::from(set)))
}

/// Changes a social set.
#[utoipa::path(patch, path = urls::ApiSet::PATH, tag = "social-sets", params(("set" = String, Path),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = SetChange, responses((status = 200, body = SetJson), (status = "default", body = Problem)))]
pub async fn change(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<SocialSetId>,
    if_match: IfMatch,
    DryRun(keep): DryRun,
    Json(change): Json<SetChange>,
) -> Outcome<Response> {
    let now = sets::one(&web, &guard, id).await?;
    let input = SetInput {
        name: change.name.unwrap_or(now.name),
        zone: change.zone.unwrap_or_else(|| now.zone.name().to_owned()),
        lateness_minutes: change
            .lateness_minutes
            .unwrap_or(now.lateness_limit_ms / 60_000),
    };
    let seen = move |set: &SocialSet| if_match.check(sets::version(set));
    let set = sets::change(&web, &guard, id, &input, seen, keep).await?;
    Ok(versioned(sets::version(&set), &SetJson::from(set)))
}
