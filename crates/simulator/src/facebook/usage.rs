//! Usage headers (sheet facebook.md §10). They appear only after some traffic: from the twentieth
//! call of an hour on. The percentages count calls and say nothing of real limits, which
//! `Break::ThrottlePage` and `Break::Throttle` set.

use crate::call::Call;
use crate::clock::HOUR;
use crate::instagram::access::token_of;
use crate::instagram::state::TokenKind;
use crate::reply::Reply;
use crate::simulator::Scene;
use crate::state::State;
use serde_json::json;

/// Calls of an hour without headers.
const QUIET: u32 = 20;
/// Calls of an hour that count as everything.
const FULL: u32 = 4_800;

/// Counts a call with a living token and says how much is used.
pub(super) fn with_headers(
    reply: Reply,
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
) -> Reply {
    let token = token_of(call).and_then(|text| state.instagram.tokens.get(&text));
    let Some(token) = token else { return reply };
    let (whose, page) = match &token.kind {
        TokenKind::Page { page, .. } => (page.clone(), true),
        _ => (token.app.clone(), false),
    };
    let counted = state.facebook.calls.entry(whose.clone()).or_default();
    if counted.0 + HOUR <= scene.now_ms {
        *counted = (scene.now_ms, 0);
    }
    counted.1 += 1;
    // What a throttled answer says is the whole truth.
    let told = |name: &str| reply.headers.iter().any(|(known, _)| *known == name);
    let name = if page {
        "x-business-use-case-usage"
    } else {
        "x-app-usage"
    };
    if counted.1 < QUIET || told(name) {
        return reply;
    }
    let used = (counted.1 * 100 / FULL).min(99);
    let usage = if page {
        json!({whose: [{
            "type": "pages", "call_count": used, "total_cputime": used / 4, "total_time": used / 4,
            "estimated_time_to_regain_access": 0, "ads_api_access_tier": "standard_access",
        }]})
    } else {
        json!({"call_count": used, "total_time": used / 4, "total_cputime": used / 4})
    };
    reply.header(name, usage.to_string())
}
