//! What Meta's Graph platforms share: the body of a refusal, the headers that say how much is used,
//! the proof that a call knows the app's secret, and reading an answer with all of that in mind.
//!
//! No platform's table of codes is here: each has its own, and hands it in as `explain`. Facebook's login,
//! its Pages and the inspection of its tokens are here too, since two platforms are reached by them.

pub(crate) mod graph;
pub(crate) mod inspect;
pub(crate) mod login;
pub(crate) mod pages;
pub mod rows;
pub(crate) mod shapes;

use domain::health::Evidence;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::Sha256;

use crate::call::Call;
use crate::failure::{About, Failure, Sent};
use crate::http::{Address, Request, Response};
use crate::wire;
use domain::cause::Cause;
use domain::schedule::MINUTE_MS;

/// The parameters of a call, by name.
pub type Params = Vec<(&'static str, String)>;

/// A refusal as Graph says it (sheet instagram.md §9), whatever its shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GraphError {
    /// `code`, the number that decides.
    pub code: Option<i64>,
    /// `error_subcode`.
    pub subcode: Option<i64>,
    /// `message`, and after it `error_user_msg` where it says more.
    pub message: String,
    /// Whether Graph itself calls it passing.
    pub transient: bool,
    /// All texts of the refusal in small letters, for the rows that are told by their words.
    pub words: String,
}

impl GraphError {
    /// Reads the refusal in an answer; none if it holds none. Three shapes are met: `{"error": {…}}`,
    /// `{"error_type", "code", "error_message"}` of the code exchange, and OAuth's own `{"error": "…"}`.
    #[must_use]
    pub fn read(answer: &Value) -> Option<Self> {
        match answer.get("error") {
            Some(object @ Value::Object(_)) => Some(Self::from_object(object)),
            Some(Value::String(_)) => Some(Self::from_object(answer)),
            _ if answer.get("error_message").is_some() || answer.get("error_type").is_some() => {
                Some(Self::from_object(answer))
            }
            _ => None,
        }
    }

    /// Reads the object that holds the code itself (also the one inside an inspection).
    #[must_use]
    pub fn from_object(object: &Value) -> Self {
        let said = |names: &[&str]| {
            let mut texts = names.iter().map(|name| wire::text(object, name));
            texts.find(|text| !text.is_empty()).unwrap_or_default()
        };
        let mut message = said(&["message", "error_message", "error_description", "error"]);
        let for_user = said(&["error_user_msg"]);
        if !for_user.is_empty() && for_user != message {
            message = format!("{message} {for_user}");
        }
        let mut words = String::new();
        gather(object, &mut words);
        Self {
            code: wire::number(object, "code"),
            subcode: wire::number(object, "error_subcode")
                .or_else(|| wire::number(object, "subcode")),
            message: message.trim().to_owned(),
            transient: object
                .get("is_transient")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            words: words.to_lowercase(),
        }
    }
}

/// All texts in a value, except Graph's trace id, which is random and could hold any digits.
fn gather(value: &Value, words: &mut String) {
    match value {
        Value::String(text) => {
            words.push_str(text);
            words.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, words)),
        Value::Object(fields) => {
            let telling = fields.iter().filter(|(name, _)| *name != "fbtrace_id");
            telling.for_each(|(_, item)| gather(item, words));
        }
        _ => {}
    }
}

/// A refusal with all that a platform's table needs to explain it.
pub struct Refusal {
    /// What was said.
    pub error: GraphError,
    /// The HTTP status. Codes decide, not this; a 5xx only says that it may have happened.
    pub status: u16,
    /// How long the headers ask us to wait, in milliseconds.
    pub wait_ms: Option<i64>,
    /// The same as evidence, redacted.
    pub evidence: Evidence,
}

impl Refusal {
    /// The refusal of an operation. Used directly for one that stands inside a good answer.
    #[must_use]
    pub fn new(operation: &str, status: u16, error: GraphError, wait_ms: Option<i64>) -> Self {
        let digits =
            |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let (code, subcode) = (digits(error.code), digits(error.subcode));
        let evidence = wire::evidence(operation, status, &code, &subcode, &error.message);
        Self {
            error,
            status,
            wait_ms,
            evidence,
        }
    }
}

/// Which use-case block of `X-Business-Use-Case-Usage` a platform looks at, and its table of codes.
#[derive(Clone, Copy)]
pub struct Reader {
    /// `instagram`, `pages`.
    pub usage: &'static str,
    /// Turns a refusal into a failure.
    pub explain: fn(Refusal) -> Failure,
}

