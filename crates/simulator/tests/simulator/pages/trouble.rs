//! What stops a Page, and how it says so.

use super::*;
use simulator::instagram::Break;
use simulator::{Effect, Fault};

#[tokio::test]
async fn an_error_may_hide_a_post_that_went_out() {
    let world = World::furnished();
    let token = page_token(&world).await;
    for (effect, status) in [
        (Effect::DoneThenError { status: 500 }, 500),
        (Effect::Garbage, 200),
    ] {
        world
            .sim
            .add_fault(Fault::once("facebook.feed_publish", effect).of(BAKERY_PAGE));
        let answer = post(&world, &token, &[("message", "Again?")]).await;
        assert_eq!(answer.status, status);
    }
    assert_eq!(shown(&world), ["Again?", "Again?"]);
    let truth = world.sim.truth();
    assert_eq!(truth["published_unseen"][BAKERY_PAGE], 2);
    assert!(world.sim.posts_since(0).0.iter().all(|fact| !fact.seen));
    let mut settings = world.sim.settings();
    settings.facebook_duplicate_minutes = 10;
    world.sim.set_settings(settings);
    assert_eq!(
        post(&world, &token, &[("message", "Again?")]).await.code(),
        (506, None)
    );
    world.pass(11 * MINUTE);
    post(&world, &token, &[("message", "Again?")])
        .await
        .get("id");
}

#[tokio::test]
async fn tokens_permissions_and_roles_are_told_apart() {
    let world = World::furnished();
    let (long, token, market) = tokens(&world, &[]).await;
    let say = [("message", "No")];
    assert_eq!(
        post(&world, &long, &say).await.code(),
        (190, Some(2_069_032))
    );
    assert_eq!(post(&world, &market, &say).await.code(), (100, Some(33)));
    let role = |lower: bool| {
        let (account, page) = (ANNA.to_owned(), BAKERY_PAGE.to_owned());
        if lower {
            Break::LowerRole { account, page }
        } else {
            Break::TakeRole { account, page }
        }
    };
    world.sim.break_it(role(true)).unwrap();
    assert_eq!(post(&world, &token, &say).await.code(), (200, None));
    list(&world, &token, "published_posts", &[]).await;
    world.sim.mend_it(role(true)).unwrap();
    world.sim.break_it(role(false)).unwrap();
    assert_eq!(post(&world, &token, &say).await.code(), (190, Some(492)));
    world.sim.mend_it(role(false)).unwrap();
    let revoke = Break::RevokePermission {
        account: ANNA.to_owned(),
        permission: "pages_manage_posts".to_owned(),
    };
    world.sim.break_it(revoke).unwrap();
    assert_eq!(post(&world, &token, &say).await.code(), (200, None));
    let less = tokens(&world, &["pages_read_engagement"]).await.1;
    let path = format!("{GRAPH}/{BAKERY_PAGE}/published_posts");
    assert_eq!(
        world.get(&path, &[("access_token", &less)]).await.code(),
        (10, None)
    );
    world
        .sim
        .break_it(Break::ChangePassword {
            account: ANNA.to_owned(),
        })
        .unwrap();
    assert_eq!(post(&world, &token, &say).await.code(), (190, Some(460)));
    assert!(shown(&world).is_empty());
}

#[tokio::test]
async fn a_page_that_is_away_says_so_in_the_documented_way() {
    let world = World::furnished();
    let (long, token, _) = tokens(&world, &[]).await;
    let page = || BAKERY_PAGE.to_owned();
    let inspect = async || {
        let app = format!("{FBL_APP}|{FBL_SECRET}");
        let asked = [("input_token", token.as_str()), ("access_token", &app)];
        world
            .get(&format!("{GRAPH}/debug_token"), &asked)
            .await
            .json()["data"]
            .clone()
    };
    let say = [("message", "No")];
    world
        .sim
        .break_it(Break::UnpublishPage { page: page() })
        .unwrap();
    assert_eq!(post(&world, &token, &say).await.code(), (100, Some(33)));
    assert_eq!(inspect().await["is_valid"], true);
    let asked = [("fields", "is_published"), ("access_token", long.as_str())];
    let seen = world
        .get(&format!("{GRAPH}/{BAKERY_PAGE}"), &asked)
        .await
        .json();
    assert_eq!(seen["is_published"], false);
    world
        .sim
        .mend_it(Break::UnpublishPage { page: page() })
        .unwrap();
    world
        .sim
        .break_it(Break::DeletePage { page: page() })
        .unwrap();
    assert_eq!(post(&world, &token, &say).await.code(), (100, Some(33)));
    let dead = inspect().await;
    assert_eq!(
        (&dead["is_valid"], &dead["error"]["subcode"]),
        (&json!(false), &json!(492))
    );
    let pages = world
        .get(&format!("{GRAPH}/me/accounts"), &[("access_token", &long)])
        .await
        .json();
    assert_eq!(pages["data"].as_array().unwrap().len(), 1);
    let ends = world.sim.login_ends_since(0).0;
    assert_eq!(
        ends.iter().map(|end| end.why.as_str()).collect::<Vec<_>>(),
        ["page_deleted"]
    );
}

