//! Links, hashtags and mentions in a text, by their UTF-8 bytes (sheet bluesky.md §6). Without a facet
//! Bluesky shows an address as plain text.

use std::collections::BTreeMap;
use std::ops::Range;

use linkify::{LinkFinder, LinkKind};
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

/// The longest hashtag: graphemes and bytes (`app.bsky.richtext.facet#tag`).
const TAG_LIMIT: (usize, usize) = (64, 640);
/// The most mentions that are looked up for one post.
const MENTIONS: usize = 20;

/// The handles that a text mentions, each once, in order. What does not turn out to be an account
/// stays text.
pub(super) fn mentioned(text: &str) -> Vec<String> {
    let mut handles: Vec<String> = Vec::new();
    for (_, handle) in mentions(text, &links(text)) {
        if !handles.contains(&handle) && handles.len() < MENTIONS {
            handles.push(handle);
        }
    }
    handles
}

/// The facets of a text, in order, none over another. `dids` are the accounts that were found for the
/// mentioned handles.
pub(super) fn facets(text: &str, dids: &BTreeMap<String, String>) -> Vec<Value> {
    let links = links(text);
    let mut found: Vec<(Range<usize>, Value)> = Vec::new();
    for (at, handle) in mentions(text, &links) {
        if let Some(did) = dids.get(&handle) {
            found.push((
                at,
                json!({ "$type": "app.bsky.richtext.facet#mention", "did": did }),
            ));
        }
    }
    for (at, tag) in tags(text, &links) {
        found.push((
            at,
            json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag }),
        ));
    }
    for (at, uri) in links {
        found.push((
            at,
            json!({ "$type": "app.bsky.richtext.facet#link", "uri": uri }),
        ));
    }
    found.sort_by_key(|(at, _)| at.start);
    found
        .into_iter()
        .map(|(at, feature)| json!({ "index": { "byteStart": at.start, "byteEnd": at.end }, "features": [feature] }))
        .collect()
}

/// Whether a text is a handle: a domain name of two parts or more (sheet §1). Small letters only.
pub(super) fn is_handle(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let last_begins_well = parts
        .last()
        .is_some_and(|last| last.starts_with(|sign: char| sign.is_ascii_lowercase()));
    text.len() <= 253
        && parts.len() >= 2
        && last_begins_well
        && parts.iter().all(|part| is_label(part))
}

fn is_label(part: &str) -> bool {
    let signs = part
        .bytes()
        .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-');
    signs && !part.is_empty() && part.len() <= 63 && !part.starts_with('-') && !part.ends_with('-')
}

/// Addresses with `http://` or `https://`, and those that begin with `www.`. Other bare names are left
/// alone: too many words look like one.
fn links(text: &str) -> Vec<(Range<usize>, String)> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]).url_must_have_scheme(false);
    let mut found = Vec::new();
    for link in finder.links(text) {
        let shown = link.as_str();
        let lower = shown.to_ascii_lowercase();
        let uri = if lower.starts_with("https://") || lower.starts_with("http://") {
            shown.to_owned()
        } else if lower.starts_with("www.") {
            format!("https://{shown}")
        } else {
            continue;
        };
        found.push((link.start()..link.end(), uri));
    }
    found
}

/// Where words begin after a space, a bracket or the start, and what follows the sign there.
fn words_after(text: &str, sign: char) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices(sign).filter_map(move |(at, found)| {
        let before = text[..at].chars().next_back();
        let begins =
            before.is_none_or(|before| before.is_whitespace() || "([{\"'“‘".contains(before));
        let rest = &text[at + found.len()..];
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        (begins && end > 0).then(|| (at, &rest[..end]))
    })
}

fn outside(at: &Range<usize>, links: &[(Range<usize>, String)]) -> bool {
    links
        .iter()
        .all(|(link, _)| at.end <= link.start || link.end <= at.start)
}

