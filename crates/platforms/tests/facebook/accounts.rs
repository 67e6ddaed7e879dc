//! The Pages behind a login, also those that cannot be used.

use domain::cause::Cause;
use platforms::Platform;
use platforms::account::Account;
use platforms::facebook::Facebook;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::desk::world;
use super::sign_in::inspected;
use crate::instagram::script::{PROOF_PERSON, World, person};

fn page(id: &str, tasks: &[&str]) -> Value {
    json!({"id": id, "name": format!("Page {id}"), "access_token": format!("EAApage{id}"), "tasks": tasks})
}

fn ticked(pages: &[&str]) -> Value {
    let mut seen = inspected("USER", "");
    for scope in seen["data"]["granular_scopes"].as_array_mut().unwrap() {
        scope["target_ids"] = json!(pages);
    }
    seen
}

async fn accounts(world: &World) -> Vec<Account> {
    Facebook.accounts(&world.call(), &person()).await.unwrap()
}

fn why(account: &Account) -> Option<(Cause, &str)> {
    let unusable = account.usable.as_ref().err()?;
    Some((unusable.cause, unusable.missing.as_str()))
}

#[tokio::test]
async fn each_page_has_its_own_token_and_the_list_is_read_to_its_end() {
    let mut first = page("501", &["ANALYZE", "CREATE_CONTENT"]);
    first["username"] = json!("annasbakery");
    first["picture"] = json!({"data": {"url": "https://cdn.example/a.jpg"}});
    let world = world()
        .says(json!({"data": [first],
            "paging": {"cursors": {"after": "A1"}, "next": "https://graph.facebook.com/…"}}))
        .says(
            json!({"data": [page("502", &["PROFILE_PLUS_CREATE_CONTENT"]), page("501", &[])],
            "paging": {"cursors": {"after": "A2"}}}),
        )
        .says(ticked(&["501", "502"]));
    let accounts = accounts(&world).await;
    let sent = world.sent();
    assert_eq!(
        sent[0],
        format!(
            "GET https://graph.facebook.com/v25.0/me/accounts \
             fields=id,name,username,access_token,tasks,picture.type(large) limit=100 access_token=EAAperson \
             appsecret_proof={PROOF_PERSON}"
        )
    );
    assert!(sent[1].contains("limit=100 after=A1 "));
    assert_eq!(accounts.len(), 2, "a Page that is listed twice is one");
    let first = &accounts[0];
    assert!(why(first).is_none());
    assert_eq!(
        (
            first.id.as_str(),
            first.name.as_str(),
            first.handle.as_str()
        ),
        ("501", "Page 501", "annasbakery")
    );
    assert_eq!(
        first.picture_url.as_deref(),
        Some("https://cdn.example/a.jpg")
    );
    assert_eq!(first.role.as_deref(), Some("ANALYZE, CREATE_CONTENT"));
    assert_eq!(first.token.as_ref().unwrap().expose_secret(), "EAApage501");
    // A Page of the new kind: mirror names of tasks, and often no user name.
    let second = &accounts[1];
    assert!(why(second).is_none());
    assert_eq!((second.handle.as_str(), second.ends), ("", first.ends));
}

#[tokio::test]
async fn pages_that_cannot_be_used_say_why() {
    let mut without_token = page("503", &["MANAGE"]);
    without_token["access_token"] = json!("undefined");
    let world = world()
        .says(json!({"data": [page("501", &["ANALYZE", "MODERATE"]), without_token, page("504", &["MANAGE"])]}))
        .says(ticked(&["501", "503", "505"]))
        .refuses(100, 33, "does not exist");
    let accounts = accounts(&world).await;
    assert!(
        world.sent()[2]
            .starts_with("GET https://graph.facebook.com/v25.0/503 fields=access_token ")
    );
    let why: Vec<_> = accounts
        .iter()
        .map(|account| (account.id.as_str(), why(account).unwrap()))
        .collect();
    let every = "pages_show_list, pages_read_engagement, pages_manage_posts";
    assert_eq!(
        why,
        [
            ("501", (Cause::LostAdminRole, "CREATE_CONTENT")),
            (
                "503",
                (Cause::LostAdminRole, "a token of the Page Page 503")
            ),
            ("504", (Cause::PermissionRevoked, every)),
            ("505", (Cause::LostAdminRole, "a role on this Page")),
        ]
    );
    assert!(
        accounts[1].token.is_none(),
        "the word for a missing token is no token"
    );
}

#[tokio::test]
async fn a_page_that_was_ticked_for_posting_only_is_shown_with_what_it_lacks() {
    let mut seen = inspected("USER", "");
    seen["data"]["granular_scopes"][0]["target_ids"] = json!(["501"]);
    seen["data"]["granular_scopes"][2]["target_ids"] = json!(["501", "506"]);
    let world = world()
        .says(json!({"data": [page("501", &["MANAGE"])]}))
        .says(seen);
    let accounts = accounts(&world).await;
    assert_eq!(
        why(&accounts[1]),
        Some((Cause::PermissionRevoked, "pages_show_list"))
    );
    assert_eq!(accounts[1].name, "506");
}

#[tokio::test]
async fn a_token_that_the_list_left_out_is_asked_for_once_more() {
    let mut late = page("501", &["MANAGE"]);
    late["access_token"] = Value::Null;
    let world = world()
        .says(json!({"data": [late]}))
        .answers(500, "<html>")
        .says(json!({"id": "501", "access_token": "EAAlate"}));
    let accounts = accounts(&world).await;
    assert!(
        why(&accounts[0]).is_none(),
        "without an inspection the list still stands"
    );
    assert_eq!(
        accounts[0].token.as_ref().unwrap().expose_secret(),
        "EAAlate"
    );
}

#[tokio::test]
async fn no_page_is_an_empty_list_and_no_list_is_a_failure() {
    let none = world()
        .says(json!({"data": []}))
        .says(json!({"data": {"app_id": "7001", "is_valid": true}}));
    assert!(accounts(&none).await.is_empty());
    let unreadable = world().says(json!({}));
    let failed = Facebook.accounts(&unreadable.call(), &person()).await;
    assert!(!failed.err().unwrap().final_answer);
}
