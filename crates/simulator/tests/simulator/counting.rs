//! The facts that a rehearsal counts by: posts that went out, renewals, ends; and many accounts
//! furnished at once.

use crate::support::{ANNA, BAKERY, BAKERY_PAGE, CERAMICS, DAY, HOUR, IGL_APP, SECOND, World};
use serde_json::{Value, json};
use simulator::instagram::Break;
use simulator::visitor::Visitor;
use simulator::{Effect, Fault, Rotation, Wanted, WantedKind};

const IGL: &str = "graph.instagram.com";

async fn published(world: &World, token: &str, caption: &str) -> simulator::PostFact {
    let (_, cursor) = world.sim.posts_since(0);
    let container = world.container(IGL, BAKERY, token, caption).await.get("id");
    world.pass(10 * SECOND);
    world.publish(IGL, BAKERY, token, &container).await;
    let (facts, end) = world.sim.posts_since(cursor);
    assert_eq!((facts.len(), end), (1, cursor + 1), "{facts:?}");
    facts[0].clone()
}

#[tokio::test]
async fn every_post_that_went_out_leaves_one_fact_seen_or_not() {
    let world = World::furnished();
    assert_eq!(
        world.sim.posts_since(0).1,
        0,
        "furnished posts are no facts"
    );
    let token = world.instagram_token("harbour.bakery").await;
    let fact = published(&world, &token, "seen").await;
    assert_eq!((fact.text.as_str(), fact.seen), ("seen", true));
    assert_eq!(fact.operation, "instagram.media_publish");
    assert_eq!(
        (fact.platform.as_str(), fact.account.as_str()),
        ("instagram", BAKERY)
    );
    for effect in [
        Effect::LoseAnswer,
        Effect::DoneThenError { status: 502 },
        Effect::Garbage,
        Effect::Cut,
    ] {
        world
            .sim
            .add_fault(Fault::once("instagram.media_publish", effect.clone()));
        let fact = published(&world, &token, "unseen").await;
        assert!(!fact.seen, "{effect:?}");
    }
    world
        .sim
        .break_it(Break::Spam {
            account: BAKERY.to_owned(),
            live: true,
        })
        .unwrap();
    assert!(!published(&world, &token, "refused, and out").await.seen);
    // A snapshot keeps them, and an older one without any opens.
    let mut saved = world.sim.snapshot();
    let other = World::new(1);
    other.sim.restore(saved.clone()).unwrap();
    assert_eq!(other.sim.posts_since(0), world.sim.posts_since(0));
    assert_eq!(other.published(BAKERY), world.published(BAKERY));
    for added in ["facts", "facebook"] {
        saved.as_object_mut().unwrap().remove(added);
    }
    other.sim.restore(saved).unwrap();
    assert_eq!(other.sim.posts_since(0).1, 0);
    assert_eq!(other.published(BAKERY).len(), 6);
}

#[tokio::test]
async fn a_cut_answer_ends_in_the_middle() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    world
        .sim
        .add_fault(Fault::once("instagram.me", Effect::Cut));
    let parameters = [("access_token", token.as_str())];
    let me = "/graph.instagram.com/v25.0/me";
    let cut = world.get(me, &parameters).await;
    let whole = world.get(me, &parameters).await;
    assert_eq!(
        (cut.status, cut.header("content-type")),
        (whole.status, whole.header("content-type"))
    );
    assert_eq!(cut.body, whole.body[..whole.body.len() / 2]);
    assert!(serde_json::from_slice::<Value>(&cut.body).is_err());
}

#[tokio::test]
async fn renewals_are_told_with_what_became_of_the_old_text() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let refresh = [
        ("grant_type", "ig_refresh_token"),
        ("access_token", token.as_str()),
    ];
    let path = "/graph.instagram.com/refresh_access_token";
    world.pass(2 * DAY);
    // Nothing is renewed by an empty secret.
    let rule = Fault::once("instagram.refresh", Effect::EmptySecret);
    world.sim.add_fault(rule);
    assert_eq!(world.get(path, &refresh).await.get("access_token"), "");
    assert_eq!(world.sim.rotations_since(0).0, []);
    assert_eq!(world.get(path, &refresh).await.get("access_token"), token);
    let mut settings = world.sim.settings();
    settings.refresh_gives_new_token = true;
    world.sim.set_settings(settings);
    world.pass(2 * DAY);
    world
        .sim
        .add_fault(Fault::once("instagram.refresh", Effect::LoseAnswer));
    world.get(path, &refresh).await;
    let (facts, cursor) = world.sim.rotations_since(0);
    let told: Vec<_> = facts.iter().map(|one| (one.how, one.unseen)).collect();
    assert_eq!(
        told,
        [(Rotation::Prolonged, false), (Rotation::Added, true)]
    );
    assert!(facts.iter().all(|one| one.login == BAKERY));
    assert_eq!(world.sim.rotations_since(cursor), (Vec::new(), 2));
}

