//! What all adapters need to speak HTTP with JSON and forms: building requests, reading answers
//! defensively, taking secrets out of what is kept as evidence.
//!
//! Nothing here knows any platform, and nothing here sends: that is [`crate::http`].

use bytes::Bytes;
use domain::Timestamp;
use domain::health::Evidence;
use domain::schedule::ms_between;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::failure::{Failure, Sent};
use crate::http::{Address, Request, Response, SendError};

/// The longest text that is kept as evidence, in characters.
pub const EVIDENCE_CHARS: usize = 500;
/// The most of an answer's text that is looked at for evidence, in characters.
const LOOKED_AT_CHARS: usize = 4_000;
/// The most that is kept of an answer as it came, in bytes.
pub const RAW_BYTES: usize = 4_096;
/// What stands where a secret stood.
const HIDDEN: &str = "[hidden]";
/// What stands where a mail address stood.
const MAIL: &str = "[mail]";
/// Names whose value is hidden however short it is.
const SECRET_NAMES: [&str; 18] = [
    "access_token",
    "refresh_token",
    "id_token",
    "token",
    "input_token",
    "fb_exchange_token",
    "client_secret",
    "client_assertion",
    "assertion",
    "appsecret_proof",
    "signed_request",
    "code_verifier",
    "password",
    "secret",
    "authorization",
    "cookie",
    "dpop",
    "state",
];

/// Pairs as a form's text, percent-encoded.
#[must_use]
pub fn encode(pairs: &[(&str, &str)]) -> String {
    let mut form = Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.finish()
}

/// An address with these pairs behind it, percent-encoded. `base` may have a query already.
#[must_use]
pub fn with_query(base: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return base.to_owned();
    }
    let joint = if base.contains('?') { '&' } else { '?' };
    format!("{base}{joint}{}", encode(pairs))
}

/// A GET request.
#[must_use]
pub fn get(operation: &'static str, url: String, deadline_ms: i64, address: Address) -> Request {
    Request {
        operation,
        method: Method::GET,
        url,
        headers: HeaderMap::new(),
        body: Bytes::new(),
        deadline_ms,
        address,
    }
}

/// A POST request with a form as its body.
#[must_use]
pub fn post_form(
    operation: &'static str,
    url: String,
    pairs: &[(&str, &str)],
    deadline_ms: i64,
    address: Address,
) -> Request {
    let mime = "application/x-www-form-urlencoded";
    post_bytes(
        operation,
        url,
        encode(pairs).into(),
        mime,
        deadline_ms,
        address,
    )
}

/// A POST request with JSON as its body.
#[must_use]
pub fn post_json(
    operation: &'static str,
    url: String,
    body: &Value,
    deadline_ms: i64,
    address: Address,
) -> Request {
    post_bytes(
        operation,
        url,
        body.to_string().into(),
        "application/json",
        deadline_ms,
        address,
    )
}

/// A POST request with bytes as its body. A media type that no header can hold is sent as
/// `application/octet-stream`.
#[must_use]
pub fn post_bytes(
    operation: &'static str,
    url: String,
    body: Bytes,
    mime: &str,
    deadline_ms: i64,
    address: Address,
) -> Request {
    let octets = HeaderValue::from_static("application/octet-stream");
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(mime).unwrap_or(octets));
    Request {
        operation,
        method: Method::POST,
        url,
        headers,
        body,
        deadline_ms,
        address,
    }
}

/// Sets a header that holds a secret; it is marked, so that nothing prints it. A value that no header
/// can hold is left out: the platform then refuses the call, and says so.
pub fn secret_header(request: &mut Request, name: HeaderName, value: &str) {
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(true);
        request.headers.insert(name, value);
    }
}

/// Sets `Authorization: SCHEME TOKEN`.
pub fn authorize(request: &mut Request, scheme: &str, token: &str) {
    secret_header(request, AUTHORIZATION, &format!("{scheme} {token}"));
}

/// Whether a status is a 2xx.
#[must_use]
pub const fn is_ok(status: u16) -> bool {
    status >= 200 && status < 300
}

/// The answer's body as JSON; none if it is not (proxies answer with HTML).
#[must_use]
pub fn json(response: &Response) -> Option<Value> {
    serde_json::from_slice(&response.body).ok()
}

/// A text in a JSON object; empty if there is none. Numbers and flags are given as their text, since
/// platforms change between `190` and `"190"`.
#[must_use]
pub fn text(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other @ (Value::Number(_) | Value::Bool(_))) => other.to_string(),
        _ => String::new(),
    }
}

/// A whole number in a JSON object, also where it stands as text.
#[must_use]
pub fn number(value: &Value, name: &str) -> Option<i64> {
    match value.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A header's text; empty if there is none or it is not readable.
#[must_use]
pub fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
}

