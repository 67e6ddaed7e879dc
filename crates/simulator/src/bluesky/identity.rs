//! Who is who and who issues: DID documents, handles, and the two metadata documents
//! (sheet bluesky.md §3). Operations `bluesky.did_document`, `bluesky.resolve_handle`,
//! `bluesky.resource_metadata`, `bluesky.server_metadata`, `bluesky.server_keys`.

use super::errors::XrpcError;
use super::par::SCOPES;
use super::state::{Account, Standing};
use crate::call::Call;
use crate::chance::Chance;
use crate::reply::Reply;
use crate::simulator::{Scene, Simulator};
use crate::state::State;
use axum::extract::{Path, State as Held};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

pub(super) async fn did_document(Held(sim): Held<Simulator>, Path(did): Path<String>) -> Response {
    sim.operate(
        "bluesky.did_document",
        |_, _| Some(did.clone()),
        |state, scene| match state.bluesky.accounts.get(&did) {
            Some(account) => Reply::new(
                StatusCode::OK,
                "application/did+ld+json; charset=utf-8",
                document(account, scene).to_string(),
            ),
            None => Reply::json(
                StatusCode::NOT_FOUND,
                &json!({"message": format!("DID not registered: {did}")}),
            ),
        },
    )
}

/// The DID document of an account. A deleted account's stays: the directory knows nothing of it.
pub(super) fn document(account: &Account, scene: &Scene<'_>) -> Value {
    let key = Chance::new(account.picture).token("zQ3sh", 44);
    json!({
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/multikey/v1",
            "https://w3id.org/security/suites/secp256k1-2019/v1",
        ],
        "id": account.did,
        "alsoKnownAs": [format!("at://{}", account.handle)],
        "verificationMethod": [{
            "id": format!("{}#atproto", account.did),
            "type": "Multikey",
            "controller": account.did,
            "publicKeyMultibase": key,
        }],
        "service": [{
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": scene.origin,
        }],
    })
}

pub(super) fn resolve_handle(sim: &Simulator, call: &Call) -> Response {
    let handle = call.filled("handle").unwrap_or_default();
    let find = |state: &State| {
        let account = state.bluesky.account(&handle)?;
        let named = account.handle.eq_ignore_ascii_case(&handle);
        (named && account.standing == Standing::Active).then(|| account.did.clone())
    };
    sim.operate(
        "bluesky.resolve_handle",
        |state, _| find(state),
        |state, _| {
            if !super::ids::is_handle(&handle) {
                let why = "Invalid com.atproto.identity.resolveHandle params: Invalid handle";
                return XrpcError::invalid(why).reply();
            }
            find(state).map_or_else(
                || XrpcError::bad("HandleNotFound", "Unable to resolve handle").reply(),
                |did| Reply::ok(&json!({"did": did})),
            )
        },
    )
}

pub(super) async fn resource_metadata(Held(sim): Held<Simulator>) -> Response {
    sim.operate(
        "bluesky.resource_metadata",
        |_, _| None,
        |_, scene| {
            Reply::ok(&json!({
                "resource": scene.origin,
                "authorization_servers": [scene.origin],
                "scopes_supported": [],
                "bearer_methods_supported": ["header"],
                "resource_documentation": "https://atproto.com",
            }))
        },
    )
}

pub(super) async fn server_metadata(Held(sim): Held<Simulator>) -> Response {
    sim.operate(
        "bluesky.server_metadata",
        |_, _| None,
        |_, scene| Reply::ok(&metadata(scene.origin)),
    )
}

fn metadata(origin: &str) -> Value {
    json!({
        "issuer": origin,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "scopes_supported": SCOPES,
        "subject_types_supported": ["public"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "ui_locales_supported": ["en-US"],
        "display_values_supported": ["page"],
        "authorization_response_iss_parameter_supported": true,
        "jwks_uri": format!("{origin}/oauth/jwks"),
        "authorization_endpoint": format!("{origin}/oauth/authorize"),
        "token_endpoint": format!("{origin}/oauth/token"),
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "revocation_endpoint": format!("{origin}/oauth/revoke"),
        "pushed_authorization_request_endpoint": format!("{origin}/oauth/par"),
        "require_pushed_authorization_requests": true,
        "dpop_signing_alg_values_supported": ["ES256"],
        "client_id_metadata_document_supported": true,
    })
}

/// Access tokens are opaque here, so there is no key to show.
pub(super) async fn server_keys(Held(sim): Held<Simulator>) -> Response {
    sim.operate(
        "bluesky.server_keys",
        |_, _| None,
        |_, _| Reply::ok(&json!({"keys": []})),
    )
}
