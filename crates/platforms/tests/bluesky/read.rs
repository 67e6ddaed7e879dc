//! Posts read back.

use domain::cause::Cause;
use platforms::Platform;
use platforms::bluesky::Bluesky;

use super::world::*;

#[tokio::test]
async fn posts_come_from_the_repository_without_replies() {
    let world = World::new();
    world.document(
        &format!("{PDS}/xrpc/com.atproto.repo.listRecords"),
        Some(list_records()),
    );
    let tokens = tokens(&world);
    let page = Bluesky
        .posts(&world.call(), &target(&tokens), None, 500)
        .await
        .unwrap();
    let shown: Vec<(&str, u32)> = page
        .posts
        .iter()
        .map(|post| (post.text.as_str(), post.items))
        .collect();
    assert_eq!(
        shown,
        [
            ("two pictures", 2),
            ("a quote", 2),
            ("a card", 0),
            ("a film", 1)
        ]
    );
    assert_eq!(page.cursor.as_deref(), Some("next"));
    assert_eq!(page.collabs_left_out, None);
    let first = &page.posts[0];
    assert_eq!(first.at.as_second(), NOW);
    assert_eq!(
        first.permalink,
        Some(format!("https://bsky.app/profile/{DID}/post/3l6oveex3ii2l"))
    );
    assert!(
        first
            .picture_url
            .as_deref()
            .unwrap()
            .ends_with("&cid=bafkone")
    );
    assert_eq!(
        page.posts[1].at.as_second() / 1_000_000_000,
        1,
        "the key's time where the record has none"
    );
    assert!(
        page.posts[2]
            .picture_url
            .as_deref()
            .unwrap()
            .ends_with("&cid=bafkthumb")
    );
    assert_eq!(page.posts[2].at.to_string(), "2027-01-15T05:00:00Z");
    assert_eq!(page.posts[3].picture_url, None);

    Bluesky
        .posts(&world.call(), &target(&tokens), Some("next"), 25)
        .await
        .unwrap();
    let asked = world.seen("bluesky.list_records").pop().unwrap();
    assert!(
        asked.url.ends_with("&limit=25&cursor=next"),
        "{}",
        asked.url
    );
    assert!(asked.proof.is_none());
}

#[tokio::test]
async fn an_account_that_rests_is_said() {
    let world = World::new();
    world.answer("bluesky.list_records", Ok(error(400, "RepoTakendown", "")));
    let tokens = tokens(&world);
    let failure = Bluesky
        .posts(&world.call(), &target(&tokens), None, 500)
        .await
        .unwrap_err();
    assert_eq!(failure.cause, Cause::AccountRestricted);
}
