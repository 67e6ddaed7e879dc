//! Signing in at a platform, seen by a browser: what is asked and why, the way there, the way back, and
//! what came of it.

pub mod half_done;
mod outcome;
mod preview;
mod ticks;

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::connect::{ConnectPhase, ConnectPurpose};
use domain::ids::ConnectSessionId;
use http::{HeaderMap, Uri};
use platforms::sign_in::Callback;
use serde::Deserialize;

use crate::access::Guard;
use crate::actions::{apps, connecting};
use crate::extract::{Form, Path};
use crate::layout::Flash;
use crate::page::{self, Ask};
use crate::pages::channels::small_picture;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::Web;
use crate::urls;

pub use outcome::show;
pub use preview::{leave, leave_refresh, preview, preview_refresh, why};

/// To the platform, for a sign-in that was begun before. It changes nothing but the address's age.
pub async fn go(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ConnectSessionId>,
) -> Outcome<Response> {
    let url = connecting::way(&web, &guard, id).await?;
    let mut response = Redirect::to(&url).into_response();
    response.headers_mut().insert(
        http::header::REFERRER_POLICY,
        http::HeaderValue::from_static("no-referrer"),
    );
    Ok(response)
}

/// Back from the platform. The state says which sign-in it is; it is good once, and in this browser only.
pub async fn back(State(web): State<Web>, guard: Guard, uri: Uri) -> Outcome<Response> {
    let callback = callback(uri.query().unwrap_or_default())?;
    let session = connecting::finish(&web, &guard, callback, None).await?;
    // Another address, so that the code is in no history and a reload asks for nothing twice.
    let session = session.row;
    Ok(match session.purpose {
        ConnectPurpose::Connect => page::go(
            urls::Connect {
                session: session.id,
            },
            None,
        ),
        ConnectPurpose::Test => page::go(
            urls::AppTested {
                session: session.id,
            },
            None,
        ),
    })
}

/// The parameters, each of which may come once.
pub(crate) fn callback(query: &str) -> Outcome<Callback> {
    let mut params = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()).into_owned() {
        let field = name.chars().take(40).collect::<String>();
        if params.insert(name, value).is_some() {
            let words = Words::key("field-once");
            return Err(Refusal::new(&codes::BAD_PARAMETER).and_field(field, "twice", words));
        }
    }
    Ok(Callback { params })
}

/// What the page of choices sends.
#[derive(Deserialize)]
pub struct ChosenFields {
    #[serde(default, deserialize_with = "crate::extract::many")]
    account: Vec<String>,
}

/// Accounts were chosen.
pub async fn choose(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ConnectSessionId>,
    Form(given): Form<ChosenFields>,
) -> Outcome<Response> {
    let here = urls::Connect { session: id };
    if given.account.is_empty() {
        // What is not this workspace's is not there, whatever was sent.
        connecting::one(&web, &guard, id).await?;
        return Ok(page::go(
            here,
            Some(Flash::refused(ask.text.t("connect-choose-one"))),
        ));
    }
    connecting::choose(&web, &guard, id, &given.account).await?;
    Ok(page::go(here, None))
}

/// What the question sends.
#[derive(Deserialize)]
pub struct SameFields {
    same: String,
}

/// Whether it is the same account.
pub async fn same(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ConnectSessionId>,
    Form(given): Form<SameFields>,
) -> Outcome<Response> {
    connecting::say_same(&web, &guard, id, given.same == "yes").await?;
    Ok(page::go(urls::Connect { session: id }, None))
}

/// The picture of an account that is not a channel yet. Whose account came back instead is shown to the
/// person who signed in, and to nobody else.
pub async fn picture(
    State(web): State<Web>,
    guard: Guard,
    Path((id, place)): Path<(ConnectSessionId, usize)>,
) -> Outcome<Response> {
    let session = connecting::one(&web, &guard, id).await?;
    let refused = session.row.phase == ConnectPhase::Refused;
    if refused && session.row.member != guard.member() {
        return Err(Refusal::not_found());
    }
    let account = session
        .known
        .accounts
        .get(place)
        .ok_or_else(Refusal::not_found)?;
    small_picture(&web, account.picture_sha256.as_deref()).await
}

/// *Try again*.
pub async fn go_on(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ConnectSessionId>,
) -> Outcome<Response> {
    connecting::go_on(&web, &guard, id).await?;
    Ok(page::go(urls::Connect { session: id }, None))
}

/// Who we are, for Bluesky's servers.
pub async fn client_metadata(
    State(web): State<Web>,
    headers: HeaderMap,
    uri: Uri,
) -> Outcome<Response> {
    let host = headers
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let document = apps::client_metadata(&web, host, uri.path().to_owned()).await?;
    Ok(axum::Json(document).into_response())
}
