//! What is said while a person writes.

use domain::ids::Id;
use domain::post::PostMedia;
use platforms::Platform;
use platforms::facebook::Facebook;
use platforms::issue::{Draft, MediaFacts};

use crate::instagram::script::{NOW, at};

fn codes(text: &str, photos: usize) -> Vec<(&'static str, Option<i64>, bool)> {
    let chance = domain::chance::ChaChaChance::from_seed(1);
    let media = PostMedia {
        media: domain::ids::MediaId::new(at(NOW), &chance),
        alt: String::new(),
    };
    let facts = MediaFacts {
        width: 4_000,
        height: 500,
        bytes: 1,
    };
    let media: Vec<_> = (0..photos).map(|_| (media.clone(), facts)).collect();
    let draft = Draft {
        text,
        media: &media,
    };
    let issues = Facebook.check(&draft).into_iter();
    issues
        .map(|issue| (issue.code, issue.actual, issue.blocks))
        .collect()
}

#[test]
fn limits_of_text_and_photos_block() {
    assert_eq!(codes("Bread", 0), []);
    assert_eq!(codes("", 10), []);
    assert_eq!(codes(&"é".repeat(63_206), 0), []);
    assert_eq!(
        codes(&"é".repeat(63_207), 0),
        [("text_too_long", Some(63_207), true)]
    );
    assert_eq!(codes("Bread", 11), [("too_many_media", Some(11), true)]);
    assert_eq!(codes(" \n", 0), [("text_missing", None, true)]);
}
