//! The Facebook flow: dialog with independent lists, exchange, Page tokens, inspection.

use crate::support::*;
use http::StatusCode;
use serde_json::json;

const DIALOG: &str = "/www.facebook.com/v25.0/dialog/oauth";
const GRAPH: &str = "/graph.facebook.com/v25.0";

async fn inspect(world: &World, token: &str) -> serde_json::Value {
    let app = format!("{FBL_APP}|{FBL_SECRET}");
    let answer = world
        .get(
            &format!("{GRAPH}/debug_token"),
            &[("input_token", token), ("access_token", &app)],
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["data"].clone()
}

#[tokio::test]
async fn pages_can_be_pressed_through() {
    let world = World::furnished();
    let request = [
        ("client_id", FBL_APP),
        ("redirect_uri", BACK),
        ("scope", FBL_SCOPE),
        ("state", "xyz"),
    ];
    let page = world.get(DIALOG, &request).await;
    assert!(page.text().contains(&format!(r#"id="login-as-{ANNA}""#)));
    let mut login = request.to_vec();
    login.extend([("username", "Anna Berg"), ("password", "x")]);
    let ticket = ticket(&world.post(DIALOG, &login).await);
    let consent = world
        .get("/www.facebook.com/dialog/consent", &[("ticket", &ticket)])
        .await
        .text();
    for piece in [
        format!(r#"id="page-{BAKERY_PAGE}""#),
        format!(r#"id="instagram-{BAKERY}""#),
        r#"id="permission-instagram_basic""#.to_owned(),
    ] {
        assert!(consent.contains(&piece), "{piece} is not on the page");
    }
    // Anna has no role on Fern & Field.
    assert!(!consent.contains("page-100000000000003"));
    let denied = world
        .post(
            "/www.facebook.com/dialog/consent",
            &[("ticket", &ticket), ("action", "cancel")],
        )
        .await;
    assert_eq!(denied.returned("error").as_deref(), Some("access_denied"));
    assert_eq!(denied.returned("state").as_deref(), Some("xyz"));
}

#[tokio::test]
async fn wrong_requests_get_the_documented_words() {
    let world = World::furnished();
    let cases = [
        (IGL_APP, BACK, FBL_SCOPE, "Invalid App ID"),
        (FBL_APP, "http://elsewhere.test/", FBL_SCOPE, "URL blocked"),
        (
            FBL_APP,
            BACK,
            "instagram_business_basic",
            "Invalid Scopes: instagram_business_basic",
        ),
    ];
    for (app, back, scope, words) in cases {
        let page = world
            .get(
                DIALOG,
                &[("client_id", app), ("redirect_uri", back), ("scope", scope)],
            )
            .await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
}

#[tokio::test]
async fn codes_and_exchange() {
    let world = World::furnished();
    let permissions: Vec<&str> = FBL_SCOPE.split(',').collect();
    let code = world
        .facebook_code(ANNA, &[BAKERY_PAGE], &[BAKERY], &permissions)
        .await;
    let short = world.facebook_short(&code).await.get("access_token");
    assert_eq!(world.facebook_short(&code).await.code(), (100, Some(36009)));
    let late = world
        .facebook_code(ANNA, &[BAKERY_PAGE], &[BAKERY], &permissions)
        .await;
    world.pass(11 * 60 * SECOND);
    assert_eq!(world.facebook_short(&late).await.code(), (100, Some(36007)));

    let long = world.facebook_long(&short).await;
    assert_eq!(long.json()["expires_in"], json!(60 * 86_400));
    let long = long.get("access_token");
    world.pass(3 * DAY);
    // Exchanging it again wins nothing, unless the switch says so.
    let again = world.facebook_long(&long).await;
    assert_eq!(
        (
            again.get("access_token"),
            again.json()["expires_in"].clone()
        ),
        (long.clone(), json!(57 * 86_400))
    );
    let mut settings = world.sim.settings();
    settings.facebook_reexchange_extends = true;
    settings.facebook_expires_in_missing = true;
    world.sim.set_settings(settings);
    let other = world.facebook_long(&long).await;
    assert!(other.get("access_token") != long && other.json().get("expires_in").is_none());
}

#[tokio::test]
async fn page_tokens_from_short_and_from_long_tokens() {
    let world = World::furnished();
    let permissions: Vec<&str> = FBL_SCOPE.split(',').collect();
    let code = world
        .facebook_code(ANNA, &[BAKERY_PAGE], &[BAKERY], &permissions)
        .await;
    let short = world.facebook_short(&code).await.get("access_token");
    let list = |token: String| {
        let world = &world;
        let fields = "id,name,access_token,tasks,instagram_business_account{id,username,name,profile_picture_url}";
        async move {
            world
                .get(
                    &format!("{GRAPH}/me/accounts"),
                    &[("fields", fields), ("access_token", &token)],
                )
                .await
                .json()["data"]
                .clone()
        }
    };
    let from_short = list(short.clone()).await;
    assert_eq!(
        from_short[0]["instagram_business_account"]["username"],
        json!("harbour.bakery")
    );
    assert_eq!(from_short.as_array().unwrap().len(), 1);
    assert!(
        from_short[0]["tasks"]
            .as_array()
            .unwrap()
            .contains(&json!("CREATE_CONTENT"))
    );
    let long = world.facebook_long(&short).await.get("access_token");
    let from_long = list(long.clone()).await;
    assert_eq!(
        from_long,
        list(long.clone()).await,
        "the same token each time"
    );
    let page_short = from_short[0]["access_token"].as_str().unwrap();
    let page_long = from_long[0]["access_token"].as_str().unwrap();
    let seen = inspect(&world, page_long).await;
    assert_eq!(
        (&seen["type"], &seen["expires_at"], &seen["is_valid"]),
        (&json!("PAGE"), &json!(0), &json!(true))
    );
    assert_ne!(inspect(&world, page_short).await["expires_at"], json!(0));

    world.pass(2 * HOUR);
    let dead = inspect(&world, page_short).await;
    assert_eq!(
        (&dead["is_valid"], &dead["error"]["subcode"]),
        (&json!(false), &json!(463))
    );
    world.pass(61 * DAY);
    assert_eq!(inspect(&world, &long).await["is_valid"], json!(false));
    assert_eq!(inspect(&world, page_long).await["is_valid"], json!(true));
}

#[tokio::test]
async fn inspection_tells_targets_and_data_access() {
    let world = World::furnished();
    let (long, _) = world.facebook_tokens().await;
    let seen = inspect(&world, &long).await;
    assert_eq!(seen["app_id"], json!(FBL_APP));
    assert_eq!(seen["user_id"], json!(ANNA));
    assert_eq!(
        seen["data_access_expires_at"],
        json!((START_MS + 90 * DAY) / 1000)
    );
    let granular = seen["granular_scopes"].as_array().unwrap();
    let of = |name: &str| {
        granular
            .iter()
            .find(|one| one["scope"] == json!(name))
            .unwrap()["target_ids"]
            .clone()
    };
    assert_eq!(of("instagram_basic"), json!([BAKERY]));
    assert_eq!(of("pages_show_list"), json!([BAKERY_PAGE]));
    let stranger = world
        .get(
            &format!("{GRAPH}/debug_token"),
            &[("input_token", &long), ("access_token", "1|2")],
        )
        .await;
    assert_eq!(stranger.code(), (190, None));
}

#[tokio::test]
async fn the_two_lists_are_independent() {
    let world = World::furnished();
    let permissions: Vec<&str> = FBL_SCOPE.split(',').collect();
    // The Page without its account: listed, but leads nowhere.
    let code = world
        .facebook_code(ANNA, &[BAKERY_PAGE], &[], &permissions)
        .await;
    let token = world.facebook_short(&code).await.get("access_token");
    let pages = world
        .get(
            &format!("{GRAPH}/me/accounts"),
            &[
                ("fields", "id,instagram_business_account"),
                ("access_token", &token),
            ],
        )
        .await
        .json();
    assert_eq!(pages["data"], json!([{"id": BAKERY_PAGE}]));
    assert_eq!(
        world
            .container("graph.facebook.com", BAKERY, &token, "x")
            .await
            .code(),
        (10, None)
    );
    // The account without its Page: nothing listed, every post fails.
    let code = world
        .facebook_code(ANNA, &[], &[BAKERY], &permissions)
        .await;
    let token = world.facebook_short(&code).await.get("access_token");
    let pages = world
        .get(&format!("{GRAPH}/me/accounts"), &[("access_token", &token)])
        .await
        .json();
    assert_eq!(pages["data"], json!([]));
    assert_eq!(
        world
            .container("graph.facebook.com", BAKERY, &token, "x")
            .await
            .code(),
        (10, None)
    );
}

#[tokio::test]
async fn permissions_can_be_read_and_given_up() {
    let world = World::furnished();
    let (long, page) = world.facebook_tokens().await;
    let path = format!("{GRAPH}/me/permissions");
    let given = world.get(&path, &[("access_token", &long)]).await.json();
    assert!(
        given["data"]
            .as_array()
            .unwrap()
            .contains(&json!({"permission": "instagram_basic", "status": "granted"}))
    );
    let gone = world
        .delete(
            &format!("{path}/instagram_content_publish"),
            &[("access_token", &long)],
        )
        .await;
    assert_eq!(gone.json(), json!({"success": true}));
    assert_eq!(
        world
            .container("graph.facebook.com", BAKERY, &page, "x")
            .await
            .code(),
        (10, None)
    );
    assert_eq!(
        world.delete(&path, &[("access_token", &long)]).await.status,
        StatusCode::OK
    );
    for token in [long, page] {
        assert_eq!(
            world
                .get(&format!("{GRAPH}/me"), &[("access_token", &token)])
                .await
                .code(),
            (190, Some(458))
        );
    }
}

#[tokio::test]
async fn tokens_of_one_flow_are_nothing_on_the_other_host() {
    let world = World::furnished();
    let instagram = world.instagram_token("harbour.bakery").await;
    let (facebook, _) = world.facebook_tokens().await;
    assert_eq!(
        world
            .get(&format!("{GRAPH}/me"), &[("access_token", &instagram)])
            .await
            .code(),
        (190, None)
    );
    assert_eq!(
        world
            .get(
                "/graph.instagram.com/v25.0/me",
                &[("access_token", &facebook)]
            )
            .await
            .code(),
        (190, None)
    );
}

#[tokio::test]
async fn a_wrong_proof_is_refused() {
    let world = World::furnished();
    let (long, _) = world.facebook_tokens().await;
    let wrong = world
        .get(
            &format!("{GRAPH}/me"),
            &[("access_token", &long), ("appsecret_proof", "00")],
        )
        .await;
    assert_eq!(wrong.code(), (100, None));
}

#[tokio::test]
async fn an_earlier_choice_is_ticked_again() {
    let world = World::furnished();
    let permissions = ["instagram_basic", "pages_show_list"];
    world
        .facebook_code(ANNA, &[BAKERY_PAGE], &[], &permissions)
        .await;
    let ticks = |auth_type: &'static str| {
        let world = &world;
        async move {
            let login = [
                ("client_id", FBL_APP),
                ("redirect_uri", BACK),
                ("scope", FBL_SCOPE),
                ("auth_type", auth_type),
                ("login_as", ANNA),
            ];
            let ticket = ticket(&world.post(DIALOG, &login).await);
            let page = world
                .get("/www.facebook.com/dialog/consent", &[("ticket", &ticket)])
                .await
                .text();
            let ticked = |id: &str| {
                page.contains(&format!(
                    r#"id="{id}" name="{}""#,
                    id.split('-').next().unwrap()
                )) && page
                    .split(&format!(r#"id="{id}""#))
                    .nth(1)
                    .unwrap()
                    .split('>')
                    .next()
                    .unwrap()
                    .contains("checked")
            };
            [
                ticked(&format!("page-{BAKERY_PAGE}")),
                ticked("page-100000000000004"),
                ticked(&format!("instagram-{BAKERY}")),
                ticked("permission-instagram_basic"),
                ticked("permission-instagram_content_publish"),
            ]
        }
    };
    assert_eq!(ticks("").await, [true, false, false, true, false]);
    assert_eq!(ticks("rerequest").await, [true, false, false, true, true]);
}
