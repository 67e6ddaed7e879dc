//! `deliveries/{id}/history`: plan, payload, tries, steps and lines, with the platform's own evidence. Its
//! raw message is for admins.

use axum::extract::State;
use domain::Timestamp;
use domain::health::Evidence;
use domain::ids::{DeliveryId, NoticeId};
use domain::member::Role;
use serde::Serialize;
use serde_json::Value as Json;
use storage::history::History;

use super::shapes::DeliveryJson;
use crate::access::Guard;
use crate::actions::deliveries;
use crate::extract::Path;
use crate::pages::help::cause_href;
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(one))]
pub struct Doc;

/// What the platform said.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Evidence)]
pub struct EvidenceJson {
    /// Which call it answered.
    pub operation: String,
    /// The HTTP status; 0 where there was no answer.
    pub http_status: u16,
    /// The platform's own code.
    pub code: String,
    /// Its subcode.
    pub subcode: String,
    /// Its message; only for admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Whether this answer stands in the platform's documented table.
    pub mapped: bool,
    /// The permission or role that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// Evidence as this member may see it.
#[must_use]
pub fn evidence(found: &Evidence, guard: &Guard) -> EvidenceJson {
    let admin = matches!(guard.role(), Role::Owner | Role::Admin);
    EvidenceJson {
        operation: found.operation.clone(),
        http_status: found.http_status,
        code: found.code.clone(),
        subcode: found.subcode.clone(),
        message: admin.then(|| found.message.clone()),
        mapped: found.mapped,
        missing: found.missing.clone(),
    }
}

/// One try.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Attempt {
    /// Counts them, from 1.
    pub number: u32,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<String>,
    /// Its recorded calls.
    pub steps: Vec<Step>,
}

/// One recorded call.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// `unseen`, `shows` or `follow_up`.
    pub effect: String,
    /// `begun`, `done`, `failed`, `unclear` or `discarded`.
    pub state: &'static str,
    /// How often it was looked for.
    pub looks: u32,
    /// What the platform said.
    pub evidence: Option<EvidenceJson>,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// One line.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: String,
    /// The state before.
    pub from: Option<&'static str>,
    /// The state after.
    pub to: Option<&'static str>,
    /// Who: a member, a key, or `rule`.
    pub made_by: String,
    /// More, by kind.
    #[schema(value_type = Object)]
    pub detail: Json,
    /// Where it names a cause class: the page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_url: Option<String>,
}

/// Everything that is known of a delivery.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeliveryHistory {
    /// The delivery.
    pub delivery: DeliveryJson,
    /// Hash of what was frozen to be sent, if it was.
    pub payload_sha256: Option<String>,
    /// The notice that it stands in.
    #[schema(value_type = Option<String>)]
    pub notice: Option<NoticeId>,
    /// The tries.
    pub attempts: Vec<Attempt>,
    /// The lines, the oldest first.
    pub events: Vec<Line>,
}

/// A line's detail as this member may see it: the platform's own sentence is for admins.
fn detail(detail: &Json, guard: &Guard) -> Json {
    let mut shown = detail.clone();
    let admin = matches!(guard.role(), Role::Owner | Role::Admin);
    if !admin && let Some(said) = shown.get_mut("evidence").and_then(Json::as_object_mut) {
        said.remove("message");
    }
    shown
}

fn help_url(detail: &Json) -> Option<String> {
    let cause = detail.get("cause")?.as_str()?.parse().ok()?;
    Some(cause_href(cause))
}

fn json(found: &History, guard: &Guard) -> DeliveryHistory {
    let steps = |attempt| {
        let of = found
            .steps
            .iter()
            .filter(move |step| step.attempt == attempt);
        of.map(|step| Step {
            name: step.name.clone(),
            effect: step.effect.clone(),
            state: step.state.as_str(),
            looks: step.looks,
            evidence: step.evidence.as_ref().map(|said| evidence(said, guard)),
            begun_at: step.begun_at,
            ended_at: step.ended_at,
        })
        .collect()
    };
    DeliveryHistory {
        delivery: DeliveryJson::from(&found.delivery),
        payload_sha256: found.body.payload_sha256.clone(),
        notice: found.notice.as_ref().map(|notice| notice.id),
        attempts: found
            .attempts
            .iter()
            .map(|one| Attempt {
                number: one.number,
                begun_at: one.begun_at,
                ended_at: one.ended_at,
                outcome: one.outcome.clone(),
                steps: steps(one.id),
            })
            .collect(),
        events: found
            .events
            .iter()
            .map(|one| Line {
                at: one.at,
                kind: one.kind.clone(),
                from: one.from.map(domain::delivery::StateWord::as_str),
                to: one.to.map(domain::delivery::StateWord::as_str),
                made_by: one.maker.to_string(),
                detail: detail(&one.detail, guard),
                help_url: help_url(&one.detail),
            })
            .collect(),
    }
}

/// The history of a delivery with its evidence.
#[utoipa::path(get, path = urls::ApiDeliveryHistory::PATH, tag = "deliveries", params(("delivery" = String, Path)),
    responses((status = 200, body = DeliveryHistory), (status = "default", body = Problem)))]
pub async fn one(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<DeliveryId>,
) -> Outcome<axum::Json<DeliveryHistory>> {
    let found = deliveries::history(&web, &guard, id).await?;
    Ok(axum::Json(json(&found, &guard)))
}
