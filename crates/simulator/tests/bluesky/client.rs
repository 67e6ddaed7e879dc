//! A tiny OAuth client: proofs, pushed requests, consent, tokens, calls. It keeps one nonce and
//! repeats a call once when the server wants another.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulator::{Fetch, FetchError, Options, Simulator};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

pub const ORIGIN: &str = "http://127.0.0.1:9500";
pub const START: i64 = 1_795_294_136_000;
pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 24 * 60 * MINUTE;
pub const RETURN_TO: &str = "http://127.0.0.1:7000/back";
pub const SCOPE: &str = "atproto transition:generic";
pub const POSTS: &str = "app.bsky.feed.post";

/// Documents by address, in place of a network.
#[derive(Default)]
pub struct Shelf(Mutex<BTreeMap<String, Value>>);

impl Shelf {
    pub fn put(&self, url: &str, document: Value) {
        self.0.lock().unwrap().insert(url.to_owned(), document);
    }

    pub fn take_away(&self, url: &str) {
        self.0.lock().unwrap().remove(url);
    }
}

impl Fetch for Shelf {
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<(String, Bytes), FetchError>> {
        let found = self.0.lock().unwrap().get(url).map(Value::to_string);
        Box::pin(async move {
            let text = found.ok_or(FetchError::Status(404))?;
            Ok(("application/json".to_owned(), Bytes::from(text)))
        })
    }
}

pub struct World {
    pub sim: Simulator,
    pub now: Arc<AtomicI64>,
    pub shelf: Arc<Shelf>,
}

impl World {
    pub fn new() -> Self {
        let now = Arc::new(AtomicI64::new(START));
        let shelf = Arc::new(Shelf::default());
        let clock = now.clone();
        let sim = Simulator::new(Options {
            clock: Arc::new(move || clock.load(Ordering::Relaxed)),
            seed: 11,
            fetch: shelf.clone(),
            origin: ORIGIN.to_owned(),
        });
        Self { sim, now, shelf }
    }

    pub fn later(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.sim.router().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        Answer {
            status: head.status,
            headers: head.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    /// A person fills in a form of the pages.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Status, `error`, and whichever text comes with it.
    pub fn refusal(&self) -> (u16, String, String) {
        let body = self.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let words = [text("error_description"), text("message")].concat();
        (self.status.as_u16(), text("error"), words)
    }

    pub fn lost(&self) -> bool {
        self.headers.contains_key(simulator::LOST_HEADER)
    }
}

fn jwk(key: &SigningKey) -> Value {
    let point = key.verifying_key().to_sec1_point(false);
    let bytes = point.as_bytes();
    json!({"kty": "EC", "crv": "P-256", "x": B64.encode(&bytes[1..33]), "y": B64.encode(&bytes[33..])})
}

pub fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number.max(1); 32]).unwrap()
}

/// The public half with a key id.
pub fn public_key(key: &SigningKey, kid: &str) -> Value {
    let mut public = jwk(key);
    public["kid"] = json!(kid);
    public
}

fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let text = format!(
        "{}.{}",
        B64.encode(header.to_string()),
        B64.encode(claims.to_string())
    );
    let signature: Signature = key.sign(text.as_bytes());
    format!("{text}.{}", B64.encode(signature.to_bytes()))
}

/// One client with one sign-in.
pub struct Client<'a> {
    pub world: &'a World,
    pub id: String,
    pub return_to: String,
    pub proof_key: SigningKey,
    /// Key id and key, if it proves itself.
    pub own_key: Option<(String, SigningKey)>,
    pub nonce: Mutex<Option<String>>,
    pub access: String,
    pub refresh: String,
}

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-";

impl<'a> Client<'a> {
    pub fn loopback(world: &'a World) -> Self {
        let query = serde_urlencoded::to_string([
            ("redirect_uri", "http://127.0.0.1/back"),
            ("scope", SCOPE),
        ])
        .unwrap();
        Self::with_id(world, &format!("http://localhost?{query}"), RETURN_TO)
    }

    fn with_id(world: &'a World, id: &str, return_to: &str) -> Self {
        Self {
            world,
            id: id.to_owned(),
            return_to: return_to.to_owned(),
            proof_key: key(7),
            own_key: None,
            nonce: Mutex::new(None),
            access: String::new(),
            refresh: String::new(),
        }
    }

