//! What the servers answer: documents, tokens, refusals in their own shapes.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use platforms::http::Response;
use serde_json::{Value, json};

use super::world::DID;

/// An answer of the adapter's folder, in the documented shape.
macro_rules! fixture {
    ($name:literal) => {
        serde_json::from_str(include_str!(concat!("../../src/bluesky/fixtures/", $name))).unwrap()
    };
}

pub fn did_document() -> Value {
    fixture!("did_document.json")
}

pub fn protected_resource() -> Value {
    fixture!("protected_resource.json")
}

pub fn server_metadata() -> Value {
    fixture!("authorization_server.json")
}

pub fn session() -> Value {
    fixture!("get_session.json")
}

pub fn list_records() -> Value {
    fixture!("list_records.json")
}

pub fn token_answer(form: &BTreeMap<String, String>) -> Value {
    let turn = if form["grant_type"] == "refresh_token" {
        2
    } else {
        1
    };
    json!({
        "access_token": format!("access-{turn}"), "token_type": "DPoP", "expires_in": 3600,
        "refresh_token": format!("refresh-{turn}"), "scope": "atproto transition:generic", "sub": DID,
    })
}

pub fn ok(body: Value) -> Response {
    Response {
        status: 200,
        headers: HeaderMap::new(),
        body: body.to_string().into(),
    }
}

pub fn with_status(status: u16, response: Response) -> Response {
    Response { status, ..response }
}

pub fn with_header(name: &'static str, value: &str, mut response: Response) -> Response {
    response.headers.insert(
        HeaderName::from_static(name),
        HeaderValue::from_str(value).unwrap(),
    );
    response
}

/// An XRPC error.
pub fn error(status: u16, name: &str, message: &str) -> Response {
    with_status(status, ok(json!({ "error": name, "message": message })))
}

/// An OAuth error.
pub fn oauth_error(status: u16, name: &str, description: &str) -> Response {
    with_status(
        status,
        ok(json!({ "error": name, "error_description": description })),
    )
}