/// How long the answer asks us to wait, in milliseconds: `Retry-After` as seconds or as a date, else
/// `ratelimit-reset` in seconds since 1970. Never negative.
#[must_use]
pub fn retry_after_ms(response: &Response, now: Timestamp) -> Option<i64> {
    let after = header(response, "retry-after").trim();
    if let Ok(seconds) = after.parse::<i64>() {
        return Some(seconds.saturating_mul(1_000).max(0));
    }
    if let Ok(date) = jiff::fmt::rfc2822::parse(after) {
        return Some(ms_between(now, date.timestamp()).max(0));
    }
    let reset = header(response, "ratelimit-reset")
        .trim()
        .parse::<i64>()
        .ok()?;
    let reset = Timestamp::from_second(reset).ok()?;
    Some(ms_between(now, reset).max(0))
}

/// What a platform said, with secrets taken out.
#[must_use]
pub fn evidence(
    operation: &str,
    http_status: u16,
    code: &str,
    subcode: &str,
    message: &str,
) -> Evidence {
    Evidence {
        operation: operation.to_owned(),
        http_status,
        code: redact(code),
        subcode: redact(subcode),
        message: redact(message),
        mapped: true,
        missing: None,
        raw: None,
    }
}

/// What an answer that is no JSON said: its text, with secrets taken out.
#[must_use]
pub fn evidence_of_text(operation: &str, response: &Response) -> Evidence {
    let said = String::from_utf8_lossy(&response.body);
    let mut evidence = evidence(operation, response.status, "", "", &said);
    evidence.raw = Some(raw(response));
    evidence
}

/// Headers of an answer that help to understand a refusal.
const TELLING_HEADERS: [&str; 9] = [
    "content-type",
    "www-authenticate",
    "retry-after",
    "x-app-usage",
    "x-business-use-case-usage",
    "x-fb-trace-id",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
];

/// A refusal as it came, for admins: status, telling headers and body, with secrets and mail addresses taken
/// out, at most [`RAW_BYTES`]. Only for answers that refuse: a good one may be nothing but a secret.
#[must_use]
pub fn raw(response: &Response) -> String {
    let mut text = format!("HTTP {}\n", response.status);
    for name in TELLING_HEADERS {
        let value = header(response, name);
        if !value.is_empty() {
            text.push_str(&format!("{name}: {}\n", redact_at_most(value, RAW_BYTES)));
        }
    }
    text.push('\n');
    text.push_str(&redact_at_most(
        &String::from_utf8_lossy(&response.body),
        RAW_BYTES,
    ));
    cut(text)
}

/// What stands inside a good answer, as it came, for admins; see [`raw`].
#[must_use]
pub fn raw_part(part: &Value) -> String {
    cut(redact_at_most(&part.to_string(), RAW_BYTES))
}

/// At most [`RAW_BYTES`], never within a sign.
fn cut(mut text: String) -> String {
    if text.len() <= RAW_BYTES {
        return text;
    }
    let mut end = RAW_BYTES - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push('…');
    text
}

/// No answer came: it passes, and whether it had its effect is as the transport says.
#[must_use]
pub fn no_answer(operation: &str, error: &SendError) -> Failure {
    let (sent, code) = match error {
        SendError::NotSent(_) => (Sent::No, "not_sent"),
        SendError::NoAnswer(_) => (Sent::Maybe, "no_answer"),
    };
    Failure::passing(sent, evidence(operation, 0, code, "", &error.to_string()))
}

/// A text without tokens, long secrets and mail addresses, on one line, at most [`EVIDENCE_CHARS`].
///
/// Hidden is: the value of a name that holds secrets, whatever starts as a JSON web token, and every
/// run of 20 or more letters and digits mixed (40 or more of mixed case). Names of permissions,
/// numeric ids and `did:plc:` ids stay readable.
#[must_use]
pub fn redact(text: &str) -> String {
    redact_at_most(text, EVIDENCE_CHARS)
}

