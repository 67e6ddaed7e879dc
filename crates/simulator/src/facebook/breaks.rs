//! What can be wrong with a Page, switched on and off.

use super::state::{PageStanding, PageThrottle};
use crate::clock::MINUTE;
use crate::instagram::Break;
use crate::instagram::state::Throttle;

/// Limits that a Page can pass (sheet facebook.md §10).
const LIMITS: [i64; 5] = [80_001, 613, 341, 32, 17];

/// Switches one of the breaks that are a Page's own.
///
/// # Errors
/// In words, when the break is none of them or names an unknown limit; nothing is changed.
pub(crate) fn switch(
    page: &mut PageStanding,
    what: &Break,
    now_ms: i64,
    on: bool,
) -> Result<(), String> {
    let until = |minutes: &i64| now_ms + minutes * MINUTE;
    match what {
        Break::DeletePage { .. } => page.deleted = on,
        Break::UnpublishPage { .. } => page.unpublished = on,
        Break::BlockPage { .. } => page.blocked = on,
        Break::WithholdAuthorization { .. } => page.unauthorized = on,
        Break::AskIdentity { .. } => page.unconfirmed = on,
        Break::ThrottlePage { minutes, code, .. } => {
            if !LIMITS.contains(code) {
                return Err(format!("{code} is no limit of a Page"));
            }
            page.throttle = on.then(|| PageThrottle {
                until_ms: until(minutes),
                code: *code,
            });
        }
        Break::PageTooFast { minutes, .. } => {
            page.too_fast = on.then(|| Throttle {
                until_ms: until(minutes),
            });
        }
        Break::LinksFail { .. } => page.links_fail = on,
        Break::PhotosFail { .. } => page.unfetchable = on,
        _ => return Err("this is no switch of a Page".to_owned()),
    }
    Ok(())
}
