//! Where the browser goes to sign in, and what it says when it comes back (sheet instagram.md §3,
//! facebook.md §3). Neither dialog documents PKCE; state and the app's secret carry the proof.

use super::graph::{self, READER, graph};
use crate::call::Call;
use crate::failure::Failure;
use crate::meta::login;
use crate::sign_in::{Ask, Begun, Callback};
use crate::wire;

const OPERATION: &str = "instagram.authorize";

/// The address of the dialog. Nothing needs to be kept until the browser is back.
pub(super) fn begin(call: &Call<'_>, ask: &Ask<'_>) -> Begun {
    let scopes = scopes(call).join(",");
    let graph = graph(call);
    let url = if graph::through_facebook(call) {
        login::dialog(&graph, ask, ("scope", &scopes))
    } else {
        let mut params = vec![
            ("client_id", call.app.client_id.as_str()),
            ("redirect_uri", call.app.redirect_uri.as_str()),
            ("response_type", "code"),
            ("scope", scopes.as_str()),
            ("state", ask.state),
        ];
        if ask.force {
            // Without these the dialog takes whoever is signed in, and a second account cannot be
            // reached.
            params.extend([("force_reauth", "true"), ("enable_fb_login", "0")]);
        }
        wire::with_query(
            &format!("{}/oauth/authorize", graph.host("dialog")),
            &params,
        )
    };
    Begun {
        url,
        journey: String::new().into(),
    }
}

/// The scopes that are asked for: the app's own list, else all that we know of.
pub(super) fn scopes(call: &Call<'_>) -> Vec<String> {
    graph(call).scopes()
}

/// The code that came back.
pub(super) fn code(callback: &Callback) -> Result<String, Failure> {
    login::code(READER, OPERATION, callback)
}
