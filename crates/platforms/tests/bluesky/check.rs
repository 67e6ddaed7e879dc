//! What is checked while a post is written, and the keys that are chosen for it.

use domain::Timestamp;
use domain::chance::ChaChaChance;
use domain::ids::Id as _;
use domain::post::PostMedia;
use platforms::Platform;
use platforms::bluesky::Bluesky;
use platforms::issue::{Draft, MediaFacts};

use super::world::NOW;

#[test]
fn settling_keys_are_record_keys_and_differ_at_one_instant() {
    let chance = ChaChaChance::from_seed(3);
    let now = Timestamp::from_second(NOW).unwrap();
    let keys: Vec<String> = (0..50)
        .map(|_| Bluesky.settling_key(now, &chance).unwrap())
        .collect();
    let mut unique = keys.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), keys.len());
    for key in keys {
        assert_eq!(key.len(), 13);
        assert!(
            key.bytes()
                .all(|sign| b"234567abcdefghijklmnopqrstuvwxyz".contains(&sign)),
            "{key}"
        );
    }
}

#[test]
fn a_post_is_checked_while_it_is_written() {
    let media = |count: usize, alt: &str| {
        let id = domain::ids::MediaId::new(Timestamp::UNIX_EPOCH, &ChaChaChance::from_seed(1));
        let one = PostMedia {
            media: id,
            alt: alt.to_owned(),
        };
        vec![
            (
                one,
                MediaFacts {
                    width: 10,
                    height: 10,
                    bytes: 10
                }
            );
            count
        ]
    };
    let found = |text: &str, media: &[(PostMedia, MediaFacts)]| -> Vec<(&'static str, bool)> {
        Bluesky
            .check(&Draft { text, media })
            .into_iter()
            .map(|issue| (issue.code, issue.blocks))
            .collect()
    };
    assert_eq!(found("hello", &[]), []);
    assert_eq!(found(" ", &[]), [("text_missing", true)]);
    assert_eq!(found("", &media(4, "a picture")), []);
    assert_eq!(
        found("", &media(5, "a picture")),
        [("too_many_media", true)]
    );
    assert_eq!(found("x", &media(1, " ")), [("alt_missing", false)]);
    // A family is one sign of 25 bytes: 300 of them are too many bytes, and not too many signs.
    assert_eq!(
        found(&"👨‍👩‍👧‍👦".repeat(300), &[]),
        [("text_too_many_bytes", true)]
    );
    assert_eq!(found(&"👋".repeat(300), &[]), []);
    assert_eq!(found(&"👋".repeat(301), &[]), [("text_too_long", true)]);
}
