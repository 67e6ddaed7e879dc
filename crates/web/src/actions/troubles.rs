//! Apps in trouble: what a platform refuses of an app, or answers to many of its sign-ins, while their logins wait
//! and go on by themselves.

use domain::ids::AppId;
use storage::breakers::{self, BreakerRow};

use crate::access::Guard;
use crate::problem::Outcome;
use crate::state::Web;

/// An app whose breaker is open.
#[derive(Debug, Clone)]
pub struct AppTrouble {
    /// What is known of it.
    pub breaker: BreakerRow,
    /// How many channels of this workspace wait.
    pub waiting: u32,
}

/// The apps in trouble of those that the workspace may use, the oldest trouble first.
///
/// # Errors
/// When the store fails.
pub async fn list(web: &Web, by: &Guard) -> Outcome<Vec<AppTrouble>> {
    let workspace = by.workspace();
    let open = web
        .read("web.troubles", move |conn| {
            Ok(breakers::open_for(conn, workspace)?)
        })
        .await?;
    Ok(open
        .into_iter()
        .map(|(breaker, waiting)| AppTrouble { breaker, waiting })
        .collect())
}

/// The trouble of one app, if it is in any.
#[must_use]
pub fn of(all: &[AppTrouble], app: AppId) -> Option<&AppTrouble> {
    all.iter().find(|one| one.breaker.app == app)
}
