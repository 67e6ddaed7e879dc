//! What is said of a post while it is written, and the facts that the engine reads.

use domain::chance::ChaChaChance;
use domain::ids::{Id, MediaId};
use domain::platform::LoginFlow;
use domain::post::PostMedia;
use platforms::Platform;
use platforms::instagram::Instagram;
use platforms::issue::{Draft, MediaFacts};

use super::script::{NOW, at};

fn said(
    text: &str,
    sizes: &[(u32, u32)],
    alt: &str,
) -> Vec<(&'static str, Option<i64>, Option<i64>, bool)> {
    let chance = ChaChaChance::from_seed(1);
    let media: Vec<_> = sizes
        .iter()
        .map(|(width, height)| {
            let media = PostMedia {
                media: MediaId::new(at(NOW), &chance),
                alt: alt.to_owned(),
            };
            (
                media,
                MediaFacts {
                    width: *width,
                    height: *height,
                    bytes: 1,
                },
            )
        })
        .collect();
    let issues = Instagram.check(&Draft {
        text,
        media: &media,
    });
    issues
        .into_iter()
        .map(|issue| (issue.code, issue.limit, issue.actual, issue.blocks))
        .collect()
}

#[test]
fn a_fit_post_has_no_issue() {
    for size in [(1_080, 1_350), (1_080, 566), (1_000, 1_000)] {
        assert_eq!(said("Hello #a @b mail@c.example", &[size], "Bread"), []);
    }
    assert_eq!(
        said(&"ä".repeat(2_200), &[(1, 1); 10], &"a".repeat(1_000)),
        []
    );
    assert_eq!(said("", &[(1, 1)], ""), []);
}

#[test]
fn each_limit_is_said() {
    assert_eq!(
        said(&"ä".repeat(2_201), &[(1, 1)], ""),
        [("text_too_long", Some(2_200), Some(2_201), true)]
    );
    assert_eq!(
        said(&"#tag ".repeat(31), &[(1, 1)], ""),
        [("too_many_hashtags", Some(30), Some(31), true)]
    );
    assert_eq!(
        said(&"@anna, ".repeat(21), &[(1, 1)], ""),
        [("too_many_mentions", Some(20), Some(21), true)]
    );
    assert_eq!(
        said("a#b ## # @ #", &[], ""),
        [("media_missing", Some(1), Some(0), true)]
    );
    assert_eq!(
        said("", &[(1, 1); 11], ""),
        [("too_many_media", Some(10), Some(11), true)]
    );
    assert_eq!(
        said("", &[(1, 1)], &"a".repeat(1_001)),
        [("alt_too_long", Some(1_000), Some(1_001), false)]
    );
    assert_eq!(
        said("", &[(1, 1), (9, 16)], ""),
        [("ratio_unusual", Some(80), Some(56), false)]
    );
    assert_eq!(
        said("", &[(1_000, 500)], ""),
        [("ratio_unusual", Some(191), Some(200), false)]
    );
}

#[test]
fn facts_hold_together() {
    let facts = Instagram.facts();
    for flow in [LoginFlow::Instagram, LoginFlow::Facebook] {
        let flow = facts.flow(flow).unwrap();
        assert!(
            flow.hosts
                .iter()
                .all(|(_, address)| address.starts_with("https://") && !address.ends_with('/'))
        );
        assert!(
            flow.scopes
                .iter()
                .any(|scope| scope.needed_to_post && scope.why == "publish")
        );
    }
    assert!(facts.flow(LoginFlow::Bluesky).is_none());
    assert!(facts.needs_media && facts.pulls_media);
}
