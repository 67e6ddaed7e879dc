//! Reading back: own posts, collaborations told apart, pages.

use platforms::Platform;
use platforms::instagram::Instagram;
use platforms::read::{PostsPage, RemotePost};
use serde_json::json;

use super::script::{ACCOUNT, Desk, World};

const MEDIA: &str = include_str!("../../src/instagram/fixtures/media.json");
const FIELDS: &str = "fields=id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,\
    username,owner,children{id,media_type,media_url,thumbnail_url} limit=25";

async fn posts(world: &World, desk: &Desk, cursor: Option<&str>) -> PostsPage {
    Instagram
        .posts(&world.call(), &desk.target(), cursor, 25)
        .await
        .unwrap()
}

#[tokio::test]
async fn own_posts_are_read_and_foreign_ones_counted() {
    let world = World::instagram().answers(200, MEDIA);
    let page = posts(&world, &Desk::instagram(1), None).await;
    assert_eq!(
        world.sent(),
        [format!(
            "GET https://graph.instagram.com/v25.0/{ACCOUNT}/media {FIELDS} access_token=IGAAlive"
        )]
    );
    assert_eq!(
        page.posts,
        [
            RemotePost {
                id: "18003".to_owned(),
                at: "2026-03-03T09:00:00Z".parse().unwrap(),
                text: "Three loaves".to_owned(),
                permalink: Some("https://www.instagram.com/p/c/".to_owned()),
                picture_url: Some("https://cdn.example/3.jpg".to_owned()),
                items: 3,
            },
            RemotePost {
                id: "18001".to_owned(),
                at: "2026-03-01T09:00:00Z".parse().unwrap(),
                text: String::new(),
                permalink: None,
                picture_url: Some("https://cdn.example/1.jpg".to_owned()),
                items: 1,
            },
        ]
    );
    assert_eq!(
        page.collabs_left_out,
        Some(1),
        "only what the list itself shows"
    );
    assert_eq!(page.cursor.as_deref(), Some("1772355600000:QA"));

    let world = World::instagram().says(json!({"data": []}));
    let page = posts(&world, &Desk::instagram(1), page.cursor.as_deref()).await;
    assert!(world.sent()[0].contains(" after=QA "));
    assert_eq!(page, PostsPage::default());
}

#[tokio::test]
async fn through_facebook_collaborations_are_counted_page_by_page() {
    let elsewhere = json!({"data": [
        {"id": "1", "timestamp": "2026-03-04T09:00:00+0000"},
        {"id": "2", "timestamp": "2026-03-01T09:00:01+0000"},
        {"id": "3", "timestamp": "2026-02-20T09:00:00+0000"},
    ]});
    let own = MEDIA.replace("ben.mills", "Anna.Bakes");
    let world = World::facebook().answers(200, &own).says(elsewhere.clone());
    let page = posts(&world, &Desk::facebook(1), None).await;
    let sent = world.sent();
    assert!(sent[1].starts_with(&format!(
        "GET https://graph.facebook.com/v25.0/{ACCOUNT}/collaborative_media fields=id,timestamp limit=50 "
    )));
    assert_eq!(
        (page.posts.len(), page.collabs_left_out),
        (3, Some(2)),
        "of the days of this page"
    );

    // The last page: what is older than the page before it.
    let last = json!({"data": [{"id": "18000", "timestamp": "2026-02-25T09:00:00+0000", "username": "anna.bakes"}]});
    let world = World::facebook().says(last).says(elsewhere);
    let page = posts(&world, &Desk::facebook(1), page.cursor.as_deref()).await;
    assert_eq!((page.collabs_left_out, page.cursor), (Some(1), None));

    let world = World::facebook()
        .answers(200, &own)
        .refuses(100, 0, "nonexisting field");
    assert_eq!(
        posts(&world, &Desk::facebook(1), None)
            .await
            .collabs_left_out,
        None
    );
}

#[tokio::test]
async fn a_new_name_of_the_account_hides_nothing() {
    let renamed = MEDIA
        .replace("anna.bakes", "anna.new")
        .replace(&format!("\"owner\": {{\"id\": \"{ACCOUNT}\"}},"), "");
    let world = World::instagram()
        .answers(200, &renamed)
        .says(json!({"username": "anna.new"}));
    let page = posts(&world, &Desk::instagram(1), None).await;
    assert!(
        world.sent()[1].starts_with("GET https://graph.instagram.com/v25.0/me fields=username ")
    );
    assert_eq!((page.posts.len(), page.collabs_left_out), (2, Some(1)));
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_a_failure() {
    let world = World::instagram().refuses(190, 460, "password");
    let desk = Desk::instagram(1);
    assert!(
        Instagram
            .posts(&world.call(), &desk.target(), None, 25)
            .await
            .unwrap_err()
            .final_answer
    );
}
