//! Every break answers with its documented code, and mending mends.

use crate::support::*;
use serde_json::{Value, json};
use simulator::instagram::Break;

const IG: &str = "graph.instagram.com";
const FB: &str = "graph.facebook.com";

/// Which call shows the break.
#[derive(Clone, Copy, Debug)]
enum Shows {
    /// `/me` of the Instagram flow.
    Me,
    /// Making a container, Instagram flow.
    Order,
    /// Publishing one made before, Instagram flow.
    Publish,
    /// Prolonging the token after two days.
    Refresh,
    /// `/me` with the Facebook person's token.
    Person,
    /// Making a container with the Page token.
    PageOrder,
    /// Making a container with the person's token.
    PersonOrder,
    /// Reading a container with the Page token.
    PageRead,
}

struct Ready {
    world: World,
    token: String,
    person: String,
    page: String,
    container: String,
    page_container: String,
}

async fn ready() -> Ready {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let (person, page) = world.facebook_tokens().await;
    let container = world.container(IG, BAKERY, &token, "held").await.get("id");
    let page_container = world.container(FB, BAKERY, &page, "held").await.get("id");
    world.pass(5 * SECOND);
    Ready {
        world,
        token,
        person,
        page,
        container,
        page_container,
    }
}

impl Ready {
    async fn ask(&self, shows: Shows) -> Answer {
        let world = &self.world;
        match shows {
            Shows::Me => {
                world
                    .get(&format!("/{IG}/v25.0/me"), &[("access_token", &self.token)])
                    .await
            }
            Shows::Order => world.container(IG, BAKERY, &self.token, "x").await,
            Shows::Publish => {
                world
                    .publish(IG, BAKERY, &self.token, &self.container)
                    .await
            }
            Shows::Refresh => {
                world.pass(2 * DAY);
                world
                    .get(
                        &format!("/{IG}/refresh_access_token"),
                        &[
                            ("grant_type", "ig_refresh_token"),
                            ("access_token", &self.token),
                        ],
                    )
                    .await
            }
            Shows::Person => {
                world
                    .get(
                        &format!("/{FB}/v25.0/me"),
                        &[("access_token", &self.person)],
                    )
                    .await
            }
            Shows::PageOrder => world.container(FB, BAKERY, &self.page, "x").await,
            Shows::PersonOrder => world.container(FB, BAKERY, &self.person, "x").await,
            Shows::PageRead => {
                world
                    .get(
                        &format!("/{FB}/v25.0/{}", self.page_container),
                        &[("access_token", &self.page)],
                    )
                    .await
            }
        }
    }
}

/// The break, the call that shows it, its code, whether it can be mended.
type Row = (Value, Shows, Codes, bool);

