//! A transport that answers from a script and remembers what it was sent, and the world around it.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use domain::Timestamp;
use domain::app::{App, AppOwner, Hosts};
use domain::chance::ChaChaChance;
use domain::ids::{AppId, Id};
use domain::platform::{LoginFlow, Platform};
use http::HeaderMap;
use platforms::account::Target;
use platforms::call::{AppSecrets, Call, MediaSource, Reach};
use platforms::http::{Request, Response, SendError, Transport};
use platforms::publish::{Payload, PayloadMedia, Publish, StepDone};
use platforms::tokens::Tokens;
use secrecy::SecretString;
use serde_json::Value;

/// 2026-03-03T12:00:00Z.
pub const NOW: i64 = 1_772_539_200;
pub const ACCOUNT: &str = "17841400000000001";
/// HMAC-SHA256 of `EAAperson` and of `EAApage501` under `s3cret`, made with another program.
pub const PROOF_PERSON: &str = "4cc30fb27db5ecd4d514eaf3f5bc443530ac0e53f1527512307c25e5cbf78556";
pub const PROOF_PAGE: &str = "78b68254e09873d98a857711cb2e8a3c39e0796ed7e4785371397315a013d89c";
pub const PROOF_APP: &str = "97e7ca3c3e069ee3590d11469421afa4c053e551270754669dd6e1fa27c1a638";

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub struct World {
    replies: Mutex<VecDeque<Result<Response, SendError>>>,
    sent: Mutex<Vec<String>>,
    app: App,
    secrets: AppSecrets,
    chance: ChaChaChance,
    pub now: Timestamp,
}

#[async_trait]
impl Transport for World {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let (address, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        let kind = request.headers.get("content-type");
        let kind = kind.map_or("", |kind| kind.to_str().unwrap());
        let is_multipart = kind.starts_with("multipart/");
        let form = if is_multipart { "" } else { body.as_str() };
        let pairs = url::form_urlencoded::parse(query.as_bytes())
            .chain(url::form_urlencoded::parse(form.as_bytes()));
        let mut pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if is_multipart {
            pairs.push(format!("{kind}|{}", body.replace("\r\n", "|")));
        }
        self.sent
            .lock()
            .unwrap()
            .push(format!("{} {address} {}", request.method, pairs.join(" ")));
        let reply = self.replies.lock().unwrap().pop_front();
        reply.unwrap_or_else(|| panic!("no answer is left for {} {address}", request.method))
    }
}

impl World {
    pub fn through(flow: LoginFlow) -> Self {
        let chance = ChaChaChance::from_seed(1);
        let app = App {
            id: AppId::new(at(NOW), &chance),
            owner: AppOwner::Installation,
            platform: Platform::Instagram,
            flow,
            client_id: "7001".to_owned(),
            redirect_uri: "https://plan.example/oauth/back".to_owned(),
            api_version: String::new(),
            scopes: Vec::new(),
            hosts: Hosts::default(),
        };
        let secrets = AppSecrets {
            client_secret: Some("s3cret".into()),
            ..AppSecrets::default()
        };
        Self {
            replies: Mutex::default(),
            sent: Mutex::default(),
            app,
            secrets,
            chance,
            now: at(NOW),
        }
    }

    pub fn instagram() -> Self {
        Self::through(LoginFlow::Instagram)
    }

    pub fn facebook() -> Self {
        Self::through(LoginFlow::Facebook)
    }

    pub fn app(mut self, change: impl FnOnce(&mut App)) -> Self {
        change(&mut self.app);
        self
    }

    pub fn says(self, body: Value) -> Self {
        self.answers(200, &body.to_string())
    }

    pub fn answers(self, status: u16, body: &str) -> Self {
        self.answers_with(status, &[], body)
    }

