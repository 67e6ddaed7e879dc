//! The token set of a grant. It is sealed as one secret text; nothing here can be printed.

use std::collections::BTreeMap;

use domain::grant::Ends;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// What a grant's calls are made with.
#[derive(Clone)]
pub struct Tokens {
    /// The access token.
    pub access: SecretString,
    /// The refresh token, where there is one.
    pub refresh: Option<SecretString>,
    /// What else must be kept with them, by the adapter's own names: an issuer, a server's address, a
    /// private proof key.
    pub keep: BTreeMap<String, SecretString>,
}

#[derive(Serialize, Deserialize)]
struct Open {
    access: String,
    refresh: Option<String>,
    #[serde(default)]
    keep: BTreeMap<String, String>,
}

impl Tokens {
    /// A set with an access token alone.
    #[must_use]
    pub fn access_only(access: SecretString) -> Self {
        Self {
            access,
            refresh: None,
            keep: BTreeMap::new(),
        }
    }

    /// A kept value; empty if there is none.
    #[must_use]
    pub fn kept(&self, name: &str) -> &str {
        self.keep
            .get(name)
            .map_or("", |value| value.expose_secret())
    }

    /// This set with what a renewal answered. An empty value never replaces a secret (promise 4).
    #[must_use]
    pub fn replaced_by(&self, new: Self) -> Self {
        let full = |secret: &SecretString| !secret.expose_secret().is_empty();
        let mut keep = self.keep.clone();
        keep.extend(new.keep.into_iter().filter(|(_, value)| full(value)));
        Self {
            access: if full(&new.access) {
                new.access
            } else {
                self.access.clone()
            },
            refresh: new.refresh.filter(full).or_else(|| self.refresh.clone()),
            keep,
        }
    }

    /// The text that is sealed.
    #[must_use]
    pub fn to_secret(&self) -> SecretString {
        let open = Open {
            access: self.access.expose_secret().to_owned(),
            refresh: self
                .refresh
                .as_ref()
                .map(|secret| secret.expose_secret().to_owned()),
            keep: self
                .keep
                .iter()
                .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()))
                .collect(),
        };
        // A map of strings always has a JSON text.
        serde_json::to_string(&open).unwrap_or_default().into()
    }

    /// Reads the text that was sealed. None if it is not one of ours; the text is never in a message.
    #[must_use]
    pub fn from_secret(text: &SecretString) -> Option<Self> {
        let open: Open = serde_json::from_str(text.expose_secret()).ok()?;
        Some(Self {
            access: open.access.into(),
            refresh: open.refresh.map(Into::into),
            keep: open
                .keep
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect(),
        })
    }
}

/// What a renewal answered.
pub struct Renewed {
    /// The new tokens; fields that the answer left out are empty and replace nothing.
    pub tokens: Tokens,
    /// The ends that the answer named.
    pub ends: Ends,
    /// The scopes, where the answer named them.
    pub scopes: Option<Vec<String>>,
}
