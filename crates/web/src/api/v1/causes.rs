//! `causes`: the closed list of cause classes, in words, with the platforms' answers that mean each; and for admins
//! what a platform said as it came, and the answers that no table knows.

use axum::extract::State;
use domain::Timestamp;
use domain::cause::{Cause, Confidence, Mender, SigningIn};
use domain::ids::ChannelId;
use domain::platform::Platform;
use platforms::catalogue::{self, Answer};
use serde::Serialize;
use storage::answers::UnmappedAnswer;

use super::channel_shape::RefusalJson;
use crate::access::Guard;
use crate::actions::diagnosis;
use crate::api::list::List;
use crate::extract::Path;
use crate::pages::help::{cause_href, cause_words};
use crate::problem::{Outcome, Problem, Refusal};
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, one, evidence, unmapped))]
pub struct Doc;

/// Why a login ends or stops working, with who can mend it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Cause)]
pub struct CauseJson {
    /// The stable word.
    #[schema(value_type = String)]
    pub cause: Cause,
    /// A short title, in the language asked for.
    pub title: String,
    /// What happened.
    pub sentence: String,
    /// What to do, one after the other.
    pub steps: Vec<String>,
    /// What will not help.
    pub will_not_help: String,
    /// `person`, `page_admin`, `person_at_platform`, `operator`, `author`, `time`, `nobody`, `unclear`.
    pub mender: &'static str,
    /// `helps`, `helps_with_permission`, `often_helps`, `may_help`, `does_not_help`.
    pub signing_in: &'static str,
    /// A page about it.
    pub page: String,
    /// The platforms' answers that mean it, from the tables by which they are read.
    pub answers: Vec<AnswerJson>,
}

/// An answer of a platform that we know.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = KnownAnswer)]
pub struct AnswerJson {
    /// `instagram`, `facebook`, …
    #[schema(value_type = String)]
    pub platform: Platform,
    /// Which of its servers says it, where that matters: `authorization`, `server`, `writing`.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub said_by: &'static str,
    /// The platform's code, or a span of codes; absent where it does not matter.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The platform's subcode; absent where there is none or it does not matter.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subcode: String,
    /// Words in small letters that must stand in it; absent for any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// What it is about: `login`, `channel`, `post`, `app`, `platform`.
    pub about: &'static str,
    /// Whether it is believed the first time; only such an answer ends a login or refuses a post.
    pub final_answer: bool,
    /// `documented`, `probable`, `guess`.
    #[schema(value_type = String)]
    pub confidence: Confidence,
}

impl From<Answer> for AnswerJson {
    fn from(known: Answer) -> Self {
        Self {
            platform: known.platform,
            said_by: known.said_by,
            code: known.code,
            subcode: known.subcode,
            words: known.words,
            about: known.about.as_str(),
            final_answer: known.final_answer,
            confidence: known.confidence,
        }
    }
}

/// A cause class in words.
#[must_use]
pub fn cause_json(text: &Text, cause: Cause) -> CauseJson {
    let words = cause_words(text, cause);
    CauseJson {
        cause,
        title: words.title,
        sentence: words.sentence,
        steps: words.steps,
        will_not_help: words.not,
        mender: match cause.mender() {
            Mender::Person => "person",
            Mender::PageAdmin => "page_admin",
            Mender::PersonAtPlatform => "person_at_platform",
            Mender::Operator => "operator",
            Mender::Author => "author",
            Mender::Time => "time",
            Mender::Nobody => "nobody",
            Mender::Unclear => "unclear",
        },
        signing_in: match cause.signing_in() {
            SigningIn::Helps => "helps",
            SigningIn::HelpsWithPermission => "helps_with_permission",
            SigningIn::OftenHelps => "often_helps",
            SigningIn::MayHelp => "may_help",
            SigningIn::DoesNotHelp => "does_not_help",
        },
        page: cause_href(cause),
        answers: catalogue::all()
            .into_iter()
            .filter(|known| known.cause == cause)
            .map(AnswerJson::from)
            .collect(),
    }
}

/// Lists all cause classes.
#[utoipa::path(get, path = urls::ApiCauses::PATH, tag = "causes",
    responses((status = 200, body = List<CauseJson>), (status = "default", body = Problem)))]
pub async fn list(_: Guard, text: Text) -> axum::Json<List<CauseJson>> {
    axum::Json(List::whole(Cause::ALL.to_vec()).map(|cause| cause_json(&text, cause)))
}

/// One cause class.
#[utoipa::path(get, path = urls::ApiCause::PATH, tag = "causes", params(("cause" = String, Path)),
    responses((status = 200, body = CauseJson), (status = "default", body = Problem)))]
pub async fn one(_: Guard, text: Text, Path(word): Path<String>) -> Outcome<axum::Json<CauseJson>> {
    let cause: Cause = word.parse().map_err(|_| Refusal::not_found())?;
    Ok(axum::Json(cause_json(&text, cause)))
}

/// What a platform said to a channel's login, as it came.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RawEvidence)]
pub struct EvidenceJson {
    /// What it was read as.
    #[serde(flatten)]
    pub refusal: RefusalJson,
    /// Status, telling headers and body, without secrets and mail addresses, at most 4 KB; absent where only the
    /// line in `evidence` was kept.
    pub raw: Option<String>,
}

/// The last refusal that a channel's login met, with the answer as it came. For admins.
#[utoipa::path(get, path = urls::ApiChannelEvidence::PATH, tag = "causes", params(("channel" = String, Path)),
    responses((status = 200, body = EvidenceJson), (status = "default", body = Problem)))]
pub async fn evidence(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
) -> Outcome<axum::Json<EvidenceJson>> {
    let (seen, last) = diagnosis::evidence(&web, &guard, id).await?;
    Ok(axum::Json(EvidenceJson {
        refusal: RefusalJson::of(&seen, &last),
        raw: last.raw,
    }))
}

/// An answer that no table knows.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = UnmappedAnswer)]
pub struct UnmappedJson {
    /// Which platform gave it.
    #[schema(value_type = String)]
    pub platform: Platform,
    /// To which call; `others` for what is counted together beyond 200 different ones.
    pub operation: String,
    /// The HTTP status; 0 where there was no answer.
    pub http_status: u16,
    /// The platform's code.
    pub code: String,
    /// The platform's subcode.
    pub subcode: String,
    /// What the last of them said, redacted.
    pub message: String,
    /// How many came.
    pub times: u64,
    /// When the first came.
    pub first_at: Timestamp,
    /// When the last came.
    pub at: Timestamp,
}

impl From<UnmappedAnswer> for UnmappedJson {
    fn from(found: UnmappedAnswer) -> Self {
        Self {
            platform: found.platform,
            operation: found.operation,
            http_status: found.http_status,
            code: found.code,
            subcode: found.subcode,
            message: found.message,
            times: found.times,
            first_at: found.first_at,
            at: found.at,
        }
    }
}

/// Lists the answers of platforms that no table knows, the latest first. For admins.
#[utoipa::path(get, path = urls::ApiUnmappedAnswers::PATH, tag = "causes",
    responses((status = 200, body = List<UnmappedJson>), (status = "default", body = Problem)))]
pub async fn unmapped(
    State(web): State<Web>,
    guard: Guard,
) -> Outcome<axum::Json<List<UnmappedJson>>> {
    let all = diagnosis::unmapped(&web, &guard).await?;
    Ok(axum::Json(List::whole(all).map(UnmappedJson::from)))
}
