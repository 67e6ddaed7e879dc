//! Where the browser goes to sign in, and what it says when it comes back (§3).
//!
//! There are two forms of Facebook's login: the classic one is asked for scopes, Login for Business for a
//! configuration that holds them. An entry `config_id=…` in the app's list of scopes chooses the second.

use super::graph::{READER, graph};
use crate::call::Call;
use crate::failure::Failure;
use crate::meta::login;
use crate::sign_in::{Ask, Begun, Callback};

const OPERATION: &str = "facebook.authorize";
/// How a configuration of Login for Business is written among the scopes of an app.
const CONFIGURATION: &str = "config_id=";

/// The address of the dialog. Nothing needs to be kept until the browser is back.
pub(super) fn begin(call: &Call<'_>, ask: &Ask<'_>) -> Begun {
    let configuration = call
        .app
        .scopes
        .iter()
        .find_map(|entry| entry.strip_prefix(CONFIGURATION));
    let list = scopes(call).join(",");
    let asks = configuration.map_or(("scope", list.as_str()), |id| ("config_id", id));
    Begun {
        url: login::dialog(&graph(call), ask, asks),
        journey: String::new().into(),
    }
}

/// The scopes that are asked for: the app's own list, else all that we know of.
pub(super) fn scopes(call: &Call<'_>) -> Vec<String> {
    let mut scopes = graph(call).scopes();
    scopes.retain(|scope| !scope.starts_with(CONFIGURATION));
    scopes
}

/// The code that came back.
pub(super) fn code(callback: &Callback) -> Result<String, Failure> {
    login::code(READER, OPERATION, callback)
}
