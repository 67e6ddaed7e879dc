//! What Instagram would refuse of a post, or show otherwise than it was meant (sheet instagram.md §7).

use super::{ALT_CHARS, CAPTION_CHARS, CAROUSEL_ITEMS, FACTS, HASHTAGS, MENTIONS};
use crate::issue::{Draft, Issue};

/// All findings.
pub(super) fn check(draft: &Draft<'_>) -> Vec<Issue> {
    let text = draft.text;
    let longest_alt = draft
        .media
        .iter()
        .map(|(media, _)| media.alt.chars().count())
        .max()
        .unwrap_or(0);
    let mut issues = Vec::new();
    issues.extend(over(
        "text_too_long",
        "text",
        CAPTION_CHARS as usize,
        text.chars().count(),
        true,
    ));
    issues.extend(over(
        "too_many_hashtags",
        "text",
        HASHTAGS,
        tags(text, '#'),
        true,
    ));
    issues.extend(over(
        "too_many_mentions",
        "text",
        MENTIONS,
        tags(text, '@'),
        true,
    ));
    issues.extend(over(
        "too_many_media",
        "media",
        CAROUSEL_ITEMS as usize,
        draft.media.len(),
        true,
    ));
    // A description that is too long is sent cut.
    issues.extend(over("alt_too_long", "media", ALT_CHARS, longest_alt, false));
    if draft.media.is_empty() {
        issues.push(Issue {
            code: "media_missing",
            field: "media",
            limit: Some(1),
            actual: Some(0),
            blocks: true,
        });
    }
    issues.extend(unusual_ratio(draft));
    issues
}

fn over(
    code: &'static str,
    field: &'static str,
    limit: usize,
    actual: usize,
    blocks: bool,
) -> Option<Issue> {
    let number = |count| i64::try_from(count).ok();
    (actual > limit).then(|| Issue {
        code,
        field,
        limit: number(limit),
        actual: number(actual),
        blocks,
    })
}

/// The first picture outside 4:5 to 1.91:1. It does not block: the rendition is cut to the nearest
/// ratio about its middle. Limit and actual are widths in percent of the height.
fn unusual_ratio(draft: &Draft<'_>) -> Option<Issue> {
    let (narrowest, widest) = FACTS.picture.ratio?;
    let percent = |ratio: f32| (ratio * 100.0).round() as i64;
    // A picture scaled to whole pixels may miss the limit by a hair; that is not unusual.
    let slack = 0.01;
    draft.media.iter().find_map(|(_, facts)| {
        let ratio = facts.width as f32 / facts.height.max(1) as f32;
        let limit = if ratio < narrowest - slack {
            narrowest
        } else if ratio > widest + slack {
            widest
        } else {
            return None;
        };
        let (limit, actual) = (Some(percent(limit)), Some(percent(ratio)));
        Some(Issue {
            code: "ratio_unusual",
            field: "media",
            limit,
            actual,
            blocks: false,
        })
    })
}

/// How many words begin with this sign and go on with a letter, a digit or an underscore.
fn tags(text: &str, sign: char) -> usize {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut before = ' ';
    let mut signs = text.chars().peekable();
    let mut count = 0;
    while let Some(now) = signs.next() {
        if now == sign && !word(before) && signs.peek().is_some_and(|next| word(*next)) {
            count += 1;
        }
        before = now;
    }
    count
}
