//! `posts`.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::Timestamp;
use domain::ids::{ChannelId, PostId, SocialSetId};
use domain::post::{Content, Variant};
use serde::{Deserialize, Serialize};
use storage::deliveries::DeliveryRow;
use storage::posts::PostRow;

use super::shapes::{
    DeliveryJson, On, PlanWarning, PostMediaJson, Risks, Schedule, VariantJson, warnings,
};
use crate::access::Guard;
use crate::actions::post_input::{ChannelInput, PostInput};
use crate::actions::post_work::Terms;
use crate::actions::posts;
use crate::actions::save::{Plan, Saved, Target, save};
use crate::api::change::Changing;
use crate::api::list::{List, Paging};
use crate::api::made;
use crate::api::version::{tagged, versioned};
use crate::extract::{Json, Path, Query};
use crate::problem::{Outcome, Problem, Refusal, codes};
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create, one, change, schedule, reschedule, publish, cancel))]
pub struct Doc;

/// A post with its deliveries.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Post)]
pub struct PostJson {
    /// `post_…`
    #[schema(value_type = String)]
    pub id: PostId,
    /// In which set.
    #[schema(value_type = String)]
    pub social_set: SocialSetId,
    /// What all channels say.
    pub text: String,
    /// What all channels show.
    pub media: Vec<PostMediaJson>,
    /// The zone in which it is planned.
    pub zone: String,
    /// The post on each of its channels.
    pub deliveries: Vec<PostDelivery>,
    /// What should be known.
    pub warnings: Vec<PlanWarning>,
    /// Who made it: a member (`mb_…`), a key (`key_…`) or `rule`.
    pub made_by: String,
    /// Grows with every change; the ETag.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The post on one channel, with what differs there.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PostDelivery {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryJson,
    /// What differs there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<VariantJson>,
}

impl PostJson {
    fn of(saved: &Saved, risks: &Risks, text: &Text) -> Self {
        let one = |(row, variant): &(DeliveryRow, Variant)| PostDelivery {
            delivery: risks.json(row),
            variant: (*variant != Variant::default()).then(|| VariantJson::from(variant)),
        };
        let deliveries = saved.deliveries.iter().map(one).collect();
        Self::with(&saved.post, deliveries, warnings(&saved.warnings, text))
    }

    fn listed((post, deliveries): &(PostRow, Vec<DeliveryRow>), risks: &Risks) -> Self {
        let one = |row: &DeliveryRow| PostDelivery {
            delivery: risks.json(row),
            variant: None,
        };
        Self::with(post, deliveries.iter().map(one).collect(), Vec::new())
    }

    fn with(post: &PostRow, deliveries: Vec<PostDelivery>, warnings: Vec<PlanWarning>) -> Self {
        Self {
            id: post.id,
            social_set: post.social_set,
            text: post.content.text.clone(),
            media: post.content.media.iter().map(PostMediaJson::from).collect(),
            zone: post.zone.clone(),
            deliveries,
            warnings,
            made_by: post.made_by.to_string(),
            version: post.version,
            created_at: post.created_at,
            updated_at: post.updated_at,
        }
    }
}

/// A channel of a post.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostChannel {
    /// Which.
    #[schema(value_type = String)]
    pub channel: ChannelId,
    /// Another text there.
    pub text: Option<String>,
    /// Other pictures there.
    pub media: Option<Vec<PostMediaJson>>,
}

impl From<PostChannel> for ChannelInput {
    fn from(one: PostChannel) -> Self {
        let media = one
            .media
            .map(|media| media.into_iter().map(Into::into).collect());
        Self {
            channel: one.channel,
            variant: Variant {
                text: one.text,
                media,
            },
            // It comes back as a draft only, and planning it is another call.
            put_back: true,
        }
    }
}

/// A new post, with its channels and time in one call.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// In which set.
    #[schema(value_type = String)]
    pub social_set: SocialSetId,
    /// What all channels say.
    #[serde(default)]
    pub text: String,
    /// What all channels show.
    #[serde(default)]
    pub media: Vec<PostMediaJson>,
    /// Where it goes.
    #[serde(default)]
    pub channels: Vec<PostChannel>,
    /// The zone in which it is planned; the set's if absent.
    pub zone: Option<String>,
    /// When it goes out; a draft if absent.
    pub schedule: Option<Schedule>,
}

/// What is to be different; the rest stays. `channels` replaces all of them; one on which the post was
/// taken back is a draft again.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostChange {
    /// Another text.
    pub text: Option<String>,
    /// Other pictures.
    pub media: Option<Vec<PostMediaJson>>,
    /// Other channels.
    pub channels: Option<Vec<PostChannel>>,
    /// Another zone.
    pub zone: Option<String>,
}

