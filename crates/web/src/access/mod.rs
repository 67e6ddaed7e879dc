//! Who comes, and what they may. The route table says for each address what is needed; [`gate`] asks
//! the one `may` of `domain` before any handler runs, and hands the handler a [`Guard`], the only thing
//! that knows a workspace. A route that is not in the table as `May` has no guard to give.

pub mod bearer;
pub mod session;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::{ApiKeyId, Id as _, MemberId, PersonId, SocialSetId, WorkspaceId};
use domain::member::{Action, Member, Role, Scope, may};
use domain::post::Maker;
use http::Method;
use http::request::Parts;
use storage::sessions::Session;

use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::Web;
use crate::urls;

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Open,
    /// A person who is signed in, in whatever workspace.
    Person,
    /// A member who may do this in at least one social set. For a thing in a set the handler asks
    /// [`Guard::on`] as well, for the workspace as a whole [`Guard::whole`].
    May(Action),
}

/// Through which door a request comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// A browser with a session.
    Page,
    /// A program with a bearer key.
    Api,
    /// Somebody else's server or a browser on its way back from one: proves itself in its own way.
    Callback,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The person.
    pub person: PersonId,
    /// As others see them.
    pub name: String,
    /// The session.
    pub session: Session,
}

/// A member at a route that they may use.
#[derive(Clone, Debug)]
pub struct Guard(Arc<Seat>);

#[derive(Clone, Debug)]
struct Seat {
    action: Action,
    member: Member,
    /// Of a key; a session has none.
    scopes: Option<Vec<Scope>>,
    maker: Maker,
    current_set: Option<SocialSetId>,
    signed_in: Option<SignedIn>,
}

impl Guard {
    /// A guard for a route's action, if the member may use it anywhere.
    fn pass(seat: Seat) -> Outcome<Self> {
        let guard = Self(Arc::new(seat));
        let action = guard.0.action;
        let somewhere = match &guard.0.member.sets {
            None => guard.may(action, Some(SocialSetId::from_uuid(uuid::Uuid::nil()))),
            Some(sets) => sets.iter().any(|set| guard.may(action, Some(*set))),
        };
        if somewhere || guard.may(action, None) {
            Ok(guard)
        } else {
            Err(guard.refusal(action))
        }
    }

    /// A guard for what acts in a member's name without a request: furnishing the demo, commands.
    #[must_use]
    pub fn in_the_name_of(member: Member) -> Self {
        Self(Arc::new(Seat {
            action: Action::Read,
            maker: Maker::Member(member.id),
            member,
            scopes: None,
            current_set: None,
            signed_in: None,
        }))
    }

    /// Whether the member may do this there: for hiding a button. `None` is the workspace as a whole.
    #[must_use]
    pub fn may(&self, action: Action, set: Option<SocialSetId>) -> bool {
        let scope = self
            .0
            .scopes
            .as_ref()
            .is_none_or(|scopes| scopes.iter().any(|scope| scope.allows(action)));
        scope && may(&self.0.member, action, set)
    }

    /// Refuses unless the member may do this there. A set that they may not even see is told as not
    /// there.
    ///
    /// # Errors
    /// `not_found`, `not_allowed`, `scope_missing`.
    pub fn ask(&self, action: Action, set: Option<SocialSetId>) -> Outcome<()> {
        if self.may(action, set) {
            return Ok(());
        }
        if set.is_some_and(|set| !self.sees(set)) {
            return Err(Refusal::not_found());
        }
        Err(self.refusal(action))
    }

    /// Refuses unless the member may do what this route does in that set. Every handler that touches a
    /// thing of a set calls it with the set that the stored row names.
    ///
    /// # Errors
    /// As [`Guard::ask`].
    pub fn on(&self, set: SocialSetId) -> Outcome<()> {
        self.ask(self.0.action, Some(set))
    }

    /// Refuses unless the member may do what this route does to the workspace as a whole.
    ///
    /// # Errors
    /// As [`Guard::ask`].
    pub fn whole(&self) -> Outcome<()> {
        self.ask(self.0.action, None)
    }

    /// Whether the member may look at that set. Whether it exists in the workspace is storage's answer.
    #[must_use]
    pub fn sees(&self, set: SocialSetId) -> bool {
        may(&self.0.member, Action::Read, Some(set))
    }

    /// The sets that the member is limited to; none if to all. Lists are cut by it.
    #[must_use]
    pub fn sets(&self) -> Option<&BTreeSet<SocialSetId>> {
        self.0.member.sets.as_ref()
    }

    /// What this route does.
    #[must_use]
    pub fn action(&self) -> Action {
        self.0.action
    }

    /// The tenant: every statement names it.
    #[must_use]
    pub fn workspace(&self) -> WorkspaceId {
        self.0.member.workspace
    }

