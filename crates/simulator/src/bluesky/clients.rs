//! OAuth clients: nobody registers; the `client_id` says who asks (sheet bluesky.md §2).
//!
//! `http://localhost?redirect_uri=…&scope=…` is a development client that proves nothing. An
//! https `client_id` is the address of a metadata document, fetched through [`crate::Fetch`] and
//! kept for ten minutes; `client_hosts` in the state says where its host really lies.

use super::dpop;
use super::errors::OauthError;
use super::jose::{self, Token};
use super::state::{CachedClient, ClientAuth};
use crate::call::Call;
use crate::clock::MINUTE;
use crate::simulator::{Scene, Simulator};
use crate::state::State;
use serde_json::Value;
use url::{Host, Url};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// A document is fetched again after this.
const CACHE: i64 = 10 * MINUTE;
/// An assertion is good for this long, where dates are checked.
const ASSERTION_AGE: i64 = MINUTE;
/// Endings of host names that no real client has.
const NO_PUBLIC_NAME: &[&str] = &["test", "example", "local", "localhost", "invalid"];

/// Who asks.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Name for the consent page.
    pub name: String,
    redirect_uris: Vec<String>,
    scope: String,
    /// Keys of a confidential client; none for a public one.
    keys: Option<Vec<Value>>,
    loopback: bool,
}

impl Client {
    /// True if answers may go to this address. The port of a loopback address is free.
    pub fn may_return_to(&self, address: &str) -> bool {
        if !self.loopback {
            return self.redirect_uris.iter().any(|known| known == address);
        }
        let wanted = without_port(address);
        wanted.is_some()
            && self
                .redirect_uris
                .iter()
                .any(|known| without_port(known) == wanted)
    }

    /// The first scope that this client has not declared.
    pub fn undeclared<'a>(&self, scope: &'a str) -> Option<&'a str> {
        scope
            .split_whitespace()
            .find(|asked| !self.scope.split_whitespace().any(|known| known == *asked))
    }
}

fn without_port(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    let literal = matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
    (url.scheme() == "http" && literal && url.set_port(None).is_ok()).then(|| url.to_string())
}

/// Finds out who a `client_id` is; may fetch.
pub async fn resolve(sim: &Simulator, id: Option<String>) -> Result<Client, OauthError> {
    let id = id.ok_or_else(|| OauthError::request("client_id is required"))?;
    if id.starts_with("http://localhost") {
        return loopback(&id);
    }
    let url = public_address(&id)?;
    let known = sim.look(|state, scene| {
        let client = state.bluesky.clients.get(&id)?;
        (client.fetched_ms + CACHE > scene.now_ms).then(|| client.clone())
    });
    if let Some(client) = known {
        return described(&id, &client.document, client.keys);
    }
    let document = fetch_json(sim, &url).await?;
    let keys = keys_of(sim, &document).await?;
    let client = described(&id, &document, keys.clone())?;
    sim.change(|state, scene| {
        let fetched_ms = scene.now_ms;
        let entry = CachedClient {
            document,
            keys,
            fetched_ms,
        };
        state.bluesky.clients.insert(id, entry);
    });
    Ok(client)
}

fn loopback(id: &str) -> Result<Client, OauthError> {
    let wrong = |why: &str| OauthError::new("invalid_client_metadata", why);
    let url = Url::parse(id).map_err(|_| wrong("Invalid loopback client ID"))?;
    if url.host_str() != Some("localhost") || url.port().is_some() || url.path() != "/" {
        return Err(wrong("Loopback client ID must not have a port or path"));
    }
    let mut redirect_uris = Vec::new();
    let mut scope = None;
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "redirect_uri" => redirect_uris.push(value.into_owned()),
            "scope" if scope.is_none() => scope = Some(value.into_owned()),
            _ => return Err(wrong("Loopback client ID has an unexpected parameter")),
        }
    }
    if redirect_uris.is_empty() {
        redirect_uris = vec!["http://127.0.0.1/".to_owned(), "http://[::1]/".to_owned()];
    }
    if redirect_uris.iter().any(|uri| without_port(uri).is_none()) {
        return Err(wrong(
            "Loopback redirect_uri must use http and a loopback address",
        ));
    }
    Ok(Client {
        id: id.to_owned(),
        name: "Loopback client".to_owned(),
        redirect_uris,
        scope: scope.unwrap_or_else(|| "atproto".to_owned()),
        keys: None,
        loopback: true,
    })
}