    /// A client with an https address whose document lies on the shelf.
    pub fn confidential(world: &'a World) -> Self {
        let id = "https://planner.mainstay.social/oauth/client.json";
        world
            .sim
            .set_bluesky_client_host("planner.mainstay.social", "http://127.0.0.1:7000");
        let mut client = Self::with_id(world, id, "https://planner.mainstay.social/back");
        client.own_key = Some(("k1".to_owned(), key(21)));
        client.publish_keys(&[("k1", 21)]);
        client
    }

    pub fn publish_keys(&self, keys: &[(&str, u8)]) {
        let keys: Vec<Value> = keys
            .iter()
            .map(|(kid, number)| public_key(&key(*number), kid))
            .collect();
        let document = json!({
            "client_id": self.id,
            "client_name": "Mainstay",
            "application_type": "web",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "redirect_uris": [self.return_to],
            "scope": SCOPE,
            "dpop_bound_access_tokens": true,
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "ES256",
            "jwks": {"keys": keys},
        });
        let shelf = &self.world.shelf;
        shelf.put("http://127.0.0.1:7000/oauth/client.json", document);
    }

    pub fn unique(&self) -> u64 {
        // Above every number that a test chooses by hand.
        static COUNTER: AtomicU64 = AtomicU64::new(1_000);
        COUNTER.fetch_add(1, Ordering::Relaxed)
    }