/// A time, for all channels of a post or some.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostSchedule {
    /// An instant.
    pub at: Option<Timestamp>,
    /// A wall-clock time.
    pub local: Option<String>,
    /// The zone of `local`.
    pub zone: Option<String>,
    /// As soon as it can be.
    pub now: Option<bool>,
    /// Only there.
    #[schema(value_type = Option<Vec<String>>)]
    pub channels: Option<BTreeSet<ChannelId>>,
}

/// All channels of a post, or some.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// Only there.
    #[schema(value_type = Option<Vec<String>>)]
    pub channels: Option<BTreeSet<ChannelId>>,
}

/// `?social_set=…&drafts=true`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    social_set: SocialSetId,
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    drafts: Option<bool>,
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    limit: Option<usize>,
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Place {
    at: Timestamp,
    id: PostId,
}

/// Lists the posts of a set, newest first; or its drafts, the last changed first.
#[utoipa::path(get, path = urls::ApiPosts::PATH, tag = "posts",
    params(("social_set" = String, Query), ("drafts" = Option<bool>, Query),
        ("limit" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<PostJson>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    guard: Guard,
    Query(query): Query<ListQuery>,
) -> Outcome<axum::Json<List<PostJson>>> {
    let paging = Paging {
        limit: query.limit,
        cursor: query.cursor,
    };
    let (limit, drafts) = (paging.limit()?, query.drafts.unwrap_or(false));
    let before = paging.after::<Place>()?.map(|place| (place.at, place.id));
    let rows = posts::list(&web, &guard, query.social_set, drafts, before, limit + 1).await?;
    let place = |(post, _): &(PostRow, Vec<DeliveryRow>)| Place {
        at: if drafts {
            post.updated_at
        } else {
            post.created_at
        },
        id: post.id,
    };
    let risks = Risks::read(&web, &guard).await?;
    Ok(axum::Json(
        List::page(rows, limit, place).map(|row| PostJson::listed(&row, &risks)),
    ))
}

/// Makes a post: a draft, or planned in the same call. Planning on a login that is dead is 201 with a
/// warning; `require=healthy` makes it 409.
#[utoipa::path(post, path = urls::ApiPosts::PATH, tag = "posts", request_body = NewPost,
    params(("require" = Option<String>, Query, description = "`healthy`: refuse unless every channel would post."),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 201, body = PostJson), (status = "default", body = Problem)))]
pub async fn create(
    State(web): State<Web>,
    guard: Guard,
    text: Text,
    On(terms): On,
    Json(new): Json<NewPost>,
) -> Outcome<Response> {
    let plan = match new.schedule {
        Some(schedule) => Plan::At {
            when: schedule.when()?,
            only_unplanned: false,
        },
        None => Plan::Keep,
    };
    let input = PostInput {
        content: Content {
            text: new.text,
            media: new.media.into_iter().map(Into::into).collect(),
        },
        channels: new.channels.into_iter().map(Into::into).collect(),
        zone: new.zone,
    };
    let target = Target::New {
        id: web.id(),
        set: new.social_set,
    };
    let saved = save(&web, &guard, target, input, plan, terms, |_| Ok(())).await?;
    let at = urls::ApiPost {
        post: saved.post.id,
    };
    let risks = Risks::read(&web, &guard).await?;
    Ok(tagged(
        saved.post.version,
        made(terms.keep, at, &PostJson::of(&saved, &risks, &text)),
    ))
}

async fn answer(web: &Web, by: &Guard, saved: &Saved, text: &Text) -> Outcome<Response> {
    let risks = Risks::read(web, by).await?;
    let body = PostJson::of(saved, &risks, text);
    Ok(versioned(saved.post.version, &body))
}

/// One post.
#[utoipa::path(get, path = urls::ApiPost::PATH, tag = "posts", params(("post" = String, Path)),
    responses((status = 200, body = PostJson), (status = "default", body = Problem)))]
pub async fn one(
    State(web): State<Web>,
    guard: Guard,
    text: Text,
    Path(id): Path<PostId>,
) -> Outcome<Response> {
    let saved = posts::one(&web, &guard, id).await?;
    answer(&web, &guard, &saved, &text).await
}

