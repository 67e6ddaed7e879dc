//! The stand-in platform itself, in memory: one person's login, its refresh token that stays the same, the
//! access tokens that it minted. It believes nothing of the engine: a refresh token that it does not know is
//! refused for good, an access token that is over is refused. It keeps a list of all that it was asked.
//! It has no posts and no pages to sign in on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use domain::Timestamp;
use domain::clock::{Clock as _, ManualClock};
use domain::schedule::plus_ms;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use platforms::http::{Request, Response, SendError, Transport};
use serde_json::{Value, json};
use storage::Gate;

use crate::sim::ORIGIN;

/// The refresh token that the sign-in gave.
pub const REFRESH: &str = "stand-in-refresh";
/// The access token that the sign-in gave.
pub const FIRST_ACCESS: &str = "stand-in-access-0";
/// How long an access token lives, in seconds.
pub const ACCESS_SECONDS: i64 = 3_600;
/// Its name in the way that a world writes hosts: a path of one origin.
pub const HOST: &str = "fixed.stand-in.test";

/// What it does with a renewal, where it is not the usual: an access token and no refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// It mints, and its answer has this refresh token too. One that is not empty is taken from then on,
    /// as is the one before.
    Refresh(&'static str),
    /// It mints, and its answer is lost on the way.
    Lost,
    /// It is in trouble: 503.
    Unavailable,
    /// 200, with a page of some proxy instead of an answer.
    Unreadable,
    /// 200, with an answer that has no access token in it.
    NoAccess,
    /// The login is over: `invalid_grant`, as documented.
    InvalidGrant,
}

/// One thing that it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// When.
    pub at: Timestamp,
    /// By which call of the adapter.
    pub operation: &'static str,
    /// With which token: the refresh token where one was to be minted, else the access token.
    pub token: String,
    /// The status of its answer, also where that was lost.
    pub status: u16,
}

struct State {
    refresh: Vec<String>,
    /// Each access token with its end.
    access: BTreeMap<String, Timestamp>,
    minted: usize,
    script: VecDeque<Says>,
    asked: Vec<Asked>,
}

/// See the head of this file.
pub struct Service {
    clock: Arc<ManualClock>,
    state: Mutex<State>,
}

impl Service {
    /// A platform where one person has just signed in.
    #[must_use]
    pub fn new(clock: &Arc<ManualClock>) -> Arc<Self> {
        let end = plus_ms(clock.now(), ACCESS_SECONDS * 1_000);
        let state = State {
            refresh: vec![REFRESH.to_owned()],
            access: BTreeMap::from([(FIRST_ACCESS.to_owned(), end)]),
            minted: 0,
            script: VecDeque::new(),
            asked: Vec::new(),
        };
        Arc::new(Self {
            clock: clock.clone(),
            state: Mutex::new(state),
        })
    }

    /// A way to it. Each call passes `gate` before and after, so that a run can be ended there.
    #[must_use]
    pub fn way(self: &Arc<Self>, gate: Arc<dyn Gate>) -> Arc<dyn Transport> {
        Arc::new(Way {
            service: self.clone(),
            gate,
        })
    }

    /// The next renewal that nothing is said of yet is answered like this.
    pub fn will_say(&self, says: Says) {
        self.lock().script.push_back(says);
    }

    /// How many access tokens it minted, the sign-in's not counted.
    #[must_use]
    pub fn minted(&self) -> usize {
        self.lock().minted
    }

    /// All that it was asked, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.lock().asked.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request, path: &str) -> Result<Response, SendError> {
        let (now, mut state) = (self.clock.now(), self.lock());
        let (token, answer) = match path {
            "/token" => {
                let token = form_value(&request.body, "refresh_token");
                let answer = state.renew(&token, now);
                (token, answer)
            }
            "/public/posts" => (String::new(), said(200, &json!({}))),
            _ => {
                let token = bearer(&request.headers);
                let lives = state.access.get(&token).is_some_and(|end| now < *end);
                let answer = if lives {
                    said(200, &json!({}))
                } else {
                    said(401, &json!({ "error": "invalid_token" }))
                };
                (token, answer)
            }
        };
        let (answer, lost) = answer;
        state.asked.push(Asked {
            at: now,
            operation: request.operation,
            token,
            status: answer.status,
        });
        if lost {
            return Err(SendError::NoAnswer("the connection was closed".to_owned()));
        }
        Ok(answer)
    }
}

impl State {
    fn renew(&mut self, refresh: &str, now: Timestamp) -> (Response, bool) {
        let says = self.script.pop_front();
        let over = || said(400, &json!({ "error": "invalid_grant" }));
        match says {
            Some(Says::Unavailable) => return (text(503, "upstream connect error"), false),
            Some(Says::Unreadable) => return (text(200, "<html>Please sign in</html>"), false),
            Some(Says::NoAccess) => return said(200, &json!({ "expires_in": ACCESS_SECONDS })),
            Some(Says::InvalidGrant) => return over(),
            Some(Says::Refresh(_) | Says::Lost) | None => {}
        }
        if !self.refresh.iter().any(|known| known == refresh) {
            return over();
        }
        self.minted += 1;
        let access = format!("stand-in-access-{}", self.minted);
        let mut body = json!({ "access_token": access, "expires_in": ACCESS_SECONDS });
        if let Some(Says::Refresh(another)) = says {
            body["refresh_token"] = another.into();
            if !another.is_empty() {
                self.refresh.push(another.to_owned());
            }
        }
        self.access
            .insert(access, plus_ms(now, ACCESS_SECONDS * 1_000));
        (said(200, &body).0, says == Some(Says::Lost))
    }
}

struct Way {
    service: Arc<Service>,
    gate: Arc<dyn Gate>,
}

#[async_trait]
impl Transport for Way {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let base = format!("{ORIGIN}/{HOST}");
        let Some(path) = request.url.strip_prefix(&base) else {
            return Err(SendError::NotSent("this is another's address".to_owned()));
        };
        let operation = request.operation;
        self.gate.pass(&format!("call:{operation}:before")).await;
        let answer = self.service.answer(&request, path);
        self.gate.pass(&format!("call:{operation}:after")).await;
        answer
    }
}

/// An answer that arrives.
fn said(status: u16, body: &Value) -> (Response, bool) {
    (text(status, &body.to_string()), false)
}

fn text(status: u16, body: &str) -> Response {
    Response {
        status,
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn form_value(body: &Bytes, name: &str) -> String {
    url::form_urlencoded::parse(body)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn bearer(headers: &HeaderMap) -> String {
    headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .unwrap_or_default()
        .to_owned()
}