fn public_address(id: &str) -> Result<Url, OauthError> {
    let wrong = |why: &str| OauthError::new("invalid_client_metadata", why);
    let url = Url::parse(id).map_err(|_| wrong("client_id must be an address"))?;
    if url.scheme() != "https" || url.port().is_some() || url.path() == "/" {
        return Err(wrong(
            "Discoverable client_id must be an https address with a path and without a port",
        ));
    }
    let Some(Host::Domain(host)) = url.host() else {
        return Err(wrong("Discoverable client_id must not use an IP address"));
    };
    let ending = host.rsplit('.').next().unwrap_or_default();
    if !host.contains('.') || NO_PUBLIC_NAME.contains(&ending) {
        return Err(wrong("Discoverable client_id must use a public host name"));
    }
    Ok(url)
}

async fn fetch_json(sim: &Simulator, url: &Url) -> Result<Value, OauthError> {
    let wrong = |why: String| OauthError::new("invalid_client_metadata", why);
    let host = url.host_str().unwrap_or_default();
    let base = sim.look(|state, _| state.bluesky.client_hosts.get(host).cloned());
    let address = base.map_or_else(
        || url.to_string(),
        |base| {
            let query = url.query().map(|query| format!("?{query}"));
            format!(
                "{}{}{}",
                base.trim_end_matches('/'),
                url.path(),
                query.unwrap_or_default()
            )
        },
    );
    let (kind, bytes) = sim.fetcher().fetch(&address).await.map_err(|error| {
        wrong(format!(
            "Unable to obtain client metadata for {url}: {error}"
        ))
    })?;
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        return Err(wrong(format!("Unexpected content type {kind:?} for {url}")));
    }
    serde_json::from_slice(&bytes).map_err(|_| wrong(format!("{url} does not answer with JSON")))
}

async fn keys_of(sim: &Simulator, document: &Value) -> Result<Vec<Value>, OauthError> {
    let wrong = |why: &str| OauthError::new("invalid_client_metadata", why);
    let keys = |set: &Value| set.get("keys").and_then(Value::as_array).cloned();
    match (document.get("jwks"), document.get("jwks_uri")) {
        (Some(_), Some(_)) => Err(wrong("jwks and jwks_uri are mutually exclusive")),
        (Some(set), None) => keys(set).ok_or_else(|| wrong("jwks has no keys")),
        (None, Some(uri)) => {
            let url = uri.as_str().and_then(|uri| Url::parse(uri).ok());
            let url = url.ok_or_else(|| wrong("jwks_uri must be an address"))?;
            let set = fetch_json(sim, &url).await?;
            keys(&set).ok_or_else(|| wrong("jwks_uri has no keys"))
        }
        (None, None) => Ok(Vec::new()),
    }
}