#[tokio::test]
async fn what_stops_publishing_while_the_token_lives() {
    let world = World::furnished();
    let (long, token, _) = tokens(&world, &[]).await;
    let page = || BAKERY_PAGE.to_owned();
    let throttle = |code: i64| Break::ThrottlePage {
        page: page(),
        minutes: 30,
        code,
    };
    let cases = [
        (Break::BlockPage { page: page() }, (368, None)),
        (
            Break::WithholdAuthorization { page: page() },
            (200, Some(1_404_078)),
        ),
        (Break::AskIdentity { page: page() }, (200, Some(4_854_002))),
        (
            Break::PageTooFast {
                page: page(),
                minutes: 30,
            },
            (100, Some(1_390_008)),
        ),
        (throttle(80_001), (80_001, None)),
        (throttle(613), (613, None)),
        (throttle(32), (32, None)),
    ];
    for (what, code) in cases {
        world.sim.break_it(what.clone()).unwrap();
        let refused = post(&world, &token, &[("message", "No")]).await;
        assert_eq!(refused.code(), code, "{what:?}");
        if code.0 == 80_001 {
            let usage: Value =
                serde_json::from_str(refused.header("x-business-use-case-usage")).unwrap();
            assert_eq!(usage[BAKERY_PAGE][0]["estimated_time_to_regain_access"], 30);
            let path = format!("{GRAPH}/{BAKERY_PAGE}/published_posts");
            let person = world.get(&path, &[("access_token", &long)]).await;
            assert_eq!(person.code(), (32, None));
        }
        world.sim.mend_it(what).unwrap();
        let living = world
            .get(&format!("{GRAPH}/me"), &[("access_token", &token)])
            .await;
        assert_eq!(living.get("id"), BAKERY_PAGE);
    }
    assert!(world.sim.break_it(throttle(99)).is_err());
    world.sim.break_it(throttle(80_001)).unwrap();
    world.pass(31 * MINUTE);
    post(&world, &token, &[("message", "Yes")]).await.get("id");
    assert_eq!(shown(&world), ["Yes"]);
}

#[tokio::test]
async fn cards_show_pages_and_their_buttons_work() {
    let world = World::furnished();
    let board = world.get("/control", &[]).await.text();
    assert!(board.contains(&format!(r#"id="card-{BAKERY_PAGE}""#)));
    let body = json!({"kind": "unpublish_page", "page": BAKERY_PAGE});
    let form = [("body", &*body.to_string()), ("mends", "0")];
    let answer = world.post("/control/break", &form).await;
    assert!(answer.header("location").ends_with("said=Done%3A+broken."));
    let board = world.get("/control", &[]).await.text();
    assert!(board.contains("unpublished") && board.contains("Publish again"));
    let profile = format!("/www.facebook.com/{BAKERY_PAGE}");
    assert_eq!(world.get(&profile, &[]).await.status, StatusCode::NOT_FOUND);
    world
        .post_json("/control/api/mend", &body)
        .await
        .get("done");
    let shown = world.get(&profile, &[]).await;
    assert!(shown.text().contains("Sourdough"));
}

#[tokio::test]
async fn the_proof_of_the_secret_and_retired_versions_hold_here_too() {
    let world = World::furnished();
    let token = page_token(&world).await;
    let wrong = [("message", "No"), ("appsecret_proof", "00")];
    assert_eq!(post(&world, &token, &wrong).await.code(), (100, None));
    let version = "v25.0".to_owned();
    world
        .sim
        .break_it(Break::RetireVersion { version })
        .unwrap();
    assert_eq!(
        post(&world, &token, &[("message", "No")]).await.code(),
        (12, None)
    );
}
