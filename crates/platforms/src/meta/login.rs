//! Facebook's login (sheet facebook.md §3, §4): the dialog and what comes back from it, code to short to
//! long, giving back. There is no PKCE and no refresh token, and nothing is rotated.

use domain::Timestamp;
use domain::cause::Cause;
use domain::grant::{End, EndSource, Ends};
use domain::health::Evidence;
use domain::schedule::{DAY_MS, plus_ms};
use http::Method;
use secrecy::SecretString;
use serde_json::Value;

use super::graph::Graph;
use super::inspect::instant;
use super::shapes::{Inspection, TokenAnswer};
use super::{GraphError, Params, Reader, Refusal};
use crate::failure::{About, Failure, Sent};
use crate::sign_in::{Ask, Callback};
use crate::tokens::Tokens;
use crate::wire;

/// How long a long-lived token lives where the answer does not say (§4.1).
const LONG_LIVED_MS: i64 = 60 * DAY_MS;
/// Kept with the tokens: when this token was made, in milliseconds, to tell "too early" from dead.
pub(crate) const MADE_AT: &str = "made_at_ms";
/// Kept with the tokens: the person's app-scoped id, for giving the grant back.
pub(crate) const PERSON: &str = "person_id";

/// The address of Facebook's dialog. `asks` names what is wanted: `scope` or `config_id`.
pub(crate) fn dialog(graph: &Graph<'_>, ask: &Ask<'_>, asks: (&str, &str)) -> String {
    let app = graph.call.app;
    let mut params = vec![
        ("client_id", app.client_id.as_str()),
        ("redirect_uri", app.redirect_uri.as_str()),
        ("response_type", "code"),
        asks,
        ("state", ask.state),
    ];
    if let Some(how) = auth_type(ask) {
        params.push(("auth_type", how));
    }
    let address = format!("{}/{}/dialog/oauth", graph.host("dialog"), graph.version());
    wire::with_query(&address, &params)
}

/// How the dialog is to ask (§3): without `rerequest` it passes over what was declined before, without
/// `reauthorize` the 90 days of access to data go on running.
fn auth_type(ask: &Ask<'_>) -> Option<&'static str> {
    match ask.mends {
        Some(Cause::AccountInactive | Cause::LifespanEnded) => Some("reauthorize"),
        Some(Cause::PermissionRevoked) => Some("rerequest"),
        _ => ask.force.then_some("rerequest"),
    }
}

/// The code that came back, without the `#_` or `#_=_` that Meta hangs on it.
pub(crate) fn code(
    reader: Reader,
    operation: &str,
    callback: &Callback,
) -> Result<String, Failure> {
    let code = callback
        .get("code")
        .and_then(|code| code.split('#').next())
        .unwrap_or_default();
    if callback.get("error").is_none() && !code.is_empty() {
        return Ok(code.to_owned());
    }
    Err(refused(reader, operation, callback))
}

/// What the dialog said instead of a code. A "no" there ends nothing that lives already.
fn refused(reader: Reader, operation: &str, callback: &Callback) -> Failure {
    let get = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| callback.get(name))
            .unwrap_or_default()
    };
    let said = get(&["error_description", "error_message"]);
    let (error, reason) = (
        callback.get("error").unwrap_or_default(),
        get(&["error_reason", "error_code"]),
    );
    let evidence = wire::evidence(operation, 0, error, reason, said);
    if error == "access_denied" {
        return Failure {
            cause: Cause::PermissionRevoked,
            about: About::Login,
            final_answer: false,
            sent: Sent::No,
            retry_after_ms: None,
            evidence,
        };
    }
    let words = format!("{error}\n{reason}\n{said}").to_lowercase();
    let error = GraphError {
        code: get(&["error_code"]).parse().ok(),
        message: said.to_owned(),
        words,
        ..GraphError::default()
    };
    let mut failure = (reader.explain)(Refusal::new(operation, 0, error, None));
    failure.evidence = Evidence {
        mapped: failure.evidence.mapped,
        ..evidence
    };
    if said.is_empty() && failure.evidence.code.is_empty() {
        failure.evidence.message =
            "The browser came back with neither a code nor an error.".to_owned();
    }
    failure.sent = Sent::No;
    failure
}

