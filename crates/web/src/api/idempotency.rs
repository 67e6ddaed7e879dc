//! `Idempotency-Key`: a change that is sent again under the same key is not done again, and is answered
//! as the first time. The work runs to its end even when its client has gone, so that its answer is
//! there when the client asks again.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::post::Maker;
use domain::schedule::plus_ms;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use storage::idempotency::{self, Begun, Place};

use crate::access::bearer;
use crate::problem::render::Wanted;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::Web;

const KEY: &str = "idempotency-key";
/// Told with an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest key, in bytes.
const KEY_BYTES: usize = 200;
/// The largest body that is read for comparing.
const MOST_BODY: usize = 32 * 1024 * 1024;
/// How long an answer is kept: a day.
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;

/// After this long a request that has no answer was cut off with the process that worked on it: five
/// minutes, many times the longest that a request may take.
const CUT_OFF_MS: i64 = 5 * 60 * 1_000;

/// Rides in an answer that shows a secret: what is stored in its place.
#[derive(Debug, Clone)]
pub struct StoreInstead(pub serde_json::Value);

/// What is stored of an answer.
#[derive(Serialize, Deserialize)]
struct Kept {
    headers: Vec<(String, String)>,
    body: String,
}

/// The layer; it does nothing for a request without the header.
pub async fn layer(State(web): State<Web>, request: Request, next: Next) -> Response {
    if !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    match once(web, request, next).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn once(web: Web, request: Request, next: Next) -> Outcome<Response> {
    let seat = bearer::find(&web, request.headers()).await?;
    let place = Place {
        workspace: seat.key.workspace,
        maker: Maker::Key(seat.key.id),
        key: key_in(request.headers())?,
    };
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MOST_BODY)
        .await
        .map_err(|_| Refusal::new(&codes::TOO_LARGE))?;
    let sha = request_hash(head.method.as_str(), &head.uri.to_string(), &body);
    let now = web.security_now();
    let at = place.clone();
    let begun = web
        .write("web.idempotency_begin", move |conn| {
            idempotency::forget(conn, plus_ms(now, -KEPT_MS))?;
            Ok(idempotency::begin(conn, &at, &sha, now)?)
        })
        .await?;
    match begun {
        Begun::Answered { status, body } => return replay(status, &body),
        Begun::OtherRequest => return Err(Refusal::new(&codes::KEY_REUSED)),
        Begun::InProgress { since } if now > plus_ms(since, CUT_OFF_MS) => {
            return Err(Refusal::new(&codes::KEY_CUT_OFF));
        }
        Begun::InProgress { .. } => {
            let wait = HeaderValue::from_static("2");
            return Err(Refusal::new(&codes::KEY_IN_USE).header(header::RETRY_AFTER, wait));
        }
        Begun::Fresh => {}
    }
    let wanted = Wanted::by(head.uri.path(), &head.headers);
    let mut request = Request::from_parts(head, Body::from(body));
    request.extensions_mut().insert(seat);
    let work = tokio::spawn(async move {
        // A second task, so that a panic of the handler still gives the key back.
        let done = tokio::spawn(async move { wanted.render(next.run(request).await) }).await;
        keep(
            &web,
            place,
            done.unwrap_or_else(|_| Refusal::new(&codes::INTERNAL).into_response()),
        )
        .await
    });
    work.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a request under an idempotency key ended early");
        Err(Refusal::new(&codes::OUTCOME_UNKNOWN))
    })
}

fn key_in(headers: &HeaderMap) -> Outcome<String> {
    let key = headers
        .get(KEY)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .trim()
        .to_owned();
    if key.is_empty() || key.len() > KEY_BYTES {
        let words = Words::key("field-idempotency-key").with("n", KEY_BYTES);
        return Err(Refusal::new(&codes::BAD_PARAMETER).and_field(
            "Idempotency-Key",
            "wrong_length",
            words,
        ));
    }
    Ok(key)
}

fn request_hash(method: &str, uri: &str, body: &Bytes) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in [method.as_bytes(), uri.as_bytes()] {
        digest.update(part);
        digest.update([0]);
    }
    digest.update(body);
    digest.finalize().into()
}

/// Stores the answer, or gives the key back where nothing was done and trying again makes sense.
async fn keep(web: &Web, place: Place, response: Response) -> Outcome<Response> {
    let unclear = response
        .extensions()
        .get::<Refusal>()
        .is_some_and(|refusal| *refusal.code() == codes::OUTCOME_UNKNOWN);
    let status = response.status();
    if passes(status) && !unclear {
        web.write("web.idempotency_abandon", move |conn| {
            Ok(idempotency::abandon(conn, &place)?)
        })
        .await?;
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let body = to_bytes(body, MOST_BODY)
        .await
        .map_err(|_| Refusal::new(&codes::INTERNAL))?;
    let told = match head.extensions.get::<StoreInstead>() {
        Some(StoreInstead(instead)) => instead.to_string(),
        None => String::from_utf8_lossy(&body).into_owned(),
    };
    let headers = [header::CONTENT_TYPE, header::ETAG, header::LOCATION]
        .iter()
        .filter_map(|name| {
            Some((
                name.to_string(),
                head.headers.get(name)?.to_str().ok()?.to_owned(),
            ))
        })
        .collect();
    let kept = serde_json::to_string(&Kept {
        headers,
        body: told,
    })
    .map_err(|_| Refusal::new(&codes::INTERNAL))?;
    web.write("web.idempotency_finish", move |conn| {
        Ok(idempotency::finish(conn, &place, status.as_u16(), &kept)?)
    })
    .await?;
    Ok(Response::from_parts(head, Body::from(body)))
}

/// Whether the same request may be done differently a little later: signed out, throttled, our mistake.
fn passes(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 429)
}

fn replay(status: u16, kept: &str) -> Outcome<Response> {
    let kept: Kept = serde_json::from_str(kept).map_err(|_| Refusal::new(&codes::INTERNAL))?;
    let mut response = Response::new(Body::from(kept.body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    for (name, value) in kept.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
