//! What a login lacks: each permission or role by the platform's name, what it is for, and who can give it.

use domain::cause::Cause;
use domain::health::Health;

use super::apps::flow_facts;
use super::channels::Seen;

/// What kind of thing is missing, which says who can give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A permission with a box: whoever signs in gives it, by leaving it ticked.
    Box,
    /// A role: an admin of the Page gives it, at the platform.
    Role,
    /// What a platform describes in words, such as the link of a Page to an account: an admin of the Page puts it right
    /// at the platform.
    Link,
}

impl Kind {
    /// Who can give it, by the word of the API.
    #[must_use]
    pub const fn given_by(self) -> &'static str {
        match self {
            Self::Box => "person",
            Self::Role | Self::Link => "page_admin",
        }
    }
}

/// One thing that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The platform's own name of it.
    pub name: String,
    /// What it is for: the word of a scope, or `create_content`; empty where nobody says.
    pub why: &'static str,
    /// Of which kind it is.
    pub kind: Kind,
}

/// The role without which nothing can be posted on a Page, as the API says it.
pub const CREATE_CONTENT: &str = "create_content";

/// What is missing; nothing where the login is not limited, or where its cause is another.
#[must_use]
pub fn lacks(seen: &Seen) -> Vec<Lack> {
    let Some(login) = seen.login.as_ref().filter(|_| seen.is_linked()) else {
        return Vec::new();
    };
    let condition = &login.on.condition;
    let role = match (condition.health, condition.cause) {
        (Health::Limited, Some(Cause::PermissionRevoked)) => false,
        (Health::Limited, Some(Cause::LostAdminRole)) => true,
        _ => return Vec::new(),
    };
    let missing = condition
        .evidence
        .as_ref()
        .and_then(|said| said.missing.clone())
        .unwrap_or_default();
    let facts = flow_facts(login.app.app.platform, login.app.app.flow).ok();
    let for_what = |name: &str| {
        let known = facts.and_then(|facts| facts.scopes.iter().find(|one| one.scope == name));
        match (known, name) {
            (Some(scope), _) => scope.why,
            (None, "CREATE_CONTENT") => CREATE_CONTENT,
            _ => "",
        }
    };
    missing
        .split(", ")
        .filter(|name| !name.is_empty())
        .map(|name| {
            let why = for_what(name);
            Lack {
                name: name.to_owned(),
                why,
                // A role is given at the Page, whatever the platform's answer was filed under. Permissions have
                // names of one word.
                kind: if role || why == CREATE_CONTENT {
                    Kind::Role
                } else if name.contains(' ') {
                    Kind::Link
                } else {
                    Kind::Box
                },
            }
        })
        .collect()
}
