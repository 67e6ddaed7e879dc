//! Tokens: code to short to long, renewal, giving back (sheet instagram.md §4,
//! facebook.md §4). Neither flow has refresh tokens, and nothing is rotated.

use domain::Timestamp;
use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::schedule::{DAY_MS, ms_between, plus_ms};
use http::Method;
use secrecy::{ExposeSecret, SecretString};

use super::authorize;
use super::graph::{self, graph};
use super::inspect::{self, instant};
use super::wire::{OneOf, Profile, TokenAnswer};
use crate::call::Call;
use crate::failure::{Failure, Sent};
use crate::meta::Params;
use crate::meta::login::{
    self, MADE_AT, expires, first_full, kept, person_ends, puzzling, token_in,
};
use crate::sign_in::SignedIn;
use crate::tokens::{Renewed, Tokens};

/// How long data may be read after a sign-in through Facebook where nothing says (§1.1).
const DATA_ACCESS_MS: i64 = 90 * DAY_MS;
/// Ends a sign-in that brought this code.
pub(super) async fn sign_in(call: &Call<'_>, code: &str) -> Result<SignedIn, Failure> {
    if graph::through_facebook(call) {
        through_facebook(call, code).await
    } else {
        through_instagram(call, code).await
    }
}

async fn through_instagram(call: &Call<'_>, code: &str) -> Result<SignedIn, Failure> {
    let params: Params = vec![
        ("client_id", call.app.client_id.clone()),
        ("client_secret", graph(call).app_secret().to_owned()),
        ("grant_type", "authorization_code".to_owned()),
        ("redirect_uri", call.app.redirect_uri.clone()),
        ("code", code.to_owned()),
    ];
    let url = format!("{}/oauth/access_token", graph(call).host("token"));
    let answer: OneOf<TokenAnswer> =
        graph::send(call, "instagram.code", Method::POST, url, &params).await?;
    let short = token_in("instagram.code", answer.first().unwrap_or_default())?;

    let params: Params = vec![
        ("grant_type", "ig_exchange_token".to_owned()),
        ("client_secret", graph(call).app_secret().to_owned()),
        ("access_token", short.access_token),
    ];
    let url = format!("{}/access_token", graph(call).host("graph"));
    let answer = graph::send(call, "instagram.long_token", Method::GET, url, &params).await?;
    let long = token_in("instagram.long_token", answer)?;
    let access: SecretString = long.access_token.into();

    let me = profile(call, "instagram.me", &access).await?;
    let scopes = first_full([short.permissions, long.permissions, authorize::scopes(call)]);
    let sliding = expires(call.now, long.expires_in);
    Ok(SignedIn {
        tokens: kept(call.now, access, &me.user_id),
        mechanism: Mechanism::Extend,
        ends: Ends {
            access_end: Some(sliding),
            sliding_end: Some(sliding),
            ..Ends::default()
        },
        scopes,
        person_name: if me.username.is_empty() {
            me.name
        } else {
            me.username
        },
        person_id: me.user_id,
    })
}

async fn through_facebook(call: &Call<'_>, code: &str) -> Result<SignedIn, Failure> {
    let operations = ("instagram.code", "instagram.long_token");
    let long = login::long_of_code(&graph(call), operations, code).await?;
    let access: SecretString = long.access_token.clone().into();

    let inspection = inspect::or_pass(call, &access).await?;
    let me: Profile = graph::read(
        call,
        "instagram.me",
        "me",
        vec![("fields", "id,name".to_owned())],
        &access,
    )
    .await?;
    let scopes = inspection
        .as_ref()
        .map(|seen| seen.scopes.clone())
        .unwrap_or_default();
    let ends = person_ends(call.now, &long, inspection.as_ref());
    let data_access_end = match &inspection {
        Some(seen) => instant(seen.data_access_expires_at),
        None => Some(End {
            at: plus_ms(call.now, DATA_ACCESS_MS),
            source: EndSource::Sheet,
        }),
    };
    Ok(SignedIn {
        tokens: kept(call.now, access, &me.id),
        mechanism: Mechanism::Derived,
        ends: Ends {
            data_access_end,
            ..ends
        },
        scopes: first_full([scopes, long.permissions, authorize::scopes(call)]),
        person_id: me.id,
        person_name: me.name,
    })
}

