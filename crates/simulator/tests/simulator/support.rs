//! A furnished simulator, a clock to turn, and a client that presses through its pages.

use axum::body::Body;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Request, StatusCode};
use image::{ImageFormat, RgbImage};
use serde_json::Value;
use simulator::{Fetch, FetchError, Options, Simulator};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

pub const START_MS: i64 = 1_795_000_000_000;
pub const SECOND: i64 = 1_000;
pub const HOUR: i64 = 3_600 * SECOND;
pub const DAY: i64 = 24 * HOUR;

pub const BAKERY: &str = "17841400000000001";
pub const CERAMICS: &str = "17841400000000002";
pub const ANNA: &str = "10220000000000001";
pub const BAKERY_PAGE: &str = "100000000000001";
pub const IGL_APP: &str = "7000000000000001";
pub const IGL_SECRET: &str = "simulator-instagram-secret";
pub const FBL_APP: &str = "7000000000000002";
pub const FBL_SECRET: &str = "simulator-facebook-secret";
pub const BACK: &str = "http://127.0.0.1:8080/oauth/back";
pub const IGL_SCOPE: &str = "instagram_business_basic,instagram_business_content_publish";
pub const FBL_SCOPE: &str = "public_profile,instagram_basic,instagram_content_publish,instagram_manage_contents,pages_show_list,pages_read_engagement,business_management";

/// What an address answers.
type Found = Result<(String, Bytes), FetchError>;

/// Media by address, in memory.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Mutex<BTreeMap<String, Found>>>);

impl Shelf {
    pub fn put(&self, url: &str, what: Result<(&str, Vec<u8>), FetchError>) {
        let what = what.map(|(kind, bytes)| (kind.to_owned(), Bytes::from(bytes)));
        self.0.lock().unwrap().insert(url.to_owned(), what);
    }
}

impl Fetch for Shelf {
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<(String, Bytes), FetchError>> {
        let found = self
            .0
            .lock()
            .unwrap()
            .get(url)
            .cloned()
            .unwrap_or(Err(FetchError::Status(404)));
        Box::pin(async move { found })
    }
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    RgbImage::from_pixel(width, height, image::Rgb([20, 120, 110]))
        .write_to(&mut out, ImageFormat::Jpeg)
        .unwrap();
    out.into_inner()
}

pub struct World {
    pub sim: Simulator,
    pub shelf: Shelf,
    clock: Arc<AtomicI64>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Code and subcode of a Graph API error.
    pub fn code(&self) -> Codes {
        let error = &self.json()["error"];
        (
            error["code"]
                .as_i64()
                .unwrap_or_else(|| panic!("no error: {}", self.text())),
            error["error_subcode"].as_i64(),
        )
    }

