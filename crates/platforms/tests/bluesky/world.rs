//! One account with its PLC directory, resolver, PDS and authorization server, in memory. Every proof
//! is verified; answers can be replaced one by one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use domain::Timestamp;
use domain::app::{App, AppOwner, Hosts};
use domain::chance::ChaChaChance;
use domain::ids::{AppId, Id as _};
use domain::platform::{LoginFlow, Platform as Name};
use http::HeaderValue;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use platforms::account::Target;
use platforms::bluesky::new_signing_key;
use platforms::call::{AppSecrets, Call, MediaSource, Reach};
use platforms::http::{Request, Response, SendError, Transport};
use platforms::tokens::Tokens;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub use super::answers::*;

pub const DID: &str = "did:plc:annaannaannaannaannaanna";
pub const HANDLE: &str = "anna.example.org";
pub const PDS: &str = "https://pds.example.org";
pub const ISSUER: &str = "https://auth.example.org";
pub const CLIENT: &str = "https://planner.example.com/oauth/bluesky/client.json";
pub const REDIRECT: &str = "https://planner.example.com/oauth/callback";
pub const NOW: i64 = 1_800_000_000;
pub const KEY: &str = "3l6oveex3ii2l";

pub type Reply = Result<Response, SendError>;

/// A request as a server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub operation: &'static str,
    pub url: String,
    pub form: BTreeMap<String, String>,
    pub json: Value,
    pub mime: String,
    pub proof: Option<Value>,
    pub key: Option<Value>,
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    /// Answers that come before the servers' own, by operation.
    queued: BTreeMap<&'static str, VecDeque<Reply>>,
    /// Documents by address, in place of the servers' own; none for "not there".
    documents: BTreeMap<String, Option<Value>>,
    /// Every id of a proof or assertion: none may come twice.
    ids: Vec<String>,
    records: BTreeMap<String, Value>,
}

pub struct World {
    pub app: App,
    pub secrets: AppSecrets,
    pub chance: ChaChaChance,
    /// Whether proofs without the server's nonce are refused.
    pub wants_nonce: bool,
    state: Mutex<State>,
}

impl World {
    pub fn new() -> Self {
        let chance = ChaChaChance::from_seed(7);
        let secrets = AppSecrets {
            signing_keys: vec![new_signing_key(&chance, "k1")],
            ..AppSecrets::default()
        };
        Self {
            app: app(CLIENT),
            secrets,
            chance,
            wants_nonce: true,
            state: Mutex::default(),
        }
    }

