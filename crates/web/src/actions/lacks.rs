//! What a login lacks: each permission or role by the platform's name, what it is for, and who can give it.

use domain::cause::Cause;
use domain::health::Health;

use super::apps::flow_facts;
use super::channels::Seen;

/// Who can give what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Giver {
    /// Whoever signs in, by leaving it ticked.
    Person,
    /// An admin of the Page or account, at the platform.
    PageAdmin,
}

impl Giver {
    /// The word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::PageAdmin => "page_admin",
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
    /// Who can give it.
    pub giver: Giver,
}

impl Lack {
    /// Whether it is a permission with a box to tick where one signs in. Those have names of one word; what a platform
    /// describes in several, such as the link of a Page to an account, is put right elsewhere.
    #[must_use]
    pub fn is_a_box(&self) -> bool {
        self.giver == Giver::Person && !self.name.contains(' ')
    }
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
    let giver = match (condition.health, condition.cause) {
        (Health::Limited, Some(Cause::PermissionRevoked)) => Giver::Person,
        (Health::Limited, Some(Cause::LostAdminRole)) => Giver::PageAdmin,
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
                // A role is given at the Page, whatever the platform's answer was filed under.
                giver: if why == CREATE_CONTENT {
                    Giver::PageAdmin
                } else {
                    giver
                },
            }
        })
        .collect()
}
