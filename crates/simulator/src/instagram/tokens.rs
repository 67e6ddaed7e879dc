//! Tokens of the Instagram flow (sheet instagram.md §4.1): code → one hour → 60 days, prolonged
//! by `ig_refresh_token` once it is 24 hours old.

use super::access::{self, app_of, enter};
use super::errors::{self, GraphError, code_exchange};
use super::state::{Flow, InstagramState, Token, TokenKind};
use crate::call::Call;
use crate::clock::{DAY, HOUR};
use crate::facts::Rotation;
use crate::reply::Reply;
use crate::simulator::Scene;
use crate::state::{Counts, State};
use serde_json::{Value, json};

/// Life of an authorization code.
pub(crate) const CODE_LIFE: i64 = HOUR;
/// Life of a short token.
pub(crate) const SHORT_LIFE: i64 = HOUR;
/// Life of a long token.
pub(crate) const LONG_LIFE: i64 = 60 * DAY;
/// Age before which a long token is not prolonged.
pub(crate) const EARLIEST_REFRESH: i64 = 24 * HOUR;

/// How long a token is known after its end.
const TOKEN_KEPT: i64 = 400 * DAY;

/// Makes a token for the present grant of `who` to `app`; its text, or nothing without a grant.
pub(crate) fn issue(
    state: &mut State,
    now_ms: i64,
    app: &str,
    who: &str,
    kind: TokenKind,
    expires_at_ms: Option<i64>,
) -> Option<String> {
    let instagram = &mut state.instagram;
    let grant = instagram.grant(app, who)?.number;
    let secret = instagram.apps.get(app)?.secret_version;
    let flow = access::token_flow(&kind);
    let password = match flow {
        Flow::Instagram => instagram.accounts.get(who)?.password,
        Flow::Facebook => instagram.persons.get(who)?.password,
    };
    let prefix = if flow == Flow::Instagram {
        "IGAA"
    } else {
        "EAA"
    };
    // A token that ended long ago answers like an unknown one.
    let old: Vec<String> = instagram
        .tokens
        .of(who)
        .filter(|(_, token)| {
            token
                .expires_at_ms
                .is_some_and(|end| end + TOKEN_KEPT < now_ms)
        })
        .map(|(text, _)| text.clone())
        .collect();
    for text in old {
        instagram.tokens.remove(&text);
    }
    let text = state.chance.token(prefix, 160);
    let token = Token {
        kind,
        app: app.to_owned(),
        who: who.to_owned(),
        grant,
        password,
        secret,
        issued_at_ms: now_ms,
        expires_at_ms,
        ended: None,
    };
    state.instagram.tokens.insert(text.clone(), token);
    Counts::one_more(&mut state.counts.tokens_issued, who);
    Some(text)
}

/// `POST https://api.instagram.com/oauth/access_token`.
pub(crate) fn exchange_code(state: &mut State, scene: &Scene<'_>, call: &Call) -> Reply {
    let given = |name: &str| call.filled(name).unwrap_or_default();
    let Some(app) = app_of(&state.instagram, &given("client_id"), Flow::Instagram).cloned() else {
        return code_exchange("Invalid platform app");
    };
    if !app.takes(&given("client_secret")) {
        return code_exchange("Error validating client secret");
    }
    if given("grant_type") != "authorization_code" {
        return code_exchange("Invalid grant_type");
    }
    let unmatched = || code_exchange("Matching code was not found or was already used");
    let Some(code) = state
        .instagram
        .codes
        .get_mut(&given("code"))
        .filter(|code| code.app == app.id)
    else {
        return unmatched();
    };
    if code.used || code.at_ms + CODE_LIFE <= scene.now_ms {
        return unmatched();
    }
    if code.redirect_uri != given("redirect_uri") {
        return code_exchange(
            "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request",
        );
    }
    code.used = true;
    let who = code.who.clone();
    let Some(text) = issue(
        state,
        scene.now_ms,
        &app.id,
        &who,
        TokenKind::InstagramShort,
        Some(scene.now_ms + SHORT_LIFE),
    ) else {
        return unmatched();
    };
    let permissions = permissions(&state.instagram, &app.id, &who);
    if state.instagram.settings.answers_in_data {
        return Reply::ok(
            &json!({"data": [{"access_token": text, "user_id": who, "permissions": permissions.join(",")}]}),
        );
    }
    let number: u64 = who.parse().unwrap_or_default();
    Reply::ok(&json!({"access_token": text, "user_id": number, "permissions": permissions}))
}