    pub fn call(&self) -> Call<'_> {
        let now = Timestamp::from_second(NOW).unwrap();
        Call {
            out: self,
            now,
            // Apart, so that a proof dated by the wrong clock is found out.
            security_now: Timestamp::from_second(NOW + 1_000_000).unwrap(),
            chance: &self.chance,
            app: &self.app,
            secrets: &self.secrets,
            reach: Reach::PublicOnly,
            heard: None,
        }
    }

    /// The next answer to this operation.
    pub fn answer(&self, operation: &'static str, reply: Reply) {
        self.state
            .lock()
            .unwrap()
            .queued
            .entry(operation)
            .or_default()
            .push_back(reply);
    }

    /// What stands at an address from now on.
    pub fn document(&self, url: &str, document: Option<Value>) {
        self.state
            .lock()
            .unwrap()
            .documents
            .insert(url.to_owned(), document);
    }

    pub fn seen(&self, operation: &str) -> Vec<Seen> {
        self.state
            .lock()
            .unwrap()
            .seen
            .iter()
            .filter(|seen| seen.operation == operation)
            .cloned()
            .collect()
    }

    pub fn record(&self, key: &str) -> Option<Value> {
        self.state.lock().unwrap().records.get(key).cloned()
    }

    pub fn put_record(&self, key: &str, record: Value) {
        self.state
            .lock()
            .unwrap()
            .records
            .insert(key.to_owned(), record);
    }

    fn reply(&self, request: &Request) -> Reply {
        let seen = self.look_at(request);
        let mut state = self.state.lock().unwrap();
        state.seen.push(seen.clone());
        if self.wants_nonce
            && seen
                .proof
                .as_ref()
                .is_some_and(|proof| proof["nonce"] != nonce(&seen.url))
        {
            return Ok(nonce_refusal(&seen));
        }
        if let Some(reply) = state
            .queued
            .get_mut(seen.operation)
            .and_then(VecDeque::pop_front)
        {
            return reply;
        }
        let address = seen.url.split('?').next().unwrap().to_owned();
        if let Some(document) = state.documents.get(&address) {
            return Ok(document.as_ref().map_or_else(
                || error(404, "NotFound", ""),
                |document| ok(document.clone()),
            ));
        }
        Ok(own_answer(&mut state, &seen, &address))
    }

    /// Reads a request as a server would, and checks its proof.
    fn look_at(&self, request: &Request) -> Seen {
        let header = |name: &str| {
            request
                .headers
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        let mime = header("content-type").unwrap_or_default();
        let pairs = url::form_urlencoded::parse(&request.body);
        let is_form = mime == "application/x-www-form-urlencoded";
        let form: BTreeMap<_, _> = pairs
            .filter(|_| is_form)
            .map(|(k, v)| (k.into_owned(), v.into_owned()))
            .collect();
        let proof = header("dpop").map(|proof| verified(&proof, None));
        let mut ids: Vec<String> = proof
            .iter()
            .map(|(_, claims)| claims["jti"].as_str().unwrap().to_owned())
            .collect();
        if let Some((head, claims)) = &proof {
            assert_eq!(head["typ"], "dpop+jwt");
            assert_eq!(head["alg"], "ES256");
            assert!(head["jwk"]["d"].is_null(), "a private key left the house");
            assert_eq!(claims["htm"], request.method.as_str());
            assert_eq!(claims["htu"], request.url.split(['?', '#']).next().unwrap());
            assert_eq!(claims["iat"], NOW + 1_000_000);
            let token = header("authorization")
                .map(|value| value.strip_prefix("DPoP ").unwrap().to_owned());
            assert_eq!(
                claims["ath"].as_str(),
                token.map(|token| b64(&Sha256::digest(token))).as_deref()
            );
            assert!(request.headers["dpop"].is_sensitive());
        }
        if let Some(assertion) = form.get("client_assertion") {
            let (head, claims) = verified(assertion, Some(&self.public_keys()));
            assert_eq!(head["alg"], "ES256");
            assert_eq!(
                (claims["iss"].as_str(), claims["sub"].as_str()),
                (Some(CLIENT), Some(CLIENT))
            );
            assert_eq!(claims["aud"], ISSUER);
            assert_eq!(claims["iat"], NOW + 1_000_000);
            ids.push(claims["jti"].as_str().unwrap().to_owned());
        }
        let known = &mut self.state.lock().unwrap().ids;
        assert!(
            ids.iter().all(|id| !known.contains(id)),
            "an id was used twice"
        );
        known.extend(ids);
        let (head, claims) = proof.unzip();
        Seen {
            operation: request.operation,
            url: request.url.clone(),
            form,
            json: serde_json::from_slice(&request.body).unwrap_or_default(),
            mime,
            proof: claims,
            key: head.map(|head| head["jwk"].clone()),
        }
    }

    fn public_keys(&self) -> Value {
        platforms::bluesky::client_metadata(
            &self.app,
            "https://planner.example.com",
            &self.secrets.signing_keys,
        )["jwks"]
            .clone()
    }
}

#[async_trait]
impl Transport for World {
    async fn send(&self, request: Request) -> Reply {
        self.reply(&request)
    }
}

#[async_trait]
impl MediaSource for World {
    async fn bytes(&self, sha256: &str) -> Result<Bytes, String> {
        if sha256 == "gone" {
            Err("the picture is gone".to_owned())
        } else {
            Ok(Bytes::from(sha256.to_owned()))
        }
    }

    fn address(&self, _sha256: &str) -> Option<String> {
        None
    }
}

/// Checks a token's signature by the key in its head, or by the named one of `keys`; gives head and
/// claims.
pub fn verified(token: &str, keys: Option<&Value>) -> (Value, Value) {
    let parts: Vec<&str> = token.split('.').collect();
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let head: Value = serde_json::from_slice(&bytes(parts[0])).unwrap();
    let jwk = match keys {
        None => head["jwk"].clone(),
        Some(keys) => keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["kid"] == head["kid"])
            .expect("a known kid")
            .clone(),
    };
    let mut point = vec![4];
    point.extend(bytes(jwk["x"].as_str().unwrap()));
    point.extend(bytes(jwk["y"].as_str().unwrap()));
    let signature = Signature::from_slice(&bytes(parts[2])).unwrap();
    let signed = format!("{}.{}", parts[0], parts[1]);
    VerifyingKey::from_sec1_bytes(&point)
        .unwrap()
        .verify(signed.as_bytes(), &signature)
        .expect("the signature fits");
    (head, serde_json::from_slice(&bytes(parts[1])).unwrap())
}

pub fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn nonce(url: &str) -> String {
    format!(
        "nonce of {}",
        url::Url::parse(url).unwrap().host_str().unwrap()
    )
}