fn mentions(text: &str, links: &[(Range<usize>, String)]) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    for (at, word) in words_after(text, '@') {
        let end =
            word.find(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '.' || sign == '-'));
        let shown = word[..end.unwrap_or(word.len())].trim_end_matches(['.', '-']);
        let handle = shown.to_ascii_lowercase();
        let place = at..at + 1 + shown.len();
        if is_handle(&handle) && outside(&place, links) {
            found.push((place, handle));
        }
    }
    found
}

fn tags(text: &str, links: &[(Range<usize>, String)]) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    for (at, word) in words_after(text, '#') {
        let ends = |sign: char| {
            sign == '#' || sign == '\u{ad}' || ('\u{2060}'..='\u{2064}').contains(&sign)
        };
        let word = &word[..word.find(ends).unwrap_or(word.len())];
        let tag = word.trim_end_matches(|sign: char| {
            sign.is_ascii_punctuation() || "…“”‘’«»、。！？：；".contains(sign)
        });
        let place = at..at + 1 + tag.len();
        // A number alone is no hashtag on Bluesky.
        let is_number = tag.bytes().all(|sign| sign.is_ascii_digit());
        let fits = tag.len() <= TAG_LIMIT.1 && tag.graphemes(true).count() <= TAG_LIMIT.0;
        if !tag.is_empty() && !is_number && fits && outside(&place, links) {
            found.push((place, tag.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each facet covers, with its kind.
    fn covered(text: &str) -> Vec<(String, String)> {
        let dids = mentioned(text)
            .into_iter()
            .map(|handle| (handle, "did:plc:x".to_owned()))
            .collect();
        let shown = |facet: &Value| {
            let at = |name: &str| facet["index"][name].as_u64().unwrap() as usize;
            let kind = facet["features"][0]["$type"]
                .as_str()
                .unwrap()
                .rsplit('#')
                .next()
                .unwrap()
                .to_owned();
            (kind, text[at("byteStart")..at("byteEnd")].to_owned())
        };
        facets(text, &dids).iter().map(shown).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(kind, shown)| ((*kind).to_owned(), (*shown).to_owned()))
            .collect()
    }

    #[test]
    fn offsets_are_bytes_also_behind_emoji() {
        let text = "👩‍🚀 Grüße @anna.example.org: https://exämple.org/a?b=1. #Käse!";
        let expected = [
            ("mention", "@anna.example.org"),
            ("link", "https://exämple.org/a?b=1"),
            ("tag", "#Käse"),
        ];
        assert_eq!(covered(text), pairs(&expected));
        let facets = facets(text, &BTreeMap::new());
        assert_eq!(facets[0]["index"]["byteStart"], text.find("https").unwrap());
        assert_eq!(facets[1]["features"][0]["tag"], "Käse");
    }

    #[test]
    fn what_looks_like_one_but_is_none_stays_text() {
        for plain in [
            "mail anna@example.org now",
            "C# and #1",
            "a#b",
            "@anna",
            "@-x.org",
            "main.rs is a file",
            "# alone",
            "@",
            "price #100.",
            "x@y.example.org",
        ] {
            assert_eq!(covered(plain), pairs(&[]), "{plain}");
        }
    }

    #[test]
    fn links_hide_what_stands_in_them() {
        let text = "see (https://example.org/#part/@anna.example.org) www.example.org #a#b";
        let expected = [
            ("link", "https://example.org/#part/@anna.example.org"),
            ("link", "www.example.org"),
            ("tag", "#a"),
        ];
        assert_eq!(covered(text), pairs(&expected));
        assert_eq!(
            facets(text, &BTreeMap::new())[1]["features"][0]["uri"],
            "https://www.example.org"
        );
    }

    #[test]
    fn mentions_without_an_account_stay_text() {
        assert_eq!(
            mentioned("@Anna.Example.org, @anna.example.org"),
            ["anna.example.org"]
        );
        assert!(facets("@anna.example.org", &BTreeMap::new()).is_empty());
    }
}