/// Sends a request and reads its answer as `T`.
///
/// # Errors
/// No answer, a refusal as the platform's table explains it, or an answer that cannot be read (which
/// may have had its effect).
pub async fn fetch<T: DeserializeOwned>(
    call: &Call<'_>,
    reader: Reader,
    request: Request,
) -> Result<T, Failure> {
    let operation = request.operation;
    let response = call
        .out
        .send(request)
        .await
        .map_err(|error| wire::no_answer(operation, &error))?;
    let answer = wire::json(&response);
    let wait_ms = wait_ms(&response, reader.usage, call);
    if let Some(error) = answer.as_ref().and_then(GraphError::read) {
        let mut refusal = Refusal::new(operation, response.status, error, wait_ms);
        refusal.evidence.raw = Some(wire::raw(&response));
        return Err((reader.explain)(refusal));
    }
    match answer {
        // What could not be read may hold tokens: none of it goes into the message.
        Some(answer) if wire::is_ok(response.status) => serde_json::from_value(answer)
            .map_err(|_| Failure::passing(Sent::Maybe, unreadable(operation, response.status))),
        Some(_) if response.status < 500 && response.status != 429 => Err(Failure::unmapped(
            Sent::Maybe,
            wire::evidence_of_text(operation, &response),
        )),
        None if wire::is_ok(response.status) => Err(Failure::passing(
            Sent::Maybe,
            unreadable(operation, response.status),
        )),
        _ => {
            let mut failure =
                Failure::passing(Sent::Maybe, wire::evidence_of_text(operation, &response));
            failure.retry_after_ms = wait_ms;
            if response.status == 429 {
                (failure.cause, failure.about) = (Cause::RateLimited, About::Platform);
            }
            Err(failure)
        }
    }
}

/// Evidence of a good status whose body is not what was asked for.
fn unreadable(operation: &str, status: u16) -> Evidence {
    wire::evidence(operation, status, "", "", "The answer could not be read.")
}

/// A request to a Graph host: parameters go into the query, or into the body of a POST.
#[must_use]
pub fn request(
    operation: &'static str,
    method: Method,
    url: String,
    params: &Params,
    deadline_ms: i64,
) -> Request {
    let pairs: Vec<_> = params
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    if method == Method::POST {
        return wire::post_form(operation, url, &pairs, deadline_ms, Address::Configured);
    }
    let url = wire::with_query(&url, &pairs);
    Request {
        method,
        ..wire::get(operation, url, deadline_ms, Address::Configured)
    }
}

/// Whether Meta refused the app's secret, so that nothing was done: a code exchange says so in words, a call
/// with a proof by 101, 104 or in words (sheet facebook.md §9.1), and an inspection by refusing the token that
/// is made of it. What it inspects it answers about; 190 there is of the asking token.
#[must_use]
pub fn refuses_secret(failure: &Failure) -> bool {
    let evidence = &failure.evidence;
    let words = evidence.message.to_lowercase();
    let named = ["client secret", "client_secret", "appsecret_proof"]
        .iter()
        .any(|name| words.contains(name));
    let asking = evidence.operation.ends_with(".debug_token")
        && evidence.code == "190"
        && evidence.http_status >= 400;
    failure.sent == Sent::No && (named || asking || matches!(evidence.code.as_str(), "101" | "104"))
}

/// `appsecret_proof`: the HMAC-SHA256 of the token under the app's secret, in hexadecimal (sheet
/// facebook.md §2). Harmless where the app does not ask for it.
#[must_use]
pub fn appsecret_proof(secret: &SecretString, token: &str) -> String {
    // An HMAC takes a key of any length, so there is nothing that could fail here.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(token.as_bytes());
    let digest = mac.finalize().into_bytes();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How long the headers ask us to wait: the longest `estimated_time_to_regain_access` (minutes) of
/// this use case, else `Retry-After` (sheet instagram.md §10). None where they ask for nothing.
fn wait_ms(response: &Response, usage: &str, call: &Call<'_>) -> Option<i64> {
    let header = wire::header(response, "x-business-use-case-usage");
    let blocks = serde_json::from_str::<Value>(header).ok();
    let blocks = blocks
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|map| map.values());
    let blocks = blocks
        .filter_map(Value::as_array)
        .flatten()
        .filter(|block| wire::text(block, "type") == usage);
    let minutes = blocks
        .filter_map(|block| wire::number(block, "estimated_time_to_regain_access"))
        .max();
    minutes
        .filter(|minutes| *minutes > 0)
        .map(|minutes| minutes.saturating_mul(MINUTE_MS))
        .or_else(|| wire::retry_after_ms(response, call.now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_the_documented_hmac() {
        // RFC 4231, test case 2: the same function under the same key and message.
        let proof = appsecret_proof(&"Jefe".into(), "what do ya want for nothing?");
        assert_eq!(
            proof,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn refusals_are_read_in_every_shape() {
        let graph = serde_json::json!({"error": {"message": "Bad", "type": "OAuthException", "code": "190",
            "error_subcode": 463, "error_user_msg": "Sign in", "fbtrace_id": "REVOKED_ACCESS_TOKEN"}});
        let read = GraphError::read(&graph).unwrap();
        assert_eq!(
            (read.code, read.subcode, read.message.as_str()),
            (Some(190), Some(463), "Bad Sign in")
        );
        assert!(read.words.contains("sign in") && !read.words.contains("revoked_access_token"));

        let exchange = serde_json::json!({"error_type": "OAuthException", "code": 400, "error_message": "No code"});
        let read = GraphError::read(&exchange).unwrap();
        assert_eq!((read.code, read.message.as_str()), (Some(400), "No code"));

        let oauth = serde_json::json!({"error": "invalid_client", "error_description": "Who?"});
        assert_eq!(GraphError::read(&oauth).unwrap().message, "Who?");
        assert_eq!(GraphError::read(&serde_json::json!({"id": "1"})), None);
    }
}