/// As each server says it: the PDS in a header, the authorization server in its body.
fn nonce_refusal(seen: &Seen) -> Response {
    let at_pds = seen.url.starts_with(PDS);
    let mut answer = if at_pds {
        error(401, "", "")
    } else {
        oauth_error(400, "use_dpop_nonce", "")
    };
    if at_pds {
        let challenge =
            HeaderValue::from_static("DPoP error=\"use_dpop_nonce\", error_description=\"nonce\"");
        answer.headers.insert("www-authenticate", challenge);
    }
    answer.headers.insert(
        "dpop-nonce",
        HeaderValue::from_str(&nonce(&seen.url)).unwrap(),
    );
    answer
}

fn own_answer(state: &mut State, seen: &Seen, address: &str) -> Response {
    let path = address
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('/'));
    let (host, path) = path.unwrap_or((address, ""));
    let query = |name: &str| {
        let url = url::Url::parse(&seen.url).unwrap();
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    match (host, path) {
        ("resolver.example.net", "xrpc/com.atproto.identity.resolveHandle")
            if query("handle") == HANDLE =>
        {
            ok(json!({ "did": DID }))
        }
        ("resolver.example.net", _) => error(400, "InvalidRequest", "Unable to resolve handle"),
        ("plc.example.net", DID) => ok(did_document()),
        ("pds.example.org", ".well-known/oauth-protected-resource") => ok(protected_resource()),
        ("auth.example.org", ".well-known/oauth-authorization-server") => ok(server_metadata()),
        ("auth.example.org", "oauth/par") => with_status(
            201,
            ok(json!({ "request_uri": "urn:req:1", "expires_in": 299 })),
        ),
        ("auth.example.org", "oauth/token") => ok(token_answer(&seen.form)),
        ("auth.example.org", "oauth/revoke") => ok(json!({})),
        ("pds.example.org", "xrpc/com.atproto.server.getSession") => ok(session()),
        ("pds.example.org", "xrpc/com.atproto.repo.uploadBlob") => ok(
            json!({ "blob": { "$type": "blob", "ref": { "$link": "bafkreipicture" }, "mimeType": seen.mime, "size": 3 } }),
        ),
        ("pds.example.org", "xrpc/com.atproto.repo.putRecord") => put(state, &seen.json),
        ("pds.example.org", "xrpc/com.atproto.repo.getRecord") => match state
            .records
            .get(&query("rkey"))
        {
            Some(record) => ok(json!({ "uri": "at://x", "cid": "bafyrecord", "value": record })),
            None => error(400, "RecordNotFound", "Could not locate record"),
        },
        _ => error(404, "NotFound", address),
    }
}

/// `putRecord` with `swapRecord: null`, as the reference server does it.
fn put(state: &mut State, asked: &Value) -> Response {
    assert_eq!(asked["swapRecord"], Value::Null);
    assert!(asked.as_object().unwrap().contains_key("swapRecord"));
    let key = asked["rkey"].as_str().unwrap().to_owned();
    match state.records.get(&key) {
        Some(there) if *there != asked["record"] => {
            error(400, "InvalidSwap", "Record was at bafyrecord")
        }
        _ => {
            state.records.insert(key.clone(), asked["record"].clone());
            ok(
                json!({ "uri": format!("at://{DID}/app.bsky.feed.post/{key}"), "cid": "bafyrecord" }),
            )
        }
    }
}

pub fn app(client_id: &str) -> App {
    let hosts = [
        ("plc", "https://plc.example.net"),
        ("resolver", "https://resolver.example.net"),
        ("appview", ""),
        ("web", "https://bsky.app"),
    ];
    App {
        id: AppId::new(Timestamp::UNIX_EPOCH, &ChaChaChance::from_seed(1)),
        owner: AppOwner::Installation,
        platform: Name::Bluesky,
        flow: LoginFlow::Bluesky,
        client_id: client_id.to_owned(),
        redirect_uri: REDIRECT.to_owned(),
        api_version: String::new(),
        scopes: vec!["atproto".to_owned(), "transition:generic".to_owned()],
        hosts: Hosts(
            hosts
                .into_iter()
                .map(|(name, url)| (name.to_owned(), url.to_owned()))
                .collect(),
        ),
    }
}

/// The tokens of a finished sign-in.
pub fn tokens(world: &World) -> Tokens {
    let kept = [
        ("issuer", ISSUER),
        ("pds", PDS),
        ("token_endpoint", "https://auth.example.org/oauth/token"),
        (
            "revocation_endpoint",
            "https://auth.example.org/oauth/revoke",
        ),
        ("kid", "k1"),
        ("did", DID),
        ("scope", "atproto transition:generic"),
    ];
    let mut keep: BTreeMap<String, SecretString> = kept
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    keep.insert("dpop_key".to_owned(), new_signing_key(&world.chance, ""));
    Tokens {
        access: "access-1".into(),
        refresh: Some("refresh-1".into()),
        keep,
    }
}

pub fn target(tokens: &Tokens) -> Target<'_> {
    Target {
        account_id: DID,
        handle: HANDLE,
        tokens,
        channel_token: None,
    }
}
