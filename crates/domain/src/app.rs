//! An app: our registration at a platform. Its secrets are sealed and live elsewhere; here is what
//! may be read.

use serde::{Deserialize, Serialize};

use crate::ids::{AppId, WorkspaceId};
use crate::platform::{LoginFlow, Platform};

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