    pub fn answers_with(self, status: u16, headers: &[(&'static str, &str)], body: &str) -> Self {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let body = Bytes::from(body.to_owned());
        self.replies.lock().unwrap().push_back(Ok(Response {
            status,
            headers,
            body,
        }));
        self
    }

    pub fn refuses(self, code: i64, subcode: i64, message: &str) -> Self {
        let error = serde_json::json!({"message": message, "type": "OAuthException", "code": code,
            "error_subcode": subcode, "fbtrace_id": "AbCdEf"});
        self.answers(400, &serde_json::json!({ "error": error }).to_string())
    }

    pub fn falls_silent(self, error: SendError) -> Self {
        self.replies.lock().unwrap().push_back(Err(error));
        self
    }

    pub fn call(&self) -> Call<'_> {
        Call {
            out: self,
            now: self.now,
            security_now: self.now,
            chance: &self.chance,
            app: &self.app,
            secrets: &self.secrets,
            reach: Reach::PublicOnly,
            heard: None,
        }
    }

    /// What was sent, and that every scripted answer was asked for.
    pub fn sent(&self) -> Vec<String> {
        assert!(
            self.replies.lock().unwrap().is_empty(),
            "answers are left over"
        );
        self.sent.lock().unwrap().clone()
    }
}

/// Tokens of Instagram login, made so many hours before now.
pub fn tokens_made(hours: i64) -> Tokens {
    let mut tokens = Tokens::access_only("IGAAlive".into());
    tokens.keep.insert(
        "made_at_ms".to_owned(),
        ((NOW - hours * 3_600) * 1_000).to_string().into(),
    );
    tokens
}

pub fn person() -> Tokens {
    let mut tokens = Tokens::access_only("EAAperson".into());
    tokens.keep.insert("person_id".to_owned(), "3001".into());
    tokens
}

/// An account to post to, with its tokens and the pictures' store.
pub struct Desk {
    pub tokens: Tokens,
    pub page: Option<SecretString>,
    pub payload: Payload,
    pub done: Vec<StepDone>,
    pub public: Option<&'static str>,
}

impl Desk {
    pub fn instagram(pictures: usize) -> Self {
        Self {
            tokens: tokens_made(48),
            page: None,
            payload: payload(pictures),
            done: Vec::new(),
            public: Some("https://plan.example/m/"),
        }
    }

    pub fn facebook(pictures: usize) -> Self {
        Self {
            tokens: person(),
            page: Some("EAApage501".into()),
            ..Self::instagram(pictures)
        }
    }

    pub fn done(mut self, steps: &[(&str, Value)]) -> Self {
        let step = |(name, output): &(&str, Value)| StepDone {
            name: (*name).to_owned(),
            output: output.clone(),
        };
        self.done.extend(steps.iter().map(step));
        self
    }

    pub fn target(&self) -> Target<'_> {
        Target {
            account_id: ACCOUNT,
            handle: "anna.bakes",
            tokens: &self.tokens,
            channel_token: self.page.as_ref(),
        }
    }

    pub fn publish<'a>(&'a self, target: &'a Target<'a>) -> Publish<'a> {
        Publish {
            target,
            payload: &self.payload,
            media: self,
            done: &self.done,
            fenced_at: None,
            looks: 0,
        }
    }
}

#[async_trait]
impl MediaSource for Desk {
    async fn bytes(&self, _sha256: &str) -> Result<Bytes, String> {
        Err("Instagram fetches pictures itself".to_owned())
    }
    fn address(&self, sha256: &str) -> Option<String> {
        self.public.map(|base| format!("{base}{sha256}"))
    }
}

pub fn payload(pictures: usize) -> Payload {
    let picture = |number: usize| PayloadMedia {
        sha256: format!("p{number}"),
        mime: "image/jpeg".to_owned(),
        width: 1_080,
        height: 1_350,
        bytes: 1,
        alt: if number == 0 {
            "Bread".to_owned()
        } else {
            String::new()
        },
    };
    Payload {
        text: "Fresh bread\n#sourdough".to_owned(),
        media: (0..pictures).map(picture).collect(),
        key: None,
        created_at: at(NOW),
        due_at: at(NOW),
    }
}
