//! The description of the API (OpenAPI 3.1), put together from each resource's own part. A test
//! compares it with the route table, so that neither has what the other has not.

use axum::response::IntoResponse;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Info, OpenApi as Document};
use utoipa::{Modify, OpenApi};

use super::v1;
use crate::problem::{Problem, ProblemField};

#[derive(OpenApi)]
#[openapi(
    components(schemas(Problem, ProblemField, super::Warning)),
    security(("key" = [])),
    modifiers(&Key)
)]
struct Base;

struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.bearer_format = Some("msk_…".to_owned());
        components.add_security_scheme("key", SecurityScheme::Http(http));
    }
}

/// The whole description.
#[must_use]
pub fn document() -> Document {
    let mut document = Base::openapi();
    let mut info = Info::new("Mainstay", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Plan, publish and read back posts; keep logins alive. Every error is an RFC 9457 problem with a stable code. \
         Changes take Idempotency-Key, If-Match where a thing has an ETag, and dry_run=true where it is named."
            .to_owned(),
    );
    document.info = info;
    for part in v1::documents() {
        document.merge(part);
    }
    document
}

/// `/api/v1/openapi.json`.
pub async fn json() -> impl IntoResponse {
    axum::Json(document())
}