/// Prolongs the grant; through Facebook, the person's own token (Page tokens need no renewal).
pub(super) async fn renew(call: &Call<'_>, tokens: &Tokens) -> Result<Renewed, Failure> {
    if graph::through_facebook(call) {
        let long = login::long_of(
            &graph(call),
            "instagram.long_token",
            tokens.access.expose_secret(),
        )
        .await?;
        let access: SecretString = long.access_token.clone().into();
        let inspection = inspect::or_pass(call, &access).await.ok().flatten();
        let data_access_end = inspection
            .as_ref()
            .and_then(|seen| instant(seen.data_access_expires_at));
        let ends = Ends {
            data_access_end,
            ..person_ends(call.now, &long, inspection.as_ref())
        };
        let scopes = inspection
            .map(|seen| seen.scopes)
            .filter(|scopes| !scopes.is_empty());
        return Ok(Renewed {
            tokens: kept(call.now, access, ""),
            ends,
            scopes,
        });
    }
    let params: Params = vec![
        ("grant_type", "ig_refresh_token".to_owned()),
        ("access_token", tokens.access.expose_secret().to_owned()),
    ];
    let url = format!("{}/refresh_access_token", graph(call).host("graph"));
    let answer = graph::send(call, "instagram.refresh", Method::GET, url, &params).await;
    let answer: TokenAnswer = answer.map_err(|failure| unless_too_early(call, tokens, failure))?;
    if answer.access_token.is_empty() && answer.expires_in.is_none() {
        return Err(Failure::passing(Sent::Maybe, puzzling("instagram.refresh")));
    }
    let sliding = expires(call.now, answer.expires_in);
    Ok(Renewed {
        tokens: kept(call.now, answer.access_token.into(), ""),
        ends: Ends {
            access_end: Some(sliding),
            sliding_end: Some(sliding),
            ..Ends::default()
        },
        scopes: Some(answer.permissions).filter(|scopes| !scopes.is_empty()),
    })
}

/// What a too early renewal answers is not documented, so no refusal of a token younger than a day
/// ends anything (§4.1). A probe will say whether it is dead.
fn unless_too_early(call: &Call<'_>, tokens: &Tokens, mut failure: Failure) -> Failure {
    let made_at = tokens
        .kept(MADE_AT)
        .parse()
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok());
    if let Some(made_at) = made_at
        && ms_between(made_at, call.now) < DAY_MS
    {
        failure.final_answer = false;
        let rest = DAY_MS - ms_between(made_at, call.now);
        failure.retry_after_ms = Some(failure.retry_after_ms.unwrap_or(0).max(rest));
    }
    failure
}

/// Whether the access token still works.
pub(super) async fn witness(call: &Call<'_>, tokens: &Tokens) -> Result<(), Failure> {
    let operation = "instagram.witness";
    let field = if graph::through_facebook(call) {
        "id"
    } else {
        "user_id"
    };
    let fields = vec![("fields", field.to_owned())];
    let answer: OneOf<Profile> = graph::read(call, operation, "me", fields, &tokens.access).await?;
    // A proxy's page in JSON is no witness: only an answer with an id is.
    let named = answer
        .first()
        .is_some_and(|me| !me.id.is_empty() || !me.user_id.is_empty());
    if named {
        Ok(())
    } else {
        Err(Failure::passing(Sent::No, puzzling(operation)))
    }
}

/// Gives the grant back. Instagram login has no confirmed call for it (§4.3).
pub(super) async fn revoke(call: &Call<'_>, tokens: &Tokens) -> Result<bool, Failure> {
    if !graph::through_facebook(call) {
        return Ok(false);
    }
    login::revoke(&graph(call), "instagram.revoke", tokens).await
}

/// Who a token of Instagram login belongs to, with all that is shown of the account.
pub(super) async fn profile(
    call: &Call<'_>,
    operation: &'static str,
    token: &SecretString,
) -> Result<Profile, Failure> {
    let fields = "user_id,username,name,account_type,profile_picture_url".to_owned();
    let answer: OneOf<Profile> =
        graph::read(call, operation, "me", vec![("fields", fields)], token).await?;
    let me = answer.first().filter(|me| !me.user_id.is_empty());
    me.ok_or_else(|| Failure::passing(Sent::No, puzzling(operation)))
}