    /// The member; for a key the one who made it.
    #[must_use]
    pub fn member(&self) -> MemberId {
        self.0.member.id
    }

    /// The member's role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.0.member.role
    }

    /// Who makes what is made now.
    #[must_use]
    pub fn maker(&self) -> Maker {
        self.0.maker
    }

    /// The key, if a program came.
    #[must_use]
    pub fn key(&self) -> Option<ApiKeyId> {
        match self.0.maker {
            Maker::Key(key) => Some(key),
            Maker::Member(_) | Maker::Rule => None,
        }
    }

    /// What a key may; none for a person.
    #[must_use]
    pub fn scopes(&self) -> Option<&[Scope]> {
        self.0.scopes.as_deref()
    }

    /// The set that the account switcher shows; only on pages, and only one that the member may see.
    #[must_use]
    pub fn current_set(&self) -> Option<SocialSetId> {
        self.0.current_set
    }

    /// The person and session behind a page.
    #[must_use]
    pub fn signed_in(&self) -> Option<&SignedIn> {
        self.0.signed_in.as_ref()
    }

    fn refusal(&self, action: Action) -> Refusal {
        if let Some(scopes) = &self.0.scopes
            && !scopes.iter().any(|scope| scope.allows(action))
        {
            let wanted = Scope::ALL.iter().rev().find(|scope| {
                scope.allows(action) && (**scope != Scope::Manage || action != Action::Read)
            });
            let words = Words::key("problem-scope-missing-which")
                .with("scope", wanted.map_or("manage", |scope| scope.as_str()));
            return Refusal::new(&codes::SCOPE_MISSING).detail(words);
        }
        Refusal::new(&codes::NOT_ALLOWED)
    }
}

impl FromRequestParts<Web> for Guard {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!(
                path = parts.uri.path(),
                "a handler wants a guard, but the route table does not ask for one"
            );
            Refusal::new(&codes::INTERNAL)
        })
    }
}

impl FromRequestParts<Web> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Refusal> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Refusal::new(&codes::SIGNED_OUT))
    }
}

/// What the gate of one route knows.
#[derive(Clone)]
pub struct Gate {
    /// The web.
    pub web: Web,
    /// What the table says.
    pub access: Access,
    /// Through which door.
    pub door: Door,
}

/// The one place where requests are let in or refused.
pub async fn gate(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let let_in = match (gate.access, gate.door) {
        (Access::Open, _) => Ok(()),
        (Access::Person, _) => person(&gate.web, &mut request).await.map(|_| ()),
        (Access::May(action), Door::Api) => key(&gate.web, action, &mut request).await,
        (Access::May(action), Door::Page | Door::Callback) => {
            member(&gate.web, action, &mut request).await
        }
    };
    match let_in {
        Ok(()) => next.run(request).await,
        Err(refusal) if *refusal.code() == codes::SIGNED_OUT && gate.door == Door::Page => {
            to_sign_in(&request, refusal)
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// A person who only looked is led to the door and back; one who sent something is told that it was
/// not done.
fn to_sign_in(request: &Request, refusal: Refusal) -> Response {
    let looked =
        *request.method() == Method::GET && !request.headers().contains_key("mainstay-part");
    if !looked {
        return refusal.into_response();
    }
    let back = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let query = if back == "/" {
        String::new()
    } else {
        format!("?{}", platforms::wire::encode(&[("next", back)]))
    };
    Redirect::to(&format!("{}{query}", urls::SignIn)).into_response()
}

async fn person(web: &Web, request: &mut Request) -> Outcome<SignedIn> {
    let found = session::find(web, request.headers()).await?;
    let signed_in = found.ok_or_else(|| Refusal::new(&codes::SIGNED_OUT))?;
    request.extensions_mut().insert(signed_in.clone());
    Ok(signed_in)
}

async fn member(web: &Web, action: Action, request: &mut Request) -> Outcome<()> {
    let signed_in = person(web, request).await?;
    let (member, current_set) = session::seat(web, &signed_in).await?;
    let maker = Maker::Member(member.id);
    let guard = Guard::pass(Seat {
        action,
        member,
        scopes: None,
        maker,
        current_set,
        signed_in: Some(signed_in),
    })?;
    request.extensions_mut().insert(guard);
    Ok(())
}

async fn key(web: &Web, action: Action, request: &mut Request) -> Outcome<()> {
    // The layer for idempotency has asked already where it had to.
    let known = match request.extensions_mut().remove::<bearer::KeySeat>() {
        Some(known) => known,
        None => bearer::find(web, request.headers()).await?,
    };
    let bearer::KeySeat { key, member } = known;
    let maker = Maker::Key(key.id);
    let guard = Guard::pass(Seat {
        action,
        member,
        scopes: Some(key.scopes),
        maker,
        current_set: None,
        signed_in: None,
    })?;
    request.extensions_mut().insert(guard);
    Ok(())
}
