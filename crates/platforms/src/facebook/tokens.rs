//! The person's tokens: code to short to long, the exchange, giving back (§4). Page tokens are derived
//! where accounts are listed; they have no end, and the person's end is no end of theirs.

use domain::grant::{Ends, Mechanism};
use secrecy::{ExposeSecret, SecretString};

use super::authorize;
use super::graph::graph;
use super::wire::Person;
use crate::call::Call;
use crate::failure::{Failure, Sent};
use crate::meta::inspect;
use crate::meta::login::{self, first_full, kept, person_ends, puzzling};
use crate::sign_in::SignedIn;
use crate::tokens::{Renewed, Tokens};

pub(super) const DEBUG: &str = "facebook.debug_token";
const LONG: &str = "facebook.long_token";

/// Ends a sign-in that brought this code.
pub(super) async fn sign_in(call: &Call<'_>, code: &str) -> Result<SignedIn, Failure> {
    let graph = graph(call);
    let long = login::long_of_code(&graph, ("facebook.code", LONG), code).await?;
    let access: SecretString = long.access_token.clone().into();
    let seen = inspect::or_pass(&graph, DEBUG, &access).await?;
    let me = person(call, "facebook.me", "id,name", &access).await?;
    let scopes = seen.as_ref().map(|seen| seen.scopes.clone());
    // The end of data access (90 days) does not concern the permissions of Pages (§4.4): it is left out.
    Ok(SignedIn {
        ends: person_ends(call.now, &long, seen.as_ref()),
        tokens: kept(call.now, access, &me.id),
        mechanism: Mechanism::Derived,
        scopes: first_full([
            scopes.unwrap_or_default(),
            long.permissions,
            authorize::scopes(call),
        ]),
        person_id: me.id,
        person_name: me.name,
    })
}

/// Exchanges the person's own token once more; whether its end moves is not documented (§4.1). Page
/// tokens need no renewal.
pub(super) async fn renew(call: &Call<'_>, tokens: &Tokens) -> Result<Renewed, Failure> {
    let graph = graph(call);
    let long = login::long_of(&graph, LONG, tokens.access.expose_secret()).await?;
    let access: SecretString = long.access_token.clone().into();
    let seen = inspect::or_pass(&graph, DEBUG, &access)
        .await
        .ok()
        .flatten();
    let ends: Ends = person_ends(call.now, &long, seen.as_ref());
    Ok(Renewed {
        tokens: kept(call.now, access, ""),
        ends,
        scopes: seen
            .map(|seen| seen.scopes)
            .filter(|scopes| !scopes.is_empty()),
    })
}

/// Whether the person's access token still works.
pub(super) async fn witness(call: &Call<'_>, tokens: &Tokens) -> Result<(), Failure> {
    person(call, "facebook.witness", "id", &tokens.access)
        .await
        .map(|_| ())
}

/// Gives the grant back.
pub(super) async fn revoke(call: &Call<'_>, tokens: &Tokens) -> Result<bool, Failure> {
    login::revoke(&graph(call), "facebook.revoke", tokens).await
}

/// Who a token belongs to. An answer without an id is none: it may be a proxy's page in JSON.
async fn person(
    call: &Call<'_>,
    operation: &'static str,
    fields: &str,
    token: &SecretString,
) -> Result<Person, Failure> {
    let fields = vec![("fields", fields.to_owned())];
    let me: Person = graph(call).read(operation, "me", fields, token).await?;
    if me.id.is_empty() {
        return Err(Failure::passing(Sent::No, puzzling(operation)));
    }
    Ok(me)
}
