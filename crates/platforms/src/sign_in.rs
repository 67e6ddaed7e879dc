//! A sign-in at a platform, seen from the adapter: where the browser goes and what it brings back.

use std::collections::BTreeMap;

use domain::cause::Cause;
use domain::grant::{Ends, Mechanism};
use secrecy::SecretString;

use crate::tokens::Tokens;

/// What is asked of a platform when a person is to sign in.
pub struct Ask<'a> {
    /// The single-use state, bound to the browser session.
    pub state: &'a str,
    /// The account that is expected or was typed in: a handle on Bluesky (required there), a user
    /// name elsewhere.
    pub hint: Option<&'a str>,
    /// Ask the platform to show its sign-in form even to someone who is signed in: another account is
    /// wanted, or an earlier attempt failed.
    pub force: bool,
    /// What it is to mend, where it is to mend a login: a permission that was taken away must be asked
    /// for again by name, or a platform passes over it.
    pub mends: Option<Cause>,
}

/// A sign-in that has begun.
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// What must be kept, sealed, until it comes back: verifier, proof key, issuer.
    pub journey: SecretString,
}

/// What the browser brought back, each parameter once.
#[derive(Debug, Clone, Default)]
pub struct Callback {
    /// The query parameters. They may hold a code: not for logs.
    pub params: BTreeMap<String, String>,
}

impl Callback {
    /// A parameter that is there and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// What a finished sign-in gave us.
pub struct SignedIn {
    /// The tokens.
    pub tokens: Tokens,
    /// How they are prolonged.
    pub mechanism: Mechanism,
    /// Their ends.
    pub ends: Ends,
    /// The scopes that were granted, in the platform's words.
    pub scopes: Vec<String>,
    /// Who signed in: the platform's id of the person at this app.
    pub person_id: String,
    /// Their name, for "Anna's, 12 March".
    pub person_name: String,
}