fn rows() -> Vec<Row> {
    let of = |kind: &str, account: &str| json!({"kind": kind, "account": account});
    vec![
        (of("end_token", BAKERY), Shows::Me, (190, Some(463)), false),
        (
            of("end_token", ANNA),
            Shows::PageOrder,
            (190, Some(463)),
            false,
        ),
        (
            of("change_password", "harbour.bakery"),
            Shows::Me,
            (190, Some(460)),
            false,
        ),
        (
            of("change_password", "Anna Berg"),
            Shows::PageOrder,
            (190, Some(460)),
            false,
        ),
        (of("log_out", BAKERY), Shows::Me, (190, Some(467)), false),
        (of("remove_app", BAKERY), Shows::Me, (190, Some(458)), false),
        (
            of("remove_app", ANNA),
            Shows::PageOrder,
            (190, Some(458)),
            false,
        ),
        (
            json!({"kind": "revoke_permission", "account": BAKERY, "permission": "instagram_business_content_publish"}),
            Shows::Publish,
            (10, None),
            false,
        ),
        (
            json!({"kind": "revoke_permission", "account": BAKERY, "permission": "instagram_business_basic"}),
            Shows::Refresh,
            (10, None),
            false,
        ),
        (
            json!({"kind": "revoke_permission", "account": ANNA, "permission": "instagram_content_publish"}),
            Shows::PageOrder,
            (10, None),
            false,
        ),
        (
            json!({"kind": "take_role", "account": ANNA, "page": BAKERY_PAGE}),
            Shows::PageOrder,
            (190, Some(492)),
            true,
        ),
        (
            json!({"kind": "take_role", "account": ANNA, "page": BAKERY_PAGE}),
            Shows::PersonOrder,
            (200, None),
            true,
        ),
        (
            json!({"kind": "lower_role", "account": ANNA, "page": "Harbour Bakery"}),
            Shows::PageOrder,
            (200, None),
            true,
        ),
        (
            json!({"kind": "unlink_page", "page": BAKERY_PAGE}),
            Shows::PageOrder,
            (10, None),
            true,
        ),
        (
            of("checkpoint", BAKERY),
            Shows::Publish,
            (25, Some(2_207_050)),
            true,
        ),
        (
            of("checkpoint", ANNA),
            Shows::Person,
            (190, Some(459)),
            true,
        ),
        (
            of("restrict", BAKERY),
            Shows::Order,
            (25, Some(2_207_050)),
            true,
        ),
        (
            of("restrict", ANNA),
            Shows::PageOrder,
            (190, Some(490)),
            true,
        ),
        (of("block", BAKERY), Shows::Publish, (368, None), true),
        (
            of("delete_account", BAKERY),
            Shows::Me,
            (100, Some(33)),
            true,
        ),
        (
            of("delete_account", BAKERY),
            Shows::PageOrder,
            (100, Some(33)),
            true,
        ),
        (
            of("switch_to_personal", BAKERY),
            Shows::Me,
            (100, None),
            true,
        ),
        (
            of("make_private", BAKERY),
            Shows::Refresh,
            (100, None),
            true,
        ),
        (of("throttle", BAKERY), Shows::Publish, (80002, None), true),
        (
            json!({"kind": "throttle", "scheme": "app"}),
            Shows::Me,
            (4, None),
            true,
        ),
        (
            of("spam", BAKERY),
            Shows::Publish,
            (4, Some(2_207_051)),
            true,
        ),
        (
            of("media_unfetchable", BAKERY),
            Shows::Order,
            (9004, Some(2_207_052)),
            true,
        ),
        (
            of("quota_used", BAKERY),
            Shows::Publish,
            (9, Some(2_207_042)),
            true,
        ),
        (
            of("end_data_access", ANNA),
            Shows::PageOrder,
            (190, Some(493)),
            false,
        ),
        (
            of("page_token_blind", BAKERY),
            Shows::PageRead,
            (100, Some(33)),
            true,
        ),
        (
            json!({"kind": "retire_version", "version": "v25.0"}),
            Shows::Me,
            (12, None),
            true,
        ),
        (
            json!({"kind": "reset_app_secret", "app": IGL_APP}),
            Shows::Me,
            (190, None),
            true,
        ),
        (
            json!({"kind": "reset_app_secret", "app": FBL_APP}),
            Shows::PageOrder,
            (190, None),
            true,
        ),
    ]
}

#[tokio::test]
async fn each_break_has_its_code_and_mending_mends() {
    for (body, shows, expected, mendable) in rows() {
        let ready = ready().await;
        let done = ready.world.post_json("/control/api/break", &body).await;
        assert!(done.status.is_success(), "{body}: {}", done.text());
        let answer = ready.ask(shows).await;
        assert_eq!(
            answer.code(),
            expected,
            "{body} {shows:?}: {}",
            answer.text()
        );
        assert!(answer.json()["error"]["fbtrace_id"].is_string());
        let mended = ready.world.post_json("/control/api/mend", &body).await;
        assert_eq!(
            mended.status.is_success(),
            mendable,
            "{body}: {}",
            mended.text()
        );
        if mendable {
            let answer = ready.ask(shows).await;
            assert!(
                answer.status.is_success(),
                "{body} was mended, but {shows:?}: {}",
                answer.text()
            );
        }
    }
}