/// Changes a post; what is planned stays planned. What is out already is not changed by it.
#[utoipa::path(patch, path = urls::ApiPost::PATH, tag = "posts", params(("post" = String, Path),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = PostChange, responses((status = 200, body = PostJson), (status = "default", body = Problem)))]
pub async fn change(call: Changing<PostId>, Json(change): Json<PostChange>) -> Outcome<Response> {
    let old = posts::one(&call.web, &call.guard, call.id).await?;
    let known = |(row, variant): &(DeliveryRow, Variant)| {
        use domain::delivery::State::{Canceled, Dropped};
        let ended = matches!(row.state, Canceled | Dropped);
        (!ended).then(|| ChannelInput {
            channel: row.channel,
            variant: variant.clone(),
            put_back: false,
        })
    };
    let input = PostInput {
        content: Content {
            text: change.text.unwrap_or(old.post.content.text),
            media: change.media.map_or(old.post.content.media, |media| {
                media.into_iter().map(Into::into).collect()
            }),
        },
        channels: match change.channels {
            Some(channels) => channels.into_iter().map(Into::into).collect(),
            None => old.deliveries.iter().filter_map(known).collect(),
        },
        zone: change.zone,
    };
    // What was merged is only right for the version that was read.
    let (read, asked) = (old.post.version, call.seen());
    let seen = move |version: u64| {
        asked(version)?;
        if version == read {
            Ok(())
        } else {
            Err(Refusal::new(&codes::CHANGED_MEANWHILE))
        }
    };
    let terms = Terms {
        keep: call.keep,
        healthy: false,
    };
    let target = Target::Old(call.id);
    let saved = save(
        &call.web,
        &call.guard,
        target,
        input,
        Plan::Keep,
        terms,
        seen,
    )
    .await?;
    answer(&call.web, &call.guard, &saved, &call.text).await
}

/// Plans a post on all its channels, or some. Planning it again for the same time changes nothing.
#[utoipa::path(post, path = urls::ApiPostSchedule::PATH, tag = "posts", params(("post" = String, Path),
        ("require" = Option<String>, Query, description = "`healthy`: refuse unless every channel would post."),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = PostSchedule, responses((status = 200, body = PostJson), (status = "default", body = Problem)))]
pub async fn schedule(
    call: Changing<PostId>,
    On(terms): On,
    Json(wanted): Json<PostSchedule>,
) -> Outcome<Response> {
    let schedule = Schedule {
        at: wanted.at,
        local: wanted.local,
        zone: wanted.zone,
        now: wanted.now,
    };
    let (when, only) = (schedule.when()?, wanted.channels);
    let saved = posts::plan(
        &call.web,
        &call.guard,
        call.id,
        when,
        only,
        terms,
        call.seen(),
    )
    .await?;
    answer(&call.web, &call.guard, &saved, &call.text).await
}

/// Plans a post again, for another time; also what was missed or refused.
#[utoipa::path(post, path = urls::ApiPostReschedule::PATH, tag = "posts", params(("post" = String, Path),
        ("require" = Option<String>, Query, description = "`healthy`: refuse unless every channel would post."),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = PostSchedule, responses((status = 200, body = PostJson), (status = "default", body = Problem)))]
pub async fn reschedule(
    call: Changing<PostId>,
    on: On,
    wanted: Json<PostSchedule>,
) -> Outcome<Response> {
    schedule(call, on, wanted).await
}

/// Posts now, on all channels or some.
#[utoipa::path(post, path = urls::ApiPostPublish::PATH, tag = "posts", params(("post" = String, Path),
        ("require" = Option<String>, Query, description = "`healthy`: refuse unless every channel would post."),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = Channels, responses((status = 200, body = PostJson), (status = "default", body = Problem)))]
pub async fn publish(
    call: Changing<PostId>,
    on: On,
    Json(only): Json<Channels>,
) -> Outcome<Response> {
    let wanted = PostSchedule {
        at: None,
        local: None,
        zone: None,
        now: Some(true),
        channels: only.channels,
    };
    schedule(call, on, Json(wanted)).await
}

/// Takes a post back wherever nothing of it was sent. A draft without channels is thrown away (204).
#[utoipa::path(post, path = urls::ApiPostCancel::PATH, tag = "posts", params(("post" = String, Path),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = Channels,
    responses((status = 200, body = PostJson), (status = 204), (status = "default", body = Problem)))]
pub async fn cancel(call: Changing<PostId>, Json(only): Json<Channels>) -> Outcome<Response> {
    let (web, guard, only) = (&call.web, &call.guard, only.channels);
    let left = posts::cancel(web, guard, call.id, only, call.seen(), call.keep).await?;
    match left {
        Some(saved) => answer(web, guard, &saved, &call.text).await,
        None => Ok(http::StatusCode::NO_CONTENT.into_response()),
    }
}
