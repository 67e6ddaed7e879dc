//! What the servers answer: documents, tokens, refusals in their own shapes.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use platforms::http::Response;
use serde_json::{Value, json};

use super::world::{DID, HANDLE, ISSUER, PDS};

pub fn did_document() -> Value {
    json!({
        "id": DID,
        "alsoKnownAs": [format!("at://{HANDLE}")],
        "service": [
            { "id": "#other", "type": "Other", "serviceEndpoint": "https://elsewhere.example.org" },
            { "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": PDS },
        ],
    })
}

pub fn server_metadata() -> Value {
    json!({
        "issuer": ISSUER,
        "require_pushed_authorization_requests": true,
        "authorization_response_iss_parameter_supported": true,
        "client_id_metadata_document_supported": true,
        "dpop_signing_alg_values_supported": ["ES256", "ES256K"],
        "scopes_supported": ["atproto", "transition:generic"],
        "prompt_values_supported": ["login", "consent"],
        "authorization_endpoint": format!("{ISSUER}/oauth/authorize"),
        "token_endpoint": format!("{ISSUER}/oauth/token"),
        "pushed_authorization_request_endpoint": format!("{ISSUER}/oauth/par"),
        "revocation_endpoint": format!("{ISSUER}/oauth/revoke"),
    })
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
