//! Where the browser goes to sign in, and what it says when it comes back (sheet instagram.md §3,
//! facebook.md §3). Neither dialog documents PKCE; state and the app's secret carry the proof.

use domain::cause::Cause;

use super::{FACTS, errors, graph};
use crate::call::Call;
use crate::failure::{About, Failure, Sent};
use crate::meta::{GraphError, Refusal};
use crate::sign_in::{Ask, Begun, Callback};
use crate::wire;

const OPERATION: &str = "instagram.authorize";

/// The address of the dialog. Nothing needs to be kept until the browser is back.
pub(super) fn begin(call: &Call<'_>, ask: &Ask<'_>) -> Begun {
    let facebook = graph::through_facebook(call);
    let scopes = scopes(call).join(",");
    let mut params = vec![
        ("client_id", call.app.client_id.as_str()),
        ("redirect_uri", call.app.redirect_uri.as_str()),
        ("response_type", "code"),
        ("scope", scopes.as_str()),
        ("state", ask.state),
    ];
    match (facebook, ask.force) {
        (true, true) => params.push(("auth_type", "rerequest")),
        // Without these the dialog takes whoever is signed in, and a second account cannot be reached.
        (false, true) => params.extend([("force_reauth", "true"), ("enable_fb_login", "0")]),
        (_, false) => {}
    }
    let dialog = graph::host(call, "dialog");
    let address = if facebook {
        format!("{dialog}/{}/dialog/oauth", graph::version(call))
    } else {
        format!("{dialog}/oauth/authorize")
    };
    Begun {
        url: wire::with_query(&address, &params),
        journey: String::new().into(),
    }
}

/// The scopes that are asked for: the app's own list, else all that we know of.
pub(super) fn scopes(call: &Call<'_>) -> Vec<String> {
    if !call.app.scopes.is_empty() {
        return call.app.scopes.clone();
    }
    let known = FACTS
        .flow(call.app.flow)
        .map(|flow| flow.scopes)
        .unwrap_or_default();
    known.iter().map(|known| known.scope.to_owned()).collect()
}

/// The code that came back, without the `#_` that Instagram hangs on it.
pub(super) fn code(callback: &Callback) -> Result<String, Failure> {
    let code = callback
        .get("code")
        .and_then(|code| code.split('#').next())
        .unwrap_or_default();
    if callback.get("error").is_none() && !code.is_empty() {
        return Ok(code.to_owned());
    }
    Err(refused(callback))
}

/// What the dialog said instead of a code. A "no" there ends nothing that lives already.
fn refused(callback: &Callback) -> Failure {
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
    let evidence = wire::evidence(OPERATION, 0, error, reason, said);
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
    let code = get(&["error_code"]).parse().ok();
    let error = GraphError {
        code,
        message: said.to_owned(),
        words,
        ..GraphError::default()
    };
    let mut failure = errors::explain(Refusal::new(OPERATION, 0, error, None));
    failure.evidence = domain::health::Evidence {
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
