//! The layers around the route table: limits, time-outs, the language of refusals, the content policy,
//! traces without secrets, and the net under a handler that panics.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tracing::Level;

use crate::access::{Door, Gate, gate};
use crate::api::idempotency;
use crate::problem::{Refusal, codes, render};
use crate::routes::{self, Route};
use crate::state::Web;

/// The longest that a request may take.
pub const TIME_OUT: Duration = Duration::from_secs(60);

/// The whole web.
pub fn router(web: Web) -> Router {
    let (mut pages, mut api, mut callbacks) = (Router::new(), Router::new(), Router::new());
    for route in routes::table(&web) {
        let (path, door) = (route.path, route.door);
        let handler = guarded(&web, route);
        match door {
            Door::Page => pages = pages.route(path, handler),
            Door::Api => api = api.route(path, handler),
            Door::Callback => callbacks = callbacks.route(path, handler),
        }
    }
    let pages = pages
        .layer(from_fn(crate::page::forget_said))
        .layer(csrf(&web));
    let around = ServiceBuilder::new()
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_failure(()),
        )
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(from_fn_with_state(web.clone(), security_headers))
        .layer(CompressionLayer::new())
        .layer(from_fn(render::layer))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIME_OUT,
        ))
        .layer(DefaultBodyLimit::max(domain::limits::BODY_BYTES));
    Router::new()
        .merge(pages)
        .merge(api)
        .merge(callbacks)
        .merge(crate::assets::routes())
        .layer(around)
        .with_state(web)
}

/// A route behind its gate; a change through the API may be repeated under its key.
fn guarded(web: &Web, route: Route) -> axum::routing::MethodRouter<Web> {
    let gate_of = Gate {
        web: web.clone(),
        access: route.access,
        door: route.door,
    };
    let handler = route.handler.route_layer(from_fn_with_state(gate_of, gate));
    if route.door == Door::Api && !route.method.is_safe() {
        handler.route_layer(from_fn_with_state(web.clone(), idempotency::layer))
    } else {
        handler
    }
}

/// Refuses what another site makes a browser send. A proxy may rewrite Host, so the public address is
/// trusted by name.
fn csrf(web: &Web) -> CsrfLayer {
    let origin = web.settings.public_url.origin().ascii_serialization();
    CsrfLayer::new()
        .add_trusted_origin(origin)
        .unwrap_or_else(|error| {
            tracing::warn!(%error, "the public address cannot be trusted as an origin");
            CsrfLayer::new()
        })
}

/// A span names the route, never the address: an address may hold a code or a state.
fn span(request: &Request) -> tracing::Span {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str);
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    tracing::span!(Level::INFO, "request", method = %request.method(), route, id)
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    // The panic's words may hold what a log may not; the hook of the program has logged the place.
    tracing::error!("a handler panicked");
    Refusal::new(&codes::INTERNAL).into_response()
}

const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; \
                      base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Puts the content policy and its kin on every answer.
async fn security_headers(
    axum::extract::State(web): axum::extract::State<Web>,
    request: Request,
    next: axum::middleware::Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=()",
        ),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if web.settings.secure_cookies {
        let year = HeaderValue::from_static("max-age=31536000");
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(year);
    }
    // Pages show what the next person at this machine should not find in a cache.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