#[tokio::test]
async fn ends_are_told_once_and_only_of_logins_that_there_are() {
    let world = World::furnished();
    let of = |account: &str| account.to_owned();
    // Nobody signed in as the ceramics: nothing ends.
    let nothing = Break::ChangePassword {
        account: of(CERAMICS),
    };
    world.sim.break_it(nothing).unwrap();
    assert_eq!(world.sim.login_ends_since(0).1, 0);
    world.instagram_token("harbour.bakery").await;
    world.facebook_tokens().await;
    let breaks = [
        Break::ChangePassword {
            account: of(BAKERY),
        },
        Break::TakeRole {
            account: of(ANNA),
            page: of(BAKERY_PAGE),
        },
        Break::RevokePermission {
            account: of(ANNA),
            permission: "pages_manage_posts".to_owned(),
        },
        Break::DeleteAccount {
            account: of(BAKERY),
        },
        Break::ResetAppSecret { app: of(IGL_APP) },
        Break::RemoveApp { account: of(ANNA) },
        Break::RemoveApp { account: of(ANNA) },
    ];
    for what in breaks {
        world.sim.break_it(what).unwrap();
    }
    let (facts, _) = world.sim.login_ends_since(0);
    let told: Vec<_> = facts
        .iter()
        .map(|one| (one.account.as_str(), one.of.as_deref(), one.why.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (BAKERY, None, "password_changed"),
            (ANNA, Some(BAKERY_PAGE), "role_taken"),
            (BAKERY, None, "account_deleted"),
            (ANNA, Some(BAKERY), "account_deleted"),
            (BAKERY, None, "secret_reset"),
            (ANNA, None, "app_removed"),
        ]
    );
    assert!(
        facts
            .iter()
            .all(|one| (one.platform == "facebook") == (one.account == ANNA))
    );
}

#[tokio::test]
async fn a_sign_in_that_allows_less_narrows_what_was() {
    let world = World::furnished();
    world.facebook_tokens().await;
    world
        .facebook_code(ANNA, &[BAKERY_PAGE], &[BAKERY], &["pages_show_list"])
        .await;
    let (facts, _) = world.sim.login_ends_since(0);
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0].why, "narrowed_by_sign_in");
    // The same again takes nothing away.
    world
        .facebook_code(ANNA, &[BAKERY_PAGE], &[BAKERY], &["pages_show_list"])
        .await;
    assert_eq!(world.sim.login_ends_since(0).1, 1);
}

#[tokio::test]
async fn many_accounts_are_furnished_and_can_be_signed_in_to() {
    let world = World::furnished();
    let wanted: Vec<Wanted> = (0..12)
        .map(|number| {
            let (kind, handle) = match number % 4 {
                0 => (WantedKind::InstagramOwn, format!("own.{number}")),
                1 => (
                    WantedKind::InstagramThroughFacebook,
                    format!("linked.{number}"),
                ),
                2 => (WantedKind::FacebookPage, format!("Page {number}")),
                _ => (WantedKind::Bluesky, format!("blue{number}.bsky.social")),
            };
            let person = (number % 4 == 2).then(|| "Ada Many".to_owned());
            Wanted {
                kind,
                handle,
                person,
            }
        })
        .collect();
    let made = world.sim.furnish_rehearsal(&wanted);
    assert_eq!(made.len(), 12);
    let pages: Vec<_> = made
        .iter()
        .filter(|one| one.kind == WantedKind::FacebookPage)
        .collect();
    assert!(
        pages.iter().all(|one| one.login == pages[0].login),
        "siblings"
    );
    assert_ne!(made[1].login, made[5].login);
    assert_eq!(made[1].page.is_some(), made[0].page.is_none());
    for (one, path) in [
        (&made[0], "/www.instagram.com/oauth/authorize"),
        (&made[2], "/www.facebook.com/v25.0/dialog/oauth"),
    ] {
        let (app, scope) = match one.kind {
            WantedKind::InstagramOwn => (IGL_APP, "instagram_business_basic"),
            _ => (crate::support::FBL_APP, "pages_show_list"),
        };
        let query = crate::support::query(&[
            ("client_id", app),
            ("redirect_uri", crate::support::BACK),
            ("response_type", "code"),
            ("scope", scope),
        ]);
        let url = format!("http://127.0.0.1:9500{path}?{query}");
        let back = Visitor::agree(&world.sim, &url, &one.sign_in_as, &[])
            .await
            .unwrap();
        assert!(back.contains("code="), "{back}");
    }
    // One small picture serves all of them.
    let picture = world.get("/media/drawn-0-face", &[]).await;
    assert!(picture.body.len() < 2_000);
}

#[tokio::test]
async fn the_settings_of_bluesky_lie_beside_the_others() {
    let world = World::furnished();
    let path = "/control/api/settings";
    let before = world.get(path, &[]).await.json();
    assert_eq!(before["bluesky"]["reuse_ends_session"], true);
    let given = json!({"quota_total": 7, "bluesky": {"reuse_ends_session": false}});
    let after = world.post_json(path, &given).await.json();
    assert_eq!(
        (
            &after["quota_total"],
            &after["bluesky"]["reuse_ends_session"]
        ),
        (&json!(7), &json!(false))
    );
    assert_eq!(after["bluesky"]["check_signatures"], true);
    let wrong = world
        .post_json(path, &json!({"bluesky": {"reuse": 1}}))
        .await;
    assert_eq!(wrong.status, 400);
    world.pass(HOUR);
    assert_eq!(world.get(path, &[]).await.json(), after);
}