/// Exchanges a code for a long-lived token of the person. The short-lived one between is used for
/// nothing: Page tokens read with it would die with it (§4.1).
pub(crate) async fn long_of_code(
    graph: &Graph<'_>,
    operations: (&'static str, &'static str),
    code: &str,
) -> Result<TokenAnswer, Failure> {
    let app = graph.call.app;
    let params: Params = vec![
        ("client_id", app.client_id.clone()),
        ("redirect_uri", app.redirect_uri.clone()),
        ("client_secret", graph.app_secret().to_owned()),
        ("code", code.to_owned()),
    ];
    let url = graph.address("oauth/access_token");
    let answer = graph.send(operations.0, Method::GET, url, &params).await?;
    let short = token_in(operations.0, answer)?;
    long_of(graph, operations.1, &short.access_token).await
}

/// Exchanges a living token of the person for a long-lived one.
pub(crate) async fn long_of(
    graph: &Graph<'_>,
    operation: &'static str,
    token: &str,
) -> Result<TokenAnswer, Failure> {
    let params: Params = vec![
        ("grant_type", "fb_exchange_token".to_owned()),
        ("client_id", graph.call.app.client_id.clone()),
        ("client_secret", graph.app_secret().to_owned()),
        ("fb_exchange_token", token.to_owned()),
    ];
    let url = graph.address("oauth/access_token");
    let answer = graph.send(operation, Method::GET, url, &params).await?;
    token_in(operation, answer)
}

/// Gives the grant back: all permissions of the person for this app (§4.2), which ends every token that
/// was derived from them.
pub(crate) async fn revoke(
    graph: &Graph<'_>,
    operation: &'static str,
    tokens: &Tokens,
) -> Result<bool, Failure> {
    let person = Some(tokens.kept(PERSON))
        .filter(|person| !person.is_empty())
        .unwrap_or("me");
    let url = graph.address(&format!("{person}/permissions"));
    let params = graph.with_token(Vec::new(), &tokens.access);
    let answer: Value = graph.send(operation, Method::DELETE, url, &params).await?;
    Ok(answer == Value::Bool(true) || answer.get("success") == Some(&Value::Bool(true)))
}

/// The end of the person's own token, for information: it is no end of any channel.
pub(crate) fn person_ends(now: Timestamp, long: &TokenAnswer, seen: Option<&Inspection>) -> Ends {
    let access_end = match (long.expires_in, seen) {
        (Some(_), _) | (None, None) => Some(expires(now, long.expires_in)),
        (None, Some(seen)) => instant(seen.expires_at),
    };
    Ends {
        access_end,
        ..Ends::default()
    }
}

/// The end that an answer names, else the sheet's 60 days.
pub(crate) fn expires(now: Timestamp, expires_in: Option<i64>) -> End {
    match expires_in.filter(|seconds| *seconds > 0) {
        Some(seconds) => End {
            at: plus_ms(now, seconds.saturating_mul(1_000)),
            source: EndSource::Answer,
        },
        None => End {
            at: plus_ms(now, LONG_LIVED_MS),
            source: EndSource::Sheet,
        },
    }
}

/// The token set, with what must be remembered of it. An empty value replaces nothing.
pub(crate) fn kept(now: Timestamp, access: SecretString, person: &str) -> Tokens {
    let mut tokens = Tokens::access_only(access);
    let made_at = now.as_millisecond().to_string();
    tokens.keep.insert(MADE_AT.to_owned(), made_at.into());
    if !person.is_empty() {
        tokens
            .keep
            .insert(PERSON.to_owned(), person.to_owned().into());
    }
    tokens
}

/// An answer that holds a token.
pub(crate) fn token_in(
    operation: &'static str,
    answer: TokenAnswer,
) -> Result<TokenAnswer, Failure> {
    if answer.access_token.is_empty() {
        return Err(Failure::passing(Sent::Maybe, puzzling(operation)));
    }
    Ok(answer)
}

/// Evidence of a good answer that lacks what was asked for.
pub(crate) fn puzzling(operation: &str) -> Evidence {
    wire::evidence(
        operation,
        200,
        "",
        "",
        "The answer does not hold what was asked for.",
    )
}

/// The first list that holds anything: what was granted, else what was asked (an answer that leaves
/// the scopes out grants what was asked, RFC 6749 §5.1).
pub(crate) fn first_full(lists: [Vec<String>; 3]) -> Vec<String> {
    lists
        .into_iter()
        .find(|list| !list.is_empty())
        .unwrap_or_default()
}

/// The token, if the text is one. An empty one and the words of a client that stored a missing one
/// (sheet facebook.md §14) are none.
pub(crate) fn maybe_token(text: String) -> Option<SecretString> {
    let is_token = !matches!(text.as_str(), "" | "undefined" | "null");
    is_token.then(|| text.into())
}
