//! What platforms said that was no good, as pages and API show it: the answer as it came, for admins; answers that
//! no table knows, with how often they came; and sign-ins that failed in the same way again.

use domain::ids::ChannelId;
use domain::member::Action;
use domain::schedule::{DAY_MS, plus_ms};
use engine::connect::{self, FailedAlike};
use storage::answers::{self, LoginAnswer, UnmappedAnswer};

use super::channels::{self, Seen};
use crate::access::Guard;
use crate::problem::{Outcome, Refusal};
use crate::state::Web;

/// How long equal failures of signing in are held against the platform's memory of us.
const ALIKE_MS: i64 = 7 * DAY_MS;

/// A channel with the last refusal that its login met, as it came. For admins.
///
/// # Errors
/// `not_found`, also where there is none; `not_allowed`.
pub async fn evidence(web: &Web, by: &Guard, id: ChannelId) -> Outcome<(Seen, LoginAnswer)> {
    let seen = channels::one(web, by, id, Action::Administer).await?;
    let last = seen.last.clone().ok_or_else(Refusal::not_found)?;
    Ok((seen, last))
}

/// Answers of the workspace that no table knows, the latest first. For admins.
///
/// # Errors
/// `not_allowed`.
pub async fn unmapped(web: &Web, by: &Guard) -> Outcome<Vec<UnmappedAnswer>> {
    by.whole()?;
    let workspace = by.workspace();
    web.read("web.unmapped", move |conn| {
        Ok(answers::unmapped(conn, workspace)?)
    })
    .await
}

/// Whether signing in failed in the same way again, on a channel that still needs it: then our app is removed at
/// the platform first.
///
/// # Errors
/// When the store fails.
pub async fn failed_alike(web: &Web, seen: &Seen) -> Outcome<Option<FailedAlike>> {
    if !seen.needs_person() {
        return Ok(None);
    }
    let (workspace, channel) = (seen.channel.workspace, seen.channel.id);
    let not_before = plus_ms(web.security_now(), -ALIKE_MS);
    web.read("web.failed_alike", move |conn| {
        let alike = connect::failed_alike(conn, workspace, channel, Some(not_before));
        Ok(alike?)
    })
    .await
}
