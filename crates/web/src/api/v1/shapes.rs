//! Shapes that posts, deliveries, grid and calendar share.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use domain::Timestamp;
use domain::ids::{ChannelId, DeliveryId, MediaId, PostId, SocialSetId};
use domain::post::{PostMedia, Variant};
use http::request::Parts;
use serde::{Deserialize, Serialize};
use storage::deliveries::DeliveryRow;
use storage::standings::{self, Standing};

use crate::access::Guard;
use crate::actions::checks;
use crate::actions::post_work::Terms;
use crate::actions::when::When;
use crate::extract::{DryRun, Query};
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::Web;
use crate::text::Text;

/// A picture in a post.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PostMedia)]
pub struct PostMediaJson {
    /// `md_…`
    #[schema(value_type = String)]
    pub media: MediaId,
    /// Its description for people who cannot see it.
    #[serde(default)]
    pub alt: String,
}

impl From<&PostMedia> for PostMediaJson {
    fn from(one: &PostMedia) -> Self {
        Self {
            media: one.media,
            alt: one.alt.clone(),
        }
    }
}

impl From<PostMediaJson> for PostMedia {
    fn from(one: PostMediaJson) -> Self {
        Self {
            media: one.media,
            alt: one.alt,
        }
    }
}

/// A time, given in one of three ways.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// An instant, `2026-11-24T08:00:00Z`.
    pub at: Option<Timestamp>,
    /// A wall-clock time, `2026-11-24T09:00`, in `zone` or the post's zone.
    pub local: Option<String>,
    /// The IANA zone of `local`.
    pub zone: Option<String>,
    /// As soon as it can be.
    pub now: Option<bool>,
}

impl Schedule {
    /// The time that is meant.
    ///
    /// # Errors
    /// A wrong field `schedule`, unless it is given in one way.
    pub fn when(self) -> Outcome<When> {
        match (self.at, self.local, self.now.unwrap_or(false)) {
            (Some(at), None, false) if self.zone.is_none() => Ok(When::At(at)),
            (None, Some(local), false) => Ok(When::Local {
                local,
                zone: self.zone,
            }),
            (None, None, true) if self.zone.is_none() => Ok(When::Now),
            _ => Err(Refusal::field(
                "schedule",
                "one_way",
                Words::key("when-one-way"),
            )),
        }
    }
}

/// `?require=healthy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Require {
    /// `healthy`: refuse where a channel would not post as things are.
    require: Option<String>,
}

/// `?dry_run=true&require=healthy`, as a handler takes them.
#[derive(Debug, Clone, Copy)]
pub struct On(pub Terms);

impl FromRequestParts<Web> for On {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refusal> {
        let DryRun(keep) = DryRun::from_request_parts(parts, web).await?;
        let Query(require) = Query::<Require>::from_request_parts(parts, web).await?;
        Ok(Self(Terms {
            keep,
            healthy: require.healthy()?,
        }))
    }
}

impl Require {
    /// Whether only well channels will do.
    ///
    /// # Errors
    /// `bad_parameter` for another word.
    fn healthy(&self) -> Outcome<bool> {
        match self.require.as_deref() {
            None => Ok(false),
            Some("healthy") => Ok(true),
            Some(_) => {
                let words = Words::key("require-healthy");
                Err(Refusal::new(&codes::BAD_PARAMETER).and_field("require", "unknown", words))
            }
        }
    }
}

/// What is done, but should be known.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PlanWarning {
    /// Stable code: `login_dead`, `limited`, `at_risk`, `reminder_only`, `unlinked`, `on_hold`, or a platform's finding.
    pub code: String,
    /// On which channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub channel: Option<ChannelId>,
    /// What it means.
    pub detail: String,
    /// With `at_risk`: the end of the channel's login. Signing in again moves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Timestamp>,
}

/// Warnings in the language of the request.
#[must_use]
pub fn warnings(all: &[checks::Warning], text: &Text) -> Vec<PlanWarning> {
    let told = |one: &checks::Warning| PlanWarning {
        code: one.code.to_owned(),
        channel: one.channel,
        detail: one.words.say(text),
        end_at: one.end,
    };
    all.iter().map(told).collect()
}

