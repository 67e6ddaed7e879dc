//! Tokens of the Facebook flow (sheet facebook.md §4): code → one to two hours → 60 days, and
//! `debug_token`, which says what a token is still good for.

use crate::call::Call;
use crate::clock::{DAY, HOUR, MINUTE};
use crate::facts::Rotation;
use crate::instagram::Flow;
use crate::instagram::access::{alive, app_of, grant_behind, token_of};
use crate::instagram::errors::{GraphError, app_removed, error, lost_role, malformed_token};
use crate::instagram::state::{DATA_ACCESS, InstagramState, Token, TokenKind};
use crate::instagram::tokens::issue;
use crate::simulator::Scene;
use crate::state::State;
use serde_json::{Value, json};

/// Life of an authorization code; "minutes" in the sheet.
const CODE_LIFE: i64 = 10 * MINUTE;
/// Life of a short user token; "one to two hours".
const SHORT_LIFE: i64 = 90 * MINUTE;
/// Life of a long user token.
const LONG_LIFE: i64 = 60 * DAY;

/// Client id and secret of a call, checked.
fn app(state: &InstagramState, call: &Call) -> Result<String, GraphError> {
    let id = call.filled("client_id").unwrap_or_default();
    let app = app_of(state, &id, Flow::Facebook).ok_or_else(|| {
        error(
            101,
            None,
            "Error validating application. Cannot get application info due to a system error.",
        )
    })?;
    if !app.takes(&call.filled("client_secret").unwrap_or_default()) {
        return Err(error(1, None, "Error validating client secret."));
    }
    Ok(app.id.clone())
}

/// `/oauth/access_token` with a code.
pub(super) fn exchange_code(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
) -> Result<Value, GraphError> {
    let app = app(&state.instagram, call)?;
    let invalid = |subcode: u32, words: &str| error(100, Some(subcode), words);
    let text = call.filled("code").unwrap_or_default();
    let code = state
        .instagram
        .codes
        .get_mut(&text)
        .filter(|code| code.app == app);
    let code =
        code.ok_or_else(|| invalid(36007, "This authorization code has expired or is unknown."))?;
    if code.used {
        return Err(invalid(36009, "This authorization code has been used."));
    }
    if code.at_ms + CODE_LIFE <= scene.now_ms {
        return Err(invalid(36007, "This authorization code has expired."));
    }
    if call.filled("redirect_uri").as_deref() != Some(code.redirect_uri.as_str()) {
        let words = "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request";
        return Err(invalid(36008, words));
    }
    code.used = true;
    let who = code.who.clone();
    let token = issue(
        state,
        scene.now_ms,
        &app,
        &who,
        TokenKind::UserShort,
        Some(scene.now_ms + SHORT_LIFE),
    )
    .ok_or_else(app_removed)?;
    Ok(json!({"access_token": token, "token_type": "bearer", "expires_in": SHORT_LIFE / 1000}))
}

/// `/oauth/access_token?grant_type=fb_exchange_token`.
pub(super) fn exchange(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
) -> Result<Value, GraphError> {
    let now_ms = scene.now_ms;
    let app = app(&state.instagram, call)?;
    let text = call.filled("fb_exchange_token").unwrap_or_default();
    let token = state
        .instagram
        .tokens
        .get(&text)
        .filter(|token| token.app == app)
        .cloned()
        .ok_or_else(malformed_token)?;
    alive(&state.instagram, &token, now_ms)?;
    if scene.empty_secret {
        return Ok(
            json!({"access_token": "", "token_type": "bearer", "expires_in": LONG_LIFE / 1000}),
        );
    }
    let (long, ends) = match token.kind {
        TokenKind::UserShort => (fresh(state, now_ms, &app, &token)?, now_ms + LONG_LIFE),
        TokenKind::UserLong if state.instagram.settings.facebook_reexchange_extends => {
            let facts = &mut state.facts;
            facts.renewed("facebook", &token.who, None, Rotation::Added, now_ms);
            (fresh(state, now_ms, &app, &token)?, now_ms + LONG_LIFE)
        }
        // Usually the same token comes back and nothing is won (§4.1).
        TokenKind::UserLong => (text, token.expires_at_ms.unwrap_or(now_ms)),
        _ => {
            return Err(error(
                100,
                None,
                "The token to exchange must be a user token",
            ));
        }
    };
    let mut answer = json!({"access_token": long, "token_type": "bearer"});
    if !state.instagram.settings.facebook_expires_in_missing {
        answer["expires_in"] = json!((ends - now_ms) / 1000);
    }
    Ok(answer)
}