    /// A text of a good answer.
    pub fn get(&self, name: &str) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        match &self.json()[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The value of a parameter in the address of a redirect.
    pub fn returned(&self, name: &str) -> Option<String> {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        let address = url::Url::parse(self.header("location")).unwrap();
        address
            .query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// Code and subcode of an error.
pub type Codes = (i64, Option<i64>);

pub fn query(parameters: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(parameters).unwrap()
}

impl World {
    pub fn new(seed: u64) -> Self {
        let clock = Arc::new(AtomicI64::new(START_MS));
        let shelf = Shelf::default();
        let read = Arc::clone(&clock);
        let sim = Simulator::new(Options {
            clock: Arc::new(move || read.load(Ordering::SeqCst)),
            seed,
            fetch: Arc::new(shelf.clone()),
            origin: "http://127.0.0.1:9500".to_owned(),
        });
        shelf.put(
            "http://media.test/good.jpg",
            Ok(("image/jpeg", jpeg(400, 500))),
        );
        Self { sim, shelf, clock }
    }

    pub fn furnished() -> Self {
        let world = Self::new(11);
        world.sim.furnish_default();
        assert!(world.sim.allow_redirect(IGL_APP, BACK));
        assert!(world.sim.allow_redirect(FBL_APP, BACK));
        world
    }

    pub fn pass(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.sim.router().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    pub async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        self.send(
            Request::get(format!("{path}?{}", query(parameters)))
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub async fn delete(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        self.send(
            Request::delete(format!("{path}?{}", query(parameters)))
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(query(form))).unwrap())
            .await
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    pub async fn post_bytes(&self, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = Request::post(path).header("content-type", kind);
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn post_cross_site(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("sec-fetch-site", "cross-site");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    /// Presses through the Instagram dialog; the code.
    pub async fn instagram_code(&self, username: &str, permissions: &[&str]) -> String {
        let login = [
            ("client_id", IGL_APP),
            ("redirect_uri", BACK),
            ("response_type", "code"),
            ("scope", IGL_SCOPE),
            ("state", "s1"),
            ("login_as", username),
        ];
        let answer = self
            .post("/www.instagram.com/oauth/authorize", &login)
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let ticket = ticket(&answer);
        let mut form = vec![("ticket", ticket.as_str()), ("action", "continue")];
        form.extend(permissions.iter().map(|name| ("permission", *name)));
        let answer = self.post("/www.instagram.com/oauth/consent", &form).await;
        assert!(answer.header("location").ends_with("#_"));
        answer.returned("code").unwrap()
    }

    /// The short token of a code.
    pub async fn instagram_short(&self, code: &str) -> Answer {
        let form = [
            ("client_id", IGL_APP),
            ("client_secret", IGL_SECRET),
            ("grant_type", "authorization_code"),
            ("redirect_uri", BACK),
            ("code", code),
        ];
        self.post("/api.instagram.com/oauth/access_token", &form)
            .await
    }

    pub async fn instagram_long(&self, short: &str) -> Answer {
        let parameters = [
            ("grant_type", "ig_exchange_token"),
            ("client_secret", IGL_SECRET),
            ("access_token", short),
        ];
        self.get("/graph.instagram.com/access_token", &parameters)
            .await
    }

    /// Signs in through Instagram with everything ticked; the long token.
    pub async fn instagram_token(&self, username: &str) -> String {
        let code = self
            .instagram_code(username, &["instagram_business_content_publish"])
            .await;
        let short = self.instagram_short(&code).await.get("access_token");
        self.instagram_long(&short).await.get("access_token")
    }

    /// Presses through the Facebook dialog; the code.
    pub async fn facebook_code(
        &self,
        person: &str,
        pages: &[&str],
        accounts: &[&str],
        permissions: &[&str],
    ) -> String {
        let login = [
            ("client_id", FBL_APP),
            ("redirect_uri", BACK),
            ("scope", FBL_SCOPE),
            ("state", "s2"),
            ("login_as", person),
        ];
        let answer = self
            .post("/www.facebook.com/v25.0/dialog/oauth", &login)
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let ticket = ticket(&answer);
        let mut form = vec![("ticket", ticket.as_str()), ("action", "continue")];
        form.extend(pages.iter().map(|id| ("page", *id)));
        form.extend(accounts.iter().map(|id| ("instagram", *id)));
        form.extend(permissions.iter().map(|name| ("permission", *name)));
        let answer = self.post("/www.facebook.com/dialog/consent", &form).await;
        answer.returned("code").unwrap()
    }

    pub async fn facebook_short(&self, code: &str) -> Answer {
        let parameters = [
            ("client_id", FBL_APP),
            ("client_secret", FBL_SECRET),
            ("redirect_uri", BACK),
            ("code", code),
        ];
        self.get("/graph.facebook.com/v25.0/oauth/access_token", &parameters)
            .await
    }

    pub async fn facebook_long(&self, token: &str) -> Answer {
        let parameters = [
            ("grant_type", "fb_exchange_token"),
            ("client_id", FBL_APP),
            ("client_secret", FBL_SECRET),
            ("fb_exchange_token", token),
        ];
        self.get("/graph.facebook.com/v25.0/oauth/access_token", &parameters)
            .await
    }

    /// Anna signs in through Facebook with everything ticked; her long token and the Page token
    /// of the bakery.
    pub async fn facebook_tokens(&self) -> (String, String) {
        let permissions: Vec<&str> = FBL_SCOPE.split(',').collect();
        let code = self
            .facebook_code(ANNA, &[BAKERY_PAGE], &[BAKERY], &permissions)
            .await;
        let short = self.facebook_short(&code).await.get("access_token");
        let long = self.facebook_long(&short).await.get("access_token");
        let pages = self
            .get(
                "/graph.facebook.com/v25.0/me/accounts",
                &[("access_token", &long)],
            )
            .await
            .json();
        (
            long,
            pages["data"][0]["access_token"]
                .as_str()
                .unwrap()
                .to_owned(),
        )
    }

    /// A person signs in through Facebook with one Page ticked; that Page's token.
    pub async fn page_token(&self, person: &str, page: &str, scope: &str) -> String {
        let login = [
            ("client_id", FBL_APP),
            ("redirect_uri", BACK),
            ("scope", scope),
            ("login_as", person),
        ];
        let dialog = "/www.facebook.com/v25.0/dialog/oauth";
        let ticket = ticket(&self.post(dialog, &login).await);
        let mut form = vec![("ticket", ticket.as_str()), ("action", "continue")];
        // What was ticked before stays so: the siblings of this Page.
        let before = self.sim.truth()["instagram"]["persons"][person]["grants"][0]["pages"].clone();
        let before: Vec<&str> = before
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        form.extend(before.iter().chain([&page]).map(|id| ("page", *id)));
        form.extend(scope.split(',').map(|name| ("permission", name)));
        let answer = self.post("/www.facebook.com/dialog/consent", &form).await;
        let code = answer.returned("code").unwrap();
        let short = self.facebook_short(&code).await.get("access_token");
        let long = self.facebook_long(&short).await.get("access_token");
        let path = format!("/graph.facebook.com/v25.0/{page}");
        let asked = [("fields", "access_token"), ("access_token", long.as_str())];
        self.get(&path, &asked).await.get("access_token")
    }

    /// Makes a container of the good picture on a host; the answer.
    pub async fn container(&self, host: &str, account: &str, token: &str, caption: &str) -> Answer {
        let form = [
            ("image_url", "http://media.test/good.jpg"),
            ("caption", caption),
            ("access_token", token),
        ];
        self.post(&format!("/{host}/v25.0/{account}/media"), &form)
            .await
    }

    pub async fn publish(&self, host: &str, account: &str, token: &str, container: &str) -> Answer {
        let form = [("creation_id", container), ("access_token", token)];
        self.post(&format!("/{host}/v25.0/{account}/media_publish"), &form)
            .await
    }

    /// Captions of what the truth says an account published through the API.
    pub fn published(&self, account: &str) -> Vec<String> {
        let truth = self.sim.truth();
        let posts = truth["instagram"]["accounts"][account]["posts"]
            .as_array()
            .unwrap()
            .clone();
        posts
            .iter()
            .filter(|post| post["container"].is_string())
            .map(|post| post["caption"].as_str().unwrap().to_owned())
            .collect()
    }
}

pub fn ticket(answer: &Answer) -> String {
    answer
        .header("location")
        .split_once("ticket=")
        .unwrap()
        .1
        .to_owned()
}
