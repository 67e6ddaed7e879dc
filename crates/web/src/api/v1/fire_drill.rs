//! `channels/{channel}/fire-drill`: what would happen if the channel's login broke. It only looks.

use axum::extract::State;
use domain::Timestamp;
use domain::cause::Cause;
use domain::delivery::Reason;
use domain::fire_drill::{Effect, Reach, effect, reach, reason, tells_at_once};
use domain::ids::{ChannelId, MemberId};
use domain::member::Role;
use domain::platform::LoginFlow;
use serde::{Deserialize, Serialize};

use super::causes::{CauseJson, cause_json};
use super::shapes::DeliveryJson;
use crate::access::Guard;
use crate::actions::fire_drills::{self, Applies, At, Drill, What};
use crate::extract::{Path, Query};
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(one))]
pub struct Doc;

/// What would happen.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = FireDrill)]
pub struct FireDrillJson {
    /// To which channel.
    #[schema(value_type = String)]
    pub channel: ChannelId,
    /// When it breaks.
    pub at: Timestamp,
    /// The IANA zone of its set.
    pub zone: String,
    /// `yes`; or why it is no drill: `broken_now`, `reminder_only`, `unlinked`.
    pub applies: &'static str,
    /// Why it breaks, who can mend it, and how.
    pub cause: CauseJson,
    /// What becomes of the login: `ends`, `limits`, `waits`, `tries_on`.
    #[schema(value_type = String)]
    pub effect: Effect,
    /// Which posts it meets.
    pub posts: DrillPostsJson,
    /// Who is told.
    pub told: DrillToldJson,
    /// Sign-ins that are kept beside the one in use.
    pub other_sign_ins: Vec<OtherSignInJson>,
    /// Whom the cause hits: `account`, `sign_in`, `person`, `app`, `platform`.
    #[schema(value_type = String)]
    pub reach: Reach,
    /// Other channels that would stop with it, of those that you may see.
    #[schema(value_type = Vec<String>)]
    pub also_hit: Vec<ChannelId>,
    /// Whether all posts here are on hold now: then nothing goes out in any case.
    pub on_hold: bool,
}

/// Posts that a break would meet.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = FireDrillPosts)]
pub struct DrillPostsJson {
    /// Due before it: they go out as planned.
    pub earlier: u32,
    /// Due from then on. Each is kept at its hour until the login is mended, and then waits for a person who says yes
    /// to a new time; what is due later goes out by itself.
    pub waiting: u32,
    /// Of these, within a day.
    pub within_a_day: u32,
    /// Within three days.
    pub within_three_days: u32,
    /// Within a week.
    pub within_a_week: u32,
    /// The reason that they would be kept with; absent where a person posts by hand.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Reason>,
    /// How late one may still go out, in milliseconds, where it is tried again meanwhile.
    pub lateness_limit_ms: i64,
    /// The first hundred of them.
    pub items: Vec<DeliveryJson>,
}

/// Who is told, and when.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = FireDrillTold)]
pub struct DrillToldJson {
    /// Whether there is news the moment that it is noticed; else only of posts that were missed for it.
    pub at_once: bool,
    /// When it is noticed at the latest: at the next check, or with the first post.
    pub noticed_by: Option<Timestamp>,
    /// Where: `inbox`.
    pub through: Vec<&'static str>,
    /// Members who may sign in for this set.
    pub may_sign_in: Vec<DrillMemberJson>,
    /// How many further members read that Inbox.
    pub others: usize,
}

/// A member.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = FireDrillMember)]
pub struct DrillMemberJson {
    /// `mb_…`
    #[schema(value_type = String)]
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their role.
    #[schema(value_type = String)]
    pub role: Role,
}

/// A sign-in that is kept beside the one in use.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = OtherSignIn)]
pub struct OtherSignInJson {
    /// The person's name at the platform.
    pub person: String,
    /// When they signed in.
    pub at: Timestamp,
    /// Through which way.
    #[schema(value_type = String)]
    pub flow: LoginFlow,
    /// Whether it would still work: the same does not hit it, and it is well itself.
    pub still_works: bool,
    /// Whether it takes over by itself: it stands by and still works. It is proven first; if that fails, all of this holds.
    pub takes_over: bool,
}

impl FireDrillJson {
    fn of(drill: &Drill, text: &Text) -> Self {
        Self {
            channel: drill.one.channel.id,
            at: drill.at,
            zone: drill.set.zone.name().to_owned(),
            applies: match drill.applies {
                Applies::Yes => "yes",
                Applies::BrokenNow => "broken_now",
                Applies::ReminderOnly => "reminder_only",
                Applies::Unlinked => "unlinked",
            },
            cause: cause_json(text, drill.cause),
            effect: effect(drill.cause),
            posts: posts(drill),
            told: told(drill),
            other_sign_ins: drill
                .spares
                .iter()
                .map(|spare| OtherSignInJson {
                    person: spare.person_name.clone(),
                    at: spare.signed_in_at,
                    flow: spare.flow,
                    still_works: drill.still_works(spare),
                    takes_over: drill.takes_over(spare),
                })
                .collect(),
            reach: reach(drill.cause),
            also_hit: drill.also_hit.iter().map(|one| one.channel.id).collect(),
            on_hold: drill.hold.is_some(),
        }
    }
}

fn posts(drill: &Drill) -> DrillPostsJson {
    let counted = drill.counted;
    let reason = match drill.applies {
        Applies::ReminderOnly => None,
        Applies::Unlinked => Some(Reason::Unlinked),
        Applies::Yes | Applies::BrokenNow => Some(reason(drill.cause)),
    };
    DrillPostsJson {
        earlier: counted.earlier,
        waiting: counted.later,
        within_a_day: counted.in_a_day,
        within_three_days: counted.in_three_days,
        within_a_week: counted.in_a_week,
        reason,
        lateness_limit_ms: drill.set.lateness_limit_ms,
        items: drill.posts.iter().map(DeliveryJson::from).collect(),
    }
}

fn told(drill: &Drill) -> DrillToldJson {
    let member = |row: &storage::people::MemberRow| DrillMemberJson {
        id: row.member.id,
        name: row.name.clone(),
        role: row.member.role,
    };
    DrillToldJson {
        at_once: tells_at_once(drill.cause),
        noticed_by: drill.noticed_by,
        through: vec!["inbox"],
        may_sign_in: drill.may_sign_in.iter().map(member).collect(),
        others: drill.others,
    }
}

/// `?at=…&cause=…`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    at: Option<Timestamp>,
    #[serde(default)]
    cause: Option<Cause>,
}

/// What would happen if the channel's login broke: which posts wait, who is told, who can mend it and how. Nothing is
/// touched.
#[utoipa::path(get, path = urls::ApiFireDrill::PATH, tag = "channels",
    params(("channel" = String, Path),
        ("at" = Option<String>, Query, description = "When it breaks; now if absent or over."),
        ("cause" = Option<String>, Query, description = "A cause of a login; `credentials_changed` if absent.")),
    responses((status = 200, body = FireDrillJson), (status = "default", body = Problem)))]
pub async fn one(
    State(web): State<Web>,
    guard: Guard,
    text: Text,
    Path(id): Path<ChannelId>,
    Query(asked): Query<Asked>,
) -> Outcome<axum::Json<FireDrillJson>> {
    let what = What {
        at: asked.at.map_or(At::Now, At::Instant),
        cause: asked.cause.map(|cause| cause.to_string()),
    };
    let drill = fire_drills::drill(&web, &guard, id, what).await?;
    Ok(axum::Json(FireDrillJson::of(&drill, &text)))
}