/// The same, of at most so many signs.
fn redact_at_most(text: &str, most: usize) -> String {
    let mut scan = Redaction::default();
    let mut run = String::new();
    for sign in text.chars().take(LOOKED_AT_CHARS.max(most)) {
        if sign.is_alphanumeric() || "_-.@+%~".contains(sign) {
            run.push(sign);
        } else {
            scan.run(&std::mem::take(&mut run));
            scan.sign(sign);
        }
    }
    scan.run(&run);
    let kept = scan.out.trim();
    match kept.char_indices().nth(most) {
        None => kept.to_owned(),
        Some(_) => kept.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// Whether it changes the direction of the text around it without being seen: what follows on a page would be turned
/// round by it.
pub(crate) fn turns_text(sign: char) -> bool {
    matches!(sign, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Where the scan of a text is.
#[derive(Default)]
struct Redaction {
    out: String,
    /// The run before, in small letters.
    last: String,
    /// A name of a secret and then `=` or `:` came; the next run is its value.
    value_follows: bool,
}

impl Redaction {
    fn sign(&mut self, sign: char) {
        if matches!(sign, '=' | ':') {
            // `code=` is a secret, `"code":190` is an error number.
            self.value_follows |=
                SECRET_NAMES.contains(&self.last.as_str()) || (sign == '=' && self.last == "code");
        } else if matches!(sign, ',' | ';' | '&' | '}' | ')') {
            self.value_follows = false;
            self.last.clear();
        }
        let sign = if sign.is_whitespace() || sign.is_control() || turns_text(sign) {
            ' '
        } else {
            sign
        };
        if sign != ' ' || !self.out.ends_with(' ') {
            self.out.push(sign);
        }
    }

    fn run(&mut self, run: &str) {
        if run.is_empty() {
            return;
        }
        let lower = run.to_ascii_lowercase();
        if std::mem::take(&mut self.value_follows) {
            self.out.push_str(HIDDEN);
            // `Authorization: Bearer VALUE`: the value is yet to come.
            self.value_follows = matches!(lower.as_str(), "bearer" | "dpop" | "basic");
        } else if is_mail(run) {
            self.out.push_str(MAIL);
        } else if run.starts_with("eyJ") && run.len() >= 16 {
            self.out.push_str(HIDDEN);
        } else if self.out.ends_with("did:plc:") && run.len() <= 32 {
            self.out.push_str(run);
        } else {
            let parts: Vec<_> = run
                .split('.')
                .map(|part| if is_secret(part) { HIDDEN } else { part })
                .collect();
            self.out.push_str(&parts.join("."));
        }
        self.last = lower;
    }
}

fn is_mail(run: &str) -> bool {
    run.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.trim_end_matches('.').contains('.'))
}

fn is_secret(part: &str) -> bool {
    let has = |test: fn(&char) -> bool| part.chars().any(|sign| test(&sign));
    let letters = has(|sign| sign.is_ascii_alphabetic());
    let digits = has(|sign| sign.is_ascii_digit());
    let mixed = has(|sign| sign.is_ascii_uppercase()) && has(|sign| sign.is_ascii_lowercase());
    (part.len() >= 20 && letters && digits) || (part.len() >= 40 && (mixed || digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_mail_addresses_are_taken_out() {
        for (said, kept) in [
            ("Refresh token replayed", "Refresh token replayed"),
            ("access_token=abc&x=1", "access_token=[hidden]&x=1"),
            (
                r#"{"access_token":"abc","expires_in":3600}"#,
                r#"{"access_token":"[hidden]","expires_in":3600}"#,
            ),
            (
                r#"{"code":190,"type":"OAuthException"}"#,
                r#"{"code":190,"type":"OAuthException"}"#,
            ),
            (
                "https://x.test/cb?code=short&state=q",
                "https://x.test/cb?code=[hidden]&state=[hidden]",
            ),
            (
                "Authorization: Bearer abc def",
                "Authorization: [hidden] [hidden] def",
            ),
            (
                "write to Anna.Example+x@mail.example.org.",
                "write to [mail]",
            ),
            (
                "token IGQWROabcdef1234567890xyz is bad",
                "token [hidden] is bad",
            ),
            ("eyJhbGciOiJFUzI1.eyJzdWIi.c2ln", "[hidden]"),
            (
                "needs instagram_business_content_publish",
                "needs instagram_business_content_publish",
            ),
            ("user 17841405793187218", "user 17841405793187218"),
            (
                "no did:plc:z72i7hdynmk6r22z27h6tvur here",
                "no did:plc:z72i7hdynmk6r22z27h6tvur here",
            ),
            ("two\n\n lines\u{7}", "two lines"),
        ] {
            assert_eq!(redact(said), kept, "{said}");
        }
        assert_eq!(redact(&"a b".repeat(400)).chars().count(), EVIDENCE_CHARS);
    }

    #[test]
    fn waits_are_read_in_all_their_forms() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let asked = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_str(value).unwrap());
            retry_after_ms(
                &Response {
                    status: 429,
                    headers,
                    body: Bytes::new(),
                },
                now,
            )
        };
        assert_eq!(asked("retry-after", "30"), Some(30_000));
        assert_eq!(
            asked("retry-after", "Fri, 15 Jan 2027 08:01:00 GMT"),
            Some(60_000)
        );
        assert_eq!(asked("ratelimit-reset", "1800000005"), Some(5_000));
        assert_eq!(asked("ratelimit-reset", "1700000005"), Some(0));
        assert_eq!(asked("x-other", "5"), None);
    }

    #[test]
    fn queries_are_joined_and_encoded() {
        assert_eq!(
            with_query("https://a/b", &[("q", "ä &")]),
            "https://a/b?q=%C3%A4+%26"
        );
        assert_eq!(
            with_query("https://a/b?c=1", &[("q", "1")]),
            "https://a/b?c=1&q=1"
        );
        assert_eq!(with_query("https://a/b", &[]), "https://a/b");
    }
}
