//! Posts read back.

use platforms::Platform;
use platforms::facebook::Facebook;
use platforms::read::{PostsPage, RemotePost};
use serde_json::json;

use super::desk::{Desk, world};
use crate::instagram::script::{PROOF_PAGE, World, at};

async fn posts(world: &World, cursor: Option<&str>) -> PostsPage {
    let desk = Desk::new("", 0);
    let page = Facebook
        .posts(&world.call(), &desk.target(), cursor, 25)
        .await
        .unwrap();
    world.sent();
    page
}

#[tokio::test]
async fn what_the_page_published_is_read_and_others_are_counted() {
    let album = json!({"data": [{"media_type": "album", "subattachments": {"data": [
        {"media_type": "photo"}, {"media_type": "photo"}, {"media_type": "photo"}]}}]});
    let world = world().says(json!({"data": [
        {"id": "501_3", "message": "Three", "created_time": "2026-03-01T12:00:00+0000",
         "permalink_url": "https://fb.example/3", "full_picture": "https://cdn.example/3.jpg",
         "from": {"id": "501", "name": "Anna's Bakery"}, "attachments": album},
        {"id": "777_9", "message": "Theirs", "created_time": "2026-03-01T11:00:00+0000", "from": {"id": "777"}},
        {"id": "501_2", "message": "Link", "created_time": "2026-03-01T10:00:00+0000", "parent_id": "777_1",
         "attachments": {"data": [{"media_type": "share"}]}},
        {"id": "501_1", "created_time": "soon"}],
        "paging": {"cursors": {"after": "A2"}, "next": "https://graph.facebook.com/…"}}));
    let page = posts(&world, Some("A1")).await;
    assert_eq!(
        world.sent(),
        [format!(
            "GET https://graph.facebook.com/v25.0/501/published_posts \
             fields=id,message,created_time,permalink_url,full_picture,from,parent_id,\
             attachments{{media_type,target,subattachments{{media_type,target}}}} limit=25 after=A1 \
             access_token=EAApage501 appsecret_proof={PROOF_PAGE}"
        )]
    );
    assert_eq!(page.cursor.as_deref(), Some("A2"));
    assert_eq!(page.collabs_left_out, Some(1));
    assert_eq!(
        page.posts,
        [
            RemotePost {
                id: "501_3".to_owned(),
                at: at(1_772_366_400),
                text: "Three".to_owned(),
                permalink: Some("https://fb.example/3".to_owned()),
                picture_url: Some("https://cdn.example/3.jpg".to_owned()),
                items: 3,
            },
            RemotePost {
                id: "501_2".to_owned(),
                at: at(1_772_359_200),
                text: "Link".to_owned(),
                permalink: None,
                picture_url: None,
                items: 0,
            },
        ]
    );
}

#[tokio::test]
async fn the_last_page_has_no_cursor() {
    let world = world().says(json!({"data": [], "paging": {"cursors": {"after": "A2"}}}));
    assert_eq!(posts(&world, None).await, PostsPage::default());
}
