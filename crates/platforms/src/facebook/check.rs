//! What Facebook would refuse of a post (§7).

use super::{MESSAGE_CHARS, PHOTOS};
use crate::issue::{Draft, Issue};

/// All findings.
pub(super) fn check(draft: &Draft<'_>) -> Vec<Issue> {
    let mut issues = Vec::new();
    let chars = draft.text.chars().count();
    if chars > MESSAGE_CHARS as usize {
        issues.push(over("text_too_long", "text", MESSAGE_CHARS, chars));
    }
    if draft.media.len() > PHOTOS as usize {
        issues.push(over("too_many_media", "media", PHOTOS, draft.media.len()));
    }
    if draft.text.trim().is_empty() && draft.media.is_empty() {
        issues.push(Issue {
            code: "text_missing",
            field: "text",
            limit: None,
            actual: None,
            blocks: true,
        });
    }
    issues
}

fn over(code: &'static str, field: &'static str, limit: u32, actual: usize) -> Issue {
    Issue {
        code,
        field,
        limit: Some(i64::from(limit)),
        actual: i64::try_from(actual).ok(),
        blocks: true,
    }
}
