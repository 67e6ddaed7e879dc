//! Signing in that fails again and again in the same way. At some platforms a registration of ours that a person
//! once allowed is stuck: only removing it there, and then signing in, makes a new one (DESIGN section 5).

use domain::Timestamp;
use domain::cause::{Cause, SigningIn};
use domain::connect::ConnectPhase;
use domain::ids::{ChannelId, WorkspaceId};
use storage::Conn;
use storage::connect_sessions::{self, ConnectSession};

use super::{Outcome, Proven, Trouble};

/// How many equal failures make it likely that the app must be removed first.
const ALIKE: usize = 2;
/// The most sign-ins that are looked at.
const LOOKED_AT: usize = 10;

/// The latest sign-ins that were to mend a channel failed, all in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedAlike {
    /// In which way.
    pub cause: Cause,
    /// How many, one after the other.
    pub times: usize,
}

/// Whether the latest sign-ins that were to mend this channel failed in the same way, at least twice, where signing
/// in should have helped. Those that nobody finished, and those as another account, say nothing. What began
/// before `not_before` (security clock) is not looked at.
///
/// # Errors
/// When the database fails.
pub fn failed_alike(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    not_before: Option<Timestamp>,
) -> storage::Result<Option<FailedAlike>> {
    let latest = connect_sessions::of_channel(conn, workspace, channel, LOOKED_AT)?;
    let young = |row: &&ConnectSession| not_before.is_none_or(|limit| row.created_at >= limit);
    let ways: Vec<Option<Cause>> = latest
        .iter()
        .take_while(young)
        .filter_map(|row| way(row, channel))
        .collect();
    Ok(alike(&ways))
}

/// From the latest to the oldest: how each came out, none for one that worked.
fn alike(ways: &[Option<Cause>]) -> Option<FailedAlike> {
    let cause = (*ways.first()?)?;
    let times = ways.iter().take_while(|way| **way == Some(cause)).count();
    let helps = cause.signing_in() != SigningIn::DoesNotHelp;
    (times >= ALIKE && helps).then_some(FailedAlike { cause, times })
}

/// How a sign-in came out: a cause, or none where it worked; nothing at all where it says nothing.
fn way(row: &ConnectSession, channel: ChannelId) -> Option<Option<Cause>> {
    let outcome = Outcome::of(&row.outcome);
    match row.phase {
        ConnectPhase::Failed => match outcome.trouble {
            Some(Trouble::Platform {
                cause,
                passing: false,
                ..
            }) => Some(Some(cause)),
            _ => None,
        },
        ConnectPhase::Done => {
            let mut joined = outcome.joined.into_iter();
            match joined.find(|joined| joined.channel == channel)?.proof? {
                Proven::Works => Some(None),
                Proven::Dead { cause, .. } | Proven::Lacks { cause, .. } => Some(Some(cause)),
                Proven::Later { .. } => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_count_and_only_where_signing_in_should_help() {
        let (password, removed) = (Cause::CredentialsChanged, Cause::AppRemovedByUser);
        let twice = |cause| Some(FailedAlike { cause, times: 2 });
        assert_eq!(alike(&[]), None);
        assert_eq!(alike(&[Some(password)]), None);
        assert_eq!(alike(&[Some(password), Some(password)]), twice(password));
        assert_eq!(
            alike(&[Some(password), Some(password), Some(removed)]),
            twice(password)
        );
        assert_eq!(alike(&[Some(password), Some(removed)]), None);
        assert_eq!(alike(&[Some(password), None, Some(password)]), None);
        assert_eq!(
            alike(&[None, Some(password), Some(password)]),
            None,
            "it worked since"
        );
        let role = Some(Cause::LostAdminRole);
        assert_eq!(
            alike(&[role, role]),
            None,
            "removing the app gives no role back"
        );
    }
}
