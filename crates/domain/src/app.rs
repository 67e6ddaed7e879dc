//! An app: our registration at a platform. Its secrets are sealed and live elsewhere; here is what
//! may be read.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{AppId, WorkspaceId};
use crate::platform::{LoginFlow, Platform};
use crate::words::words;

/// Who owns an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppOwner {
    /// Every workspace may use it.
    Installation,
    /// Only this workspace may use it.
    Workspace(WorkspaceId),
}

/// An app as adapters see it, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Which app; every grant names it.
    pub id: AppId,
    /// Who owns it.
    pub owner: AppOwner,
    /// At which platform.
    pub platform: Platform,
    /// For which way of signing in.
    pub flow: LoginFlow,
    /// The client id that the platform gave us (for Bluesky the address of our metadata document).
    pub client_id: String,
    /// Where the platform sends the browser back to.
    pub redirect_uri: String,
    /// The API version that calls are made with; empty where a platform has none.
    pub api_version: String,
    /// The scopes that are asked for, in the platform's own words.
    pub scopes: Vec<String>,
    /// Where the platform's hosts are.
    pub hosts: Hosts,
}

/// Base addresses of a platform by name, from the adapter's defaults and the settings. A simulator or
/// a private server is reached by changing these and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hosts(pub std::collections::BTreeMap<String, String>);

impl Hosts {
    /// The address under this name, without a slash at its end; empty if there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0
            .get(name)
            .map_or("", |address| address.trim_end_matches('/'))
    }
}

words! {
    /// Which of an app's two secrets.
    pub enum Which {
        /// The newest.
        Current = "current",
        /// The one before, kept until a person says that it is revoked at the platform.
        Previous = "previous",
    }
}

words! {
    /// What is known of a secret.
    pub enum SecretState {
        /// No call was made with it yet.
        Untried = "untried",
        /// The platform took it when it was last used.
        Taken = "taken",
        /// The platform refused it when it was last used.
        Refused = "refused",
    }
}

words! {
    /// Why an app takes no new sign-ins.
    pub enum RetiredWhy {
        /// A person said so.
        Person = "person",
        /// The settings name another client id.
        Settings = "settings",
    }
}

/// When a secret came and how it fared, in product time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SecretUse {
    /// Since when we have it; unknown for those from before this was written down.
    pub added_at: Option<Timestamp>,
    /// When the platform last took it.
    pub taken_at: Option<Timestamp>,
    /// When the platform last refused it.
    pub refused_at: Option<Timestamp>,
}

impl SecretUse {
    /// One that just came.
    #[must_use]
    pub const fn added(at: Timestamp) -> Self {
        Self {
            added_at: Some(at),
            taken_at: None,
            refused_at: None,
        }
    }

    /// What is known of it: the later of the two answers counts.
    #[must_use]
    pub fn state(&self) -> SecretState {
        match (self.taken_at, self.refused_at) {
            (None, None) => SecretState::Untried,
            (taken, refused) if refused > taken => SecretState::Refused,
            _ => SecretState::Taken,
        }
    }
}

/// Which of two secrets calls begin with: the newest, unless the platform refuses that one and not the one
/// before. Then the newest is not active there yet.
#[must_use]
pub fn first_secret(current: &SecretUse, previous: &SecretUse) -> Which {
    let refused = |secret: &SecretUse| secret.state() == SecretState::Refused;
    if refused(current) && !refused(previous) {
        Which::Previous
    } else {
        Which::Current
    }
}

/// Whether a new client id or redirect address is a new client for the platform, so that what people signed
/// in to through the old one cannot be renewed any more. The redirect address alone ends nothing.
#[must_use]
pub fn ends_logins(old: &App, new: &App) -> bool {
    old.client_id != new.client_id
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(taken: Option<i64>, refused: Option<i64>) -> SecretUse {
        let at = |second: Option<i64>| {
            second.map(|second| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH))
        };
        SecretUse {
            added_at: None,
            taken_at: at(taken),
            refused_at: at(refused),
        }
    }

    #[test]
    fn the_later_answer_counts() {
        assert_eq!(secret(None, None).state(), SecretState::Untried);
        assert_eq!(secret(Some(2), Some(1)).state(), SecretState::Taken);
        assert_eq!(secret(Some(1), Some(2)).state(), SecretState::Refused);
        assert_eq!(secret(None, Some(1)).state(), SecretState::Refused);
    }

    #[test]
    fn calls_begin_with_the_newest_unless_only_that_is_refused() {
        let (untried, taken, refused) = (
            secret(None, None),
            secret(Some(1), None),
            secret(None, Some(1)),
        );
        assert_eq!(first_secret(&untried, &taken), Which::Current);
        assert_eq!(first_secret(&refused, &taken), Which::Previous);
        assert_eq!(first_secret(&refused, &untried), Which::Previous);
        assert_eq!(first_secret(&refused, &refused), Which::Current);
        assert_eq!(first_secret(&taken, &refused), Which::Current);
    }
}
