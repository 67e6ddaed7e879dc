//! `forecast`: what becomes of every sign-in in the ninety days ahead.

use axum::extract::State;
use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::{Link, Mode};
use domain::forecast::Kind;
use domain::horizon::Outlook;
use domain::ids::{ChannelId, SocialSetId};
use domain::platform::Platform;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::access::Guard;
use crate::actions::forecasts::{self, Read, Row};
use crate::extract::Query;
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(one))]
pub struct Doc;

/// What becomes of every sign-in, as far as anybody can know: a platform may end one any day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Forecast)]
pub struct ForecastJson {
    /// The moment that it is made at.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
    /// The IANA zone of its days: of the social set that it is limited to, else of the workspace.
    pub zone: String,
    /// Planned posts are counted up to this moment only; absent where all of them are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posts_counted_to: Option<Timestamp>,
    /// Every channel, those that want a person first.
    pub channels: Vec<ChannelForecastJson>,
}

/// One channel's future.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ChannelForecast)]
pub struct ChannelForecastJson {
    /// Which channel.
    #[schema(value_type = String)]
    pub channel: ChannelId,
    /// In which set.
    #[schema(value_type = String)]
    pub social_set: SocialSetId,
    /// The platform.
    #[schema(value_type = String)]
    pub platform: Platform,
    /// The handle.
    pub handle: String,
    /// The name.
    pub name: String,
    /// `linked` or `unlinked`.
    #[schema(value_type = String)]
    pub link: Link,
    /// `auto` or `remind`.
    #[schema(value_type = String)]
    pub mode: Mode,
    /// Why its login is not well; see `/api/v1/causes`.
    #[schema(value_type = Option<String>)]
    pub cause: Option<Cause>,
    /// `extends_itself`, `extends_until`, `needs_sign_in_by`, `unknown`.
    pub outlook: &'static str,
    /// The earliest end that no machine can move, also beyond the window; absent if there is none that is known.
    pub good_until: Option<Timestamp>,
    /// Whether a person is needed now.
    pub needs_person_now: bool,
    /// The first moment in the window at which a person is needed.
    pub needs_person_at: Option<Timestamp>,
    /// When the end is announced.
    pub warnings: Vec<WarningJson>,
    /// When it is extended by itself, about, at the latest; checks and posts may do it sooner. At most one a day.
    pub renewals: Vec<Timestamp>,
    /// Its life, without a hole.
    pub life: Vec<LifeJson>,
    /// Planned posts by day.
    pub posts: Vec<PostsJson>,
    /// How many are planned.
    pub planned_posts: u32,
    /// How many of them wait unless a person does something before.
    pub posts_at_risk: u32,
    /// Posts that were missed and wait already.
    pub held_posts: u32,
}

/// When an end is announced.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ForecastWarning)]
pub struct WarningJson {
    /// When.
    pub at: Timestamp,
    /// The days that are left then: 14, 7, 3 or 1.
    pub days: i64,
}

/// A stretch of a login's life.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ForecastLife)]
pub struct LifeJson {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
    /// `extends_itself`, `good_until`, `last_quarter`, `end_unknown`, `needs_sign_in`, `permission_missing`,
    /// `platform_down`, `checking`, `reminder_only`, `unlinked`.
    #[schema(value_type = String)]
    pub kind: Kind,
}

/// The posts of one day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ForecastPosts)]
pub struct PostsJson {
    /// By the zone of the forecast.
    #[schema(value_type = String)]
    pub date: Date,
    /// How many.
    pub planned: u32,
    /// How many of them are at risk.
    pub at_risk: u32,
}

impl From<&Row> for ChannelForecastJson {
    fn from(row: &Row) -> Self {
        let (channel, seen) = (&row.channel, &row.forecast);
        Self {
            channel: channel.id,
            social_set: channel.social_set,
            platform: channel.platform,
            handle: channel.handle.clone(),
            name: channel.name.clone(),
            link: channel.link,
            mode: channel.mode,
            cause: row.login.as_ref().and_then(|login| login.cause),
            outlook: match seen.outlook {
                Outlook::ExtendsItself => "extends_itself",
                Outlook::ExtendsUntil(_) => "extends_until",
                Outlook::NeedsSignInBy(_) => "needs_sign_in_by",
                Outlook::Unknown => "unknown",
            },
            good_until: seen.good_until,
            needs_person_now: seen.needs_person_now(),
            needs_person_at: seen.needs_person_at,
            warnings: seen
                .warnings
                .iter()
                .map(|one| WarningJson {
                    at: one.at,
                    days: one.days,
                })
                .collect(),
            renewals: seen.renewals.clone(),
            life: seen
                .stretches
                .iter()
                .map(|one| LifeJson {
                    from: one.from,
                    to: one.to,
                    kind: one.kind,
                })
                .collect(),
            posts: row
                .days
                .iter()
                .map(|day| PostsJson {
                    date: day.date,
                    planned: day.planned,
                    at_risk: day.at_risk,
                })
                .collect(),
            planned_posts: row.planned(),
            posts_at_risk: row.at_risk(),
            held_posts: row.held,
        }
    }
}

impl From<&Read> for ForecastJson {
    fn from(read: &Read) -> Self {
        Self {
            from: read.window.from,
            to: read.window.to,
            zone: read.zone.name().to_owned(),
            posts_counted_to: read.counted_to,
            channels: read.rows.iter().map(ChannelForecastJson::from).collect(),
        }
    }
}

/// `?social_set=…`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    social_set: Option<SocialSetId>,
}

/// The ninety days ahead: every login's life, renewals, ends and warnings, and the posts that are at risk.
#[utoipa::path(get, path = urls::ApiForecast::PATH, tag = "forecast",
    params(("social_set" = Option<String>, Query, description = "Only of this set.")),
    responses((status = 200, body = ForecastJson), (status = "default", body = Problem)))]
pub async fn one(
    State(web): State<Web>,
    guard: Guard,
    Query(filter): Query<Filter>,
) -> Outcome<axum::Json<ForecastJson>> {
    let read = forecasts::read(&web, &guard, filter.social_set).await?;
    Ok(axum::Json(ForecastJson::from(&read)))
}