fn fresh(state: &mut State, now_ms: i64, app: &str, token: &Token) -> Result<String, GraphError> {
    issue(
        state,
        now_ms,
        app,
        &token.who,
        TokenKind::UserLong,
        Some(now_ms + LONG_LIFE),
    )
    .ok_or_else(app_removed)
}

/// `/oauth/access_token?grant_type=client_credentials`.
pub(super) fn app_token(state: &InstagramState, call: &Call) -> Result<Value, GraphError> {
    let id = app(state, call)?;
    let secret = state
        .apps
        .get(&id)
        .map(|app| app.secret.as_str())
        .unwrap_or_default();
    Ok(json!({"access_token": format!("{id}|{secret}"), "token_type": "bearer"}))
}

/// The app in whose name a token is inspected: an app token, or a user token of that app.
fn inspector(state: &InstagramState, now_ms: i64, call: &Call) -> Result<String, GraphError> {
    let text = token_of(call).ok_or_else(malformed_token)?;
    if let Some((id, secret)) = text.split_once('|') {
        let app = app_of(state, id, Flow::Facebook).filter(|app| app.takes(secret));
        return app
            .map(|app| app.id.clone())
            .ok_or_else(|| error(190, None, "Invalid OAuth access token signature."));
    }
    let token = state.tokens.get(&text).ok_or_else(malformed_token)?;
    alive(state, token, now_ms)?;
    Ok(token.app.clone())
}

/// `GET /debug_token?input_token=…` (§4.3).
pub(super) fn inspect(
    state: &InstagramState,
    scene: &Scene<'_>,
    call: &Call,
) -> Result<Value, GraphError> {
    let app = inspector(state, scene.now_ms, call)?;
    let text = call
        .filled("input_token")
        .ok_or_else(|| error(100, None, "(#100) The parameter input_token is required"))?;
    let Some(token) = state.tokens.get(&text).filter(|token| token.app == app) else {
        let wrong = json!({"code": 190, "message": "Invalid OAuth access token."});
        return Ok(json!({"data": {"is_valid": false, "scopes": [], "error": wrong}}));
    };
    let name = state
        .apps
        .get(&app)
        .map(|app| app.name.clone())
        .unwrap_or_default();
    let kind = if matches!(token.kind, TokenKind::Page { .. }) {
        "PAGE"
    } else {
        "USER"
    };
    let mut data = json!({
        "app_id": app, "application": name, "type": kind, "user_id": token.who,
        "is_valid": true, "expires_at": token.expires_at_ms.map_or(0, |end| end / 1000),
    });
    if !matches!(token.kind, TokenKind::UserShort) {
        data["issued_at"] = json!(token.issued_at_ms / 1000);
    }
    if let TokenKind::Page { page, .. } = &token.kind {
        data["profile_id"] = json!(page);
    }
    let gone = match &token.kind {
        TokenKind::Page { page, .. } => state.pages.get(page).is_none_or(|it| it.standing.deleted),
        _ => false,
    };
    let living = alive(state, token, scene.now_ms);
    let living = living.and(if gone { Err(lost_role()) } else { Ok(()) });
    if let Err(dead) = living {
        data["is_valid"] = json!(false);
        data["error"] = dead.brief();
    }
    let grant = grant_behind(state, token);
    data["data_access_expires_at"] =
        json!(grant.map_or(0, |grant| (grant.last_login_at_ms + DATA_ACCESS) / 1000));
    data["scopes"] = json!(
        grant
            .map(|grant| grant.permissions.iter().cloned().collect::<Vec<_>>())
            .unwrap_or_default()
    );
    data["granular_scopes"] = granular(state, token);
    Ok(json!({ "data": data }))
}

/// Permissions with the Pages and accounts that they cover.
fn granular(state: &InstagramState, token: &Token) -> Value {
    let Some(grant) = grant_behind(state, token) else {
        return json!([]);
    };
    let one = |scope: &String| {
        if scope.starts_with("instagram_") {
            Some(json!({"scope": scope, "target_ids": grant.accounts}))
        } else if scope.starts_with("pages_") || scope == "read_insights" {
            Some(json!({"scope": scope, "target_ids": grant.pages}))
        } else if scope == "public_profile" {
            None
        } else {
            Some(json!({"scope": scope}))
        }
    };
    Value::Array(grant.permissions.iter().filter_map(one).collect())
}

const _: () = assert!(SHORT_LIFE >= HOUR && SHORT_LIFE <= 2 * HOUR);