fn described(id: &str, document: &Value, keys: Vec<Value>) -> Result<Client, OauthError> {
    let wrong = |why: &str| Err(OauthError::new("invalid_client_metadata", why));
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let list = |name: &str| -> Vec<String> {
        let values = document.get(name).and_then(Value::as_array);
        let texts = values.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    if text("client_id") != Some(id) {
        return wrong("client_id does not match the address of the document");
    }
    if document.get("dpop_bound_access_tokens") != Some(&Value::Bool(true)) {
        return wrong("dpop_bound_access_tokens must be true");
    }
    if !list("response_types").iter().any(|kind| kind == "code") {
        return wrong("response_types must include \"code\"");
    }
    let grants = list("grant_types");
    if !["authorization_code", "refresh_token"]
        .iter()
        .all(|wanted| grants.iter().any(|grant| grant == wanted))
    {
        return wrong("grant_types must include \"authorization_code\" and \"refresh_token\"");
    }
    let scope = text("scope").unwrap_or_default();
    if !scope.split(' ').any(|word| word == "atproto") {
        return wrong("scope must include \"atproto\"");
    }
    let redirect_uris = list("redirect_uris");
    if redirect_uris.is_empty() || redirect_uris.iter().any(|uri| !uri.starts_with("https://")) {
        return wrong("redirect_uris must be https addresses");
    }
    let keys = match text("token_endpoint_auth_method") {
        Some("none") => None,
        Some("private_key_jwt") => {
            if text("token_endpoint_auth_signing_alg") != Some("ES256") {
                return wrong("token_endpoint_auth_signing_alg must be ES256");
            }
            if keys.is_empty() {
                return wrong("private_key_jwt requires jwks or jwks_uri");
            }
            Some(keys)
        }
        _ => return wrong("token_endpoint_auth_method is not supported"),
    };
    Ok(Client {
        id: id.to_owned(),
        name: text("client_name").unwrap_or(id).to_owned(),
        redirect_uris,
        scope: scope.to_owned(),
        keys,
        loopback: false,
    })
}

/// Checks that the caller is the client it says it is. `jkt` is the key of its proof, which must
/// be another one than its own.
///
/// # Errors
/// `invalid_client` and the like; no session is touched.
pub fn authenticate(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
    client: &Client,
    jkt: &str,
) -> Result<ClientAuth, OauthError> {
    let Some(keys) = &client.keys else {
        return Ok(ClientAuth::Public);
    };
    if call.filled("client_assertion_type").as_deref() != Some(ASSERTION_TYPE) {
        return Err(OauthError::client("client_assertion_type is required"));
    }
    let refused =
        |why: &str| OauthError::client(format!("Validation of \"client_assertion\" failed: {why}"));
    let assertion = call
        .filled("client_assertion")
        .and_then(|text| Token::read(&text))
        .ok_or_else(|| refused("not a signed token"))?;
    let kid = assertion
        .head("kid")
        .ok_or_else(|| refused("header \"kid\" is missing"))?;
    let key = keys
        .iter()
        .find(|key| key.get("kid").and_then(Value::as_str) == Some(kid))
        .ok_or_else(|| refused("no such key in the client's metadata"))?;
    if !state.bluesky.trusts_signatures && !assertion.signed_by(key) {
        return Err(refused("the signature is wrong"));
    }
    check_claims(state, scene, &assertion, &client.id).map_err(refused)?;
    let jti = assertion
        .claim("jti")
        .ok_or_else(|| refused("\"jti\" is missing"))?;
    let thumbprint = jose::thumbprint(key).ok_or_else(|| refused("the key is no P-256 key"))?;
    if thumbprint == jkt {
        return Err(OauthError::request(
            "The DPoP proof must be signed with a different key than the client assertion",
        ));
    }
    if !dpop::remember(
        state,
        &format!("assertion:{}:{jti}", client.id),
        scene.now_ms,
    ) {
        return Err(OauthError::grant("private_key_jwt jti reused"));
    }
    Ok(ClientAuth::Confidential {
        kid: kid.to_owned(),
        thumbprint,
    })
}

/// What an assertion claims: who speaks, to whom, and when (where dates are checked).
fn check_claims(
    state: &State,
    scene: &Scene<'_>,
    assertion: &Token,
    id: &str,
) -> Result<(), &'static str> {
    if assertion.claim("iss") != Some(id) || assertion.claim("sub") != Some(id) {
        return Err("\"iss\" and \"sub\" must be the client_id");
    }
    let for_us = match assertion.claims.get("aud") {
        Some(Value::String(one)) => one == scene.origin,
        Some(Value::Array(many)) => many.iter().any(|one| one == scene.origin),
        _ => false,
    };
    if !for_us {
        return Err("\"aud\" must be the issuer");
    }
    let iat = assertion.moment_ms("iat").ok_or("\"iat\" is missing")?;
    if state.bluesky.strict_proofs {
        let late = assertion
            .moment_ms("exp")
            .is_some_and(|exp| exp < scene.now_ms);
        if late || (iat - scene.now_ms).abs() > ASSERTION_AGE {
            return Err("it is too old or from the future");
        }
    }
    Ok(())
}
