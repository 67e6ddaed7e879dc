//! `causes`: the closed list of cause classes, in words.

use domain::cause::{Cause, Mender, SigningIn};
use serde::Serialize;

use crate::access::Guard;
use crate::api::list::List;
use crate::extract::Path;
use crate::pages::help::cause_words;
use crate::problem::{Outcome, Problem, Refusal};
use crate::text::Text;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, one))]
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
        page: urls::HelpCause {
            cause: cause.to_string(),
        }
        .to_string(),
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
