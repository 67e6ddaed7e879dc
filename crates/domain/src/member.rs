//! Members, their roles, and the one question that every route asks: may this member do that here?

use std::collections::BTreeSet;

use crate::ids::{MemberId, PersonId, SocialSetId, WorkspaceId};
use crate::words::words;

words! {
    /// A member's role in a workspace.
    pub enum Role {
        /// Everything, also giving the workspace away.
        Owner = "owner",
        /// Everything but that.
        Admin = "admin",
        /// Plans, posts, signs in.
        Editor = "editor",
        /// Plans; posts need approval.
        Contributor = "contributor",
        /// Looks.
        Viewer = "viewer",
    }
}

words! {
    /// What a route does.
    pub enum Action {
        /// Look at posts, channels, notices.
        Read = "read",
        /// Write drafts, upload media.
        Draft = "draft",
        /// Schedule, reschedule, post now, drop, cancel.
        Publish = "publish",
        /// Sign in again at a platform, sync.
        SignIn = "sign_in",
        /// Link, unlink, social sets, modes.
        Manage = "manage",
        /// Members, keys, apps, raw evidence.
        Administer = "administer",
    }
}

words! {
    /// What a bearer key of the API may do. Each but `read` includes reading.
    pub enum Scope {
        /// Look.
        Read = "read",
        /// Write drafts, upload media; what a new key may.
        Draft = "draft",
        /// Schedule, reschedule, post now, drop, cancel; drafts too.
        Publish = "publish",
        /// All else that its maker may: channels, sign-ins, sets, holds, keys.
        Manage = "manage",
    }
}

impl Scope {
    /// Whether the scope alone allows the action; the maker's own rights bound it further.
    #[must_use]
    pub const fn allows(self, action: Action) -> bool {
        match action {
            Action::Read => true,
            Action::Draft => matches!(self, Self::Draft | Self::Publish),
            Action::Publish => matches!(self, Self::Publish),
            Action::SignIn | Action::Manage | Action::Administer => matches!(self, Self::Manage),
        }
    }
}

/// A member as `may` sees one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The membership.
    pub id: MemberId,
    /// The person.
    pub person: PersonId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The role.
    pub role: Role,
    /// Only these sets, or all of them.
    pub sets: Option<BTreeSet<SocialSetId>>,
}

/// Whether the member may do this in the set, or in the workspace as a whole for `None`. A member who
/// is limited to some sets may do nothing to the workspace as a whole but read what concerns them and
/// add to the library, which all sets share.
#[must_use]
pub fn may(member: &Member, action: Action, set: Option<SocialSetId>) -> bool {
    let role_may = match member.role {
        Role::Owner | Role::Admin => true,
        Role::Editor => {
            action != Action::Administer && !(action == Action::Manage && set.is_none())
        }
        Role::Contributor => matches!(action, Action::Read | Action::Draft),
        Role::Viewer => action == Action::Read,
    };
    let set_may = match (&member.sets, set) {
        (None, _) => true,
        (Some(sets), Some(set)) => sets.contains(&set),
        (Some(_), None) => matches!(action, Action::Read | Action::Draft),
    };
    role_may && set_may
}