#[tokio::test]
async fn signing_in_again_heals_what_cannot_be_mended() {
    let ready = ready().await;
    for what in [
        Break::ChangePassword {
            account: BAKERY.to_owned(),
        },
        Break::RemoveApp {
            account: BAKERY.to_owned(),
        },
        Break::RevokePermission {
            account: BAKERY.to_owned(),
            permission: "instagram_business_content_publish".to_owned(),
        },
    ] {
        ready.world.sim.break_it(what.clone()).unwrap();
        assert!(
            !ready.ask(Shows::Publish).await.status.is_success(),
            "{what:?}"
        );
        let new = ready.world.instagram_token("harbour.bakery").await;
        assert!(
            ready
                .world
                .container(IG, BAKERY, &new, "again")
                .await
                .status
                .is_success(),
            "{what:?}"
        );
        // The removed grant stays removed: the old token does not come back to life.
        if matches!(what, Break::RemoveApp { .. }) {
            assert_eq!(ready.ask(Shows::Me).await.code(), (190, Some(461)));
        }
    }
}

#[tokio::test]
async fn limits_tell_when_they_end_and_end_by_the_clock() {
    let ready = ready().await;
    ready
        .world
        .sim
        .break_it(Break::Throttle {
            account: Some(BAKERY.to_owned()),
            minutes: 10,
            scheme: simulator::instagram::ThrottleScheme::Business,
        })
        .unwrap();
    let answer = ready.ask(Shows::Order).await;
    let usage: Value = serde_json::from_str(answer.header("x-business-use-case-usage")).unwrap();
    assert_eq!(
        usage[BAKERY][0]["estimated_time_to_regain_access"],
        json!(10)
    );
    ready.world.pass(10 * 60 * SECOND);
    assert!(ready.ask(Shows::Order).await.status.is_success());
}

#[tokio::test]
async fn suspected_spam_may_be_live_nevertheless() {
    let ready = ready().await;
    ready
        .world
        .sim
        .break_it(Break::Spam {
            account: BAKERY.to_owned(),
            live: true,
        })
        .unwrap();
    assert_eq!(ready.ask(Shows::Publish).await.code(), (4, Some(2_207_051)));
    assert_eq!(ready.world.published(BAKERY), ["held"]);
    assert_eq!(
        ready.world.sim.truth()["published_unseen"][BAKERY],
        json!(1)
    );
}

#[tokio::test]
async fn a_failing_container_says_its_subcode() {
    let ready = ready().await;
    ready
        .world
        .sim
        .break_it(Break::ContainerError {
            account: BAKERY.to_owned(),
            subcode: 2_207_077,
        })
        .unwrap();
    let container = ready.ask(Shows::Order).await.get("id");
    ready.world.pass(5 * SECOND);
    let path = format!("/{IG}/v25.0/{container}");
    let state = ready
        .world
        .get(
            &path,
            &[
                ("fields", "status_code,status"),
                ("access_token", &ready.token),
            ],
        )
        .await;
    assert_eq!(state.get("status_code"), "ERROR");
    assert!(state.get("status").contains("2207077"));
    assert_eq!(
        ready
            .world
            .publish(IG, BAKERY, &ready.token, &container)
            .await
            .code(),
        (-1, Some(2_207_032))
    );
}

#[tokio::test]
async fn data_access_ends_by_itself_after_90_days() {
    let ready = ready().await;
    ready.world.pass(90 * DAY);
    assert_eq!(ready.ask(Shows::PageOrder).await.code(), (190, Some(493)));
    // The Page itself is exempt: its token lives on.
    let me = ready
        .world
        .get(&format!("/{FB}/v25.0/me"), &[("access_token", &ready.page)])
        .await;
    assert_eq!(me.get("name"), "Harbour Bakery");
}

#[tokio::test]
async fn strangers_cannot_be_broken() {
    let world = World::furnished();
    for body in [
        json!({"kind": "change_password", "account": "nobody"}),
        json!({"kind": "nonsense"}),
        json!({"kind": "change_password"}),
        json!([1]),
    ] {
        let answer = world.post_json("/control/api/break", &body).await;
        assert_eq!(answer.status, http::StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.json()["error"].is_string());
    }
    let other_site = world
        .post_cross_site(
            "/control/api/break",
            &json!({"kind": "change_password", "account": BAKERY}),
        )
        .await;
    assert_eq!(other_site.status, http::StatusCode::FORBIDDEN);
}