/// A post on one channel.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryJson {
    /// `dl_…`
    #[schema(value_type = String)]
    pub id: DeliveryId,
    /// Its post.
    #[schema(value_type = String)]
    pub post: PostId,
    /// Its channel.
    #[schema(value_type = String)]
    pub channel: ChannelId,
    /// Its set.
    #[schema(value_type = String)]
    pub social_set: SocialSetId,
    /// `draft`, `scheduled`, `publishing`, `published`, `missed`, `uncertain`, `failed`, …
    pub state: &'static str,
    /// While it is publishing: `preparing`, `sending`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<&'static str>,
    /// While it is missed: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// When a person planned it.
    pub due_at: Option<Timestamp>,
    /// When the engine next acts on it.
    pub act_at: Option<Timestamp>,
    /// The first words.
    pub excerpt: String,
    /// A person called it off while it was being prepared.
    pub cancel_asked: bool,
    /// The platform's id of the post.
    pub remote_id: Option<String>,
    /// Its public address.
    pub permalink: Option<String>,
    /// When it went out.
    pub published_at: Option<Timestamp>,
    /// Grows with every change; the ETag.
    pub version: u64,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Whether it would not go out by itself as the channel's login stands; it is kept in any case. Derived at each
    /// reading, never stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_risk: Option<bool>,
    /// Why it is at risk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<RiskJson>,
}

/// Why a delivery would not go out by itself as things are.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Risk)]
pub struct RiskJson {
    /// `at_risk` (the login ends before), `login_dead`, `limited`, `unlinked`.
    pub code: &'static str,
    /// The end of the login: sign in again, or plan it before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Timestamp>,
}

/// How the channels of the workspace stand, read once for an answer.
pub struct Risks {
    standings: BTreeMap<ChannelId, Standing>,
    now: Timestamp,
}

impl Risks {
    /// Reads them, in one statement.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(web: &Web, by: &Guard) -> Outcome<Self> {
        let workspace = by.workspace();
        let all = web
            .read("web.risks", move |conn| {
                Ok(standings::of_workspace(conn, workspace)?)
            })
            .await?;
        Ok(Self {
            standings: all.into_iter().map(|one| (one.channel.id, one)).collect(),
            now: web.now(),
        })
    }

    /// The delivery with its risk.
    #[must_use]
    pub fn json(&self, row: &DeliveryRow) -> DeliveryJson {
        let standing = self.standings.get(&row.channel);
        let risk = standing.and_then(|one| checks::risk(one, row.state, row.due_at, self.now));
        DeliveryJson {
            at_risk: Some(risk.is_some()),
            risk: risk.map(|risk| RiskJson {
                code: risk.code,
                end_at: risk.end,
            }),
            ..DeliveryJson::from(row)
        }
    }
}

impl From<&DeliveryRow> for DeliveryJson {
    fn from(row: &DeliveryRow) -> Self {
        Self {
            id: row.id,
            post: row.post,
            channel: row.channel,
            social_set: row.social_set,
            state: row.state.word().as_str(),
            stage: row.state.stage().map(domain::delivery::Stage::as_str),
            reason: row.state.reason().map(domain::delivery::Reason::as_str),
            due_at: row.due_at,
            act_at: row.act_at,
            excerpt: row.excerpt.clone(),
            cancel_asked: row.cancel_asked,
            remote_id: row.remote_id.clone(),
            permalink: row.permalink.clone(),
            published_at: row.published_at,
            version: row.version,
            updated_at: row.updated_at,
            at_risk: None,
            risk: None,
        }
    }
}

/// What a channel shows differently; what is absent follows the post.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
#[schema(as = Variant)]
pub struct VariantJson {
    /// Another text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Other pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<Vec<PostMediaJson>>,
}

impl From<&Variant> for VariantJson {
    fn from(variant: &Variant) -> Self {
        let media = variant
            .media
            .as_ref()
            .map(|media| media.iter().map(PostMediaJson::from).collect());
        Self {
            text: variant.text.clone(),
            media,
        }
    }
}

/// A delivery after a change, with what its maker should know.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = MovedDelivery)]
pub struct MovedJson {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryJson,
    /// What should be known.
    pub warnings: Vec<PlanWarning>,
}

impl MovedJson {
    /// In the language of the request.
    #[must_use]
    pub fn of(moved: &crate::actions::deliveries::Moved, risks: &Risks, text: &Text) -> Self {
        Self {
            delivery: risks.json(&moved.row),
            warnings: warnings(&moved.warnings, text),
        }
    }
}