    pub fn proof(&self, method: &str, path: &str, access: Option<&str>) -> String {
        let mut claims = json!({
            "jti": format!("proof-{}-{}", self.world.now.load(Ordering::Relaxed), self.unique()),
            "htm": method,
            "htu": format!("{ORIGIN}{path}"),
            "iat": 1_700_000_000,
        });
        if let Some(nonce) = self.nonce.lock().unwrap().clone() {
            claims["nonce"] = json!(nonce);
        }
        if let Some(access) = access {
            claims["ath"] = json!(B64.encode(Sha256::digest(access.as_bytes())));
        }
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk(&self.proof_key)});
        signed(&self.proof_key, &header, &claims)
    }

    pub fn assertion(&self) -> Vec<(String, String)> {
        let Some((kid, key)) = &self.own_key else {
            return Vec::new();
        };
        let claims = json!({
            "iss": self.id, "sub": self.id, "aud": ORIGIN, "iat": 1_700_000_000,
            "jti": format!("assertion-{}", self.unique()),
        });
        let header = json!({"alg": "ES256", "kid": kid});
        vec![
            (
                "client_assertion_type".to_owned(),
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
            ),
            ("client_assertion".to_owned(), signed(key, &header, &claims)),
        ]
    }

    fn keep_nonce(&self, answer: &Answer) -> bool {
        let nonce = answer.header("dpop-nonce");
        if !nonce.is_empty() {
            *self.nonce.lock().unwrap() = Some(nonce.to_owned());
        }
        let wants = matches!(answer.status.as_u16(), 400 | 401) && !nonce.is_empty();
        wants && answer.json()["error"] == "use_dpop_nonce"
    }

    /// One call to an OAuth endpoint, without repeating it.
    pub async fn form_once(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        body.push(("client_id".to_owned(), self.id.clone()));
        body.extend(self.assertion());
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("dpop", self.proof("POST", path, None))
            .body(Body::from(serde_urlencoded::to_string(&body).unwrap()))
            .unwrap();
        self.world.send(request).await
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.form_once(path, fields).await;
        if self.keep_nonce(&answer) {
            let again = self.form_once(path, fields).await;
            self.keep_nonce(&again);
            return again;
        }
        answer
    }

    /// One call to the PDS, without repeating it.
    pub async fn call_once(&self, method: &str, name: &str, kind: &str, body: Bytes) -> Answer {
        let path = format!("/xrpc/{name}");
        let request = Request::builder()
            .method(method)
            .uri(&path)
            .header("content-type", kind)
            .header("authorization", format!("DPoP {}", self.access))
            .header("dpop", self.proof(method, &path, Some(&self.access)))
            .body(Body::from(body));
        self.world.send(request.unwrap()).await
    }

    pub async fn call(&self, method: &str, name: &str, kind: &str, body: Bytes) -> Answer {
        let answer = self.call_once(method, name, kind, body.clone()).await;
        if self.keep_nonce(&answer) {
            let again = self.call_once(method, name, kind, body).await;
            self.keep_nonce(&again);
            return again;
        }
        answer
    }

    pub async fn get_session(&self) -> Answer {
        let name = "com.atproto.server.getSession";
        self.call("GET", name, "application/json", Bytes::new())
            .await
    }

    pub async fn post(&self, name: &str, body: &Value) -> Answer {
        let bytes = Bytes::from(body.to_string());
        self.call("POST", name, "application/json", bytes).await
    }

    pub async fn put(&self, did: &str, rkey: &str, record: Value) -> Answer {
        let body = json!({
            "repo": did, "collection": POSTS, "rkey": rkey, "record": record, "swapRecord": null,
        });
        self.post("com.atproto.repo.putRecord", &body).await
    }

    pub async fn upload(&self, kind: &str, bytes: &[u8]) -> Answer {
        let bytes = Bytes::copy_from_slice(bytes);
        self.call("POST", "com.atproto.repo.uploadBlob", kind, bytes)
            .await
    }

    /// A pushed request; its URI. `number` makes the PKCE pair one of its own.
    pub async fn push(&self, hint: &str, number: u64) -> Answer {
        let challenge = B64.encode(Sha256::digest(format!("{VERIFIER}{number}").as_bytes()));
        let fields = [
            ("response_type", "code"),
            ("redirect_uri", &self.return_to),
            ("scope", SCOPE),
            ("state", "st-1"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("login_hint", hint),
        ];
        self.form("/oauth/par", &fields).await
    }

    /// The person signs in and agrees; the parameters of the way back.
    pub async fn agree(
        &self,
        request_uri: &str,
        did: &str,
        decision: &str,
    ) -> BTreeMap<String, String> {
        let same = [
            ("client_id", self.id.as_str()),
            ("request_uri", request_uri),
        ];
        let account = [&same[..], &[("account", did)]].concat();
        let world = self.world;
        let answer = world.submit("/oauth/authorize/sign-in", &account).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let page = world.get(answer.header("location")).await;
        assert!(page.text().contains("id=\"accept\""), "{}", page.text());
        let decision = [&same[..], &[("decision", decision)]].concat();
        let answer = world.submit("/oauth/authorize/consent", &decision).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let back = answer.header("location");
        assert!(back.starts_with(&self.return_to), "{back}");
        let (_, query) = back.split_once('?').unwrap();
        serde_urlencoded::from_str(query).unwrap()
    }

    pub async fn redeem(&self, code: &str, number: u64) -> Answer {
        let verifier = format!("{VERIFIER}{number}");
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.return_to),
            ("code_verifier", &verifier),
        ];
        self.form("/oauth/token", &fields).await
    }

    /// The whole sign-in.
    pub async fn sign_in(&mut self, did: &str) {
        let number = self.unique();
        let pushed = self.push(did, number).await;
        assert_eq!(pushed.status, StatusCode::CREATED, "{}", pushed.text());
        let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
        let back = self.agree(&uri, did, "accept").await;
        assert_eq!(back["iss"], ORIGIN);
        assert_eq!(back["state"], "st-1");
        let answer = self.redeem(&back["code"], number).await;
        self.take(&answer);
        assert_eq!(answer.json()["sub"], did);
    }

    /// Takes over the tokens of an answer.
    pub fn take(&mut self, answer: &Answer) {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let body = answer.json();
        body["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.access);
        body["refresh_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.refresh);
    }

    pub async fn refresh_with(&self, token: &str) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.form("/oauth/token", &fields).await
    }

    /// A refresh whose answer is taken over.
    pub async fn go_on(&mut self) {
        let answer = self.refresh_with(&self.refresh).await;
        self.take(&answer);
    }
}

/// A post with a text.
pub fn note(text: &str) -> Value {
    json!({"$type": POSTS, "text": text, "createdAt": "2026-11-21T20:48:56.000Z"})
}
