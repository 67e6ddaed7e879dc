//! The accounts behind a login, with the reasons of those that cannot be used.

use domain::cause::Cause;
use platforms::Platform;
use platforms::account::Account;
use platforms::instagram::Instagram;
use secrecy::ExposeSecret;
use serde_json::json;

use super::script::{World, person, tokens_made};

const ME_FLAT: &str = include_str!("../../src/instagram/fixtures/me_flat.json");
const ME_LISTED: &str = include_str!("../../src/instagram/fixtures/me_listed.json");
const PAGES_1: &str = include_str!("../../src/instagram/fixtures/pages_1.json");
const PAGES_2: &str = include_str!("../../src/instagram/fixtures/pages_2.json");
const DEBUG_PERSON: &str = include_str!("../../src/instagram/fixtures/debug_person.json");

fn told(account: &Account) -> (String, String, Option<(Cause, String)>) {
    let unusable = account
        .usable
        .clone()
        .err()
        .map(|unusable| (unusable.cause, unusable.missing));
    (account.id.clone(), account.handle.clone(), unusable)
}

#[tokio::test]
async fn instagram_login_is_one_account() {
    for me in [ME_FLAT, ME_LISTED] {
        let world = World::instagram().answers(200, me);
        let accounts = Instagram
            .accounts(&world.call(), &tokens_made(1))
            .await
            .unwrap();
        assert_eq!(accounts.len(), 1);
        assert_eq!(
            told(&accounts[0]),
            (
                "17841400000000001".to_owned(),
                "anna.bakes".to_owned(),
                None
            )
        );
        assert_eq!(accounts[0].name, "Anna Bakes");
        assert!(accounts[0].token.is_none());
    }
    let personal = ME_FLAT.replace("Business", "PERSONAL");
    let world = World::instagram().answers(200, &personal);
    let accounts = Instagram
        .accounts(&world.call(), &tokens_made(1))
        .await
        .unwrap();
    let (cause, missing) = told(&accounts[0]).2.unwrap();
    assert_eq!(
        (cause, missing.as_str()),
        (Cause::AccountInactive, "professional account")
    );
}

#[tokio::test]
async fn facebook_login_lists_every_page_with_its_reason() {
    let world = World::facebook()
        .answers(200, PAGES_1)
        .answers(200, PAGES_2)
        .answers(200, DEBUG_PERSON)
        .says(json!({"id": "504"}));
    let accounts = Instagram.accounts(&world.call(), &person()).await.unwrap();
    let sent = world.sent();
    assert!(sent[0].starts_with(
        "GET https://graph.facebook.com/v25.0/me/accounts fields=id,name,access_token,tasks,"
    ));
    assert!(sent[0].contains(" limit=100 ") && !sent[0].contains("after="));
    assert!(sent[1].contains(" after=A1 "));
    assert!(sent[3].starts_with(
        "GET https://graph.facebook.com/v25.0/504 fields=access_token access_token=EAAperson"
    ));

    let found: Vec<_> = accounts.iter().map(told).collect();
    let owned = |id: &str, handle: &str, why: Option<(Cause, &str)>| {
        (
            id.to_owned(),
            handle.to_owned(),
            why.map(|(cause, missing)| (cause, missing.to_owned())),
        )
    };
    // Pages 503 and 504 were not ticked in full: the scopes do not cover them.
    let unticked = "instagram_basic, instagram_content_publish, pages_show_list";
    assert_eq!(
        found,
        [
            owned("17841400000000001", "anna.bakes", None),
            owned(
                "page:502",
                "",
                Some((
                    Cause::AccountInactive,
                    "an Instagram account that is linked to the Page Side Street"
                ))
            ),
            owned(
                "17841400000000003",
                "old.friends",
                Some((Cause::PermissionRevoked, unticked))
            ),
            owned(
                "17841400000000004",
                "no.token",
                Some((Cause::PermissionRevoked, unticked))
            ),
            owned(
                "17841400000000009",
                "",
                Some((
                    Cause::PermissionRevoked,
                    "pages_show_list (the Page of this account was not ticked)"
                ))
            ),
        ]
    );
    assert_eq!(
        accounts[0].token.as_ref().unwrap().expose_secret(),
        "EAApage501"
    );
    assert_eq!(accounts[0].role.as_deref(), Some("ANALYZE, CREATE_CONTENT"));
    assert_eq!(
        accounts[0].picture_url.as_deref(),
        Some("https://cdn.example/anna.jpg")
    );
}

#[tokio::test]
async fn role_token_and_kind_are_told_apart() {
    let pages = json!({"data": [
        {"id": "1", "name": "Reader", "access_token": "t", "tasks": ["ANALYZE"],
            "instagram_business_account": {"id": "11", "username": "a"}},
        {"id": "2", "name": "Tokenless", "tasks": ["PROFILE_PLUS_CREATE_CONTENT"],
            "instagram_business_account": {"id": "12", "username": "b"}},
        {"id": "3", "name": "Private", "access_token": "t", "connected_instagram_account": {"id": "13", "username": "c"}},
        {"id": "4", "name": "Full", "access_token": "t4", "tasks": ["PROFILE_PLUS_FULL_CONTROL"],
            "instagram_business_account": {"id": "11", "username": "a"}},
    ]});
    // The inspection is down: the list still stands.
    let world = World::facebook()
        .says(pages)
        .answers(500, "<html>")
        .refuses(100, 33, "Unsupported get request");
    let accounts = Instagram.accounts(&world.call(), &person()).await.unwrap();
    world.sent();
    let found: Vec<_> = accounts
        .iter()
        .map(|account| (account.id.as_str(), told(account).2))
        .collect();
    assert_eq!(
        found,
        [
            ("11", None),
            (
                "12",
                Some((
                    Cause::LostAdminRole,
                    "a token of the Page Tokenless".to_owned()
                ))
            ),
            (
                "page:3",
                Some((
                    Cause::AccountInactive,
                    "professional account (@c is linked, but personal)".to_owned()
                ))
            ),
        ]
    );
    assert_eq!(
        accounts[0].token.as_ref().unwrap().expose_secret(),
        "t4",
        "the usable way to an account is kept"
    );
}
