//! Databases that are made for one rehearsal and dropped again, on PostgreSQL.

use storage::{Error, Store, workspaces};

use crate::both::server;
use crate::ground::one;

async fn opened(url: &str) -> Store {
    Store::open_postgres(url, 2).await.expect("it opens")
}

#[tokio::test]
async fn a_fresh_database_is_empty_whatever_was_there_before() {
    let (server, name) = (server(), format!("mainstay_fresh_{}", std::process::id()));
    let url = Store::fresh_postgres(&server, &name).await.expect("made");
    let first = opened(&url).await;
    first.migrate().await.expect("it migrates");
    one(&first).await;
    // The first one is not closed: whoever rehearses again does not wait for a run that hangs.
    let again = Store::fresh_postgres(&server, &name).await.expect("made");
    assert_eq!(again, url);
    let second = opened(&again).await;
    second
        .migrate()
        .await
        .expect("the whole schema, onto nothing");
    let there = second.read("t", workspaces::all).await.expect("read");
    assert!(there.is_empty(), "{there:?}");
    second.close().await.expect("it closes");

    Store::drop_postgres(&server, &name).await.expect("dropped");
    let gone = Store::open_postgres(&url, 1).await;
    assert!(matches!(gone, Err(Error::Unavailable(_))), "it is gone");
    Store::drop_postgres(&server, &name)
        .await
        .expect("what is not there needs no dropping");
}

#[tokio::test]
async fn the_address_keeps_what_is_asked_of_the_connection() {
    let (server, name) = (server(), format!("mainstay_asked_{}", std::process::id()));
    let asked = format!("{server}?application_name=a/b");
    let url = Store::fresh_postgres(&asked, &name).await.expect("made");
    assert!(
        url.ends_with(&format!("/{name}?application_name=a/b")),
        "{url}"
    );
    opened(&url).await.close().await.expect("it closes");
    Store::drop_postgres(&server, &name).await.expect("dropped");
}

#[tokio::test]
async fn a_server_that_is_not_there_or_no_address_is_said() {
    for url in ["postgres://anna:geheim@127.0.0.1:1/none", "not an address"] {
        let made = Store::fresh_postgres(url, "mainstay_never").await;
        let Err(error @ Error::Unavailable(_)) = made else {
            panic!("nothing listens there: {made:?}")
        };
        assert!(!format!("{error} {error:?}").contains("geheim"));
        let dropped = Store::drop_postgres(url, "mainstay_never").await;
        assert!(matches!(dropped, Err(Error::Unavailable(_))));
    }
}