fn permissions(state: &InstagramState, app: &str, who: &str) -> Vec<String> {
    state
        .grant(app, who)
        .map(|grant| grant.permissions.iter().cloned().collect())
        .unwrap_or_default()
}

/// A renewal that renewed nothing (fault `empty_secret`).
fn empty() -> Value {
    json!({"access_token": "", "token_type": "bearer", "expires_in": LONG_LIFE / 1000})
}

/// `GET https://graph.instagram.com/access_token?grant_type=ig_exchange_token`.
pub(crate) fn exchange_short(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
) -> Result<Value, GraphError> {
    if call.filled("grant_type").as_deref() != Some("ig_exchange_token") {
        return Err(errors::parameter(
            "The parameter grant_type must be ig_exchange_token",
        ));
    }
    let entered = enter(&state.instagram, scene.now_ms, call, Flow::Instagram, None)?;
    let given = call.filled("client_secret").unwrap_or_default();
    let app = state.instagram.apps.get(&entered.token.app);
    if !app.is_some_and(|app| app.takes(&given)) {
        return Err(errors::error(1, None, "Error validating client secret."));
    }
    if entered.token.kind != TokenKind::InstagramShort {
        return Err(errors::error(
            190,
            None,
            "Only a short-lived token can be exchanged for a long-lived one",
        ));
    }
    if scene.empty_secret {
        return Ok(empty());
    }
    let (app, who) = (entered.token.app, entered.token.who);
    let text = issue(
        state,
        scene.now_ms,
        &app,
        &who,
        TokenKind::InstagramLong,
        Some(scene.now_ms + LONG_LIFE),
    )
    .ok_or_else(errors::app_removed)?;
    Ok(json!({"access_token": text, "token_type": "bearer", "expires_in": LONG_LIFE / 1000}))
}

/// `GET https://graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token`.
pub(crate) fn refresh(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
) -> Result<Value, GraphError> {
    if call.filled("grant_type").as_deref() != Some("ig_refresh_token") {
        return Err(errors::parameter(
            "The parameter grant_type must be ig_refresh_token",
        ));
    }
    let now_ms = scene.now_ms;
    let entered = enter(&state.instagram, now_ms, call, Flow::Instagram, None)?;
    let (app, who) = (entered.token.app.clone(), entered.token.who.clone());
    if entered.token.kind != TokenKind::InstagramLong {
        return Err(errors::error(
            190,
            None,
            "Only a long-lived token can be refreshed",
        ));
    }
    if entered.token.issued_at_ms + EARLIEST_REFRESH > now_ms {
        // The code of this refusal is unconfirmed (§4.1); only HTTP 400 is expected.
        return Err(errors::parameter(
            "The access token must be at least 24 hours old to be refreshed",
        ));
    }
    if let Some(account) = state.instagram.accounts.get(&who) {
        if account.standing.deleted {
            return Err(errors::unseen(&who, "get"));
        }
        if account.standing.personal {
            return Err(errors::not_professional());
        }
        if account.standing.private {
            // Unconfirmed for this product; true of the old one (§4.1, private accounts).
            return Err(errors::parameter(
                "The access token of a private account cannot be refreshed",
            ));
        }
    }
    let permissions = permissions(&state.instagram, &app, &who);
    if !permissions
        .iter()
        .any(|name| name == "instagram_business_basic")
    {
        return Err(errors::no_permission("instagram_business_basic"));
    }
    if scene.empty_secret {
        return Ok(empty());
    }
    let anew = state.instagram.settings.refresh_gives_new_token;
    let text = if anew {
        issue(
            state,
            now_ms,
            &app,
            &who,
            TokenKind::InstagramLong,
            Some(now_ms + LONG_LIFE),
        )
        .ok_or_else(errors::app_removed)?
    } else {
        if let Some(token) = state.instagram.tokens.get_mut(&entered.text) {
            token.issued_at_ms = now_ms;
            token.expires_at_ms = Some(now_ms + LONG_LIFE);
        }
        entered.text
    };
    let how = if anew {
        Rotation::Added
    } else {
        Rotation::Prolonged
    };
    state.facts.renewed("instagram", &who, None, how, now_ms);
    Ok(json!({
        "access_token": text, "token_type": "bearer", "expires_in": LONG_LIFE / 1000, "permissions": permissions.join(","),
    }))
}
